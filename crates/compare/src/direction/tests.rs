use super::super::Direction;
use super::{direction, directions_page, named_part};

const PUBLIC: &str = include_str!("../../../../tests/data/directions/public.tsv");
const OWN: &str = include_str!("../../../../tests/data/directions/own.tsv");

fn labelled(file: &str) -> impl Iterator<Item = (&str, Direction)> {
    file.lines().filter(|line| !line.starts_with("name\t")).map(|line| {
        let mut cells = line.split('\t');
        let name = cells.next().unwrap();
        let label = match cells.next().unwrap() {
            "higher" => Direction::Higher,
            "lower" => Direction::Lower,
            "fact" => Direction::Fact,
            "unknown" => Direction::Unknown,
            other => panic!("{other}"),
        };
        (name, label)
    })
}

fn is_judged(direction: Direction) -> bool {
    matches!(direction, Direction::Higher | Direction::Lower)
}

#[test]
fn no_name_that_others_have_labelled_is_judged_wrongly_and_most_are_known() {
    let rows: Vec<_> = labelled(PUBLIC).map(|(name, label)| (name, label, direction(name))).collect();
    let wrong: Vec<_> = rows.iter().filter(|(_, label, found)| is_judged(*found) && found != label).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let known: Vec<_> = rows.iter().filter(|(_, label, _)| *label != Direction::Unknown).collect();
    let found = known.iter().filter(|(_, label, found)| found == label).count();
    assert!(rows.len() > 300 && found * 100 >= known.len() * 85, "{found} of {}", known.len());
}

#[test]
fn names_of_many_libraries_and_spellings_are_read() {
    let wrong: Vec<_> = labelled(OWN)
        .filter(|(name, label)| direction(name) != *label)
        .map(|(name, label)| format!("{name}: {:?}, not {label:?}", direction(name)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A split, an aggregate or a part of a path around a name changes nothing; a word that makes it another thing does.
#[test]
fn words_around_a_name_keep_or_take_its_meaning() {
    let mut wrong = Vec::new();
    for (name, label) in labelled(OWN).filter(|(name, label)| is_judged(*label) && plain(name)) {
        let same = [
            format!("val_{name}"),
            format!("{name}.test"),
            format!("{name}/val"),
            format!("train/{name}"),
            format!("results.some_task.{name}"),
            format!("{name}_epoch"),
            name.replace('_', "-"),
            name.replace('_', " "),
            name.to_uppercase(),
        ];
        let another =
            ["std", "stderr", "threshold", "count", "rank", "gap", "diff", "weight", "ci_width", "xyzzy"];
        let above = ["std", "thresholds", "config", "targets", "counts"];
        let other = another.map(|word| format!("{name}_{word}"));
        let hidden = above.map(|word| format!("{word}.{name}"));
        let expected = same.into_iter().map(|key| (key, label));
        let unknown = other.into_iter().chain(hidden).map(|key| (key, Direction::Unknown));
        wrong.extend(expected.chain(unknown).filter(|(key, label)| direction(key) != *label));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Names of small letters and underscores, without a condition behind them, that mean the same in capitals.
fn plain(name: &str) -> bool {
    name.chars().all(|mark| mark.is_ascii_lowercase() || mark == '_')
        && !name.ends_with("err")
        && ["_at_", "_with"].iter().all(|part| !name.contains(part))
}

#[test]
fn what_of_a_key_names_the_value_is_told() {
    let check = |key: &str, expected: &str| assert_eq!(named_part(key), expected, "{key}");
    check("results.hellaswag.acc_norm", "acc_norm");
    check("eval.roc_auc.test", "roc_auc.test");
    check("report/f1/macro", "f1/macro");
    check("accuracy", "accuracy");
    check("", "");
    check("test.val", "test.val");
}

#[test]
fn no_key_is_too_odd_or_too_long() {
    for key in [
        "",
        ".",
        "//",
        "1-",
        "@",
        "()",
        "(a)",
        "'s",
        "_",
        "neg",
        "1-1-1-",
        "é",
        "日本語.精度",
        "=(",
        "a=(:",
        "100 - ",
    ] {
        assert!(!is_judged(direction(key)), "{key}");
    }
    assert_eq!(direction(&"val/".repeat(1_000_000)), Direction::Unknown);
    assert_eq!(direction(&format!("{}accuracy", "x".repeat(1_000_000))), Direction::Unknown);
}

#[test]
fn the_page_is_the_table() {
    let page = include_str!("../../../../docs/directions.md");
    assert!(page == directions_page(), "docs/directions.md is older than the table: run cargo xtask docs");
}
