//! A commit's files without a clone: listed by somebody else, and filled in as they are asked for.
//!
//! In: the list, and contents as they come. Out: a [`Tree`]. What was read in vain is remembered, so the caller reads
//! what it reports, fetches [`ListedTree::wanted`], and reads again.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::disk::holds_no_results;
use super::tree::{Entry, follow};
use cml_base::tree::{ListedFile, RevisionError, Tree};

/// The files of one commit below one folder.
#[derive(Debug, Default)]
pub struct ListedTree {
    entries: BTreeMap<String, Entry>,
    contents: BTreeMap<String, Result<Vec<u8>, String>>,
    wanted: RefCell<BTreeSet<String>>,
}

impl ListedTree {
    /// Of a commit's files those below `dir` (`a/b`; empty for all).
    pub fn new(files: Vec<ListedFile>, dir: &str) -> Self {
        let dir = dir.trim_matches('/');
        let below = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let entries = files.into_iter().filter_map(|file| {
            let path = file.path.strip_prefix(&below)?.to_owned();
            Some((path, Entry { object: file.object, is_link: file.is_link }))
        });
        Self { entries: entries.collect(), ..Self::default() }
    }

    /// The objects that were read in vain since the last call.
    pub fn wanted(&self) -> Vec<String> {
        self.wanted.take().into_iter().collect()
    }

    /// Takes an object's content, or why it cannot be had.
    pub fn absorb(&mut self, object: String, content: Result<Vec<u8>, String>) {
        self.contents.insert(object, content);
    }

    fn content(&self, path: &str, object: &str) -> Result<Option<Vec<u8>>, RevisionError> {
        match self.contents.get(object) {
            Some(Ok(bytes)) => Ok(Some(bytes.clone())),
            Some(Err(why)) => Err(RevisionError::Unreadable { path: path.to_owned(), why: why.clone() }),
            None => {
                self.wanted.borrow_mut().insert(object.to_owned());
                Ok(None)
            }
        }
    }
}

impl Tree for ListedTree {
    /// A link stands in the list before it is known where it leads.
    fn list(&self) -> Result<Vec<String>, RevisionError> {
        Ok(self.entries.keys().filter(|path| !holds_no_results(path)).cloned().collect())
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, RevisionError> {
        match follow(&self.entries, path, |object| self.content(path, object))? {
            Some(object) => self.content(path, object),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, object: &str, is_link: bool) -> ListedFile {
        ListedFile { path: path.to_owned(), object: object.to_owned(), is_link }
    }

    #[test]
    fn what_is_read_in_vain_is_wanted_and_then_read() {
        let files = vec![file("sub/m.json", "aa", false), file("top.json", "bb", false)];
        let mut tree = ListedTree::new(files, "sub/");
        assert_eq!(tree.list().unwrap(), ["m.json"]);
        assert_eq!(tree.read("m.json").unwrap(), None);
        assert_eq!(tree.read("top.json").unwrap(), None);
        assert_eq!(tree.wanted(), ["aa"]);
        assert!(tree.wanted().is_empty());
        tree.absorb("aa".to_owned(), Ok(b"1".to_vec()));
        assert_eq!(tree.read("m.json").unwrap().unwrap(), b"1");
        tree.absorb("aa".to_owned(), Err("gone".to_owned()));
        assert!(tree.read("m.json").unwrap_err().to_string().contains("gone"));
    }

    #[test]
    fn a_link_is_followed_once_it_is_known() {
        let mut tree = ListedTree::new(vec![file("now", "ll", true), file("a.json", "aa", false)], "");
        assert_eq!(tree.read("now").unwrap(), None);
        assert_eq!(tree.wanted(), ["ll"]);
        tree.absorb("ll".to_owned(), Ok(b"a.json".to_vec()));
        assert_eq!(tree.read("now").unwrap(), None);
        assert_eq!(tree.wanted(), ["aa"]);
        tree.absorb("aa".to_owned(), Ok(b"1".to_vec()));
        assert_eq!(tree.read("now").unwrap().unwrap(), b"1");
        tree.absorb("ll".to_owned(), Ok(b"../out".to_vec()));
        assert_eq!(tree.read("now").unwrap(), None);
    }
}
