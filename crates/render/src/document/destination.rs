//! Link destinations: the `plots/a.png` of `![a](plots/a.png "title")`, read and written.

use std::fmt::Write as _;
use std::ops::Range;

/// Where the destination stands in `text`, angle brackets included, if `text` starts with one after white space.
/// Line ends may be followed by the marks of a block quote.
pub(super) fn find(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut start = 0;
    let mut after_line_end = false;
    while let Some(&byte) = bytes.get(start) {
        match byte {
            b'\n' | b'\r' => after_line_end = true,
            b' ' | b'\t' => {}
            b'>' if after_line_end => {}
            _ => break,
        }
        start += 1;
    }
    let length =
        if bytes.get(start) == Some(&b'<') { angled(&bytes[start..])? } else { bare(&bytes[start..]) };
    (length > 0).then(|| start..start + length)
}

/// The length of `<…>`.
fn angled(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'>' => return Some(at + 1),
            b'<' | b'\n' | b'\r' => return None,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The length of a destination without brackets: it ends at white space or at a `)` that it has not opened.
fn bare(bytes: &[u8]) -> usize {
    let (mut at, mut open) = (0, 0_u32);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if bytes.get(at + 1).is_some_and(u8::is_ascii_punctuation) => at += 1,
            b'(' => open += 1,
            b')' if open == 0 => break,
            b')' => open -= 1,
            0..=b' ' | 0x7f => break,
            _ => {}
        }
        at += 1;
    }
    at.min(bytes.len())
}

/// An address in a spelling that means the same as a Markdown destination, in a table's cell, in an HTML attribute
/// and in a `srcset`: whatever one of them could take for its own is percent-encoded.
pub(super) fn write(address: &str) -> String {
    let mut written = String::with_capacity(address.len());
    for byte in address.bytes() {
        match byte {
            b'&' => written.push_str("&amp;"),
            _ if byte.is_ascii_alphanumeric() || b"-._~:/?#@!+,;=%".contains(&byte) => {
                written.push(char::from(byte));
            }
            _ => {
                let _ = write!(written, "%{byte:02X}");
            }
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_ends_where_commonmark_says() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(find(text).map(|range| &text[range]), expected, "{text}");
        };
        check("a.png)", Some("a.png"));
        check(" a.png \"t\")", Some("a.png"));
        check("a(1).png)", Some("a(1).png"));
        check("a\\(1.png)", Some("a\\(1.png"));
        check("<a b.png> 't')", Some("<a b.png>"));
        check("<a\nb.png>)", None);
        check("\n>  a.png)", Some("a.png"));
        check(")", None);
        check("", None);
        check("a\\", Some("a\\"));
    }

    #[test]
    fn an_address_is_written_for_every_place_alike() {
        assert_eq!(
            write("https://h/a b(1)|'`.png?x=1&y=é"),
            "https://h/a%20b%281%29%7C%27%60.png?x=1&amp;y=%C3%A9"
        );
    }
}
