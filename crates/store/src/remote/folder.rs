//! A remote that is a folder.

use std::path::{Path, PathBuf};

use super::{LARGEST, Store, Trouble};
use cml_host::door::{Refusal, Root};

pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }
}

#[async_trait::async_trait]
impl Store for Folder {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Trouble> {
        match read(&self.0, key).map_err(Trouble::Object)? {
            None if !self.0.is_dir() => Err(Trouble::Store("there is no such folder".to_owned())),
            answer => Ok(answer),
        }
    }
}

/// A plain file's bytes below a folder, up to the limit; `None` if there is none.
pub(super) fn read(folder: &Path, key: &str) -> Result<Option<Vec<u8>>, String> {
    match Root::below([folder], "the remote's folder").read(&folder.join(key), LARGEST) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(Refusal::Missing | Refusal::Folder | Refusal::NotAFile) => Ok(None),
        Err(Refusal::TooLarge { .. }) => Err(super::client::too_large()),
        Err(why) => Err(why.to_string()),
    }
}
