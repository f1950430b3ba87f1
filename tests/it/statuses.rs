//! `cml check create` against a loopback GitLab, where a check is a commit status.

use serde_json::Value;

use crate::forge::Fault;
use crate::job::{Host, Job};

fn job() -> Job {
    Job::at(Host::GitLab)
}

#[track_caller]
fn last(job: &Job, arguments: &[&str]) -> Value {
    let ran = job.cml(&[&["check", "create"], arguments].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    job.forge.statuses().pop().unwrap()
}

#[test]
fn the_verdict_is_the_line_and_the_jobs_log_has_the_report() {
    let job = job();
    let ran = job.cml(&["check", "create"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("| `accuracy`") && ran.err.contains("CML Report / train"), "{}", ran.err);
    let status = job.forge.statuses().pop().unwrap();
    let head = job.world.git(&["rev-parse", "HEAD"]);
    assert_eq!((&status["sha"], &status["name"]), (&head.into(), &"CML Report / train".into()));
    assert_eq!((&status["status"], &status["pipeline_id"]), (&"success".into(), &11.into()));
    assert_eq!(status["ref"], "refs/merge-requests/7/head");
    assert_eq!(status["target_url"], format!("{}/grp/sub/proj/-/jobs/66", job.forge.url()));
    assert!(status["description"].as_str().unwrap().contains("2 worse"), "{status}");
    // The target's newest commit is asked for, whose rules count.
    assert_eq!(job.forge.log().len(), 2, "{:?}", job.forge.log());
}

#[test]
fn the_flags_say_how_it_ended_and_what_it_is_called() {
    let job = job();
    job.world.write("report.md", "# Mine");
    let check = |arguments: &[&str], state: &str, name: &str| {
        let status = last(&job, &[&["report.md"], arguments].concat());
        assert_eq!((&status["status"], &status["name"]), (&state.into(), &name.into()), "{status}");
    };
    check(&[], "success", "CML Report / train");
    check(&["--title=Quality", "--conclusion=failure"], "failed", "Quality");
    check(&["--conclusion=neutral"], "success", "CML Report / train");
    check(&["--conclusion=cancelled"], "canceled", "CML Report / train");
    check(&["--conclusion=skipped"], "skipped", "CML Report / train");
    check(&["--conclusion=timed_out"], "failed", "CML Report / train");
    check(&["--dir=models/a", "--title="], "success", "CML Report / train / models/a");
}

#[test]
fn a_status_that_is_running_already_goes_on() {
    let job = job();
    for _ in 0..2 {
        assert_eq!(last(&job, &["--status=in_progress"])["status"], "running");
    }
    assert_eq!(last(&job, &[])["status"], "success");
    assert_eq!(job.forge.statuses().len(), 1);
}

#[test]
fn a_pipeline_is_found_whatever_its_ref() {
    for name in ["feature", "refs/merge-requests/7/head"] {
        let job = job();
        job.forge.set_pipeline_ref(name);
        assert_eq!(last(&job, &[])["pipeline_id"], 11, "{name}");
    }
    let job = job().with("CI_PIPELINE_ID", "12");
    job.forge.set_pipeline_ref("feature");
    let ran = job.cml(&["check", "create"]);
    assert!(ran.code == 3 && ran.err.contains("404 Pipeline for pipeline_id"), "{}", ran.err);
    assert!(ran.out.contains("`accuracy`"), "the report is lost: {}", ran.out);
}

#[test]
fn a_merged_results_pipeline_is_the_merge_commits() {
    let job = job()
        .with("CI_MERGE_REQUEST_EVENT_TYPE", "merged_result")
        .with("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", &"b".repeat(40));
    let merged = job.world.git(&["rev-parse", "HEAD"]);
    let status = last(&job, &[]);
    assert_eq!(status["sha"], merged);
    assert_eq!(status["ref"], "refs/merge-requests/7/merge");
    // A commit that is named has no pipeline that we know.
    let status = last(&job, &["--commit-sha", &"c".repeat(40)]);
    assert_eq!((&status["sha"], &status["ref"]), (&"c".repeat(40).into(), &Value::Null));
}

#[test]
fn a_kept_report_is_what_the_status_shows() {
    let status = last(&job(), &["--artifacts", "out/my report"]);
    let url = status["target_url"].as_str().unwrap();
    assert!(url.ends_with("/-/jobs/66/artifacts/file/out/my%20report/report.md"), "{url}");
}

#[test]
fn a_lost_answer_leaves_one_status() {
    for fault in [Fault::LostAfterWrite, Fault::Nothing, Fault::Truncated] {
        let job = job();
        job.forge.fault("/statuses/", Fault::Times(1, Box::new(fault.clone())));
        assert_eq!(last(&job, &[])["status"], "success", "{fault:?}");
        assert_eq!(job.forge.statuses().len(), 1, "{fault:?}");
    }
}

#[test]
fn a_refusal_says_what_to_click_and_loses_no_report() {
    let job = job().with("GITLAB_TOKEN", "read-token");
    let ran = job.cml(&["check", "create"]);
    assert!(ran.code == 3 && ran.err.contains("scope `api` and the role Developer"), "{}", ran.err);
    assert!(ran.out.contains("`accuracy`") && !ran.err.contains("permissions:"), "{}", ran.err);
}
