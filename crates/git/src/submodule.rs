//! The clones of submodules: found where the work tree has them, and read like our own.

use std::sync::Arc;

use super::{Repository, place};
use cml_base::ident::Sha;
use cml_base::tree::RevisionError;

/// What to say of a submodule that is not checked out.
pub(super) const NOT_HERE: &str = "it is a submodule that is not checked out; check out with submodules, or run `git submodule update --init`";

impl Repository {
    /// The clone of the submodule at `path`, from the work tree's top; `None` if it is not checked out. It stands at that
    /// very place: a link on the way could lead to a clone that has nothing to do with this one.
    pub(super) fn submodule(&self, path: &str) -> Option<Self> {
        let top = self.root.canonicalize().ok()?.join(path);
        let place = place::find(&top).ok().filter(|place| place.root == top)?;
        Some(Self {
            git: Arc::new(self.git.at(&place)),
            root: place.root,
            prefix: place.prefix,
            is_shallow: false,
            batch: Arc::default(),
            remotes: Arc::default(),
            // The token belongs to our own remote, and is not offered to others.
            online: Arc::default(),
            notice: None,
        })
    }

    /// The submodule's own files at `commit`, or why they cannot be read.
    pub(super) fn submodule_tree(&self, path: &str, commit: &str) -> Result<super::Whole, String> {
        let repo = self.submodule(path).ok_or_else(|| NOT_HERE.to_owned())?;
        let sha: Sha = commit.parse().map_err(|why| format!("its commit cannot be read: {why}"))?;
        if !repo.has(&sha) {
            let short = sha.short();
            return Err(format!(
                "it is a submodule at {short}, which its clone does not have; run `git -C {path} fetch --unshallow`, or \
                 check it out with its history"
            ));
        }
        repo.whole(&sha, "").map_err(|error: RevisionError| error.to_string())
    }
}
