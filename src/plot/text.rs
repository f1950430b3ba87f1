//! A figure as text, for where images cannot be shown: sparklines for lines, tables for all else.

use super::ticks::with_commas;
use super::{BarGroup, Bars, Chart, Figure, Kind, Matrix, Series, Style};

/// The longest sparkline.
const CELLS: usize = 20;
/// The longest bar.
const LONGEST_BAR: usize = 12;
/// A matrix of more classes is told by its most frequent mistakes.
const MOST_CLASSES: usize = 10;
/// So many rows a table has at most.
const MOST_ROWS: usize = 15;
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

/// A figure as text.
#[derive(Debug, Clone, PartialEq)]
pub enum Text {
    Lines(Vec<TextLine>),
    Table(TextTable),
}

/// A small table: names stand to the left, numbers to the right.
#[derive(Debug, Clone, PartialEq)]
pub struct TextTable {
    /// So many columns at the left are names, the others numbers.
    pub names: usize,
    pub header: Vec<String>,
    /// Each as long as the header.
    pub rows: Vec<Vec<String>>,
    /// How many rows more there are.
    pub left_out: usize,
}

/// A figure as text.
pub fn text(figure: &Figure) -> Text {
    match &figure.kind {
        Kind::Chart(chart) if matches!(chart.style, Style::Points | Style::Jitter) => {
            Text::Table(points(figure, chart))
        }
        Kind::Chart(chart) => Text::Lines(lines(chart)),
        Kind::Matrix(matrix) => Text::Table(matrix_table(figure, matrix)),
        Kind::Bars(bars) => Text::Table(bar_table(figure, bars)),
    }
}

/// Every series as a line of text.
pub(super) fn lines(chart: &Chart) -> Vec<TextLine> {
    let scale = |series: &Series| {
        let of_column = chart.series.iter().filter(|other| other.column == series.column);
        range(of_column.flat_map(finite))
    };
    chart.series.iter().map(|series| line(series, scale(series))).collect()
}

/// `main`, or `main loss` if there are several columns.
pub(super) fn name(label: &str, column: Option<&str>) -> String {
    column.map_or_else(|| label.to_owned(), |column| format!("{label} {column}"))
}

/// Scattered points by their number, extent and middle.
fn points(figure: &Figure, chart: &Chart) -> TextTable {
    let (x, y) = (&figure.x_label, &figure.y_label);
    let header = ["Revision".to_owned(), "Points".to_owned(), x.clone(), y.clone(), format!("mean {y}")];
    let extent = |values: &[f64]| {
        let (low, high) = range(values.iter().copied().filter(|value| value.is_finite()));
        if low > high { "–".to_owned() } else { format!("{} … {}", short(low), short(high)) }
    };
    let named = |scale: &super::Scale, values: &[f64]| match scale {
        super::Scale::Bands(names) => format!("{} groups", names.len()),
        super::Scale::Time => "–".to_owned(),
        _ => extent(values),
    };
    let rows = chart.series.iter().map(|series| {
        let count = finite(series).count();
        let mean = finite(series).map(|value| value / count as f64).sum::<f64>();
        let mean = if count == 0 || matches!(chart.y, super::Scale::Bands(_)) {
            "–".to_owned()
        } else {
            short(mean)
        };
        let label = name(&series.label, series.column.as_deref());
        vec![label, count.to_string(), named(&chart.x, &series.x), named(&chart.y, &series.y), mean]
    });
    TextTable { names: 1, header: header.to_vec(), rows: rows.collect(), left_out: 0 }
}

/// What a cell of a matrix says.
pub(super) fn cell_text(value: f64, shares: bool) -> String {
    match (value, shares) {
        (0.0, _) => "0".to_owned(),
        (part, true) if part < 0.005 => "<1%".to_owned(),
        (part, true) => format!("{}%", (part * 100.0).round()),
        (count, false) if count.fract() == 0.0 && count.abs() < 1e5 => with_commas(count, 0),
        (count, false) if count.abs() >= 1e4 && count.abs() < 1e9 => {
            let (unit, letter) = if count.abs() >= 1e6 { (1e6, 'M') } else { (1e3, 'k') };
            format!("{}{letter}", significant(count / unit, 3))
        }
        (number, false) => significant(number, 3),
    }
}

/// The cells of all revisions: whole for few classes, else the most frequent pairs that are not equal.
fn matrix_table(figure: &Figure, matrix: &Matrix) -> TextTable {
    let cell = |row: usize, column: usize| -> String {
        let values = matrix.facets.iter().map(|facet| {
            let value = facet.cells.get(row * matrix.across.len() + column).copied().unwrap_or(f64::NAN);
            if value.is_nan() { "–".to_owned() } else { cell_text(value, matrix.shares) }
        });
        let values: Vec<String> = values.collect();
        if values.windows(2).all(|pair| pair[0] == pair[1]) {
            return values.first().cloned().unwrap_or_default();
        }
        values.join(" → ")
    };
    let title = format!("{} \\ {}", figure.y_label, figure.x_label);
    if matrix.across.len().max(matrix.down.len()) <= MOST_CLASSES {
        let header = std::iter::once(title).chain(matrix.across.iter().cloned()).collect();
        let row = |(row, name): (usize, &String)| {
            let cells = (0..matrix.across.len()).map(|column| cell(row, column));
            std::iter::once(name.clone()).chain(cells).collect()
        };
        return TextTable {
            names: 1,
            header,
            rows: matrix.down.iter().enumerate().map(row).collect(),
            left_out: 0,
        };
    }
    let mut mistakes: Vec<(f64, usize, usize)> = Vec::new();
    for (row, down) in matrix.down.iter().enumerate() {
        for (column, _) in matrix.across.iter().enumerate().filter(|(_, across)| *across != down) {
            let values =
                matrix.facets.iter().filter_map(|facet| facet.cells.get(row * matrix.across.len() + column));
            let most = values.copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
            if most > 0.0 {
                mistakes.push((most, row, column));
            }
        }
    }
    mistakes.sort_by(|a, b| b.0.total_cmp(&a.0));
    let labels: Vec<&str> = matrix.facets.iter().map(|facet| facet.label.as_str()).collect();
    let header = vec![
        format!("Most frequent pairs of different {}", figure.x_label),
        figure.y_label.clone(),
        labels.join(" → "),
    ];
    let row = |(_, row, column): &(f64, usize, usize)| {
        vec![matrix.across[*column].clone(), matrix.down[*row].clone(), cell(*row, *column)]
    };
    let rows = mistakes.iter().take(MOST_ROWS).map(row).collect();
    TextTable { names: 2, header, rows, left_out: mistakes.len().saturating_sub(MOST_ROWS) }
}

/// A row per category, a bar and a number per revision.
fn bar_table(figure: &Figure, bars: &Bars) -> TextTable {
    let title = |group: &BarGroup| name(&group.label, group.column.as_deref());
    let values = bars.groups.iter().flat_map(|group| &group.values).map(|value| value.abs());
    let longest = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
    let mut header = vec![figure.y_label.clone()];
    header.extend(bars.groups.iter().map(title));
    let cell = |value: f64| match value {
        value if value.is_nan() => "–".to_owned(),
        value => format!("{} {}", block_bar(value.abs() / longest), short(value)),
    };
    let row = |(index, category): (usize, &String)| {
        let cells =
            bars.groups.iter().map(|group| cell(group.values.get(index).copied().unwrap_or(f64::NAN)));
        std::iter::once(category.clone()).chain(cells).collect()
    };
    let rows = bars.categories.iter().enumerate().take(MOST_ROWS).map(row).collect();
    TextTable { names: 1, header, rows, left_out: bars.categories.len().saturating_sub(MOST_ROWS) }
}

/// A bar of blocks; a part of zero (or of nothing) has none.
fn block_bar(part: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (part.clamp(0.0, 1.0) * (LONGEST_BAR * 8) as f64).round() as usize;
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

fn finite(series: &Series) -> impl DoubleEndedIterator<Item = f64> + '_ {
    series.y.iter().copied().filter(|value| value.is_finite())
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

fn line(series: &Series, (low, high): (f64, f64)) -> TextLine {
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

/// A number in five significant digits.
pub(super) fn short(value: f64) -> String {
    significant(value, 5)
}

/// A number in so many significant digits.
fn significant(value: f64, digits: usize) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e9).contains(&magnitude) {
        let text = format!("{value:.*e}", digits - 1);
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{exponent}", digits.trim_end_matches('0').trim_end_matches('.'));
    }
    let whole = if magnitude < 1.0 { 0 } else { magnitude.log10() as usize + 1 };
    let leading_zeros = if magnitude == 0.0 || magnitude >= 1.0 { 0 } else { (-magnitude.log10()) as usize };
    let decimals = digits.saturating_sub(whole) + leading_zeros;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{MatrixFacet, Which};

    fn chart(series: &[(&str, Option<&str>, &[f64])]) -> Chart {
        let series = series.iter().map(|(label, column, y)| Series {
            which: Which::Head,
            label: (*label).to_owned(),
            column: column.map(str::to_owned),
            x: (0..y.len()).map(|index| index as f64).collect(),
            y: y.to_vec(),
        });
        Chart::new(Style::Line, series.collect())
    }

    #[track_caller]
    fn check(series: &[(&str, Option<&str>, &[f64])], expected: &[&str]) {
        let lines: Vec<String> = lines(&chart(series)).into_iter().map(|line| line.sparkline).collect();
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
        let all = lines(&chart(&[("a", None, &[2.0, 5.0, f64::NAN, 1.0, 3.0, f64::INFINITY])]));
        let line = &all[0];
        assert_eq!((line.first, line.last, line.min, line.max, line.points), (2.0, 3.0, 1.0, 5.0, 4));
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

    fn figure(kind: Kind) -> Figure {
        let text = str::to_owned;
        Figure { id: text("p"), title: text("p"), x_label: text("actual"), y_label: text("predicted"), kind }
    }

    #[track_caller]
    fn check_table(kind: Kind, expected: &[&str]) {
        let Text::Table(table) = text(&figure(kind)) else { panic!("no table") };
        let mut rows: Vec<String> =
            std::iter::once(&table.header).chain(&table.rows).map(|row| row.join(" | ")).collect();
        if table.left_out > 0 {
            rows.push(format!("{} more", table.left_out));
        }
        assert_eq!(rows, expected);
    }

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|index| format!("c{index}")).collect()
    }

    fn facet(which: Which, label: &str, cells: Vec<f64>) -> MatrixFacet {
        MatrixFacet { which, label: label.to_owned(), column: None, cells }
    }

    #[test]
    fn a_matrix_is_a_table_of_both_sides() {
        let facets = vec![
            facet(Which::Base, "main", vec![8.0, 0.0, 2.0, f64::NAN]),
            facet(Which::Head, "work", vec![9.0, 0.0, 1.0, 12.0]),
        ];
        let matrix = Matrix { across: names(2), down: names(2), shares: false, facets };
        check_table(
            Kind::Matrix(matrix.clone()),
            &["predicted \\ actual | c0 | c1", "c0 | 8 → 9 | 0", "c1 | 2 → 1 | – → 12"],
        );
        let facets = vec![facet(Which::Head, "work", vec![0.995, 0.005, 0.004, 0.996])];
        check_table(
            Kind::Matrix(Matrix { shares: true, facets, ..matrix }),
            &["predicted \\ actual | c0 | c1", "c0 | 100% | 1%", "c1 | <1% | 100%"],
        );
    }

    #[test]
    fn a_large_matrix_is_told_by_its_mistakes() {
        let mut cells = vec![0.0; 400];
        (cells[21], cells[5], cells[20 * 7 + 2]) = (50.0, 3.0, 12_345.0);
        let facets = vec![facet(Which::Head, "work", cells)];
        check_table(
            Kind::Matrix(Matrix { across: names(20), down: names(20), shares: false, facets }),
            &[
                "Most frequent pairs of different actual | predicted | work",
                "c2 | c7 | 12,345",
                "c5 | c0 | 3",
            ],
        );
    }

    #[test]
    fn bars_are_blocks() {
        let group = |which, label: &str, values: &[f64]| BarGroup {
            which,
            label: label.to_owned(),
            column: None,
            values: values.to_vec(),
        };
        let groups =
            vec![group(Which::Base, "main", &[0.5, f64::NAN]), group(Which::Head, "work", &[0.25, 0.01])];
        check_table(
            Kind::Bars(Bars { categories: names(2), groups }),
            &["predicted | main | work", "c0 | ████████████ 0.5 | ██████ 0.25", "c1 | – | ▎ 0.01"],
        );
        let groups = vec![group(Which::Head, "work", &[0.0; 30])];
        let Text::Table(table) = text(&figure(Kind::Bars(Bars { categories: names(30), groups }))) else {
            panic!()
        };
        assert_eq!((table.rows.len(), table.left_out, table.rows[0][1].as_str()), (15, 15, " 0"));
    }
}
