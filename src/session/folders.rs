//! Folders as the repository sees them, and the repository as the CI names it.

use std::path::{Path, PathBuf};

use crate::error::Error;
use cml_git::Repository;
use cml_host::environment::{self, Env};

/// The folder whose files a change's author may have made: the repository, else what the CI calls so, else where we are.
pub(crate) fn top(env: &Env, repository: Option<&Repository>) -> PathBuf {
    match repository {
        Some(repository) => repository.root().to_path_buf(),
        None => root(env, &env.cwd).unwrap_or_else(|| env.cwd.clone()),
    }
}

/// The repository's root around a folder, as the CI names it.
pub(crate) fn root(env: &Env, folder: &Path) -> Option<PathBuf> {
    environment::checkouts(env).find(|root| below(root, folder).is_some())
}

/// A folder's path inside another, with `/`, all links followed; `None` if it is outside.
pub(crate) fn below(root: &Path, folder: &Path) -> Option<String> {
    let (root, folder) = (root.canonicalize().ok()?, folder.canonicalize().ok()?);
    Some(folder.strip_prefix(root).ok()?.to_string_lossy().replace('\\', "/"))
}

/// A folder's path inside the repository, with `/`; empty for the root.
pub(crate) fn in_repository(repository: &Repository, dir: &Path) -> Result<String, Error> {
    let real = dir.canonicalize().unwrap_or_else(|_| dir.to_path_buf());
    let root = repository.root().canonicalize().unwrap_or_else(|_| repository.root().to_path_buf());
    match real.strip_prefix(&root) {
        Ok(inside) => Ok(inside.to_string_lossy().replace('\\', "/")),
        Err(_) => Err(Error::input(format!("--dir {} is outside the repository", dir.display()))),
    }
}
