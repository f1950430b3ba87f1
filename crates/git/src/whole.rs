//! A side's files as somebody with a full checkout would see them: the files of submodules, what a sparse checkout left
//! out, and what Git LFS keeps.

use super::lfs::Store;
use super::{CommitTree, Repository, Workspace, place};
use cml_base::ident::Sha;
use cml_base::tree::{Closed, Give, RevisionError, Tree};
use cml_host::door;

/// A tree and what belongs to it.
pub struct Whole {
    tree: Box<dyn Tree>,
    /// Files of the index that are not in the work tree.
    left_out: Option<CommitTree>,
    lfs: Option<Store>,
    /// By their folders, with `/` at the end.
    submodules: Vec<(String, Whole)>,
    closed: Vec<Closed>,
}

impl std::fmt::Debug for Whole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Whole").field("submodules", &self.submodules).finish_non_exhaustive()
    }
}

impl Repository {
    /// The commit's files below `dir`, those of submodules that are checked out among them.
    pub fn whole(&self, sha: &Sha, dir: &str) -> Result<Whole, RevisionError> {
        let tree = self.tree(sha, dir)?;
        let (mut submodules, mut closed) = (Vec::new(), Vec::new());
        let top = dir.trim_matches('/');
        for (path, commit) in &tree.submodules {
            let from_top = if top.is_empty() { path.clone() } else { format!("{top}/{path}") };
            match self.submodule_tree(&from_top, commit) {
                Ok(inside) => submodules.push((format!("{path}/"), inside)),
                Err(why) => closed.push(Closed { path: path.clone(), hides: path.clone(), why }),
            }
        }
        Ok(Whole { submodules, closed, ..self.with_objects(Box::new(tree)) })
    }

    /// The commit's files below `dir` without submodules, as DVC reads them.
    pub fn with_lfs(&self, sha: &Sha, dir: &str) -> Result<Whole, RevisionError> {
        Ok(self.with_objects(Box::new(self.tree(sha, dir)?)))
    }

    /// The files on disk in the folder `dir` of the work tree, and those that a sparse checkout left out of it.
    pub fn workspace(&self, workspace: Workspace, dir: &str) -> Result<Whole, RevisionError> {
        let left_out = CommitTree::left_out(self.clone(), dir)?;
        Ok(Whole { left_out, ..self.with_objects(Box::new(workspace)) })
    }

    /// The files of a folder, in which pointers to objects of this clone are read.
    pub fn with_lfs_of(&self, folder: Workspace) -> Whole {
        self.with_objects(Box::new(folder))
    }

    fn with_objects(&self, tree: Box<dyn Tree>) -> Whole {
        let lfs = Some(Store::of(&place::common(self.git.git_dir())));
        Whole { tree, left_out: None, lfs, submodules: Vec::new(), closed: Vec::new() }
    }
}

impl Whole {
    fn resolved(
        &self,
        path: &str,
        answer: Result<Option<Vec<u8>>, RevisionError>,
    ) -> Result<Option<Vec<u8>>, RevisionError> {
        let (Some(lfs), Ok(Some(bytes))) = (&self.lfs, answer.as_ref().map(|bytes| bytes.as_ref())) else {
            return answer;
        };
        // Most files are none, and are not copied.
        if !bytes.starts_with(b"version ") {
            return answer;
        }
        let unreadable = |why: String| RevisionError::Unreadable { path: path.to_owned(), why };
        lfs.resolved(answer?.unwrap_or_default()).map(Some).map_err(unreadable)
    }

    fn inside<'p>(&self, path: &'p str) -> Option<(&Whole, &'p str)> {
        self.submodules.iter().find_map(|(folder, tree)| Some((tree, path.strip_prefix(folder.as_str())?)))
    }
}

impl Tree for Whole {
    fn list(&self) -> Result<Vec<String>, RevisionError> {
        let mut files = self.tree.list()?;
        if let Some(left_out) = &self.left_out {
            files.extend(left_out.list()?);
        }
        for (folder, tree) in &self.submodules {
            files.extend(tree.list()?.into_iter().map(|path| format!("{folder}{path}")));
        }
        if self.left_out.is_some() || !self.submodules.is_empty() {
            files.sort();
            files.dedup();
        }
        Ok(files)
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, RevisionError> {
        if let Some((tree, inside)) = self.inside(path) {
            if let Some(why) = door::refused(path) {
                return Err(RevisionError::Unreadable { path: path.to_owned(), why: why.to_string() });
            }
            return tree.read(inside);
        }
        let answer = match (self.tree.read(path), &self.left_out) {
            (Ok(None), Some(left_out)) => left_out.read(path),
            (answer, _) => answer,
        };
        self.resolved(path, answer)
    }

    fn has_folder(&self, path: &str) -> bool {
        self.tree.has_folder(path)
    }

    fn closed(&self) -> Result<Vec<Closed>, RevisionError> {
        let mut closed = self.closed.clone();
        for (folder, tree) in &self.submodules {
            closed.extend(tree.closed()?.into_iter().map(|inside| Closed {
                path: format!("{folder}{}", inside.path),
                hides: format!("{folder}{}", inside.hides),
                why: inside.why,
            }));
        }
        Ok(closed)
    }

    fn read_each(&self, paths: &[String], give: &mut Give<'_>) {
        if self.left_out.is_some() || paths.iter().any(|path| self.inside(path).is_some()) {
            return paths.iter().for_each(|path| give(self.read(path)));
        }
        let mut asked = paths.iter();
        self.tree.read_each(paths, &mut |answer| {
            give(match asked.next() {
                Some(path) => self.resolved(path, answer),
                None => answer,
            });
        });
    }
}
