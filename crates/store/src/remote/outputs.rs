//! A tree in which outputs that are not in Git look like files.
//!
//! Reading an output that is in the local cache gives its content; reading any other gives nothing and is
//! remembered. So the caller reads what it reports, fetches [`WithOutputs::wanted`], and reads again.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::{Cache, Fetched, Wanted};
use cml_base::notice::Notice;
use cml_base::tree::{Closed, Give, RevisionError, Tree};
use cml_host::door;
use cml_tracked::{self as tracked, Hash, Output, Outs};

/// How many files a notice names.
const NAMED: usize = 3;

/// A tree and its outputs.
pub struct WithOutputs<'a> {
    inner: &'a dyn Tree,
    files: Vec<String>,
    outs: Outs,
    cache: Option<Cache>,
    got: BTreeMap<Hash, Vec<u8>>,
    failed: BTreeMap<Hash, String>,
    wanted: RefCell<BTreeSet<Wanted>>,
    /// Files that were read in vain, by reason.
    lost: RefCell<BTreeMap<String, BTreeSet<String>>>,
    notices: Vec<Notice>,
}

impl<'a> WithOutputs<'a> {
    /// Reads the tree's lock files.
    pub fn open(inner: &'a dyn Tree) -> Result<Self, RevisionError> {
        let files = inner.list()?;
        let (mut outs, notices) = tracked::outs(inner, &files)?;
        // A folder with files in it is here already, in Git or pulled: its listing has nothing to add.
        outs.retain(|path, output| !(output.hash.is_dir() && has_files_below(&files, path)));
        Ok(Self {
            inner,
            files,
            outs,
            cache: None,
            got: BTreeMap::new(),
            failed: BTreeMap::new(),
            wanted: RefCell::default(),
            lost: RefCell::default(),
            notices,
        })
    }

    /// Whether nothing is kept outside Git: then no cache and no remote is needed.
    pub fn is_plain(&self) -> bool {
        self.outs.is_empty()
    }

    /// Reads outputs of this cache from now on.
    pub fn set_cache(&mut self, cache: Cache) {
        self.cache = Some(cache);
    }

    /// Wants the listings of folders in which a glob could find files: a folder that is not listed hides them.
    pub fn want_folders<'b>(&self, globs: impl Iterator<Item = &'b str>) {
        for glob in globs {
            let literal = &glob[..glob.find(['*', '?', '[', '{']).unwrap_or(glob.len())];
            let is_whole = literal.len() == glob.len();
            for (path, output) in self.outs.iter().filter(|(_, output)| output.hash.is_dir()) {
                let below = format!("{path}/");
                if literal.starts_with(&below) || (!is_whole && below.starts_with(literal)) {
                    self.wanted.borrow_mut().insert(Wanted { path: path.clone(), output: output.clone() });
                }
            }
        }
    }

    /// What was read in vain since the last call.
    pub fn wanted(&self) -> Vec<Wanted> {
        self.wanted.take().into_iter().collect()
    }

    /// Takes what came; a folder's listing becomes its files. Reasons are noted anew by the next reading.
    pub fn absorb(&mut self, fetched: Fetched) {
        self.lost.take();
        self.failed.extend(fetched.missing);
        for (hash, bytes) in fetched.bytes {
            if hash.is_dir() {
                self.unfold(&hash, &bytes);
            } else {
                self.got.insert(hash, bytes);
            }
        }
    }

    /// Replaces the reader's notices about lost outputs by one for each reason.
    pub fn settle(&self, notices: &mut Vec<Notice>) {
        let lost = self.lost.borrow();
        let is_lost = |about: &str| lost.values().any(|paths| paths.contains(about));
        notices.retain(|notice| !notice.about.as_deref().is_some_and(is_lost));
        notices.extend(self.notices.iter().cloned());
        notices.extend(lost.iter().map(|(why, paths)| lost_notice(why, paths)));
    }

    fn unfold(&mut self, hash: &Hash, bytes: &[u8]) {
        let folders: Vec<String> =
            self.outs.iter().filter(|(_, out)| out.hash == *hash).map(|(path, _)| path.clone()).collect();
        for folder in folders {
            let Some(like) = self.outs.get(&folder) else { continue };
            match tracked::listing(bytes, like) {
                Ok(entries) => {
                    self.outs.remove(&folder);
                    let entries =
                        entries.into_iter().map(|(path, output)| (format!("{folder}/{path}"), output));
                    self.outs.extend(entries);
                }
                Err(why) => drop(self.failed.insert(hash.clone(), why)),
            }
        }
    }

    /// What the tree answered, else the output's content.
    fn or_output(
        &self,
        path: &str,
        answer: Result<Option<Vec<u8>>, RevisionError>,
    ) -> Result<Option<Vec<u8>>, RevisionError> {
        if let Some(why) = door::refused(path) {
            return Err(RevisionError::Unreadable { path: path.to_owned(), why: why.to_string() });
        }
        match answer {
            // A link into a cache outside of the project leads out, and is known by its hash all the same.
            Ok(None) | Err(RevisionError::Unreadable { .. }) if self.owner(path).is_some() => {
                self.output(path)
            }
            answer => answer,
        }
    }

    /// The content of an output, if it is one and can be had now.
    fn output(&self, path: &str) -> Result<Option<Vec<u8>>, RevisionError> {
        let Some((asked, output)) = self.owner(path) else { return Ok(None) };
        if let Some(bytes) = self.got.get(&output.hash) {
            return Ok(Some(bytes.clone()));
        }
        if let Some(why) = self.failed.get(&output.hash) {
            self.lost.borrow_mut().entry(why.clone()).or_default().insert(path.to_owned());
            return Err(RevisionError::Unreadable { path: path.to_owned(), why: why.clone() });
        }
        if !output.hash.is_dir()
            && let Some(Ok(Some(bytes))) = self.cache.as_ref().map(|cache| cache.read(output))
        {
            return Ok(Some(bytes));
        }
        self.wanted.borrow_mut().insert(Wanted { path: asked.to_owned(), output: output.clone() });
        Ok(None)
    }

    /// The output at `path`, or the folder above it whose listing is not known yet.
    fn owner<'b>(&'b self, path: &'b str) -> Option<(&'b str, &'b Output)> {
        if let Some(output) = self.outs.get(path) {
            return Some((path, output));
        }
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        above
            .filter_map(|above| Some((above, self.outs.get(above)?)))
            .find(|(_, output)| output.hash.is_dir())
    }
}

/// Whether a sorted list of files has one below `folder`.
fn has_files_below(files: &[String], folder: &str) -> bool {
    let below = format!("{folder}/");
    let next = files.partition_point(|file| file.as_str() < below.as_str());
    files.get(next).is_some_and(|file| file.starts_with(&below))
}

impl Tree for WithOutputs<'_> {
    /// A folder whose listing is not known yet stands for itself, so that whoever takes it reads it.
    fn list(&self) -> Result<Vec<String>, RevisionError> {
        if self.is_plain() {
            return Ok(self.files.clone());
        }
        let mut all: Vec<String> = self.files.iter().chain(self.outs.keys()).cloned().collect();
        all.sort();
        all.dedup();
        Ok(all)
    }

    fn is_output(&self, path: &str) -> bool {
        self.outs.contains_key(path) && self.files.binary_search_by(|file| file.as_str().cmp(path)).is_err()
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, RevisionError> {
        self.or_output(path, self.inner.read(path))
    }

    /// One that is an output and empty on disk still has its files elsewhere.
    fn has_folder(&self, path: &str) -> bool {
        self.owner(path).is_none() && self.inner.has_folder(path)
    }

    /// Outputs of a lock file or a `.dvc` file that is broken are not known.
    fn closed(&self) -> Result<Vec<Closed>, RevisionError> {
        let mut closed = self.inner.closed()?;
        let broken =
            self.notices.iter().filter_map(|notice| Some((notice.about.clone()?, notice.text.clone())));
        closed.extend(broken.map(|(path, why)| {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let hides = path.strip_suffix(".dvc").unwrap_or(folder).to_owned();
            Closed { path, hides, why }
        }));
        Ok(closed)
    }

    fn read_each(&self, paths: &[String], give: &mut Give<'_>) {
        let mut asked = paths.iter();
        self.inner.read_each(paths, &mut |answer| {
            give(match asked.next() {
                Some(path) => self.or_output(path, answer),
                None => answer,
            });
        });
    }
}

fn lost_notice(why: &str, paths: &BTreeSet<String>) -> Notice {
    let mut names: Vec<&str> = paths.iter().take(NAMED).map(String::as_str).collect();
    let more = format!("{} more", paths.len() - names.len());
    if paths.len() > NAMED {
        names.push(&more);
    }
    Notice::about(names.join(", "), why)
}
