//! Code hosts behind one small trait, in our words.
//!
//! In: a [`Connection`], that is which forge, which repository, where its API answers. Out: a [`Forge`].
//!
//! What every forge has is in [`Forge`]; what only some have is an ability, a trait of its own, which a forge hands out
//! or has not: nothing that is called silently does nothing.

mod answer;
pub mod deliver;
mod github;
mod gitlab;

use async_trait::async_trait;
use futures_util::future::BoxFuture;

use cml_base::flavor::{self, Flavor};
use cml_base::ident::{ChangeNumber, RepoUrl, Sha, Token};
use cml_base::tree::ListedFile;
use cml_host::deadline::Deadline;
use cml_host::environment::Pipeline;
use cml_http::{HttpError, Transport};

/// Where a forge is, and who we are there.
#[derive(Debug, Clone)]
pub struct Connection {
    pub flavor: &'static Flavor,
    pub repo: RepoUrl,
    /// Where the REST API answers, with or without a trailing slash.
    pub api_url: String,
    pub graphql_url: String,
    pub token: Option<Token>,
}

/// How a forge is spoken to: its row in [`DRIVERS`].
pub struct Driver {
    pub flavor: &'static Flavor,
    /// Makes its client. It sends nothing, but must be called inside a Tokio runtime.
    pub connect: Connect,
    /// Finds the server that a repository is really on; `None` where the address alone tells it.
    pub locate: Option<Locate>,
}

/// Answers the client of the repository.
pub type Connect = fn(Connection, &Transport) -> Result<Box<dyn Forge>, HttpError>;

/// Answers the repository with its server; `None` if nothing answers. It asks without a token.
pub type Locate = for<'a> fn(&'a RepoUrl, &'a Transport) -> BoxFuture<'a, Result<Option<RepoUrl>, HttpError>>;

/// Every forge that can be spoken to.
pub static DRIVERS: [Driver; 2] = [
    Driver { flavor: &flavor::GITHUB, connect: github::connect, locate: None },
    Driver { flavor: &flavor::GITLAB, connect: gitlab::connect, locate: Some(gitlab::locate) },
];

/// The client of the connection's forge, by its row.
pub fn connect(
    drivers: &[Driver],
    connection: Connection,
    transport: &Transport,
) -> Result<Box<dyn Forge>, HttpError> {
    match drivers.iter().find(|driver| driver.flavor == connection.flavor) {
        Some(driver) => (driver.connect)(connection, transport),
        None => Err(HttpError::NotSent {
            request: format!("connect to {}", connection.api_url),
            why: format!("cml cannot speak to {}", connection.flavor.name),
        }),
    }
}

/// The repository on the server that it is really on, where that may be below a path; `None` if nothing answers.
pub async fn locate(
    drivers: &[Driver],
    flavor: &Flavor,
    repo: &RepoUrl,
    transport: &Transport,
) -> Result<Option<RepoUrl>, HttpError> {
    match drivers.iter().find(|driver| driver.flavor == flavor).and_then(|driver| driver.locate) {
        Some(locate) => locate(repo, transport).await,
        None => Ok(Some(repo.clone())),
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

/// One code host, with what every one has. Policies stand above it (`deliver`), quirks below.
#[async_trait]
pub trait Forge: Send + Sync {
    /// Its words, its Markdown, its limits.
    fn flavor(&self) -> &'static Flavor;
    /// From now on nothing is sent, waited for or read after this.
    fn until(&self, deadline: Deadline);
    /// Our own login, `None` if the forge does not tell.
    async fn viewer(&self) -> Result<Option<String>, HttpError>;
    /// All open change requests whose head is `commit`, forks' too.
    async fn changes_with(&self, commit: &Sha) -> Result<Vec<Change>, HttpError>;
    /// The change request with this number; `None` if there is none.
    async fn change(&self, number: ChangeNumber) -> Result<Option<Change>, HttpError>;
    /// The head commit of a change request now.
    async fn head_of(&self, change: ChangeNumber) -> Result<Option<Sha>, HttpError>;
    /// Whether a change request is open.
    async fn is_open(&self, change: ChangeNumber) -> Result<bool, HttpError>;
    /// The merge base of two commits by the forge's compare endpoint.
    async fn merge_base(&self, base: &Sha, head: &Sha) -> Result<Option<Sha>, HttpError>;
    /// All comments, oldest first, all pages.
    async fn comments(&self, on: &Target) -> Result<Vec<Comment>, HttpError>;
    async fn create_comment(&self, on: &Target, body: &str) -> Result<Comment, HttpError>;
    async fn update_comment(&self, on: &Target, id: u64, body: &str) -> Result<Comment, HttpError>;
    /// A comment that is gone already counts as deleted.
    async fn delete_comment(&self, on: &Target, id: u64) -> Result<(), HttpError>;

    fn branches(&self) -> Option<&dyn Branches>;
    fn checks(&self) -> Option<&dyn Checks>;
    fn files(&self) -> Option<&dyn Files>;
    fn labels(&self) -> Option<&dyn Labels>;
    fn refs(&self) -> Option<&dyn Refs>;
    fn threads(&self) -> Option<&dyn Threads>;
    fn uploads(&self) -> Option<&dyn Uploads>;
}

/// Ability: change requests are found by the branch that they come from.
#[async_trait]
pub trait Branches: Send + Sync {
    /// The open change requests from this branch of this repository (`owner/name`).
    async fn changes_from(&self, repo: &str, branch: &str) -> Result<Vec<Change>, HttpError>;
}

/// Ability: checks beside a commit.
#[async_trait]
pub trait Checks: Send + Sync {
    /// Creates the check, once; answers the page where people see it.
    async fn create_check(&self, check: &Check) -> Result<String, HttpError>;
}

/// Ability: a commit's files, for somebody without a clone.
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

/// Ability: labels that exclude each other.
#[async_trait]
pub trait Labels: Send + Sync {
    /// Gives a change request this label and takes those away, if it has them.
    async fn set_label(&self, on: ChangeNumber, set: &str, unset: &[String]) -> Result<(), HttpError>;
}

/// Ability: pictures in the repository itself, under refs that no branch or tag holds.
#[async_trait]
pub trait Refs: Send + Sync {
    /// Stores files as one parentless commit under `refname` through the data API; answers the commit.
    /// `date` is Git's (`2026-01-02T03:04:05Z`), so that equal files give an equal commit.
    async fn store_tree(&self, files: &[TreeFile], refname: &str, date: &str) -> Result<Sha, HttpError>;
    /// The names of all refs that begin with `start` (`refs/…/`).
    async fn refs(&self, start: &str) -> Result<Vec<String>, HttpError>;
    /// Deletes a ref. One that is gone already counts as deleted.
    async fn delete_ref(&self, name: &str) -> Result<(), HttpError>;
}

/// Ability: comments that open a thread, which people resolve.
#[async_trait]
pub trait Threads: Send + Sync {
    /// Makes a comment that opens a thread.
    async fn create_thread(&self, on: &Target, body: &str) -> Result<Comment, HttpError>;
    /// Resolves the thread of a comment, or opens it again. A comment without a thread is left as it is.
    async fn resolve_thread(&self, on: &Target, id: u64, resolved: bool) -> Result<(), HttpError>;
}

/// Ability: a store of the forge's own for a comment's files; then no Git is needed.
#[async_trait]
pub trait Uploads: Send + Sync {
    /// Stores one file; the address that a comment names it by. An equal file that one of our own comments on `on` shows
    /// already is not stored again.
    async fn upload(&self, on: Option<&Target>, file: &TreeFile) -> Result<String, HttpError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_forge_can_be_spoken_to_and_is_found_where_its_address_does_not_tell() {
        let rows: Vec<&Flavor> = DRIVERS.iter().map(|driver| driver.flavor).collect();
        assert_eq!(rows, flavor::ALL);
        assert!(DRIVERS.iter().all(|driver| driver.locate.is_some() == driver.flavor.is_below_paths));
    }
}
