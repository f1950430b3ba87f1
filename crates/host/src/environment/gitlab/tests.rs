//! Jobs of GitLab CI, each by its variables.

use super::*;
use crate::environment::detect;

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const C: &str = "cccccccccccccccccccccccccccccccccccccccc";
const D: &str = "dddddddddddddddddddddddddddddddddddddddd";
const ZERO: &str = "0000000000000000000000000000000000000000";

/// A job of `grp/sub/proj` at commit B.
fn env(source: &str, more: &[(&str, &str)]) -> Env {
    let always = [
        ("GITLAB_CI", "true"),
        ("CI_PIPELINE_SOURCE", source),
        ("CI_SERVER_URL", "https://git.corp"),
        ("CI_API_V4_URL", "https://git.corp/api/v4"),
        ("CI_PROJECT_PATH", "grp/sub/proj"),
        ("CI_COMMIT_SHA", B),
        ("CI_DEFAULT_BRANCH", "main"),
        ("CI_JOB_NAME", "report"),
        ("CI_PIPELINE_ID", "55"),
        ("CI_JOB_ID", "66"),
        ("CI_JOB_URL", "https://git.corp/grp/sub/proj/-/jobs/66"),
    ];
    let vars = always.iter().chain(more).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Env { vars, ..Env::default() }
}

fn sha(text: &str) -> Option<Sha> {
    text.parse().ok()
}

const CHANGE: [(&str, &str); 6] = [
    ("CI_MERGE_REQUEST_IID", "7"),
    ("CI_MERGE_REQUEST_PROJECT_PATH", "grp/sub/proj"),
    ("CI_MERGE_REQUEST_PROJECT_ID", "1"),
    ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "1"),
    ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
    ("CI_MERGE_REQUEST_DIFF_BASE_SHA", C),
];

#[test]
fn a_merge_request_is_compared_with_the_commit_that_gitlab_names() {
    let check = |more: &[(&str, &str)], head: &str, base: Option<&str>, told: &str| {
        let context = detect(&env("merge_request_event", &[&CHANGE, more].concat()), None, None);
        let Situation::Change { number, base: found, head: own, fork, base_branch, .. } = context.situation
        else {
            panic!("{:?}", context.situation);
        };
        assert_eq!((number.0, base_branch.as_str(), fork), (7, "main", false));
        assert_eq!((own, found), (sha(head), base.and_then(sha)));
        assert_eq!((context.head, context.told_base), (sha(head), sha(told)));
    };
    check(&[("CI_MERGE_REQUEST_EVENT_TYPE", "detached")], B, None, C);
    let merged = [
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", A),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", D),
        ("CI_MERGE_REQUEST_EVENT_TYPE", "merged_result"),
    ];
    check(&merged, A, Some(D), D);
}

#[test]
fn a_forks_job_speaks_of_the_targets_project() {
    let fork = [
        ("CI_PROJECT_PATH", "someone/proj"),
        ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "2"),
        ("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "someone/proj"),
    ];
    let context = detect(&env("merge_request_event", &[&CHANGE, &fork[..]].concat()), None, None);
    assert!(matches!(context.situation, Situation::Change { fork: true, .. }));
    assert_eq!(context.repo.unwrap().to_string(), "https://git.corp/grp/sub/proj");
    assert!(context.ci_job.unwrap().without_token(true, ROLE_FOR_NOTES).contains("Run pipeline"));
}

#[test]
fn other_pipelines_are_pushes_changes_or_neither() {
    let check = |source: &str, more: &[(&str, &str)], expected: &str| {
        let context = detect(&env(source, more), None, None);
        let told = match &context.situation {
            Situation::Named { number } => format!("change {number}"),
            Situation::Push { branch, before, .. } => {
                format!("push {branch} {}", before.as_ref().map_or("new", Sha::short))
            }
            Situation::Dispatch { branch, .. } => format!("started for {branch}"),
            Situation::Other { event } => event.clone(),
            Situation::Laptop => "laptop".to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(told, expected, "{source} {more:?}");
    };
    let branch = ("CI_COMMIT_BRANCH", "topic");
    let open = |list| ("CI_OPEN_MERGE_REQUESTS", list);
    check("push", &[branch, ("CI_COMMIT_BEFORE_SHA", A)], "push topic aaaaaaa");
    check("push", &[branch, ("CI_COMMIT_BEFORE_SHA", ZERO)], "push topic new");
    check("push", &[("CI_COMMIT_BRANCH", "main"), ("CI_COMMIT_BEFORE_SHA", A)], "push main aaaaaaa");
    check("parent_pipeline", &[branch, ("CI_COMMIT_BEFORE_SHA", A)], "push topic aaaaaaa");
    check("push", &[branch, open("grp/sub/proj!9")], "change 9");
    check("web", &[branch, open("grp/sub/proj!9")], "change 9");
    check("push", &[branch, open("grp/sub/proj!9,grp/sub/proj!10")], "push topic new");
    check("push", &[branch, open("parent/proj!9")], "push topic new");
    check("schedule", &[branch, open("grp/sub/proj!9")], "schedule");
    check("web", &[branch], "started for topic");
    check("web", &[branch, open("grp/sub/proj!9,grp/sub/proj!10")], "started for topic");
    check("push", &[("CI_COMMIT_TAG", "v1")], "push");
    check("merge_request_event", &[], "merge_request_event");
}

#[test]
fn a_server_may_be_below_a_path() {
    let check = |more: &[(&str, &str)], flag: Option<&str>, repo: &str, api: &str| {
        let context = detect(&env("push", more), flag, None);
        assert_eq!(context.repo.unwrap().to_string(), repo, "{flag:?}");
        assert_eq!(context.api_url.as_deref(), Some(api), "{flag:?}");
    };
    check(&[], None, "https://git.corp/grp/sub/proj", "https://git.corp/api/v4");
    let below =
        [("CI_SERVER_URL", "https://h:8080/gitlab"), ("CI_API_V4_URL", "https://h:8080/gitlab/api/v4")];
    let api = "https://h:8080/gitlab/api/v4";
    check(&below, None, "https://h:8080/gitlab/grp/sub/proj", api);
    check(&below[1..], None, "https://h:8080/gitlab/grp/sub/proj", api);
    check(&below, Some("https://h:8080/gitlab/a/b"), "https://h:8080/gitlab/a/b", api);
    check(&below, Some("a/b"), "https://h:8080/gitlab/a/b", api);
    // Another server's requests do not go to the job's own API.
    check(&below, Some("https://gitlab.com/a/b"), "https://gitlab.com/a/b", "https://gitlab.com/api/v4");
}

#[test]
fn a_token_that_is_missing_is_explained() {
    let check = |more: &[(&str, &str)], expected: &[&str], absent: &[&str]| {
        let context = detect(&env("push", more), None, None);
        assert!(context.token.is_none());
        let text = context.ci_job.unwrap().without_token(false, ROLE_FOR_NOTES);
        for words in expected {
            assert!(text.contains(words), "{words} in {text}");
        }
        for words in absent {
            assert!(!text.contains(words), "{words} in {text}");
        }
    };
    check(&[], &["Protect variable", "GITLAB_TOKEN", "scope api", "Premium"], &["CI_JOB_TOKEN"]);
    check(&[("CI_JOB_TOKEN", "x")], &["CI_JOB_TOKEN is there"], &["holds a variable's name"]);
    check(&[("CI_COMMIT_REF_PROTECTED", "true")], &["GITLAB_TOKEN"], &["Protect variable"]);
    check(&[("REPO_TOKEN", "$GITLAB_TOKEN")], &["REPO_TOKEN holds a variable's name"], &[]);
}

#[test]
fn a_job_knows_its_pipeline_and_where_its_files_are_kept() {
    let check = |more: &[(&str, &str)], expected: Option<&str>| {
        let job = detect(&env("push", more), None, None).ci_job.unwrap();
        let told = job.pipeline.map(|pipeline| {
            assert_eq!((pipeline.id, Some(pipeline.commit)), (55, sha(B)));
            pipeline.reference.unwrap_or_default()
        });
        assert_eq!(told.as_deref(), expected, "{more:?}");
    };
    check(&[("CI_COMMIT_REF_NAME", "topic")], Some("topic"));
    let change = [&CHANGE[..], &[("CI_MERGE_REQUEST_REF_PATH", "refs/merge-requests/7/head")]].concat();
    let of = |kind: &'static str| [&change[..], &[("CI_MERGE_REQUEST_EVENT_TYPE", kind)]].concat();
    check(&of("detached"), Some("refs/merge-requests/7/head"));
    check(&of("merged_result"), Some("refs/merge-requests/7/merge"));
    check(&of("merge_train"), Some("refs/merge-requests/7/train"));
    // A fork's pipeline is none of the project's.
    check(&[&of("detached")[..], &[("CI_PROJECT_PATH", "someone/proj")]].concat(), None);

    let job = detect(&env("push", &[]), None, None).ci_job.unwrap();
    let page = job.artifact_page("out/my report#1.md");
    assert_eq!(
        page.as_deref(),
        Some("https://git.corp/grp/sub/proj/-/jobs/66/artifacts/file/out/my%20report%231.md")
    );
}

#[test]
fn a_title_is_filled_in_as_cml_does() {
    let context = detect(&env("push", &[]), None, None);
    assert_eq!(context.fill_in("{workflow}/{run} {run}"), "55/66 {run}");
    let github = [("GITHUB_ACTIONS", "true"), ("GITHUB_WORKFLOW", "train"), ("GITHUB_RUN_ID", "9")];
    let vars = github.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let context = detect(&Env { vars, ..Env::default() }, None, None);
    assert_eq!(context.fill_in("{workflow}/{run}"), "train/9");
}

#[test]
fn the_legs_of_a_parallel_job_are_told_apart_and_a_retry_is_the_same_leg() {
    let check = |name: &str, of: Option<&str>, leg: Option<&str>| {
        let vars = [("GITLAB_CI", "true"), ("CI_JOB_NAME", name), ("CI_NODE_INDEX", "1")];
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let runner = detect(&Env { vars, ..Env::default() }, None, None).runner;
        let leg = leg.map(crate::environment::short_hash);
        assert_eq!((runner.legs_of.as_deref(), runner.leg), (of, leg), "{name}");
    };
    check("train 2/3", Some("train"), Some("2/3"));
    check("train: [3.13, ubuntu]", Some("train"), Some("3.13, ubuntu"));
    check("train", None, None);
    check("train on 2/x", None, None);
}
