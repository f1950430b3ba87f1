//! `cml check create` against a loopback GitHub.

use crate::forge::Fault;
use crate::job::Job;

fn job() -> Job {
    let job = Job::new();
    job.forge.refuse("/git", 403);
    job
}

#[test]
fn the_verdict_is_the_conclusion_and_what_is_worse_stands_beside_its_file() {
    let job = job();
    let check = |metrics: &str, conclusion: &str, annotations: usize| {
        job.world.write("metrics.json", &format!("{{{metrics}, \"precision\": 0.9, \"recall\": 0.9}}"));
        let ran = job.cml(&["check", "create"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let run = job.forge.checks().pop().unwrap();
        assert_eq!(ran.out.trim(), run["html_url"].as_str().unwrap());
        assert_eq!(
            (run["status"].as_str(), run["conclusion"].as_str()),
            (Some("completed"), Some(conclusion))
        );
        let output = &run["output"];
        assert!(output["summary"].as_str().unwrap().contains("`accuracy`"), "{output}");
        assert_eq!(output["annotations"].as_array().map_or(0, Vec::len), annotations, "{output}");
        output.clone()
    };
    check("\"accuracy\": 0.99", "success", 0);
    let output = check("\"accuracy\": 0.5", "neutral", 1);
    assert_eq!(output["annotations"][0]["path"], "metrics.json");
    let message = output["annotations"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("accuracy: 0.87") && message.ends_with("is worse"), "{message}");
    assert!(output["title"].as_str().unwrap().contains("1 worse"), "{output}");
}

#[test]
fn all_of_many_annotations_arrive() {
    let world = crate::world::World::new();
    let metrics = |value: &str| {
        let all: Vec<String> = (0..120).map(|n| format!("\"accuracy_{n}\": {value}")).collect();
        format!("{{{}}}", all.join(", "))
    };
    world.write("metrics.json", &metrics("0.9"));
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    let head = world.commit("feature");
    world.write("metrics.json", &metrics("0.8"));
    let job = Job::of(world, &head, false);
    let ran = job.cml(&["check", "create"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let run = job.forge.checks().pop().unwrap();
    assert_eq!(run["output"]["annotations"].as_array().unwrap().len(), 120);
    assert_eq!(job.forge.log().iter().filter(|line| line.contains("check-runs")).count(), 3);
}

#[test]
fn a_file_is_a_success_unless_the_flags_say_otherwise() {
    let job = job();
    job.world.write("report.md", "# Mine");
    let check = |more: &[&str], status: &str, conclusion: Option<&str>, name: &str| {
        let ran = job.cml(&[&["check", "create", "report.md"], more].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        let run = job.forge.checks().pop().unwrap();
        assert_eq!((run["status"].as_str(), run["conclusion"].as_str()), (Some(status), conclusion));
        assert_eq!((run["name"].as_str(), run["output"]["summary"].as_str()), (Some(name), Some("# Mine")));
    };
    check(&[], "completed", Some("success"), "CML Report");
    check(&["--title=Model quality", "--conclusion=failure"], "completed", Some("failure"), "Model quality");
    check(&["--conclusion", "timed_out"], "completed", Some("timed_out"), "CML Report");
    check(&["--status", "in_progress"], "in_progress", None, "CML Report");
}

#[test]
fn a_lost_answer_leaves_one_check() {
    for fault in [Fault::LostAfterWrite, Fault::Nothing, Fault::Truncated] {
        let job = job();
        job.forge.fault("POST /api/v3/repos/o/r/check-runs", Fault::Times(1, Box::new(fault.clone())));
        let ran = job.cml(&["check", "create"]);
        assert_eq!(ran.code, 0, "{fault:?}: {}", ran.err);
        assert_eq!(job.forge.checks().len(), 1, "{fault:?}");
    }
}

#[test]
fn a_refusal_names_the_permission_and_loses_no_report() {
    let job = job();
    job.forge.refuse("check-runs", 403);
    let ran = job.cml(&["check", "create"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("checks: write") && job.summary().contains("`accuracy`"), "{}", ran.err);
}

#[test]
fn a_dry_run_sends_nothing() {
    let job = job().without("GITHUB_TOKEN");
    let ran = job.cml(&["check", "create", "--dry-run"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("`accuracy`") && ran.err.contains("would create the check"), "{}", ran.err);
    assert!(job.forge.log().is_empty());
}
