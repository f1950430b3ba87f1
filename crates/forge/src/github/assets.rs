//! Files in a repository's own store, through GitHub's Git data API: for machines without Git.
//!
//! In: files, a ref's name and a date. Out: the commit under that ref. Everything before the ref is named by its
//! content, so it may be sent twice.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use octocrab::models::repos::CommitAuthor;

use super::wire::{Again, Api};
use crate::TreeFile;
use cml_base::ident::Sha;
use cml_http::HttpError;

/// GitHub asks not to be sent many writes at once.
const AT_ONCE: usize = 8;
/// The commit's author, as in `publish::push`: the same files then give the same commit either way.
const NAME: &str = "cml";
const EMAIL: &str = "cml@noreply.invalid";
/// Git ends a message with a line end; GitHub takes it as it comes.
const MESSAGE: &str = "Images of a report\n";

/// Anything that GitHub names by a hash.
#[derive(Deserialize)]
struct Object {
    sha: String,
}

#[derive(Deserialize)]
struct Reference {
    object: Object,
}

#[derive(Serialize)]
struct Entry<'a> {
    path: &'a str,
    mode: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    sha: String,
}

pub(super) async fn store(
    api: &Api,
    files: &[TreeFile],
    refname: &str,
    date: &str,
) -> Result<Sha, HttpError> {
    // A future does nothing before its turn: no more than eight pictures are packed for their way at once.
    let blobs: Vec<_> = files.iter().map(|file| entry(api, file)).collect();
    let entries: Vec<Entry<'_>> = stream::iter(blobs).buffered(AT_ONCE).try_collect().await?;
    let tree = made(api, "git/trees", &json!({ "tree": entries })).await?;
    let commit = commit(api, tree, date).await?;
    let reference = json!({ "ref": refname, "sha": commit.as_str() });
    match api.write::<Reference>(&Method::POST, "git/refs", &reference, Again::Harmless).await {
        Ok(_) => Ok(commit),
        Err(HttpError::Refused { status: 422, answer, .. }) if answer.contains("already exists") => {
            // The same pictures of another head have another date, so another commit, under the same ref.
            Ok(there(api, refname).await.unwrap_or(commit))
        }
        Err(error) => Err(error),
    }
}

async fn entry<'a>(api: &Api, file: &'a TreeFile) -> Result<Entry<'a>, HttpError> {
    let content = STANDARD.encode(&file.bytes);
    let made = api.call(Again::Harmless, |crab| async move {
        crab.git(&api.owner, &api.repo).create_blob(content).encoding("base64").send().await
    });
    Ok(Entry { path: &file.path, mode: "100644", kind: "blob", sha: made.await?.sha })
}

/// A commit of this tree without parents; its author is always the same.
async fn commit(api: &Api, tree: String, date: &str) -> Result<Sha, HttpError> {
    let bad = |why: String| HttpError::NotSent { request: "POST git/commits".to_owned(), why };
    let date = date.parse().map_err(|error| bad(format!("{date:?} is not a date: {error}")))?;
    let who = CommitAuthor { name: NAME.to_owned(), email: Some(EMAIL.to_owned()), date: Some(date) };
    let made = api.call(Again::Harmless, |crab| async move {
        let git = crab.git(&api.owner, &api.repo);
        git.create_commit(MESSAGE, tree).author(who.clone()).committer(who).send().await
    });
    sha("git/commits", &made.await?.sha)
}

/// The names of all refs below `start`, which begins with `refs/` and ends with `/`.
pub(super) async fn refs(api: &Api, start: &str) -> Result<Vec<String>, HttpError> {
    /// The one part of a reference that is asked for.
    #[derive(Deserialize)]
    struct Name {
        #[serde(rename = "ref")]
        name: String,
    }
    let below = start.strip_prefix("refs/").unwrap_or(start);
    let all: Vec<Name> = api.pages(&format!("git/matching-refs/{below}?per_page=100")).await?;
    Ok(all.into_iter().map(|reference| reference.name).collect())
}

/// Deletes a ref; one that is gone already counts as deleted.
pub(super) async fn delete_ref(api: &Api, name: &str) -> Result<(), HttpError> {
    match api.delete(&format!("git/{name}")).await {
        Err(HttpError::Refused { status: 404 | 422, answer, .. }) if answer.contains("does not exist") => {
            Ok(())
        }
        outcome => outcome,
    }
}

/// Makes an object and answers its name.
async fn made(api: &Api, path: &str, body: &(impl Serialize + Sync)) -> Result<String, HttpError> {
    let object: Object = api.write(&Method::POST, path, body, Again::Harmless).await?;
    Ok(object.sha)
}

async fn there(api: &Api, refname: &str) -> Option<Sha> {
    let name = refname.strip_prefix("refs/").unwrap_or(refname);
    let reference: Reference = api.get(&format!("git/ref/{name}")).await.ok()?;
    reference.object.sha.parse().ok()
}

fn sha(path: &str, text: &str) -> Result<Sha, HttpError> {
    text.parse()
        .map_err(|error| HttpError::Unknown { request: format!("POST {path}"), why: format!("{error}") })
}
