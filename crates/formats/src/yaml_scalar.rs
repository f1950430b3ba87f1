//! What a plain YAML scalar means: YAML 1.2 as ruamel.yaml resolves it (`yes` is a string, `010` is ten), or YAML 1.1
//! if the file asks for it (`yes` is true, `010` is eight, `1:30` is ninety).

use num_bigint::BigInt;

use super::value::{LONGEST_INTEGER, Value};

/// The version of YAML that a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V1_1,
    V1_2,
}

/// The value of an unquoted scalar without a tag, unless it is a date; an integer too long to read is an error.
pub(super) fn resolve(text: &str, version: Version) -> Result<Value, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => return Ok(Value::Float(f64::NAN)),
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" if version == Version::V1_1 => {
            return Ok(Value::Bool(true));
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" if version == Version::V1_1 => {
            return Ok(Value::Bool(false));
        }
        _ => {}
    }
    let numeric_start = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    if numeric_start {
        if let Some(value) = integer(text, version)? {
            return Ok(value);
        }
        let signed_point = text.starts_with("-.") || text.starts_with("+.");
        let is_infinite = text.to_ascii_lowercase().ends_with(".inf");
        if let Some(number) = float(text).filter(|_| version == Version::V1_2 || !signed_point || is_infinite)
        {
            return Ok(Value::Float(number));
        }
        if let Some(value) = sexagesimal(text).filter(|_| version == Version::V1_1) {
            return Ok(value);
        }
    }
    Ok(Value::Text(text.to_owned()))
}

/// The text without its sign, and whether that is a minus.
pub(super) fn unsigned(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

fn integer(text: &str, version: Version) -> Result<Option<Value>, String> {
    let (negative, body) = unsigned(text);
    let (radix, digits) = match body.get(..2) {
        Some("0b") => (2, &body[2..]),
        Some("0o") if version == Version::V1_2 => (8, &body[2..]),
        Some("0x") => (16, &body[2..]),
        Some(start) if version == Version::V1_1 && start.starts_with('0') => (8, &body[1..]),
        _ => (10, body),
    };
    let digits: String = digits.chars().filter(|c| *c != '_').collect();
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Ok(None);
    }
    if digits.len() > LONGEST_INTEGER {
        return Err(format!("an integer of more than {LONGEST_INTEGER} digits; put it in quotes"));
    }
    let number = BigInt::parse_bytes(digits.as_bytes(), radix);
    Ok(number.map(|number| Value::Int(if negative { -number } else { number })))
}

/// `1:30` and `1:30.5`: sixties, as YAML 1.1 writes times and angles.
pub(super) fn sexagesimal(text: &str) -> Option<Value> {
    let (negative, body) = unsigned(text);
    let (whole, fraction) = match body.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (body, None),
    };
    let mut parts = whole.split(':');
    let first = parts.next()?.replace('_', "");
    let zero_is_fine = fraction.is_some();
    if first.is_empty()
        || !first.bytes().all(|b| b.is_ascii_digit())
        || (first.starts_with('0') && !zero_is_fine)
    {
        return None;
    }
    let mut value: BigInt = first.parse().ok()?;
    let mut count = 0;
    for part in parts {
        let fine = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        value = value * 60 + part.parse::<u8>().ok().filter(|digits| fine && *digits < 60)?;
        count += 1;
    }
    if count == 0 {
        return None;
    }
    let Some(fraction) = fraction else { return Some(Value::Int(if negative { -value } else { value })) };
    let number: f64 = format!("{value}.{}", fraction.replace('_', "")).parse().ok()?;
    Some(Value::Float(if negative { -number } else { number }))
}

fn float(text: &str) -> Option<f64> {
    let (negative, body) = unsigned(text);
    let sign = if negative { -1.0 } else { 1.0 };
    if matches!(body, ".inf" | ".Inf" | ".INF") {
        return Some(sign * f64::INFINITY);
    }
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (body, None),
    };
    let signed_exponent = exponent.is_some_and(|text| text.starts_with(['+', '-']));
    let fine_exponent = exponent.is_none_or(|text| {
        let digits = unsigned(text).1;
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    });
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let fine_mantissa = match mantissa.split_once('.') {
        // Without a digit before the point, an exponent needs its sign.
        Some(("", after)) => !after.is_empty() && digits(after) && (exponent.is_none() || signed_exponent),
        Some((before, after)) => digits(before) && before.starts_with(|c: char| c != '_') && digits(after),
        None => exponent.is_some() && digits(mantissa) && mantissa.starts_with(|c: char| c.is_ascii_digit()),
    };
    if !(fine_mantissa && fine_exponent) {
        return None;
    }
    body.replace('_', "").parse::<f64>().ok().map(|number| sign * number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pytext;

    #[test]
    fn plain_scalars_mean_what_they_mean_to_ruamel() {
        for (text, expected) in [
            ("yes", "'yes'"),
            ("on", "'on'"),
            ("True", "True"),
            ("~", "None"),
            ("010", "10"),
            ("08", "8"),
            ("0o10", "8"),
            ("0x1F", "31"),
            ("0b11", "3"),
            ("-0x10", "-16"),
            ("1_000", "1000"),
            ("+12", "12"),
            ("1:30", "'1:30'"),
            ("1e3", "1000.0"),
            ("12e03", "12000.0"),
            ("1e-3", "0.001"),
            (".5", "0.5"),
            ("5.", "5.0"),
            ("1_000.5", "1000.5"),
            ("-0.0", "-0.0"),
            (".inf", "inf"),
            ("-.INF", "-inf"),
            (".nan", "nan"),
            ("inf", "'inf'"),
            (".", "'.'"),
            ("-", "'-'"),
            ("1e", "'1e'"),
            ("e3", "'e3'"),
            ("1.2.3", "'1.2.3'"),
            ("0o9", "'0o9'"),
            ("-é", "'-é'"),
            ("18446744073709551616", "18446744073709551616"),
            ("2024-1-2", "'2024-1-2'"),
        ] {
            assert_eq!(pytext::repr(&resolve(text, Version::V1_2).unwrap()), expected, "{text}");
        }
        assert!(resolve(&"1".repeat(5000), Version::V1_2).is_err());
    }
}
