//! A figure as text, for where images cannot be shown: sparklines for lines, tables for all else.

use super::dates;
use super::image::percent;
use super::ticks::{is_noise, with_commas};
use super::{
    BarGroup, Bars, Chart, Figure, ImagePair, ImageState, Images, Kind, Matrix, Scale, Series, Shown, Style,
};
use cml_report::{Direction, Series as Told, Table};
use cml_tracked::is_spelt_out;

/// The longest sparkline.
const CELLS: usize = 20;
/// The longest bar.
const LONGEST_BAR: usize = 12;
/// A matrix of more classes is told by its most frequent mistakes.
const MOST_CLASSES: usize = 10;
/// So many rows a table has at most.
const MOST_ROWS: usize = 15;
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What is no line as a table.
pub(super) fn table(figure: &Figure) -> Option<Table> {
    match &figure.kind {
        Kind::Chart(chart) if is_scattered(chart) => Some(points(figure, chart)),
        Kind::Chart(_) => None,
        Kind::Matrix(matrix) => Some(matrix_table(figure, matrix)),
        Kind::Bars(bars) => Some(bar_table(figure, bars)),
        Kind::Images(images) => Some(image_table(images)),
    }
}

pub(super) fn is_scattered(chart: &Chart) -> bool {
    matches!(chart.style, Style::Points | Style::Jitter)
}

/// Every series as a line of text.
pub(super) fn lines(x_label: &str, chart: &Chart) -> Vec<Told> {
    let scale = |series: &Series| {
        let of_column = chart.series.iter().filter(|other| other.column == series.column);
        range(of_column.flat_map(finite))
    };
    let remarked = |series| {
        let line = line(series, scale(series));
        let is_noise = line.min.zip(line.max).is_some_and(|(min, max)| is_noise(min, max));
        let is_noise = is_noise.then(|| "unchanged within float noise".to_owned());
        Told { remark: diverged(x_label, chart, series).or(is_noise), ..line }
    };
    chart.series.iter().map(remarked).collect()
}

/// Where a series ends in values that are none: `diverged at step 12`. One that stops early only ends.
pub(super) fn diverged(x_label: &str, chart: &Chart, series: &Series) -> Option<String> {
    let from = series.y.iter().rposition(|y| y.is_finite()).map_or(0, |last| last + 1);
    let at = from + series.y.get(from..)?.iter().position(|y| is_spelt_out(*y))?;
    let x = *series.x.get(at)?;
    let place = match &chart.x {
        Scale::Time => dates::text(x),
        Scale::Bands(names) => names.get(x as usize)?.clone(),
        Scale::Linear | Scale::Log => short(x),
    };
    Some(format!("diverged at {x_label} {place}").replace("  ", " "))
}

/// `main`, or `main loss` if there are several columns.
pub(super) fn name(label: &str, column: Option<&str>) -> String {
    column.map_or_else(|| label.to_owned(), |column| format!("{label} {column}"))
}

/// Scattered points by their number, extent and middle.
fn points(figure: &Figure, chart: &Chart) -> Table {
    let (x, y) = (&figure.x_label, &figure.y_label);
    let header = ["Revision".to_owned(), "Points".to_owned(), x.clone(), y.clone(), format!("mean {y}")];
    let extent = |values: &[f64]| {
        let (low, high) = range(values.iter().copied().filter(|value| value.is_finite()));
        if low > high { "–".to_owned() } else { format!("{} … {}", short(low), short(high)) }
    };
    let named = |scale: &Scale, values: &[f64]| match scale {
        Scale::Bands(names) => format!("{} groups", names.len()),
        Scale::Time => "–".to_owned(),
        _ => extent(values),
    };
    let rows = chart.series.iter().map(|series| {
        let count = finite(series).count();
        let mean = finite(series).map(|value| value / count as f64).sum::<f64>();
        let mean =
            if count == 0 || matches!(chart.y, Scale::Bands(_)) { "–".to_owned() } else { short(mean) };
        let label = name(&series.label, series.column.as_deref());
        vec![label, count.to_string(), named(&chart.x, &series.x), named(&chart.y, &series.y), mean]
    });
    Table { names: 1, header: header.to_vec(), rows: rows.collect(), left_out: 0 }
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
fn matrix_table(figure: &Figure, matrix: &Matrix) -> Table {
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
        return Table {
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
    Table { names: 2, header, rows, left_out: mistakes.len().saturating_sub(MOST_ROWS) }
}

/// A row per category, a bar and a number per revision.
fn bar_table(figure: &Figure, bars: &Bars) -> Table {
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
    let size = |index: usize| {
        let values = bars.groups.iter().filter_map(|group| group.values.get(index)).map(|value| value.abs());
        values.filter(|value| value.is_finite()).fold(0.0, f64::max)
    };
    // The longest bars, to whichever side, in their order.
    let mut kept: Vec<usize> = (0..bars.categories.len()).collect();
    kept.sort_by(|a, b| size(*b).total_cmp(&size(*a)));
    kept.truncate(MOST_ROWS);
    kept.sort_unstable();
    let rows = kept.into_iter().map(|index| row((index, &bars.categories[index]))).collect();
    Table { names: 1, header, rows, left_out: bars.categories.len().saturating_sub(MOST_ROWS) }
}

/// A row per image: its size on both sides, and how much it changed.
fn image_table(images: &Images) -> Table {
    let mut header = vec!["Image".to_owned()];
    header.extend(images.base.clone());
    header.push(images.head.clone());
    if images.base.is_some() {
        header.extend(["changed pixels", "mean difference"].map(str::to_owned));
    }
    let size = |shown: &Option<Shown>| {
        shown.as_ref().map_or("–".to_owned(), |shown| format!("{}×{}", shown.width, shown.height))
    };
    let row = |pair: &ImagePair| {
        let (changed, mean) = match &pair.state {
            ImageState::Changed(score, _) => (percent(score.changed), percent(score.mean)),
            _ => (pair.word(true).to_owned(), "–".to_owned()),
        };
        let base = match pair.state {
            ImageState::Unchanged => size(&pair.head),
            _ => size(&pair.base),
        };
        match images.base {
            Some(_) => vec![pair.name.clone(), base, size(&pair.head), changed, mean],
            None => vec![pair.name.clone(), size(&pair.head)],
        }
    };
    let rows = images.pairs.iter().take(MOST_ROWS).map(row).collect();
    let left_out = images.pairs.len().saturating_sub(MOST_ROWS) + images.more;
    Table { names: 1, header, rows, left_out }
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

fn line(series: &Series, (low, high): (f64, f64)) -> Told {
    let line = numbers(series);
    Told { sparkline: if line.points == 0 { String::new() } else { sparkline(&series.y, low, high) }, ..line }
}

/// The numbers of a series.
pub(super) fn numbers(series: &Series) -> Told {
    let points = finite(series).count();
    let (min, max) = range(finite(series));
    Told {
        revision: series.which.told(),
        label: series.label.clone(),
        column: series.column.clone(),
        points,
        first: finite(series).next(),
        last: finite(series).next_back(),
        min: (points > 0).then_some(min),
        max: (points > 0).then_some(max),
        sparkline: String::new(),
        remark: None,
        direction: Direction::Unknown,
    }
}

/// Means of equal parts of the series between `low` and `high`.
fn sparkline(y: &[f64], low: f64, high: f64) -> String {
    let cells = y.len().min(CELLS);
    (0..cells)
        .map(|cell| {
            let part = &y[cell * y.len() / cells..(cell + 1) * y.len() / cells];
            let (mut mean, mut count) = (0.0, 0.0);
            // The ends are told beside it as numbers, so they are the points themselves.
            let part = match cell {
                0 => &part[..1],
                _ if cell + 1 == cells => &part[part.len() - 1..],
                _ => part,
            };
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
mod tests;
