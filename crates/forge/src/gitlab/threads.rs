//! Threads, which the interface calls discussions: notes that people answer and, on merge requests and issues, resolve.
//!
//! In: a target, a body or a note's number. Out: the note, or what became of its thread.
//!
//! A commit's comments can only be made and listed by their own endpoints; as notes of discussions they can be changed
//! and deleted too, so that is what they are here.

use gitlab::api::projects::merge_requests::discussions::{
    CreateMergeRequestDiscussion, MergeRequestDiscussions,
};
use http::Method;
use serde::Deserialize;

use super::note::Note;
use super::wire::{Api, Own, built};
use crate::Target;
use cml_http::HttpError;

#[derive(Deserialize)]
pub(super) struct Discussion {
    id: String,
    #[serde(default)]
    pub(super) notes: Vec<Note>,
}

pub(super) async fn list(api: &Api, on: &Target) -> Result<Vec<Discussion>, HttpError> {
    match on {
        Target::Change(number) => {
            let mut endpoint = MergeRequestDiscussions::builder();
            endpoint.project(api.project.as_str()).merge_request(number.0);
            api.pages(&built(endpoint.build())?).await
        }
        Target::Issue(_) | Target::Commit(_) => {
            api.pages(&Own::of(api, Method::GET, &format!("{}/discussions", folder(on)))).await
        }
    }
}

/// Opens a thread, and answers its first note.
pub(super) async fn create(api: &Api, on: &Target, body: &str) -> Result<Note, HttpError> {
    let path = format!("{}/discussions", folder(on));
    let made: Discussion = match on {
        Target::Change(number) => {
            let mut endpoint = CreateMergeRequestDiscussion::builder();
            endpoint.project(api.project.as_str()).merge_request(number.0).body(body);
            api.ask(&built(endpoint.build())?).await?
        }
        Target::Issue(_) | Target::Commit(_) => {
            api.ask(&Own::of(api, Method::POST, &path).with_text("body", body)).await?
        }
    };
    // A discussion without its first note cannot be named: the caller looks whether it arrived.
    made.notes.into_iter().next().ok_or_else(|| HttpError::Unknown {
        request: format!("POST {path}"),
        why: "the answer has no note".to_owned(),
    })
}

/// The path of a note below its discussion.
pub(super) async fn path_of(api: &Api, on: &Target, note: u64) -> Result<String, HttpError> {
    let all = list(api, on).await?;
    let found = all.iter().find(|discussion| discussion.has(note));
    let discussion = found.ok_or_else(|| HttpError::Refused {
        request: format!("find the note {note} of {}", folder(on)),
        status: 404,
        answer: "no discussion has it".to_owned(),
    })?;
    Ok(format!("{}/notes/{note}", discussion.path(on)))
}

/// Resolves the note's thread, or opens it again; a note by itself has none. One that is so already is left alone, so
/// that whoever resolved it stays named.
pub(super) async fn resolve(api: &Api, on: &Target, note: u64, resolved: bool) -> Result<(), HttpError> {
    let all = list(api, on).await?;
    let Some(discussion) = all.iter().find(|discussion| discussion.has(note)) else { return Ok(()) };
    if discussion.notes.iter().filter(|note| note.resolvable).all(|note| note.resolved == resolved) {
        return Ok(());
    }
    let endpoint = Own::of(api, Method::PUT, &discussion.path(on));
    api.tell(&endpoint.with_query("resolved", resolved.to_string())).await
}

impl Discussion {
    fn has(&self, note: u64) -> bool {
        self.notes.iter().any(|known| known.id == note)
    }

    fn path(&self, on: &Target) -> String {
        format!("{}/discussions/{}", folder(on), gitlab::api::common::path_escaped(&self.id))
    }
}

fn folder(on: &Target) -> String {
    match on {
        Target::Change(number) => format!("merge_requests/{number}"),
        Target::Issue(number) => format!("issues/{number}"),
        Target::Commit(sha) => format!("repository/commits/{sha}"),
    }
}
