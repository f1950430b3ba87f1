//! The newest commit of the branch that a change is to be merged into, as far as the clone and its remote tell.
//!
//! In: the clone and the context. Out: commits; which of them is believed is the caller's to say.

use super::Repository;
use super::fetch::remote_branch;
use cml_base::ident::{Secret, Sha};
use cml_host::environment::{Context, Situation};

/// The target's commit under the merge that the CI made to test the change, if that is what is checked out. The CI
/// names its merge: one that the author of a change made himself could have any first parent.
pub fn merged_into(repo: &Repository, context: &Context) -> Option<Sha> {
    let Situation::Change { head: Some(own), .. } = &context.situation else { return None };
    let merge = repo.resolve("HEAD").ok()?;
    if !context.is_ci_merge(&merge) || merge == *own {
        return None;
    }
    match &repo.commit(merge.as_str()).ok()?.parents[..] {
        [target, topic] if topic == own => Some(target.clone()),
        _ => None,
    }
}

/// A commit of the change that a job has checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedOut {
    pub commit: Sha,
    /// The event's head is in its history: the commit came later, or the job itself made it.
    pub has_head: bool,
}

/// The commit of the change that is checked out: HEAD, or what the CI has merged into the target. `None` where the target
/// itself is checked out.
pub fn checked_out(repo: &Repository, context: &Context) -> Option<CheckedOut> {
    let Situation::Change { head: Some(own), .. } = &context.situation else { return None };
    let commit = repo.resolve("HEAD").ok().filter(|commit| !context.is_of_target(commit))?;
    let parents = repo.commit(commit.as_str()).ok()?.parents;
    match &parents[..] {
        [_, topic] if context.is_ci_merge(&commit) && commit != *own => {
            Some(CheckedOut { commit: topic.clone(), has_head: topic == own })
        }
        _ => {
            let has_head = commit == *own
                || parents.contains(own)
                || repo.merge_base(own, &commit).as_ref() == Some(own);
            Some(CheckedOut { commit, has_head })
        }
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
    use crate::testing::Sandbox;
    use cml_base::ident::ChangeNumber;
    use cml_host::environment::{Env, detect};

    fn context(own: &Sha, checked_out: Option<&Sha>) -> Context {
        let mut context = detect(&Env::default(), None, None);
        context.runner.merges = checked_out.into_iter().cloned().collect();
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
    fn what_is_checked_out_of_the_change_is_known_from_the_target_and_the_cis_merge() {
        let sandbox = Sandbox::new();
        let base = sandbox.commit("m", "0");
        sandbox.git(&["checkout", "-q", "-b", "feature"]);
        let first = sandbox.commit("x", "1");
        let own = sandbox.commit("x", "2");
        let later = sandbox.commit("x", "3");
        sandbox.git(&["checkout", "-q", "-b", "merge", "main"]);
        sandbox.git(&["merge", "-q", "--no-ff", "-m", "merge", first.as_str()]);
        let merge = sandbox.head();
        let repo = sandbox.repo();
        let check = |at: &Sha, merges: Option<&Sha>, expected: Option<(&Sha, bool)>| {
            sandbox.git(&["checkout", "-q", at.as_str()]);
            let mut context = context(&own, merges);
            if let Situation::Change { base: told, .. } = &mut context.situation {
                *told = Some(base.clone());
            }
            let found = checked_out(&repo, &context);
            assert_eq!(found.as_ref().map(|found| (&found.commit, found.has_head)), expected);
        };
        check(&own, None, Some((&own, true)));
        check(&later, None, Some((&later, true)));
        check(&first, None, Some((&first, false)));
        check(&base, None, None);
        check(&merge, Some(&merge), Some((&first, false)));
        check(&merge, None, Some((&merge, false)));
        // A clone that is one commit deep knows the parents' names.
        let clone = Sandbox::clone_of(&sandbox, &["--depth", "1", "-b", "feature"]);
        let found = checked_out(&clone.repo(), &context(&own, None));
        assert_eq!(found, Some(CheckedOut { commit: later, has_head: true }));
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
