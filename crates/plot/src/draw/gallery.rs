//! The images of a folder in a grid, the most changed ones first.

use super::frame::{self, LABEL, MIDDLE, TOP};
use super::panels::{LEAST_WIDTH, LINE, MARGIN, legend, panels};
use crate::font::Fonts;
use crate::image::percent;
use crate::scene::{Anchor, Ink, Lettering, Scene};
use crate::{Figure, ImagePair, ImageState, Images, Which};

/// What one image has room for.
pub(super) const TILE: (f32, f32) = (140.0, 110.0);
const BETWEEN_TILES: f32 = 6.0;
const BETWEEN_IMAGES: f32 = 22.0;
/// Over each image: its name and how much it changed.
const CAPTION: f32 = 20.0;
/// Over the grid: what the three pictures of an image are.
const KEY: f32 = 22.0;
const WIDEST: f32 = 920.0;

/// How many images are drawn: with both sides, or of one side.
pub(crate) fn room(both: bool) -> usize {
    if both { 8 } else { 12 }
}

/// Where the images of a folder stand.
pub(super) struct Grid {
    both: bool,
    /// The width of one picture.
    slot: f32,
    /// The width of an image with all its pictures.
    block: f32,
    in_row: usize,
    step: (f32, f32),
    left: f32,
    pub(super) width: f32,
    bottom: f32,
}

impl Grid {
    pub(super) fn of(images: &Images) -> Self {
        let both = images.pairs.iter().any(ImagePair::is_changed);
        let places = if both { 3.0 } else { 1.0 };
        let sizes: Vec<(f32, f32)> =
            images.pairs.iter().flat_map(|pair| panels(pair, images)).map(|panel| panel.size()).collect();
        let slot = sizes.iter().map(|size| size.0).fold(if both { 60.0 } else { 100.0 }, f32::max);
        let down = sizes.iter().map(|size| size.1).fold(0.0, f32::max);
        let block = places * (slot + BETWEEN_TILES) - BETWEEN_TILES;
        let fitting = ((WIDEST + BETWEEN_IMAGES) / (block + BETWEEN_IMAGES)) as usize;
        let in_row = fitting.min(images.pairs.len()).max(1);
        let rows = images.pairs.len().div_ceil(in_row);
        let row = block * in_row as f32 + BETWEEN_IMAGES * (in_row - 1) as f32;
        let width = (row + 2.0 * MARGIN).max(LEAST_WIDTH).ceil();
        let step = (block + BETWEEN_IMAGES, CAPTION + down + 12.0);
        let bottom = TOP + KEY + step.1 * rows as f32;
        Self { both, slot, block, in_row, step, left: (width - row) / 2.0, width, bottom }
    }
}

/// The scene of a folder.
pub(super) fn scene(figure: &Figure, images: &Images, fonts: &Fonts) -> Scene {
    let grid = Grid::of(images);
    let rest = rest(images);
    let lines = f32::from(u8::from(grid.both)) + f32::from(u8::from(!rest.is_empty()));
    let height = (grid.bottom + LINE * lines + 6.0).ceil();
    let mut scene = Scene { width: grid.width, height, marks: Vec::new() };
    frame::title(&mut scene, figure, grid.width / 2.0, fonts);
    key(&mut scene, images, grid.both, TOP + 6.0, fonts);
    for (index, pair) in images.pairs.iter().enumerate() {
        let (across, down) = ((index % grid.in_row) as f32, (index / grid.in_row) as f32);
        let place = (grid.left + grid.step.0 * across, TOP + KEY + grid.step.1 * down);
        image(&mut scene, (images, pair), place, &grid, fonts);
    }
    let mut y = grid.bottom + LINE / 2.0;
    if grid.both {
        legend(&mut scene, images, y, fonts);
        y += LINE;
    }
    scene.text(&rest, grid.width / 2.0, y + MIDDLE, Lettering::plain(LABEL, Anchor::Middle));
    scene
}

/// Whose pictures stand in which order.
fn key(scene: &mut Scene, images: &Images, both: bool, y: f32, fonts: &Fonts) {
    let drawn = |has: fn(&ImagePair) -> bool| images.pairs.iter().any(has);
    let most = ((scene.width - 2.0 * MARGIN) / 3.0 - 20.0).max(60.0);
    let base = images.base.as_deref().map(|label| (Some(Which::Base), label));
    let head = (Some(Which::Head), images.head.as_str());
    let base = base.filter(|_| both || drawn(|pair| pair.base.is_some()));
    let head = (both || drawn(|pair| pair.head.is_some())).then_some(head);
    let entries = [base, head, both.then_some((None, "difference"))];
    let fitted = entries.into_iter().flatten();
    let fitted: Vec<(Option<Which>, String)> =
        fitted.map(|(which, label)| (which, fonts.regular.fitted(label, LABEL, most))).collect();
    let width = |(which, text): &(Option<Which>, String)| {
        fonts.regular.width(text, LABEL) + if which.is_some() { 13.0 } else { 0.0 }
    };
    let row = fitted.iter().map(width).sum::<f32>() + 18.0 * fitted.len().saturating_sub(1) as f32;
    let mut left = (scene.width - row) / 2.0;
    for entry in &fitted {
        let mut start = left;
        if let Some(which) = entry.0 {
            scene.rect([left, y - 4.0, left + 8.0, y + 4.0], Ink::Side(which));
            start += 13.0;
        }
        scene.text(&entry.1, start, y + MIDDLE, Lettering::plain(LABEL, Anchor::Start));
        left += width(entry) + 18.0;
    }
}

/// One image: its caption, and its pictures from the left on.
fn image(
    scene: &mut Scene,
    (images, pair): (&Images, &ImagePair),
    (left, top): (f32, f32),
    grid: &Grid,
    fonts: &Fonts,
) {
    let told = match &pair.state {
        ImageState::Changed(score, _) => percent(score.changed),
        _ => pair.word(images.base.is_some()).to_owned(),
    };
    let y = top + 7.0 + MIDDLE;
    let room = grid.block - fonts.regular.width(&told, LABEL) - 8.0;
    scene.text(
        &fonts.regular.fitted(&pair.name, LABEL, room),
        left,
        y,
        Lettering::plain(LABEL, Anchor::Start),
    );
    scene.text(&told, left + grid.block, y, Lettering::plain(LABEL, Anchor::End));
    for panel in panels(pair, images) {
        let place = match panel.which {
            Some(Which::Head) if grid.both => 1.0,
            None => 2.0,
            Some(_) => 0.0,
        };
        let left = left + place * (grid.slot + BETWEEN_TILES);
        let (own, top) = (panel.size(), top + CAPTION);
        if let Some(which) = panel.which {
            scene.rect([left, top - 3.0, left + own.0, top - 1.0], Ink::Side(which));
        }
        panel.draw(scene, left, top);
    }
}

/// What is not drawn.
fn rest(images: &Images) -> String {
    let more = (images.more > 0).then(|| format!("{} more", images.more));
    let same = (!images.unchanged.is_empty()).then(|| format!("{} unchanged", images.unchanged.len()));
    let all: Vec<String> = [more, same].into_iter().flatten().collect();
    if all.is_empty() { String::new() } else { format!("Not drawn: {}", all.join(", ")) }
}
