//! Which commit of a change request a report is about, where the event leaves it to the job.
//!
//! In: the context, the clone, and the forge if there is one. Out: the context with that commit as the head, and a notice
//! if it is not the newest one.

use super::Session;
use cml_base::ident::Sha;
use cml_base::notice::Notice;
use cml_git::target;
use cml_host::environment::Situation;

impl Session {
    /// Takes what is checked out for the change's head. Events of reviews and of the target's own workflows may be
    /// about an older head than the newest, and their jobs check out what they are told to.
    pub(crate) async fn choose_head(&mut self) {
        let Situation::Change { number, head: Some(own), .. } = &self.context.situation else { return };
        if !self.context.runner.chooses_head {
            return;
        }
        let (number, own) = (*number, own.clone());
        let found = self.repository().and_then(|repository| target::checked_out(repository, &self.context));
        let Some(found) = found else { return };
        let now = match self.forge() {
            Ok(Some(forge)) => forge.head_of(number).await.ok().flatten(),
            _ => None,
        };
        let newest = now.unwrap_or_else(|| own.clone());
        // Commits above the head that the forge has not are the job's own, of which nobody else knows.
        let head = if found.has_head && found.commit != newest { own } else { found.commit };
        if head != newest {
            self.context.notices.push(older(&head, &newest));
        }
        self.context.set_head(head);
    }
}

fn older(head: &Sha, newest: &Sha) -> Notice {
    Notice::new(format!(
        "the commit that is checked out, {}, is not the newest head of the change, {}; the report is about what is \
         checked out",
        head.short(),
        newest.short()
    ))
}
