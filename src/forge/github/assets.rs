//! Files in a repository's own store, through GitHub's Git data API: for machines without Git.
//!
//! In: files, a ref's name and a date. Out: the commit under that ref. Everything before the ref is named by its
//! content, so it may be sent twice.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::wire::{Again, Api};
use crate::forge::TreeFile;
use crate::http::HttpError;
use crate::ident::Sha;

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
    let mut entries = Vec::with_capacity(files.len());
    for file in files {
        let content = json!({ "content": STANDARD.encode(&file.bytes), "encoding": "base64" });
        let blob = made(api, "git/blobs", &content).await?;
        entries.push(Entry { path: &file.path, mode: "100644", kind: "blob", sha: blob });
    }
    let tree = made(api, "git/trees", &json!({ "tree": entries })).await?;
    let who = json!({ "name": NAME, "email": EMAIL, "date": date });
    let commit = json!({ "message": MESSAGE, "tree": tree, "parents": [], "author": who, "committer": who });
    let commit = sha("git/commits", &made(api, "git/commits", &commit).await?)?;
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
