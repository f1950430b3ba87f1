//! Which commit a report is about and what it is compared with, where a job has checked out something else than the
//! event's head.

use serde_json::Value;

use crate::job::{EVERY, Host, Job};
use crate::whose_word::reported;
use crate::world::World;

fn commit(world: &World, accuracy: &str) -> String {
    world.write("metrics.json", &format!("{{\"accuracy\": {accuracy}}}"));
    world.commit(accuracy)
}

/// `main` at 0.9, then `feature` at 0.8 and 0.7, the head. Both commits of `feature`.
fn two_commits(host: Host) -> (Job, String, String) {
    let world = World::new();
    commit(&world, "0.9");
    world.git(&["checkout", "-q", "-b", "feature"]);
    let older = commit(&world, "0.8");
    let head = commit(&world, "0.7");
    let job = Job::of_host(host, world, &head, false);
    job.forge.set_head(&head);
    (job, older, head)
}

/// The job of an event whose workflow is the target's, or of a review.
fn of_event(job: &Job, name: &str, reference: &str, at: &str) -> Job {
    let job = job.again().with("GITHUB_EVENT_NAME", name);
    job.with("GITHUB_REF", reference).with("GITHUB_SHA", at)
}

const TOLD: &str = "is not the newest head of the change";

#[test]
fn the_head_is_the_commit_that_is_checked_out_and_an_older_one_is_said() {
    let (job, older, head) = two_commits(Host::GitHub);
    let main = job.world.git(&["rev-parse", "main"]);
    let check = |name: &str, at: &str, expected: &str, is_told: bool| {
        job.world.git(&["checkout", "-q", at]);
        let ran = of_event(&job, name, "refs/heads/main", &main).cml(&["comment", "--target", "issue/8"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let all = job.forge.comments_on(&crate::forge::Thread::Issue(8));
        let body = &all.last().unwrap().body;
        assert!(body.contains(&format!("head={expected}")) && body.contains(&main[..7]), "{name}: {body}");
        assert_eq!(ran.err.contains(TOLD), is_told, "{name}: {}", ran.err);
    };
    for name in ["pull_request_target", "pull_request_review"] {
        check(name, &head, &head, false);
        check(name, &older, &older, true);
    }
    // What the job commits itself is known to nobody else; a commit that came after the event is the newest.
    job.world.git(&["checkout", "-q", &head]);
    let later = commit(&job.world, "0.6");
    check("pull_request_target", &later, &head, false);
    job.forge.set_head(&later);
    check("pull_request_target", &later, &later, false);
    check("pull_request_target", &head, &head, true);
    // A push has its own head, whatever is checked out.
    job.forge.set_head(&head);
    check("pull_request", &older, &head, false);
}

#[test]
fn an_older_head_does_not_replace_the_report_of_the_newest() {
    let (job, older, head) = two_commits(Host::GitHub);
    assert_eq!(job.cml(&["comment"]).code, 0);
    job.world.git(&["checkout", "-q", &older]);
    let main = job.world.git(&["rev-parse", "main"]);
    let late = of_event(&job, "pull_request_target", "refs/heads/main", &main).in_run(12);
    let ran = late.cml(&["comment"]);
    assert!(ran.code == 0 && ran.err.contains("superseded"), "{}", ran.err);
    assert!(job.forge.comments()[0].body.contains(&format!("head={head}")));
}

#[test]
fn the_merge_under_a_review_may_be_of_an_older_head() {
    let (job, older, _) = two_commits(Host::GitHub);
    job.world.git(&["checkout", "-q", "-b", "merged", "main"]);
    job.world.git(&["merge", "-q", "--no-ff", "-m", "merge", &older]);
    let merge = job.world.git(&["rev-parse", "HEAD"]);
    let job = of_event(&job, "pull_request_review", "refs/pull/7/merge", &merge);
    let (metric, notices) = reported(&job, "");
    assert_eq!((&metric["old"], &metric["new"]), (&Value::from(0.9), &Value::from(0.8)), "{notices}");
    assert!(notices.contains(TOLD) && notices.contains(&older[..7]), "{notices}");
}

#[test]
fn a_merge_that_the_author_made_hides_no_fall() {
    for host in EVERY {
        let (job, _, head) = two_commits(host);
        // On a commit that was never the target's, with the fall in it already.
        job.world.git(&["checkout", "-q", "-b", "trick", "main"]);
        commit(&job.world, "0.7");
        job.world.git(&["merge", "-q", "--no-ff", "-m", "merge", "-X", "theirs", &head]);
        let (main, merge) = (job.world.git(&["rev-parse", "main"]), job.world.git(&["rev-parse", "HEAD"]));
        let jobs = [
            // Checked out by the branch's name, after the event…
            job.again().with("GITHUB_SHA", &main).with("CI_COMMIT_SHA", &main),
            // … in the pipeline of a merged result…
            job.again()
                .with("GITHUB_SHA", &main)
                .with("CI_COMMIT_SHA", &main)
                .with("CI_MERGE_REQUEST_EVENT_TYPE", "merged_result")
                .with("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", &head)
                .with("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", &main),
            // … and as the head itself.
            job.again().headed(&merge),
        ];
        for job in jobs {
            let (metric, notices) = reported(&job, "");
            let values = (&metric["old"], &metric["new"], &metric["judgement"]);
            assert_eq!(values, (&0.9.into(), &0.7.into(), &"worse".into()), "{notices}");
        }
    }
}
