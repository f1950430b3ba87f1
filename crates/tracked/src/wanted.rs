//! Which files a side is asked for, before any of them is read; each once, declared ones first.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::definition::{Axis, Props, template};
use super::model::Template;
use super::paths;

/// A file of values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ValueSource {
    /// The file that is read.
    pub(super) path: String,
    /// The path that pairs it with the other side.
    pub(super) shown: String,
    /// Only these dotted keys; `None` is all.
    pub(super) keys: Option<Vec<String>>,
}

/// What dvc.yaml says about one plot; paths are relative to the project's folder.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Declaration {
    pub(super) id: String,
    pub(super) title: Option<String>,
    /// `None` is DVC's default, which is linear.
    pub(super) template: Option<Template>,
    /// `(file, column)`; without a file it is the file of each y. Empty: the row's index.
    pub(super) x: Vec<(Option<String>, String)>,
    /// `(file, column)`; without a column it is the last one.
    pub(super) y: Vec<(String, Option<String>)>,
    pub(super) x_label: Option<String>,
    pub(super) y_label: Option<String>,
    /// Whether the first line of CSV holds names.
    pub(super) header: bool,
    /// The dvc.yaml that declares it.
    pub(super) by: String,
    /// How exactly it was named: the length of the declared path, of which this may be a file below.
    pub(super) exactness: usize,
}

impl Declaration {
    /// A plot by its properties; columns that name no file are those of `file`.
    pub(super) fn of(id: &str, file: &str, props: &Props, by: String) -> Self {
        let columns = |names: &[String]| match names {
            [] => vec![None],
            names => names.iter().cloned().map(Some).collect(),
        };
        let in_file = |file: &str, names: &[String]| -> Vec<(String, Option<String>)> {
            columns(names).into_iter().map(|column| (file.to_owned(), column)).collect()
        };
        let y = match &props.y {
            None => in_file(file, &[]),
            Some(Axis::Names(names)) => in_file(file, names),
            Some(Axis::Files(pairs)) => pairs.iter().flat_map(|(file, names)| in_file(file, names)).collect(),
        };
        let x = match &props.x {
            None => Vec::new(),
            Some(Axis::Names(names)) => names.iter().take(1).map(|name| (None, name.clone())).collect(),
            Some(Axis::Files(pairs)) => pairs
                .iter()
                .flat_map(|(file, names)| names.iter().map(|name| (Some(file.clone()), name.clone())))
                .collect(),
        };
        let custom = |name: &String| Template::Custom { name: name.clone(), text: String::new() };
        Self {
            id: id.to_owned(),
            title: props.title.clone(),
            template: props.template.as_ref().map(|name| template(name).unwrap_or_else(|| custom(name))),
            x,
            y,
            x_label: props.x_label.clone(),
            y_label: props.y_label.clone(),
            header: true,
            by,
            exactness: 0,
        }
    }

    /// The files that it draws, each once.
    pub(super) fn files(&self) -> BTreeSet<&str> {
        let of_x = self.x.iter().filter_map(|(file, _)| file.as_deref());
        self.y.iter().map(|(file, _)| file.as_str()).chain(of_x).collect()
    }

    /// The tables that it draws: the path, and whether the first line of CSV holds names.
    pub(super) fn tables(&self) -> impl Iterator<Item = (String, bool)> {
        self.files().into_iter().map(|file| (file.to_owned(), self.header))
    }
}

/// A plot to draw.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PlotSource {
    Declared(Declaration),
    /// A file that was found: its path, and the path that pairs it with the other side.
    Found {
        path: String,
        shown: String,
    },
}

/// An image to show as a plot.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ImageSource {
    pub(super) path: String,
    pub(super) title: Option<String>,
    /// The folder, if that was asked for and not the image itself.
    pub(super) gallery: Option<String>,
}

/// All that is asked for.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) images: Vec<ImageSource>,
    pub(super) metrics: Vec<ValueSource>,
    pub(super) params: Vec<ValueSource>,
    pub(super) plots: Vec<PlotSource>,
    index: Index,
}

/// What is asked for already: a tree may hold a hundred thousand files.
#[derive(Debug, Default)]
struct Index {
    /// By the paths that pair them with the other side.
    metrics: HashSet<String>,
    params: HashMap<String, usize>,
    /// By their paths.
    params_files: HashSet<String>,
    images: HashMap<String, usize>,
    drawn: HashSet<String>,
}

impl Wanted {
    pub(super) fn is_empty(&self) -> bool {
        self.metrics.is_empty() && self.params.is_empty() && self.plots.is_empty() && self.images.is_empty()
    }

    /// Adds a metrics file, unless it is there.
    pub(super) fn add_metrics(&mut self, path: &str, shown: &str) {
        if self.index.metrics.insert(shown.to_owned()) {
            self.metrics.push(ValueSource { path: path.to_owned(), shown: shown.to_owned(), keys: None });
        }
    }

    /// Adds keys of a params file, or all of it; a file asked for both ways is taken whole.
    pub(super) fn add_params(&mut self, path: &str, shown: &str, keys: Option<Vec<String>>) {
        self.index.params_files.insert(path.to_owned());
        match self.index.params.get(shown).and_then(|at| self.params.get_mut(*at)) {
            Some(known) => {
                known.keys = known.keys.take().zip(keys).map(|(mut known, more)| {
                    known.extend(more);
                    known
                });
            }
            None => {
                self.index.params.insert(shown.to_owned(), self.params.len());
                self.params.push(ValueSource { path: path.to_owned(), shown: shown.to_owned(), keys });
            }
        }
    }

    /// Keeps only files that `takes` says yes to; a plot of several files keeps the curves of those.
    pub(super) fn retain(&mut self, takes: impl Fn(&str) -> bool) {
        self.metrics.retain(|source| takes(&source.path));
        self.params.retain(|source| takes(&source.path));
        self.images.retain(|image| takes(&image.path));
        self.plots.retain_mut(|plot| match plot {
            PlotSource::Declared(declared) => {
                declared.y.retain(|(file, _)| takes(file));
                !declared.y.is_empty()
            }
            PlotSource::Found { path, .. } => takes(path),
        });
        self.index();
    }

    /// Takes the declared plots, in place of any others.
    pub(super) fn declare_plots(&mut self, plots: Vec<Declaration>) {
        self.plots = plots.into_iter().map(PlotSource::Declared).collect();
        self.index();
    }

    /// Whether all or keys of a params file are asked for.
    pub(super) fn has_params_of(&self, path: &str) -> bool {
        self.index.params_files.contains(path)
    }

    fn index(&mut self) {
        let places = |names: &mut dyn Iterator<Item = &String>| -> HashMap<String, usize> {
            names.enumerate().map(|(at, name)| (name.clone(), at)).collect()
        };
        let drawn = self.plots.iter().flat_map(|plot| match plot {
            PlotSource::Declared(declared) => declared.y.iter().map(|(file, _)| file.clone()).collect(),
            PlotSource::Found { path, .. } => vec![path.clone()],
        });
        self.index = Index {
            metrics: self.metrics.iter().map(|source| source.shown.clone()).collect(),
            params: places(&mut self.params.iter().map(|source| &source.shown)),
            params_files: self.params.iter().map(|source| source.path.clone()).collect(),
            images: places(&mut self.images.iter().map(|image| &image.path)),
            drawn: drawn.collect(),
        };
    }

    /// Adds a file of plot data, unless it is drawn already.
    pub(super) fn add_plot(&mut self, path: &str, shown: &str) {
        if self.index.drawn.insert(path.to_owned()) {
            self.plots.push(PlotSource::Found { path: path.to_owned(), shown: shown.to_owned() });
        }
    }

    /// Adds an image; one that is named counts more than one that is found in a folder.
    pub(super) fn add_image(&mut self, image: ImageSource) {
        match self.index.images.get(&image.path).and_then(|at| self.images.get_mut(*at)) {
            Some(known) if known.gallery.is_some() && image.gallery.is_none() => *known = image,
            Some(_) => {}
            None => {
                self.index.images.insert(image.path.clone(), self.images.len());
                self.images.push(image);
            }
        }
    }

    /// Adds an image that was found in its folder.
    pub(super) fn add_found_image(&mut self, path: &str) {
        let gallery = Some(paths::folder(path).to_owned());
        self.add_image(ImageSource { path: path.to_owned(), title: None, gallery });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many as would take minutes if each was compared with all before it.
    #[test]
    fn a_hundred_thousand_files_are_each_asked_for_once() {
        let mut wanted = Wanted::default();
        for path in
            (0..100_000).map(|number| format!("a/rather/long/folder/of/files/{number}")).cycle().take(150_000)
        {
            wanted.add_metrics(&path, &path);
            wanted.add_params(&path, &path, None);
            wanted.add_plot(&path, &path);
            wanted.add_found_image(&path);
        }
        let Wanted { metrics, params, plots, images, .. } = &wanted;
        assert_eq!([metrics.len(), params.len(), plots.len(), images.len()], [100_000; 4]);
        wanted.retain(|path| path.ends_with('7'));
        wanted.add_params("new", "new", Some(vec!["a".into()]));
        wanted.add_params("new", "new", Some(vec!["b".into()]));
        wanted.add_params("a/rather/long/folder/of/files/7", "a/rather/long/folder/of/files/7", None);
        wanted.add_metrics("a/rather/long/folder/of/files/8", "a/rather/long/folder/of/files/8");
        assert_eq!([wanted.metrics.len(), wanted.params.len(), wanted.plots.len()], [10_001, 10_001, 10_000]);
        assert_eq!(wanted.params[10_000].keys, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert!(wanted.has_params_of("new") && !wanted.has_params_of("a/rather/long/folder/of/files/8"));
    }
}
