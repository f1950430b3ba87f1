//! Whose word counts in a change request's job: the target's for every key, and what the change alters is told.

use super::*;
use cml_compare::compare_metrics;
use cml_tracked::{Scalar, ValueFile};

fn file(text: &str) -> File {
    parse(FILE, "", text, &[]).unwrap().unwrap()
}

/// What counts of a file that we trust.
fn config(text: &str) -> Config {
    resolve(Some(&file(text)), Author::Trusted, "").unwrap().0
}

/// Every key with two things that can be said, and what they are with.
const SAID: [(&str, &str, &str); 16] = [
    ("base", "base = \"v1\"", "base = \"v2\""),
    ("sources.metrics", "sources.metrics = [\"a\"]", "sources.metrics = [\"b\"]"),
    ("sources.params", "sources.params = [\"a\"]", "sources.params = [\"b\"]"),
    ("sources.plots", "sources.plots = [\"a\"]", "sources.plots = [\"b\"]"),
    ("sources.include", "sources.include = [\"a\"]", "sources.include = [\"b\"]"),
    ("sources.exclude", "sources.exclude = [\"a\"]", "sources.exclude = [\"b\"]"),
    ("metrics.*.direction", "metrics.m.direction = \"lower\"", "metrics.m.direction = \"higher\""),
    ("metrics.*.name", "metrics.m.name = \"a\"", "metrics.m.name = \"b\""),
    ("metrics.*.unit", "metrics.m.unit = \"a\"", "metrics.m.unit = \"b\""),
    ("metrics.*.percent", "metrics.m.percent = true", "metrics.m.percent = false"),
    ("metrics.*.precision", "metrics.m.precision = 3", "metrics.m.precision = 0"),
    ("comment.key", "comment.key = \"a\"", "comment.key = \"b\""),
    ("comment.policy", "comment.policy = \"update\"", "comment.policy = \"only-regressions\""),
    (
        "asset.store",
        "asset = { store = \"a\", url = \"https://u\" }",
        "asset = { store = \"b\", url = \"https://u\" }",
    ),
    (
        "asset.url",
        "asset = { store = \"s\", url = \"https://a\" }",
        "asset = { store = \"s\", url = \"https://b\" }",
    ),
    ("asset.publish-url", "asset.publish-url = \"https://a\"", "asset.publish-url = \"https://b\""),
];

/// What a configuration says of a key, in words.
fn effect(config: &Config, path: &str) -> String {
    let texts = |globs: &[Glob]| globs.iter().map(|glob| glob.text.clone()).collect::<Vec<_>>().join(" ");
    let display = config.rules.display("f", "m");
    match path {
        "base" => format!("{:?}", config.base),
        "sources.metrics" => texts(&config.sources.metrics),
        "sources.params" => texts(&config.sources.params),
        "sources.plots" => texts(&config.sources.plots),
        "sources.include" => texts(&config.sources.include),
        "sources.exclude" => texts(&config.sources.exclude),
        "metrics.*.direction" => format!("{:?}", config.rules.direction("f", "m").0),
        "metrics.*.name" => format!("{:?}", display.name),
        "metrics.*.unit" | "metrics.*.percent" => format!("{:?}", display.measure),
        "metrics.*.precision" => format!("{:?}", display.precision),
        "comment.key" => format!("{:?}", config.comment.key),
        "comment.policy" => format!("{:?}", config.comment.policy),
        "asset.store" => format!("{:?}", config.asset.store),
        "asset.url" => format!("{:?}", config.asset.url),
        "asset.publish-url" => format!("{:?}", config.asset.publish_url),
        other => panic!("{other} has no effect here"),
    }
}

#[test]
fn in_a_changes_job_each_key_is_the_targets() {
    assert_eq!(SAID.map(|(path, ..)| path), KEYS.each_ref().map(|key| key.path));
    let (empty, none) = (file(""), Config::default());
    for (key, (path, one, other)) in KEYS.iter().zip(SAID) {
        let alone = |text: &str| effect(&config(text), path);
        let check = |target: Option<&File>, own: Option<&File>, expected: &str, is_told: bool| {
            let (config, notices) = resolve(own, Author::OfChange(target), "").unwrap();
            assert_eq!(effect(&config, path), expected, "{path}: {target:?} {own:?}");
            let told: String = notices.iter().map(|notice| format!("{notice}\n")).collect();
            let name = format!("`{}`", path.replace('*', "m"));
            let is_named = told.contains(&name) || told.contains("takes it away");
            assert_eq!(is_named, is_told, "{path}: {told}");
            // A text or an address may hold a key.
            assert!(!told.contains("https://"), "{told}");
        };
        let (target, own) = (file(one), file(other));
        let is_added = key.believed == Believed::Added;
        let nothing = effect(&none, path);
        // The change alters it, says nothing of it, repeats it, has no file.
        let altered = if is_added { "a b".to_owned() } else { alone(one) };
        check(Some(&target), Some(&own), &altered, true);
        check(Some(&target), Some(&empty), &alone(one), true);
        check(Some(&target), Some(&target), &alone(one), false);
        check(Some(&target), None, &alone(one), true);
        // The target's file says nothing of it.
        check(Some(&empty), Some(&own), if is_added { "b" } else { &nothing }, !is_added);
        // The target has no file: looks count, and nothing else.
        let is_target = key.believed == Believed::Target;
        check(None, Some(&own), &if is_target { nothing.clone() } else { alone(other) }, is_target);
        check(None, None, &nothing, false);
    }
}

#[track_caller]
fn check_told(target: Option<&str>, own: &str, expected: &[&str]) {
    let (target, own) = (target.map(file), file(own));
    let (_, notices) = resolve(Some(&own), Author::OfChange(target.as_ref()), "").unwrap();
    assert_eq!(notices.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
}

#[test]
fn what_a_change_alters_is_told_with_what_may_be_shown() {
    let until = "until it is merged, the target's word counts";
    check_told(
        Some("comment.key = \"a\"\n[metrics.\"*acc\"]\nprecision = 3\nname = \"A\"\n"),
        "[metrics.\"*acc\"]\nprecision = 0\nname = \"B\"\n[metrics.loss]\ndirection = \"higher\"\n",
        &[&format!(
            "cml.toml: this change alters `comment.key`, `metrics.\"*acc\".precision` (3 → 0), `metrics.\"*acc\".name`, \
             `metrics.loss.direction` (nothing → higher); {until}"
        )],
    );
    check_told(
        Some("metrics.a.precision = 1\nmetrics.\"*\".precision = 2\n"),
        "metrics.\"*\".precision = 2\nmetrics.a.precision = 1\n",
        &[&format!("cml.toml: this change alters the order of `metrics`; {until}")],
    );
    let many =
        |digits: u8| (0..20).map(|at| format!("metrics.m{at}.precision = {digits}\n")).collect::<String>();
    let (_, told) = resolve(Some(&file(&many(0))), Author::OfChange(Some(&file(&many(1)))), "").unwrap();
    assert!(told[0].text.contains("`metrics.m7.precision` (1 → 0), 12 more; until"), "{}", told[0]);
    check_told(Some("sources.metrics = [\"a\"]"), "sources.metrics = [\"b\", \"a\"]", &[]);
    check_told(
        None,
        "base = \"v1\"\nmetrics.acc.name = \"A\"\n",
        &[
            "cml.toml: the target has no configuration that counts, so this change's counts for looks: which files are \
           added, how metrics are written, and which way is better where a metric's name does not say it; `base` from the merge on",
        ],
    );
}

#[test]
fn a_changes_globs_are_known_as_its_own() {
    let (target, own) = (file("sources.metrics = [\"a\"]"), file("sources.metrics = [\"a\", \"b\"]"));
    let (config, _) = resolve(Some(&own), Author::OfChange(Some(&target)), "").unwrap();
    let by: Vec<&str> = config.sources.metrics.iter().map(|glob| glob.by.as_str()).collect();
    assert_eq!(by, ["cml.toml sources.metrics", "this change's cml.toml sources.metrics"]);
    assert_eq!(config.added, config.sources.metrics[1..]);
}

#[test]
fn a_first_file_that_turns_a_direction_is_told() {
    let own = file("[metrics.rmsd]\ndirection = \"fact\"\n[metrics.accuracy]\ndirection = \"none\"\n");
    let (config, _) = resolve(Some(&own), Author::OfChange(None), "").unwrap();
    let values = ["rmsd", "accuracy"].map(|key| (key.to_owned(), Scalar::Float(1.0))).to_vec();
    let files = [ValueFile { path: "m".into(), values }];
    let metrics = compare_metrics(None, &files, &config.rules);
    assert_eq!(
        turned_directions(&config.rules, &metrics).map(|notice| notice.to_string()).as_deref(),
        Some(
            "cml.toml: this change says which way is better: rmsd (none → fact), accuracy (higher → none); the names say otherwise, \
             and count until it is merged"
        )
    );
}
