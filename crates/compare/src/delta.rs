//! The difference of two values: exact for integers, by double for the rest, and DVC's bools as 0 and 1.

use num_bigint::BigInt;
use num_traits::{FromPrimitive as _, ToPrimitive as _};

use super::Delta;
use cml_tracked::Scalar;

/// New minus old; `None` unless both are numbers (or bools, which count as 0 and 1).
pub(super) fn delta(old: &Scalar, new: &Scalar) -> Option<Delta> {
    match (whole(old), whole(new)) {
        (Some(old), Some(new)) => Some(Delta::Int(new - old)),
        _ => Some(Delta::Float(float(new)? - float(old)?)),
    }
}

/// Whether the two are the same value. NaN equals NaN (a diverged run that stays diverged has not changed), and 1
/// equals 1.0, as in Python.
pub(super) fn same(old: &Scalar, new: &Scalar) -> bool {
    match (old, new) {
        (Scalar::Float(old), Scalar::Float(new)) => old == new || (old.is_nan() && new.is_nan()),
        (Scalar::Int(whole), Scalar::Float(part)) | (Scalar::Float(part), Scalar::Int(whole)) => {
            // Exactly, as in Python: a double stands for one integer only.
            BigInt::from_f64(*part).is_some_and(|part_| part_ == *whole && part.fract() == 0.0)
        }
        _ => old == new,
    }
}

fn whole(value: &Scalar) -> Option<BigInt> {
    match value {
        Scalar::Int(value) => Some(value.clone()),
        Scalar::Bool(value) => Some(BigInt::from(u8::from(*value))),
        _ => None,
    }
}

fn float(value: &Scalar) -> Option<f64> {
    match value {
        Scalar::Float(value) => Some(*value),
        other => whole(other).and_then(|value| value.to_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(text: &str) -> Scalar {
        Scalar::Int(text.parse().unwrap())
    }

    #[test]
    fn integers_of_any_size_are_exact() {
        let check = |old: &str, new: &str, expected: &str| {
            assert_eq!(
                delta(&int(old), &int(new)),
                Some(Delta::Int(expected.parse().unwrap())),
                "{old} {new}"
            );
        };
        check("1", "3", "2");
        check("9007199254740993", "9007199254740992", "-1");
        check("100000000000000000000000", "100000000000000000000001", "1");
    }

    #[test]
    fn bools_count_as_zero_and_one_and_texts_have_no_difference() {
        assert_eq!(delta(&Scalar::Bool(true), &Scalar::Bool(false)), Some(Delta::Int((-1).into())));
        assert_eq!(delta(&int("1"), &Scalar::Float(1.5)), Some(Delta::Float(0.5)));
        assert_eq!(delta(&Scalar::Text("a".into()), &int("1")), None);
        assert_eq!(delta(&Scalar::Null, &Scalar::Float(1.0)), None);
    }

    #[test]
    fn what_counts_as_the_same() {
        assert!(same(&int("1"), &Scalar::Float(1.0)));
        assert!(same(&Scalar::Float(f64::NAN), &Scalar::Float(f64::NAN)));
        assert!(!same(&Scalar::Float(f64::NAN), &Scalar::Float(1.0)));
        assert!(!same(&Scalar::Text("1".into()), &int("1")));
    }
}
