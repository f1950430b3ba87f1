//! Draws a figure: frame, titles and legend by hand, the series through plotters.

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::backend::{Anchor, Canvas, Dashes, SkiaBackend, TextStyle, UNITS};
use super::decimate::{self, Bin, DENSE_ABOVE, Point};
use super::font::Fonts;
use super::layout::{
    AXIS_TITLE, HEIGHT, LABEL, LABEL_OFFSET, Layout, PLOT_HEIGHT, PLOT_TOP, PLOT_WIDTH, Row, TITLE, dashes,
};
use super::theme::{BAND_ALPHA, Colors, Rgb};
use super::ticks::Axis;
use super::{Figure, PlotError, Series, columns};

const BOTTOM: f32 = PLOT_TOP + PLOT_HEIGHT;
const TICK_LENGTH: f32 = 5.0;
/// Half of what rules are wide.
const HALF: f32 = 0.5;
/// The legend's rows.
const ROW: f32 = 16.0;
/// How far below its middle a label's baseline is.
const MIDDLE: f32 = LABEL * 0.385;
/// plotters' units.
const LINE_WIDTH: u32 = 28;
const DOT: u32 = 38;
/// Columns per CSS pixel that a line needs to look the same.
const LINE_COLUMNS: usize = 2 * PLOT_WIDTH as usize;
const BAND_COLUMNS: usize = PLOT_WIDTH as usize;

/// Everything that the parts of a picture share.
struct Scene<'a> {
    figure: &'a Figure,
    layout: &'a Layout,
    fonts: &'a Fonts,
    colors: &'a Colors,
    canvas: Canvas,
}

/// Draws a figure.
pub(super) fn draw(
    figure: &Figure,
    layout: &Layout,
    fonts: &Fonts,
    colors: &Colors,
) -> Result<Canvas, PlotError> {
    let canvas = Canvas::new(layout.width, HEIGHT, colors.background)?;
    let mut scene = Scene { figure, layout, fonts, colors, canvas };
    if let Some((x, y)) = &layout.axes {
        scene.grid(x, y);
        scene.frame();
        scene.ticks(x, y);
        scene.lines(x, y)?;
    } else {
        scene.frame();
        let style = scene.style(LABEL, Anchor::Middle);
        let middle = layout.x(0.5);
        scene.canvas.text("no data", middle, Layout::y(0.5), &style);
    }
    scene.titles();
    scene.legend();
    Ok(scene.canvas)
}

impl<'a> Scene<'a> {
    /// Ordinary text.
    fn style(&self, size: f32, anchor: Anchor) -> TextStyle<'a> {
        TextStyle { font: &self.fonts.regular, size, color: self.colors.label, anchor, upright: false }
    }

    /// A title.
    fn strong(&self, size: f32, anchor: Anchor) -> TextStyle<'a> {
        TextStyle { font: &self.fonts.semibold, color: self.colors.strong, ..self.style(size, anchor) }
    }

    fn grid(&mut self, x: &Axis, y: &Axis) {
        let (left, right) = (self.layout.x(0.0), self.layout.x(1.0));
        for tick in &x.ticks {
            let at = self.layout.x(x.fraction(tick.at));
            self.canvas.rect(at - HALF, PLOT_TOP - HALF, at + HALF, BOTTOM, self.colors.grid);
        }
        for tick in &y.ticks {
            let at = Layout::y(y.fraction(tick.at));
            self.canvas.rect(left, at - HALF, right + HALF, at + HALF, self.colors.grid);
        }
    }

    fn frame(&mut self) {
        let (left, right) = (self.layout.x(0.0), self.layout.x(1.0));
        self.canvas.rect(left - HALF, PLOT_TOP - HALF, left + HALF, BOTTOM + HALF, self.colors.axis);
        self.canvas.rect(left - HALF, BOTTOM - HALF, right + HALF, BOTTOM + HALF, self.colors.axis);
    }

    fn ticks(&mut self, x: &Axis, y: &Axis) {
        let style = self.style(LABEL, Anchor::Middle);
        for (tick, labelled) in x.ticks.iter().zip(&self.layout.labelled) {
            let at = self.layout.x(x.fraction(tick.at));
            self.canvas.rect(at - HALF, BOTTOM, at + HALF, BOTTOM + TICK_LENGTH, self.colors.axis);
            if *labelled {
                self.canvas.text(&tick.label, at, BOTTOM + 11.5 + MIDDLE, &style);
            }
        }
        let style = self.style(LABEL, Anchor::End);
        let left = self.layout.x(0.0);
        for tick in &y.ticks {
            let at = Layout::y(y.fraction(tick.at));
            self.canvas.rect(left - TICK_LENGTH, at - HALF, left, at + HALF, self.colors.axis);
            self.canvas.text(&tick.label, left - LABEL_OFFSET, at + MIDDLE, &style);
        }
    }

    fn titles(&mut self) {
        let font = &self.fonts.semibold;
        let title = font.fitted(&self.figure.title, TITLE, self.layout.width - 24.0);
        let half = font.width(&title, TITLE) / 2.0;
        // Over the plot's middle, unless it would leave the canvas there.
        let middle = self.layout.x(0.5).max(half + 12.0).min(self.layout.width - half - 12.0);
        let style = self.strong(TITLE, Anchor::Middle);
        self.canvas.text(&title, middle, 22.0, &style);
        let style = self.strong(AXIS_TITLE, Anchor::Middle);
        let x_label = font.fitted(&self.figure.x_label, AXIS_TITLE, PLOT_WIDTH);
        self.canvas.text(&x_label, self.layout.x(0.5), BOTTOM + 32.5, &style);
        let y_label = font.fitted(&self.figure.y_label, AXIS_TITLE, PLOT_HEIGHT);
        let style = TextStyle { upright: true, ..style };
        self.canvas.text(&y_label, 23.0, Layout::y(0.5), &style);
    }

    fn legend(&mut self) {
        let left = self.layout.legend_left();
        let swatch = self.layout.swatch;
        let style = self.style(LABEL, Anchor::Start);
        let title = self.strong(AXIS_TITLE, Anchor::Start);
        let mut y = PLOT_TOP + 4.75;
        for (index, row) in self.layout.legend.iter().enumerate() {
            match row {
                Row::Title(text) => {
                    y += if index == 0 { 0.0 } else { 6.0 };
                    self.canvas.text(text, left, y + MIDDLE, &title);
                    y += 3.25;
                }
                Row::Revision(which, text) => {
                    let color = self.colors.of_side(*which);
                    self.canvas.rect(left, y - 1.0, left + swatch, y + 1.0, color);
                    self.canvas.text(text, left + swatch + 5.0, y + MIDDLE, &style);
                }
                Row::Column(column, text) => {
                    match dashes(*column) {
                        Dashes([]) => {
                            self.canvas.rect(left, y - 1.0, left + swatch, y + 1.0, self.colors.label)
                        }
                        dashes => self.dashed(left, y, dashes),
                    }
                    self.canvas.text(text, left + swatch + 5.0, y + MIDDLE, &style);
                }
                Row::More(text) => self.canvas.text(text, left + swatch + 5.0, y + MIDDLE, &style),
            }
            y += ROW;
        }
    }

    /// A line of the legend that shows a dash pattern.
    fn dashed(&mut self, left: f32, y: f32, dashes: Dashes) {
        let unit = |value: f32| (value * UNITS).round() as i32;
        let ends = [(unit(left), unit(y)), (unit(left + self.layout.swatch), unit(y))];
        let style = solid(self.colors.label).stroke_width(LINE_WIDTH);
        // The backend cannot fail.
        _ = SkiaBackend::new(&mut self.canvas, dashes).draw_path(ends, &style);
    }

    fn lines(&mut self, x: &Axis, y: &Axis) -> Result<(), PlotError> {
        let columns = columns(self.figure);
        let place = |series: &Series| columns.iter().position(|column| *column == series.column.as_deref());
        let figure = self.figure;
        // Bands below all lines, dots above them: what covers little is covered by nothing.
        for layer in [Layer::Band, Layer::Line, Layer::Dot] {
            for series in &figure.series {
                let dashes = dashes(place(series).unwrap_or(0));
                let drawn = self.series(series, (x, y), dashes, layer);
                drawn.map_err(|reason| PlotError::Draw { figure: figure.id.clone(), reason })?;
            }
        }
        Ok(())
    }

    /// One layer of one series.
    fn series(
        &mut self,
        series: &Series,
        axes: (&Axis, &Axis),
        dashes: Dashes,
        layer: Layer,
    ) -> Result<(), String> {
        let color = self.colors.of_side(series.which);
        let left = self.layout.left;
        let root = SkiaBackend::new(&mut self.canvas, dashes).into_drawing_area();
        let area = Plane::new(&root, left);
        let to_plane = |(x, y): Point| (axes.0.fraction(x), axes.1.fraction(y));
        if series.x.len().min(series.y.len()) > DENSE_ABOVE {
            let (low, high) = (axes.0.low, axes.0.high);
            let runs = decimate::dense(&series.x, &series.y, low, high, BAND_COLUMNS);
            return match layer {
                Layer::Band => runs.iter().try_for_each(|run| area.band(run, to_plane, color)),
                Layer::Line => runs.iter().try_for_each(|run| {
                    area.line(run.iter().map(|bin| to_plane((bin.x, bin.mean))).collect(), color)
                }),
                Layer::Dot => Ok(()),
            };
        }
        let runs = decimate::runs(&series.x, &series.y);
        match layer {
            Layer::Band => Ok(()),
            Layer::Line => runs.iter().try_for_each(|run| {
                let kept = decimate::m4(run, axes.0.low, axes.0.high, LINE_COLUMNS);
                area.line(kept.into_iter().map(to_plane).collect(), color)
            }),
            Layer::Dot => match runs.last().and_then(|run| run.last()) {
                Some(last) => area.dot(to_plane(*last), DOT, color),
                None => Ok(()),
            },
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Layer {
    Band,
    Line,
    Dot,
}

fn solid(color: Rgb) -> ShapeStyle {
    RGBColor(color.0, color.1, color.2).filled()
}

/// The plot area in plotters' terms: both axes run from 0 to 1.
struct Plane<'a>(DrawingArea<SkiaBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>);

impl<'a> Plane<'a> {
    fn new(root: &DrawingArea<SkiaBackend<'a>, Shift>, left: f32) -> Self {
        let unit = |value: f32| (value * UNITS).round() as i32;
        let across = unit(left)..unit(left + PLOT_WIDTH);
        let down = unit(BOTTOM)..unit(PLOT_TOP);
        Self(root.apply_coord_spec(Cartesian2d::new(0.0..1.0, 0.0..1.0, (across, down))))
    }

    fn line(&self, points: Vec<Point>, color: Rgb) -> Result<(), String> {
        // A point between two gaps has no line; it is still there.
        if let [only] = points.as_slice() {
            return self.dot(*only, LINE_WIDTH / 2 + 2, color);
        }
        let mut elements = LineSeries::new(points, solid(color).stroke_width(LINE_WIDTH));
        elements.try_for_each(|element| self.0.draw(&element).map_err(|error| error.to_string()))
    }

    fn dot(&self, point: Point, radius: u32, color: Rgb) -> Result<(), String> {
        self.0.draw(&Circle::new(point, radius, solid(color))).map_err(|error| error.to_string())
    }

    fn band(&self, run: &[Bin], to_plane: impl Fn(Point) -> Point, color: Rgb) -> Result<(), String> {
        let style = RGBColor(color.0, color.1, color.2).mix(BAND_ALPHA).filled();
        let upper = run.iter().map(|bin| to_plane((bin.x, bin.max)));
        if let [only] = run {
            let ends = vec![to_plane((only.x, only.min)), to_plane((only.x, only.max))];
            let element = PathElement::new(ends, style.stroke_width(2 * LINE_WIDTH));
            return self.0.draw(&element).map_err(|error| error.to_string());
        }
        let lower = run.iter().rev().map(|bin| to_plane((bin.x, bin.min)));
        let corners: Vec<Point> = upper.chain(lower).collect();
        self.0.draw(&Polygon::new(corners, style)).map_err(|error| error.to_string())
    }
}
