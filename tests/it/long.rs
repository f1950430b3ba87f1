//! A user's file that is too long for a comment: what stays, and where all of it is.

use crate::job::{EVERY, Host, Job};

fn table(rows: usize) -> String {
    let rows: String = (0..rows).map(|n| format!("| {n} | a value with ü |\n")).collect();
    format!("# R\n\n| step | text |\n|---|---|\n{rows}\nThe last words.\n")
}

/// The rows that a text shows, and those that it says to have left out.
fn rows(text: &str) -> (usize, usize) {
    let shown = text.lines().filter(|line| line.ends_with("| a value with ü |")).count();
    let line = text.lines().find(|line| line.contains("rows left out")).unwrap_or_default();
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    (shown, digits.parse().unwrap_or(0))
}

#[test]
fn a_table_that_alone_is_too_long_stays_without_its_middle() {
    let count = 5000;
    let job = Job::at(Host::GitHub);
    job.world.write("report.md", &table(count));
    let ran = job.cml(&["comment", "report.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let body = job.forge.comments()[0].body.clone();
    assert!(body.chars().count() <= 65_536 && body.chars().count() > 60_000);
    let (shown, left_out) = rows(&body);
    assert!(shown > 1000 && shown + left_out == count, "{shown} {left_out}");
    assert!(
        body.starts_with("# R\n\n| step | text |\n|---|---|\n| 0 |") && body.contains("\nThe last words.\n")
    );
    // Where all of it is said to be, it is.
    assert!(
        body.contains("all of it is in [the job's summary](")
            && ran.err.contains("all of it is in the job's summary")
    );
    assert_eq!(rows(&job.summary()), (count, 0));
}

#[test]
fn what_the_summary_cannot_hold_is_in_the_log_and_nothing_claims_another_place() {
    let count = 100_000;
    let job = Job::at(Host::GitHub);
    job.world.write("report.md", &table(count));
    let ran = job.cml(&["comment", "report.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let (body, summary) = (job.forge.comments()[0].body.clone(), job.summary());
    assert!(summary.len() <= 1024 * 1024 && summary.len() > 1_000_000, "{}", summary.len());
    for text in [&body, &summary] {
        let (shown, left_out) = rows(text);
        assert!(shown > 1000 && shown + left_out == count, "{shown} {left_out}");
        assert!(text.contains("all of it is in [the job's log]("), "{}", &text[text.len() - 300..]);
        assert!(!text.contains("summary"));
    }
    assert!(ran.err.contains("all of it is in the job's log"), "{}", ran.err);
    assert_eq!(rows(&ran.out), (count, 0));
}

#[test]
fn a_summary_that_is_nearly_full_is_not_made_too_long() {
    for used in [900_000, 1024 * 1024 - 10, 2_000_000] {
        let job = Job::at(Host::GitHub);
        std::fs::write(job.world.path("summary.md"), "x".repeat(used)).unwrap();
        job.world.write("report.md", &table(8000));
        let ran = job.cml(&["comment", "report.md"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(job.summary().len() <= used.max(1024 * 1024), "{}", job.summary().len());
        assert_eq!(rows(&ran.out), (8000, 0));
        assert!(job.forge.comments()[0].body.contains("all of it is in [the job's log]("));
    }
}

#[test]
fn a_file_that_cannot_be_posted_is_whole_in_the_log() {
    for host in EVERY {
        let job = Job::at(host);
        job.forge.refuse(job.thread(), 422);
        job.world.write("report.md", &table(60_000));
        let ran = job.cml(&["comment", "report.md"]);
        assert_eq!(ran.code, 3, "{}", ran.err);
        assert_eq!(rows(&ran.out), (60_000, 0), "{host:?}");
    }
}

#[test]
fn gitlab_has_a_note_of_a_million_characters_and_the_rest_in_the_log() {
    let count = 60_000;
    let job = Job::at(Host::GitLab);
    job.world.write("report.md", &table(count));
    let ran = job.cml(&["comment", "report.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let body = job.forge.comments()[0].body.clone();
    let (shown, left_out) = rows(&body);
    assert!(shown > 20_000 && shown + left_out == count && body.len() > 900_000, "{shown} {left_out}");
    assert!(body.contains("all of it is in [the job's log]("));
    assert_eq!(rows(&ran.out), (count, 0));
}

#[test]
fn a_checks_summary_keeps_the_table_too() {
    let job = Job::at(Host::GitHub);
    job.world.write("report.md", &table(5000));
    let ran = job.cml(&["check", "create", "report.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let checks = job.forge.checks();
    let text = checks[0]["output"]["summary"].as_str().unwrap();
    let (shown, left_out) = rows(text);
    assert!(text.len() <= 65_535 && shown > 1000 && shown + left_out == 5000, "{shown} {left_out}");
    assert_eq!(rows(&job.summary()), (5000, 0));
}
