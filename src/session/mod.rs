//! What every command starts from.

pub(crate) mod checkout;
mod console;
pub(crate) mod files;
pub(crate) mod folders;
pub(crate) mod hiding;
pub(crate) mod network;
pub(crate) mod situation;

use crate::cli::Global;
use crate::error::Error;
use cml_base::ident::RepoUrl;
use cml_base::tree::RevisionError;
use cml_git::Repository;
use cml_host::environment::{self, Context, Env, Typed};

pub use console::Console;
pub(crate) use network::Network;

/// Where we run, with the repository's own address where the CI names none.
pub(crate) fn context(env: &Env, global: &Global, repository: Option<&Repository>) -> Result<Context, Error> {
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

/// What may be asked.
#[derive(Clone, Copy)]
pub(crate) struct Reach<'a> {
    pub(crate) repository: Option<&'a Repository>,
    pub(crate) context: &'a Context,
    pub(crate) network: Network,
    pub(crate) console: &'a Console,
}
