//! Custom templates: their recipe turns a plot's rows into the rows of a built-in kind.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{numbers, words};
use super::matrix::VALUE;
use super::{Collected, Source, bars, chart, matrix};
use crate::{Chart, Figure, Kind, Scale, Style};
use cml_base::notice::Notice;
use cml_compare::template::{Aggregate, Encoding, Mark, Recipe, Sort, Type, recipe};
use cml_tracked::{Column, PlotData, Table};

/// One figure by a custom template, given by its name and text; none, and a notice, if the template asks for more than
/// can be drawn, for the picture would say something else.
pub(super) fn figure(
    (name, text): (&str, &str),
    shown: &PlotData,
    sources: &[Source<'_>],
    notices: &mut Vec<Notice>,
) -> Option<Figure> {
    let mut refused = |why: String| {
        notices.push(Notice::about(&shown.id, format!("its template {name} {why}, so it is not drawn")));
    };
    let recipe = match recipe(text) {
        Ok(recipe) => resolved(recipe, shown),
        Err(why) => {
            refused(why);
            return None;
        }
    };
    if let Some(why) = sources.iter().find_map(|source| misfit(&recipe, source)) {
        refused(why);
        return None;
    }
    let rows: Vec<Vec<PlotData>> = sources.iter().map(|source| groups(&recipe, source, notices)).collect();
    let sources: Vec<Source<'_>> = sources
        .iter()
        .zip(&rows)
        .flat_map(|(source, plots)| plots.iter().map(|plot| Source { plot, ..*source }))
        .collect();
    let mut figure = super::built_in(collected(&recipe, shown, &sources, notices), shown)?;
    if let Kind::Chart(chart) = &mut figure.kind {
        scales(chart, &recipe, &shown.id, notices);
    }
    figure.x_label = label(&recipe.x).unwrap_or(figure.x_label);
    figure.y_label = label(&recipe.y).unwrap_or(figure.y_label);
    figure.title = recipe.title.unwrap_or(figure.title);
    Some(figure)
}

/// The rows that are drawn, as the mark wants them.
fn collected(
    recipe: &Recipe,
    shown: &PlotData,
    sources: &[Source<'_>],
    notices: &mut Vec<Notice>,
) -> Collected {
    match recipe.mark {
        Mark::Line => chart::collect(Style::Line, shown, sources, notices),
        Mark::Smooth => chart::collect(Style::Smooth, shown, sources, notices),
        Mark::Point => chart::collect(Style::Points, shown, sources, notices),
        Mark::Jitter => chart::collect(Style::Jitter, shown, sources, notices),
        Mark::Area => chart::collect(Style::Area, shown, sources, notices),
        Mark::Rect => matrix::collect(false, shown, sources, notices),
        Mark::Counts { shares } => matrix::collect(shares, shown, sources, notices),
        Mark::Bar { .. } => bars::collect(longest_first(recipe), shown, sources, notices),
    }
}

/// What an axis is called: as the template says, else by its field or what is counted.
fn label(encoding: &Encoding) -> Option<String> {
    let counted = (encoding.aggregate == Some(Aggregate::Count)).then(|| "count".to_owned());
    encoding.title.clone().or_else(|| encoding.field.clone()).or(counted)
}

fn longest_first(recipe: &Recipe) -> bool {
    [recipe.x.sort, recipe.y.sort].iter().any(|sort| matches!(sort, Sort::Longest | Sort::Descending))
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
        group: fill(recipe.group),
        ..recipe
    }
}

/// Why the rows of a side are not what the template is for, so that its picture would be another.
fn misfit(recipe: &Recipe, source: &Source<'_>) -> Option<String> {
    let column = |encoding: &Encoding| source.column(encoding.field.as_deref()?);
    let is_text = |encoding: &Encoding| column(encoding).is_some_and(|column| numbers(column).is_none());
    for (channel, encoding) in [("x", &recipe.x), ("y", &recipe.y)] {
        if encoding.kind == Some(Type::Temporal) && matches!(column(encoding), Some(Column::Numbers(_))) {
            return Some(format!("takes {channel} for dates, and {} holds numbers", source.label));
        }
    }
    let measured = match recipe.mark {
        Mark::Bar { .. } => &recipe.x,
        Mark::Rect => &recipe.color,
        _ => return None,
    };
    let label = source.label;
    if is_text(measured) && measured.aggregate != Some(Aggregate::Count) {
        let name = measured.field.as_deref().unwrap_or_default();
        return Some(format!("takes {name} for numbers, and {label} holds text there"));
    }
    let is_once = matches!(recipe.mark, Mark::Rect | Mark::Bar { overlaid: true });
    let places = [Some(&recipe.x), Some(&recipe.y), None];
    let places = if recipe.mark == Mark::Rect { places } else { [None, Some(&recipe.y), None] };
    let group = recipe.group.as_deref().and_then(|group| source.column(group));
    let keys: Vec<Vec<String>> =
        places.into_iter().flatten().filter_map(column).chain(group).map(words).collect();
    (is_once && measured.aggregate.is_none() && is_repeated(&keys)).then(|| {
        format!("draws the rows of one place over one another, and {label} has several rows for one")
    })
}

/// Whether two rows have the same words in all columns.
fn is_repeated(columns: &[Vec<String>]) -> bool {
    let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
    let mut seen = BTreeSet::new();
    (0..rows).any(|row| !seen.insert(columns.iter().filter_map(|column| column.get(row)).collect::<Vec<_>>()))
}

/// A side's rows by the recipe: a plot per value of the field that splits them, with the two columns that are drawn.
fn groups(recipe: &Recipe, source: &Source<'_>, notices: &mut Vec<Notice>) -> Vec<PlotData> {
    let count = source.plot.table.columns.first().map_or(0, |(_, column)| words(column).len());
    let mut of_field = |field: &str, channel: &str| -> Option<Column> {
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
    let mut read = |encoding: &Encoding, channel: &str| match &encoding.field {
        Some(field) => of_field(field, channel),
        None => (encoding.aggregate == Some(Aggregate::Count)).then(|| Column::Numbers(vec![1.0; count])),
    };
    let (Some(x), Some(y)) = (read(&recipe.x, "x"), read(&recipe.y, "y")) else { return Vec::new() };
    let value = (recipe.mark == Mark::Rect).then(|| read(&recipe.color, "color")).flatten();
    let group =
        recipe.group.as_deref().and_then(|group| of_field(group, "color")).map(|column| words(&column));
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
    by_group(group.as_deref(), count).into_iter().map(plot).collect()
}

/// The rows of each group; without names all are one.
fn by_group(names: Option<&[String]>, count: usize) -> BTreeMap<String, Vec<usize>> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for row in 0..count {
        let name = names.and_then(|names| names.get(row)).cloned().unwrap_or_default();
        groups.entry(name).or_default().push(row);
    }
    groups
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
