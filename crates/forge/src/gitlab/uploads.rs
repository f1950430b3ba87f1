//! A project's uploads: the files that its comments show.
//!
//! In: a file. Out: the address `/uploads/SECRET/NAME`. GitLab resolves it against the project of the comment, below
//! whatever path the instance has; a whole address with that path in it is broken since GitLab 17.

use std::collections::BTreeMap;

use gitlab::api::endpoint_prelude::MultipartBuilder;
use http::Method;
use serde::Deserialize;

use super::wire::{Api, Own};
use crate::{Comment, TreeFile};
use cml_http::HttpError;

/// A content type must be known when the program is compiled, so the boundary is too; [`fits`] makes it safe.
const BOUNDARY: &str = "cml-upload-6f1d0c6b1e5b4a7c9d3e8f2a4b6c8d0e";
const CONTENT_TYPE: &str = "multipart/form-data; boundary=cml-upload-6f1d0c6b1e5b4a7c9d3e8f2a4b6c8d0e";
const SECRET_DIGITS: usize = 32;

#[derive(Deserialize)]
struct Stored {
    /// `/uploads/SECRET/NAME`
    url: String,
}

/// Stores one file.
pub(super) async fn store(api: &Api, file: &TreeFile) -> Result<String, HttpError> {
    if !fits(&file.bytes) {
        return Err(HttpError::NotSent {
            request: format!("upload {}", file.path),
            why: "its bytes hold the line that ends an upload".to_owned(),
        });
    }
    let mut form = MultipartBuilder::new(BOUNDARY);
    form.file_field("file", &file.path, &file.bytes);
    let mut endpoint = Own::of(api, Method::POST, "uploads");
    endpoint.body = Some((CONTENT_TYPE, form.finish()));
    let stored: Stored = api.ask(&endpoint).await?;
    let relative = address_of(&stored.url);
    relative.map(|(_, address)| address).ok_or_else(|| HttpError::Unknown {
        request: format!("upload {}", file.path),
        why: "the answer's address is not /uploads/…".to_owned(),
    })
}

/// The files that these comments show, by name. Names hold a hash of the content, so an equal name is an equal file.
pub(super) fn shown_in<'a>(comments: impl Iterator<Item = &'a Comment>) -> BTreeMap<String, String> {
    let all = comments
        .flat_map(|comment| comment.body.match_indices("/uploads/").map(|(at, _)| &comment.body[at..]));
    all.filter_map(address_of).collect()
}

fn fits(bytes: &[u8]) -> bool {
    bytes.windows(BOUNDARY.len()).all(|window| window != BOUNDARY.as_bytes())
}

/// The name and the address at the beginning of `text`, if one is there.
fn address_of(text: &str) -> Option<(String, String)> {
    let rest = text.strip_prefix("/uploads/")?;
    let (secret, rest) = rest.split_at_checked(SECRET_DIGITS)?;
    let rest = rest.strip_prefix('/').filter(|_| secret.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name = &rest[..rest.find(|c| !fine(c)).unwrap_or(rest.len())];
    (!name.is_empty()).then(|| (name.to_owned(), format!("/uploads/{secret}/{name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_again_in_our_own_comments() {
        let secret = "0123456789abcdef0123456789abcdef";
        let body =
            format!("<img src=\"/uploads/{secret}/a-1-light.png\" width=\"9\"> ![](/uploads/short/b.png)");
        let comment = Comment { id: 1, body, author: None, url: String::new() };
        let expected = ("a-1-light.png".to_owned(), format!("/uploads/{secret}/a-1-light.png"));
        assert_eq!(shown_in([comment].iter()), BTreeMap::from([expected]));
    }

    #[test]
    fn the_boundary_is_the_one_of_the_content_type() {
        assert_eq!(MultipartBuilder::new(BOUNDARY).content_type(), CONTENT_TYPE);
        assert!(fits(b"\x89PNG") && !fits(format!("x{BOUNDARY}y").as_bytes()));
    }
}
