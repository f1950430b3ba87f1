//! Files on disk: the workspace, or any folder. A link that leads out of the folder is not followed.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use cml_base::tree::{LARGEST_FILE, RevisionError, Tree};
use cml_host::door::{Refusal, Root};

/// Folders that hold programs, caches and copies, wherever they are.
const NO_RESULTS: [&str; 5] = [".git", "node_modules", ".venv", "venv", "__pycache__"];

/// The project's folder as it is on disk now.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }
}

impl Tree for Workspace {
    fn list(&self) -> Result<Vec<String>, RevisionError> {
        walk(&self.root, &|path, at| holds_no_results(path) || is_build_folder(at))
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, RevisionError> {
        read_inside(&self.root, path)
    }

    fn has_folder(&self, path: &str) -> bool {
        self.root.join(path).is_dir()
    }
}

/// Any folder, with all files in it but Git's own (`--base-dir`).
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }
}

impl Tree for Folder {
    fn list(&self) -> Result<Vec<String>, RevisionError> {
        walk(&self.root, &|path, _| path == ".git" || path.ends_with("/.git"))
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, RevisionError> {
        read_inside(&self.root, path)
    }
}

/// Whether `path` is, or is below, a folder without results. Both sides use it: a file that one side lists
/// and the other leaves out would look added or removed.
pub(super) fn holds_no_results(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let dvc = |pair: &[&str]| matches!(pair, [".dvc", "cache" | "tmp"]);
    let mlflow = parts.iter().position(|part| *part == "mlruns");
    parts.iter().any(|part| NO_RESULTS.contains(part))
        || parts.windows(2).any(dvc)
        || mlflow.is_some_and(|at| parts[at..].contains(&"artifacts"))
}

/// A Rust build's `target`. By its tag, as a project may keep results in a folder of that name.
fn is_build_folder(at: &Path) -> bool {
    at.file_name().is_some_and(|name| name == "target") && at.join("CACHEDIR.TAG").is_file()
}

/// All files below `root`, sorted; `skip` gets the relative path with `/` and the place on disk. Links to files and what
/// is no regular file are listed, wherever they lead: reading them says why they are left out. Links to folders are not
/// entered (they could form a circle).
fn walk(root: &Path, skip: &dyn Fn(&str, &Path) -> bool) -> Result<Vec<String>, RevisionError> {
    let real = root.canonicalize().map_err(|why| unreadable(root, &why))?;
    let mut files = Vec::new();
    let mut todo = vec![(real.clone(), String::new())];
    while let Some((folder, below)) = todo.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(why) if below.is_empty() => return Err(unreadable(root, &why)),
            // A folder that is closed to us, or that went away, costs only itself.
            Err(_) => continue,
        };
        for entry in entries.flatten() {
            let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else {
                continue;
            };
            let path = format!("{below}{name}");
            let at = entry.path();
            if skip(&path, &at) {
                continue;
            }
            if kind.is_dir() {
                todo.push((at, format!("{path}/")));
            } else if !kind.is_symlink() || leads_to_a_file(&at) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn leads_to_a_file(link: &Path) -> bool {
    fs::metadata(link).is_ok_and(|target| !target.is_dir())
}

/// The bytes of a file below `root`. What the door does not let in is an error, so that it is told; a folder is `None`.
fn read_inside(root: &Path, path: &str) -> Result<Option<Vec<u8>>, RevisionError> {
    if !root.is_dir() {
        return Err(unreadable(root, &ErrorKind::NotFound.into()));
    }
    match Root::below([root], "the project's folder").read(&root.join(path), LARGEST_FILE) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(Refusal::Missing | Refusal::Folder) => Ok(None),
        Err(why) => Err(RevisionError::Unreadable { path: path.to_owned(), why: why.to_string() }),
    }
}

fn unreadable(path: &Path, why: &std::io::Error) -> RevisionError {
    RevisionError::Unreadable { path: path.display().to_string(), why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let at = dir.path().join(file);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, file).unwrap();
        }
        dir
    }

    #[test]
    fn folders_without_results_are_left_out() {
        let dir = folder(&[
            ".git/config",
            "a/node_modules/m.json",
            "venv/m.json",
            "x/__pycache__/m",
            ".dvc/cache/aa/bb",
            ".dvc/tmp/x",
            ".dvc/config",
            "mlruns/0/r/artifacts/model.json",
            "mlruns/0/r/metrics/loss",
            "rust/target/CACHEDIR.TAG",
            "rust/target/m.json",
            "target/m.json",
            "a b/é\n.json",
        ]);
        let listed = Workspace::new(dir.path()).list().unwrap();
        assert_eq!(listed, [".dvc/config", "a b/é\n.json", "mlruns/0/r/metrics/loss", "target/m.json"]);
        let all = Folder::new(dir.path()).list().unwrap();
        assert_eq!(all.len(), 12, "{all:?}");
        // What is named is read, whatever the listing leaves out.
        assert!(Workspace::new(dir.path()).read(".dvc/cache/aa/bb").unwrap().is_some());
    }

    #[test]
    fn what_is_no_file_is_none_and_a_missing_root_is_an_error() {
        let dir = folder(&["a/m.json"]);
        let tree = Workspace::new(dir.path());
        assert_eq!(tree.read("a/m.json").unwrap().unwrap(), b"a/m.json");
        for path in ["a", "nope", "a/m.json/x", "a/\0", ""] {
            assert_eq!(tree.read(path).unwrap(), None, "{path:?}");
        }
        assert!(Workspace::new(dir.path().join("gone")).list().is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_the_folder_are_not_followed() {
        use std::os::unix::fs::symlink;
        let outside = folder(&["secret.json"]);
        let dir = folder(&["in/m.json"]);
        let at = |name: &str| dir.path().join(name);
        symlink(outside.path().join("secret.json"), at("file.json")).unwrap();
        symlink(outside.path(), at("folder")).unwrap();
        symlink("in/m.json", at("fine.json")).unwrap();
        symlink("..", at("in/up")).unwrap();
        symlink("circle", at("circle")).unwrap();
        let tree = Workspace::new(dir.path());
        assert_eq!(tree.list().unwrap(), ["file.json", "fine.json", "in/m.json"]);
        assert_eq!(tree.read("fine.json").unwrap().unwrap(), b"in/m.json");
        let beside = format!("../{}/secret.json", outside.path().file_name().unwrap().to_str().unwrap());
        for path in ["file.json", "folder/secret.json", beside.as_str()] {
            assert!(matches!(tree.read(path), Err(RevisionError::Unreadable { .. })), "{path}");
        }
        assert_eq!(tree.read("circle").unwrap(), None);
    }
}
