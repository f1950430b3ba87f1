//! The rules of the base on real repositories.

use super::*;
use crate::fetch;
use crate::testing::Sandbox;
use cml_base::ident::ChangeNumber;
use cml_base::tree::Tree;
use cml_host::environment::{Env, detect};

fn context(situation: Situation) -> Context {
    let head = match &situation {
        Situation::Change { head, .. } => head.clone(),
        _ => None,
    };
    Context { situation, head, ..detect(&Env::default(), None, None) }
}

fn change_of(base: Option<&Sha>, head: Option<&Sha>) -> Context {
    context(Situation::Change {
        number: ChangeNumber(1),
        base: base.cloned(),
        base_branch: "main".into(),
        head: head.cloned(),
        head_branch: Some("topic".into()),
        fork: false,
        dependabot: false,
    })
}

fn push_to(branch: &str, before: Option<&Sha>) -> Context {
    let default_branch = Some("main".into());
    context(Situation::Push { branch: branch.into(), default_branch, before: before.cloned() })
}

fn chosen(sandbox: &Sandbox, context: &Context) -> Choice {
    choose(&sandbox.repo(), context, None, None).unwrap()
}

/// `fork` on main, `head` on topic, `tip` on main afterwards; the work tree is on topic.
struct Branched {
    sandbox: Sandbox,
    fork: Sha,
    head: Sha,
    tip: Sha,
}

fn branched() -> Branched {
    let sandbox = Sandbox::new();
    sandbox.commit("root", "0");
    let fork = sandbox.commit("m", "1");
    sandbox.git(&["checkout", "-q", "-b", "topic"]);
    let head = sandbox.commit("t", "2");
    sandbox.git(&["checkout", "-q", "main"]);
    let tip = sandbox.commit("m", "3");
    sandbox.git(&["checkout", "-q", "topic"]);
    Branched { sandbox, fork, head, tip }
}

/// The same, where HEAD is the CI's own merge.
fn tested(b: &Branched, base: Option<&Sha>, head: Option<&Sha>) -> Context {
    let mut context = change_of(base, head);
    context.runner.merges = vec![b.sandbox.head()];
    context
}

/// As GitHub does it: on the target's tip, the topic merged in.
fn merged(b: &Branched) -> Sha {
    b.sandbox.git(&["checkout", "-q", "-b", "merge", "main"]);
    b.sandbox.git(&["merge", "-q", "--no-ff", "-m", "merge", "topic"]);
    b.sandbox.head()
}

#[test]
fn the_merge_commit_is_compared_with_its_first_parent() {
    let b = branched();
    merged(&b);
    // The event's base is old by now: main has moved.
    for base in [Some(&b.fork), None] {
        let choice = chosen(&b.sandbox, &tested(&b, base, Some(&b.head)));
        assert_eq!((choice.base, choice.head_commit), (Some(b.tip.clone()), Some(b.head.clone())));
        assert!(choice.own_progress_only && choice.head_is_workspace && choice.wants_merge_base.is_none());
        assert_eq!((choice.base_label.as_str(), choice.head_label.as_str()), ("main", "workspace"));
        assert!(choice.notices.is_empty());
    }
}

#[test]
fn a_merge_commit_without_an_event_names_the_head_itself() {
    let b = branched();
    merged(&b);
    let choice = chosen(&b.sandbox, &tested(&b, None, None));
    assert_eq!((choice.base, choice.head_commit), (Some(b.tip), Some(b.head)));
}

#[test]
fn a_merge_that_the_author_made_is_an_ordinary_head() {
    // On something that the target never had, the change merged in, so that the fall on the way there is left out.
    let b = branched();
    b.sandbox.git(&["checkout", "-q", "-b", "lax", "main"]);
    let lax = b.sandbox.commit("m", "9");
    b.sandbox.git(&["merge", "-q", "--no-ff", "-m", "merge", "topic"]);
    let made = b.sandbox.head();
    let check = |context: &Context, expected: &Sha| {
        assert_eq!(chosen(&b.sandbox, context).base.as_ref(), Some(expected));
    };
    for (base, own) in [(&b.tip, Some(&b.head)), (&b.tip, Some(&made)), (&b.tip, None)] {
        check(&change_of(Some(base), own), &b.tip);
        let mut merged = change_of(Some(base), own);
        merged.runner.merges = vec![b.head.clone(), b.tip.clone()];
        // What GitLab tells of its own merge says nothing of this one.
        merged.told_base = Some(lax.clone());
        check(&merged, &b.tip);
    }
    check(&tested(&b, Some(&b.tip), Some(&b.head)), &lax);
    check(&tested(&b, Some(&b.tip), Some(&made)), &b.tip);
}

#[test]
fn what_is_checked_out_is_compared_with_where_it_left_the_target() {
    // The branch was checked out by its name, and has taken the target's progress in since the event.
    let b = branched();
    b.sandbox.git(&["merge", "-q", "--no-ff", "-m", "update", "main"]);
    let choice = chosen(&b.sandbox, &change_of(Some(&b.tip), Some(&b.head)));
    assert_eq!((choice.base, choice.own_progress_only), (Some(b.tip), true));
}

#[test]
fn the_merge_commit_of_a_shallow_clone_is_enough() {
    let b = branched();
    merged(&b);
    let clone = Sandbox::clone_of(&b.sandbox, &["--depth", "1", "-b", "merge"]);
    assert_eq!(clone.git(&["rev-parse", "--is-shallow-repository"]), "true");
    let choice = chosen(&clone, &tested(&b, Some(&b.fork), Some(&b.head)));
    assert_eq!(choice.base.as_ref(), Some(&b.tip));
    let repo = clone.repo();
    assert!(!repo.has(&b.tip));
    fetch(&repo, &b.tip, None).unwrap();
    assert_eq!(repo.tree(&b.tip, "").unwrap().read("m").unwrap().unwrap(), b"3");
}

#[test]
fn the_head_is_compared_with_the_merge_base() {
    let b = branched();
    let choice = chosen(&b.sandbox, &change_of(Some(&b.tip), Some(&b.head)));
    assert_eq!((choice.base, choice.own_progress_only), (Some(b.fork), true));
    assert!(choice.notices.is_empty());
}

#[test]
fn a_head_that_is_a_merge_itself_is_not_the_ci_s() {
    let b = branched();
    b.sandbox.git(&["merge", "-q", "--no-ff", "-m", "update", "main"]);
    let own = b.sandbox.head();
    let after = {
        b.sandbox.git(&["checkout", "-q", "main"]);
        let after = b.sandbox.commit("m", "4");
        b.sandbox.git(&["checkout", "-q", "topic"]);
        after
    };
    let choice = chosen(&b.sandbox, &change_of(Some(&after), Some(&own)));
    assert_eq!((choice.base, choice.head_commit), (Some(b.tip), Some(own)));
}

#[test]
fn the_target_checked_out_is_told_even_if_it_is_a_merge() {
    let b = branched();
    let tip = merged(&b);
    b.sandbox.git(&["checkout", "-q", "topic"]);
    let head = b.sandbox.commit("t", "9");
    b.sandbox.git(&["checkout", "-q", "merge"]);
    let choice = chosen(&b.sandbox, &change_of(Some(&tip), Some(&head)));
    assert_eq!((choice.base, choice.head_commit), (Some(b.head), Some(head)));
    assert_eq!(choice.notices.len(), 1);
}

#[test]
fn a_shallow_head_asks_the_forge() {
    let b = branched();
    let clone = Sandbox::clone_of(&b.sandbox, &["--depth", "1", "-b", "topic"]);
    let choice = chosen(&clone, &change_of(Some(&b.tip), Some(&b.head)));
    assert_eq!(choice.wants_merge_base, Some((b.tip.clone(), b.head.clone())));
    assert_eq!((choice.base.as_ref(), choice.own_progress_only), (Some(&b.tip), false));
    let mut answered = choice.clone();
    answered.settle(Some(b.fork.clone()));
    assert_eq!(
        (answered.base, answered.own_progress_only, answered.notices.len()),
        (Some(b.fork.clone()), true, 0)
    );
    let mut silent = choice;
    silent.settle(None);
    assert_eq!(
        (silent.base.as_ref(), silent.own_progress_only, silent.notices.len()),
        (Some(&b.tip), false, 1)
    );
    assert!(silent.notices[0].text.starts_with("the commit where the change left "));
    assert!(silent.wants_merge_base.is_none());
    // A second answer finds no question.
    silent.settle(Some(b.fork));
    assert_eq!(silent.base, Some(b.tip));
}

#[test]
fn histories_without_a_common_commit_take_the_event_s_base() {
    let b = branched();
    b.sandbox.git(&["checkout", "-q", "--orphan", "alone"]);
    let head = b.sandbox.commit("a", "1");
    let choice = chosen(&b.sandbox, &change_of(Some(&b.tip), Some(&head)));
    assert_eq!((choice.base, choice.own_progress_only), (Some(b.tip), false));
    assert_eq!((choice.notices.len(), choice.wants_merge_base), (1, None));
}

#[test]
fn a_push_to_a_branch_is_compared_since_it_left_the_default_one() {
    let b = branched();
    let choice = chosen(&b.sandbox, &push_to("topic", None));
    assert_eq!((choice.base, choice.base_label.as_str()), (Some(b.fork.clone()), "main"));
    assert!(choice.own_progress_only);
    // A CI's clone has the pushed branch only.
    let clone = Sandbox::clone_of(&b.sandbox, &["--depth", "1", "-b", "topic"]);
    let choice = chosen(&clone, &push_to("topic", None));
    assert_eq!(choice.wants_merge_base, Some((b.tip.clone(), b.head.clone())));
    clone.git(&["remote", "set-url", "origin", "file:///no/such/place"]);
    let choice = chosen(&clone, &push_to("topic", Some(&b.fork)));
    assert_eq!((choice.base, choice.notices.len()), (Some(b.fork), 1));
}

#[test]
fn a_push_to_the_default_branch_is_compared_with_the_state_before() {
    let b = branched();
    b.sandbox.git(&["checkout", "-q", "main"]);
    let zero: Sha = "0".repeat(40).parse().unwrap();
    let root = b.sandbox.repo().resolve("main~2").unwrap();
    let check = |before: Option<&Sha>, expected: &Sha| {
        let choice = chosen(&b.sandbox, &push_to("main", before));
        assert_eq!((choice.base.as_ref(), choice.base_label.as_str()), (Some(expected), expected.short()));
    };
    check(Some(&root), &root);
    check(Some(&zero), &b.fork);
    check(None, &b.fork);
}

#[test]
fn any_other_event_takes_the_first_parent() {
    let b = branched();
    merged(&b);
    let choice = chosen(&b.sandbox, &context(Situation::Other { event: "schedule".into() }));
    assert_eq!((choice.base, choice.own_progress_only), (Some(b.tip), false));
}

#[test]
fn on_a_laptop_a_branch_is_compared_since_it_left_main() {
    let b = branched();
    let choice = chosen(&b.sandbox, &context(Situation::Laptop));
    assert_eq!((choice.base, choice.base_label.as_str()), (Some(b.fork.clone()), "main"));
    assert_eq!(choice.head_commit.as_ref(), Some(&b.head));
    // The remote's own default branch wins over the usual names.
    b.sandbox.git(&["checkout", "-q", "-b", "trunk", "main"]);
    let clone = Sandbox::clone_of(&b.sandbox, &[]);
    clone.git(&["checkout", "-q", "topic"]);
    assert_eq!(chosen(&clone, &context(Situation::Laptop)).base_label, "trunk");
}

#[test]
fn on_the_default_branch_changes_are_compared_with_head_else_with_its_parent() {
    let b = branched();
    b.sandbox.git(&["checkout", "-q", "main"]);
    let check = |expected: &Sha| {
        let choice = chosen(&b.sandbox, &context(Situation::Laptop));
        assert_eq!((choice.base.as_ref(), choice.base_label.as_str()), (Some(expected), expected.short()));
    };
    check(&b.fork);
    b.sandbox.write("new.json", "{}");
    check(&b.tip);
    b.sandbox.git(&["clean", "-qf"]);
    b.sandbox.write("m", "changed");
    check(&b.tip);
    b.sandbox.git(&["checkout", "-q", "m"]);
    b.sandbox.git(&["checkout", "-q", "--detach"]);
    check(&b.fork);
}

#[test]
fn without_a_commit_before_everything_is_new() {
    let sandbox = Sandbox::new();
    let check = || {
        let choice = chosen(&sandbox, &context(Situation::Laptop));
        assert_eq!((choice.base, choice.base_label.as_str()), (None, "nothing"));
        assert!(choice.notices[0].text.contains("everything is new"));
    };
    check();
    sandbox.commit("x", "1");
    check();
    let change = chosen(&sandbox, &change_of(None, Some(&sandbox.head())));
    // The only branch is main itself, and there is no remote that would have another.
    assert_eq!((change.base, change.notices.len()), (None, 1));
}

#[test]
fn flags_win() {
    let b = branched();
    let repo = b.sandbox.repo();
    let laptop = context(Situation::Laptop);
    let choice = choose(&repo, &laptop, Some("main"), Some("topic")).unwrap();
    assert_eq!((choice.base, choice.head_commit), (Some(b.tip.clone()), Some(b.head.clone())));
    assert_eq!((choice.base_label.as_str(), choice.head_label.as_str()), ("main", "topic"));
    assert!(!choice.head_is_workspace && !choice.own_progress_only);
    let choice = choose(&repo, &laptop, Some(b.fork.as_str()), Some("workspace")).unwrap();
    assert_eq!((choice.base_label.as_str(), choice.head_is_workspace), (b.fork.short(), true));
    // A commit that is not here can still be fetched; a branch cannot.
    let absent = "1".repeat(40);
    assert_eq!(choose(&repo, &laptop, Some(&absent), None).unwrap().base, absent.parse().ok());
    assert!(matches!(choose(&repo, &laptop, Some("nope"), None), Err(RevisionError::UnknownRevision { .. })));
    // An older commit of main is compared with its parent, not with itself.
    let choice = choose(&repo, &laptop, None, Some("main")).unwrap();
    assert_eq!(choice.base, Some(b.fork.clone()));
    // In a clone that has only the remote's branch, its name alone is enough.
    let clone = Sandbox::clone_of(&b.sandbox, &["-b", "topic"]);
    assert_eq!(choose(&clone.repo(), &laptop, Some("main"), None).unwrap().base, Some(b.tip));
}
