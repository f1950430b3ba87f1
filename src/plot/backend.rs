//! The canvas, and the bridge by which plotters draws on it.
//!
//! plotters gives whole numbers as coordinates, so it is told of a canvas of 16 units per CSS pixel; the pixels
//! are tiny-skia's, antialiased, two per CSS pixel.

use plotters_backend::{BackendColor, BackendCoord, BackendStyle, DrawingBackend, DrawingErrorKind};
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform,
};

use super::PlotError;
use super::font::Font;
use super::theme::Rgb;

/// plotters' units per CSS pixel.
pub(super) const UNITS: f32 = 16.0;

/// Device pixels per CSS pixel.
pub(super) const SCALE: f32 = 2.0;

/// Which part of a text stands at its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text is set.
pub(super) struct TextStyle<'a> {
    pub font: &'a Font,
    /// CSS pixels.
    pub size: f32,
    pub color: Rgb,
    pub anchor: Anchor,
    /// Reads upwards.
    pub upright: bool,
}

/// A picture in the making; all its coordinates are CSS pixels.
pub(super) struct Canvas {
    pixmap: Pixmap,
    width: f32,
    height: f32,
}

impl Canvas {
    pub(super) fn new(width: f32, height: f32, background: Rgb) -> Result<Self, PlotError> {
        let (across, down) = ((width * SCALE).ceil() as u32, (height * SCALE).ceil() as u32);
        let mut pixmap =
            Pixmap::new(across, down).ok_or(PlotError::Canvas { width: across, height: down })?;
        pixmap.fill(Color::from_rgba8(background.0, background.1, background.2, 255));
        Ok(Self { pixmap, width, height })
    }

    pub(super) fn into_pixmap(self) -> Pixmap {
        self.pixmap
    }

    /// A rectangle on whole device pixels, so that rules are crisp.
    pub(super) fn rect(&mut self, left: f32, top: f32, right: f32, bottom: f32, color: Rgb) {
        let snap = |value: f32| (value * SCALE).round();
        if let Some(rect) = Rect::from_ltrb(snap(left), snap(top), snap(right), snap(bottom)) {
            self.pixmap.fill_rect(rect, &paint(color, 1.0), Transform::identity(), None);
        }
    }

    /// A text on its baseline.
    pub(super) fn text(&mut self, text: &str, x: f32, y: f32, style: &TextStyle<'_>) {
        let Some(path) = style.font.outline(text, style.size * SCALE) else { return };
        let width = style.font.width(text, style.size * SCALE);
        let shift = match style.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::End => -width,
        };
        let turn = if style.upright { Transform::from_rotate(-90.0) } else { Transform::identity() };
        let place =
            Transform::from_translate(shift, 0.0).post_concat(turn).post_translate(x * SCALE, y * SCALE);
        self.pixmap.fill_path(&path, &paint(style.color, 1.0), FillRule::Winding, place, None);
    }
}

fn paint(color: Rgb, alpha: f64) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(color.0, color.1, color.2, (alpha.clamp(0.0, 1.0) * 255.0).round() as u8);
    paint
}

/// What a line looks like besides plotters' style: dashes in CSS pixels, none for a solid line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Dashes(pub &'static [f32]);

/// plotters' view of a canvas.
pub(super) struct SkiaBackend<'a> {
    canvas: &'a mut Canvas,
    dashes: Dashes,
}

impl<'a> SkiaBackend<'a> {
    pub(super) fn new(canvas: &'a mut Canvas, dashes: Dashes) -> Self {
        Self { canvas, dashes }
    }

    fn to_device() -> Transform {
        Transform::from_scale(SCALE / UNITS, SCALE / UNITS)
    }

    fn fill(&mut self, path: &Path, color: BackendColor) {
        let paint = paint(color.rgb, color.alpha);
        self.canvas.pixmap.fill_path(path, &paint, FillRule::Winding, Self::to_device(), None);
    }

    fn stroke(&mut self, path: &Path, color: BackendColor, width: u32) {
        let dash = self.dashes.0.iter().map(|part| part * UNITS).collect::<Vec<_>>();
        let dash = StrokeDash::new(dash, 0.0);
        let line_cap = if dash.is_some() { LineCap::Butt } else { LineCap::Round };
        let stroke =
            Stroke { width: width as f32, line_cap, line_join: LineJoin::Round, dash, ..Stroke::default() };
        let paint = paint(color.rgb, color.alpha);
        self.canvas.pixmap.stroke_path(path, &paint, &stroke, Self::to_device(), None);
    }
}

/// Points joined by straight lines.
fn polyline(points: impl IntoIterator<Item = BackendCoord>, closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (x, y) in points {
        if path.is_empty() { path.move_to(x as f32, y as f32) } else { path.line_to(x as f32, y as f32) }
    }
    if closed {
        path.close();
    }
    path.finish()
}

type Drawn = Result<(), DrawingErrorKind<std::convert::Infallible>>;

impl DrawingBackend for SkiaBackend<'_> {
    type ErrorType = std::convert::Infallible;

    fn get_size(&self) -> (u32, u32) {
        ((self.canvas.width * UNITS) as u32, (self.canvas.height * UNITS) as u32)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        if let Some(rect) = Rect::from_xywh(x as f32, y as f32, 1.0, 1.0) {
            self.fill(&PathBuilder::from_rect(rect), color);
        }
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        match polyline(corners, true) {
            Some(path) if fill => self.fill(&path, style.color()),
            Some(path) => self.stroke(&path, style.color(), style.stroke_width()),
            None => {}
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        if let Some(path) = polyline(path, false) {
            self.stroke(&path, style.color(), style.stroke_width());
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        match PathBuilder::from_circle(x as f32, y as f32, radius as f32) {
            Some(path) if fill => self.fill(&path, style.color()),
            Some(path) => self.stroke(&path, style.color(), style.stroke_width()),
            None => {}
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        if let Some(path) = polyline(corners, true) {
            self.fill(&path, style.color());
        }
        Ok(())
    }
}
