//! What may be uploaded: the one place that decides it, by place and by content.
//!
//! In: the path of a file that a text names, and the folders that it may come from. Out: its bytes, or one line why
//! it stays where it is. The text may come from a stranger, so a path is believed only after every link in it has
//! been followed, and a name never.

use std::fs::{self, File, Metadata};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use crate::picture::{BadImage, ImageKind, MAX_BYTES, check_image};

/// Why a file is not uploaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unpublishable {
    #[error("there is no such file")]
    Missing,
    #[error("it is outside the repository and the report's folder")]
    Outside,
    #[error("it belongs to {0}, which is never published")]
    Private(String),
    #[error("it is no file but a folder, a pipe or a device")]
    NoFile,
    #[error("{0}")]
    Content(#[from] BadImage),
    #[error("it changed while it was read")]
    Changed,
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

/// The folders that images may come from: the repository and the folder of the report, links followed.
#[derive(Debug, Clone)]
pub struct Grounds {
    roots: Vec<PathBuf>,
}

impl Grounds {
    /// Folders that do not exist, and the root of the whole disk, are no grounds.
    pub fn new<'a>(folders: impl IntoIterator<Item = &'a Path>) -> Self {
        let real = folders.into_iter().filter_map(|folder| folder.canonicalize().ok());
        Self { roots: real.filter(|folder| folder.parent().is_some()).collect() }
    }

    /// Reads one image.
    pub fn read(&self, path: &Path) -> Result<(ImageKind, Vec<u8>), Unpublishable> {
        let real = path.canonicalize().map_err(|error| unreadable(&error))?;
        self.admit(&real)?;
        // The file behind the name is looked at before it is opened: opening a pipe waits for its other end.
        let before = fs::symlink_metadata(&real).map_err(|error| unreadable(&error))?;
        if !before.is_file() {
            return Err(Unpublishable::NoFile);
        }
        if before.len() > MAX_BYTES as u64 {
            return Err(BadImage::TooLarge.into());
        }
        let mut file = File::open(&real).map_err(|error| unreadable(&error))?;
        let opened = file.metadata().map_err(|error| unreadable(&error))?;
        if !same_file(&before, &opened) {
            return Err(Unpublishable::Changed);
        }
        let bytes = read_whole(&mut file, opened.len())?;
        let kind = check_image(&bytes)?;
        Ok((kind, bytes))
    }

    /// Whether a path without links may be read.
    fn admit(&self, real: &Path) -> Result<(), Unpublishable> {
        let inside = self.roots.iter().filter_map(|root| real.strip_prefix(root).ok()).collect::<Vec<_>>();
        if inside.is_empty() {
            return Err(Unpublishable::Outside);
        }
        for component in real.components() {
            let Component::Normal(name) = component else { continue };
            let name = name.to_string_lossy().to_ascii_lowercase();
            if matches!(name.as_str(), ".git" | ".ssh" | ".aws" | ".env") || name.starts_with(".env.") {
                return Err(Unpublishable::Private(name));
            }
        }
        Ok(())
    }
}

/// Reads what the file held when it was opened. One that has grown or shrunk meanwhile is being written.
fn read_whole(file: &mut File, length: u64) -> Result<Vec<u8>, Unpublishable> {
    let mut bytes = Vec::new();
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() > MAX_BYTES {
        return Err(BadImage::TooLarge.into());
    }
    if bytes.len() as u64 != length {
        return Err(Unpublishable::Changed);
    }
    Ok(bytes)
}

#[cfg(unix)]
fn same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    other.is_file() && one.dev() == other.dev() && one.ino() == other.ino()
}

#[cfg(not(unix))]
fn same_file(one: &Metadata, other: &Metadata) -> bool {
    other.is_file() && one.len() == other.len()
}

fn unreadable(error: &std::io::Error) -> Unpublishable {
    match error.kind() {
        std::io::ErrorKind::NotFound
        | std::io::ErrorKind::NotADirectory
        | std::io::ErrorKind::InvalidFilename => Unpublishable::Missing,
        _ => Unpublishable::Unreadable(error.to_string()),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;
    use crate::picture::png;

    /// A repository with secrets around it, and a report's folder.
    struct Disk {
        folder: tempfile::TempDir,
        grounds: Grounds,
    }

    impl Disk {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let at = |name: &str| folder.path().join(name);
            for name in ["repo/.git", "repo/plots", "report", "outside"] {
                fs::create_dir_all(at(name)).unwrap();
            }
            for name in [
                "repo/a.png",
                "repo/.git/a.png",
                "repo/.env",
                "repo/.env.png",
                "report/b.png",
                "outside/c.png",
            ] {
                fs::write(at(name), png(7)).unwrap();
            }
            let grounds = Grounds::new([at("repo").as_path(), at("report").as_path(), at("gone").as_path()]);
            Self { folder, grounds }
        }

        fn at(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        #[track_caller]
        fn check(&self, name: &str, expected: Result<(), &str>) {
            let outcome = self.grounds.read(&self.at(name));
            match expected {
                Ok(()) => assert_eq!(outcome, Ok((ImageKind::Png, png(7))), "{name}"),
                Err(words) => {
                    let why = outcome.expect_err(name).to_string();
                    assert!(why.contains(words), "{name}: {why}");
                }
            }
        }
    }

    #[test]
    fn images_of_the_repository_and_of_the_reports_folder_pass() {
        let disk = Disk::new();
        disk.check("repo/a.png", Ok(()));
        disk.check("report/b.png", Ok(()));
        disk.check("repo/plots/../a.png", Ok(()));
        symlink(disk.at("repo/a.png"), disk.at("repo/plots/link.png")).unwrap();
        disk.check("repo/plots/link.png", Ok(()));
    }

    #[test]
    fn nothing_leaves_through_a_path_or_a_link() {
        let disk = Disk::new();
        disk.check("outside/c.png", Err("outside"));
        disk.check("repo/../outside/c.png", Err("outside"));
        disk.check("report/../outside/c.png", Err("outside"));
        symlink(disk.at("outside/c.png"), disk.at("repo/out.png")).unwrap();
        disk.check("repo/out.png", Err("outside"));
        symlink(disk.at("outside"), disk.at("repo/folder")).unwrap();
        disk.check("repo/folder/c.png", Err("outside"));
        disk.check("repository/a.png", Err("no such file"));
        symlink(disk.at("repo/loop.png"), disk.at("repo/loop.png")).unwrap();
        disk.check("repo/loop.png", Err("cannot be read"));
        assert_eq!(Grounds::new([Path::new("/")]).read(&disk.at("repo/a.png")), Err(Unpublishable::Outside));
    }

    #[test]
    fn git_and_secrets_are_private_even_as_pictures() {
        let disk = Disk::new();
        disk.check("repo/.git/a.png", Err(".git"));
        disk.check("repo/.env", Err(".env"));
        disk.check("repo/.env.png", Err(".env"));
        symlink(disk.at("repo/.git/a.png"), disk.at("repo/git.png")).unwrap();
        disk.check("repo/git.png", Err(".git"));
    }

    #[test]
    fn what_is_no_picture_by_its_content_stays() {
        let disk = Disk::new();
        fs::write(disk.at("repo/secret.png"), "AWS_SECRET=1").unwrap();
        disk.check("repo/secret.png", Err("by its content"));
        fs::write(disk.at("repo/live.svg"), "<svg><script>1</script></svg>").unwrap();
        disk.check("repo/live.svg", Err("<script>"));
        fs::write(disk.at("repo/empty.png"), "").unwrap();
        disk.check("repo/empty.png", Err("by its content"));
        File::create(disk.at("repo/large.png")).unwrap().set_len(1 << 40).unwrap();
        disk.check("repo/large.png", Err("more than"));
    }

    #[test]
    fn a_folder_a_pipe_and_a_device_never_hang_it() {
        let disk = Disk::new();
        disk.check("repo/plots", Err("folder"));
        let pipe = disk.at("repo/pipe.png");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        disk.check("repo/pipe.png", Err("pipe"));
        assert_eq!(
            Grounds::new([Path::new("/dev")]).read(Path::new("/dev/zero")),
            Err(Unpublishable::NoFile)
        );
    }

    #[test]
    fn a_file_that_grows_is_left_alone() {
        let disk = Disk::new();
        let mut file = File::open(disk.at("repo/a.png")).unwrap();
        let length = file.metadata().unwrap().len();
        fs::write(disk.at("repo/a.png"), [png(7), png(8)].concat()).unwrap();
        assert_eq!(read_whole(&mut file, length), Err(Unpublishable::Changed));
    }
}
