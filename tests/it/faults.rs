//! What a server can do wrong: each fault has its exit code and its words, and loses no report.

use crate::forge::Fault;
use crate::job::Job;

/// One fault on every request for comments: the exit code, and what the message must say.
#[track_caller]
fn check(fault: Fault, words: &[&str]) {
    let job = Job::new();
    job.forge.refuse("/git", 403);
    job.forge.fault("/issues", fault.clone());
    let ran = job.cml(&["comment"]);
    assert_eq!(ran.code, 3, "{fault:?}: {}", ran.err);
    for word in words.iter().chain(&["error: ", "hint: "]) {
        assert!(ran.err.contains(word), "{fault:?}: no {word:?} in {}", ran.err);
    }
    assert!(job.summary().contains("`accuracy`"), "{fault:?}: the report is lost");
}

#[test]
fn a_server_that_answers_nonsense_is_told_apart_from_one_that_refuses() {
    check(Fault::Html, &["/issues/7/comments", "not the JSON"]);
    check(Fault::Truncated, &["/issues/7/comments"]);
    check(Fault::Nothing, &["/issues/7/comments"]);
    check(Fault::Refused(401), &["401", "Bad credentials", "token"]);
    check(Fault::Refused(404), &["404", "Not Found", "--repo"]);
    check(Fault::Refused(422), &["422", "Validation Failed"]);
    check(Fault::Refused(500), &["500", "later"]);
    check(Fault::RateLimited { retry_after: 900 }, &["429", "rate limit"]);
}

#[test]
fn a_fault_that_passes_is_waited_for() {
    let job = Job::new();
    job.forge.refuse("/git", 403);
    job.forge.fault("/issues", Fault::Times(1, Box::new(Fault::RateLimited { retry_after: 1 })));
    job.forge.fault("/issues", Fault::Times(1, Box::new(Fault::Refused(503))));
    let ran = job.cml(&["comment"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(job.forge.comments().len(), 1);
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
