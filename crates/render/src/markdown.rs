//! The report as a forge's Markdown: the first screen answers "is it better, compared with what", details fold away.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::escape::{address, code, one_line, prose, sentence};
use super::{Detail, Images, inert, plots, tables};
use cml_base::flavor::{self, Flavor};
use cml_base::ident::Sha;
use cml_base::notice::Notice;
use cml_report::{Base, NearMiss, Report, Tally, Which};

mod folded;

pub(super) use folded::{counted, details};

/// So many notices are shown at once; more fold away.
const OPEN_NOTICES: usize = 3;
/// So many near misses are listed.
const NEAR_MISSES: usize = 10;

/// Renders a report where no forge is known. `full` is the address of a page that has all of it, for when the detail is
/// less.
pub fn markdown(report: &Report, images: &Images, detail: Detail, full: Option<&str>) -> String {
    markdown_in(flavor::ELSEWHERE, report, images, detail, full)
}

/// Renders a report in a forge's Markdown.
pub fn markdown_in(
    flavor: &Flavor,
    report: &Report,
    images: &Images,
    detail: Detail,
    full: Option<&str>,
) -> String {
    let name = report.name.as_ref().map(|name| format!(" {}", code(name))).unwrap_or_default();
    let mut parts = vec![format!("### Model report{name}: {}", verdict_with(report, &code))];
    parts.push(compared(flavor, report));
    parts.extend(notices(flavor, &report.notices, detail));
    if report.is_empty() {
        parts.push(near_misses(report));
    }
    parts.extend(tables::metrics(report, detail));
    parts.extend(tables::params(report, detail));
    parts.extend(plots::section(report, images, detail));
    parts.push(footer(flavor, report, detail, full));
    inert(flavor, &(parts.join("\n\n") + "\n")).0.into_owned()
}

/// `2 better · 1 worse · 9 unchanged`, and first what cannot be read.
pub fn verdict(report: &Report) -> String {
    verdict_with(report, &|name| one_line(name))
}

/// The verdict; `shown` writes the names in it.
fn verdict_with(report: &Report, shown: &dyn Fn(&str) -> String) -> String {
    let unread = unread(report, shown);
    if report.metrics.is_empty() {
        return unread.unwrap_or_else(|| "no metrics".to_owned());
    }
    let Tally { better, worse, changed, unchanged, new, removed, unreadable: _ } = report.tally();
    let parts = [
        (better, "better"),
        (worse, "worse"),
        (changed, "changed"),
        (new, "new"),
        (removed, "removed"),
        (unchanged, "unchanged"),
    ];
    let counts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    let parts: Vec<String> = unread.into_iter().chain(counts).collect();
    if parts.is_empty() { "only facts of the run".to_owned() } else { parts.join(" · ") }
}

/// Which files of metrics cannot be read; one that is so on both sides is one file.
fn unread(report: &Report, shown: &dyn Fn(&str) -> String) -> Option<String> {
    let mut files: BTreeMap<&str, bool> = BTreeMap::new();
    for one in report.unread_metrics() {
        *files.entry(&one.path).or_insert(true) &= one.side == Which::Base;
    }
    let (path, base_only) = files.first_key_value()?;
    if files.len() > 1 {
        return Some(format!("{} files cannot be read", files.len()));
    }
    let base = report.base.label().filter(|_| *base_only);
    let of = base.map(|base| format!(" of {}", shown(base))).unwrap_or_default();
    Some(format!("{}{of} cannot be read", shown(path)))
}

/// The sentence that says what was compared.
fn compared(flavor: &Flavor, report: &Report) -> String {
    let head = side(flavor, report, &report.head.label, report.head.commit.as_ref());
    let Some(label) = report.base.label() else {
        return format!("This is {head}. There is nothing to compare it with, so everything is new.");
    };
    let base = report.base.commit();
    if report.is_of_one_commit() {
        return format!("Both sides are {}, so nothing can differ.", side(flavor, report, label, base));
    }
    if report.is_since_commit() {
        let head = prose(&report.head.label);
        let base = side(flavor, report, label, base);
        return format!("Compared **{head}** with {base}: what is not committed yet.");
    }
    let mut text = format!("Compared {head} with ");
    let commit = base.map(|sha| link(flavor, report, sha));
    let is_commit = base.is_some_and(|sha| sha.short() == label);
    if !is_commit {
        _ = write!(text, "**{}**", prose(label));
    }
    match (commit, report.base_age.and_then(age)) {
        (Some(commit), Some(age)) if is_commit => _ = write!(text, "{commit} ({age})"),
        (Some(commit), None) if is_commit => text.push_str(&commit),
        (Some(commit), Some(age)) => _ = write!(text, " ({commit}, {age})"),
        (Some(commit), None) => _ = write!(text, " ({commit})"),
        (None, _) => {}
    }
    if let Some(back) = recorded(&report.base) {
        _ = write!(text, ", {back}");
    }
    text.push('.');
    if report.own_progress_only {
        _ = write!(text, " Progress made on {} itself is not counted.", prose(label));
    }
    text
}

fn side(flavor: &Flavor, report: &Report, label: &str, commit: Option<&Sha>) -> String {
    match commit {
        Some(sha) if sha.short() == label => link(flavor, report, sha),
        Some(sha) => format!("**{}** ({})", prose(label), link(flavor, report, sha)),
        None => format!("**{}**", prose(label)),
    }
}

/// Of a base that is a recorded run: how far back it is.
pub(super) fn recorded(base: &Base) -> Option<String> {
    match base {
        Base::Record { back: 0, .. } => Some("by the run that was recorded for it".to_owned()),
        Base::Record { back, .. } => {
            Some(format!("the nearest recorded run, {} back", counted(*back as usize, "commit")))
        }
        Base::Commit { .. } | Base::Folder { .. } | Base::None { .. } => None,
    }
}

fn link(flavor: &Flavor, report: &Report, sha: &Sha) -> String {
    let short = sha.short();
    match &report.repo {
        Some(repo) => format!("[`{short}`]({})", flavor.commit_page(repo, sha)),
        None => format!("`{short}`"),
    }
}

/// `2 days before`, from seconds; `None` within a minute.
pub(super) fn age(seconds: i64) -> Option<String> {
    let size = seconds.unsigned_abs();
    let (count, unit) = match size {
        0..60 => return None,
        60..3_600 => (size / 60, "minute"),
        3_600..86_400 => (size / 3_600, "hour"),
        _ => (size / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    Some(format!("{count} {unit}{plural} {}", if seconds > 0 { "before" } else { "after" }))
}

/// What the reader should know, before the numbers that it is about.
fn notices(flavor: &Flavor, notices: &[Notice], detail: Detail) -> Option<String> {
    if notices.is_empty() {
        return None;
    }
    let line = |notice: &Notice| match &notice.about {
        Some(about) => format!("{}: {}", code(about), sentence(&notice.text)),
        None => sentence(&notice.text),
    };
    if detail == Detail::Brief {
        return Some(format!("{} to look at.", counted(notices.len(), "notice")));
    }
    let opening = flavor.note_opening;
    if notices.len() <= OPEN_NOTICES {
        let lines: Vec<String> = notices.iter().map(|notice| format!("> {}", line(notice))).collect();
        return Some(format!("{opening}{}", lines.join("\n>\n")));
    }
    let lines: Vec<String> = notices.iter().map(|notice| format!("- {}", line(notice))).collect();
    Some(format!(
        "{opening}> {} to look at, folded below.\n\n{}",
        counted(notices.len(), "notice"),
        details("Notices", &lines.join("\n"))
    ))
}

/// Nothing was found: what looks like it, and what to type.
fn near_misses(report: &Report) -> String {
    let mut text = "No metrics, params or plots were found.".to_owned();
    if report.near_misses.is_empty() && !report.notices.is_empty() {
        return "No metrics, params or plots could be read.".to_owned();
    }
    if report.near_misses.is_empty() {
        text.push_str(" Name the files: `--metrics GLOB`, `--params GLOB`, `--plots GLOB`.");
        return text;
    }
    text.push_str(" These files look like results; name the ones that are:\n");
    for NearMiss { path, flag } in report.near_misses.iter().take(NEAR_MISSES) {
        _ = write!(text, "\n- {}", code(&format!("{flag} {path}")));
    }
    text
}

fn footer(flavor: &Flavor, report: &Report, detail: Detail, full: Option<&str>) -> String {
    let mut text = String::from("<sub>");
    let kept = report.kept_at.as_ref().map(|page| address(page));
    if detail > Detail::Full {
        text.push_str("This report was shortened to fit");
        let place = match &kept {
            Some(_) => "the job's artifacts",
            None => flavor.whole_is_in.words(),
        };
        _ = match kept.as_deref().or(full) {
            Some(address) => write!(text, "; [all of it]({address}) is in {place}. "),
            None => write!(text, ". "),
        };
    } else if let Some(page) = &kept {
        _ = write!(text, "[The job's artifacts]({page}) keep this report. ");
    }
    if let Some(sha) = &report.head.commit {
        _ = write!(text, "For `{}`. ", sha.short());
    }
    text.push_str("<code>cml report</code> makes one at home, from your own run.</sub>");
    text
}

#[cfg(test)]
pub(super) mod tests;
