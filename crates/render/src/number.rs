//! Numbers as a reader wants them: a row's cells share their decimals, enough that the change shows two or three
//! significant digits and is the difference of old and new as printed, and never more than the numbers have.
//!
//! Integers are never touched. Below 1e-4 and from 1e16 a number is written with an exponent.

use super::decimal::Decimal;
use cml_report::{Change, Display, Presence};
use cml_tracked::Scalar;

#[cfg(test)]
mod tests;

/// A change, and every value beside it, shows this many significant digits, or else the least.
const SIGNIFICANT: i32 = 3;
/// The least, also of a value beside a much larger one, and of one below 1e-4 beside a change that is not.
const LEAST: i32 = 2;
/// A value that stands alone shows so many.
const SIGNIFICANT_ALONE: i32 = 5;
/// A double has no more.
const MOST_DIGITS: i32 = 17;

/// A row's numbers as plain text; `None` where a side has no value or no difference can be told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Numbers {
    pub old: Option<String>,
    pub new: Option<String>,
    /// `−0.0087`
    pub change: Option<String>,
    /// `−0.99 %` of the old value.
    pub relative: Option<String>,
}

/// The numbers of one change, without units.
///
/// Old, new and change are rounded to the same place, and the change is the difference of what is printed, so that a
/// reader who subtracts finds it; the place is fine enough that this is also the true change, rounded.
pub(super) fn numbers(change: &Change) -> Numbers {
    let decimal = |side: &Presence| side.value().and_then(Decimal::of);
    let (old, new) = (decimal(&change.old), decimal(&change.new));
    let alone = |side: &Presence| side.value().map(|value| with_decimals(value, &change.display));
    let Some((old, new)) = old.zip(new) else {
        return Numbers { old: alone(&change.old), new: alone(&change.new), ..Numbers::default() };
    };
    let is_int = [&change.old, &change.new].map(|value| matches!(value.value(), Some(Scalar::Int(_))));
    let (has_int, all_int) = (is_int.contains(&true), !is_int.contains(&false));
    let delta = new.minus(&old).shortened();
    let needed = || {
        let place = shared_place(&old, &new, &delta);
        if has_int { place.max(0) } else { place }
    };
    let place = if all_int { 0 } else { asked(&change.display, needed) };
    let text = |side: &Presence, decimal: &Decimal| match side.value() {
        Some(Scalar::Int(value)) => value.to_string(),
        _ => signed(&decimal.rounded(place), "-", "", decimal.is_plain()),
    };
    Numbers {
        old: Some(text(&change.old, &old)),
        new: Some(text(&change.new, &new)),
        change: Some(if all_int {
            signed(&delta, "−", "+", true)
        } else {
            difference(&old, &new, &delta, place)
        }),
        relative: percent(&delta, &old),
    }
}

/// The decimals to which a row's numbers are rounded: so many that the change shows three digits, or else two, and is
/// what a reader finds who subtracts; only where neither goes, the fewest above them that do.
fn shared_place(old: &Decimal, new: &Decimal, delta: &Decimal) -> i32 {
    let all = [old, new, delta];
    let largest =
        all.iter().filter(|number| !number.is_zero()).map(|number| number.exponent()).max().unwrap_or(0);
    // A double has no more digits, so a finer place would show what nobody knows.
    let finest = MOST_DIGITS - 1 - largest;
    // A value that is too small to be seen beside the others wants nothing.
    let is_seen = |number: &&Decimal| !number.is_zero() && to_show(number, LEAST) <= finest;
    let seen: Vec<&Decimal> = [old, new].into_iter().filter(is_seen).collect();
    let own =
        seen.iter().map(|number| number.own_decimals()).fold(delta.own_decimals(), i32::max).min(finest);
    // From 1e16 the digits before the point are rounded, too, but never those of a plain number.
    let plain = all.iter().any(|number| number.is_plain() && !number.is_zero());
    let least = if plain { 0 } else { i32::MIN };
    let enough = |digits: i32| {
        let of_change = to_show(delta, digits).min(delta.own_decimals());
        let of_values = seen.iter().map(|value| wanted(value, delta, digits));
        of_values.fold(of_change, i32::max).min(own).max(least)
    };
    let agrees = |place: &i32| delta.rounded(*place).equals(&new.rounded(*place).minus(&old.rounded(*place)));
    let [most, fewest] = [SIGNIFICANT, LEAST].map(enough);
    let longer = (most..=own.max(least)).skip(1);
    [most, fewest].into_iter().chain(longer).find(agrees).unwrap_or(own.max(least))
}

/// The decimals with which a number shows so many significant digits; 0.0999 rounded to two is 0.10.
fn to_show(number: &Decimal, digits: i32) -> i32 {
    let place = digits - 1 - number.exponent();
    if number.rounded(place).exponent() > number.exponent() { place - 1 } else { place }
}

/// The decimals of a value beside a change of so many digits: as many digits as the change shows. Where that gave the
/// change more of them, beside a much larger value, two must do; and none shows digits that it does not have.
fn wanted(value: &Decimal, delta: &Decimal, digits: i32) -> i32 {
    let digits_of_value = if value.is_plain() || !delta.is_plain() { digits } else { LEAST };
    let of_change = if delta.is_zero() { i32::MAX } else { to_show(delta, digits) };
    let place = to_show(value, digits_of_value).min(of_change).max(to_show(value, LEAST));
    place.min(value.own_decimals())
}

/// New minus old as they are printed; a change that declared decimals would round away shows its own digits.
fn difference(old: &Decimal, new: &Decimal, delta: &Decimal, place: i32) -> String {
    let printed = new.rounded(place).minus(&old.rounded(place));
    let shown = if printed.is_zero() && !delta.is_zero() {
        let most = delta.own_decimals();
        delta.rounded((SIGNIFICANT - 1 - delta.exponent()).min(most))
    } else {
        printed
    };
    let fits = old.is_plain() && new.is_plain() && place <= MOST_DIGITS;
    let is_plain = shown.is_plain() || (fits && shown.own_decimals() <= place);
    signed(&shown, "−", "+", is_plain)
}

fn signed(number: &Decimal, minus: &str, plus: &str, is_plain: bool) -> String {
    let text = if is_plain || number.is_zero() { number.plain() } else { number.scientific() };
    let sign = if number.is_zero() {
        ""
    } else if number.is_negative() {
        minus
    } else {
        plus
    };
    format!("{sign}{text}")
}

/// A value that stands alone, with as many decimals as it needs.
pub(super) fn alone(value: &Scalar) -> String {
    with_decimals(value, &Display::default())
}

/// A value that stands alone.
pub(super) fn with_decimals(value: &Scalar, display: &Display) -> String {
    let floats: Vec<f64> = as_float(value).into_iter().collect();
    scalar(value, asked(display, || decimals(&floats)))
}

/// The decimals that are asked for, else those that are needed.
fn asked<T: From<u8> + Ord>(display: &Display, needed: impl FnOnce() -> T) -> T {
    match display.precision.map(T::from) {
        Some(precision) if display.only_adds => precision.max(needed()),
        Some(precision) => precision,
        None => needed(),
    }
}

/// A value as it was given: a double by the shortest text that reads back as it.
pub(super) fn given(value: &Scalar) -> String {
    match value {
        Scalar::Float(value) if value.is_finite() && !is_plain(*value) => format!("{value:e}"),
        Scalar::Float(value) => value.to_string(),
        other => alone(other),
    }
}

/// A double that stands alone.
pub(super) fn float(value: f64) -> String {
    alone(&Scalar::Float(value))
}

/// A value that is written with decimals, if it is one.
fn as_float(value: &Scalar) -> Option<f64> {
    match value {
        Scalar::Float(value) if is_plain(*value) => Some(*value),
        _ => None,
    }
}

/// Whether a double is written without an exponent.
fn is_plain(value: f64) -> bool {
    value == 0.0 || (1e-4..1e16).contains(&value.abs())
}

fn scalar(value: &Scalar, decimals: usize) -> String {
    match value {
        Scalar::Null => "null".to_owned(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Int(value) => value.to_string(),
        Scalar::Text(value) => value.clone(),
        Scalar::Float(value) if !value.is_finite() => value.to_string(),
        Scalar::Float(value) if is_plain(*value) => plain(*value, decimals),
        Scalar::Float(value) => {
            let digits = (SIGNIFICANT_ALONE - 1).clamp(0, scientific(*value).1);
            format!("{value:.*e}", digits as usize)
        }
    }
}

/// Without the sign of a number that is rounded to zero.
fn plain(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    if is_zero { text.trim_start_matches('-').to_owned() } else { text }
}

/// The decimals that a double which stands alone needs.
fn decimals(values: &[f64]) -> usize {
    let wanted = |value: f64| SIGNIFICANT_ALONE - 1 - scientific(value).0;
    let enough = values.iter().copied().filter(|value| *value != 0.0).map(wanted).max().unwrap_or(0);
    // No number gets digits that it does not have.
    let own = values.iter().map(|&value| own_decimals(value)).max().unwrap_or(0);
    enough.min(own).clamp(0, MOST_DIGITS) as usize
}

/// The decimals of the shortest text that reads back as this double.
fn own_decimals(value: f64) -> i32 {
    let (exponent, digits) = scientific(value);
    (digits - exponent).max(0)
}

/// A double's decimal exponent, and the decimals of its shortest mantissa; of 0.0123 it is (-2, 2).
fn scientific(value: f64) -> (i32, i32) {
    if value == 0.0 || !value.is_finite() {
        return (0, 0);
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let places = |text: &str| i32::try_from(text.len()).unwrap_or(0);
    let zeros = |text: &str| places(text) - places(text.trim_start_matches('0'));
    let is_below_one = whole.trim_start_matches('0').is_empty();
    let first = if is_below_one { -1 - zeros(after) } else { places(whole) - 1 };
    let last = match after.trim_end_matches('0') {
        "" => places(whole) - places(whole.trim_end_matches('0')),
        after => -places(after),
    };
    (first + exponent.parse::<i32>().unwrap_or(0), first - last)
}

/// A difference in parts of the old value: one decimal, two below 1 %; `None` where the old value is zero.
fn percent(delta: &Decimal, old: &Decimal) -> Option<String> {
    let percent = delta.to_f64() / old.to_f64().abs() * 100.0;
    if !percent.is_finite() || old.is_zero() || delta.is_zero() {
        return None;
    }
    let size = percent.abs();
    let text = if size < 0.005 {
        "under 0.01".to_owned()
    } else if size < 0.995 {
        format!("{}{size:.2}", if percent < 0.0 { "−" } else { "+" })
    } else if size < 1e6 {
        format!("{}{size:.1}", if percent < 0.0 { "−" } else { "+" })
    } else {
        format!("{}{size:.1e}", if percent < 0.0 { "−" } else { "+" })
    };
    Some(text + "\u{a0}%")
}
