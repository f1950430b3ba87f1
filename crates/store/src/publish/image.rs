//! What a stored picture is called.
//!
//! In: bytes and a plot's or file's name. Out: a file name that is safe everywhere.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use cml_picture::ImageKind;
use cml_plot::Theme;

const SLUG_CHARS: usize = 40;

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
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_follow_the_content() {
        let check = |id: &str, theme, expected: &str| assert_eq!(name_for(id, theme, b"abc"), expected);
        check("plots/ROC curve.csv", Theme::Light, "plots-roc-curve-csv-ba7816bf-light.png");
        check("../../etc/passwd", Theme::Dark, "etc-passwd-ba7816bf-dark.png");
        check("потери", Theme::Light, "plot-ba7816bf-light.png");
        check(&"a".repeat(99), Theme::Light, &format!("{}-ba7816bf-light.png", "a".repeat(40)));
        assert_ne!(name_for("a", Theme::Light, b"1"), name_for("a", Theme::Light, b"2"));
    }
}
