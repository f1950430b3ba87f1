//! The user's globs: which files are added, which of those that are found are kept, and which are never taken.
//!
//! A glob that matches nothing, or only what is excluded, is a notice that names it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::load::Loader;
use super::model::{Glob, Sources};
use super::paths;
use super::wanted::{ImageSource, Wanted};
use cml_base::pattern::Globs;

/// Which files count, by `include` and `exclude`.
pub(super) struct Filter {
    include: Matchers,
    exclude: Matchers,
}

/// The globs of one list, ready to be asked together: a tree may hold a hundred thousand files.
#[derive(Default)]
struct Matchers {
    groups: Vec<Group>,
    /// The numbers of the globs that can be read.
    valid: Vec<usize>,
}

/// Globs that count from the same folder.
struct Group {
    globs: Globs,
    /// Their numbers in the list.
    numbers: Vec<usize>,
    /// What stands before a path of the tree where the globs count from.
    before: String,
}

impl Filter {
    pub(super) fn new(loader: &mut Loader<'_>, sources: &Sources) -> Self {
        let include = Matchers::new(loader, &sources.include);
        let exclude = Matchers::new(loader, &sources.exclude);
        Self { include, exclude }
    }

    /// Whether a file that was declared or found is taken.
    pub(super) fn takes(&self, path: &str) -> bool {
        (self.include.is_empty() || self.include.is_match(path)) && !self.bars(path)
    }

    /// Whether a file is never taken.
    fn bars(&self, path: &str) -> bool {
        self.exclude.is_match(path)
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
        let matchers = Matchers::new(loader, globs);
        let mut files_of = vec![Vec::new(); globs.len()];
        for path in loader.files() {
            for number in matchers.matches(path) {
                files_of[number].push(path.to_owned());
            }
        }
        let mut found: Vec<String> = Vec::new();
        for number in matchers.valid {
            let (glob, files) = (&globs[number], std::mem::take(&mut files_of[number]));
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

impl Matchers {
    /// A glob that cannot be read is a notice.
    fn new(loader: &mut Loader<'_>, globs: &[Glob]) -> Self {
        Self::of(globs, &mut |glob, why| {
            let text =
                format!("this is not a valid glob ({why}); * stands for a part of a name, ** for folders");
            loader.note(&about(glob), text);
        })
    }

    /// Those that can be read; the others go to `refuse`, with the reason.
    fn of(globs: &[Glob], refuse: &mut dyn FnMut(&Glob, String)) -> Self {
        let mut matchers = Self::default();
        let mut by_folder: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, glob) in globs.iter().enumerate() {
            match check_glob(&glob.text) {
                Ok(()) => {
                    matchers.valid.push(number);
                    by_folder.entry(&glob.below).or_default().push(number);
                }
                Err(why) => refuse(glob, why),
            }
        }
        for (below, numbers) in by_folder {
            let before =
                if below.is_empty() { String::new() } else { format!("{}/", below.trim_matches('/')) };
            let mut add = |numbers: &[usize]| {
                let texts: Vec<String> = numbers.iter().map(|number| whole(&globs[*number].text)).collect();
                let globs = Globs::of_paths(texts.iter().map(String::as_str))?;
                matchers.groups.push(Group { globs, numbers: numbers.to_vec(), before: before.clone() });
                Ok::<(), String>(())
            };
            // Each alone is small enough.
            if add(&numbers).is_err() {
                numbers.chunks(1).for_each(|number| drop(add(number)));
            }
        }
        matchers
    }

    fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    fn is_match(&self, path: &str) -> bool {
        self.groups.iter().any(|group| group.globs.is_match(&group.path(path)))
    }

    /// The numbers of the globs that match.
    fn matches(&self, path: &str) -> Vec<usize> {
        let of_group = |group: &Group| {
            let found = group.globs.matches(&group.path(path));
            found.into_iter().map(|at| group.numbers[at]).collect::<Vec<_>>()
        };
        self.groups.iter().flat_map(of_group).collect()
    }
}

impl Group {
    fn path<'p>(&self, path: &'p str) -> Cow<'p, str> {
        if self.before.is_empty() {
            Cow::Borrowed(path)
        } else {
            Cow::Owned(format!("{}{path}", self.before))
        }
    }
}

/// Those of the paths that one of the globs names.
pub fn matching<'p>(globs: &[Glob], paths: &'p [String]) -> Vec<&'p str> {
    let matchers = Matchers::of(globs, &mut |_, _| {});
    paths.iter().map(String::as_str).filter(|path| matchers.is_match(path)).collect()
}

fn about(glob: &Glob) -> String {
    let text: String = glob.text.chars().take(200).collect();
    format!("{} {text}", glob.by)
}

/// Whether a glob can be read; the error says what is wrong with it.
pub fn check_glob(glob: &str) -> Result<(), String> {
    Globs::of_paths([whole(glob).as_str()]).map(drop)
}

/// The glob as it is meant: a folder stands for all that is below it.
fn whole(glob: &str) -> String {
    let glob = glob.strip_prefix("./").unwrap_or(glob);
    glob.strip_suffix('/').map_or_else(|| glob.to_owned(), |folder| format!("{folder}/**"))
}
