//! When `cml comment` speaks: its policies, a run's start, the legs of a matrix, and who may replace whom.

use crate::job::{EVERY, Host, Job};

const SAME: &str = "{\"accuracy\": 0.87236}";
const WORSE: &str = "{\"accuracy\": 0.80}";
const BETTER: &str = "{\"accuracy\": 0.95}";

/// A feature branch whose base has one metric.
fn job(host: Host) -> Job {
    let world = crate::world::World::new();
    world.write("metrics.json", SAME);
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    let head = world.commit("feature");
    let job = Job::of_host(host, world, &head, false);
    job.forge.set_head(&head);
    job
}

/// Runs `cml comment` after each of these metrics; answers the bodies that are left.
#[track_caller]
fn left_after(job: &Job, policy: &str, metrics: &[&str]) -> Vec<String> {
    for text in metrics {
        job.world.write("metrics.json", text);
        let ran = job.cml(&["comment", "--policy", policy]);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    job.forge.comments().into_iter().map(|comment| comment.body).collect()
}

#[test]
fn without_a_change_nothing_is_said_until_something_was() {
    for host in EVERY {
        assert_eq!(left_after(&job(host), "only-changes", &[SAME]), Vec::<String>::new());
        assert_eq!(left_after(&job(host), "only-changes", &[BETTER]).len(), 1);
        let bodies = left_after(&job(host), "only-changes", &[BETTER, SAME]);
        assert!(bodies[0].contains("1 unchanged") && bodies.len() == 1, "{bodies:?}");
        assert_eq!(left_after(&job(host), "only-regressions", &[SAME, BETTER]), Vec::<String>::new());
        let bodies = left_after(&job(host), "only-regressions", &[WORSE, BETTER]);
        assert!(bodies[0].contains("1 better") && bodies.len() == 1, "{bodies:?}");
    }
}

#[test]
fn a_report_that_is_not_posted_is_in_the_summary_or_the_log() {
    for host in EVERY {
        let job = job(host);
        let ran = job.cml(&["comment", "--policy", "only-changes"]);
        assert!(job.kept(&ran).contains("1 unchanged"), "{}", ran.err);
    }
}

#[test]
fn recreate_moves_the_comment_to_the_end() {
    for host in EVERY {
        let job = job(host);
        left_after(&job, "recreate", &[WORSE]);
        job.forge.add("someone", "hm");
        let bodies = left_after(&job, "recreate", &[BETTER]);
        assert_eq!(bodies.len(), 2);
        assert!(bodies[0] == "hm" && bodies[1].contains("1 better"), "{bodies:?}");
    }
}

#[test]
fn a_long_run_says_that_it_has_begun() {
    for host in EVERY {
        let job = job(host);
        left_after(&job, "update", &[WORSE]);
        let old = job.forge.comments()[0].body.clone();
        let ran = job.cml(&["comment", "--start"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let body = job.forge.comments()[0].body.clone();
        let head = job.world.git(&["rev-parse", "HEAD"]);
        assert!(
            body.contains(&format!("**Training [{}]", &head[..7])) && body.contains("below: the report of"),
            "{body}"
        );
        assert!(body.contains(old.split("\n\n<!-- cml:1").next().unwrap()), "{body}");
        let bodies = left_after(&job, "update", &[BETTER]);
        assert!(
            bodies.len() == 1 && !bodies[0].contains("Training") && bodies[0].contains("1 better"),
            "{bodies:?}"
        );
    }
}

#[test]
fn words_that_do_not_go_together_are_refused() {
    let job = job(Host::GitHub);
    job.world.write("r.md", "x");
    for arguments in [
        &["comment", "--start", "r.md"][..],
        &["comment", "create", "--start"],
        &["comment", "create", "--policy", "recreate", "r.md"],
        &["comment", "r.md", "--policy", "only-changes"],
    ] {
        let ran = job.cml(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
    }
    assert!(job.forge.comments().is_empty());
}

#[test]
fn the_legs_of_a_matrix_have_a_comment_each() {
    let mut job = job(Host::GitHub);
    for _ in 0..2 {
        for python in ["3.12", "3.13"] {
            job = job.with("CML_MATRIX", &format!("{{\"python\": \"{python}\"}}"));
            left_after(&job, "update", &[BETTER]);
        }
    }
    let bodies: Vec<String> = job.forge.comments().into_iter().map(|comment| comment.body).collect();
    assert_eq!(bodies.len(), 2, "{bodies:?}");
    assert!(bodies[0].contains("key=train/model%20%283.12%29"), "{}", bodies[0]);
    let heading = bodies[1].lines().next().unwrap_or_default();
    assert!(heading.contains("3.13"), "{heading}");
}

#[test]
fn two_legs_that_meet_under_one_key_are_both_kept_and_told() {
    let job = job(Host::GitHub).with("RUNNER_TRACKING_ID", "github_1");
    assert!(!job.cml(&["comment"]).err.contains("--key"));
    let job = job.with("RUNNER_TRACKING_ID", "github_2");
    let ran = job.cml(&["comment"]);
    assert!(ran.code == 0 && ran.err.contains("give each its own --key"), "{}", ran.err);
    assert_eq!(job.forge.comments().len(), 2);
    let heading = |at: usize| job.forge.comments()[at].body.lines().next().unwrap_or_default().to_owned();
    assert!(heading(1).contains("model, leg 2"), "{}", heading(1));
    // The next run's jobs have other names, and still there are two.
    for runner in ["github_3", "github_4"] {
        let job = job.again().with("GITHUB_RUN_ID", "12").with("RUNNER_TRACKING_ID", runner);
        assert_eq!(job.cml(&["comment"]).code, 0);
    }
    assert_eq!(job.forge.comments().len(), 2);
    assert!(heading(0).contains("model, leg 1") && heading(1).contains("model, leg 2"), "{}", heading(0));
}

#[test]
fn the_legs_of_gitlabs_parallel_jobs_meet_under_one_key_and_a_retry_finds_its_own() {
    let job = job(Host::GitLab).with("CI_NODE_INDEX", "1");
    let run = |run: u64, leg: &str, id: &str, text: &str| {
        job.world.write("report.md", text);
        let job = job.again().in_run(run).with("CI_JOB_NAME", &format!("train {leg}")).with("CI_JOB_ID", id);
        assert_eq!(job.cml(&["comment", "report.md"]).code, 0);
        let first = |body: String| body.lines().next().unwrap_or_default().to_owned();
        job.forge.comments().into_iter().map(|comment| first(comment.body)).collect::<Vec<_>>()
    };
    run(11, "1/2", "66", "one");
    assert_eq!(run(11, "2/2", "67", "two"), ["one", "two"]);
    assert_eq!(run(11, "2/2", "68", "two again"), ["one", "two again"]);
    assert_eq!(run(12, "2/2", "70", "new two"), ["one", "new two"]);
    assert_eq!(run(12, "1/2", "71", "new one"), ["new one", "new two"]);
}

#[test]
fn a_slow_old_run_that_ends_last_changes_nothing() {
    for host in EVERY {
        let job = job(host);
        let old = job.world.git(&["rev-parse", "HEAD"]);
        job.world.write("params.yaml", "lr: 1\n");
        let new = job.world.commit("newer");
        job.forge.set_head(&new);
        let run = |head: &str, arguments: &[&str]| {
            let job = job.again().headed(head);
            let ran = job.cml(arguments);
            assert_eq!(ran.code, 0, "{}", ran.err);
            ran
        };
        run(&new, &["comment"]);
        let body = job.forge.comments()[0].body.clone();
        for arguments in [&["comment"][..], &["comment", "--policy", "recreate"], &["comment", "--start"]] {
            let ran = run(&old, arguments);
            assert!(ran.err.contains("superseded") && ran.out.is_empty(), "{}", ran.err);
            assert!(job.forge.comments().len() == 1 && job.forge.comments()[0].body == body);
        }
    }
}

#[test]
fn cmls_own_comment_is_adopted_but_nobody_elses() {
    for host in EVERY {
        let watermark = "old\n\n![](https://cml.dev/watermark.png#0123abc \"CML watermark my\\_title\")";
        let job = job(host);
        job.world.write("r.md", "new text");
        job.forge.add("someone", watermark);
        job.forge.add(job.viewer(), watermark);
        for _ in 0..2 {
            assert_eq!(job.cml(&["comment", "update", "--watermark-title=my_title", "r.md"]).code, 0);
        }
        let comments = job.forge.comments();
        assert_eq!(comments.len(), 2);
        assert_eq!(comments[0].body, watermark);
        assert!(comments[1].body.starts_with("new text\n\n<!-- cml:1 key=my_title"), "{}", comments[1].body);
    }
}

#[test]
fn a_person_who_pastes_our_mark_and_a_deleted_account_are_left_alone() {
    for host in EVERY {
        let job = job(host);
        assert_eq!(job.cml(&["comment"]).code, 0);
        let ours = job.forge.comments()[0].body.clone();
        job.forge.add("someone", &ours);
        job.forge.add("", &ours);
        job.world.write("metrics.json", WORSE);
        for policy in ["update", "recreate"] {
            assert_eq!(job.cml(&["comment", "--policy", policy]).code, 0);
            let comments = job.forge.comments();
            assert_eq!(comments.iter().filter(|comment| comment.body == ours).count(), 2);
            assert_eq!(comments.len(), 3);
        }
    }
}
