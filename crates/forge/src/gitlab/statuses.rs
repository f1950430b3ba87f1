//! Commit statuses: a check as an external job of the commit's pipeline. It has a state, one line and an address, and
//! no page of its own.
//!
//! In: a [`Check`]. Out: the address that it shows.
//!
//! GitLab looks for the pipeline by commit, ref and number. A merge request's pipeline has the ref of the merge
//! request or of its branch, by who may push, which no variable tells; when the three do not meet, the number alone
//! is asked for. <https://docs.gitlab.com/ci/ci_cd_for_external_repos/external_commit_statuses/>

use gitlab::api::projects::repository::commits::{CommitStatusState, CommitStatuses, CreateCommitStatus};
use serde::Deserialize;

use super::wire::{Api, built};
use crate::{Check, CheckState};
use cml_http::HttpError;

/// GitLab refuses longer descriptions, names and addresses.
const LONGEST: usize = 255;

/// A status as GitLab sends it.
#[derive(Deserialize)]
struct Status {
    status: String,
    description: Option<String>,
    target_url: Option<String>,
}

/// What is sent, each text within its limit.
struct Sent<'a> {
    check: &'a Check,
    name: String,
    description: String,
    address: Option<&'a str>,
}

pub(super) async fn create(api: &Api, check: &Check) -> Result<String, HttpError> {
    let sent = Sent {
        check,
        name: cut(&check.name),
        description: cut(&check.title),
        // Half an address leads nowhere.
        address: check.details_url.as_deref().filter(|url| url.len() <= LONGEST),
    };
    let made = match post(api, &sent).await {
        // What is running already cannot begin to run: GitLab refuses the very same state with a 400. And when an
        // answer was lost we look whether it arrived before we send it again.
        Err(error @ (HttpError::Refused { status: 400, .. } | HttpError::Unknown { .. })) => {
            match (arrived(api, &sent).await?, &error) {
                (Some(status), _) => status,
                (None, HttpError::Unknown { .. }) => post(api, &sent).await?,
                (None, _) => return Err(error),
            }
        }
        answer => answer?,
    };
    let commit = || format!("{}/-/commit/{}/pipelines", api.page, check.head);
    Ok(made.target_url.filter(|url| !url.is_empty()).unwrap_or_else(commit))
}

async fn post(api: &Api, sent: &Sent<'_>) -> Result<Status, HttpError> {
    let first = post_to(api, sent, true).await;
    match first {
        Err(HttpError::Refused { status: 404, .. }) if sent.check.pipeline.is_some() => {
            post_to(api, sent, false).await
        }
        answer => answer,
    }
}

async fn post_to(api: &Api, sent: &Sent<'_>, by_ref: bool) -> Result<Status, HttpError> {
    let mut status = CreateCommitStatus::builder();
    status
        .project(api.project.as_str())
        .commit(sent.check.head.as_str())
        .state(state(sent.check.state))
        .name(sent.name.as_str())
        .description(sent.description.as_str());
    if let Some(url) = sent.address {
        status.target_url(url);
    }
    if let Some(pipeline) = &sent.check.pipeline {
        status.pipeline_id(pipeline.id);
        if by_ref && let Some(name) = &pipeline.reference {
            status.ref_(name.as_str());
        }
    }
    api.ask(&built(status.build())?).await
}

/// The newest status of this name, if it says what ours does.
async fn arrived(api: &Api, sent: &Sent<'_>) -> Result<Option<Status>, HttpError> {
    let mut statuses = CommitStatuses::builder();
    statuses.project(api.project.as_str()).commit(sent.check.head.as_str()).name(sent.name.as_str());
    if let Some(pipeline) = &sent.check.pipeline {
        statuses.pipeline_id(pipeline.id);
    }
    let all: Vec<Status> = api.pages(&built(statuses.build())?).await?;
    let is_it = |status: &Status| {
        status.status == name(sent.check.state)
            && status.description.as_deref() == Some(&sent.description)
            && status.target_url.as_deref() == sent.address
    };
    Ok(all.into_iter().find(is_it))
}

/// Within the limit, which is counted in bytes here: the `gitlab` crate counts so.
fn cut(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let room = LONGEST - '…'.len_utf8();
    let ends = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= room);
    format!("{}…", &text[..ends.last().unwrap_or(0)])
}

/// GitLab has no neutral end: what is not forbidden has passed, and the line says the rest.
fn state(state: CheckState) -> CommitStatusState {
    match state {
        CheckState::Queued => CommitStatusState::Pending,
        CheckState::InProgress => CommitStatusState::Running,
        CheckState::Success | CheckState::Neutral => CommitStatusState::Success,
        CheckState::Failure | CheckState::TimedOut => CommitStatusState::Failed,
        CheckState::Cancelled => CommitStatusState::Canceled,
        CheckState::Skipped => CommitStatusState::Skipped,
    }
}

/// The same as GitLab writes it.
fn name(of: CheckState) -> &'static str {
    match state(of) {
        CommitStatusState::Pending => "pending",
        CommitStatusState::Running => "running",
        CommitStatusState::Success => "success",
        CommitStatusState::Failed => "failed",
        CommitStatusState::Canceled => "canceled",
        _ => "skipped",
    }
}
