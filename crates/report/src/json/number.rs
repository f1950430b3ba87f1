//! Numbers that JSON has no word for, and integers of any size.

use num_bigint::BigInt;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::Delta;
use cml_tracked::Scalar;

/// A tracked value, or a difference, while it is written.
pub(super) enum Number<'a> {
    Scalar(&'a Scalar),
    Delta(&'a Delta),
}

impl Serialize for Number<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = |value: &BigInt, serializer: S| {
            RawValue::from_string(value.to_string()).map_err(serde::ser::Error::custom)?.serialize(serializer)
        };
        let float = |value: f64, serializer: S| {
            if value.is_finite() {
                serializer.serialize_f64(value)
            } else {
                serializer.serialize_str(&value.to_string())
            }
        };
        match self {
            Self::Scalar(Scalar::Null) => serializer.serialize_unit(),
            Self::Scalar(Scalar::Bool(value)) => serializer.serialize_bool(*value),
            Self::Scalar(Scalar::Text(value)) => serializer.serialize_str(value),
            Self::Scalar(Scalar::Int(value)) | Self::Delta(Delta::Int(value)) => whole(value, serializer),
            Self::Scalar(Scalar::Float(value)) | Self::Delta(Delta::Float(value)) => {
                float(*value, serializer)
            }
        }
    }
}

/// The double that a string stands for.
pub(super) fn without_a_word(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}
