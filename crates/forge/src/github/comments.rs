//! Comments on GitHub: on issues and pull requests, which are one thing here, and on commits.
//!
//! In: a target and a body. Out: [`Comment`]s.

use http::Method;
use serde::{Deserialize, Serialize};

use super::wire::{Again, Api};
use crate::{Comment, Target};
use cml_http::HttpError;

/// A comment as GitHub sends it; any field but its number may be missing or null.
#[derive(Deserialize)]
struct WireComment {
    id: u64,
    body: Option<String>,
    user: Option<User>,
    html_url: Option<String>,
}

#[derive(Deserialize)]
struct User {
    login: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    body: &'a str,
}

impl From<WireComment> for Comment {
    fn from(wire: WireComment) -> Self {
        Self {
            id: wire.id,
            body: wire.body.unwrap_or_default(),
            author: wire.user.and_then(|user| user.login),
            url: wire.html_url.unwrap_or_default(),
        }
    }
}

pub(super) async fn list(api: &Api, on: &Target) -> Result<Vec<Comment>, HttpError> {
    let all: Vec<WireComment> = api.pages(&format!("{}?per_page=100", all_on(on))).await?;
    Ok(all.into_iter().map(Comment::from).collect())
}

pub(super) async fn create(api: &Api, on: &Target, body: &str) -> Result<Comment, HttpError> {
    let made: WireComment = api.write(&Method::POST, &all_on(on), &Body { body }, Again::Never).await?;
    Ok(made.into())
}

pub(super) async fn update(api: &Api, on: &Target, id: u64, body: &str) -> Result<Comment, HttpError> {
    // By hand: octocrab's own update sends POST, which the documentation does not know.
    let now: WireComment = api.write(&Method::PATCH, &one(on, id), &Body { body }, Again::Never).await?;
    Ok(now.into())
}

pub(super) async fn delete(api: &Api, on: &Target, id: u64) -> Result<(), HttpError> {
    match api.delete(&one(on, id)).await {
        // Somebody was faster.
        Err(HttpError::Refused { status: 404 | 410, .. }) => Ok(()),
        answer => answer,
    }
}

/// The list that a target's comments are in.
fn all_on(on: &Target) -> String {
    match on {
        Target::Change(number) => format!("issues/{number}/comments"),
        Target::Issue(number) => format!("issues/{number}/comments"),
        Target::Commit(sha) => format!("commits/{sha}/comments"),
    }
}

fn one(on: &Target, id: u64) -> String {
    match on {
        Target::Change(_) | Target::Issue(_) => format!("issues/comments/{id}"),
        Target::Commit(_) => format!("comments/{id}"),
    }
}
