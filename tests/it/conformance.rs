//! DVC's own answers in 78 small repositories, for every command that they were asked with.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::json::{difference, read};
use crate::world::World;

/// A command of a case: its name, its arguments, and the file with the expected answer.
const COMMANDS: [(&str, &str, &str); 11] = [
    ("metrics_diff", "metrics diff --json main feature", "metrics_diff.json"),
    ("metrics_diff_all", "metrics diff --all --json main feature", "metrics_diff_all.json"),
    ("metrics_diff_md", "metrics diff --md main feature", "metrics_diff.md"),
    ("metrics_diff_all_md", "metrics diff --all --md main feature", "metrics_diff_all.md"),
    ("metrics_diff_no_path_md", "metrics diff --md --no-path main feature", "metrics_diff_no_path.md"),
    (
        "metrics_diff_precision_md",
        "metrics diff --md --precision 2 main feature",
        "metrics_diff_precision2.md",
    ),
    ("params_diff", "params diff --json main feature", "params_diff.json"),
    ("params_diff_all", "params diff --all --json main feature", "params_diff_all.json"),
    ("params_diff_md", "params diff --md main feature", "params_diff.md"),
    ("params_diff_deps", "params diff --deps --json main feature", "params_diff_deps.json"),
    ("plots_diff", "plots diff --json main feature", "plots_diff.json"),
];

/// The keys of a plot that count.
const PLOT_KEYS: [&str; 9] = ["type", "revisions", "url", "title", "x", "y", "x_label", "y_label", "points"];

#[test]
fn every_case_is_answered_as_dvc_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let cases = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = cases.filter(|path| path.join("case.json").is_file()).collect();
    cases.sort();
    assert_eq!(cases.len(), 78);
    // Most of the time goes into starting git.
    let found: Vec<String> = std::thread::scope(|scope| {
        let parts = cases.chunks(cases.len().div_ceil(4));
        let workers: Vec<_> = parts
            .map(|part| scope.spawn(|| part.iter().flat_map(|case| check(case)).collect::<Vec<_>>()))
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What is wrong in one case.
fn check(case: &Path) -> Vec<String> {
    let about = read(&fs::read_to_string(case.join("case.json")).unwrap());
    let world = World::new();
    for (file, text) in [(".dvc/config", ""), (".dvcignore", "")] {
        world.write(file, text);
    }
    let data = |side: &str| format!("../conformance/{}/{side}", case.file_name().unwrap().to_str().unwrap());
    let has = |side: &str| case.join(side).is_dir();
    for (side, branch) in [("base", "main"), ("head", "feature")] {
        if branch == "feature" {
            world.git(&["checkout", "-q", "-b", branch]);
        }
        if has(side) {
            world.put(&data(side));
        }
        rename_dots(&world.root());
        world.git(&["add", "-A", "-f"]);
        world.git(&["commit", "-q", "--allow-empty", "-m", side]);
    }
    let folder = world.root().join(about["cwd"].as_str().unwrap_or("."));
    let mut wrong = Vec::new();
    for command in about["commands"].as_array().unwrap() {
        let (name, arguments, file) = COMMANDS.iter().find(|(name, ..)| command == name).unwrap();
        let mut arguments: Vec<&str> = arguments.split(' ').collect();
        if let Some(targets) = about["targets"][name].as_array() {
            arguments.push("--targets");
            arguments.extend(targets.iter().map(|target| target.as_str().unwrap()));
        }
        let ran = world.cml_in(&folder, &arguments, &[]);
        let expected = fs::read_to_string(case.join("expected").join(file)).unwrap();
        let answer = if ran.code != 0 {
            Some(format!("exit {}: {}", ran.code, ran.err))
        } else if file.ends_with(".md") {
            let (expected, found) = (rows(&expected), rows(&ran.out));
            (expected != found)
                .then(|| format!("expected\n{}\ngot\n{}", expected.join("\n"), found.join("\n")))
        } else {
            difference(&shape(read(&expected)), &shape(read(&ran.out)), "$")
        };
        wrong.extend(answer.map(|what| format!("{} {name}: {what}", case.display())));
    }
    wrong
}

fn rename_dots(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name == ".git" {
            continue;
        }
        if let Some(rest) = name.strip_prefix("dot-") {
            fs::rename(&path, folder.join(format!(".{rest}"))).unwrap();
        } else if path.is_dir() {
            rename_dots(&path);
        }
    }
}

/// A table's rows without padding. DVC takes the order of files at random, so the rows of a file stay together and
/// the files are sorted.
fn rows(text: &str) -> Vec<String> {
    let squeeze = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut lines = text.lines().map(squeeze).filter(|line| !line.is_empty());
    let header = lines.next().unwrap_or_default();
    lines.next();
    let mut groups: Vec<Vec<String>> = Vec::new();
    for line in lines {
        match groups.last_mut() {
            // A continued cell.
            Some(group) if line.starts_with("| |") => group.push(line),
            _ => groups.push(vec![line]),
        }
    }
    let path = |group: &[String]| group[0].split('|').nth(1).unwrap_or_default().to_owned();
    groups.sort_by(|a, b| if header.contains("| Path |") { path(a).cmp(&path(b)) } else { a.cmp(b) });
    std::iter::once(header).chain(groups.into_iter().flatten()).collect()
}

/// Leaves of a plot only what counts: the images' names, and which plot, revision and file failed.
fn shape(mut document: Value) -> Value {
    if let Some(plots) = document.get_mut("data").and_then(Value::as_object_mut) {
        for item in plots.values_mut().filter_map(Value::as_array_mut).flatten() {
            let item = item.as_object_mut().unwrap();
            item.retain(|key, _| PLOT_KEYS.contains(&key.as_str()));
            if item["type"] == "image" {
                let url = item["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
                item.insert("url".to_owned(), url.into());
            }
        }
    }
    if let Some(errors) = document.get_mut("errors").and_then(Value::as_array_mut) {
        for error in errors.iter_mut() {
            error.as_object_mut().unwrap().retain(|key, _| key != "msg" && key != "type");
        }
        errors.sort_by_key(Value::to_string);
    }
    document
}
