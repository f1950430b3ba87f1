//! The fields that GitHub's OpenAPI description requires beside those that matter here.
//!
//! In: what the routes know. Out: whole objects, so that a validator between a client and this forge is content.

use serde_json::{Value, json};

use super::super::{CHANGE, Repo};

pub(super) const DATE: &str = "2026-01-02T03:04:05Z";
/// Where the links that nobody follows point to.
const HERE: &str = "http://localhost/api/v3";

const USER_LINKS: [&str; 13] = [
    "avatar_url",
    "events_url",
    "followers_url",
    "following_url",
    "gists_url",
    "html_url",
    "organizations_url",
    "received_events_url",
    "repos_url",
    "starred_url",
    "subscriptions_url",
    "url",
    "gravatar_id",
];
const REPOSITORY_LINKS: [&str; 42] = [
    "archive_url",
    "assignees_url",
    "blobs_url",
    "branches_url",
    "collaborators_url",
    "comments_url",
    "commits_url",
    "compare_url",
    "contents_url",
    "contributors_url",
    "deployments_url",
    "downloads_url",
    "events_url",
    "forks_url",
    "git_commits_url",
    "git_refs_url",
    "git_tags_url",
    "hooks_url",
    "html_url",
    "issue_comment_url",
    "issue_events_url",
    "issues_url",
    "keys_url",
    "labels_url",
    "languages_url",
    "merges_url",
    "milestones_url",
    "notifications_url",
    "pulls_url",
    "releases_url",
    "stargazers_url",
    "statuses_url",
    "subscribers_url",
    "subscription_url",
    "tags_url",
    "teams_url",
    "trees_url",
    "url",
    "clone_url",
    "git_url",
    "ssh_url",
    "svn_url",
];
const REPOSITORY_COUNTS: [&str; 8] = [
    "forks",
    "forks_count",
    "open_issues",
    "open_issues_count",
    "size",
    "stargazers_count",
    "watchers",
    "watchers_count",
];
const REPOSITORY_SWITCHES: [&str; 9] = [
    "archived",
    "disabled",
    "fork",
    "has_downloads",
    "has_issues",
    "has_pages",
    "has_projects",
    "has_wiki",
    "private",
];
const PULL_LINKS: [&str; 9] = [
    "comments_url",
    "commits_url",
    "diff_url",
    "html_url",
    "issue_url",
    "patch_url",
    "review_comment_url",
    "review_comments_url",
    "statuses_url",
];

/// Adds each of these fields, made from its name.
fn fill(mut object: Value, names: &[&str], value: impl Fn(&str) -> Value) -> Value {
    for name in names {
        object[*name] = value(name);
    }
    object
}

fn link(name: &str) -> Value {
    format!("{HERE}/{name}").into()
}

/// An account; GitHub shows the comments of a deleted one without a user.
pub(super) fn user(login: &str) -> Value {
    if login.is_empty() {
        return Value::Null;
    }
    let kind = if login.ends_with("[bot]") { "Bot" } else { "User" };
    fill(
        json!({"login": login, "id": 1, "node_id": "U_1", "type": kind, "site_admin": false}),
        &USER_LINKS,
        link,
    )
}

/// A repository by its `owner/name`.
pub(super) fn repository(full_name: &str) -> Value {
    let (owner, name) = full_name.split_once('/').unwrap_or(("o", full_name));
    let known = json!({"id": 1, "node_id": "R_1", "name": name, "full_name": full_name, "owner": user(owner),
        "description": null, "homepage": null, "language": null, "license": null, "mirror_url": null,
        "default_branch": "main", "pushed_at": DATE, "created_at": DATE, "updated_at": DATE});
    let known = fill(known, &REPOSITORY_LINKS, link);
    let known = fill(known, &REPOSITORY_COUNTS, |_| 0.into());
    fill(known, &REPOSITORY_SWITCHES, |_| false.into())
}

/// All pull requests as they are now.
pub(super) fn pulls(repo: &Repo) -> Vec<Value> {
    let other = |(number, head_repo, base): &(u64, String, String)| {
        let mut pull = pull(repo);
        pull["number"] = (*number).into();
        pull["state"] = "open".into();
        pull["head"]["repo"] = repository(head_repo);
        pull["head"]["label"] = format!("{}:feature", head_repo.split('/').next().unwrap_or_default()).into();
        pull["base"]["ref"] = base.as_str().into();
        pull
    };
    std::iter::once(pull(repo)).chain(repo.others.iter().map(other)).collect()
}

/// The pull request as it is now.
pub(super) fn pull(repo: &Repo) -> Value {
    let side = |sha: &Option<String>, branch: &str, name: &str| {
        let owner = name.split('/').next().unwrap_or_default();
        json!({"sha": sha.as_deref().unwrap_or_default(), "ref": branch, "label": format!("{owner}:{branch}"),
            "user": user(owner), "repo": repository(name)})
    };
    let links =
        ["comments", "commits", "statuses", "html", "issue", "review_comments", "review_comment", "self"];
    let links = fill(json!({}), &links, |name| json!({"href": link(name)}));
    let known = json!({"number": CHANGE, "state": if repo.is_closed { "closed" } else { "open" }, "id": 1, "node_id": "PR_1", "title": "feature",
        "head": side(&repo.head, "feature", repo.head_repo.as_deref().unwrap_or("o/r")),
        "base": side(&repo.merge_base, "main", "o/r"),
        "url": link("pulls/7"), "user": user("o"), "body": null, "labels": [], "milestone": null,
        "assignee": null, "locked": false, "author_association": "MEMBER", "auto_merge": null,
        "created_at": DATE, "updated_at": DATE, "closed_at": null, "merged_at": null,
        "merge_commit_sha": null, "_links": links,
        "additions": 1, "changed_files": 1, "comments": 0, "commits": 1, "deletions": 0, "mergeable": true,
        "mergeable_state": "clean", "merged": false, "maintainer_can_modify": false, "merged_by": null,
        "review_comments": 0});
    fill(known, &PULL_LINKS, link)
}

/// A comment with the fields that its kind must have.
pub(super) fn comment(mut known: Value, on_commit: Option<&str>) -> Value {
    known["node_id"] = "C_1".into();
    known["author_association"] = "MEMBER".into();
    known["created_at"] = DATE.into();
    known["updated_at"] = DATE.into();
    match on_commit {
        Some(sha) => {
            known["commit_id"] = sha.into();
            fill(known, &["path", "position", "line"], |_| Value::Null)
        }
        None => fill(known, &["issue_url"], link),
    }
}

/// What the Git data API answers to `kind` (`blobs`, `trees`, `commits`).
pub(super) fn stored(kind: &str, sha: &str, url: &str) -> Value {
    let known = json!({"sha": sha, "url": url});
    let person = json!({"name": "cml", "email": "cml@localhost", "date": DATE});
    match kind {
        "trees" => {
            fill(known, &["tree", "truncated"], |name| if name == "tree" { json!([]) } else { false.into() })
        }
        "commits" => {
            let verification = json!({"verified": false, "reason": "unsigned", "signature": null,
                "payload": null, "verified_at": null});
            let more = json!({"sha": sha, "url": url, "node_id": "C_1", "html_url": link("commit"),
                "author": person, "committer": person, "tree": {"sha": sha, "url": url}, "message": "m",
                "parents": [], "verification": verification});
            more
        }
        _ => known,
    }
}

/// A check run with the fields that it must have.
pub(super) fn check_run(run: &Value) -> Value {
    let mut whole = run.clone();
    let count = run["output"]["annotations"].as_array().map_or(0, Vec::len);
    whole["output"]["text"] = Value::Null;
    whole["output"]["annotations_count"] = count.into();
    whole["output"]["annotations_url"] = link("annotations");
    let app = json!({"id": 1, "node_id": "A_1", "owner": user("o"), "name": "Actions", "description": null,
        "external_url": link("app"), "html_url": link("app"), "created_at": DATE, "updated_at": DATE,
        "permissions": {}, "events": []});
    let known = json!({"node_id": "CR_1", "url": link("check-runs/1"), "started_at": DATE,
        "completed_at": DATE, "check_suite": {"id": 1}, "app": app, "pull_requests": []});
    for (name, value) in known.as_object().into_iter().flatten() {
        whole[name] = value.clone();
    }
    for name in ["conclusion", "details_url", "external_id"] {
        if whole.get(name).is_none() {
            whole[name] = Value::Null;
        }
    }
    whole
}
