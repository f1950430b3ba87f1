//! Plot data becomes PNG bytes or text.
//!
//! Input: the plots of any number of sides ([`figures`]); output: a PNG per theme ([`png`]), and what a report says of it in
//! words and numbers ([`told`]). Nothing here reads or writes files, and equal input gives equal bytes.

mod alt;
mod backend;
mod collect;
mod cost;
mod dates;
mod decimate;
mod draw;
mod encode;
mod font;
mod foreign;
mod image;
mod paint;
mod scene;
mod smooth;
mod svg_text;
mod text;
mod theme;
mod ticks;
mod told;
mod typeface;
mod vector;
mod words;

pub use collect::{Side, figures, images};
pub use foreign::{ForeignImages, InProcess, Lost, ask_pixels, ask_size, serve, weigh_svg};
pub use image::{Map, Score};
pub use told::told;
pub use typeface::{Typeface, covered, is_cjk};

use std::sync::Arc;

use cml_picture::Pixels;

/// Which of the sides a series belongs to; base and head always have the same two colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Base,
    Head,
    /// Of more than two sides one between those, counted from 0.
    Between(u8),
}

/// One plot, ready to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub id: String,
    pub title: String,
    pub x_label: String,
    pub y_label: String,
    pub kind: Kind,
}

/// What a figure shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Chart(Chart),
    Matrix(Matrix),
    Bars(Bars),
    Images(Images),
}

/// Series over two axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    pub style: Style,
    pub x: Scale,
    pub y: Scale,
    pub series: Vec<Series>,
    /// What the axes hold at least, besides all points.
    pub x_range: Option<(f64, f64)>,
    pub y_range: Option<(f64, f64)>,
}

/// How the series of a chart are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Line,
    /// A smoothed line, the points as they are pale behind it.
    Smooth,
    /// A line, and its colour down to the axis.
    Area,
    Points,
    /// Points, spread out where an axis is [`Scale::Bands`]; not by chance, so equal data is an equal picture.
    Jitter,
}

/// What the numbers along an axis are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scale {
    Linear,
    Log,
    /// Seconds since 1970 in UTC.
    Time,
    /// Indices of these names.
    Bands(Vec<String>),
}

/// One series: points in the order of x; NaN in `y` is a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub which: Which,
    /// The legend's text: the revision's label.
    pub label: String,
    /// The column drawn, if the figure has several.
    pub column: Option<String>,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
}

/// Numbers by two categories, one square per revision (and column).
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// From left to right.
    pub across: Vec<String>,
    /// From top to bottom.
    pub down: Vec<String>,
    /// Cells are parts of one, shown as percentages.
    pub shares: bool,
    pub facets: Vec<MatrixFacet>,
}

/// One square of a [`Matrix`].
#[derive(Debug, Clone, PartialEq)]
pub struct MatrixFacet {
    pub which: Which,
    pub label: String,
    pub column: Option<String>,
    /// Row by row; NaN is no cell.
    pub cells: Vec<f64>,
}

/// Horizontal bars, one per category and revision.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// From top to bottom.
    pub categories: Vec<String>,
    pub groups: Vec<BarGroup>,
}

/// The bars of one revision (and column).
#[derive(Debug, Clone, PartialEq)]
pub struct BarGroup {
    pub which: Which,
    pub label: String,
    pub column: Option<String>,
    /// One per category; NaN is no bar.
    pub values: Vec<f64>,
}

/// Image files of both sides, side by side, and where they differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Images {
    /// The revisions' labels; base's, if there is one.
    pub base: Option<String>,
    pub head: String,
    /// What is drawn: one image, or the most changed ones of a folder.
    pub pairs: Vec<ImagePair>,
    /// More of the folder that changed, are new or gone, and are not drawn.
    pub more: usize,
    /// Names of images whose pixels are the same on both sides; they are drawn only if everything is asked for.
    pub unchanged: Vec<String>,
    /// Whether this is a folder.
    pub gallery: bool,
}

/// One image of both sides, or of one.
#[derive(Debug, Clone, PartialEq)]
pub struct ImagePair {
    pub name: String,
    pub state: ImageState,
    pub base: Option<Shown>,
    pub head: Option<Shown>,
}

/// What became of an image.
#[derive(Debug, Clone, PartialEq)]
pub enum ImageState {
    /// Both sides have it: by how much it changed, and where.
    Changed(Score, Arc<Map>),
    Unchanged,
    New,
    Removed,
    /// The other side cannot be read.
    Alone,
}

/// An image as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The file's own size in pixels.
    pub width: u32,
    pub height: u32,
    /// As small as it is shown.
    pub tile: Arc<Pixels>,
}

/// GitHub's two looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

/// Why a figure could not be drawn. None of these depends on the data.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    #[error("reading the built-in {face} font failed; please report this as a bug")]
    Font { face: &'static str, source: ttf_parser::FaceParsingError },
    #[error("making a canvas of {width}x{height} pixels failed; shorten the plot's labels")]
    Canvas { width: u32, height: u32 },
    #[error("drawing the picture failed: {reason}; please report this as a bug")]
    Draw { reason: String },
    #[error("writing the picture as PNG failed; please report this as a bug")]
    Encode(#[from] ::png::EncodingError),
}

/// The different items in the order of their first appearance.
fn distinct<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut all = Vec::new();
    for item in items {
        if !all.contains(&item) {
            all.push(item);
        }
    }
    all
}

impl Figure {
    /// Whether there is something to draw: an image that is the same on both sides is only named.
    pub fn is_drawn(&self) -> bool {
        !matches!(&self.kind, Kind::Images(images) if images.pairs.is_empty())
    }
}

impl ImagePair {
    fn is_changed(&self) -> bool {
        matches!(self.state, ImageState::Changed(..))
    }

    /// What the state is called, where it is worth a word; without a base everything is new.
    fn word(&self, has_base: bool) -> &'static str {
        match self.state {
            ImageState::New if has_base => "new",
            ImageState::Removed => "removed",
            ImageState::Unchanged => "unchanged",
            ImageState::Changed(..) | ImageState::New | ImageState::Alone => "",
        }
    }
}

impl Chart {
    /// A chart of numbers whose axes hold the points and no more.
    pub fn new(style: Style, series: Vec<Series>) -> Self {
        let (x, y) = (Scale::Linear, Scale::Linear);
        Self { style, x, y, series, x_range: None, y_range: None }
    }

    /// The columns in the order of their first series.
    fn columns(&self) -> Vec<Option<&str>> {
        distinct(self.series.iter().map(|series| series.column.as_deref()))
    }
}

/// Draws one figure as an opaque PNG for screens of two pixels per CSS pixel.
pub fn png(figure: &Figure, theme: Theme, typeface: &Typeface) -> Result<Vec<u8>, PlotError> {
    let fonts = typeface.fonts()?;
    let scene = draw::scene(figure, &fonts);
    let pixels = paint::paint(&scene, &fonts, theme::Colors::of_theme(theme))?;
    encode::png(&pixels, matches!(figure.kind, Kind::Images(_)))
}

#[cfg(test)]
mod tests;
