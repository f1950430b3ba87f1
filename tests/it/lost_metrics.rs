//! A metric that is not a number any more: it may have fallen, so nothing says that the run is better.

use crate::job::{EVERY, Host, Job};
use crate::world::World;

/// Two metrics of the base; the second rises in each of [`LOST`].
const BASE: &str = "{\"accuracy\": 0.9, \"f1\": 0.5}";
/// What a change can do to `accuracy` instead of letting it fall.
const LOST: [&str; 7] = [
    "{\"f1\": 0.6}",
    "{\"accuracy\": null, \"f1\": 0.6}",
    "{\"accuracy\": true, \"f1\": 0.6}",
    "{\"accuracy\": \"0.1\", \"f1\": 0.6}",
    "{\"accuracy\": [0.1, 0.2], \"f1\": 0.6}",
    "{\"accuracy\": {\"mean\": 0.1}, \"f1\": 0.6}",
    "{\"accuracy\": 0.1, \"f1\": 0.6",
];

/// A change whose metrics are this text.
fn job(host: Host, metrics: &str) -> Job {
    let world = World::new();
    world.write("metrics.json", BASE);
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    world.write("metrics.json", metrics);
    let head = world.commit("feature");
    let job = Job::of_host(host, world, &head, false);
    job.forge.set_head(&head);
    job
}

#[test]
fn a_metric_that_was_lost_is_told_by_a_policy_that_waits_for_a_fall() {
    for host in EVERY {
        for metrics in LOST {
            let job = job(host, metrics);
            let ran = job.cml(&["comment", "--policy", "only-regressions"]);
            assert_eq!(ran.code, 0, "{}", ran.err);
            assert_eq!(job.forge.comments().len(), 1, "{host:?} {metrics}");
        }
        // The policy still has something to hold back.
        let job = job(host, "{\"accuracy\": 0.9, \"f1\": 0.6}");
        job.cml(&["comment", "--policy", "only-regressions"]);
        assert!(job.forge.comments().is_empty());
    }
}

#[test]
fn no_verdict_is_better_where_a_metric_was_lost() {
    for metrics in LOST {
        let job = job(Host::GitLab, metrics);
        let ran = job.cml(&["comment", "--artifacts", "out"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let verdict = std::fs::read_to_string(job.world.root().join("out/cml.env")).unwrap();
        assert!(verdict.starts_with("CML_VERDICT="), "{verdict}");
        assert!(!verdict.starts_with("CML_VERDICT=better"), "{metrics}: {verdict}");
    }
}

#[test]
fn a_check_is_no_success_where_a_metric_was_lost() {
    for metrics in LOST {
        let job = job(Host::GitHub, metrics);
        let ran = job.cml(&["check", "create"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_eq!(job.forge.checks().pop().unwrap()["conclusion"], "neutral", "{metrics}");
    }
}

#[test]
fn a_thread_is_not_settled_and_no_label_says_better_where_a_metric_was_lost() {
    for metrics in LOST {
        let job = job(Host::GitLab, metrics);
        let ran = job.cml(&["comment", "--thread", "--label", "model"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_eq!(job.forge.comments()[0].resolved, Some(false), "{metrics}");
        assert!(!job.forge.labels().join(" ").contains("better"), "{metrics}");
    }
}

#[test]
fn a_file_that_holds_something_else_now_is_not_removed() {
    for metrics in [
        "[]",
        "[[0.1]]",
        "{\"accuracy\": [0.1, 0.2], \"f1\": [0.1]}",
        "[{\"id\": 1, \"a\": 0.1}, {\"id\": 1, \"a\": 0.3}]",
    ] {
        let job = job(Host::GitHub, metrics);
        let ran = job.cml(&["report", "--format=json"]);
        let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let of = |judgement: &str| {
            report["metrics"].as_array().unwrap().iter().filter(|one| one["judgement"] == judgement).count()
        };
        assert_eq!((of("unreadable"), of("removed")), (2, 0), "{metrics}: {report}");
        // Of a file that holds no metric on either side there is nothing to say.
        job.world.git(&["checkout", "-q", "main"]);
        job.world.write("metrics.json", metrics);
        let ran = job.cml(&["report", "--base", "feature"]);
        assert!(!ran.out.contains("unreadable"), "{}", ran.out);
    }
}
