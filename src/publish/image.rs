//! What counts as an image, and what it is called.
//!
//! In: bytes and a plot's or file's name. Out: what kind of image they are and a file name that is safe everywhere, or
//! one line why the bytes are no image. The file's own name is never asked.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::{size, svg};
use crate::plot::Theme;

/// Forges refuse to show bigger pictures.
pub(super) const MAX_BYTES: usize = 10 * 1024 * 1024;
/// A small file may unpack to a huge picture; nobody reads one of this size.
const MAX_PIXELS: u64 = 50_000_000;
const SLUG_CHARS: usize = 40;

/// A format that forges show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageKind {
    Png,
    Jpeg,
    Gif,
    WebP,
    Svg,
}

impl ImageKind {
    /// The ending of its files, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
            Self::WebP => "webp",
            Self::Svg => "svg",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Svg => "image/svg+xml",
        }
    }
}

/// Why some bytes are not uploaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadImage {
    #[error("it has more than {MAX_BYTES} bytes")]
    TooLarge,
    #[error("it is no PNG, JPEG, GIF, WebP or SVG image by its content")]
    NotImage,
    #[error("it begins as an image ({}) but is broken or cut off", .0.media_type())]
    Broken(ImageKind),
    #[error("it is {width}×{height} pixels, more than {MAX_PIXELS} in all")]
    TooManyPixels { width: u32, height: u32 },
    #[error("it is an SVG image that could do more than show: {0}")]
    LiveSvg(String),
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
        _ if svg::looks_like_one(bytes) => ImageKind::Svg,
        _ => return Err(BadImage::NotImage),
    };
    if kind == ImageKind::Svg {
        svg::check(bytes).map_err(BadImage::LiveSvg)?;
        return Ok(kind);
    }
    let (width, height) = size::of(kind, bytes).ok_or(BadImage::Broken(kind))?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(BadImage::TooManyPixels { width, height });
    }
    Ok(kind)
}

/// The name of a user's picture, `SLUG-HASH8.ENDING`; the slug is of the file's name without its ending.
pub fn name_of_file(stem: &str, kind: ImageKind, bytes: &[u8]) -> String {
    format!("{}-{}.{}", slug(stem), &sha256_hex(bytes)[..8], kind.ending())
}

/// The name of a plot's picture, `SLUG-HASH8-light.png`: equal pictures get equal names, changed ones new ones,
/// so that no cache shows an old picture.
pub fn name_for(id: &str, theme: Theme, bytes: &[u8]) -> String {
    let theme = match theme {
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let hash = sha256_hex(bytes);
    format!("{}-{}-{theme}.png", slug(id), &hash[..8])
}

/// ASCII letters and digits in lower case, everything else one hyphen.
fn slug(id: &str) -> String {
    let mut slug = String::new();
    for c in id.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() == SLUG_CHARS {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "plot".to_owned() } else { slug.to_owned() }
}

/// A SHA-256 as 64 hexadecimal digits.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A picture of one colour.
    pub(in crate::publish) fn png(shade: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        let picture = image::GrayImage::from_pixel(2, 2, image::Luma([shade]));
        picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
        bytes
    }

    #[test]
    fn names_are_safe_and_follow_the_content() {
        let check = |id: &str, theme, expected: &str| assert_eq!(name_for(id, theme, b"abc"), expected);
        check("plots/ROC curve.csv", Theme::Light, "plots-roc-curve-csv-ba7816bf-light.png");
        check("../../etc/passwd", Theme::Dark, "etc-passwd-ba7816bf-dark.png");
        check("потери", Theme::Light, "plot-ba7816bf-light.png");
        check(&"a".repeat(99), Theme::Light, &format!("{}-ba7816bf-light.png", "a".repeat(40)));
        assert_ne!(name_for("a", Theme::Light, b"1"), name_for("a", Theme::Light, b"2"));
    }

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
        assert_eq!(check_image(&huge), Err(BadImage::TooManyPixels { width: 65_536, height: 65_536 }));
        assert_eq!(check_image(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), Ok(ImageKind::Svg));
        assert!(matches!(check_image(b"<svg onload='x()'/>"), Err(BadImage::LiveSvg(_))));
    }
}
