//! Git: which two sides are compared, and how to read a file of either.
//!
//! In: a folder and where we run. Out: a [`Choice`] of base and head, and a [`Tree`] for each.
//! Git is a child process; nobody's configuration is changed, and nothing is written but fetched objects.

mod cat_file;
mod choose;
mod disk;
mod fetch;
mod git;
mod lfs;
mod listed;
mod place;
pub mod sign_in;
mod submodule;
pub mod target;
mod tree;
mod whole;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

pub use choose::{Choice, choose};
pub use disk::{Folder, Workspace};
pub use fetch::fetch;
pub use listed::ListedTree;
pub use tree::CommitTree;
pub use whole::Whole;

use cat_file::{Batch, Object};
use cml_base::ident::{Secret, Sha};
use cml_base::notice::Notice;
use cml_base::tree::{LARGEST_FILE, RevisionError};
use cml_host::environment::Env;
use cml_host::process::Programs;
use fetch::Online;
use git::{Git, Remote};

/// Why a file of this size is not read, if it is too large.
fn too_large(size: u64) -> Option<String> {
    let megabytes = |size: u64| size / (1024 * 1024);
    let (has, most) = (megabytes(size), megabytes(LARGEST_FILE));
    (size > LARGEST_FILE).then(|| format!("it has {has} MB, and at most {most} MB are read; keep less in it"))
}

/// A clone with a work tree, seen from one folder of it.
#[derive(Debug, Clone)]
pub struct Repository {
    git: Arc<Git>,
    root: PathBuf,
    prefix: String,
    is_shallow: bool,
    batch: Arc<Mutex<Option<Batch>>>,
    /// Read when first asked for.
    remotes: Arc<OnceLock<Vec<Remote>>>,
    online: Arc<Mutex<Online>>,
    notice: Option<Notice>,
}

/// What is read of a clone's configuration, at once.
const CONFIG: &str = r"^(remote\..*\.(url|promisor|partialclonefilter)|core\.repositoryformatversion)$";

impl Repository {
    /// Finds the clone around `dir`; [`RevisionError::NotARepository`] if there is none.
    pub fn open(dir: &Path, env: &Env) -> Result<Self, RevisionError> {
        let none = |answer: String| RevisionError::NotARepository { dir: dir.display().to_string(), answer };
        let place = place::find(dir).map_err(none)?;
        let (git, notice) = Git::new(&place, env)?;
        let config = git.run(&["config", "-z", "--get-regexp", CONFIG]).unwrap_or_default();
        // Git takes nothing from the configuration of a clone that it cannot read, and says why when it is asked for
        // more. A very old one may name no version.
        if !git::names_a_version(&config) {
            git.run(&["rev-parse", "--is-shallow-repository"]).map_err(|error| match error {
                RevisionError::Git { answer, .. } => none(answer),
                other => other,
            })?;
        }
        Ok(Self {
            git: Arc::new(git),
            root: place.root,
            prefix: place.prefix,
            // As Git tells it, without a process for that alone.
            is_shallow: place::common(&place.git_dir).join("shallow").is_file(),
            batch: Arc::default(),
            remotes: Arc::new(OnceLock::from(git::remotes(&config))),
            online: Arc::default(),
            notice,
        })
    }

    /// What there is to say about the program that reads the clone.
    pub fn notice(&self) -> Option<&Notice> {
        self.notice.as_ref()
    }

    /// Programs outside of the clone.
    pub fn programs(&self) -> &Programs {
        self.git.programs()
    }

    /// Allows to fetch what a partial clone left out, with this token, whenever it is read.
    pub fn go_online(&self, token: Option<&Secret>) {
        *self.online() = Online::Yes(token.cloned());
    }

    fn online(&self) -> MutexGuard<'_, Online> {
        self.online.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The work tree's top folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The opened folder inside the work tree, with `/` and without one at the end; empty at the top.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The address of `origin`, else of the first remote, without a user or password in it.
    pub fn remote_url(&self) -> Option<String> {
        self.remote()?.url.as_deref().map(without_user)
    }

    /// Whether the clone's configuration names a command for ssh, as a checkout with a key leaves it behind. It is not
    /// run: whoever may write the configuration could name any.
    pub fn has_own_ssh(&self) -> bool {
        self.git.word(&["config", "--get", "core.sshCommand"]).is_some_and(|command| !command.is_empty())
    }

    fn remote_name(&self) -> Option<&str> {
        self.remote().map(|remote| remote.name.as_str())
    }

    fn remotes(&self) -> &[Remote] {
        self.remotes.get_or_init(|| {
            git::remotes(&self.git.run(&["config", "-z", "--get-regexp", CONFIG]).unwrap_or_default())
        })
    }

    fn remote(&self) -> Option<&Remote> {
        let all = self.remotes();
        all.iter().find(|remote| remote.name == "origin").or_else(|| all.first())
    }

    /// The remote that gives what a partial clone left out; `None` in a whole one.
    fn promisor(&self) -> Option<&Remote> {
        self.remotes().iter().find(|remote| remote.is_promisor)
    }

    /// The commit that `rev` names: a branch, a tag, a (short) commit name, `HEAD~2`.
    pub fn resolve(&self, rev: &str) -> Result<Sha, RevisionError> {
        let unknown = |answer: String| RevisionError::UnknownRevision { rev: rev.to_owned(), answer };
        if rev.is_empty() || rev.starts_with('-') {
            return Err(unknown("no revision can be written like that".to_owned()));
        }
        match self.object(&format!("{rev}^{{commit}}"))? {
            Some(commit) => commit.name.parse().map_err(|why| unknown(format!("git answered {why}"))),
            None => Err(unknown("there is no such commit here".to_owned())),
        }
    }

    fn object(&self, name: &str) -> Result<Option<Object>, RevisionError> {
        cat_file::object(&self.git, &self.batch, name)
    }

    /// When the commit was made (the committer's time), in seconds since 1970.
    pub fn commit_time(&self, sha: &Sha) -> Option<i64> {
        self.commit(sha.as_str()).ok()?.time
    }

    /// The commit's files below `dir` (the prefix), with paths relative to it.
    pub fn tree(&self, sha: &Sha, dir: &str) -> Result<CommitTree, RevisionError> {
        CommitTree::list_of(self.clone(), sha, dir)
    }

    /// Whether the commit is in this clone already.
    pub fn has(&self, sha: &Sha) -> bool {
        self.object(&format!("{sha}^{{commit}}")).is_ok_and(|found| found.is_some())
    }

    /// A commit's own words. Git's revision syntax hides the parents that a shallow clone cuts off.
    fn commit(&self, rev: &str) -> Result<git::Commit, RevisionError> {
        match self.object(rev)? {
            Some(object) if object.kind == "commit" => Ok(git::Commit::parse(&object.bytes)),
            _ => Err(RevisionError::UnknownRevision {
                rev: rev.to_owned(),
                answer: "there is no such commit here".to_owned(),
            }),
        }
    }

    /// The merge base, if both commits and the way between them are here.
    fn merge_base(&self, one: &Sha, other: &Sha) -> Option<Sha> {
        let line = self.git.line(&["merge-base", one.as_str(), other.as_str()]).ok()?;
        String::from_utf8_lossy(&line).parse().ok()
    }
}

/// A web address without `USER:PASSWORD@`; other addresses (`git@HOST:PATH`) as they are.
fn without_user(url: &str) -> String {
    let web = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"));
    let Some((scheme, rest)) = web else {
        return url.to_owned();
    };
    let (authority, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    path.map_or_else(|| format!("{scheme}://{host}"), |path| format!("{scheme}://{host}/{path}"))
}

#[cfg(test)]
mod testing;

#[cfg(test)]
mod tests {
    use super::testing::Sandbox;
    use super::*;

    #[test]
    fn a_folder_without_git_is_no_repository() {
        let dir = tempfile::tempdir().unwrap();
        for path in [dir.path().to_owned(), dir.path().join("gone")] {
            let error = Repository::open(&path, &Env::read()).unwrap_err();
            assert!(matches!(error, RevisionError::NotARepository { .. }), "{error}");
        }
    }

    #[test]
    fn a_missing_git_program_is_said_clearly() {
        let sandbox = Sandbox::new();
        let empty = tempfile::tempdir().unwrap();
        let vars = [("PATH".to_owned(), empty.path().display().to_string())].into();
        let error = Repository::open(sandbox.path(), &Env { vars, ..Env::default() }).unwrap_err();
        assert!(matches!(error, RevisionError::NoGit { .. }), "{error}");
        assert_eq!(
            error.to_string(),
            "Git cannot be used: there is no program git on PATH; install it, or put it on PATH"
        );
    }

    #[test]
    fn a_subfolder_knows_its_place() {
        let sandbox = Sandbox::new();
        sandbox.commit("a é/b/x", "1");
        let repo = Repository::open(&sandbox.path().join("a é/b"), &Env::read()).unwrap();
        assert_eq!(repo.prefix(), "a é/b");
        assert_eq!(repo.root(), sandbox.path().canonicalize().unwrap());
        assert_eq!(sandbox.repo().prefix(), "");
    }

    #[test]
    fn revisions_are_resolved_and_options_are_none() {
        let sandbox = Sandbox::new();
        let first = sandbox.commit("x", "1");
        let second = sandbox.commit("x", "2");
        let repo = sandbox.repo();
        assert_eq!(repo.resolve("main").unwrap(), second);
        assert_eq!(repo.resolve("HEAD~1").unwrap(), first);
        assert_eq!(repo.resolve(first.short()).unwrap(), first);
        for rev in ["", "--all", "nope", "HEAD:x"] {
            assert!(matches!(repo.resolve(rev), Err(RevisionError::UnknownRevision { .. })), "{rev}");
        }
        assert_eq!(repo.commit_time(&first), Some(1_700_000_000));
        assert!(repo.has(&first));
        let absent: Sha = "1".repeat(40).parse().unwrap();
        assert!(!repo.has(&absent) && repo.commit_time(&absent).is_none());
    }

    #[test]
    fn a_remote_is_told_without_its_password() {
        let sandbox = Sandbox::new();
        assert_eq!(sandbox.repo().remote_url(), None);
        sandbox.git(&["remote", "add", "upstream", "git@h:o/r.git"]);
        assert_eq!(sandbox.repo().remote_url().as_deref(), Some("git@h:o/r.git"));
        sandbox.git(&["remote", "add", "origin", "https://u:p@h/o/r.git"]);
        assert_eq!(sandbox.repo().remote_url().as_deref(), Some("https://h/o/r.git"));
    }
}
