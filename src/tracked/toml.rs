//! TOML into values; dates and times stay as text.

use num_bigint::BigInt;

use super::value::{ParseError, Value};

/// Reads a whole TOML text.
pub(super) fn parse(text: &str) -> Result<Value, ParseError> {
    match ::toml::from_str::<::toml::Table>(text) {
        Ok(table) => Ok(convert(::toml::Value::Table(table))),
        Err(error) => {
            let at = error.span().map_or(text.len(), |span| span.start);
            let what = error.message().lines().next().unwrap_or("no valid TOML");
            Err(ParseError::at(text, at, format!("{what}; correct the file")))
        }
    }
}

fn convert(value: ::toml::Value) -> Value {
    match value {
        ::toml::Value::String(text) => Value::Text(text),
        ::toml::Value::Integer(number) => Value::Int(BigInt::from(number)),
        ::toml::Value::Float(number) => Value::Float(number),
        ::toml::Value::Boolean(flag) => Value::Bool(flag),
        ::toml::Value::Datetime(date) => Value::Other(date.to_string()),
        ::toml::Value::Array(items) => Value::List(items.into_iter().map(convert).collect()),
        ::toml::Value::Table(table) => {
            Value::Map(table.into_iter().map(|(key, value)| (Value::Text(key), convert(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracked::pytext;

    #[test]
    fn tables_numbers_and_dates_are_read() {
        let value = parse("lr = 1e-3\nwhen = 2024-01-02\n[z]\nb = [1, inf]\n[a]\nc = true\n").unwrap();
        assert_eq!(
            pytext::repr(&value),
            "{'lr': 0.001, 'when': 2024-01-02, 'z': {'b': [1, inf]}, 'a': {'c': True}}"
        );
    }

    #[test]
    fn errors_name_the_place() {
        let error = parse("a = 1\nb = = 2\n").unwrap_err();
        assert_eq!((error.line, error.column), (2, 5), "{error}");
        assert!(parse(&format!("a = {}", "[".repeat(50_000))).is_err());
    }
}
