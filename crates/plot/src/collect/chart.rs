//! Lines and points: every y column of every side is a series.

use super::columns::{MOST_NAMES, along_axis, named, numbers};
use super::{Collected, Source, told_apart};
use crate::{Chart, Kind, Scale, Series, Style};
use cml_base::notice::Notice;
use cml_tracked::{Column, PlotData, is_spelt_out};

/// A column of numbers with at most so many different ones is a column of groups for the jitter.
const MOST_GROUPS: usize = 20;

/// A series whose columns are not yet numbers.
struct Raw<'a> {
    source: Source<'a>,
    name: &'a str,
    x: Option<&'a Column>,
    y: &'a Column,
}

pub(super) fn collect(
    style: Style,
    shown: &PlotData,
    sources: &[Source<'_>],
    notices: &mut Vec<Notice>,
) -> Collected {
    let mut raw = Vec::new();
    for source in sources {
        raw_series(*source, style, &mut raw, notices);
    }
    let (x, x_values) = x_axis(style, &raw, shown, notices);
    let (y, y_values) = y_axis(style, &raw);
    let mut series: Vec<Series> = Vec::new();
    for ((raw, x_values), y_values) in raw.iter().zip(x_values).zip(y_values) {
        let (x, y) = sorted(x_values, y_values);
        let column = Some(raw.name.to_owned());
        series.push(Series { which: raw.source.which, label: raw.source.label.to_owned(), column, x, y });
    }
    let columns = told_apart(series.iter_mut().map(|series| &mut series.column));
    (!series.is_empty()).then_some((Kind::Chart(Chart { x, y, ..Chart::new(style, series) }), columns))
}

fn raw_series<'a>(source: Source<'a>, style: Style, all: &mut Vec<Raw<'a>>, notices: &mut Vec<Notice>) {
    let label = source.label;
    let x_name = source.plot.x.as_deref();
    let x = x_name.and_then(|name| source.column(name));
    if let (Some(name), None) = (x_name, x) {
        let text = format!("the x column {name} of {label} is missing, so the row's number is used instead");
        source.note(notices, text);
    }
    for name in &source.plot.y {
        match source.column(name) {
            None => source.note(notices, format!("{label} has no column {name}, so it is not drawn")),
            Some(y) if style != Style::Jitter && numbers(y).is_none() => {
                let text =
                    format!("the column {name} of {label} holds text, not numbers, so it is not drawn");
                source.note(notices, text);
            }
            Some(y) => all.push(Raw { source, name, x, y }),
        }
    }
}

/// Where the series' points are on the x axis; `None` for a series over the row's index.
fn x_axis(
    style: Style,
    raw: &[Raw<'_>],
    shown: &PlotData,
    notices: &mut Vec<Notice>,
) -> (Scale, Vec<Option<Vec<f64>>>) {
    let columns: Vec<&Column> = raw.iter().filter_map(|raw| raw.x).collect();
    let (scale, values) = if style == Style::Jitter { grouped(&columns) } else { along_axis(&columns) };
    let (given, total) = (columns.len(), raw.len());
    if let Scale::Bands(names) = &scale
        && (given < total || names.len() > MOST_NAMES)
    {
        let name = shown.x.as_deref().unwrap_or("x");
        let why = if given < total { "not every series has it" } else { "it holds too many different ones" };
        let text = format!("the x column {name} holds text and {why}, so the row's number is used instead");
        notices.push(Notice::about(&shown.id, text));
        return (Scale::Linear, vec![None; total]);
    }
    let mut values = values.into_iter();
    let placed = raw.iter().map(|raw| raw.x.and_then(|_| values.next())).collect();
    (scale, placed)
}

fn y_axis(style: Style, raw: &[Raw<'_>]) -> (Scale, Vec<Vec<f64>>) {
    let columns: Vec<&Column> = raw.iter().map(|raw| raw.y).collect();
    if style == Style::Jitter {
        return grouped(&columns);
    }
    (Scale::Linear, columns.iter().map(|column| numbers(column).unwrap_or_default()).collect())
}

/// For the jitter: words, or few different numbers in their order, are bands.
fn grouped(columns: &[&Column]) -> (Scale, Vec<Vec<f64>>) {
    let read: Option<Vec<Vec<f64>>> = columns.iter().map(|column| numbers(column)).collect();
    let Some(values) = read else { return named(columns) };
    let mut different: Vec<f64> = Vec::new();
    for value in values.iter().flatten().filter(|value| value.is_finite()) {
        if !different.contains(value) {
            different.push(*value);
        }
        if different.len() > MOST_GROUPS {
            return (Scale::Linear, values);
        }
    }
    different.sort_by(f64::total_cmp);
    let index =
        |value: &f64| different.iter().position(|known| known == value).map_or(f64::NAN, |at| at as f64);
    let indices = values.iter().map(|column| column.iter().map(index).collect()).collect();
    (Scale::Bands(different.iter().map(f64::to_string).collect()), indices)
}

/// The points in the order of x, equal ones in the order of the file; without x the row's index. A row whose x is
/// no number has no place and is left out.
fn sorted(x: Option<Vec<f64>>, y: Vec<f64>) -> (Vec<f64>, Vec<f64>) {
    let Some(x) = x else { return ((0..y.len()).map(|index| index as f64).collect(), y) };
    if x.is_sorted() && x.len() == y.len() {
        return (x, y);
    }
    // Empty rows before and after a series are other files' rows, below one another: no gaps.
    let is_own = |y: &f64| !y.is_nan() || is_spelt_out(*y);
    let first = y.iter().position(is_own).unwrap_or(0);
    let end = y.iter().rposition(is_own).map_or(0, |last| last + 1);
    let own = x.into_iter().zip(y).take(end).skip(first);
    let mut points: Vec<(f64, f64)> = own.filter(|point| !point.0.is_nan()).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points.into_iter().unzip()
}
