//! In a change request's job the rules are those of the target branch's newest commit; a change bends nothing and is
//! told what it tried.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::job::{EVERY, Host, Job};
use crate::world::World;

pub(crate) const WORSE: &str = "[metrics.rmsd]\ndirection = \"lower\"\nname = \"RMSD\"\nprecision = 2\n";
const BASE: &str = "{\"rmsd\": 1.0}";
const HEAD: &str = "{\"rmsd\": 1.25}";

pub(crate) type Files<'a> = &'a [(&'a str, &'a str)];

fn commit(world: &World, files: Files<'_>) -> String {
    files.iter().for_each(|(path, text)| world.write(path, text));
    world.commit("files")
}

/// The job of a branch that left `main` at `base`; `main` has gone on to `tip`, of which only the forge knows.
pub(crate) fn job(host: Host, base: Files<'_>, tip: Files<'_>, change: Files<'_>) -> Job {
    let world = World::new();
    world.write("metrics.json", BASE);
    commit(&world, base);
    world.git(&["checkout", "-q", "-b", "feature"]);
    world.write("metrics.json", HEAD);
    let head = commit(&world, change);
    let job = Job::of_host(host, world, &head, false);
    job.forge.set_head(&head);
    if !tip.is_empty() {
        job.world.git(&["checkout", "-q", "main"]);
        let tip = commit(&job.world, tip);
        job.world.git(&["checkout", "-q", "feature"]);
        // The branch stays where the event saw it.
        job.world.git(&["update-ref", "refs/heads/main", "main~1"]);
        job.forge.set_branch("main", &tip);
    }
    job
}

/// The first metric, and the notices in one text.
#[track_caller]
pub(crate) fn reported(job: &Job, folder: &str) -> (Value, String) {
    reported_in(job, job.world.root().join(folder))
}

#[track_caller]
pub(crate) fn reported_in(job: &Job, folder: PathBuf) -> (Value, String) {
    let ran = job.cml_in(&folder, &["report", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    (report["metrics"][0].clone(), report["notices"].to_string())
}

#[track_caller]
pub(crate) fn check_worse(metric: &Value, notices: &str) {
    let display = &metric["display"];
    let shown =
        serde_json::json!([metric["judgement"], display["name"], display["percent"], display["precision"]]);
    assert_eq!(shown, serde_json::json!(["worse", "RMSD", false, 2]), "{notices}");
}

#[test]
fn the_newest_rules_of_the_target_count_and_not_those_of_an_old_branch() {
    let lax = "[metrics.rmsd]\ndirection = \"higher\"\nprecision = 0\n";
    for host in EVERY {
        let job = job(host, &[("cml.toml", lax)], &[("cml.toml", WORSE)], &[]);
        let (metric, notices) = reported(&job, "");
        check_worse(&metric, &notices);
        let told = "this change alters `metrics.rmsd.direction` (lower → higher)";
        assert!(notices.contains(told) && !notices.contains("could not be asked"), "{notices}");
    }
}

#[test]
fn a_change_bends_nothing_of_its_own_report() {
    let change = "base = \"HEAD\"\n[sources]\nexclude = [\"metrics.json\"]\n[metrics.rmsd]\ndirection = \"higher\"\n\
                  name = \"loss\"\nprecision = 0\n[comment]\nkey = \"other\"\npolicy = \"only-changes\"\n";
    for host in EVERY {
        let job = job(host, &[("cml.toml", WORSE)], &[], &[("cml.toml", change)]);
        job.forge.add(job.viewer(), "Theirs\n\n<!-- cml:1 key=other head=1 run=1 attempt=1 -->");
        let ran = job.cml(&["comment"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let comments = job.forge.comments();
        assert!(comments.len() == 2 && comments[0].body.starts_with("Theirs"), "{comments:?}");
        let body = &comments[1].body;
        assert!(body.contains("1 worse") && body.contains("`RMSD`") && body.contains("1.25"), "{body}");
        for key in [
            "base",
            "sources.exclude",
            "metrics.rmsd.name",
            "metrics.rmsd.precision",
            "comment.key",
            "comment.policy",
        ] {
            assert!(ran.err.contains(&format!("`{key}`")), "{key}: {}", ran.err);
        }
    }
}

#[test]
fn a_first_file_counts_for_looks_and_takes_no_comment() {
    let change = "[sources]\nmetrics = [\"more.json\"]\nexclude = [\"metrics.json\"]\n[comment]\nkey = \"other\"\n\
                  [metrics.rmsd]\ndirection = \"lower\"\nname = \"RMSD\"\nprecision = 2\n";
    for host in EVERY {
        let job = job(host, &[], &[], &[("cml.toml", change), ("more.json", "{\"n\": 1}")]);
        job.forge.add(job.viewer(), "Theirs\n\n<!-- cml:1 key=other head=1 run=1 attempt=1 -->");
        let (metric, notices) = reported(&job, "");
        check_worse(&metric, &notices);
        assert!(notices.contains("so this change's counts for looks"), "{notices}");
        assert!(notices.contains("`sources.exclude`, `comment.key` from the merge on"), "{notices}");
        assert!(notices.contains("these files are taken too: more.json"), "{notices}");
        assert_eq!(job.cml(&["comment"]).code, 0);
        assert!(job.forge.comments()[0].body.starts_with("Theirs"));
        // Whose word it is stands beside it.
        let body = &job.forge.comments()[1].body;
        let told =
            "² Declared by this change, no better verdict before it is merged: lower is better: `rmsd`.";
        assert!(body.contains("worse ²") && body.contains(told) && body.contains("1 worse"), "{body}");
    }
}

#[test]
fn a_mistake_of_the_change_is_told_and_costs_nothing() {
    let both = [("cml.toml", WORSE), ("pyproject.toml", "[tool.cml]\nbase = \"x\"\n")];
    let changes: [(Files<'_>, &str); 4] = [
        (
            &[("cml.toml", "base = 1\nbas = 2\n")],
            "cml.toml:1:8: `base` is a number; it takes a text (and 1 more)",
        ),
        (&[("cml.toml", "[[[")], "so none of it counts: cml.toml:1:"),
        (&both, "both configure cml"),
        (&[("cml.toml", "\u{0}")], "so none of it counts: cml.toml:1:2"),
    ];
    for host in EVERY {
        for (change, told) in changes {
            let job = job(host, &[("cml.toml", WORSE)], &[], change);
            let (metric, notices) = reported(&job, "");
            check_worse(&metric, &notices);
            assert!(notices.contains("this change's configuration has a mistake"), "{notices}");
            assert!(notices.contains(told), "{told}: {notices}");
            let ran = job.cml(&["comment"]);
            assert!(ran.code == 0 && job.forge.comments().len() == 1, "{}", ran.err);
        }
    }
}

#[test]
fn a_mistake_of_the_target_is_not_the_changes_fault() {
    for host in EVERY {
        let job = job(host, &[("cml.toml", "bas = 1\n")], &[], &[]);
        let (metric, notices) = reported(&job, "");
        assert_eq!(metric["judgement"], "changed", "{notices}");
        assert!(
            notices.contains("the configuration of main is not used: cml.toml:1:1: unknown key"),
            "{notices}"
        );
    }
}

#[test]
fn the_file_cannot_be_taken_away_moved_or_hidden() {
    EVERY.into_iter().for_each(check_hidden);
}

fn check_hidden(host: Host) {
    let nearer = "[metrics.rmsd]\ndirection = \"higher\"\n";
    let job = job(host, &[("cml.toml", WORSE), ("a/x", "")], &[], &[("a/cml.toml", nearer)]);
    let (metric, notices) = reported(&job, "a");
    check_worse(&metric, &notices);
    assert!(notices.contains("this change adds a nearer configuration"), "{notices}");
    let check = |told: Option<&str>| {
        let (metric, notices) = reported(&job, "");
        check_worse(&metric, &notices);
        match told {
            Some(told) => assert!(notices.contains(told), "{notices}"),
            None => assert_eq!(notices, "[]"),
        }
    };
    check(None);
    fs::remove_file(job.world.root().join("cml.toml")).unwrap();
    check(Some("this change takes it away; until it is merged, the target's word counts"));
    // The same words elsewhere in the same folder alter nothing.
    job.world.write("pyproject.toml", &WORSE.replace("[metrics", "[tool.cml.metrics"));
    check(None);
    fs::remove_file(job.world.root().join("pyproject.toml")).unwrap();
    #[cfg(unix)]
    {
        job.world.write("lax.toml", nearer);
        let link = |to: &str| {
            fs::remove_file(job.world.root().join("cml.toml")).ok();
            std::os::unix::fs::symlink(to, job.world.root().join("cml.toml")).unwrap();
        };
        link("lax.toml");
        check(Some("this change alters `metrics.rmsd.direction` (lower → higher)"));
        fs::write(job.world.path("secret.toml"), "seeded-secret = 1").unwrap();
        link("../secret.toml");
        let (_, notices) = reported(&job, "");
        assert!(notices.contains("cml.toml") && !notices.contains("seeded"), "{notices}");
        link("cml.toml");
        check(Some("cml.toml"));
    }
}

/// A bare repository of `main` (which has gone on), `feature` and the merge of both; its commits by name.
pub(crate) fn bare(job: &Job) -> (PathBuf, String, String) {
    let (world, path) = (&job.world, job.world.path("bare.git"));
    let tip = commit_on_main(job);
    world.git(&["checkout", "-q", "-B", "merged", "main"]);
    world.git(&["merge", "-q", "--no-ff", "-m", "merge", "-X", "theirs", "feature"]);
    let merge = world.git(&["rev-parse", "HEAD"]);
    world.git(&["checkout", "-q", "feature"]);
    world.git(&["clone", "-q", "--bare", ".", path.to_str().unwrap()]);
    (path, tip, merge)
}

fn commit_on_main(job: &Job) -> String {
    job.world.git(&["checkout", "-q", "main"]);
    let tip = commit(&job.world, &[("cml.toml", WORSE)]);
    job.world.git(&["checkout", "-q", "feature"]);
    job.forge.set_branch("main", &tip);
    tip
}

/// A clone of a branch, one commit deep.
pub(crate) fn shallow(job: &Job, bare: &Path, branch: &str) -> PathBuf {
    let (url, clone) = (format!("file://{}", bare.display()), job.world.path("clone"));
    let arguments = ["clone", "-q", "--depth", "1", "--branch", branch, "--single-branch", &url];
    job.world.git(&[&arguments[..], &[clone.to_str().unwrap()]].concat());
    assert!(clone.join(".git/shallow").exists());
    clone
}

#[test]
fn the_cis_merge_commit_tells_the_target_without_a_question() {
    let job = job(Host::GitHub, &[], &[], &[("x", "1")]);
    let (bare, _, merge) = bare(&job);
    let clone = shallow(&job, &bare, "merged");
    fs::write(clone.join("cml.toml"), "[metrics.rmsd]\ndirection = \"higher\"\n").unwrap();
    let job = job.with("GITHUB_SHA", &merge);
    let (metric, notices) = reported_in(&job, clone);
    check_worse(&metric, &notices);
    let log = job.forge.log();
    assert!(!log.iter().any(|line| line.contains("/git/")), "{log:?}");
}

#[test]
fn a_merge_that_the_change_made_itself_does_not_speak_for_the_target() {
    let job = job(Host::GitHub, &[], &[], &[("x", "1")]);
    let own = job.world.git(&["rev-parse", "feature"]);
    // `feature` is checked out by its name, and has become a merge of something lax with the event's head.
    job.world.git(&["checkout", "-q", "-b", "lax", "main"]);
    commit(&job.world, &[("cml.toml", "[metrics.rmsd]\ndirection = \"higher\"\n")]);
    job.world.git(&["merge", "-q", "--no-ff", "-m", "merge", &own]);
    commit_on_main(&job);
    job.world.git(&["checkout", "-q", "lax"]);
    let (metric, notices) = reported(&job, "");
    check_worse(&metric, &notices);
}

#[test]
fn a_target_that_is_not_in_the_clone_is_fetched() {
    for host in EVERY {
        let job = job(host, &[], &[], &[("x", "1")]);
        let (bare, tip, _) = bare(&job);
        let clone = shallow(&job, &bare, "feature");
        let job = job.with("CI_PROJECT_DIR", clone.to_str().unwrap());
        let (metric, notices) = reported_in(&job, clone.clone());
        assert_eq!(
            (&metric["judgement"], &metric["display"]["name"]),
            (&"worse".into(), &"RMSD".into()),
            "{notices}"
        );
        job.world.git(&["-C", clone.to_str().unwrap(), "cat-file", "-e", &tip]);
        // Where the forge does not say it, the remote does.
        let list = if host == Host::GitHub { "/git/ref" } else { "/repository/branches" };
        job.forge.refuse(list, 403);
        let (metric, notices) = reported_in(&job, clone);
        assert_eq!(metric["judgement"], "worse", "{notices}");
        assert!(!notices.contains("could not be asked for"), "{notices}");
    }
}

#[test]
fn without_a_clone_the_forge_is_asked_for_the_targets_file() {
    for host in EVERY {
        let job = job(host, &[], &[], &[("cml.toml", "[metrics.rmsd]\ndirection = \"higher\"\n")]);
        let base = job.world.git(&["rev-parse", "main"]);
        let (bare, ..) = bare(&job);
        job.forge.serve_git(&bare);
        job.forge.set_merge_base(&base);
        fs::remove_dir_all(job.world.root().join(".git")).unwrap();
        let root = job.world.root().display().to_string();
        let job = job.with("GITHUB_WORKSPACE", &root).with("CI_PROJECT_DIR", &root);
        let (metric, notices) = reported(&job, "");
        check_worse(&metric, &notices);
    }
}

#[test]
fn a_target_that_nobody_tells_is_said_and_lets_nothing_through() {
    for (host, list) in EVERY.into_iter().zip(["/git/ref", "/repository/branches"]) {
        // What the event last knew counts then.
        let known = job(
            host,
            &[("cml.toml", WORSE)],
            &[("cml.toml", "")],
            &[("cml.toml", "comment.key = \"other\"\n")],
        );
        known.forge.refuse(list, 403);
        let (metric, notices) = reported(&known, "");
        if host == Host::GitHub {
            check_worse(&metric, &notices);
            assert!(
                notices.contains("the newest commit of main could not be asked for, so its rules are"),
                "{notices}"
            );
        }
        let ran = known.cml(&["comment", "--dry-run"]);
        assert!(ran.code == 0 && !ran.out.contains("key=other"), "{}{}", ran.out, ran.err);
    }
}

#[test]
fn who_may_push_is_believed() {
    let job = job(Host::GitHub, &[], &[], &[("cml.toml", WORSE)]);
    let head = job.world.git(&["rev-parse", "HEAD"]);
    let push = serde_json::json!({
        "ref": "refs/heads/main", "after": head, "before": job.world.git(&["rev-parse", "main"]),
        "repository": {"default_branch": "main"},
    });
    for (event, reference) in [
        ("push", "refs/heads/main"),
        ("schedule", "refs/heads/main"),
        ("workflow_dispatch", "refs/heads/feature"),
    ] {
        let job = job.again().on(event, &push).with("GITHUB_REF", reference).with("GITHUB_SHA", &head);
        let (metric, notices) = reported(&job, "");
        check_worse(&metric, &notices);
        assert!(!notices.contains("change"), "{event}: {notices}");
    }
}

#[test]
fn a_hand_written_report_keeps_the_targets_store() {
    let store = "[asset]\nstore = \"ours\"\nurl = \"https://ours.example.com\"\n";
    let job = job(Host::GitHub, &[("cml.toml", store)], &[], &[]);
    let png = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/images/plots/simple-light.png")).unwrap();
    fs::write(job.world.root().join("a.png"), png).unwrap();
    job.world.write("report.md", "![a](a.png)\n");
    fs::remove_file(job.world.root().join("cml.toml")).unwrap();
    let ran = job.cml(&["comment", "report.md"]);
    assert!(ran.code == 0 && ran.err.contains("this change takes it away"), "{}", ran.err);
    assert!(job.forge.comments()[0].body.contains("https://ours.example.com/"));
    assert!(job.world.root().join("ours").is_dir());
}
