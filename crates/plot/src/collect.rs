//! The plots of any number of sides become figures: paired by id, the first side's part first.
//!
//! What cannot be drawn becomes a notice and costs only itself.

mod bars;
mod chart;
mod columns;
mod custom;
mod images;
mod matrix;

pub use images::images;

use std::collections::BTreeMap;

use super::{Figure, Kind, Style, Which, distinct};
use cml_base::notice::Notice;
use cml_tracked::{Column, PlotData, Template};

/// A side's plots and its revision's label.
pub type Side<'a> = (&'a [PlotData], &'a str);

/// One plot of one side.
#[derive(Clone, Copy)]
struct Source<'a> {
    which: Which,
    label: &'a str,
    plot: &'a PlotData,
}

impl<'a> Source<'a> {
    fn column(&self, name: &str) -> Option<&'a Column> {
        self.plot.table.columns.iter().find(|(known, _)| known == name).map(|(_, column)| column)
    }

    fn note(&self, notices: &mut Vec<Notice>, text: String) {
        notices.push(Notice::about(&self.plot.id, text));
    }
}

/// Figures in the order of the last side, which is the head, then those that only others have; and what the reader
/// should know about what is none.
pub fn figures(sides: &[Side<'_>]) -> (Vec<Figure>, Vec<Notice>) {
    let Some((head, others)) = sides.split_last() else { return (Vec::new(), Vec::new()) };
    let mut by_id: BTreeMap<&str, Vec<Source<'_>>> = BTreeMap::new();
    for (at, (plots, label)) in sides.iter().enumerate() {
        let which = match at {
            _ if at == others.len() => Which::Head,
            0 => Which::Base,
            _ => Which::Between((at - 1).try_into().unwrap_or(u8::MAX)),
        };
        for plot in *plots {
            by_id.entry(plot.id.as_str()).or_default().push(Source { which, label, plot });
        }
    }
    let mut notices = Vec::new();
    let mut figures = Vec::new();
    for plot in std::iter::once(head).chain(others).flat_map(|side| side.0) {
        // The first plot of an id tells how all of them are drawn.
        if let Some(sources) = by_id.remove(plot.id.as_str()) {
            figures.extend(figure(plot, &sources, &mut notices));
        }
    }
    (figures, notices)
}

/// One figure with all that the sides have of one id; `shown` tells how it is drawn.
fn figure(shown: &PlotData, sources: &[Source<'_>], notices: &mut Vec<Notice>) -> Option<Figure> {
    for source in sources.iter().filter(|source| source.plot.y.is_empty()) {
        source.note(notices, format!("{} has no columns, so there is nothing to draw", source.label));
    }
    let collected = match &shown.template {
        Template::Linear | Template::Simple => chart::collect(Style::Line, shown, sources, notices),
        Template::Smooth => chart::collect(Style::Smooth, shown, sources, notices),
        Template::Scatter => chart::collect(Style::Points, shown, sources, notices),
        Template::ScatterJitter => chart::collect(Style::Jitter, shown, sources, notices),
        Template::Confusion => matrix::collect(false, shown, sources, notices),
        Template::ConfusionNormalized => matrix::collect(true, shown, sources, notices),
        Template::BarHorizontal => bars::collect(false, shown, sources, notices),
        Template::BarHorizontalSorted => bars::collect(true, shown, sources, notices),
        Template::Custom { name, text } => return custom::figure((name, text), shown, sources, notices),
    };
    built_in(collected, shown)
}

/// What was collected, with the names that the plot gives it.
fn built_in(collected: Collected, shown: &PlotData) -> Option<Figure> {
    let (kind, columns) = collected?;
    let joined = columns.join(", ");
    // More would not fit beside the axis; the legend has the names.
    let fits = columns.len() == 1 || joined.chars().count() <= LONGEST_LABEL;
    let y_label = if fits { joined } else { "value".to_owned() };
    Some(Figure {
        id: shown.id.clone(),
        title: shown.title.clone(),
        x_label: shown.x_label.clone().or_else(|| shown.x.clone()).unwrap_or_else(|| "step".to_owned()),
        y_label: shown.y_label.clone().unwrap_or(y_label),
        kind,
    })
}

/// So many columns of a plot have a matrix or bars of their own.
const MOST_COLUMNS: usize = 6;

/// An axis that stands for several columns has a title of at most so many characters.
const LONGEST_LABEL: usize = 40;

/// The columns that a matrix or bars are drawn of.
fn few_columns<'a>(shown: &PlotData, sources: &[Source<'a>], notices: &mut Vec<Notice>) -> Vec<&'a str> {
    let columns = distinct(sources.iter().flat_map(|source| &source.plot.y).map(String::as_str));
    at_most(MOST_COLUMNS, columns, "columns", &shown.id, notices)
}

/// Leaves out what is too much for one picture, and says so.
fn at_most<T>(most: usize, mut all: Vec<T>, what: &str, id: &str, notices: &mut Vec<Notice>) -> Vec<T> {
    if all.len() > most {
        let text = format!("{} {what} are too many for one plot, so the first {most} are shown", all.len());
        notices.push(Notice::about(id, text));
        all.truncate(most);
    }
    all
}

/// What was collected, and the names of the columns in it.
type Collected = Option<(Kind, Vec<String>)>;

/// The names of the columns; one alone need not be told in a legend, so it is taken from the parts.
fn told_apart<'a>(columns: impl Iterator<Item = &'a mut Option<String>>) -> Vec<String> {
    let mut columns: Vec<&mut Option<String>> = columns.collect();
    let names = distinct(columns.iter().filter_map(|column| column.as_deref()).map(str::to_owned));
    if names.len() == 1 {
        columns.iter_mut().for_each(|column| **column = None);
    }
    names
}

#[cfg(test)]
mod tests;
