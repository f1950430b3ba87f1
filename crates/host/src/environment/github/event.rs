//! GitHub's events: what the event's JSON and the job's variables say about why we run.
//!
//! In: the snapshot and the event. Out: a [`Situation`] and the head commit.

use serde_json::Value;

use super::owned;
use crate::environment::{Env, Situation};
use cml_base::ident::{ChangeNumber, Sha};
use cml_base::notice::Notice;

/// The event, or nothing and a notice.
pub(super) fn read(env: &Env, notices: &mut Vec<Notice>) -> Value {
    match &env.event {
        Some(Ok(value)) => value.clone(),
        Some(Err(why)) => {
            notices.push(Notice::new(format!("{why}; what it says is guessed from the job's variables")));
            Value::Null
        }
        None => Value::Null,
    }
}

/// Why the job runs.
pub(super) fn situation(env: &Env, event: &Value, notices: &mut Vec<Notice>) -> Situation {
    let name = env.get("GITHUB_EVENT_NAME").unwrap_or("unknown");
    let found = match name {
        "push" => push(env, event),
        "workflow_dispatch" => dispatch(env, event),
        _ if name.starts_with("pull_request") => {
            let change = change(env, event);
            if change.is_none() {
                let why = "neither the event nor GITHUB_REF has the pull request's number; set --pr";
                notices.push(Notice::about(name, why));
            }
            change
        }
        "issue_comment" => commented(event),
        "workflow_run" => workflow_run(event),
        "merge_group" => Some(merge_group(event)),
        _ => None,
    };
    found.unwrap_or_else(|| Situation::Other { event: name.to_owned() })
}

fn change(env: &Env, event: &Value) -> Option<Situation> {
    let from_ref = || env.get("GITHUB_REF")?.strip_prefix("refs/pull/")?.split('/').next()?.parse().ok();
    let number = event.pointer("/pull_request/number").and_then(Value::as_u64).or_else(from_ref)?;
    let text = |path: &str| text(event, path);
    let base_branch = text("/pull_request/base/ref").or_else(|| owned(env, "GITHUB_BASE_REF"));
    let (base_repo, head_repo) =
        (text("/pull_request/base/repo/full_name"), text("/pull_request/head/repo/full_name"));
    let actor = owned(env, "GITHUB_ACTOR").or_else(|| text("/pull_request/user/login"));
    Some(Situation::Change {
        number: ChangeNumber(number),
        base: sha(event, "/pull_request/base/sha"),
        base_branch: base_branch.unwrap_or_default(),
        head: sha(event, "/pull_request/head/sha"),
        head_branch: text("/pull_request/head/ref").or_else(|| owned(env, "GITHUB_HEAD_REF")),
        // A fork that was deleted has no repository; without an event nothing is known.
        fork: base_repo.is_some() && base_repo != head_repo,
        dependabot: actor.as_deref() == Some("dependabot[bot]"),
    })
}

/// A push to a branch; a pushed tag is none.
fn push(env: &Env, event: &Value) -> Option<Situation> {
    let name = text(event, "/ref").or_else(|| owned(env, "GITHUB_REF"))?;
    let branch = name.strip_prefix("refs/heads/")?.to_owned();
    let default_branch = text(event, "/repository/default_branch");
    Some(Situation::Push { branch, default_branch, before: sha(event, "/before") })
}

/// A run that somebody started for a branch; for a tag it is none.
fn dispatch(env: &Env, event: &Value) -> Option<Situation> {
    let name = text(event, "/ref").or_else(|| owned(env, "GITHUB_REF"))?;
    let branch = name.strip_prefix("refs/heads/")?.to_owned();
    Some(Situation::Dispatch { branch, default_branch: text(event, "/repository/default_branch") })
}

/// A comment on a pull request; one on an issue speaks of no change.
fn commented(event: &Value) -> Option<Situation> {
    event.pointer("/issue/pull_request").filter(|link| link.is_object())?;
    let number = event.pointer("/issue/number")?.as_u64()?;
    Some(Situation::Named { number: ChangeNumber(number) })
}

/// The run that another workflow has ended. Its list of pull requests is empty for forks, and its numbers count only
/// with the head that they are asked for; what its artifacts say is under their author's control. Its repository,
/// branch and commit are GitHub's own words.
fn workflow_run(event: &Value) -> Option<Situation> {
    Some(Situation::Workflow {
        head_repo: text(event, "/workflow_run/head_repository/full_name")?,
        head_branch: text(event, "/workflow_run/head_branch")?,
        head: sha(event, "/workflow_run/head_sha")?,
        numbers: numbers(event),
    })
}

fn numbers(event: &Value) -> Vec<ChangeNumber> {
    let listed = event.pointer("/workflow_run/pull_requests").and_then(Value::as_array);
    let number = |pull: &Value| pull.get("number").and_then(Value::as_u64).map(ChangeNumber);
    // More than a few are no answer to the question which one it is.
    listed.into_iter().flatten().filter_map(number).take(10).collect()
}

/// A merge queue's try: `refs/heads/gh-readonly-queue/BASE_BRANCH/pr-NUMBER-BASE_SHA`.
fn merge_group(event: &Value) -> Situation {
    let base_ref = text(event, "/merge_group/base_ref").unwrap_or_default();
    let head_ref = text(event, "/merge_group/head_ref").unwrap_or_default();
    let number = head_ref
        .rsplit_once("/pr-")
        .and_then(|(_, rest)| rest.split('-').next()?.parse().ok())
        .map(ChangeNumber);
    let base_branch = base_ref.strip_prefix("refs/heads/").unwrap_or(&base_ref).to_owned();
    Situation::Queue { number, base: sha(event, "/merge_group/base_sha"), base_branch }
}

/// The commit that the event speaks of, never a merge commit of the CI.
pub(super) fn head(env: &Env, event: &Value, situation: &Situation) -> Option<Sha> {
    let own = || env.get("GITHUB_SHA")?.parse().ok();
    match situation {
        // GITHUB_SHA is the merge commit here (or the base's), never the head.
        Situation::Change { head, .. } => head.clone(),
        Situation::Push { .. } => sha(event, "/after").or_else(own),
        Situation::Workflow { head, .. } => Some(head.clone()),
        Situation::Queue { .. } => sha(event, "/merge_group/head_sha").or_else(own),
        // GITHUB_SHA is the default branch's here; the change's head has to be asked for.
        Situation::Named { .. } => None,
        _ => own(),
    }
}

/// The merges of the change into its target that GitHub has made: the commit of the job, where the job runs for the
/// change's own ref of them, and the one that the event names.
pub(super) fn merges(env: &Env, event: &Value, situation: &Situation) -> Vec<Sha> {
    let Situation::Change { number, .. } = situation else { return Vec::new() };
    let of_job = || {
        let is_merge = env.get("GITHUB_REF")? == format!("refs/pull/{}/merge", number.0);
        env.get("GITHUB_SHA")?.parse().ok().filter(|_| is_merge)
    };
    of_job().into_iter().chain(sha(event, "/pull_request/merge_commit_sha")).collect()
}

/// The ref that the job runs for, with its commit. The branch of a push may be a change's own; a merge queue's says
/// what it stands on.
pub(super) fn told_ref(env: &Env, situation: &Situation) -> Option<(String, Sha)> {
    if let Situation::Queue { base, base_branch, .. } = situation {
        return Some((format!("refs/heads/{base_branch}"), base.clone()?));
    }
    let name = env.get("GITHUB_REF")?;
    let is_branch = name.starts_with("refs/heads/") && env.get("GITHUB_EVENT_NAME") != Some("push");
    let is_told = is_branch || name.starts_with("refs/tags/");
    Some((name.to_owned(), env.get("GITHUB_SHA")?.parse().ok()?)).filter(|_| is_told)
}

fn text(event: &Value, path: &str) -> Option<String> {
    event.pointer(path)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A commit's name; zeros ("no commit") count as absent.
fn sha(event: &Value, path: &str) -> Option<Sha> {
    event.pointer(path)?.as_str()?.parse().ok().filter(|sha: &Sha| !sha.is_zero())
}
