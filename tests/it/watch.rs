//! `cml comment --watch`: the comment follows a run, and says nothing twice.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::job::{EVERY, Host, Job};

/// A program that watches; it is asked to end when it is dropped, so that a failed test leaves none behind.
struct Watching(Child);

impl Watching {
    /// Ends it as a CI does, and answers its exit code.
    fn end(mut self) -> Option<i32> {
        self.signal();
        self.0.wait().unwrap().code()
    }

    fn signal(&self) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
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
