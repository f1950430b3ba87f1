//! GitHub Actions: its variables and its event's JSON become a [`Context`].
//!
//! A field that is missing or has another type counts as absent; what is lost by it is a notice.

use std::path::PathBuf;

use serde_json::Value;

use super::{Ci, Context, Env, Situation, flagged_repo, host, token_for};
use crate::ident::{ChangeNumber, ForgeKind, RepoUrl, Sha};
use crate::notice::Notice;

const PUBLIC: &str = "https://github.com";

/// Whether GitHub Actions runs us.
pub(super) fn is_here(env: &Env) -> bool {
    env.get("GITHUB_ACTIONS") == Some("true")
}

/// The context of a job of GitHub Actions.
pub(super) fn context(env: &Env, repo_flag: Option<&str>, token_flag: Option<&str>) -> Context {
    let mut notices = Vec::new();
    let event = event(env, &mut notices);
    let server = env.get("GITHUB_SERVER_URL").unwrap_or(PUBLIC).trim_end_matches('/');
    let own = env.get("GITHUB_REPOSITORY").and_then(|name| repository(server, name));
    let repo = flagged_repo(repo_flag, server, &mut notices).or_else(|| own.clone());
    let situation = situation(env, &event, &mut notices);
    let head = head(env, &event, &situation);
    let (api_url, graphql_url) = addresses(env, server, repo.as_ref());
    Context {
        ci: Ci::GitHubActions,
        forge: Some(ForgeKind::GitHub),
        repo,
        api_url,
        graphql_url,
        token: token_for(env, Some(ForgeKind::GitHub), token_flag),
        situation,
        head,
        summary: env.get("GITHUB_STEP_SUMMARY").map(PathBuf::from),
        workflow: owned(env, "GITHUB_WORKFLOW"),
        job: owned(env, "GITHUB_JOB"),
        run: owned(env, "GITHUB_RUN_ID"),
        attempt: owned(env, "GITHUB_RUN_ATTEMPT"),
        run_url: run_url(env, own.as_ref()),
        notices,
        told_base: None,
        gitlab: None,
    }
}

/// `owner/name`; runners other than GitHub's own (act) may give a whole address.
fn repository(server: &str, name: &str) -> Option<RepoUrl> {
    let repo = if name.contains("://") { RepoUrl::parse(name) } else { RepoUrl::new(server, name) };
    repo.ok()
}

/// Where a GitHub server's REST API answers: its own host for github.com and ghe.com, a path elsewhere.
pub(super) fn api_url(server: &str) -> String {
    match api_host(server) {
        Some(url) => url,
        None => format!("{server}/api/v3"),
    }
}

/// Where a GitHub server's GraphQL API answers.
pub(super) fn graphql_url(server: &str) -> String {
    match api_host(server) {
        Some(url) => format!("{url}/graphql"),
        None => format!("{server}/api/graphql"),
    }
}

fn api_host(server: &str) -> Option<String> {
    let host = host(server).to_ascii_lowercase();
    (host == "github.com" || host.ends_with(".ghe.com")).then(|| format!("https://api.{host}"))
}

/// The API's addresses. The job's variables count only for the job's own server: a flag that names another
/// server must not send its requests here.
fn addresses(env: &Env, server: &str, repo: Option<&RepoUrl>) -> (Option<String>, Option<String>) {
    let wanted = repo.map_or(server, RepoUrl::server);
    let same = wanted.eq_ignore_ascii_case(server);
    let told = |name| env.get(name).filter(|_| same).map(|url| url.trim_end_matches('/').to_owned());
    let api = told("GITHUB_API_URL").unwrap_or_else(|| api_url(wanted));
    let graphql = told("GITHUB_GRAPHQL_URL").unwrap_or_else(|| graphql_url(wanted));
    (Some(api), Some(graphql))
}

fn event(env: &Env, notices: &mut Vec<Notice>) -> Value {
    match &env.event {
        Some(Ok(value)) => value.clone(),
        Some(Err(why)) => {
            notices.push(Notice::new(format!("{why}; what it says is guessed from the job's variables")));
            Value::Null
        }
        None => Value::Null,
    }
}

fn situation(env: &Env, event: &Value, notices: &mut Vec<Notice>) -> Situation {
    let name = env.get("GITHUB_EVENT_NAME").unwrap_or("unknown");
    let found = match name {
        "push" => push(env, event),
        _ if name.starts_with("pull_request") => {
            let change = change(env, event);
            if change.is_none() {
                let why = "neither the event nor GITHUB_REF has the pull request's number; set --pr";
                notices.push(Notice::about(name, why));
            }
            change
        }
        _ => None,
    };
    found.unwrap_or_else(|| Situation::Other { event: name.to_owned() })
}

fn change(env: &Env, event: &Value) -> Option<Situation> {
    let from_ref = || env.get("GITHUB_REF")?.strip_prefix("refs/pull/")?.split('/').next()?.parse().ok();
    let number = event.pointer("/pull_request/number").and_then(Value::as_u64).or_else(from_ref)?;
    let text = |path: &str| text(event, path);
    let base_branch = text("/pull_request/base/ref").or_else(|| owned(env, "GITHUB_BASE_REF"));
    let (base_repo, head_repo) =
        (text("/pull_request/base/repo/full_name"), text("/pull_request/head/repo/full_name"));
    let actor = owned(env, "GITHUB_ACTOR").or_else(|| text("/pull_request/user/login"));
    Some(Situation::Change {
        number: ChangeNumber(number),
        base: sha(event, "/pull_request/base/sha"),
        base_branch: base_branch.unwrap_or_default(),
        head: sha(event, "/pull_request/head/sha"),
        head_branch: text("/pull_request/head/ref").or_else(|| owned(env, "GITHUB_HEAD_REF")),
        // A fork that was deleted has no repository; without an event nothing is known.
        fork: base_repo.is_some() && base_repo != head_repo,
        dependabot: actor.as_deref() == Some("dependabot[bot]"),
    })
}

/// A push to a branch; a pushed tag is none.
fn push(env: &Env, event: &Value) -> Option<Situation> {
    let name = text(event, "/ref").or_else(|| owned(env, "GITHUB_REF"))?;
    let branch = name.strip_prefix("refs/heads/")?.to_owned();
    let default_branch = text(event, "/repository/default_branch");
    Some(Situation::Push { branch, default_branch, before: sha(event, "/before") })
}

fn head(env: &Env, event: &Value, situation: &Situation) -> Option<Sha> {
    let own = || env.get("GITHUB_SHA")?.parse().ok();
    match situation {
        // GITHUB_SHA is the merge commit here (or the base's), never the head.
        Situation::Change { head, .. } => head.clone(),
        Situation::Push { .. } => sha(event, "/after").or_else(own),
        _ => sha(event, "/workflow_run/head_sha").or_else(own),
    }
}

fn run_url(env: &Env, own: Option<&RepoUrl>) -> Option<String> {
    let (repo, run) = (own?, env.get("GITHUB_RUN_ID")?);
    let attempt = env.get("GITHUB_RUN_ATTEMPT").map(|n| format!("/attempts/{n}")).unwrap_or_default();
    Some(format!("{repo}/actions/runs/{run}{attempt}"))
}

fn owned(env: &Env, name: &str) -> Option<String> {
    env.get(name).map(str::to_owned)
}

fn text(event: &Value, path: &str) -> Option<String> {
    event.pointer(path)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A commit's name; zeros ("no commit") count as absent.
fn sha(event: &Value, path: &str) -> Option<Sha> {
    event.pointer(path)?.as_str()?.parse().ok().filter(|sha: &Sha| !sha.is_zero())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::environment::detect;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    const ZERO: &str = "0000000000000000000000000000000000000000";

    fn env(event_name: &str, event: Option<Result<Value, String>>, more: &[(&str, &str)]) -> Env {
        let always = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", event_name),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_SHA", B),
            ("GITHUB_RUN_ID", "7"),
        ];
        let vars = always.iter().chain(more).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Env { vars, event, ..Env::default() }
    }

    fn pull(head_repo: Value) -> Value {
        json!({"pull_request": {
            "number": 5, "user": {"login": "dependabot[bot]"},
            "base": {"sha": B, "ref": "main", "repo": {"full_name": "o/r"}},
            "head": {"sha": A, "ref": "topic", "repo": head_repo},
        }})
    }

    fn change_of(env: &Env) -> (u64, Option<Sha>, String, Option<Sha>, Option<String>, bool, bool) {
        match detect(env, None, None).situation {
            Situation::Change { number, base, base_branch, head, head_branch, fork, dependabot } => {
                (number.0, base, base_branch, head, head_branch, fork, dependabot)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_pull_request_is_a_change_with_its_own_head() {
        for name in ["pull_request", "pull_request_target"] {
            let env = env(name, Some(Ok(pull(json!({"full_name": "o/r"})))), &[("GITHUB_ACTOR", "me")]);
            let (number, base, branch, head, topic, fork, dependabot) = change_of(&env);
            assert_eq!((number, base, branch.as_str()), (5, B.parse().ok(), "main"));
            assert_eq!(
                (head, topic.as_deref(), fork, dependabot),
                (A.parse().ok(), Some("topic"), false, false)
            );
            assert_eq!(detect(&env, None, None).head, A.parse().ok());
        }
    }

    #[test]
    fn a_fork_and_dependabot_are_seen() {
        for head_repo in [json!({"full_name": "x/r"}), Value::Null] {
            let (.., fork, dependabot) = change_of(&env("pull_request", Some(Ok(pull(head_repo))), &[]));
            assert!(fork && dependabot);
        }
    }

    #[test]
    fn a_broken_event_is_a_notice_and_the_variables_stand_in() {
        let more = [("GITHUB_REF", "refs/pull/12/merge"), ("GITHUB_BASE_REF", "main")];
        let env = env("pull_request", Some(Err("the event file x is not JSON".into())), &more);
        let (number, base, branch, head, _, fork, _) = change_of(&env);
        assert_eq!((number, base, branch.as_str(), head, fork), (12, None, "main", None, false));
        let context = detect(&env, None, None);
        assert_eq!(context.notices.len(), 1);
        // The merge commit must not pass for the head.
        assert_eq!(context.head, None);
    }

    #[test]
    fn a_pull_request_without_a_number_is_another_event_with_a_notice() {
        let context = detect(&env("pull_request", Some(Ok(json!({"pull_request": 3}))), &[]), None, None);
        assert_eq!(context.situation, Situation::Other { event: "pull_request".into() });
        assert_eq!(context.notices.len(), 1);
    }

    #[test]
    fn a_push_has_a_branch_and_a_tag_has_none() {
        let event = |name: &str, before: &str| json!({"ref": name, "before": before, "after": A, "repository": {"default_branch": "main"}});
        let check = |name: &str, before: &str, expected: Situation| {
            let context = detect(&env("push", Some(Ok(event(name, before))), &[]), None, None);
            assert_eq!(context.situation, expected);
        };
        let push = |branch: &str, before| Situation::Push {
            branch: branch.into(),
            default_branch: Some("main".into()),
            before,
        };
        check("refs/heads/feat/x", ZERO, push("feat/x", None));
        check("refs/heads/main", B, push("main", B.parse().ok()));
        check("refs/tags/v1", B, Situation::Other { event: "push".into() });
        check("", B, Situation::Other { event: "push".into() });
    }

    #[test]
    fn addresses_follow_the_server() {
        let check = |vars: &[(&str, &str)], flag: Option<&str>, api: &str, graphql: &str| {
            let context = detect(&env("schedule", None, vars), flag, None);
            assert_eq!(context.api_url.as_deref(), Some(api), "{vars:?} {flag:?}");
            assert_eq!(context.graphql_url.as_deref(), Some(graphql), "{vars:?} {flag:?}");
        };
        let public = ("https://api.github.com", "https://api.github.com/graphql");
        let ghes = [("GITHUB_SERVER_URL", "https://git.corp"), ("GITHUB_API_URL", "https://git.corp/x/")];
        check(&[], None, public.0, public.1);
        check(&ghes, None, "https://git.corp/x", "https://git.corp/api/graphql");
        check(&ghes[..1], Some("a/b"), "https://git.corp/api/v3", "https://git.corp/api/graphql");
        check(&ghes, Some("https://github.com/a/b"), public.0, public.1);
        check(&[], Some("https://a.ghe.com/a/b"), "https://api.a.ghe.com", "https://api.a.ghe.com/graphql");
    }

    #[test]
    fn the_run_has_a_page_and_a_name() {
        let vars = [("GITHUB_RUN_ATTEMPT", "2"), ("GITHUB_WORKFLOW", "train"), ("GITHUB_STEP_SUMMARY", "/s")];
        let context = detect(&env("schedule", None, &vars), Some("a/b"), None);
        assert_eq!(context.run_url.as_deref(), Some("https://github.com/o/r/actions/runs/7/attempts/2"));
        assert_eq!(context.repo.unwrap().slug(), "a/b");
        assert_eq!((context.workflow.as_deref(), context.job), (Some("train"), None));
        assert_eq!(context.summary, Some(PathBuf::from("/s")));
        assert_eq!(context.head, B.parse().ok());
    }
}
