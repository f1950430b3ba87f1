//! JSON as Python writes it (NaN, Infinity, integers of any size), compared by value.

use serde_json::Value;

/// Reads a text; every number becomes the string `#` and its digits, so that none is lost.
pub(crate) fn read(text: &str) -> Value {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '"' => string_length(rest),
            '-' | '0'..='9' | 'N' | 'I' => {
                rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(rest.len())
            }
            _ => 0,
        };
        match length {
            0 => out.push(c),
            _ if c == '"' => out.push_str(&rest[..length]),
            _ => out.push_str(&format!("\"#{}\"", &rest[..length])),
        }
        rest = &rest[length.max(c.len_utf8())..];
    }
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// The first place where two values differ. The order of keys does not count; floats agree to nine digits.
pub(crate) fn difference(expected: &Value, found: &Value, place: &str) -> Option<String> {
    let differs = || Some(format!("{place}: expected {expected}, got {found}"));
    match (expected, found) {
        (Value::String(old), Value::String(new)) => match (old.strip_prefix('#'), new.strip_prefix('#')) {
            (Some(old), Some(new)) if same_number(old, new) => None,
            _ if old == new => None,
            _ => differs(),
        },
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            let mut items = old.iter().zip(new).enumerate();
            items.find_map(|(at, (old, new))| difference(old, new, &format!("{place}[{at}]")))
        }
        (Value::Object(old), Value::Object(new)) => {
            let unknown = new.keys().find(|key| !old.contains_key(*key));
            if let Some(key) = unknown {
                return Some(format!("{place}: unexpected key {key:?}"));
            }
            old.iter().find_map(|(key, old)| match new.get(key) {
                Some(new) => difference(old, new, &format!("{place}.{key}")),
                None => Some(format!("{place}: missing key {key:?}")),
            })
        }
        _ if expected == found => None,
        _ => differs(),
    }
}

fn same_number(old: &str, new: &str) -> bool {
    let is_float = |text: &str| text.contains(['.', 'e', 'E', 'N', 'I']);
    if !is_float(old) && !is_float(new) {
        return old == new;
    }
    let number = |text: &str| text.replace("Infinity", "inf").parse::<f64>().unwrap();
    let (old, new) = (number(old), number(new));
    old == new || (old.is_nan() && new.is_nan()) || (old - new).abs() <= 1e-9 * old.abs().max(new.abs())
}
