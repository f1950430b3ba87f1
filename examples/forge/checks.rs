//! Check runs: created once, updated with further annotations, listed by commit.

use serde_json::{Value, json};

use super::super::{Reply, Repo};
use super::shapes::check_run;
use super::{Answer, invalid, message, refused, reply};

const LONGEST_SUMMARY: usize = 65_535;
const MOST_ANNOTATIONS: usize = 50;

pub(super) fn create(repo: &mut Repo, url: &str, mut run: Value) -> Answer {
    for field in ["name", "head_sha"] {
        if !run[field].is_string() {
            return Err(invalid(&json!({"resource": "CheckRun", "code": "missing_field", "field": field})));
        }
    }
    check_output(&run["output"])?;
    let id = repo.checks.len() as u64 + 1;
    run["id"] = id.into();
    run["html_url"] = format!("{url}/o/r/runs/{id}").into();
    if run["conclusion"].is_string() {
        run["status"] = "completed".into();
    }
    repo.checks.push(run.clone());
    Ok(reply(201, &check_run(&run)))
}

pub(super) fn update(repo: &mut Repo, id: &str, change: &Value) -> Answer {
    check_output(&change["output"])?;
    let id: u64 = id.parse().map_err(|_| refused(404))?;
    let run = repo.checks.iter_mut().find(|run| run["id"] == id).ok_or_else(|| refused(404))?;
    if let (Some(all), Some(more)) =
        (run["output"]["annotations"].as_array_mut(), change["output"]["annotations"].as_array())
    {
        all.extend(more.iter().cloned());
    }
    Ok(reply(200, &check_run(run)))
}

pub(super) fn list(repo: &Repo, sha: &str) -> Reply {
    let runs = repo.checks.iter().rev().filter(|run| run["head_sha"] == sha);
    let runs: Vec<Value> = runs.map(check_run).collect();
    reply(200, &json!({"total_count": runs.len(), "check_runs": runs}))
}

fn check_output(output: &Value) -> Result<(), Reply> {
    if output["summary"].as_str().is_some_and(|text| text.len() > LONGEST_SUMMARY) {
        return Err(message(
            422,
            "Invalid request. Only 65535 characters are allowed; the summary has more.",
        ));
    }
    if output["annotations"].as_array().is_some_and(|all| all.len() > MOST_ANNOTATIONS) {
        return Err(message(
            422,
            "Invalid request. No more than 50 items are allowed; annotations has more.",
        ));
    }
    Ok(())
}
