//! The values that dotted patterns of keys select: `d.*`, `list.0`, `a.[bc]`, `**.lr`.
//!
//! As dpath 2.2 does it, which DVC uses: its `search` for each pattern, then `merge`. What that library cannot do with
//! a file is an error of the whole file, with Python's name for it.

use std::collections::{BTreeSet, HashMap};

use indexmap::IndexMap;
use num_bigint::BigInt;

use super::fnmatch::matches;
use super::other::identity;
use super::unread::Unread;
use super::value::Other;
use super::value::Value;

/// Only what the patterns select, joined: maps key by key, lists one after the other. A list whose first items are
/// not selected has nulls in their place.
pub(super) fn select(value: &Value, keys: &[String]) -> Value {
    joined(value, keys).0
}

/// The same for DVC's answers, which there are none of where dpath fails.
pub(super) fn select_strictly(value: &Value, keys: &[String]) -> Result<Value, Unread> {
    if keys.iter().any(|key| split(key).iter().filter(|part| **part == "**").count() > 1) {
        return Err(Unread::new("InvalidGlob", "a pattern of keys has ** twice; write it once"));
    }
    match joined(value, keys) {
        (_, Some(kind)) => Err(cannot(kind)),
        (selected, None) => check(&selected, true).map_or(Ok(selected), |kind| Err(cannot(kind))),
    }
}

/// What is selected, and what dpath failed with.
fn joined(value: &Value, keys: &[String]) -> (Value, Option<&'static str>) {
    let mut seen = BTreeSet::new();
    let mut search = Search::default();
    let mut selected = Selected::Map(IndexMap::new());
    for key in keys.iter().filter(|key| seen.insert(key.as_str())) {
        if let Some(found) = search.all(value, &split(key)) {
            selected.merge(found, &mut search.failed);
        }
    }
    (selected.into_value(), search.failed)
}

fn cannot(kind: &'static str) -> Unread {
    let what = "DVC cannot take single keys of this file: a key that is selected is not a text, or a tuple or set stands below it";
    Unread::new(kind, what)
}

/// The parts of a pattern; dots before the first count for nothing.
fn split(pattern: &str) -> Vec<&str> {
    pattern.trim_start_matches('.').split('.').collect()
}

/// What dpath fails with when it copies a selected value: it takes numbers that are keys for places in a list.
fn check(value: &Value, is_top: bool) -> Option<&'static str> {
    let below = |items: &[Value]| items.iter().find_map(|item| check(item, false));
    match value {
        Value::Map(pairs) => pairs.iter().find_map(|(key, value)| {
            let number = match key {
                Value::Int(number) => Some(number.clone()),
                Value::Bool(flag) => Some(BigInt::from(u8::from(*flag))),
                _ => None,
            };
            match number {
                Some(_) if is_top => Some("TypeError"),
                Some(number) if number < BigInt::from(pairs.len()) => Some("AttributeError"),
                _ => check(value, false),
            }
        }),
        Value::List(_) if is_top => Some("TypeError"),
        Value::List(items) => below(items),
        Value::Tuple(items) if !items.is_empty() => Some("AttributeError"),
        Value::Other(other) if !other.is_falsy() && other.shown().starts_with('{') => Some("TypeError"),
        _ => None,
    }
}

/// Where the keys of each map stand that was asked for one by its name: as many patterns as there are keys must not
/// each look at all of them.
#[derive(Default)]
struct Search {
    places: HashMap<*const Value, HashMap<String, usize>>,
    failed: Option<&'static str>,
}

impl Search {
    fn all(&mut self, value: &Value, pattern: &[&str]) -> Option<Value> {
        let Some(at) = pattern.iter().position(|part| *part == "**") else {
            return self.keep(value, pattern);
        };
        let (before, after) = (&pattern[..at], &pattern[at + 1..]);
        if after.is_empty() && !before.is_empty() {
            return self.keep(value, before);
        }
        // At the top there must be one key at least.
        let least = usize::from(pattern.len() == 1);
        let stars = (least..=depth(value)).map(|count| [before, &vec!["*"; count], after].concat());
        stars.filter_map(|pattern| self.keep(value, &pattern)).reduce(union)
    }

    fn keep(&mut self, value: &Value, pattern: &[&str]) -> Option<Value> {
        let Some((first, rest)) = pattern.split_first() else { return Some(value.clone()) };
        match value {
            Value::Map(pairs) if !first.contains(['*', '?', '[']) => {
                let known = self.places.entry(std::ptr::from_ref(value)).or_insert_with(|| by_name(pairs));
                let number = whole(first).map(|number| format!("n{number}"));
                let names = [Some(format!("s{first}")), number];
                let mut at: Vec<usize> =
                    names.iter().flatten().filter_map(|name| known.get(name).copied()).collect();
                at.sort_unstable();
                self.pairs(at.into_iter().filter_map(|at| pairs.get(at)), rest)
            }
            Value::Map(pairs) => self.pairs(pairs.iter().filter(|(key, _)| fits_key(first, key)), rest),
            Value::Other(other) => {
                let fitting = other.pairs().iter().filter(|(key, _)| fits_key(first, key));
                Some(Value::from(Other::ordered(self.pairs(fitting, rest)?.pairs())))
            }
            Value::List(items) => {
                let mut kept = Vec::new();
                for (at, item) in
                    items.iter().enumerate().filter(|(at, _)| fits_place(first, *at, items.len()))
                {
                    if let Some(item) = self.keep(item, rest) {
                        kept.resize(at, Value::Null);
                        kept.push(item);
                    }
                }
                (!kept.is_empty()).then_some(Value::List(kept))
            }
            Value::Tuple(items) => {
                let fits = |(at, _): &(usize, &Value)| fits_place(first, *at, items.len());
                let is_selected =
                    items.iter().enumerate().filter(fits).any(|(_, item)| self.keep(item, rest).is_some());
                self.failed = is_selected.then_some("TypeError").or(self.failed);
                None
            }
            _ => None,
        }
    }

    fn pairs<'p>(&mut self, pairs: impl Iterator<Item = &'p (Value, Value)>, rest: &[&str]) -> Option<Value> {
        let kept: Vec<(Value, Value)> =
            pairs.filter_map(|(key, value)| Some((key.clone(), self.keep(value, rest)?))).collect();
        (!kept.is_empty()).then_some(Value::Map(kept))
    }
}

fn by_name(pairs: &[(Value, Value)]) -> HashMap<String, usize> {
    let name =
        |key: &Value| matches!(key, Value::Text(_) | Value::Int(_) | Value::Bool(_)).then(|| identity(key));
    pairs.iter().enumerate().filter_map(|(at, (key, _))| Some((name(key)??, at))).collect()
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Map(pairs) => 1 + pairs.iter().map(|(_, value)| depth(value)).max().unwrap_or(0),
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Other(other) if !other.pairs().is_empty() => {
            1 + other.pairs().iter().map(|(_, value)| depth(value)).max().unwrap_or(0)
        }
        _ => 0,
    }
}

/// What one pattern selects at two depths.
fn union(own: Value, other: Value) -> Value {
    match (own, other) {
        (Value::Map(own), Value::Map(other)) => {
            let named = |(key, value): (Value, Value)| (identity(&key), (key, value));
            let mut pairs: IndexMap<Option<String>, (Value, Value)> = own.into_iter().map(named).collect();
            for (name, (key, value)) in other.into_iter().map(named) {
                let value = match pairs.get_mut(&name) {
                    Some((_, known)) => union(std::mem::replace(known, Value::Null), value),
                    None => value,
                };
                pairs.insert(name, (key, value));
            }
            Value::Map(pairs.into_values().collect())
        }
        (Value::List(own), Value::List(other)) => {
            let (mut own, mut other) = (own.into_iter(), other.into_iter());
            let both = std::iter::from_fn(|| match (own.next(), other.next()) {
                (Some(own), Some(other)) => Some(union(own, other)),
                (own, other) => own.or(other),
            });
            Value::List(both.collect())
        }
        (Value::Null, other) => other,
        (own, _) => own,
    }
}

/// What several patterns select, joined.
enum Selected {
    /// By what makes two keys the same.
    Map(IndexMap<Option<String>, (Value, Selected)>),
    List(Vec<Value>),
    Leaf(Value),
}

impl Selected {
    fn new(value: Value) -> Self {
        match value {
            Value::Map(pairs) => {
                let of_pair = |(key, value)| (identity(&key), (key, Self::new(value)));
                Self::Map(pairs.into_iter().map(of_pair).collect())
            }
            Value::List(items) => Self::List(items),
            leaf => Self::Leaf(leaf),
        }
    }

    fn merge(&mut self, other: Value, failed: &mut Option<&'static str>) {
        match (self, other) {
            (Self::Map(own), Value::Map(pairs)) => {
                for (key, value) in pairs {
                    // Python asks for the length of each key.
                    if matches!(key, Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_)) {
                        *failed = Some("TypeError");
                    }
                    match own.get_mut(&identity(&key)) {
                        Some((_, known)) => known.merge(value, failed),
                        None => drop(own.insert(identity(&key), (key, Self::new(value)))),
                    }
                }
            }
            (Self::List(own), Value::List(items)) => own.extend(items),
            (own, other) => *own = Self::new(other),
        }
    }

    fn into_value(self) -> Value {
        match self {
            Self::Map(pairs) => {
                Value::Map(pairs.into_values().map(|(key, value)| (key, value.into_value())).collect())
            }
            Self::List(items) => Value::List(items),
            Self::Leaf(value) => value,
        }
    }
}

/// A part of a pattern that Python's `int` reads.
fn whole(part: &str) -> Option<BigInt> {
    let part = part.trim();
    let digits = part.strip_prefix(['-', '+']).unwrap_or(part);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let number = part.strip_prefix('+').unwrap_or(part).replace('_', "");
    digits.split('_').all(is_number).then(|| number.parse().ok()).flatten()
}

/// Whether a key fits: a text by the pattern, a number by its value too. No pattern fits another key.
fn fits_key(part: &str, key: &Value) -> bool {
    let of_number = |number: BigInt| match whole(part) {
        Some(wanted) => wanted == number,
        None => matches(part, &key.key_text()),
    };
    match key {
        Value::Text(text) => matches(part, text),
        Value::Int(number) => of_number(number.clone()),
        Value::Bool(flag) => of_number(BigInt::from(u8::from(*flag))),
        _ => false,
    }
}

/// Whether a place in a list fits, which counts from its end below zero.
fn fits_place(part: &str, at: usize, length: usize) -> bool {
    match whole(part) {
        Some(wanted) => wanted == BigInt::from(at) || wanted == BigInt::from(at) - BigInt::from(length),
        None => matches(part, &at.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{pytext, yaml};

    const FILE: &str = "top: 1\nd: {e: 1, f: 2}\nlist: [7, 8, {x: 9}]\na: {b: 3, c: 4, d: {b: 5}}\n";

    #[test]
    fn an_ordered_map_in_a_list_is_entered() {
        let value = yaml::parse("k: [!!omap [a: 1, b: 2]]").unwrap();
        let check = |pattern: &str, expected: &str| {
            assert_eq!(pytext::repr(&select(&value, &[pattern.to_owned()])), expected, "{pattern}");
        };
        check("**.a", "{'k': [ordereddict([('a', 1)])]}");
        check("k.0.b", "{'k': [ordereddict([('b', 2)])]}");
        check("k.*", "{'k': [ordereddict([('a', 1), ('b', 2)])]}");
        check("k.0.c", "{}");
    }

    /// What dpath 2.2.0 selects.
    #[test]
    fn patterns_select_as_dpath_does() {
        for (patterns, expected) in [
            (&["d.*", "missing"][..], "{'d': {'e': 1, 'f': 2}}"),
            (&["list.0"], "{'list': [7]}"),
            (&["list.1"], "{'list': [None, 8]}"),
            (&["list.-2"], "{'list': [None, 8]}"),
            (&["list.0", "list.1"], "{'list': [7, None, 8]}"),
            (&["list.[01]"], "{'list': [7, 8]}"),
            (&["list.*.x"], "{'list': [None, None, {'x': 9}]}"),
            (&["a.[bc]"], "{'a': {'b': 3, 'c': 4}}"),
            (&["a.[!b]"], "{'a': {'c': 4, 'd': {'b': 5}}}"),
            (&["a.[b-c]"], "{'a': {'b': 3, 'c': 4}}"),
            (&["[dt]*"], "{'top': 1, 'd': {'e': 1, 'f': 2}}"),
            (&["t?p"], "{'top': 1}"),
            (&["a.[b"], "{}"),
            (&[".a.b", "a.c"], "{'a': {'b': 3, 'c': 4}}"),
            (&["**.b"], "{'a': {'b': 3, 'd': {'b': 5}}}"),
            (&["d.**"], "{'d': {'e': 1, 'f': 2}}"),
            (&["**.e"], "{'d': {'e': 1}}"),
            (
                &["*"],
                "{'top': 1, 'd': {'e': 1, 'f': 2}, 'list': [7, 8, {'x': 9}], 'a': {'b': 3, 'c': 4, 'd': {'b': 5}}}",
            ),
            (&["a.d.b", "a.d"], "{'a': {'d': {'b': 5}}}"),
            (&["", "a.", "a..b"], "{}"),
            (&["a.[]b]"], "{'a': {'b': 3}}"),
            (&["**.x"], "{'list': [None, None, {'x': 9}]}"),
            (&["list.**"], "{'list': [7, 8, {'x': 9}]}"),
            (&["a.**.b"], "{'a': {'b': 3, 'd': {'b': 5}}}"),
            (&["list.+1"], "{'list': [None, 8]}"),
            (&["list.01"], "{'list': [None, 8]}"),
        ] {
            let keys: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
            let selected = select_strictly(&yaml::parse(FILE).unwrap(), &keys).unwrap();
            assert_eq!(pytext::repr(&selected), expected, "{patterns:?}");
        }
    }

    /// What it fails with.
    #[test]
    fn what_dpath_cannot_select_is_an_error() {
        for (text, pattern, expected) in [
            ("a: 1\n'': 2", "a", Ok("{'a': 1}")),
            // DVC allows empty keys.
            ("a: 1\n'': 2", "", Ok("{'': 2}")),
            ("a: {b: {'': 2}}", "a.b.", Ok("{'a': {'b': {'': 2}}}")),
            ("a: 1", "**.a.**", Err("InvalidGlob")),
            ("1: 2", "1", Err("TypeError")),
            ("1: 2", "x", Ok("{}")),
            ("m: {0: a, 1: b}", "m", Err("AttributeError")),
            ("m: {1: b}", "m.1", Ok("{'m': {1: 'b'}}")),
            ("m: {5: b}", "m", Ok("{'m': {5: 'b'}}")),
            ("m: {5: b, 1.5: c, null: d}", "m.*", Ok("{'m': {5: 'b'}}")),
            ("m: {true: b}", "m", Ok("{'m': {True: 'b'}}")),
            ("m: {false: b}", "m", Err("AttributeError")),
            ("m: {s: !!set {a}}", "m", Err("TypeError")),
            ("[1, 2]", "0", Err("TypeError")),
            ("null: {a: 1}", "*", Ok("{}")),
            ("k: {a: 1}\np: !!pairs [a: 1]", "**.a", Ok("{'k': {'a': 1}}")),
            ("m: {l: [{0: a}]}", "m", Err("AttributeError")),
            ("m: {1: a, 2: b}", "m.*", Err("AttributeError")),
            ("m: {-1: a}", "m", Err("AttributeError")),
            ("m: {s: !!set {}}", "m", Ok("{'m': {'s': set()}}")),
            ("m: {null: 1, a: 2}", "m", Ok("{'m': {None: 1, 'a': 2}}")),
            ("m: {? [1, 2] : 1, a: 2}", "m", Ok("{'m': {(1, 2): 1, 'a': 2}}")),
        ] {
            let selected = select_strictly(&yaml::parse(text).unwrap(), &[pattern.to_owned()]);
            let selected = selected.map(|value| pytext::repr(&value)).map_err(|unread| unread.kind);
            assert_eq!(selected, expected.map(str::to_owned), "{text} {pattern}");
        }
        let tuple = Value::Map(vec![(Value::Text("t".into()), Value::Tuple(vec![Value::Null]))]);
        for (pattern, expected) in [("t", "AttributeError"), ("t.0", "TypeError")] {
            let selected = select_strictly(&tuple, &[pattern.to_owned()]);
            assert_eq!(selected.map_err(|unread| unread.kind), Err(expected), "{pattern}");
        }
    }

    #[test]
    fn as_many_patterns_as_keys_are_each_looked_up_once() {
        let pair = |number: usize| (Value::Text(format!("k{number}")), Value::Bool(true));
        let inner = Value::Map((0..30_000).map(pair).collect());
        let root = Value::Map(vec![
            (Value::Text("a".into()), inner.clone()),
            (Value::Text("b".into()), Value::Null),
        ]);
        let keys: Vec<String> = (0..30_000).map(|number| format!("a.k{number}")).collect();
        assert_eq!(select(&root, &keys), Value::Map(vec![(Value::Text("a".into()), inner)]));
    }
}
