//! A user's own Vega-Lite template: its words around the title and the labels, which DVC fills in.

use crate::DataPlot;
use cml_tracked::Value;

/// Anchors that say how several sources are told apart; a template with none of them gets both marks.
const OPTIONAL: [&str; 13] = [
    "COLOR",
    "COLUMN",
    "GROUP_BY_X",
    "GROUP_BY_Y",
    "GROUP_BY",
    "PIVOT_FIELD",
    "PLOT_HEIGHT",
    "PLOT_WIDTH",
    "ROW",
    "SHAPE",
    "STROKE_DASH",
    "TOOLTIP",
    "ZOOM_AND_PAN",
];

/// Fills the plot's words into the template and takes what the template makes of them.
pub(crate) fn apply(plot: &mut DataPlot<'_>, content: &Value) -> Result<(), String> {
    if !holds(content, "<DVC_METRIC_DATA>") {
        return Err(format!(
            "the template {} does not use <DVC_METRIC_DATA>; add it as the data's values",
            plot.template
        ));
    }
    if !OPTIONAL.iter().any(|name| holds(content, &format!("<DVC_METRIC_{name}>"))) {
        plot.mark_plainly();
    }
    let words = [
        ("<DVC_METRIC_TITLE>", plot.title.clone()),
        ("<DVC_METRIC_X>", plot.x.clone()),
        ("<DVC_METRIC_Y>", plot.y.clone()),
        ("<DVC_METRIC_X_LABEL>", plot.x_label.clone()),
        ("<DVC_METRIC_Y_LABEL>", plot.y_label.clone()),
    ];
    let filled = |value: Option<&Value>| {
        let text = value?.as_text()?;
        Some(words.iter().fold(text.to_owned(), |text, (anchor, word)| text.replace(anchor, word)))
    };
    let title = content.get("title");
    if let Some(title) = filled(title.and_then(|title| title.get("text")).or(title)) {
        plot.title = title;
    }
    let axis = |name: &str| encoding(content, 0).and_then(|encoding| encoding.get(name));
    let part = |axis_name: &str, key: &str| filled(axis(axis_name).and_then(|axis| axis.get(key)));
    let [x, y] = [part("x", "field"), part("y", "field")];
    let [x_label, y_label] = [part("x", "title"), part("y", "title")];
    plot.x = x.unwrap_or_else(|| plot.x.clone());
    plot.y = y.unwrap_or_else(|| plot.y.clone());
    plot.x_label = x_label.unwrap_or_else(|| plot.x_label.clone());
    plot.y_label = y_label.unwrap_or_else(|| plot.y_label.clone());
    Ok(())
}

/// Whether a text equals `anchor`, at any depth.
fn holds(value: &Value, anchor: &str) -> bool {
    match value {
        Value::Text(text) => text == anchor,
        Value::List(items) => items.iter().any(|item| holds(item, anchor)),
        Value::Map(pairs) => pairs.iter().any(|(_, value)| holds(value, anchor)),
        _ => false,
    }
}

/// The encoding of the view, or of its first layer that has one with both axes.
fn encoding(view: &Value, depth: usize) -> Option<&Value> {
    let own =
        view.get("encoding").filter(|encoding| encoding.get("x").is_some() && encoding.get("y").is_some());
    let parts = ["layer", "hconcat", "vconcat", "concat"];
    own.or_else(|| {
        let inner =
            parts.iter().filter_map(|name| view.get(name)).flat_map(Value::items).chain(view.get("spec"));
        inner.filter(|_| depth < 8).find_map(|view| encoding(view, depth + 1))
    })
}
