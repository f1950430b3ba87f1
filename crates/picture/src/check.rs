//! Which kind of image some bytes are, and whether they are one of sensible size that can only be looked at.
//!
//! In: bytes. Out: an [`ImageKind`], or one line why the bytes are no image. The file's own name is never asked.

use super::{ImageKind, live, size};

/// Forges refuse to show bigger pictures.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// A small file may unpack to a huge picture; nobody reads one of this size.
const MAX_PIXELS: u64 = 50_000_000;

/// Why some bytes are not uploaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadImage {
    #[error("it has more than {MAX_BYTES} bytes")]
    TooLarge,
    #[error("it is no PNG, JPEG, GIF, WebP or SVG image by its content")]
    NotImage,
    #[error("it begins as an image ({}) but is broken or cut off", .0.media_type())]
    Broken(ImageKind),
    #[error("it is {width}×{height} pixels, more than {most} in all")]
    TooManyPixels { width: u32, height: u32, most: u64 },
    #[error("it is an SVG image that could do more than show: {0}")]
    LiveSvg(String),
    #[error("it is an image ({}) of a kind that cannot be unpacked", .0.media_type())]
    Unsupported(ImageKind),
    #[error("it is an image ({}) that takes too much memory", .0.media_type())]
    Greedy(ImageKind),
}

/// Which image the bytes are, if they are one of sensible size that can only be looked at.
pub fn check_image(bytes: &[u8]) -> Result<ImageKind, BadImage> {
    if bytes.len() > MAX_BYTES {
        return Err(BadImage::TooLarge);
    }
    let kind = match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => ImageKind::Png,
        [0xff, 0xd8, 0xff, ..] => ImageKind::Jpeg,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => ImageKind::Gif,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => ImageKind::WebP,
        _ if live::looks_like_one(bytes) => ImageKind::Svg,
        _ => return Err(BadImage::NotImage),
    };
    if kind == ImageKind::Svg {
        live::check(bytes).map_err(BadImage::LiveSvg)?;
        return Ok(kind);
    }
    let (width, height) = size::of(kind, bytes).ok_or(BadImage::Broken(kind))?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(BadImage::TooManyPixels { width, height, most: MAX_PIXELS });
    }
    Ok(kind)
}

#[cfg(test)]
mod tests {
    use cml_testing::png;

    use super::*;

    #[test]
    fn only_real_pictures_pass() {
        let png_kind = ImageKind::Png;
        assert_eq!(check_image(&png(7)), Ok(png_kind));
        assert_eq!(check_image(b"AWS_SECRET=1\n"), Err(BadImage::NotImage));
        assert_eq!(check_image(b""), Err(BadImage::NotImage));
        assert_eq!(check_image(&png(7)[..12]), Err(BadImage::Broken(png_kind)));
        assert_eq!(check_image(b"\x89PNG\r\n\x1a\nAWS_SECRET=1"), Err(BadImage::Broken(png_kind)));
        assert_eq!(
            check_image(&[png(7), b"AWS_SECRET=1".to_vec()].concat()),
            Err(BadImage::Broken(png_kind))
        );
        assert_eq!(check_image(&vec![0; MAX_BYTES + 1]), Err(BadImage::TooLarge));
        let mut huge = png(7);
        huge[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        assert_eq!(
            check_image(&huge),
            Err(BadImage::TooManyPixels { width: 65_536, height: 65_536, most: MAX_PIXELS })
        );
        assert_eq!(check_image(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), Ok(ImageKind::Svg));
        assert!(matches!(check_image(b"<svg onload='x()'/>"), Err(BadImage::LiveSvg(_))));
    }
}
