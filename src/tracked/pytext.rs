//! Values as Python's `repr` writes them: lists of params are compared and shown in this form.

use std::fmt::Write as _;

use super::value::Value;

/// Python's `repr` of a value; a date stands as it was written.
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
        Value::Other(text) => out.push_str(text),
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

/// Python's `str` of a value: a text as it is, anything else as `repr` writes it.
pub fn str(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
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
    let start = out.len();
    let size = number.abs();
    // Writing to a String cannot fail. A power of ten is its own shortest text, so the bounds are exact.
    if size == 0.0 || (1e-4..1e16).contains(&size) {
        let _ = write!(out, "{number}");
        if !out[start..].contains('.') {
            out.push_str(".0");
        }
        return;
    }
    let _ = write!(out, "{number:e}");
    let Some(at) = out[start..].find('e').map(|at| start + at + 1) else { return };
    let exponent: i32 = out[at..].parse().unwrap_or(0);
    out.truncate(at);
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(out, "{sign}{:02}", exponent.abs());
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
            c if is_printable(c) => out.push(c),
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

/// Python's `str.isprintable` for one character, but for the unassigned ones.
fn is_printable(c: char) -> bool {
    let format_or_private = matches!(u32::from(c),
        0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e
        | 0x2060..=0x206f | 0xe000..=0xf8ff | 0xfeff | 0xfff0..=0xfffb | 0xfffe | 0xffff | 0xe0000..=0x0010_ffff);
    c == ' ' || !(c.is_control() || c.is_whitespace() || format_or_private)
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
