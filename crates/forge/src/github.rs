//! GitHub, in the cloud and on one's own server.
//!
//! In: a [`Connection`]. Out: a [`Forge`]. What GitHub refuses comes back in its own words; what is only absent is
//! `None`.

mod assets;
mod checks;
mod comments;
mod files;
#[cfg(test)]
mod tests;
mod wire;

use async_trait::async_trait;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use self::wire::Api;
use super::answer::found;
use super::{
    Branches, Change, Check, Checks, Comment, Connection, Files, Forge, Labels, Refs, Target, Threads,
    TreeFile, Uploads,
};
use cml_base::flavor::{Flavor, GITHUB};
use cml_base::ident::{ChangeNumber, Sha};
use cml_base::tree::ListedFile;
use cml_host::deadline::Deadline;
use cml_http::{HttpError, Transport};

const VIEWER: &str = "query { viewer { login } }";

/// The client of one repository.
pub(super) fn connect(connection: Connection, transport: &Transport) -> Result<Box<dyn Forge>, HttpError> {
    Ok(Box::new(GitHub { api: Api::new(connection, transport)? }))
}

/// One repository on GitHub.
struct GitHub {
    api: Api,
}

#[derive(Deserialize)]
struct Graph {
    data: Option<GraphData>,
}

#[derive(Deserialize)]
struct GraphData {
    viewer: Option<User>,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

#[derive(Deserialize)]
struct Pull {
    number: u64,
    state: String,
    head: Commit,
    base: Option<Commit>,
}

/// A side of a pull request; elsewhere it has its commit only.
#[derive(Deserialize)]
struct Commit {
    sha: String,
    #[serde(rename = "ref")]
    branch: Option<String>,
    repo: Option<Repo>,
}

#[derive(Deserialize)]
struct Repo {
    full_name: String,
}

impl From<Pull> for Change {
    fn from(pull: Pull) -> Self {
        let base = pull.base.as_ref();
        Self {
            number: ChangeNumber(pull.number),
            base: base.and_then(|base| base.sha.parse().ok()),
            base_branch: base.and_then(|base| base.branch.clone()).unwrap_or_default(),
            head: pull.head.sha.parse().ok(),
            head_branch: pull.head.branch.unwrap_or_default(),
            head_repo: pull.head.repo.map(|repo| repo.full_name),
        }
    }
}

#[derive(Deserialize)]
struct Comparison {
    merge_base_commit: Commit,
}

#[async_trait]
impl Forge for GitHub {
    fn flavor(&self) -> &'static Flavor {
        &GITHUB
    }

    fn until(&self, deadline: Deadline) {
        self.api.transport.until(deadline);
    }

    fn branches(&self) -> Option<&dyn Branches> {
        Some(self)
    }

    fn checks(&self) -> Option<&dyn Checks> {
        Some(self)
    }

    fn files(&self) -> Option<&dyn Files> {
        Some(self)
    }

    fn labels(&self) -> Option<&dyn Labels> {
        None
    }

    fn refs(&self) -> Option<&dyn Refs> {
        Some(self)
    }

    /// Threads hang on lines of the change here, and not on the whole.
    fn threads(&self) -> Option<&dyn Threads> {
        None
    }

    /// The interface takes no files; the page does, but not from a job.
    fn uploads(&self) -> Option<&dyn Uploads> {
        None
    }

    async fn viewer(&self) -> Result<Option<String>, HttpError> {
        // GraphQL first: the token of a job may not ask REST who it is.
        let graph: Result<Graph, HttpError> = self.api.graphql(VIEWER).await;
        let trouble = match graph {
            Ok(Graph { data: Some(GraphData { viewer: Some(user) }) }) => return Ok(Some(user.login)),
            Err(
                error
                @ (HttpError::NotSent { .. } | HttpError::Untrusted { .. } | HttpError::Withheld { .. }),
            ) => return Err(error),
            // An answer without a login, or a plain no: REST may know.
            Ok(_) | Err(HttpError::Refused { status: 401 | 403 | 404, .. }) => None,
            Err(error) => Some(error),
        };
        match (self.api.get_root::<User>("user").await, trouble) {
            (Ok(user), _) => Ok(Some(user.login)),
            // A server in trouble is no server that does not tell: taking it for one would double the comment.
            (Err(HttpError::Refused { status: 401 | 403 | 404, .. }), Some(trouble)) => Err(trouble),
            (Err(HttpError::Refused { status: 401 | 403 | 404, .. }), None) => Ok(None),
            (Err(error), _) => Err(error),
        }
    }

    async fn changes_with(&self, commit: &Sha) -> Result<Vec<Change>, HttpError> {
        let pulls: Vec<Pull> = match self.api.pages(&format!("commits/{commit}/pulls?per_page=100")).await {
            // "No commit found": it is not pushed yet.
            Err(HttpError::Refused { status: 422, .. }) => return Ok(Vec::new()),
            answer => answer?,
        };
        let is_it = |pull: &Pull| pull.state == "open" && pull.head.sha == commit.as_str();
        Ok(pulls.into_iter().filter(is_it).map(Change::from).collect())
    }

    async fn change(&self, number: ChangeNumber) -> Result<Option<Change>, HttpError> {
        let pull: Option<Pull> = found(self.api.get(&format!("pulls/{number}")).await)?;
        Ok(pull.map(Change::from))
    }

    async fn head_of(&self, change: ChangeNumber) -> Result<Option<Sha>, HttpError> {
        let pull: Option<Pull> = found(self.api.get(&format!("pulls/{change}")).await)?;
        Ok(pull.and_then(|pull| pull.head.sha.parse().ok()))
    }

    async fn comments(&self, on: &Target) -> Result<Vec<Comment>, HttpError> {
        comments::list(&self.api, on).await
    }

    async fn create_comment(&self, on: &Target, body: &str) -> Result<Comment, HttpError> {
        comments::create(&self.api, on, body).await
    }

    async fn update_comment(&self, on: &Target, id: u64, body: &str) -> Result<Comment, HttpError> {
        comments::update(&self.api, on, id, body).await
    }

    async fn delete_comment(&self, on: &Target, id: u64) -> Result<(), HttpError> {
        comments::delete(&self.api, on, id).await
    }

    async fn merge_base(&self, base: &Sha, head: &Sha) -> Result<Option<Sha>, HttpError> {
        // One commit a page: only the merge base is wanted, which every page has.
        let path = format!("compare/{base}...{head}?per_page=1");
        let comparison: Option<Comparison> = found(self.api.get(&path).await)?;
        Ok(comparison.and_then(|comparison| comparison.merge_base_commit.sha.parse().ok()))
    }

    async fn is_open(&self, change: ChangeNumber) -> Result<bool, HttpError> {
        let pull: Option<Pull> = found(self.api.get(&format!("pulls/{change}")).await)?;
        // What this token may not see may well be open.
        Ok(pull.is_none_or(|pull| pull.state == "open"))
    }
}

#[async_trait]
impl Branches for GitHub {
    async fn changes_from(&self, repo: &str, branch: &str) -> Result<Vec<Change>, HttpError> {
        // The filter wants the owner only, so another repository of the same owner's fork network may be among them.
        let owner = repo.split('/').next().unwrap_or_default();
        let head = utf8_percent_encode(&format!("{owner}:{branch}"), NON_ALPHANUMERIC).to_string();
        let pulls: Vec<Pull> = self.api.pages(&format!("pulls?state=open&head={head}&per_page=100")).await?;
        let changes = pulls.into_iter().filter(|pull| pull.state == "open").map(Change::from);
        let is_it = |change: &Change| {
            change.head_branch == branch
                && change.head_repo.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(repo))
        };
        Ok(changes.filter(is_it).collect())
    }
}

#[async_trait]
impl Refs for GitHub {
    async fn store_tree(&self, files: &[TreeFile], refname: &str, date: &str) -> Result<Sha, HttpError> {
        assets::store(&self.api, files, refname, date).await
    }

    async fn refs(&self, start: &str) -> Result<Vec<String>, HttpError> {
        assets::refs(&self.api, start).await
    }

    async fn delete_ref(&self, name: &str) -> Result<(), HttpError> {
        assets::delete_ref(&self.api, name).await
    }
}

#[async_trait]
impl Files for GitHub {
    async fn tip(&self, branch: &str) -> Result<Option<Sha>, HttpError> {
        found(files::tip(&self.api, branch).await)
    }

    async fn parents(&self, commit: &Sha) -> Result<Vec<Sha>, HttpError> {
        files::parents(&self.api, commit).await
    }

    async fn list(&self, commit: &Sha) -> Result<Vec<ListedFile>, HttpError> {
        files::list(&self.api, commit).await
    }

    async fn read(&self, object: &str) -> Result<Vec<u8>, HttpError> {
        files::read(&self.api, object).await
    }
}

#[async_trait]
impl Checks for GitHub {
    async fn create_check(&self, check: &Check) -> Result<String, HttpError> {
        checks::create(&self.api, check).await
    }
}
