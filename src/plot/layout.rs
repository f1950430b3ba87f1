//! Where everything of a figure goes: axes, legend, and the size of the canvas. All in CSS pixels.

use super::backend::Dashes;
use super::decimate::drawable;
use super::font::Fonts;
use super::ticks::{Axis, Tick};
use super::{Figure, Which, columns};

pub(super) const PLOT_WIDTH: f32 = 380.0;
pub(super) const PLOT_HEIGHT: f32 = 260.0;
pub(super) const PLOT_TOP: f32 = 34.0;
pub(super) const HEIGHT: f32 = 344.0;

/// Sizes of text.
pub(super) const TITLE: f32 = 13.5;
pub(super) const AXIS_TITLE: f32 = 11.0;
pub(super) const LABEL: f32 = 10.5;

/// Between two ticks at least, on average.
const TICK_SPACING: f32 = 50.0;
/// Between two labels of the x axis at least.
const LABEL_GAP: f32 = 6.0;
/// From the canvas's left end to the labels of the y axis.
const BEFORE_LABELS: f32 = 31.0;
/// From the y axis to its labels' end.
pub(super) const LABEL_OFFSET: f32 = 8.0;
/// Right of the plot: the legend's distance, its lines with their gap, what follows the longest label.
const BEFORE_LEGEND: f32 = 18.0;
const BEFORE_DASHES: f32 = 18.0;
const AFTER_LEGEND: f32 = 11.0;
/// The space right of the plot that every figure has.
const RIGHT: f32 = 104.0;
const LEAST_LEFT: f32 = 55.0;
/// Longer legend labels end in an ellipsis.
const LONGEST_LABEL: f32 = 240.0;
/// The legend's rows, titles included, that fit beside the plot.
const LEGEND_ROWS: usize = 17;

/// One dash pattern per column of a figure; then they repeat.
const DASHES: [&[f32]; 6] =
    [&[], &[6.0, 4.0], &[2.0, 2.5], &[9.0, 3.0, 2.0, 3.0], &[12.0, 4.0], &[6.0, 2.5, 2.0, 2.5, 2.0, 2.5]];

/// A row of the legend.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Row {
    Title(&'static str),
    Revision(Which, String),
    Column(usize, String),
    /// So many rows more than there is room for.
    More(String),
}

/// Where the parts of a figure are.
pub(super) struct Layout {
    pub width: f32,
    /// The plot area's left end.
    pub left: f32,
    /// `None` if there is nothing to draw.
    pub axes: Option<(Axis, Axis)>,
    /// Whether each tick of the x axis has room for its label.
    pub labelled: Vec<bool>,
    pub legend: Vec<Row>,
    pub swatch: f32,
}

impl Layout {
    pub(super) fn of(figure: &Figure, fonts: &Fonts) -> Self {
        let axes = axes(figure);
        let tick_width = |tick: &Tick| fonts.regular.width(&tick.label, LABEL);
        let widest = axes.iter().flat_map(|(_, y)| y.ticks.iter().map(tick_width)).fold(0.0, f32::max);
        let left = (BEFORE_LABELS + widest + LABEL_OFFSET).max(LEAST_LEFT).ceil();
        let legend = legend(figure, fonts);
        let dashed = legend.iter().any(|row| matches!(row, Row::Column(..)));
        let swatch = if dashed { 12.0 + BEFORE_DASHES } else { 12.0 };
        let text_left = left + PLOT_WIDTH + BEFORE_LEGEND + swatch + 5.0;
        let text_width = legend.iter().map(|row| row_width(row, fonts)).fold(0.0, f32::max);
        let width = (text_left + text_width + AFTER_LEGEND).max(left + PLOT_WIDTH + RIGHT).ceil();
        let labelled = axes.as_ref().map_or_else(Vec::new, |(x, _)| labelled(x, tick_width));
        Self { width, left, axes, labelled, legend, swatch }
    }

    pub(super) fn legend_left(&self) -> f32 {
        self.left + PLOT_WIDTH + BEFORE_LEGEND
    }

    pub(super) fn x(&self, fraction: f64) -> f32 {
        self.left + PLOT_WIDTH * fraction as f32
    }

    pub(super) fn y(fraction: f64) -> f32 {
        PLOT_TOP + PLOT_HEIGHT * (1.0 - fraction as f32)
    }
}

/// The dashes of a figure's column, by its place among the columns.
pub(super) fn dashes(column: usize) -> Dashes {
    Dashes(DASHES[column % DASHES.len()])
}

/// Axes that hold all points which can be drawn.
fn axes(figure: &Figure) -> Option<(Axis, Axis)> {
    let points = || {
        let all = figure.series.iter().flat_map(|series| series.x.iter().zip(&series.y));
        all.filter(|(x, y)| drawable(**x) && drawable(**y))
    };
    points().next()?;
    let range = |values: &mut dyn Iterator<Item = f64>| {
        values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    };
    let x = range(&mut points().map(|point| *point.0));
    let y = range(&mut points().map(|point| *point.1));
    let count = |length: f32| f64::from((length / TICK_SPACING).ceil());
    let mut across = count(PLOT_WIDTH);
    // Between whole steps there are no ticks: half an epoch is nothing.
    if points().all(|(x, _)| x.fract() == 0.0) {
        across = across.min(if x.1 > x.0 { x.1 - x.0 } else { 2.0 });
    }
    Some((Axis::new(x.0, x.1, across), Axis::new(y.0, y.1, count(PLOT_HEIGHT))))
}

/// Every label, or every second, or every fourth: the most that do not touch.
fn labelled(axis: &Axis, width: impl Fn(&Tick) -> f32) -> Vec<bool> {
    let places: Vec<(f32, f32)> = axis
        .ticks
        .iter()
        .map(|tick| {
            let (middle, half) = (PLOT_WIDTH * axis.fraction(tick.at) as f32, width(tick) / 2.0);
            (middle - half, middle + half)
        })
        .collect();
    let mut stride = 1;
    while stride < places.len() {
        let kept: Vec<&(f32, f32)> = places.iter().step_by(stride).collect();
        if kept.windows(2).all(|pair| pair[1].0 - pair[0].1 >= LABEL_GAP) {
            break;
        }
        stride *= 2;
    }
    (0..places.len()).map(|index| index % stride == 0).collect()
}

fn legend(figure: &Figure, fonts: &Fonts) -> Vec<Row> {
    let fitted = |text: &str| fonts.regular.fitted(text, LABEL, LONGEST_LABEL);
    let mut rows = vec![Row::Title("rev")];
    for series in &figure.series {
        let row = Row::Revision(series.which, fitted(&series.label));
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    let columns = columns(figure);
    if columns.len() > 1 {
        rows.push(Row::Title("column"));
        rows.extend(
            columns.iter().enumerate().map(|(index, name)| Row::Column(index, fitted(name.unwrap_or("")))),
        );
    }
    if rows.len() > LEGEND_ROWS {
        let left_out = rows.len() - (LEGEND_ROWS - 1);
        rows.truncate(LEGEND_ROWS - 1);
        rows.push(Row::More(format!("{left_out} more")));
    }
    rows
}

fn row_width(row: &Row, fonts: &Fonts) -> f32 {
    match row {
        Row::Title(_) => 0.0,
        Row::Revision(_, text) | Row::Column(_, text) | Row::More(text) => fonts.regular.width(text, LABEL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_steps_have_whole_ticks() {
        for (x, expected) in [
            (vec![0.0, 1.0, 2.0], "0 1 2"),
            (vec![0.0], "−1 0 1"),
            (vec![0.0, 0.5], "0.00 0.05 0.10 0.15 0.20 0.25 0.30 0.35 0.40 0.45 0.50"),
        ] {
            let y = vec![1.0; x.len()];
            let series = crate::plot::Series { which: Which::Head, label: String::new(), column: None, x, y };
            let text = String::new;
            let figure =
                Figure { id: text(), title: text(), x_label: text(), y_label: text(), series: vec![series] };
            let ticks = axes(&figure).unwrap().0.ticks;
            assert_eq!(ticks.into_iter().map(|tick| tick.label).collect::<Vec<_>>().join(" "), expected);
        }
    }

    #[test]
    fn labels_that_would_touch_are_left_out() {
        let axis = Axis::new(0.0, 50_000.0, 10.0);
        let shown = |width: f32| labelled(&axis, |_| width).iter().filter(|shown| **shown).count();
        assert_eq!(
            (axis.ticks.len(), shown(20.0), shown(35.0), shown(100.0), shown(1_000.0)),
            (11, 11, 6, 3, 1)
        );
    }
}
