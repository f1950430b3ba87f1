//! Rounding as Python does it.

use num_bigint::BigUint;
use num_traits::FromPrimitive as _;

/// Python's `round`: to the nearest decimal, ties of the exact binary value to the even digit; below zero, to tens and
/// hundreds.
pub(super) fn rounded(number: f64, precision: i32) -> f64 {
    let Ok(precision) = usize::try_from(precision) else {
        return before_the_point(number, precision.unsigned_abs());
    };
    if let Some(near) = rounded_by_scale(number, precision) {
        return near;
    }
    // No double has more digits after the point.
    let precision = precision.min(1100);
    if number.is_finite() { format!("{number:.precision$}").parse().unwrap_or(number) } else { number }
}

/// The same without a text between, where the product with a power of ten is surely on one side of a tie: below 1e12
/// it is wrong by 1.2e-4 at most, and the quotient of two exact integers is rounded as the decimal is read.
fn rounded_by_scale(number: f64, precision: usize) -> Option<f64> {
    let scale = 10f64.powi(i32::try_from(precision).ok().filter(|precision| *precision <= 22)?);
    let scaled = number * scale;
    let is_sure = scaled.abs() < 1e12 && (scaled.abs().fract() - 0.5).abs() > 1e-3;
    is_sure.then(|| scaled.round() / scale)
}

/// To a multiple of a power of ten; what Python refuses, because it is beyond all doubles, stays.
fn before_the_point(number: f64, digits: u32) -> f64 {
    if !number.is_finite() {
        return number;
    }
    // No double has more digits before the point.
    let Some(whole) = BigUint::from_f64(number.abs().trunc()).filter(|_| digits <= 308) else {
        return 0.0 * number;
    };
    let unit = BigUint::from(10_u32).pow(digits);
    let (count, rest) = (&whole / &unit, &whole % &unit);
    let is_tie = &rest * 2_u32 == unit && number.fract() == 0.0;
    let up = if is_tie { count.bit(0) } else { &rest * 2_u32 >= unit };
    let rounded = (count + u32::from(up)) * unit;
    match rounded.to_string().parse::<f64>() {
        Ok(rounded) if rounded.is_finite() => rounded.copysign(number),
        _ => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cml_tracked::pytext;

    #[test]
    fn both_ways_to_round_agree() {
        let numbers = (1..50_000u32).map(|n| f64::from(n.wrapping_mul(2_654_435_769)) / 4.0e9 - 0.3);
        for (number, precision) in numbers.zip((0..8).cycle()) {
            if let Some(near) = rounded_by_scale(number, precision) {
                let read: f64 = format!("{number:.precision$}").parse().unwrap();
                assert_eq!(near.to_bits(), read.to_bits(), "{number} {precision}");
            }
        }
        assert_eq!(rounded_by_scale(0.125, 2), None);
    }

    #[test]
    fn floats_are_rounded_as_python_does() {
        for (number, precision, expected) in [
            (0.125, 2, 0.12),
            (0.375, 2, 0.38),
            (2.675, 2, 2.67),
            (1e300, 5, 1e300),
            (-1e-9, 5, -0.0),
            (0.000_015, 5, 2e-5),
            (0.1, 400, 0.1),
            (123.456, -1, 120.0),
            (15.0, -1, 20.0),
            (25.0, -1, 20.0),
            (25.5, -1, 30.0),
            (-5.5, -1, -10.0),
            (-4.0, -1, -0.0),
            (5.0, -1, 0.0),
            (350.0, -2, 400.0),
            (250.0, -2, 200.0),
            (1e300, -300, 1e300),
            (6e307, -308, 1e308),
            (6e307, -400, 0.0),
            (-6e307, -400, -0.0),
            (1.7e308, -308, 1.7e308),
            (f64::INFINITY, -1, f64::INFINITY),
        ] {
            assert_eq!(pytext::float(rounded(number, precision)), pytext::float(expected), "{number}");
        }
    }
}
