//! What a report takes for a metric or a picture, and what it says of the rest: tables, numbers that are none, templates.

use serde_json::Value;

use crate::world::World;

/// `main` with the first text of each file, the workspace with the second.
fn world(files: &[(&str, &str, &str)]) -> World {
    let world = World::new();
    files.iter().for_each(|(path, base, _)| world.write(path, base));
    world.commit("base");
    files.iter().for_each(|(path, _, head)| world.write(path, head));
    world
}

fn out(world: &World, arguments: &[&str]) -> String {
    let ran = world.cml(arguments, &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.out
}

fn json(world: &World, arguments: &[&str]) -> Value {
    let text = out(world, &[&["report", "--format", "json"], arguments].concat());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// `key old new judgement` of every metric.
fn metrics(report: &Value) -> Vec<String> {
    let of = |metric: &Value| {
        let (key, judged) = (metric["key"].as_str().unwrap(), metric["judgement"].as_str().unwrap());
        format!("{key} {} {} {judged}", metric["old"], metric["new"])
    };
    report["metrics"].as_array().unwrap().iter().map(of).collect()
}

fn notices(report: &Value) -> Vec<&str> {
    report["notices"].as_array().unwrap().iter().map(|notice| notice["text"].as_str().unwrap()).collect()
}

#[test]
fn a_table_of_examples_is_no_metric_and_a_curve_is_its_last_row() {
    let rows = |rows: &str| format!("id,score\n{rows}");
    let (base, head) = (rows("a,0.2\nb,0.9\n"), rows("a,0.9\nb,0.8\n"));
    let world = world(&[
        ("eval.csv", &base, &head),
        (
            "eval.json",
            r#"[{"id": "a", "score": 0.2}, {"id": "b", "score": 0.9}]"#,
            r#"[{"id": "a", "score": 0.9}]"#,
        ),
        ("log.csv", "epoch,loss\n0,3\n1,2\n", "epoch,loss\n0,3\n1,2.5\n"),
        ("log.tsv", "step\taccuracy\n0\t0.1\n1\t0.2\n", "step\taccuracy\n0\t0.1\n1\t0.3\n"),
        ("one.csv", "f1\n0.5\n", "f1\n0.75\n"),
    ]);
    let report = json(&world, &["--metrics", "*.csv", "--metrics", "*.tsv"]);
    assert_eq!(metrics(&report), ["loss 2.0 2.5 worse", "f1 0.5 0.75 better", "accuracy 0.2 0.3 better"]);
    let why = "this looks like a table of examples (2 rows; columns id, score), and the last row of such a table says \
               nothing of the whole, so none of it is taken as a metric; write the mean as a table of one row or as JSON, \
               or, if it is a curve, give it a column step or epoch that rises";
    assert_eq!(notices(&report), [why]);
    let report = json(&world, &["--metrics", "eval.json"]);
    let told = notices(&report);
    assert!(told.len() == 1 && told[0].starts_with("at ") && told[0].ends_with(why), "{told:?}");
    let markdown = out(&world, &["report", "--metrics", "eval.csv"]);
    assert!(markdown.contains("`eval.csv`") && !markdown.contains("0.8"), "{markdown}");
}

#[test]
fn a_metric_that_is_no_number_any_more_has_diverged() {
    let world = world(&[
        (
            "metrics.json",
            r#"{"loss": 0.5, "accuracy": NaN, "psnr": 30.5, "count": 1}"#,
            r#"{"loss": NaN, "accuracy": 0.9, "psnr": Infinity, "count": "NaN"}"#,
        ),
        ("dvc.yaml", "metrics: [metrics.json]\n", "metrics: [metrics.json]\n"),
    ]);
    let report = json(&world, &[]);
    let told = |metric: &Value| format!("{} {} {}", metric["key"], metric["judgement"], metric["divergence"]);
    let all: Vec<String> = report["metrics"].as_array().unwrap().iter().map(told).collect();
    let expected = [
        r#""loss" "worse" "diverged""#,
        r#""accuracy" "better" "recovered""#,
        r#""psnr" "changed" "infinite""#,
        r#""count" "changed" "diverged""#,
    ];
    assert_eq!(all, expected);
    let markdown = out(&world, &["report"]);
    for row in [
        "| `loss` | 0.5 | NaN |  | 🔴 diverged ¹ |",
        "| `accuracy` | NaN | 0.9 |  | 🟢 recovered ¹ |",
        "| `psnr` | 30.5 | inf |  | infinite |",
        "| `count` | 1 | `NaN` |  | diverged |",
    ] {
        assert!(markdown.contains(row), "{row}: {markdown}");
    }
    let text = out(&world, &["report", "--format", "text"]);
    assert!(text.contains("diverged *") && text.contains("recovered *"), "{text}");
    // DVC's answers stay DVC's.
    let dvc = out(&world, &["metrics", "diff"]);
    assert!(dvc.contains("nan") && !dvc.contains("diverged"), "{dvc}");
}

#[test]
fn a_curve_that_ends_in_nan_is_a_metric_that_diverged() {
    let world = world(&[
        ("log.csv", "date,loss\n2026-08-01,3\n2026-08-02,2\n", "date,loss\n2026-08-01,3\n2026-08-02,nan\n"),
        ("dvc.yaml", "plots: [log.csv: {x: date, y: loss}]\n", "plots: [log.csv: {x: date, y: loss}]\n"),
    ]);
    let report = json(&world, &["--metrics", "log.csv"]);
    assert_eq!(metrics(&report), [r#"loss 2.0 "NaN" worse"#]);
    assert_eq!(report["metrics"][0]["divergence"], "diverged");
    let markdown = out(&world, &["report"]);
    assert!(markdown.contains("diverged at date 2026-08-02"), "{markdown}");
}

#[test]
fn a_template_of_which_a_part_is_not_understood_is_not_drawn() {
    let template = |more: &str| {
        format!(
            r#"{{"data": {{"values": "<DVC_METRIC_DATA>"}}, "mark": "bar", "encoding": {{"x": {{"field": "k", "type": "nominal"{more}}},
                "y": {{"field": "v", "type": "quantitative", "title": "length"}}}}}}"#
        )
    };
    let (good, binned) = (template(""), template(r#", "bin": true"#));
    let dvc = "plots: [good: {template: good, x: k, y: {t.csv: v}}, bad: {template: binned, x: k, y: {t.csv: v}}]\n";
    let world = world(&[
        ("dvc.yaml", dvc, dvc),
        (".dvc/plots/good.json", &good, &good),
        (".dvc/plots/binned.json", &binned, &binned),
        ("t.csv", "k,v\na,1\nb,2\n", "k,v\na,2\nb,3\n"),
    ]);
    let report = json(&world, &[]);
    let plots = report["plots"].as_array().unwrap();
    assert_eq!(plots.len(), 1, "{plots:?}");
    assert_eq!((&plots[0]["id"], &plots[0]["kind"]), (&"good".into(), &"bars".into()));
    assert_eq!((&plots[0]["x_label"], &plots[0]["y_label"]), (&"length".into(), &"k".into()));
    assert_eq!(
        notices(&report),
        [
            "its template binned uses encoding.x.bin, which cml cannot draw and without which the picture would be another, \
          so it is not drawn"
        ]
    );
}
