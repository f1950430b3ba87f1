//! Which commit of a change request a report is about, where the event leaves it to the job.
//!
//! In: the context, the clone, and the forge if there is one. Out: the context with that commit as the head, and a notice
//! if it is not the newest one.

use cml_base::ident::Sha;
use cml_base::notice::Notice;
use cml_forge::Forge;
use cml_git::{Repository, target};
use cml_host::environment::{Context, Situation};

/// Takes what is checked out for the change's head. Events of reviews and of the target's own workflows may be about an
/// older head than the newest, and their jobs check out what they are told to.
pub(crate) async fn settle(
    context: &mut Context,
    repository: Option<&Repository>,
    forge: Option<&dyn Forge>,
) {
    let Situation::Change { number, head: Some(own), .. } = &context.situation else { return };
    if !context.runner.chooses_head {
        return;
    }
    let (number, own) = (*number, own.clone());
    let Some(found) = repository.and_then(|repository| target::checked_out(repository, context)) else {
        return;
    };
    let now = match forge {
        Some(forge) => forge.head_of(number).await.ok().flatten(),
        None => None,
    };
    let newest = now.unwrap_or_else(|| own.clone());
    // Commits above the head that the forge has not are the job's own, of which nobody else knows.
    let head = if found.has_head && found.commit != newest { own } else { found.commit };
    if head != newest {
        context.notices.push(older(&head, &newest));
    }
    context.set_head(head);
}

fn older(head: &Sha, newest: &Sha) -> Notice {
    Notice::new(format!(
        "the commit that is checked out, {}, is not the newest head of the change, {}; the report is about what is \
         checked out",
        head.short(),
        newest.short()
    ))
}
