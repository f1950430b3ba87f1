//! Image files into pixels.
//!
//! In: bytes. Out: opaque [`Pixels`], or one line why there are none. The size is known, and refused if it is too much,
//! before anything is unpacked; the decoder may then use no more memory than a picture of that size needs.

use std::io::Cursor;

use image::{DynamicImage, ImageError, ImageFormat, ImageReader, Limits};

use super::{BadImage, ImageKind, check_image, size};

/// A picture of so many pixels is drawn at most: 4096 × 4096.
pub const MOST_PIXELS: u64 = 1 << 24;
/// What a decoder may use beside the picture itself, in bytes.
const DECODER_ROOM: u64 = 64 << 20;

/// An opaque picture. Its `Debug` form tells pictures apart and does not list their pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels {
    pub width: u32,
    pub height: u32,
    /// Red, green and blue of each pixel, row by row.
    pub rgb: Vec<u8>,
}

impl std::fmt::Debug for Pixels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // FNV-1a, 64 bits.
        let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        let hash = self.rgb.iter().fold(0xcbf2_9ce4_8422_2325, mix);
        write!(f, "Pixels {{ {}x{} {hash:016x} }}", self.width, self.height)
    }
}

impl Pixels {
    /// Red, green and blue at a place inside.
    pub fn at(&self, x: u32, y: u32) -> [u8; 3] {
        let at = (y as usize * self.width as usize + x as usize) * 3;
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }
}

/// The pixels of an image file: of an animation its first frame, and what is transparent on white.
pub fn decode(bytes: &[u8]) -> Result<Pixels, BadImage> {
    let kind = check_image(bytes)?;
    let format = match kind {
        ImageKind::Png => ImageFormat::Png,
        ImageKind::Jpeg => ImageFormat::Jpeg,
        ImageKind::Gif => ImageFormat::Gif,
        ImageKind::WebP => ImageFormat::WebP,
        ImageKind::Svg => return Err(BadImage::NotImage),
    };
    let (width, height) = size::of(kind, bytes).ok_or(BadImage::Broken(kind))?;
    refuse_huge(width, height)?;
    let mut limits = Limits::no_limits();
    (limits.max_image_width, limits.max_image_height) = (Some(width), Some(height));
    // Sixteen bits each of red, green, blue and alpha are the most that a pixel takes.
    limits.max_alloc = Some(u64::from(width) * u64::from(height) * 8 + DECODER_ROOM);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let image = reader.decode().map_err(|error| match error {
        ImageError::Limits(_) => BadImage::Greedy(kind),
        ImageError::Unsupported(_) => BadImage::Unsupported(kind),
        _ => BadImage::Broken(kind),
    })?;
    Ok(opaque(image))
}

/// Whether a picture is too large to be unpacked.
pub(super) fn refuse_huge(width: u32, height: u32) -> Result<(), BadImage> {
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(BadImage::TooManyPixels { width, height, most: MOST_PIXELS });
    }
    Ok(())
}

fn opaque(image: DynamicImage) -> Pixels {
    let (width, height) = (image.width(), image.height());
    if !image.color().has_alpha() {
        return Pixels { width, height, rgb: image.into_rgb8().into_raw() };
    }
    let rgba = image.into_rgba8();
    let mut rgb = Vec::with_capacity(rgba.as_raw().len() / 4 * 3);
    for pixel in rgba.as_raw().chunks_exact(4) {
        let alpha = u32::from(pixel[3]);
        rgb.extend(pixel[..3].iter().map(|part| on_white(u32::from(*part), alpha)));
    }
    Pixels { width, height, rgb }
}

/// One channel, not multiplied with its alpha, over white.
fn on_white(part: u32, alpha: u32) -> u8 {
    ((part * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: Result<(u32, u32), &str>) {
        match (decode(bytes), expected) {
            (Ok(pixels), Ok(size)) => {
                assert_eq!((pixels.width, pixels.height), size);
                assert_eq!(pixels.rgb.len() as u32, size.0 * size.1 * 3);
            }
            (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
            (outcome, expected) => panic!("{outcome:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn every_format_is_unpacked() {
        check(include_bytes!("../../../tests/data/images/3x2.png"), Ok((3, 2)));
        check(include_bytes!("../../../tests/data/images/3x2.jpg"), Ok((3, 2)));
        check(include_bytes!("../../../tests/data/images/3x2.gif"), Ok((3, 2)));
        check(include_bytes!("../../../tests/data/images/3x2-lossy.webp"), Ok((3, 2)));
        check(include_bytes!("../../../tests/data/images/3x2-lossless.webp"), Ok((3, 2)));
        check(include_bytes!("../../../tests/data/images/3x2-extended.webp"), Ok((3, 2)));
    }

    #[test]
    fn what_is_transparent_is_white() {
        assert_eq!(
            (on_white(0, 0), on_white(0, 255), on_white(255, 255), on_white(0, 128)),
            (255, 0, 255, 127)
        );
    }

    #[test]
    fn bombs_and_broken_files_are_refused() {
        check(b"no image", Err("by its content"));
        let mut huge = cml_testing::png(7);
        huge[16..24].copy_from_slice(&[0, 0, 0x18, 0, 0, 0, 0x18, 0]);
        check(&huge, Err("6144×6144 pixels, more than 16777216"));
        let mut lying = cml_testing::png(7);
        lying[16..24].copy_from_slice(&[0, 0, 0x10, 0, 0, 0, 0x10, 0]);
        check(&lying, Err("broken or cut off"));
    }
}
