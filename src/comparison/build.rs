//! Two snapshots become a report.

use super::unread;
use crate::config::{self, Config};
use cml_base::ident::Sha;
use cml_base::notice::Notice;
use cml_compare as diff;
use cml_git::{Choice, Repository};
use cml_host::environment::Context;
use cml_plot::{self as plot, Figure};
use cml_report::{Base, NearMiss, Report, Side};
use cml_tracked::Snapshot;

pub(crate) fn build(
    context: &Context,
    repository: Option<&Repository>,
    choice: Choice,
    (base, head): (Option<&Snapshot>, &Snapshot),
    head_sha: Option<Sha>,
    config: &Config,
    (figures, plot_notices): (&[Figure], Vec<Notice>),
) -> Report {
    let rules = &config.rules;
    let mut metrics = diff::compare_metrics(base.map(|base| base.metrics.as_slice()), &head.metrics, rules);
    let mut params = diff::compare_params(base.map(|base| base.params.as_slice()), &head.params);
    let unread = unread::told(base, head, &mut metrics, &mut params);
    let mut plots: Vec<_> = figures.iter().map(plot::told).collect();
    diff::direct_curves(&mut plots, rules);
    let age =
        |sha: Option<&Sha>| sha.and_then(|sha| repository.and_then(|repository| repository.commit_time(sha)));
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
