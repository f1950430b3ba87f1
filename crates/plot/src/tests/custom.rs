//! Custom templates, from the template's text to a picture.

use super::kinds::{plot, texts};
use super::*;
use cml_tracked::{Column, PlotData, Template};

fn custom(template: &str) -> Template {
    let text = template.replacen('{', r#"{"data": {"values": "<DVC_METRIC_DATA>"}, "#, 1);
    Template::Custom { name: "mine".to_owned(), text }
}

fn rows(template: &str) -> PlotData {
    let columns = vec![
        ("epoch", Column::Numbers(vec![0.0, 0.0, 1.0, 1.0])),
        ("split", texts(["train", "test", "train", "test"])),
        ("loss", Column::Numbers(vec![10.0, 12.0, 1.0, 2.0])),
    ];
    PlotData { y: vec!["loss".to_owned()], ..plot("l", custom(template), Some("epoch"), columns) }
}

/// `kind x label; y label: parts` and the notices.
#[track_caller]
fn check(template: &str, expected: &str, expected_notices: &[&str]) {
    let (figures, notices) = figures(&[(&[rows(template)], "head")]);
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
        "count; split; [\"test\", \"train\"] [2.0, 2.0]",
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
fn bars_have_the_titles_of_what_they_show() {
    check(
        r#"{"mark": "bar", "encoding": {"x": {"field": "split", "type": "nominal", "title": "part"}, "y": {"aggregate":
            "mean", "field": "loss", "title": "mean loss"}}}"#,
        "mean loss; part; [\"test\", \"train\"] [7.0, 5.5]",
        &[],
    );
    check(
        r#"{"mark": "bar", "encoding": {"x": {"field": "split"}, "y": {"aggregate": "count"}}}"#,
        "count; split; [\"test\", \"train\"] [2.0, 2.0]",
        &[],
    );
}

#[test]
fn pairs_are_counted_as_the_template_counts_them() {
    check(
        r#"{"transform": [{"aggregate": [{"op": "count", "as": "n"}], "groupby": ["epoch", "split"]}], "mark": "rect",
            "encoding": {"x": {"field": "epoch", "type": "nominal"}, "y": {"field": "split", "type": "nominal"}, "color":
            {"field": "n", "type": "quantitative"}}}"#,
        "epoch; split; [\"0\", \"1\"] [\"test\", \"train\"] [1.0, 1.0, 1.0, 1.0]",
        &[],
    );
}

/// The notice, for there is no figure.
#[track_caller]
fn check_refused(template: &str, expected: &str) {
    let (figures, notices) = figures(&[(&[rows(template)], "head")]);
    assert_eq!(figures, []);
    assert_eq!(notices.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
}

#[test]
fn what_would_be_another_picture_is_not_drawn() {
    check_refused(
        r#"{"mark": "point", "transform": [{"filter": "x"}], "encoding": {"x": {"field": "epoch"}, "y": {"field": "loss"}}}"#,
        "l: its template mine uses transform (filter), which cml cannot draw and without which the picture would be \
         another, so it is not drawn",
    );
    check_refused(
        r#"{"mark": "boxplot", "encoding": {"x": {"field": "epoch"}, "y": {"field": "loss"}}}"#,
        "l: its template mine uses the mark boxplot, which cml cannot draw and without which the picture would be another, \
         so it is not drawn",
    );
    // The rows decide: bars that lie on one another hide all but the longest, and cells all but the last.
    check_refused(
        r#"{"mark": "bar", "encoding": {"x": {"field": "split"}, "y": {"field": "loss", "type": "quantitative", "stack": false}}}"#,
        "l: its template mine draws the rows of one place over one another, and head has several rows for one, so it is \
         not drawn",
    );
    check_refused(
        r#"{"mark": "rect", "encoding": {"x": {"field": "split"}, "y": {"field": "split"}, "color": {"field": "loss"}}}"#,
        "l: its template mine draws the rows of one place over one another, and head has several rows for one, so it is \
         not drawn",
    );
    check_refused(
        r#"{"mark": "bar", "encoding": {"x": {"field": "epoch", "type": "ordinal"}, "y": {"field": "split", "type": "quantitative"}}}"#,
        "l: its template mine takes split for numbers, and head holds text there, so it is not drawn",
    );
    check_refused(
        r#"{"mark": "line", "encoding": {"x": {"field": "epoch", "type": "temporal"}, "y": {"field": "loss"}}}"#,
        "l: its template mine takes x for dates, and head holds numbers, so it is not drawn",
    );
}
