//! A plot as a report knows it: what it is called, what it shows in words and numbers, and the names of its pictures.
//! The points and pixels that it is drawn from stand beside the report.

use serde::{Deserialize, Serialize};

use super::Direction;
use super::exact::{double, doubles};

/// Which side of the comparison something belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Which {
    Base,
    Head,
}

/// One plot. Its numbers are finite; `None` stands where there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plot {
    pub id: String,
    pub title: String,
    pub x_label: String,
    pub y_label: String,
    pub kind: PlotKind,
    /// Of lines and points.
    pub series: Vec<Series>,
    /// Of confusion matrices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matrix: Option<Matrix>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bars: Option<Bars>,
    /// Of image files, one or those of a folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<Images>,
    /// What it shows, for those who cannot see it.
    #[serde(default)]
    pub alt: String,
    /// What it shows as text, if that is not a line for each series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
    /// The CSS pixels that its pictures are made for; without it as many as there is room for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// File names; none before it is drawn.
    #[serde(default, skip_serializing_if = "Pictures::is_empty")]
    pub pictures: Pictures,
}

/// How a plot is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlotKind {
    Line,
    Smooth,
    Area,
    Points,
    Jitter,
    Confusion,
    Bars,
    Images,
}

/// The names of a plot's pictures, by slot.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pictures {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub light: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dark: Option<String>,
    /// A page that moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interactive: Option<String>,
}

/// One series in numbers and words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub revision: Which,
    /// The revision's label.
    pub label: String,
    /// The column drawn, if the plot has several.
    pub column: Option<String>,
    /// How many points are finite.
    pub points: usize,
    #[serde(deserialize_with = "double")]
    pub first: Option<f64>,
    #[serde(deserialize_with = "double")]
    pub last: Option<f64>,
    #[serde(deserialize_with = "double")]
    pub min: Option<f64>,
    #[serde(deserialize_with = "double")]
    pub max: Option<f64>,
    /// At most 20 of ▁▂▃▄▅▆▇█, a space for a gap; the series of a column share one scale. Scattered points have none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sparkline: String,
    /// What the numbers do not show: `diverged at step 12`, `unchanged within float noise`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Which way the project says is better, or the names.
    #[serde(default = "unknown", skip_serializing_if = "is_unknown")]
    pub direction: Direction,
}

fn unknown() -> Direction {
    Direction::Unknown
}

fn is_unknown(direction: &Direction) -> bool {
    *direction == Direction::Unknown
}

/// Numbers by two categories.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    /// The values of x, from left to right, and of y, from top to bottom.
    pub across: Vec<String>,
    pub down: Vec<String>,
    /// Cells are parts of their row.
    pub normalized: bool,
    pub facets: Vec<Values>,
}

/// A bar for each category and revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bars {
    pub categories: Vec<String>,
    pub groups: Vec<Values>,
}

/// A cell for each pair, row by row, or a bar for each category.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Values {
    pub revision: Which,
    pub label: String,
    pub column: Option<String>,
    #[serde(deserialize_with = "doubles")]
    pub values: Vec<Option<f64>>,
}

/// Image files of both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Images {
    /// Those that changed, are new or are gone.
    pub pairs: Vec<Image>,
    /// How many more of the folder changed.
    pub more: usize,
    pub unchanged: Vec<String>,
}

/// One image of both sides, or of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Image {
    pub name: String,
    pub state: ImageState,
    /// Width and height in pixels.
    pub base: Option<[u32; 2]>,
    pub head: Option<[u32; 2]>,
    /// The part of the pixels in which a channel differs by more than 10 of 255.
    #[serde(deserialize_with = "double")]
    pub changed: Option<f64>,
    /// The mean of the channels' differences, as a part of 255.
    #[serde(deserialize_with = "double")]
    pub mean: Option<f64>,
}

/// What became of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageState {
    Changed,
    Unchanged,
    New,
    Removed,
    /// The other side cannot be read.
    Unknown,
}

/// A small table: names stand to the left, numbers to the right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// So many columns at the left are names, the others numbers.
    pub names: usize,
    pub header: Vec<String>,
    /// Each as long as the header.
    pub rows: Vec<Vec<String>>,
    /// How many rows more there are.
    pub left_out: usize,
}

impl Pictures {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Plot {
    /// Whether there is something to draw: an image that is the same on both sides is only named.
    pub fn is_drawn(&self) -> bool {
        self.images.as_ref().is_none_or(|images| !images.pairs.is_empty())
    }

    /// The images that are the same on both sides.
    pub fn unchanged_images(&self) -> &[String] {
        self.images.as_ref().map_or(&[], |images| &images.unchanged)
    }
}
