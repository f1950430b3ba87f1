//! The base where there is no clone: which commit it is, and its files, both asked of the forge.
//!
//! In: the context and the forge. Out: a [`Choice`], and a snapshot of the base.

use std::path::Path;

use futures_util::StreamExt as _;

use super::outputs::Outside;
use crate::error::Error;
use crate::session::Session;
use crate::session::folders::{below, in_repository, root};
use cml_base::ident::Sha;
use cml_base::tree::Tree;
use cml_forge::{Files, Forge};
use cml_git::{Choice, ListedTree};
use cml_host::environment::{Context, Env, Situation};
use cml_http::HttpError;
use cml_tracked::{Snapshot, Sources};

/// What dvc.yaml names, what its templates name, what its lock file names, and the links between.
const MOST_ROUNDS: usize = 8;
/// Every file is a request.
const MOST_FILES: usize = 500;
const AT_ONCE: usize = 8;
const UNASKED: &str = "the base could not be asked for";

/// The base of the change or push that the job runs for, if the forge and the event tell it; else the choice as it is.
pub(crate) async fn choose(choice: Choice, session: &Session) -> Result<Choice, Error> {
    let Some(forge) = session.forge()? else { return Ok(choice) };
    Ok(match asked(session.context(), forge).await {
        Ok(Some(found)) => found,
        Ok(None) => choice,
        Err(error) => {
            let mut choice = Choice { notices: Vec::new(), ..choice };
            choice.lose_base(UNASKED.to_owned(), Some(&error.to_string()));
            choice
        }
    })
}

async fn asked(context: &Context, forge: &dyn Forge) -> Result<Option<Choice>, HttpError> {
    let Some(files) = forge.files() else { return Ok(None) };
    let mut choice = Choice { head_commit: context.head.clone(), ..Choice::workspace_alone() };
    match &context.situation {
        Situation::Change { base, base_branch, head, .. } => {
            choice.base_label = base_branch.clone();
            choice.own_progress_only = true;
            choice.base = match (&context.told_base, base, head) {
                (Some(told), ..) => Some(told.clone()),
                (None, base, head) => match (merged_into(context, files).await?, base, head) {
                    (Some(target), ..) => Some(target),
                    (None, Some(base), Some(head)) => forge.merge_base(base, head).await?,
                    _ => None,
                },
            };
        }
        Situation::Push { before, .. } => {
            choice.base = before.clone().filter(|before| !before.is_zero());
            choice.base_label =
                choice.base.as_ref().map_or(choice.base_label, |base| base.short().to_owned());
        }
        _ => {}
    }
    Ok(choice.base.is_some().then_some(choice))
}

/// The target's side of the CI's own merge commit, which is what a job has checked out unless it was told otherwise.
pub(crate) async fn merged_into(context: &Context, files: &dyn Files) -> Result<Option<Sha>, HttpError> {
    let Some(merge) = context.runner.merges.iter().find(|merge| context.head.as_ref() != Some(merge)) else {
        return Ok(None);
    };
    Ok(match files.parents(merge).await?.as_slice() {
        [target, topic] if Some(topic) == context.head.as_ref() => Some(target.clone()),
        _ => None,
    })
}

/// The base's files below the project's folder, as far as the report asks for them.
async fn snapshot(
    files: &dyn Files,
    base: &Sha,
    folder: &str,
    sources: &Sources,
    outside: &Outside<'_>,
) -> Result<Snapshot, Error> {
    let mut tree = ListedTree::new(files.list(base).await?, folder);
    let mut count = 0;
    for _ in 1..MOST_ROUNDS {
        let snapshot = outside.collect(&tree, sources).await?;
        let mut wanted = tree.wanted();
        if wanted.is_empty() {
            return Ok(snapshot);
        }
        count += wanted.len();
        if count > MOST_FILES {
            let why = format!("more than {MOST_FILES} files would have to be asked for; check out with git");
            wanted.into_iter().for_each(|object| tree.absorb(object, Err(why.clone())));
            continue;
        }
        wanted.sort();
        let reading = futures_util::stream::iter(wanted).map(|object| async move {
            let content = files.read(&object).await.map_err(|error| error.to_string());
            (object, content)
        });
        let contents: Vec<_> = reading.buffer_unordered(AT_ONCE).collect().await;
        contents.into_iter().for_each(|(object, content)| tree.absorb(object, content));
    }
    outside.collect(&tree, sources).await
}

/// The project's folder from the repository's root, which the CI names; elsewhere the current directory is it.
fn folder(env: &Env, project: &Path) -> String {
    root(env, project).and_then(|root| below(&root, project)).unwrap_or_else(|| {
        project.strip_prefix(&env.cwd).map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
    })
}

/// What `look` finds in a commit's files, asked for file by file.
pub(crate) async fn look<T>(
    files: &dyn Files,
    commit: &Sha,
    look: impl Fn(&dyn Tree) -> T,
) -> Result<T, HttpError> {
    let mut tree = ListedTree::new(files.list(commit).await?, "");
    let mut count = 0;
    loop {
        let found = look(&tree);
        let wanted = tree.wanted();
        count += wanted.len();
        if wanted.is_empty() || count > MOST_FILES {
            return Ok(found);
        }
        for object in wanted {
            let content = files.read(&object).await.map_err(|error| error.to_string());
            tree.absorb(object, content);
        }
    }
}

/// The base's files as a snapshot; what fails costs the base and says so.
pub(crate) async fn base_snapshot(
    base: &Sha,
    choice: &mut Choice,
    sources: &Sources,
    outside: &Outside<'_>,
) -> Result<Option<Snapshot>, Error> {
    let session = outside.session;
    let Some(files) = session.forge()?.and_then(Forge::files) else { return Ok(None) };
    session
        .console()
        .info(&format!("the base {} is not in a clone here, so it is asked of the forge", base.short()));
    let folder = match session.repository() {
        Some(repository) => in_repository(repository, &outside.dir)?,
        None => folder(session.env(), &outside.dir),
    };
    match snapshot(files, base, &folder, sources, outside).await {
        Ok(snapshot) => Ok(Some(snapshot)),
        Err(error) => {
            choice.lose_base(UNASKED.to_owned(), Some(&error.message));
            Ok(None)
        }
    }
}
