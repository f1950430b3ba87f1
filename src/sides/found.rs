//! Where a project is looked for.

use std::path::{Path, PathBuf};

use crate::config::{self, Config, ConfigError, File};
use crate::session::Session;
use crate::session::folders::{below, in_repository, root};
use cml_git::Workspace;

/// Where to look for a project, and the configuration that is on disk.
pub(crate) struct Found {
    /// The folder that somebody named, or the current one.
    start: PathBuf,
    is_typed: bool,
    has_clone: bool,
    /// The folder to start from inside the repository, with `/`; `None`: it is outside, and nothing is configured.
    pub(crate) from: Option<String>,
    /// Where the configuration's folders count from.
    pub(crate) root: PathBuf,
    /// Where paths are shown from, inside the repository.
    pub(crate) cwd: String,
    /// The nearest file, or what is wrong with it; in a change request's job that is no error.
    pub(crate) own: Result<Option<File>, ConfigError>,
}

/// Finds the project of `--dir`, else of the current directory.
pub(crate) fn find(session: &Session, dir: Option<&Path>) -> Found {
    let (env, repository) = (session.env(), session.repository());
    let typed = dir.map(|dir| session.path(dir));
    let is_typed = typed.is_some();
    let start = typed.unwrap_or_else(|| env.cwd.clone());
    // Without a clone the CI may still say where the repository's top is.
    let (root, from, cwd) = match repository {
        Some(repository) => {
            let from = in_repository(repository, &start).ok();
            (repository.root().to_path_buf(), from, repository.prefix().to_owned())
        }
        None => match root(env, &start) {
            Some(root) => {
                let below = |path: &Path| self::below(&root, path);
                (root.clone(), below(&start), below(&env.cwd).unwrap_or_default())
            }
            None => (start.clone(), Some(String::new()), String::new()),
        },
    };
    let own = match &from {
        Some(from) => config::find(&Workspace::new(&root), from, &cwd),
        None => Ok(None),
    };
    Found { start, is_typed, has_clone: repository.is_some(), from, root, cwd, own }
}

impl Found {
    /// The project's folder inside the repository, where the configuration that counts lies in `file`.
    pub(crate) fn folder(&self, file: Option<&str>) -> String {
        let from = self.from.clone().unwrap_or_default();
        match file {
            _ if self.is_typed => from,
            Some(folder) => folder.to_owned(),
            None if self.has_clone => String::new(),
            None => from,
        }
    }

    /// The same on disk.
    pub(crate) fn dir(&self, file: Option<&str>) -> PathBuf {
        match file {
            _ if self.is_typed || self.from.is_none() => self.start.clone(),
            Some("") => self.root.clone(),
            Some(folder) => self.root.join(folder),
            None if self.has_clone => self.root.clone(),
            None => self.start.clone(),
        }
    }

    /// Folders of the configuration as they are on this disk. A link that the author of a change made leads no image out
    /// of the repository: nothing is written through it, which costs the images.
    pub(crate) fn rooted(&self, mut config: Config) -> Config {
        let store = config.asset.store.take();
        config.asset.store = store.map(|store| match store.contains("://") {
            true => store,
            false => self.root.join(&store).to_string_lossy().into_owned(),
        });
        config
    }
}
