//! The size of a picture in pixels, from the parts that its format is made of.
//!
//! In: the whole file. Out: width and height, or nothing if the parts do not lead to the file's end: what is cut off
//! (still being written), and what only begins like a picture, has no size. Pixels are not unpacked.

use super::ImageKind;

/// Width and height.
pub fn of(kind: ImageKind, bytes: &[u8]) -> Option<(u32, u32)> {
    let (width, height) = match kind {
        ImageKind::Png => png(bytes),
        ImageKind::Jpeg => jpeg(bytes),
        ImageKind::Gif => gif(bytes),
        ImageKind::WebP => webp(bytes),
        ImageKind::Svg => None,
    }?;
    (width > 0 && height > 0).then_some((width, height))
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// Chunks of length, name, content and checksum, from `IHDR` to `IEND` (PNG, third edition, 5.3).
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 8;
    let mut size = None;
    let mut has_pixels = false;
    loop {
        let length = usize::try_from(u32::from_be_bytes(array(bytes, at)?)).ok()?;
        let name: [u8; 4] = array(bytes, at + 4)?;
        let next = at.checked_add(length)?.checked_add(12)?;
        match &name {
            b"IHDR" if at == 8 => {
                size = Some((u32::from_be_bytes(array(bytes, 16)?), u32::from_be_bytes(array(bytes, 20)?)));
            }
            b"IDAT" => has_pixels = true,
            b"IEND" => return size.filter(|_| has_pixels && next == bytes.len()),
            _ if name.iter().all(u8::is_ascii_alphabetic) => {}
            _ => return None,
        }
        at = next;
    }
}

/// Segments of a marker and a length up to the scan, which ends in `FFD9` (ITU-T T.81, annex B).
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    let mut size = None;
    loop {
        let [mark, kind] = array(bytes, at)?;
        if mark != 0xff {
            return None;
        }
        if kind == 0xff {
            // A fill byte.
            at += 1;
            continue;
        }
        let length = usize::from(u16::from_be_bytes(array(bytes, at + 2)?));
        match kind {
            0xc4 | 0xc8 | 0xcc => {}
            0xc0..=0xcf => {
                let side = |at| Some(u32::from(u16::from_be_bytes(array(bytes, at)?)));
                size = Some((side(at + 7)?, side(at + 5)?));
            }
            0xda => {
                let ends = bytes.get(at..)?.windows(2).any(|two| two == [0xff, 0xd9]);
                return size.filter(|_| ends);
            }
            _ => {}
        }
        at = at.checked_add(2)?.checked_add(length.max(2))?;
    }
}

/// The screen's size, then blocks up to the trailer `;` (GIF89a, 18 and 27).
fn gif(bytes: &[u8]) -> Option<(u32, u32)> {
    let side = |at| Some(u32::from(u16::from_le_bytes(array(bytes, at)?)));
    let size = (side(6)?, side(8)?);
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut at: usize = 13 + table(*bytes.get(10)?);
    let mut has_pixels = false;
    loop {
        at += match *bytes.get(at)? {
            b';' => return has_pixels.then_some(size),
            b'!' => 2,
            b',' => {
                has_pixels = true;
                11 + table(*bytes.get(at + 9)?)
            }
            _ => return None,
        };
        // Sub-blocks, each with its length, up to an empty one.
        loop {
            let length = usize::from(*bytes.get(at)?);
            at += 1 + length;
            if length == 0 {
                break;
            }
        }
    }
}

/// A RIFF file of exactly the length that it says, whose first chunk has the size (RFC 9649, 2.4 to 2.7).
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    let length = usize::try_from(u32::from_le_bytes(array(bytes, 4)?)).ok()?;
    if length.checked_add(8)? != bytes.len() {
        return None;
    }
    let of_24_bits = |at| {
        let [a, b, c] = array(bytes, at)?;
        Some(u32::from_le_bytes([a, b, c, 0]) + 1)
    };
    match &array::<4>(bytes, 12)? {
        b"VP8X" => Some((of_24_bits(24)?, of_24_bits(27)?)),
        b"VP8L" if bytes.get(20) == Some(&0x2f) => {
            let bits = u32::from_le_bytes(array(bytes, 21)?);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8 " if bytes.get(23..26) == Some(&[0x9d, 0x01, 0x2a]) => {
            let side = |at| Some(u32::from(u16::from_le_bytes(array(bytes, at)?) & 0x3fff));
            Some((side(26)?, side(28)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Real files of 3×2 pixels, as Pillow writes them.
    const JPEG: &[u8] = include_bytes!("../../../tests/data/images/3x2.jpg");
    const GIF: &[u8] = include_bytes!("../../../tests/data/images/3x2.gif");
    const LOSSY: &[u8] = include_bytes!("../../../tests/data/images/3x2-lossy.webp");
    const LOSSLESS: &[u8] = include_bytes!("../../../tests/data/images/3x2-lossless.webp");
    const EXTENDED: &[u8] = include_bytes!("../../../tests/data/images/3x2-extended.webp");
    const PNG: &[u8] = include_bytes!("../../../tests/data/images/3x2.png");

    #[test]
    fn every_format_tells_its_size_and_whether_it_is_whole() {
        let check = |kind, bytes: &[u8]| {
            assert_eq!(of(kind, bytes), Some((3, 2)), "{kind:?}");
            for length in 0..bytes.len() {
                assert_eq!(of(kind, &bytes[..length]), None, "{kind:?} cut at {length}");
            }
        };
        check(ImageKind::Png, PNG);
        check(ImageKind::Jpeg, JPEG);
        check(ImageKind::Gif, GIF);
        check(ImageKind::WebP, LOSSY);
        check(ImageKind::WebP, LOSSLESS);
        check(ImageKind::WebP, EXTENDED);
    }
}
