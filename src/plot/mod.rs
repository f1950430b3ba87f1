//! Plot data becomes PNG bytes or text.
//!
//! Input: the plots of one or two sides ([`figures`]); output: a PNG per theme ([`png`]), one line of text per
//! series ([`text`]) and a description for those who do not see the picture ([`alt`]). Nothing here reads or
//! writes files, and equal input gives equal bytes.

mod backend;
mod decimate;
mod encode;
mod figures;
mod font;
mod layout;
mod scene;
mod text;
mod theme;
mod ticks;

pub use figures::figures;
pub use text::{TextLine, alt, text};

/// Which revision a series belongs to; base and head always have the same two colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Base,
    Head,
}

/// One line: points in the order of x; NaN in `y` is a gap.
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

/// One plot, ready to be drawn: a line chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub id: String,
    pub title: String,
    pub x_label: String,
    pub y_label: String,
    pub series: Vec<Series>,
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
    #[error("drawing the lines of {figure} failed: {reason}; please report this as a bug")]
    Draw { figure: String, reason: String },
    #[error("writing the picture as PNG failed; please report this as a bug")]
    Encode(#[from] ::png::EncodingError),
}

/// The columns of a figure in the order of their first series; several have one dash pattern each.
fn columns(figure: &Figure) -> Vec<Option<&str>> {
    let mut columns = Vec::new();
    for series in &figure.series {
        let column = series.column.as_deref();
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    columns
}

/// Draws one figure as an opaque PNG for screens of two pixels per CSS pixel.
pub fn png(figure: &Figure, theme: Theme) -> Result<Vec<u8>, PlotError> {
    let fonts = font::Fonts::embedded()?;
    let layout = layout::Layout::of(figure, &fonts);
    let canvas = scene::draw(figure, &layout, &fonts, &theme::Colors::of(theme))?;
    encode::png(&canvas.into_pixmap())
}

#[cfg(test)]
mod tests;
