//! Custom templates: their recipe turns a plot's rows into the rows of a built-in kind.

use std::collections::BTreeMap;

use super::columns::{numbers, words};
use super::{Source, bars, chart, matrix};
use crate::notice::Notice;
use crate::plot::vega::{Aggregate, Encoding, Mark, Recipe, Sort, recipe};
use crate::plot::{Chart, Figure, Kind, Scale, Style};
use crate::tracked::{Column, PlotData, Table};

/// The column of a matrix's values.
pub(super) const VALUE: &str = "value";

/// One figure by a custom template; the nearest built-in one if the template cannot be used.
pub(super) fn figure(
    template: &str,
    shown: &PlotData,
    sources: &[Source<'_>],
    notices: &mut Vec<Notice>,
) -> Option<Figure> {
    let recipe = match recipe(template) {
        Ok(recipe) => recipe,
        Err(why) => {
            notices.push(Notice::about(&shown.id, format!("its template {why}, so lines are drawn")));
            return super::built_in(chart::collect(Style::Line, shown, sources, notices), shown);
        }
    };
    if !recipe.left_out.is_empty() {
        let text = format!("its template uses {}, which is left out", recipe.left_out.join(", "));
        notices.push(Notice::about(&shown.id, text));
    }
    let recipe = resolved(recipe, shown);
    let rows: Vec<Vec<PlotData>> = sources.iter().map(|source| groups(&recipe, source, notices)).collect();
    let sources: Vec<Source<'_>> = sources
        .iter()
        .zip(&rows)
        .flat_map(|(source, plots)| plots.iter().map(|plot| Source { plot, ..*source }))
        .collect();
    let collected = match recipe.mark {
        Mark::Line => chart::collect(Style::Line, shown, &sources, notices),
        Mark::Point => chart::collect(Style::Points, shown, &sources, notices),
        Mark::Area => chart::collect(Style::Area, shown, &sources, notices),
        Mark::Rect => matrix::collect(false, shown, &sources, notices),
        Mark::Bar => bars::collect(longest_first(&recipe), shown, &sources, notices),
    };
    let mut figure = super::built_in(collected, shown)?;
    if let Kind::Chart(chart) = &mut figure.kind {
        scales(chart, &recipe, &shown.id, notices);
    }
    let label = |encoding: &Encoding| encoding.title.clone().or_else(|| encoding.field.clone());
    figure.x_label = label(&recipe.x).unwrap_or(figure.x_label);
    figure.y_label = label(&recipe.y).unwrap_or(figure.y_label);
    figure.title = recipe.title.unwrap_or(figure.title);
    Some(figure)
}

fn longest_first(recipe: &Recipe) -> bool {
    recipe.x.sort == Sort::Longest || recipe.y.sort == Sort::Longest
}

/// DVC's anchors replaced by what they stand for.
fn resolved(recipe: Recipe, shown: &PlotData) -> Recipe {
    let x = shown.x.clone().unwrap_or_else(|| "step".to_owned());
    let y = shown.y.first().cloned().unwrap_or_default();
    let x_label = shown.x_label.clone().unwrap_or_else(|| x.clone());
    let y_label = shown.y_label.clone().unwrap_or_else(|| y.clone());
    let anchors = [
        ("<DVC_METRIC_X_LABEL>", x_label),
        ("<DVC_METRIC_Y_LABEL>", y_label),
        ("<DVC_METRIC_TITLE>", shown.title.clone()),
        ("<DVC_METRIC_X>", x),
        ("<DVC_METRIC_Y>", y),
    ];
    let fill = |text: Option<String>| {
        text.map(|text| anchors.iter().fold(text, |text, (anchor, value)| text.replace(anchor, value)))
    };
    let channel =
        |channel: Encoding| Encoding { field: fill(channel.field), title: fill(channel.title), ..channel };
    Recipe {
        x: channel(recipe.x),
        y: channel(recipe.y),
        color: channel(recipe.color),
        title: fill(recipe.title),
        ..recipe
    }
}

/// A side's rows by the recipe: a plot per value of its colour's field, with the two columns that are drawn.
fn groups(recipe: &Recipe, source: &Source<'_>, notices: &mut Vec<Notice>) -> Vec<PlotData> {
    let count = source.plot.table.columns.first().map_or(0, |(_, column)| words(column).len());
    let mut read = |encoding: &Encoding, channel: &str| -> Option<Column> {
        let Some(field) = &encoding.field else {
            return (encoding.aggregate == Some(Aggregate::Count)).then(|| Column::Numbers(vec![1.0; count]));
        };
        let found = source.column(field).cloned();
        if found.is_none() && field == "step" {
            return Some(Column::Numbers((0..count).map(|row| row as f64).collect()));
        }
        if found.is_none() {
            let text =
                format!("{} has no column {field}, which its template wants as {channel}", source.label);
            notices.push(Notice::about(&source.plot.id, text));
        }
        found
    };
    let (Some(x), Some(y)) = (read(&recipe.x, "x"), read(&recipe.y, "y")) else { return Vec::new() };
    let value = (recipe.mark == Mark::Rect).then(|| read(&recipe.color, "color")).flatten();
    let colored = recipe.color.field.as_deref().filter(|field| *field != "rev" && recipe.mark != Mark::Rect);
    let group = colored.and_then(|_| read(&recipe.color, "color")).map(|column| words(&column));
    let mut by_group: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for row in 0..count {
        let name = group.as_ref().and_then(|names| names.get(row)).cloned().unwrap_or_default();
        by_group.entry(name).or_default().push(row);
    }
    let x_name = recipe.x.field.clone().unwrap_or_else(|| "count".to_owned());
    let y_name = recipe.y.field.clone().unwrap_or_else(|| "count".to_owned());
    let plot = |(group, rows): (String, Vec<usize>)| {
        let table = match &value {
            Some(value) => cells(recipe, [&x, &y, value], &rows),
            None => drawn(recipe, (&x, &y), &rows),
        };
        let y_name = if group.is_empty() { y_name.clone() } else { group };
        // One name twice would hide a column.
        let x_name = if x_name == y_name { format!("{x_name} (x)") } else { x_name.clone() };
        let names = [x_name.clone(), y_name.clone(), VALUE.to_owned()];
        let columns = names.into_iter().zip(table).collect();
        PlotData { x: Some(x_name), y: vec![y_name], table: Table { columns }, ..source.plot.clone() }
    };
    by_group.into_iter().map(plot).collect()
}

fn at(column: &Column, rows: &[usize]) -> Column {
    match column {
        Column::Numbers(cells) => {
            Column::Numbers(rows.iter().filter_map(|row| cells.get(*row).copied()).collect())
        }
        Column::Texts(cells) => {
            Column::Texts(rows.iter().filter_map(|row| cells.get(*row).cloned()).collect())
        }
    }
}

/// Both columns, one of them aggregated over the other's values if the recipe says so.
fn drawn(recipe: &Recipe, (x, y): (&Column, &Column), rows: &[usize]) -> Vec<Column> {
    let (x, y) = (at(x, rows), at(y, rows));
    match (recipe.x.aggregate, recipe.y.aggregate) {
        (_, Some(aggregate)) => {
            let (keys, values) = aggregated(words(&x), &y, aggregate);
            vec![Column::Texts(keys), values]
        }
        (Some(aggregate), None) => {
            let (keys, values) = aggregated(words(&y), &x, aggregate);
            vec![values, Column::Texts(keys)]
        }
        (None, None) => vec![x, y],
    }
}

/// The pairs of a matrix and their values, each pair once.
fn cells(recipe: &Recipe, [x, y, value]: [&Column; 3], rows: &[usize]) -> Vec<Column> {
    // A character that no file of text holds keeps the two names apart.
    let pairs = words(&at(x, rows)).into_iter().zip(words(&at(y, rows)));
    let keys = pairs.map(|(x, y)| format!("{x}\u{0}{y}")).collect();
    let aggregate = recipe.color.aggregate.unwrap_or(Aggregate::Sum);
    let (keys, values) = aggregated(keys, &at(value, rows), aggregate);
    let (x, y) = keys.iter().filter_map(|key| key.split_once('\u{0}')).unzip::<_, _, Vec<_>, Vec<_>>();
    let texts = |names: Vec<&str>| Column::Texts(names.into_iter().map(str::to_owned).collect());
    vec![texts(x), texts(y), values]
}

/// Values by key, the keys in the order of their first row.
fn aggregated(keys: Vec<String>, values: &Column, aggregate: Aggregate) -> (Vec<String>, Column) {
    let read = numbers(values).unwrap_or_else(|| vec![f64::NAN; keys.len()]);
    let mut order = Vec::new();
    let mut found: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (key, value) in keys.into_iter().zip(read) {
        if !found.contains_key(&key) {
            order.push(key.clone());
        }
        let values = found.entry(key).or_default();
        if aggregate == Aggregate::Count || value.is_finite() {
            values.push(value);
        }
    }
    let value = |key: &String| {
        let values = found.get(key).map_or(&[][..], Vec::as_slice);
        let count = values.len() as f64;
        match aggregate {
            Aggregate::Count => count,
            _ if values.is_empty() => f64::NAN,
            Aggregate::Sum => values.iter().sum(),
            Aggregate::Mean => values.iter().map(|value| value / count).sum(),
            Aggregate::Min => values.iter().copied().fold(f64::INFINITY, f64::min),
            Aggregate::Max => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    };
    let values = order.iter().map(value).collect();
    (order, Column::Numbers(values))
}

/// Logarithms, and the part of the axes that the template shows.
fn scales(chart: &mut Chart, recipe: &Recipe, id: &str, notices: &mut Vec<Notice>) {
    let mut note = |count: usize, why: &str| {
        if count > 0 {
            let text = format!("{count} points are not drawn: {why}");
            notices.push(Notice::about(id, text));
        }
    };
    for (encoding, across) in [(&recipe.x, true), (&recipe.y, false)] {
        let (scale, range) =
            if across { (&mut chart.x, &mut chart.x_range) } else { (&mut chart.y, &mut chart.y_range) };
        if *scale != Scale::Linear {
            continue;
        }
        *range = encoding.domain.or(encoding.zero.then_some((0.0, 0.0)));
        let values =
            chart.series.iter_mut().flat_map(|series| if across { &mut series.x } else { &mut series.y });
        let mut outside = 0;
        let mut not_above_zero = 0;
        for value in values.filter(|value| value.is_finite()) {
            if encoding.domain.is_some_and(|(low, high)| *value < low || *value > high) {
                outside += 1;
                *value = f64::NAN;
            } else if encoding.log && *value <= 0.0 {
                not_above_zero += 1;
            }
        }
        note(outside, "they lie outside of the template's scale.domain");
        note(not_above_zero, "a logarithmic axis has no place for zero and below");
        if encoding.log {
            *scale = Scale::Log;
            *range = range.filter(|(low, _)| *low > 0.0);
        }
    }
}
