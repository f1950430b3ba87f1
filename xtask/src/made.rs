//! Files that are made: written, or compared with what is there.

use std::fs;
use std::path::Path;

/// A file as the code makes it.
pub(crate) struct Made {
    /// From the repository's top.
    path: &'static str,
    bytes: Vec<u8>,
}

impl Made {
    pub(crate) fn text(path: &'static str, text: String) -> Self {
        Self { path, bytes: text.into_bytes() }
    }
}

/// Writes them; the answer names them.
pub(crate) fn write(top: &Path, made: Vec<Made>) -> Result<String, String> {
    for file in &made {
        fs::write(top.join(file.path), &file.bytes)
            .map_err(|why| format!("cannot write {}: {why}", file.path))?;
    }
    Ok(format!("wrote {}", names(made.iter())))
}

/// Fails if one of them is another one than the code makes.
pub(crate) fn check(top: &Path, made: Vec<Made>) -> Result<String, String> {
    let is_stale = |file: &&Made| fs::read(top.join(file.path)).ok().as_ref() != Some(&file.bytes);
    let stale: Vec<&Made> = made.iter().filter(is_stale).collect();
    if stale.is_empty() {
        return Ok(format!("fresh: {}", names(made.iter())));
    }
    Err(format!("{} not what the code makes; run cargo xtask docs and commit it", names(stale)))
}

fn names<'m>(made: impl IntoIterator<Item = &'m Made>) -> String {
    made.into_iter().map(|file| file.path).collect::<Vec<_>>().join(", ")
}
