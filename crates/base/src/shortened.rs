//! Long names become short ones that still differ, and keep their last part: that is what they say.

use std::collections::{HashMap, HashSet};

/// Names of at most `most` characters (at least 8). What is too long loses its middle; names that would then be the same
/// lose what they have in common instead. Two different names never become one.
pub fn shortened(names: &[&str], most: usize) -> Vec<String> {
    let most = most.max(8);
    let mut short: Vec<String> = names.iter().map(|name| without_middle(name, most)).collect();
    for same in collisions(names, &short) {
        let common = common_prefix(same.iter().map(|at| names[*at]));
        for at in same.into_iter().filter(|at| is_long(names[*at], most)) {
            short[at] = from_difference(names[at], common, most);
        }
    }
    numbered(names, &mut short, most);
    short
}

fn is_long(name: &str, most: usize) -> bool {
    name.len() > most && name.chars().nth(most).is_some()
}

/// A third of the beginning and two of the end.
pub fn without_middle(name: &str, most: usize) -> String {
    if !is_long(name, most) {
        return name.to_owned();
    }
    let head: String = name.chars().take((most - 1) / 3).collect();
    let tail = end_of(name, most - 1 - (most - 1) / 3);
    format!("{head}…{tail}")
}

fn end_of(name: &str, count: usize) -> &str {
    let start = name.char_indices().rev().take(count).last().map_or(name.len(), |(at, _)| at);
    &name[start..]
}

/// Groups of places whose names differ and whose short forms do not.
fn collisions(names: &[&str], short: &[String]) -> Vec<Vec<usize>> {
    let mut first: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, text) in short.iter().enumerate() {
        let group = *first.entry(text).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(at);
    }
    groups.retain(|group| group.iter().any(|at| names[*at] != names[group[0]]));
    groups
}

/// How many characters all begin with.
fn common_prefix<'a>(mut names: impl Iterator<Item = &'a str>) -> usize {
    let Some(first) = names.next() else { return 0 };
    let same = |name: &str| first.chars().zip(name.chars()).take_while(|(a, b)| a == b).count();
    names.map(same).min().unwrap_or(0)
}

/// The place where the name differs, and its end.
fn from_difference(name: &str, common: usize, most: usize) -> String {
    let around = (most - 2) / 2;
    let part: String = name.chars().skip(common.saturating_sub(around / 4)).take(around).collect();
    let tail = end_of(name, most - 2 - around);
    format!("…{part}…{tail}")
}

/// What still is the same gets a number.
fn numbered(names: &[&str], short: &mut [String], most: usize) {
    let mut taken: HashMap<String, usize> = HashMap::new();
    // A name that is short enough keeps its own text, wherever it stands.
    let whole: HashSet<&str> = names.iter().copied().filter(|name| !is_long(name, most)).collect();
    let mut last: HashMap<String, usize> = HashMap::new();
    let mut known: HashMap<&str, String> = HashMap::new();
    for (at, name) in names.iter().enumerate().filter(|(_, name)| is_long(name, most)) {
        if let Some(text) = known.get(name) {
            short[at] = text.clone();
            continue;
        }
        let first = short[at].clone();
        while taken.contains_key(&short[at]) || whole.contains(short[at].as_str()) {
            let count = last.entry(first.clone()).or_insert(1);
            *count += 1;
            let mark = format!("#{count}…");
            short[at] = format!("{mark}{}", end_of(name, most.saturating_sub(mark.chars().count())));
        }
        taken.insert(short[at].clone(), at);
        known.insert(name, short[at].clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(names: &[&str], most: usize, expected: &[&str]) {
        assert_eq!(shortened(names, most), expected);
    }

    #[test]
    fn the_leaf_stays_and_names_differ() {
        check(&["short", "a/very/long/path/to/the/metric/accuracy"], 20, &["short", "a/very…tric/accuracy"]);
        let deep = "results.experiment_one.fold.three.class.seven.threshold";
        let names = [format!("{deep}.left.score.accuracy"), format!("{deep}.right.score.accuracy")];
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let short = shortened(&names, 24);
        assert!(short[0] != short[1] && short.iter().all(|name| name.ends_with("accuracy")), "{short:?}");
    }

    #[test]
    fn two_names_are_never_one_and_none_is_too_long() {
        let mut state = 7_u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..300 {
            let most = 8 + next(30) as usize;
            let names: Vec<String> = (0..40)
                .map(|_| {
                    (0..1 + next(9))
                        .map(|_| ["aaaaaaaa", "bb", "ééé", "…", "#2"][next(5) as usize])
                        .collect::<Vec<_>>()
                        .join(".")
                })
                .collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let short = shortened(&names, most);
            for (a, name) in names.iter().enumerate() {
                assert!(short[a].chars().count() <= most, "{name}: {}", short[a]);
                assert!(is_long(name, most) || short[a] == *name);
                for b in 0..a {
                    assert_eq!(
                        names[a] == names[b],
                        short[a] == short[b],
                        "{most}: {name} {} {}",
                        names[b],
                        short[a]
                    );
                }
            }
        }
    }
}
