//! What one image and a gallery of many have in common: a panel for each side, and what the colours mean.

use super::frame::{self, LABEL, MIDDLE};
use crate::backend::SCALE;
use crate::font::Fonts;
use crate::scene::{Anchor, Ink, Lettering, Mark, Raster, Scene};
use crate::{ImagePair, ImageState, Images, Shown, Which};

/// Left and right of everything.
pub(super) const MARGIN: f32 = 16.0;

/// A line of text below the images.
pub(super) const LINE: f32 = 17.0;

/// The least width of the canvas: that of its lines of text.
pub(super) const LEAST_WIDTH: f32 = 330.0;

/// One image of one side, or what differs.
pub(super) struct Panel<'a> {
    /// `None`: the difference.
    pub which: Option<Which>,
    pub label: &'a str,
    /// The file's own size.
    pub size: Option<(u32, u32)>,
    pub raster: Raster,
}

/// What there is of an image: base, head, difference.
pub(super) fn panels<'a>(pair: &ImagePair, images: &'a Images) -> Vec<Panel<'a>> {
    let side = |which: Which, label: &'a str, shown: &Shown| Panel {
        which: Some(which),
        label,
        size: Some((shown.width, shown.height)),
        raster: Raster::Tile(shown.tile.clone()),
    };
    let base =
        images.base.as_deref().zip(pair.base.as_ref()).map(|(label, shown)| side(Which::Base, label, shown));
    let head = pair.head.as_ref().map(|shown| side(Which::Head, &images.head, shown));
    let map = match &pair.state {
        ImageState::Changed(_, map) => Some(Raster::Map(map.clone())),
        _ => None,
    };
    let map = map.map(|raster| Panel { which: None, label: "difference", size: None, raster });
    [base, head, map].into_iter().flatten().collect()
}

impl Panel<'_> {
    /// In CSS pixels.
    pub(super) fn size(&self) -> (f32, f32) {
        let (width, height) = self.raster.size();
        (width as f32 / SCALE, height as f32 / SCALE)
    }

    /// The picture in a thin frame, so that a white one ends somewhere.
    pub(super) fn draw(&self, scene: &mut Scene, left: f32, top: f32) {
        let (left, top) = ((left * SCALE).round() / SCALE, (top * SCALE).round() / SCALE);
        let (width, height) = self.size();
        scene.rect([left - 0.5, top - 0.5, left + width + 0.5, top + height + 0.5], Ink::Grid);
        scene.marks.push(Mark::Picture { left, top, raster: self.raster.clone() });
    }

    pub(super) fn heading(
        &self,
        scene: &mut Scene,
        (middle, y, width): (f32, f32, f32),
        sized: bool,
        fonts: &Fonts,
    ) {
        let size = self.size.filter(|_| sized).map(|(width, height)| format!(" · {width}×{height}"));
        let text = format!("{}{}", self.label, size.unwrap_or_default());
        match self.which {
            Some(which) => frame::revision(scene, (middle, y), (which, &text), width, fonts),
            None => scene.text(&text, middle, y + MIDDLE, Lettering::plain(LABEL + 0.5, Anchor::Middle)),
        }
    }
}

/// What the colours of the difference mean.
pub(super) fn legend(scene: &mut Scene, images: &Images, y: f32, fonts: &Fonts) {
    let Some(base) = &images.base else { return };
    let most = (scene.width - 2.0 * MARGIN - 60.0) / 2.0;
    let entry = |label: &str| fonts.regular.fitted(&format!("darker in {label}"), LABEL, most);
    let entries = [(Which::Base, entry(base)), (Which::Head, entry(&images.head))];
    let width = |text: &str| 13.0 + fonts.regular.width(text, LABEL);
    let mut left = (scene.width - width(&entries[0].1) - width(&entries[1].1) - 18.0) / 2.0;
    for (which, text) in entries {
        scene.rect([left, y - 4.0, left + 8.0, y + 4.0], Ink::Side(which));
        scene.text(&text, left + 13.0, y + MIDDLE, Lettering::plain(LABEL, Anchor::Start));
        left += width(&text) + 18.0;
    }
}
