//! What a JSON, YAML or TOML file holds, in the order of the file.

use num_bigint::BigInt;

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

/// A value of Python that JSON has no form for, as Python shows it.
#[derive(Debug, Clone)]
pub struct Other {
    /// Python's `str`.
    pub(super) shown: String,
    /// Python's `repr`, where it is another text.
    pub(super) repr: Option<String>,
    /// A date as its file has it.
    pub(super) written: Option<String>,
    /// The same for two values that Python takes for equal.
    pub(super) identity: String,
    /// Whether it may be the key of a map.
    pub(super) is_key: bool,
    /// Whether Python takes it for false.
    pub(super) is_falsy: bool,
    /// What an ordered map holds.
    pub(super) pairs: Vec<(Value, Value)>,
}

impl PartialEq for Other {
    fn eq(&self, other: &Self) -> bool {
        self.identity == other.identity
    }
}

impl From<Other> for Value {
    fn from(other: Other) -> Self {
        Self::Other(Box::new(other))
    }
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

    /// Whether Python takes the value for false: nothing, zero, an empty text, list or map.
    pub fn is_falsy(&self) -> bool {
        match self {
            Self::Null | Self::Bool(false) => true,
            Self::Int(number) => number.bits() == 0,
            Self::Float(number) => *number == 0.0,
            Self::Text(text) => text.is_empty(),
            Self::List(items) | Self::Tuple(items) => items.is_empty(),
            Self::Map(pairs) => pairs.is_empty(),
            Self::Other(other) => other.is_falsy,
            Self::Bool(true) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
