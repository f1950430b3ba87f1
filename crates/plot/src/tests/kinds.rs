//! Every template, from plot data to a picture.

use super::*;
use cml_tracked::{Column, PlotData, Table, Template};

/// Numbers that look like chance and are the same every time.
pub(super) struct Lcg(u64);

impl Lcg {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(3_037_000_493))
    }

    /// From 0 to 1.
    pub(super) fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / (1_u64 << 31) as f64
    }

    pub(super) fn below(&mut self, count: usize) -> usize {
        ((self.part() * count as f64) as usize).min(count - 1)
    }

    /// About normal: mean 0, deviation 1.
    fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.part()).sum::<f64>() - 6.0
    }
}

pub(super) fn plot(id: &str, template: Template, x: Option<&str>, columns: Vec<(&str, Column)>) -> PlotData {
    let columns: Vec<(String, Column)> =
        columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect();
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

pub(super) fn texts(values: impl IntoIterator<Item = impl Into<String>>) -> Column {
    Column::Texts(values.into_iter().map(Into::into).collect())
}

/// The one figure of two sides.
#[track_caller]
pub(super) fn one(base: &PlotData, head: &PlotData) -> Figure {
    let (mut figures, notices) =
        figures(&[(std::slice::from_ref(base), "main"), (std::slice::from_ref(head), "workspace")]);
    assert_eq!(notices, []);
    figures.pop().unwrap()
}

const CIFAR: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// Rows of a classifier that is right in `right` of all cases.
fn classes(template: Template, names: &[String], rows: usize, right: f64, seed: u64) -> PlotData {
    let mut chance = Lcg::new(seed);
    let (mut actual, mut predicted) = (Vec::new(), Vec::new());
    for row in 0..rows {
        let own = row % names.len();
        let told = if chance.part() < right { own } else { chance.below(names.len()) };
        // A cat is often a dog.
        let told = if names[own] == "cat" && chance.part() < 0.25 { 5 } else { told };
        actual.push(names[own].clone());
        predicted.push(names[told].clone());
    }
    plot("cm.csv", template, Some("actual"), vec![("actual", texts(actual)), ("predicted", texts(predicted))])
}

fn cifar() -> Vec<String> {
    CIFAR.map(str::to_owned).to_vec()
}

#[test]
fn confusion() {
    let of = |template, right, seed| classes(template, &cifar(), 1_000, right, seed);
    let figure = one(&of(Template::Confusion, 0.72, 1), &of(Template::Confusion, 0.85, 2));
    draw("confusion", &figure);
    let figure =
        one(&of(Template::ConfusionNormalized, 0.72, 1), &of(Template::ConfusionNormalized, 0.85, 2));
    draw("confusion-normalized", &figure);
}

#[test]
fn confusion_of_any_size() {
    for count in [1, 2, 3, 20, 30, 60] {
        let names: Vec<String> = (0..count).map(|index| format!("class {index}")).collect();
        let of = |right, seed| classes(Template::Confusion, &names, 50 * count, right, seed);
        draw(&format!("confusion-{count}"), &one(&of(0.7, 1), &of(0.9, 2)));
    }
}

fn importance(template: Template, names: &[&str], seed: u64) -> PlotData {
    let mut chance = Lcg::new(seed);
    let values = (0..names.len()).map(|index| 0.5 / (1.0 + index as f64) + 0.06 * chance.part()).collect();
    let columns = vec![("feature", texts(names.iter().copied())), ("importance", Column::Numbers(values))];
    plot("importance.csv", template, Some("importance"), columns)
}

const FEATURES: [&str; 8] = [
    "sepal_length",
    "petal_width",
    "petal_length",
    "sepal_width",
    "age_bucket_one_hot_encoded",
    "income",
    "zip_code_embedding_mean",
    "tenure",
];

#[test]
fn bars() {
    let of = |template, seed| importance(template, &FEATURES, seed);
    draw("bars", &one(&of(Template::BarHorizontal, 1), &of(Template::BarHorizontal, 2)));
    draw("bars-sorted", &one(&of(Template::BarHorizontalSorted, 1), &of(Template::BarHorizontalSorted, 2)));
}

#[test]
fn bars_of_any_number() {
    for count in [1, 2, 30, 60] {
        let names: Vec<String> = (0..count).map(|index| format!("feature number {index}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let of = |seed| importance(Template::BarHorizontalSorted, &names, seed);
        draw(&format!("bars-{count}"), &one(&of(1), &of(2)));
    }
}

fn cloud(template: Template, rows: usize, shift: f64, seed: u64) -> PlotData {
    let mut chance = Lcg::new(seed);
    let x: Vec<f64> = (0..rows).map(|_| 0.4 * chance.bell() + shift).collect();
    let y = x.iter().map(|x| x + 0.3 * chance.bell() + shift).collect();
    plot("embedding.csv", template, Some("x"), vec![("x", Column::Numbers(x)), ("y", Column::Numbers(y))])
}

#[test]
fn scatter() {
    for rows in [150, 1_500, 20_000] {
        let of = |shift, seed| cloud(Template::Scatter, rows, shift, seed);
        draw(&format!("scatter-{rows}"), &one(&of(0.1, 1), &of(0.3, 2)));
    }
}

#[test]
fn jitter() {
    let of = |shift: f64, seed| {
        let mut chance = Lcg::new(seed);
        let rows = 200;
        let groups = ["lr=0.1", "lr=0.01", "lr=0.001", "lr=1e-4"];
        let y = (0..rows).map(|row| 0.7 + 0.03 * (row % 4) as f64 + 0.05 * chance.bell() + shift).collect();
        let columns = vec![("lr", texts((0..rows).map(|row| groups[row % 4]))), ("acc", Column::Numbers(y))];
        plot("acc.csv", Template::ScatterJitter, Some("lr"), columns)
    };
    draw("jitter", &one(&of(0.0, 1), &of(0.03, 2)));
    let discrete = |seed| {
        let mut chance = Lcg::new(seed);
        let mut column =
            |count: usize| Column::Numbers((0..60).map(|_| (1 + chance.below(count)) as f64).collect());
        plot("discrete.csv", Template::ScatterJitter, Some("x"), vec![("x", column(4)), ("y", column(5))])
    };
    draw("jitter-both", &one(&discrete(1), &discrete(2)));
}

/// Columns of falling curves.
fn curves(template: Template, names: &[&str], rows: usize, end: f64) -> PlotData {
    let column = |(index, name): (usize, &&'static str)| {
        (*name, Column::Numbers(curve(rows, end + 0.3 * index as f64, 0.25)))
    };
    let names: Vec<&'static str> =
        names.iter().map(|name| -> &'static str { Box::leak((*name).to_owned().into()) }).collect();
    plot("loss.csv", template, None, names.iter().enumerate().map(column).collect())
}

#[test]
fn smooth() {
    for rows in [3, 26, 200, 10_000] {
        let of = |end| curves(Template::Smooth, &["loss"], rows, end);
        draw(&format!("smooth-{rows}"), &one(&of(0.4), &of(0.3)));
    }
}

#[test]
fn many_columns() {
    let names: Vec<String> = (0..12).map(|index| format!("validation/metric_{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for count in [2, 3, 4, 5, 12] {
        let of = |end| curves(Template::Linear, &names[..count], 60, end);
        draw(&format!("columns-{count}"), &one(&of(0.4), &of(0.3)));
        let of = |end| curves(Template::Scatter, &names[..count], 40, end);
        draw(&format!("scatter-columns-{count}"), &one(&of(0.4), &of(0.3)));
    }
}

#[test]
fn names_and_dates_along_x() {
    let of = |x: Vec<String>, end| {
        let y = Column::Numbers(curve(x.len(), end, 0.1));
        plot("score.csv", Template::Linear, Some("when"), vec![("when", texts(x)), ("score", y)])
    };
    let days = |count: usize| {
        (1..=count).map(|day| format!("2026-0{}-{:02}", 7 + day / 31, 1 + day % 30)).collect::<Vec<_>>()
    };
    draw("dates", &one(&of(days(20), 0.4), &of(days(40), 0.3)));
    let folds = |count: usize| (1..=count).map(|fold| format!("fold {fold}")).collect::<Vec<_>>();
    draw("names", &one(&of(folds(5), 0.4), &of(folds(6), 0.3)));
    draw("names-many", &one(&of(folds(40), 0.4), &of(folds(44), 0.3)));
}

#[test]
fn log_axes() {
    let mut figure = both(60);
    if let Kind::Chart(chart) = &mut figure.kind {
        (chart.x, chart.y) = (Scale::Log, Scale::Log);
    }
    draw("log", &figure);
}
