//! Real repositories in a temporary folder, for the tests of this module.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::Repository;
use cml_base::ident::Sha;
use cml_host::environment::Env;

/// A repository with a `main` branch, an author, and a fixed date.
pub(super) struct Sandbox {
    dir: TempDir,
}

impl Sandbox {
    pub(super) fn new() -> Self {
        let sandbox = Self { dir: tempfile::tempdir().unwrap() };
        sandbox.git(&["init", "-q", "-b", "main"]);
        sandbox.configure();
        // Forges answer for any commit that they have; a plain repository must be told to.
        sandbox.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        sandbox
    }

    /// A clone of `other` by its address, so that `--depth` counts.
    pub(super) fn clone_of(other: &Self, options: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("file://{}", other.path().display());
        let mut args = vec!["clone", "-q"];
        args.extend(options);
        args.extend([url.as_str(), "."]);
        let sandbox = Self { dir };
        sandbox.git(&args);
        sandbox.configure();
        sandbox
    }

    fn configure(&self) {
        self.git(&["config", "user.name", "T"]);
        self.git(&["config", "user.email", "t@example.com"]);
        self.git(&["config", "commit.gpgsign", "false"]);
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(super) fn repo(&self) -> Repository {
        Repository::open(self.path(), &Env::read()).unwrap()
    }

    pub(super) fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .args(args)
            .current_dir(self.path())
            .env("GIT_AUTHOR_DATE", "1700000000 +0000")
            .env("GIT_COMMITTER_DATE", "1700000000 +0000")
            .output()
            .unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    pub(super) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let file = self.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    pub(super) fn commit(&self, path: &str, text: impl AsRef<[u8]>) -> Sha {
        self.write(path, text);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", path]);
        self.head()
    }

    pub(super) fn head(&self) -> Sha {
        self.git(&["rev-parse", "HEAD"]).parse().unwrap()
    }
}
