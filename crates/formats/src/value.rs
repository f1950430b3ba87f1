//! What a JSON, YAML or TOML file holds, in the order of the file, and how it becomes flat `(key, value)` pairs.

use std::collections::HashMap;

use num_bigint::BigInt;

use super::model::Scalar;
use super::other::Other;
use super::{json, pytext};

/// The deepest nesting that is read; deeper files are refused, so that no file can exhaust the stack.
pub const DEEPEST: usize = 200;

/// The longest integer that is read, in digits: Python's own limit.
pub const LONGEST_INTEGER: usize = 4300;

/// A nested value, as a file holds it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    /// Exact at any size.
    Int(BigInt),
    Float(f64),
    Text(String),
    /// What JSON has no form for: a date, a set. Shown for params, dropped from metrics.
    Other(Box<Other>),
    List(Vec<Value>),
    /// A tuple of a Python file: unlike a list it is one value.
    Tuple(Vec<Value>),
    /// In the file's order; YAML allows keys that are no strings.
    Map(Vec<(Value, Value)>),
}

// A map of a hundred thousand keys holds as many of these: what is rare lies behind a pointer.
const _: () = assert!(size_of::<Value>() <= 32);

/// So many values, at most, a file may hold: one takes 100 to 350 bytes of memory, however short it is written.
const MOST_VALUES: usize = 2_000_000;

/// Refuses a text that may hold more values than memory should be spent on, before it is read: each is behind a comma,
/// a bracket or a dash, or on a line of its own.
pub fn bounded(text: &str) -> Result<(), ParseError> {
    if text.len() <= MOST_VALUES {
        return Ok(());
    }
    let begins_flow = text.trim_start().starts_with(['{', '[']);
    let separates = |pair: &&[u8]| match pair {
        [b',' | b'[' | b'{', _] => true,
        // JSON that is written over many lines has a comma on each.
        [b'\n', _] | [b'-', b' '] => !begins_flow,
        _ => false,
    };
    if text.as_bytes().windows(2).filter(separates).count() <= MOST_VALUES {
        return Ok(());
    }
    let what = "it may hold more than 2,000,000 values; write long series as CSV, which is read in columns";
    Err(ParseError::at(text, 0, what))
}

/// Why a file cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct ParseError {
    pub line: usize,
    pub column: usize,
    pub what: String,
    /// What Python calls it where it is no mistake of the format itself: `ValueError` for a 31st of June.
    pub kind: Option<&'static str>,
}

impl ParseError {
    /// The place `at` (a byte offset) of `text`, as people count: from one, in characters.
    pub fn at(text: &str, at: usize, what: impl Into<String>) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            what: what.into(),
            kind: None,
        }
    }
}

impl From<Other> for Value {
    fn from(other: Other) -> Self {
        Self::Other(Box::new(other))
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
            other => pytext::str(other),
        }
    }

    /// Whether Python takes the value for false: nothing, zero, an empty text, list or map.
    pub fn is_falsy(&self) -> bool {
        match self {
            Self::Null | Self::Bool(false) => true,
            Self::Int(number) => number.bits() == 0,
            Self::Float(number) => *number == 0.0,
            Self::Text(text) => text.is_empty(),
            Self::List(items) | Self::Tuple(items) => items.is_empty(),
            Self::Map(pairs) => pairs.is_empty(),
            Self::Other(other) => other.is_falsy(),
            Self::Bool(true) => false,
        }
    }
}

/// Which values a kind of file keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Numbers, booleans and strings.
    Metrics,
    /// Everything; lists as Python's text.
    Params,
}

/// The longest key that is taken, in bytes.
const LONGEST_KEY: usize = 4_096;

/// The flat values of a file, in its order. A file that is one bare value has the empty key.
pub fn flatten(root: &Value, kind: Kind) -> (Vec<(String, Scalar)>, usize) {
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
            Value::Other(other) => params.then(|| Scalar::Text(other.text().to_owned())),
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
    use crate::yaml;

    fn check(yaml_text: &str, kind: Kind, expected: &str) {
        let (flat, _) = flatten(&yaml::parse(yaml_text).unwrap(), kind);
        let shown: Vec<String> = flat.iter().map(|(key, value)| format!("{key}={value:?}")).collect();
        assert_eq!(shown.join(" "), expected, "{yaml_text}");
    }

    #[test]
    fn a_text_of_too_many_values_is_refused_before_it_is_read() {
        let many = MOST_VALUES + 2;
        for text in [
            format!("[{}1]", "1,".repeat(many)),
            format!("{{\"a\": {}", "[".repeat(many)),
            "a: 1\n".repeat(many),
            format!("a: [{}1]", "1,".repeat(many)),
            format!("a:\n{}", "- 1\n".repeat(many)),
            "- ".repeat(many),
        ] {
            let error = bounded(&text).unwrap_err();
            assert!(error.what.contains("more than 2,000,000 values"), "{error}");
        }
        // A long text is one value, and so is each line of JSON that is written over many.
        bounded(&format!("{{\"a\": \"{}\"}}", "-\n".repeat(many))).unwrap();
        bounded(&format!("a: {}", "x-y ".repeat(many))).unwrap();
        bounded(&format!("[{}]", "1,\n".repeat(many / 2))).unwrap();
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
}
