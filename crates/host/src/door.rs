//! The one door for files: whatever is read and may be shown, sent or obeyed comes through [`Root::read`], and whatever
//! is written where a change's author made the folders goes out through [`Ground`].
//!
//! In: where a file may come from, its path, the most bytes that are taken. Out: its bytes, or a [`Refusal`] that never
//! shows content. A path is believed only after every link in it has been followed, and a name never: the file is
//! opened without waiting and without following a link again, and the opened file is looked at once more.

mod handles;
mod names;
mod write;

#[cfg_attr(unix, path = "door/unix.rs")]
#[cfg_attr(not(unix), path = "door/portable.rs")]
mod system;

pub use handles::room_for;
pub use names::{private, refused};
pub use write::Ground;

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Component, Path, PathBuf};

/// Why a file is not read. Each is the second half of a sentence that named the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such file")]
    Missing,
    #[error("it is a folder")]
    Folder,
    #[error("it is not a file but a pipe, a socket or a device")]
    NotAFile,
    #[error("it leads out of {0}")]
    Outside(&'static str),
    #[error("it belongs to Git's own files (.git), which are never shown")]
    Git,
    #[error("its name says that it is private ({0}); if it is not, give it another name")]
    Private(String),
    #[error(
        "it has {} MB, and at most {} MB are read; keep less in it",
        .has / (1024 * 1024),
        .most / (1024 * 1024)
    )]
    TooLarge { has: u64, most: u64 },
    #[error("it changed while it was read")]
    Changed,
    #[error("{0}")]
    Unreadable(String),
}

impl From<io::Error> for Refusal {
    fn from(why: io::Error) -> Self {
        if is_absent(&why) { Self::Missing } else { Self::Unreadable(why.to_string()) }
    }
}

/// Where a file may come from.
#[derive(Debug, Clone)]
pub struct Root {
    /// As named, and as they are after all links. None: anywhere on this machine.
    folders: Option<Vec<(PathBuf, PathBuf)>>,
    /// What a reader calls these folders.
    called: &'static str,
}

impl Root {
    /// Any regular file of this machine, whatever it is called: what the CI or the user names for us alone to read
    /// (the event, a font, a certificate), and what is not shown.
    pub fn anywhere() -> Self {
        Self { folders: None, called: "" }
    }

    /// Only below these folders; `called` is what a refusal calls them. Links in a folder's own path are the user's; a
    /// folder that does not exist, and the root of the whole disk, hold nothing.
    pub fn below<'a>(folders: impl IntoIterator<Item = &'a Path>, called: &'static str) -> Self {
        let known = folders.into_iter().filter_map(|folder| Some((folder.to_owned(), real(folder)?)));
        Self { folders: Some(known.filter(|(_, real)| real.parent().is_some()).collect()), called }
    }

    /// Where a path that the user typed may lead: the repository (or what stands for it) if the typed path is in it by
    /// its words or by the user's own links, else the folder that was typed.
    pub fn typed(path: &Path, repository: Option<&Path>) -> Self {
        let path = straight(path);
        let folder = path.parent().unwrap_or(&path);
        if let Some(repository) = repository.and_then(real).filter(|folder| folder.parent().is_some())
            && is_below(folder, &repository)
        {
            return Self::below([repository.as_path()], "the repository");
        }
        let known = real(folder).map(|real| (folder.to_owned(), real));
        Self { folders: Some(known.into_iter().collect()), called: "its folder" }
    }

    /// Reads a file of at most `most` bytes.
    pub fn read(&self, path: &Path, most: u64) -> Result<Vec<u8>, Refusal> {
        let (folder, inside) = self.place(path)?;
        let file = system::open(&folder, &inside)?;
        read_whole(file, most)
    }

    /// Whether a file could be read, without opening it.
    pub fn has(&self, path: &Path) -> Result<(), Refusal> {
        self.place(path).map(drop)
    }

    /// The folder without links that a file may come from, and the file's way below it, without links too.
    fn place(&self, path: &Path) -> Result<(PathBuf, PathBuf), Refusal> {
        let kind = fs::metadata(path)?.file_type();
        if kind.is_dir() {
            return Err(Refusal::Folder);
        }
        if !kind.is_file() {
            return Err(Refusal::NotAFile);
        }
        let target = path.canonicalize()?;
        let Some(folders) = &self.folders else {
            let folder = target.parent().map(Path::to_path_buf);
            let name = target.file_name().map(PathBuf::from);
            return folder.zip(name).ok_or(Refusal::Folder);
        };
        let of = |(_, folder): &&(PathBuf, PathBuf)| {
            let is_inside = target.starts_with(folder);
            // Who names a file at the top of the disk does not name the disk.
            is_inside && (folder.parent().is_some() || target.parent() == Some(folder))
        };
        let Some((_, folder)) = folders.iter().find(of) else { return Err(Refusal::Outside(self.called)) };
        let inside = target.strip_prefix(folder).map_err(|_| Refusal::Outside(self.called))?;
        for way in [inside, self.asked(path)] {
            if let Some(why) = refused(&way.to_string_lossy()) {
                return Err(why);
            }
        }
        if has_git_folder(folder, inside) {
            return Err(Refusal::Git);
        }
        Ok((folder.clone(), inside.to_owned()))
    }

    /// What of a path was asked for below a folder; its last name if that cannot be told.
    fn asked<'a>(&'a self, path: &'a Path) -> &'a Path {
        let known = self.folders.iter().flatten().flat_map(|(named, real)| [named, real]);
        let below = known.filter_map(|folder| path.strip_prefix(folder).ok()).next();
        below.or_else(|| path.file_name().map(Path::new)).unwrap_or(path)
    }
}

/// Whether a folder that the user typed is what it seems to be: no link of the repository leads it out of there, or to
/// what is private or Git's own.
pub fn check_folder(path: &Path, repository: &Path) -> Result<(), Refusal> {
    let path = straight(path);
    let is_of = |repository: &PathBuf| is_below(path.parent().unwrap_or(&path), repository);
    let Some(repository) = real(repository).filter(is_of) else { return Ok(()) };
    let target = path.canonicalize()?;
    let inside = target.strip_prefix(&repository).map_err(|_| Refusal::Outside("the repository"))?;
    match refused(&inside.to_string_lossy()) {
        Some(why) => Err(why),
        None if has_git_folder(&repository, &inside.join("file")) => Err(Refusal::Git),
        None => Ok(()),
    }
}

/// Reads what the file held when it was opened: of one that grows the first part, of one that shrinks nothing.
fn read_whole(file: File, most: u64) -> Result<Vec<u8>, Refusal> {
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(Refusal::NotAFile);
    }
    let has = about.len();
    if has > most {
        return Err(Refusal::TooLarge { has, most });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(has).unwrap_or_default());
    let mut file = file.take(has);
    file.read_to_end(&mut bytes)?;
    // A file of the kernel's says that it is empty and is not.
    let is_lying = has == 0 && file.into_inner().read(&mut [0])? > 0;
    if bytes.len() as u64 != has || is_lying {
        return Err(Refusal::Changed);
    }
    Ok(bytes)
}

/// Whether a folder on the way is a Git directory by what it holds, whatever it is called.
fn has_git_folder(folder: &Path, inside: &Path) -> bool {
    let is_git = |folder: &Path| {
        folder.join("HEAD").symlink_metadata().is_ok()
            && ((folder.join("objects").is_dir() && folder.join("refs").is_dir())
                || folder.join("commondir").is_file())
    };
    inside.ancestors().skip(1).any(|below| is_git(&folder.join(below)))
}

/// Whether a folder, or one that it is in, is really inside another. `other` has no links.
fn is_below(folder: &Path, other: &Path) -> bool {
    folder.starts_with(other)
        || folder.ancestors().any(|start| real(start).is_some_and(|start| start.starts_with(other)))
}

fn real(folder: &Path) -> Option<PathBuf> {
    folder.canonicalize().ok()
}

/// A path without `.` and `..`, by its words alone.
pub fn straight(path: &Path) -> PathBuf {
    let mut answer = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if answer.parent().is_some() => drop(answer.pop()),
            part => answer.push(part),
        }
    }
    answer
}

/// No such file: also a name that no file can have, and a circle of links.
fn is_absent(why: &io::Error) -> bool {
    let none =
        [ErrorKind::NotFound, ErrorKind::NotADirectory, ErrorKind::InvalidInput, ErrorKind::InvalidFilename];
    // ELOOP on Linux and on macOS.
    none.contains(&why.kind()) || matches!(why.raw_os_error(), Some(40 | 62))
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
