//! What a JSON, YAML or TOML file holds, in the order of the file, and how it becomes flat `(key, value)` pairs.

use std::collections::{BTreeSet, HashMap};

use indexmap::IndexMap;
use num_bigint::BigInt;

use super::model::Scalar;
use super::{json, pytext};

/// The deepest nesting that is read; deeper files are refused, so that no file can exhaust the stack.
pub(super) const DEEPEST: usize = 200;

/// The longest integer that is read, in digits: Python's own limit.
pub(super) const LONGEST_INTEGER: usize = 4300;

/// A nested value, as a file holds it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    /// Exact at any size.
    Int(BigInt),
    Float(f64),
    Text(String),
    /// What JSON has no form for, as text: a date or time as written, a set. Shown for params, dropped from metrics.
    Other(String),
    List(Vec<Value>),
    /// A tuple of a Python file: unlike a list it is one value.
    Tuple(Vec<Value>),
    /// In the file's order; YAML allows keys that are no strings.
    Map(Vec<(Value, Value)>),
}

/// Why a file cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub(super) struct ParseError {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) what: String,
}

impl ParseError {
    /// The place `at` (a byte offset) of `text`, as people count: from one, in characters.
    pub(super) fn at(text: &str, at: usize, what: impl Into<String>) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            what: what.into(),
        }
    }
}

impl Value {
    /// The value of a key that is a string.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.pairs().iter().find(|(name, _)| name.as_text() == Some(key)).map(|(_, value)| value)
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The pairs of a map; none for anything else.
    pub fn pairs(&self) -> &[(Value, Value)] {
        match self {
            Self::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Value] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// What `self` is called as a part of a dotted key.
    pub fn key_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            other => pytext::repr(other),
        }
    }

    /// Whether Python takes the value for false: nothing, zero, an empty text, list or map.
    pub(super) fn is_falsy(&self) -> bool {
        match self {
            Self::Null | Self::Bool(false) => true,
            Self::Int(number) => number.bits() == 0,
            Self::Float(number) => *number == 0.0,
            Self::Text(text) => text.is_empty(),
            Self::List(items) | Self::Tuple(items) => items.is_empty(),
            Self::Map(pairs) => pairs.is_empty(),
            Self::Bool(true) | Self::Other(_) => false,
        }
    }

    /// Only what the dotted patterns select: `d.*`, `list.0`, `a.b`. What two patterns select is joined as DVC joins
    /// it: maps key by key, lists one after the other.
    pub(super) fn select(&self, keys: &[String]) -> Value {
        let mut seen = BTreeSet::new();
        let mut selected = Selected::Map(IndexMap::new());
        let mut places = Places::new();
        for key in keys.iter().filter(|key| seen.insert(key.as_str())) {
            let pattern: Vec<&str> = key.split('.').collect();
            if let Some(found) = self.keep(&pattern, &mut places) {
                selected.merge(found);
            }
        }
        selected.into_value()
    }

    fn keep(&self, pattern: &[&str], places: &mut Places) -> Option<Value> {
        let Some((first, rest)) = pattern.split_first() else { return Some(self.clone()) };
        let fits = |name: &str| wildcard(first.as_bytes(), name.as_bytes());
        match self {
            Self::Map(pairs) if !first.contains(['*', '?']) => {
                // As many patterns as there are keys must not each look at all of them.
                let known = places.entry(std::ptr::from_ref(self)).or_insert_with(|| by_name(pairs));
                let at = known.get(*first).cloned().unwrap_or_default();
                let kept = at.into_iter().filter_map(|at| pairs.get(at));
                let kept: Vec<(Value, Value)> =
                    kept.filter_map(|(key, value)| Some((key.clone(), value.keep(rest, places)?))).collect();
                (!kept.is_empty()).then_some(Self::Map(kept))
            }
            Self::Map(pairs) => {
                let kept: Vec<(Value, Value)> = pairs
                    .iter()
                    .filter(|(key, _)| fits(&key.key_text()))
                    .filter_map(|(key, value)| Some((key.clone(), value.keep(rest, places)?)))
                    .collect();
                (!kept.is_empty()).then_some(Self::Map(kept))
            }
            Self::List(items) => {
                let numbered = items.iter().enumerate();
                let kept: Vec<Value> = numbered
                    .filter(|(index, _)| fits(&index.to_string()))
                    .filter_map(|(_, item)| item.keep(rest, places))
                    .collect();
                (!kept.is_empty()).then_some(Self::List(kept))
            }
            _ => None,
        }
    }
}

/// Where the keys of each map stand that was asked for one by its name.
type Places = HashMap<*const Value, HashMap<String, Vec<usize>>>;

fn by_name(pairs: &[(Value, Value)]) -> HashMap<String, Vec<usize>> {
    let mut places: HashMap<String, Vec<usize>> = HashMap::with_capacity(pairs.len());
    for (at, (key, _)) in pairs.iter().enumerate() {
        places.entry(key.key_text()).or_default().push(at);
    }
    places
}

/// What several patterns select, joined.
enum Selected {
    /// By how Python writes the key.
    Map(IndexMap<String, (Value, Selected)>),
    List(Vec<Value>),
    Leaf(Value),
}

impl Selected {
    fn new(value: Value) -> Self {
        match value {
            Value::Map(pairs) => {
                let of_pair = |(key, value)| (pytext::repr(&key), (key, Self::new(value)));
                Self::Map(pairs.into_iter().map(of_pair).collect())
            }
            Value::List(items) => Self::List(items),
            leaf => Self::Leaf(leaf),
        }
    }

    fn merge(&mut self, other: Value) {
        match (self, other) {
            (Self::Map(own), Value::Map(pairs)) => {
                for (key, value) in pairs {
                    match own.get_mut(&pytext::repr(&key)) {
                        Some((_, known)) => known.merge(value),
                        None => drop(own.insert(pytext::repr(&key), (key, Self::new(value)))),
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

/// Whether `text` fits a pattern of `*` and `?`, in linear space and without backtracking beyond the last `*`.
fn wildcard(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(wanted) if *wanted == b'?' || *wanted == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|b| *b == b'*')
}

/// Which values a kind of file keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Numbers, booleans and strings.
    Metrics,
    /// Everything; lists as Python's text.
    Params,
}

/// The longest key that is taken, in bytes.
const LONGEST_KEY: usize = 4_096;

/// The flat values of a file, in its order. A file that is one bare value has the empty key.
pub(super) fn flatten(root: &Value, kind: Kind) -> (Vec<(String, Scalar)>, usize) {
    let mut flat = Flat { too_long: 0, kind, values: Vec::new(), index: HashMap::new() };
    match root {
        // A bare null or an empty text says nothing; a bare 0 is a value.
        Value::Null => {}
        Value::Text(text) if text.is_empty() => {}
        // A bare string may hold a number or a map as JSON, as scripts print them.
        Value::Text(text) => match json::parse(text) {
            Ok(inner) if !matches!(inner, Value::Text(_)) => flat.walk(None, &inner),
            _ => flat.walk(None, root),
        },
        _ => flat.walk(None, root),
    }
    (flat.values, flat.too_long)
}

struct Flat {
    /// How many keys were left out.
    too_long: usize,
    kind: Kind,
    values: Vec<(String, Scalar)>,
    index: HashMap<String, usize>,
}

impl Flat {
    fn walk(&mut self, prefix: Option<&str>, value: &Value) {
        if let Value::Map(pairs) = value {
            for (key, inner) in pairs {
                let key = key.key_text();
                let path = prefix.map_or_else(|| key.clone(), |prefix| format!("{prefix}.{key}"));
                // Every value carries its whole key, so a long one above many values would fill the memory.
                if path.len() > LONGEST_KEY {
                    self.too_long += 1;
                    continue;
                }
                self.walk(Some(&path), inner);
            }
        } else if let Some(scalar) = self.scalar(value) {
            self.put(prefix.unwrap_or(""), scalar);
        }
    }

    fn scalar(&self, value: &Value) -> Option<Scalar> {
        let params = self.kind == Kind::Params;
        match value {
            Value::Bool(flag) => Some(Scalar::Bool(*flag)),
            Value::Int(number) => Some(Scalar::Int(number.clone())),
            Value::Float(number) => Some(Scalar::Float(*number)),
            Value::Text(text) => Some(Scalar::Text(text.clone())),
            Value::Null => params.then_some(Scalar::Null),
            Value::Other(text) => params.then(|| Scalar::Text(text.clone())),
            Value::List(_) | Value::Tuple(_) => params.then(|| Scalar::Text(pytext::repr(value))),
            Value::Map(_) => None,
        }
    }

    /// Two ways to spell one dotted key: the later value stands.
    fn put(&mut self, key: &str, scalar: Scalar) {
        if let Some(at) = self.index.get(key) {
            self.values[*at].1 = scalar;
        } else {
            self.index.insert(key.to_owned(), self.values.len());
            self.values.push((key.to_owned(), scalar));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracked::yaml;

    fn check(yaml_text: &str, kind: Kind, expected: &str) {
        let (flat, _) = flatten(&yaml::parse(yaml_text).unwrap(), kind);
        let shown: Vec<String> = flat.iter().map(|(key, value)| format!("{key}={value:?}")).collect();
        assert_eq!(shown.join(" "), expected, "{yaml_text}");
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
        assert_eq!(root.select(&keys), Value::Map(vec![(Value::Text("a".into()), inner)]));
    }

    #[test]
    fn metrics_keep_numbers_flags_and_strings_only() {
        check(
            "a: 1\nb: {c: [1], d: x, e: null, f: true}\ng: 2024-01-01",
            Kind::Metrics,
            "a=Int(1) b.d=Text(\"x\") b.f=Bool(true)",
        );
        check("0", Kind::Metrics, "=Int(0)");
        check("'0.25'", Kind::Metrics, "=Float(0.25)");
        check("[1, 2]", Kind::Metrics, "");
        check("", Kind::Metrics, "");
    }

    #[test]
    fn params_keep_everything_and_lists_become_text() {
        check("a: [1, null]\nb: ~\nc: {}", Kind::Params, "a=Text(\"[1, None]\") b=Null");
        check(
            "m: {2.5: b, true: c, null: d, 1e3: e}",
            Kind::Params,
            "m.2.5=Text(\"b\") m.True=Text(\"c\") m.None=Text(\"d\") m.1000.0=Text(\"e\")",
        );
        check("a.b: 1\na: {b: 2}", Kind::Params, "a.b=Int(2)");
    }

    #[test]
    fn keys_are_selected_by_dotted_patterns() {
        let value = yaml::parse("top: 1\nd: {e: 1, f: 2}\nlist: [7, 8]\na: {b: 3, c: 4}\nz: 0").unwrap();
        let keys = ["d.*", "list.0", "a.b", "missing"].map(str::to_owned);
        let (flat, _) = flatten(&value.select(&keys), Kind::Params);
        let names: Vec<&str> = flat.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(names, ["d.e", "d.f", "list", "a.b"]);
        assert_eq!(flat[2].1, Scalar::Text("[7]".to_owned()));
    }
}
