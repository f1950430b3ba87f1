//! A metric as the project wants it written: its name, its unit or percentage, its decimals.
//!
//! In: a change. Out: plain text without Markdown; whoever puts it into a page escapes it.

use super::number::{Numbers, numbers, with_decimals};
use cml_report::{Change, Delta, Measure};
use cml_tracked::Scalar;

/// A row's cells as plain text; `None` where a side has no value or no difference can be told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Cells {
    pub old: Option<String>,
    pub new: Option<String>,
    /// `−0.0087 (−0.99 %)`
    pub change: Option<String>,
}

/// The cells of one change.
pub(super) fn cells(change: &Change) -> Cells {
    if change.display.measure == Some(Measure::Percent) {
        let Numbers { old, new, change: delta, relative: _ } = numbers(&in_percent(change));
        // A change in parts of a percentage would be read as one in points.
        let delta = delta.map(|delta| delta + "\u{a0}pp");
        return Cells {
            old: with_unit(old, change, change.old.value()),
            new: with_unit(new, change, change.new.value()),
            change: delta,
        };
    }
    let Numbers { old, new, change: delta, relative } = numbers(change);
    let delta = delta.map(|delta| match (unit(change), relative) {
        (Some(unit), Some(relative)) => format!("{delta}\u{a0}{unit} ({relative})"),
        (Some(unit), None) => format!("{delta}\u{a0}{unit}"),
        (None, Some(relative)) => format!("{delta} ({relative})"),
        (None, None) => delta,
    });
    Cells {
        old: with_unit(old, change, change.old.value()),
        new: with_unit(new, change, change.new.value()),
        change: delta,
    }
}

/// `accuracy: 0.8811 → 0.8724, −0.0087 (−0.99 %)`: a change as plain text.
pub fn line(change: &Change) -> String {
    let Cells { old, new, change: delta } = cells(change);
    let (old, new) = (old.as_deref().unwrap_or("–"), new.as_deref().unwrap_or("–"));
    let delta = delta.map(|delta| format!(", {delta}")).unwrap_or_default();
    format!("{}: {old} → {new}{delta}", name(change))
}

/// A value of a metric that stands alone.
pub(super) fn alone(change: &Change, value: &Scalar) -> String {
    let text = match change.display.measure {
        Some(Measure::Percent) => with_decimals(&hundredfold(value), &change.display),
        _ => with_decimals(value, &change.display),
    };
    with_unit(Some(text), change, Some(value)).unwrap_or_default()
}

/// What the metric is called.
pub(super) fn name(change: &Change) -> &str {
    change.display.name.as_deref().unwrap_or(&change.key)
}

/// Only a number has a unit.
fn with_unit(text: Option<String>, change: &Change, value: Option<&Scalar>) -> Option<String> {
    let is_number = match value {
        Some(Scalar::Int(_)) => true,
        Some(Scalar::Float(value)) => value.is_finite(),
        _ => false,
    };
    match unit(change).filter(|_| is_number) {
        Some(unit) => text.map(|text| format!("{text}\u{a0}{unit}")),
        None => text,
    }
}

fn unit(change: &Change) -> Option<&str> {
    match &change.display.measure {
        Some(Measure::Percent) => Some("%"),
        Some(Measure::Unit(unit)) => Some(unit),
        Some(Measure::Plain) | None => None,
    }
}

fn in_percent(change: &Change) -> Change {
    Change {
        old: change.old.map(hundredfold),
        new: change.new.map(hundredfold),
        delta: change.delta.as_ref().map(|delta| match delta {
            Delta::Int(value) => Delta::Int(value * 100),
            Delta::Float(value) => Delta::Float(times_100(*value)),
        }),
        ..change.clone()
    }
}

fn hundredfold(value: &Scalar) -> Scalar {
    match value {
        Scalar::Int(value) => Scalar::Int(value * 100),
        Scalar::Float(value) => Scalar::Float(times_100(*value)),
        other => other.clone(),
    }
}

/// 0.57 times 100 is 56.99999999999999: digits that the number never had are rounded away again.
fn times_100(value: f64) -> f64 {
    format!("{:.14e}", value * 100.0).parse().unwrap_or(value * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cml_compare::{Rules, compare_metrics};
    use cml_report::Display;
    use cml_tracked::ValueFile;

    fn change(old: Scalar, new: Scalar, measure: Option<Measure>, precision: Option<u8>) -> Change {
        let file = |value| [ValueFile { path: "m".into(), values: vec![("k".into(), value)] }];
        let mut change = compare_metrics(Some(&file(old)), &file(new), &Rules::default()).remove(0);
        change.display = Display { measure, precision, ..Display::default() };
        change
    }

    #[track_caller]
    fn check(change: &Change, expected: [&str; 3]) {
        let cells = cells(change);
        let shown =
            [cells.old, cells.new, cells.change].map(|cell| cell.unwrap_or_default().replace('\u{a0}', " "));
        assert_eq!(shown, expected);
    }

    #[test]
    fn percentages_change_by_points() {
        let percent = |old, new, precision| change(old, new, Some(Measure::Percent), precision);
        let float = Scalar::Float;
        check(&percent(float(0.8811), float(0.8724), None), ["88.11 %", "87.24 %", "−0.87 pp"]);
        check(&percent(float(0.57), float(0.58), None), ["57 %", "58 %", "+1 pp"]);
        check(&percent(float(0.57), float(0.58), Some(1)), ["57.0 %", "58.0 %", "+1.0 pp"]);
        check(&percent(Scalar::Int(1.into()), float(0.5), None), ["100 %", "50 %", "−50 pp"]);
        check(&percent(float(f64::NAN), Scalar::Text("x".into()), None), ["NaN", "x", ""]);
        assert_eq!(alone(&percent(float(0.5), float(0.5), None), &float(0.12345)), "12.345\u{a0}%");
    }

    #[test]
    fn units_stand_behind_numbers() {
        let unit = |old, new| change(old, new, Some(Measure::Unit("ms".into())), None);
        let float = Scalar::Float;
        check(&unit(float(41.2), float(38.7)), ["41.2 ms", "38.7 ms", "−2.5 ms (−6.1 %)"]);
        check(&unit(float(0.0), float(0.5)), ["0.0 ms", "0.5 ms", "+0.5 ms"]);
        check(&unit(Scalar::Bool(true), Scalar::Null), ["true", "null", ""]);
    }

    #[test]
    fn declared_decimals_are_kept_and_no_change_is_rounded_away() {
        let digits = |old, new| change(old, new, None, Some(2));
        let float = Scalar::Float;
        check(&digits(float(0.8811), float(0.8724)), ["0.88", "0.87", "−0.01 (−0.99 %)"]);
        check(&digits(float(0.88), float(0.88002)), ["0.88", "0.88", "+2e-5 (under 0.01 %)"]);
        check(&digits(Scalar::Int(5.into()), Scalar::Int(7.into())), ["5", "7", "+2 (+40.0 %)"]);
        check(&digits(float(3e-5), float(1.0)), ["0.00", "1.00", "+1.00 (+3.3e6 %)"]);
    }

    #[test]
    fn decimals_that_only_add_hide_none_of_a_change() {
        let digits = |old, new, digits, measure| {
            let mut change = change(old, new, measure, Some(digits));
            change.display.only_adds = true;
            change
        };
        let float = Scalar::Float;
        check(&digits(float(0.9), float(0.1), 0, None), ["0.9", "0.1", "−0.8 (−88.9 %)"]);
        check(&digits(float(0.9), float(0.1), 2, None), ["0.90", "0.10", "−0.80 (−88.9 %)"]);
        check(&digits(float(0.8811), float(0.8724), 2, None), ["0.8811", "0.8724", "−0.0087 (−0.99 %)"]);
        let percent = Some(Measure::Percent);
        check(&digits(float(0.994), float(0.986), 0, percent), ["99.4 %", "98.6 %", "−0.8 pp"]);
        assert_eq!(alone(&digits(float(0.9), float(0.1), 0, None), &float(0.75)), "0.75");
    }

    #[test]
    fn a_line_has_the_name() {
        let mut change = change(Scalar::Float(1.0), Scalar::Float(2.0), None, None);
        change.display.name = Some("Loss".into());
        assert_eq!(line(&change).replace('\u{a0}', " "), "Loss: 1 → 2, +1 (+100.0 %)");
    }
}
