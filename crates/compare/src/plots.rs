//! Puts the plots of several revisions together as DVC does: definitions merged, the first revision's first; points
//! of every revision with their x, y and where they come from.
//!
//! In: one [`PlotSet`] for each revision. Out: one [`ComparedPlot`] for each plot, its points read on demand.

use std::collections::BTreeMap;

use cml_tracked::{Axis, Definition, PlotSet, Props, Records, Source, Value, is_image, relative};

mod group;
mod points;

pub use group::merged_definitions;
use group::{groups, merged_props};
pub use points::{DataPlot, PointCell};
use points::{Marks, Run};

use super::template::anchors;

/// One plot over all revisions.
#[derive(Debug)]
pub struct ComparedPlot<'a> {
    pub id: String,
    pub items: Vec<Item<'a>>,
    pub failures: Vec<PlotFailure>,
}

/// What there is to show of a plot.
#[derive(Debug)]
pub enum Item<'a> {
    Data(Box<DataPlot<'a>>),
    Image { rev: &'a str, path: String, bytes: &'a [u8] },
}

/// Why a revision is missing in a plot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlotFailure {
    pub rev: String,
    /// The file, if one cannot be read.
    pub source: Option<String>,
    pub what: String,
}

/// Reads the user's own template of a name; `Ok(None)` if the name is a built-in one.
pub type Templates<'t> = dyn FnMut(&str) -> Result<Option<Value>, String> + 't;

/// Puts all revisions together. Paths are shown as seen from the folder `cwd`.
pub fn compare_plots<'a>(
    sides: &'a [(String, PlotSet)],
    cwd: &str,
    templates: &mut Templates<'_>,
) -> Vec<ComparedPlot<'a>> {
    let plots = groups(sides, cwd).into_iter().map(|(id, group)| {
        let props = merged_props(&group);
        let mut plot = ComparedPlot { id, items: Vec::new(), failures: Vec::new() };
        let mut data: Option<DataPlot<'a>> = None;
        for (rev, set, definition) in group {
            plot.sources(rev, set, definition, cwd);
            if is_image(&definition.id) {
                continue;
            }
            match runs(rev, set, definition, &props, cwd) {
                Ok(None) => {}
                Ok(Some(found)) => add(&mut data, found, rev, &props, &plot.id),
                Err(what) => plot.failures.push(PlotFailure { rev: rev.to_owned(), source: None, what }),
            }
        }
        if let Some(mut data) = data {
            let custom = props.template.as_deref().map_or(Ok(None), &mut *templates);
            match custom
                .and_then(|content| content.map_or(Ok(()), |content| anchors::apply(&mut data, &content)))
            {
                Ok(()) => plot.items.push(Item::Data(Box::new(data))),
                Err(what) => plot.failures.extend(data.revisions.iter().map(|rev| PlotFailure {
                    rev: (*rev).to_owned(),
                    source: None,
                    what: what.clone(),
                })),
            }
        }
        plot
    });
    plots.collect()
}

impl<'a> ComparedPlot<'a> {
    /// Names the files that failed, and takes the images.
    fn sources(&mut self, rev: &'a str, set: &'a PlotSet, definition: &'a Definition, cwd: &str) {
        for path in definition.sources() {
            match set.sources.get(path) {
                Some(Source::Failed(what)) => self.failures.push(PlotFailure {
                    rev: rev.to_owned(),
                    source: Some(relative(cwd, path)),
                    what: what.clone(),
                }),
                Some(Source::Image(bytes)) if is_image(&definition.id) => {
                    self.items.push(Item::Image { rev, path: relative(cwd, path), bytes });
                }
                _ => {}
            }
        }
    }
}

struct Found<'a> {
    runs: Vec<Run<'a>>,
    x: String,
    y: String,
    x_label: String,
    y_label: String,
}

fn add<'a>(data: &mut Option<DataPlot<'a>>, found: Found<'a>, rev: &'a str, props: &Props, id: &str) {
    let plot = data.get_or_insert_with(|| DataPlot {
        template: props.template.clone().unwrap_or_else(|| "linear".to_owned()),
        revisions: Vec::new(),
        title: props.title.clone().unwrap_or_else(|| id.to_owned()),
        x: found.x,
        y: found.y,
        x_label: found.x_label,
        y_label: found.y_label,
        runs: Vec::new(),
    });
    plot.revisions.push(rev);
    plot.runs.extend(found.runs);
}

/// One name for all, or another word for several.
fn unified<'n>(names: &[(&str, &'n str)], several: &'n str) -> &'n str {
    match names.split_first() {
        Some((first, rest)) if rest.iter().all(|(_, name)| *name == first.1) => first.1,
        _ => several,
    }
}

/// The points of one revision; `None` if there are none.
fn runs<'a>(
    rev: &'a str,
    set: &'a PlotSet,
    definition: &'a Definition,
    props: &Props,
    cwd: &str,
) -> Result<Option<Found<'a>>, String> {
    let mut data: BTreeMap<&str, &'a Records> = BTreeMap::new();
    for path in definition.sources() {
        if let Some(Source::Rows(records)) = set.sources.get(path) {
            if let Some(problem) = &records.problem {
                return Err(problem.clone());
            }
            data.insert(path, records);
        }
    }
    let own = definition.id.as_str();
    let ys = y_columns(props, own, &data);
    let xs = x_columns(props, own);
    for (file, name) in xs.iter().chain(&ys) {
        verify(&data, file, name)?;
    }
    if xs.len() > 1 && xs.len() != ys.len() {
        let counts = format!("{} columns for x and {} for y", xs.len(), ys.len());
        return Err(format!("there are {counts}; give one x, or one for each y"));
    }
    let several_x = xs.len() > 1 && unified(&xs, "").is_empty();
    let marks = Marks {
        files: ys.iter().any(|(file, _)| *file != ys[0].0),
        fields: ys.iter().any(|(_, name)| *name != ys[0].1),
        inferred_y: ys.iter().any(|(_, name)| *name != ys[0].1),
        plain: false,
    };
    let short = short_names(&ys, cwd);
    let mut runs = Vec::new();
    for (index, ((y_file, y_name), file)) in ys.iter().zip(short).enumerate() {
        let records = data.get(y_file).copied();
        let rows = records.map_or(0, Records::rows);
        let x = match xs.get(if xs.len() > 1 { index } else { 0 }) {
            None => None,
            Some((x_file, x_name)) => {
                let x = data.get(x_file).copied();
                if x.map_or(0, Records::rows) != rows {
                    return Err(format!(
                        "cannot join {x_name} of {x_file} and {y_name} of {y_file}: they have different numbers of rows"
                    ));
                }
                x.and_then(|x| Some((x, x.column(x_name)?)))
            }
        };
        let Some(records) = records else { continue };
        let x_name = xs.get(if xs.len() > 1 { index } else { 0 }).map_or("step", |(_, name)| name);
        runs.push(Run {
            rev,
            records,
            y: records.column(y_name).unwrap_or(usize::MAX),
            x,
            x_name: if several_x { "dvc_inferred_x_value" } else { x_name }.to_owned(),
            file,
            field: (*y_name).to_owned(),
            marks,
        });
    }
    if runs.iter().all(|run| run.records.rows() == 0) {
        return Ok(None);
    }
    let label = |given: &Option<String>, found: &str| given.clone().unwrap_or_else(|| found.to_owned());
    let x = if xs.is_empty() { "step" } else { unified(&xs, "dvc_inferred_x_value") };
    let x_found = if xs.is_empty() { "step" } else { unified(&xs, "x") };
    Ok(Some(Found {
        runs,
        x: x.to_owned(),
        y: unified(&ys, "dvc_inferred_y_value").to_owned(),
        x_label: label(&props.x_label, x_found),
        y_label: label(&props.y_label, unified(&ys, "y")),
    }))
}

/// `(file, column)` of each y: without a name the last column.
fn y_columns<'p>(
    props: &'p Props,
    own: &'p str,
    data: &BTreeMap<&str, &'p Records>,
) -> Vec<(&'p str, &'p str)> {
    match &props.y {
        None => {
            let default = data.get(own).and_then(|records| records.default_y.as_deref());
            default.map(|name| (own, name)).into_iter().collect()
        }
        Some(Axis::Names(names)) => names.iter().map(|name| (own, name.as_str())).collect(),
        Some(Axis::Files(pairs)) => in_files(pairs),
    }
}

/// `(file, column)` of each x; one name stands for that column of each y's file.
fn x_columns<'p>(props: &'p Props, own: &'p str) -> Vec<(&'p str, &'p str)> {
    match (&props.x, &props.y) {
        (None, _) => Vec::new(),
        (Some(Axis::Files(pairs)), _) => in_files(pairs),
        (Some(Axis::Names(names)), Some(Axis::Files(pairs))) => {
            let name = names.first().map_or("", String::as_str);
            in_files(pairs).into_iter().map(|(file, _)| (file, name)).collect()
        }
        (Some(Axis::Names(names)), _) => names.iter().take(1).map(|name| (own, name.as_str())).collect(),
    }
}

fn in_files(pairs: &[(String, Vec<String>)]) -> Vec<(&str, &str)> {
    pairs.iter().flat_map(|(file, names)| names.iter().map(|name| (file.as_str(), name.as_str()))).collect()
}

/// The first point decides which columns there are.
fn verify(data: &BTreeMap<&str, &Records>, file: &str, name: &str) -> Result<(), String> {
    let Some(records) = data.get(file) else { return Ok(()) };
    if records.rows() == 0 {
        return Err(format!("{file} holds no list of points with the same keys"));
    }
    match records.column(name).and_then(|column| records.cell(0, column)) {
        Some(_) => Ok(()),
        None => Err(format!("{file} has no column {name}; it has {}", records.names().join(", "))),
    }
}

/// The files as seen from the folder that all share.
fn short_names(ys: &[(&str, &str)], cwd: &str) -> Vec<String> {
    let files: Vec<String> = ys.iter().map(|(file, _)| relative(cwd, file)).collect();
    let Some(first) = files.first().filter(|first| files.iter().any(|file| file != *first)) else {
        return files;
    };
    let mut common: Vec<&str> = first.split('/').collect();
    for file in &files {
        let same = file.split('/').zip(&common).take_while(|(a, b)| a == *b).count();
        common.truncate(same);
    }
    let skipped: usize = common.iter().map(|part| part.len() + 1).sum();
    files.iter().map(|file| file.get(skipped..).unwrap_or(file).to_owned()).collect()
}
