//! Whole numbers of any length, quick where they fit into 128 bits, as all of a double's arithmetic but the rarest does.

use std::fmt;
use std::str::FromStr;

use num_bigint::BigInt;
use num_traits::{Pow as _, Signed as _, ToPrimitive as _};

/// A whole number; one that fits is always `Short`, so that equal numbers are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Digits {
    Short(i128),
    Long(BigInt),
}

impl From<BigInt> for Digits {
    fn from(value: BigInt) -> Self {
        value.to_i128().map_or_else(|| Self::Long(value), Self::Short)
    }
}

impl FromStr for Digits {
    type Err = num_bigint::ParseBigIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::Short).or_else(|_| text.parse::<BigInt>().map(Self::from))
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short(value) => value.fmt(f),
            Self::Long(value) => value.fmt(f),
        }
    }
}

impl Digits {
    fn long(&self) -> BigInt {
        match self {
            Self::Short(value) => BigInt::from(*value),
            Self::Long(value) => value.clone(),
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        *self == Self::Short(0)
    }

    pub(super) fn is_negative(&self) -> bool {
        match self {
            Self::Short(value) => *value < 0,
            Self::Long(value) => value.is_negative(),
        }
    }

    /// Times ten to this power; a negative one counts as none.
    pub(super) fn times_ten_to(&self, power: i32) -> Self {
        let short = |value: i128| value.checked_mul(short_ten_to(power)?);
        match self {
            Self::Short(value) => short(*value).map_or_else(|| self.long_times(power), Self::Short),
            Self::Long(_) => self.long_times(power),
        }
    }

    fn long_times(&self, power: i32) -> Self {
        Self::from(self.long() * long_ten_to(power))
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        let short = match (self, other) {
            (Self::Short(one), Self::Short(other)) => one.checked_sub(*other),
            _ => None,
        };
        short.map_or_else(|| Self::from(self.long() - other.long()), Self::Short)
    }

    /// In units of ten to this power, half away from zero.
    pub(super) fn in_units_of_ten_to(&self, power: i32) -> Self {
        let short = |value: i128| {
            let unit = short_ten_to(power)?;
            let size = value.unsigned_abs().checked_add(unit.unsigned_abs() / 2)?;
            let size = i128::try_from(quotient(size, unit.unsigned_abs())).ok()?;
            Some(if value < 0 { -size } else { size })
        };
        let long = || {
            let (value, unit) = (self.long(), long_ten_to(power));
            let half: BigInt = &unit / 2;
            let size = (value.abs() + half) / unit;
            Self::from(if value.is_negative() { -size } else { size })
        };
        match self {
            Self::Short(value) => short(*value).map_or_else(long, Self::Short),
            Self::Long(_) => long(),
        }
    }

    /// Without the zeros at its end, and how many there were; zero has none.
    pub(super) fn without_zeros(self) -> (Self, i32) {
        match self {
            Self::Short(0) => (self, 0),
            Self::Short(value) => {
                let (mut size, mut zeros) = (value.unsigned_abs(), 0);
                while let next = quotient(size, 10)
                    && next * 10 == size
                {
                    (size, zeros) = (next, zeros + 1);
                }
                // Only what has lost a digit surely has room for its sign.
                match i128::try_from(size) {
                    Ok(size) if zeros > 0 => (Self::Short(if value < 0 { -size } else { size }), zeros),
                    _ => (Self::Short(value), 0),
                }
            }
            Self::Long(value) => {
                let text = value.to_string();
                let zeros = text.len() - text.trim_end_matches('0').len();
                let Ok(zeros) = i32::try_from(zeros) else { return (Self::Long(value), 0) };
                (Self::from(value / long_ten_to(zeros)), zeros)
            }
        }
    }

    /// The double that is this number; `None` beyond those that all are one.
    pub(super) fn exact_f64(&self) -> Option<f64> {
        match self {
            Self::Short(value) if value.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS => Some(*value as f64),
            _ => None,
        }
    }

    /// How many digits it is written with.
    pub(super) fn count(&self) -> i32 {
        match self {
            Self::Short(value) => {
                let size = value.unsigned_abs();
                let log = u64::try_from(size).map_or_else(|_| size.checked_ilog10(), u64::checked_ilog10);
                log.map_or(1, |log| log as i32 + 1)
            }
            Self::Long(value) => i32::try_from(value.abs().to_string().len()).unwrap_or(i32::MAX),
        }
    }

    /// Written without its sign.
    pub(super) fn unsigned(&self) -> String {
        match self {
            Self::Short(value) => value.unsigned_abs().to_string(),
            Self::Long(value) => value.abs().to_string(),
        }
    }
}

/// Nearly all fit into a register, in which dividing is many times as quick.
fn quotient(value: u128, by: u128) -> u128 {
    match (u64::try_from(value), u64::try_from(by)) {
        (Ok(value), Ok(by)) => u128::from(value / by),
        _ => value / by,
    }
}

/// 10^38 is the last that fits.
fn short_ten_to(power: i32) -> Option<i128> {
    10_i128.checked_pow(u32::try_from(power).unwrap_or(0))
}

fn long_ten_to(power: i32) -> BigInt {
    BigInt::from(10).pow(u32::try_from(power).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Digits {
        text.parse().unwrap()
    }

    /// The same numbers by the long way alone.
    #[test]
    fn the_short_way_and_the_long_way_agree() {
        let edges = ["0", "1", "-1", "5", "-15", "1000", "999999999999999999", "-12345678901234567890"];
        let far = [i128::MAX.to_string(), i128::MIN.to_string(), format!("{}0", i128::MAX), "1".repeat(60)];
        let all: Vec<Digits> =
            edges.map(str::to_owned).into_iter().chain(far).map(|text| digits(&text)).collect();
        for one in &all {
            assert_eq!(one.to_string().trim_start_matches('-'), one.unsigned());
            assert_eq!(one.count() as usize, one.unsigned().len(), "{one}");
            for power in [0, 1, 3, 19, 37, 38, 39, 50] {
                let ten = long_ten_to(power);
                assert_eq!(one.times_ten_to(power), Digits::from(one.long() * &ten), "{one} {power}");
                let half: BigInt = &ten / 2;
                let away = if one.is_negative() { one.long() - half } else { one.long() + half };
                assert_eq!(one.in_units_of_ten_to(power), Digits::from(away / ten), "{one} {power}");
            }
            for other in &all {
                assert_eq!(one.minus(other), Digits::from(one.long() - other.long()), "{one} {other}");
            }
            let (short, zeros) = one.clone().without_zeros();
            assert_eq!(short.times_ten_to(zeros), *one);
            assert!(one.is_zero() || !short.to_string().ends_with('0'), "{one}");
        }
    }
}
