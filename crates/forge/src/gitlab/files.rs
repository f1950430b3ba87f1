//! A commit's files through the repository's interface, where there is no clone to read them from.
//!
//! In: a commit, then the names of objects. Out: its list of files, then their contents.

use gitlab::api::Endpoint as _;
use gitlab::api::projects::repository::{branches, commits};
use http::Method;
use serde::Deserialize;

use super::wire::{Api, Own, built};
use crate::answer::strange;
use cml_base::ident::Sha;
use cml_base::tree::ListedFile;
use cml_http::HttpError;

#[derive(Deserialize)]
struct Entry {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    path: String,
    mode: String,
}

#[derive(Deserialize)]
struct Commit {
    #[serde(default)]
    parent_ids: Vec<String>,
}

#[derive(Deserialize)]
struct Branch {
    commit: Named,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// A branch's newest commit.
pub(super) async fn tip(api: &Api, branch: &str) -> Result<Sha, HttpError> {
    let mut endpoint = branches::Branch::builder();
    endpoint.project(api.project.as_str()).branch(branch);
    let endpoint = built(endpoint.build())?;
    let branch: Branch = api.ask(&endpoint).await?;
    branch.commit.id.parse().map_err(|why| strange(&Method::GET, &endpoint.endpoint(), 200, format!("{why}")))
}

/// The parents of a commit, first first.
pub(super) async fn parents(api: &Api, commit: &Sha) -> Result<Vec<Sha>, HttpError> {
    let mut endpoint = commits::Commit::builder();
    endpoint.project(api.project.as_str()).commit(commit.as_str());
    let commit: Commit = api.ask(&built(endpoint.build())?).await?;
    Ok(commit.parent_ids.iter().filter_map(|parent| parent.parse().ok()).collect())
}

/// All files, page by page; more pages than are read are an error, as half a list would report wrongly.
pub(super) async fn list(api: &Api, commit: &Sha) -> Result<Vec<ListedFile>, HttpError> {
    // The crate's own endpoint sends these in the body of a GET, which a proxy may drop.
    let endpoint = Own::of(api, Method::GET, "repository/tree")
        .with_query("ref", commit.as_str())
        .with_query("recursive", "true")
        .with_query("pagination", "keyset");
    let entries: Vec<Entry> = api.pages(&endpoint).await?;
    let files = entries.into_iter().filter(|entry| entry.kind == "blob");
    let file =
        |entry: Entry| ListedFile { path: entry.path, object: entry.id, is_link: entry.mode == "120000" };
    Ok(files.map(file).collect())
}

/// One file's content.
pub(super) async fn read(api: &Api, object: &str) -> Result<Vec<u8>, HttpError> {
    let name = gitlab::api::common::path_escaped(object).to_string();
    api.bytes(&Own::of(api, Method::GET, &format!("repository/blobs/{name}/raw"))).await
}
