//! How DVC names content: keys in a store, and whether bytes are what a hash promises.

use md5::{Digest, Md5};

use cml_tracked::Output;

/// How many bytes decide whether DVC 1 and 2 took a block for text, and how large a block was.
const SAMPLE: usize = 512;
const BLOCK: usize = 1 << 20;

/// Where an object may lie below a cache or remote, the likeliest first: `files/md5/ab/cdef…` since DVC 3,
/// `ab/cdef…` before.
pub(super) fn keys(output: &Output) -> [String; 2] {
    let (first, rest) = output.hash.as_str().split_at(2);
    let old = format!("{first}/{rest}");
    let new = format!("files/md5/{old}");
    if output.legacy { [old, new] } else { [new, old] }
}

/// Whether the bytes have the promised hash: as they are, or of an old entry with the line ends of Unix.
pub(super) fn is(output: &Output, bytes: &[u8]) -> bool {
    let promised = output.hash.digits();
    hex(Md5::digest(bytes).as_slice()) == promised || (output.legacy && hex(&unix_md5(bytes)) == promised)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// DVC's `md5-dos2unix` (`dvc_data/hashfile/hash.py`): each block of 1 MiB for itself, so a line end that a block
/// cuts in two stays as it is.
fn unix_md5(bytes: &[u8]) -> Vec<u8> {
    let mut md5 = Md5::new();
    for block in bytes.chunks(BLOCK) {
        if is_text(&block[..block.len().min(SAMPLE)]) {
            let mut rest = block;
            while let Some(at) = rest.windows(2).position(|pair| pair == b"\r\n") {
                md5.update(&rest[..at]);
                rest = &rest[at + 1..];
            }
            md5.update(rest);
        } else {
            md5.update(block);
        }
    }
    md5.finalize().to_vec()
}

/// `dvc_data/hashfile/istextfile.py`: no NUL, and at most 30 % of what is not printable ASCII.
fn is_text(sample: &[u8]) -> bool {
    let is_printable = |byte: &u8| matches!(byte, 32..=126 | b'\n' | b'\r' | b'\t' | 0x0c | 0x08);
    let odd = sample.iter().filter(|byte| !is_printable(byte)).count();
    !sample.contains(&0) && odd * 10 <= sample.len() * 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use cml_tracked::Hash;

    fn output(hash: &str, legacy: bool) -> Output {
        Output { hash: Hash::parse(hash).unwrap(), legacy, size: None, remote: None, version: None }
    }

    #[test]
    fn content_is_known_by_its_hash() {
        // `printf 'a\nb\n' | md5sum`
        let unix = "dd8c6a395b5dd36c56d23275028f526c";
        let check = |legacy, bytes: &[u8], expected| {
            assert_eq!(is(&output(unix, legacy), bytes), expected, "{bytes:?}")
        };
        check(false, b"a\nb\n", true);
        check(true, b"a\nb\n", true);
        check(true, b"a\r\nb\r\n", true);
        check(false, b"a\r\nb\r\n", false);
        check(true, b"a\nb", false);
        check(false, b"", false);
        assert!(is(&output("d41d8cd98f00b204e9800998ecf8427e", true), b""));
    }

    #[test]
    fn binary_content_keeps_its_bytes_in_old_hashes_too() {
        // `printf '\0\r\n' | md5sum`
        let bytes = b"\0\r\n";
        let hash = hex(Md5::digest(bytes).as_slice());
        assert_eq!(hex(&unix_md5(bytes)), hash);
        assert!(is_text(&[]) && is_text(b"a\r\n\t") && !is_text(&[200; 4]));
        assert!(is_text(b"aaaaaaa\xff\xff\xff") && !is_text(b"aaaaaa\xff\xff\xff\xff"));
    }

    #[test]
    fn both_layouts_are_known() {
        let name = "0123456789abcdef0123456789abcdef.dir";
        let old = "01/23456789abcdef0123456789abcdef.dir";
        assert_eq!(keys(&output(name, true)), [old.to_owned(), format!("files/md5/{old}")]);
        assert_eq!(keys(&output(name, false)), [format!("files/md5/{old}"), old.to_owned()]);
    }
}
