//! What an image's address points to.
//!
//! In: an address. Out: paths to try, the bytes that it carries itself, or neither. No file is looked at here.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;

/// Writers of `data:` addresses differ about the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Where an image is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file, relative to the text that names it (or absolute): the paths it may mean, likeliest first.
    File {
        paths: Vec<String>,
        /// What follows `#`: it speaks to the reader's program (`gh-dark-mode-only`) and stays.
        fragment: Option<String>,
    },
    /// The address carries the picture itself (`data:`), which forges do not show.
    Embedded(Vec<u8>),
    /// On some server, or nowhere.
    Elsewhere,
}

/// What an address means for a file on disk.
pub fn source(address: &str) -> Source {
    let address = address.trim();
    if let Some(data) = strip_prefix_ignoring_case(address, "data:image/") {
        return embedded(data).map_or(Source::Elsewhere, Source::Embedded);
    }
    if address.is_empty() || address.starts_with("//") || address.starts_with('#') || has_scheme(address) {
        return Source::Elsewhere;
    }
    let (before, fragment) = match address.split_once('#') {
        Some((before, fragment)) => (before, Some(fragment.to_owned()).filter(|text| !text.is_empty())),
        None => (address, None),
    };
    let path = before.split('?').next().unwrap_or_default();
    let mut paths = Vec::new();
    if let Ok(decoded) = percent_decode_str(path).decode_utf8() {
        paths.push(decoded.into_owned());
    }
    // A file may be called `100%25.png`, or `a#1.png`, and named as it is called.
    for verbatim in [path, address] {
        if !paths.iter().any(|known| known == verbatim) {
            paths.push(verbatim.to_owned());
        }
    }
    paths.retain(|path| !path.is_empty() && !path.contains('\0'));
    if paths.is_empty() { Source::Elsewhere } else { Source::File { paths, fragment } }
}

/// `https:` and the like. One letter is a drive of Windows, no scheme.
fn has_scheme(address: &str) -> bool {
    let Some((scheme, _)) = address.split_once(':') else { return false };
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    scheme.len() > 1 && scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(fine)
}

/// The bytes of `png;base64,…` or `svg+xml;utf8,…`.
fn embedded(data: &str) -> Option<Vec<u8>> {
    let (kind, content) = data.split_once(',')?;
    let bytes: Vec<u8> = percent_decode_str(content).collect();
    if !kind.to_ascii_lowercase().ends_with(";base64") {
        return Some(bytes);
    }
    let packed: Vec<u8> = bytes.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(packed).ok()
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, expected: Option<(&[&str], Option<&str>)>) {
        let expected = expected.map_or(Source::Elsewhere, |(paths, fragment)| Source::File {
            paths: paths.iter().map(|&path| path.to_owned()).collect(),
            fragment: fragment.map(str::to_owned),
        });
        assert_eq!(source(address), expected, "{address}");
    }

    #[test]
    fn a_path_is_decoded_and_may_have_a_query_and_a_fragment() {
        check("plots/a.png", Some((&["plots/a.png"], None)));
        check("./a%20b.png", Some((&["./a b.png", "./a%20b.png"], None)));
        check(
            "a.png?x=1#gh-dark-mode-only",
            Some((&["a.png", "a.png?x=1#gh-dark-mode-only"], Some("gh-dark-mode-only"))),
        );
        check("/abs/a.png", Some((&["/abs/a.png"], None)));
        check("损失.png", Some((&["损失.png"], None)));
        check("C:\\a.png", Some((&["C:\\a.png"], None)));
        check("%ff.png", Some((&["%ff.png"], None)));
    }

    #[test]
    fn what_is_on_a_server_is_elsewhere() {
        for address in [
            "https://h/a.png",
            "HTTP://h/a.png",
            "//h/a.png",
            "#top",
            "",
            "file:///etc/passwd",
            "data:text/html,x",
            "a%00.png\0",
        ] {
            check(address, None);
        }
    }

    #[test]
    fn a_data_address_carries_its_bytes() {
        assert_eq!(source("data:image/png;base64,AAEC"), Source::Embedded(vec![0, 1, 2]));
        assert_eq!(source("data:image/png;base64,AAECAw"), Source::Embedded(vec![0, 1, 2, 3]));
        assert_eq!(source("DATA:image/svg+xml;utf8,%3Csvg/%3E"), Source::Embedded(b"<svg/>".to_vec()));
        assert_eq!(source("data:image/png;base64,!!"), Source::Elsewhere);
    }
}
