//! The images of a folder in a grid, the most changed ones first.

use super::frame::{self, LABEL, MIDDLE, TOP};
use super::images::{LEAST_WIDTH, LINE, MARGIN, Panel, legend, panels};
use crate::plot::font::Fonts;
use crate::plot::image::percent;
use crate::plot::scene::{Anchor, Ink, Lettering, Scene};
use crate::plot::{Figure, ImagePair, ImageState, Images, Which};

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
pub(in crate::plot) fn room(both: bool) -> usize {
    if both { 8 } else { 12 }
}

/// Where the images of a folder stand.
pub(super) struct Grid {
    both: bool,
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
        let block = places * (TILE.0 + BETWEEN_TILES) - BETWEEN_TILES;
        let fitting = ((WIDEST + BETWEEN_IMAGES) / (block + BETWEEN_IMAGES)) as usize;
        let in_row = fitting.min(images.pairs.len()).max(1);
        let rows = images.pairs.len().div_ceil(in_row);
        let row = block * in_row as f32 + BETWEEN_IMAGES * (in_row - 1) as f32;
        let width = (row + 2.0 * MARGIN).max(LEAST_WIDTH).ceil();
        let step = (block + BETWEEN_IMAGES, CAPTION + TILE.1 + 12.0);
        let bottom = TOP + KEY + step.1 * rows as f32;
        Self { both, block, in_row, step, left: (width - row) / 2.0, width, bottom }
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
        image(&mut scene, pair, images, place, grid.block, fonts);
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
    let middle = scene.width / 2.0;
    let style = Lettering::plain(LABEL, Anchor::Middle);
    if !both {
        let drawn = |has: fn(&ImagePair) -> bool| images.pairs.iter().any(has);
        let which = if drawn(|pair| pair.head.is_some()) { Which::Head } else { Which::Base };
        let label = if which == Which::Head { Some(&images.head) } else { images.base.as_ref() };
        return frame::revision(scene, (middle, y), which, label.map_or("", String::as_str), 300.0, fonts);
    }
    let base = images.base.as_deref().unwrap_or_default();
    let most = (scene.width - 2.0 * MARGIN - 140.0) / 2.0;
    let short = |text: &str| fonts.regular.fitted(text, LABEL, most);
    let text = format!("{} · {} · difference", short(base), short(&images.head));
    scene.text(&text, middle, y + MIDDLE, style);
}

/// One image: its caption, and up to three pictures that begin at the left.
fn image(
    scene: &mut Scene,
    pair: &ImagePair,
    images: &Images,
    (left, top): (f32, f32),
    width: f32,
    fonts: &Fonts,
) {
    let told = match &pair.state {
        ImageState::Changed(score, _) => percent(score.changed),
        _ => pair.word(images.base.is_some()).to_owned(),
    };
    let y = top + 7.0 + MIDDLE;
    let room = width - fonts.regular.width(&told, LABEL) - 8.0;
    scene.text(
        &fonts.regular.fitted(&pair.name, LABEL, room),
        left,
        y,
        Lettering::plain(LABEL, Anchor::Start),
    );
    scene.text(&told, left + width, y, Lettering::plain(LABEL, Anchor::End));
    for panel in panels(pair, images) {
        let place = match panel.which {
            Some(Which::Head) if width > TILE.0 => 1.0,
            None => 2.0,
            Some(_) => 0.0,
        };
        let left = left + place * (TILE.0 + BETWEEN_TILES);
        let (own, top) = (panel.size(), top + CAPTION);
        if let Some(which) = panel.which {
            scene.rect(left, top - 3.0, left + own.0, top - 1.0, Ink::Side(which));
        }
        Panel::draw(&panel, scene, left, top);
    }
}

/// What is not drawn.
fn rest(images: &Images) -> String {
    let more = (images.more > 0).then(|| format!("{} more changed", images.more));
    let same = (!images.unchanged.is_empty()).then(|| format!("{} unchanged", images.unchanged.len()));
    let all: Vec<String> = [more, same].into_iter().flatten().collect();
    if all.is_empty() { String::new() } else { format!("Not drawn: {}", all.join(", ")) }
}
