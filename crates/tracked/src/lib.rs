//! A tree of files becomes values and plot data.
//!
//! What dvc.yaml declares comes first, then what common tools write (found by name), then what the user's globs
//! name; each file once, and none that the user excludes. A file that cannot be read costs a notice and its own rows, nothing else.

mod context;
mod curve;
mod decode;
mod definition;
mod discover;
mod dpath;
mod dvc;
mod dvcyaml;
mod figure;
mod fnmatch;
mod found;
mod ignored;
mod images;
mod load;
mod lock;
mod model;
mod node;
mod paths;
mod pipeline;
mod select;
mod stale;
mod unread;
mod unreadable;
mod wanted;

pub use cml_formats::keys::{dotted, key_order};
pub use cml_formats::records::{Cell, Records};
pub use cml_formats::value::Other;
pub use cml_formats::{Column, Scalar, Table, Value, is_spelt_out, pytext, spelt};
pub use definition::{Axis, Definition, Props};
pub use dvc::{Content, Contents, PlotSet, Source};
pub use dvc::{custom_template, is_image, metrics, params, plot_data, plots, root_value};
pub use lock::{Hash, Output, Outs, Version, listing, outs};
pub use model::{Glob, ImageData, PlotData, Snapshot, Sources, Template, Unreadable, ValueFile, What};
pub use paths::relative;
pub use select::{check_glob, matching};
pub use unread::Unread;

use cml_base::tree::{RevisionError, Tree};
use cml_formats::{flat, json, other, python, records, table, toml, value, yaml};
use flat::Kind;
use load::Loader;
use select::Filter;
use wanted::{PlotSource, ValueSource};

/// Reads one side: all its metrics, params and plots, and what the reader should know about them.
pub fn collect(tree: &dyn Tree, sources: &Sources) -> Result<Snapshot, RevisionError> {
    let mut loader = Loader::new(tree)?;
    let sections = pipeline::sections(&mut loader)?;
    let mut wanted = dvcyaml::declared(&mut loader, &sections);
    stale::note(&mut loader, &sections)?;
    discover::add(&mut loader, &mut wanted);
    let filter = Filter::new(&mut loader, sources);
    wanted.retain(|path| filter.takes(path));
    filter.add(&mut loader, sources, &mut wanted);
    let mut snapshot = Snapshot::default();
    if wanted.is_empty() {
        snapshot.near_misses = discover::near_misses(&loader);
        snapshot.near_misses.retain(|(path, _)| filter.takes(path));
    }
    snapshot.metrics = values(&mut loader, &wanted.metrics, Kind::Metrics)?;
    snapshot.params = values(&mut loader, &wanted.params, Kind::Params)?;
    snapshot.unreadable = unreadable::values(&loader, &wanted);
    loader.prepare(wanted.plots.iter().flat_map(tables).collect())?;
    for source in &wanted.plots {
        match source {
            PlotSource::Declared(plot) => snapshot.plots.extend(figure::declared(&mut loader, plot)?),
            PlotSource::Found { path, shown } => {
                snapshot.plots.extend(found_plots(&mut loader, path, shown)?)
            }
        }
    }
    snapshot.images = images::read(&mut loader, &wanted.images)?;
    snapshot.closed = unreadable::closed(&loader, &wanted, tree)?;
    snapshot.notices = loader.into_notices();
    Ok(snapshot)
}

fn values(
    loader: &mut Loader<'_>,
    sources: &[ValueSource],
    kind: Kind,
) -> Result<Vec<ValueFile>, RevisionError> {
    let paths: Vec<String> = sources.iter().map(|source| source.path.clone()).collect();
    let read = loader.each(&paths, |at, text| values_of(&sources[at], &text?, kind))?;
    let mut files = Vec::new();
    for (source, read) in sources.iter().zip(read) {
        // What is given to a run is seldom written by a step.
        let read = match read {
            Err(unread) if kind == Kind::Params => Err(unread.without_step()),
            read => read,
        };
        let Some(found) = loader.keep(&source.path, read) else { continue };
        if found.too_long > 0 {
            loader.note(&source.path, format!("{} keys are too long and left out", found.too_long));
        }
        if !found.left_out.is_empty() {
            loader.note(&source.path, left_out(&found.left_out));
        }
        if found.is_empty() && kind == Kind::Metrics {
            loader.has_no_values(&source.path, NO_VALUES);
        }
        files.push(ValueFile { path: source.shown.clone(), values: found.values });
    }
    Ok(files)
}

/// A file's values by key, and what is missing among them.
#[derive(Default)]
struct Found {
    values: Vec<(String, Scalar)>,
    /// How many keys are too long.
    too_long: usize,
    /// The keys of what only another program can read.
    left_out: Vec<String>,
}

impl Found {
    fn is_empty(&self) -> bool {
        self.values.is_empty() && self.too_long == 0 && self.left_out.is_empty()
    }
}

fn values_of(source: &ValueSource, text: &str, kind: Kind) -> Result<Found, Unread> {
    let of_curve = |table: &Table| {
        let values = curve::values(table).map_err(Unread::no_metrics)?;
        Ok(Found { values, ..Found::default() })
    };
    if matches!(paths::suffix(&source.path).as_str(), "csv" | "tsv") {
        let table = load::table_of(&source.path, text, true)?;
        if table.is_empty() {
            return Err("the table has no rows; run the step that writes them".to_owned().into());
        }
        return of_curve(&table);
    }
    let (value, left_out) = load::plain(&source.path, text)?;
    if kind == Kind::Metrics && is_rows(&value) {
        return of_curve(&table::from_value(&value).map_err(|error| error.to_string())?);
    }
    let selected = source.keys.as_ref().map(|keys| dpath::select(&value, keys));
    let (values, too_long) = flat::flatten(selected.as_ref().unwrap_or(&value), kind);
    Ok(Found { values, too_long, left_out })
}

/// A file of metrics that was read and has no row.
const NO_VALUES: &str =
    "it holds no single values to compare (lists are none); if it holds a curve, name it by --plots";

/// How many keys a notice names.
const NAMED: usize = 5;

/// What to say of values with tags that YAML does not define.
fn left_out(keys: &[String]) -> String {
    let named: Vec<&str> = keys.iter().take(NAMED).map(String::as_str).collect();
    let more = match keys.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "{}{more}: left out, because a tag makes an object of them that only the program that wrote the file can read; the other values are read",
        named.join(", ")
    )
}

/// Whether a value is a list of rows, as a table is written in JSON.
fn is_rows(value: &Value) -> bool {
    let rows = value.items();
    !rows.is_empty() && rows.iter().all(|row| matches!(row, Value::Map(_)))
}

/// The tables that a plot draws: the path, and whether the first line of CSV holds names.
fn tables(source: &PlotSource) -> Vec<(String, bool)> {
    match source {
        PlotSource::Declared(plot) => plot.tables().collect(),
        PlotSource::Found { path, .. } if found::is_trainer_state(path) => Vec::new(),
        PlotSource::Found { path, .. } => vec![(path.clone(), true)],
    }
}

fn found_plots(loader: &mut Loader<'_>, path: &str, shown: &str) -> Result<Vec<PlotData>, RevisionError> {
    let table = if found::is_trainer_state(path) {
        let log = loader.value(path)?.and_then(|state| state.get("log_history").cloned());
        log.and_then(|log| table::from_value(&log).ok())
    } else {
        loader.table(path, true)?
    };
    let Some(table) = table else { return Ok(Vec::new()) };
    let plots = found::plots(shown, &table);
    if plots.is_empty() && !found::is_trainer_state(path) && table.columns.is_empty() {
        loader.note(path, "the file holds no points; write a table, or a list of objects");
    } else if plots.is_empty() && !found::is_trainer_state(path) {
        loader.note(path, "no column holds numbers to draw; declare x, y and a template in dvc.yaml");
    }
    Ok(plots)
}

#[cfg(test)]
mod tests;
