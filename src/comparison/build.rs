//! Two snapshots become a report.

use super::unread;
use crate::config::{self, Config};
use crate::session::Session;
use cml_base::ident::Sha;
use cml_base::notice::Notice;
use cml_compare as diff;
use cml_git::Choice;
use cml_plot::{self as plot, Figure};
use cml_report::{Base, NearMiss, Report, Side};
use cml_tracked::Snapshot;

/// What was found on both sides.
pub(crate) struct Found<'a> {
    pub(crate) choice: Choice,
    pub(crate) base: Option<&'a Snapshot>,
    pub(crate) head: &'a Snapshot,
    /// The commit that the report speaks of.
    pub(crate) head_sha: Option<Sha>,
    pub(crate) figures: &'a [Figure],
    pub(crate) plot_notices: Vec<Notice>,
}

pub(crate) fn build(session: &Session, config: &Config, found: Found<'_>) -> Report {
    let Found { choice, base, head, head_sha, figures, plot_notices } = found;
    let (context, rules) = (session.context(), &config.rules);
    let mut metrics = diff::compare_metrics(base.map(|base| base.metrics.as_slice()), &head.metrics, rules);
    let mut params = diff::compare_params(base.map(|base| base.params.as_slice()), &head.params);
    let unread = unread::told(base, head, &mut metrics, &mut params);
    let mut plots: Vec<_> = figures.iter().map(plot::told).collect();
    diff::direct_curves(&mut plots, rules);
    let age = |sha: Option<&Sha>| {
        sha.and_then(|sha| session.repository().and_then(|repository| repository.commit_time(sha)))
    };
    let base_age = age(head_sha.as_ref().or(choice.head_commit.as_ref()))
        .zip(age(choice.base.as_ref()))
        .map(|(head, base)| head - base);
    let mut notices = context.notices.clone();
    notices.extend(choice.notices);
    notices.extend(config::turned_directions(rules, &metrics));
    notices.extend(config::exchanged_names(rules, &metrics));
    if let Some(base) = base {
        // What both sides say (a glob that matches nothing) is said once.
        let own = base.notices.iter().filter(|notice| !head.notices.contains(notice));
        notices.extend(own.map(|notice| notice.of_the_base(&choice.base_label)));
    }
    notices.extend(head.notices.iter().cloned());
    notices.extend(unread::notices(&unread, (base, head), &choice.base_label));
    notices.extend(plot_notices);
    Report {
        name: None,
        base: match (base, choice.base) {
            (None, _) => Base::None { why: choice.no_base },
            (Some(_), Some(commit)) => Base::Commit { label: choice.base_label, commit },
            (Some(_), None) => Base::Folder { label: choice.base_label },
        },
        head: Side { label: choice.head_label.clone(), commit: head_sha, on_disk: choice.head_is_workspace },
        own_progress_only: choice.own_progress_only,
        base_age,
        // How a host writes the address of a commit is known of those that we speak to.
        repo: context.repo.clone().filter(|_| context.forge.is_some()),
        metrics,
        params,
        plots,
        notices,
        near_misses: head
            .near_misses
            .iter()
            .map(|(path, flag)| NearMiss { path: path.clone(), flag: (*flag).to_owned() })
            .collect(),
        unread,
        kept_at: None,
    }
}
