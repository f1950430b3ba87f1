//! Matrices: a square of coloured cells per revision, the numbers in them, and what the colours mean.

use super::frame::{self, Area, BEFORE_LABELS, BELOW_LABELS, LABEL, LABEL_OFFSET, Labels, MIDDLE, TOP};
use crate::font::Fonts;
use crate::scene::{Anchor, Ink, Lettering, Scene};
use crate::text::cell_text;
use crate::ticks::Axis;
use crate::{Figure, Matrix, MatrixFacet, distinct};

/// A square's side, if its cells need no more.
const SIDE: f32 = 300.0;
const LARGEST_CELL: f32 = 52.0;
/// Above so many classes the cells have no numbers.
const NUMBERED: usize = 30;
/// Cells without numbers.
const SIDE_OF_MANY: f32 = 560.0;
const SMALLEST_CELL: f32 = 4.0;
/// Squares stand below each other if they would be wider than this.
const WIDEST: f32 = 900.0;
/// Over each square: its revision.
const HEADING: f32 = 24.0;
const BETWEEN: f32 = 22.0;
const LEAST_HEADING: f32 = 96.0;
const BAR_WIDTH: f32 = 14.0;
const COLOUR_TICKS: f64 = 5.0;

/// Everything that the parts of the picture share.
struct Parts<'a> {
    matrix: &'a Matrix,
    cell: f32,
    numbers: bool,
    /// The scale of the colours.
    heat: Axis,
    x: Axis,
    y: Axis,
    below: Labels,
    beside: Labels,
}

/// Where the squares stand.
struct Grid {
    /// A square's width and height.
    size: (f32, f32),
    in_row: usize,
    rows: usize,
    left: f32,
    top: f32,
    step: (f32, f32),
    right: f32,
    bottom: f32,
}

impl Grid {
    fn of(matrix: &Matrix, parts: &Parts<'_>) -> Self {
        let side = |classes: usize| parts.cell * classes.max(1) as f32;
        let size = (side(matrix.across.len()), side(matrix.down.len()));
        let revisions = distinct(matrix.facets.iter().map(|facet| (facet.which, facet.label.as_str()))).len();
        let in_row = if size.0 * revisions as f32 > WIDEST { 1 } else { revisions.max(1) };
        let rows = matrix.facets.len().div_ceil(in_row).max(1);
        let step = (size.0.max(LEAST_HEADING) + BETWEEN, size.1 + HEADING + 10.0);
        let (left, top) = ((BEFORE_LABELS + parts.beside.extent + LABEL_OFFSET).ceil(), TOP + HEADING);
        let right = left + step.0 * (in_row - 1) as f32 + size.0;
        let bottom = top + step.1 * (rows - 1) as f32 + size.1;
        Self { size, in_row, rows, left, top, step, right, bottom }
    }
}

/// The scene of a matrix.
pub(super) fn scene(figure: &Figure, matrix: &Matrix, fonts: &Fonts) -> Scene {
    let parts = Parts::of(matrix, fonts);
    let Grid { size, in_row, rows, left, top, step, right, bottom } = Grid::of(matrix, &parts);
    let bar_labels = Labels::beside(&parts.heat, size.1.min(200.0), fonts);
    let width = (right + 18.0 + BAR_WIDTH + 8.0 + bar_labels.extent + 14.0).ceil();
    let height = (bottom + parts.below.extent + BELOW_LABELS + 1.5).ceil();
    let mut scene = Scene { width, height, marks: Vec::new() };
    for (index, facet) in in_order(matrix).into_iter().enumerate() {
        let (across, down) = (index % in_row, index / in_row);
        let (left, top) = (left + step.0 * across as f32, top + step.1 * down as f32);
        let area = Area { left, top, width: size.0, height: size.1 };
        parts.facet(&mut scene, &area, facet, fonts);
        if across == 0 {
            parts.beside.draw_beside(&mut scene, &area, &parts.y);
        }
        if down == rows - 1 {
            parts.below.draw_below(&mut scene, &area, &parts.x);
            let below = bottom + parts.below.extent;
            frame::x_title(&mut scene, figure, (area.x(0.5), below), size.0.max(60.0), fonts);
        }
    }
    frame::title(&mut scene, figure, (left + right) / 2.0, fonts);
    frame::y_title(&mut scene, figure, (top + bottom) / 2.0, bottom - top + 20.0, fonts);
    let bar = Area { left: right + 18.0, top, width: BAR_WIDTH, height: size.1.min(200.0) };
    parts.bar(&mut scene, &bar, &bar_labels);
    scene
}

/// Columns below each other, revisions side by side.
fn in_order(matrix: &Matrix) -> Vec<&MatrixFacet> {
    let mut facets: Vec<&MatrixFacet> = matrix.facets.iter().collect();
    let columns = distinct(facets.iter().map(|facet| facet.column.clone()));
    facets.sort_by_key(|facet| columns.iter().position(|column| *column == facet.column));
    facets
}

impl<'a> Parts<'a> {
    fn of(matrix: &'a Matrix, fonts: &Fonts) -> Self {
        let classes = matrix.across.len().max(matrix.down.len()).max(1);
        let values =
            || matrix.facets.iter().flat_map(|facet| &facet.cells).copied().filter(|v| v.is_finite());
        let numbers = classes <= NUMBERED;
        let widest = values()
            .map(|value| fonts.regular.width(&cell_text(value, matrix.shares), LABEL))
            .fold(0.0, f32::max);
        let cell = if numbers {
            (SIDE / classes as f32).min(LARGEST_CELL).max((widest + 7.0).max(19.0))
        } else {
            (SIDE_OF_MANY / classes as f32).max(SMALLEST_CELL)
        };
        // Whole device pixels, or some cells would be wider than others.
        let cell = (cell * 2.0).ceil() / 2.0;
        let heat = heat(matrix, values());
        let (x, y) = (Axis::bands(&matrix.across, false), Axis::bands(&matrix.down, true));
        let below = Labels::below(&x, cell * matrix.across.len() as f32, fonts);
        let beside = Labels::beside(&y, cell * matrix.down.len() as f32, fonts);
        Self { matrix, cell, numbers, heat, x, y, below, beside }
    }

    fn facet(&self, scene: &mut Scene, area: &Area, facet: &MatrixFacet, fonts: &Fonts) {
        heading(scene, area, facet, fonts);
        for (index, value) in facet.cells.iter().enumerate() {
            let count = self.matrix.across.len();
            let (left, top) = ((index % count) as f32 * self.cell, (index / count) as f32 * self.cell);
            let (left, top) = (area.left + left, area.top + top);
            if !self.heat.holds(*value) {
                continue;
            }
            let part = self.heat.fraction(*value) as f32;
            scene.rect([left, top, left + self.cell, top + self.cell], Ink::Heat(part));
            if self.numbers {
                let ink = if *value == 0.0 { Ink::FaintOnHeat } else { Ink::OnHeat(part) };
                let style = Lettering { ink, ..Lettering::plain(LABEL, Anchor::Middle) };
                let (x, y) = (left + self.cell / 2.0, top + self.cell / 2.0 + MIDDLE);
                scene.text(&cell_text(*value, self.matrix.shares), x, y, style);
            }
        }
        area.rules(scene);
    }

    /// What the colours mean.
    fn bar(&self, scene: &mut Scene, bar: &Area, labels: &Labels) {
        let steps = (bar.height * 2.0) as usize;
        for step in 0..steps {
            let (from, to) = (step as f32 / steps as f32, (step + 1) as f32 / steps as f32);
            let (top, bottom) = (bar.bottom() - bar.height * to, bar.bottom() - bar.height * from);
            scene.rect([bar.left, top, bar.right(), bottom], Ink::Heat(from));
        }
        let style = Lettering::plain(LABEL, Anchor::Start);
        for (tick, text) in self.heat.ticks.iter().zip(&labels.texts) {
            if let Some(text) = text {
                let y = bar.y(self.heat.fraction(tick.at)).clamp(bar.top + 4.0, bar.bottom() - 4.0);
                scene.text(text, bar.right() + 6.0, y + MIDDLE, style);
            }
        }
    }
}

/// The scale of the colours: from zero, as in DVC, or from the lowest if that is below.
fn heat(matrix: &Matrix, values: impl Iterator<Item = f64>) -> Axis {
    if matrix.shares {
        let mut axis = Axis::new(0.0, 1.0, 5.0);
        for tick in &mut axis.ticks {
            tick.label = format!("{:.0}%", tick.at * 100.0);
        }
        return axis;
    }
    let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let high = if high > low { high } else { low + 1.0 };
    if low < 0.0 || high.fract() != 0.0 {
        return Axis::new(low, high, COLOUR_TICKS);
    }
    // Counts: the darkest is the highest, and half a row is nothing.
    let ticks = Axis::new(0.0, high, COLOUR_TICKS.min(high)).ticks;
    Axis::with_ticks(0.0, high, ticks.into_iter().filter(|tick| tick.at <= high).collect())
}

/// The revision over its square, in its colour.
fn heading(scene: &mut Scene, area: &Area, facet: &MatrixFacet, fonts: &Fonts) {
    let text = match &facet.column {
        Some(column) => format!("{} · {column}", facet.label),
        None => facet.label.clone(),
    };
    let middle = (area.x(0.5), area.top - 12.0);
    frame::revision(scene, middle, (facet.which, &text), area.width.max(LEAST_HEADING), fonts);
}
