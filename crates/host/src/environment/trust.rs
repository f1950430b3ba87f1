//! Whom the files on disk are by, and which commit speaks for the target branch.
//!
//! In: a [`Context`]. Out: what the CI's own words settle without asking anybody.

use super::{Context, Situation};
use cml_base::ident::Sha;

impl Context {
    /// Whether the files on disk are surely our own, written by people who may push; an event that points to
    /// somebody's change says no such thing.
    pub fn files_are_ours(&self) -> bool {
        matches!(self.situation, Situation::Laptop | Situation::Push { .. })
    }

    /// The same, where the commit that is checked out is known: a schedule's, a dispatch's or a tag's own commit was
    /// written by people who may push, another one that the job has fetched may be anybody's.
    pub fn checkout_is_ours(&self, checked_out: Option<&Sha>) -> bool {
        let told = self.told_ref.as_ref().map(|(_, commit)| commit);
        let is_told = checked_out.is_some() && checked_out == told;
        self.files_are_ours() || (is_told && matches!(self.situation, Situation::Other { .. }))
    }

    /// Whether the CI says that it made this commit itself, to test the change merged into its target. An author can make
    /// a merge of anything with his own commits; what it stands on says nothing then.
    pub fn is_ci_merge(&self, commit: &Sha) -> bool {
        self.runner.merges.contains(commit)
    }

    /// Whether this commit is the target branch's and not the change's.
    pub fn is_of_target(&self, commit: &Sha) -> bool {
        let Situation::Change { base, head, .. } = &self.situation else { return false };
        head.as_ref() != Some(commit) && (base.as_ref() == Some(commit) || self.told_tip() == Some(commit))
    }

    /// Takes another commit of the change for its head.
    pub fn set_head(&mut self, commit: Sha) {
        self.head = Some(commit.clone());
        if let Situation::Change { head, .. } = &mut self.situation {
            *head = Some(commit);
        }
    }

    /// The branch that a change is to be merged into, if it is known.
    pub fn target_branch(&self) -> Option<&str> {
        match &self.situation {
            Situation::Change { base_branch, .. } | Situation::Queue { base_branch, .. } => {
                Some(base_branch.as_str()).filter(|name| !name.is_empty())
            }
            _ => None,
        }
    }

    /// The target branch's commit where the CI names it. Where nobody knows the target, what the job runs for stands
    /// for it: GitHub starts workflows of comments and of other workflows from the default branch.
    pub fn told_tip(&self) -> Option<&Sha> {
        let (name, commit) = self.told_ref.as_ref()?;
        match self.target_branch() {
            Some(branch) => (name.strip_prefix("refs/heads/") == Some(branch)).then_some(commit),
            None => Some(commit),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::environment::{Env, Situation, detect};

    const TIP: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const HEAD: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn env(vars: &[(&str, &str)], event: Option<Value>) -> Env {
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Env { vars, event: event.map(Ok), ..Env::default() }
    }

    /// What a job of GitHub Actions with `GITHUB_SHA` being [`TIP`] knows of the target.
    #[track_caller]
    fn check_github(name: &str, reference: &str, base: &str, expected: Option<&str>) {
        let event = json!({
            "pull_request": {
                "number": 5,
                "base": {"sha": HEAD, "ref": base, "repo": {"full_name": "o/r"}},
                "head": {"sha": HEAD, "ref": "topic", "repo": {"full_name": "o/r"}},
            },
            "merge_group": {"base_ref": format!("refs/heads/{base}"), "base_sha": HEAD},
            "ref": reference,
        });
        let vars = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_REF", reference),
            ("GITHUB_SHA", TIP),
        ];
        let context = detect(&env(&vars, Some(event)), None, None);
        let tip = context.told_tip().map(ToString::to_string);
        assert_eq!(tip.as_deref(), expected, "{name} {reference} {base}");
    }

    #[test]
    fn github_names_the_target_where_the_job_runs_for_it() {
        check_github("pull_request_target", "refs/heads/main", "main", Some(TIP));
        check_github("pull_request_target", "refs/heads/main", "release", None);
        check_github("pull_request_target", "refs/tags/main", "main", None);
        check_github("pull_request", "refs/pull/5/merge", "main", None);
        check_github("merge_group", "refs/heads/gh-readonly-queue/main/pr-5-x", "main", Some(HEAD));
        check_github("push", "refs/heads/main", "main", None);
        check_github("schedule", "refs/heads/main", "main", Some(TIP));
        check_github("issue_comment", "refs/heads/main", "main", Some(TIP));
    }

    #[test]
    fn only_the_ci_says_which_merge_is_its_own() {
        let pull = |merge: Value| {
            json!({"pull_request": {
                "number": 5, "merge_commit_sha": merge,
                "base": {"sha": HEAD, "ref": "main"}, "head": {"sha": HEAD, "ref": "topic"},
            }})
        };
        let check = |name: &str, reference: &str, merge: Value, expected: bool| {
            let vars = [
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_EVENT_NAME", name),
                ("GITHUB_REF", reference),
                ("GITHUB_SHA", TIP),
            ];
            let context = detect(&env(&vars, Some(pull(merge.clone()))), None, None);
            assert_eq!(context.is_ci_merge(&TIP.parse().unwrap()), expected, "{name} {reference} {merge}");
        };
        check("pull_request", "refs/pull/5/merge", Value::Null, true);
        check("pull_request_review", "refs/pull/5/merge", Value::Null, true);
        check("pull_request", "refs/pull/6/merge", Value::Null, false);
        check("pull_request", "refs/pull/5/head", Value::Null, false);
        check("pull_request_target", "refs/heads/main", Value::Null, false);
        check("pull_request_target", "refs/heads/main", TIP.into(), true);
        check("push", "refs/heads/main", TIP.into(), false);
        let of_gitlab = |kind: &'static str, expected: bool| {
            let vars = [
                ("GITLAB_CI", "true"),
                ("CI_MERGE_REQUEST_IID", "7"),
                ("CI_MERGE_REQUEST_EVENT_TYPE", kind),
                ("CI_COMMIT_SHA", TIP),
            ];
            let context = detect(&env(&vars, None), None, None);
            assert_eq!(context.is_ci_merge(&TIP.parse().unwrap()), expected, "{kind}");
        };
        of_gitlab("merged_result", true);
        of_gitlab("merge_train", true);
        of_gitlab("detached", false);
    }

    #[test]
    fn gitlab_names_the_target_that_was_merged() {
        let check = |more: &[(&str, &str)], expected: Option<&str>| {
            let always = [
                ("GITLAB_CI", "true"),
                ("CI_PROJECT_PATH", "g/p"),
                ("CI_COMMIT_SHA", HEAD),
                ("CI_DEFAULT_BRANCH", "main"),
            ];
            let context = detect(&env(&[&always, more].concat(), None), None, None);
            assert_eq!(context.told_tip().map(ToString::to_string).as_deref(), expected, "{more:?}");
        };
        let change = [
            ("CI_PIPELINE_SOURCE", "merge_request_event"),
            ("CI_MERGE_REQUEST_IID", "7"),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            ("CI_COMMIT_REF_NAME", "main"),
        ];
        check(&change, None);
        check(&[&change[..], &[("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", TIP)]].concat(), Some(TIP));
        check(&[("CI_PIPELINE_SOURCE", "push"), ("CI_COMMIT_BRANCH", "topic")], None);
        check(&[("CI_PIPELINE_SOURCE", "schedule"), ("CI_COMMIT_BRANCH", "main")], Some(HEAD));
        check(&[("CI_PIPELINE_SOURCE", "external_pull_request_event"), ("CI_COMMIT_BRANCH", "x")], None);
    }

    #[test]
    fn a_commit_that_the_job_fetched_itself_is_nobodys_we_know() {
        let vars = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "repository_dispatch"),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_REF", "refs/heads/main"),
            ("GITHUB_SHA", TIP),
        ];
        let mut context = detect(&env(&vars, None), None, None);
        let (tip, head) = (TIP.parse().unwrap(), HEAD.parse().unwrap());
        assert!(context.checkout_is_ours(Some(&tip)));
        assert!(!context.checkout_is_ours(Some(&head)) && !context.checkout_is_ours(None));
        context.situation = Situation::Laptop;
        assert!(context.checkout_is_ours(Some(&head)) && context.checkout_is_ours(None));
    }
}
