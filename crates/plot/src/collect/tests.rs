//! Plot data of two sides, and what becomes of it.

use super::*;
use crate::{Chart, Series};
use cml_tracked::Table;

fn plot(id: &str, template: Template, x: Option<&str>, columns: &[(&str, Column)]) -> PlotData {
    let columns: Vec<_> = columns.iter().map(|(name, column)| ((*name).to_owned(), column.clone())).collect();
    PlotData {
        id: id.to_owned(),
        title: id.to_owned(),
        template,
        x: x.map(str::to_owned),
        y: columns.iter().map(|(name, _)| name.clone()).filter(|name| Some(name.as_str()) != x).collect(),
        x_label: None,
        y_label: None,
        table: Table { columns },
    }
}

fn numbers(values: &[f64]) -> Column {
    Column::Numbers(values.to_vec())
}

fn texts(values: &[&str]) -> Column {
    Column::Texts(values.iter().map(|text| (*text).to_owned()).collect())
}

/// `id[x label; y label]: which label column x y | ...`
#[track_caller]
fn check(base: Option<&[PlotData]>, head: &[PlotData], expected: &[&str], expected_notices: &[&str]) {
    let (figures, notices) =
        figures(&base.map(|base| (base, "main")).into_iter().chain([(head, "work")]).collect::<Vec<_>>());
    let series = |series: &Series| {
        let column = series.column.as_deref().unwrap_or("-");
        format!("{:?} {} {column} {:?} {:?}", series.which, series.label, series.x, series.y)
    };
    let shown: Vec<String> = figures
        .iter()
        .map(|figure| {
            let Kind::Chart(Chart { series: all, .. }) = &figure.kind else { panic!("no chart") };
            let all: Vec<String> = all.iter().map(series).collect();
            format!("{}[{}; {}]: {}", figure.id, figure.x_label, figure.y_label, all.join(" | "))
        })
        .collect();
    assert_eq!(shown, expected);
    assert_eq!(notices.iter().map(ToString::to_string).collect::<Vec<_>>(), expected_notices);
}

#[test]
fn sides_are_paired_by_id() {
    let loss = |values: &[f64]| plot("loss", Template::Linear, None, &[("loss", numbers(values))]);
    let other = |id: &str| plot(id, Template::Smooth, None, &[("v", numbers(&[1.0]))]);
    check(
        Some(&[other("old"), loss(&[1.0, 2.0])]),
        &[loss(&[3.0]), other("new")],
        &[
            "loss[step; loss]: Base main - [0.0, 1.0] [1.0, 2.0] | Head work - [0.0] [3.0]",
            "new[step; v]: Head work - [0.0] [1.0]",
            "old[step; v]: Base main - [0.0] [1.0]",
        ],
        &[],
    );
    check(None, &[loss(&[3.0])], &["loss[step; loss]: Head work - [0.0] [3.0]"], &[]);
}

#[test]
fn any_number_of_sides_keep_their_order() {
    let plots: Vec<Vec<PlotData>> = (0..4)
        .map(|side| vec![plot("loss", Template::Linear, None, &[("loss", numbers(&[f64::from(side)]))])])
        .collect();
    let labels = ["a", "b", "c", "d"];
    let sides: Vec<Side<'_>> = plots.iter().map(Vec::as_slice).zip(labels).collect();
    let (figures, notices) = figures(&sides);
    let Kind::Chart(Chart { series, .. }) = &figures[0].kind else { panic!("no chart") };
    let found: Vec<_> = series.iter().map(|one| (one.which, one.label.as_str(), one.y[0])).collect();
    let expected = [Which::Base, Which::Between(0), Which::Between(1), Which::Head];
    let expected: Vec<_> = expected.into_iter().zip(labels).zip([0.0, 1.0, 2.0, 3.0]).collect();
    assert_eq!(found, expected.into_iter().map(|((which, label), y)| (which, label, y)).collect::<Vec<_>>());
    assert_eq!((figures.len(), notices.len()), (1, 0));
    assert_eq!(super::figures(&[]), (Vec::new(), Vec::new()));
}

#[test]
fn rows_are_sorted_by_x_and_texts_are_read() {
    let columns = [
        ("x", texts(&["2", "1", "?", "1"])),
        ("a", texts(&["0.5", "oops", "1", " 2 "])),
        ("b", numbers(&[1.0, 2.0, 3.0, 4.0])),
    ];
    check(
        None,
        &[plot("p", Template::Simple, Some("x"), &columns)],
        &[
            "p[x; a, b]: Head work a [1.0, 1.0, 2.0] [NaN, 2.0, 0.5] | Head work b [1.0, 1.0, 2.0] [2.0, 4.0, 1.0]",
        ],
        &[],
    );
}

#[test]
fn files_below_one_another_have_no_gaps() {
    let columns = [
        ("x", numbers(&[0.0, 1.0, 2.0, 0.0, 1.0])),
        ("a", numbers(&[1.0, f64::NAN, 3.0, f64::NAN, f64::NAN])),
        ("b", numbers(&[f64::NAN, f64::NAN, f64::NAN, 4.0, 5.0])),
    ];
    check(
        None,
        &[plot("p", Template::Linear, Some("x"), &columns)],
        &["p[x; a, b]: Head work a [0.0, 1.0, 2.0] [1.0, NaN, 3.0] | Head work b [0.0, 1.0] [4.0, 5.0]"],
        &[],
    );
}

#[test]
fn confusion_counts_pairs_and_bars_add_up() {
    let cells = |template, x: &str, columns: &[(&str, Column)]| {
        let (figures, _) = figures(&[(&[plot("p", template, Some(x), columns)], "work")]);
        match &figures[0].kind {
            Kind::Matrix(matrix) => {
                format!(
                    "{} \\ {} {:?}",
                    matrix.down.join(" "),
                    matrix.across.join(" "),
                    matrix.facets[0].cells
                )
            }
            Kind::Bars(bars) => format!("{} {:?}", bars.categories.join(" "), bars.groups[0].values),
            Kind::Chart(_) | Kind::Images(_) => "no table".to_owned(),
        }
    };
    let pairs =
        [("actual", texts(&["b", "a", "b", "b", ""])), ("predicted", texts(&["b", "b", "b", "a", "a"]))];
    assert_eq!(cells(Template::Confusion, "actual", &pairs), "a b \\ a b [0.0, 1.0, 1.0, 2.0]");
    assert_eq!(
        cells(Template::ConfusionNormalized, "actual", &pairs[..2]),
        "a b \\ a b [0.0, 1.0, 0.3333333333333333, 0.6666666666666666]"
    );
    let lengths = [("n", texts(&["1", "2", "x", "10"])), ("name", texts(&["b", "b", "c", "a"]))];
    assert_eq!(cells(Template::BarHorizontal, "n", &lengths), "a b [10.0, 3.0]");
    let wrong_way_round = [("name", texts(&["a", "b"])), ("n", numbers(&[1.0, 2.0]))];
    assert_eq!(cells(Template::BarHorizontalSorted, "name", &wrong_way_round), "b a [2.0, 1.0]");
    let all: Vec<f64> = (0..300).map(|at| if at % 100 == 7 { -1_000.0 } else { f64::from(at) }).collect();
    let named: Vec<String> = (0..300).map(|at| format!("c{at}")).collect();
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    let many = [("n", numbers(&all)), ("name", texts(&named))];
    let shown = cells(Template::BarHorizontalSorted, "n", &many);
    assert!(shown.starts_with("c299 c298") && shown.contains(" c7 c107 c207 ["), "{shown}");
}

#[test]
fn what_cannot_be_drawn_is_told() {
    let one = [("v", numbers(&[1.0]))];
    let mut lacking = plot("gone", Template::Linear, Some("t"), &one);
    lacking.y.push("w".to_owned());
    check(
        None,
        &[
            plot("words", Template::Linear, None, &[("v", texts(&["cat", "dog"]))]),
            plot("empty", Template::Linear, None, &[]),
            lacking,
        ],
        &["gone[t; v]: Head work - [0.0] [1.0]"],
        &[
            "words: the column v of work holds text, not numbers, so it is not drawn",
            "empty: work has no columns, so there is nothing to draw",
            "gone: the x column t of work is missing, so the row's number is used instead",
            "gone: work has no column w, so it is not drawn",
        ],
    );
}
