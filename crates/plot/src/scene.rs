//! A picture as a list of marks in CSS pixels, without colours: what a theme paints, and what tests read.

use std::sync::Arc;

use super::font::{Font, Fonts};
use super::{Map, Which};
use cml_picture::Pixels;

/// Which part of a text stands at its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// What a mark is painted with; the theme knows the colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ink {
    Grid,
    Axis,
    /// Titles.
    Strong,
    /// Tick and legend labels, and what stands for all revisions.
    Label,
    Side(Which),
    /// A matrix cell between 0 and 1.
    Heat(f32),
    /// Text on such a cell.
    OnHeat(f32),
    /// Text of a cell that holds nothing.
    FaintOnHeat,
}

/// What tells the points of several columns apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Circle,
    Square,
    Triangle,
    Diamond,
}

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lettering {
    pub size: f32,
    pub bold: bool,
    pub ink: Ink,
    pub anchor: Anchor,
    /// Reads upwards.
    pub upright: bool,
}

/// One thing to paint.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    /// On whole device pixels, so that rules and bars are crisp.
    Rect {
        left: f32,
        top: f32,
        right: f32,
        bottom: f32,
        ink: Ink,
    },
    /// On its baseline.
    Text {
        text: String,
        x: f32,
        y: f32,
        style: Lettering,
    },
    Line {
        points: Vec<(f32, f32)>,
        width: f32,
        dashes: &'static [f32],
        ink: Ink,
        alpha: f32,
    },
    Area {
        points: Vec<(f32, f32)>,
        ink: Ink,
        alpha: f32,
    },
    /// A hollow point with a pale inside, or a full one if it has no rim.
    Point {
        x: f32,
        y: f32,
        radius: f32,
        shape: Shape,
        ink: Ink,
        rim: f32,
        alpha: f32,
    },
    /// Device pixels as they are, from a corner on.
    Picture {
        left: f32,
        top: f32,
        raster: Raster,
    },
}

/// A picture from outside, in the size in which it is painted.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Raster {
    Tile(Arc<Pixels>),
    Map(Arc<Map>),
}

impl Raster {
    /// Width and height in device pixels.
    pub(super) fn size(&self) -> (u32, u32) {
        match self {
            Self::Tile(tile) => (tile.width, tile.height),
            Self::Map(map) => (map.width, map.height),
        }
    }
}

/// A picture before it has colours.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scene {
    pub width: f32,
    pub height: f32,
    pub marks: Vec<Mark>,
}

impl Scene {
    /// A filled rectangle by its left, top, right and bottom.
    pub(super) fn rect(&mut self, [left, top, right, bottom]: [f32; 4], ink: Ink) {
        self.marks.push(Mark::Rect { left, top, right, bottom, ink });
    }

    /// A text on its baseline; an empty one is no mark.
    pub(super) fn text(&mut self, text: &str, x: f32, y: f32, style: Lettering) {
        if !text.is_empty() {
            self.marks.push(Mark::Text { text: text.to_owned(), x, y, style });
        }
    }

    pub(super) fn line(&mut self, points: Vec<(f32, f32)>, width: f32, dashes: &'static [f32], ink: Ink) {
        self.marks.push(Mark::Line { points, width, dashes, ink, alpha: 1.0 });
    }
}

impl Lettering {
    /// Ordinary text.
    pub(super) fn plain(size: f32, anchor: Anchor) -> Self {
        Self { size, bold: false, ink: Ink::Label, anchor, upright: false }
    }

    /// A title.
    pub(super) fn strong(size: f32, anchor: Anchor) -> Self {
        Self { bold: true, ink: Ink::Strong, ..Self::plain(size, anchor) }
    }

    pub(super) fn upright(self) -> Self {
        Self { upright: true, ..self }
    }

    pub(super) fn face<'f, 'a>(&self, fonts: &'f Fonts<'a>) -> &'f Font<'a> {
        if self.bold { &fonts.semibold } else { &fonts.regular }
    }
}
