//! `cml report`, `cml preview` and `cml demo` on real runs.

use std::fs;

use serde_json::Value;

use crate::world::World;

/// A real run: its base on `main`, its head in the workspace of `feature`.
fn real(name: &str) -> World {
    let world = World::new();
    if name != "example-experiments" {
        world.put(&format!("{name}/base"));
    }
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    world.put(&format!("{name}/head"));
    world
}

fn json(world: &World, arguments: &[&str]) -> Value {
    let ran = world.cml(&[&["report", "--format", "json"], arguments].concat(), &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

fn metric<'a>(report: &'a Value, key: &str) -> &'a Value {
    let metrics = report["metrics"].as_array().unwrap();
    metrics.iter().find(|metric| metric["key"] == key).unwrap_or_else(|| panic!("no {key} in {metrics:?}"))
}

#[test]
fn a_real_run_is_compared_with_main() {
    let world = real("cml-dvc-case");
    let report = json(&world, &[]);
    assert_eq!(report["schema"], "cml-report/2");
    assert_eq!(metric(&report, "accuracy")["old"], 0.87236);
    assert_eq!(metric(&report, "accuracy")["new"], 0.87184);
    assert_eq!(metric(&report, "accuracy")["judgement"], "worse");
    assert_eq!(metric(&report, "precision")["judgement"], "better");
    let plots = report["plots"].as_array().unwrap();
    assert_eq!(plots.len(), 1);
    assert_eq!(plots[0]["series"][0]["points"], 50);
    assert_eq!(plots[0]["series"][1]["points"], 22);
}

#[test]
fn without_a_run_on_main_everything_is_new() {
    let world = real("example-experiments");
    let report = json(&world, &[]);
    assert_eq!(metric(&report, "acc")["judgement"], "new");
    assert_eq!(metric(&report, "acc")["new"], 0.988_099_992_275_238);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let world = real("cml-dvc-case");
    let outside = |name: &str| world.path(name).display().to_string();
    for name in ["one.md", "two.md"] {
        let ran = world.cml(&["report", "-o", &outside(name)], &[]);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    let read = |name: &str| fs::read_to_string(world.path(name)).unwrap();
    assert_eq!(read("one.md").replace("one_files", "two_files"), read("two.md"));
    let pictures = |name: &str| {
        let mut files: Vec<_> =
            fs::read_dir(world.path(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
            .iter()
            .map(|path| (path.file_name().unwrap().to_owned(), fs::read(path).unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(pictures("one_files"), pictures("two_files"));
    assert_eq!(pictures("one_files").len(), 2, "light and dark");
}

#[test]
fn one_broken_file_costs_its_own_rows_and_a_notice() {
    let world = real("cml-dvc-case");
    world.write("dvclive/metrics.json", "{\"f1\": 0.5");
    let report = json(&world, &[]);
    assert_eq!(metric(&report, "accuracy")["new"], 0.87184);
    let notices = report["notices"].to_string();
    assert!(notices.contains("dvclive/metrics.json") && notices.contains("line 1"), "{notices}");
}

#[test]
fn nothing_found_names_the_near_misses_and_the_flag() {
    let world = World::new();
    world.commit("empty");
    world.write("out/eval_result.json", "{\"acc\": 0.5}");
    let ran = world.cml(&["report", "--format", "markdown"], &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("--metrics") && ran.out.contains("out/eval_result.json"), "{}", ran.out);
    let report = json(&world, &["--metrics", "out/*.json"]);
    assert_eq!(metric(&report, "acc")["new"], 0.5);
}

#[test]
fn an_unknown_base_is_a_clear_error() {
    let world = real("cml-dvc-case");
    let ran = world.cml(&["report", "--base", "nope"], &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("nope"), "{}", ran.err);
}

#[test]
fn a_preview_is_one_page_with_its_pictures_inside() {
    let world = real("cml-dvc-case");
    let ran = world.cml(&["preview", "-o", "-"], &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.to_ascii_lowercase().starts_with("<!doctype html>"));
    assert!(ran.out.contains("data:image/png;base64,"));
    assert!(!ran.out.contains("<script") && !ran.out.contains("src=\"http"));
}

#[test]
fn the_demo_shows_a_real_run_and_what_to_type_next() {
    let world = World::new();
    let ran =
        world.cml(&["demo", "--out", "demo"], &[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "push")]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("accuracy") && ran.out.contains("cml comment"), "{}", ran.out);
    assert!(world.root().join("demo/preview.html").is_file());
    let again = world.cml(&["demo", "--out", "demo"], &[]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("not empty"), "{}", again.err);
}
