//! The plots: pictures two in a row, or one line of text per series.

use super::escape::{address, attribute, code, prose};
use super::markdown::{counted, details};
use super::number::float;
use super::{Detail, Images};
use cml_report::{Direction, Plot, Report, Series, Table};

/// So many unchanged images are named.
const NAMED_IMAGES: usize = 5;
/// So many plots stand open; the rest folds away.
const OPEN_PLOTS: usize = 8;
/// CSS pixels of a picture beside another, and alone: a comment on GitHub is some 780 wide.
const WIDTH_IN_ROW: u32 = 380;
const WIDTH_ALONE: u32 = 540;

/// The section of all plots.
pub(super) fn section(report: &Report, images: &Images, detail: Detail) -> Vec<String> {
    if report.plots.is_empty() || detail == Detail::Brief {
        return Vec::new();
    }
    let heading = "#### Plots".to_owned();
    if detail == Detail::Top {
        return vec![heading, format!("{} left out.", counted(report.plots.len(), "plot"))];
    }
    let (drawn, told): (Vec<&Plot>, Vec<&Plot>) = report
        .plots
        .iter()
        .filter(|plot| plot.is_drawn())
        .partition(|plot| images.of(plot.pictures.light.as_ref()).is_some());
    let unchanged = unchanged_images(report);
    let mut parts = vec![heading];
    if detail == Detail::Folded {
        let all = [pictures(&drawn, images), text_table(&told), unchanged];
        let all = all.into_iter().flatten().collect::<Vec<_>>();
        parts.push(details(&counted(report.plots.len(), "plot"), &all.join("\n\n")));
        return parts;
    }
    let (open, rest) = drawn.split_at(OPEN_PLOTS.min(drawn.len()));
    parts.extend(pictures(open, images));
    parts.extend(pictures(rest, images).map(|rest_| details(&counted(rest.len(), "more plot"), &rest_)));
    let (open, rest) = told.split_at(OPEN_PLOTS.min(told.len()));
    parts.extend(text_table(open));
    parts.extend(text_table(rest).map(|rest_| details(&counted(rest.len(), "more plot"), &rest_)));
    parts.extend(unchanged);
    parts
}

/// The images that are the same on both sides, in one line.
fn unchanged_images(report: &Report) -> Option<String> {
    let names: Vec<&str> = report.plots.iter().flat_map(Plot::unchanged_images).map(String::as_str).collect();
    let (count, one) = (names.len(), names.len() == 1);
    let mut shown: Vec<String> = names.into_iter().take(NAMED_IMAGES).map(code).collect();
    shown.extend((count > NAMED_IMAGES).then(|| format!("{} more", count - NAMED_IMAGES)));
    let verb = if one { "is" } else { "are" };
    (count > 0).then(|| format!("{} {verb} unchanged: {}.", counted(count, "image"), shown.join(", ")))
}

fn pictures(plots: &[&Plot], images: &Images) -> Option<String> {
    match plots {
        [] => None,
        [one] => Some(picture(one, images, WIDTH_ALONE)),
        many => {
            // Inline, so that two stand in a row where there is room, and one on a phone.
            let all: Vec<String> = many.iter().map(|plot| picture(plot, images, WIDTH_IN_ROW)).collect();
            Some(all.join("\n"))
        }
    }
}

fn picture(plot: &Plot, images: &Images, width: u32) -> String {
    let width = plot.width.unwrap_or(width);
    let alt = attribute(&plot.alt);
    let light = images.of(plot.pictures.light.as_ref()).map(address).unwrap_or_default();
    let image = format!("<img alt=\"{alt}\" src=\"{light}\" width=\"{width}\">");
    match images.of(plot.pictures.dark.as_ref()) {
        Some(dark) => format!(
            "<picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"{}\">{image}</picture>",
            address(dark)
        ),
        None => image,
    }
}

/// Plots as text: all lines in one table, then a table for each other plot.
fn text_table(plots: &[&Plot]) -> Option<String> {
    let mut lines = String::new();
    let mut tables = Vec::new();
    let mut bests = Vec::new();
    for plot in plots {
        match &plot.table {
            None => {
                bests.extend(plot.series.iter().filter(|line| line.points > 0).map(best));
                lines.extend(plot.series.iter().enumerate().map(|(index, line)| line_row(plot, index, line)));
            }
            Some(table) => tables.push(format!("{}\n\n{}", code(&plot.title), own_table(table))),
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
fn line_row(plot: &Plot, index: usize, line: &Series) -> String {
    let name = match (index, unnamed_column(plot, line)) {
        (0, Some(column)) => format!("{}: {}", code(&plot.title), code(column)),
        (0, None) => code(&plot.title),
        _ => String::new(),
    };
    let row = format!("\n| {name} | {} |", revision(line));
    let remark = line.remark.as_ref().map(|remark| format!(", {}", prose(remark))).unwrap_or_default();
    if line.points == 0 {
        return row + &format!(" no points{remark} | – | – | – |");
    }
    let (first, last) = (number(line.first), number(line.last) + &remark);
    row + &format!(" `{}` | {first} | {last} | {} |", line.sparkline, best(line).text())
}

/// A plot's own table; only its names come from the data.
fn own_table(table: &Table) -> String {
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

fn revision(line: &Series) -> String {
    match &line.column {
        Some(column) => format!("{} {}", code(&line.label), code(column)),
        None => code(&line.label),
    }
}

/// What is drawn, where neither the title nor the line's own name says it: a picture says it at its axis.
pub(super) fn unnamed_column<'p>(plot: &'p Plot, line: &Series) -> Option<&'p str> {
    let (title, label) = (plot.title.to_lowercase(), plot.y_label.to_lowercase());
    (line.column.is_none() && !label.is_empty() && !title.contains(&label)).then_some(&*plot.y_label)
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

/// A number of a line that has points.
pub(super) fn number(value: Option<f64>) -> String {
    float(value.unwrap_or(f64::NAN))
}

/// The best value where it is known which way is better, else both ends.
pub(super) fn best(line: &Series) -> Best {
    let [least, most] = [line.min, line.max].map(|value| value.unwrap_or(f64::NAN));
    match line.direction {
        Direction::Lower => Best::Lowest(least),
        Direction::Higher => Best::Highest(most),
        Direction::Unknown | Direction::Fact => Best::Range(least, most),
    }
}
