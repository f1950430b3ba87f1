//! What one side could not read: its values are taken out of "new" and "removed", and it is told.

use std::collections::BTreeSet;

use cml_base::notice::{Notice, without_step};
use cml_compare::{self as diff, Change};
use cml_report::Unread;
use cml_tracked::{Snapshot, What};

/// Marks what nobody can compare, and lists the files. What only may hide files is listed if it does.
pub(super) fn told(
    base: Option<&Snapshot>,
    head: &Snapshot,
    metrics: &mut [Change],
    params: &mut [Change],
) -> Vec<Unread> {
    let mut unread = Vec::new();
    for (of_base, side) in [(true, base), (false, Some(head))] {
        let Some(side) = side else { continue };
        let of_metrics = marked(metrics, side, of_base, What::Metrics);
        let of_params = marked(params, side, of_base, What::Params);
        unread.extend(side.unreadable.iter().map(|file| Unread {
            of_base,
            path: file.path.clone(),
            what: file.what,
            why: why(of_base, &file.why),
        }));
        for closed in &side.closed {
            let hides = |hit: &BTreeSet<&str>| hit.contains(closed.hides.as_str());
            let what = if hides(&of_metrics) { What::Files } else { What::Params };
            if hides(&of_metrics) || hides(&of_params) {
                let why = why(of_base, &closed.why);
                unread.push(Unread { of_base, path: closed.path.clone(), what, why });
            }
        }
    }
    unread
}

/// Nobody runs a step of the base.
fn why(of_base: bool, why: &str) -> String {
    if of_base { without_step(why) } else { why }.to_owned()
}

/// Says of what else cannot be read why, unless its reader did.
pub(super) fn notices(
    unread: &[Unread],
    (base, head): (Option<&Snapshot>, &Snapshot),
    base_label: &str,
) -> Vec<Notice> {
    let is_told = |one: &&Unread| {
        let side = if one.of_base { base } else { Some(head) };
        let notices = side.map_or(&[][..], |side| side.notices.as_slice());
        notices.iter().any(|notice| notice.about.as_deref() == Some(one.path.as_str()))
    };
    let files = unread.iter().filter(|one| one.what == What::Files && !is_told(one));
    let notice = |one: &Unread| {
        let notice = Notice::about(&one.path, &one.why);
        if one.of_base { notice.of_the_base(base_label) } else { notice }
    };
    files.map(notice).collect()
}

/// Marks the values of one kind that a side hides; answers which of its files and folders hide any.
fn marked<'s>(changes: &mut [Change], side: &'s Snapshot, of_base: bool, what: What) -> BTreeSet<&'s str> {
    let files = side.unreadable.iter().filter(|file| file.what == what).map(|file| file.path.as_str());
    let hiding: BTreeSet<&str> =
        files.chain(side.closed.iter().map(|closed| closed.hides.as_str())).collect();
    let mut hit = BTreeSet::new();
    if hiding.is_empty() {
        return hit;
    }
    diff::unreadable(changes, of_base, |path| {
        // The file itself, a folder that it is in, or everything.
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        let mut names = above.chain([path, ""]).filter_map(|name| hiding.get(name).copied()).peekable();
        let is_hidden = names.peek().is_some();
        hit.extend(names);
        is_hidden
    });
    hit
}
