//! What drawing an SVG image would cost, from its tree, before anything is drawn.
//!
//! In: the tree that resvg will draw, and its scale. Out: nothing, or a half sentence about what is too much: pixels
//! painted over and over, layers and patterns that need too much memory, dashes without end, places that are too far
//! away to be computed. The walk follows resvg's own (`render.rs`, `path.rs`, `clip.rs`, `mask.rs` of 0.49): a pattern
//! or a mask is drawn anew wherever it is used.

use resvg::usvg::{Group, Image, ImageKind, Node, Paint, Path, Stroke, Tree};
use tiny_skia::{PathSegment, Point, Rect, Transform};

use cml_picture as picture;

/// So many pixels are painted in all.
const MOST_PAINTED: f64 = 2e9;
/// So many pixels of layers and patterns exist at once; each takes four bytes.
const MOST_AT_ONCE: f64 = 1.2e8;
/// A layer (of a clip or an opacity) is painted, cut and copied.
const LAYER: f64 = 6.0;
/// Of a layer's part outside of the picture nothing is copied.
const OUTSIDE: f64 = 1.0;
/// resvg's layers reach so far beyond each edge of the picture, in its widths and heights.
const BEYOND: f64 = 2.0;
/// What a part costs whatever its size, in pixels.
const PART: f64 = 200.0;
/// A pixel of a picture or of a pattern is mixed from sixteen, each with a weight.
const MIXED: f64 = 32.0;
/// A gradient's stops are tried one after another, eight pixels at a time.
const STOPS: f64 = 0.25;
/// An edge costs something on each of the four lines that a row of pixels is made of.
const EDGE: f64 = 8.0;
/// A dash is measured, cut out and outlined.
const DASH: f64 = 1_500.0;
/// No place of a picture is further away, in pixels: beyond, drawing computes with numbers that overflow.
const FARTHEST: f32 = 1e6;
/// Groups, patterns and masks lie so deep in one another at most.
const MOST_LEVELS: u32 = 100;

/// Refuses what costs too much when it is drawn in so many pixels.
pub(super) fn weigh(tree: &Tree, scale: f32, width: u32, height: u32) -> Result<(), String> {
    let canvas = Canvas::of(f64::from(width), f64::from(height));
    let mut scales = Scales { canvas, left: MOST_PAINTED, at_once: 0.0, level: 0 };
    scales.group(tree.root(), Transform::from_scale(scale, scale))
}

/// What is drawn on.
#[derive(Clone, Copy)]
struct Canvas {
    width: f64,
    height: f64,
    /// How far beyond its edges something is painted too, in its widths and heights.
    beyond: f64,
}

impl Canvas {
    fn of(width: f64, height: f64) -> Self {
        Self { width, height, beyond: 0.0 }
    }

    /// The pixels of a place that are painted.
    fn covered(self, place: Rect) -> f64 {
        self.overlap(place, self.beyond)
    }

    /// The pixels of a layer for this place.
    fn layer(self, place: Rect) -> f64 {
        self.overlap(place, BEYOND)
    }

    fn overlap(self, place: Rect, beyond: f64) -> f64 {
        let along = |from: f32, to: f32, whole: f64| {
            let (low, high) = (-beyond * whole, (1.0 + beyond) * whole);
            (f64::from(to).min(high) - f64::from(from).max(low)).max(0.0)
        };
        along(place.left(), place.right(), self.width) * along(place.top(), place.bottom(), self.height)
    }
}

/// What is left to be spent.
struct Scales {
    canvas: Canvas,
    left: f64,
    at_once: f64,
    level: u32,
}

impl Scales {
    fn spend(&mut self, pixels: f64) -> Result<(), String> {
        self.left -= pixels;
        // Also if it is no number at all.
        if self.left >= 0.0 { Ok(()) } else { Err("it paints too large areas over and over".to_owned()) }
    }

    /// Does `work` while so many more pixels exist.
    fn beside(
        &mut self,
        pixels: f64,
        work: impl FnOnce(&mut Self) -> Result<(), String>,
    ) -> Result<(), String> {
        self.level += 1;
        if self.level > MOST_LEVELS {
            return Err("its parts lie too deep in one another".to_owned());
        }
        self.at_once += pixels;
        if self.at_once.is_nan() || self.at_once > MOST_AT_ONCE {
            return Err("its patterns and layers take too much memory".to_owned());
        }
        work(self)?;
        self.at_once -= pixels;
        self.level -= 1;
        Ok(())
    }

    fn group(&mut self, group: &Group, transform: Transform) -> Result<(), String> {
        if !group.filters().is_empty() {
            return Err("it has filters, which are not drawn".to_owned());
        }
        let transform = transform.pre_concat(group.transform());
        if !group.should_isolate() {
            return self.beside(0.0, |scales| scales.children(group, transform));
        }
        let place = placed(group.layer_bounding_box().to_rect(), transform)?;
        let (layer, inside) = (self.canvas.layer(place), self.canvas.covered(place));
        self.spend(PART + LAYER * inside + OUTSIDE * layer)?;
        // The layer, and the copy from which its clip or its mask is made.
        let copies = 1.0 + f64::from(u8::from(group.clip_path().is_some() || group.mask().is_some()));
        let around = self.canvas.beyond;
        self.canvas.beyond = BEYOND;
        self.beside(copies * layer, |scales| {
            scales.children(group, transform)?;
            scales.cuts(group, transform, layer)
        })?;
        self.canvas.beyond = around;
        Ok(())
    }

    /// The clips and masks of a group, each over its whole layer.
    fn cuts(&mut self, group: &Group, transform: Transform, layer: f64) -> Result<(), String> {
        let mut clip = group.clip_path();
        while let Some(path) = clip {
            self.spend(LAYER * layer)?;
            let transform = transform.pre_concat(path.transform());
            self.beside(layer, |scales| scales.group(path.root(), transform))?;
            clip = path.clip_path();
        }
        let mut mask = group.mask();
        while let Some(cover) = mask {
            self.spend(LAYER * layer)?;
            self.beside(layer, |scales| scales.group(cover.root(), transform))?;
            mask = cover.mask();
        }
        Ok(())
    }

    fn children(&mut self, group: &Group, transform: Transform) -> Result<(), String> {
        for node in group.children() {
            match node {
                Node::Group(inner) => self.group(inner, transform)?,
                Node::Path(path) => self.path(path, transform)?,
                Node::Image(image) => self.image(image, transform)?,
                Node::Text(text) => self.group(text.flattened(), transform)?,
            }
        }
        Ok(())
    }

    fn image(&mut self, image: &Image, transform: Transform) -> Result<(), String> {
        let place = placed(image.bounding_box(), transform)?;
        let (kind, bytes) = match image.kind() {
            ImageKind::PNG(bytes) => (picture::ImageKind::Png, bytes),
            ImageKind::JPEG(bytes) => (picture::ImageKind::Jpeg, bytes),
            ImageKind::GIF(bytes) => (picture::ImageKind::Gif, bytes),
            ImageKind::WEBP(bytes) => (picture::ImageKind::WebP, bytes),
            ImageKind::SVG(_) => return Err("it holds another SVG image, which is not drawn".to_owned()),
        };
        let (width, height) = picture::size(kind, bytes).unwrap_or((0, 0));
        let own = f64::from(width) * f64::from(height);
        self.spend(PART + MIXED * (own + self.canvas.covered(place)))?;
        self.beside(own, |_| Ok(()))
    }

    fn path(&mut self, path: &Path, transform: Transform) -> Result<(), String> {
        if !path.is_visible() {
            return self.spend(1.0);
        }
        let place = placed(path.stroke_bounding_box(), transform)?;
        let area = PART + self.canvas.covered(place);
        let edges = self.edges(path.data(), transform);
        if let Some(fill) = path.fill() {
            self.spend(area + edges)?;
            self.paint(fill.paint(), transform, area)?;
        }
        if let Some(stroke) = path.stroke() {
            // An outline has two sides.
            self.spend(area + 2.0 * edges)?;
            self.dashes(path.data(), stroke)?;
            self.paint(stroke.paint(), transform, area)?;
        }
        Ok(())
    }

    fn paint(&mut self, paint: &Paint, transform: Transform, area: f64) -> Result<(), String> {
        match paint {
            Paint::Color(_) => Ok(()),
            Paint::LinearGradient(gradient) => self.spend(area * STOPS * gradient.stops().len() as f64),
            Paint::RadialGradient(gradient) => self.spend(area * STOPS * gradient.stops().len() as f64),
            Paint::Pattern(pattern) => {
                let (across, down) = transform.pre_concat(pattern.transform()).get_scale();
                let (width, height) = (pattern.rect().width() * across, pattern.rect().height() * down);
                let canvas = Canvas::of(f64::from(width), f64::from(height));
                let tile = canvas.width * canvas.height;
                self.spend(PART + tile + MIXED * area)?;
                let whole = std::mem::replace(&mut self.canvas, canvas);
                let inner = Transform::from_scale(across, down);
                self.beside(tile, |scales| scales.group(pattern.root(), inner))?;
                self.canvas = whole;
                Ok(())
            }
        }
    }

    /// What the lines of a path cost by the rows of pixels that they cross.
    fn edges(&self, path: &tiny_skia::Path, transform: Transform) -> f64 {
        let rows = self.canvas.height;
        let steps = |from: Point, to: Point| {
            let down = transform.ky * (to.x - from.x) + transform.sy * (to.y - from.y);
            1.0 + f64::from(down.abs()).min(rows)
        };
        let mut edges = 0.0;
        lines(path, |from, to| edges += EDGE * steps(from, to));
        edges
    }

    fn dashes(&mut self, path: &tiny_skia::Path, stroke: &Stroke) -> Result<(), String> {
        let Some(dashes) = stroke.dasharray() else { return Ok(()) };
        let all: f32 = dashes.iter().sum();
        let mut length = 0.0;
        lines(path, |from, to| length += f64::from(from.distance(to)));
        let count = length * dashes.len() as f64 / f64::from(all);
        self.spend(DASH * count).map_err(|_| "its lines have too many dashes".to_owned())
    }
}

/// The straight lines between all points of a path, at least as long as its curves.
fn lines(path: &tiny_skia::Path, mut line: impl FnMut(Point, Point)) {
    let (mut start, mut at) = (Point::zero(), Point::zero());
    let mut to = |at: &mut Point, next: Point| {
        line(*at, next);
        *at = next;
    };
    for segment in path.segments() {
        match segment {
            PathSegment::MoveTo(next) => (start, at) = (next, next),
            PathSegment::LineTo(next) => to(&mut at, next),
            PathSegment::QuadTo(by, next) => [by, next].into_iter().for_each(|next| to(&mut at, next)),
            PathSegment::CubicTo(one, two, next) => {
                [one, two, next].into_iter().for_each(|next| to(&mut at, next));
            }
            PathSegment::Close => to(&mut at, start),
        }
    }
}

/// Where a part stands on what is drawn on; an error if that is too far away, or nowhere.
fn placed(place: Rect, transform: Transform) -> Result<Rect, String> {
    let corners = [place.left(), place.top(), place.right(), place.bottom()];
    let far = || "parts of it lie too far outside of the picture".to_owned();
    let place = place.transform(transform).filter(|_| transform.is_finite()).ok_or_else(far)?;
    let on_canvas = [place.left(), place.top(), place.right(), place.bottom()];
    let is_near = |length: &f32| length.abs() <= FARTHEST;
    // A path is outlined in its own units before it is scaled.
    let is_finite = corners.iter().all(|length| length.is_finite() && length.abs() < 1e12);
    if is_finite && on_canvas.iter().all(is_near) { Ok(place) } else { Err(far()) }
}
