//! Pixels become a PNG: an exact palette where the colours allow it, else RGB; filters only cost with flat areas.

use std::collections::BTreeMap;

use png::{BitDepth, ColorType, Compression, Encoder, Filter, PixelDimensions, Unit};
use tiny_skia::Pixmap;

use super::PlotError;

/// 192 dpi: two pixels per CSS pixel, for viewers that care.
const PIXELS_PER_METRE: u32 = 7_559;

/// Encodes an opaque picture. One that may hold a photo is tried with filters too, and the smaller file counts.
pub(super) fn png(pixmap: &Pixmap, is_photo: bool) -> Result<Vec<u8>, PlotError> {
    let palette = palette(pixmap);
    let filtered = is_photo && palette.is_none();
    let plain = encoded(pixmap, palette, Filter::NoFilter)?;
    if !filtered {
        return Ok(plain);
    }
    let filtered = encoded(pixmap, None, Filter::Adaptive)?;
    Ok(if filtered.len() < plain.len() { filtered } else { plain })
}

/// A palette and each pixel's index in it.
type Indexed = (Vec<u8>, Vec<u8>);

fn encoded(pixmap: &Pixmap, palette: Option<Indexed>, filter: Filter) -> Result<Vec<u8>, PlotError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::High);
    encoder.set_filter(filter);
    encoder.set_pixel_dims(Some(PixelDimensions {
        xppu: PIXELS_PER_METRE,
        yppu: PIXELS_PER_METRE,
        unit: Unit::Meter,
    }));
    let data = match palette {
        Some((palette, indices)) => {
            encoder.set_color(ColorType::Indexed);
            encoder.set_palette(palette);
            indices
        }
        None => {
            encoder.set_color(ColorType::Rgb);
            colors(pixmap).flatten().collect()
        }
    };
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&data)?;
    writer.finish()?;
    Ok(bytes)
}

fn colors(pixmap: &Pixmap) -> impl Iterator<Item = [u8; 3]> {
    pixmap.pixels().iter().map(|pixel| [pixel.red(), pixel.green(), pixel.blue()])
}

/// The colours by first appearance and each pixel's index, if a byte can name them all.
fn palette(pixmap: &Pixmap) -> Option<Indexed> {
    let mut known: BTreeMap<[u8; 3], u8> = BTreeMap::new();
    let mut palette = Vec::new();
    let mut indices = Vec::with_capacity(pixmap.pixels().len());
    let mut last = None;
    for color in colors(pixmap) {
        let index = match last {
            Some((same, index)) if same == color => index,
            _ => match known.get(&color) {
                Some(index) => *index,
                None => {
                    let index = u8::try_from(known.len()).ok()?;
                    known.insert(color, index);
                    palette.extend(color);
                    index
                }
            },
        };
        last = Some((color, index));
        indices.push(index);
    }
    Some((palette, indices))
}
