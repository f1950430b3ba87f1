//! Compares two revisions' files as DVC does: by Python's rules of equality, key by key.
//!
//! In: the contents of metrics or params files. Out: what differs, in the order of paths and keys. Unlike the report's
//! comparison, NaN differs from NaN, and a missing value and null are the same.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_traits::FromPrimitive as _;

use super::Delta;
use super::delta::delta;
use cml_base::parallel;
use cml_tracked::{Content, Scalar, Value, dotted, key_order, root_value};

/// One key on both sides; null where a side lacks it.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyChange {
    /// Nested keys joined with dots; one at the top may be no text. Empty for a file that is one bare value.
    pub key: Value,
    pub old: Value,
    pub new: Value,
    /// New minus old, if both are numbers or flags.
    pub delta: Option<Delta>,
}

/// What differs in one file; never empty.
#[derive(Debug, Clone, PartialEq)]
pub struct FileChanges {
    pub path: String,
    /// By key.
    pub changes: Vec<KeyChange>,
}

/// Compares two revisions; with `all` also what is the same. A file that failed counts as one without keys.
///
/// `then` takes each file's changes, side by side, for of a hundred thousand the answer is smaller than they are.
pub fn compare_contents<R: Send>(
    old: Vec<Content>,
    new: Vec<Content>,
    all: bool,
    then: impl Fn(FileChanges) -> R + Sync,
) -> Vec<R> {
    let by_path = |files: Vec<Content>| -> BTreeMap<String, Value> {
        files.into_iter().filter_map(|file| Some((file.path, file.value.ok()?))).collect()
    };
    let nothing = || Value::Map(Vec::new());
    let mut pairs = Vec::new();
    joined(by_path(old), by_path(new), String::cmp, |path, old, new| pairs.push((path, [old, new])));
    let files = parallel::map(pairs, |(path, sides)| {
        let [old, new] = sides.map(|value| value.map_or_else(nothing, root_value));
        let changes = compare(old, new, all);
        (!changes.is_empty()).then(|| then(FileChanges { path, changes }))
    });
    files.into_iter().flatten().collect()
}

/// Walks two sorted sequences side by side, each key once.
fn joined<K, T>(
    old: impl IntoIterator<Item = (K, T)>,
    new: impl IntoIterator<Item = (K, T)>,
    order: impl Fn(&K, &K) -> Ordering,
    mut each: impl FnMut(K, Option<T>, Option<T>),
) {
    let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((old, _)), Some((new, _))) => order(old, new),
        };
        let left = if order == Ordering::Greater { None } else { old.next() };
        let right = if order == Ordering::Less { None } else { new.next() };
        match (left, right) {
            (Some((key, old)), Some((_, new))) => each(key, Some(old), Some(new)),
            (Some((key, old)), None) => each(key, Some(old), None),
            (None, Some((key, new))) => each(key, None, Some(new)),
            (None, None) => return,
        }
    }
}

fn compare(old: Value, new: Value, all: bool) -> Vec<KeyChange> {
    if !matches!(old, Value::Map(_)) && !matches!(new, Value::Map(_)) {
        return change(Value::Text(String::new()), old, new, all).into_iter().collect();
    }
    let (old, new) = (Keys::of(old), Keys::of(new));
    let (no_old, no_new) = (old.missing, new.missing);
    let mut changes = Vec::new();
    joined(old.values, new.values, key_order, |key, old, new| {
        let (old, new) = (old.unwrap_or_else(|| no_old.clone()), new.unwrap_or_else(|| no_new.clone()));
        changes.extend(change(key, old, new, all));
    });
    changes
}

fn change(key: Value, old: Value, new: Value, all: bool) -> Option<KeyChange> {
    if let (Value::List(olds), Value::List(news)) = (&old, &new)
        && let ([old], [new]) = (olds.as_slice(), news.as_slice())
    {
        return change(key, old.clone(), new.clone(), all);
    }
    if !all && equal(&old, &new) {
        return None;
    }
    let delta = number(&old).zip(number(&new)).and_then(|(old, new)| delta(&old, &new));
    Some(KeyChange { key, old, new, delta })
}

/// One side's keys. A root that is no map has none, and every key of the other side is "unable to parse" in it.
struct Keys {
    /// Sorted, each key once.
    values: Vec<(Value, Value)>,
    missing: Value,
}

impl Keys {
    fn of(root: Value) -> Self {
        let mut keys = Self { values: Vec::new(), missing: Value::Null };
        match root {
            Value::Map(pairs) => dotted(pairs, &mut |key, value| keys.values.push((key, value))),
            root if is_falsy(&root) => {}
            _ => keys.missing = Value::Text("unable to parse".to_owned()),
        }
        if !keys.values.is_sorted_by(|(a, _), (b, _)| key_order(a, b) == Ordering::Less) {
            // Of one key that is spelt in two ways the later value stands.
            keys.values.reverse();
            keys.values.sort_by(|(a, _), (b, _)| key_order(a, b));
            keys.values.dedup_by(|(a, _), (b, _)| key_order(a, b) == Ordering::Equal);
        }
        keys
    }
}

fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Int(number) => number.bits() == 0,
        Value::Float(number) => *number == 0.0,
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        _ => false,
    }
}

fn number(value: &Value) -> Option<Scalar> {
    match value {
        Value::Bool(flag) => Some(Scalar::Bool(*flag)),
        Value::Int(number) => Some(Scalar::Int(number.clone())),
        Value::Float(number) => Some(Scalar::Float(*number)),
        _ => None,
    }
}

/// Python's `==`: `1 == 1.0 == True`, exactly at any size.
fn equal(old: &Value, new: &Value) -> bool {
    let items = |old: &[Value], new: &[Value]| {
        old.len() == new.len() && old.iter().zip(new).all(|(old, new)| equal(old, new))
    };
    match (old, new) {
        (Value::List(old), Value::List(new)) | (Value::Tuple(old), Value::Tuple(new)) => items(old, new),
        (Value::Map(old), Value::Map(new)) => {
            let found = |key: &Value| new.iter().find(|(known, _)| equal(known, key)).map(|(_, value)| value);
            old.len() == new.len()
                && old.iter().all(|(key, value)| found(key).is_some_and(|new| equal(value, new)))
        }
        (Value::Float(old), Value::Float(new)) => old == new,
        (Value::Float(float), other) | (other, Value::Float(float)) => {
            // A double with a fraction is no integer; one without is exactly one.
            whole(other).is_some_and(|whole| float.fract() == 0.0 && BigInt::from_f64(*float) == Some(whole))
        }
        _ => match (whole(old), whole(new)) {
            (Some(old), Some(new)) => old == new,
            _ => old == new,
        },
    }
}

fn whole(value: &Value) -> Option<BigInt> {
    match value {
        Value::Int(number) => Some(number.clone()),
        Value::Bool(flag) => Some(BigInt::from(u8::from(*flag))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(number: i64) -> Value {
        Value::Int(number.into())
    }

    fn map(pairs: &[(&str, Value)]) -> Value {
        Value::Map(pairs.iter().map(|(key, value)| (Value::Text((*key).to_owned()), value.clone())).collect())
    }

    #[track_caller]
    fn check(old: Value, new: Value, expected: &[&str]) {
        let file = |value| vec![Content { path: "m".to_owned(), value: Ok(value) }];
        let files = compare_contents(file(old), file(new), false, |file| file);
        let shown: Vec<String> = files
            .iter()
            .flat_map(|file| &file.changes)
            .map(|change| {
                format!("{:?} {:?} {:?} {:?}", change.key.key_text(), change.old, change.new, change.delta)
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn keys_are_compared_by_pythons_equality() {
        check(map(&[("a", int(1))]), map(&[("a", Value::Float(1.0))]), &[]);
        check(map(&[("a", Value::Bool(true))]), map(&[("a", int(1))]), &[]);
        check(
            map(&[("a", Value::Float(f64::NAN))]),
            map(&[("a", Value::Float(f64::NAN))]),
            &["\"a\" Float(NaN) Float(NaN) Some(Float(NaN))"],
        );
        check(
            map(&[("a", int(9_007_199_254_740_993))]),
            map(&[("a", Value::Float(9_007_199_254_740_992.0))]),
            &["\"a\" Int(9007199254740993) Float(9007199254740992.0) Some(Float(0.0))"],
        );
        check(map(&[("a", Value::Null)]), map(&[]), &[]);
        check(map(&[]), map(&[("x", map(&[("y", int(1))]))]), &["\"x.y\" Null Int(1) None"]);
        let twice = map(&[("a", map(&[("b", int(1))])), ("a.b", int(2)), ("0", int(5))]);
        check(twice, map(&[("0", int(5))]), &["\"a.b\" Int(2) Null None"]);
    }

    #[test]
    fn a_root_that_is_no_map_has_no_keys() {
        check(int(42), map(&[("a", int(1))]), &["\"a\" Text(\"unable to parse\") Int(1) None"]);
        check(
            Value::Text("0.25".into()),
            Value::Text("0.5".into()),
            &["\"\" Float(0.25) Float(0.5) Some(Float(0.25))"],
        );
        check(map(&[]), Value::Float(0.5), &[]);
        check(Value::List(vec![int(1)]), Value::List(vec![int(3)]), &["\"\" Int(1) Int(3) Some(Int(2))"]);
    }
}
