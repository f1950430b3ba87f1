//! TOML into values; dates and times as Python shows them.

use ::toml::value::{Datetime, Offset};
use num_bigint::BigInt;

use super::moment::{Clock, Moment, Zone};
use super::value::{ParseError, Value, bounded};

/// Reads a whole TOML text.
pub fn parse(text: &str) -> Result<Value, ParseError> {
    bounded(text)?;
    match ::toml::from_str::<::toml::Table>(text) {
        Ok(table) => convert(::toml::Value::Table(table)).map_err(|what| ParseError::at(text, 0, what)),
        Err(error) => {
            let at = error.span().map_or(text.len(), |span| span.start);
            let what = error.message().lines().next().unwrap_or("no valid TOML");
            Err(ParseError::at(text, at, format!("{what}; correct the file")))
        }
    }
}

fn convert(value: ::toml::Value) -> Result<Value, String> {
    Ok(match value {
        ::toml::Value::String(text) => Value::Text(text),
        ::toml::Value::Integer(number) => Value::Int(BigInt::from(number)),
        ::toml::Value::Float(number) => Value::Float(number),
        ::toml::Value::Boolean(flag) => Value::Bool(flag),
        ::toml::Value::Datetime(date) => {
            let what = |why| format!("{date} is not a date: {why}; correct it");
            Value::from(moment(&date).value().map_err(what)?.with_written(&date.to_string()))
        }
        ::toml::Value::Array(items) => Value::List(items.into_iter().map(convert).collect::<Result<_, _>>()?),
        ::toml::Value::Table(table) => {
            let pair = |(key, value)| Ok::<_, String>((Value::Text(key), convert(value)?));
            Value::Map(table.into_iter().map(pair).collect::<Result<_, _>>()?)
        }
    })
}

/// A date or time; of a fraction Python keeps millionths.
fn moment(date: &Datetime) -> Moment {
    let zone = date.offset.map(|offset| match offset {
        Offset::Z => Zone { minutes: 0, name: "UTC".to_owned() },
        Offset::Custom { minutes } => {
            let sign = if minutes < 0 { '-' } else { '+' };
            let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
            Zone { minutes: i64::from(minutes), name: format!("{sign}{hours:02}:{rest:02}") }
        }
    });
    let clock = |time: ::toml::value::Time| Clock {
        hour: u32::from(time.hour),
        minute: u32::from(time.minute),
        second: time.second.map_or(0, u32::from),
        micro: time.nanosecond.unwrap_or(0) / 1000,
    };
    let day = |date: ::toml::value::Date| [u32::from(date.year), u32::from(date.month), u32::from(date.day)];
    Moment { date: date.date.map(day), time: date.time.map(clock), zone }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pytext;

    #[test]
    fn tables_numbers_and_dates_are_read() {
        let value = parse("lr = 1e-3\nwhen = 2024-01-02\n[z]\nb = [1, inf]\n[a]\nc = true\n").unwrap();
        assert_eq!(
            pytext::repr(&value),
            "{'lr': 0.001, 'when': datetime.date(2024, 1, 2), 'z': {'b': [1, inf]}, 'a': {'c': True}}"
        );
    }

    #[test]
    fn errors_name_the_place() {
        let error = parse("a = 1\nb = = 2\n").unwrap_err();
        assert_eq!((error.line, error.column), (2, 5), "{error}");
        assert!(parse(&format!("a = {}", "[".repeat(50_000))).is_err());
    }
}
