//! The project: its folder, what is configured for it, and which two sides are compared.
//!
//! In a change request's job the author of the change wrote the files on disk, so what could send something elsewhere
//! is read from the base, which is chosen first and without that file's help.

use std::path::{Path, PathBuf};

use crate::cli::CompareArgs;
use crate::config::{self, Author, Config, ConfigError, File};
use crate::environment::{Context, Env};
use crate::error::Error;
use crate::ident::Sha;
use crate::notice::Notice;
use crate::revision::{Choice, Repository, Workspace};

use super::compare::{Network, choose, complete_base, in_repository};
use super::{Console, without_git};

/// A project's folder, and the configuration that is on disk.
pub(crate) struct Found {
    /// On disk.
    pub(crate) dir: PathBuf,
    /// Inside the repository, with `/`; empty: its top, or no repository.
    pub(crate) folder: String,
    /// Where the configuration's folders count from.
    root: PathBuf,
    own: Option<File>,
}

/// A project whose configuration and sides are known.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) dir: PathBuf,
    pub(crate) folder: String,
    pub(crate) config: Config,
    pub(crate) choice: Choice,
    /// What a change alters in its configuration.
    pub(crate) notices: Vec<Notice>,
}

/// Finds the project of `--dir`, else of the current directory, and checks its configuration.
pub(crate) fn find(env: &Env, repository: Option<&Repository>, dir: Option<&Path>) -> Result<Found, Error> {
    let typed = dir.map(|dir| env.cwd.join(dir));
    let start = typed.clone().unwrap_or_else(|| env.cwd.clone());
    let Some(repository) = repository else {
        let own = on_disk(&start, "", "")?;
        return Ok(Found { dir: start.clone(), folder: String::new(), root: start, own });
    };
    let root = repository.root().to_path_buf();
    // A folder outside of the repository has none of its configuration.
    let Ok(from) = in_repository(repository, &start) else {
        return Ok(Found { dir: start, folder: String::new(), root, own: None });
    };
    let own = on_disk(&root, &from, repository.prefix())?;
    let (dir, folder) = match (typed, &own) {
        (Some(dir), _) => (dir, from),
        (None, Some(file)) if file.folder().is_empty() => (root.clone(), String::new()),
        (None, Some(file)) => (root.join(file.folder()), file.folder().to_owned()),
        (None, None) => (root.clone(), String::new()),
    };
    Ok(Found { dir, folder, root, own })
}

fn on_disk(root: &Path, folder: &str, shown_from: &str) -> Result<Option<File>, ConfigError> {
    config::find(&Workspace::new(root), folder, shown_from)
}

impl Found {
    /// Chooses both sides and reads the configuration that counts.
    pub(crate) async fn settle(
        self,
        context: &Context,
        repository: Option<&Repository>,
        args: &CompareArgs,
        network: Network,
        console: &Console,
    ) -> Result<Project, Error> {
        let (head, has_dir) = (args.head.as_deref(), args.base_dir.is_some());
        let choose = |base: Option<&str>| choose(repository, context, base, head, has_dir);
        let base = args.base.as_deref();
        let (config, notices, chosen) = if context.files_are_ours() {
            let (config, notices) = config::resolve(self.own.as_ref(), Author::Trusted, &self.folder)?;
            (config, notices, None)
        } else {
            // Without flags: whom to believe is no question for the side that one wants to compare with.
            let mut anchor = choose(None)?;
            if base.is_none() || self.own.is_some() {
                complete_base(repository, context, &mut anchor, network, console).await?;
            }
            let (config, notices) = self.under(repository, anchor.base.as_ref())?;
            (config, notices, Some(anchor))
        };
        let configured = config.base.as_deref().filter(|_| !has_dir);
        let choice = match (base.or(configured), chosen) {
            (None, Some(anchor)) => anchor,
            (wish, _) => {
                let mut choice = choose(wish).map_err(|error| match base {
                    None if wish.is_some() => {
                        error.hint("cml.toml names it as `base`; --base REV wins over it")
                    }
                    _ => error,
                })?;
                complete_base(repository, context, &mut choice, network, console).await?;
                choice
            }
        };
        let is_free = base.is_none() && head.is_none() && !has_dir;
        let choice = if repository.is_none() && is_free {
            without_git::choose(choice, context, network, console).await?
        } else {
            choice
        };
        let (dir, folder) = (self.dir.clone(), self.folder.clone());
        let config = self.rooted(config, context)?;
        Ok(Project { dir, folder, config, choice, notices })
    }

    /// The configuration alone, for what is not compared (a user's own Markdown). The base is looked for only if there
    /// is something on disk that it could contradict.
    pub(crate) async fn config(
        &self,
        context: &Context,
        repository: Option<&Repository>,
        network: Network,
        console: &Console,
    ) -> Result<Config, Error> {
        let (config, notices) = if self.own.is_none() || context.files_are_ours() {
            config::resolve(self.own.as_ref(), Author::Trusted, &self.folder)?
        } else {
            let mut choice = choose(repository, context, None, None, false)?;
            complete_base(repository, context, &mut choice, network, console).await?;
            self.under(repository, choice.base.as_ref())?
        };
        console.notices(&notices);
        self.rooted(config, context)
    }

    /// What counts where the author of a change wrote the file on disk. A base's file that cannot be used is as none.
    fn under(
        &self,
        repository: Option<&Repository>,
        base: Option<&Sha>,
    ) -> Result<(Config, Vec<Notice>), Error> {
        let read = repository.zip(base).filter(|(repository, base)| repository.has(base));
        let of_base = read.map(|(repository, base)| {
            let tree = repository.tree(base, "").map_err(Error::from)?;
            config::find(&tree, &self.folder, repository.prefix()).map_err(Error::from)
        });
        let (of_base, told) = match of_base.transpose() {
            Ok(file) => (file.flatten(), None),
            Err(error) => {
                let why = error.message.lines().next().unwrap_or_default();
                (None, Some(Notice::new(format!("the base's configuration is not used: {why}"))))
            }
        };
        let (config, mut notices) =
            config::resolve(self.own.as_ref(), Author::OfChange(of_base.as_ref()), &self.folder)?;
        notices.splice(0..0, told);
        Ok((config, notices))
    }

    /// Folders of the configuration as they are on this disk. A link that the author of a change made leads no image
    /// out of the repository.
    fn rooted(&self, mut config: Config, context: &Context) -> Result<Config, Error> {
        let Some(store) = config.asset.store.take() else { return Ok(config) };
        config.asset.store = Some(if store.contains("://") {
            store
        } else {
            let folder = self.root.join(&store);
            let is_inside = folder.starts_with(&self.root) && !store.split('/').any(|part| part == "..");
            if is_inside && !context.files_are_ours() && !is_really_inside(&self.root, &folder) {
                return Err(Error::input(format!(
                    "asset.store {store:?} leads out of the repository by a link, so no image is stored there"
                ))
                .hint("name another folder, or store images on the forge: leave [asset] out"));
            }
            folder.to_string_lossy().into_owned()
        });
        Ok(config)
    }
}

/// Whether what there is of a folder's path lies inside another folder, all links followed.
fn is_really_inside(root: &Path, folder: &Path) -> bool {
    let is_there = |path: &&Path| path.symlink_metadata().is_ok();
    let Some(there) = folder.ancestors().find(is_there) else { return false };
    // A link that leads nowhere yet could lead anywhere.
    matches!((there.canonicalize(), root.canonicalize()), (Ok(there), Ok(root)) if there.starts_with(&root))
}
