//! Opening step by step from a folder that is held, so that no link that appears meanwhile is followed.

use std::fs::File;
use std::io;
use std::path::{Component, Path};

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, FileType, Mode, OFlags};

use super::Refusal;

/// To pass through a folder, the right to list it is not needed.
#[cfg(any(target_os = "linux", target_os = "android"))]
const PASS: OFlags = OFlags::PATH;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const PASS: OFlags = OFlags::RDONLY;

/// Opens a file for reading; neither `folder` nor the way `inside` it has a link.
pub(super) fn open(folder: &Path, inside: &Path) -> Result<File, Refusal> {
    let name = inside.file_name().ok_or(Refusal::Folder)?;
    let below = inside.parent().unwrap_or(Path::new(""));
    let at = walk(folder, below, false).map_err(changed)?;
    // Looked at before it is opened: opening a device may do something.
    let about = rustix::fs::statat(&at, name, AtFlags::SYMLINK_NOFOLLOW).map_err(io::Error::from)?;
    match FileType::from_raw_mode(about.st_mode) {
        FileType::RegularFile => {}
        FileType::Symlink => return Err(Refusal::Changed),
        _ => return Err(Refusal::NotAFile),
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(&at, name, flags, Mode::empty()).map_err(|why| changed(why.into()))?;
    Ok(File::from(file))
}

/// The way was looked at before, so what is no folder now has been one.
fn changed(why: io::Error) -> Refusal {
    let is_swapped = matches!(why.kind(), io::ErrorKind::NotADirectory) || is_link(&why);
    if is_swapped { Refusal::Changed } else { why.into() }
}

pub(super) fn is_link(why: &io::Error) -> bool {
    why.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

/// Goes down from `folder`, through no link; `make` makes the folders that are not there.
pub(super) fn walk(folder: &Path, below: &Path, make: bool) -> io::Result<OwnedFd> {
    let flags = PASS | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut at = rustix::fs::open(folder, flags, Mode::empty())?;
    for part in below.components() {
        let Component::Normal(name) = part else { continue };
        let enter = || rustix::fs::openat(&at, name, flags | OFlags::NOFOLLOW, Mode::empty());
        let mut next = enter();
        if make && next.as_ref().is_err_and(|why| *why == rustix::io::Errno::NOENT) {
            match rustix::fs::mkdirat(&at, name, Mode::from_raw_mode(0o777)) {
                Ok(()) | Err(rustix::io::Errno::EXIST) => {}
                Err(why) => return Err(why.into()),
            }
            next = enter();
        }
        at = match next {
            Ok(next) => next,
            Err(why) => return Err(told(&at, name, why)),
        };
    }
    Ok(at)
}

/// The system says of a link that it is no folder.
fn told(at: &OwnedFd, name: &std::ffi::OsStr, why: rustix::io::Errno) -> io::Error {
    let about = rustix::fs::statat(at, name, AtFlags::SYMLINK_NOFOLLOW);
    let is_link = about.is_ok_and(|about| FileType::from_raw_mode(about.st_mode) == FileType::Symlink);
    if is_link { rustix::io::Errno::LOOP.into() } else { why.into() }
}

/// Writes a file in place of whatever bears its name: beside it first, then under its name.
pub(super) fn replace(folder: &Path, inside: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = inside.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let at = walk(folder, inside.parent().unwrap_or(Path::new("")), false)?;
    let (beside, mut file) = beside(&at)?;
    let written = (|| {
        io::Write::write_all(&mut file, bytes)?;
        let before = rustix::fs::statat(&at, name, AtFlags::SYMLINK_NOFOLLOW);
        // Who closed a file to others keeps it closed.
        if let Ok(before) = before
            && FileType::from_raw_mode(before.st_mode) == FileType::RegularFile
        {
            rustix::fs::fchmod(&file, Mode::from_raw_mode(before.st_mode & 0o777))?;
        }
        Ok(rustix::fs::renameat(&at, &beside, &at, name)?)
    })();
    if written.is_err() {
        let _ = rustix::fs::unlinkat(&at, &beside, AtFlags::empty());
    }
    written
}

/// Opens a file to add to it, and makes it if it is not there.
pub(super) fn open_to_append(folder: &Path, inside: &Path) -> io::Result<File> {
    let name = inside.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let at = walk(folder, inside.parent().unwrap_or(Path::new("")), false)?;
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = rustix::fs::openat(&at, name, flags | OFlags::CLOEXEC, Mode::from_raw_mode(0o666));
    let file = File::from(opened.map_err(|why| told(&at, name, why))?);
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a file but a pipe or a device"));
    }
    Ok(file)
}

/// Removes a file or a link.
pub(super) fn remove(folder: &Path, inside: &Path) -> io::Result<()> {
    let name = inside.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let at = walk(folder, inside.parent().unwrap_or(Path::new("")), false)?;
    Ok(rustix::fs::unlinkat(&at, name, AtFlags::empty())?)
}

/// A new file with a name that nothing bears.
fn beside(at: &OwnedFd) -> io::Result<(String, File)> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for attempt in 0..100 {
        let name = format!(".cml-{}-{attempt}.tmp", std::process::id());
        match rustix::fs::openat(at, &name, flags, Mode::from_raw_mode(0o666)) {
            Ok(file) => return Ok((name, File::from(file))),
            Err(rustix::io::Errno::EXIST) => {}
            Err(why) => {
                last = why.into();
                break;
            }
        }
    }
    Err(last)
}
