//! One throw-away repository, and the program run in it with a cleared environment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// A folder with a repository in it; gone when it is dropped.
pub(crate) struct World {
    folder: TempDir,
}

/// What the program did.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    /// A repository on the branch `main` without a commit.
    pub(crate) fn new() -> Self {
        let world = Self { folder: TempDir::new().unwrap() };
        fs::create_dir(world.path("home")).unwrap();
        fs::create_dir(world.root()).unwrap();
        world.git(&["init", "-q", "-b", "main"]);
        world
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.path("repo")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Copies a folder of `tests/data` over the repository, in place of all that is there.
    pub(crate) fn put(&self, data: &str) {
        for entry in fs::read_dir(self.root()).unwrap() {
            let path = entry.unwrap().path();
            match path.file_name().unwrap().to_str() {
                Some(".git") => {}
                _ if path.is_dir() => fs::remove_dir_all(path).unwrap(),
                _ => fs::remove_file(path).unwrap(),
            }
        }
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(data), &self.root());
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = self.command("git", &self.root()).args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.path("home"));
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "A").env(format!("GIT_{role}_EMAIL"), "a@example.com");
            command.env(format!("GIT_{role}_DATE"), "2026-01-02T03:04:05Z");
        }
        command
    }

    pub(crate) fn cml(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        self.cml_in(&self.root(), arguments, variables)
    }

    /// Starts the program and does not wait for it; what it says is dropped.
    pub(crate) fn spawn(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Child {
        let mut command = self.command(env!("CARGO_BIN_EXE_cml"), &self.root());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.args(arguments).envs(variables.iter().copied()).spawn().unwrap()
    }

    /// Runs the program through a shell's script, in which `"$@"` is its command line; a death by a signal is the code
    /// -1.
    pub(crate) fn cml_through(&self, script: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = self.command("sh", &self.root());
        command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_cml")]);
        command.args(arguments).envs(variables.iter().copied());
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
    }

    pub(crate) fn cml_in(&self, folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = self.command(env!("CARGO_BIN_EXE_cml"), folder);
        let Output { status, stdout, stderr } =
            command.args(arguments).envs(variables.iter().copied()).output().unwrap();
        Ran {
            code: status.code().unwrap(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
