//! A custom template of DVC: the part of Vega-Lite that such templates use, and the names of what else is in it.
//!
//! Input: the template's text. Output: a [`Recipe`] with fields as written, DVC's anchors among them. Understood are
//! the marks line, trail, point, circle, square, tick, bar, rect and area, also as the first of `layer`; of `encoding`
//! x, y and color with field, type, title, aggregate, sort and scale (type, domain, zero).

use serde_json::{Map, Value};

/// What a template asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recipe {
    pub mark: Mark,
    pub title: Option<String>,
    pub x: Encoding,
    pub y: Encoding,
    pub color: Encoding,
    /// Paths of properties that are not understood, such as `encoding.size`.
    pub left_out: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Line,
    Point,
    Bar,
    Rect,
    Area,
}

/// A channel of the encoding.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Encoding {
    pub field: Option<String>,
    pub title: Option<String>,
    pub aggregate: Option<Aggregate>,
    /// `nominal` or `ordinal`.
    pub names: bool,
    pub quantitative: bool,
    pub log: bool,
    pub zero: bool,
    pub domain: Option<(f64, f64)>,
    pub sort: Sort,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aggregate {
    Count,
    Mean,
    Sum,
    Min,
    Max,
}

/// The order of bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Sort {
    #[default]
    Names,
    /// By the length of the bars, the longest first.
    Longest,
}

/// What has no meaning in a picture, or is ours to decide.
const SILENT: [&str; 12] = [
    "$schema",
    "data",
    "width",
    "height",
    "config",
    "description",
    "name",
    "params",
    "selection",
    "autosize",
    "padding",
    "background",
];
const SILENT_CHANNELS: [&str; 5] = ["tooltip", "detail", "order", "strokeDash", "shape"];

/// Reads a template; the error says why it cannot be used.
pub(super) fn recipe(template: &str) -> Result<Recipe, String> {
    let value: Value = serde_json::from_str(template).map_err(|error| format!("is no JSON ({error})"))?;
    let Value::Object(spec) = value else { return Err("is no JSON object".to_owned()) };
    let mut left_out = Vec::new();
    let (mark, channels) = mark(&spec, &Map::new(), &mut left_out).ok_or_else(|| {
        let marks = "no mark that is understood (line, point, bar, rect, area)";
        if left_out.is_empty() {
            format!("has {marks}")
        } else {
            format!("has {}, and {marks}", left_out.join(", "))
        }
    })?;
    for key in spec.keys() {
        if !SILENT.contains(&key.as_str()) && !["mark", "encoding", "layer", "title"].contains(&key.as_str())
        {
            left_out.push(key.clone());
        }
    }
    for (name, channel) in &channels {
        // An anchor that DVC replaces by what tells the sources apart.
        let anchor = channel.as_str().is_some_and(|text| text.starts_with("<DVC_METRIC_"));
        if !anchor
            && !["x", "y", "color"].contains(&name.as_str())
            && !SILENT_CHANNELS.contains(&name.as_str())
        {
            left_out.push(format!("encoding.{name}"));
        }
    }
    let mut channel = |name: &str| encoding(name, channels.get(name), &mut left_out);
    let (x, y, color) = (channel("x"), channel("y"), channel("color"));
    left_out.dedup();
    let title = match spec.get("title") {
        Some(Value::Object(title)) => title.get("text").and_then(Value::as_str),
        title => title.and_then(Value::as_str),
    };
    Ok(Recipe { mark, title: title.map(str::to_owned), x, y, color, left_out })
}

/// The first mark that is understood, with the channels of its layer and those above it.
fn mark(
    spec: &Map<String, Value>,
    above: &Map<String, Value>,
    left_out: &mut Vec<String>,
) -> Option<(Mark, Map<String, Value>)> {
    let mut channels = above.clone();
    if let Some(Value::Object(own)) = spec.get("encoding") {
        channels.extend(own.iter().map(|(name, channel)| (name.clone(), channel.clone())));
    }
    if let Some(Value::Array(layers)) = spec.get("layer") {
        let mut found = None;
        for layer in layers.iter().filter_map(Value::as_object) {
            if found.is_none() {
                found = mark(layer, &channels, left_out);
            } else if let Some(name) = mark_name(layer) {
                left_out.push(format!("layer.mark {name}"));
            }
        }
        return found;
    }
    let known = match mark_name(spec)? {
        "line" | "trail" => Mark::Line,
        "point" | "circle" | "square" | "tick" => Mark::Point,
        "bar" => Mark::Bar,
        "rect" => Mark::Rect,
        "area" => Mark::Area,
        other => {
            left_out.push(format!("mark {other}"));
            return None;
        }
    };
    Some((known, channels))
}

fn mark_name(spec: &Map<String, Value>) -> Option<&str> {
    match spec.get("mark")? {
        Value::Object(mark) => mark.get("type").and_then(Value::as_str),
        mark => mark.as_str(),
    }
}

fn encoding(name: &str, channel: Option<&Value>, left_out: &mut Vec<String>) -> Encoding {
    let mut encoding = Encoding::default();
    let Some(Value::Object(channel)) = channel else { return encoding };
    for (key, value) in channel {
        let understood = match key.as_str() {
            "field" => value.as_str().map(|field| encoding.field = Some(unescaped(field))).is_some(),
            "title" => {
                encoding.title = value.as_str().map(str::to_owned);
                true
            }
            "type" => {
                encoding.names = matches!(value.as_str(), Some("nominal" | "ordinal"));
                encoding.quantitative = value.as_str() == Some("quantitative");
                true
            }
            "aggregate" => {
                encoding.aggregate = aggregate(value);
                encoding.aggregate.is_some()
            }
            "sort" => {
                let way = value.as_str().or_else(|| value.get("order").and_then(Value::as_str));
                if matches!(way, Some("-x" | "-y" | "descending")) {
                    encoding.sort = Sort::Longest;
                }
                !value.is_array()
            }
            "scale" => scale(name, value, &mut encoding, left_out),
            "axis" | "legend" | "stack" | "header" => true,
            "bin" | "timeUnit" => value.is_null() || value == &Value::Bool(false),
            _ => false,
        };
        if !understood {
            left_out.push(format!("encoding.{name}.{key}"));
        }
    }
    encoding
}

fn aggregate(value: &Value) -> Option<Aggregate> {
    Some(match value.as_str()? {
        "count" => Aggregate::Count,
        "mean" | "average" => Aggregate::Mean,
        "sum" => Aggregate::Sum,
        "min" => Aggregate::Min,
        "max" => Aggregate::Max,
        _ => return None,
    })
}

fn scale(name: &str, value: &Value, encoding: &mut Encoding, left_out: &mut Vec<String>) -> bool {
    let Some(scale) = value.as_object() else { return value.is_null() };
    encoding.zero = scale.get("zero") == Some(&Value::Bool(true));
    match scale.get("type").and_then(Value::as_str) {
        Some("log") => encoding.log = true,
        None | Some("linear" | "time" | "utc" | "band" | "point" | "ordinal") => {}
        Some(other) => left_out.push(format!("encoding.{name}.scale.type {other}")),
    }
    if let Some([low, high]) = scale.get("domain").and_then(Value::as_array).map(Vec::as_slice)
        && let (Some(low), Some(high)) = (low.as_f64(), high.as_f64())
    {
        encoding.domain = Some((low.min(high), low.max(high)));
    }
    // Colours are ours: base and head have the same two in every picture.
    true
}

/// Vega escapes what would be a path: `train\.loss`.
fn unescaped(field: &str) -> String {
    field.replace("\\.", ".").replace("\\[", "[").replace("\\]", "]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(template: &str, expected: &str) {
        let told = match recipe(template) {
            Err(why) => why,
            Ok(recipe) => {
                let channel = |channel: &Encoding| {
                    let field = channel.field.as_deref().unwrap_or("-");
                    format!(
                        "{}{field}{}{}",
                        channel.aggregate.map(|a| format!("{a:?} ")).unwrap_or_default(),
                        if channel.log { " log" } else { "" },
                        channel.domain.map(|domain| format!(" {domain:?}")).unwrap_or_default()
                    )
                };
                let (x, y, color) = (channel(&recipe.x), channel(&recipe.y), channel(&recipe.color));
                format!("{:?} {x} {y} {color} without {}", recipe.mark, recipe.left_out.join(", "))
            }
        };
        assert_eq!(told, expected);
    }

    #[test]
    fn marks_and_channels() {
        check(
            r#"{"$schema": "v5", "data": {"values": "<DVC_METRIC_DATA>"}, "mark": {"type": "line", "point": true},
                "encoding": {"x": {"field": "<DVC_METRIC_X>", "scale": {"type": "log"}},
                "y": {"field": "a\\.b", "aggregate": "mean", "scale": {"domain": [1, 0]}}, "color": "<DVC_METRIC_COLOR>"}}"#,
            "Line <DVC_METRIC_X> log Mean a.b (0.0, 1.0) - without ",
        );
        check(
            r#"{"encoding": {"x": {"field": "x"}}, "layer": [{"mark": "rule"}, {"mark": "rect", "encoding":
                {"y": {"field": "y"}, "color": {"aggregate": "count"}}}, {"mark": "text"}]}"#,
            "Rect x y Count - without mark rule, layer.mark text",
        );
    }

    #[test]
    fn what_is_not_understood_is_named() {
        check(
            r#"{"mark": "bar", "transform": [], "encoding": {"x": {"field": "x", "bin": true, "scale": {"type": "sqrt"}},
                "size": {"value": 3}, "tooltip": {}}}"#,
            "Bar x - - without transform, encoding.size, encoding.x.bin, encoding.x.scale.type sqrt",
        );
        check(
            r#"{"mark": "geoshape"}"#,
            "has mark geoshape, and no mark that is understood (line, point, bar, rect, area)",
        );
        check("[]", "is no JSON object");
        check("{", "is no JSON (EOF while parsing an object at line 1 column 1)");
    }
}
