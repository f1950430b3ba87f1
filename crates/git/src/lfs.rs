//! Files that Git LFS keeps beside Git: a pointer becomes the object that it names, if that is here.
//!
//! The pointer's form is that of <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>; objects lie in
//! `.git/lfs/objects/AA/BB/OID`. A pointer is the change's own word, so an object is taken only if its content is what
//! its name says.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::too_large;
use cml_base::tree::LARGEST_FILE;
use cml_host::door::{Refusal, Root};

/// No pointer is longer, by its specification.
const LONGEST: usize = 1024;

/// The objects of one clone.
#[derive(Debug, Clone)]
pub(super) struct Store {
    folder: PathBuf,
}

impl Store {
    /// `common` is the Git directory that all work trees share; it need not hold any objects.
    pub(super) fn of(common: &Path) -> Self {
        Self { folder: common.join("lfs/objects") }
    }

    /// The file that these bytes stand for: they themselves, or of a pointer the object, if it is here. The error says
    /// why an object that is here is not taken.
    pub(super) fn resolved(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let Some((oid, size)) = pointer(&bytes) else { return Ok(bytes) };
        let (first, second) = (&oid[..2], &oid[2..4]);
        if let Some(why) = too_large(size) {
            return Err(why);
        }
        let path = self.folder.join(first).join(second).join(oid);
        match Root::below([self.folder.as_path()], "the objects of Git LFS").read(&path, LARGEST_FILE) {
            Ok(object) if is(oid, &object) => Ok(object),
            Ok(_) => {
                Err("what Git LFS keeps of it is not what its pointer says; run `git lfs fsck`".to_owned())
            }
            // The pointer says to whoever reads it what is missing.
            Err(Refusal::Missing | Refusal::Folder) => Ok(bytes),
            Err(why) => Err(format!("Git LFS: {why}")),
        }
    }
}

/// The name and the size of the object that a pointer stands for.
fn pointer(bytes: &[u8]) -> Option<(&str, u64)> {
    let text = std::str::from_utf8(bytes.get(..bytes.len().min(LONGEST + 1))?).ok()?;
    if text.len() > LONGEST || !text.starts_with("version https://git-lfs.github.com/spec/v1\n") {
        return None;
    }
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
    let oid = value("oid")?.strip_prefix("sha256:")?;
    let is_oid = oid.len() == 64 && oid.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_oid.then_some((oid, value("size")?.parse().ok()?))
}

fn is(oid: &str, object: &[u8]) -> bool {
    let digest = Sha256::digest(object);
    digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>() == oid
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn oid(object: &[u8]) -> String {
        Sha256::digest(object).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn pointer_to(oid: &str, size: usize) -> Vec<u8> {
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n").into_bytes()
    }

    #[test]
    fn a_pointer_becomes_its_object_if_that_is_here_and_is_it() {
        let git = tempfile::tempdir().unwrap();
        let put = |oid: &str, object: &[u8]| {
            let folder = git.path().join("lfs/objects").join(&oid[..2]).join(&oid[2..4]);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(oid), object).unwrap();
        };
        let (good, other, gone) = (oid(b"{\"a\": 1}"), oid(b"other"), oid(b"gone"));
        put(&good, b"{\"a\": 1}");
        put(&other, b"not other");
        let store = Store::of(git.path());
        let check = |bytes: &[u8], expected: Result<&[u8], &str>| {
            let answer = store.resolved(bytes.to_vec());
            match expected {
                Ok(expected) => assert_eq!(answer.as_deref(), Ok(expected)),
                Err(expected) => {
                    assert!(answer.as_ref().is_err_and(|why| why.contains(expected)), "{answer:?}")
                }
            }
        };
        check(&pointer_to(&good, 8), Ok(b"{\"a\": 1}"));
        check(&pointer_to(&other, 5), Err("is not what its pointer says"));
        check(&pointer_to(&good, 200 << 20), Err("at most 100 MB"));
        // What is no pointer, or stands for what is not here, stays as it is.
        let traversal = format!("{}{}", "../".repeat(20), &good[60..]);
        for bytes in [
            pointer_to(&gone, 4),
            pointer_to(&traversal, 8),
            pointer_to(&good.to_uppercase(), 8),
            pointer_to(&good[..63], 8),
            b"version https://git-lfs.github.com/spec/v1\n".to_vec(),
            b"{\"a\": 1}".to_vec(),
            Vec::new(),
            [pointer_to(&good, 8), vec![b' '; LONGEST]].concat(),
            vec![0xff; 4096],
        ] {
            check(&bytes, Ok(&bytes));
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_object_is_not_taken_from_elsewhere() {
        let (git, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let name = oid(b"secret");
        fs::write(outside.path().join(&name), b"secret").unwrap();
        let folder = git.path().join("lfs/objects").join(&name[..2]).join(&name[2..4]);
        fs::create_dir_all(&folder).unwrap();
        std::os::unix::fs::symlink(outside.path().join(&name), folder.join(&name)).unwrap();
        let answer = Store::of(git.path()).resolved(pointer_to(&name, 6));
        assert!(answer.as_ref().is_err_and(|why| why.contains("leads out")), "{answer:?}");
    }
}
