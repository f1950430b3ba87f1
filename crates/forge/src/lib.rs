//! Code hosts behind one small trait, in our words.
//!
//! In: a [`Connection`], that is which forge, which repository, where its API answers. Out: a [`Forge`].

mod answer;
pub mod deliver;
mod github;
mod gitlab;

use async_trait::async_trait;

use cml_base::ident::{ChangeNumber, ForgeKind, RepoUrl, Sha, Token};
use cml_base::tree::ListedFile;
use cml_host::deadline::Deadline;
use cml_host::environment::Pipeline;
use cml_http::{HttpError, Transport};

/// Where a forge is, and who we are there.
#[derive(Debug, Clone)]
pub struct Connection {
    pub kind: ForgeKind,
    pub repo: RepoUrl,
    /// Where the REST API answers, with or without a trailing slash.
    pub api_url: String,
    pub graphql_url: String,
    pub token: Option<Token>,
}

/// Makes the client of a forge: with [`locate`] the one place that tells the kinds apart. It sends nothing, but must be called
/// inside a Tokio runtime.
pub fn connect(connection: Connection, transport: Transport) -> Result<Box<dyn Forge>, HttpError> {
    match connection.kind {
        ForgeKind::GitHub => Ok(Box::new(github::GitHub::new(connection, &transport)?)),
        ForgeKind::GitLab => Ok(Box::new(gitlab::GitLab::new(connection, &transport)?)),
    }
}

/// The repository on the server that it is really on, where that may be below a path: only GitLab's groups are nested,
/// so only there an address can be read in several ways. It asks without a token; `None` if nothing answers.
pub async fn locate(
    kind: ForgeKind,
    repo: &RepoUrl,
    transport: &Transport,
) -> Result<Option<RepoUrl>, HttpError> {
    match kind {
        ForgeKind::GitLab if repo.slug().split('/').count() > 2 => gitlab::find(repo, transport).await,
        ForgeKind::GitHub | ForgeKind::GitLab => Ok(Some(repo.clone())),
    }
}

/// What a comment hangs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Change(ChangeNumber),
    Commit(Sha),
    Issue(u64),
}

/// A change request as the forge knows it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub number: ChangeNumber,
    pub base: Option<Sha>,
    pub base_branch: String,
    pub head: Option<Sha>,
    pub head_branch: String,
    /// `owner/name` of the repository that the head is in; `None` if that one is gone.
    pub head_repo: Option<String>,
}

/// One comment on the forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    pub id: u64,
    pub body: String,
    /// The author's login; `None` for a deleted account.
    pub author: Option<String>,
    /// The page where people see it.
    pub url: String,
}

/// How long a comment may be: both must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub bytes: usize,
    pub chars: usize,
}

/// A file for the forge's own store: path inside the pushed tree, and bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeFile {
    pub path: String,
    pub bytes: Vec<u8>,
}

/// A verdict on a commit, with remarks on files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub head: Sha,
    pub name: String,
    /// By it a check is known again whose answer was lost.
    pub external_id: String,
    pub state: CheckState,
    pub title: String,
    /// Markdown.
    pub summary: String,
    pub annotations: Vec<Annotation>,
    pub details_url: Option<String>,
    /// The pipeline that it belongs to, on a forge whose checks are a pipeline's jobs; `head` is its commit then.
    pub pipeline: Option<Pipeline>,
}

/// How far a check is; a conclusion ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckState {
    Queued,
    InProgress,
    Success,
    Failure,
    Neutral,
    Cancelled,
    Skipped,
    TimedOut,
}

/// A remark on a file's first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// From the repository's root.
    pub path: String,
    pub is_warning: bool,
    pub message: String,
}

/// Checks beside a commit, where a forge has them.
#[async_trait]
pub trait Checks: Send + Sync {
    /// How long a summary may be; `None` where a check has no text but its title.
    fn summary_limits(&self) -> Option<Limits>;
    /// Creates the check, once; answers the page where people see it.
    async fn create_check(&self, check: &Check) -> Result<String, HttpError>;
}

/// A commit's files, where a forge gives them to somebody without a clone.
#[async_trait]
pub trait Files: Send + Sync {
    /// A branch's newest commit; `None` if there is no such branch.
    async fn tip(&self, branch: &str) -> Result<Option<Sha>, HttpError>;
    /// The parents of a commit, first first.
    async fn parents(&self, commit: &Sha) -> Result<Vec<Sha>, HttpError>;
    /// All files of a commit; an error if the forge lists only some of them.
    async fn list(&self, commit: &Sha) -> Result<Vec<ListedFile>, HttpError>;
    /// A file's content by its object's name.
    async fn read(&self, object: &str) -> Result<Vec<u8>, HttpError>;
}

/// One code host. Policies stand above it (`deliver`), quirks below.
#[async_trait]
pub trait Forge: Send + Sync {
    fn limits(&self) -> Limits;
    /// From now on nothing is sent, waited for or read after this.
    fn until(&self, _deadline: Deadline) {}
    /// Checks, if the forge has them.
    fn checks(&self) -> Option<&dyn Checks> {
        None
    }
    /// A commit's files, if the forge gives them.
    fn files(&self) -> Option<&dyn Files> {
        None
    }
    /// Our own login, `None` if the forge does not tell.
    async fn viewer(&self) -> Result<Option<String>, HttpError>;
    /// All open change requests whose head is `commit`, forks' too.
    async fn changes_with(&self, commit: &Sha) -> Result<Vec<Change>, HttpError>;
    /// The change request with this number; `None` if there is none, or the forge cannot tell.
    async fn change(&self, number: ChangeNumber) -> Result<Option<Change>, HttpError> {
        let _ = number;
        Ok(None)
    }
    /// The open change requests from this branch of this repository (`owner/name`).
    async fn changes_from(&self, repo: &str, branch: &str) -> Result<Vec<Change>, HttpError> {
        let _ = (repo, branch);
        Ok(Vec::new())
    }
    /// The head commit of a change request now.
    async fn head_of(&self, change: ChangeNumber) -> Result<Option<Sha>, HttpError>;
    /// All comments, oldest first, all pages.
    async fn comments(&self, on: &Target) -> Result<Vec<Comment>, HttpError>;
    async fn create_comment(&self, on: &Target, body: &str) -> Result<Comment, HttpError>;
    async fn update_comment(&self, on: &Target, id: u64, body: &str) -> Result<Comment, HttpError>;
    /// A comment that is gone already counts as deleted.
    async fn delete_comment(&self, on: &Target, id: u64) -> Result<(), HttpError>;
    /// Makes a comment that opens a thread, which people resolve; a plain comment where a forge has none there.
    async fn create_thread(&self, on: &Target, body: &str) -> Result<Comment, HttpError> {
        self.create_comment(on, body).await
    }
    /// Resolves the thread of a comment, or opens it again. A comment without a thread is left as it is.
    async fn resolve_thread(&self, _on: &Target, _id: u64, _resolved: bool) -> Result<(), HttpError> {
        Ok(())
    }
    /// Gives a change request this label and takes those away, if it has them.
    async fn set_label(&self, _: ChangeNumber, set: &str, _unset: &[String]) -> Result<(), HttpError> {
        let why = "cml sets labels on GitLab only".to_owned();
        Err(HttpError::NotSent { request: format!("set the label {set:?}"), why })
    }
    /// The merge base of two commits by the forge's compare endpoint.
    async fn merge_base(&self, base: &Sha, head: &Sha) -> Result<Option<Sha>, HttpError>;
    /// Stores files as one parentless commit under `refname` through the data API; answers the commit.
    /// `date` is Git's (`2026-01-02T03:04:05Z`), so that equal files give an equal commit.
    async fn store_tree(&self, files: &[TreeFile], refname: &str, date: &str) -> Result<Sha, HttpError>;
    /// Whether a change request is open; a forge that cannot tell says that it is.
    async fn is_open(&self, _: ChangeNumber) -> Result<bool, HttpError> {
        Ok(true)
    }
    /// The names of all refs that begin with `start` (`refs/…/`); none on a forge that keeps pictures elsewhere.
    async fn refs(&self, _start: &str) -> Result<Vec<String>, HttpError> {
        Ok(Vec::new())
    }
    /// Deletes a ref. One that is gone already counts as deleted, and so does any where there are none.
    async fn delete_ref(&self, _name: &str) -> Result<(), HttpError> {
        Ok(())
    }
    /// Whether the forge has a store of its own for a comment's files, [`Forge::upload`]; then no Git is needed.
    fn takes_uploads(&self) -> bool {
        false
    }
    /// Stores one file; the address that a comment names it by, `None` if the forge has no such store. An equal file
    /// that one of our own comments on `on` shows already is not stored again.
    async fn upload(&self, _on: Option<&Target>, _file: &TreeFile) -> Result<Option<String>, HttpError> {
        Ok(None)
    }
}
