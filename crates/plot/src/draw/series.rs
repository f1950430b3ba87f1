//! The marks of a plot area's series, by the chart's style.

use super::frame::Area;
use super::legend::{dashes, shape};
use crate::decimate::{self, Bin, DENSE_ABOVE, Point};
use crate::scene::{Ink, Mark, Scene};
use crate::smooth::loess;
use crate::ticks::Axis;
use crate::{Series, Style};

const LINE_WIDTH: f32 = 1.75;
/// The last point of a line.
const DOT: f32 = 2.4;
/// A point between two gaps, which has no line.
const LONE_DOT: f32 = 1.1;
/// How much of its colour a dense series' band has, a raw line behind a smooth one, and an area.
const BAND_ALPHA: f32 = 0.25;
const RAW_ALPHA: f32 = 0.28;
const AREA_ALPHA: f32 = 0.18;
/// Columns per CSS pixel that a line needs to look the same.
const LINE_COLUMNS: f32 = 2.0;
/// More points than this are small; more than that are dots that add up where they meet.
const MANY: usize = 1_000;
const VERY_MANY: usize = 4_000;
/// The part of a band over which points are spread.
const SPREAD: f64 = 0.62;

type Axes<'a> = (&'a Axis, &'a Axis);

/// Draws all series, each with its column's place.
pub(super) fn draw(
    scene: &mut Scene,
    area: &Area,
    axes: Axes<'_>,
    style: Style,
    series: &[(&Series, usize)],
) {
    if matches!(style, Style::Points | Style::Jitter) {
        return points(scene, area, axes, style, series);
    }
    let shade = AREA_ALPHA * 2.0 / series.len().max(2) as f32;
    let parts: Vec<Parts> = series
        .iter()
        .map(|(series, column)| Parts::of(series, *column, area, axes, (style, shade)))
        .collect();
    // Bands below all lines, dots above them: what covers little is covered by nothing.
    let layers: [fn(Parts) -> Vec<Mark>; 3] = [|parts| parts.behind, |parts| parts.lines, |parts| parts.dots];
    for layer in layers {
        scene.marks.extend(parts.iter().cloned().flat_map(layer));
    }
}

/// The marks of one line, by layer.
#[derive(Clone, Default)]
struct Parts {
    behind: Vec<Mark>,
    lines: Vec<Mark>,
    dots: Vec<Mark>,
}

impl Parts {
    fn of(series: &Series, column: usize, area: &Area, axes: Axes<'_>, (style, shade): (Style, f32)) -> Self {
        let ink = Ink::Side(series.which);
        let brush = Brush { area, ink, dashes: dashes(column) };
        let mut parts = Self::default();
        if series.x.len().min(series.y.len()) > DENSE_ABOVE {
            for run in decimate::dense(&series.x, &series.y, axes, area.width as usize) {
                parts.behind.push(brush.band(&run));
                let means: Vec<Point> = run.iter().map(|bin| (bin.x, bin.mean)).collect();
                parts.lines.push(brush.line(if style == Style::Smooth { loess(&means) } else { means }, 1.0));
            }
            return parts;
        }
        let runs = decimate::runs(&series.x, &series.y, axes);
        let base = axes.1.fraction(0.0);
        for run in &runs {
            let kept = decimate::m4(run, (area.width * LINE_COLUMNS) as usize);
            match style {
                Style::Smooth => {
                    parts.behind.push(brush.line(kept, RAW_ALPHA));
                    parts.lines.push(brush.line(loess(run), 1.0));
                }
                Style::Area => {
                    parts.behind.push(brush.filled(&kept, base, shade));
                    parts.lines.push(brush.line(kept, 1.0));
                }
                _ => parts.lines.push(brush.line(kept, 1.0)),
            }
        }
        let end = match parts.lines.last() {
            Some(Mark::Line { points, .. }) => points.last().copied(),
            Some(Mark::Point { x, y, .. }) => Some((*x, *y)),
            _ => None,
        };
        parts.dots.extend(end.map(|(x, y)| dot(x, y, DOT, ink, 1.0)));
        // Over names a line is only a help for the eye: the points are what there is.
        if axes.0.named {
            parts.dots.extend(runs.iter().flatten().map(|(x, y)| dot(area.x(*x), area.y(*y), DOT, ink, 1.0)));
        }
        parts
    }
}

fn dot(x: f32, y: f32, radius: f32, ink: Ink, alpha: f32) -> Mark {
    Mark::Point { x, y, radius, shape: shape(0), ink, rim: 0.0, alpha }
}

/// Turns parts of the axes into marks of one colour.
struct Brush<'a> {
    area: &'a Area,
    ink: Ink,
    dashes: &'static [f32],
}

impl Brush<'_> {
    fn place(&self, (x, y): Point) -> (f32, f32) {
        (self.area.x(x), self.area.y(y))
    }

    fn line(&self, points: Vec<Point>, alpha: f32) -> Mark {
        let points: Vec<_> = points.into_iter().map(|point| self.place(point)).collect();
        if let [(x, y)] = points.as_slice() {
            return dot(*x, *y, LONE_DOT, self.ink, alpha);
        }
        let width = if alpha < 1.0 { 1.0 } else { LINE_WIDTH };
        let dashes = if alpha < 1.0 { &[] } else { self.dashes };
        Mark::Line { points, width, dashes, ink: self.ink, alpha }
    }

    fn filled(&self, points: &[Point], base: f64, alpha: f32) -> Mark {
        let ends = [points.last(), points.first()].into_iter().flatten().map(|point| (point.0, base));
        let points = points.iter().copied().chain(ends).map(|point| self.place(point)).collect();
        Mark::Area { points, ink: self.ink, alpha }
    }

    fn band(&self, run: &[Bin]) -> Mark {
        let (ink, alpha) = (self.ink, BAND_ALPHA);
        if let [only] = run {
            let points = vec![self.place((only.x, only.min)), self.place((only.x, only.max))];
            return Mark::Line { points, width: 2.0 * LINE_WIDTH, dashes: &[], ink, alpha };
        }
        let upper = run.iter().map(|bin| self.place((bin.x, bin.max)));
        let lower = run.iter().rev().map(|bin| self.place((bin.x, bin.min)));
        Mark::Area { points: upper.chain(lower).collect(), ink, alpha }
    }
}

/// Points of all series, mixed, so that none covers all of another.
fn points(scene: &mut Scene, area: &Area, axes: Axes<'_>, style: Style, series: &[(&Series, usize)]) {
    let total: usize = series.iter().map(|(series, _)| series.x.len()).sum();
    let mut mixed: Vec<(f64, Mark)> = Vec::new();
    for (index, (series, column)) in series.iter().enumerate() {
        let ink = Ink::Side(series.which);
        // Where very many points fall on the same pixel, so many of them are as good as all.
        let mut pixels = std::collections::BTreeMap::new();
        for (row, (&x, &y)) in series.x.iter().zip(&series.y).enumerate() {
            if !axes.0.holds(x) || !axes.1.holds(y) {
                continue;
            }
            let seed = (index as u64) << 40 | row as u64;
            let spread = |axis: &Axis, value: f64, seed: u64| match style {
                Style::Jitter if axis.named => axis.fraction(value + (chance(seed) - 0.5) * SPREAD),
                _ => axis.fraction(value),
            };
            let at = (area.x(spread(axes.0, x, 2 * seed)), area.y(spread(axes.1, y, 2 * seed + 1)));
            let mark = if total > VERY_MANY {
                let seen = pixels.entry((at.0 as i32, at.1 as i32)).or_insert(0);
                *seen += 1;
                if *seen > 4 {
                    continue;
                }
                dot(at.0, at.1, 1.2, ink, 0.3)
            } else {
                let (radius, rim, alpha) = if total > MANY { (2.0, 0.9, 0.7) } else { (2.75, 1.15, 0.9) };
                Mark::Point { x: at.0, y: at.1, radius, shape: shape(*column), ink, rim, alpha }
            };
            mixed.push((chance(!seed), mark));
        }
    }
    mixed.sort_by(|a, b| a.0.total_cmp(&b.0));
    scene.marks.extend(mixed.into_iter().map(|(_, mark)| mark));
}

/// A number from 0 to 1 that looks like chance and is the same every time (splitmix64, Steele et al. 2014).
fn chance(seed: u64) -> f64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
