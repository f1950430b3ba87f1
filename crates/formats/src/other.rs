//! How values of Python are made and shown that JSON has no form for: dates, bytes, sets, complex numbers, an ordered map inside a list.

use std::fmt::Write as _;

use super::pytext;
use super::value::{Other, Value};

impl Other {
    /// A date or a time: what `str` and `repr` show, and what is the same for two of one moment.
    pub fn moment(shown: String, repr: String, identity: String) -> Self {
        Self {
            shown,
            repr: Some(repr),
            written: None,
            identity,
            is_key: true,
            is_falsy: false,
            pairs: Vec::new(),
        }
    }

    /// The same as its file has it.
    #[must_use]
    pub fn with_written(self, text: &str) -> Self {
        Self { written: Some(text.to_owned()), ..self }
    }

    /// Bytes, as Python shows them: `b'a\xff'`.
    pub fn bytes(bytes: &[u8]) -> Self {
        let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' };
        let mut shown = format!("b{}", char::from(quote));
        for byte in bytes {
            // Writing to a String cannot fail.
            let _ = match byte {
                b'\n' => write!(shown, "\\n"),
                b'\r' => write!(shown, "\\r"),
                b'\t' => write!(shown, "\\t"),
                b'\\' => write!(shown, "\\\\"),
                byte if *byte == quote => write!(shown, "\\{}", char::from(*byte)),
                b' '..=b'~' => write!(shown, "{}", char::from(*byte)),
                byte => write!(shown, "\\x{byte:02x}"),
            };
        }
        shown.push(char::from(quote));
        Self {
            identity: format!("b{shown}"),
            shown,
            repr: None,
            written: None,
            is_key: true,
            is_falsy: bytes.is_empty(),
            pairs: Vec::new(),
        }
    }

    /// A set of what a file lists, each value once; `None` if one of them cannot be in a set. Python's own order of
    /// texts changes from run to run, so they stand as the file has them; small numbers are in order in both.
    pub fn set(items: Vec<Value>) -> Option<Self> {
        let mut known: Vec<(String, Value)> = Vec::new();
        for item in items {
            let identity = identity(&item)?;
            known.push((identity, item));
        }
        let mut seen = std::collections::HashSet::new();
        known.retain(|(identity, _)| seen.insert(identity.clone()));
        let small = |value: &Value| match value {
            Value::Int(number) => u8::try_from(number).ok().filter(|number| *number < 8),
            Value::Bool(flag) => Some(u8::from(*flag)),
            _ => None,
        };
        if known.iter().all(|(_, item)| small(item).is_some()) {
            known.sort_by_key(|(_, item)| small(item));
        }
        let shown: Vec<String> = known.iter().map(|(_, item)| pytext::repr(item)).collect();
        let mut same: Vec<String> = known.into_iter().map(|(identity, _)| identity).collect();
        same.sort_unstable();
        let is_falsy = same.is_empty();
        let shown = if is_falsy { "set()".to_owned() } else { format!("{{{}}}", shown.join(", ")) };
        Some(Self {
            shown,
            repr: None,
            written: None,
            identity: format!("set {same:?}"),
            is_key: false,
            is_falsy,
            pairs: Vec::new(),
        })
    }

    /// A complex number, as the sum of a number and an imaginary one.
    pub fn complex(real: f64, imaginary: f64) -> Self {
        let short = |number: f64| {
            let text = pytext::float(number);
            text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
        };
        let shown = if real == 0.0 && real.is_sign_positive() {
            format!("{}j", short(imaginary))
        } else {
            let plus = if imaginary.is_sign_negative() && !imaginary.is_nan() { "" } else { "+" };
            format!("({}{plus}{}j)", short(real), short(imaginary))
        };
        let is_falsy = real == 0.0 && imaginary == 0.0;
        Self {
            identity: format!("complex {shown}"),
            shown,
            repr: None,
            written: None,
            is_key: true,
            is_falsy,
            pairs: Vec::new(),
        }
    }

    /// Python's `...`.
    pub fn ellipsis() -> Self {
        let shown = "Ellipsis".to_owned();
        Self {
            identity: shown.clone(),
            shown,
            repr: None,
            written: None,
            is_key: true,
            is_falsy: false,
            pairs: Vec::new(),
        }
    }

    /// An ordered map inside a list, which is shown as one text.
    pub fn ordered(pairs: &[(Value, Value)]) -> Self {
        let shown: Vec<String> = pairs
            .iter()
            .map(|(key, value)| format!("({}, {})", pytext::repr(key), pytext::repr(value)))
            .collect();
        let shown = match shown.as_slice() {
            [] => "ordereddict()".to_owned(),
            shown => format!("ordereddict([{}])", shown.join(", ")),
        };
        Self {
            identity: shown.clone(),
            shown,
            repr: None,
            written: None,
            is_key: false,
            is_falsy: pairs.is_empty(),
            pairs: pairs.to_vec(),
        }
    }

    /// Python's `str`.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The text for where Python has none: JSON, and a report.
    pub fn text(&self) -> &str {
        self.written.as_deref().unwrap_or(&self.shown)
    }

    /// Python's `repr`.
    pub fn repr(&self) -> &str {
        self.repr.as_deref().unwrap_or(&self.shown)
    }

    /// The pairs of an ordered map; none of anything else.
    pub fn pairs(&self) -> &[(Value, Value)] {
        &self.pairs
    }

    pub fn is_falsy(&self) -> bool {
        self.is_falsy
    }
}

/// What makes two keys the same: for Python, `1`, `1.0` and `true` are one key. `None` for what cannot be a key.
pub fn identity(key: &Value) -> Option<String> {
    match key {
        Value::Text(text) => Some(format!("s{text}")),
        Value::Other(other) => other.is_key.then(|| format!("o{}", other.identity)),
        Value::Null => Some("null".to_owned()),
        Value::Bool(flag) => Some(format!("n{}", u8::from(*flag))),
        Value::Int(number) => Some(format!("n{number}")),
        Value::Float(number) if *number == 0.0 => Some("n0".to_owned()),
        Value::Float(number) => Some(format!("n{number}")),
        Value::Tuple(items) => {
            let items: Option<Vec<String>> = items.iter().map(identity).collect();
            Some(format!("t{:?}", items?))
        }
        Value::List(_) | Value::Map(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_sets_and_complex_numbers_are_shown_as_python_does() {
        let int = |number: i64| Value::Int(number.into());
        let text = |text: &str| Value::Text(text.to_owned());
        for (other, expected) in [
            (Other::bytes(b"\x00\xff\n'\"\\"), r#"b'\x00\xff\n\'"\\'"#),
            (Other::bytes(b"it's"), "b\"it's\""),
            (Other::bytes(b""), "b''"),
            (Other::set(vec![int(3), int(1), Value::Bool(true), int(2)]).unwrap(), "{1, 2, 3}"),
            (Other::set(vec![text("b"), text("a"), text("b")]).unwrap(), "{'b', 'a'}"),
            (Other::set(vec![]).unwrap(), "set()"),
            (Other::set(vec![int(1), Value::Float(1.0)]).unwrap(), "{1}"),
            (Other::complex(0.0, 1.0), "1j"),
            (Other::complex(-0.0, -1.0), "(-0-1j)"),
            (Other::complex(1.5, 2.5), "(1.5+2.5j)"),
            (Other::ellipsis(), "Ellipsis"),
            (Other::ordered(&[(text("a"), int(1))]), "ordereddict([('a', 1)])"),
        ] {
            assert_eq!(other.shown(), expected);
            assert_eq!(other.repr(), expected);
        }
        assert_eq!(Other::set(vec![Value::List(Vec::new())]), None);
        assert_eq!(Other::set(vec![text("a"), text("b")]), Other::set(vec![text("b"), text("a")]));
    }

    #[test]
    fn keys_are_the_same_as_in_python() {
        let number = |number: i64| Value::Int(number.into());
        assert_eq!(identity(&number(1)), identity(&Value::Float(1.0)));
        assert_eq!(identity(&number(1)), identity(&Value::Bool(true)));
        assert_eq!(identity(&number(0)), identity(&Value::Float(-0.0)));
        assert_ne!(identity(&number(1)), identity(&Value::Text("1".into())));
        let tuple = |item| Value::Tuple(vec![item]);
        assert_eq!(identity(&tuple(number(1))), identity(&tuple(Value::Bool(true))));
        assert_eq!(identity(&tuple(Value::List(Vec::new()))), None);
    }
}
