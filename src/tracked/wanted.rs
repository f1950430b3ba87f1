//! Which files a side is asked for, before any of them is read; each once, declared ones first.

use std::collections::BTreeSet;

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
#[derive(Debug, Clone, PartialEq, Default)]
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
}

impl Wanted {
    pub(super) fn is_empty(&self) -> bool {
        self.metrics.is_empty() && self.params.is_empty() && self.plots.is_empty() && self.images.is_empty()
    }

    /// Adds a metrics file, unless it is there.
    pub(super) fn add_metrics(&mut self, path: &str, shown: &str) {
        if !self.metrics.iter().any(|source| source.shown == shown) {
            self.metrics.push(ValueSource { path: path.to_owned(), shown: shown.to_owned(), keys: None });
        }
    }

    /// Adds keys of a params file, or all of it; a file asked for both ways is taken whole.
    pub(super) fn add_params(&mut self, path: &str, shown: &str, keys: Option<Vec<String>>) {
        match self.params.iter_mut().find(|source| source.shown == shown) {
            Some(known) => {
                known.keys = known.keys.take().zip(keys).map(|(mut known, more)| {
                    known.extend(more);
                    known
                });
            }
            None => self.params.push(ValueSource { path: path.to_owned(), shown: shown.to_owned(), keys }),
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
    }

    /// Whether a plot already draws this file.
    fn draws(&self, path: &str) -> bool {
        self.plots.iter().any(|plot| match plot {
            PlotSource::Declared(declared) => declared.y.iter().any(|(file, _)| file == path),
            PlotSource::Found { path: known, .. } => known == path,
        })
    }

    /// Adds a file of plot data, unless it is drawn already.
    pub(super) fn add_plot(&mut self, path: &str, shown: &str) {
        if !self.draws(path) {
            self.plots.push(PlotSource::Found { path: path.to_owned(), shown: shown.to_owned() });
        }
    }

    /// Adds an image; one that is named counts more than one that is found in a folder.
    pub(super) fn add_image(&mut self, image: ImageSource) {
        match self.images.iter_mut().find(|known| known.path == image.path) {
            Some(known) if known.gallery.is_some() && image.gallery.is_none() => *known = image,
            Some(_) => {}
            None => self.images.push(image),
        }
    }

    /// Adds an image that was found in its folder.
    pub(super) fn add_found_image(&mut self, path: &str) {
        let gallery = Some(paths::folder(path).to_owned());
        self.add_image(ImageSource { path: path.to_owned(), title: None, gallery });
    }
}
