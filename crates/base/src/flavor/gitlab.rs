//! GitLab, in the cloud and on one's own server, at the root of a host or below a path.

use super::{Apis, Flavor, JobPlace, Limits};

pub static GITLAB: Flavor = Flavor {
    id: "gitlab",
    name: "GitLab",
    change_request: "merge request",
    change_sign: '!',
    commit_folder: "-/commit",
    // Older servers show alerts as quotes with a strange first line.
    note_opening: "> **Note**\n>\n",
    dark_pictures: false,
    quick_actions: true,
    whole_is_in: JobPlace::Log,
    // Its own words are 1,000,000 characters. A form triples a byte at worst, and a server takes forms of 4 MiB, so
    // the bytes are under the same number.
    comment: Limits::both(1_000_000),
    check: None,
    permissions: None,
    sign_in: "set GITLAB_TOKEN to a token with the scope api, or look at the comment with --dry-run",
    tokens: &["GITLAB_TOKEN"],
    token_starts: &["glpat-", "glcbt-", "gldt-"],
    server: "https://gitlab.com",
    is_at: |host| host.starts_with("gitlab."),
    apis: |server| Apis { rest: format!("{server}/api/v4"), graphql: format!("{server}/api/graphql") },
    is_below_paths: true,
};
