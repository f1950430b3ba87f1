//! Figures become scenes: where everything goes, in CSS pixels.

mod bars;
mod chart;
mod endings;
mod frame;
pub(super) mod gallery;
pub(super) mod images;
mod legend;
mod matrix;
mod panels;
mod series;

use super::font::Fonts;
use super::scene::Scene;
use super::{Figure, Kind};

/// The scene of a figure.
pub(super) fn scene(figure: &Figure, fonts: &Fonts) -> Scene {
    match &figure.kind {
        Kind::Chart(chart) => chart::scene(figure, chart, fonts),
        Kind::Matrix(matrix) => matrix::scene(figure, matrix, fonts),
        Kind::Bars(bars) => bars::scene(figure, bars, fonts),
        Kind::Images(images) => images::scene(figure, images, fonts),
    }
}
