//! Writing: below the repository nothing goes through a link, as a change can bring links.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{real, straight, system};

/// Where a change's author may have made folders and links: the repository, or what stands for it. Elsewhere the
/// folders are the user's own, links and devices included.
#[derive(Debug, Clone, Default)]
pub struct Ground(Option<PathBuf>);

impl Ground {
    /// `repository` is the work tree's top folder; without one, what stands for it.
    pub fn new(repository: &Path) -> Self {
        Self(real(repository))
    }

    /// Writes a file whose folder is there. Below the repository it takes the place of what bore its name, be that a
    /// link, and is whole or not there at all.
    pub fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        match self.inside(path) {
            Some((folder, inside)) => system::replace(&folder, &inside, bytes).map_err(told),
            None => fs::write(path, bytes),
        }
    }

    /// Adds to a file, which is made if it is not there.
    pub fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = match self.inside(path) {
            Some((folder, inside)) => system::open_to_append(&folder, &inside).map_err(told)?,
            None => OpenOptions::new().create(true).append(true).open(path)?,
        };
        file.write_all(bytes)
    }

    /// Removes a file or a link.
    pub fn remove(&self, path: &Path) -> io::Result<()> {
        match self.inside(path) {
            Some((folder, inside)) => system::remove(&folder, &inside).map_err(told),
            None => fs::remove_file(path),
        }
    }

    /// Makes a folder and those that it is in.
    pub fn make_folder(&self, path: &Path) -> io::Result<()> {
        match self.inside(&path.join("x")) {
            Some((folder, inside)) => {
                let below = inside.parent().unwrap_or(Path::new(""));
                system::walk(&folder, below, true).map(drop).map_err(told)
            }
            None => fs::create_dir_all(path),
        }
    }

    /// A folder inside the repository, without links, and the way below it, which may have some.
    fn inside(&self, path: &Path) -> Option<(PathBuf, PathBuf)> {
        let root = self.0.as_ref()?;
        let path = straight(path);
        let mut starts: Vec<&Path> = path.ancestors().skip(1).collect();
        starts.reverse();
        // The first folder of the path that is the repository, or in it by the user's own link.
        let found = starts.into_iter().find_map(|start| {
            let real = real(start).filter(|real| real.starts_with(root))?;
            Some((real, path.strip_prefix(start).ok()?.to_owned()))
        });
        found.filter(|(_, inside)| !inside.as_os_str().is_empty())
    }
}

fn told(why: io::Error) -> io::Error {
    if !system::is_link(&why) {
        return why;
    }
    io::Error::other("a part of this path is a link, and nothing is written through a link of the repository")
}
