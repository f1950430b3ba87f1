//! The report for programs: `cml-report/1`, described by `docs/report.schema.json` and only ever extended.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use cml_compare::{Change, Delta, Direction, Display, Divergence, Judgement, Measure};
use cml_plot::{Chart, Figure, ImagePair, ImageState, Kind, Series, Shown, Style, Which};
use cml_report::{Report, Side, Unread};
use cml_tracked::{Scalar, What};

/// Renders a report as JSON. Numbers that JSON has no word for are the strings `"NaN"`, `"inf"` and `"-inf"`;
/// integers of any size are written out.
pub fn json(report: &Report) -> String {
    let tally = report.tally();
    let document = Document {
        schema: "cml-report/1",
        base: report.base.as_ref().map(|side| side_of(side)),
        head: side_of(&report.head),
        base_age_seconds: report.base_age,
        own_progress_only: report.own_progress_only,
        verdict: BTreeMap::from([
            ("better", tally.better),
            ("worse", tally.worse),
            ("changed", tally.changed),
            ("unchanged", tally.unchanged),
            ("new", tally.new),
            ("removed", tally.removed),
            ("unreadable", tally.unreadable),
        ]),
        metrics: report.metrics.iter().map(|change| value(change, true)).collect(),
        params: report.params.iter().map(|change| value(change, false)).collect(),
        plots: report.figures.iter().map(figure).collect(),
        gates: [],
        unreadable: report.unread.iter().map(unread).collect(),
        notices: report
            .notices
            .iter()
            .map(|notice| NoticeJson { about: notice.about.as_deref(), text: &notice.text })
            .collect(),
    };
    // Only text keys and values that cannot fail; an empty object would say so loudly.
    serde_json::to_string_pretty(&document).map_or_else(|_| "{}\n".to_owned(), |text| text + "\n")
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    base: Option<SideJson<'a>>,
    head: SideJson<'a>,
    base_age_seconds: Option<i64>,
    own_progress_only: bool,
    verdict: BTreeMap<&'static str, usize>,
    metrics: Vec<Value<'a>>,
    params: Vec<Value<'a>>,
    plots: Vec<Plot<'a>>,
    gates: [(); 0],
    /// What is there on one side and cannot be read.
    unreadable: Vec<UnreadJson<'a>>,
    notices: Vec<NoticeJson<'a>>,
}

#[derive(Serialize)]
struct UnreadJson<'a> {
    side: &'static str,
    path: &'a str,
    kind: &'static str,
    why: &'a str,
}

#[derive(Serialize)]
struct SideJson<'a> {
    label: &'a str,
    commit: Option<&'a str>,
}

#[derive(Serialize)]
struct Value<'a> {
    path: &'a str,
    key: &'a str,
    old: Option<Number<'a>>,
    new: Option<Number<'a>>,
    delta: Option<Number<'a>>,
    /// Params are given, so none is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction_guessed: Option<bool>,
    /// Only where it is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    direction_by_change: Option<bool>,
    judgement: &'static str,
    /// Of a metric that is no number on one side.
    #[serde(skip_serializing_if = "Option::is_none")]
    divergence: Option<&'static str>,
    /// How the project wants it written; the values above are as they are in the files.
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<DisplayJson<'a>>,
}

#[derive(Serialize)]
struct DisplayJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
    percent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    precision: Option<u8>,
}

#[derive(Serialize)]
struct Plot<'a> {
    id: &'a str,
    title: &'a str,
    x_label: &'a str,
    y_label: &'a str,
    kind: &'static str,
    /// Of lines and points.
    series: Vec<SeriesJson<'a>>,
    /// Of confusion matrices.
    #[serde(skip_serializing_if = "Option::is_none")]
    matrix: Option<MatrixJson<'a>>,
    /// Of bars.
    #[serde(skip_serializing_if = "Option::is_none")]
    bars: Option<BarsJson<'a>>,
    /// Of image files, one or those of a folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    images: Option<ImagesJson<'a>>,
}

#[derive(Serialize)]
struct ImagesJson<'a> {
    /// Those that changed, are new or are gone.
    pairs: Vec<ImageJson<'a>>,
    /// How many more of the folder changed.
    more: usize,
    unchanged: &'a [String],
}

#[derive(Serialize)]
struct ImageJson<'a> {
    name: &'a str,
    state: &'static str,
    /// Width and height in pixels.
    base: Option<[u32; 2]>,
    head: Option<[u32; 2]>,
    /// The part of the pixels in which a channel differs by more than 10 of 255.
    changed: Option<f64>,
    /// The mean of the channels' differences, as a part of 255.
    mean: Option<f64>,
}

#[derive(Serialize)]
struct MatrixJson<'a> {
    /// The values of x, from left to right, and of y, from top to bottom.
    across: &'a [String],
    down: &'a [String],
    /// Cells are parts of their row.
    normalized: bool,
    facets: Vec<ValuesJson<'a>>,
}

#[derive(Serialize)]
struct BarsJson<'a> {
    categories: &'a [String],
    groups: Vec<ValuesJson<'a>>,
}

#[derive(Serialize)]
struct ValuesJson<'a> {
    revision: &'static str,
    label: &'a str,
    column: Option<&'a str>,
    /// A cell per pair, row by row, or a bar per category; null where there is none.
    values: Vec<Option<f64>>,
}

#[derive(Serialize)]
struct SeriesJson<'a> {
    revision: &'static str,
    label: &'a str,
    column: Option<&'a str>,
    /// How many points are finite.
    points: usize,
    first: Option<f64>,
    last: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
}

#[derive(Serialize)]
struct NoticeJson<'a> {
    about: Option<&'a str>,
    text: &'a str,
}

/// A tracked value, or a difference.
enum Number<'a> {
    Scalar(&'a Scalar),
    Delta(&'a Delta),
}

impl Serialize for Number<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = |value: &num_bigint::BigInt, serializer: S| {
            RawValue::from_string(value.to_string()).map_err(serde::ser::Error::custom)?.serialize(serializer)
        };
        let float = |value: f64, serializer: S| {
            if value.is_finite() {
                serializer.serialize_f64(value)
            } else {
                serializer.serialize_str(&value.to_string())
            }
        };
        match self {
            Self::Scalar(Scalar::Null) => serializer.serialize_unit(),
            Self::Scalar(Scalar::Bool(value)) => serializer.serialize_bool(*value),
            Self::Scalar(Scalar::Text(value)) => serializer.serialize_str(value),
            Self::Scalar(Scalar::Int(value)) | Self::Delta(Delta::Int(value)) => whole(value, serializer),
            Self::Scalar(Scalar::Float(value)) | Self::Delta(Delta::Float(value)) => {
                float(*value, serializer)
            }
        }
    }
}

fn unread(unread: &Unread) -> UnreadJson<'_> {
    let kind = match unread.what {
        What::Metrics => "metrics",
        What::Params => "params",
        What::Files => "files",
    };
    let side = if unread.of_base { "base" } else { "head" };
    UnreadJson { side, path: &unread.path, kind, why: &unread.why }
}

fn side_of(side: &Side) -> SideJson<'_> {
    SideJson { label: &side.label, commit: side.commit.as_ref().map(cml_base::ident::Sha::as_str) }
}

fn value(change: &Change, metric: bool) -> Value<'_> {
    let direction = match change.direction {
        Direction::Higher => "higher",
        Direction::Lower => "lower",
        Direction::Unknown => "unknown",
        Direction::Fact => "fact",
    };
    Value {
        path: &change.path,
        key: &change.key,
        old: change.old.as_ref().map(Number::Scalar),
        new: change.new.as_ref().map(Number::Scalar),
        delta: change.delta.as_ref().map(Number::Delta),
        direction: metric.then_some(direction),
        direction_guessed: metric.then_some(change.guessed),
        direction_by_change: change.by_change.then_some(true),
        judgement: match change.judgement {
            Judgement::Better => "better",
            Judgement::Worse => "worse",
            Judgement::Unchanged => "unchanged",
            Judgement::Changed => "changed",
            Judgement::New => "new",
            Judgement::Removed => "removed",
            Judgement::Unreadable => "unreadable",
        },
        divergence: change.divergence().filter(|_| metric).map(Divergence::as_str),
        display: display(&change.display),
    }
}

/// `None` where nothing is said.
fn display(display: &Display) -> Option<DisplayJson<'_>> {
    let Display { name, measure, precision, only_adds: _ } = display;
    let unit = match measure {
        Some(Measure::Unit(unit)) => Some(unit.as_str()),
        _ => None,
    };
    let percent = *measure == Some(Measure::Percent);
    let is_said = name.is_some() || measure.is_some() || precision.is_some();
    is_said.then_some(DisplayJson { name: name.as_deref(), unit, percent, precision: *precision })
}

fn figure(figure: &Figure) -> Plot<'_> {
    let (mut series, mut matrix, mut bars, mut images) = (Vec::new(), None, None, None);
    let kind = match &figure.kind {
        Kind::Chart(chart) => {
            series = chart.series.iter().map(self::series).collect();
            style(chart)
        }
        Kind::Matrix(of) => {
            let facets = of.facets.iter().map(|own| ValuesJson {
                label: &own.label,
                column: own.column.as_deref(),
                ..values(own.which, &own.cells)
            });
            let facets = facets.collect();
            matrix = Some(MatrixJson { across: &of.across, down: &of.down, normalized: of.shares, facets });
            "confusion"
        }
        Kind::Bars(of) => {
            let groups = of.groups.iter().map(|own| ValuesJson {
                label: &own.label,
                column: own.column.as_deref(),
                ..values(own.which, &own.values)
            });
            bars = Some(BarsJson { categories: &of.categories, groups: groups.collect() });
            "bars"
        }
        Kind::Images(of) => {
            let pairs = of.pairs.iter().map(image).collect();
            images = Some(ImagesJson { pairs, more: of.more, unchanged: &of.unchanged });
            "images"
        }
    };
    let Figure { id, title, x_label, y_label, .. } = figure;
    Plot { id, title, x_label, y_label, kind, series, matrix, bars, images }
}

fn image(pair: &ImagePair) -> ImageJson<'_> {
    let size = |shown: &Option<Shown>| shown.as_ref().map(|shown| [shown.width, shown.height]);
    let (state, score) = match &pair.state {
        ImageState::Changed(score, _) => ("changed", Some(score)),
        ImageState::Unchanged => ("unchanged", None),
        ImageState::New => ("new", None),
        ImageState::Removed => ("removed", None),
        ImageState::Alone => ("unknown", None),
    };
    ImageJson {
        name: &pair.name,
        state,
        base: size(&pair.base),
        head: size(&pair.head),
        changed: score.map(|score| score.changed),
        mean: score.map(|score| score.mean),
    }
}

fn style(chart: &Chart) -> &'static str {
    match chart.style {
        Style::Line => "line",
        Style::Smooth => "smooth",
        Style::Area => "area",
        Style::Points => "points",
        Style::Jitter => "jitter",
    }
}

fn side(which: Which) -> &'static str {
    match which {
        Which::Base => "base",
        Which::Head => "head",
    }
}

fn values(which: Which, values: &[f64]) -> ValuesJson<'static> {
    let values = values.iter().map(|value| value.is_finite().then_some(*value)).collect();
    ValuesJson { revision: side(which), label: "", column: None, values }
}

fn series(series: &Series) -> SeriesJson<'_> {
    let mut finite = series.y.iter().copied().filter(|value| value.is_finite()).peekable();
    let first = finite.peek().copied();
    let (mut points, mut last, mut min, mut max) = (0, None, None, None);
    for value in finite {
        points += 1;
        last = Some(value);
        min = Some(min.map_or(value, |min: f64| min.min(value)));
        max = Some(max.map_or(value, |max: f64| max.max(value)));
    }
    let (revision, label, column) = (side(series.which), series.label.as_str(), series.column.as_deref());
    SeriesJson { revision, label, column, points, first, last, min, max }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::tests::report;

    #[test]
    fn numbers_of_every_kind_survive() {
        let mut report = report();
        report.metrics[0].new = Some(Scalar::Float(f64::NAN));
        report.metrics[1].new = "123456789012345678901234567890".parse().ok().map(Scalar::Int);
        let text = json(&report);
        assert!(
            text.contains("\"new\": \"NaN\"") && text.contains("\"new\": 123456789012345678901234567890"),
            "{text}"
        );
        let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(parsed["schema"], "cml-report/1");
        assert_eq!(parsed["verdict"]["better"], 1);
        assert_eq!(parsed["metrics"][0]["divergence"], "diverged");
        assert_eq!(parsed["metrics"][1].get("divergence"), None);
        assert_eq!(parsed["params"][0]["new"], 0.0003);
        assert_eq!(parsed["plots"][0]["series"][0]["last"], 0.5);
    }
}
