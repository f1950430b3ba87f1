//! The report as GitHub's Markdown: the first screen answers "is it better, compared with what", details fold away.

use std::fmt::Write as _;

use super::escape::{code, prose, sentence};
use super::{Detail, Images, plots, tables};
use crate::diff::Tally;
use crate::notice::Notice;
use crate::report::{Report, Side};

/// So many notices are shown at once; more fold away.
const OPEN_NOTICES: usize = 3;
/// So many near misses are listed.
const NEAR_MISSES: usize = 10;

/// Renders a report. `full` is the address of a page that has all of it, for when the detail is less.
pub fn markdown(report: &Report, images: &Images, detail: Detail, full: Option<&str>) -> String {
    let name = report.name.as_ref().map(|name| format!(" {}", code(name))).unwrap_or_default();
    let mut parts = vec![format!("### Model report{name}: {}", verdict(report))];
    parts.push(compared(report));
    parts.extend(notices(&report.notices, detail));
    if report.is_empty() {
        parts.push(near_misses(report));
    }
    parts.extend(tables::metrics(report, detail));
    parts.extend(tables::params(report, detail));
    parts.extend(plots::section(report, images, detail));
    parts.push(footer(report, detail, full));
    parts.join("\n\n") + "\n"
}

/// `2 better · 1 worse · 9 unchanged`
pub fn verdict(report: &Report) -> String {
    if report.metrics.is_empty() {
        return "no metrics".to_owned();
    }
    let Tally { better, worse, changed, unchanged, new, removed } = report.tally();
    let parts = [
        (better, "better"),
        (worse, "worse"),
        (changed, "changed"),
        (new, "new"),
        (removed, "removed"),
        (unchanged, "unchanged"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if parts.is_empty() { "only facts of the run".to_owned() } else { parts.join(" · ") }
}

/// The sentence that says what was compared.
fn compared(report: &Report) -> String {
    let head = side(report, &report.head);
    let Some(base) = &report.base else {
        return format!("This is {head}. There is nothing to compare it with, so everything is new.");
    };
    if base.commit.is_some() && base.commit == report.head.commit {
        let label = prose(&report.head.label);
        return format!("Compared **{label}** with {}: what is not committed yet.", side(report, base));
    }
    let mut text = format!("Compared {head} with ");
    let commit = base.commit.as_ref().map(|sha| link(report, sha.as_str(), sha.short()));
    let is_commit = base.commit.as_ref().is_some_and(|sha| sha.short() == base.label);
    if !is_commit {
        _ = write!(text, "**{}**", prose(&base.label));
    }
    match (commit, report.base_age.and_then(age)) {
        (Some(commit), Some(age)) if is_commit => _ = write!(text, "{commit} ({age})"),
        (Some(commit), None) if is_commit => text.push_str(&commit),
        (Some(commit), Some(age)) => _ = write!(text, " ({commit}, {age})"),
        (Some(commit), None) => _ = write!(text, " ({commit})"),
        (None, _) => {}
    }
    text.push('.');
    if report.own_progress_only {
        _ = write!(text, " Progress made on {} itself is not counted.", prose(&base.label));
    }
    text
}

fn side(report: &Report, side: &Side) -> String {
    let label = format!("**{}**", prose(&side.label));
    match &side.commit {
        Some(sha) if sha.short() == side.label => link(report, sha.as_str(), sha.short()),
        Some(sha) => format!("{label} ({})", link(report, sha.as_str(), sha.short())),
        None => label,
    }
}

fn link(report: &Report, sha: &str, short: &str) -> String {
    match &report.repo {
        Some(repo) => format!("[`{short}`]({repo}/commit/{sha})"),
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
fn notices(notices: &[Notice], detail: Detail) -> Option<String> {
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
    if notices.len() <= OPEN_NOTICES {
        let lines: Vec<String> = notices.iter().map(|notice| format!("> {}", line(notice))).collect();
        return Some(format!("> [!NOTE]\n{}", lines.join("\n>\n")));
    }
    let lines: Vec<String> = notices.iter().map(|notice| format!("- {}", line(notice))).collect();
    Some(format!(
        "> [!NOTE]\n> {} to look at, folded below.\n\n{}",
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
    for (path, flag) in report.near_misses.iter().take(NEAR_MISSES) {
        _ = write!(text, "\n- {}", code(&format!("{flag} {path}")));
    }
    text
}

fn footer(report: &Report, detail: Detail, full: Option<&str>) -> String {
    let mut text = String::from("<sub>");
    if detail > Detail::Full {
        text.push_str("This report was shortened to fit");
        _ = match full {
            Some(address) => write!(text, "; [all of it]({address}) is in the job's summary. "),
            None => write!(text, ". "),
        };
    }
    if let Some(sha) = &report.head.commit {
        _ = write!(text, "For `{}`. ", sha.short());
    }
    text.push_str("<code>cml report</code> makes one at home, from your own run.</sub>");
    text
}

/// `1 notice`, `2 notices`
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A part that folds away. The empty lines make forges read Markdown inside.
pub(super) fn details(summary: &str, body: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{body}\n\n</details>")
}

#[cfg(test)]
pub(super) mod tests;
