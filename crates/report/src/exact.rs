//! Doubles of a JSON text, by all of their digits.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A double by all of its digits: serde_json's own way may miss it by the last bit.
pub(super) fn double<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    exact(Option::deserialize(deserializer)?)
}

pub(super) fn doubles<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Option<f64>>, D::Error> {
    Vec::<Option<Box<RawValue>>>::deserialize(deserializer)?.into_iter().map(exact).collect()
}

pub(super) fn exact<E: serde::de::Error>(raw: Option<Box<RawValue>>) -> Result<Option<f64>, E> {
    raw.map(|raw| raw.get().parse().map_err(E::custom)).transpose()
}
