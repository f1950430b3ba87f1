//! What one side could not read: its values are taken out of "new" and "removed", and it is told.

use std::collections::{BTreeMap, BTreeSet};

use cml_base::notice::{Notice, without_step};
use cml_compare as diff;
use cml_report::{Change, Unread, Which};
use cml_tracked::{Snapshot, What};

/// Marks what nobody can compare, and lists the files. What only may hide files is listed if it does.
pub(crate) fn told(
    base: Option<&Snapshot>,
    head: &Snapshot,
    metrics: &mut [Change],
    params: &mut [Change],
) -> Vec<Unread> {
    let mut unread = Vec::new();
    for (which, side) in [(Which::Base, base), (Which::Head, Some(head))] {
        let Some(side) = side else { continue };
        let of_metrics = marked(metrics, side, which, What::Metrics);
        let of_params = marked(params, side, which, What::Params);
        unread.extend(side.unreadable.iter().map(|file| Unread {
            side: which,
            path: file.path.clone(),
            what: file.what,
            why: why(which, &file.why),
        }));
        for closed in &side.closed {
            let hides = |hit: &BTreeSet<&str>| hit.contains(closed.hides.as_str());
            let what = if hides(&of_metrics) { What::Files } else { What::Params };
            if hides(&of_metrics) || hides(&of_params) {
                let why = why(which, &closed.why);
                unread.push(Unread { side: which, path: closed.path.clone(), what, why });
            }
        }
    }
    unread
}

/// Nobody runs a step of the base.
fn why(side: Which, why: &str) -> String {
    if side == Which::Base { without_step(why) } else { why }.to_owned()
}

/// Says of what else cannot be read why, unless its reader did.
pub(crate) fn notices(
    unread: &[Unread],
    (base, head): (Option<&Snapshot>, &Snapshot),
    base_label: &str,
) -> Vec<Notice> {
    let is_told = |one: &&Unread| {
        let side = if one.side == Which::Base { base } else { Some(head) };
        let notices = side.map_or(&[][..], |side| side.notices.as_slice());
        notices.iter().any(|notice| notice.about.as_deref() == Some(one.path.as_str()))
    };
    let files = unread.iter().filter(|one| one.what == What::Files && !is_told(one));
    let notice = |one: &Unread| {
        let notice = Notice::about(&one.path, &one.why);
        if one.side == Which::Base { notice.of_the_base(base_label) } else { notice }
    };
    files.map(notice).collect()
}

/// Marks the values of one kind that a side hides; answers which of its files and folders hide any.
fn marked<'s>(changes: &mut [Change], side: &'s Snapshot, which: Which, what: What) -> BTreeSet<&'s str> {
    let files = side.unreadable.iter().filter(|file| file.what == what);
    let files = files.map(|file| (file.path.as_str(), file.why.as_str()));
    let closed = side.closed.iter().map(|closed| (closed.hides.as_str(), closed.why.as_str()));
    let hiding: BTreeMap<&str, &str> = closed.chain(files).collect();
    let mut hit = BTreeSet::new();
    if hiding.is_empty() {
        return hit;
    }
    diff::unreadable(changes, which, |path| {
        // The file itself, a folder that it is in, or everything.
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        let names = above.chain([path, ""]).filter_map(|name| hiding.get_key_value(name));
        let mut reason = None;
        for (name, of_it) in names {
            hit.insert(*name);
            reason = reason.or(Some(why(which, of_it)));
        }
        reason
    });
    hit
}
