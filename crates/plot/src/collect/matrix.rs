//! Confusion matrices: how often each pair of classes occurs in the rows of a side.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{MOST_NAMES, ascending, numbers, words};
use super::{Collected, Source, few_columns, told_apart};
use crate::{Kind, Matrix, MatrixFacet};
use cml_base::notice::Notice;
use cml_tracked::{PlotData, Template};

/// The column of a matrix's values.
pub(super) const VALUE: &str = "value";

/// The rows of one side, as pairs of x and y.
struct Pairs<'a> {
    source: Source<'a>,
    name: &'a str,
    counts: BTreeMap<(String, String), f64>,
    /// Classes that do not occur together have no cell instead of 0.
    sparse: bool,
}

pub(super) fn collect(
    shares: bool,
    shown: &PlotData,
    sources: &[Source<'_>],
    notices: &mut Vec<Notice>,
) -> Collected {
    let columns = few_columns(shown, sources, notices);
    let mut all = Vec::new();
    for source in sources {
        pairs(*source, &columns, &mut all, notices);
    }
    let classes = |of: fn(&(String, String)) -> &String| {
        let all: BTreeSet<String> =
            all.iter().flat_map(|pairs| pairs.counts.keys()).map(of).cloned().collect();
        ascending(all.into_iter().collect())
    };
    let (across, down) = (classes(|pair| &pair.0), classes(|pair| &pair.1));
    let most = across.len().max(down.len());
    if most > MOST_NAMES {
        let text =
            format!("{most} classes are more than a matrix can show ({MOST_NAMES}), so it is not drawn");
        notices.push(Notice::about(&shown.id, text));
        return None;
    }
    let mut facets: Vec<MatrixFacet> = all.iter().map(|pairs| facet(pairs, &across, &down, shares)).collect();
    let columns = told_apart(facets.iter_mut().map(|facet| &mut facet.column));
    (!facets.is_empty()).then_some((Kind::Matrix(Matrix { across, down, shares, facets }), columns))
}

fn pairs<'a>(source: Source<'a>, columns: &[&str], all: &mut Vec<Pairs<'a>>, notices: &mut Vec<Notice>) {
    let label = source.label;
    let Some(x_name) = source.plot.x.as_deref() else {
        let text = format!("a confusion matrix needs an x column, and {label} has none; name it in dvc.yaml");
        return source.note(notices, text);
    };
    let custom = matches!(source.plot.template, Template::Custom { .. });
    for name in source.plot.y.iter().filter(|name| columns.contains(&name.as_str())) {
        let (Some(x), Some(y)) = (source.column(x_name), source.column(name)) else {
            let text = format!("{label} lacks the column {x_name} or {name}, so its matrix is not drawn");
            source.note(notices, text);
            continue;
        };
        // A custom template's cells have values of their own.
        let values = source.column(VALUE).filter(|_| custom).and_then(numbers);
        let mut counts = BTreeMap::new();
        for (row, pair) in words(x).into_iter().zip(words(y)).enumerate() {
            // A row without one of its classes is padding of a joined table, or a broken line.
            if !pair.0.is_empty() && !pair.1.is_empty() {
                let value = values.as_ref().and_then(|values| values.get(row)).copied();
                *counts.entry(pair).or_insert(0.0) += value.unwrap_or(1.0);
            }
        }
        all.push(Pairs { source, name, counts, sparse: values.is_some() });
    }
}

/// As DVC: pairs of classes that this side has get 0 if they do not occur together, others get no cell; shares are
/// of the cells with equal y.
fn facet(pairs: &Pairs<'_>, across: &[String], down: &[String], shares: bool) -> MatrixFacet {
    let own_x: BTreeSet<&str> = pairs.counts.keys().map(|pair| pair.0.as_str()).collect();
    let own_y: BTreeSet<&str> = pairs.counts.keys().map(|pair| pair.1.as_str()).collect();
    let mut cells = Vec::with_capacity(across.len() * down.len());
    for y in down {
        let row: Vec<f64> = across
            .iter()
            .map(|x| match pairs.counts.get(&(x.clone(), y.clone())) {
                Some(count) => *count,
                None if pairs.sparse => f64::NAN,
                None if own_x.contains(x.as_str()) && own_y.contains(y.as_str()) => 0.0,
                None => f64::NAN,
            })
            .collect();
        let sum: f64 = row.iter().filter(|count| !count.is_nan()).sum();
        let part = if shares && sum > 0.0 { sum } else { 1.0 };
        cells.extend(row.into_iter().map(|count| count / part));
    }
    let column = Some(pairs.name.to_owned());
    MatrixFacet { which: pairs.source.which, label: pairs.source.label.to_owned(), column, cells }
}
