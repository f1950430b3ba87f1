//! What every command starts from, opened once and asked by methods: where we run, the clone, the forge, and whom to
//! talk to.
//!
//! In: the surroundings and what was typed. Out: a [`Session`]. It knows nothing of what is compared or said.

mod checkout;
mod console;
pub(crate) mod files;
pub(crate) mod folders;
mod hiding;
mod network;
pub(crate) mod situation;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::cli::{Global, Log};
use crate::error::Error;
use cml_base::ident::RepoUrl;
use cml_base::tree::RevisionError;
use cml_forge::Forge;
use cml_git::Repository;
use cml_host::environment::{self, Context, Env, Typed};

pub use console::Console;
pub(crate) use network::Network;

/// One run of the program.
pub(crate) struct Session {
    env: Env,
    console: Console,
    repository: Option<Repository>,
    context: Context,
    network: Network,
    /// Connected when it is first asked for.
    forge: OnceLock<Option<Box<dyn Forge>>>,
}

impl Session {
    /// Looks at where we run, and asks nobody; [`Session::connect`] does.
    pub(crate) fn open(global: &Global, env: &Env, network: Network) -> Result<Self, Error> {
        let repository = repository(env)?;
        let context = context(env, global, repository.as_ref())?;
        let session = Self::of(env.clone(), Console::new(global.log), repository, network);
        Ok(Self { context, ..session })
    }

    /// A session of these surroundings alone, without a word of the command line.
    pub(crate) fn of(env: Env, console: Console, repository: Option<Repository>, network: Network) -> Self {
        let context = environment::detect(&env, None, None);
        Self { env, console, repository, context, network, forge: OnceLock::new() }
    }

    pub(crate) fn env(&self) -> &Env {
        &self.env
    }

    pub(crate) fn console(&self) -> &Console {
        &self.console
    }

    /// The clone around the current directory, if there is one.
    pub(crate) fn repository(&self) -> Option<&Repository> {
        self.repository.as_ref()
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// For what a command learns about its own situation.
    pub(crate) fn context_mut(&mut self) -> &mut Context {
        &mut self.context
    }

    /// Whether the network may be used.
    pub(crate) fn is_online(&self) -> bool {
        self.network == Network::Allowed
    }

    /// A path that was typed.
    pub(crate) fn path(&self, typed: impl AsRef<Path>) -> PathBuf {
        self.env.cwd.join(typed)
    }

    /// Whether standard output takes colours.
    pub(crate) fn has_colours(&self) -> bool {
        self.env.stdout_is_terminal && self.env.get("NO_COLOR").is_none()
    }

    /// How many columns a result may have.
    pub(crate) fn width(&self) -> usize {
        self.env.width.unwrap_or(100)
    }

    /// Talks at another level from now on; answers whom it talked to before.
    pub(crate) fn talk(&mut self, console: Console) -> Console {
        std::mem::replace(&mut self.console, console)
    }

    /// The same for a look that nobody asked for: only what ends it is said.
    pub(crate) fn hush(&mut self) -> Console {
        self.talk(Console::new(Log::Error))
    }

    /// Begins the next round of something that goes on (`--watch`), which has its own time and looks at the clone anew.
    pub(crate) fn renew(&mut self) -> Result<(), Error> {
        self.env.deadline = self.env.deadline.renewed();
        self.context.runner.reading = self.context.runner.reading.renewed();
        self.repository = repository(&self.env)?;
        if let Some(forge) = self.forge()? {
            forge.until(self.context.runner.reading);
        }
        Ok(())
    }
}

/// Where we run, with the repository's own address where the CI names none.
fn context(env: &Env, global: &Global, repository: Option<&Repository>) -> Result<Context, Error> {
    let remote = repository.and_then(Repository::remote_url);
    let flag = global.repo.as_deref().or_else(|| env.get("CML_REPO"));
    let mut context = environment::detect(env, flag, global.token.as_deref());
    // Another repository than the one that was named must not get the comment.
    if let Some(wrong) = context.notices.iter().find(|notice| notice.about.as_deref() == Some("--repo")) {
        return Err(Error::input(wrong.to_string()).hint("for example --repo OWNER/NAME"));
    }
    if context.repo.is_none()
        && let Some(repo) = remote.and_then(|url| RepoUrl::of_remote(&url).ok())
    {
        context.set_repo(repo);
    }
    if let Some(forge) = global.driver {
        context.set_forge(forge);
    }
    let names_repo = flag.is_some_and(|text| !text.trim().is_empty());
    context.take_token(env, Typed { token: global.token.as_deref(), names_repo });
    context.notices.extend(repository.and_then(Repository::notice).cloned());
    Ok(context)
}

/// The repository around the current directory, if there is one.
pub(crate) fn repository(env: &Env) -> Result<Option<Repository>, Error> {
    match Repository::open(&env.cwd, env) {
        Ok(repository) => Ok(Some(repository)),
        // A slim image without git still gets its report; the notice about the base says why everything is new.
        Err(RevisionError::NotARepository { .. } | RevisionError::NoGit { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
