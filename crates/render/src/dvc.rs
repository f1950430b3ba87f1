//! DVC's JSON: one line, ASCII only, `NaN` and `Infinity` as Python writes them, integers exact.
//!
//! The shapes are those of `dvc metrics diff --json`, `dvc params diff --json` and `dvc metrics show --json`; plots
//! have a smaller one of our own.

use std::fmt::Write as _;

use cml_compare::{ComparedPlot, DataPlot, FileChanges, Item, PlotFailure, PointCell};
use cml_report::Delta;
use cml_tracked::{Cell, Content, Unread, Value, pytext};

/// One file of [`diff_json`]: `path: {key: {"old": …, "new": …, "diff": …}}`; `diff` only between numbers.
pub fn file_changes_json(file: &FileChanges) -> String {
    let mut out = String::new();
    key(&mut out, &file.path);
    object(&mut out, &file.changes, |out, change| {
        value_key(out, &change.key);
        out.push_str("{\"old\": ");
        value(out, &change.old);
        out.push_str(", \"new\": ");
        value(out, &change.new);
        if let Some(delta) = &change.delta {
            out.push_str(", \"diff\": ");
            value(out, &number(delta));
        }
        out.push('}');
    });
    out
}

/// The object of all files, in pieces: as one text there would be two of them for a moment.
pub fn diff_json(files: Vec<String>) -> Vec<String> {
    let mut pieces = vec!["{".to_owned()];
    for (index, file) in files.into_iter().enumerate() {
        pieces.extend((index > 0).then(|| ", ".to_owned()));
        pieces.push(file);
    }
    pieces.push("}\n".to_owned());
    pieces
}

/// `{revision: {"data": {path: {"data": …}}}}`; a file that cannot be read has an `error`
/// instead: DVC's name for it, and our words.
pub fn show_json(revisions: &[(String, Vec<Content>)]) -> String {
    let mut out = String::new();
    object(&mut out, revisions, |out, (revision, files)| {
        key(out, revision);
        out.push_str("{\"data\": ");
        object(out, files, |out, file| {
            key(out, &file.path);
            match &file.value {
                Ok(data) => {
                    out.push_str("{\"data\": ");
                    value(out, data);
                }
                Err(Unread { kind, what }) => {
                    out.push_str("{\"error\": {\"type\": ");
                    text(out, kind);
                    out.push_str(", \"msg\": ");
                    text(out, what);
                    out.push('}');
                }
            }
            out.push('}');
        });
        out.push('}');
    });
    out.push('\n');
    out
}

/// `{"data": {plot: [item]}, "errors": [{"name", "rev", "source"?, "msg"}]}`; empty parts are left out. An image's
/// `url` is what `address` makes of its revision and path.
pub fn plots_json(plots: &[ComparedPlot<'_>], address: impl Fn(&str, &str) -> String) -> String {
    let mut out = String::from("{");
    if !plots.is_empty() {
        key(&mut out, "data");
        object(&mut out, plots, |out, plot| {
            key(out, &plot.id);
            list(out, &plot.items, |out, item| match item {
                Item::Data(plot) => data_plot(out, plot),
                Item::Image { rev, path, .. } => {
                    out.push_str("{\"type\": \"image\", \"revisions\": [");
                    text(out, rev);
                    out.push_str("], \"url\": ");
                    text(out, &address(rev, path));
                    out.push('}');
                }
            });
        });
    }
    let failures: Vec<(&str, &PlotFailure)> = plots
        .iter()
        .flat_map(|plot| plot.failures.iter().map(|failure| (plot.id.as_str(), failure)))
        .collect();
    if !failures.is_empty() {
        out.push_str(", ");
        key(&mut out, "errors");
        list(&mut out, &failures, |out, (name, failure)| {
            let source = failure.source.as_deref();
            let pairs = [
                ("name", Some(*name)),
                ("rev", Some(&failure.rev)),
                ("source", source),
                ("msg", Some(&failure.what)),
            ];
            let pairs: Vec<(&str, &str)> =
                pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
            object(out, &pairs, |out, (name, word)| {
                key(out, name);
                text(out, word);
            });
        });
    }
    out.push_str("}\n");
    out
}

fn data_plot(out: &mut String, plot: &DataPlot<'_>) {
    out.push_str("{\"type\": \"data\", ");
    let words = [
        ("template", &plot.template),
        ("title", &plot.title),
        ("x", &plot.x),
        ("y", &plot.y),
        ("x_label", &plot.x_label),
        ("y_label", &plot.y_label),
    ];
    for (name, word) in words {
        key(out, name);
        text(out, word);
        out.push_str(", ");
    }
    key(out, "revisions");
    list(out, &plot.revisions, |out, revision| text(out, revision));
    out.push_str(", ");
    key(out, "points");
    out.push('[');
    for (index, point) in plot.points().enumerate() {
        out.push_str(if index > 0 { ", " } else { "" });
        object(out, &point, |out, (name, cell)| {
            key(out, name);
            match cell {
                PointCell::Cell(Cell::Text(cell)) => text(out, cell),
                PointCell::Cell(Cell::Value(cell)) => value(out, cell),
                PointCell::Word(word) => text(out, word),
                PointCell::Step(step) => {
                    let _ = write!(out, "{step}");
                }
            }
        });
    }
    out.push_str("]}");
}

pub(super) fn number(delta: &Delta) -> Value {
    match delta {
        Delta::Int(number) => Value::Int(number.clone()),
        Delta::Float(number) => Value::Float(*number),
    }
}

fn object<T>(out: &mut String, items: &[T], mut write: impl FnMut(&mut String, &T)) {
    out.push('{');
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index > 0 { ", " } else { "" });
        write(out, item);
    }
    out.push('}');
}

fn list<T>(out: &mut String, items: &[T], mut write: impl FnMut(&mut String, &T)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index > 0 { ", " } else { "" });
        write(out, item);
    }
    out.push(']');
}

fn key(out: &mut String, name: &str) {
    text(out, name);
    out.push_str(": ");
}

/// A key as Python's `json.dumps` writes it; what that has no form for (a date, a tuple), as Python shows it.
fn value_key(out: &mut String, name: &Value) {
    match name {
        Value::Text(name) => key(out, name),
        Value::Null => key(out, "null"),
        Value::Bool(flag) => key(out, if *flag { "true" } else { "false" }),
        Value::Float(number) if number.is_nan() => key(out, "NaN"),
        Value::Float(number) if number.is_infinite() => {
            key(out, if *number > 0.0 { "Infinity" } else { "-Infinity" });
        }
        other => key(out, &other.key_text()),
    }
}

/// A value as Python's `json.dumps` writes it.
fn value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Float(number) if number.is_nan() => out.push_str("NaN"),
        Value::Float(number) if number.is_infinite() => {
            out.push_str(if *number > 0.0 { "Infinity" } else { "-Infinity" });
        }
        Value::Float(number) => pytext::write_float(out, *number),
        Value::Text(word) => text(out, word),
        Value::Other(other) => text(out, other.text()),
        Value::List(items) | Value::Tuple(items) => list(out, items, self::value),
        Value::Map(pairs) => object(out, pairs, |out, (name, inner)| {
            value_key(out, name);
            self::value(out, inner);
        }),
    }
}

fn text(out: &mut String, text: &str) {
    out.push('"');
    // Most texts are names.
    if text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./- ".contains(&b)) {
        out.push_str(text);
        out.push('"');
        return;
    }
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use cml_compare::KeyChange;

    #[test]
    fn json_is_written_as_python_does() {
        let check = |old: Value, expected: &str| {
            let mut out = String::new();
            value(&mut out, &old);
            assert_eq!(out, expected);
        };
        check(Value::Text("é\u{1f680}\"\\\n\u{7f}".into()), "\"\\u00e9\\ud83d\\ude80\\\"\\\\\\n\\u007f\"");
        check(Value::Float(f64::NAN), "NaN");
        check(Value::Float(1e16), "1e+16");
        check(Value::Tuple(vec![Value::Null, Value::Bool(true)]), "[null, true]");
        check(
            Value::Map(vec![(Value::Bool(true), Value::Float(f64::NEG_INFINITY))]),
            "{\"true\": -Infinity}",
        );
    }

    #[test]
    fn a_difference_stands_only_between_numbers() {
        let change = |delta| KeyChange {
            key: Value::Text("a".into()),
            old: Value::Null,
            new: Value::Bool(true),
            delta,
        };
        let json = |deltas: &[Option<Delta>]| {
            let file = |delta: &Option<Delta>| FileChanges {
                path: "m".into(),
                changes: vec![change(delta.clone())],
            };
            diff_json(deltas.iter().map(|delta| file_changes_json(&file(delta))).collect()).concat()
        };
        assert_eq!(json(&[]), "{}\n");
        let [bare, full] = [
            "\"m\": {\"a\": {\"old\": null, \"new\": true}}",
            "\"m\": {\"a\": {\"old\": null, \"new\": true, \"diff\": 0.5}}",
        ];
        assert_eq!(json(&[None, Some(Delta::Float(0.5))]), format!("{{{bare}, {full}}}\n"));
    }
}
