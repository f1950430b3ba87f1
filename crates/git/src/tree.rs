//! A commit's files: listed once by `git ls-tree`, read by object name, so that any file name works.

use std::collections::BTreeMap;

use super::Repository;
use super::cat_file::{MOST_AHEAD, blob, blobs};
use super::disk::holds_no_results;
use super::fetch::bring;
use super::git::{Commit, Extra};
use cml_base::ident::Sha;
use cml_base::tree::{Give, RevisionError, Tree};
use cml_host::door;

/// How many links in a row are followed; Git and kernels stop near it too.
const MAX_LINKS: usize = 16;

/// Why an object cannot be had that nobody refused.
const GONE: &str = "the remote does not have its content";

/// The files of one commit below one folder.
#[derive(Debug)]
pub struct CommitTree {
    repo: Repository,
    entries: BTreeMap<String, Entry>,
    /// Submodules: their paths, and the commit of each.
    pub(super) submodules: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) object: String,
    pub(super) is_link: bool,
}

impl CommitTree {
    /// Lists the commit's files below `dir`; a commit that is not here is an error.
    pub(super) fn list_of(repo: Repository, sha: &Sha, dir: &str) -> Result<Self, RevisionError> {
        let dir = dir.trim_matches('/');
        let below = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let mut args = vec!["ls-tree", "-r", "-z", "--full-tree", sha.as_str()];
        if !below.is_empty() {
            args.extend(["--", below.as_str()]);
        }
        let listing = repo.git.run(&args).or_else(|error| {
            // A clone without trees has the commit alone.
            let commit = repo.object(sha.as_str())?.map(|object| Commit::parse(&object.bytes));
            let Some(tree) = commit.and_then(|commit| commit.tree).filter(|_| repo.promisor().is_some())
            else {
                return Err(error);
            };
            bring(&repo, &[&tree]).map_err(|why| unreadable(sha.short(), why))?;
            repo.git.run(&args)
        });
        let (entries, submodules) = parse(&listing?, &below);
        Ok(Self { repo, entries, submodules })
    }

    /// The files below `dir` that a sparse checkout left out of the work tree, as the index has them.
    pub(super) fn left_out(repo: Repository, dir: &str) -> Result<Option<Self>, RevisionError> {
        if !repo.git.git_dir().join("info/sparse-checkout").is_file() {
            return Ok(None);
        }
        let Some(root) = repo.root.to_str() else { return Ok(None) };
        let listing = repo.git.run(&["-C", root, "ls-files", "-s", "-t", "-z"])?;
        let dir = dir.trim_matches('/');
        let below = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let entries = skipped(&listing, &below);
        Ok(Some(Self { repo, entries, submodules: BTreeMap::new() }))
    }

    /// The file that `path` names after all links; `None` if there is none, or a link leads outside.
    fn object(&self, path: &str) -> Result<Option<&str>, RevisionError> {
        follow(&self.entries, path, |object| self.content(path, object).map(Some))
    }

    /// Whether there is something to read, or a refusal to tell.
    fn is_there(&self, path: &str) -> Result<bool, RevisionError> {
        match self.object(path) {
            Ok(found) => Ok(found.is_some()),
            Err(RevisionError::Unreadable { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// A listed object's bytes; what a partial clone left out is fetched.
    fn content(&self, path: &str, object: &str) -> Result<Vec<u8>, RevisionError> {
        let Repository { git, batch, .. } = &self.repo;
        if let Some(bytes) = blob(git, batch, object)? {
            return Ok(bytes);
        }
        bring(&self.repo, &[object]).map_err(|why| unreadable(path, why))?;
        blob(git, batch, object)?.ok_or_else(|| unreadable(path, GONE.to_owned()))
    }

    /// The bytes of a listed object, or why they are not here.
    fn or_why(
        &self,
        path: &str,
        object: &str,
        bytes: Option<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, RevisionError> {
        if bytes.is_some() {
            return Ok(bytes);
        }
        let why = bring(&self.repo, &[object]).err();
        Err(unreadable(path, why.unwrap_or_else(|| GONE.to_owned())))
    }

    /// Fetches what a partial clone left out of these objects, all at once. What fails is told by who reads it.
    fn prepare(&self, names: &[&str]) {
        if self.repo.promisor().is_none() || names.is_empty() {
            return;
        }
        let input = (names.join("\n") + "\n").into_bytes();
        let extra = Extra { input, ..Extra::default() };
        let listed = self.repo.git.run_with(&["cat-file", "--batch-check"], &extra);
        let listed = String::from_utf8_lossy(&listed.unwrap_or_default()).into_owned();
        let missing: Vec<&str> = listed.lines().filter_map(|line| line.strip_suffix(" missing")).collect();
        if !missing.is_empty() {
            let _ = bring(&self.repo, &missing);
        }
    }
}

fn unreadable(path: &str, why: String) -> RevisionError {
    RevisionError::Unreadable { path: path.to_owned(), why }
}

/// The object that `path` names after all links; `None` if there is none, or a link leads outside. `read` answers
/// where a link leads. A name that is private, the one that was asked for or one that a link leads to, is an error.
pub(super) fn follow<'a>(
    entries: &'a BTreeMap<String, Entry>,
    path: &str,
    read: impl Fn(&str) -> Result<Option<Vec<u8>>, RevisionError>,
) -> Result<Option<&'a str>, RevisionError> {
    let asked = path;
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        if let Some(why) = door::refused(&path) {
            return Err(RevisionError::Unreadable { path: asked.to_owned(), why: why.to_string() });
        }
        let links = starts(&path).find_map(|start| entries.get(start).map(|entry| (start, entry)));
        let Some((start, entry)) = links else {
            return Ok(None);
        };
        if !entry.is_link {
            return Ok((start == path).then_some(entry.object.as_str()));
        }
        let Some(target) = read(&entry.object)? else {
            return Ok(None);
        };
        let Some(next) = joined(start, &String::from_utf8_lossy(&target), &path[start.len()..]) else {
            return Ok(None);
        };
        path = next;
    }
    Ok(None)
}

impl Tree for CommitTree {
    fn list(&self) -> Result<Vec<String>, RevisionError> {
        let links: Vec<&str> =
            self.entries.values().filter(|entry| entry.is_link).map(|entry| entry.object.as_str()).collect();
        self.prepare(&links);
        let mut files = Vec::new();
        for (path, entry) in &self.entries {
            let wanted = !holds_no_results(path);
            if wanted && (!entry.is_link || self.is_there(path)?) {
                files.push(path.clone());
            }
        }
        Ok(files)
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, RevisionError> {
        match self.object(path)? {
            Some(object) => self.content(path, object).map(Some),
            None => Ok(None),
        }
    }

    fn read_each(&self, paths: &[String], give: &mut Give<'_>) {
        let objects: Vec<_> = paths.iter().map(|path| self.object(path)).collect();
        let names: Vec<&str> = objects.iter().filter_map(|object| object.as_ref().ok().copied()?).collect();
        self.prepare(&names);
        let mut objects = paths.iter().zip(objects);
        let mut names = names.chunks(MOST_AHEAD);
        while let Some(group) = names.next().or_else(|| (objects.len() > 0).then_some(&[])) {
            let mut found = blobs(&self.repo.git, &self.repo.batch, group);
            let mut left = group.len();
            for (path, object) in objects.by_ref() {
                give(match object {
                    Ok(Some(object)) => {
                        left -= 1;
                        found.next().unwrap_or(Ok(None)).and_then(|bytes| self.or_why(path, object, bytes))
                    }
                    Ok(None) => Ok(None),
                    Err(error) => Err(error),
                });
                if left == 0 && !group.is_empty() {
                    break;
                }
            }
        }
    }
}

/// Reads `MODE TYPE OBJECT\tPATH\0`...: files, and the commits of submodules. A name that is no UTF-8 cannot be written
/// in any of our inputs or outputs and is left out, as on disk.
fn parse(listing: &[u8], below: &str) -> (BTreeMap<String, Entry>, BTreeMap<String, String>) {
    let (mut files, mut submodules) = (BTreeMap::new(), BTreeMap::new());
    let records = listing.split(|&byte| byte == 0).filter_map(|record| {
        let (meta, path) = std::str::from_utf8(record).ok()?.split_once('\t')?;
        let mut words = meta.split(' ');
        Some((words.next()?, words.next()?, words.next()?, path.strip_prefix(below)?.to_owned()))
    });
    for (mode, kind, object, path) in records {
        let object = object.to_owned();
        match kind {
            "blob" => drop(files.insert(path, Entry { object, is_link: mode == "120000" })),
            "commit" => drop(submodules.insert(path, object)),
            _ => {}
        }
    }
    (files, submodules)
}

/// Reads `TAG MODE OBJECT STAGE\tPATH\0`...: the files that the index says are not checked out.
fn skipped(listing: &[u8], below: &str) -> BTreeMap<String, Entry> {
    let records = listing.split(|&byte| byte == 0).filter_map(|record| {
        let (meta, path) = std::str::from_utf8(record).ok()?.split_once('\t')?;
        let mut words = meta.split(' ');
        let (tag, mode, object, stage) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let is_file = tag == "S" && stage == "0" && mode != "160000";
        let entry = Entry { object: object.to_owned(), is_link: mode == "120000" };
        is_file.then_some((path.strip_prefix(below)?.to_owned(), entry))
    });
    records.collect()
}

/// `a`, `a/b`, `a/b/c` for `a/b/c`.
fn starts(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at]).chain([path])
}

/// Where the link at `link` leads, with `rest` behind it; `None` if that is outside of the folder.
fn joined(link: &str, target: &str, rest: &str) -> Option<String> {
    if target.starts_with('/') || target.is_empty() {
        return None;
    }
    let mut parts: Vec<&str> = link.split('/').collect();
    parts.pop();
    for part in target.split('/').chain(rest.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    #[test]
    fn any_name_and_any_bytes_are_read_back() {
        let sandbox = Sandbox::new();
        let names = ["a b.json", "dir/é ß.csv", "line\nbreak.txt", "quote\".json", "tab\there", "[x]*.json"];
        for name in names {
            sandbox.write(name, name);
        }
        let sha = sandbox.commit("bin", [0u8, 255, 10, 0]);
        let tree = sandbox.repo().tree(&sha, "").unwrap();
        let mut expected: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        expected.push("bin".to_owned());
        expected.sort();
        assert_eq!(tree.list().unwrap(), expected);
        for name in names {
            assert_eq!(tree.read(name).unwrap().as_deref(), Some(name.as_bytes()), "{name:?}");
        }
        assert_eq!(tree.read("bin").unwrap().unwrap(), [0, 255, 10, 0]);
        for none in ["nope", "dir", "bin/x", "../bin", "", "/bin"] {
            assert_eq!(tree.read(none).unwrap(), None, "{none:?}");
        }
    }

    #[test]
    fn a_folder_is_a_root_of_its_own() {
        let sandbox = Sandbox::new();
        sandbox.write("sub*/m.json", "1");
        sandbox.write("subway/m.json", "2");
        sandbox.write(".venv/m.json", "2");
        let sha = sandbox.commit("top.json", "3");
        let repo = sandbox.repo();
        assert_eq!(repo.tree(&sha, "sub*").unwrap().list().unwrap(), ["m.json"]);
        assert_eq!(repo.tree(&sha, "/sub*/").unwrap().read("m.json").unwrap().unwrap(), b"1");
        assert_eq!(repo.tree(&sha, "sub*").unwrap().read("top.json").unwrap(), None);
        assert!(repo.tree(&sha, "not/there").unwrap().list().unwrap().is_empty());
        assert_eq!(
            repo.tree(&sha, "").unwrap().list().unwrap(),
            ["sub*/m.json", "subway/m.json", "top.json"]
        );
        // The same from a folder inside the clone: the tree counts from the top.
        let inside =
            crate::Repository::open(&sandbox.path().join("sub*"), &cml_host::environment::Env::read())
                .unwrap();
        assert_eq!(inside.tree(&sha, inside.prefix()).unwrap().list().unwrap(), ["m.json"]);
    }

    #[test]
    fn a_commit_that_is_not_here_is_an_error() {
        let sandbox = Sandbox::new();
        sandbox.commit("x", "1");
        let absent: Sha = "1".repeat(40).parse().unwrap();
        assert!(matches!(sandbox.repo().tree(&absent, ""), Err(RevisionError::Git { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_inside_only() {
        use std::os::unix::fs::symlink;
        let sandbox = Sandbox::new();
        sandbox.write("data/m.json", "1");
        let at = |name: &str| sandbox.path().join(name);
        symlink("data/m.json", at("file")).unwrap();
        symlink("data", at("folder")).unwrap();
        symlink("/etc/passwd", at("absolute")).unwrap();
        symlink("../../x", at("above")).unwrap();
        symlink("loop", at("loop")).unwrap();
        let sha = sandbox.commit("x", "1");
        let tree = sandbox.repo().tree(&sha, "").unwrap();
        assert_eq!(tree.list().unwrap(), ["data/m.json", "file", "x"]);
        for path in ["file", "folder/m.json"] {
            assert_eq!(tree.read(path).unwrap().unwrap(), b"1", "{path}");
        }
        for path in ["absolute", "above", "loop", "folder"] {
            assert_eq!(tree.read(path).unwrap(), None, "{path}");
        }
    }
}
