//! Horizontal bars: a row per category, in it a bar per revision; several columns side by side.

use super::frame::{self, Area, BEFORE_LABELS, BELOW_LABELS, LABEL, LABEL_OFFSET, Labels, TOP, tick_count};
use super::legend::Legend;
use crate::font::Fonts;
use crate::scene::{Anchor, Ink, Lettering, Scene};
use crate::ticks::Axis;
use crate::{BarGroup, Bars, Figure, distinct};

const WIDTH: f32 = 340.0;
const WIDTH_OF_MANY: f32 = 210.0;
const IN_A_ROW: usize = 3;
/// What the rows of all categories share, if their bars need no more.
const HEIGHT: f32 = 250.0;
const THICKEST: f32 = 15.0;
const THINNEST: f32 = 4.0;
/// A row's least height: its label's.
const LEAST_ROW: f32 = 13.0;
/// A row's part that is not bars.
const GAP: f32 = 0.24;
const HEADING: f32 = 20.0;

/// A panel's bars, and how thick they are.
struct Rows<'a> {
    panels: Vec<Vec<&'a BarGroup>>,
    bar: f32,
    /// A panel's width and height.
    size: (f32, f32),
}

impl<'a> Rows<'a> {
    fn of(bars: &'a Bars, columns: &[Option<&str>]) -> Self {
        let of = |column: &Option<&str>| {
            bars.groups.iter().filter(|group| group.column.as_deref() == *column).collect()
        };
        let panels: Vec<Vec<&BarGroup>> = columns.iter().map(of).collect();
        let count = bars.categories.len().max(1) as f32;
        let most = panels.iter().map(Vec::len).max().unwrap_or(1).max(1) as f32;
        let bar = (HEIGHT / count * (1.0 - GAP) / most).clamp(THINNEST, THICKEST);
        let bar = (bar * 2.0).floor() / 2.0;
        let row = ((bar * most / (1.0 - GAP)) * 2.0).round() / 2.0;
        let width = if columns.len() > 1 { WIDTH_OF_MANY } else { WIDTH };
        Self { panels, bar, size: (width, row.max(LEAST_ROW) * count) }
    }
}

/// The scene of bars.
pub(super) fn scene(figure: &Figure, bars: &Bars, fonts: &Fonts) -> Scene {
    let columns = distinct(bars.groups.iter().map(|group| group.column.as_deref()));
    let split = columns.len() > 1;
    let Rows { panels, bar, size } = Rows::of(bars, &columns);
    let (x, y) = (lengths(bars, size.0), Axis::bands(&bars.categories, true));
    let (beside, below) = (Labels::beside(&y, size.1, fonts), Labels::below(&x, size.0, fonts));
    let left = (BEFORE_LABELS + beside.extent + LABEL_OFFSET).ceil();
    let in_row = panels.len().clamp(1, IN_A_ROW);
    let rows = panels.len().div_ceil(in_row).max(1);
    let top = if split { TOP + HEADING } else { TOP };
    let step =
        (size.0 + below.overhang(&x, size.0, fonts).max(16.0) + 8.0, size.1 + below.extent + HEADING + 20.0);
    let right = left + step.0 * (in_row - 1) as f32 + size.0;
    let bottom = top + step.1 * (rows - 1) as f32 + size.1;
    let revisions = bars.groups.iter().map(|group| (group.which, group.label.as_str()));
    let legend = Legend::new(revisions, &[], None, (bottom - TOP).max(80.0), fonts);
    let (width, height) =
        ((right + legend.width()).ceil(), (bottom + below.extent + BELOW_LABELS + 1.5).ceil());
    let mut scene = Scene { width, height: height.max(110.0), marks: Vec::new() };
    let names: Vec<&str> = columns.iter().map(|column| column.unwrap_or("")).collect();
    let headings = frame::told_apart(&names, size.0, &fonts.semibold);
    for (index, (panel, text)) in panels.iter().zip(&headings).enumerate() {
        let (across, down) = (index % in_row, index / in_row);
        let (left, top) = (left + step.0 * across as f32, top + step.1 * down as f32);
        let area = Area { left, top, width: size.0, height: size.1 };
        heading(&mut scene, &area, text);
        area.upright_grid(&mut scene, frame::grid(&x));
        draw(&mut scene, &area, (&x, &y), panel, bar);
        area.rules(&mut scene);
        below.draw_below(&mut scene, &area, &x);
        if across == 0 {
            beside.draw_beside(&mut scene, &area, &y);
        }
    }
    let middle = (left + right) / 2.0;
    frame::title(&mut scene, figure, middle, fonts);
    frame::x_title(&mut scene, figure, (middle, bottom + below.extent), right - left, fonts);
    frame::y_title(&mut scene, figure, (top + bottom) / 2.0, bottom - top + 20.0, fonts);
    legend.draw(&mut scene, right, top);
    scene
}

fn heading(scene: &mut Scene, area: &Area, text: &str) {
    scene.text(text, area.x(0.5), area.top - 8.0, Lettering::strong(LABEL, Anchor::Middle));
}

/// The axis of the lengths, from zero: a bar is as long as its number.
fn lengths(bars: &Bars, width: f32) -> Axis {
    let values =
        bars.groups.iter().flat_map(|group| &group.values).copied().filter(|value| value.is_finite());
    let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    Axis::new(low, if high > low { high } else { 1.0 }, tick_count(width))
}

fn draw(scene: &mut Scene, area: &Area, (x, y): (&Axis, &Axis), groups: &[&BarGroup], bar: f32) {
    let zero = area.x(x.fraction(0.0));
    for (index, group) in groups.iter().enumerate() {
        for (category, value) in group.values.iter().enumerate().filter(|(_, value)| x.holds(**value)) {
            let middle = area.y(y.fraction(category as f64));
            let top = middle + bar * (index as f32 - groups.len() as f32 / 2.0);
            let end = area.x(x.fraction(*value));
            // Something that is there is to be seen, were it ever so little.
            let end = if *value != 0.0 && (end - zero).abs() < 0.5 {
                zero + 0.5 * value.signum() as f32
            } else {
                end
            };
            scene.rect([zero.min(end), top, zero.max(end), top + bar], Ink::Side(group.which));
        }
    }
    if x.low < 0.0 {
        scene.rect([zero - 0.5, area.top, zero + 0.5, area.bottom()], Ink::Axis);
    }
}
