//! Values as Python's `repr` writes them: lists of params are compared and shown in this form.

use std::fmt::Write as _;

use super::value::Value;
use cml_base::text;

impl Value {
    /// What `self` is called as a part of a dotted key.
    pub fn key_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            other => str(other),
        }
    }
}

/// Python's `repr` of a value.
pub fn repr(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value);
    out
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Float(number) => write_float(out, *number),
        Value::Text(text) => write_text(out, text),
        Value::Other(other) => out.push_str(other.repr()),
        Value::List(items) => {
            out.push('[');
            write_items(out, items);
            out.push(']');
        }
        Value::Tuple(items) => {
            out.push('(');
            write_items(out, items);
            out.push_str(if items.len() == 1 { ",)" } else { ")" });
        }
        Value::Map(pairs) => {
            out.push('{');
            for (index, (key, inner)) in pairs.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_value(out, key);
                out.push_str(": ");
                write_value(out, inner);
            }
            out.push('}');
        }
    }
}

fn write_items(out: &mut String, items: &[Value]) {
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index > 0 { ", " } else { "" });
        write_value(out, item);
    }
}

/// Python's `str` of a value: a text as it is, a date as a calendar has it, anything else as `repr` writes it.
pub fn str(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Other(other) => other.shown().to_owned(),
        other => repr(other),
    }
}

/// The shortest text that reads back as the same float: `0.1`, `1e-05`, `1e+16`, `nan`.
pub fn float(number: f64) -> String {
    let mut out = String::new();
    write_float(&mut out, number);
    out
}

/// Writes what [`float`] answers.
pub fn write_float(out: &mut String, number: f64) {
    if !number.is_finite() {
        let sign = if number == f64::NEG_INFINITY { "-" } else { "" };
        out.push_str(sign);
        out.push_str(if number.is_nan() { "nan" } else { "inf" });
        return;
    }
    let size = number.abs();
    // A power of ten is its own shortest text, so the bounds are exact.
    if size == 0.0 || (1e-4..1e16).contains(&size) {
        return out.push_str(zmij::Buffer::new().format_finite(number));
    }
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |small| ('-', small));
    // Writing to a String cannot fail.
    let _ = write!(out, "{digits}e{sign}{exponent:0>2}");
}

fn write_text(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if text::is_printable(c) => out.push(c),
            c => write_escape(out, c),
        }
    }
    out.push(quote);
}

fn write_escape(out: &mut String, c: char) {
    let code = u32::from(c);
    // Writing to a String cannot fail.
    let _ = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_python_does() {
        for (number, expected) in [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (9.999e-5, "9.999e-05"),
            (12345678.9, "12345678.9"),
            (9_007_199_254_740_993.0, "9007199254740992.0"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (-1e-7, "-1e-07"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(float(number), expected);
        }
    }

    #[test]
    fn strings_are_quoted_as_python_does() {
        for (text, expected) in [
            ("it's", "\"it's\""),
            ("q\"r", "'q\"r'"),
            ("'\"", "'\\'\"'"),
            ("\u{200b}\u{7f}é\n", "'\\u200b\\x7fé\\n'"),
        ] {
            assert_eq!(repr(&Value::Text(text.to_owned())), expected);
        }
    }
}
