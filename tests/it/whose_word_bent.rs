//! What a change could do to its own report by its configuration, in every kind of job that works for one.

use std::fs;

use serde_json::{Value, json};

use crate::job::{EVERY, Host, Job, TOKEN};
use crate::whose_word::{Files, WORSE, bare, check_worse, job, reported, reported_in, shallow};

const LAX: &str = "[metrics.rmsd]\ndirection = \"higher\"\nname = \"loss\"\nprecision = 0\n";

/// All that hides a fall of accuracy from 0.9 to 0.1: exchanged names, no decimals, the file left out, silence.
const BENT: &str = "[sources]\nexclude = [\"metrics.json\", \"*\"]\ninclude = [\"none.json\"]\n[metrics.accuracy]\n\
                    name = \"loss\"\nprecision = 0\n[metrics.loss]\nname = \"accuracy\"\nprecision = 0\n[comment]\n\
                    key = \"other\"\npolicy = \"only-changes\"\n";

/// The rows of a comment's tables whose first cell is this.
fn rows<'b>(body: &'b str, name: &str) -> Vec<&'b str> {
    let is_it = |line: &&str| line.split('|').nth(1).is_some_and(|cell| cell.contains(&format!("`{name}`")));
    body.lines().filter(is_it).collect()
}

#[test]
fn a_fall_of_accuracy_shows_whatever_the_change_says_of_it() {
    let before = ("metrics.json", "{\"accuracy\": 0.9, \"loss\": 0.1}");
    let after = ("metrics.json", "{\"accuracy\": 0.1, \"loss\": 0.9}");
    let targets: [&[(&str, &str)]; 4] = [
        &[],
        &[("cml.toml", "")],
        &[("cml.toml", "[metrics.accuracy]\ndirection = \"higher\"\n[metrics.loss]\nprecision = 1\n")],
        &[("cml.toml", "not = [toml")],
    ];
    for host in EVERY {
        for target in targets {
            let base = [&[before], target].concat();
            let job = job(host, &base, &[], &[after, ("cml.toml", BENT)]);
            job.forge.add(job.viewer(), "Theirs\n\n<!-- cml:1 key=other head=1 run=1 attempt=1 -->");
            let ran = job.cml(&["comment"]);
            assert_eq!(ran.code, 0, "{}", ran.err);
            let comments = job.forge.comments();
            assert!(comments.len() == 2 && comments[0].body.starts_with("Theirs"), "{target:?} {comments:?}");
            let body = &comments[1].body;
            for (name, old, new) in [("accuracy", "0.9", "0.1"), ("loss", "0.1", "0.9")] {
                let row = rows(body, name).concat();
                let (at, after) = (row.find(old), row.rfind(new));
                assert!(at.is_some() && at < after, "{target:?} {name}: {body}");
            }
            assert!(body.contains("2 worse"), "{body}");
            assert!(
                ran.err.contains("`sources.exclude`") && ran.err.contains("`comment.key`"),
                "{}",
                ran.err
            );
        }
    }
}

#[test]
fn a_first_files_directions_make_no_verdict_better() {
    let before = ("metrics.json", "{\"rmsd\": 1.0, \"accuracy\": 0.9}");
    let after = ("metrics.json", "{\"rmsd\": 1.25, \"accuracy\": 0.1}");
    let file = "[metrics.rmsd]\ndirection = \"higher\"\n[metrics.accuracy]\ndirection = \"lower\"\n";
    let fact = file.replace("higher", "fact").replace("lower", "none");
    for host in EVERY {
        let job = job(host, &[before], &[], &[after, ("cml.toml", file)]);
        let ran = job.cml(&["comment", "--artifacts", "kept"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let body = job.forge.comments()[0].body.clone();
        assert!(body.contains("1 worse · 1 changed") && !body.contains("1 better"), "{body}");
        assert!(body.contains("🟢 better ²") && body.contains("🔴 worse ¹"), "{body}");
        let told = "this change says which way is better: accuracy (higher → lower); the names say otherwise, and \
                    count until it is merged";
        assert!(ran.err.contains(told), "{}", ran.err);
        let verdict = fs::read_to_string(job.world.root().join("kept/cml.env")).unwrap();
        assert!(
            verdict.starts_with("CML_VERDICT=worse\nCML_BETTER=0\nCML_WORSE=1\nCML_CHANGED=1\n"),
            "{verdict}"
        );
        // Nor is anything no longer counted.
        job.world.write("cml.toml", &fact);
        let ran = job.cml(&["report"]);
        assert!(ran.out.contains("1 worse · 1 changed"), "{}", ran.out);
    }
}

#[test]
fn a_first_files_exchanged_names_are_told() {
    let files = [("metrics.json", "{\"accuracy\": 0.1, \"loss\": 0.9}"), ("cml.toml", BENT)];
    for host in EVERY {
        let (_, notices) = reported(&job(host, &[], &[], &files), "");
        let told = "this change names metrics as others are called: accuracy as loss, loss as accuracy";
        assert!(notices.contains(told), "{notices}");
    }
}

/// A lax change whose head is checked out in a job that was started for the target branch, with its secrets.
#[test]
fn jobs_of_the_target_branch_that_check_out_the_change_keep_the_targets_rules() {
    let number = json!({"issue": {"number": 7, "pull_request": {"url": "u"}}});
    let check = |name: &str, event: Option<Value>| {
        let job = job(Host::GitHub, &[], &[("cml.toml", WORSE)], &[("cml.toml", LAX)]);
        let head = job.world.git(&["rev-parse", "feature"]);
        let tip = job.world.git(&["rev-parse", "main@{1}"]);
        let event = event.or_else(|| {
            let head =
                json!({"head_sha": head, "head_branch": "feature", "head_repository": {"full_name": "o/r"}});
            (name == "workflow_run").then(|| json!({"workflow_run": head}))
        });
        let job = match &event {
            Some(event) => job.on(name, event),
            None => job.with("GITHUB_EVENT_NAME", name),
        };
        let job = job.with("GITHUB_REF", "refs/heads/main").with("GITHUB_SHA", &tip);
        let (metric, notices) = reported(&job, "");
        check_worse(&metric, &notices);
        assert!(notices.contains("`metrics.rmsd.precision` (2 → 0)"), "{name}: {notices}");
    };
    check("pull_request_target", None);
    check("issue_comment", Some(number));
    check("workflow_run", None);
}

#[test]
fn a_forks_change_has_no_more_to_say() {
    for host in EVERY {
        let own = job(host, &[("cml.toml", WORSE)], &[], &[("cml.toml", LAX)]);
        let head = own.world.git(&["rev-parse", "feature"]);
        let job = Job::of_host(host, own.world, &head, true);
        job.forge.set_head(&head);
        let (metric, notices) = reported(&job, "");
        check_worse(&metric, &notices);
    }
}

#[test]
fn another_ci_asks_the_forge_which_branch_the_change_is_for() {
    let job = job(Host::GitHub, &[], &[("cml.toml", WORSE)], &[("cml.toml", LAX)]);
    let url = job.forge.url();
    let ci = ["GITHUB_ACTIONS", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_STEP_SUMMARY"];
    let job = ci.into_iter().fold(job, Job::without).with("JENKINS_URL", "https://ci.example.org/");
    let job = job.with("CHANGE_ID", "7");
    let repo = format!("{url}/o/r");
    let ran = job.cml(&["comment", "--repo", &repo, "--driver", "github", "--token", TOKEN]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let body = &job.forge.comments()[0].body;
    assert!(body.contains("1 worse") && !rows(body, "RMSD").is_empty(), "{body}");
}

#[test]
fn gitlabs_merged_results_tell_the_target_without_a_question() {
    let change: Files<'_> = &[("x", "1"), ("y", "2")];
    let job = job(Host::GitLab, &[], &[], change);
    let head = job.world.git(&["rev-parse", "feature"]);
    let (bare, tip, merge) = bare(&job);
    let clone = shallow(&job, &bare, "merged");
    fs::write(clone.join("cml.toml"), LAX).unwrap();
    let job = job
        .with("CI_MERGE_REQUEST_EVENT_TYPE", "merged_result")
        .with("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", &tip)
        .with("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", &head)
        .with("CI_COMMIT_SHA", &merge)
        .with("CI_PROJECT_DIR", clone.to_str().unwrap());
    let (metric, notices) = reported_in(&job, clone);
    check_worse(&metric, &notices);
    let log = job.forge.log();
    assert!(!log.iter().any(|line| line.contains("/repository/branches")), "{log:?}");
}

/// `o` in the second is Cyrillic: the name looks like another metric's and is not the same.
#[test]
fn a_first_files_name_that_only_looks_like_another_metrics_stands_with_its_key() {
    let toml = "[metrics.accuracy]\nname = \"l\u{43e}ss\"\n";
    let files = [("metrics.json", "{\"accuracy\": 0.1, \"loss\": 0.9}"), ("cml.toml", toml)];
    for host in EVERY {
        let job = job(host, &[], &[], &files);
        let ran = job.cml(&["comment", "--dry-run"]);
        assert!(ran.out.contains("l\u{43e}ss (accuracy)"), "{}", ran.out);
    }
}

#[test]
fn a_first_files_unit_is_a_unit_and_no_verdict() {
    let read = |unit: &str| {
        let toml = format!("[metrics.latency]\nunit = \"{unit}\"\n");
        let files = [("metrics.json", "{\"latency\": 7.0}"), ("cml.toml", toml.as_str())];
        let ran = job(Host::GitHub, &[], &[], &files).cml(&["comment", "--dry-run"]);
        (ran.out, ran.err)
    };
    for unit in ["ms", "µs/it", "°C", "%", "m²", "1/s", "€"] {
        let (body, notices) = read(unit);
        assert!(body.contains(unit) && !notices.contains("is not a unit"), "{unit}: {notices}");
    }
    for unit in ["→ 0.99", "🟢 better", "% | 0.9", "(12345)"] {
        let (body, notices) = read(unit);
        assert!(!body.contains(unit) && notices.contains("is not a unit"), "{unit}: {notices}");
    }
}
