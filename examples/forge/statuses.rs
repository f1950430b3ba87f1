//! GitLab's commit statuses: external jobs of the pipeline 11, told apart by their name.

use serde_json::{Value, json};

use super::super::super::{BOT, Reply, Repo};
use super::super::{Answer, reply};
use super::{Call, message};

const LONGEST_TEXT: usize = 255;
const PIPELINE: u64 = 11;

impl Call<'_> {
    /// The state that is asked for, if the request is one that GitLab takes.
    fn checked_state(&self, repo: &Repo) -> Result<String, Reply> {
        let state = self.given("state").unwrap_or_default();
        if !["pending", "running", "success", "failed", "canceled", "skipped"].contains(&state.as_str()) {
            return Err(reply(400, &json!({"error": "state does not have a valid value"})));
        }
        for field in ["description", "name", "target_url"] {
            if self.given(field).is_some_and(|text| text.chars().count() > LONGEST_TEXT) {
                let why = "is too long (maximum is 255 characters)";
                return Err(reply(400, &json!({"message": {field: [why]}})));
            }
        }
        let number = self.given("pipeline_id");
        let is_known = number.as_deref().is_none_or(|number| number.parse() == Ok(PIPELINE));
        let wanted = self.given("ref");
        let fits = |known: &String| wanted.as_ref().is_none_or(|wanted| wanted == known);
        if number.is_some() && !(is_known && repo.pipeline_ref.as_ref().is_none_or(fits)) {
            return Err(message(404, "404 Pipeline for pipeline_id, sha and ref Not Found"));
        }
        Ok(state)
    }

    pub(super) fn create_status(&self, repo: &mut Repo, sha: &str) -> Answer {
        let state = self.checked_state(repo)?;
        let name = self.given("name").unwrap_or_else(|| "default".to_owned());
        let is_open = |status: &Value| {
            status["name"] == name.as_str()
                && status["sha"] == sha
                && ["pending", "running"].iter().any(|state| status["status"] == *state)
        };
        let made = json!({"id": repo.statuses.len() + 1, "sha": sha, "name": name, "status": state, "ref": self.given("ref"),
            "description": self.given("description"), "target_url": self.given("target_url"),
            "pipeline_id": PIPELINE, "author": {"username": BOT}});
        match repo.statuses.iter_mut().find(|status| is_open(status)) {
            Some(open) if open["status"] == state.as_str() => {
                let event = if state == "running" { "run" } else { "enqueue" };
                let why = format!(
                    "Cannot transition status via :{event} from :{state} (Reason(s): Status cannot transition via \"{event}\")"
                );
                return Err(message(400, &why));
            }
            Some(open) => {
                let id = open["id"].take();
                *open = made.clone();
                open["id"] = id;
            }
            None => repo.statuses.push(made.clone()),
        }
        Ok(reply(201, &made))
    }

    /// The statuses of a commit by name, the newest of each only.
    pub(super) fn statuses(&self, repo: &Repo, sha: &str) -> Answer {
        let name = self.asked("name");
        let fits = |status: &&Value| {
            status["sha"] == sha && name.as_ref().is_none_or(|name| status["name"] == name.as_str())
        };
        let mut shown: Vec<Value> = Vec::new();
        for status in repo.statuses.iter().rev().filter(fits) {
            if shown.iter().all(|newer| newer["name"] != status["name"]) {
                shown.push(status.clone());
            }
        }
        Ok(self.page(repo, shown))
    }
}
