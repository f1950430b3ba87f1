//! Notes, GitLab's word for comments: on merge requests, on issues, and on commits.
//!
//! In: a target and a body. Out: [`Comment`]s.

use gitlab::api::common::SortOrder;
use gitlab::api::projects::issues::notes::{CreateIssueNote, DeleteIssueNote, EditIssueNote, IssueNotes};
use gitlab::api::projects::merge_requests::notes::{
    CreateMergeRequestNote, EditMergeRequestNote, MergeRequestNotes,
};
use http::Method;

use super::note::Note;
use super::threads;
use super::wire::{Api, Own, built};
use crate::{Comment, Target};
use cml_http::HttpError;

pub(super) async fn list(api: &Api, on: &Target) -> Result<Vec<Comment>, HttpError> {
    let project = api.project.as_str();
    let notes: Vec<Note> = match on {
        Target::Change(number) => {
            let mut notes = MergeRequestNotes::builder();
            notes.project(project).merge_request(number.0).sort(SortOrder::Ascending);
            api.pages(&built(notes.build())?).await?
        }
        Target::Issue(number) => {
            let mut notes = IssueNotes::builder();
            notes.project(project).issue(*number).sort(SortOrder::Ascending);
            api.pages(&built(notes.build())?).await?
        }
        Target::Commit(_) => {
            threads::list(api, on).await?.into_iter().flat_map(|discussion| discussion.notes).collect()
        }
    };
    let mut all: Vec<Comment> = notes.into_iter().map(|note| note.on(api, on)).collect();
    all.sort_by_key(|comment| comment.id);
    Ok(all)
}

pub(super) async fn create(api: &Api, on: &Target, body: &str) -> Result<Comment, HttpError> {
    let project = api.project.as_str();
    let made: Note = match on {
        Target::Change(number) => {
            let mut note = CreateMergeRequestNote::builder();
            note.project(project).merge_request(number.0).body(body);
            api.ask(&built(note.build())?).await?
        }
        Target::Issue(number) => {
            let mut note = CreateIssueNote::builder();
            note.project(project).issue(*number).body(body);
            api.ask(&built(note.build())?).await?
        }
        Target::Commit(_) => threads::create(api, on, body).await?,
    };
    Ok(made.on(api, on))
}

pub(super) async fn update(api: &Api, on: &Target, id: u64, body: &str) -> Result<Comment, HttpError> {
    let project = api.project.as_str();
    let now: Note = match on {
        Target::Change(number) => {
            let mut note = EditMergeRequestNote::builder();
            note.project(project).merge_request(number.0).note(id).body(body);
            api.ask(&built(note.build())?).await?
        }
        Target::Issue(number) => {
            let mut note = EditIssueNote::builder();
            note.project(project).issue(*number).note(id).body(body);
            api.ask(&built(note.build())?).await?
        }
        Target::Commit(_) => {
            let path = threads::path_of(api, on, id).await?;
            api.ask(&Own::of(api, Method::PUT, &path).with_text("body", body)).await?
        }
    };
    Ok(now.on(api, on))
}

pub(super) async fn delete(api: &Api, on: &Target, id: u64) -> Result<(), HttpError> {
    let answer = match on {
        Target::Change(number) => {
            api.tell(&Own::of(api, Method::DELETE, &format!("merge_requests/{number}/notes/{id}"))).await
        }
        Target::Issue(number) => {
            let mut note = DeleteIssueNote::builder();
            note.project(api.project.as_str()).issue(*number).note(id);
            api.tell(&built(note.build())?).await
        }
        Target::Commit(_) => match threads::path_of(api, on, id).await {
            Ok(path) => api.tell(&Own::of(api, Method::DELETE, &path)).await,
            Err(error) => Err(error),
        },
    };
    match answer {
        // Somebody was faster.
        Err(HttpError::Refused { status: 404 | 410, .. }) => Ok(()),
        answer => answer,
    }
}
