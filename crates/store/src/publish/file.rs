//! What may be uploaded: the one place that decides it, by place and by content.
//!
//! In: the path of a file that a text names, and the folders that it may come from. Out: its bytes, or one line why
//! it stays where it is. The text may come from a stranger, so a path is believed only after every link in it has
//! been followed, and a name never.

use std::path::Path;

use cml_host::door::{Refusal, Root};
use cml_picture::{BadImage, ImageKind, MAX_BYTES, check_image};

/// Why a file is not uploaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unpublishable {
    #[error("{0}")]
    Refused(Refusal),
    #[error("{0}")]
    Content(#[from] BadImage),
}

impl Unpublishable {
    pub fn is_missing(&self) -> bool {
        *self == Self::Refused(Refusal::Missing)
    }
}

/// The folders that images may come from: the repository and the folder of the report.
#[derive(Debug, Clone)]
pub struct Grounds(Root);

impl Grounds {
    /// Folders that do not exist, and the root of the whole disk, are no grounds.
    pub fn new<'a>(folders: impl IntoIterator<Item = &'a Path>) -> Self {
        Self(Root::below(folders, "the repository and the report's folder"))
    }

    /// Reads one image.
    pub fn read(&self, path: &Path) -> Result<(ImageKind, Vec<u8>), Unpublishable> {
        let bytes = self.0.read(path, MAX_BYTES as u64).map_err(|why| match why {
            Refusal::TooLarge { .. } => BadImage::TooLarge.into(),
            why => Unpublishable::Refused(why),
        })?;
        let kind = check_image(&bytes)?;
        Ok((kind, bytes))
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs::{self, File};
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;
    use std::process::Command;

    use super::*;
    use cml_testing::png;

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
        disk.check("outside/c.png", Err("leads out of"));
        disk.check("repo/../outside/c.png", Err("leads out of"));
        disk.check("report/../outside/c.png", Err("leads out of"));
        symlink(disk.at("outside/c.png"), disk.at("repo/out.png")).unwrap();
        disk.check("repo/out.png", Err("leads out of"));
        symlink(disk.at("outside"), disk.at("repo/folder")).unwrap();
        disk.check("repo/folder/c.png", Err("leads out of"));
        disk.check("repository/a.png", Err("no such file"));
        symlink(disk.at("repo/loop.png"), disk.at("repo/loop.png")).unwrap();
        disk.check("repo/loop.png", Err("no such file"));
        let answer = Grounds::new([Path::new("/")]).read(&disk.at("repo/a.png"));
        assert!(answer.unwrap_err().to_string().contains("leads out of"));
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
        let answer = Grounds::new([Path::new("/dev")]).read(Path::new("/dev/zero"));
        assert_eq!(answer, Err(Unpublishable::Refused(Refusal::NotAFile)));
    }
}
