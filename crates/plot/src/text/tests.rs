//! Figures as text.

use super::*;
use crate::{MatrixFacet, Which};
use cml_tracked::spelt;

fn chart(series: &[(&str, Option<&str>, &[f64])]) -> Chart {
    let series = series.iter().map(|(label, column, y)| Series {
        which: Which::Head,
        label: (*label).to_owned(),
        column: column.map(str::to_owned),
        x: (0..y.len()).map(|index| index as f64).collect(),
        y: y.to_vec(),
    });
    Chart::new(Style::Line, series.collect())
}

#[track_caller]
fn check(series: &[(&str, Option<&str>, &[f64])], expected: &[&str]) {
    let lines: Vec<String> = lines("step", &chart(series)).into_iter().map(|line| line.sparkline).collect();
    assert_eq!(lines, expected);
}

#[test]
fn sparklines_of_a_column_share_a_scale() {
    check(&[("main", None, &[0.0, 1.0, 2.0, 3.0]), ("head", None, &[4.0, 7.0])], &["▁▂▃▄", "▅█"]);
    check(&[("a", Some("p"), &[0.0, 1.0]), ("a", Some("q"), &[0.0, 1e9])], &["▁█", "▁█"]);
    check(&[("a", None, &[3.0, 3.0, 3.0])], &["▅▅▅"]);
    check(
        &[("a", None, &[1.0, f64::NAN, 2.0]), ("b", None, &[f64::NAN]), ("c", None, &[])],
        &["▁ █", "", ""],
    );
    check(&[("a", None, &[f64::MIN, 0.0, f64::MAX])], &["▁▅█"]);
    let long: Vec<f64> = (0..100_000).map(f64::from).collect();
    check(&[("a", None, &long)], &["▁▁▁▂▂▃▃▃▄▄▅▅▆▆▆▇▇███"]);
}

#[test]
fn numbers_of_a_line() {
    let all = lines("step", &chart(&[("a", None, &[2.0, 5.0, f64::NAN, 1.0, 3.0, f64::INFINITY])]));
    let line = &all[0];
    assert_eq!(
        (line.first, line.last, line.min, line.max, line.points),
        (Some(2.0), Some(3.0), Some(1.0), Some(5.0), 4)
    );
}

#[test]
fn a_run_that_diverged_is_no_run_that_stopped() {
    let check = |y: &[f64], expected: Option<&str>| {
        let all = lines("step", &chart(&[("a", None, y)]));
        assert_eq!(all[0].remark.as_deref(), expected, "{y:?}");
    };
    let nan = spelt(f64::NAN);
    check(&[1.0, 0.8, nan, nan], Some("diverged at step 2"));
    check(&[1.0, 0.8, f64::INFINITY], Some("diverged at step 2"));
    check(&[nan, nan], Some("diverged at step 0"));
    // Empty cells: another column of the file goes on.
    check(&[1.0, 0.8, f64::NAN, f64::NAN], None);
    check(&[1.0, nan, 0.8], None);
    check(&[0.5, 0.500_000_000_1], Some("unchanged within float noise"));
    check(&[0.5, 0.5], None);
}

#[test]
fn a_run_that_diverged_over_dates_names_the_date() {
    let check = |x: &[&str], y: &[f64], expected: Option<&str>| {
        let mut chart = chart(&[("a", None, y)]);
        chart.x = Scale::Time;
        chart.series[0].x = x.iter().map(|date| dates::parse(date).unwrap()).collect();
        assert_eq!(lines("day", &chart)[0].remark.as_deref(), expected, "{x:?}");
    };
    let nan = spelt(f64::NAN);
    check(&["2026-08-01", "2026-08-02"], &[0.5, nan], Some("diverged at day 2026-08-02"));
    check(&["2026-08-01 10:00", "2026-08-01 10:30"], &[0.5, nan], Some("diverged at day 2026-08-01 10:30"));
    check(&["2026-08-01", "2026-08-02"], &[0.5, f64::NAN], None);
}

#[test]
fn short_numbers() {
    for (value, expected) in [
        (0.0, "0"),
        (1.0, "1"),
        (-0.5, "-0.5"),
        (100_000.0, "100000"),
        (0.333_333_333, "0.33333"),
        (0.001_234_567, "0.0012346"),
        (12_345.678, "12346"),
        (1e300, "1e300"),
        (-2.5e-9, "-2.5e-9"),
    ] {
        assert_eq!(short(value), expected);
    }
}

fn figure(kind: Kind) -> Figure {
    let text = str::to_owned;
    Figure { id: text("p"), title: text("p"), x_label: text("actual"), y_label: text("predicted"), kind }
}

#[track_caller]
fn check_table(kind: Kind, expected: &[&str]) {
    let table = super::table(&figure(kind)).unwrap();
    let mut rows: Vec<String> =
        std::iter::once(&table.header).chain(&table.rows).map(|row| row.join(" | ")).collect();
    if table.left_out > 0 {
        rows.push(format!("{} more", table.left_out));
    }
    assert_eq!(rows, expected);
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("c{index}")).collect()
}

fn facet(which: Which, label: &str, cells: Vec<f64>) -> MatrixFacet {
    MatrixFacet { which, label: label.to_owned(), column: None, cells }
}

#[test]
fn a_matrix_is_a_table_of_both_sides() {
    let facets = vec![
        facet(Which::Base, "main", vec![8.0, 0.0, 2.0, f64::NAN]),
        facet(Which::Head, "work", vec![9.0, 0.0, 1.0, 12.0]),
    ];
    let matrix = Matrix { across: names(2), down: names(2), shares: false, facets };
    check_table(
        Kind::Matrix(matrix.clone()),
        &["predicted \\ actual | c0 | c1", "c0 | 8 → 9 | 0", "c1 | 2 → 1 | – → 12"],
    );
    let facets = vec![facet(Which::Head, "work", vec![0.995, 0.005, 0.004, 0.996])];
    check_table(
        Kind::Matrix(Matrix { shares: true, facets, ..matrix }),
        &["predicted \\ actual | c0 | c1", "c0 | 100% | 1%", "c1 | <1% | 100%"],
    );
}

#[test]
fn a_large_matrix_is_told_by_its_mistakes() {
    let mut cells = vec![0.0; 400];
    (cells[21], cells[5], cells[20 * 7 + 2]) = (50.0, 3.0, 12_345.0);
    let facets = vec![facet(Which::Head, "work", cells)];
    check_table(
        Kind::Matrix(Matrix { across: names(20), down: names(20), shares: false, facets }),
        &["Most frequent pairs of different actual | predicted | work", "c2 | c7 | 12,345", "c5 | c0 | 3"],
    );
}

#[test]
fn bars_are_blocks() {
    let group = |which, label: &str, values: &[f64]| BarGroup {
        which,
        label: label.to_owned(),
        column: None,
        values: values.to_vec(),
    };
    let groups =
        vec![group(Which::Base, "main", &[0.5, f64::NAN]), group(Which::Head, "work", &[0.25, 0.01])];
    check_table(
        Kind::Bars(Bars { categories: names(2), groups }),
        &["predicted | main | work", "c0 | ████████████ 0.5 | ██████ 0.25", "c1 | – | ▎ 0.01"],
    );
    let mut values = [0.5; 30];
    (values[3], values[28]) = (-9.0, -7.0);
    let groups = vec![group(Which::Head, "work", &values)];
    let table = super::table(&figure(Kind::Bars(Bars { categories: names(30), groups }))).unwrap();
    let kept: Vec<&str> = table.rows.iter().map(|row| row[0].as_str()).collect();
    assert!(kept.contains(&"c3") && kept.contains(&"c28") && kept.len() == 15, "{kept:?}");
    let groups = vec![group(Which::Head, "work", &[0.0; 30])];
    let table = super::table(&figure(Kind::Bars(Bars { categories: names(30), groups }))).unwrap();
    assert_eq!((table.rows.len(), table.left_out, table.rows[0][1].as_str()), (15, 15, " 0"));
}
