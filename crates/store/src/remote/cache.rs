//! DVC's local cache.

use std::path::PathBuf;

use super::content;
use super::folder;
use cml_tracked::Output;

/// A folder of objects on this machine, in both layouts.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// `folder` need not be there.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The content, checked; `None` if it is not here. The error says why what is here cannot be taken.
    pub fn read(&self, output: &Output) -> Result<Option<Vec<u8>>, String> {
        for key in content::keys(output) {
            match folder::read(&self.folder, &key).map_err(|why| format!("the DVC cache answers: {why}"))? {
                Some(bytes) if content::is(output, &bytes) => return Ok(Some(bytes)),
                Some(_) => {
                    return Err(format!(
                        "what the DVC cache holds as {key} does not match its hash; run `dvc fetch --force`"
                    ));
                }
                None => {}
            }
        }
        Ok(None)
    }
}
