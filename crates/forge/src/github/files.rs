//! A commit's files through the Git data API, where there is no clone to read them from.
//!
//! In: a commit, then the names of objects. Out: its list of files, then their contents.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use octocrab::models::repos::Object;
use octocrab::params::repos::Reference;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::wire::{Again, Api};
use crate::answer::strange;
use cml_base::ident::Sha;
use cml_base::tree::ListedFile;
use cml_http::HttpError;

/// A branch's name in an address: its slashes stay.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.');

#[derive(Deserialize)]
struct Listing {
    tree: Vec<Entry>,
    #[serde(default)]
    truncated: bool,
}

#[derive(Deserialize)]
struct Entry {
    path: String,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    sha: String,
}

#[derive(Deserialize)]
struct Blob {
    content: String,
}

/// A branch's newest commit.
pub(super) async fn tip(api: &Api, branch: &str) -> Result<Sha, HttpError> {
    let name = Reference::Branch(utf8_percent_encode(branch, NAME).to_string());
    let tip =
        api.call(Again::Harmless, |crab| async move { crab.git(&api.owner, &api.repo).get_ref(&name).await });
    match tip.await?.object {
        Object::Commit { sha, .. } => sha.parse().map_err(|why| bad_tip(branch, format!("{why}"))),
        other => Err(bad_tip(branch, format!("it is not a commit: {other:?}"))),
    }
}

fn bad_tip(branch: &str, why: String) -> HttpError {
    strange(&http::Method::GET, &format!("git/ref/heads/{branch}"), 200, why)
}

/// The parents of a commit, first first.
pub(super) async fn parents(api: &Api, commit: &Sha) -> Result<Vec<Sha>, HttpError> {
    let commit = api.call(Again::Harmless, |crab| async move {
        crab.git(&api.owner, &api.repo).get_commit(commit.as_str()).await
    });
    Ok(commit.await?.parents.iter().filter_map(|parent| parent.sha.as_ref()?.parse().ok()).collect())
}

/// All files; GitHub cuts a list at 100,000 entries, which is an error here: half a list would report wrongly.
pub(super) async fn list(api: &Api, commit: &Sha) -> Result<Vec<ListedFile>, HttpError> {
    let path = format!("git/trees/{commit}?recursive=1");
    let listing: Listing = api.get(&path).await?;
    if listing.truncated {
        let why =
            "the repository has too many files to be listed by the API; check it out with git".to_owned();
        return Err(strange(&http::Method::GET, &path, 200, why));
    }
    let files = listing.tree.into_iter().filter(|entry| entry.kind == "blob");
    let file =
        |entry: Entry| ListedFile { path: entry.path, object: entry.sha, is_link: entry.mode == "120000" };
    Ok(files.map(file).collect())
}

/// One file's content.
pub(super) async fn read(api: &Api, object: &str) -> Result<Vec<u8>, HttpError> {
    let path = format!("git/blobs/{object}");
    let blob: Blob = api.get(&path).await?;
    let packed: String = blob.content.split_ascii_whitespace().collect();
    STANDARD.decode(packed).map_err(|error| {
        strange(&http::Method::GET, &path, 200, format!("its content is not Base64 ({error})"))
    })
}
