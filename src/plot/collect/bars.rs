//! Horizontal bars: the sum of x over the rows of each category.

use std::collections::BTreeMap;

use super::columns::{ascending, numbers, words};
use super::{Collected, Source, at_most, few_columns, told_apart};
use crate::notice::Notice;
use crate::plot::{BarGroup, Bars, Kind};
use crate::tracked::{Column, PlotData};

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
    let categories = at_most(MOST_CATEGORIES, categories, "categories", &shown.id, notices);
    let mut groups: Vec<BarGroup> = all.iter().map(|sums| group(sums, &categories)).collect();
    let columns = told_apart(groups.iter_mut().map(|group| &mut group.column));
    (!groups.is_empty()).then_some((Kind::Bars(Bars { categories, groups }), columns))
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
