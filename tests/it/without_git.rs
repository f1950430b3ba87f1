//! A job whose checkout is no clone: the base's files are asked of the forge.

use std::fs;

use serde_json::Value;

use crate::job::{EVERY, Host, Job};
use crate::world::World;

/// `main` with an accuracy of 0.1 in a nested project with a stage's template, then another of 0.3 on `main` itself;
/// `feature` with 0.2. What the forge knows is served; the checkout has no `.git`.
fn job(host: Host) -> Job {
    job_with(host, &[])
}

/// The same with more files in the base.
fn job_with(host: Host, files: &[(&str, &str)]) -> Job {
    let world = World::new();
    for (path, text) in files {
        world.write(path, text);
    }
    world.write(
        "sub/dvc.yaml",
        "stages:\n  t:\n    cmd: x\n    metrics:\n    - out/${name}.json:\n        cache: false\n",
    );
    world.write("sub/params.yaml", "name: alpha\n");
    world.write("sub/out/alpha.json", "{\"accuracy\": 0.1}");
    let base = world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    let head = world.commit("feature");
    world.git(&["checkout", "-q", "main"]);
    world.write("sub/out/alpha.json", "{\"accuracy\": 0.3}");
    world.commit("progress of main");
    world.git(&["merge", "-q", "--no-ff", "-m", "merge", "feature"]);
    world.git(&["clone", "-q", "--bare", ".", world.path("bare.git").to_str().unwrap()]);
    world.git(&["checkout", "-q", "feature"]);
    let bare = world.path("bare.git");
    let root = world.root();
    let job = Job::of_host(host, world, &head, false)
        .with("GITHUB_WORKSPACE", root.to_str().unwrap())
        .with("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base);
    job.forge.serve_git(&bare);
    job.forge.set_merge_base(&base);
    fs::remove_dir_all(job.world.root().join(".git")).unwrap();
    job.world.write("sub/out/alpha.json", "{\"accuracy\": 0.2}");
    job
}

/// Old and new accuracy, and the notices.
#[track_caller]
fn accuracy(job: &Job, folder: &str) -> (Value, Value, String) {
    let ran = job.cml_in(&job.world.root().join(folder), &["report", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let metric = &report["metrics"][0];
    (metric["old"].clone(), metric["new"].clone(), report["notices"].to_string())
}

#[test]
fn the_changes_own_head_is_compared_with_the_merge_base() {
    for host in EVERY {
        let job = job(host);
        for folder in ["", "sub"] {
            let (old, new, notices) = accuracy(&job, folder);
            assert_eq!((old, new), (0.1.into(), 0.2.into()), "{host:?} {folder}: {notices}");
        }
    }
}

#[test]
fn the_cis_merge_is_compared_with_its_target() {
    let job = job(Host::GitHub);
    let merge = fs::read_to_string(job.world.path("bare.git/refs/heads/main"));
    let merge = merge.unwrap_or_else(|_| fs::read_to_string(job.world.path("bare.git/packed-refs")).unwrap());
    let merge = merge.lines().rfind(|line| line.len() == 40 || line.ends_with("refs/heads/main")).unwrap();
    let job = job.with("GITHUB_SHA", &merge[..40]);
    let (old, _, notices) = accuracy(&job, "");
    assert_eq!(old, 0.3, "{notices}");
}

#[test]
fn a_forge_that_refuses_costs_the_base_and_says_so() {
    for (host, list) in EVERY.into_iter().zip(["/git/trees", "/repository/tree"]) {
        let job = job(host);
        job.forge.refuse(list, 403);
        let (old, new, notices) = accuracy(&job, "");
        assert_eq!((old, new), (Value::Null, 0.2.into()));
        assert!(notices.contains("the base could not be asked for"), "{notices}");
    }
}

#[test]
fn the_comment_is_posted_all_the_same() {
    for host in EVERY {
        let job = job(host);
        let ran = job.cml(&["comment"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let body = &job.forge.comments()[0].body;
        assert!(body.contains("0.1") && body.contains("0.2") && body.contains("`accuracy`"), "{body}");
    }
}

#[test]
fn the_targets_configuration_is_asked_for_too() {
    let lower = "[metrics.accuracy]\ndirection = \"lower\"\n";
    for host in EVERY {
        let job = job_with(host, &[("cml.toml", lower)]);
        let own = "base = \"v1\"\n[metrics.accuracy]\ndirection = \"higher\"\n[asset]\nstore = \"evil\"\nurl = \"https://evil.example\"\n";
        job.world.write("cml.toml", own);
        for folder in ["", "sub"] {
            let ran = job.cml_in(&job.world.root().join(folder), &["report", "--format", "json"]);
            assert_eq!(ran.code, 0, "{}", ran.err);
            let report: Value = serde_json::from_str(&ran.out).unwrap();
            let metric = &report["metrics"][0];
            assert_eq!(
                (&metric["path"], &metric["judgement"]),
                (&"sub/out/alpha.json".into(), &"worse".into())
            );
            let notices = report["notices"].to_string();
            let told = "this change alters `metrics.accuracy.direction` (lower → higher), `base`, `asset.store`, `asset.url`";
            assert!(notices.contains(told), "{notices}");
        }
        let ran = job.cml(&["comment"]);
        assert!(ran.code == 0 && !job.world.root().join("evil").exists(), "{}", ran.err);
        // Where the target has no file, the change's counts for looks.
        let job = self::job(host);
        job.world.write("cml.toml", "base = \"v1\"\n[metrics.accuracy]\nname = \"Top 1\"\n");
        let (_, _, notices) = accuracy(&job, "");
        assert!(notices.contains("; `base` from the merge on") && !notices.contains("lower"), "{notices}");
    }
}
