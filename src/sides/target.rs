//! The target branch's newest commit and its files: whose word counts in a change request's job.
//!
//! In: the clone, the context, the forge. Out: a [`Target`], or none where the files on disk are our own. Rules of the
//! merge base could be older and laxer than those that hold now, and rules on disk are the change's own.

use super::asked as without_clone;
use crate::error::Error;
use crate::session::Session;
use cml_base::ident::Sha;
use cml_base::notice::Notice;
use cml_base::tree::Tree;
use cml_forge::Forge;
use cml_git::{self as revision, CommitTree, target};
use cml_host::environment::Situation;

/// The branch that a change is to be merged into.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Target {
    /// Its name, or a word for it.
    pub(crate) branch: String,
    /// Its newest commit; `None` if nobody tells.
    pub(crate) tip: Option<Sha>,
    /// Why the commit may not be the newest one, or is not known.
    pub(crate) notice: Option<Notice>,
}

/// Finds the target; `None`: the files on disk are by people who may push, and count as they are.
pub(crate) async fn find(session: &Session) -> Result<Option<Target>, Error> {
    let (repository, context) = (session.repository(), session.context());
    let checked_out = || repository.and_then(|repository| repository.resolve("HEAD").ok());
    if context.files_are_ours() || context.checkout_is_ours(checked_out().as_ref()) {
        return Ok(None);
    }
    let name = context.target_branch();
    let branch = name.unwrap_or("the default branch").to_owned();
    let told = context.told_tip().cloned();
    if let Some(tip) = told.or_else(|| target::merged_into(repository?, context)) {
        return Ok(Some(Target { branch, tip: Some(tip), notice: None }));
    }
    let asked = match name {
        Some(name) => asked(session, name).await?,
        None => None,
    };
    if let Some(tip) = asked {
        return Ok(Some(Target { branch, tip: Some(tip), notice: None }));
    }
    let known = last_known(session);
    let notice = Some(not_asked(&branch, known.as_ref()));
    Ok(Some(Target { branch, tip: known, notice }))
}

/// The target's commit as the event, the CI or the clone last knew it; it may be an older one.
fn last_known(session: &Session) -> Option<Sha> {
    let (repository, context) = (session.repository(), session.context());
    let event = match &context.situation {
        Situation::Change { base, .. } | Situation::Queue { base, .. } => base.as_ref(),
        _ => None,
    };
    match (repository, context.target_branch()) {
        (Some(repository), Some(name)) => target::last_known(repository, name, event),
        _ => event.cloned(),
    }
}

/// What `look` finds in the files of the target as it was last known, if the clone has them: nobody is asked.
pub(crate) fn look_back<T>(session: &Session, look: impl Fn(&dyn Tree) -> T) -> Option<T> {
    let known = last_known(session).or_else(|| session.context().told_base.clone())?;
    let repository = session.repository().filter(|repository| repository.has(&known))?;
    repository.tree(&known, "").ok().map(|tree| look(&tree))
}

fn not_asked(branch: &str, known: Option<&Sha>) -> Notice {
    Notice::new(match known {
        Some(known) => format!(
            "the newest commit of {branch} could not be asked for, so its rules are read from {}, which may be older",
            known.short()
        ),
        None => format!("the newest commit of {branch} could not be asked for"),
    })
}

/// The branch's newest commit, asked of the forge, else of the clone's remote.
async fn asked(session: &Session, branch: &str) -> Result<Option<Sha>, Error> {
    if !session.is_online() {
        return Ok(None);
    }
    let (repository, context) = (session.repository(), session.context());
    if let Some(files) = session.forge()?.and_then(Forge::files) {
        // Without a clone the CI's merge is asked for as well: its first parent is what was tested.
        let merged = match repository {
            Some(_) => None,
            None => without_clone::merged_into(context, files).await.unwrap_or_default(),
        };
        let tip = match merged {
            Some(merged) => Some(merged),
            None => files.tip(branch).await.unwrap_or_default(),
        };
        if tip.is_some() {
            return Ok(tip);
        }
    }
    Ok(repository.and_then(|repository| {
        let token = repository.remote_url().and_then(|url| context.token_for_remote(&url));
        target::asked(repository, branch, token)
    }))
}

impl Target {
    /// What `look` finds in the files of the newest commit, paths counted from the repository's top. The commit is
    /// read from the clone, fetched into it, or asked of the forge; the error says why none of it went.
    pub(crate) async fn look<T>(
        &self,
        session: &Session,
        look: impl Fn(&dyn Tree) -> T,
    ) -> Result<T, String> {
        let Some(tip) = &self.tip else {
            return Err(format!("the newest commit of {} is not known", self.branch));
        };
        let why = match self.here(session, tip) {
            Ok(tree) => return Ok(look(&tree)),
            Err(why) => why,
        };
        if !session.is_online() {
            return Err(why);
        }
        let forge = session.forge().map_err(|error| error.to_string())?;
        let Some(files) = forge.and_then(Forge::files) else { return Err(why) };
        let asked = without_clone::look(files, tip, look).await;
        asked.map_err(|error| {
            if session.repository().is_some() { format!("{why}; {error}") } else { error.to_string() }
        })
    }

    /// The newest commit's files in the clone, which it is fetched into.
    fn here(&self, session: &Session, tip: &Sha) -> Result<CommitTree, String> {
        let Some(repository) = session.repository() else {
            return Err("there is neither a clone nor a token to ask the forge with".to_owned());
        };
        if !repository.has(tip) {
            if !session.is_online() {
                return Err("the commit is not in this clone, and a dry run uses no network".to_owned());
            }
            session.console().info(&format!(
                "fetching {}, the newest commit of {}",
                tip.short(),
                self.branch
            ));
            let token = repository.remote_url().and_then(|url| session.context().token_for_remote(&url));
            revision::fetch(repository, tip, token).map_err(|error| error.to_string())?;
        }
        repository.tree(tip, "").map_err(|error| error.to_string())
    }
}
