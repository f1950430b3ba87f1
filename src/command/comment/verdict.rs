//! What a verdict does beside the report's text: it resolves a thread and sets a label.
//!
//! In: the report and the settings. Out: what `deliver` is to do with the thread; the label on the forge.

use crate::content::Content;
use crate::session::Session;
use crate::settings::CommentSettings;
use cml_base::ident::ChangeNumber;
use cml_forge::Forge;
use cml_forge::deliver::Thread;
use cml_report::Verdict;

/// Whether the comment is a thread, and what the report says of it.
pub(crate) fn thread(
    session: &Session,
    forge: &dyn Forge,
    settings: &CommentSettings,
    content: &Content,
) -> Option<Thread> {
    if !settings.thread {
        return None;
    }
    if forge.threads().is_none() {
        let name = forge.flavor().name;
        session.console().warn(&format!(
            "--thread: {name} has no threads on a whole change request; this is a plain comment"
        ));
    }
    Some(match content {
        Content::Report(compared) if compared.report.has_regressions() => Thread::Open,
        Content::Report(compared) if compared.report.may_hide_regressions() => Thread::Open,
        Content::Report(_) => Thread::Settled,
        Content::File(_) | Content::Start { .. } => Thread::Theirs,
    })
}

/// Sets the label of the verdict. To fail here costs the label, not the comment.
pub(crate) async fn label(
    session: &Session,
    forge: &dyn Forge,
    change: ChangeNumber,
    name: &str,
    verdict: Verdict,
) {
    let labelled = |verdict: &Verdict| format!("{name}::{}", verdict.as_str());
    let others: Vec<String> = Verdict::ALL.iter().filter(|other| **other != verdict).map(labelled).collect();
    let console = session.console();
    let Some(labels) = forge.labels() else {
        console.warn(&format!("--label: cml sets no labels on {}", forge.flavor().name));
        return;
    };
    match labels.set_label(change, &labelled(&verdict), &others).await {
        Ok(()) => console.info(&format!("the label {} is set", labelled(&verdict))),
        Err(error) => console.warn(&format!("the label is not set (that needs the role Developer): {error}")),
    }
}
