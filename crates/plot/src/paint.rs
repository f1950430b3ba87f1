//! A scene becomes pixels: every mark is an element of plotters, drawn on our backend.

use std::convert::Infallible;

use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::element::{Circle, Drawable, PathElement, PointCollection, Polygon, Rectangle};
use plotters::prelude::{DrawingArea, IntoDrawingArea as _};
use plotters::style::{RGBAColor, ShapeStyle};
use plotters_backend::{BackendCoord, BackendStyle as _};
use tiny_skia::{Color, Path, Pixmap, Transform};

use super::PlotError;
use super::backend::{Drawn, SCALE, SkiaBackend, units};
use super::font::Fonts;
use super::scene::{Anchor, Lettering, Mark, Raster, Scene, Shape};
use super::theme::{Colors, Rgb};

/// How much of its colour the inside of a hollow point has.
const INSIDE: f32 = 0.18;

type Area<'a> = DrawingArea<SkiaBackend<'a>, Shift>;
type Painted = Result<(), DrawingAreaErrorKind<Infallible>>;

/// Paints every mark in its order.
pub(super) fn paint(scene: &Scene, fonts: &Fonts, colors: &Colors) -> Result<Pixmap, PlotError> {
    let (across, down) = ((scene.width * SCALE).ceil() as u32, (scene.height * SCALE).ceil() as u32);
    let mut pixmap = Pixmap::new(across, down).ok_or(PlotError::Canvas { width: across, height: down })?;
    let (red, green, blue) = colors.background;
    pixmap.fill(Color::from_rgba8(red, green, blue, 255));
    let area = SkiaBackend::new(&mut pixmap).into_drawing_area();
    for mark in &scene.marks {
        draw(&area, mark, fonts, colors).map_err(|error| PlotError::Draw { reason: error.to_string() })?;
    }
    drop(area);
    Ok(pixmap)
}

fn draw(area: &Area<'_>, mark: &Mark, fonts: &Fonts, colors: &Colors) -> Painted {
    match mark {
        Mark::Rect { left, top, right, bottom, ink } => {
            let corners = [at(*left, *top), at(*right, *bottom)];
            area.draw(&Rectangle::new(corners, full(colors.of(*ink), 1.0)))
        }
        Mark::Text { text, x, y, style } => match Words::set(text, (*x, *y), style, fonts, colors) {
            Some(words) => area.draw(&words),
            None => Ok(()),
        },
        Mark::Line { points, width, dashes, ink, alpha } => {
            let style = rim(colors.of(*ink), *alpha, *width);
            let points = points.iter().map(|&(x, y)| at(x, y)).collect();
            area.draw(&Line { points, style, dashes })
        }
        Mark::Area { points, ink, alpha } => {
            let points: Vec<BackendCoord> = points.iter().map(|&(x, y)| at(x, y)).collect();
            area.draw(&Polygon::new(points, full(colors.of(*ink), *alpha)))
        }
        Mark::Point { x, y, radius, shape, ink, rim: width, alpha } => {
            let color = colors.of(*ink);
            let inside = if *width > 0.0 { alpha * INSIDE } else { *alpha };
            point(area, (*x, *y), *radius, *shape, full(color, inside))?;
            if *width > 0.0 {
                point(area, (*x, *y), *radius, *shape, rim(color, *alpha, *width))
            } else {
                Ok(())
            }
        }
        Mark::Picture { left, top, raster } => area.draw(&Picture { at: at(*left, *top), raster, colors }),
    }
}

/// One point, full or as its rim; the shapes have about equal areas.
fn point(area: &Area<'_>, (x, y): (f32, f32), radius: f32, shape: Shape, style: ShapeStyle) -> Painted {
    let corners: &[(f32, f32)] = match shape {
        Shape::Circle => return area.draw(&Circle::new(at(x, y), units(radius), style)),
        Shape::Square => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        Shape::Triangle => &[(0.0, -1.25), (1.15, 0.8), (-1.15, 0.8)],
        Shape::Diamond => &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
    };
    let place = |&(dx, dy): &(f32, f32)| at(x + dx * radius, y + dy * radius);
    let mut corners: Vec<BackendCoord> = corners.iter().map(place).collect();
    if style.filled {
        return area.draw(&Polygon::new(corners, style));
    }
    corners.extend(corners.first().copied());
    area.draw(&PathElement::new(corners, style))
}

fn at(x: f32, y: f32) -> BackendCoord {
    (units(x), units(y))
}

fn full(color: Rgb, alpha: f32) -> ShapeStyle {
    ShapeStyle { color: rgba(color, alpha), filled: true, stroke_width: 0 }
}

fn rim(color: Rgb, alpha: f32, width: f32) -> ShapeStyle {
    ShapeStyle { color: rgba(color, alpha), filled: false, stroke_width: units(width).unsigned_abs() }
}

fn rgba((red, green, blue): Rgb, alpha: f32) -> RGBAColor {
    RGBAColor(red, green, blue, f64::from(alpha))
}

/// A line that may have dashes.
struct Line<'a> {
    points: Vec<BackendCoord>,
    style: ShapeStyle,
    dashes: &'a [f32],
}

impl<'p> PointCollection<'p, BackendCoord> for &'p Line<'_> {
    type Point = &'p BackendCoord;
    type IntoIter = &'p [BackendCoord];

    fn point_iter(self) -> &'p [BackendCoord] {
        &self.points
    }
}

impl Drawable<SkiaBackend<'_>> for Line<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        backend: &mut SkiaBackend<'_>,
        _: (u32, u32),
    ) -> Drawn {
        backend.dashed(points, &self.style, self.dashes)
    }
}

/// A text as its outline.
struct Words {
    path: Path,
    place: Transform,
    color: RGBAColor,
    /// Where it stands, for plotters.
    at: BackendCoord,
}

impl Words {
    fn set(
        text: &str,
        (x, y): (f32, f32),
        style: &Lettering,
        fonts: &Fonts,
        colors: &Colors,
    ) -> Option<Self> {
        let font = style.face(fonts);
        let path = font.outline(text, style.size * SCALE)?;
        let width = font.width(text, style.size * SCALE);
        let shift = match style.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::End => -width,
        };
        let turn = if style.upright { Transform::from_rotate(-90.0) } else { Transform::identity() };
        let place =
            Transform::from_translate(shift, 0.0).post_concat(turn).post_translate(x * SCALE, y * SCALE);
        Some(Self { path, place, color: rgba(colors.of(style.ink), 1.0), at: at(x, y) })
    }
}

impl<'p> PointCollection<'p, BackendCoord> for &'p Words {
    type Point = &'p BackendCoord;
    type IntoIter = std::iter::Once<&'p BackendCoord>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::once(&self.at)
    }
}

impl Drawable<SkiaBackend<'_>> for Words {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        _: I,
        backend: &mut SkiaBackend<'_>,
        _: (u32, u32),
    ) -> Drawn {
        backend.outline(&self.path, self.place, self.color.color());
        Ok(())
    }
}

/// Pixels from outside.
struct Picture<'a> {
    at: BackendCoord,
    raster: &'a Raster,
    colors: &'a Colors,
}

impl<'p> PointCollection<'p, BackendCoord> for &'p Picture<'_> {
    type Point = &'p BackendCoord;
    type IntoIter = std::iter::Once<&'p BackendCoord>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::once(&self.at)
    }
}

impl Drawable<SkiaBackend<'_>> for Picture<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        _: I,
        backend: &mut SkiaBackend<'_>,
        _: (u32, u32),
    ) -> Drawn {
        let size = self.raster.size();
        match self.raster {
            Raster::Tile(tile) => {
                let pixels = tile.rgb.chunks_exact(3).map(|pixel| (pixel[0], pixel[1], pixel[2]));
                backend.pixels(self.at, size, pixels);
            }
            Raster::Map(map) => {
                let all = map.strength.iter().zip(&map.gray);
                let pixels = all.map(|(strength, gray)| self.colors.difference(*strength, *gray));
                backend.pixels(self.at, size, pixels);
            }
        }
        Ok(())
    }
}
