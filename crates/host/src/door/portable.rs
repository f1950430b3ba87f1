//! Opening and writing where folders cannot be held: each part is looked at, then the path is used.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::Refusal;

/// Opens a file for reading; neither `folder` nor the way `inside` it had a link.
pub(super) fn open(folder: &Path, inside: &Path) -> Result<File, Refusal> {
    let path = folder.join(inside);
    if !fs::symlink_metadata(&path)?.is_file() {
        return Err(Refusal::Changed);
    }
    let file = File::open(&path)?;
    // A link that was put in its way meanwhile leads elsewhere now.
    if path.canonicalize()? != path {
        return Err(Refusal::Changed);
    }
    Ok(file)
}

pub(super) fn is_link(why: &io::Error) -> bool {
    why.kind() == ErrorKind::InvalidInput
}

/// Goes down from `folder`, through no link; `make` makes the folders that are not there.
pub(super) fn walk(folder: &Path, below: &Path, make: bool) -> io::Result<PathBuf> {
    let mut at = folder.to_owned();
    for part in below.components() {
        at.push(part);
        match fs::symlink_metadata(&at) {
            Ok(about) if about.is_dir() => {}
            Ok(about) if about.is_symlink() => return Err(ErrorKind::InvalidInput.into()),
            Ok(_) => return Err(ErrorKind::NotADirectory.into()),
            Err(why) if make && why.kind() == ErrorKind::NotFound => fs::create_dir(&at)?,
            Err(why) => return Err(why),
        }
    }
    Ok(at)
}

/// Writes a file in place of whatever bears its name: beside it first, then under its name.
pub(super) fn replace(folder: &Path, inside: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = inside.file_name().ok_or(ErrorKind::IsADirectory)?;
    let at = walk(folder, inside.parent().unwrap_or(Path::new("")), false)?;
    let beside = at.join(format!(".cml-{}.tmp", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&beside)?;
    let written = file.write_all(bytes).and_then(|()| fs::rename(&beside, at.join(name)));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Opens a file to add to it, and makes it if it is not there.
pub(super) fn open_to_append(folder: &Path, inside: &Path) -> io::Result<File> {
    let at = walk(folder, inside.parent().unwrap_or(Path::new("")), false)?;
    let path = at.join(inside.file_name().ok_or(ErrorKind::IsADirectory)?);
    if fs::symlink_metadata(&path).is_ok_and(|about| about.is_symlink()) {
        return Err(ErrorKind::InvalidInput.into());
    }
    OpenOptions::new().create(true).append(true).open(path)
}

/// Removes a file or a link.
pub(super) fn remove(folder: &Path, inside: &Path) -> io::Result<()> {
    let at = walk(folder, inside.parent().unwrap_or(Path::new("")), false)?;
    fs::remove_file(at.join(inside.file_name().ok_or(ErrorKind::IsADirectory)?))
}
