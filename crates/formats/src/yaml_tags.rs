//! What the tags of YAML mean, as ruamel.yaml reads them: `!!int '7'` is seven, `!!binary` are bytes, `! 5` is what
//! `5` is.

use std::collections::HashSet;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use num_bigint::BigInt;
use saphyr_parser::Tag;

use super::moment::Moment;
use super::other::identity;
use super::value::Other;
use super::value::{LONGEST_INTEGER, Value};
use super::yaml_scalar::{self, Version};

/// Why a scalar is no value, and what Python calls that where it is no error of YAML itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Misfit {
    pub(super) what: String,
    pub(super) kind: Option<&'static str>,
}

/// Python's name for a text that is none of the values wanted.
pub(super) const VALUE_ERROR: &str = "ValueError";

/// What a tag says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// There is none.
    Missing,
    /// `!`: what the text says without a tag.
    Plain,
    /// One of YAML's own, without its prefix: `int`.
    Core(String),
    Unknown(String),
}

impl Name {
    pub(super) fn of(tag: Option<&Tag>) -> Self {
        let Some(tag) = tag else { return Self::Missing };
        let whole = format!("{}{}", tag.handle, tag.suffix);
        match whole.strip_prefix("tag:yaml.org,2002:") {
            Some(name) => Self::Core(name.to_owned()),
            None if whole == "!" => Self::Plain,
            None => Self::Unknown(whole),
        }
    }

    /// The tag as it is written.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Missing => String::new(),
            Self::Plain => "!".to_owned(),
            Self::Core(name) => format!("!!{name}"),
            Self::Unknown(name) => name.clone(),
        }
    }

    /// The tag of YAML for a plain value of Python that PyYAML writes with one of its own: a tuple is a list.
    pub(super) fn without_python(self) -> Self {
        let Self::Core(name) = &self else { return self };
        let plain = match name.as_str() {
            "python/none" => "null",
            "python/bool" => "bool",
            "python/int" | "python/long" => "int",
            "python/float" => "float",
            "python/str" | "python/unicode" => "str",
            "python/list" | "python/tuple" => "seq",
            "python/dict" => "map",
            _ => return self,
        };
        Self::Core(plain.to_owned())
    }

    /// Whether it names an object of Python whose attributes are written as a map.
    pub(super) fn is_object(&self) -> bool {
        matches!(self, Self::Core(name) if name.starts_with("python/object"))
    }

    /// What is wrong with the tag of a list or a map: it is not known, or is one of something else.
    pub(super) fn misplaced(&self) -> Misfit {
        const KNOWN: [&str; 12] = [
            "str",
            "null",
            "bool",
            "int",
            "float",
            "binary",
            "timestamp",
            "seq",
            "map",
            "set",
            "omap",
            "pairs",
        ];
        match self {
            Self::Core(name) if KNOWN.contains(&name.as_str()) => {
                let what = format!("the tag {} does not fit what follows; correct one of them", self.shown());
                Misfit { what, kind: None }
            }
            tag => tag.unknown(),
        }
    }

    fn unknown(&self) -> Misfit {
        Misfit { what: format!("the tag {} is not known; remove it", self.shown()), kind: None }
    }
}

/// The value of a scalar: of a plain one by its text, of a quoted one only if a tag asks for it.
pub(super) fn scalar(text: &str, is_plain: bool, tag: &Name, version: Version) -> Result<Value, Misfit> {
    let name = match tag {
        Name::Missing if !is_plain => return Ok(Value::Text(text.to_owned())),
        Name::Missing | Name::Plain => return resolved(text, version),
        Name::Core(name) => name.as_str(),
        Name::Unknown(_) => return Err(tag.unknown()),
    };
    let fit = |value: Option<Value>, kind| {
        let what = format!("{text:?} does not fit the tag !!{name}; correct one of them");
        value.ok_or(Misfit { what, kind })
    };
    // Python asks for the first character of a number before it looks whether there is one.
    let of_number = if text.is_empty() { "IndexError" } else { VALUE_ERROR };
    match name {
        "str" => Ok(Value::Text(text.to_owned())),
        "null" => Ok(Value::Null),
        "bool" => fit(boolean(text).map(Value::Bool), Some("KeyError")),
        "int" => fit(integer(text, version).map(Value::Int), Some(of_number)),
        "float" => fit(float(text, version).map(Value::Float), Some(of_number)),
        "binary" => fit(bytes(text).map(|bytes| Value::from(Other::bytes(&bytes))), None),
        "timestamp" => match Moment::parse(text) {
            Some(moment) => dated(text, moment),
            None => fit(None, None),
        },
        _ => Err(tag.unknown()),
    }
}

/// An ordered map, or a list of pairs, from the items of its list: maps of one pair each.
pub(super) fn ordered(items: Vec<Value>, is_map: bool, is_in_list: bool) -> Result<Value, Misfit> {
    let pair = |item| match item {
        Value::Map(mut pairs) if pairs.len() == 1 => pairs.pop().map(|(key, value)| match key {
            // Here no key has become a tuple.
            Value::Tuple(items) => (Value::List(items), value),
            key => (key, value),
        }),
        _ => None,
    };
    let broken = |what: String, kind| Misfit { what, kind };
    let pairs: Option<Vec<(Value, Value)>> = items.into_iter().map(pair).collect();
    let what = "an ordered map is a list of maps of one pair each; correct it";
    let pairs = pairs.ok_or_else(|| broken(what.to_owned(), None))?;
    if !is_map {
        let tuple = |(key, value)| Value::Tuple(vec![key, value]);
        return Ok(Value::List(pairs.into_iter().map(tuple).collect()));
    }
    let mut seen = HashSet::new();
    for (key, _) in &pairs {
        let what = "a list or a map is used in a key; use a string";
        let name = identity(key).ok_or_else(|| broken(what.to_owned(), Some("TypeError")))?;
        if !seen.insert(name) {
            let what = format!("the key {} stands here for the second time; remove one", key.key_text());
            return Err(broken(what, Some("AssertionError")));
        }
    }
    // In a list it is a part of one text, in which it is told from a map.
    Ok(if is_in_list { Value::from(Other::ordered(&pairs)) } else { Value::Map(pairs) })
}

fn resolved(text: &str, version: Version) -> Result<Value, Misfit> {
    // What YAML 1.1 meant by these is read nowhere but in keys.
    if matches!(text, "<<" | "=") {
        return Err(Misfit { what: format!("{text} is not a value; put it in quotes"), kind: None });
    }
    if let Some(moment) = Moment::is_plain(text).then(|| Moment::parse(text)).flatten() {
        return dated(text, moment);
    }
    yaml_scalar::resolve(text, version).map_err(|what| Misfit { what, kind: Some(VALUE_ERROR) })
}

fn dated(text: &str, moment: Moment) -> Result<Value, Misfit> {
    let what = |why| format!("{text:?} is not a date: {why}; correct it, or put it in quotes");
    moment
        .value()
        .map(|date| Value::from(date.with_written(text)))
        .map_err(|why| Misfit { what: what(why), kind: Some(VALUE_ERROR) })
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "y" | "on" => Some(true),
        "false" | "no" | "n" | "off" => Some(false),
        _ => None,
    }
}

fn integer(text: &str, version: Version) -> Option<BigInt> {
    let text = text.replace('_', "");
    let (is_negative, body) = yaml_scalar::unsigned(&text);
    let (radix, digits) = match body.get(..2) {
        Some("0b") => (2, &body[2..]),
        Some("0x") => (16, &body[2..]),
        Some("0o") => (8, &body[2..]),
        Some(_) if version == Version::V1_1 && body.starts_with('0') => (8, &body[1..]),
        _ if version == Version::V1_1 && body.contains(':') => {
            return match yaml_scalar::sexagesimal(&text) {
                Some(Value::Int(number)) => Some(number),
                _ => None,
            };
        }
        _ => (10, body.trim()),
    };
    let fine =
        !digits.is_empty() && digits.len() <= LONGEST_INTEGER && digits.chars().all(|c| c.is_digit(radix));
    let number = BigInt::parse_bytes(digits.as_bytes(), radix).filter(|_| fine)?;
    Some(if is_negative { -number } else { number })
}

fn float(text: &str, version: Version) -> Option<f64> {
    let text = text.replace('_', "").to_lowercase();
    let (is_negative, body) = yaml_scalar::unsigned(&text);
    let number = match body.trim() {
        ".inf" | "inf" | "infinity" => f64::INFINITY,
        ".nan" | "nan" => f64::NAN,
        body if version == Version::V1_1 && body.contains(':') => match yaml_scalar::sexagesimal(body)? {
            Value::Float(number) => number,
            other => other.key_text().parse().ok()?,
        },
        body => body.parse().ok()?,
    };
    Some(if is_negative { -number } else { number })
}

/// As Python's `base64.decodebytes`: what is no letter of the alphabet is passed over.
fn bytes(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() {
        return None;
    }
    let is_letter = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let letters: String = text.chars().filter(is_letter).collect();
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical);
    GeneralPurpose::new(&STANDARD, config).decode(letters).ok()
}
