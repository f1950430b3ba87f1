//! Bytes become text: UTF-8, or UTF-16 with its mark; and what only stands for a file is told.

use super::unread::Unread;
use cml_base::tree::LARGEST_FILE;

/// The largest file that is read, in bytes.
const LARGEST: usize = LARGEST_FILE as usize;

/// Whose rules count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// A mark before the text only says how it is written.
    Ours,
    /// UTF-8 alone, and a mark is a part of the text.
    Dvcs,
}

/// What to say of a file that only stands for another.
pub(super) fn lfs_pointer(bytes: &[u8]) -> Option<&'static str> {
    let is_one = bytes.starts_with(b"version https://git-lfs.github.com/spec/");
    is_one.then_some(
        "this is a Git LFS pointer, and the file that it stands for is not here; run `git lfs pull`, or check out \
         with LFS (`lfs: true`)",
    )
}

/// The text of a file, or why it has none.
pub(super) fn decode(bytes: Vec<u8>, manner: Manner) -> Result<String, Unread> {
    if bytes.len() > LARGEST {
        let megabytes = bytes.len() / (1024 * 1024);
        let what =
            format!("the file is too large to compare ({megabytes} MB, at most 100 MB); write fewer points");
        return Err(Unread::new("OSError", what));
    }
    if let Some(what) = lfs_pointer(&bytes) {
        return Err(Unread::new("OSError", what));
    }
    let encoding = |what: String| Unread::new("EncodingError", what);
    match (manner, bytes.as_slice()) {
        (Manner::Dvcs, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) => {
            return Err(encoding("the file is UTF-16, which DVC does not read; save it as UTF-8".to_owned()));
        }
        (Manner::Ours, [0xff, 0xfe, rest @ ..]) => return utf16(rest, u16::from_le_bytes).map_err(encoding),
        (Manner::Ours, [0xfe, 0xff, rest @ ..]) => return utf16(rest, u16::from_be_bytes).map_err(encoding),
        _ => {}
    }
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..good].iter().filter(|b| **b == b'\n').count() + 1;
        encoding(format!("line {line}: the file is not UTF-8; save it as UTF-8"))
    })?;
    if manner == Manner::Ours && text.starts_with(MARK) {
        text.drain(..MARK.len_utf8());
    }
    Ok(text)
}

/// The mark that says in which order the bytes of a text stand.
const MARK: char = '\u{feff}';

/// The text behind the mark.
fn utf16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Result<String, String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(pairs.len());
    let broken = |text: &str| {
        let line = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
        format!("line {line}: the file says that it is UTF-16 and is not; save it as UTF-8")
    };
    for character in char::decode_utf16(pairs.iter().copied().map(unit)) {
        match character {
            Ok(character) => text.push(character),
            Err(_) => return Err(broken(&text)),
        }
    }
    if rest.is_empty() { Ok(text) } else { Err(broken(&text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_named() {
        let check = |bytes: &[u8], expected: &str| {
            for manner in [Manner::Ours, Manner::Dvcs] {
                let answer = decode(bytes.to_vec(), manner).unwrap_or_else(|unread| unread.what);
                assert!(answer.contains(expected), "{answer}");
            }
        };
        check(b"a\n\xff", "line 2: the file is not UTF-8");
        check(b"\xff\xfea\0\n\0x", "UTF-16");
        check(b"\xfe\xff\0a\0\n\xd8\0", "UTF-16");
        check(b"version https://git-lfs.github.com/spec/v1\noid x", "Git LFS pointer");
        let large = vec![b' '; LARGEST + 1];
        assert!(decode(large, Manner::Ours).is_err_and(|unread| unread.what.contains("too large")));
    }

    #[test]
    fn a_mark_says_how_a_text_is_written_and_is_none_of_it() {
        let text = "{\"ü\": \"🙂\"}\n";
        let bytes = |mark: &[u8], units: Vec<[u8; 2]>| [mark, units.concat().as_slice()].concat();
        let little = bytes(b"\xff\xfe", text.encode_utf16().map(u16::to_le_bytes).collect());
        let big = bytes(b"\xfe\xff", text.encode_utf16().map(u16::to_be_bytes).collect());
        let marked = format!("\u{feff}{text}").into_bytes();
        for bytes in [text.as_bytes(), &little, &big, &marked] {
            assert_eq!(decode(bytes.to_vec(), Manner::Ours).unwrap(), text, "{bytes:?}");
        }
        // Only the first is a mark.
        let twice = [b"\xef\xbb\xbf".as_slice(), &marked].concat();
        assert_eq!(decode(twice, Manner::Ours).unwrap(), format!("\u{feff}{text}"));
        assert_eq!(decode(marked.clone(), Manner::Dvcs).unwrap().as_bytes(), marked);
        for bytes in [little, big] {
            assert_eq!(decode(bytes, Manner::Dvcs).unwrap_err().kind, "EncodingError");
        }
        for empty in [b"\xff\xfe".as_slice(), b"\xfe\xff", b"\xef\xbb\xbf", b""] {
            assert_eq!(decode(empty.to_vec(), Manner::Ours).unwrap(), "", "{empty:?}");
        }
    }
}
