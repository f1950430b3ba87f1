//! A folder for a child's work, which nobody else can read, and which does not stay behind.
//!
//! It goes when it is dropped and when a signal ends us. SIGKILL leaves it; so the next run that needs such a folder
//! removes those whose owner is gone. Who lives is told by a lock on a file inside, which the system lets go when its
//! owner ends, however that is, and which counts between containers that share the folder too.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ending::Doomed;

const PREFIX: &str = "cml-scratch-";
const LOCK: &str = "owner";
/// So many entries of the temporary folder are looked at.
const MOST_LOOKED_AT: usize = 10_000;
/// A folder without a lock may be one that is being made right now, if it is younger.
const BEING_MADE: Duration = Duration::from_secs(600);

/// The folder.
#[derive(Debug)]
pub struct Scratch {
    folder: Doomed,
    /// Locked as long as it is open.
    _owner: File,
}

impl Scratch {
    /// Makes one in the system's temporary folder.
    pub fn new() -> io::Result<Self> {
        let root = std::env::temp_dir();
        remove_abandoned(&root);
        let folder = Doomed::new(private(PREFIX, &root)?);
        let owner = File::create_new(folder.path().join(LOCK))?;
        owner.try_lock().map_err(io::Error::from)?;
        Ok(Self { folder, _owner: owner })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// A new folder whose name begins so, and which only we can open.
fn private(prefix: &str, root: &Path) -> io::Result<PathBuf> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir_in(root).map(tempfile::TempDir::keep)
}

/// Removes the folders of runs that were killed.
fn remove_abandoned(root: &Path) {
    let Ok(entries) = fs::read_dir(root) else { return };
    let ours = entries.flatten().take(MOST_LOOKED_AT);
    for entry in ours.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX)) {
        let path = entry.path();
        if is_own(&path) && is_abandoned(&path) {
            let _ = fs::remove_dir_all(&path);
        }
    }
}

/// Whether it is a folder, and of our own user, who alone can write into it.
fn is_own(path: &Path) -> bool {
    let Ok(about) = fs::symlink_metadata(path) else { return false };
    #[cfg(unix)]
    let owned = {
        use std::os::unix::fs::MetadataExt as _;
        about.uid() == rustix::process::geteuid().as_raw() && about.mode() & 0o077 == 0
    };
    #[cfg(not(unix))]
    let owned = true;
    about.is_dir() && owned
}

fn is_abandoned(path: &Path) -> bool {
    match File::open(path.join(LOCK)) {
        Ok(owner) => owner.try_lock().is_ok(),
        Err(_) => {
            let made = fs::metadata(path).and_then(|about| about.modified()).ok();
            made.and_then(|made| made.elapsed().ok()).is_some_and(|age| age > BEING_MADE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_goes_and_what_lives_stays() {
        let root = tempfile::tempdir().unwrap();
        let make = |name: &str| private(name, root.path()).unwrap();
        let (dead, living) = (make("cml-scratch-dead"), make("cml-scratch-living"));
        let (young, other) = (make("cml-scratch-young"), make("someone-else"));
        for folder in [&dead, &living, &other] {
            fs::write(folder.join(LOCK), "").unwrap();
        }
        let owner = File::open(living.join(LOCK)).unwrap();
        owner.try_lock().unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&other, root.path().join("cml-scratch-link")).unwrap();
        remove_abandoned(root.path());
        let there = [&dead, &living, &young, &other].map(|folder| folder.exists());
        assert_eq!(there, [false, true, true, true]);
    }

    #[test]
    fn it_goes_when_it_is_dropped() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().to_owned();
        fs::write(path.join("x"), "x").unwrap();
        assert!(path.is_dir() && is_own(&path) && !is_abandoned(&path));
        drop(scratch);
        assert!(!path.exists());
    }
}
