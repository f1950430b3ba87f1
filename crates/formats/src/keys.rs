//! The keys of nested maps as one key, as DVC joins them: with dots, but for a key at the top.

use std::cmp::Ordering;

use super::value::Value;

/// Gives each value with its dotted key, which is a text unless it stands at the top. What stands below a null at the
/// top has its own key alone.
pub fn dotted(pairs: Vec<(Value, Value)>, each: &mut impl FnMut(Value, Value)) {
    below(None, pairs, each);
}

fn below(prefix: Option<&str>, pairs: Vec<(Value, Value)>, each: &mut impl FnMut(Value, Value)) {
    for (key, value) in pairs {
        let key = match prefix {
            Some(prefix) => match &key {
                Value::Text(text) => Value::Text(format!("{prefix}.{text}")),
                other => Value::Text(format!("{prefix}.{}", other.key_text())),
            },
            None => key,
        };
        match value {
            Value::Map(pairs) => match &key {
                Value::Null => below(None, pairs, each),
                Value::Text(text) => below(Some(text), pairs, each),
                other => below(Some(&other.key_text()), pairs, each),
            },
            value => each(key, value),
        }
    }
}

/// The order of dotted keys: numbers by their size, then all others by their text. (Python orders only keys of one kind.)
pub fn key_order(old: &Value, new: &Value) -> Ordering {
    match (old, new) {
        (Value::Text(old), Value::Text(new)) => old.cmp(new),
        (Value::Int(old), Value::Int(new)) => old.cmp(new),
        _ => match (number(old), number(new)) {
            (Some(old), Some(new)) => old.total_cmp(&new),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            // `null` and `'None'` are two keys that are shown alike.
            (None, None) => {
                let is_text = |key: &Value| matches!(key, Value::Text(_));
                old.key_text().cmp(&new.key_text()).then(is_text(old).cmp(&is_text(new)))
            }
        },
    }
}

fn number(key: &Value) -> Option<f64> {
    match key {
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::Int(number) => number.to_string().parse().ok(),
        // Zero is one key, whatever its sign.
        Value::Float(number) => Some(number + 0.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{pytext, yaml};

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let Value::Map(pairs) = yaml::parse(text).unwrap() else { panic!("{text}") };
        let mut keys = Vec::new();
        dotted(pairs, &mut |key, _| keys.push(key));
        keys.sort_by(key_order);
        let shown: Vec<String> = keys.iter().map(pytext::repr).collect();
        assert_eq!(shown, expected, "{text}");
    }

    /// As flatten_dict 0.4 with its reducer `dot`, which DVC uses.
    #[test]
    fn keys_are_joined_as_dvc_does() {
        check("a: {b: {c: 1}, d: 2}\na.x: 3", &["'a.b.c'", "'a.d'", "'a.x'"]);
        check("null: 1", &["None"]);
        check("null: {a: 1, b: {c: 2}}", &["'a'", "'b.c'"]);
        check("m: {null: 1, true: {x: 2}, 1.5: 3}", &["'m.1.5'", "'m.None'", "'m.True.x'"]);
        check("true: 1\nfalse: 2", &["False", "True"]);
        check("10: 1\n2: 1\n1.5: 1", &["1.5", "2", "10"]);
        check("? [1, a]\n: {b: 1}", &["\"(1, 'a').b\""]);
        check("m: {? [1, a] : 3, 2001-01-01: 4}", &["\"m.(1, 'a')\"", "'m.2001-01-01'"]);
        check("'': {'': 1}", &["'.'"]);
        check("a: {}", &[]);
        check("b: 1\n1: 2\nnull: 3\n'None': 4", &["1", "None", "'None'", "'b'"]);
    }
}
