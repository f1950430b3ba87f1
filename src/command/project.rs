//! The project: its folder, what is configured for it, and which two sides are compared.
//!
//! In a change request's job the author of the change wrote the files on disk, so what could send something elsewhere
//! is read from the base, which is chosen first and without that file's help.

use std::path::{Path, PathBuf};

use crate::cli::CompareArgs;
use crate::config::{self, Author, Config, File};
use crate::environment::{Context, Env};
use crate::error::Error;
use crate::forge::Forge;
use crate::ident::Sha;
use crate::notice::Notice;
use crate::revision::{Choice, CommitTree, Repository, Workspace};

use super::compare::{Network, forge, in_repository};
use super::sides::{Named, sides};
use super::{Console, without_git};

/// A project's folder, and the configuration that is on disk.
pub(crate) struct Found {
    /// On disk.
    dir: PathBuf,
    /// Inside the repository, with `/`; empty: its top.
    folder: String,
    /// Where the configuration's folders count from.
    root: PathBuf,
    /// Where paths are shown from, inside the repository.
    cwd: String,
    own: Option<File>,
}

/// A project whose configuration and sides are known.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) dir: PathBuf,
    /// Inside the repository, with `/`; empty: its top.
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
    // A folder outside of the repository has none of its configuration.
    let Some(from) = from else {
        return Ok(Found { dir: start, folder: String::new(), root, cwd, own: None });
    };
    let own = config::find(&Workspace::new(&root), &from, &cwd)?;
    let (dir, folder) = match (typed, &own) {
        (Some(dir), _) => (dir, from),
        (None, Some(file)) if file.folder().is_empty() => (root.clone(), String::new()),
        (None, Some(file)) => (root.join(file.folder()), file.folder().to_owned()),
        (None, None) if repository.is_some() => (root.clone(), String::new()),
        (None, None) => (start, from),
    };
    Ok(Found { dir, folder, root, cwd, own })
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
        let typed = Named {
            base: args.base.as_deref(),
            head: args.head.as_deref(),
            has_base_dir: args.base_dir.is_some(),
        };
        let (config, mut notices, chosen) = if context.files_are_ours() {
            let (config, notices) = config::resolve(self.own.as_ref(), Author::Trusted, &self.folder)?;
            (config, notices, None)
        } else {
            // Whom to believe is no question for the side that one wants to compare with.
            let anchor = Named { base: None, has_base_dir: false, ..typed };
            let is_asked = self.own.is_some() || (typed.base.is_none() && !typed.has_base_dir);
            let network = if is_asked { network } else { Network::Forbidden };
            let chosen = sides(repository, context, anchor, network, console).await?;
            let (config, notices) =
                self.under(context, repository, chosen.base.as_ref(), network, console).await?;
            (config, notices, Some(chosen))
        };
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
        let choice = match chosen.filter(|_| named.base.is_none() && !named.has_base_dir) {
            Some(chosen) => chosen,
            None => sides(repository, context, named, network, console).await.map_err(|error| {
                if typed.base == named.base {
                    return error;
                }
                error.hint("cml.toml names it as `base`; --base REV wins over it")
            })?,
        };
        let config = self.rooted(config, context)?;
        Ok(Project { dir: self.dir, folder: self.folder, config, choice, notices })
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
            let chosen = sides(repository, context, Named::default(), network, console).await?;
            self.under(context, repository, chosen.base.as_ref(), network, console).await?
        };
        console.notices(&notices);
        self.rooted(config, context)
    }

    /// The folder that tells this project from others of the repository, where no flag names it.
    pub(crate) fn name(&self) -> &str {
        if self.own.is_some() { &self.folder } else { "" }
    }

    /// What counts where the author of a change wrote the file on disk. A base's file that cannot be used is as none.
    async fn under(
        &self,
        context: &Context,
        repository: Option<&Repository>,
        base: Option<&Sha>,
        network: Network,
        console: &Console,
    ) -> Result<(Config, Vec<Notice>), Error> {
        let of_base = match (repository, base) {
            (Some(repository), Some(base)) if repository.has(base) => {
                let find =
                    |tree: CommitTree| config::find(&tree, &self.folder, &self.cwd).map_err(Error::from);
                repository.tree(base, "").map_err(Error::from).and_then(find)
            }
            // Each question is a request, so without a file on disk none is asked.
            (None, Some(base)) if self.own.is_some() && network == Network::Allowed => {
                self.asked(context, base, console).await
            }
            _ => Ok(None),
        };
        let (of_base, told) = match of_base {
            Ok(file) => (file, None),
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

    /// The base's file where there is no clone.
    async fn asked(&self, context: &Context, base: &Sha, console: &Console) -> Result<Option<File>, Error> {
        let forge = forge(context, console)?;
        let Some(files) = forge.as_deref().and_then(Forge::files) else { return Ok(None) };
        without_git::configuration(files, base, |tree| config::find(tree, &self.folder, &self.cwd)).await
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
