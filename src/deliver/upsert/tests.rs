//! Every policy of `upsert` against a forge in memory; what is compared is the log of everything written.

use std::str::FromStr as _;

use super::super::fake::{FakeForge, Loss, block_on};
use super::*;
use crate::ident::ChangeNumber;

const ON: Target = Target::Change(ChangeNumber(1));

fn sha(digit: &str) -> Option<Sha> {
    Sha::from_str(&digit.repeat(40)).ok()
}

fn mark(head: &str, run: &str) -> Mark {
    Mark { key: "k".to_owned(), head: sha(head), run: Some(run.to_owned()), attempt: None }
}

fn ours(body: &str, head: &str, run: &str) -> String {
    mark(head, run).seal(body, Kept::No)
}

fn update(forge: &FakeForge) -> Outcome {
    block_on(upsert(forge, &ON, &mark("a", "9"), "new", Mode::Update, Some("title"))).unwrap()
}

/// `expected` is everything that was written, in order.
fn check(forge: &FakeForge, expected: &[&str]) {
    update(forge);
    assert_eq!(forge.log(), expected);
}

#[test]
fn the_comment_of_our_key_is_updated_and_no_other() {
    check(&FakeForge::new(&[]), &["create 1: new"]);
    check(&FakeForge::new(&[("bot", &ours("old", "a", "1"))]), &["update 1: new"]);
    check(&FakeForge::new(&[("BOT", &ours("old", "a", "1").replace('\n', "\r\n"))]), &["update 1: new"]);
    let other_key = Mark { key: "other".to_owned(), ..mark("a", "1") }.seal("old", Kept::No);
    check(&FakeForge::new(&[("bot", &other_key)]), &["create 2: new"]);
    check(&FakeForge::new(&[("eve", &ours("old", "a", "9"))]), &["create 2: new"]);
    let quote = format!("> {}\n\nwell done", ours("old", "a", "1").replace('\n', "\n> "));
    check(&FakeForge::new(&[("bot", &quote)]), &["create 2: new"]);

    let text = ours("old", "a", "1");
    let mut many = vec![("someone", "hello"); 130];
    many.push(("bot", &text));
    check(&FakeForge::new(&many), &["update 131: new"]);
}

#[test]
fn the_same_text_is_not_sent_again() {
    let forge = FakeForge::new(&[("bot", &ours("new", "a", "9").replace('\n', "\r\n"))]);
    assert_eq!(update(&forge), Outcome::Unchanged("u/1".to_owned()));
    assert!(forge.log().is_empty());
}

#[test]
fn of_several_the_oldest_stays() {
    let (one, two) = (ours("1", "a", "1"), ours("2", "a", "2"));
    check(&FakeForge::new(&[("bot", &one), ("x", "hi"), ("bot", &two)]), &["update 1: new", "delete 3"]);

    let forge = FakeForge::new(&[("bot", &one), ("bot", &two)]);
    forge.set(|state| state.delete_answers = Some(404));
    check(&forge, &["update 1: new", "delete 2"]);
}

#[test]
fn a_run_that_creates_at_the_same_time_ends_in_one_comment() {
    let forge = FakeForge::new(&[]);
    forge.set(|state| state.rival = Some(("bot".to_owned(), ours("rival", "a", "8"))));
    assert_eq!(update(&forge), Outcome::Updated("u/1".to_owned()));
    assert_eq!(forge.log(), ["create 2: new", "update 1: new", "delete 2"]);

    // The rival speaks of the head of now, we do not: its text stays.
    let forge = FakeForge::new(&[]);
    forge.set(|state| state.rival = Some(("bot".to_owned(), ours("rival", "b", "8"))));
    forge.set(|state| state.head = sha("b"));
    check(&forge, &["create 2: new", "delete 2"]);
}

#[test]
fn a_comment_deleted_meanwhile_is_created_again() {
    let forge = FakeForge::new(&[("bot", &ours("old", "a", "1"))]);
    forge.set(|state| state.update_answers = Some(404));
    check(&forge, &["update 1: new", "create 2: new", "update 1: new"]);
}

#[test]
fn a_lost_answer_is_looked_for_before_anything_is_sent_again() {
    let check = |losses: &[Loss], expected: &[&str]| {
        let forge = FakeForge::new(&[("bot", "hi")]);
        forge.set(|state| state.losses = losses.to_vec());
        check(&forge, expected);
    };
    check(&[Loss::Arrived], &["create 2: new"]);
    check(&[Loss::NotArrived], &["lost: new", "create 2: new"]);
    check(&[Loss::NotArrived, Loss::Arrived], &["lost: new", "create 2: new"]);

    let forge = FakeForge::new(&[]);
    forge.set(|state| state.losses = vec![Loss::NotArrived; 2]);
    let answer = block_on(upsert(&forge, &ON, &mark("a", "9"), "new", Mode::Update, None));
    assert!(matches!(answer, Err(HttpError::Unknown { .. })), "{answer:?}");
    assert_eq!(forge.log(), ["lost: new", "lost: new"]);
}

#[test]
fn an_old_head_never_replaces_a_newer_report() {
    let check = |found: &str, head: Option<Sha>, expected: Outcome| {
        let forge = FakeForge::new(&[("bot", &ours("old", found, "1"))]);
        forge.set(|state| state.head = head);
        assert_eq!(update(&forge), expected);
    };
    let updated = || Outcome::Updated("u/1".to_owned());
    check("b", sha("b"), Outcome::Superseded);
    check("b", sha("a"), updated());
    check("a", sha("b"), updated());
    check("b", None, updated());
}

#[test]
fn without_a_viewer_only_this_runs_comment_is_touched() {
    let check = |run: &str, expected: &[&str]| {
        let forge = FakeForge::new(&[("bot", &ours("old", "a", run))]);
        forge.set(|state| state.viewer = None);
        check(&forge, expected);
    };
    check("9", &["update 1: new"]);
    check("8", &["create 2: new"]);
}

#[test]
fn cmls_comment_is_adopted_from_our_own_author_only() {
    let watermark =
        |title: &str| format!("old\n\n![](https://cml.dev/watermark.png#x \"CML watermark {title}\")");
    check(&FakeForge::new(&[("bot", &watermark("title"))]), &["update 1: new"]);
    check(&FakeForge::new(&[("bot", &watermark("other"))]), &["create 2: new"]);
    check(&FakeForge::new(&[("eve", &watermark("title"))]), &["create 2: new"]);
}

#[test]
fn create_always_creates_and_its_comments_are_never_doubles() {
    let forge = FakeForge::new(&[("bot", &ours("old", "a", "9"))]);
    let create =
        |body: &str| block_on(upsert(&forge, &ON, &mark("a", "9"), body, Mode::Create, None)).unwrap();
    create("x");
    assert_eq!(create("y"), Outcome::Created("u/3".to_owned()));
    update(&forge);
    assert_eq!(forge.log(), ["create 2: x", "create 3: y", "update 1: new"]);

    let kept = mark("a", "1").seal("wanted", Kept::Yes);
    check(&FakeForge::new(&[("bot", &kept), ("bot", &kept)]), &["update 2: new"]);
}
