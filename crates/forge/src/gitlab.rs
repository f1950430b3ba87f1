//! GitLab, in the cloud and on one's own server, at the root of a host or below a path.
//!
//! In: a [`Connection`]. Out: a [`Forge`]. What GitLab refuses comes back in its own words; what is only absent is
//! `None`.

mod files;
mod note;
mod notes;
mod probe;
mod statuses;
#[cfg(test)]
mod tests;
mod threads;
mod uploads;
mod wire;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use gitlab::api::projects::merge_requests::{EditMergeRequest, MergeRequest};
use gitlab::api::projects::repository::commits::MergeRequests;
use gitlab::api::users::CurrentUser;
use http::Method;
use serde::Deserialize;
use tokio::sync::OnceCell;

use self::wire::{Api, Own, built};
use super::answer::found;
use super::{
    Branches, Change, Check, Checks, Comment, Connection, Files, Forge, Labels, Refs, Target, Threads,
    TreeFile, Uploads,
};
use cml_base::flavor::{Flavor, GITLAB};
use cml_base::ident::{ChangeNumber, RepoUrl, Sha};
use cml_base::tree::ListedFile;
use cml_host::deadline::Deadline;
use cml_http::{HttpError, Transport};

/// The client of one project.
pub(super) fn connect(connection: Connection, transport: &Transport) -> Result<Box<dyn Forge>, HttpError> {
    Ok(Box::new(GitLab::new(connection, transport)?))
}

/// The repository on the server at which a GitLab answers, below a path or not; `None` if none does.
pub(super) fn locate<'a>(
    repo: &'a RepoUrl,
    transport: &'a Transport,
) -> BoxFuture<'a, Result<Option<RepoUrl>, HttpError>> {
    Box::pin(async move {
        match repo.slug().split('/').count() {
            // Groups are nested, so that a longer address can be read in several ways.
            3.. => probe::find(repo, transport).await,
            _ => Ok(Some(repo.clone())),
        }
    })
}

/// One project on GitLab.
struct GitLab {
    api: Api,
    viewer: OnceCell<Option<String>>,
    /// The files that our comments show already, or that were stored for the next one, by name.
    shown: OnceCell<Mutex<BTreeMap<String, String>>>,
    /// The comments that were read for `shown`. The delivery that follows asks for the same list, and gets it once.
    listed: Mutex<Option<(Target, Vec<Comment>)>>,
}

#[derive(Deserialize)]
struct User {
    username: String,
}

/// A merge request as GitLab sends it.
#[derive(Deserialize)]
struct Shown {
    iid: u64,
    state: String,
    sha: Option<String>,
    source_branch: Option<String>,
    target_branch: Option<String>,
    /// Null if the fork is gone.
    source_project_id: Option<u64>,
    target_project_id: Option<u64>,
    diff_refs: Option<DiffRefs>,
}

#[derive(Deserialize)]
struct DiffRefs {
    /// The target's commit when the head was pushed.
    start_sha: Option<String>,
}

#[derive(Deserialize)]
struct Commit {
    id: String,
}

impl GitLab {
    fn new(connection: Connection, transport: &Transport) -> Result<Self, HttpError> {
        Ok(Self {
            api: Api::new(connection, transport)?,
            viewer: OnceCell::new(),
            shown: OnceCell::new(),
            listed: Mutex::new(None),
        })
    }

    fn change_of(&self, shown: Shown) -> Change {
        let is_own = shown.source_project_id.is_some() && shown.source_project_id == shown.target_project_id;
        Change {
            number: ChangeNumber(shown.iid),
            base: shown.diff_refs.and_then(|refs| refs.start_sha?.parse().ok()),
            base_branch: shown.target_branch.unwrap_or_default(),
            head: shown.sha.and_then(|sha| sha.parse().ok()),
            head_branch: shown.source_branch.unwrap_or_default(),
            head_repo: is_own.then(|| self.api.project.clone()),
        }
    }

    /// The merge request with this number, if there is one.
    async fn shown_change(&self, number: ChangeNumber) -> Result<Option<Shown>, HttpError> {
        let mut endpoint = MergeRequest::builder();
        endpoint.project(self.api.project.as_str()).merge_request(number.0);
        found(self.api.ask(&built(endpoint.build())?).await)
    }

    /// The files of our own comments on `on`. Not to know them costs an upload, no more.
    async fn shown(&self, on: Option<&Target>) -> BTreeMap<String, String> {
        let Some(on) = on else { return BTreeMap::new() };
        let (Ok(Some(viewer)), Ok(comments)) = (self.viewer().await, self.comments(on).await) else {
            return BTreeMap::new();
        };
        let own = comments.iter().filter(|comment| comment.author.as_ref() == Some(&viewer));
        let shown = uploads::shown_in(own);
        *lock(&self.listed) = Some((on.clone(), comments));
        shown
    }

    async fn ask_viewer(&self) -> Result<Option<String>, HttpError> {
        let user: Result<User, HttpError> = self.api.ask(&built(CurrentUser::builder().build())?).await;
        match user {
            Ok(user) => Ok(Some(user.username)),
            // A token of a job or of a deployment is nobody.
            Err(HttpError::Refused { status: 403 | 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl Checks for GitLab {
    async fn create_check(&self, check: &Check) -> Result<String, HttpError> {
        statuses::create(&self.api, check).await
    }
}

#[async_trait]
impl Files for GitLab {
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
impl Forge for GitLab {
    fn flavor(&self) -> &'static Flavor {
        &GITLAB
    }

    fn until(&self, deadline: Deadline) {
        self.api.transport.until(deadline);
    }

    /// Its own CI always tells the merge request's number.
    fn branches(&self) -> Option<&dyn Branches> {
        None
    }

    fn checks(&self) -> Option<&dyn Checks> {
        Some(self)
    }

    fn files(&self) -> Option<&dyn Files> {
        Some(self)
    }

    fn labels(&self) -> Option<&dyn Labels> {
        Some(self)
    }

    /// Pictures are uploads here, and there is no interface that makes a commit under such a ref.
    fn refs(&self) -> Option<&dyn Refs> {
        None
    }

    fn threads(&self) -> Option<&dyn Threads> {
        Some(self)
    }

    fn uploads(&self) -> Option<&dyn Uploads> {
        Some(self)
    }

    async fn viewer(&self) -> Result<Option<String>, HttpError> {
        self.viewer.get_or_try_init(|| self.ask_viewer()).await.cloned()
    }

    async fn changes_with(&self, commit: &Sha) -> Result<Vec<Change>, HttpError> {
        let mut endpoint = MergeRequests::builder();
        endpoint.project(self.api.project.as_str()).sha(commit.as_str());
        let found = found(self.api.pages::<Shown>(&built(endpoint.build())?).await)?;
        let changes = found.unwrap_or_default();
        let is_it =
            |change: &Shown| change.state == "opened" && change.sha.as_deref() == Some(commit.as_str());
        Ok(changes.into_iter().filter(is_it).map(|shown| self.change_of(shown)).collect())
    }

    async fn change(&self, number: ChangeNumber) -> Result<Option<Change>, HttpError> {
        Ok(self.shown_change(number).await?.map(|shown| self.change_of(shown)))
    }

    async fn head_of(&self, change: ChangeNumber) -> Result<Option<Sha>, HttpError> {
        Ok(self.shown_change(change).await?.and_then(|shown| shown.sha?.parse().ok()))
    }

    async fn is_open(&self, change: ChangeNumber) -> Result<bool, HttpError> {
        Ok(self.shown_change(change).await?.is_some_and(|shown| shown.state == "opened"))
    }

    async fn comments(&self, on: &Target) -> Result<Vec<Comment>, HttpError> {
        let listed = lock(&self.listed).take();
        match listed {
            Some((read, comments)) if read == *on => Ok(comments),
            _ => notes::list(&self.api, on).await,
        }
    }

    async fn create_comment(&self, on: &Target, body: &str) -> Result<Comment, HttpError> {
        notes::create(&self.api, on, body).await
    }

    async fn update_comment(&self, on: &Target, id: u64, body: &str) -> Result<Comment, HttpError> {
        notes::update(&self.api, on, id, body).await
    }

    async fn delete_comment(&self, on: &Target, id: u64) -> Result<(), HttpError> {
        notes::delete(&self.api, on, id).await
    }

    async fn merge_base(&self, base: &Sha, head: &Sha) -> Result<Option<Sha>, HttpError> {
        let endpoint = Own::of(&self.api, Method::GET, "repository/merge_base")
            .with_query("refs[]", base.as_str())
            .with_query("refs[]", head.as_str());
        let commit: Option<Commit> = found(self.api.ask(&endpoint).await)?;
        Ok(commit.and_then(|commit| commit.id.parse().ok()))
    }
}

#[async_trait]
impl Threads for GitLab {
    async fn create_thread(&self, on: &Target, body: &str) -> Result<Comment, HttpError> {
        threads::create(&self.api, on, body).await.map(|note| note.on(&self.api, on))
    }

    async fn resolve_thread(&self, on: &Target, id: u64, resolved: bool) -> Result<(), HttpError> {
        threads::resolve(&self.api, on, id, resolved).await
    }
}

#[async_trait]
impl Labels for GitLab {
    async fn set_label(&self, change: ChangeNumber, set: &str, unset: &[String]) -> Result<(), HttpError> {
        let mut endpoint = EditMergeRequest::builder();
        endpoint.project(self.api.project.as_str()).merge_request(change.0).add_label(set);
        for label in unset {
            endpoint.remove_label(label.as_str());
        }
        self.api.tell(&built(endpoint.build())?).await
    }
}

#[async_trait]
impl Uploads for GitLab {
    async fn upload(&self, on: Option<&Target>, file: &TreeFile) -> Result<String, HttpError> {
        let shown = self.shown.get_or_init(async || Mutex::new(self.shown(on).await)).await;
        let known = lock(shown).get(&file.path).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let address = uploads::store(&self.api, file).await?;
        lock(shown).insert(file.path.clone(), address.clone());
        Ok(address)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
