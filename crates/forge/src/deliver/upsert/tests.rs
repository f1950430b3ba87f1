//! Every policy of `upsert` against a forge in memory; what is compared is the log of everything written.

use std::str::FromStr as _;

use super::super::fake::{FakeForge, Loss, block_on};
use super::*;
use cml_base::ident::{ChangeNumber, Sha};

const ON: Target = Target::Change(ChangeNumber(1));

fn sha(digit: &str) -> Option<Sha> {
    Sha::from_str(&digit.repeat(40)).ok()
}

fn mark(head: &str, run: &str) -> Mark {
    Mark { head: sha(head), run: Some(run.to_owned()), ..Mark::of_key("k") }
}

fn ours(body: &str, head: &str, run: &str) -> String {
    mark(head, run).seal(body, Kept::No)
}

fn posted(id: u64) -> Posted {
    Posted { id, url: format!("u/{id}") }
}

fn post<'a>(mark: &'a Mark, body: &'a str, mode: Mode) -> Post<'a> {
    let named = None;
    Post { on: Some(&ON), mark, body, named, mode, adopt_title: Some("title"), foreign: false, thread: None }
}

fn deliver(forge: &FakeForge, mark: &Mark, body: &str, mode: Mode) -> Delivered {
    block_on(upsert(forge, &ON, &post(mark, body, mode))).unwrap()
}

fn update(forge: &FakeForge) -> Outcome {
    deliver(forge, &mark("a", "9"), "new", Mode::Update).outcome
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
    assert_eq!(update(&forge), Outcome::Unchanged(posted(1)));
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
    assert_eq!(update(&forge), Outcome::Updated(posted(1)));
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
    let answer = block_on(upsert(&forge, &ON, &post(&mark("a", "9"), "new", Mode::Update)));
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
    let updated = || Outcome::Updated(posted(1));
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
    check(&FakeForge::new(&[("bot", &watermark("ti\\tle"))]), &["update 1: new"]);
    check(&FakeForge::new(&[("bot", &watermark("title"))]), &["update 1: new"]);
    check(&FakeForge::new(&[("bot", &watermark("other"))]), &["create 2: new"]);
    check(&FakeForge::new(&[("eve", &watermark("title"))]), &["create 2: new"]);
}

#[test]
fn create_always_creates_and_its_comments_are_never_doubles() {
    let forge = FakeForge::new(&[("bot", &ours("old", "a", "9"))]);
    let create = |body: &str| deliver(&forge, &mark("a", "9"), body, Mode::Create).outcome;
    create("x");
    assert_eq!(create("y"), Outcome::Created(posted(3)));
    update(&forge);
    assert_eq!(forge.log(), ["create 2: x", "create 3: y", "update 1: new"]);

    let kept = mark("a", "1").seal("wanted", Kept::Yes);
    check(&FakeForge::new(&[("bot", &kept), ("bot", &kept)]), &["update 2: new"]);

    // Its lost answer is looked for as well, by the text.
    for (loss, expected) in
        [(Loss::Arrived, vec!["create 2: x"]), (Loss::NotArrived, vec!["lost: x", "create 2: x"])]
    {
        let forge = FakeForge::new(&[("bot", &mark("a", "9").seal("y", Kept::Yes))]);
        forge.set(|state| state.losses = vec![loss]);
        let outcome = deliver(&forge, &mark("a", "9"), "x", Mode::Create).outcome;
        assert_eq!(
            (outcome, forge.log()),
            (Outcome::Created(posted(2)), expected.iter().map(|s| (*s).to_owned()).collect())
        );
    }
}

#[test]
fn recreate_makes_a_new_comment_and_removes_the_old_ones() {
    let (one, two) = (ours("1", "a", "1"), ours("2", "a", "2"));
    let check = |comments: &[(&str, &str)], expected: &[&str]| {
        let forge = FakeForge::new(comments);
        deliver(&forge, &mark("a", "9"), "new", Mode::Recreate);
        assert_eq!(forge.log(), expected);
        forge
    };
    check(&[], &["create 1: new"]);
    let forge =
        check(&[("bot", &one), ("x", "hi"), ("bot", &two)], &["create 4: new", "delete 1", "delete 3"]);
    let again = deliver(&forge, &mark("a", "9"), "new", Mode::Recreate).outcome;
    assert_eq!(again, Outcome::Unchanged(posted(4)), "it is the last one and says the same");
    let cml = "old\n\n![](https://cml.dev/watermark.png#x \"CML watermark title\")";
    check(&[("bot", cml)], &["create 2: new", "delete 1"]);
    let kept = mark("a", "1").seal("wanted", Kept::Yes);
    check(&[("bot", &kept)], &["create 2: new"]);
}

#[test]
fn of_two_that_recreate_at_once_the_newest_heads_stays() {
    let check = |rival_head: &str, now: &str, expected: &[&str], outcome: Outcome| {
        let forge = FakeForge::new(&[]);
        forge.set(|state| {
            state.rival = Some(("bot".to_owned(), ours("rival", rival_head, "8")));
            state.head = sha(now);
        });
        assert_eq!(deliver(&forge, &mark("a", "9"), "new", Mode::Recreate).outcome, outcome);
        assert_eq!(forge.log(), expected);
    };
    check("a", "a", &["create 2: new", "delete 1"], Outcome::Created(posted(2)));
    check("b", "b", &["create 2: new", "delete 2"], Outcome::Updated(posted(1)));
}

#[test]
fn quiet_keeps_what_is_there_up_to_date_and_makes_nothing() {
    let forge = FakeForge::new(&[]);
    assert_eq!(deliver(&forge, &mark("a", "9"), "new", Mode::Quiet).outcome, Outcome::Silent);
    assert!(forge.log().is_empty());
    let forge = FakeForge::new(&[("bot", &ours("worse!", "a", "1"))]);
    deliver(&forge, &mark("a", "9"), "fine again", Mode::Quiet);
    assert_eq!(forge.log(), ["update 1: fine again"]);
}

#[test]
fn a_started_run_says_so_above_the_last_report_and_its_report_replaces_both() {
    let forge = FakeForge::new(&[("bot", &ours("the report", "a", "1"))]);
    let body = || forge.set(|state| state.comments[0].body.clone());
    for _ in 0..2 {
        deliver(&forge, &mark("b", "2"), "Training bbbbbbb", Mode::Start);
        assert!(body().contains("> Training bbbbbbb; below: the report of aaaaaaa."), "{}", body());
        assert_eq!(body().matches("Training").count(), 1, "{}", body());
        assert!(body().contains("the report\n\n<!-- cml:1 "), "{}", body());
        // A late run of the old head still meets the report of its own head, and its own run's is known.
        let mark = Mark::find(&body()).unwrap();
        assert_eq!((mark.head, mark.run.as_deref()), (sha("a"), Some("2")));
    }
    deliver(&forge, &mark("b", "2"), "new report", Mode::Update);
    assert!(body().starts_with("new report\n\n<!-- cml:1 ") && forge.set(|state| state.comments.len()) == 1);

    let forge = FakeForge::new(&[]);
    deliver(&forge, &mark("b", "2"), "Training bbbbbbb", Mode::Start);
    deliver(&forge, &mark("c", "3"), "Training ccccccc", Mode::Start);
    let body = forge.set(|state| state.comments[0].body.clone());
    assert!(body.contains("> Training ccccccc; the report comes when it is done."), "{body}");
    assert_eq!(Mark::find(&body).unwrap().head, sha("c"));
}

#[test]
fn two_legs_of_one_run_under_one_key_are_both_kept() {
    let leg = |run: &str, leg: &str| Mark {
        job: Some("train".to_owned()),
        leg: Some(leg.to_owned()),
        ..mark("a", run)
    };
    let forge = FakeForge::new(&[]);
    // Two runs of two legs; the second time the other one is first, and a leg may have no lasting name.
    let steps = [("1", "x", false), ("1", "y", true), ("2", "y", false), ("2", "x", true), ("2", "x", true)];
    for (run, name, shares) in steps {
        let body = format!("{name} of {run}");
        assert_eq!(deliver(&forge, &leg(run, name), &body, Mode::Update).shares_its_key, shares, "{body}");
    }
    assert_eq!(forge.log(), ["create 1: x of 1", "create 2: y of 1", "update 2: y of 2", "update 1: x of 2"]);
    deliver(&forge, &leg("3", "fresh"), "fresh", Mode::Update);
    deliver(&forge, &leg("3", "other"), "other", Mode::Recreate);
    let left: Vec<String> =
        forge.set(|state| state.comments.iter().map(|c| c.body[..5].to_owned()).collect());
    assert_eq!(left, ["fresh", "other"]);
}

/// The mark of a leg of run `run`.
fn leg(run: &str, name: &str) -> Mark {
    Mark { job: Some("train".to_owned()), leg: Some(name.to_owned()), ..mark("a", run) }
}

fn bodies(forge: &FakeForge) -> Vec<String> {
    forge.set(|state| state.comments.iter().map(|comment| comment.body.clone()).collect())
}

#[test]
fn a_leg_whose_comment_another_has_taken_at_the_same_time_takes_the_next() {
    let forge = FakeForge::new(&[]);
    for name in ["x", "y", "z"] {
        deliver(&forge, &leg("1", name), name, Mode::Update);
    }
    // The next push: each of the others writes over what we have just claimed, twice.
    let second = Mark { ordinal: 3, ..leg("2", "q") };
    forge.set(|state| {
        state.log.clear();
        state.written_over = vec![leg("2", "p").seal("p", Kept::No), second.seal("q", Kept::No)];
    });
    let delivered = deliver(&forge, &leg("2", "r"), "r", Mode::Update);
    assert!(delivered.shares_its_key);
    let left = bodies(&forge);
    assert_eq!(left.len(), 3, "{left:?}");
    let first: Vec<&str> = left.iter().map(|body| &body[..1]).collect();
    assert_eq!(first, ["p", "r", "q"], "{left:?}");
}

#[test]
fn legs_that_create_at_the_same_time_keep_a_comment_each() {
    let forge = FakeForge::new(&[]);
    forge.set(|state| state.rival = Some(("bot".to_owned(), leg("1", "x").seal("x", Kept::No))));
    let named = |number: usize| format!("y, leg {number}");
    let mark = leg("1", "y");
    let post = Post { named: Some(&named), ..post(&mark, "y", Mode::Update) };
    let delivered = block_on(upsert(&forge, &ON, &post)).unwrap();
    assert!(delivered.shares_its_key);
    assert_eq!(forge.log(), ["create 2: y", "update 2: y, leg 2"]);
    assert_eq!(Mark::find(&bodies(&forge)[1]).unwrap().ordinal, 2);
    // A later step of the same job, and the rounds of a watch, are the same leg.
    assert_eq!(block_on(upsert(&forge, &ON, &post)).unwrap().outcome, Outcome::Unchanged(posted(2)));
}

#[test]
fn a_push_and_a_rerun_of_all_legs_find_the_comments_that_are_there() {
    let forge = FakeForge::new(&[]);
    let of =
        |run: &str, attempt: &str, name: &str| Mark { attempt: Some(attempt.to_owned()), ..leg(run, name) };
    for (run, attempt, legs) in
        [("1", "1", ["a", "b", "c"]), ("1", "2", ["d", "e", "f"]), ("2", "1", ["g", "h", "i"])]
    {
        for name in legs {
            deliver(&forge, &of(run, attempt, name), name, Mode::Update);
        }
        let left: Vec<String> = bodies(&forge).iter().map(|body| body[..1].to_owned()).collect();
        assert_eq!(left, legs);
    }
}

#[test]
fn two_jobs_of_one_run_that_share_a_key_by_name_write_one_comment() {
    let job = |name: &str| Mark { job: Some(name.to_owned()), leg: Some(name.to_owned()), ..mark("a", "1") };
    let forge = FakeForge::new(&[]);
    deliver(&forge, &job("train"), "Training", Mode::Start);
    deliver(&forge, &job("report"), "done", Mode::Update);
    assert_eq!(forge.set(|state| state.comments.len()), 1);
}

#[test]
fn a_double_that_could_not_be_deleted_goes_with_the_next_run() {
    for mode in [Mode::Update, Mode::Recreate] {
        let (one, two) = (ours("1", "a", "1"), ours("2", "a", "2"));
        let forge = FakeForge::new(&[("bot", &one), ("bot", &two)]);
        forge.set(|state| state.delete_answers = Some(500));
        deliver(&forge, &mark("a", "8"), "new", mode);
        assert!(forge.set(|state| state.comments.len()) > 1);
        forge.set(|state| state.delete_answers = None);
        deliver(&forge, &mark("a", "9"), "newer", mode);
        let left: Vec<String> =
            forge.set(|state| state.comments.iter().map(|c| c.body[..5].to_owned()).collect());
        assert_eq!(left, ["newer"]);
    }
}
