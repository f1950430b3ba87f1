//! Sentences that are true: what is compared with what, what is declared, and whose pages are linked.

use crate::world::World;

const METRICS: &str = r#"{"acc": 0.5}"#;

fn committed() -> World {
    let world = World::new();
    world.write("metrics.json", METRICS);
    world.commit("base");
    world
}

#[test]
fn where_nothing_is_declared_nothing_is_said_to_be_equal() {
    let world = committed();
    let check = |arguments: &[&str], expected_out: &str, kind: &str| {
        let ran = world.cml(arguments, &[]);
        let expected = format!(
            "no {kind} are declared in dvc.yaml; `cml report` finds files by their names, declared or not\n"
        );
        assert_eq!((ran.code, &*ran.out, &*ran.err), (0, expected_out, &*expected), "{arguments:?}");
    };
    check(&["metrics", "diff"], "", "metrics");
    check(&["metrics", "diff", "--json"], "{}\n", "metrics");
    check(&["metrics", "show"], "", "metrics");
    check(&["metrics", "show", "--json"], "{\"\": {\"data\": {}}}\n", "metrics");
    check(&["params", "diff"], "", "params");
    check(&["plots", "show"], "", "plots");
    check(&["plots", "diff", "--json"], "{}\n", "plots");
    world.write("dvc.yaml", "metrics: [metrics.json]\n");
    world.commit("declared");
    let ran = world.cml(&["metrics", "diff"], &[]);
    assert_eq!(ran.err, "no metrics differ between HEAD and workspace\n");
}

#[test]
fn a_plot_that_is_mistyped_is_missed() {
    let world = committed();
    world.write("loss.csv", "step,loss\n1,2\n2,1\n");
    let ran = world.cml(&["plots", "show", "--json", "lost.csv", "loss.csv"], &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("lost.csv: the file is missing"), "{}", ran.err);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["errors"][0]["name"], "lost.csv");
    assert_eq!(json["data"]["lost.csv"], serde_json::json!([]));
    let ran = world.cml(&["plots", "show", "lost.csv"], &[]);
    assert!(ran.err.contains("lost.csv: the file is missing"), "{}", ran.err);
}

#[test]
fn of_files_that_are_missing_nobody_says_that_they_are_equal() {
    let world = committed();
    let missing = "nope.json: the file is missing; run the step that writes it";
    for (kind, option) in [("metrics", "--targets"), ("params", "--targets")] {
        let ran = world.cml(&[kind, "diff", option, "nope.json"], &[]);
        let expected = format!("warning: HEAD: {missing}\nwarning: workspace: {missing}\n");
        assert_eq!((ran.code, &*ran.out, &*ran.err), (0, "", &*expected), "{kind}");
    }
    let ran = world.cml(&["metrics", "diff", "--targets", "nope.json", "metrics.json"], &[]);
    assert!(ran.err.ends_with("no metrics differ between HEAD and workspace\n"), "{}", ran.err);
}

#[test]
fn a_change_request_has_the_word_of_its_forge() {
    let world = committed();
    world.git(&["remote", "add", "origin", "x"]);
    let check = |remote: &str, options: &[&str], expected: &str| {
        world.git(&["remote", "set-url", "origin", remote]);
        let ran = world.cml(&[&["comment", "--dry-run"], options].concat(), &[]);
        assert!(ran.err.contains(expected), "{remote} {options:?} {}", ran.err);
        assert!(!ran.err.contains("change request"), "{}", ran.err);
    };
    check("https://github.com/o/r.git", &[], "on the open pull request of this commit, if there is one");
    check("https://gitlab.com/o/r.git", &[], "on the open merge request of this commit, if there is one");
    check("https://git.example.com/o/r.git", &["--driver", "gitlab"], "on the open merge request of this");
    check("https://gitlab.com/o/r.git", &["--target", "pr/7"], "on merge request !7 of o/r");
    check("https://github.com/o/r.git", &["--target", "pr/7"], "on pull request #7 of o/r");
}

#[test]
fn both_sides_are_what_the_sentence_says() {
    let world = committed();
    let check = |arguments: &[&str], expected: &str| {
        let arguments =
            [&["report", "--format", "markdown", "--metrics", "metrics.json"], arguments].concat();
        let ran = world.cml(&arguments, &[]);
        let sentence = ran.out.lines().find(|line| line.starts_with("Compared") || line.starts_with("Both"));
        let sentence = sentence.unwrap_or_default();
        assert!(sentence.contains(expected), "{arguments:?}: {sentence:?}, not {expected:?} {}", ran.err);
    };
    check(&["--base", "HEAD", "--head", "HEAD"], ", so nothing can differ.");
    check(&["--base", "HEAD"], ": what is not committed yet.");
    world.write("metrics.json", r#"{"acc": 0.6}"#);
    check(&["--base", "HEAD", "--head", "HEAD"], ", so nothing can differ.");
    check(&["--base", "HEAD"], ": what is not committed yet.");
    check(&["--base-dir", "."], "Compared");
    world.commit("better");
    check(&["--base", "HEAD~1", "--head", "HEAD"], "Compared **HEAD** (");
    check(&["--base", "HEAD~1"], "Compared **workspace** (");
}

#[test]
fn of_a_folder_nothing_is_said_that_a_commit_would_be_told() {
    let world = committed();
    // A commit's progress and absence are nothing to a folder.
    let base = world.path("saved");
    std::fs::create_dir(&base).unwrap();
    std::fs::write(base.join("metrics.json"), METRICS).unwrap();
    let against_folder = |branch: &str| {
        world.git(&["checkout", "-q", "-B", branch]);
        let arguments = ["report", "--format", "markdown", "--base-dir", "../saved"];
        let ran = world.cml(&arguments, &[]);
        let told: Vec<&str> = ran.out.lines().skip(2).take(2).collect();
        let sha = world.git(&["rev-parse", "--short=7", "HEAD"]);
        assert_eq!(told, [&*format!("Compared **workspace** (`{sha}`) with **saved**."), ""], "{}", ran.out);
        assert!(!ran.out.contains("everything is new") && ran.err.is_empty(), "{} {}", ran.out, ran.err);
    };
    against_folder("main");
    against_folder("feature");
    world.commit("on a branch");
    against_folder("feature");
}

#[test]
fn links_lead_to_the_forge_that_holds_the_repository() {
    let world = committed();
    world.write("metrics.json", r#"{"acc": 0.6}"#);
    world.git(&["remote", "add", "origin", "x"]);
    let check = |remote: &str, options: &[&str], expected: Option<&str>| {
        world.git(&["remote", "set-url", "origin", remote]);
        for command in [&["report", "--format", "markdown"][..], &["preview", "-o", "-"]] {
            let arguments = [command, options, &["--base", "HEAD", "--metrics", "metrics.json"]].concat();
            let ran = world.cml(&arguments, &[]);
            assert_eq!(ran.code, 0, "{}", ran.err);
            let page = ran.out.split("<article").last().unwrap();
            let links: Vec<&str> = page
                .match_indices("/commit/")
                .map(|(at, _)| {
                    let from = page[..at].rfind(['(', '"']).map_or(0, |from| from + 1);
                    &page[from..at]
                })
                .collect();
            assert_eq!(links, Vec::from_iter(expected), "{remote} {arguments:?}");
        }
    };
    check("https://github.com/o/r.git", &[], Some("https://github.com/o/r"));
    check("git@github.com:o/r.git", &[], Some("https://github.com/o/r"));
    check("https://gitlab.com/g/s/r.git", &[], Some("https://gitlab.com/g/s/r/-"));
    check("https://git.example.com/g/r.git", &["--driver", "gitlab"], Some("https://git.example.com/g/r/-"));
    for local in ["/srv/git/o/r.git", "file:///srv/o/r.git", "../o/r", "o/r", "C:/git/o/r.git"] {
        check(local, &[], None);
    }
    // How another host writes the address of a commit is not known.
    check("https://git.example.com/g/r.git", &[], None);
}

#[test]
fn a_report_names_no_folder_of_this_machine() {
    let world = committed();
    world.write(".dvc/config", "[core]\n    remote = x\n['remote \"x\"']\n    url = ../../store\n");
    let output =
        "outs:\n- md5: 0123456789abcdef0123456789abcdef\n  size: 5\n  hash: md5\n  path: results.json\n";
    world.write("results.json.dvc", output);
    world.write("dvc.yaml", "metrics: [results.json, metrics.json]\n");
    world.write(".gitignore", "/results.json\n");
    world.commit("an output that nobody has");
    for format in ["markdown", "json", "text", "html"] {
        let ran = world.cml(&["report", "--base", "HEAD~1", "--format", format], &[]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains("results.json"), "{format} {}", ran.out);
        let root = world.root().canonicalize().unwrap();
        assert!(!ran.out.contains(&*root.to_string_lossy()), "{format} {}", ran.out);
        assert!(!ran.out.contains(&*world.root().to_string_lossy()), "{format} {}", ran.out);
        // Nor what is beside it.
        let beside = root.parent().unwrap().parent().unwrap().join("store");
        assert!(!ran.out.contains(&*beside.to_string_lossy()), "{format} {}", ran.out);
        assert!(ran.out.contains("the folder store"), "{format} {}", ran.out);
    }
}
