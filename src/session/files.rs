//! The files that were typed: where they may be read from, and where results may be written.

use std::path::Path;

use super::Session;
use super::folders::top;
use crate::error::Error;
use cml_host::door::{self, Ground, Refusal, Root, straight};

/// The longest report of a user's own, in bytes: many times what any place shows, and what its blocks take of memory.
pub(crate) const LARGEST_REPORT: u64 = 16 << 20;

impl Session {
    /// Where results are written with care.
    pub(crate) fn ground(&self) -> Ground {
        Ground::new(&top(self.env(), self.repository()))
    }

    /// Reads a file that the user names and that will be shown.
    pub(crate) fn read(&self, file: &str) -> Result<Vec<u8>, Error> {
        let path = straight(&self.path(file));
        let root = Root::typed(&path, Some(&top(self.env(), self.repository())));
        root.read(&path, LARGEST_REPORT).map_err(|why| {
            let hint = match &why {
                Refusal::Missing => "leave the file out to post cml's own report",
                Refusal::NotAFile => "give what a pipe holds as standard input, and name the file -",
                Refusal::Outside(_) => {
                    "name the file itself: a link is not followed out of its folder or the repository"
                }
                _ => "name another file, or give the text as standard input and name the file -",
            };
            Error::input(format!("cannot read {file}: {why}")).hint(hint)
        })
    }

    /// Checks a folder that the user names and whose files will be shown.
    pub(crate) fn check_folder(&self, flag: &str, folder: &Path) -> Result<(), Error> {
        door::check_folder(folder, &top(self.env(), self.repository())).map_err(|why| {
            Error::input(format!("{flag} {}: {why}", folder.display()))
                .hint("name the folder itself: a link is not followed out of the repository")
        })
    }
}

/// Writes a file, and says which if it cannot.
pub(crate) fn write(ground: &Ground, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    ground.write(path, bytes).map_err(|error| {
        Error::input(format!("cannot write {}: {error}", path.display()))
            .hint("check that the folder exists and is writable")
    })
}

/// Makes a folder, and says which if it cannot.
pub(crate) fn make_folder(ground: &Ground, folder: &Path) -> Result<(), Error> {
    ground
        .make_folder(folder)
        .map_err(|error| Error::input(format!("cannot make the folder {}: {error}", folder.display())))
}
