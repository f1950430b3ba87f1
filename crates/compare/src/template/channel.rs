//! The channels of an encoding: which columns are drawn, and how.

use serde_json::Value;

use super::views::{View, is_by_revision};
use super::{Aggregate, Encoding, Sort, Stack, Type, Unknown, unescaped};

/// Channels that are look, or tell nothing that is seen.
const LOOK: [&str; 7] = ["tooltip", "href", "url", "description", "key", "text", "cursor"];
/// Channels that are look where they have one value, and data where they have a field.
const SIZES: [&str; 7] =
    ["size", "opacity", "fillOpacity", "strokeOpacity", "strokeWidth", "angle", "strokeDash"];
/// Channels that lay out revisions, which we do by ourselves.
const PLACES: [&str; 5] = ["column", "row", "facet", "xOffset", "yOffset"];
/// Channels whose field splits the rows into series.
const GROUPS: [&str; 6] = ["color", "fill", "stroke", "detail", "strokeDash", "shape"];
/// Properties of x and y that are look.
const AXIS_LOOK: [&str; 4] = ["legend", "header", "band", "bandPosition"];
/// Properties of a scale that are look; the ends of an axis are ours, but for a whole domain.
const SCALE_LOOK: [&str; 14] = [
    "nice",
    "padding",
    "paddingInner",
    "paddingOuter",
    "align",
    "round",
    "base",
    "clamp",
    "domainMin",
    "domainMax",
    "scheme",
    "interpolate",
    "range",
    "zero",
];
/// Properties of a mark that are look.
const MARK_LOOK: [&str; 53] = [
    "type",
    "style",
    "clip",
    "aria",
    "description",
    "tooltip",
    "href",
    "url",
    "cursor",
    "color",
    "fill",
    "stroke",
    "filled",
    "opacity",
    "fillOpacity",
    "strokeOpacity",
    "strokeWidth",
    "strokeDash",
    "strokeDashOffset",
    "strokeCap",
    "strokeJoin",
    "strokeMiterLimit",
    "strokeOffset",
    "blend",
    "shape",
    "size",
    "point",
    "line",
    "interpolate",
    "tension",
    "cornerRadius",
    "cornerRadiusEnd",
    "cornerRadiusTopLeft",
    "cornerRadiusTopRight",
    "cornerRadiusBottomLeft",
    "cornerRadiusBottomRight",
    "width",
    "height",
    "thickness",
    "bandSize",
    "binSpacing",
    "continuousBandSize",
    "discreteBandSize",
    "minBandSize",
    "orient",
    "align",
    "baseline",
    "angle",
    "font",
    "fontSize",
    "fontStyle",
    "fontWeight",
    "invalid",
];

/// What the channels of a view say.
#[derive(Debug, Default)]
pub(super) struct Channels {
    pub x: Encoding,
    pub y: Encoding,
    pub color: Encoding,
    pub group: Option<String>,
    /// The fields of offsets.
    offsets: Vec<(String, String)>,
}

impl Channels {
    /// Reads the channels; what is not understood is added to the names of that.
    pub(super) fn read(view: &View<'_>, unknown: &mut Unknown) -> Self {
        for (name, value) in view.mark_properties() {
            let is_blank = name == "opacity" && value.as_f64() == Some(0.0);
            let is_zero = name == "invalid" && !value.is_string();
            if is_blank || is_zero || !MARK_LOOK.contains(&name.as_str()) {
                unknown.add(format!("mark.{name}"));
            }
        }
        let mut channels = Self::default();
        let is_cell = view.mark_name() == Some("rect");
        let is_line = matches!(view.mark_name(), Some("line" | "trail" | "area"));
        for (name, value) in &view.channels {
            let known = match *name {
                "x" => axis(name, value, &mut channels.x, unknown),
                "y" => axis(name, value, &mut channels.y, unknown),
                "color" | "fill" if is_cell => axis("color", value, &mut channels.color, unknown),
                "order" => !is_line || is_ordered_by_x(value, view.channel("x")),
                name if PLACES.contains(&name) => channels.places(name, value),
                name if LOOK.contains(&name) || value.is_null() || value.is_string() => true,
                name if GROUPS.contains(&name) && is_by_revision(value) => true,
                name if GROUPS.contains(&name) && has_field(value) => channels.groups(value),
                name if GROUPS.contains(&name) || SIZES.contains(&name) => is_one_look(name, value),
                _ => false,
            };
            if !known {
                unknown.add(format!("encoding.{name}"));
            }
        }
        channels
    }

    /// The fields that are drawn, with the names of their channels.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let axes = [("x", &self.x), ("y", &self.y), ("color", &self.color)];
        let axes = axes.into_iter().filter_map(|(name, axis)| Some((name, axis.field.as_deref()?)));
        let offsets = self.offsets.iter().map(|(name, field)| (name.as_str(), field.as_str()));
        axes.chain(self.group.as_deref().map(|field| ("color", field))).chain(offsets)
    }

    /// Takes what lays out revisions, and offsets, of which it is seen later whether they are chance.
    fn places(&mut self, name: &str, value: &Value) -> bool {
        if is_by_revision(value) {
            return true;
        }
        let field = value.get("field").and_then(Value::as_str).filter(|_| name.ends_with("Offset"));
        self.offsets.extend(field.map(|field| (name.to_owned(), unescaped(field))));
        field.is_some()
    }

    /// Takes the field that splits the rows: one, of names.
    fn groups(&mut self, value: &Value) -> bool {
        let all = match value {
            Value::Array(all) => all.iter().collect(),
            one => vec![one],
        };
        all.into_iter().filter(|one| !is_by_revision(one)).all(|one| {
            let part = conditional(one);
            let plain = ["aggregate", "bin", "timeUnit"].iter().all(|key| !is_set(part.get(key)));
            let field = part.get("field").and_then(Value::as_str).map(unescaped);
            let is_measure = part.get("type").and_then(Value::as_str) == Some("quantitative");
            if !plain || is_measure || field.is_none() || (self.group.is_some() && self.group != field) {
                return false;
            }
            self.group = field;
            true
        })
    }
}

/// A channel, or the part of it that holds while nothing is pointed at.
fn conditional(channel: &Value) -> &Value {
    match channel.get("condition") {
        Some(condition) if channel.get("field").is_none() && condition.get("field").is_some() => condition,
        _ => channel,
    }
}

fn has_field(channel: &Value) -> bool {
    match channel {
        Value::Array(all) => all.iter().any(has_field),
        one => conditional(one).get("field").is_some() || one.get("aggregate").is_some(),
    }
}

/// Whether a channel has one value for all rows, and hides none of them.
fn is_one_look(name: &str, channel: &Value) -> bool {
    let hides = |value: Option<&Value>| {
        name != "strokeDash" && name != "angle" && value.and_then(Value::as_f64) == Some(0.0)
    };
    let condition = channel.get("condition");
    let conditions: Vec<&Value> = match condition {
        Some(Value::Array(all)) => all.iter().collect(),
        one => one.into_iter().collect(),
    };
    let plain = |value: &Value| value.get("field").is_none() && !hides(value.get("value"));
    plain(channel) && conditions.into_iter().all(plain)
}

fn is_ordered_by_x(order: &Value, x: Option<&Value>) -> bool {
    match order.get("field") {
        Some(field) => Some(field) == x.and_then(|x| x.get("field")),
        None => true,
    }
}

/// Whether a property is there and not switched off.
fn is_set(value: Option<&Value>) -> bool {
    !matches!(value, None | Some(Value::Null | Value::Bool(false)))
}

/// Reads a channel with an axis, or the colours of cells.
fn axis(name: &str, channel: &Value, encoding: &mut Encoding, unknown: &mut Unknown) -> bool {
    if channel.is_null() || (name == "color" && channel.as_str().is_some()) {
        return true;
    }
    let Some(channel) = channel.as_object() else { return false };
    for (key, value) in channel {
        let understood = match key.as_str() {
            "field" => value.as_str().map(|field| encoding.field = Some(unescaped(field))).is_some(),
            "title" => {
                encoding.title = value.as_str().map(str::to_owned).or_else(|| encoding.title.take());
                true
            }
            "type" => kind(value, encoding),
            "aggregate" => {
                encoding.aggregate = aggregate(value);
                encoding.aggregate.is_some() || value.is_null()
            }
            "sort" => {
                encoding.sort = sort(value);
                true
            }
            "scale" if name == "color" => true,
            "scale" => scale(name, value, encoding, unknown),
            "axis" => axis_look(value, encoding),
            "stack" => {
                encoding.stack = stack(value);
                true
            }
            "bin" | "timeUnit" | "impute" => !is_set(Some(value)),
            "condition" | "value" if name == "color" => value.get("field").is_none(),
            key => AXIS_LOOK.contains(&key),
        };
        if !understood {
            unknown.add(format!("encoding.{name}.{key}"));
        }
    }
    true
}

fn kind(value: &Value, encoding: &mut Encoding) -> bool {
    encoding.kind = match value.as_str() {
        Some("quantitative") => Some(Type::Quantitative),
        Some("temporal") => Some(Type::Temporal),
        Some("nominal" | "ordinal") => Some(Type::Names),
        // DVC fills in the kind of some.
        Some(text) => return text.starts_with('<'),
        None => return value.is_null(),
    };
    true
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

fn sort(value: &Value) -> Sort {
    match value.as_str().or_else(|| value.get("order").and_then(Value::as_str)) {
        Some("-x" | "-y") => Sort::Longest,
        Some("descending") => Sort::Descending,
        _ => Sort::Names,
    }
}

fn stack(value: &Value) -> Stack {
    match value {
        Value::Null | Value::Bool(false) => Stack::Never,
        Value::Bool(true) => Stack::Zero,
        value if value.as_str() == Some("zero") => Stack::Zero,
        _ => Stack::Other,
    }
}

/// An axis' title counts more than that of its channel. Numbers that are rewritten are no look.
fn axis_look(value: &Value, encoding: &mut Encoding) -> bool {
    if let Some(title) = value.get("title").and_then(Value::as_str) {
        encoding.title = Some(title.to_owned());
    }
    value.get("labelExpr").is_none()
}

fn scale(name: &str, value: &Value, encoding: &mut Encoding, unknown: &mut Unknown) -> bool {
    let Some(scale) = value.as_object() else { return false };
    encoding.zero = scale.get("zero") == Some(&Value::Bool(true));
    for (key, value) in scale {
        let understood = match key.as_str() {
            "type" => match value.as_str() {
                Some("log") => {
                    encoding.log = true;
                    true
                }
                kind => matches!(kind, None | Some("linear" | "time" | "utc" | "band" | "point" | "ordinal")),
            },
            "domain" => domain(value, encoding),
            "reverse" => !is_set(Some(value)),
            key => SCALE_LOOK.contains(&key),
        };
        if !understood {
            unknown.add(format!("encoding.{name}.scale.{key}"));
        }
    }
    true
}

/// Two numbers; by a selection it is all there is until somebody selects.
fn domain(value: &Value, encoding: &mut Encoding) -> bool {
    match value {
        Value::Array(ends) => match ends.as_slice() {
            [low, high] => match (low.as_f64(), high.as_f64()) {
                (Some(low), Some(high)) => {
                    encoding.domain = Some((low.min(high), low.max(high)));
                    low < high
                }
                _ => false,
            },
            _ => false,
        },
        Value::String(text) => text == "unaggregated",
        value => value.get("param").or_else(|| value.get("selection")).is_some(),
    }
}
