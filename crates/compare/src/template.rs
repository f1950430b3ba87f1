//! A user's own template: the part of Vega-Lite that such templates use, and DVC's anchors in it ([`anchors`]).
//!
//! Input: the template's text. Output: a [`Recipe`] with fields as written, DVC's anchors among them, or the names of
//! what in the template is not understood and could change what the picture says. Only what is listed in these files
//! is understood; what is mere look (colours, widths, tooltips, legends, zoom) is listed too, and passed over.
//! <https://vega.github.io/vega-lite/docs/>

pub(super) mod anchors;
mod channel;
mod mark;
mod transform;
mod views;

use serde_json::{Map, Value};

use channel::Channels;
use transform::{Rows, rows};
use views::View;

/// What a template asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    pub mark: Mark,
    pub title: Option<String>,
    /// Of bars the lengths.
    pub x: Encoding,
    /// Of bars the categories.
    pub y: Encoding,
    /// The values of cells.
    pub color: Encoding,
    /// The field that splits the rows into series, beside the revision.
    pub group: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Line,
    /// A line smoothed by a local regression.
    Smooth,
    Point,
    /// Points that are spread by chance.
    Jitter,
    /// Whether rows of one category lie on one another, and do not add up.
    Bar {
        overlaid: bool,
    },
    Rect,
    /// Cells that count the rows of a pair, or its share of those with the same y.
    Counts {
        shares: bool,
    },
    Area,
}

/// A channel of the encoding.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Encoding {
    pub field: Option<String>,
    pub title: Option<String>,
    pub aggregate: Option<Aggregate>,
    pub kind: Option<Type>,
    pub log: bool,
    pub zero: bool,
    pub domain: Option<(f64, f64)>,
    pub sort: Sort,
    pub stack: Stack,
}

/// What a field is said to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Quantitative,
    Temporal,
    /// `nominal` or `ordinal`.
    Names,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    Count,
    Mean,
    Sum,
    Min,
    Max,
}

/// The order of bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    #[default]
    Names,
    /// By the length of the bars, the longest first.
    Longest,
    /// Along an axis the largest first.
    Descending,
}

/// Whether marks at one place stand on one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stack {
    #[default]
    Unsaid,
    Zero,
    Never,
    /// As parts of the whole, or around the middle.
    Other,
}

/// So many parts that are not understood are named.
const MOST_NAMED: usize = 5;

/// What in a template is not understood.
#[derive(Debug, Default)]
struct Unknown(Vec<String>);

impl Unknown {
    fn add(&mut self, part: impl Into<String>) {
        let part = part.into();
        if !self.0.contains(&part) && self.0.len() <= 10 * MOST_NAMED {
            self.0.push(part);
        }
    }

    /// The names as words; `None` if there are none.
    fn said(mut self) -> Option<String> {
        let more = self.0.len().saturating_sub(MOST_NAMED);
        self.0.truncate(MOST_NAMED);
        self.0.extend((more > 0).then(|| format!("{more} more")));
        (!self.0.is_empty()).then(|| self.0.join(", "))
    }
}

/// Reads a template; the error says why it cannot be drawn, as words that follow "its template".
pub fn recipe(template: &str) -> Result<Recipe, String> {
    let value: Value =
        serde_json::from_str(template).map_err(|error| format!("is not valid JSON ({error})"))?;
    let Value::Object(spec) = value else { return Err("is not a JSON object".to_owned()) };
    let data = spec.get("data");
    if !(is_data(data) || (data.is_none() && template.contains("\"<DVC_METRIC_DATA>\""))) {
        return Err("does not use <DVC_METRIC_DATA> as its data".to_owned());
    }
    let mut unknown = Unknown::default();
    let recipe = read(&spec, &mut unknown);
    match (unknown.said(), recipe) {
        (None, Some(recipe)) => Ok(recipe),
        (None, None) => Err("has no mark with a field on x and on y".to_owned()),
        (Some(parts), _) => {
            Err(format!("uses {parts}, which cml cannot draw and without which the picture would be another"))
        }
    }
}

fn read(spec: &Map<String, Value>, unknown: &mut Unknown) -> Option<Recipe> {
    let view = views::main(spec, unknown)?;
    let channels = Channels::read(&view, unknown);
    let rows = rows(&view, &channels, unknown);
    let mark = mark(&view, rows, &channels)?;
    let title = match spec.get("title") {
        Some(Value::Object(title)) => title.get("text").and_then(Value::as_str),
        title => title.and_then(Value::as_str),
    };
    let recipe = Recipe {
        mark,
        title: title.map(str::to_owned),
        group: channels.group.clone(),
        x: channels.x,
        y: channels.y,
        color: channels.color,
    };
    mark::by_mark(recipe, view.mark_property("orient"), unknown)
}

/// The mark, by its name and what is done to the rows.
fn mark(view: &View<'_>, rows: Rows, channels: &Channels) -> Option<Mark> {
    Some(match (view.mark_name()?, rows) {
        ("line" | "trail", Rows::Smooth) => Mark::Smooth,
        ("line" | "trail", _) => Mark::Line,
        (_, Rows::Spread) => Mark::Jitter,
        ("area", _) => Mark::Area,
        ("bar", _) => {
            Mark::Bar { overlaid: [&channels.x, &channels.y].iter().any(|axis| axis.stack == Stack::Never) }
        }
        ("rect", Rows::Counted { shares }) => Mark::Counts { shares },
        ("rect", _) => Mark::Rect,
        _ => Mark::Point,
    })
}

/// Whether data is what DVC fills in.
fn is_data(data: Option<&Value>) -> bool {
    let values = match data {
        Some(Value::Object(data)) => data.get("values"),
        data => data,
    };
    values.and_then(Value::as_str) == Some("<DVC_METRIC_DATA>")
}

/// Whether a text stands for what DVC fills in to tell its sources apart.
fn is_anchor(text: &str) -> bool {
    text.starts_with("<DVC_METRIC_") && text.ends_with('>')
}

/// Whether a field tells revisions apart, which every picture here does by itself.
fn is_revision(field: &str) -> bool {
    field == "rev"
        || (is_anchor(field)
            && !["<DVC_METRIC_X>", "<DVC_METRIC_Y>", "<DVC_METRIC_PIVOT_FIELD>"].contains(&field))
}

/// Vega escapes what would be a path: `train\.loss`.
fn unescaped(field: &str) -> String {
    field.replace("\\.", ".").replace("\\[", "[").replace("\\]", "]")
}

#[cfg(test)]
mod tests;
