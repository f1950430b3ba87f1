//! Templates: what is understood of them, what is passed over, and what refuses the picture.

mod whole;

use super::*;

const X: &str = r#""x": {"field": "<DVC_METRIC_X>"}"#;
const Y: &str = r#""y": {"field": "<DVC_METRIC_Y>", "type": "quantitative"}"#;

fn with_data(template: &str) -> String {
    template.replacen('{', r#"{"data": {"values": "<DVC_METRIC_DATA>"}, "#, 1)
}

/// `mark, x, y, color by group`, or why there is no picture.
fn told(template: &str) -> String {
    let recipe = match recipe(template) {
        Err(why) => return why,
        Ok(recipe) => recipe,
    };
    let channel = |channel: &Encoding| {
        let field = channel.field.as_deref().unwrap_or("-");
        format!(
            "{}{}{}{}",
            channel.aggregate.map(|a| format!("{a:?} ")).unwrap_or_default(),
            field.replace("<DVC_METRIC_", "<"),
            if channel.log { " log" } else { "" },
            channel.domain.map(|domain| format!(" {domain:?}")).unwrap_or_default()
        )
    };
    let (x, y, color) = (channel(&recipe.x), channel(&recipe.y), channel(&recipe.color));
    let group = recipe.group.map(|group| format!(" by {group}")).unwrap_or_default();
    let mark = match recipe.mark {
        Mark::Bar { overlaid } => if overlaid { "Bar overlaid" } else { "Bar" }.to_owned(),
        Mark::Counts { shares } => if shares { "Shares" } else { "Counts" }.to_owned(),
        mark => format!("{mark:?}"),
    };
    format!("{mark}, {x}, {y}, {color}{group}")
}

#[track_caller]
fn check(template: &str, expected: &str) {
    assert_eq!(told(&with_data(template)), expected, "{template}");
}

/// A template whose parts are named as not understood.
#[track_caller]
fn check_refused(template: &str, parts: &str) {
    check(
        template,
        &format!("uses {parts}, which cml cannot draw and without which the picture would be another"),
    );
}

#[test]
fn marks_and_channels() {
    check(
        r#"{"$schema": "v5", "mark": {"type": "line", "point": true}, "encoding": {"x": {"field": "<DVC_METRIC_X>",
            "scale": {"type": "log"}}, "y": {"field": "a\\.b", "aggregate": "mean", "scale": {"domain": [0, 1]}},
            "color": "<DVC_METRIC_COLOR>"}}"#,
        "Line, <X> log, Mean a.b (0.0, 1.0), -",
    );
    for (mark, expected) in [
        ("trail", "Line"),
        ("circle", "Point"),
        ("square", "Point"),
        ("tick", "Point"),
        ("area", "Area"),
        ("point", "Point"),
    ] {
        check(
            &format!(r#"{{"mark": "{mark}", "encoding": {{{X}, {Y}}}}}"#),
            &format!("{expected}, <X>, <Y>, -"),
        );
    }
    check(
        &format!(
            r#"{{"mark": "rect", "encoding": {{{X}, {Y}, "color": {{"aggregate": "sum", "field": "n"}}}}}}"#
        ),
        "Rect, <X>, <Y>, Sum n",
    );
}

#[test]
fn bars_are_turned_so_that_x_has_their_lengths() {
    let bars = |mark: &str, encoding: &str| format!(r#"{{"mark": {mark}, "encoding": {{{encoding}}}}}"#);
    check(&bars(r#""bar""#, &format!("{X}, {Y}")), "Bar, <Y>, <X>, -");
    check(
        &bars(
            r#""bar""#,
            r#""x": {"field": "v", "type": "quantitative"}, "y": {"field": "k", "type": "nominal"}"#,
        ),
        "Bar, v, k, -",
    );
    // Both are numbers, as in DVC's own example.
    let both = r#""x": {"field": "a", "type": "quantitative"}, "y": {"field": "b", "type": "quantitative"}"#;
    check(&bars(r#""bar""#, both), "Bar, b, a, -");
    check(&bars(r#"{"type": "bar", "orient": "horizontal"}"#, both), "Bar, a, b, -");
    check(
        &bars(r#""bar""#, r#""x": {"field": "k"}, "y": {"aggregate": "mean", "field": "v"}"#),
        "Bar, Mean v, k, -",
    );
    check(&bars(r#""bar""#, r#""x": {"aggregate": "count"}, "y": {"field": "k"}"#), "Bar, Count -, k, -");
    check(
        &bars(
            r#""bar""#,
            &format!(
                r#"{X}, "y": {{"field": "v", "type": "quantitative", "stack": false}}, "xOffset": {{"field": "rev"}}"#
            ),
        ),
        "Bar overlaid, v, <X>, -",
    );
    check_refused(
        &bars(r#""bar""#, r#""x": {"field": "a"}, "y": {"field": "b"}"#),
        "bars without a quantitative axis",
    );
    check_refused(
        &bars(
            r#""bar""#,
            r#""x": {"field": "a", "aggregate": "sum"}, "y": {"field": "b", "aggregate": "sum"}"#,
        ),
        "an aggregate of the bars' categories",
    );
}

/// All that changes nothing of what a picture says.
#[test]
fn look_is_passed_over() {
    let look = [
        r#""width": 300, "height": {"step": 20}, "config": {"view": {"stroke": null}}, "background": "white""#,
        r#""params": [{"name": "grid", "select": "interval", "bind": "scales"}], "autosize": "fit""#,
        r#""selection": {"zoom": {"type": "interval", "bind": "scales"}}, "padding": 5, "usermeta": {}"#,
        r#""transform": []"#,
        r#""transform": [{"calculate": "datum.a * 2", "as": "unused"}, {"window": [{"op": "row_number", "as": "n"}]}]"#,
        r#""resolve": {"scale": {"y": "independent"}}, "description": "d", "name": "n""#,
        r#""title": {"text": "t", "anchor": "middle"}"#,
        r#""view": {"stroke": null}"#,
    ];
    for part in look {
        check(&format!(r#"{{{part}, "mark": "line", "encoding": {{{X}, {Y}}}}}"#), "Line, <X>, <Y>, -");
    }
    let channels = [
        r##""color": {"value": "#f00"}"##,
        r#""color": {"field": "rev", "scale": {"range": ["red", "blue"]}, "legend": null}"#,
        r#""color": {"condition": {"param": "p", "value": "red"}, "value": "grey"}"#,
        r#""tooltip": [{"field": "a"}, {"field": "b", "format": ".2f"}]"#,
        r#""opacity": {"value": 0.5}"#,
        r#""opacity": {"condition": {"param": "p", "value": 1}, "value": 0.2}"#,
        r#""size": {"value": 60}, "strokeWidth": {"value": 2}, "strokeDash": {"value": [4, 2]}"#,
        r#""shape": {"field": "rev"}, "detail": [{"field": "rev"}], "strokeDash": "<DVC_METRIC_STROKE_DASH>""#,
        r#""column": {"field": "rev"}, "row": "<DVC_METRIC_ROW>", "facet": null"#,
        r#""order": {"field": "<DVC_METRIC_X>"}, "text": {"field": "a"}, "href": {"field": "u"}"#,
        r#""x2": null"#,
    ];
    for part in channels {
        check(&format!(r#"{{"mark": "line", "encoding": {{{X}, {Y}, {part}}}}}"#), "Line, <X>, <Y>, -");
    }
    let axes = [
        r#""axis": {"grid": false, "format": ".2f", "labelAngle": 45}"#,
        r#""axis": null, "scale": {"zero": false, "nice": true, "domainMin": 0, "padding": 3}"#,
        r#""bin": false, "timeUnit": null, "stack": null, "sort": "ascending""#,
        r#""sort": ["a", "b"]"#,
        r#""scale": {"domain": {"param": "brush"}}"#,
    ];
    for part in axes {
        check(
            &format!(r#"{{"mark": "line", "encoding": {{{X}, "y": {{"field": "v", {part}}}}}}}"#),
            "Line, <X>, v, -",
        );
    }
    let marks = [
        r#""strokeWidth": 3, "color": "red", "tooltip": true, "interpolate": "step-after""#,
        r#""point": {"filled": false}, "opacity": 0.5, "clip": true, "invalid": "filter""#,
    ];
    for part in marks {
        check(
            &format!(r#"{{"mark": {{"type": "line", {part}}}, "encoding": {{{X}, {Y}}}}}"#),
            "Line, <X>, <Y>, -",
        );
    }
}

#[test]
fn what_changes_a_picture_and_is_not_understood_refuses_it() {
    let views = [
        (r#""transform": [{"filter": "datum.x > 3"}]"#, "transform (filter)"),
        (r#""transform": [{"filter": {"field": "split", "equal": "test"}}]"#, "transform (filter)"),
        (
            r#""transform": [{"aggregate": [{"op": "mean", "field": "v", "as": "m"}], "groupby": ["k"]}]"#,
            "transform (aggregate)",
        ),
        (r#""transform": [{"fold": ["a", "b"]}]"#, "transform (fold)"),
        (r#""transform": [{"pivot": "k", "value": "v"}]"#, "transform (pivot)"),
        (r#""transform": [{"sample": 10}, {"density": "v"}]"#, "transform (sample), transform (density)"),
        (
            r#""transform": [{"regression": "<DVC_METRIC_Y>", "on": "<DVC_METRIC_X>"}]"#,
            "transform (regression)",
        ),
        (r#""transform": [{"loess": "<DVC_METRIC_Y>", "on": "other"}]"#, "transform (loess)"),
        (
            r#""transform": [{"calculate": "log(datum.v)", "as": "<DVC_METRIC_Y>"}]"#,
            "encoding.y of a column that a transform makes",
        ),
        (r#""transform": [{"impute": "v", "key": "k", "value": 0}]"#, "transform (impute)"),
        (r#""facet": {"field": "split"}"#, "facet"),
        (r#""facet": {"row": {"field": "split"}, "column": {"field": "rev"}}"#, "facet"),
        (r#""repeat": ["a", "b"]"#, "repeat"),
        (r#""projection": {"type": "mercator"}"#, "projection"),
        (r#""brandNew": 1"#, "brandNew"),
    ];
    for (part, expected) in views {
        check_refused(&format!(r#"{{{part}, "mark": "line", "encoding": {{{X}, {Y}}}}}"#), expected);
    }
    let channels = [
        (r#""y2": {"field": "hi"}"#, "encoding.y2"),
        (r#""x2": {"field": "rev"}"#, "encoding.x2"),
        (r#""yError": {"field": "sd"}"#, "encoding.yError"),
        (r#""size": {"field": "n"}"#, "encoding.size"),
        (r#""opacity": {"field": "p"}"#, "encoding.opacity"),
        (r#""opacity": {"condition": {"test": "datum.x > 3", "value": 1}, "value": 0}"#, "encoding.opacity"),
        (r#""column": {"field": "split"}"#, "encoding.column"),
        (r#""row": {"field": "split"}, "facet": {"field": "k"}"#, "encoding.row, encoding.facet"),
        (r#""xOffset": {"field": "split"}"#, "encoding.xOffset"),
        (r#""color": {"field": "p", "type": "quantitative"}"#, "encoding.color"),
        (r#""color": {"field": "p", "bin": true}"#, "encoding.color"),
        (r#""color": {"aggregate": "count"}"#, "encoding.color"),
        (r#""color": {"field": "a"}, "shape": {"field": "b"}"#, "encoding.shape"),
        (r#""order": {"field": "time"}"#, "encoding.order"),
        (r#""theta": {"field": "v"}"#, "encoding.theta"),
        (r#""brandNew": {"field": "v"}"#, "encoding.brandNew"),
    ];
    for (part, expected) in channels {
        check_refused(&format!(r#"{{"mark": "line", "encoding": {{{X}, {Y}, {part}}}}}"#), expected);
    }
    let axes = [
        (r#""field": "v", "bin": true"#, "encoding.y.bin"),
        (r#""field": "v", "bin": {"maxbins": 20}"#, "encoding.y.bin"),
        (r#""field": "v", "bin": "binned""#, "encoding.y.bin"),
        (r#""field": "v", "timeUnit": "month""#, "encoding.y.timeUnit"),
        (r#""field": "v", "aggregate": "median""#, "encoding.y.aggregate"),
        (r#""field": "v", "aggregate": {"argmax": "x"}"#, "encoding.y.aggregate"),
        (r#""field": "v", "impute": {"value": 0}"#, "encoding.y.impute"),
        (r#""field": "v", "stack": "normalize""#, "stack"),
        (r#""field": "v", "scale": {"type": "sqrt"}"#, "encoding.y.scale.type"),
        (r#""field": "v", "scale": {"reverse": true}"#, "encoding.y.scale.reverse"),
        (r#""field": "v", "scale": {"domain": [1, 0]}"#, "encoding.y.scale.domain"),
        (r#""field": "v", "scale": {"domain": ["a", "b", "c"]}"#, "encoding.y.scale.domain"),
        (r#""field": "v", "scale": null"#, "encoding.y.scale"),
        (r#""field": "v", "sort": "descending""#, "an axis that runs backwards"),
        (r#""field": "v", "axis": {"labelExpr": "datum.value / 1000"}"#, "encoding.y.axis"),
        (r#""field": {"repeat": "row"}"#, "encoding.y.field"),
        (r#""datum": 3"#, "encoding.y.datum"),
        (r#""field": "v", "type": "geojson""#, "encoding.y.type"),
    ];
    for (part, expected) in axes {
        check_refused(&format!(r#"{{"mark": "line", "encoding": {{{X}, "y": {{{part}}}}}}}"#), expected);
    }
    for (mark, expected) in [
        (r#""boxplot""#, "the mark boxplot"),
        (r#""errorband""#, "the mark errorband"),
        (r#""arc""#, "the mark arc"),
        (r#""rule""#, "the mark rule"),
        (r#"{"type": "line", "y": 20}"#, "mark.y"),
        (r#"{"type": "line", "invalid": null}"#, "mark.invalid"),
    ] {
        check_refused(&format!(r#"{{"mark": {mark}, "encoding": {{{X}, {Y}}}}}"#), expected);
    }
    check_refused(
        &format!(r#"{{"mark": "line", "encoding": {{"x": {{"field": "a", "aggregate": "mean"}}, {Y}}}}}"#),
        "encoding.x.aggregate",
    );
    check_refused(
        &format!(r#"{{"mark": "rect", "encoding": {{{X}, {Y}}}}}"#),
        "cells without an encoding.color",
    );
    check_refused(r#"{"hconcat": [{"mark": "line"}, {"mark": "bar"}]}"#, "hconcat");
}

#[test]
fn the_field_that_splits_the_rows_may_have_any_channel() {
    for channel in ["color", "stroke", "detail", "strokeDash", "shape"] {
        check(
            &format!(r#"{{"mark": "point", "encoding": {{{X}, {Y}, "{channel}": {{"field": "split"}}}}}}"#),
            "Point, <X>, <Y>, - by split",
        );
    }
    check(
        &format!(
            r#"{{"mark": "line", "encoding": {{{X}, {Y}, "color": {{"field": "split"}}, "strokeDash": {{"field": "split"}}}}}}"#
        ),
        "Line, <X>, <Y>, - by split",
    );
    let area = |more: &str| {
        format!(
            r#"{{"mark": "area", "encoding": {{{X}, "y": {{"field": "v"{more}}}, "color": {{"field": "split"}}}}}}"#
        )
    };
    check_refused(&area(""), "areas on one another (\"stack\": null draws them from zero)");
    check(&area(r#", "stack": null"#), "Area, <X>, v, - by split");
    check(&area(r#", "scale": {"type": "log"}"#), "Area, <X>, v log, - by split");
}

#[test]
fn what_is_no_template_is_said() {
    let check = |template: &str, expected: &str| assert_eq!(told(template), expected, "{template}");
    check("[]", "is not a JSON object");
    check("{", "is not valid JSON (EOF while parsing an object at line 1 column 1)");
    check("{}", "does not use <DVC_METRIC_DATA> as its data");
    check(r#"{"data": {"url": "x.csv"}, "mark": "line"}"#, "does not use <DVC_METRIC_DATA> as its data");
    check(&with_data(r#"{"name": "n"}"#), "has no mark with a field on x and on y");
    check(&with_data(r#"{"mark": "line"}"#), "has no mark with a field on x and on y");
    let many = vec![r#"{"mark": "rule"}"#; 1000].join(",");
    let why = told(&with_data(&format!(r#"{{"layer": [{many}]}}"#)));
    assert!(why.contains("the mark rule") && why.contains("more than 100 layers"), "{why}");
}
