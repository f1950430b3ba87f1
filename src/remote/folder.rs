//! A remote that is a folder.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::{LARGEST, Store, Trouble};

pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }
}

#[async_trait::async_trait]
impl Store for Folder {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Trouble> {
        match read(&self.0.join(key)).map_err(Trouble::Object)? {
            None if !self.0.is_dir() => Err(Trouble::Store("there is no such folder".to_owned())),
            answer => Ok(answer),
        }
    }
}

/// A plain file's bytes, up to the limit; `None` if there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, String> {
    // Asked before it is opened: opening a pipe waits for a writer.
    if std::fs::metadata(path).is_ok_and(|facts| !facts.is_file()) {
        return Ok(None);
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(why) if matches!(why.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(why) => return Err(why.to_string()),
    };
    let facts = file.metadata().map_err(|why| why.to_string())?;
    if !facts.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|why| why.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err(super::client::too_large());
    }
    Ok(Some(bytes))
}
