//! The project: its folder, what is configured for it, and which two sides are compared.

use std::path::PathBuf;

use super::choose::{Named, sides};
use super::found::Found;
use super::rules::{self, Rules};
use super::target::Target;
use crate::cli::CompareArgs;
use crate::config::{self, Config};
use crate::error::Error;
use crate::session::Session;
use cml_base::notice::Notice;
use cml_git::Choice;

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

impl Found {
    /// Reads the configuration that counts and chooses both sides.
    pub(crate) async fn settle(self, args: &CompareArgs, session: &Session) -> Result<Project, Error> {
        let typed = Named {
            base: args.base.as_deref(),
            head: args.head.as_deref(),
            has_base_dir: args.base_dir.is_some(),
        };
        let Rules { config, folder: file, target, mut notices } = rules::settle(&self, session).await?;
        let mut named = typed;
        if let (None, Some(base), false) = (typed.base, config.base.as_deref(), typed.has_base_dir) {
            if session.repository().is_some() {
                named.base = Some(base);
            } else {
                let text =
                    format!("`base` names {base:?}, which is looked for in a clone, and there is none here");
                notices.push(Notice::about(config::FILE, text));
            }
        }
        let choice = sides(session, named).await.map_err(|error| {
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
    pub(crate) async fn config(&self, session: &Session) -> Result<(Config, String), Error> {
        if rules::is_unconfigured(self, session) {
            return Ok((Config::default(), String::new()));
        }
        let Rules { config, folder: file, notices, .. } = rules::settle(self, session).await?;
        session.console().notices(&notices);
        let name = file.as_deref().map(|_| self.folder(file.as_deref())).unwrap_or_default();
        Ok((self.rooted(config), name))
    }
}
