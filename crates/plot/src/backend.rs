//! The canvas that plotters draws on: tiny-skia's pixels, antialiased, two per CSS pixel.
//!
//! plotters gives whole numbers as coordinates, so it is told of a canvas of 64 units per CSS pixel.

use std::convert::Infallible;

use plotters_backend::{BackendColor, BackendCoord, BackendStyle, DrawingBackend, DrawingErrorKind};
use tiny_skia::{
    FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, PremultipliedColorU8, Rect, Stroke,
    StrokeDash, Transform,
};

/// plotters' units per CSS pixel.
pub(super) const UNITS: f32 = 64.0;

/// Device pixels per CSS pixel.
pub(super) const SCALE: f32 = 2.0;

pub(super) type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// plotters' view of the pixels.
pub(super) struct SkiaBackend<'a> {
    pixmap: &'a mut Pixmap,
}

/// A length or place in CSS pixels as plotters takes it.
pub(super) fn units(value: f32) -> i32 {
    (value * UNITS).round() as i32
}

fn to_device() -> Transform {
    Transform::from_scale(SCALE / UNITS, SCALE / UNITS)
}

fn brush(color: BackendColor) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    let (red, green, blue) = color.rgb;
    paint.set_color_rgba8(red, green, blue, (color.alpha.clamp(0.0, 1.0) * 255.0).round() as u8);
    paint
}

/// Points joined by straight lines.
fn polyline(points: impl IntoIterator<Item = BackendCoord>, closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (x, y) in points {
        let (x, y) = (x as f32, y as f32);
        if path.is_empty() { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    if closed {
        path.close();
    }
    path.finish()
}

impl<'a> SkiaBackend<'a> {
    pub(super) fn new(pixmap: &'a mut Pixmap) -> Self {
        Self { pixmap }
    }

    /// A glyph outline in device pixels, placed by `place`: plotters knows texts only as a name and a size.
    pub(super) fn outline(&mut self, path: &Path, place: Transform, color: BackendColor) {
        self.pixmap.fill_path(path, &brush(color), FillRule::Winding, place, None);
    }

    /// A line with dashes in CSS pixels, none for a solid one: plotters' style knows no dashes.
    pub(super) fn dashed<S: BackendStyle>(
        &mut self,
        points: impl IntoIterator<Item = BackendCoord>,
        style: &S,
        dashes: &[f32],
    ) -> Drawn {
        if let Some(path) = polyline(points, false) {
            self.stroke(&path, style, dashes);
        }
        Ok(())
    }

    /// Device pixels, row by row, from a corner on; what leaves the canvas is left out.
    pub(super) fn pixels(
        &mut self,
        (x, y): BackendCoord,
        (width, height): (u32, u32),
        colors: impl Iterator<Item = (u8, u8, u8)>,
    ) {
        let device = |units: i32| (units as f32 * SCALE / UNITS).round().max(0.0) as u32;
        let (left, top) = (device(x), device(y));
        let (across, down) = (self.pixmap.width(), self.pixmap.height());
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (left + x, top + y)));
        for ((x, y), (red, green, blue)) in places.zip(colors) {
            let color =
                PremultipliedColorU8::from_rgba(red, green, blue, 255).filter(|_| x < across && y < down);
            if let Some(color) = color {
                self.pixmap.pixels_mut()[(y * across + x) as usize] = color;
            }
        }
    }

    fn fill(&mut self, path: &Path, color: BackendColor) {
        self.pixmap.fill_path(path, &brush(color), FillRule::Winding, to_device(), None);
    }

    fn stroke<S: BackendStyle>(&mut self, path: &Path, style: &S, dashes: &[f32]) {
        let dash = StrokeDash::new(dashes.iter().map(|part| part * UNITS).collect(), 0.0);
        let line_cap = if dash.is_some() { LineCap::Butt } else { LineCap::Round };
        let width = style.stroke_width() as f32;
        let stroke = Stroke { width, line_cap, line_join: LineJoin::Round, dash, ..Stroke::default() };
        self.pixmap.stroke_path(path, &brush(style.color()), &stroke, to_device(), None);
    }
}

impl DrawingBackend for SkiaBackend<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        let in_units = |pixels: u32| (pixels as f32 / SCALE * UNITS) as u32;
        (in_units(self.pixmap.width()), in_units(self.pixmap.height()))
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

    /// A full one stands on whole device pixels, so that rules and bars are crisp.
    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        if !fill {
            let corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
            return self.draw_path(corners, style);
        }
        let [left, top, right, bottom] =
            [left, top, right, bottom].map(|side| (side as f32 * SCALE / UNITS).round());
        if let Some(rect) = Rect::from_ltrb(left, top, right, bottom) {
            self.pixmap.fill_rect(rect, &brush(style.color()), Transform::identity(), None);
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.dashed(path, style, &[])
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
            Some(path) => self.stroke(&path, style, &[]),
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
