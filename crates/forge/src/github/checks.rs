//! Check runs: a verdict on a commit, with up to 50 annotations a request.
//!
//! In: a [`Check`]. Out: the address of its page.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

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

#[derive(Deserialize)]
struct Runs {
    check_runs: Vec<Run>,
}

pub(super) async fn create(api: &Api, check: &Check) -> Result<String, HttpError> {
    let mut rest = check.annotations.chunks(ANNOTATIONS);
    let first = rest.next().unwrap_or_default();
    let mut body = json!({
        "name": check.name,
        "head_sha": check.head.as_str(),
        "external_id": check.external_id,
        "output": output(check, first),
    });
    match state(check.state) {
        (status, None) => body["status"] = status.into(),
        (status, Some(conclusion)) => {
            body["status"] = status.into();
            body["conclusion"] = conclusion.into();
        }
    }
    if let Some(url) = &check.details_url {
        body["details_url"] = url.as_str().into();
    }
    let run = made(api, check, &body).await?;
    for more in rest {
        // GitHub adds these to the ones before. A part whose answer was lost is not sent again: it would show twice.
        let path = format!("check-runs/{}", run.id);
        let body = json!({"output": output(check, more)});
        match api.write::<Run>(&Method::PATCH, &path, &body, Again::Never).await {
            Ok(_) | Err(HttpError::Unknown { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(run.html_url.unwrap_or_default())
}

/// Creates the run. When the answer is lost we look whether it arrived, and only then try once more.
async fn made(api: &Api, check: &Check, body: &Value) -> Result<Run, HttpError> {
    let post = || api.write::<Run>(&Method::POST, "check-runs", body, Again::Never);
    let first = post().await;
    let Err(HttpError::Unknown { .. }) = first else {
        return first;
    };
    if let Some(run) = arrived(api, check).await? {
        return Ok(run);
    }
    let second = post().await;
    let Err(HttpError::Unknown { .. }) = second else {
        return second;
    };
    arrived(api, check).await?.map_or(second, Ok)
}

async fn arrived(api: &Api, check: &Check) -> Result<Option<Run>, HttpError> {
    // Newest first, so the first page has it.
    let path = format!("commits/{}/check-runs?filter=all&per_page=100", check.head);
    let runs: Runs = api.get(&path).await?;
    let is_it = |run: &Run| run.external_id.as_deref() == Some(&check.external_id);
    Ok(runs.check_runs.into_iter().find(is_it))
}

fn output(check: &Check, annotations: &[Annotation]) -> Value {
    let annotation = |annotation: &Annotation| {
        let level = if annotation.is_warning { "warning" } else { "notice" };
        json!({"path": annotation.path, "start_line": 1, "end_line": 1, "annotation_level": level,
            "message": annotation.message})
    };
    let annotations: Vec<Value> = annotations.iter().map(annotation).collect();
    json!({"title": check.title, "summary": check.summary, "annotations": annotations})
}

/// Status and conclusion; a check that has not ended has no conclusion.
fn state(state: CheckState) -> (&'static str, Option<&'static str>) {
    match state {
        CheckState::Queued => ("queued", None),
        CheckState::InProgress => ("in_progress", None),
        CheckState::Success => ("completed", Some("success")),
        CheckState::Failure => ("completed", Some("failure")),
        CheckState::Neutral => ("completed", Some("neutral")),
        CheckState::Cancelled => ("completed", Some("cancelled")),
        CheckState::Skipped => ("completed", Some("skipped")),
        CheckState::TimedOut => ("completed", Some("timed_out")),
    }
}
