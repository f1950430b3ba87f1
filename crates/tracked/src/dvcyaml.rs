//! What the dvc.yaml files of a tree declare: metrics, params and plots, of stages and at the top level.

use std::collections::{BTreeMap, BTreeSet};

use super::definition::{Axis, Props};
use super::load::Loader;
use super::paths;
use super::pipeline::Section;
use super::value::Value;
use super::wanted::{Declaration, ImageSource, Wanted};

/// What the dvc.yaml files of the tree declare, the one nearest to the top first.
pub(super) fn declared(loader: &mut Loader<'_>, sections: &[Section]) -> Wanted {
    let mut wanted = Wanted::default();
    let mut plots = Vec::new();
    for section in sections {
        Reader { loader: &mut *loader, wanted: &mut wanted, plots: &mut plots, section }.read();
    }
    // Variables that templates use are params too, unless their file is tracked anyway.
    let tracked: BTreeSet<String> = wanted.params.iter().map(|source| source.path.clone()).collect();
    for (file, keys) in sections.iter().flat_map(|section| &section.used) {
        if !tracked.contains(file) {
            wanted.add_params(file, file, Some(keys.keys().cloned().collect()));
        }
    }
    wanted.declare_plots(settle(plots));
    wanted
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
    section: &'r Section,
}

impl Reader<'_, '_> {
    fn read(&mut self) {
        let body = &self.section.body;
        for (name, _) in entries(body.get("metrics")) {
            for path in self.data_files(&name) {
                self.wanted.add_metrics(&path, &path);
            }
        }
        for (name, keys) in entries(body.get("params")) {
            self.params(&name, keys);
        }
        for (name, props) in entries(body.get("plots")) {
            self.plot(&name, props);
        }
    }

    /// A declared path: the file, or the files of a folder; a missing one stays, to be missed when it is read.
    fn files(&mut self, name: &str) -> Vec<String> {
        let name = &paths::with_slashes(name);
        let Some(path) = paths::join(&self.section.folder, name) else {
            self.loader.note(
                &self.section.file,
                format!("{name} lies outside the project's folder; it is left out"),
            );
            return Vec::new();
        };
        self.loader.declared(&path)
    }

    /// Files of values or points: a folder's images hold none.
    fn data_files(&mut self, name: &str) -> Vec<String> {
        let itself = paths::join(&self.section.folder, &paths::with_slashes(name));
        let mut found = self.files(name);
        found.retain(|file| itself.as_ref() == Some(file) || !paths::is_image(file));
        found
    }

    fn params(&mut self, name: &str, keys: Option<&Value>) {
        let (file, keys) = params_entry(name, keys, self.section.top);
        let keys = (!keys.is_empty()).then_some(keys);
        for path in self.data_files(file) {
            if path != "params.yaml" || self.loader.has(&path) {
                self.wanted.add_params(&path, &path, keys.clone());
            }
        }
    }

    fn plot(&mut self, name: &str, props: Option<&Value>) {
        let header = props.and_then(|props| props.get("header")) != Some(&Value::Bool(false));
        let props = Props::of(props.unwrap_or(&Value::Null), |file| self.data_files(file));
        let plot = |id: &str, file: &str| Declaration {
            header,
            exactness: name.len(),
            ..Declaration::of(id, file, &props, self.section.file.clone())
        };
        if matches!(props.y, Some(Axis::Files(_))) {
            let plot = plot(name, "");
            self.plots.extend((!plot.y.is_empty()).then_some(plot));
            return;
        }
        let whole_folder = paths::join(&self.section.folder, &paths::with_slashes(name))
            .is_some_and(|path| !self.loader.has(&path));
        for path in self.files(name) {
            let in_folder = whole_folder && path != name;
            if paths::is_image(&path) {
                let gallery = in_folder.then(|| paths::folder(&path).to_owned());
                let title = props.title.clone().filter(|_| gallery.is_none());
                self.wanted.add_image(ImageSource { path, title, gallery });
                continue;
            }
            if in_folder && !paths::is_plot_data(&path) {
                continue;
            }
            self.plots.push(plot(&path, &path));
        }
    }
}

/// A params entry as its file and keys, without keys all of it: at the top level a text is a file, in a stage it is a
/// key of params.yaml.
pub(super) fn params_entry<'n>(name: &'n str, keys: Option<&Value>, top: bool) -> (&'n str, Vec<String>) {
    match keys {
        None if !top => ("params.yaml", vec![name.to_owned()]),
        None => (name, Vec::new()),
        Some(Value::List(keys)) => (name, keys.iter().map(Value::key_text).collect()),
        Some(Value::Null) => (name, Vec::new()),
        Some(key) => (name, vec![key.key_text()]),
    }
}

/// The entries of a list of names and one-key maps, or of a map.
pub(super) fn entries(value: Option<&Value>) -> Vec<(String, Option<&Value>)> {
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
