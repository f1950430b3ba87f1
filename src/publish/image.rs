//! What counts as an image, and what it is called.
//!
//! In: bytes and a plot's name. Out: a file name that is safe everywhere, or one line why the bytes are no image.

use std::fmt::Write as _;
use std::io::Cursor;

use image::{ImageFormat, ImageReader};
use sha2::{Digest as _, Sha256};

use crate::plot::Theme;

/// Forges refuse to show bigger pictures.
const MAX_BYTES: usize = 10 * 1024 * 1024;
/// A small file may unpack to a huge picture; nobody reads one of this size.
const MAX_PIXELS: u64 = 50_000_000;
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const SLUG_CHARS: usize = 40;

/// Why some bytes are not uploaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadImage {
    #[error("it has {0} bytes, more than {MAX_BYTES}")]
    TooLarge(usize),
    #[error("it is no PNG file by its content")]
    NotPng,
    #[error("its PNG header cannot be read: {0}")]
    BadHeader(String),
    #[error("it is {width}×{height} pixels, more than {MAX_PIXELS} in all")]
    TooManyPixels { width: u32, height: u32 },
}

/// Whether the bytes are a PNG picture of sensible size. The file's name is never asked.
pub fn check_png(bytes: &[u8]) -> Result<(), BadImage> {
    if bytes.len() > MAX_BYTES {
        return Err(BadImage::TooLarge(bytes.len()));
    }
    if !bytes.starts_with(SIGNATURE) {
        return Err(BadImage::NotPng);
    }
    let reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png);
    let (width, height) = reader.into_dimensions().map_err(|error| BadImage::BadHeader(error.to_string()))?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(BadImage::TooManyPixels { width, height });
    }
    Ok(())
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
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
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
        assert_eq!(check_png(&png(7)), Ok(()));
        assert_eq!(check_png(b"<svg onload=x>"), Err(BadImage::NotPng));
        assert_eq!(check_png(b""), Err(BadImage::NotPng));
        assert!(matches!(check_png(&png(7)[..12]), Err(BadImage::BadHeader(_))));
        assert_eq!(check_png(&vec![0; MAX_BYTES + 1]), Err(BadImage::TooLarge(MAX_BYTES + 1)));
    }
}
