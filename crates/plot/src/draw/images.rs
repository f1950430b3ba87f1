//! One image: base, head and where they differ, side by side or below one another.

use super::frame::{self, LABEL, MIDDLE, TOP};
use super::gallery;
use super::panels::{LEAST_WIDTH, LINE, MARGIN, Panel, legend, panels};
use crate::font::Fonts;
use crate::scene::{Anchor, Lettering, Scene};
use crate::{Figure, ImagePair, ImageState, Images};

/// What one image of two has room for, in CSS pixels: side by side, and below one another.
const IN_ROW: (f32, f32) = (300.0, 300.0);
const IN_COLUMN: (f32, f32) = (620.0, 220.0);
/// An image that only one side has.
const ALONE: (f32, f32) = (540.0, 420.0);
/// Tiny images are made larger up to this, by whole steps.
const TINY: u32 = 150;
const BETWEEN: f32 = 20.0;
/// Over each image: whose it is.
const HEADING: f32 = 24.0;
/// The least width of a heading.
const LEAST_SLOT: f32 = 120.0;
/// CSS pixels per pixel of an image. Base and head stand side by side, or below one another if that shows more of them.
/// A drawn one (`largest` is a half) gets a device pixel for each of its own at most.
pub(crate) fn scale(size: (u32, u32), largest: f32, both: bool, in_gallery: bool) -> f32 {
    let (width, height) = (size.0.max(1), size.1.max(1));
    let fit = |room: (f32, f32)| {
        let steps = if largest < 1.0 { 1 } else { (TINY / width.max(height)).max(1) };
        (room.0 / width as f32).min(room.1 / height as f32).min(largest * steps as f32)
    };
    match (in_gallery, both) {
        (true, _) => fit(gallery::TILE),
        (false, false) => fit(ALONE),
        (false, true) => fit(IN_ROW).max(fit(IN_COLUMN)),
    }
}

/// Where the panels of one image stand.
struct Places {
    /// What each has: the largest panel's width, or its heading's.
    slot: f32,
    /// From one to the next.
    step: (f32, f32),
    /// The first one's left end.
    left: f32,
    width: f32,
    bottom: f32,
}

impl Places {
    fn of(panels: &[Panel<'_>]) -> Self {
        let sizes = panels.iter().map(Panel::size);
        let (across, down) =
            sizes.fold((0.0_f32, 0.0_f32), |all, size| (all.0.max(size.0), all.1.max(size.1)));
        // Only below one another there is room for more than this.
        let stacked = panels.len() > 1 && across > IN_ROW.0 + 0.5;
        let slot = across.max(LEAST_SLOT);
        let step = if stacked { (0.0, HEADING + down + 8.0) } else { (slot + BETWEEN, 0.0) };
        let last = panels.len().saturating_sub(1) as f32;
        let row = slot + step.0 * last;
        let width = (row + 2.0 * MARGIN).max(LEAST_WIDTH).ceil();
        let (left, bottom) = ((width - row) / 2.0, TOP + HEADING + down + step.1 * last);
        Self { slot, step, left, width, bottom }
    }
}

/// The smallest size that holds all sides.
fn union(panels: &[Panel<'_>]) -> (u32, u32) {
    let sizes = panels.iter().filter_map(|panel| panel.size);
    sizes.fold((1, 1), |all, size| (all.0.max(size.0), all.1.max(size.1)))
}

/// How wide the scene of images is.
pub(crate) fn width(images: &Images) -> f32 {
    match images.pairs.first() {
        Some(pair) if !images.gallery => Places::of(&panels(pair, images)).width,
        _ => gallery::Grid::of(images).width,
    }
}

/// The scene of images.
pub(super) fn scene(figure: &Figure, images: &Images, fonts: &Fonts) -> Scene {
    match images.pairs.first() {
        Some(pair) if !images.gallery => single(figure, images, pair, fonts),
        _ => gallery::scene(figure, images, fonts),
    }
}

fn single(figure: &Figure, images: &Images, pair: &ImagePair, fonts: &Fonts) -> Scene {
    let panels = panels(pair, images);
    let Places { slot, step, left, width, bottom } = Places::of(&panels);
    let union = union(&panels);
    let sized = panels.len() == 1 || panels.iter().any(|panel| panel.size.is_some_and(|size| size != union));
    let below = told(pair, images);
    let lines = if pair.is_changed() { 2.0 } else { f32::from(u8::from(!below.is_empty())) };
    let height = (bottom + 8.0 + LINE * lines + 8.0).ceil();
    let mut scene = Scene { width, height, marks: Vec::new() };
    for (index, panel) in panels.iter().enumerate() {
        let (left, top) = (left + step.0 * index as f32, TOP + step.1 * index as f32);
        panel.heading(&mut scene, (left + slot / 2.0, top + 10.0, slot), sized, fonts);
        panel.draw(&mut scene, left + (slot - panel.size().0) / 2.0, top + HEADING);
    }
    frame::title(&mut scene, figure, width / 2.0, fonts);
    let y = bottom + 8.0 + LINE / 2.0;
    scene.text(&below, width / 2.0, y + MIDDLE, Lettering::plain(LABEL, Anchor::Middle));
    if pair.is_changed() {
        legend(&mut scene, images, y + LINE, fonts);
    }
    scene
}

/// What is said below an image.
fn told(pair: &ImagePair, images: &Images) -> String {
    match &pair.state {
        ImageState::Changed(score, _) => score.to_string(),
        _ => pair.word(images.base.is_some()).to_owned(),
    }
}
