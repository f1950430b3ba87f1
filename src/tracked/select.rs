//! The user's globs: which files are added, which of those that are found are kept, and which are never taken.
//!
//! A glob that matches nothing, or only what is excluded, is a notice that names it.

use super::load::Loader;
use super::model::{Glob, Sources};
use super::paths;
use super::wanted::{ImageSource, Wanted};
use crate::pattern::Globs;

/// Which files count, by `include` and `exclude`.
pub(super) struct Filter {
    include: Vec<Matcher>,
    exclude: Vec<Matcher>,
}

/// A glob, ready to be asked.
struct Matcher {
    glob: Globs,
    /// What stands before a path of the tree where the glob counts from.
    before: String,
}

impl Filter {
    pub(super) fn new(loader: &mut Loader<'_>, sources: &Sources) -> Self {
        let include = sources.include.iter().filter_map(|glob| Matcher::new(loader, glob)).collect();
        let exclude = sources.exclude.iter().filter_map(|glob| Matcher::new(loader, glob)).collect();
        Self { include, exclude }
    }

    /// Whether a file that was declared or found is taken.
    pub(super) fn takes(&self, path: &str) -> bool {
        (self.include.is_empty() || self.include.iter().any(|glob| glob.is_match(path))) && !self.bars(path)
    }

    /// Whether a file is never taken.
    fn bars(&self, path: &str) -> bool {
        self.exclude.iter().any(|glob| glob.is_match(path))
    }

    /// Adds the files that the user's globs name.
    pub(super) fn add(&self, loader: &mut Loader<'_>, sources: &Sources, wanted: &mut Wanted) {
        for path in self.matching(loader, &sources.metrics, false) {
            wanted.add_metrics(&path, &path);
        }
        for path in self.matching(loader, &sources.params, false) {
            wanted.add_params(&path, &path, None);
        }
        for path in self.matching(loader, &sources.plots, true) {
            let is_named = sources.plots.iter().any(|glob| glob.names(&path));
            if !paths::is_image(&path) {
                wanted.add_plot(&path, &path);
            } else if is_named {
                wanted.add_image(ImageSource { path, title: None, gallery: None });
            } else {
                wanted.add_found_image(&path);
            }
        }
    }

    fn matching(&self, loader: &mut Loader<'_>, globs: &[Glob], images: bool) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for glob in globs {
            let Some(matcher) = Matcher::new(loader, glob) else { continue };
            let files: Vec<String> =
                loader.files().filter(|path| matcher.is_match(path)).map(str::to_owned).collect();
            let is_empty = files.is_empty();
            let mut files: Vec<String> = files.into_iter().filter(|path| !self.bars(path)).collect();
            // A file for several projects may well name nothing of this one.
            if is_empty && glob.below.is_empty() {
                let text = "no file matches; globs count from the project's folder, and ** crosses folders";
                loader.note(&about(glob), text);
            } else if !is_empty && files.is_empty() {
                loader.note(&about(glob), "every file that matches is excluded");
            }
            files.retain(|path| images || !paths::is_image(path));
            found.extend(files);
        }
        found
    }
}

impl Matcher {
    /// `None`, and a notice, if the glob cannot be read.
    fn new(loader: &mut Loader<'_>, glob: &Glob) -> Option<Self> {
        let before =
            if glob.below.is_empty() { String::new() } else { format!("{}/", glob.below.trim_matches('/')) };
        match matcher(&glob.text) {
            Ok(glob) => Some(Self { glob, before }),
            Err(error) => {
                let text = format!(
                    "this is not a valid glob ({error}); * stands for a part of a name, ** for folders"
                );
                loader.note(&about(glob), text);
                None
            }
        }
    }

    fn is_match(&self, path: &str) -> bool {
        if self.before.is_empty() {
            self.glob.is_match(path)
        } else {
            self.glob.is_match(&format!("{}{path}", self.before))
        }
    }
}

fn about(glob: &Glob) -> String {
    let text: String = glob.text.chars().take(200).collect();
    format!("{} {text}", glob.by)
}

/// Whether a glob can be read; the error says what is wrong with it.
pub fn check_glob(glob: &str) -> Result<(), String> {
    matcher(glob).map(drop)
}

fn matcher(glob: &str) -> Result<Globs, String> {
    let glob = glob.strip_prefix("./").unwrap_or(glob);
    // A folder stands for all that is below it.
    let glob = glob.strip_suffix('/').map_or_else(|| glob.to_owned(), |folder| format!("{folder}/**"));
    Globs::of_paths(&glob)
}
