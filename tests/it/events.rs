//! Each event of GitHub: where the comment goes, and what it is compared with.

use serde_json::{Value, json};

use crate::forge::Thread;
use crate::job::Job;
use crate::world::Ran;

/// A feature branch whose run is committed, one commit ahead of `main`.
fn job() -> (Job, String, String) {
    let job = Job::new();
    job.forge.refuse("/git", 403);
    let base = job.world.git(&["rev-parse", "main"]);
    let head = job.world.commit("run");
    job.forge.set_head(&head);
    job.forge.set_merge_base(&base);
    (job, base, head)
}

#[track_caller]
fn fine(ran: &Ran) {
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[track_caller]
fn compared_with(text: &str, base: &str) {
    assert!(text.contains("0.87236") && text.contains("0.87184"), "{text}");
    assert!(text.contains(&base[..7]), "{text}");
}

fn workflow_run(head: &str, branch: &str, repo: &str) -> Value {
    json!({"workflow_run": {"head_sha": head, "head_branch": branch, "head_repository": {"full_name": repo}}})
}

#[test]
fn a_comment_on_a_pull_request_asks_for_its_head_and_base() {
    let (job, base, _) = job();
    let job = job.on("issue_comment", &json!({"issue": {"number": 7, "pull_request": {"url": "u"}}}));
    fine(&job.cml(&["comment"]));
    compared_with(&job.forge.comments()[0].body, &base);
}

#[test]
fn a_comment_on_an_issue_is_no_reason_to_comment() {
    let (job, ..) = job();
    let job = job.on("issue_comment", &json!({"issue": {"number": 8}}));
    fine(&job.cml(&["comment"]));
    assert!(job.forge.comments_on(&Thread::Issue(8)).is_empty() && job.forge.comments().is_empty());
    assert!(job.summary().contains("`accuracy`"));
}

#[test]
fn another_workflows_run_comments_on_the_one_pull_request_with_its_head() {
    let (job, _, head) = job();
    job.forge.set_head_repo("someone/r");
    let job = job.on("workflow_run", &workflow_run(&head, "feature", "someone/r"));
    job.world.write("report.md", "made by the other run");
    fine(&job.cml(&["comment", "report.md"]));
    assert_eq!(job.forge.comments().len(), 1);
}

#[test]
fn a_run_whose_head_is_no_open_pull_requests_says_nothing() {
    let (job, _, head) = job();
    let old = "a".repeat(40);
    let check = |job: Job, head: &str, branch: &str, repo: &str| {
        let job = job.on("workflow_run", &workflow_run(head, branch, repo));
        job.world.write("report.md", "made by the other run");
        let ran = job.cml(&["comment", "report.md"]);
        fine(&ran);
        assert!(ran.err.contains("nothing to do"), "{}", ran.err);
        assert!(job.forge.comments().is_empty() && job.summary().is_empty());
        assert!(job.forge.comments_on(&Thread::Commit(head.to_owned())).is_empty());
        job
    };
    let job = check(job, &old, "feature", "o/r");
    let job = check(job, &head, "main", "o/r");
    // A stranger whose branch and commit have the same names.
    check(job, &head, "feature", "someone/r");
}

fn workflow_run_of(numbers: &[u64], head: &str) -> Value {
    let mut event = workflow_run(head, "feature", "o/r");
    event["workflow_run"]["pull_requests"] = numbers.iter().map(|number| json!({"number": number})).collect();
    event
}

#[test]
fn of_several_with_the_workflows_head_the_events_number_tells_which() {
    let check = |numbers: &[u64], expected: Option<u64>| {
        let (job, _, head) = job();
        job.forge.open_another(9, "o/r", "dev");
        let job = job.on("workflow_run", &workflow_run_of(numbers, &head));
        job.world.write("report.md", "made by the other run");
        let ran = job.cml(&["comment", "report.md"]);
        fine(&ran);
        for number in [7, 9] {
            let count = job.forge.comments_on(&Thread::Issue(number)).len();
            assert_eq!(count, usize::from(expected == Some(number)), "{numbers:?}: {}", ran.err);
        }
        if expected.is_none() {
            let words = "is the head of more than one open pull request: #7, #9: there is nothing to do";
            assert!(ran.err.contains(words), "{}", ran.err);
        }
    };
    check(&[9], Some(9));
    check(&[7], Some(7));
    check(&[], None);
    check(&[7, 9], None);
    check(&[8], None);
}

#[test]
fn a_number_of_the_event_counts_only_with_the_workflows_head() {
    let (job, ..) = job();
    let job = job.on("workflow_run", &workflow_run_of(&[7], &"a".repeat(40)));
    job.world.write("report.md", "made by the other run");
    let ran = job.cml(&["comment", "report.md"]);
    fine(&ran);
    assert!(ran.err.contains("is the head of no open pull request"), "{}", ran.err);
    assert!(job.forge.comments().is_empty());
}

fn push(head: &str) -> Value {
    json!({"ref": "refs/heads/feature", "before": "0".repeat(40), "after": head,
        "repository": {"default_branch": "main"}})
}

#[test]
fn a_forks_pull_request_with_our_head_takes_nothing_away_from_our_own() {
    for arguments in [&["comment"][..], &["comment", "report.md"]] {
        let (job, _, head) = job();
        job.forge.open_another(3, "eve/r", "main");
        let job = job.on("push", &push(&head));
        job.world.write("report.md", "text");
        let ran = job.cml(arguments);
        fine(&ran);
        assert_eq!(job.forge.comments().len(), 1, "{}", ran.err);
        assert!(job.forge.comments_on(&Thread::Issue(3)).is_empty());
        assert!(job.forge.comments_on(&Thread::Commit(head)).is_empty());
        let words = "is the head of 2 open pull requests: the report is for #7, and not for #3; to choose another one";
        assert!(ran.err.contains(words), "{}", ran.err);
    }
}

#[test]
fn of_our_own_the_one_into_the_default_branch_is_chosen_and_the_others_are_named() {
    let (job, _, head) = job();
    job.forge.open_another(3, "o/r", "release");
    let job = job.on("push", &push(&head));
    let ran = job.cml(&["comment"]);
    fine(&ran);
    assert_eq!(job.forge.comments().len(), 1, "{}", ran.err);
    assert!(ran.err.contains("the report is for #7, and not for #3"), "{}", ran.err);
}

#[test]
fn a_run_that_was_started_for_a_branch_comments_on_its_pull_request() {
    let (job, base, head) = job();
    let event = json!({"ref": "refs/heads/feature", "inputs": {}, "repository": {"default_branch": "main"}});
    let job = job
        .on("workflow_dispatch", &event)
        .with("GITHUB_SHA", &head)
        .with("GITHUB_REF", "refs/heads/feature");
    fine(&job.cml(&["comment"]));
    compared_with(&job.forge.comments()[0].body, &base);
}

#[test]
fn a_run_that_was_started_for_a_named_pull_request_is_compared_as_that_one() {
    let (job, base, head) = job();
    let event = json!({"ref": "refs/heads/main", "inputs": {}, "repository": {"default_branch": "main"}});
    let job =
        job.on("workflow_dispatch", &event).with("GITHUB_SHA", &base).with("GITHUB_REF", "refs/heads/main");
    fine(&job.cml(&["comment", "--target", "pr/7"]));
    let body = job.forge.comments()[0].body.clone();
    compared_with(&body, &base);
    assert!(body.contains(&format!("head={head}")), "{body}");
}

#[test]
fn another_cis_number_is_enough() {
    let (job, base, _) = job();
    let url = job.forge.url();
    let job = ["GITHUB_ACTIONS", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_STEP_SUMMARY"]
        .into_iter()
        .fold(job, Job::without)
        .with("JENKINS_URL", "https://ci.example.org/")
        .with("CHANGE_ID", "7");
    let ran = job.cml(&[
        "comment",
        "--repo",
        &format!("{url}/o/r"),
        "--driver",
        "github",
        "--token",
        crate::job::TOKEN,
    ]);
    fine(&ran);
    compared_with(&job.forge.comments()[0].body, &base);
}

#[test]
fn two_open_merge_requests_of_a_branch_are_told() {
    let job = Job::at(crate::job::Host::GitLab);
    let head = job.world.git(&["rev-parse", "HEAD"]);
    job.forge.set_head(&head);
    job.forge.open_another(12, "grp/sub/proj", "release");
    for source in ["push", "web"] {
        let names = ["CI_MERGE_REQUEST_IID", "CI_MERGE_REQUEST_DIFF_BASE_SHA"];
        let job = names.into_iter().fold(job.again(), Job::without);
        let job = job
            .with("CI_PIPELINE_SOURCE", source)
            .with("CI_COMMIT_BRANCH", "feature")
            .with("CI_OPEN_MERGE_REQUESTS", "grp/sub/proj!7,grp/sub/proj!12");
        let ran = job.cml(&["comment"]);
        fine(&ran);
        assert_eq!(job.forge.comments().len(), 1, "{}", ran.err);
        assert!(
            ran.err.contains("2 open merge requests: the report is for !7, and not for !12"),
            "{}",
            ran.err
        );
    }
}

#[test]
fn a_forge_that_cannot_be_asked_is_a_failure_and_no_commit_comment() {
    let (job, _, head) = job();
    let job = job.on("workflow_run", &workflow_run(&head, "feature", "o/r"));
    job.world.write("report.md", "made by the other run");
    job.forge.refuse("/pulls", 404);
    let ran = job.cml(&["comment", "report.md"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(job.summary().contains("made by the other run"));
    assert!(job.forge.comments_on(&Thread::Commit(head)).is_empty());
}

#[test]
fn a_merge_queue_is_compared_with_what_it_would_be_merged_into() {
    let (job, base, head) = job();
    let older = job.world.git(&["rev-parse", "HEAD~1"]);
    job.forge.set_head(&older);
    let group = json!({"base_sha": base, "base_ref": "refs/heads/main", "head_sha": head,
        "head_ref": format!("refs/heads/gh-readonly-queue/main/pr-7-{base}")});
    fine(&job.cml(&["comment"]));
    let job = job.on("merge_group", &json!({"merge_group": group}));
    job.world.write("metrics.json", "{\"accuracy\": 0.99}");
    fine(&job.cml(&["comment"]));
    let comments = job.forge.comments();
    assert_eq!(comments.len(), 1);
    assert!(
        comments[0].body.contains("0.99") && comments[0].body.contains(&base[..7]),
        "{}",
        comments[0].body
    );
}

#[test]
fn the_targets_own_workflow_may_write_for_a_fork_and_says_so_if_not() {
    let (job, _, head) = job();
    job.forge.refuse("", 403);
    let event = json!({"pull_request": {"number": 7,
        "head": {"sha": head, "ref": "feature", "repo": {"full_name": "someone/r"}},
        "base": {"sha": head, "ref": "main", "repo": {"full_name": "o/r"}}}});
    let job = job.on("pull_request_target", &event);
    let ran = job.cml(&["comment"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("pull-requests: write"), "{}", ran.err);
    fine(&job.on("pull_request", &event).cml(&["comment"]));
}

#[test]
fn a_schedule_a_dispatch_and_a_tag_go_to_the_summary_with_the_first_parent_as_base() {
    for (name, event) in [
        ("schedule", json!({"schedule": "0 0 * * *"})),
        ("workflow_dispatch", json!({"inputs": {}})),
        ("push", json!({"ref": "refs/tags/v1", "before": "0".repeat(40)})),
    ] {
        let (job, _, head) = job();
        let parent = job.world.git(&["rev-parse", "HEAD~1"]);
        let job = job.on(name, &event).with("GITHUB_SHA", &head);
        fine(&job.cml(&["comment"]));
        assert!(job.forge.comments().is_empty());
        compared_with(&job.summary(), &parent);
    }
}

#[test]
fn a_pushed_branch_comments_on_its_pull_request_and_is_compared_as_that_one() {
    let (job, base, head) = job();
    let event = json!({"ref": "refs/heads/feature", "before": "0".repeat(40), "after": head,
        "repository": {"default_branch": "trunk"}});
    let job = job.on("push", &event);
    fine(&job.cml(&["comment"]));
    compared_with(&job.forge.comments()[0].body, &base);
}
