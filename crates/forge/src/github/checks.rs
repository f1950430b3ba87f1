//! Check runs: a verdict on a commit, with up to 50 annotations a request.
//!
//! In: a [`Check`]. Out: the address of its page.

use http::Method;
use octocrab::params::checks::{
    CheckRunConclusion, CheckRunOutput, CheckRunOutputAnnotation, CheckRunOutputAnnotationLevel,
    CheckRunStatus,
};
use serde::{Deserialize, Serialize};

use super::wire::{Again, Api};
use crate::{Annotation, Check, CheckState};
use cml_http::HttpError;

/// <https://docs.github.com/en/rest/checks/runs>: "a maximum of 50 annotations per API request".
const ANNOTATIONS: usize = 50;

#[derive(Deserialize)]
struct Run {
    id: u64,
    external_id: Option<String>,
    html_url: Option<String>,
}

#[derive(Serialize)]
struct Update {
    output: CheckRunOutput,
}

#[derive(Deserialize)]
struct Runs {
    check_runs: Vec<Run>,
}

pub(super) async fn create(api: &Api, check: &Check) -> Result<String, HttpError> {
    let mut rest = check.annotations.chunks(ANNOTATIONS);
    let run = made(api, check, rest.next().unwrap_or_default()).await?;
    for more in rest {
        // GitHub adds these to the ones before. A part whose answer was lost is not sent again: it would show twice.
        // By hand: octocrab's own update sends a number too that the documentation does not know.
        let path = format!("check-runs/{}", run.id);
        let update = Update { output: output(check, more) };
        match api.write::<Run>(&Method::PATCH, &path, &update, Again::Never).await {
            Ok(_) | Err(HttpError::Unknown { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(run.html_url.unwrap_or_default())
}

/// Creates the run. When the answer is lost we look whether it arrived, and only then try once more.
async fn made(api: &Api, check: &Check, annotations: &[Annotation]) -> Result<Run, HttpError> {
    let first = post(api, check, annotations).await;
    let Err(HttpError::Unknown { .. }) = first else {
        return first;
    };
    if let Some(run) = arrived(api, check).await? {
        return Ok(run);
    }
    let second = post(api, check, annotations).await;
    let Err(HttpError::Unknown { .. }) = second else {
        return second;
    };
    arrived(api, check).await?.map_or(second, Ok)
}

async fn post(api: &Api, check: &Check, annotations: &[Annotation]) -> Result<Run, HttpError> {
    let made = api.call(Again::Never, |crab| async move {
        let checks = crab.checks(&api.owner, &api.repo);
        let (status, conclusion) = state(check.state);
        let mut run = checks
            .create_check_run(&check.name, check.head.as_str())
            .external_id(&check.external_id)
            .status(status)
            .output(output(check, annotations));
        if let Some(conclusion) = conclusion {
            run = run.conclusion(conclusion);
        }
        if let Some(url) = &check.details_url {
            run = run.details_url(url);
        }
        run.send().await
    });
    made.await.map(|run| Run { id: run.id.0, external_id: None, html_url: run.html_url })
}

/// octocrab's run has no number of ours, by which alone it is known again.
async fn arrived(api: &Api, check: &Check) -> Result<Option<Run>, HttpError> {
    // Newest first, so the first page has it.
    let path = format!("commits/{}/check-runs?filter=all&per_page=100", check.head);
    let runs: Runs = api.get(&path).await?;
    let is_it = |run: &Run| run.external_id.as_deref() == Some(&check.external_id);
    Ok(runs.check_runs.into_iter().find(is_it))
}

fn output(check: &Check, annotations: &[Annotation]) -> CheckRunOutput {
    let annotation = |annotation: &Annotation| CheckRunOutputAnnotation {
        path: annotation.path.clone(),
        start_line: 1,
        end_line: 1,
        start_column: None,
        end_column: None,
        annotation_level: match annotation.is_warning {
            true => CheckRunOutputAnnotationLevel::Warning,
            false => CheckRunOutputAnnotationLevel::Notice,
        },
        message: annotation.message.clone(),
        title: None,
        raw_details: None,
    };
    CheckRunOutput {
        title: check.title.clone(),
        summary: check.summary.clone(),
        text: None,
        annotations: annotations.iter().map(annotation).collect(),
        images: Vec::new(),
    }
}

/// Status and conclusion; a check that has not ended has no conclusion.
fn state(state: CheckState) -> (CheckRunStatus, Option<CheckRunConclusion>) {
    use CheckRunConclusion::{Cancelled, Failure, Neutral, Skipped, Success, TimedOut};
    let conclusion = match state {
        CheckState::Queued => return (CheckRunStatus::Queued, None),
        CheckState::InProgress => return (CheckRunStatus::InProgress, None),
        CheckState::Success => Success,
        CheckState::Failure => Failure,
        CheckState::Neutral => Neutral,
        CheckState::Cancelled => Cancelled,
        CheckState::Skipped => Skipped,
        CheckState::TimedOut => TimedOut,
    };
    (CheckRunStatus::Completed, Some(conclusion))
}
