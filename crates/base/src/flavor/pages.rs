//! Addresses of pages that people see.

use super::Flavor;
use crate::ident::{RepoUrl, Sha};

impl Flavor {
    /// The page of a commit.
    pub fn commit_page(&self, repo: &RepoUrl, sha: &Sha) -> String {
        format!("{repo}/{}/{sha}", self.commit_folder)
    }
}
