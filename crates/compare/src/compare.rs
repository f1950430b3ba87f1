//! Pairs the values of both sides by path and key, and judges each pair.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use super::delta::{delta, same};
use super::direction::direction;
use super::{Change, Direction, Display, Judgement, Rules};
use cml_base::parallel;
use cml_report::{Delta, Divergence, Presence, Which};
use cml_tracked::{Scalar, ValueFile};

/// Compares the metrics of two sides by the project's rules, else by their names. Without a base everything is new.
/// Changes come as they stand in the head's files, then what only the base has.
pub fn compare_metrics(base: Option<&[ValueFile]>, head: &[ValueFile], rules: &Rules) -> Vec<Change> {
    // The files of many runs share their keys, and a name takes longer to understand than all the rest.
    let names = values(base.unwrap_or_default()).chain(values(head)).map(|((_, key), _)| key);
    let names: Vec<&str> = names.collect::<HashSet<&str>>().into_iter().collect();
    let guesses: HashMap<&str, Direction> =
        parallel::map(names, |key| (key, direction(key))).into_iter().collect();
    let mut changes = pairs(base, head, |change| {
        let guess = guesses.get(change.key.as_str()).copied().unwrap_or(Direction::Unknown);
        (change.direction, change.guessed) = rules.direction_from(guess, &change.path, &change.key);
        change.by_change = rules.is_by_change(guess, &change.path, &change.key);
        change.display = rules.display(&change.path, &change.key);
        judge(change)
    });
    rules.keep_apart(&mut changes);
    changes
}

/// Compares params: they are given, so none is better or worse.
pub fn compare_params(base: Option<&[ValueFile]>, head: &[ValueFile]) -> Vec<Change> {
    pairs(base, head, judge)
}

/// Takes back that values are new (of the base) or removed (of the head) where that side has their file and cannot read
/// it; `hidden` says why for a path that it hides.
pub fn unreadable(changes: &mut [Change], side: Which, mut hidden: impl FnMut(&str) -> Option<String>) {
    let taken_back = match side {
        Which::Base => Judgement::New,
        Which::Head => Judgement::Removed,
    };
    for change in changes.iter_mut().filter(|change| change.judgement == taken_back) {
        if let Some(why) = hidden(&change.path) {
            change.judgement = Judgement::Unreadable;
            let missing = match side {
                Which::Base => &mut change.old,
                Which::Head => &mut change.new,
            };
            *missing = Presence::Unreadable(why);
        }
    }
}

fn pairs(
    base: Option<&[ValueFile]>,
    head: &[ValueFile],
    judge: impl Fn(&mut Change) -> Judgement + Sync,
) -> Vec<Change> {
    let mut old: HashMap<(&str, &str), &Scalar> = values(base.unwrap_or_default()).collect();
    let mut changes = Vec::new();
    let mut add = |(path, key): (&str, &str), old: Option<&Scalar>, new: Option<&Scalar>| {
        changes.push(Change {
            path: path.to_owned(),
            key: key.to_owned(),
            delta: old
                .zip(new)
                .filter(|(old, new)| !is_of_another_kind(old, new))
                .and_then(|(old, new)| delta(old, new)),
            old: old.cloned().into(),
            new: new.cloned().into(),
            direction: Direction::Unknown,
            guessed: false,
            by_change: false,
            judgement: Judgement::Unchanged,
            display: Display::default(),
        });
    };
    for (name, new) in values(head) {
        add(name, old.remove(&name), Some(new));
    }
    // In the order of the base's files, not of the map.
    for (name, value) in values(base.unwrap_or_default()) {
        if old.remove(&name).is_some() {
            add(name, Some(value), None);
        }
    }
    parallel::map(changes, |mut change| {
        change.judgement = judge(&mut change);
        change
    })
}

/// Whether one of them is true or false and the other is not: `0.9` did not rise to `true`.
fn is_of_another_kind(old: &Scalar, new: &Scalar) -> bool {
    matches!(old, Scalar::Bool(_)) != matches!(new, Scalar::Bool(_))
}

fn values(files: &[ValueFile]) -> impl Iterator<Item = ((&str, &str), &Scalar)> {
    files
        .iter()
        .flat_map(|file| file.values.iter().map(|(key, value)| ((file.path.as_str(), key.as_str()), value)))
}

fn judge(change: &mut Change) -> Judgement {
    let (old, new) = match (change.old.value(), change.new.value()) {
        (None, _) => return Judgement::New,
        (_, None) => return Judgement::Removed,
        (Some(old), Some(new)) => (old, new),
    };
    if same(old, new) {
        return Judgement::Unchanged;
    }
    if change.is_beyond_numbers() {
        return of_divergence(change);
    }
    let sign = change.delta.as_ref().and_then(Delta::sign);
    match (sign, change.direction) {
        (Some(Ordering::Greater), Direction::Higher) | (Some(Ordering::Less), Direction::Lower) => {
            Judgement::Better
        }
        (Some(Ordering::Less), Direction::Higher) | (Some(Ordering::Greater), Direction::Lower) => {
            Judgement::Worse
        }
        _ => Judgement::Changed,
    }
}

/// A metric with a direction that is no number any more is a diverged run, and the other way round. Of what is infinite
/// to the better side (a perfect image has an infinite PSNR) nobody can tell whether it is perfect or broken.
fn of_divergence(change: &Change) -> Judgement {
    let has_direction = matches!(change.direction, Direction::Higher | Direction::Lower);
    match change.divergence() {
        Some(Divergence::Diverged) if has_direction => Judgement::Worse,
        Some(Divergence::Recovered) if has_direction => Judgement::Better,
        _ => Judgement::Changed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cml_report::Tally;

    fn file(values: &[(&str, Scalar)]) -> Vec<ValueFile> {
        let values = values.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        vec![ValueFile { path: "m.json".to_owned(), values }]
    }

    #[track_caller]
    fn check(key: &str, old: Scalar, new: Scalar, expected: Judgement) {
        let changes = compare_metrics(Some(&file(&[(key, old)])), &file(&[(key, new)]), &Rules::default());
        assert_eq!(changes[0].judgement, expected, "{changes:?}");
    }

    #[test]
    fn a_change_is_judged_by_its_direction() {
        let float = Scalar::Float;
        check("accuracy", float(0.8), float(0.9), Judgement::Better);
        check("accuracy", float(0.9), float(0.8), Judgement::Worse);
        check("loss", float(0.9), float(0.8), Judgement::Better);
        check("samples", float(0.9), float(0.8), Judgement::Changed);
        check("accuracy", float(0.9), float(0.9), Judgement::Unchanged);
        check("accuracy", float(0.9), Scalar::Text("high".into()), Judgement::Changed);
    }

    #[test]
    fn a_number_that_is_none_any_more_is_lost_and_never_better() {
        let check = |key: &str, old: Scalar, new: Option<Scalar>, is_lost: bool| {
            let head: Vec<_> = new.into_iter().map(|new| (key, new)).collect();
            let changes = compare_metrics(Some(&file(&[(key, old)])), &file(&head), &Rules::default());
            assert_eq!(changes[0].is_lost(), is_lost, "{changes:?}");
            assert!(!is_lost || changes[0].judgement != Judgement::Better, "{changes:?}");
            assert!(!is_lost || changes[0].delta.is_none(), "{changes:?}");
        };
        let (number, text) = (|| Scalar::Float(0.9), |text: &str| Scalar::Text(text.to_owned()));
        for new in
            [None, Some(Scalar::Bool(true)), Some(Scalar::Null), Some(text("0.95")), Some(text("high"))]
        {
            check("accuracy", number(), new.clone(), true);
            check("loss", number(), new.clone(), true);
            check("samples", number(), new, false);
        }
        check("accuracy", number(), Some(Scalar::Int(1.into())), false);
        check("accuracy", text("high"), Some(text("low")), false);
        check("accuracy", text("high"), None, false);
    }

    #[test]
    fn a_run_that_diverged_is_worse() {
        let (number, nan) = (Scalar::Float(0.5), Scalar::Float(f64::NAN));
        check("loss", number.clone(), nan.clone(), Judgement::Worse);
        check("loss", nan.clone(), number.clone(), Judgement::Better);
        check("loss", nan.clone(), nan.clone(), Judgement::Unchanged);
        check("samples", number, nan, Judgement::Changed);
    }

    #[test]
    fn what_is_no_number_is_never_better_nor_unchanged() {
        let (inf, low, nan) = (f64::INFINITY, f64::NEG_INFINITY, f64::NAN);
        let check = |key: &str, old: f64, new: f64, judged: Judgement, word: Option<&str>| {
            let (old, new) = (Scalar::Float(old), Scalar::Float(new));
            let changes =
                compare_metrics(Some(&file(&[(key, old)])), &file(&[(key, new)]), &Rules::default());
            let told = changes[0].divergence().map(Divergence::as_str);
            assert_eq!((changes[0].judgement, told), (judged, word), "{changes:?}");
        };
        let (better, worse, changed) = (Judgement::Better, Judgement::Worse, Judgement::Changed);
        for (key, good, bad) in [("accuracy", inf, low), ("loss", low, inf)] {
            check(key, 0.5, nan, worse, Some("diverged"));
            check(key, nan, 0.5, better, Some("recovered"));
            check(key, 0.5, bad, worse, Some("diverged"));
            check(key, bad, 0.5, better, Some("recovered"));
            // A perfect PSNR, or an overflow.
            check(key, 0.5, good, changed, Some("infinite"));
            check(key, good, 0.5, changed, Some("finite again"));
            check(key, good, nan, worse, Some("diverged"));
            check(key, nan, good, changed, Some("infinite"));
            check(key, bad, nan, changed, None);
            check(key, nan, bad, changed, None);
            check(key, nan, nan, Judgement::Unchanged, None);
            check(key, bad, bad, Judgement::Unchanged, None);
        }
        check("samples", 0.5, nan, changed, Some("diverged"));
        check("samples", low, 0.5, changed, Some("recovered"));
        check("train_runtime", 0.5, nan, changed, None);
    }

    #[test]
    fn what_json_has_no_word_for_may_be_a_text() {
        let text = |text: &str| Scalar::Text(text.to_owned());
        let number = || Scalar::Int(1.into());
        for nan in ["NaN", "nan", "-nan", "inf", "Infinity"] {
            check("loss", number(), text(nan), Judgement::Worse);
            check("loss", text(nan), number(), Judgement::Better);
        }
        check("loss", number(), text("high"), Judgement::Changed);
        check("loss", number(), text("2"), Judgement::Changed);
        check("loss", text("NaN"), text("none"), Judgement::Changed);
    }

    #[test]
    fn the_heads_order_comes_first_then_what_is_gone() {
        let number = |key: &'static str| (key, Scalar::Int(1.into()));
        let base = file(&[number("z"), number("gone"), number("a"), number("also")]);
        let changes = compare_metrics(
            Some(&base),
            &file(&[number("a"), number("new"), number("z")]),
            &Rules::default(),
        );
        let keys: Vec<_> = changes.iter().map(|change| (change.key.as_str(), change.judgement)).collect();
        let unchanged = Judgement::Unchanged;
        let expected = [("a", unchanged), ("new", Judgement::New), ("z", unchanged)];
        let gone = [("gone", Judgement::Removed), ("also", Judgement::Removed)];
        assert_eq!(keys, [expected.as_slice(), &gone].concat());
    }

    #[test]
    fn without_a_base_everything_is_new_and_facts_are_not_counted() {
        let head = file(&[("accuracy", Scalar::Float(0.9)), ("train_runtime", Scalar::Float(3.0))]);
        let changes = compare_metrics(None, &head, &Rules::default());
        assert_eq!(Tally::of(&changes), Tally { new: 1, ..Tally::default() });
        assert!(compare_params(None, &head).iter().all(|change| !change.guessed));
    }
}
