//! What a server can do wrong: each fault has its exit code and its words, and loses no report.

use crate::forge::Fault;
use crate::job::{EVERY, Host, Job};

/// One fault on every request for comments: the exit code, and what the message must say.
#[track_caller]
fn check(host: Host, fault: Fault, words: &[&str]) {
    let job = Job::at(host);
    // GitHub keeps pictures in Git, GitLab as uploads.
    job.forge.refuse("/git/", 403);
    job.forge.refuse("/uploads", 403);
    job.forge.fault(job.thread(), fault.clone());
    let ran = job.cml(&["comment"]);
    assert_eq!(ran.code, 3, "{fault:?}: {}", ran.err);
    for word in words.iter().chain(&["error: ", "hint: "]) {
        assert!(ran.err.contains(word), "{fault:?}: no {word:?} in {}", ran.err);
    }
    assert!(job.kept(&ran).contains("`accuracy`"), "{fault:?}: the report is lost");
}

#[test]
fn a_server_that_answers_nonsense_is_told_apart_from_one_that_refuses() {
    for (host, list) in EVERY.into_iter().zip(["/issues/7/comments", "/merge_requests/7/notes"]) {
        check(host, Fault::Html, &[list, "not the JSON"]);
        check(host, Fault::Truncated, &[list]);
        check(host, Fault::Nothing, &[list]);
        check(host, Fault::Refused(401), &["401", "token"]);
        check(host, Fault::Refused(404), &["404", "Not Found", "--repo"]);
        check(host, Fault::Refused(500), &["500", "later"]);
        check(host, Fault::RateLimited { retry_after: 900 }, &["429"]);
    }
    check(Host::GitHub, Fault::Refused(401), &["Bad credentials"]);
    check(Host::GitHub, Fault::Refused(422), &["422", "Validation Failed"]);
    check(Host::GitHub, Fault::RateLimited { retry_after: 900 }, &["rate limit"]);
}

#[test]
fn a_fault_that_passes_is_waited_for() {
    for host in EVERY {
        let job = Job::at(host);
        job.forge.refuse("/git/", 403);
        job.forge.fault(job.thread(), Fault::Times(1, Box::new(Fault::RateLimited { retry_after: 1 })));
        job.forge.fault(job.thread(), Fault::Times(1, Box::new(Fault::Refused(503))));
        let ran = job.cml(&["comment"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_eq!(job.forge.comments().len(), 1);
    }
}

#[test]
fn a_lost_answer_is_looked_for_and_never_repeated() {
    let job = Job::new();
    job.forge.refuse("/git", 403);
    job.forge.fault("POST /api/v3/repos/o/r/issues", Fault::LostAfterWrite);
    let ran = job.cml(&["comment"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(job.forge.comments().len(), 1);
}
