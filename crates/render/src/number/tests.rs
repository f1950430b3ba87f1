use super::*;
use cml_compare::{Rules, compare_metrics};
use cml_tracked::ValueFile;

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
    let cells = crate::measure::cells(&change(old, new));
    let shown =
        [cells.old, cells.new, cells.change].map(|cell| cell.unwrap_or_default().replace('\u{a0}', " "));
    assert_eq!(shown, expected);
}

#[test]
fn digits_are_those_of_the_shortest_text() {
    let noise = (1..2000u64).map(|n| f64::from_bits(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    let plain =
        [0.0, -0.0, 1.0, -20.0, 0.5, 0.0123, 1e-5, 1.5e-7, 1e15, 123_456.0, 1e16, 1e300, 5e-324, f64::MAX];
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
    check(0.891, 0.8768, ["0.8910", "0.8768", "−0.0142 (−1.6 %)"]);
    check(41.2, 38.7, ["41.2", "38.7", "−2.5 (−6.1 %)"]);
    check(0.87228, 0.87229, ["0.87228", "0.87229", "+0.00001 (under 0.01 %)"]);
    check(0.1, 0.3, ["0.1", "0.3", "+0.2 (+200.0 %)"]);
    check(0.123_456_789, 0.223_456_789, ["0.123", "0.223", "+0.100 (+81.0 %)"]);
    check(1.0, 0.95, ["1.00", "0.95", "−0.05 (−5.0 %)"]);
    check(0.5, 1200.123, ["0.5", "1200.1", "+1199.6 (+239924.6 %)"]);
}

/// As few digits of the change as go with the other rules.
#[test]
fn a_small_value_beside_a_large_one_costs_no_more_digits_than_it_must() {
    check(0.123_456, 4.567_891, ["0.1235", "4.5679", "+4.4444 (+3600.0 %)"]);
    check(0.123_456, 0.234_567, ["0.12", "0.23", "+0.11 (+90.0 %)"]);
    check(0.001_234_5, 0.9, ["0.0012", "0.9000", "+0.8988 (+72804.0 %)"]);
    check(1200.123, 0.5, ["1200.1", "0.5", "−1199.6 (−100.0 %)"]);
    check(0.05, 10.0, ["0.05", "10.00", "+9.95 (+19900.0 %)"]);
    check(0.051_234, 12.345, ["0.051", "12.345", "+12.294 (+23995.3 %)"]);
    check(6.954, 7.053_999_999_999_999, ["6.954", "7.054", "+0.100 (+1.4 %)"]);
    check(0.123_4, 0.223_4, ["0.123", "0.223", "+0.100 (+81.0 %)"]);
    check(0.001_234_5, 0.001_234_5, ["0.00123", "0.00123", "0.00000"]);
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
    check(4.9e-5, 1e-4, ["4.9e-5", "0.000100", "+5.1e-5 (+104.1 %)"]);
    check(1.5e-5, 0.0002, ["1.5e-5", "0.000200", "+0.000185 (+1233.3 %)"]);
    check(9.4e-5, 0.00012, ["9.4e-5", "0.000120", "+2.6e-5 (+27.7 %)"]);
    check(-5.9, -1.4999e-6, ["-5.9000000", "-1.5e-6", "+5.8999985 (+100.0 %)"]);
    check(1.50054e-5, 84.79, ["1.5e-5", "84.790000", "+84.789985 (+5.7e8 %)"]);
}

#[test]
fn very_small_and_very_large_numbers_have_an_exponent() {
    check(3e-5, 1e-5, ["3e-5", "1e-5", "−2e-5 (−66.7 %)"]);
    check(1.00001e-5, 1.00002e-5, ["1.00001e-5", "1.00002e-5", "+1e-10 (under 0.01 %)"]);
    check(1e16, 3e16, ["1e16", "3e16", "+2e16 (+200.0 %)"]);
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
    check_scalars(int("50000"), int("60000"), ["50000", "60000", "+10000 (+20.0 %)"]);
    check_scalars(int("5"), Scalar::Float(5.5), ["5", "5.5", "+0.5 (+10.0 %)"]);
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

/// A printed number, exactly.
fn parsed(text: &str) -> Decimal {
    let text = text.replace('−', "-").replace('+', "");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (whole, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{after}").parse().unwrap();
    Decimal::new(digits, after.len() as i32 - exponent.parse::<i32>().unwrap())
}

/// Doubles of every size and length, from a fixed sequence.
fn pairs() -> impl Iterator<Item = (f64, f64)> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    std::iter::repeat_with(move || {
        let mut value = |near: Option<f64>| {
            let digits = next() % 10_u64.pow(1 + (next() % 17) as u32);
            let exponent = (next() % 24) as i32 - 20;
            let sign = if next() % 4 == 0 { "-" } else { "" };
            let value: f64 = format!("{sign}{digits}e{exponent}").parse().unwrap();
            near.map_or(value, |near| match next() % 3 {
                0 => value,
                1 => near * (1.0 + (next() % 2000) as f64 / 1e6),
                _ => near + (next() % 100) as f64 / 10.0,
            })
        };
        let old = value(None);
        (old, value(Some(old)))
    })
}

#[test]
fn old_new_and_change_agree_as_printed() {
    check(100.4, 200.6, ["100.4", "200.6", "+100.2 (+99.8 %)"]);
    check(0.8765, 0.8834, ["0.8765", "0.8834", "+0.0069 (+0.79 %)"]);
    for (old, new) in pairs().take(20_000).chain([
        (1.0, 1e-30),
        (f64::MAX / 8.0, -f64::MAX / 8.0),
        (5e-324, 1e300),
        (1e22, 1.0),
    ]) {
        let numbers = numbers(&change(Scalar::Float(old), Scalar::Float(new)));
        let printed =
            [&numbers.old, &numbers.new, &numbers.change].map(|cell| parsed(cell.as_deref().unwrap()));
        assert!(printed[1].minus(&printed[0]).equals(&printed[2]), "{old:e} {new:e}: {numbers:?}");
        let digits = numbers.change.as_ref().unwrap().trim_start_matches(['+', '−', '0', '.']);
        let digits = digits.split('e').next().unwrap().chars().filter(char::is_ascii_digit).count();
        // Two significant digits at least, or as many as a double beside the largest number tells.
        let delta =
            Decimal::of(&Scalar::Float(new)).unwrap().minus(&Decimal::of(&Scalar::Float(old)).unwrap());
        let off = printed[2].minus(&delta).to_f64().abs();
        let largest = old.abs().max(new.abs());
        assert!(
            off <= delta.to_f64().abs() * 0.050_01 || off <= largest * 1e-15,
            "{old:e} {new:e}: {numbers:?}"
        );
        assert!(old == new || digits > 0, "{old:e} {new:e}: {numbers:?}");
        for (given, printed) in [(old, &printed[0]), (new, &printed[1])] {
            let off = (given - printed.to_f64()).abs();
            assert!(off <= given.abs() * 0.051 || off <= largest * 1e-15, "{old:e} {new:e}: {numbers:?}");
        }
    }
}

/// The significant digits of a printed number.
fn digits(text: &str) -> usize {
    let mantissa = text.split('e').next().unwrap().trim_start_matches(['+', '−', '-', '0', '.']);
    mantissa.chars().filter(char::is_ascii_digit).count()
}

/// A change of more than three digits is one that needs them: with one decimal fewer the three numbers would not agree,
/// or a value would show fewer than two of the digits that it has.
#[test]
fn a_change_has_more_than_three_digits_only_where_it_must() {
    let plain = |value: f64| value == 0.0 || (1e-4..1e16).contains(&value.abs());
    let mut long = 0;
    for (old, new) in pairs().filter(|(old, new)| plain(*old) && plain(*new) && plain(new - old)).take(20_000)
    {
        let numbers = numbers(&change(Scalar::Float(old), Scalar::Float(new)));
        let shown = numbers.change.as_deref().unwrap();
        let Some((_, after)) = shown.split_once('.') else { continue };
        if digits(shown) <= 3 || shown.contains('e') {
            continue;
        }
        long += 1;
        let place = after.len() as i32 - 1;
        let decimal = |value: f64| Decimal::of(&Scalar::Float(value)).unwrap();
        let (old, new) = (decimal(old), decimal(new));
        let delta = new.minus(&old);
        let agree = |place| delta.rounded(place).equals(&new.rounded(place).minus(&old.rounded(place)));
        let is_short = |value: &Decimal| value.own_decimals() > place && place + value.exponent() < 1;
        assert!(!agree(place) || is_short(&old) || is_short(&new), "{old:?} {new:?}: {numbers:?}");
    }
    assert!(long > 1_000, "{long}");
}

#[test]
fn percentages_agree_with_what_is_printed() {
    for (old, new) in pairs().take(5_000).filter(|(old, new)| *old != 0.0 && old != new) {
        let numbers = numbers(&change(Scalar::Float(old), Scalar::Float(new)));
        let percent = (new - old) / old.abs() * 100.0;
        let Some(text) = numbers.relative else { continue };
        let text = text.trim_end_matches("\u{a0}%");
        if text == "under 0.01" {
            assert!(percent.abs() < 0.005 * 1.001, "{old:e} {new:e}");
            continue;
        }
        let (decimals, unit) = match text.split_once('.') {
            _ if text.contains('e') => (None, percent.abs() * 0.05),
            Some((_, after)) => (Some(after.len()), 0.5 * 0.1_f64.powi(after.len() as i32)),
            None => (Some(0), 0.5),
        };
        let shown = parsed(text).to_f64();
        assert!((shown - percent).abs() <= unit * 1.000_1 + percent.abs() * 1e-9, "{old:e} {new:e}: {text}");
        assert!(decimals.is_none_or(|decimals| decimals == if shown.abs() < 1.0 { 2 } else { 1 }), "{text}");
    }
}

#[test]
fn integers_beside_floats_agree_too() {
    let int = |value: i64| Scalar::Int(value.into());
    check_scalars(int(100), Scalar::Float(200.6), ["100", "201", "+101 (+100.6 %)"]);
    check_scalars(int(3), Scalar::Float(1e17), ["3", "1e17", "+9.9999999999999997e16 (+3.3e18 %)"]);
    check_scalars(Scalar::Float(2.61828), int(3), ["2.618", "3", "+0.382 (+14.6 %)"]);
}
