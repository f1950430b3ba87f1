//! Horizontal bars: the sum of x over the rows of each category.

use std::collections::{BTreeMap, HashSet};

use super::columns::{ascending, numbers, words};
use super::{Collected, Source, few_columns, told_apart};
use crate::{BarGroup, Bars, Kind};
use cml_base::notice::Notice;
use cml_tracked::{Column, PlotData};

/// So many categories have bars.
const MOST_CATEGORIES: usize = 60;

/// The bars of one side, by category.
struct Sums<'a> {
    source: Source<'a>,
    name: &'a str,
    by_category: BTreeMap<String, f64>,
}

pub(super) fn collect(
    sorted: bool,
    shown: &PlotData,
    sources: &[Source<'_>],
    notices: &mut Vec<Notice>,
) -> Collected {
    let columns = few_columns(shown, sources, notices);
    let mut all = Vec::new();
    for source in sources {
        sums(*source, &columns, &mut all, notices);
    }
    let mut totals: BTreeMap<&str, f64> = BTreeMap::new();
    for (category, value) in all.iter().flat_map(|sums| &sums.by_category) {
        *totals.entry(category).or_insert(0.0) += if value.is_finite() { *value } else { 0.0 };
    }
    let mut categories = ascending(totals.keys().map(|category| (*category).to_owned()).collect());
    if sorted {
        let total = |category: &String| totals.get(category.as_str()).copied().unwrap_or(0.0);
        categories.sort_by(|a, b| total(b).total_cmp(&total(a)));
    }
    let longest_of = |category: &String| {
        let lengths = all.iter().filter_map(|sums| sums.by_category.get(category)).map(|length| length.abs());
        lengths.filter(|length| length.is_finite()).fold(0.0, f64::max)
    };
    let categories = longest(categories, longest_of, &shown.id, notices);
    let mut groups: Vec<BarGroup> = all.iter().map(|sums| group(sums, &categories)).collect();
    let columns = told_apart(groups.iter_mut().map(|group| &mut group.column));
    (!groups.is_empty()).then_some((Kind::Bars(Bars { categories, groups }), columns))
}

/// As many categories as have room, in their order: those with the longest bars, to whichever side.
fn longest(
    mut categories: Vec<String>,
    size: impl Fn(&String) -> f64,
    id: &str,
    notices: &mut Vec<Notice>,
) -> Vec<String> {
    let count = categories.len();
    if count > MOST_CATEGORIES {
        let mut by_size: Vec<usize> = (0..count).collect();
        by_size.sort_by(|a, b| size(&categories[*b]).total_cmp(&size(&categories[*a])));
        let kept: HashSet<String> =
            by_size.into_iter().take(MOST_CATEGORIES).map(|at| categories[at].clone()).collect();
        categories.retain(|category| kept.contains(category));
        let left_out = count - MOST_CATEGORIES;
        let text = format!(
            "{count} categories are too many for one plot, so the {MOST_CATEGORIES} longest bars are shown and {left_out} \
             are left out"
        );
        notices.push(Notice::about(id, text));
    }
    categories
}

fn group(sums: &Sums<'_>, categories: &[String]) -> BarGroup {
    let value = |category| sums.by_category.get(category).copied().unwrap_or(f64::NAN);
    BarGroup {
        which: sums.source.which,
        label: sums.source.label.to_owned(),
        column: Some(sums.name.to_owned()),
        values: categories.iter().map(value).collect(),
    }
}

fn sums<'a>(source: Source<'a>, columns: &[&str], all: &mut Vec<Sums<'a>>, notices: &mut Vec<Notice>) {
    let label = source.label;
    let Some(x_name) = source.plot.x.as_deref() else {
        let text = format!("bars need an x column, their lengths, and {label} has none; name it in dvc.yaml");
        return source.note(notices, text);
    };
    for name in source.plot.y.iter().filter(|name| columns.contains(&name.as_str())) {
        let (Some(x), Some(y)) = (source.column(x_name), source.column(name)) else {
            let text = format!("{label} lacks the column {x_name} or {name}, so its bars are not drawn");
            source.note(notices, text);
            continue;
        };
        let Some((lengths, categories)) = lengths(x, y) else {
            let text =
                format!("neither {x_name} nor {name} of {label} holds numbers, so its bars are not drawn");
            source.note(notices, text);
            continue;
        };
        let mut by_category = BTreeMap::new();
        for (category, length) in categories.into_iter().zip(lengths) {
            if !category.is_empty() && length.is_finite() {
                *by_category.entry(category).or_insert(0.0) += length;
            }
        }
        all.push(Sums { source, name, by_category });
    }
}

/// Lengths and categories; x and y may be the wrong way round.
fn lengths(x: &Column, y: &Column) -> Option<(Vec<f64>, Vec<String>)> {
    numbers(x).map(|lengths| (lengths, words(y))).or_else(|| Some((numbers(y)?, words(x))))
}
