//! A figure without a picture: sparklines for where images cannot be shown, and a description for who cannot see.

use super::{Figure, Series};

/// The longest sparkline.
const CELLS: usize = 20;
/// A description tells the last values of so many series.
const TOLD: usize = 6;
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// One series as a line of text. The numbers are NaN if no point is finite.
#[derive(Debug, Clone, PartialEq)]
pub struct TextLine {
    /// The revision's label.
    pub label: String,
    /// The column, if the figure has several.
    pub column: Option<String>,
    /// At most 20 of ▁▂▃▄▅▆▇█, a space for a gap; the series of a column share one scale.
    pub sparkline: String,
    pub first: f64,
    pub last: f64,
    pub min: f64,
    pub max: f64,
    /// How many points are finite.
    pub points: usize,
}

/// Every series of a figure as a line of text.
pub fn text(figure: &Figure) -> Vec<TextLine> {
    figure
        .series
        .iter()
        .map(|series| {
            let of_column = figure.series.iter().filter(|other| other.column == series.column);
            let (low, high) = range(of_column.flat_map(finite));
            line(series, low, high)
        })
        .collect()
}

fn finite(series: &Series) -> impl DoubleEndedIterator<Item = f64> + '_ {
    series.y.iter().copied().filter(|value| value.is_finite())
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

fn line(series: &Series, low: f64, high: f64) -> TextLine {
    let points = finite(series).count();
    let (min, max) = if points == 0 { (f64::NAN, f64::NAN) } else { range(finite(series)) };
    TextLine {
        label: series.label.clone(),
        column: series.column.clone(),
        sparkline: if points == 0 { String::new() } else { sparkline(&series.y, low, high) },
        first: finite(series).next().unwrap_or(f64::NAN),
        last: finite(series).next_back().unwrap_or(f64::NAN),
        min,
        max,
        points,
    }
}

/// Means of equal parts of the series between `low` and `high`.
fn sparkline(y: &[f64], low: f64, high: f64) -> String {
    let cells = y.len().min(CELLS);
    (0..cells)
        .map(|cell| {
            let part = &y[cell * y.len() / cells..(cell + 1) * y.len() / cells];
            let (mut mean, mut count) = (0.0, 0.0);
            for value in part.iter().filter(|value| value.is_finite()) {
                count += 1.0;
                // Halves first: the difference of two huge numbers would overflow.
                mean += (value / 2.0 - mean) / count;
            }
            if count == 0.0 { ' ' } else { bar((mean - low / 2.0) / (high / 2.0 - low / 2.0)) }
        })
        .collect()
}

/// The bar of a part between 0 and 1; a constant series (NaN) stands in the middle.
fn bar(part: f64) -> char {
    let part = if part.is_nan() { 0.5 } else { part };
    BARS[((part * 8.0) as usize).min(BARS.len() - 1)]
}

/// What the plot shows, and its last values.
pub fn alt(figure: &Figure) -> String {
    let mut text = format!("Line plot {}", figure.title);
    if !figure.y_label.is_empty() {
        text.push_str(&format!(": {} by {}", figure.y_label, figure.x_label));
    }
    let lines = self::text(figure);
    let told = lines.iter().take(TOLD).map(|line| {
        let column = line.column.as_ref().map(|column| format!(" {column}")).unwrap_or_default();
        match line.points {
            0 => format!("{}{column} has no data", line.label),
            points => {
                let plural = if points == 1 { "" } else { "s" };
                format!("{}{column} ends at {} ({points} point{plural})", line.label, short(line.last))
            }
        }
    });
    let mut told: Vec<String> = told.collect();
    if lines.len() > TOLD {
        told.push(format!("and {} more", lines.len() - TOLD));
    }
    if told.is_empty() {
        told.push("no data".to_owned());
    }
    format!("{text}. {}.", told.join(", "))
}

/// A number in five significant digits.
fn short(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e9).contains(&magnitude) {
        let text = format!("{value:.4e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{exponent}", digits.trim_end_matches('0').trim_end_matches('.'));
    }
    let whole = if magnitude < 1.0 { 0 } else { magnitude.log10() as usize + 1 };
    let leading_zeros = if magnitude == 0.0 || magnitude >= 1.0 { 0 } else { (-magnitude.log10()) as usize };
    let decimals = 5_usize.saturating_sub(whole) + leading_zeros;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::Which;

    fn figure(series: &[(&str, Option<&str>, &[f64])]) -> Figure {
        let series = series.iter().map(|(label, column, y)| Series {
            which: Which::Head,
            label: (*label).to_owned(),
            column: column.map(str::to_owned),
            x: (0..y.len()).map(|index| index as f64).collect(),
            y: y.to_vec(),
        });
        let text = str::to_owned;
        Figure {
            id: text("loss.csv"),
            title: text("loss.csv"),
            x_label: text("step"),
            y_label: text("loss"),
            series: series.collect(),
        }
    }

    #[track_caller]
    fn check(series: &[(&str, Option<&str>, &[f64])], expected: &[&str]) {
        let lines: Vec<String> = text(&figure(series)).into_iter().map(|line| line.sparkline).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn sparklines_of_a_column_share_a_scale() {
        check(&[("main", None, &[0.0, 1.0, 2.0, 3.0]), ("head", None, &[4.0, 7.0])], &["▁▂▃▄", "▅█"]);
        check(&[("a", Some("p"), &[0.0, 1.0]), ("a", Some("q"), &[0.0, 1e9])], &["▁█", "▁█"]);
        check(&[("a", None, &[3.0, 3.0, 3.0])], &["▅▅▅"]);
        check(
            &[("a", None, &[1.0, f64::NAN, 2.0]), ("b", None, &[f64::NAN]), ("c", None, &[])],
            &["▁ █", "", ""],
        );
        check(&[("a", None, &[f64::MIN, 0.0, f64::MAX])], &["▁▅█"]);
        let long: Vec<f64> = (0..100_000).map(f64::from).collect();
        check(&[("a", None, &long)], &["▁▁▁▂▂▃▃▃▄▄▅▅▆▆▆▇▇███"]);
    }

    #[test]
    fn numbers_of_a_line() {
        let lines = text(&figure(&[("a", None, &[2.0, 5.0, f64::NAN, 1.0, 3.0, f64::INFINITY])]));
        let line = &lines[0];
        assert_eq!((line.first, line.last, line.min, line.max, line.points), (2.0, 3.0, 1.0, 5.0, 4));
    }

    #[test]
    fn alt_tells_the_last_values() {
        let told = alt(&figure(&[("main", None, &[1.0, 0.25]), ("head", None, &[0.000_012_345_678])]));
        assert_eq!(
            told,
            "Line plot loss.csv: loss by step. main ends at 0.25 (2 points), head ends at 1.2346e-5 (1 point)."
        );
        assert_eq!(
            alt(&figure(&[("main", Some("p"), &[])])),
            "Line plot loss.csv: loss by step. main p has no data."
        );
    }

    #[test]
    fn short_numbers() {
        for (value, expected) in [
            (0.0, "0"),
            (1.0, "1"),
            (-0.5, "-0.5"),
            (100_000.0, "100000"),
            (0.333_333_333, "0.33333"),
            (0.001_234_567, "0.0012346"),
            (12_345.678, "12346"),
            (1e300, "1e300"),
            (-2.5e-9, "-2.5e-9"),
        ] {
            assert_eq!(short(value), expected);
        }
    }
}
