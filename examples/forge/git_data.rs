//! The Git data API: blobs, trees, commits and refs, with names made from their content.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::{Reply, Repo};
use super::shapes::DATE;
use super::{Answer, invalid, message, name_of, refused, reply};

/// Where a thing could be read again, were this a real forge.
const URL: &str = "http://127.0.0.1/thing";

/// What a real repository holds: `GET git/commits/SHA`, `git/trees/SHA` (recursive), `git/blobs/SHA`.
pub(super) fn of_git(repository: &Path, names: &[&str]) -> Answer {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(repository).args(arguments).output();
        output
            .ok()
            .filter(|output| output.status.success())
            .map(|output| output.stdout)
            .ok_or_else(|| refused(404))
    };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    match names {
        ["commits", sha] => {
            let parents = text(git(&["show", "--no-patch", "--format=%P", sha])?);
            let parents: Vec<Value> = parents
                .split_whitespace()
                .map(|sha| json!({"sha": sha, "url": URL, "html_url": URL}))
                .collect();
            let tree = text(git(&["show", "--no-patch", "--format=%T", sha])?);
            let who = json!({"name": "t", "email": "t@example.com", "date": DATE});
            let verification = json!({"verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null});
            Ok(reply(
                200,
                &json!({
                    "sha": sha, "node_id": "n", "url": URL, "html_url": URL, "message": "m", "author": who,
                    "committer": who, "tree": {"sha": tree.trim(), "url": URL}, "parents": parents,
                    "verification": verification,
                }),
            ))
        }
        ["trees", sha] => {
            let listing = text(git(&["ls-tree", "-r", "-t", sha])?);
            let entries = listing.lines().filter_map(|line| {
                let (meta, path) = line.split_once('\t')?;
                let words: Vec<&str> = meta.split(' ').collect();
                Some(json!({"path": path, "mode": words[0], "type": words[1], "sha": words[2]}))
            });
            Ok(reply(200, &json!({"sha": sha, "tree": entries.collect::<Vec<_>>(), "truncated": false})))
        }
        ["blobs", sha] => {
            let bytes = git(&["cat-file", "blob", sha])?;
            let (size, content) = (bytes.len(), STANDARD.encode(bytes));
            Ok(reply(
                200,
                &json!({"sha": sha, "node_id": "n", "url": URL, "size": size, "encoding": "base64", "content": content + "\n"}),
            ))
        }
        _ => Err(refused(404)),
    }
}

/// The same as GitLab shows it: `GET repository/tree`, `repository/blobs/SHA/raw`, `repository/commits/SHA`.
pub(super) fn of_git_on_gitlab(repository: &Path, names: &[&str], commit: &str) -> Answer {
    match names {
        ["tree"] => {
            let shown: Value = json_of(of_git(repository, &["trees", commit])?);
            let entries = shown["tree"].as_array().into_iter().flatten().map(|entry| {
                json!({"id": entry["sha"], "type": entry["type"], "path": entry["path"], "mode": entry["mode"]})
            });
            Ok(reply(200, &entries.collect()))
        }
        ["blobs", sha, "raw"] => {
            let shown: Value = json_of(of_git(repository, &["blobs", sha])?);
            let packed = shown["content"].as_str().unwrap_or_default().trim();
            let body = STANDARD.decode(packed).map_err(|_| refused(500))?;
            Ok(Reply { status: 200, headers: Vec::new(), body })
        }
        ["commits", sha] => {
            let shown: Value = json_of(of_git(repository, &["commits", sha])?);
            let parents: Value = shown["parents"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|parent| parent["sha"].clone())
                .collect();
            Ok(reply(200, &json!({"id": sha, "parent_ids": parents})))
        }
        _ => Err(refused(404)),
    }
}

fn json_of(reply: Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap_or_default()
}

pub(super) fn store_blob(repo: &mut Repo, body: &Value) -> Result<String, Reply> {
    let content = body["content"].as_str().ok_or_else(|| refused(422))?;
    let bytes = if body["encoding"] == "base64" {
        let packed: String = content.split_whitespace().collect();
        STANDARD.decode(packed).map_err(|_| message(422, "content is not valid Base64"))?
    } else {
        content.as_bytes().to_vec()
    };
    let name = name_of("blob", &bytes);
    repo.blobs.insert(name.clone(), bytes);
    Ok(name)
}

pub(super) fn store_tree(repo: &mut Repo, body: &Value) -> Result<String, Reply> {
    let known = |trees: &BTreeMap<String, BTreeMap<String, String>>, sha: &Value| {
        trees
            .get(sha.as_str().unwrap_or_default())
            .cloned()
            .ok_or_else(|| message(422, "tree.sha is not a valid tree"))
    };
    let mut tree = match &body["base_tree"] {
        Value::Null => BTreeMap::new(),
        sha => known(&repo.trees, sha)?,
    };
    let entries = body["tree"].as_array().filter(|entries| !entries.is_empty());
    for entry in entries.ok_or_else(|| message(422, "Invalid tree info"))? {
        let path = entry["path"].as_str().filter(|path| !path.is_empty() && !path.starts_with('/'));
        let path = path.ok_or_else(|| message(422, "tree.path contains a malformed path component"))?;
        if entry["type"] == "tree" {
            let inner = known(&repo.trees, &entry["sha"])?;
            tree.extend(inner.into_iter().map(|(name, blob)| (format!("{path}/{name}"), blob)));
        } else if entry["content"].is_string() {
            tree.insert(path.to_owned(), store_blob(repo, entry)?);
        } else {
            let blob = entry["sha"].as_str().filter(|sha| repo.blobs.contains_key(*sha));
            let blob = blob.ok_or_else(|| message(422, "tree.sha is not a valid blob"))?;
            tree.insert(path.to_owned(), blob.to_owned());
        }
    }
    let name = name_of("tree", json!(tree).to_string().as_bytes());
    repo.trees.insert(name.clone(), tree);
    Ok(name)
}

pub(super) fn store_commit(repo: &mut Repo, body: &Value) -> Result<String, Reply> {
    let tree = body["tree"].as_str().filter(|sha| repo.trees.contains_key(*sha));
    let tree = tree.ok_or_else(|| message(422, "Tree SHA does not exist"))?;
    if !body["message"].is_string() {
        return Err(invalid(&json!({"resource": "Commit", "code": "missing_field", "field": "message"})));
    }
    let name = name_of("commit", body.to_string().as_bytes());
    repo.commits.insert(name.clone(), tree.to_owned());
    Ok(name)
}

pub(super) fn create_ref(repo: &mut Repo, body: &Value) -> Answer {
    let name = body["ref"].as_str().unwrap_or_default();
    if !name.starts_with("refs/") || name.split('/').count() < 3 {
        return Err(message(422, "Reference name must start with 'refs/' and contain at least two slashes."));
    }
    let commit = body["sha"].as_str().filter(|sha| repo.commits.contains_key(*sha));
    let commit = commit.ok_or_else(|| message(422, "Object does not exist"))?;
    if repo.refs.contains_key(name) {
        return Err(message(422, "Reference already exists"));
    }
    repo.refs.insert(name.to_owned(), commit.to_owned());
    Ok(reply(201, &shown_ref(name, commit)))
}

pub(super) fn shown_ref(name: &str, commit: &str) -> Value {
    let url = format!("http://localhost/{name}");
    json!({"ref": name, "node_id": "R_1", "url": url, "object": {"type": "commit", "sha": commit, "url": url}})
}
