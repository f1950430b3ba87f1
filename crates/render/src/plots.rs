//! The plots: pictures two in a row, or one line of text per series.

use super::escape::{address, attribute, code, prose};
use super::markdown::{counted, details};
use super::number::float;
use super::{Detail, Images};
use cml_compare::{Direction, Rules};
use cml_plot::{self as plot, Figure, Kind, Text, TextLine, TextTable};
use cml_report::Report;

/// So many unchanged images are named.
const NAMED_IMAGES: usize = 5;
/// So many plots stand open; the rest folds away.
const OPEN_PLOTS: usize = 8;
/// CSS pixels of a picture beside another, and alone: a comment on GitHub is some 780 wide.
const WIDTH_IN_ROW: u32 = 380;
const WIDTH_ALONE: u32 = 540;
/// A matrix per revision needs the whole width for its numbers.
const WIDTH_OF_MATRIX: u32 = 780;

/// The section of all plots.
pub(super) fn section(report: &Report, images: &Images, detail: Detail) -> Vec<String> {
    if report.figures.is_empty() || detail == Detail::Brief {
        return Vec::new();
    }
    let heading = "#### Plots".to_owned();
    if detail == Detail::Top {
        return vec![heading, format!("{} left out.", counted(report.figures.len(), "plot"))];
    }
    let (drawn, told): (Vec<&Figure>, Vec<&Figure>) = report
        .figures
        .iter()
        .filter(|figure| figure.is_drawn())
        .partition(|figure| images.light.contains_key(&figure.id));
    let unchanged = unchanged_images(report);
    let mut parts = vec![heading];
    let rules = &report.rules;
    if detail == Detail::Folded {
        let all = [pictures(&drawn, images), text_table(&told, rules), unchanged];
        let all = all.into_iter().flatten().collect::<Vec<_>>();
        parts.push(details(&counted(report.figures.len(), "plot"), &all.join("\n\n")));
        return parts;
    }
    let (open, rest) = drawn.split_at(OPEN_PLOTS.min(drawn.len()));
    parts.extend(pictures(open, images));
    parts.extend(pictures(rest, images).map(|rest_| details(&counted(rest.len(), "more plot"), &rest_)));
    let (open, rest) = told.split_at(OPEN_PLOTS.min(told.len()));
    parts.extend(text_table(open, rules));
    parts.extend(text_table(rest, rules).map(|rest_| details(&counted(rest.len(), "more plot"), &rest_)));
    parts.extend(unchanged);
    parts
}

/// The images that are the same on both sides, in one line.
fn unchanged_images(report: &Report) -> Option<String> {
    let names: Vec<&str> =
        report.figures.iter().flat_map(Figure::unchanged_images).map(String::as_str).collect();
    let (count, one) = (names.len(), names.len() == 1);
    let mut shown: Vec<String> = names.into_iter().take(NAMED_IMAGES).map(code).collect();
    shown.extend((count > NAMED_IMAGES).then(|| format!("{} more", count - NAMED_IMAGES)));
    let verb = if one { "is" } else { "are" };
    (count > 0).then(|| format!("{} {verb} unchanged: {}.", counted(count, "image"), shown.join(", ")))
}

fn pictures(figures: &[&Figure], images: &Images) -> Option<String> {
    match figures {
        [] => None,
        [one] => Some(picture(one, images, WIDTH_ALONE)),
        many => {
            // Inline, so that two stand in a row where there is room, and one on a phone.
            let all: Vec<String> = many.iter().map(|figure| picture(figure, images, WIDTH_IN_ROW)).collect();
            Some(all.join("\n"))
        }
    }
}

fn picture(figure: &Figure, images: &Images, width: u32) -> String {
    let width = match &figure.kind {
        Kind::Matrix(matrix) if matrix.facets.len() > 1 => WIDTH_OF_MATRIX,
        Kind::Images(images) => plot::images_width(images).min(WIDTH_OF_MATRIX),
        _ => width,
    };
    let alt = attribute(&plot::alt(figure));
    let light = images.light.get(&figure.id).map(|light| address(light)).unwrap_or_default();
    let image = format!("<img alt=\"{alt}\" src=\"{light}\" width=\"{width}\">");
    match images.dark.get(&figure.id) {
        Some(dark) => format!(
            "<picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"{}\">{image}</picture>",
            address(dark)
        ),
        None => image,
    }
}

/// Plots as text: all lines in one table, then a table for each other plot.
fn text_table(figures: &[&Figure], rules: &Rules) -> Option<String> {
    let mut lines = String::new();
    let mut tables = Vec::new();
    let mut bests = Vec::new();
    for figure in figures {
        match plot::text(figure) {
            Text::Lines(all) => {
                bests.extend(all.iter().filter(|line| line.points > 0).map(|line| best(figure, line, rules)));
                let rows = all.iter().enumerate().map(|(index, line)| line_row(figure, index, line, rules));
                lines.extend(rows);
            }
            Text::Table(table) => tables.push(format!("{}\n\n{}", code(&figure.title), own_table(&table))),
        }
    }
    if !lines.is_empty() {
        let last = match (bests.iter().any(Best::is_known), bests.iter().all(Best::is_known)) {
            (_, true) => "Best",
            (false, false) => "Range",
            (true, false) => "Best or range",
        };
        let header =
            format!("| Plot | Revision | Trend | First | Last | {last} |\n|:--|:--|:--|--:|--:|--:|");
        tables.insert(0, format!("{header}{lines}"));
    }
    (!tables.is_empty()).then(|| tables.join("\n\n"))
}

/// Sparkline, first, last and best of one series.
fn line_row(figure: &Figure, index: usize, line: &TextLine, rules: &Rules) -> String {
    let name = match (index, unnamed_column(figure, line)) {
        (0, Some(column)) => format!("{}: {}", code(&figure.title), code(column)),
        (0, None) => code(&figure.title),
        _ => String::new(),
    };
    let row = format!("\n| {name} | {} |", revision(line));
    let remark = line.remark.as_ref().map(|remark| format!(", {}", prose(remark))).unwrap_or_default();
    if line.points == 0 {
        return row + &format!(" no points{remark} | – | – | – |");
    }
    let (first, last) = (float(line.first), float(line.last) + &remark);
    row + &format!(" `{}` | {first} | {last} | {} |", line.sparkline, best(figure, line, rules).text())
}

/// A plot's own table; only its names come from the data.
fn own_table(table: &TextTable) -> String {
    let cell = |(column, text): (usize, &String)| {
        if column < table.names && !text.is_empty() { code(text) } else { text.clone() }
    };
    let row = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let header = table.header.iter().map(|text| if text.is_empty() { String::new() } else { code(text) });
    let rule =
        (0..table.header.len()).map(|column| if column < table.names { ":--" } else { "--:" }.to_owned());
    let mut lines = vec![row(header.collect()), row(rule.collect()).replace(' ', "")];
    lines.extend(table.rows.iter().map(|cells| row(cells.iter().enumerate().map(cell).collect())));
    let mut text = lines.join("\n");
    if table.left_out > 0 {
        text += &format!("\n\n{}.", counted(table.left_out, "more row"));
    }
    text
}

fn revision(line: &TextLine) -> String {
    match &line.column {
        Some(column) => format!("{} {}", code(&line.label), code(column)),
        None => code(&line.label),
    }
}

/// What is drawn, where neither the title nor the line's own name says it: a picture says it at its axis.
pub(super) fn unnamed_column<'f>(figure: &'f Figure, line: &TextLine) -> Option<&'f str> {
    let (title, label) = (figure.title.to_lowercase(), figure.y_label.to_lowercase());
    (line.column.is_none() && !label.is_empty() && !title.contains(&label)).then_some(&*figure.y_label)
}

/// The best value of a line, or how far it reaches where nobody knows which way is better.
pub(super) enum Best {
    Lowest(f64),
    Highest(f64),
    Range(f64, f64),
}

impl Best {
    pub(super) fn is_known(&self) -> bool {
        !matches!(self, Self::Range(..))
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Lowest(least) => format!("{} (lowest)", float(*least)),
            Self::Highest(most) => format!("{} (highest)", float(*most)),
            Self::Range(least, most) => format!("{} … {}", float(*least), float(*most)),
        }
    }
}

/// The best value where it is known which way is better, else both ends. What is declared of a curve's names comes
/// before what they suggest.
pub(super) fn best(figure: &Figure, line: &TextLine, rules: &Rules) -> Best {
    let by_title = figure.title.rsplit_once('.').map_or(figure.title.as_str(), |(stem, _)| stem);
    let names = [line.column.as_deref().unwrap_or(&figure.y_label), by_title];
    let ways = names.map(|name| rules.direction(&figure.id, name));
    let known = |(way, _): &(Direction, bool)| matches!(way, Direction::Higher | Direction::Lower);
    let declared = ways.into_iter().find(|(way, guessed)| !guessed && *way != Direction::Unknown);
    match declared.or_else(|| ways.into_iter().find(known)).map(|(way, _)| way) {
        Some(Direction::Lower) => Best::Lowest(line.min),
        Some(Direction::Higher) => Best::Highest(line.max),
        _ => Best::Range(line.min, line.max),
    }
}
