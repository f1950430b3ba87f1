//! One note, GitLab's word for a comment.

use serde::Deserialize;

use super::wire::Api;
use crate::{Comment, Target};

/// A note as GitLab sends it; any field but its number may be missing or null.
#[derive(Deserialize)]
pub(super) struct Note {
    pub(super) id: u64,
    body: Option<String>,
    author: Option<Author>,
    #[serde(default)]
    pub(super) resolvable: bool,
    #[serde(default)]
    pub(super) resolved: bool,
}

#[derive(Deserialize)]
struct Author {
    username: Option<String>,
}

impl Note {
    pub(super) fn on(self, api: &Api, on: &Target) -> Comment {
        let thing = match on {
            Target::Change(number) => format!("merge_requests/{number}"),
            Target::Issue(number) => format!("issues/{number}"),
            Target::Commit(sha) => format!("commit/{sha}"),
        };
        Comment {
            id: self.id,
            body: self.body.unwrap_or_default(),
            author: self.author.and_then(|author| author.username),
            url: format!("{}/-/{thing}#note_{}", api.page, self.id),
        }
    }
}
