//! What the event leaves open about the change request, asked of the forge.
//!
//! In: the context and the forge. Out: the context with [`Situation::Change`] where there is exactly one.

use crate::environment::{Context, Situation};
use crate::forge::{Change, Forge};
use crate::http::HttpError;
use crate::ident::Sha;

/// Replaces a situation that only points to a change request by the change request itself. What the forge does not
/// know stays as it is.
pub(crate) async fn settle(context: &mut Context, forge: &dyn Forge) -> Result<(), HttpError> {
    let change = match &context.situation {
        Situation::Named { number } => forge.change(*number).await?,
        Situation::Workflow { head_repo, head_branch, head } => {
            only(forge.changes_from(head_repo, head_branch).await?, head)
        }
        Situation::Push { branch, default_branch, .. } if Some(branch) != default_branch.as_ref() => {
            of_push(context, forge).await?
        }
        _ => None,
    };
    if let Some(change) = change {
        apply(context, change);
    }
    Ok(())
}

/// Exactly one with this head: a branch may have moved on, and its other commits belong to other runs.
fn only(changes: Vec<Change>, head: &Sha) -> Option<Change> {
    let mut with_head = changes.into_iter().filter(|change| change.head.as_ref() == Some(head));
    let one = with_head.next();
    one.filter(|_| with_head.next().is_none())
}

/// The one open change request of a pushed branch.
async fn of_push(context: &Context, forge: &dyn Forge) -> Result<Option<Change>, HttpError> {
    let Some(head) = &context.head else { return Ok(None) };
    match forge.change_for(head).await? {
        Some(number) => forge.change(number).await,
        None => Ok(None),
    }
}

fn apply(context: &mut Context, change: Change) {
    let own = context.repo.as_ref().map(|repo| repo.slug().to_ascii_lowercase());
    if context.head.is_none() {
        context.head = change.head.clone();
    }
    context.situation = Situation::Change {
        number: change.number,
        base: change.base,
        base_branch: change.base_branch,
        head: context.head.clone(),
        head_branch: Some(change.head_branch),
        fork: change.head_repo.map(|repo| repo.to_ascii_lowercase()) != own,
        dependabot: false,
    };
}
