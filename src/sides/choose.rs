//! Which two sides are compared, and the base brought here.
//!
//! In: the repository, if there is a clone, the context, and what somebody named. Out: a [`Choice`]; a base that cannot
//! be had is a notice.

use super::asked;
use crate::error::Error;
use crate::session::Session;
use cml_base::ident::Sha;
use cml_base::notice::Notice;
use cml_base::tree::RevisionError;
use cml_forge::Forge;
use cml_git::{self as revision, Choice, Repository};
use cml_host::environment::Context;

/// What somebody named.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Named<'a> {
    pub(crate) base: Option<&'a str>,
    pub(crate) head: Option<&'a str>,
    /// A folder is to be compared with.
    pub(crate) has_base_dir: bool,
}

/// Chooses both sides; without a clone the forge is asked for the base.
pub(crate) async fn sides(session: &Session, named: Named<'_>) -> Result<Choice, Error> {
    session.fill_in_clone();
    let repository = session.repository();
    let mut choice = choose(repository, session.context(), named)?;
    if session.is_online() {
        complete_base(session, &mut choice).await?;
    }
    if repository.is_none() && (named.base, named.head, named.has_base_dir) == (None, None, false) {
        return asked::choose(choice, session).await;
    }
    if repository.is_some() && named.has_base_dir {
        choice.compare_with_folder();
    }
    Ok(choice)
}

/// Without a repository there is a workspace and no base.
fn choose(repository: Option<&Repository>, context: &Context, named: Named<'_>) -> Result<Choice, Error> {
    let Named { base, head, has_base_dir } = named;
    if let Some(repository) = repository {
        return Ok(revision::choose(repository, context, base, head)?);
    }
    if let Some(rev) = base.or(head) {
        return Err(Error::input(format!("{rev:?} cannot be read: this folder is in no Git repository"))
            .hint("run it inside the repository, or compare with a folder: --base-dir DIR"));
    }
    let mut choice = Choice::workspace_alone();
    if !has_base_dir {
        choice.no_base = Some("this folder is in no Git repository".to_owned());
        choice.notices.push(Notice::new("this folder is in no Git repository, so everything is new; --base-dir DIR names a folder to compare with"));
    }
    Ok(choice)
}

/// Says that the base did not come, and which way is taken instead.
fn unfetched(repository: &Repository, base: &Sha, is_asked: bool, why: &RevisionError) -> Notice {
    let then = if is_asked { "its files are asked of the forge" } else { "everything is new" };
    let mut text = format!("the base {} could not be fetched, so {then}: {why}", base.short());
    if repository.has_own_ssh() {
        text += "; the clone's configuration signs in by core.sshCommand, which is a command and is not run";
    }
    Notice::new(text)
}

/// Brings the base's commit here: asks the forge for a merge base that a shallow clone cannot know, and fetches it.
async fn complete_base(session: &Session, choice: &mut Choice) -> Result<(), Error> {
    let Some(repository) = session.repository() else { return Ok(()) };
    let context = session.context();
    if let Some((base, head)) = choice.wants_merge_base.clone()
        && let Some(forge) = session.forge()?
    {
        match forge.merge_base(&base, &head).await {
            Ok(answer) => choice.settle(answer),
            Err(error) => {
                choice.notices.push(Notice::new(format!("the merge base could not be asked for: {error}")))
            }
        }
    }
    if let Some(base) = choice.base.clone()
        && !repository.has(&base)
    {
        session.console().info(&format!("fetching the base {}", base.short()));
        let token = repository.remote_url().and_then(|url| context.token_for_remote(&url));
        if let Err(error) = revision::fetch(repository, &base, token) {
            let is_asked =
                session.forge()?.and_then(Forge::files).is_some() && !context.runner.reading.is_over();
            choice.notices.push(unfetched(repository, &base, is_asked, &error));
            choice.no_base = Some(format!("the base {} could not be fetched: {error}", base.short()));
            choice.base = Some(base).filter(|_| is_asked);
        }
    }
    Ok(())
}
