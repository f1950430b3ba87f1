//! The files of either side, as a tree.

use std::path::Path;

use crate::error::Error;
use crate::session::Session;
use crate::session::folders::in_repository;
use crate::settings::Compare;
use cml_base::tree::{Closed, RevisionError, Tree};
use cml_git::{Choice, Repository, Workspace};

/// A folder that the user named; what Git LFS keeps for the repository is read in it too.
pub(crate) fn of_folder(repository: Option<&Repository>, folder: &Path) -> Box<dyn Tree> {
    let workspace = Workspace::new(folder);
    match repository {
        Some(repository) => Box::new(repository.with_lfs_of(workspace)),
        None => Box::new(workspace),
    }
}

/// The head: a commit, or the files on disk with what a sparse checkout left out of them.
pub(crate) fn of_head(
    session: &Session,
    choice: &Choice,
    wish: &Compare,
    dir: &Path,
) -> Result<Box<dyn Tree>, Error> {
    let repository = session.repository();
    match (repository, &choice.head_commit) {
        (Some(repository), Some(commit)) if !choice.head_is_workspace => {
            Ok(Box::new(repository.whole(commit, &in_repository(repository, dir)?)?))
        }
        _ => {
            if !dir.is_dir() {
                return Err(Error::input(format!("there is no folder {}", dir.display())).hint("check --dir"));
            }
            session.check_folder("--dir", dir)?;
            let workspace = Workspace::new(dir);
            let tree: Box<dyn Tree> = match repository.zip(place_of(repository, dir)) {
                Some((repository, place)) => Box::new(repository.workspace(workspace, &place)?),
                None => Box::new(workspace),
            };
            let base_dir = wish.base_dir.as_ref().and_then(|base| inside(dir, &session.path(base)));
            Ok(match base_dir {
                Some(folder) => Box::new(Without { tree, folder }),
                None => tree,
            })
        }
    }
}

/// A folder's path inside the repository, if it is in one.
fn place_of(repository: Option<&Repository>, dir: &Path) -> Option<String> {
    in_repository(repository?, dir).ok()
}

/// `other`'s path inside `dir`, with `/` at its end; `None` if it is not below.
fn inside(dir: &Path, other: &Path) -> Option<String> {
    let (dir, other) = (dir.canonicalize().ok()?, other.canonicalize().ok()?);
    let path = other.strip_prefix(&dir).ok()?.to_str()?.replace('\\', "/");
    (!path.is_empty()).then(|| path + "/")
}

/// The workspace without the folder that holds the base: its files are no results of the head.
struct Without {
    tree: Box<dyn Tree>,
    folder: String,
}

impl Tree for Without {
    fn list(&self) -> Result<Vec<String>, RevisionError> {
        let mut files = self.tree.list()?;
        files.retain(|file| !file.starts_with(&self.folder));
        Ok(files)
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, RevisionError> {
        if path.starts_with(&self.folder) { Ok(None) } else { self.tree.read(path) }
    }

    fn has_folder(&self, path: &str) -> bool {
        self.tree.has_folder(path)
    }

    fn closed(&self) -> Result<Vec<Closed>, RevisionError> {
        self.tree.closed()
    }
}
