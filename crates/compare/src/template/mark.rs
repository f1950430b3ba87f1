//! What each mark can show of its channels.

use serde_json::Value;

use super::{Aggregate, Encoding, Mark, Recipe, Sort, Stack, Type, Unknown};

/// What a mark can show of its channels. Bars are turned so that x has their lengths.
pub(super) fn by_mark(mut recipe: Recipe, orient: Option<&Value>, unknown: &mut Unknown) -> Option<Recipe> {
    if matches!(recipe.mark, Mark::Bar { .. }) {
        match is_upright(&recipe, orient) {
            Some(true) => std::mem::swap(&mut recipe.x, &mut recipe.y),
            Some(false) => {}
            None => unknown.add("bars without a quantitative axis"),
        }
    }
    let (x, y) = (&recipe.x, &recipe.y);
    let is_cell = matches!(recipe.mark, Mark::Rect | Mark::Counts { .. });
    let is_bar = matches!(recipe.mark, Mark::Bar { .. });
    // What was x before the bars were turned keeps no name of its own here: the place is told by its words.
    let mut refuse = |is_refused: bool, what: &str| {
        if is_refused {
            unknown.add(what);
        }
    };
    refuse(x.aggregate.is_some() && !is_bar, "encoding.x.aggregate");
    refuse(y.aggregate.is_some() && is_bar, "an aggregate of the bars' categories");
    refuse(y.aggregate.is_some() && is_cell, "encoding.y.aggregate");
    refuse(
        is_cell && recipe.color.field.is_none() && recipe.color.aggregate != Some(Aggregate::Count),
        "cells without an encoding.color",
    );
    refuse(recipe.mark == Mark::Rect && recipe.group.is_some(), "encoding.detail of cells");
    refuse([x, y].iter().any(|axis| axis.stack == Stack::Other), "stack");
    let falls = |axis: &Encoding| axis.sort == Sort::Descending && axis.kind != Some(Type::Names);
    refuse(!is_cell && !is_bar && (falls(x) || falls(y)), "an axis that runs backwards");
    let adds_up = |axis: &Encoding| {
        !axis.log && !matches!(axis.aggregate, Some(Aggregate::Mean | Aggregate::Min | Aggregate::Max))
    };
    refuse(
        recipe.mark == Mark::Area && recipe.group.is_some() && y.stack != Stack::Never && adds_up(y),
        "areas on one another (\"stack\": null draws them from zero)",
    );
    let is_told = |axis: &Encoding| axis.field.is_some() || axis.aggregate == Some(Aggregate::Count);
    (is_told(x) && is_told(y)).then_some(recipe)
}

/// Whether bars stand, as Vega-Lite decides it; `None` if neither axis has lengths.
fn is_upright(recipe: &Recipe, orient: Option<&Value>) -> Option<bool> {
    let measures = |axis: &Encoding| {
        axis.kind == Some(Type::Quantitative) || (axis.kind.is_none() && axis.aggregate.is_some())
    };
    match (measures(&recipe.x), measures(&recipe.y)) {
        (true, false) => Some(false),
        (false, true) => Some(true),
        (false, false) => None,
        (true, true) => Some(match (recipe.x.aggregate, recipe.y.aggregate) {
            (Some(_), None) => false,
            (None, Some(_)) => true,
            _ => orient.and_then(Value::as_str) != Some("horizontal"),
        }),
    }
}
