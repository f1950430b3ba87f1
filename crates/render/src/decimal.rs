//! Exact decimals: what a double's shortest text says, added and rounded without a double's noise.

use super::digits::Digits;
use cml_tracked::Scalar;

/// `digits` × 10^-`decimals`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    digits: Digits,
    decimals: i32,
}

impl Decimal {
    /// `digits` × 10^-`decimals`.
    #[cfg(test)]
    pub(super) fn new(digits: num_bigint::BigInt, decimals: i32) -> Self {
        Self { digits: digits.into(), decimals }
    }

    /// A number as it is written in full; `None` for what is no finite number.
    pub(super) fn of(value: &Scalar) -> Option<Self> {
        match value {
            Scalar::Int(value) => Some(Self { digits: value.clone().into(), decimals: 0 }),
            Scalar::Float(value) => Self::of_double(*value),
            _ => None,
        }
    }

    /// By the shortest text that reads back as this double.
    fn of_double(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(value);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: Digits = format!("{whole}{after}").parse().ok()?;
        let decimals = i32::try_from(after.len()).ok()? - exponent.parse::<i32>().ok()?;
        Some(Self { digits, decimals }.shortened())
    }

    /// Without zeros at the end; zero has no decimals.
    pub(super) fn shortened(self) -> Self {
        if self.is_zero() {
            return Self { digits: self.digits, decimals: 0 };
        }
        let (digits, zeros) = self.digits.without_zeros();
        Self { digits, decimals: self.decimals - zeros }
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        let decimals = self.decimals.max(other.decimals);
        Self { digits: self.digits_at(decimals).minus(&other.digits_at(decimals)), decimals }
    }

    /// The whole number of units of 10^-`decimals`, which must be no fewer than this one's.
    fn digits_at(&self, decimals: i32) -> Digits {
        self.digits.times_ten_to(decimals - self.decimals)
    }

    /// Rounded to so many decimals (before the point where negative), half away from zero.
    pub(super) fn rounded(&self, decimals: i32) -> Self {
        if decimals >= self.decimals {
            return Self { digits: self.digits_at(decimals), decimals };
        }
        Self { digits: self.digits.in_units_of_ten_to(self.decimals - decimals), decimals }
    }

    /// Whether the two are the same number, however many zeros they end in.
    pub(super) fn equals(&self, other: &Self) -> bool {
        self.minus(other).is_zero()
    }

    pub(super) fn is_zero(&self) -> bool {
        self.digits.is_zero()
    }

    pub(super) fn is_negative(&self) -> bool {
        self.digits.is_negative()
    }

    /// Decimals that it needs, negative for zeros before the point; a number that is written out has at least this many.
    pub(super) fn own_decimals(&self) -> i32 {
        self.clone().shortened().decimals
    }

    /// The place of the first digit: 0 for ones, −1 for tenths; 0 for zero.
    pub(super) fn exponent(&self) -> i32 {
        if self.is_zero() {
            return 0;
        }
        self.digits.count() - 1 - self.decimals
    }

    /// Whether it is written without an exponent: from 1e-4 to below 1e16.
    pub(super) fn is_plain(&self) -> bool {
        self.is_zero() || (-4..16).contains(&self.exponent())
    }

    /// Without its sign, with all its decimals: `0.0870`.
    pub(super) fn plain(&self) -> String {
        let decimals = self.decimals.max(0);
        let text = self.digits_at(decimals).unsigned();
        let places = usize::try_from(decimals).unwrap_or(0);
        let text = format!("{text:0>width$}", width = places + 1);
        let (whole, after) = text.split_at(text.len() - places);
        if after.is_empty() { whole.to_owned() } else { format!("{whole}.{after}") }
    }

    /// Without its sign, with all its digits, but for the zeros of a number above one: `8.70e-5`, `1e16`.
    pub(super) fn scientific(&self) -> String {
        if self.exponent() >= 0 && self.own_decimals() < self.decimals {
            return self.clone().shortened().scientific();
        }
        let digits = self.digits.unsigned();
        let (first, after) = digits.split_at(1);
        let exponent = self.exponent();
        if after.is_empty() { format!("{first}e{exponent}") } else { format!("{first}.{after}e{exponent}") }
    }

    /// The nearest double.
    pub(super) fn to_f64(&self) -> f64 {
        // Both are exact then, so one division rounds once (Clinger 1990, "How to read floating point numbers accurately").
        if let (Some(digits), Some(ten)) = (self.digits.exact_f64(), exact_ten_to(self.decimals.abs())) {
            return if self.decimals < 0 { digits * ten } else { digits / ten };
        }
        format!("{}e{}", self.digits, -self.decimals).parse().unwrap_or(f64::NAN)
    }
}

/// 10^22 is the last power of ten that is a double.
fn exact_ten_to(power: i32) -> Option<f64> {
    (0..=22).contains(&power).then(|| 10_f64.powi(power))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(value: f64) -> Decimal {
        Decimal::of(&Scalar::Float(value)).unwrap()
    }

    #[test]
    fn decimals_are_what_the_text_says() {
        let check = |value: f64, decimals: i32, exponent: i32, plain: &str| {
            let decimal = decimal(value);
            assert_eq!((decimal.own_decimals(), decimal.exponent()), (decimals, exponent), "{value:e}");
            assert_eq!(decimal.plain(), plain, "{value:e}");
        };
        check(0.0123, 4, -2, "0.0123");
        check(-20.0, -1, 1, "20");
        check(0.0, 0, 0, "0");
        check(1e16, -16, 16, "10000000000000000");
        check(1.5e-7, 8, -7, "0.00000015");
        assert_eq!(decimal(0.3).minus(&decimal(0.2)), decimal(0.1));
        assert_eq!(decimal(1.5e-7).scientific(), "1.5e-7");
        assert_eq!(decimal(1.5e-7).rounded(10).scientific(), "1.500e-7");
        assert_eq!(decimal(f64::MAX).scientific(), "1.7976931348623157e308");
        assert_eq!(decimal(5e-324).scientific(), "5e-324");
    }

    #[test]
    fn the_nearest_double_is_the_one_that_was_read() {
        for value in [0.1, 0.3, 123456.789, 9007199254740991.0, 1e22, 1e23, 5e-324, 1.7e308, -2.5e-7] {
            assert_eq!(decimal(value).to_f64(), value, "{value:e}");
        }
        for power in 0..=22 {
            assert_eq!(exact_ten_to(power), format!("1e{power}").parse().ok(), "{power}");
        }
        assert_eq!(decimal(0.3).minus(&decimal(0.1)).to_f64(), 0.2);
    }

    #[test]
    fn rounding_is_half_away_from_zero() {
        let check = |value: f64, decimals: i32, expected: f64| {
            assert!(decimal(value).rounded(decimals).equals(&decimal(expected)), "{value} {decimals}");
        };
        check(2.675, 2, 2.68);
        check(-0.5, 0, -1.0);
        check(0.49, 0, 0.0);
        check(1234.0, -2, 1200.0);
        check(0.1, 5, 0.1);
    }
}
