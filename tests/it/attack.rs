//! A job with secrets everywhere, and a search of all that leaves the program.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::job::{Host, Job, TOKEN};
use crate::world::Ran;

/// Planted wherever a job may have secrets.
pub(crate) const SECRET: &str = "seeded0Secret1Of2The3Job";
/// A pipe that is waited for, or a device that is read to its end, takes longer than any machine for the rest.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Attack {
    pub(crate) job: Job,
    /// What was on the disk before the program ran.
    pub(crate) before: BTreeMap<PathBuf, Vec<u8>>,
}

/// A job with secrets in variables, in files of the checkout and beside it, and in Git's configuration.
pub(crate) fn seeded(host: Host) -> Job {
    let job = Job::at(host).with("AWS_SECRET_ACCESS_KEY", SECRET);
    let root = job.world.root();
    job.world.write(".env", &format!("KEY={SECRET}\n"));
    job.world.write("id_rsa", &format!("key: {SECRET}\n"));
    job.world.write("gha-creds-1a2b.json", &format!("{{\"private_key\": \"{SECRET}\"}}"));
    job.world.write(".aws/credentials", &format!("key: {SECRET}\n"));
    job.world.git(&["config", "http.extraheader", &format!("AUTHORIZATION: basic {SECRET}")]);
    fs::write(job.world.path("outside.json"), format!("{{\"leak\": \"{SECRET}\"}}")).unwrap();
    fs::create_dir(job.world.path("beside")).unwrap();
    fs::write(job.world.path("beside/report.md"), format!("# {SECRET}\n")).unwrap();
    symlink("../beside", root.join("folder")).unwrap();
    job
}

impl Attack {
    pub(crate) fn new(job: Job) -> Self {
        let mut before = BTreeMap::new();
        files(&job.world.path(""), &mut before);
        Self { job, before }
    }

    /// Runs the program, and searches all that left it.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let began = Instant::now();
        let ran = self.job.cml(arguments);
        assert!(began.elapsed() < PATIENCE, "{arguments:?} took {:?}", began.elapsed());
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        let mut texts = vec![ran.out.clone(), ran.err.clone(), self.job.forge.log().join("\n")];
        texts.extend(self.job.forge.comments().into_iter().map(|comment| comment.body));
        texts.extend(
            self.job.forge.checks().iter().chain(&self.job.forge.statuses()).map(ToString::to_string),
        );
        let sent = self.job.forge.files().into_iter().chain(self.job.forge.uploads());
        let mut after = BTreeMap::new();
        files(&self.job.world.path(""), &mut after);
        let written = after
            .into_iter()
            .filter(|(path, bytes)| self.before.get(path) != Some(bytes))
            .map(|(path, bytes)| (path.display().to_string(), bytes));
        texts.extend(
            sent.chain(written).map(|(name, bytes)| format!("{name}: {}", String::from_utf8_lossy(&bytes))),
        );
        for text in &texts {
            let shown: String = text.chars().take(3_000).collect();
            assert!(!text.contains(SECRET) && !text.contains(TOKEN), "{arguments:?}: {shown}");
        }
        ran
    }
}

/// Every regular file below a folder, without following a link.
pub(crate) fn files(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files(&entry.path(), found);
        } else if kind.is_file() {
            found.insert(entry.path(), fs::read(entry.path()).unwrap_or_default());
        }
    }
}

pub(crate) fn pipe(path: &Path) {
    let _ = fs::remove_file(path);
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Waits for a run that must not wait for a pipe.
#[track_caller]
pub(crate) fn ends(job: &Job, arguments: &[&str]) {
    let mut child = job.spawn(arguments);
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{arguments:?} waits for a pipe");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
