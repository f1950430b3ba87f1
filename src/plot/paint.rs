//! A scene becomes pixels: tiny-skia's, antialiased, two per CSS pixel.

use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform,
};

use super::PlotError;
use super::font::Fonts;
use super::scene::{Anchor, Lettering, Mark, Scene, Shape};
use super::theme::{Colors, Rgb};

/// Device pixels per CSS pixel.
const SCALE: f32 = 2.0;

/// How much of its colour the inside of a hollow point has.
const INSIDE: f32 = 0.18;

/// Paints every mark in its order.
pub(super) fn paint(scene: &Scene, fonts: &Fonts, colors: &Colors) -> Result<Pixmap, PlotError> {
    let (across, down) = ((scene.width * SCALE).ceil() as u32, (scene.height * SCALE).ceil() as u32);
    let mut pixmap = Pixmap::new(across, down).ok_or(PlotError::Canvas { width: across, height: down })?;
    let (red, green, blue) = colors.background;
    pixmap.fill(Color::from_rgba8(red, green, blue, 255));
    let mut canvas = Canvas { pixmap, fonts, colors };
    scene.marks.iter().for_each(|mark| canvas.mark(mark));
    Ok(canvas.pixmap)
}

struct Canvas<'a> {
    pixmap: Pixmap,
    fonts: &'a Fonts,
    colors: &'a Colors,
}

fn to_device() -> Transform {
    Transform::from_scale(SCALE, SCALE)
}

fn brush(color: Rgb, alpha: f32) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(color.0, color.1, color.2, (alpha.clamp(0.0, 1.0) * 255.0).round() as u8);
    paint
}

impl Canvas<'_> {
    fn mark(&mut self, mark: &Mark) {
        match mark {
            Mark::Rect { left, top, right, bottom, ink } => {
                let color = self.colors.of(*ink);
                self.rect([*left, *top, *right, *bottom], color);
            }
            Mark::Text { text, x, y, style } => self.text(text, *x, *y, style),
            Mark::Line { points, width, dashes, ink, alpha } => {
                if let Some(path) = polyline(points, false) {
                    self.stroke(&path, *width, dashes, &brush(self.colors.of(*ink), *alpha));
                }
            }
            Mark::Area { points, ink, alpha } => {
                if let Some(path) = polyline(points, true) {
                    self.fill(&path, &brush(self.colors.of(*ink), *alpha));
                }
            }
            Mark::Point { x, y, radius, shape, ink, rim, alpha } => {
                let Some(path) = outline(*shape, *x, *y, *radius) else { return };
                let color = self.colors.of(*ink);
                if *rim > 0.0 {
                    self.fill(&path, &brush(color, alpha * INSIDE));
                    self.stroke(&path, *rim, &[], &brush(color, *alpha));
                } else {
                    self.fill(&path, &brush(color, *alpha));
                }
            }
        }
    }

    fn rect(&mut self, sides: [f32; 4], color: Rgb) {
        let [left, top, right, bottom] = sides.map(|side| (side * SCALE).round());
        if let Some(rect) = Rect::from_ltrb(left, top, right, bottom) {
            self.pixmap.fill_rect(rect, &brush(color, 1.0), Transform::identity(), None);
        }
    }

    fn text(&mut self, text: &str, x: f32, y: f32, style: &Lettering) {
        let font = style.face(self.fonts);
        let Some(path) = font.outline(text, style.size * SCALE) else { return };
        let width = font.width(text, style.size * SCALE);
        let shift = match style.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::End => -width,
        };
        let turn = if style.upright { Transform::from_rotate(-90.0) } else { Transform::identity() };
        let place =
            Transform::from_translate(shift, 0.0).post_concat(turn).post_translate(x * SCALE, y * SCALE);
        let brush = brush(self.colors.of(style.ink), 1.0);
        self.pixmap.fill_path(&path, &brush, FillRule::Winding, place, None);
    }

    fn fill(&mut self, path: &Path, brush: &Paint<'_>) {
        self.pixmap.fill_path(path, brush, FillRule::Winding, to_device(), None);
    }

    fn stroke(&mut self, path: &Path, width: f32, dashes: &[f32], brush: &Paint<'_>) {
        let dash = StrokeDash::new(dashes.to_vec(), 0.0);
        let line_cap = if dash.is_some() { LineCap::Butt } else { LineCap::Round };
        let stroke = Stroke { width, line_cap, line_join: LineJoin::Round, dash, ..Stroke::default() };
        self.pixmap.stroke_path(path, brush, &stroke, to_device(), None);
    }
}

/// Points joined by straight lines.
fn polyline(points: &[(f32, f32)], closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for &(x, y) in points {
        if path.is_empty() { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    if closed {
        path.close();
    }
    path.finish()
}

/// The shapes have about equal areas.
fn outline(shape: Shape, x: f32, y: f32, radius: f32) -> Option<Path> {
    let corners = |corners: &[(f32, f32)]| {
        let corners: Vec<_> = corners.iter().map(|(dx, dy)| (x + dx * radius, y + dy * radius)).collect();
        polyline(&corners, true)
    };
    match shape {
        Shape::Circle => PathBuilder::from_circle(x, y, radius),
        Shape::Square => corners(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
        Shape::Triangle => corners(&[(0.0, -1.25), (1.15, 0.8), (-1.15, 0.8)]),
        Shape::Diamond => corners(&[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)]),
    }
}
