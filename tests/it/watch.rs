//! `cml comment --watch`: the comment follows a run, and says nothing twice.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::job::{EVERY, Host, Job};

/// A program that watches; it is asked to end when it is dropped, so that a failed test leaves none behind.
struct Watching(Child);

impl Watching {
    /// Ends it as a CI does, and answers its exit code.
    fn end(self) -> Option<i32> {
        self.end_by("TERM")
    }

    fn end_by(mut self, signal: &str) -> Option<i32> {
        self.signal(signal);
        self.0.wait().unwrap().code()
    }

    fn signal(&self, signal: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success());
    }

    /// Waits until the program has begun: before its first line nobody can catch a signal.
    fn begun(&self) {
        let status = format!("/proc/{}/status", self.0.id());
        let began = Instant::now();
        while cfg!(target_os = "linux") && began.elapsed() < Duration::from_secs(30) {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let bits = text.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or("0").trim();
            // SIGHUP, SIGINT and SIGTERM, which are 1, 2 and 15.
            if u64::from_str_radix(bits, 16).is_ok_and(|bits| bits & 0x4003 == 0x4003) {
                return;
            }
        }
        std::thread::sleep(Duration::from_millis(30));
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

fn watch(job: &Job, more: &[&str]) -> Watching {
    Watching(job.spawn(&[&["comment", "--watch", "--watch-interval", "1"], more].concat()))
}

/// Waits until the one comment says `text`.
#[track_caller]
fn wait_for(job: &Job, text: &str) {
    let began = Instant::now();
    loop {
        let comments = job.forge.comments();
        assert!(comments.len() <= 1, "{}", comments.len());
        if comments.first().is_some_and(|comment| comment.body.contains(text)) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "no comment says {text:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_comment_follows_the_report_and_the_last_word_is_sent_at_the_end() {
    for host in EVERY {
        let job = Job::at(host);
        job.forge.refuse("/git", 403);
        let watching = watch(&job, &[]);
        wait_for(&job, "0.87184");
        job.world.write("metrics.json", "{\"accuracy\": 0.9125}");
        wait_for(&job, "0.9125");
        job.world.write("metrics.json", "{\"accuracy\": 0.9375}");
        assert_eq!(watching.end(), Some(0));
        wait_for(&job, "0.9375");
        // The picture has not changed, so it is stored once.
        let uploads = job.forge.log().iter().filter(|line| line.ends_with("/uploads")).count();
        assert_eq!(uploads, usize::from(host == Host::GitLab));
    }
}

#[test]
fn each_update_has_its_own_time() {
    let job = Job::new().with("CML_DEADLINE", "6");
    job.forge.refuse("/git", 403);
    let watching = watch(&job, &[]);
    wait_for(&job, "0.87184");
    // The time of the first one is over, and Git is asked again.
    std::thread::sleep(Duration::from_secs(7));
    job.world.write("metrics.json", "{\"accuracy\": 0.9125}");
    wait_for(&job, "0.9125");
    let body = job.forge.comments()[0].body.clone();
    assert!(body.contains("| 0.8724 |") && !body.contains("everything is new"), "{body}");
    assert_eq!(watching.end(), Some(0));
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let job = Job::new();
    job.world.write("report.md", "first");
    let watching = watch(&job, &["create", "report.md"]);
    wait_for(&job, "first");
    let sent = job.forge.log().len();
    std::thread::sleep(Duration::from_secs(3));
    job.world.write("report.md", "first");
    assert_eq!(watching.end(), Some(0));
    assert_eq!(job.forge.log().len(), sent);
    assert_eq!(job.forge.comments().len(), 1);
}

#[test]
fn a_trigger_file_says_when() {
    let job = Job::new();
    let trigger = job.world.root().join("go");
    let watching = watch(&job, &["update", "report.md", "--trigger-file", "go"]);
    job.world.write("report.md", "by the trigger");
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(job.forge.comments().len(), 0);
    job.world.write("go", "");
    wait_for(&job, "by the trigger");
    assert!(!trigger.exists());
    assert_eq!(watching.end(), Some(0));
}

#[test]
fn a_report_that_is_never_written_is_an_error_at_the_end() {
    let job = Job::new();
    let watching = watch(&job, &["update", "report.md"]);
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(watching.end(), Some(2));
}

#[test]
fn whenever_and_however_it_ends_the_last_update_is_sent() {
    let moments = [0, 20, 50, 100, 300, 1000, 2000];
    let signals = ["TERM", "HUP", "INT"];
    std::thread::scope(|scope| {
        for host in EVERY {
            scope.spawn(move || {
                for (moment, signal) in moments.into_iter().zip(signals.into_iter().cycle()) {
                    let job = Job::at(host);
                    job.world.write("report.md", "first");
                    let watching = watch(&job, &["update", "report.md"]);
                    watching.begun();
                    std::thread::sleep(Duration::from_millis(moment));
                    job.world.write("report.md", "the last word");
                    assert_eq!(watching.end_by(signal), Some(0), "{host:?}: {signal} after {moment} ms");
                    let comments = job.forge.comments();
                    let is_it = comments.len() == 1 && comments[0].body.contains("the last word");
                    assert!(is_it, "{host:?}: {signal} after {moment} ms: {comments:?}");
                }
            });
        }
    });
}

#[test]
fn the_exit_code_is_the_last_updates() {
    let job = Job::new();
    job.world.write("report.md", "first");
    job.forge.refuse("/issues", 422);
    let watching = watch(&job, &["update", "report.md"]);
    watching.begun();
    assert_eq!(watching.end(), Some(3));
}

#[test]
fn a_second_signal_ends_it_at_once_but_not_the_same_ending_sent_twice() {
    let job = Job::new();
    job.world.write("report.md", "first");
    job.forge.fault(job.thread(), crate::forge::Fault::Slow(4000));
    let watching = watch(&job, &["update", "report.md"]);
    watching.begun();
    watching.signal("TERM");
    std::thread::sleep(Duration::from_millis(1500));
    let began = Instant::now();
    assert_eq!(watching.end_by("INT"), Some(130));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());

    let job = Job::new();
    job.world.write("report.md", "first");
    let watching = watch(&job, &["update", "report.md"]);
    watching.begun();
    watching.signal("TERM");
    assert_eq!(watching.end_by("TERM"), Some(0));
    assert_eq!(job.forge.comments().len(), 1);
}
