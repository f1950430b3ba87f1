//! Charts: one plot area, or a small one per column where columns are many.

use super::endings::{self, Ending};
use super::frame::{self, Area, BEFORE_LABELS, BELOW_LABELS, LABEL, LABEL_OFFSET, Labels, TOP, tick_count};
use super::legend::Legend;
use super::series;
use crate::font::Fonts;
use crate::scene::{Anchor, Lettering, Scene};
use crate::text::diverged;
use crate::ticks::Axis;
use crate::{Chart, Figure, Scale, Series, Style, dates};

/// So many columns share a plot area, told apart by dashes or shapes; more get an area each.
const SHARED: usize = 4;
/// So many areas are drawn.
const MOST_PANELS: usize = 12;
const IN_A_ROW: usize = 3;
const WHOLE: (f32, f32) = (380.0, 260.0);
const SMALL: (f32, f32) = (220.0, 132.0);
const LEAST_LEFT: f32 = 55.0;
/// Over a small area: its column's name.
const HEADING: f32 = 20.0;

/// One plot area with its series, each with its column's place.
struct Panel<'a> {
    heading: String,
    series: Vec<(&'a Series, usize)>,
    /// `None` if there is nothing to draw.
    axes: Option<(Axis, Axis)>,
    endings: Vec<Ending<'a>>,
    below: Labels,
    beside: Labels,
}

/// Where the panels stand.
struct Grid {
    in_row: usize,
    left: f32,
    top: f32,
    /// From one panel to the next.
    step: (f32, f32),
    right: f32,
    bottom: f32,
    /// What the labels below need.
    below: f32,
}

impl Grid {
    fn of(panels: &[Panel<'_>], split: bool, size: (f32, f32), fonts: &Fonts) -> Self {
        let beside = panels.iter().map(|panel| panel.beside.extent).fold(0.0, f32::max);
        let below = panels.iter().map(|panel| panel.below.extent).fold(LABEL, f32::max);
        let in_row = if split { IN_A_ROW } else { 1 };
        let rows = panels.len().div_ceil(in_row).max(1);
        let left = (BEFORE_LABELS + beside + LABEL_OFFSET).max(LEAST_LEFT).ceil();
        let top = if split { TOP + HEADING } else { TOP };
        let overhang = |panel: &Panel<'_>| {
            panel.axes.as_ref().map_or(0.0, |(x, _)| panel.below.overhang(x, size.0, fonts))
        };
        let overhang = panels.iter().map(overhang).fold(0.0, f32::max);
        let across = (beside + LABEL_OFFSET + 26.0).max(overhang + 8.0);
        let step = (size.0 + across, size.1 + below + HEADING + 22.0);
        let right = left + step.0 * (in_row - 1) as f32 + size.0;
        let bottom = top + step.1 * (rows - 1) as f32 + size.1;
        Self { in_row, left, top, step, right, bottom, below }
    }

    fn area(&self, index: usize, size: (f32, f32)) -> Area {
        let (across, down) = ((index % self.in_row) as f32, (index / self.in_row) as f32);
        let (left, top) = (self.left + self.step.0 * across, self.top + self.step.1 * down);
        Area { left, top, width: size.0, height: size.1 }
    }
}

/// The scene of a chart.
pub(super) fn scene(figure: &Figure, chart: &Chart, fonts: &Fonts) -> Scene {
    let columns = chart.columns();
    let split = columns.len() > SHARED;
    let size = if split { SMALL } else { WHOLE };
    let panels = panels(figure, chart, &columns, size, fonts);
    let grid = Grid::of(&panels, split, size, fonts);
    let Grid { left, top, right, bottom, below, .. } = grid;
    let revisions = chart.series.iter().map(|series| (series.which, series.label.as_str()));
    let told: &[Option<&str>] = if split { &[] } else { &columns };
    let mut legend = Legend::new(revisions, told, Some(chart.style), bottom - TOP, fonts);
    if let Some(more) = columns.len().checked_sub(MOST_PANELS).filter(|more| *more > 0) {
        legend.more(format!("{more} more columns"), fonts);
    }
    let (width, height) = ((right + legend.width()).ceil(), (bottom + below + BELOW_LABELS + 1.5).ceil());
    let mut scene = Scene { width, height, marks: Vec::new() };
    for (index, panel) in panels.iter().enumerate() {
        panel.draw(&mut scene, &grid.area(index, size), chart, fonts);
    }
    let middle = (left + right) / 2.0;
    frame::title(&mut scene, figure, middle, fonts);
    frame::x_title(&mut scene, figure, (middle, bottom + below), right - left, fonts);
    // Over each of many areas its column's name stands already.
    if !split {
        frame::y_title(&mut scene, figure, (TOP + bottom) / 2.0, bottom - TOP, fonts);
    }
    legend.draw(&mut scene, right, top);
    scene
}

fn panels<'a>(
    figure: &Figure,
    chart: &'a Chart,
    columns: &[Option<&'a str>],
    size: (f32, f32),
    fonts: &Fonts,
) -> Vec<Panel<'a>> {
    let all = || {
        chart.series.iter().map(|series| {
            let column = columns.iter().position(|column| *column == series.column.as_deref());
            (series, column.unwrap_or(0))
        })
    };
    let groups: Vec<(String, Vec<(&Series, usize)>)> = if columns.len() > SHARED {
        let of =
            |index: usize| all().filter(move |(_, column)| *column == index).map(|(series, _)| (series, 0));
        let names: Vec<&str> = columns.iter().take(MOST_PANELS).map(|name| name.unwrap_or("")).collect();
        let headings = frame::told_apart(&names, size.0, &fonts.semibold).into_iter();
        headings.enumerate().map(|(index, heading)| (heading, of(index).collect())).collect()
    } else {
        vec![(String::new(), all().collect())]
    };
    let panel = |(heading, series): (String, Vec<(&'a Series, usize)>)| {
        let axes = axes(chart, &series, size);
        let beside = axes.as_ref().map(|(_, y)| Labels::beside(y, size.1, fonts)).unwrap_or_default();
        let below = axes.as_ref().map(|(x, _)| Labels::below(x, size.0, fonts)).unwrap_or_default();
        let endings = endings(&figure.x_label, chart, &series);
        Panel { heading, series, axes, endings, below, beside }
    };
    groups.into_iter().map(panel).collect()
}

/// The lines that end because their values are none; points do not end.
fn endings<'a>(x_label: &str, chart: &Chart, series: &[(&'a Series, usize)]) -> Vec<Ending<'a>> {
    if matches!(chart.style, Style::Points | Style::Jitter) {
        return Vec::new();
    }
    let ending = |(series, _): &(&'a Series, usize)| {
        diverged(x_label, chart, series).map(|remark| Ending { series, remark })
    };
    series.iter().filter_map(ending).collect()
}

/// Axes that hold all points which can be drawn.
fn axes(chart: &Chart, series: &[(&Series, usize)], size: (f32, f32)) -> Option<(Axis, Axis)> {
    let (across, down) = (holder(&chart.x), holder(&chart.y));
    let points = || {
        let all = series.iter().flat_map(|(series, _)| series.x.iter().zip(&series.y));
        all.filter(|(x, y)| across.holds(**x) && down.holds(**y))
    };
    points().next()?;
    let range = |values: &mut dyn Iterator<Item = f64>| {
        let none = (f64::INFINITY, f64::NEG_INFINITY);
        values.fold(none, |(low, high), value| (low.min(value), high.max(value)))
    };
    let x = range(&mut points().map(|point| *point.0));
    let mut y = range(&mut points().map(|point| *point.1));
    if chart.style == Style::Area && chart.y == Scale::Linear {
        y = joined(y, Some((0.0, 0.0)));
    }
    let (x, y) = (joined(x, chart.x_range), joined(y, chart.y_range));
    let mut count = tick_count(size.0);
    // Between whole steps there are no ticks: half an epoch is nothing.
    if chart.x == Scale::Linear && points().all(|(x, _)| x.fract() == 0.0) {
        count = count.min(if x.1 > x.0 { x.1 - x.0 } else { 2.0 });
    }
    let y = if chart.y == Scale::Linear { Axis::around_noise(y) } else { y };
    Some((axis(&chart.x, x, count), axis(&chart.y, y, tick_count(size.1).max(4.0))))
}

fn joined(range: (f64, f64), with: Option<(f64, f64)>) -> (f64, f64) {
    with.map_or(range, |with| (range.0.min(with.0), range.1.max(with.1)))
}

/// An axis that tells which values a scale can show.
fn holder(scale: &Scale) -> Axis {
    axis(scale, (1.0, 10.0), 2.0)
}

fn axis(scale: &Scale, (low, high): (f64, f64), count: f64) -> Axis {
    match scale {
        Scale::Linear => Axis::new(low, high, count),
        Scale::Log => Axis::log(low, high, count),
        Scale::Time => dates::axis(low, high, count),
        Scale::Bands(names) => Axis::bands(names, false),
    }
}

impl Panel<'_> {
    fn draw(&self, scene: &mut Scene, area: &Area, chart: &Chart, fonts: &Fonts) {
        let middle = area.x(0.5);
        scene.text(&self.heading, middle, area.top - 8.0, Lettering::strong(LABEL, Anchor::Middle));
        let Some((x, y)) = &self.axes else {
            area.rules(scene);
            if self.endings.is_empty() {
                scene.text("no data", middle, area.y(0.5), Lettering::plain(LABEL, Anchor::Middle));
            }
            return endings::draw(scene, area, None, &self.endings, fonts);
        };
        // A line over names has nothing between them; points do.
        if !x.named || chart.style == Style::Jitter {
            area.upright_grid(scene, frame::grid(x));
        }
        area.level_grid(scene, frame::grid(y));
        area.rules(scene);
        self.below.draw_below(scene, area, x);
        self.beside.draw_beside(scene, area, y);
        series::draw(scene, area, (x, y), chart.style, &self.series);
        endings::draw(scene, area, self.axes.as_ref(), &self.endings, fonts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Which;

    #[test]
    fn whole_steps_have_whole_ticks() {
        for (x, expected) in [
            (vec![0.0, 1.0, 2.0], "0 1 2"),
            (vec![0.0], "−1 0 1"),
            (vec![0.0, 0.5], "0.00 0.05 0.10 0.15 0.20 0.25 0.30 0.35 0.40 0.45 0.50"),
        ] {
            let y = vec![1.0; x.len()];
            let series = Series { which: Which::Head, label: String::new(), column: None, x, y };
            let chart = Chart::new(Style::Line, vec![series.clone()]);
            let ticks = axes(&chart, &[(&series, 0)], WHOLE).unwrap().0.ticks;
            assert_eq!(ticks.into_iter().map(|tick| tick.label).collect::<Vec<_>>().join(" "), expected);
        }
    }
}
