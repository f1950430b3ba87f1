//! Numbers as a reader wants them: a row's cells share their decimals, enough that the change shows three
//! significant digits, and never more than the numbers have.
//!
//! Integers are never touched. Below 1e-4 and from 1e16 a number is written with an exponent.

use std::fmt::Write as _;

use num_traits::ToPrimitive as _;

use crate::diff::{Change, Delta};
use crate::tracked::Scalar;

/// A change, and every value beside it, shows this many significant digits.
const SIGNIFICANT: i32 = 3;
/// A value that stands alone shows so many.
const SIGNIFICANT_ALONE: i32 = 5;
/// A double has no more.
const MOST_DECIMALS: i32 = 17;

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
pub(super) fn numbers(change: &Change) -> Numbers {
    let delta =
        change.delta.as_ref().filter(|_| !is_bool(change.old.as_ref()) && !is_bool(change.new.as_ref()));
    // 0.3 - 0.2 is 0.09999999999999998: a double's noise is not counted as digits.
    let size = delta.map(Delta::to_f64).filter(|delta| delta.is_finite() && *delta != 0.0).map(without_noise);
    let floats: Vec<f64> = [&change.old, &change.new].into_iter().flatten().filter_map(as_float).collect();
    // Beside an exponent the decimals are those of one side alone, and would round the change.
    let sides = [&change.old, &change.new].into_iter().flatten();
    let both_plain = !floats.is_empty() && sides.filter_map(number).all(is_plain);
    let needed = || decimals(&floats, size.filter(|size| both_plain || is_plain(*size)));
    let decimals = change.display.precision.map_or_else(needed, usize::from);
    let text = |value: &Option<Scalar>| value.as_ref().map(|value| scalar(value, decimals, size));
    let percent = size.zip(change.old.as_ref().and_then(number)).and_then(|(delta, old)| percent(delta, old));
    Numbers {
        old: text(&change.old),
        new: text(&change.new),
        change: delta.and_then(|delta| signed(delta, decimals, both_plain)),
        relative: percent,
    }
}

/// A value that stands alone, with as many decimals as it needs.
pub(super) fn alone(value: &Scalar) -> String {
    with_decimals(value, None)
}

/// A value that stands alone.
pub(super) fn with_decimals(value: &Scalar, precision: Option<u8>) -> String {
    let floats: Vec<f64> = as_float(value).into_iter().collect();
    scalar(value, precision.map_or_else(|| decimals(&floats, None), usize::from), None)
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

fn without_noise(value: f64) -> f64 {
    format!("{value:.12e}").parse().unwrap_or(value)
}

fn is_bool(value: Option<&Scalar>) -> bool {
    matches!(value, Some(Scalar::Bool(_)))
}

/// A value that is written with decimals, if it is one.
fn as_float(value: &Scalar) -> Option<f64> {
    match value {
        Scalar::Float(value) if is_plain(*value) => Some(*value),
        _ => None,
    }
}

fn number(value: &Scalar) -> Option<f64> {
    match value {
        Scalar::Float(value) => Some(*value),
        Scalar::Int(value) => value.to_f64(),
        _ => None,
    }
}

/// Whether a double is written without an exponent.
fn is_plain(value: f64) -> bool {
    value == 0.0 || (1e-4..1e16).contains(&value.abs())
}

fn scalar(value: &Scalar, decimals: usize, delta: Option<f64>) -> String {
    match value {
        Scalar::Null => "null".to_owned(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Int(value) => value.to_string(),
        Scalar::Text(value) => value.clone(),
        Scalar::Float(value) if !value.is_finite() => value.to_string(),
        Scalar::Float(value) if is_plain(*value) => plain(*value, decimals),
        Scalar::Float(value) => {
            let (exponent, digits) = scientific(*value);
            // Beside a much larger number it still shows its own digits.
            let of_change = |delta| (exponent - scientific(delta).0 + SIGNIFICANT - 1).max(SIGNIFICANT - 1);
            let wanted = delta.map_or(SIGNIFICANT_ALONE - 1, of_change);
            format!("{value:.*e}", wanted.clamp(0, digits) as usize)
        }
    }
}

/// Without the sign of a number that is rounded to zero.
fn plain(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    if is_zero { text.trim_start_matches('-').to_owned() } else { text }
}

/// The decimals that a row's doubles share.
fn decimals(values: &[f64], delta: Option<f64>) -> usize {
    let digits = if delta.is_some() { SIGNIFICANT } else { SIGNIFICANT_ALONE };
    let wanted = |value: f64| digits - 1 - scientific(value).0;
    let all = values.iter().copied().chain(delta).filter(|value| *value != 0.0);
    let enough = all.map(wanted).max().unwrap_or(0);
    // No number gets digits that it does not have.
    let own = values.iter().map(|&value| own_decimals(value)).max().unwrap_or(0);
    enough.min(own).clamp(0, MOST_DECIMALS) as usize
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

/// A difference with its sign; `None` if there is none to tell.
fn signed(delta: &Delta, decimals: usize, shared_fits: bool) -> Option<String> {
    let text = match delta {
        Delta::Int(value) => value.to_string(),
        Delta::Float(value) if !value.is_finite() => return None,
        Delta::Float(value) => {
            let shared = plain(*value, decimals);
            let vanishes = *value != 0.0 && !shared.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
            if shared_fits && !vanishes {
                shared
            } else if is_plain(*value) {
                plain(*value, (SIGNIFICANT - 1 - scientific(*value).0).clamp(0, MOST_DECIMALS) as usize)
            } else {
                format!("{value:.2e}")
            }
        }
    };
    let is_zero = !text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    Some(match text.strip_prefix('-') {
        Some(rest) => format!("−{rest}"),
        None if is_zero => text,
        None => format!("+{text}"),
    })
}

/// A difference in parts of the old value; `None` where the old value is zero or no number.
fn percent(delta: f64, old: f64) -> Option<String> {
    let percent = delta / old.abs() * 100.0;
    if !percent.is_finite() || old == 0.0 {
        return None;
    }
    let mut text = String::from(if percent < 0.0 { "−" } else { "+" });
    let size = percent.abs();
    let written = if size < 0.005 {
        text.clear();
        write!(text, "under 0.01")
    } else if size < 1e6 {
        write!(text, "{size:.*}", if size < 100.0 { 2 } else { 0 })
    } else {
        write!(text, "{size:.1e}")
    };
    // Writing to a String cannot fail.
    written.ok().map(|()| text + "\u{a0}%")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{Rules, compare_metrics};
    use crate::tracked::ValueFile;

    fn change(old: Scalar, new: Scalar) -> Change {
        let file = |value| [ValueFile { path: "m".into(), values: vec![("k".into(), value)] }];
        compare_metrics(Some(&file(old)), &file(new), &Rules::default()).remove(0)
    }

    #[track_caller]
    fn check(old: f64, new: f64, expected: [&str; 3]) {
        check_scalars(Scalar::Float(old), Scalar::Float(new), expected);
    }

    #[track_caller]
    fn check_scalars(old: Scalar, new: Scalar, expected: [&str; 3]) {
        let cells = crate::render::measure::cells(&change(old, new));
        let shown =
            [cells.old, cells.new, cells.change].map(|cell| cell.unwrap_or_default().replace('\u{a0}', " "));
        assert_eq!(shown, expected);
    }

    #[test]
    fn digits_are_those_of_the_shortest_text() {
        let noise = (1..2000u64).map(|n| f64::from_bits(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let plain = [
            0.0,
            -0.0,
            1.0,
            -20.0,
            0.5,
            0.0123,
            1e-5,
            1.5e-7,
            1e15,
            123_456.0,
            1e16,
            1e300,
            5e-324,
            f64::MAX,
        ];
        for value in plain.into_iter().chain(noise.filter(|value| value.is_finite())) {
            let text = format!("{value:e}");
            let (mantissa, exponent) = text.split_once('e').unwrap();
            let digits = mantissa.split_once('.').map_or(0, |(_, after)| after.len() as i32);
            assert_eq!(scientific(value), (exponent.parse().unwrap(), digits), "{value:e}");
        }
    }

    #[test]
    fn the_cells_of_a_row_share_their_decimals() {
        check(0.8811, 0.8724, ["0.8811", "0.8724", "−0.0087 (−0.99 %)"]);
        check(0.891, 0.8768, ["0.8910", "0.8768", "−0.0142 (−1.59 %)"]);
        check(41.2, 38.7, ["41.2", "38.7", "−2.5 (−6.07 %)"]);
        check(0.87228, 0.87229, ["0.87228", "0.87229", "+0.00001 (under 0.01 %)"]);
        check(0.1, 0.3, ["0.1", "0.3", "+0.2 (+200 %)"]);
        check(0.123_456_789, 0.223_456_789, ["0.123", "0.223", "+0.100 (+81.00 %)"]);
        check(1.0, 0.95, ["1.00", "0.95", "−0.05 (−5.00 %)"]);
        check(0.5, 1200.123, ["0.500", "1200.123", "+1199.623 (+239925 %)"]);
    }

    #[test]
    fn a_change_is_never_rounded_away() {
        check(
            0.872_360_000_000_1,
            0.872_36,
            ["0.8723600000001", "0.8723600000000", "−0.0000000000001 (under 0.01 %)"],
        );
        check(1e15, 1e15 + 0.125, ["1000000000000000.0", "1000000000000000.1", "+0.1 (under 0.01 %)"]);
    }

    #[test]
    fn a_change_beside_an_exponent_is_not_rounded_by_the_other_side() {
        check(4.9e-5, 1e-4, ["4.9e-5", "0.0001", "+5.10e-5 (+104 %)"]);
        check(1.5e-5, 0.0002, ["1.5e-5", "0.0002", "+0.000185 (+1233 %)"]);
        check(9.4e-5, 0.00012, ["9.4e-5", "0.00012", "+2.60e-5 (+27.66 %)"]);
        check(-5.9, -1.4999e-6, ["-5.9", "-1.50e-6", "+5.90 (+100.00 %)"]);
        check(1.50054e-5, 84.79, ["1.50e-5", "84.8", "+84.8 (+5.7e8 %)"]);
    }

    #[test]
    fn very_small_and_very_large_numbers_have_an_exponent() {
        check(3e-5, 1e-5, ["3e-5", "1e-5", "−2.00e-5 (−66.67 %)"]);
        check(1.00001e-5, 1.00002e-5, ["1.00001e-5", "1.00002e-5", "+1.00e-10 (under 0.01 %)"]);
        check(1e16, 3e16, ["1e16", "3e16", "+2.00e16 (+200 %)"]);
    }

    #[test]
    fn zero_and_what_is_no_number() {
        check(0.0, 0.5, ["0.0", "0.5", "+0.5"]);
        check(0.5, f64::NAN, ["0.5", "NaN", ""]);
        check(0.5, f64::INFINITY, ["0.5", "inf", ""]);
        check_scalars(Scalar::Bool(true), Scalar::Bool(false), ["true", "false", ""]);
        check_scalars(Scalar::Null, Scalar::Text("a".into()), ["null", "a", ""]);
    }

    #[test]
    fn integers_are_untouched() {
        let int = |text: &str| Scalar::Int(text.parse().unwrap());
        check_scalars(int("50000"), int("60000"), ["50000", "60000", "+10000 (+20.00 %)"]);
        check_scalars(int("5"), Scalar::Float(5.5), ["5", "5.5", "+0.5 (+10.00 %)"]);
        let large = "123456789012345678901234567890";
        check_scalars(
            int(large),
            int("123456789012345678901234567891"),
            [large, "123456789012345678901234567891", "+1 (under 0.01 %)"],
        );
    }

    #[test]
    fn a_value_alone_has_five_significant_digits() {
        assert_eq!(float(0.988_099_992_275_238), "0.98810");
        assert_eq!(float(0.5), "0.5");
        assert_eq!(float(12.0), "12");
        assert_eq!(float(-0.0), "0");
    }
}
