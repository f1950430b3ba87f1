//! Custom templates, from the template's text to a picture.

use super::kinds::{plot, texts};
use super::*;
use crate::tracked::{Column, PlotData, Template};

fn rows(template: &str) -> PlotData {
    let columns = vec![
        ("epoch", Column::Numbers(vec![0.0, 0.0, 1.0, 1.0])),
        ("split", texts(["train", "test", "train", "test"])),
        ("loss", Column::Numbers(vec![10.0, 12.0, 1.0, 2.0])),
    ];
    PlotData {
        y: vec!["loss".to_owned()],
        ..plot("l", Template::Custom(template.to_owned()), Some("epoch"), columns)
    }
}

/// `kind x label; y label: parts` and the notices.
#[track_caller]
fn check(template: &str, expected: &str, expected_notices: &[&str]) {
    let (figures, notices) = figures(None, (&[rows(template)], "head"));
    let figure = &figures[0];
    let kind = match &figure.kind {
        Kind::Chart(chart) => {
            let series = chart.series.iter().map(|series| {
                format!("{} {:?} {:?}", series.column.as_deref().unwrap_or("-"), series.x, series.y)
            });
            let scales = format!("{:?} {:?} {:?} {:?}", chart.style, chart.x, chart.y, chart.y_range);
            format!("{scales}: {}", series.collect::<Vec<_>>().join(" | "))
        }
        Kind::Matrix(matrix) => {
            format!("{:?} {:?} {:?}", matrix.across, matrix.down, matrix.facets[0].cells)
        }
        Kind::Bars(bars) => format!("{:?} {:?}", bars.categories, bars.groups[0].values),
        Kind::Images(_) => "images".to_owned(),
    };
    assert_eq!(format!("{}; {}; {kind}", figure.x_label, figure.y_label), expected);
    assert_eq!(notices.iter().map(ToString::to_string).collect::<Vec<_>>(), expected_notices);
    draw("custom", figure);
}

#[test]
fn lines_by_a_field_over_logarithms() {
    check(
        r#"{"mark": "line", "encoding": {"x": {"field": "<DVC_METRIC_X>", "title": "<DVC_METRIC_X_LABEL>"},
            "y": {"field": "<DVC_METRIC_Y>", "title": "log <DVC_METRIC_Y_LABEL>", "scale": {"type": "log"}},
            "color": {"field": "split"}}}"#,
        "epoch; log loss; Line Linear Log None: test [0.0, 1.0] [12.0, 2.0] | train [0.0, 1.0] [10.0, 1.0]",
        &[],
    );
}

#[test]
fn a_mean_within_a_domain() {
    check(
        r#"{"mark": "area", "encoding": {"x": {"field": "epoch"},
            "y": {"aggregate": "mean", "field": "loss", "scale": {"domain": [0, 5]}}}}"#,
        "epoch; loss; Area Linear Linear Some((0.0, 5.0)): - [0.0, 1.0] [NaN, 1.5]",
        &["l: 1 points are not drawn: they lie outside of the template's scale.domain"],
    );
}

#[test]
fn counted_bars_and_cells() {
    check(
        r#"{"mark": "bar", "encoding": {"x": {"aggregate": "count"}, "y": {"field": "split", "sort": "-x"}}}"#,
        "epoch; split; [\"test\", \"train\"] [2.0, 2.0]",
        &[],
    );
    check(
        r#"{"mark": "rect", "encoding": {"x": {"field": "epoch", "type": "nominal"}, "y": {"field": "split"},
            "color": {"aggregate": "sum", "field": "loss"}}}"#,
        "epoch; split; [\"0\", \"1\"] [\"test\", \"train\"] [12.0, 2.0, 10.0, 1.0]",
        &[],
    );
}

#[test]
fn what_cannot_be_used_is_told() {
    check(
        r#"{"mark": "point", "transform": [{"filter": "x"}], "encoding": {"x": {"field": "epoch"}, "y": {"field": "loss"}}}"#,
        "epoch; loss; Points Linear Linear None: - [0.0, 0.0, 1.0, 1.0] [10.0, 12.0, 1.0, 2.0]",
        &["l: its template uses transform, which is left out"],
    );
    check(
        r#"{"mark": "arc"}"#,
        "epoch; loss; Line Linear Linear None: - [0.0, 0.0, 1.0, 1.0] [10.0, 12.0, 1.0, 2.0]",
        &[
            "l: its template has mark arc, and no mark that is understood (line, point, bar, rect, area), so lines are drawn",
        ],
    );
}
