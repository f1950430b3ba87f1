//! What the dvc.yaml files of a tree declare: metrics, params and plots, of stages and at the top level.

use std::collections::{BTreeMap, BTreeSet};

use super::load::Loader;
use super::model::Template;
use super::paths;
use super::value::Value;
use super::wanted::{Declaration, PlotSource, Wanted};
use crate::revision::RevisionError;

/// Reads every dvc.yaml of the tree, the one nearest to the top first.
pub(super) fn declared(loader: &mut Loader<'_>) -> Result<Wanted, RevisionError> {
    let is_dvc = |path: &&str| paths::file_name(path) == "dvc.yaml" && !paths::is_hidden(path);
    let mut files: Vec<String> = loader.files().filter(is_dvc).map(str::to_owned).collect();
    files.sort_by_key(|path| paths::depth(path));
    let mut wanted = Wanted::default();
    let mut plots = Vec::new();
    for path in files {
        if let Some(value) = loader.value(&path)? {
            let mut reader =
                Reader { loader: &mut *loader, wanted: &mut wanted, plots: &mut plots, file: &path };
            reader.file(&value);
        }
    }
    wanted.plots = settle(plots).into_iter().map(PlotSource::Declared).collect();
    Ok(wanted)
}

/// One plot for each id: the most exact declaration, top-level ones before those of stages (they come first);
/// an id of two dvc.yaml files gets their paths before it.
fn settle(plots: Vec<Declaration>) -> Vec<Declaration> {
    let mut owners: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for plot in &plots {
        owners.entry(&plot.id).or_default().insert(&plot.by);
    }
    let shared: BTreeSet<String> =
        owners.into_iter().filter(|(_, by)| by.len() > 1).map(|(id, _)| id.to_owned()).collect();
    let mut kept: Vec<Declaration> = Vec::new();
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    for mut plot in plots {
        if shared.contains(&plot.id) {
            let id = format!("{}::{}", plot.by, plot.id);
            plot.title = plot.title.or(Some(std::mem::replace(&mut plot.id, id)));
        }
        match index.get(&plot.id) {
            Some(at) if kept[*at].exactness < plot.exactness => kept[*at] = plot,
            Some(_) => {}
            None => {
                index.insert(plot.id.clone(), kept.len());
                kept.push(plot);
            }
        }
    }
    kept
}

struct Reader<'r, 't> {
    loader: &'r mut Loader<'t>,
    wanted: &'r mut Wanted,
    plots: &'r mut Vec<Declaration>,
    file: &'r str,
}

impl Reader<'_, '_> {
    fn file(&mut self, value: &Value) {
        let folder = paths::folder(self.file).to_owned();
        self.section(value, &folder, "the top level", true);
        for (name, stage) in value.get("stages").map_or(&[][..], Value::pairs) {
            let name = format!("stage {}", name.key_text());
            let body = stage.get("do").unwrap_or(stage);
            let wdir = body.get("wdir").and_then(Value::as_text).unwrap_or(".");
            match paths::join(&folder, wdir) {
                _ if wdir.contains("${") => self.templated(&name),
                Some(wdir) => self.section(body, &wdir, &name, false),
                None => self
                    .loader
                    .note(self.file, format!("{name} works outside the project's folder; it is left out")),
            }
        }
    }

    fn templated(&mut self, place: &str) {
        let text = format!(
            "{place} names files or keys with ${{...}}, which is not resolved yet; name them with --metrics, --params or --plots"
        );
        self.loader.note(self.file, text);
    }

    /// `metrics`, `params` and `plots` of a stage or of the top level; paths count from `folder`.
    fn section(&mut self, value: &Value, folder: &str, place: &str, top: bool) {
        for (name, _) in entries(value.get("metrics")) {
            for path in self.files(folder, &name, place) {
                self.wanted.add_metrics(&path, &path);
            }
        }
        for (name, keys) in entries(value.get("params")) {
            self.params(folder, &name, keys, place, top);
        }
        for (name, props) in entries(value.get("plots")) {
            self.plot(folder, &name, props, place);
        }
    }

    /// A declared path: the file, or the files of a folder; a missing one stays, to be missed when it is read.
    fn files(&mut self, folder: &str, name: &str, place: &str) -> Vec<String> {
        if name.contains("${") {
            self.templated(place);
            return Vec::new();
        }
        let Some(path) = paths::join(folder, name) else {
            self.loader.note(self.file, format!("{name} lies outside the project's folder; it is left out"));
            return Vec::new();
        };
        let mut found = self.loader.expand(&path);
        if found.is_empty() {
            return vec![path];
        }
        found.retain(|file| !paths::is_image(file));
        found
    }

    fn params(&mut self, folder: &str, name: &str, keys: Option<&Value>, place: &str, top: bool) {
        // At the top level a text is a file; in a stage it is a key of params.yaml.
        let (file, keys) = match keys {
            None if !top => ("params.yaml", Some(vec![name.to_owned()])),
            None | Some(Value::Null) => (name, None),
            Some(keys) => (name, Some(keys.items().iter().map(Value::key_text).collect())),
        };
        if keys.iter().flatten().any(|key: &String| key.contains("${")) {
            self.templated(place);
            return;
        }
        for path in self.files(folder, file, place) {
            if path != "params.yaml" || self.loader.has(&path) {
                self.wanted.add_params(&path, &path, keys.clone());
            }
        }
    }

    fn plot(&mut self, folder: &str, name: &str, props: Option<&Value>, place: &str) {
        let none = Value::Null;
        let props = props.unwrap_or(&none);
        let text =
            |key: &str| props.get(key).filter(|value| !matches!(value, Value::Null)).map(Value::key_text);
        let mut plot = Declaration {
            title: text("title"),
            x_label: text("x_label"),
            y_label: text("y_label"),
            header: props.get("header") != Some(&Value::Bool(false)),
            by: self.file.to_owned(),
            exactness: name.len(),
            ..Declaration::default()
        };
        if let Some(wanted) = text("template") {
            plot.template = Some(template(&wanted).unwrap_or(Template::Custom(wanted)));
        }
        plot.x = match props.get("x") {
            Some(Value::Map(_)) => {
                let pairs = self.columns(folder, props.get("x"), place);
                pairs.into_iter().filter_map(|(file, column)| Some((Some(file), column?))).collect()
            }
            Some(Value::Null) | None => Vec::new(),
            Some(column) => vec![(None, column.key_text())],
        };
        if matches!(props.get("y"), Some(Value::Map(_))) {
            plot.y = self.columns(folder, props.get("y"), place);
            name.clone_into(&mut plot.id);
            self.plots.extend((!plot.y.is_empty()).then_some(plot));
            return;
        }
        let whole_folder = paths::join(folder, name).is_some_and(|path| !self.loader.has(&path));
        for path in self.files(folder, name, place) {
            let wrong_kind = whole_folder && path != name && !paths::is_plot_data(&path);
            if wrong_kind || paths::is_image(&path) {
                continue;
            }
            let columns = names(props.get("y"));
            plot.y = columns.into_iter().map(|column| (path.clone(), column)).collect();
            plot.id = path;
            self.plots.push(plot.clone());
        }
    }

    /// `{file: column}` or `{file: [columns]}` as pairs.
    fn columns(&mut self, folder: &str, value: Option<&Value>, place: &str) -> Vec<(String, Option<String>)> {
        let mut pairs = Vec::new();
        for (file, columns) in value.map_or(&[][..], Value::pairs) {
            for path in self.files(folder, &file.key_text(), place) {
                pairs.extend(names(Some(columns)).into_iter().map(|column| (path.clone(), column)));
            }
        }
        pairs
    }
}

/// One column, several, or the default one.
fn names(value: Option<&Value>) -> Vec<Option<String>> {
    match value {
        None | Some(Value::Null) => vec![None],
        Some(Value::List(items)) if items.is_empty() => vec![None],
        Some(Value::List(items)) => items.iter().map(|item| Some(item.key_text())).collect(),
        Some(name) => vec![Some(name.key_text())],
    }
}

/// The entries of a list of names and one-key maps, or of a map.
fn entries(value: Option<&Value>) -> Vec<(String, Option<&Value>)> {
    match value {
        Some(Value::List(items)) => items
            .iter()
            .flat_map(|item| match item {
                Value::Map(_) => entries(Some(item)),
                name => vec![(name.key_text(), None)],
            })
            .collect(),
        Some(Value::Map(pairs)) => pairs.iter().map(|(name, props)| (name.key_text(), Some(props))).collect(),
        Some(Value::Text(name)) => vec![(name.clone(), None)],
        _ => Vec::new(),
    }
}

fn template(name: &str) -> Option<Template> {
    Some(match name.strip_suffix(".json").unwrap_or(name) {
        "linear" => Template::Linear,
        "simple" => Template::Simple,
        "smooth" => Template::Smooth,
        "scatter" => Template::Scatter,
        "scatter_jitter" => Template::ScatterJitter,
        "confusion" => Template::Confusion,
        "confusion_normalized" => Template::ConfusionNormalized,
        "bar_horizontal" => Template::BarHorizontal,
        "bar_horizontal_sorted" => Template::BarHorizontalSorted,
        _ => return None,
    })
}
