//! The tables of metrics and params.

use std::iter;

use super::Detail;
use super::escape::{code, in_full, prose};
use super::markdown::{counted, details};
use super::measure::{alone, cells, name};
use super::number::given;
use cml_base::parallel;
use cml_base::shortened::shortened;
use cml_compare::named_part;
use cml_report::{Change, Direction, Divergence, Judgement, Measure, Presence, Report};
use cml_tracked::Scalar;

/// So many rows stand open; the rest folds away.
const OPEN_ROWS: usize = 40;
/// So many rows are left at [`Detail::Top`].
const TOP_ROWS: usize = 20;
/// So many rows are written by one thread before it looks for more.
const ROWS_AT_ONCE: usize = 256;
/// A name in a table has so many characters at most.
const LONGEST_NAME: usize = 110;
/// So many guessed names are told.
const TOLD_GUESSES: usize = 20;

/// The metrics: what changed in a table, the rest folded.
pub(super) fn metrics(report: &Report, detail: Detail) -> Vec<String> {
    if report.metrics.is_empty() || detail == Detail::Brief {
        return Vec::new();
    }
    let (facts, counted_ones): (Vec<&Change>, Vec<&Change>) =
        report.metrics.iter().partition(|change| change.direction == Direction::Fact);
    let (same, mut changed): (Vec<&Change>, Vec<&Change>) =
        counted_ones.into_iter().partition(|change| change.judgement == Judgement::Unchanged);
    changed.sort_by_key(|change| rank(change.judgement));
    let file = has_many_files(&report.metrics);
    let mut parts = Vec::new();
    let open = if detail == Detail::Top { TOP_ROWS } else { OPEN_ROWS }.min(changed.len());
    if open > 0 {
        parts.push(metric_table(report, &changed[..open], file));
    }
    let rest = &changed[open..];
    match detail {
        Detail::Full if !rest.is_empty() => {
            let summary = counted(rest.len(), "more metric");
            parts.push(details(&summary, &metric_table(report, rest, file)));
        }
        _ if !rest.is_empty() => parts.push(format!("… and {}.", counted(rest.len(), "more changed metric"))),
        _ => {}
    }
    let open = &changed[..open];
    parts.extend(footnote(open, |change| change.guessed, "¹ Guessed from the name"));
    parts.extend(footnote(
        open,
        |change| change.by_change,
        "² Declared by this change, no better verdict before it is merged",
    ));
    if detail == Detail::Full {
        if !same.is_empty() {
            let summary = counted(same.len(), "unchanged metric");
            parts.push(details(&summary, &value_table("Metric", &same, file, alone)));
        }
        if !facts.is_empty() {
            let summary = format!("{} of the run", counted(facts.len(), "fact"));
            parts.push(details(&summary, &metric_table(report, &facts, file)));
        }
    }
    parts
}

/// What is worse comes first: that is what a reviewer looks for.
fn rank(judgement: Judgement) -> u8 {
    match judgement {
        Judgement::Worse => 0,
        Judgement::Better => 1,
        Judgement::Changed => 2,
        Judgement::New => 3,
        Judgement::Removed => 4,
        Judgement::Unreadable => 5,
        Judgement::Unchanged => 6,
    }
}

fn has_many_files(changes: &[Change]) -> bool {
    changes.iter().any(|change| change.path != changes[0].path)
}

fn metric_table(report: &Report, changes: &[&Change], file: bool) -> String {
    let Some(base) = report.base.label() else { return value_table("Metric", changes, file, alone) };
    let mut table = Table::new(&["Metric"], file);
    table.numbers(&[base, &report.head.label, "Change"]);
    table.head(" |", ":--|");
    table.rows(changes, |change| {
        let cells = cells(change);
        let removed = change.judgement == Judgement::Removed;
        let old = value(change, change.old.value(), cells.old);
        let new = if removed { "–".to_owned() } else { value(change, change.new.value(), cells.new) };
        let delta = cells.change.map(|delta| number(change, delta)).unwrap_or_default();
        vec![old, new, delta, mark(change)]
    })
}

/// The judgement in words beside its colour: red and green alone tell not everybody.
fn mark(change: &Change) -> String {
    let divergence = change.divergence().map(Divergence::as_str);
    let footnote = match (change.guessed, change.by_change) {
        (true, _) => " ¹",
        (false, true) => " ²",
        (false, false) => "",
    };
    match change.judgement {
        Judgement::Better => format!("🟢 {}{footnote}", divergence.unwrap_or("better")),
        Judgement::Worse => format!("🔴 {}{footnote}", divergence.unwrap_or("worse")),
        Judgement::New => "new".to_owned(),
        Judgement::Removed => "removed".to_owned(),
        Judgement::Unreadable if change.new.value().is_none() => "cannot be read".to_owned(),
        Judgement::Unreadable => "base cannot be read".to_owned(),
        Judgement::Unchanged | Judgement::Changed => divergence.unwrap_or_default().to_owned(),
    }
}

/// The footnote to every direction that is not the project's word.
fn footnote(changes: &[&Change], is_told: impl Fn(&Change) -> bool, why: &str) -> Option<String> {
    let mut told: Vec<(&str, &str)> = Vec::new();
    for change in changes {
        let judged = matches!(change.judgement, Judgement::Better | Judgement::Worse);
        let name = named_part(&change.key);
        let way = if change.direction == Direction::Higher { "higher" } else { "lower" };
        if judged && is_told(change) && !told.contains(&(name, way)) {
            told.push((name, way));
        }
    }
    if told.is_empty() {
        return None;
    }
    let names = |way: &str| {
        let mut names: Vec<String> =
            told.iter().filter(|(_, known)| *known == way).map(|(name, _)| code(name)).collect();
        let more = names.len().saturating_sub(TOLD_GUESSES);
        names.truncate(TOLD_GUESSES);
        if more > 0 {
            names.push(format!("{more} more"));
        }
        (!names.is_empty()).then(|| format!("{way} is better: {}", names.join(", ")))
    };
    let ways: Vec<String> = ["higher", "lower"].into_iter().filter_map(names).collect();
    Some(format!("<sub>{why}: {}.</sub>", ways.join("; ")))
}

/// The params: what changed in a table, the rest folded.
pub(super) fn params(report: &Report, detail: Detail) -> Vec<String> {
    if report.params.is_empty() || detail == Detail::Brief {
        return Vec::new();
    }
    let file = has_many_files(&report.params);
    let (same, changed): (Vec<&Change>, Vec<&Change>) =
        report.params.iter().partition(|change| change.judgement == Judgement::Unchanged);
    let mut parts = vec!["#### Params".to_owned()];
    let open = if detail == Detail::Top { TOP_ROWS } else { OPEN_ROWS }.min(changed.len());
    let (shown, rest) = changed.split_at(open);
    match (shown.is_empty(), report.base.label()) {
        (true, _) if detail > Detail::Full => {
            parts.push(format!("{}.", counted(same.len(), "unchanged param")))
        }
        (true, _) => {}
        // Without a base every param is new, and none is news.
        (false, None) if detail == Detail::Full => {
            let summary = counted(changed.len(), "param");
            return vec![parts.remove(0), details(&summary, &value_table("Param", &changed, file, as_given))];
        }
        (false, None) => parts.push(format!("{}.", counted(changed.len(), "param"))),
        (false, Some(_)) => parts.push(param_table(report, shown, file)),
    }
    if !rest.is_empty() {
        let summary = counted(rest.len(), "more changed param");
        parts.push(if detail == Detail::Full {
            details(&summary, &param_table(report, rest, file))
        } else {
            format!("… and {summary}.")
        });
    }
    if !same.is_empty() && detail == Detail::Full {
        parts.push(details(
            &counted(same.len(), "unchanged param"),
            &value_table("Param", &same, file, as_given),
        ));
    }
    parts
}

fn param_table(report: &Report, changes: &[&Change], file: bool) -> String {
    let base = report.base.label().unwrap_or("base");
    let mut table = Table::new(&["Param"], file);
    table.numbers(&[base, &report.head.label]);
    table.head("", "");
    table.rows(changes, |change| {
        let shown = |side: &Presence| value(change, side.value(), side.value().map(given));
        let (old, new) = (shown(&change.old), shown(&change.new));
        let new = match change.judgement {
            Judgement::Removed => "removed".to_owned(),
            Judgement::New => format!("**{new}** (new)"),
            Judgement::Unreadable if change.new.value().is_none() => "cannot be read".to_owned(),
            Judgement::Unreadable => format!("**{new}** (base cannot be read)"),
            _ => format!("**{new}**"),
        };
        vec![old, new]
    })
}

/// A table of values without a comparison.
fn value_table(what: &str, changes: &[&Change], file: bool, show: fn(&Change, &Scalar) -> String) -> String {
    let mut table = Table::new(&[what], file);
    table.numbers(&["Value"]);
    table.head("", "");
    table.rows(changes, |change| {
        let shown = change.new.value().or(change.old.value());
        vec![value(change, shown, shown.map(|value| show(change, value)))]
    })
}

fn as_given(_: &Change, value: &Scalar) -> String {
    given(value)
}

/// A value in a cell: numbers as they are, texts as code.
fn value(change: &Change, value: Option<&Scalar>, shown: Option<String>) -> String {
    match (value, shown) {
        (Some(Scalar::Text(_)), Some(shown)) => code(&shown),
        (Some(_), Some(shown)) => number(change, shown),
        _ => "–".to_owned(),
    }
}

/// A number in a cell; its unit is somebody's text.
fn number(change: &Change, shown: String) -> String {
    if matches!(change.display.measure, Some(Measure::Unit(_))) { prose(&shown) } else { shown }
}

/// A Markdown table while it is written: names to the left, numbers to the right.
struct Table {
    text: String,
    rule: String,
    file: bool,
}

/// Names as they are seen, short, and no two of them the same.
fn told_apart<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let seen: Vec<String> = names.map(in_full).collect();
    shortened(&seen.iter().map(String::as_str).collect::<Vec<_>>(), LONGEST_NAME)
}

impl Table {
    fn new(names: &[&str], file: bool) -> Self {
        let mut table = Self { text: "|".to_owned(), rule: "|".to_owned(), file };
        for name in names.iter().copied().chain(file.then_some("File")) {
            table.text += &format!(" {name} |");
            table.rule += ":--|";
        }
        table
    }

    fn numbers(&mut self, names: &[&str]) {
        for name in names {
            self.text += &format!(" {} |", prose(name));
            self.rule += "--:|";
        }
    }

    /// Ends the head; `more` and its `rule` are further cells.
    fn head(&mut self, more: &str, rule: &str) {
        self.text += more;
        let whole = format!("\n{}{rule}", self.rule);
        self.text += &whole;
    }

    /// The whole table: a row for each change, with the cells behind its name.
    fn rows(self, changes: &[&Change], cells: impl Fn(&Change) -> Vec<String> + Sync) -> String {
        let names = told_apart(changes.iter().map(|change| name(change)));
        let paths = told_apart(changes.iter().map(|change| change.path.as_str()).filter(|_| self.file));
        let paths = paths.into_iter().map(Some).chain(iter::repeat(None));
        let named: Vec<_> = changes.iter().zip(names).zip(paths).collect();
        let row = |((change, name), path): &((&&Change, String), Option<String>)| {
            let names = iter::once(code(name)).chain(path.as_deref().map(code));
            let mut row = String::from("\n|");
            for cell in names.chain(cells(change)) {
                row.extend([" ", &cell, " |"]);
            }
            row
        };
        // There may be a hundred thousand.
        let rows = parallel::map(named.chunks(ROWS_AT_ONCE).collect(), |named| {
            named.iter().map(row).collect::<String>()
        });
        rows.into_iter().fold(self.text.clone(), |text, rows| text + &rows)
    }
}
