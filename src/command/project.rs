//! The project: its folder, what is configured for it, and which two sides are compared.

use std::path::{Path, PathBuf};

use crate::cli::CompareArgs;
use crate::config::{self, Config, ConfigError, File};
use crate::error::Error;
use cml_base::notice::Notice;
use cml_git::{Choice, Repository, Workspace};
use cml_host::environment::Env;

use super::compare::in_repository;
use super::rules::{self, Rules};
use super::sides::{Named, sides};
use super::target::{Reach, Target};
use super::without_git;

/// Where to look for a project, and the configuration that is on disk.
pub(crate) struct Found {
    /// The folder that somebody named, or the current one.
    start: PathBuf,
    is_typed: bool,
    has_clone: bool,
    /// The folder to start from inside the repository, with `/`; `None`: it is outside, and nothing is configured.
    pub(super) from: Option<String>,
    /// Where the configuration's folders count from.
    pub(super) root: PathBuf,
    /// Where paths are shown from, inside the repository.
    pub(super) cwd: String,
    /// The nearest file, or what is wrong with it; in a change request's job that is no error.
    pub(super) own: Result<Option<File>, ConfigError>,
}

/// A project whose configuration and sides are known.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) dir: PathBuf,
    /// Inside the repository, with `/`; empty: its top.
    pub(crate) folder: String,
    /// What tells it from others of the repository, where no flag names it.
    pub(crate) name: String,
    pub(crate) config: Config,
    pub(crate) choice: Choice,
    /// The branch whose word counts; `None`: that of the files on disk.
    pub(crate) target: Option<Target>,
    /// What a change alters in its configuration.
    pub(crate) notices: Vec<Notice>,
}

/// Finds the project of `--dir`, else of the current directory.
pub(crate) fn find(env: &Env, repository: Option<&Repository>, dir: Option<&Path>) -> Found {
    let typed = dir.map(|dir| env.cwd.join(dir));
    let is_typed = typed.is_some();
    let start = typed.unwrap_or_else(|| env.cwd.clone());
    // Without a clone the CI may still say where the repository's top is.
    let (root, from, cwd) = match repository {
        Some(repository) => {
            let from = in_repository(repository, &start).ok();
            (repository.root().to_path_buf(), from, repository.prefix().to_owned())
        }
        None => match without_git::root(env, &start) {
            Some(root) => {
                let below = |path: &Path| without_git::below(&root, path);
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
    pub(super) fn folder(&self, file: Option<&str>) -> String {
        let from = self.from.clone().unwrap_or_default();
        match file {
            _ if self.is_typed => from,
            Some(folder) => folder.to_owned(),
            None if self.has_clone => String::new(),
            None => from,
        }
    }

    /// The same on disk.
    fn dir(&self, file: Option<&str>) -> PathBuf {
        match file {
            _ if self.is_typed || self.from.is_none() => self.start.clone(),
            Some("") => self.root.clone(),
            Some(folder) => self.root.join(folder),
            None if self.has_clone => self.root.clone(),
            None => self.start.clone(),
        }
    }

    /// Reads the configuration that counts and chooses both sides.
    pub(crate) async fn settle(self, args: &CompareArgs, reach: &Reach<'_>) -> Result<Project, Error> {
        let Reach { repository, context, network, console } = *reach;
        let typed = Named {
            base: args.base.as_deref(),
            head: args.head.as_deref(),
            has_base_dir: args.base_dir.is_some(),
        };
        let Rules { config, folder: file, target, mut notices } = rules::settle(&self, reach).await?;
        let mut named = typed;
        if let (None, Some(base), false) = (typed.base, config.base.as_deref(), typed.has_base_dir) {
            if repository.is_some() {
                named.base = Some(base);
            } else {
                let text =
                    format!("`base` names {base:?}, which is looked for in a clone, and there is none here");
                notices.push(Notice::about(config::FILE, text));
            }
        }
        let choice = sides(repository, context, named, network, console).await.map_err(|error| {
            if typed.base == named.base {
                return error;
            }
            error.hint("cml.toml names it as `base`; --base REV wins over it")
        })?;
        let config = self.rooted(config);
        let (dir, folder) = (self.dir(file.as_deref()), self.folder(file.as_deref()));
        let name = if file.is_some() { folder.clone() } else { String::new() };
        Ok(Project { dir, folder, name, config, choice, target, notices })
    }

    /// The configuration alone, for what is not compared (a user's own Markdown), and the project's name.
    pub(crate) async fn config(&self, reach: &Reach<'_>) -> Result<(Config, String), Error> {
        if rules::is_unconfigured(self, reach) {
            return Ok((Config::default(), String::new()));
        }
        let Rules { config, folder: file, notices, .. } = rules::settle(self, reach).await?;
        reach.console.notices(&notices);
        let name = file.as_deref().map(|_| self.folder(file.as_deref())).unwrap_or_default();
        Ok((self.rooted(config), name))
    }

    /// Folders of the configuration as they are on this disk. A link that the author of a change made leads no image out
    /// of the repository: nothing is written through it, which costs the images.
    fn rooted(&self, mut config: Config) -> Config {
        let store = config.asset.store.take();
        config.asset.store = store.map(|store| match store.contains("://") {
            true => store,
            false => self.root.join(&store).to_string_lossy().into_owned(),
        });
        config
    }
}
