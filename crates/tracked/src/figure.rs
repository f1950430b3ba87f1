//! Declared plots into plot data: which columns of which files are drawn over which x, as DVC decides it.

use std::collections::{BTreeMap, BTreeSet};

use super::load::Loader;
use super::model::{PlotData, Template};
use super::table::MOST_CELLS;
use super::wanted::Declaration;
use super::{Column, Table};
use super::{paths, pytext};
use cml_base::tree::RevisionError;

/// Numbers with more values than these are measured, and no classes.
const MOST_CLASSES: usize = 60;

/// Reads the files of a declared plot; `None` (and a notice) if nothing of it can be drawn.
pub(super) fn declared(
    loader: &mut Loader<'_>,
    plot: &Declaration,
) -> Result<Option<PlotData>, RevisionError> {
    let mut tables = BTreeMap::new();
    for file in plot.files() {
        if let Some(table) = loader.table(file, plot.header)? {
            tables.insert(file, table);
        }
    }
    let mut series: Vec<(&str, &str)> = Vec::new();
    for (file, column) in &plot.y {
        let Some(table) = tables.get(file.as_str()) else { continue };
        match column.as_deref().or_else(|| table.columns.last().map(|(name, _)| name.as_str())) {
            Some(name) if find(table, name).is_some() => series.push((file, name)),
            Some(name) => loader.note(file, missing(table, name, &plot.by)),
            None => loader.note(file, "the file holds no points; write a table, or a list of objects"),
        }
    }
    if series.is_empty() {
        return Ok(None);
    }
    let plot = &Declaration { template: template(loader, plot)?, ..plot.clone() };
    let one_file = series.iter().all(|(file, _)| *file == series[0].0);
    let own_x = plot.x.iter().all(|(file, _)| file.as_deref().is_none_or(|file| file == series[0].0));
    if one_file && own_x && plot.x.len() < 2 {
        let (file, data) = (series[0].0.to_owned(), simple(loader, plot, &tables, &series));
        // Moved, for a copy of a million rows would be as large as they are.
        return Ok(data.zip(tables.remove(file.as_str())).map(|(data, table)| PlotData { table, ..data }));
    }
    match joined(plot, &tables, &series) {
        Ok(data) => Ok(Some(data)),
        Err(what) => {
            loader.note(&plot.id, what);
            Ok(None)
        }
    }
}

/// The template; of a custom one, so far a name, also the text: from `.dvc/plots`, or a path of its own. A built-in one
/// of that name goes before, for `dvc init` once wrote copies of them there.
fn template(loader: &mut Loader<'_>, plot: &Declaration) -> Result<Option<Template>, RevisionError> {
    let Some(Template::Custom { name, .. }) = &plot.template else { return Ok(plot.template.clone()) };
    for path in [format!(".dvc/plots/{name}"), format!(".dvc/plots/{name}.json"), name.clone()] {
        if loader.has(&path) {
            match loader.text(&path)? {
                Ok(text) => return Ok(Some(Template::Custom { name: name.clone(), text })),
                Err(unread) => loader.note(&path, unread.what),
            }
        }
    }
    let text = format!("there is no template {name}; put it at .dvc/plots/{name}.json; a line is drawn");
    loader.note(&plot.id, text);
    Ok(None)
}

fn find<'t>(table: &'t Table, name: &str) -> Option<&'t Column> {
    table.columns.iter().find(|(column, _)| column == name).map(|(_, column)| column)
}

fn missing(table: &Table, name: &str, by: &str) -> String {
    let known: Vec<&str> = table.columns.iter().take(10).map(|(name, _)| name.as_str()).collect();
    format!("there is no column {name} (the file has: {}); correct the file or {by}", known.join(", "))
}

fn outline(plot: &Declaration) -> PlotData {
    PlotData {
        id: plot.id.clone(),
        title: plot.title.clone().unwrap_or_else(|| plot.id.clone()),
        template: plot.template.clone().unwrap_or_default(),
        x: None,
        y: Vec::new(),
        x_label: plot.x_label.clone(),
        y_label: plot.y_label.clone(),
        table: Table::default(),
    }
}

/// All columns come from one file: its table, which is not in the answer, as it is.
fn simple(
    loader: &mut Loader<'_>,
    plot: &Declaration,
    tables: &BTreeMap<&str, Table>,
    series: &[(&str, &str)],
) -> Option<PlotData> {
    let (file, first) = series[0];
    let table = tables.get(file)?;
    let mut data = outline(plot);
    data.x = plot.x.first().map(|(_, name)| name.clone());
    data.y = series.iter().map(|(_, name)| (*name).to_owned()).collect();
    if let Some(x) = data.x.as_deref().filter(|x| find(table, x).is_none()) {
        loader.note(file, missing(table, x, &plot.by));
        return None;
    }
    let bare =
        plot.template.is_none() && plot.x.is_empty() && plot.y.iter().all(|(_, column)| column.is_none());
    // Classes as a line would say nothing; these two names are DVC's own for a confusion matrix.
    let is_confusion = ["actual", "predicted"].iter().all(|name| find(table, name).is_some())
        && (matches!(find(table, first), Some(Column::Texts(_))) || holds_classes(table));
    if bare && is_confusion {
        data.template = Template::Confusion;
        data.x = Some("actual".to_owned());
        data.y = vec!["predicted".to_owned()];
    }
    Some(data)
}

/// Whether a table of two columns holds nothing but the numbers of a few classes.
fn holds_classes(table: &Table) -> bool {
    let mut classes = BTreeSet::new();
    table.columns.len() == 2
        && table.columns.iter().all(|(_, column)| match column {
            Column::Numbers(cells) => cells.iter().all(|cell| {
                cell.fract() == 0.0 && {
                    classes.insert(cell.to_bits());
                    classes.len() <= MOST_CLASSES
                }
            }),
            Column::Texts(_) => false,
        })
}

/// Columns of several files: over the row's index side by side, over a column one below the other.
fn joined(
    plot: &Declaration,
    tables: &BTreeMap<&str, Table>,
    series: &[(&str, &str)],
) -> Result<PlotData, String> {
    let mut data = outline(plot);
    let labels = labels(series);
    let same_column = series.iter().all(|(_, name)| *name == series[0].1);
    data.y_label = data.y_label.or_else(|| Some(if same_column { series[0].1 } else { "y" }.to_owned()));
    let mut parts = Vec::new();
    for (index, (file, name)) in series.iter().enumerate() {
        let y = tables.get(file).and_then(|table| find(table, name)).ok_or("a column is missing")?;
        let x = match plot.x.get(if plot.x.len() == 1 { 0 } else { index }) {
            Some((x_file, x_name)) => {
                let x_file = x_file.as_deref().unwrap_or(file);
                let x = tables.get(x_file).and_then(|table| find(table, x_name));
                Some(x.ok_or_else(|| format!("{x_file} has no column {x_name} for x; correct {}", plot.by))?)
            }
            None if plot.x.is_empty() => None,
            None => {
                return Err(format!(
                    "the number of x columns is neither one nor that of y; correct {}",
                    plot.by
                ));
            }
        };
        if x.is_some_and(|x| length(x) != length(y)) {
            return Err(format!(
                "the x and y of {file} have different numbers of rows; write both in one step"
            ));
        }
        parts.push((x, y));
    }
    let rows: usize = match plot.x.first() {
        Some(_) => parts.iter().map(|(_, y)| length(y)).sum(),
        None => parts.iter().map(|(_, y)| length(y)).max().unwrap_or(0),
    };
    if rows * (parts.len() + 1) > MOST_CELLS {
        return Err("too many points to draw in one picture; split the plot".to_owned());
    }
    if let Some((_, first)) = plot.x.first() {
        let same = plot.x.iter().all(|(_, name)| name == first);
        let mut name = if same { first.clone() } else { "x".to_owned() };
        while labels.contains(&name) {
            name.push_str(" (x)");
        }
        let xs: Vec<&Column> = parts.iter().filter_map(|(x, _)| *x).collect();
        data.table.columns.push((name.clone(), stacked(&xs)));
        data.x = Some(name);
    }
    let mut start = 0;
    for ((_, y), label) in parts.iter().zip(&labels) {
        data.table.columns.push((label.clone(), padded(y, start, rows)));
        start += if plot.x.is_empty() { 0 } else { length(y) };
    }
    data.y = labels;
    Ok(data)
}

/// What tells the series apart: the column, the file, or both; as DVC does.
fn labels(series: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<&str> = series.iter().map(|(file, _)| *file).collect();
    let below = paths::below_common_folder(&files);
    let one_file = files.iter().all(|file| *file == files[0]);
    let one_column = series.iter().all(|(_, name)| *name == series[0].1);
    series
        .iter()
        .zip(below)
        .map(|((_, name), file)| match (one_file, one_column) {
            (true, _) => (*name).to_owned(),
            (false, true) => file,
            (false, false) => format!("{file}::{name}"),
        })
        .collect()
}

fn length(column: &Column) -> usize {
    match column {
        Column::Numbers(cells) => cells.len(),
        Column::Texts(cells) => cells.len(),
    }
}

fn texts(column: &Column) -> Vec<String> {
    match column {
        Column::Texts(cells) => cells.clone(),
        Column::Numbers(cells) => cells
            .iter()
            .map(|cell| {
                let text = pytext::float(*cell);
                text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
            })
            .collect(),
    }
}

fn stacked(columns: &[&Column]) -> Column {
    let numbers: Option<Vec<&[f64]>> = columns
        .iter()
        .map(|column| match column {
            Column::Numbers(cells) => Some(cells.as_slice()),
            Column::Texts(_) => None,
        })
        .collect();
    match numbers {
        Some(numbers) => Column::Numbers(numbers.concat()),
        None => Column::Texts(columns.iter().flat_map(|column| texts(column)).collect()),
    }
}

fn padded(column: &Column, start: usize, rows: usize) -> Column {
    fn fill<T: Clone>(cells: &[T], empty: &T, start: usize, rows: usize) -> Vec<T> {
        let mut all = vec![empty.clone(); start];
        all.extend_from_slice(cells);
        all.resize(rows, empty.clone());
        all
    }
    match column {
        Column::Numbers(cells) => Column::Numbers(fill(cells, &f64::NAN, start, rows)),
        Column::Texts(cells) => Column::Texts(fill(cells, &String::new(), start, rows)),
    }
}
