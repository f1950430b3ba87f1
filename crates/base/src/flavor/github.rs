//! GitHub, in the cloud and on one's own server.

use super::{Apis, Flavor, JobPlace, Limits, Permissions, host};

pub static GITHUB: Flavor = Flavor {
    id: "github",
    name: "GitHub",
    change_request: "pull request",
    change_sign: '#',
    commit_folder: "commit",
    note_opening: "> [!NOTE]\n",
    dark_pictures: true,
    quick_actions: false,
    whole_is_in: JobPlace::Summary,
    // Its own words are "65536 characters"; its column holds 262,144 bytes.
    comment: Limits { bytes: 262_144, chars: 65_536 },
    check: Some(Limits::both(65_535)),
    permissions: Some(Permissions {
        comment: "permissions:\n  contents: write\n  pull-requests: write\n",
        check: "permissions:\n  checks: write\n  contents: write\n  pull-requests: write\n",
    }),
    sign_in: "in GitHub Actions give the step `env: GITHUB_TOKEN: ${{ github.token }}`; at home set GITHUB_TOKEN, \
              or look at the comment with --dry-run",
    tokens: &["GITHUB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"],
    token_starts: &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
    server: "https://github.com",
    is_at: |host| host.starts_with("github.") || host.ends_with(".ghe.com"),
    apis,
    is_below_paths: false,
};

/// A host of its own for github.com and ghe.com, a path elsewhere.
fn apis(server: &str) -> Apis {
    let host = host(server);
    if host == "github.com" || host.ends_with(".ghe.com") {
        return Apis { rest: format!("https://api.{host}"), graphql: format!("https://api.{host}/graphql") };
    }
    Apis { rest: format!("{server}/api/v3"), graphql: format!("{server}/api/graphql") }
}
