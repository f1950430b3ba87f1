//! `cml.toml`: what it says counts in every command, what is wrong in it is told, and the author of a change cannot use
//! it to send anything elsewhere.

use std::fs;

use serde_json::Value;

use crate::job::{EVERY, Host, Job};
use crate::world::World;

const RULES: &str = "[metrics.rmsd]\ndirection = \"lower\"\nname = \"RMSD\"\nunit = \"nm\"\n\
                     [metrics.\"*share\"]\ndirection = \"higher\"\npercent = true\n";
const BASE: &str = "{\"rmsd\": 1.0, \"share\": 0.8811}";
const HEAD: &str = "{\"rmsd\": 1.37, \"share\": 0.8724}";

/// A base on `main` with these files, and the branch `feature` for what is changed.
fn world(files: &[(&str, &str)]) -> World {
    let world = World::new();
    for (path, text) in files {
        world.write(path, text);
    }
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    world
}

/// The change request's job of such a world, whose change is written over it.
fn job(host: Host, base: &[(&str, &str)], change: &[(&str, &str)], fork: bool) -> Job {
    let world = world(base);
    for (path, text) in change {
        world.write(path, text);
    }
    let head = world.commit("change");
    let job = Job::of_host(host, world, &head, fork);
    job.forge.set_head(&head);
    job
}

fn json(world: &World, folder: &str, arguments: &[&str]) -> Value {
    let all = [&["report", "--format", "json"], arguments].concat();
    let ran = world.cml_in(&world.root().join(folder), &all, &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

fn paths(report: &Value) -> Vec<&str> {
    report["metrics"].as_array().unwrap().iter().map(|metric| metric["path"].as_str().unwrap()).collect()
}

#[test]
fn declared_directions_judge_and_values_are_written_as_declared() {
    let world = world(&[("cml.toml", RULES), ("metrics.json", BASE)]);
    world.write("metrics.json", HEAD);
    let text = world.cml(&["report", "--format", "text"], &[]).out;
    assert!(
        text.contains("Model report: 2 worse\n")
            && text.contains("  RMSD   1.00\u{a0}nm  1.37\u{a0}nm  +0.37\u{a0}nm (+37.0\u{a0}%)  worse\n")
            && text.contains("  share  88.11\u{a0}%  87.24\u{a0}%            −0.87\u{a0}pp  worse\n"),
        "{text}"
    );
    let report = json(&world, "", &[]);
    let rmsd = &report["metrics"][0];
    assert_eq!((rmsd["key"].as_str(), rmsd["new"].as_f64()), (Some("rmsd"), Some(1.37)));
    assert_eq!((&rmsd["direction"], &rmsd["direction_guessed"]), (&"lower".into(), &false.into()));
    assert_eq!(rmsd["display"], serde_json::json!({"name": "RMSD", "unit": "nm", "percent": false}));
    let page = world.cml(&["preview", "-o", "-"], &[]).out;
    assert!(page.contains("RMSD") && page.contains("87.24\u{a0}%"), "{page}");
}

#[test]
fn sources_are_added_narrowed_and_barred_and_flags_win() {
    let config = "[sources]\nmetrics = [\"out/*.json\"]\nexclude = [\"out/old*\"]\ninclude = [\"x/**\"]\n";
    let files = [
        ("metrics.json", BASE),
        ("x/metrics.json", BASE),
        ("out/a.json", BASE),
        ("out/old.json", BASE),
        ("other/b.json", BASE),
        ("cml.toml", config),
    ];
    let world = world(&files);
    let check = |arguments: &[&str], expected: &[&str]| {
        let report = json(&world, "", arguments);
        let mut found = paths(&report);
        found.dedup();
        assert_eq!(found, expected, "{arguments:?}");
    };
    check(&[], &["x/metrics.json", "out/a.json"]);
    check(&["--metrics", "other/*.json"], &["x/metrics.json", "other/b.json"]);
    check(&["--exclude", "none"], &["x/metrics.json", "out/a.json", "out/old.json"]);
    check(&["--include", "m*"], &["metrics.json", "out/a.json"]);
}

#[test]
fn the_configured_base_counts_unless_a_flag_names_one() {
    let world = world(&[("cml.toml", "base = \"v1\"\n"), ("metrics.json", BASE)]);
    world.git(&["tag", "v1"]);
    world.write("metrics.json", HEAD);
    world.commit("next");
    let label = |arguments: &[&str]| json(&world, "", arguments)["base"]["label"].clone();
    assert_eq!(label(&[]), "v1");
    assert_eq!(label(&["--base", "main"]), "main");
    assert_eq!(label(&["--base-dir", "."]), "repo");
    world.write("cml.toml", "base = \"v2\"\n");
    let ran = world.cml(&["report"], &[]);
    assert!(ran.code == 2 && ran.err.contains("cml.toml names it as `base`"), "{}", ran.err);
}

#[test]
fn the_nearest_file_makes_the_project() {
    let world = world(&[
        ("cml.toml", "[metrics.rmsd]\nname = \"top\"\n[sources]\nmetrics = [\"*/scores.json\"]\n"),
        ("a/pyproject.toml", "[tool.cml.metrics.rmsd]\nname = \"a\"\n"),
        ("a/deep/x", ""),
        ("a/metrics.json", BASE),
        ("b/metrics.json", BASE),
        ("b/scores.json", BASE),
    ]);
    let check = |folder: &str, arguments: &[&str], name: &str, expected: &[&str]| {
        let report = json(&world, folder, arguments);
        let mut found = paths(&report);
        found.dedup();
        assert_eq!(found, expected, "{folder} {arguments:?}");
        assert_eq!(report["metrics"][0]["display"]["name"], name, "{folder} {arguments:?}");
        assert!(report["notices"].as_array().unwrap().is_empty(), "{report}");
    };
    check("", &[], "top", &["a/metrics.json", "b/metrics.json", "b/scores.json"]);
    check("a/deep", &[], "a", &["metrics.json"]);
    check("", &["--dir", "a"], "a", &["metrics.json"]);
    // A file further up speaks of this project too, and its globs count from where it is.
    check("", &["--dir", "b"], "top", &["metrics.json", "scores.json"]);
    check("b", &[], "top", &["a/metrics.json", "b/metrics.json", "b/scores.json"]);
    world.write("a/cml.toml", "");
    let ran = world.cml(&["report", "--dir", "a"], &[]);
    assert!(ran.code == 2 && ran.err.contains("a/cml.toml and [tool.cml] in pyproject.toml"), "{}", ran.err);
}

#[test]
fn a_mistake_ends_every_command_with_its_place() {
    let job = job(Host::GitHub, &[("metrics.json", BASE)], &[("cml.toml", "base = 1\nbas = 2\n")], false);
    // Who may push is told at once; in a change request's job it is a notice.
    let push = serde_json::json!({"ref": "refs/heads/main", "repository": {"default_branch": "main"}});
    let job = job.on("push", &push);
    job.world.write("report.md", "# Mine");
    let commands: [&[&str]; 7] = [
        &["report"],
        &["comment"],
        &["comment", "--dry-run"],
        &["comment", "report.md"],
        &["check", "create"],
        &["check", "create", "report.md"],
        &["preview"],
    ];
    for command in commands {
        let ran = job.cml(command);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{command:?}");
        assert_eq!(
            ran.err,
            "error: cml.toml:1:8: `base` is a number; it takes a text\n\
             cml.toml:2:1: unknown key `bas`; did you mean `base`?\n\
             hint: docs/cml-toml.md lists every key and what it takes\n",
            "{command:?}"
        );
    }
    assert!(job.forge.comments().is_empty() && job.forge.checks().is_empty());
    // DVC's answers have nothing to do with it.
    assert_eq!(job.cml(&["metrics", "diff"]).code, 0);
}

#[cfg(unix)]
#[test]
fn a_file_that_leads_out_of_the_repository_is_not_read() {
    let world = world(&[("metrics.json", BASE)]);
    fs::write(world.path("secret.toml"), "seeded-secret = 1").unwrap();
    std::os::unix::fs::symlink("../secret.toml", world.root().join("cml.toml")).unwrap();
    let ran = world.cml(&["report"], &[]);
    assert!(ran.code == 2 && ran.err.contains("leads out of the project's folder"), "{}", ran.err);
    assert!(!ran.err.contains("seeded"), "{}", ran.err);
}

#[test]
fn the_comments_key_and_policy_are_configured() {
    let config = "[comment]\nkey = \"model\"\npolicy = \"only-changes\"\n";
    let base = [("cml.toml", config), ("metrics.json", BASE)];
    let job = job(Host::GitHub, &base, &[], false).with("CML_MATRIX", "{\"python\": \"3.13\"}");
    assert_eq!(job.cml(&["comment"]).code, 0);
    assert!(job.forge.comments().is_empty(), "nothing has changed");
    // A flag wins, and where the words ask for another thing the file is silent.
    job.world.write("report.md", "# Mine");
    for arguments in
        [&["comment", "--policy", "update"][..], &["comment", "report.md"], &["comment", "create"]]
    {
        let ran = job.cml(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
    }
    let keys: Vec<String> = job
        .forge
        .comments()
        .iter()
        .map(|comment| comment.body.split("key=").nth(1).unwrap().split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(keys, ["model%20%283.13%29", "file", "model%20%283.13%29"]);
    assert!(job.forge.comments()[0].body.starts_with("### Model report `model`:"));
}

#[test]
fn each_project_of_a_repository_has_its_own_comment() {
    let base = [("a/cml.toml", ""), ("a/metrics.json", BASE), ("b/metrics.json", BASE)];
    let job = job(Host::GitHub, &base, &[], false);
    for (folder, arguments) in
        [("a", &["comment"][..]), ("", &["comment", "--dir", "a"]), ("", &["comment", "--dir", "b"])]
    {
        let ran = job.cml_in(&job.world.root().join(folder), arguments);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    let bodies: Vec<String> = job.forge.comments().into_iter().map(|comment| comment.body).collect();
    assert!(
        bodies.len() == 2 && bodies[0].contains("key=train/model%20a ") && bodies[1].contains("%20b "),
        "{bodies:?}"
    );
}

/// A cml.toml that stores images in a folder of the repository.
fn storing_in(folder: &str) -> String {
    format!("[asset]\nstore = \"{folder}\"\nurl = \"https://{folder}.example.com\"\n")
}

const CURVE: &str = "step,loss\n0,1\n1,0.5\n";

#[test]
fn images_go_where_the_target_says_and_nowhere_else() {
    for host in EVERY {
        for fork in [false, true] {
            let (ours, evil) = (storing_in("ours"), storing_in("evil"));
            let base = [
                ("cml.toml", ours.as_str()),
                ("metrics.json", BASE),
                ("loss.csv", CURVE),
                ("dvc.yaml", "plots:\n- loss.csv\n"),
            ];
            let job = job(host, &base, &[("cml.toml", &evil), ("loss.csv", "step,loss\n0,1\n1,0.4\n")], fork);
            let ran = job.cml(&["comment"]);
            assert_eq!(ran.code, 0, "{host:?} {}", ran.err);
            let body = &job.forge.comments()[0].body;
            assert!(body.contains("https://ours.example.com/") && !body.contains("evil.example"), "{body}");
            let told =
                "this change alters `asset.store`, `asset.url`; until it is merged, the target's word counts";
            assert!(ran.err.contains(told), "{}", ran.err);
            assert!(job.world.root().join("ours").is_dir() && !job.world.root().join("evil").exists());
            assert!(job.forge.files().is_empty() && job.forge.uploads().is_empty());
        }
    }
}

#[cfg(unix)]
#[test]
fn a_link_in_the_change_leads_no_image_out_of_the_repository() {
    let base = [
        ("cml.toml", storing_in("site/img")),
        ("metrics.json", BASE.to_owned()),
        ("loss.csv", CURVE.to_owned()),
        ("dvc.yaml", "plots:\n- loss.csv\n".to_owned()),
    ];
    let base: Vec<(&str, &str)> = base.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let job = job(Host::GitHub, &base, &[("loss.csv", "step,loss\n0,1\n1,0.4\n")], true);
    std::os::unix::fs::symlink("../home", job.world.root().join("site")).unwrap();
    job.world.write("report.md", "Mine\n\n![a](a.png)\n");
    let png = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/images/plots/simple-light.png");
    fs::copy(png, job.world.root().join("a.png")).unwrap();
    for (arguments, told, shown) in [
        (&["comment"][..], "plots are shown as text", "| `loss.csv` |"),
        (&["comment", "report.md"], "the images keep their local addresses", "Mine\n\n![a](a.png)"),
        (&["check", "create"], "plots are shown as text", ""),
    ] {
        let ran = job.cml(arguments);
        assert!(ran.code == 0 && ran.err.contains(told), "{arguments:?} {}", ran.err);
        assert!(ran.err.contains("nothing is written through a link"), "{arguments:?} {}", ran.err);
        let bodies: String = job.forge.comments().into_iter().map(|comment| comment.body).collect();
        assert!(bodies.contains(shown), "{bodies}");
    }
    // Images by themselves are all that is asked for.
    assert_ne!(job.cml(&["asset", "publish", "a.png"]).code, 0);
    assert!(!job.world.path("home").join("img").exists());
    assert!(job.forge.files().is_empty() && job.forge.uploads().is_empty());
}

#[test]
fn a_change_alone_names_no_store_not_even_for_a_hand_written_report() {
    let png = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/images/plots/simple-light.png")).unwrap();
    let job = job(Host::GitHub, &[("metrics.json", BASE)], &[("cml.toml", &storing_in("evil"))], true);
    fs::write(job.world.root().join("a.png"), png).unwrap();
    job.world.write("report.md", "![a](a.png)\n");
    for arguments in [
        &["comment", "report.md"][..],
        &["check", "create", "report.md"],
        &["check", "create"],
        &["asset", "publish", "a.png"],
    ] {
        let ran = job.cml(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains("; `asset.store`, `asset.url` from the merge on"), "{}", ran.err);
    }
    assert!(!job.world.root().join("evil").exists());
    assert!(!job.forge.comments()[0].body.contains("evil.example"));
    // Whoever may push is believed.
    let world = world(&[("cml.toml", &storing_in("ours")), ("metrics.json", BASE)]);
    fs::copy(job.world.root().join("a.png"), world.root().join("a.png")).unwrap();
    let ran = world.cml(&["asset", "publish", "a.png"], &[]);
    assert!(ran.code == 0 && ran.out.starts_with("https://ours.example.com/a-"), "{}{}", ran.out, ran.err);
    assert!(world.root().join("ours").is_dir());
}

#[test]
fn a_change_neither_turns_a_verdict_nor_picks_its_base_nor_silences_the_report() {
    let own = "base = \"HEAD\"\n[metrics.rmsd]\ndirection = \"higher\"\n[metrics.share]\nname = \"Share\"\n\
               [comment]\npolicy = \"only-regressions\"\n";
    for host in EVERY {
        let base = [("cml.toml", RULES), ("metrics.json", BASE)];
        let worse = "{\"rmsd\": 1.37, \"share\": 0.8811}";
        let job = job(host, &base, &[("cml.toml", own), ("metrics.json", worse)], false);
        let ran = job.cml(&["comment"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let body = &job.forge.comments()[0].body;
        assert!(body.contains("1 worse · 1 unchanged") && body.contains("🔴 worse |"), "{body}");
        assert!(body.contains("Compared") && body.contains("**main**"), "{body}");
        for told in [
            "&#96;metrics.rmsd.direction&#96; (lower → higher)",
            "&#96;metrics.share.name&#96;, &#96;comment.policy&#96;",
            "&#96;base&#96;",
        ] {
            assert!(body.contains(told), "{told}: {body}");
        }
        // What values are called could mislead too.
        assert!(body.contains("`RMSD`") && !body.contains("`Share`"), "{body}");
    }
    let job =
        job(Host::GitHub, &[("cml.toml", RULES), ("metrics.json", BASE)], &[("metrics.json", HEAD)], false);
    let ran = job.cml(&["check", "create"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let check = job.forge.checks().pop().unwrap();
    assert_eq!(check["conclusion"], "neutral");
    let message = check["output"]["annotations"][0]["message"].as_str().unwrap();
    assert_eq!(message, "RMSD: 1.00\u{a0}nm → 1.37\u{a0}nm, +0.37\u{a0}nm (+37.0\u{a0}%) is worse");
}

#[test]
fn a_targets_file_that_cannot_be_read_is_as_none() {
    let broken = [("cml.toml", "bas = 1\n"), ("metrics.json", BASE)];
    let job = job(Host::GitHub, &broken, &[("cml.toml", RULES), ("metrics.json", HEAD)], false);
    let ran = job.cml(&["comment"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let body = &job.forge.comments()[0].body;
    assert!(
        body.contains("the configuration of main is not used: cml.toml&#58;1&#58;1: unknown key"),
        "{body}"
    );
    assert!(body.contains("2 worse"), "{body}");
}

#[test]
fn an_address_with_a_key_in_it_is_never_shown() {
    let config = "[asset]\npublish-url = \"http://127.0.0.1:9/put?key=seededSecret\"\n";
    let base = [
        ("cml.toml", config),
        ("metrics.json", BASE),
        ("loss.csv", CURVE),
        ("dvc.yaml", "plots:\n- loss.csv\n"),
    ];
    let own = config.replace("seededSecret", "seededOther");
    let job = job(Host::GitHub, &base, &[("cml.toml", &own)], false);
    for arguments in [&["comment"][..], &["comment", "--dry-run"], &["report"]] {
        let ran = job.cml(arguments);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let comments: String = job.forge.comments().into_iter().map(|comment| comment.body).collect();
        for text in [&ran.out, &ran.err, &comments] {
            assert!(!text.contains("seeded"), "{text}");
        }
    }
    assert!(job.forge.comments()[0].body.contains("plots are shown as text"));
}
