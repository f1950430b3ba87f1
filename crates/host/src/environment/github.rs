//! GitHub Actions: its variables and its event's JSON become a [`Context`].
//!
//! A field that is missing or has another type counts as absent; what is lost by it is a notice.

mod event;

use std::path::PathBuf;

use serde_json::Value;

use super::{Ci, Context, Env, Runner, Secrets, flagged_repo};
use cml_base::flavor::GITHUB;
use cml_base::ident::RepoUrl;

/// So many bytes of a step's summary are shown; of a longer one nothing is.
pub const SUMMARY_BYTES: usize = 1024 * 1024;

/// Whether GitHub Actions runs us.
pub(super) fn is_here(env: &Env) -> bool {
    env.get("GITHUB_ACTIONS") == Some("true")
}

/// The context of a job of GitHub Actions.
pub(super) fn context(env: &Env, repo_flag: Option<&str>) -> Context {
    let mut notices = Vec::new();
    let event = event::read(env, &mut notices);
    let server = env.get("GITHUB_SERVER_URL").unwrap_or(GITHUB.server).trim_end_matches('/');
    let own = env.get("GITHUB_REPOSITORY").and_then(|name| repository(server, name));
    let repo = flagged_repo(repo_flag, server, &mut notices).or_else(|| own.clone());
    let situation = event::situation(env, &event, &mut notices);
    let head = event::head(env, &event, &situation);
    let merges = event::merges(env, &event, &situation);
    let (api_url, graphql_url) = addresses(env, server, repo.as_ref());
    let told_ref = if repo == own { event::told_ref(env, &situation) } else { None };
    Context {
        ci: Ci::GitHubActions,
        forge: Some(&GITHUB),
        repo,
        api_url,
        graphql_url,
        token: None,
        secrets: Secrets::default(),
        situation,
        head,
        summary: env.get("GITHUB_STEP_SUMMARY").map(PathBuf::from),
        workflow: owned(env, "GITHUB_WORKFLOW"),
        job: owned(env, "GITHUB_JOB"),
        run: owned(env, "GITHUB_RUN_ID"),
        attempt: owned(env, "GITHUB_RUN_ATTEMPT"),
        run_url: run_url(env, own.as_ref()),
        runner: Runner { merges, ..runner(env) },
        notices,
        told_base: None,
        told_ref,
        ci_job: None,
    }
}

/// `owner/name`; runners other than GitHub's own (act) may give a whole address.
fn repository(server: &str, name: &str) -> Option<RepoUrl> {
    let repo = if name.contains("://") { RepoUrl::parse(name) } else { RepoUrl::new(server, name) };
    repo.ok()
}

/// The API's addresses. The job's variables count only for the job's own server: a flag that names another
/// server must not send its requests here.
fn addresses(env: &Env, server: &str, repo: Option<&RepoUrl>) -> (Option<String>, Option<String>) {
    let wanted = repo.map_or(server, RepoUrl::server);
    let same = wanted.eq_ignore_ascii_case(server);
    let told = |name| env.get(name).filter(|_| same).map(|url| url.trim_end_matches('/').to_owned());
    let apis = (GITHUB.apis)(wanted);
    let api = told("GITHUB_API_URL").unwrap_or(apis.rest);
    let graphql = told("GITHUB_GRAPHQL_URL").unwrap_or(apis.graphql);
    (Some(api), Some(graphql))
}

/// What tells this job from others of the same run, and what its token may do.
fn runner(env: &Env) -> Runner {
    let matrix = env.get("CML_MATRIX").and_then(matrix);
    // The tracking number is new for each job and the same in all its steps. Where it is not handed on (containers),
    // the runner's name tells jobs apart that run at the same time, and the host's name those of one runner.
    let own = env.get("RUNNER_TRACKING_ID").map(str::to_owned).or_else(|| {
        let names = ["RUNNER_NAME", "HOSTNAME"].map(|name| env.get(name).unwrap_or_default());
        (!names[0].is_empty()).then(|| names.join("\n"))
    });
    Runner {
        leg: matrix.as_ref().or(own.as_ref()).map(|text| super::short_hash(text)),
        legs_of: None,
        matrix,
        privileged: is_privileged(env.get("GITHUB_EVENT_NAME").unwrap_or_default()),
        chooses_head: chooses_head(env.get("GITHUB_EVENT_NAME").unwrap_or_default()),
        ..Runner::default()
    }
}

/// Whether the event's workflow is the target repository's own. The others of a pull request run the change's, and
/// for a fork with a token that only reads.
fn is_privileged(event: &str) -> bool {
    event == "pull_request_target" || !event.starts_with("pull_request")
}

/// Whether the event leaves open which commit of the pull request the job is about: that of the target is checked out
/// unless the job says otherwise, or a merge that may be older than the review.
fn chooses_head(event: &str) -> bool {
    event == "pull_request_target" || event.starts_with("pull_request_review")
}

/// The values of a matrix (`toJSON(matrix)`), as GitHub writes them behind a job's name: `3.13, ubuntu-latest`.
fn matrix(json: &str) -> Option<String> {
    let Ok(Value::Object(axes)) = serde_json::from_str(json) else { return None };
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let text = axes.values().map(word).collect::<Vec<_>>().join(", ");
    match text.chars().count() {
        0 => None,
        1..=100 => Some(text),
        _ => Some(super::short_hash(&text)),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::environment::{Situation, detect};
    use cml_base::ident::{ChangeNumber, Sha};

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
    fn a_comment_names_a_pull_request_or_only_an_issue() {
        let check = |issue: Value, expected: Situation| {
            let context = detect(&env("issue_comment", Some(Ok(json!({"issue": issue}))), &[]), None, None);
            assert_eq!(
                (context.situation, context.head),
                (
                    expected.clone(),
                    match expected {
                        // GITHUB_SHA is the default branch's commit: never the change's head.
                        Situation::Named { .. } => None,
                        _ => B.parse().ok(),
                    }
                )
            );
        };
        let other = || Situation::Other { event: "issue_comment".into() };
        check(
            json!({"number": 5, "pull_request": {"url": "u"}}),
            Situation::Named { number: ChangeNumber(5) },
        );
        check(json!({"number": 5}), other());
        check(json!({"number": 5, "pull_request": null}), other());
        check(json!(3), other());
    }

    #[test]
    fn another_workflows_run_is_known_by_its_head_only() {
        let event = |run: Value| json!({"workflow_run": run});
        let check = |run: Value, expected: Situation| {
            let context = detect(&env("workflow_run", Some(Ok(event(run))), &[]), None, None);
            assert_eq!(context.situation, expected);
            context.head
        };
        let run = json!({"head_sha": A, "head_branch": "topic", "head_repository": {"full_name": "x/r"},
            "pull_requests": [{"number": 1}]});
        let head = A.parse().unwrap();
        let numbers = vec![ChangeNumber(1)];
        let found =
            Situation::Workflow { head_repo: "x/r".into(), head_branch: "topic".into(), head, numbers };
        assert_eq!(check(run, found), A.parse().ok());
        let gone = json!({"head_sha": A, "head_branch": "topic", "head_repository": null});
        check(gone, Situation::Other { event: "workflow_run".into() });
    }

    #[test]
    fn a_merge_group_names_its_base_and_its_pull_request() {
        let check = |head_ref: &str, number: Option<u64>, base_branch: &str| {
            let base_ref = format!("refs/heads/{base_branch}");
            let group = json!({"head_sha": A, "head_ref": head_ref, "base_sha": B, "base_ref": base_ref});
            let context =
                detect(&env("merge_group", Some(Ok(json!({"merge_group": group}))), &[]), None, None);
            let (number, base_branch) = (number.map(ChangeNumber), base_branch.to_owned());
            assert_eq!(context.situation, Situation::Queue { number, base: B.parse().ok(), base_branch });
            assert_eq!(context.head, A.parse().ok());
        };
        check(&format!("refs/heads/gh-readonly-queue/main/pr-12-{B}"), Some(12), "main");
        check(&format!("refs/heads/gh-readonly-queue/release/pr-1/pr-3-{B}"), Some(3), "release/pr-1");
        check("refs/heads/gh-readonly-queue/main/x", None, "main");
    }

    #[test]
    fn a_leg_of_a_matrix_is_told_apart_from_its_siblings() {
        let check = |vars: &[(&str, &str)], matrix: Option<&str>| {
            let runner = detect(&env("push", None, vars), None, None).runner;
            assert_eq!(runner.matrix.as_deref(), matrix, "{vars:?}");
            runner.leg
        };
        let one = check(&[("CML_MATRIX", r#"{"python": 3.12, "os": "ubuntu"}"#)], Some("3.12, ubuntu"));
        let two = check(&[("CML_MATRIX", r#"{"python": 3.13, "os": "ubuntu"}"#)], Some("3.13, ubuntu"));
        assert!(one.is_some() && one != two);
        for none in ["null", "{}", "", "x"] {
            assert_eq!(check(&[("CML_MATRIX", none)], None), None);
        }
        let jobs = [("RUNNER_TRACKING_ID", "github_1"), ("RUNNER_NAME", "same")];
        assert_ne!(check(&jobs, None), check(&jobs[1..], None));
        let long = format!(r#"{{"a": "{}"}}"#, "x".repeat(200));
        assert_eq!(
            detect(&env("push", None, &[("CML_MATRIX", &long)]), None, None).runner.matrix.unwrap().len(),
            8
        );
    }

    #[test]
    fn only_a_change_requests_own_events_run_without_the_targets_rights() {
        let check = |event: &str, expected: bool| {
            assert_eq!(detect(&env(event, None, &[]), None, None).runner.privileged, expected, "{event}");
        };
        for event in ["pull_request_target", "issue_comment", "workflow_run", "merge_group", "push"] {
            check(event, true);
        }
        for event in ["pull_request", "pull_request_review", "pull_request_review_comment"] {
            check(event, false);
        }
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
