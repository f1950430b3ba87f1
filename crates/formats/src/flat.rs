//! How a value becomes flat `(key, value)` pairs.

use std::collections::HashMap;

use super::model::Scalar;
use super::value::Value;
use super::{json, pytext};

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
