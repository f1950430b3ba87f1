//! The report for a terminal: aligned columns, colours if wanted, plots as sparklines.

use super::escape::{in_full, one_line};
use super::markdown::{age, counted, recorded, verdict};
use super::measure::{self, cells};
use super::number::given;
use super::plots::{best, number, unnamed_column};
use cml_base::ident::Sha;
use cml_base::shortened::shortened;
use cml_base::text;
use cml_report::{Change, Direction, Divergence, Judgement, NearMiss, Plot, Presence, Report, Series, Table};

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";

/// Renders a report for a terminal of `width` columns; `colour` turns escape sequences on.
pub fn text(report: &Report, colour: bool, width: usize) -> String {
    let paint = Paint(colour);
    let mut parts = vec![paint.with(BOLD, &format!("Model report: {}", verdict(report))), compared(report)];
    parts.extend(
        report
            .notices
            .iter()
            .map(|notice| format!("note: {}", text::inert(&text::words(&notice.to_string())))),
    );
    if report.is_empty() {
        parts.push(nothing(report));
    }
    let mut text = parts.join("\n") + "\n";
    section(&mut text, &paint, "Metrics", metrics(report, &paint, width));
    section(&mut text, &paint, "Facts of the run", facts(report, &paint, width));
    section(&mut text, &paint, "Params", params(report, &paint, width));
    section(&mut text, &paint, "Plots", plots(&report.plots, &paint, width));
    text
}

/// Colours, or none.
struct Paint(bool);

impl Paint {
    fn with(&self, code: &str, text: &str) -> String {
        if self.0 && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

fn compared(report: &Report) -> String {
    let name = |label: &str, commit: Option<&Sha>| match commit {
        Some(sha) if sha.short() == label => label.to_owned(),
        Some(sha) => format!("{} ({})", one_line(label), sha.short()),
        None => one_line(label),
    };
    let head = name(&report.head.label, report.head.commit.as_ref());
    let base = report.base.label().map(|label| (label, name(label, report.base.commit())));
    match base {
        None => format!("{head}: nothing to compare with, so everything is new."),
        Some((_, base)) if report.is_of_one_commit() => {
            format!("Both sides are {base}, so nothing can differ.")
        }
        Some((_, base)) if report.is_since_commit() => {
            format!("{} compared with {base}: what is not committed yet.", one_line(&report.head.label))
        }
        Some((label, base)) => {
            let age = report.base_age.and_then(age).map(|age| format!(", {age}")).unwrap_or_default();
            let own = if report.own_progress_only {
                format!("; progress made on {} itself is not counted", one_line(label))
            } else {
                String::new()
            };
            let back = recorded(&report.base).map(|back| format!(", {back}")).unwrap_or_default();
            format!("{head} compared with {base}{back}{age}{own}.")
        }
    }
}

fn nothing(report: &Report) -> String {
    let mut text = "No metrics, params or plots were found.".to_owned();
    if report.near_misses.is_empty() && !report.notices.is_empty() {
        return "No metrics, params or plots could be read.".to_owned();
    }
    if report.near_misses.is_empty() {
        return text + " Name the files: --metrics GLOB, --params GLOB, --plots GLOB.";
    }
    text += " These files look like results; name the ones that are:";
    for NearMiss { path, flag } in &report.near_misses {
        text += &format!("\n  {flag} {}", one_line(path));
    }
    text
}

fn section(text: &mut String, paint: &Paint, title: &str, lines: Vec<String>) {
    if !lines.is_empty() {
        *text += &format!("\n{}\n{}\n", paint.with(BOLD, title), lines.join("\n"));
    }
}

/// A cell and its colour.
type Cell = (String, &'static str);

fn metrics(report: &Report, paint: &Paint, width: usize) -> Vec<String> {
    let counted_ones = report.metrics.iter().filter(|change| change.direction != Direction::Fact);
    let (same, changed): (Vec<&Change>, Vec<&Change>) =
        counted_ones.partition(|change| change.judgement == Judgement::Unchanged);
    let rows: Vec<Vec<Cell>> = changed.iter().map(|change| metric_row(report, change)).collect();
    let mut lines = aligned(&rows, paint, width);
    if changed.iter().any(|change| change.guessed && is_judged(change)) {
        lines.push(paint.with(DIM, "  * higher or lower is better by the name alone"));
    }
    if changed.iter().any(|change| change.by_change && is_judged(change)) {
        lines.push(paint.with(DIM, "  ** higher or lower is better by this change's own word"));
    }
    lines.extend(unchanged(same.len(), "metric", paint));
    lines
}

/// What the run tells about itself; it is not judged.
fn facts(report: &Report, paint: &Paint, width: usize) -> Vec<String> {
    let facts = report.metrics.iter().filter(|change| change.direction == Direction::Fact);
    let rows: Vec<Vec<Cell>> = facts.map(|change| metric_row(report, change)).collect();
    aligned(&rows, paint, width)
}

fn is_judged(change: &Change) -> bool {
    matches!(change.judgement, Judgement::Better | Judgement::Worse)
}

fn metric_row(report: &Report, change: &Change) -> Vec<Cell> {
    let cells = cells(change);
    let (word, colour) = word(change);
    let old = one_line(&cells.old.unwrap_or_else(|| "–".to_owned()));
    let new = one_line(&cells.new.unwrap_or_else(|| "–".to_owned()));
    let name = (name(&report.metrics, change), "");
    if report.base.is_none() {
        return vec![name, (new, "")];
    }
    let change = (one_line(&cells.change.unwrap_or_default()), colour);
    vec![name, (old, DIM), (new, ""), change, (word, colour)]
}

/// What became of a metric, and the colour of it.
fn word(change: &Change) -> Cell {
    let divergence = change.divergence().map(Divergence::as_str);
    let star = match (change.guessed, change.by_change) {
        (true, _) => " *",
        (false, true) => " **",
        (false, false) => "",
    };
    match change.judgement {
        Judgement::Better => (format!("{}{star}", divergence.unwrap_or("better")), GREEN),
        Judgement::Worse => (format!("{}{star}", divergence.unwrap_or("worse")), RED),
        Judgement::New => ("new".to_owned(), DIM),
        Judgement::Removed => ("removed".to_owned(), DIM),
        Judgement::Unreadable if change.new.value().is_none() => ("cannot be read".to_owned(), DIM),
        Judgement::Unreadable => ("base cannot be read".to_owned(), DIM),
        Judgement::Unchanged | Judgement::Changed => (divergence.unwrap_or_default().to_owned(), ""),
    }
}

fn params(report: &Report, paint: &Paint, width: usize) -> Vec<String> {
    let shown = |side: &Presence| one_line(&side.value().map_or("–".to_owned(), given));
    let mut rows = Vec::new();
    for change in report.params.iter().filter(|change| change.judgement != Judgement::Unchanged) {
        let mut row = vec![(name(&report.params, change), "")];
        if !report.base.is_none() {
            row.push((shown(&change.old), DIM));
        }
        row.push((shown(&change.new), ""));
        if !report.base.is_none() {
            let word = match change.judgement {
                Judgement::New => "new",
                Judgement::Unreadable if change.new.value().is_none() => "cannot be read",
                Judgement::Unreadable => "base cannot be read",
                _ => "",
            };
            row.push((word.to_owned(), DIM));
        }
        rows.push(row);
    }
    let mut lines = aligned(&rows, paint, width);
    let same = report.params.iter().filter(|change| change.judgement == Judgement::Unchanged).count();
    lines.extend(unchanged(same, "param", paint));
    lines
}

fn unchanged(count: usize, what: &str, paint: &Paint) -> Option<String> {
    (count > 0).then(|| paint.with(DIM, &format!("  {}", counted(count, &format!("unchanged {what}")))))
}

/// A value's name, with its file where there are several.
fn name(all: &[Change], change: &Change) -> String {
    if all.iter().any(|other| other.path != change.path) {
        in_full(&format!("{}:{}", change.path, measure::name(change)))
    } else {
        in_full(measure::name(change))
    }
}

/// Plots alone, without colours.
pub fn plots_text(plots: &[Plot], width: usize) -> String {
    self::plots(plots, &Paint(false), width).iter().map(|line| format!("{line}\n")).collect()
}

fn plots(plots: &[Plot], paint: &Paint, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for plot in plots.iter().filter(|plot| plot.is_drawn()) {
        let first = plot.series.first().filter(|_| plot.table.is_none());
        let column = first.and_then(|line| unnamed_column(plot, line));
        let column = column.map(|column| format!(": {}", one_line(column))).unwrap_or_default();
        lines.push(format!("  {}{column}", one_line(&plot.title)));
        let rows: Vec<Vec<Cell>> = match &plot.table {
            None => plot.series.iter().map(line_row).collect(),
            Some(table) => table_rows(table),
        };
        lines.extend(aligned(&rows, paint, width));
    }
    lines.extend(unchanged(plots.iter().map(|plot| plot.unchanged_images().len()).sum(), "image", paint));
    lines
}

fn line_row(line: &Series) -> Vec<Cell> {
    let label = line.column.as_ref().map_or(line.label.clone(), |column| format!("{} {column}", line.label));
    let mut row = vec![(format!("  {}", in_full(&label)), "")];
    let remark = line.remark.as_ref().map(|remark| format!(", {}", one_line(remark))).unwrap_or_default();
    if line.points == 0 {
        row.push((format!("no points{remark}"), DIM));
        return row;
    }
    row.push((line.sparkline.clone(), ""));
    row.push((format!("first {}", number(line.first)), DIM));
    row.push((format!("last {}{remark}", number(line.last)), ""));
    let best = best(line);
    row.push((format!("{} {}", if best.is_known() { "best" } else { "range" }, best.text()), ""));
    row
}

fn table_rows(table: &Table) -> Vec<Vec<Cell>> {
    let row = |cells: &Vec<String>, colour: &'static str| -> Vec<Cell> {
        let cell = |(column, text): (usize, &String)| {
            (if column == 0 { format!("  {}", in_full(text)) } else { one_line(text) }, colour)
        };
        // The last column of an aligned table is a word; an empty one keeps numbers to the right.
        cells.iter().enumerate().map(cell).chain([(String::new(), "")]).collect()
    };
    let mut rows = vec![row(&table.header, DIM)];
    rows.extend(table.rows.iter().map(|cells| row(cells, "")));
    if table.left_out > 0 {
        rows.push(vec![(format!("  {}", counted(table.left_out, "more row")), DIM)]);
    }
    rows
}

/// Rows as lines with aligned columns: names to the left, the rest to the right. A name that would push the numbers
/// out of the terminal is cut.
fn aligned(rows: &[Vec<Cell>], paint: &Paint, width: usize) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|(text, _)| text.chars().count()).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..columns).map(widest).collect();
    if let Some((first, rest)) = widths.split_first_mut() {
        let taken: usize = rest.iter().map(|width| width + 2).sum();
        *first = (*first).min(width.saturating_sub(taken + 2).max(16));
    }
    let names = names(rows, widths.first().copied().unwrap_or(0));
    let line = |(row, name): (&Vec<Cell>, String)| {
        let mut line = String::from("  ");
        for (column, (text, colour)) in row.iter().enumerate() {
            let text = if column == 0 { name.clone() } else { text.clone() };
            let pad = " ".repeat(widths[column].saturating_sub(text.chars().count()));
            let painted = if colour.is_empty() { text } else { paint.with(colour, &text) };
            // The first is a name and the last a word; what stands between are numbers.
            let left = column == 0 || column + 1 == columns;
            line += &if left { format!("{painted}{pad}  ") } else { format!("{pad}{painted}  ") };
        }
        line.trim_end().to_owned()
    };
    rows.iter().zip(names).map(line).collect()
}

/// The first cells, short enough and still told apart, each as far in as it was.
fn names(rows: &[Vec<Cell>], width: usize) -> Vec<String> {
    let texts = || rows.iter().map(|row| row.first().map_or("", |(text, _)| text.as_str()));
    let bare: Vec<&str> = texts().map(str::trim_start).collect();
    let indent = texts().zip(&bare).map(|(text, bare)| text.len() - bare.len()).max().unwrap_or(0);
    let short = shortened(&bare, width.saturating_sub(indent));
    texts()
        .zip(&bare)
        .zip(short)
        .map(|((text, bare), short)| text[..text.len() - bare.len()].to_owned() + &short)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::tests::report;

    #[test]
    fn columns_are_aligned() {
        let text = text(&report(), false, 80);
        let expected = "\
Model report: 1 better · 1 worse · 1 unchanged
workspace (4444444) compared with main (bbbbbbb), 2 days before; progress made on main itself is not counted.

Metrics
  accuracy  0.8811  0.8724  −0.0087 (−0.99\u{a0}%)  worse *
  loss      0.3079  0.2912   −0.0167 (−5.4\u{a0}%)  better *
  * higher or lower is better by the name alone
  1 unchanged metric

Params
  train.lr  0.001  0.0003

Plots
  loss.csv
    main  █▄▁  first 1  last 0.5  best 0.5 (lowest)
";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_long_name_is_cut_and_colours_are_optional() {
        let mut report = report();
        report.metrics[0].key = "x".repeat(200);
        let text_ = text(&report, true, 80);
        assert!(text_.contains("…") && text_.contains("\u{1b}[31m"), "{text_}");
        assert!(!text(&report, false, 80).contains('\u{1b}'));
    }
}
