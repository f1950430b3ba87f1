//! A description of a figure for those who cannot see it.

use super::image::percent;
use super::text::{cell_text, is_scattered, lines, name, short};
use super::{Bars, Chart, Figure, ImagePair, ImageState, Images, Kind, Matrix, MatrixFacet, Shown, distinct};

/// A description tells of so many series, or bars.
const TOLD: usize = 6;

/// What the plot shows, and its last values.
pub(super) fn alt(figure: &Figure) -> String {
    let (kind, told) = match &figure.kind {
        Kind::Chart(chart) if is_scattered(chart) => ("Scatter plot", counts(chart)),
        Kind::Chart(chart) => ("Line plot", last_values(&figure.x_label, chart)),
        Kind::Matrix(matrix) => ("Confusion matrix", agreements(matrix)),
        Kind::Bars(bars) => ("Bar chart", lengths(bars)),
        Kind::Images(images) if images.gallery => ("Images of", image_changes(images)),
        Kind::Images(images) => ("Image", image_changes(images)),
    };
    let mut text = format!("{kind} {}", figure.title);
    if !figure.y_label.is_empty() {
        text.push_str(&format!(": {} by {}", figure.y_label, figure.x_label));
    }
    format!("{text}. {}.", if told.is_empty() { "no data".to_owned() } else { told.join(", ") })
}

/// The first few, and how many more there are.
fn few(all: Vec<String>) -> Vec<String> {
    let more = all.len().saturating_sub(TOLD);
    all.into_iter().take(TOLD).chain((more > 0).then(|| format!("and {more} more"))).collect()
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn last_values(x_label: &str, chart: &Chart) -> Vec<String> {
    let told = lines(x_label, chart).into_iter().map(|line| {
        let name = name(&line.label, line.column.as_deref());
        let remark = line.remark.map(|remark| format!(" and {remark}")).unwrap_or_default();
        match line.points {
            0 => format!("{name} has no data{remark}"),
            points => format!(
                "{name} ends at {} ({}){remark}",
                short(line.last.unwrap_or(f64::NAN)),
                plural(points, "point")
            ),
        }
    });
    few(told.collect())
}

fn counts(chart: &Chart) -> Vec<String> {
    let told = chart.series.iter().map(|series| {
        let points = series.x.iter().zip(&series.y).filter(|(x, y)| x.is_finite() && y.is_finite()).count();
        format!("{} has {}", name(&series.label, series.column.as_deref()), plural(points, "point"))
    });
    few(told.collect())
}

/// How much of each matrix lies where both classes are equal, and its largest other cell.
fn agreements(matrix: &Matrix) -> Vec<String> {
    few(matrix.facets.iter().map(|facet| agreement(matrix, facet)).collect())
}

fn agreement(matrix: &Matrix, facet: &MatrixFacet) -> String {
    let name = name(&facet.label, facet.column.as_deref());
    let (mut equal, mut all) = (0.0, 0.0);
    let mut worst: Option<(f64, &str, &str)> = None;
    let pairs = matrix.down.iter().flat_map(|down| matrix.across.iter().map(move |across| (across, down)));
    for (value, (across, down)) in facet.cells.iter().zip(pairs).filter(|(value, _)| value.is_finite()) {
        all += value;
        if across == down {
            equal += value;
        } else if *value > worst.map_or(0.0, |worst| worst.0) {
            worst = Some((*value, across, down));
        }
    }
    if all <= 0.0 {
        return format!("{name} has no data");
    }
    let worst = worst.map(|(value, across, down)| {
        format!(", most often else {across} as {down} ({})", cell_text(value, matrix.shares))
    });
    format!("{name} has {} on the diagonal{}", cell_text(equal / all, true), worst.unwrap_or_default())
}

/// Sizes and scores.
fn image_changes(images: &Images) -> Vec<String> {
    let mut told: Vec<String> = images.pairs.iter().map(|pair| image_change(images, pair)).collect();
    let left_out = told.len().saturating_sub(TOLD) + images.more;
    told.truncate(TOLD);
    told.extend((left_out > 0).then(|| format!("and {left_out} more")));
    told.extend((!images.unchanged.is_empty()).then(|| format!("{} unchanged", images.unchanged.len())));
    told
}

fn image_change(images: &Images, pair: &ImagePair) -> String {
    let size = |shown: &Shown| format!("{}×{}", shown.width, shown.height);
    let score = match &pair.state {
        ImageState::Changed(score, _) if images.gallery => format!("{} changed", percent(score.changed)),
        ImageState::Changed(score, _) => score.to_string(),
        _ => pair.word(images.base.is_some()).to_owned(),
    };
    if images.gallery {
        return format!("{} {score}", pair.name).trim_end().to_owned();
    }
    let base = images.base.as_ref().zip(pair.base.as_ref());
    let sides = base.into_iter().chain(pair.head.as_ref().map(|head| (&images.head, head)));
    let mut parts: Vec<String> =
        sides.map(|(label, shown)| format!("{label} has {} pixels", size(shown))).collect();
    parts.extend((!score.is_empty()).then_some(score));
    parts.join(", ")
}

fn lengths(bars: &Bars) -> Vec<String> {
    let columns = distinct(bars.groups.iter().map(|group| group.column.as_deref()));
    let mut told = Vec::new();
    for column in columns {
        for (index, category) in bars.categories.iter().enumerate() {
            let groups = bars.groups.iter().filter(|group| group.column.as_deref() == column);
            let values: Vec<String> = groups
                .filter_map(|group| {
                    group.values.get(index).filter(|value| value.is_finite()).map(|value| (group, value))
                })
                .map(|(group, value)| format!("{} {}", group.label, short(*value)))
                .collect();
            if !values.is_empty() {
                told.push(format!("{} {}", name(category, column), values.join(" and ")));
            }
        }
    }
    few(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BarGroup, Series, Style, Which};
    use cml_tracked::spelt;

    #[track_caller]
    fn check(kind: Kind, expected: &str) {
        let text = str::to_owned;
        let figure =
            Figure { id: text("p"), title: text("p.csv"), x_label: text("x"), y_label: text("y"), kind };
        assert_eq!(alt(&figure), expected);
    }

    fn chart(style: Style, series: &[(&str, Option<&str>, &[f64])]) -> Kind {
        let series = series.iter().map(|(label, column, y)| Series {
            which: Which::Head,
            label: (*label).to_owned(),
            column: column.map(str::to_owned),
            x: (0..y.len()).map(|index| index as f64).collect(),
            y: y.to_vec(),
        });
        Kind::Chart(Chart::new(style, series.collect()))
    }

    #[test]
    fn lines_tell_their_last_values() {
        check(
            chart(Style::Line, &[("main", None, &[1.0, 0.25]), ("head", None, &[0.000_012_345_678])]),
            "Line plot p.csv: y by x. main ends at 0.25 (2 points), head ends at 1.2346e-5 (1 point).",
        );
        check(
            chart(Style::Line, &[("main", Some("p"), &[])]),
            "Line plot p.csv: y by x. main p has no data.",
        );
        check(chart(Style::Line, &[]), "Line plot p.csv: y by x. no data.");
        check(
            chart(
                Style::Line,
                &[("a", None, &[1.0, 0.5, spelt(f64::NAN)]), ("b", None, &[0.5, 0.500_000_000_1])],
            ),
            "Line plot p.csv: y by x. a ends at 0.5 (2 points) and diverged at x 2, b ends at 0.5 (2 points) and unchanged \
             within float noise.",
        );
        check(
            chart(Style::Points, &[("a", None, &[1.0, f64::NAN])]),
            "Scatter plot p.csv: y by x. a has 1 point.",
        );
    }

    #[test]
    fn matrices_tell_how_often_both_agree() {
        let classes = || vec!["cat".to_owned(), "dog".to_owned()];
        let facet = |label: &str, cells: &[f64]| MatrixFacet {
            which: Which::Base,
            label: label.to_owned(),
            column: None,
            cells: cells.to_vec(),
        };
        let facets = vec![facet("main", &[6.0, 1.0, 3.0, f64::NAN]), facet("work", &[0.0; 4])];
        check(
            Kind::Matrix(Matrix { across: classes(), down: classes(), shares: false, facets }),
            "Confusion matrix p.csv: y by x. main has 60% on the diagonal, most often else cat as dog (3), work has no data.",
        );
    }

    #[test]
    fn bars_tell_their_lengths() {
        let groups = vec![BarGroup {
            which: Which::Base,
            label: "main".to_owned(),
            column: None,
            values: vec![0.5; 8],
        }];
        let categories = (0..8).map(|index| format!("c{index}")).collect();
        check(
            Kind::Bars(Bars { categories, groups }),
            "Bar chart p.csv: y by x. c0 main 0.5, c1 main 0.5, c2 main 0.5, c3 main 0.5, c4 main 0.5, c5 main 0.5, and 2 more.",
        );
    }
}
