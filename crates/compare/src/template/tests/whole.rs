//! Whole templates: layers, and those that DVC writes.

use super::{X, Y, check, check_refused, told};

#[test]
fn layers_that_say_the_same_are_one_picture() {
    let layers = |layers: &str| format!(r#"{{"encoding": {{{X}, {Y}}}, "layer": [{layers}]}}"#);
    check(&layers(r#"{"mark": "line"}, {"mark": "point"}"#), "Line, <X>, <Y>, -");
    check(&layers(r#"{"mark": "point"}, {"mark": "line"}"#), "Line, <X>, <Y>, -");
    check(
        &layers(
            r#"{"mark": "rect", "encoding": {"color": {"aggregate": "count"}}},
                {"mark": "text", "encoding": {"text": {"aggregate": "count"}}}"#,
        ),
        "Rect, <X>, <Y>, Count -",
    );
    // What is only seen by pointing at it.
    check(
        &layers(
            r#"{"mark": "line"}, {"mark": "rule", "encoding": {"opacity": {"condition": {"param": "h", "value": 1},
                "value": 0}}}, {"transform": [{"filter": {"selection": "label"}}], "mark": "rule"}"#,
        ),
        "Line, <X>, <Y>, -",
    );
    // Raw points behind a smoothed line.
    check(
        &layers(
            r#"{"mark": "point"}, {"mark": "line", "transform": [{"loess": "<DVC_METRIC_Y>", "on": "<DVC_METRIC_X>",
                "groupby": ["rev"]}]}"#,
        ),
        "Smooth, <X>, <Y>, -",
    );
    for (more, expected) in [
        (r#"{"mark": "rule", "encoding": {"y": {"datum": 0.5}}}"#, "the mark rule"),
        (r#"{"mark": "errorband"}"#, "the mark errorband"),
        (
            r#"{"mark": "area", "encoding": {"y2": {"field": "hi"}}}"#,
            "a second layer (area) with data of its own",
        ),
        (
            r#"{"mark": "line", "encoding": {"y": {"field": "other"}}}"#,
            "a second layer (line) with data of its own",
        ),
        (
            r#"{"mark": "line", "encoding": {"y": {"aggregate": "mean", "field": "<DVC_METRIC_Y>"}}}"#,
            "a second layer (line) with data of its own",
        ),
        (r#"{"data": {"values": [1]}, "mark": "point"}"#, "layer.data"),
    ] {
        check_refused(&layers(&format!(r#"{{"mark": "line"}}, {more}"#)), expected);
    }
}

/// A copy under another name is what people start from.
#[test]
fn dvcs_own_templates_are_what_they_are_by_their_names() {
    macro_rules! check_file {
        ($name:literal, $expected:literal) => {
            let template = include_str!(concat!("../../../../../tests/data/templates/", $name, ".json"));
            assert_eq!(told(template), $expected, $name);
        };
    }
    check_file!("linear", "Smooth, <X>, <Y>, -");
    check_file!("smooth", "Smooth, <X>, <Y>, -");
    check_file!("simple", "Line, <X>, <Y>, -");
    check_file!("scatter", "Point, <X>, <Y>, -");
    check_file!("scatter_jitter", "Jitter, <X>, <Y>, -");
    check_file!("confusion", "Counts, <X>, <Y>, xy_count");
    check_file!("confusion_normalized", "Shares, <X>, <Y>, percent_of_y");
    check_file!("bar_horizontal", "Bar, <X>, <Y>, -");
    check_file!("bar_horizontal_sorted", "Bar, <X>, <Y>, -");
}

/// The shapes that DVC's older versions wrote into `.dvc/plots`.
#[test]
fn older_templates_of_dvc_are_drawn() {
    let hover = r#"{"selection": {"label": {"type": "single", "nearest": true, "on": "mouseover", "encodings": ["x"],
        "empty": "none", "clear": "mouseout"}}, "mark": "point", "encoding": {"opacity": {"condition":
        {"selection": "label", "value": 1}, "value": 0}}}"#;
    let labels = r#"{"transform": [{"filter": {"selection": "label"}}], "layer": [{"mark": {"type": "rule",
        "color": "gray"}, "encoding": {"x": {"field": "<DVC_METRIC_X>", "type": "quantitative"}}}, {"encoding": {"text":
        {"type": "quantitative", "field": "<DVC_METRIC_Y>"}, "x": {"field": "<DVC_METRIC_X>"}, "y":
        {"field": "<DVC_METRIC_Y>"}}, "layer": [{"mark": {"type": "text", "dx": 5}, "encoding": {"color":
        {"field": "rev"}}}]}]}"#;
    let encoding = format!(r#"{X}, {Y}, "color": {{"field": "rev", "type": "nominal"}}"#);
    for (mark, expected) in [("line", "Line, <X>, <Y>, -"), ("point", "Point, <X>, <Y>, -")] {
        check(
            &format!(
                r#"{{"layer": [{{"encoding": {{{encoding}}}, "layer": [{{"mark": "{mark}"}}, {hover}]}}, {labels}]}}"#
            ),
            expected,
        );
    }
    check(
        &format!(
            r#"{{"mark": {{"type": "line"}}, "encoding": {{{encoding}}}, "transform": [{{"loess": "<DVC_METRIC_Y>", "on":
                "<DVC_METRIC_X>", "groupby": ["rev"], "bandwidth": 0.3}}]}}"#
        ),
        "Smooth, <X>, <Y>, -",
    );
    let facet = r#""facet": {"field": "rev", "type": "nominal"}"#;
    check(
        &format!(
            r#"{{"mark": "rect", "encoding": {{{X}, {Y}, "color": {{"aggregate": "count"}}, {facet}}}}}"#
        ),
        "Rect, <X>, <Y>, Count -",
    );
    check(
        &format!(
            r#"{{{facet}, "spec": {{"transform": [{{"aggregate": [{{"op": "count", "as": "n"}}], "groupby":
                ["<DVC_METRIC_Y>", "<DVC_METRIC_X>"]}}, {{"impute": "n", "groupby": ["rev", "<DVC_METRIC_Y>"], "key":
                "<DVC_METRIC_X>", "value": 0}}], "encoding": {{{X}, {Y}}}, "layer": [{{"mark": "rect", "encoding": {{"color":
                {{"field": "n", "type": "quantitative"}}}}}}, {{"mark": "text", "encoding": {{"text": {{"field": "n"}}}}}}]}}}}"#
        ),
        "Counts, <X>, <Y>, n",
    );
}
