//! A forge in memory, with a log of everything that was written to it.

use std::sync::Mutex;

use async_trait::async_trait;

use crate::{Branches, Change, Checks, Comment, Files, Forge, Labels, Refs, Target, Threads, Uploads};
use cml_base::flavor::{Flavor, GITHUB};
use cml_base::ident::{ChangeNumber, Sha};
use cml_host::deadline::Deadline;
use cml_http::HttpError;

/// How the answer to one creation is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    Arrived,
    NotArrived,
}

/// What the forge holds, and how it misbehaves.
#[derive(Debug, Default)]
pub(super) struct State {
    pub comments: Vec<Comment>,
    pub log: Vec<String>,
    pub viewer: Option<String>,
    pub head: Option<Sha>,
    /// The answers to the next creations.
    pub losses: Vec<Loss>,
    /// Author and body of a comment that appears just before our next one.
    pub rival: Option<(String, String)>,
    pub create_answers: Option<u16>,
    pub update_answers: Option<u16>,
    /// What others write over our next updates, each right behind ours.
    pub written_over: Vec<String>,
    pub delete_answers: Option<u16>,
}

impl State {
    fn add(&mut self, author: &str, body: &str) -> Comment {
        let id = self.comments.last().map_or(0, |comment| comment.id) + 1;
        let author = Some(author.to_owned());
        let comment = Comment { id, body: body.to_owned(), author, url: format!("u/{id}") };
        self.comments.push(comment.clone());
        comment
    }
}

#[derive(Debug)]
pub(super) struct FakeForge(Mutex<State>);

impl FakeForge {
    /// A forge with these comments (author, body), where we are called `bot`.
    pub(super) fn new(comments: &[(&str, &str)]) -> Self {
        let mut state = State { viewer: Some("bot".to_owned()), ..State::default() };
        for (author, body) in comments {
            state.add(author, body);
        }
        Self(Mutex::new(state))
    }

    pub(super) fn set<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }

    pub(super) fn log(&self) -> Vec<String> {
        self.set(|state| state.log.clone())
    }
}

pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn refused<T>(request: &str, status: Option<u16>) -> Result<T, HttpError> {
    let status = status.unwrap_or(500);
    let answer = "Resource not accessible by integration".to_owned();
    Err(HttpError::Refused { request: request.to_owned(), status, answer })
}

fn first_line(body: &str) -> &str {
    body.lines().next().unwrap_or_default()
}

#[async_trait]
impl Forge for FakeForge {
    fn flavor(&self) -> &'static Flavor {
        &GITHUB
    }

    fn until(&self, _: Deadline) {}

    async fn viewer(&self) -> Result<Option<String>, HttpError> {
        Ok(self.set(|state| state.viewer.clone()))
    }

    async fn changes_with(&self, _: &Sha) -> Result<Vec<Change>, HttpError> {
        Ok(Vec::new())
    }

    async fn head_of(&self, _: ChangeNumber) -> Result<Option<Sha>, HttpError> {
        Ok(self.set(|state| state.head.clone()))
    }

    async fn comments(&self, _: &Target) -> Result<Vec<Comment>, HttpError> {
        Ok(self.set(|state| state.comments.clone()))
    }

    async fn create_comment(&self, _: &Target, body: &str) -> Result<Comment, HttpError> {
        self.set(|state| {
            if state.create_answers.is_some() {
                return refused("POST https://host/comments", state.create_answers);
            }
            if let Some((author, body)) = state.rival.take() {
                state.add(&author, &body);
            }
            let loss = (!state.losses.is_empty()).then(|| state.losses.remove(0));
            let lost = HttpError::Unknown {
                request: "POST https://host/comments".to_owned(),
                why: "reset".to_owned(),
            };
            if loss == Some(Loss::NotArrived) {
                state.log.push(format!("lost: {}", first_line(body)));
                return Err(lost);
            }
            let comment = state.add("bot", body);
            state.log.push(format!("create {}: {}", comment.id, first_line(body)));
            if loss.is_some() { Err(lost) } else { Ok(comment) }
        })
    }

    async fn update_comment(&self, _: &Target, id: u64, body: &str) -> Result<Comment, HttpError> {
        self.set(|state| {
            state.log.push(format!("update {id}: {}", first_line(body)));
            let status = state.update_answers;
            match state.comments.iter_mut().find(|comment| comment.id == id) {
                Some(comment) if status.is_none() => {
                    comment.body = body.to_owned();
                    let ours = comment.clone();
                    if !state.written_over.is_empty() {
                        comment.body = state.written_over.remove(0);
                    }
                    Ok(ours)
                }
                _ => refused("PATCH https://host/comments", status.or(Some(404))),
            }
        })
    }

    async fn delete_comment(&self, _: &Target, id: u64) -> Result<(), HttpError> {
        self.set(|state| {
            state.log.push(format!("delete {id}"));
            if state.delete_answers.is_some() {
                return refused("DELETE https://host/comments", state.delete_answers);
            }
            state.comments.retain(|comment| comment.id != id);
            Ok(())
        })
    }

    async fn merge_base(&self, _: &Sha, _: &Sha) -> Result<Option<Sha>, HttpError> {
        Ok(None)
    }

    async fn change(&self, _: ChangeNumber) -> Result<Option<Change>, HttpError> {
        Ok(None)
    }

    async fn is_open(&self, _: ChangeNumber) -> Result<bool, HttpError> {
        Ok(true)
    }

    fn branches(&self) -> Option<&dyn Branches> {
        None
    }

    fn checks(&self) -> Option<&dyn Checks> {
        None
    }

    fn files(&self) -> Option<&dyn Files> {
        None
    }

    fn labels(&self) -> Option<&dyn Labels> {
        None
    }

    fn refs(&self) -> Option<&dyn Refs> {
        None
    }

    fn threads(&self) -> Option<&dyn Threads> {
        None
    }

    fn uploads(&self) -> Option<&dyn Uploads> {
        None
    }
}
