//! The newest commit of the branch that a change is to be merged into, as far as the clone and its remote tell.
//!
//! In: the clone and the context. Out: commits; which of them is believed is the caller's to say.

use super::Repository;
use super::fetch::remote_branch;
use crate::environment::{Context, Situation};
use crate::ident::{Secret, Sha};

/// The target's commit under the merge that the CI made to test the change, if that is what is checked out. The CI
/// names its merge: one that the author of a change made himself could have any first parent.
pub fn merged_into(repo: &Repository, context: &Context) -> Option<Sha> {
    let Situation::Change { head: Some(own), .. } = &context.situation else { return None };
    let merge = repo.resolve("HEAD").ok()?;
    if context.runner.checked_out.as_ref() != Some(&merge) || merge == *own {
        return None;
    }
    match &repo.commit(merge.as_str()).ok()?.parents[..] {
        [target, topic] if topic == own => Some(target.clone()),
        _ => None,
    }
}

/// The branch's commit on the remote now; `None` if the remote does not answer.
pub fn asked(repo: &Repository, branch: &str, token: Option<&Secret>) -> Option<Sha> {
    remote_branch(repo, branch, token)
}

/// The branch's commit as this clone and the event last knew it: the newer of the two.
pub fn last_known(repo: &Repository, branch: &str, event: Option<&Sha>) -> Option<Sha> {
    let remote = repo.remote_name();
    let fetched = remote.and_then(|remote| repo.resolve(&format!("refs/remotes/{remote}/{branch}")).ok());
    match (fetched, event) {
        (Some(fetched), Some(event)) if repo.merge_base(&fetched, event).as_ref() == Some(event) => {
            Some(fetched)
        }
        (fetched, event) => event.cloned().or(fetched),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::{Env, detect};
    use crate::ident::ChangeNumber;
    use crate::revision::testing::Sandbox;

    fn context(own: &Sha, checked_out: Option<&Sha>) -> Context {
        let mut context = detect(&Env::default(), None, None);
        context.runner.checked_out = checked_out.cloned();
        context.situation = Situation::Change {
            number: ChangeNumber(7),
            base: None,
            base_branch: "main".to_owned(),
            head: Some(own.clone()),
            head_branch: None,
            fork: false,
            dependabot: false,
        };
        context
    }

    #[test]
    fn only_the_cis_own_merge_speaks_for_the_target() {
        let sandbox = Sandbox::new();
        sandbox.commit("m", "0");
        sandbox.git(&["checkout", "-q", "-b", "feature"]);
        let own = sandbox.commit("x", "1");
        sandbox.git(&["checkout", "-q", "main"]);
        let target = sandbox.commit("m", "2");
        sandbox.git(&["merge", "-q", "--no-ff", "-m", "merge", "feature"]);
        let merge = sandbox.head();
        let repo = sandbox.repo();
        let check = |own: &Sha, checked_out: Option<&Sha>, expected: Option<&Sha>| {
            assert_eq!(merged_into(&repo, &context(own, checked_out)).as_ref(), expected);
        };
        check(&own, Some(&merge), Some(&target));
        // A merge that is checked out by the branch's name is its author's, and so is a head that is a merge.
        check(&own, None, None);
        check(&own, Some(&own), None);
        check(&merge, Some(&merge), None);
        check(&target, Some(&merge), None);
    }

    #[test]
    fn the_newer_of_what_was_known_counts() {
        let origin = Sandbox::new();
        let older = origin.commit("m", "0");
        let newer = origin.commit("m", "1");
        let clone = Sandbox::clone_of(&origin, &[]);
        let repo = clone.repo();
        let unknown: Sha = "1".repeat(40).parse().unwrap();
        let check = |event: Option<&Sha>, expected: &Sha| {
            assert_eq!(last_known(&repo, "main", event).as_ref(), Some(expected));
        };
        check(None, &newer);
        check(Some(&older), &newer);
        check(Some(&newer), &newer);
        check(Some(&unknown), &unknown);
        assert_eq!(last_known(&repo, "other", Some(&older)).as_ref(), Some(&older));
        assert_eq!(asked(&repo, "main", None).as_ref(), Some(&newer));
    }
}
