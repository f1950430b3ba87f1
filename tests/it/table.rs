//! Every fault on every request of `cml comment`: its exit code, its words, and never a second comment.

use std::rc::Rc;
use std::thread;

use crate::forge::{Fault, VIEWER};
use crate::job::Job;
use crate::world::World;

/// The requests of a run that creates, and of one that finds two comments of an older head.
const CREATING: [&str; 3] =
    ["POST /api/graphql", "GET /api/v3/repos/o/r/issues", "POST /api/v3/repos/o/r/issues"];
const UPDATING: [&str; 5] =
    ["POST /api/graphql", "GET /api/v3/repos/o/r/issues", "GET /api/v3/repos/o/r/pulls", "PATCH", "DELETE"];

/// Each fault, and the exit codes when it happens once: on a read, on creating, on updating.
fn once() -> Vec<(Fault, [i32; 3])> {
    vec![
        (Fault::Refused(500), [0, 3, 3]),
        (Fault::Refused(502), [0, 0, 0]),
        (Fault::Refused(503), [0, 0, 0]),
        (Fault::Refused(429), [0, 0, 0]),
        (Fault::RateLimited { retry_after: 1 }, [0, 0, 0]),
        (Fault::RateLimited { retry_after: 900 }, [3, 3, 3]),
        (Fault::Secondary, [0, 0, 0]),
        (Fault::Nothing, [0, 0, 0]),
        (Fault::LostAfterWrite, [0, 0, 0]),
        (Fault::Slow(300), [0, 0, 0]),
        (Fault::Html, [3, 0, 0]),
        (Fault::Truncated, [0, 0, 0]),
        (Fault::Redirect, [3, 3, 3]),
        (Fault::Refused(413), [3, 3, 3]),
        (Fault::Refused(422), [3, 3, 3]),
    ]
}

/// The same for a fault that stays: on a read, on creating.
fn always() -> Vec<(Fault, [i32; 2])> {
    vec![
        (Fault::Refused(500), [3, 3]),
        (Fault::Refused(502), [3, 3]),
        (Fault::Refused(503), [3, 3]),
        (Fault::Refused(429), [3, 3]),
        (Fault::Secondary, [3, 3]),
        (Fault::Nothing, [3, 3]),
        (Fault::LostAfterWrite, [3, 0]),
        (Fault::Html, [3, 3]),
        (Fault::Truncated, [3, 0]),
    ]
}

/// What the message must name.
fn cause(fault: &Fault, request: &str) -> &'static str {
    match fault {
        // A read goes where it is sent; there it is told that there is nothing.
        Fault::Redirect if request.starts_with("GET") => "404",
        Fault::Refused(500) => "500",
        Fault::Refused(502) => "502",
        Fault::Refused(503) => "503",
        Fault::Refused(413) => "413",
        Fault::Refused(422) => "422",
        Fault::Refused(429) | Fault::RateLimited { .. } => "429",
        Fault::Secondary => "secondary rate limit",
        Fault::Html => "not the JSON",
        Fault::Redirect => "elsewhere",
        Fault::Nothing | Fault::LostAfterWrite => "connection",
        _ => "the answer",
    }
}

struct Case {
    fault: Fault,
    request: &'static str,
    updating: bool,
    code: i32,
}

fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for (fault, [read, create, update]) in once() {
        for (requests, updating) in [(&CREATING[..], false), (&UPDATING[..], true)] {
            for request in requests {
                let code = match *request {
                    // A double that stays is no failure.
                    "DELETE" => 0,
                    "PATCH" => update,
                    request if request.starts_with("POST /api/v3") => create,
                    // A pull request that is not found has no head: the order is not judged then.
                    request if request.ends_with("pulls") && matches!(fault, Fault::Redirect) => 0,
                    _ => read,
                };
                let fault = Fault::Times(1, Box::new(fault.clone()));
                all.push(Case { fault, request, updating, code });
            }
        }
    }
    for (fault, codes) in always() {
        for (request, code) in CREATING[1..].iter().zip(codes) {
            all.push(Case { fault: fault.clone(), request, updating: false, code });
        }
    }
    all
}

fn old_comment() -> String {
    format!("old\n\n<!-- cml:1 key=file head={} run=1 attempt=1 -->", "b".repeat(40))
}

/// A repository whose report is a file, so that a run does little more than talk to the forge.
pub(crate) fn world() -> (Rc<World>, String) {
    let world = World::new();
    world.write("report.md", "the text");
    let head = world.commit("base");
    (Rc::new(world), head)
}

#[track_caller]
fn check(world: &Rc<World>, head: &str, case: &Case) {
    let Case { fault, request, updating, code } = case;
    let job = Job::of(Rc::clone(world), head, false);
    job.forge.set_head(head);
    if *updating {
        job.forge.add(VIEWER, &old_comment());
        job.forge.add(VIEWER, &old_comment());
    }
    job.forge.fault(request, fault.clone());
    let what = format!("{fault:?} on {request}");
    let ran = job.cml(&["comment", "report.md"]);
    assert_eq!(ran.code, *code, "{what}: {}", ran.err);
    let inner = if let Fault::Times(_, fault) = fault { fault } else { fault };
    if *code == 3 {
        for word in [cause(inner, request), "error: ", "hint: "] {
            assert!(ran.err.contains(word), "{what}: no {word:?} in {}", ran.err);
        }
    }
    let count = job.forge.comments().len();
    assert!(count <= if *updating { 2 } else { 1 }, "{what}: {count} comments");
    job.forge.recover();
    let ran = job.cml(&["comment", "report.md"]);
    assert_eq!(ran.code, 0, "{what}, afterwards: {}", ran.err);
    let comments = job.forge.comments();
    assert!(
        comments.len() == 1 && comments[0].body.starts_with("the text\n"),
        "{what}, afterwards: {comments:?}"
    );
}

#[test]
fn each_fault_on_each_request_ends_in_one_comment() {
    let cases = cases();
    thread::scope(|scope| {
        for part in cases.chunks(cases.len().div_ceil(8)) {
            scope.spawn(move || {
                let (world, head) = world();
                part.iter().for_each(|case| check(&world, &head, case));
            });
        }
    });
}

#[test]
fn a_server_that_is_not_there_is_named_with_what_to_check() {
    let (world, head) = world();
    let job = Job::of(world, &head, false).with("GITHUB_GRAPHQL_URL", "http://127.0.0.1:9/api/graphql");
    let ran = job.cml(&["comment", "report.md"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("127.0.0.1:9") && ran.err.contains("HTTPS_PROXY"), "{}", ran.err);
    assert!(job.summary().contains("the text"));
}

#[test]
fn runs_at_the_same_time_leave_one_comment_after_the_next_clean_one() {
    let (world, head) = world();
    let job = Job::of(world, &head, false);
    job.forge.set_head(&head);
    job.forge.fault("DELETE", Fault::Refused(500));
    let mut children: Vec<_> = (20..26)
        .map(|run| job.again().with("GITHUB_RUN_ID", &run.to_string()).spawn(&["comment", "report.md"]))
        .collect();
    assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
    assert!(!job.forge.comments().is_empty());
    job.forge.recover();
    assert_eq!(job.cml(&["comment", "report.md"]).code, 0);
    assert_eq!(job.forge.comments().len(), 1);
}

/// A small generator of our own (splitmix64), so that a seed is a run for ever.
struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % count as u64) as usize
    }
}

/// Up to four faults on any requests of three runs; then a clean run.
fn random(world: &Rc<World>, head: &str, seed: u64) {
    let mut random = Random(seed);
    let job = Job::of(Rc::clone(world), head, false);
    job.forge.set_head(head);
    let faults: Vec<Fault> = once().into_iter().map(|(fault, _)| fault).collect();
    for run in 0..3 {
        for _ in 0..=random.below(4) {
            let fault = faults[random.below(faults.len())].clone();
            let request = [&CREATING[..], &UPDATING[..]].concat()[random.below(8)];
            job.forge.fault(request, Fault::Times(1 + random.below(2), Box::new(fault)));
        }
        let policy = ["update", "recreate"][random.below(2)];
        let ran = job.again().with("GITHUB_RUN_ID", &run.to_string()).cml(&[
            "comment",
            "report.md",
            "--policy",
            policy,
        ]);
        assert!(matches!(ran.code, 0 | 3), "seed {seed}: {}", ran.err);
    }
    assert!(job.forge.comments().len() <= 3, "seed {seed}");
    job.forge.recover();
    let ran = job.cml(&["comment", "report.md"]);
    assert_eq!((ran.code, job.forge.comments().len()), (0, 1), "seed {seed}: {}", ran.err);
}

/// `CML_TEST_FAULT_RUNS=1000 cargo test --test it random` runs more of them.
#[test]
fn random_faults_end_in_one_comment() {
    let runs = std::env::var("CML_TEST_FAULT_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(50_u64);
    thread::scope(|scope| {
        for part in 0..8 {
            scope.spawn(move || {
                let (world, head) = world();
                (part..runs).step_by(8).for_each(|seed| random(&world, &head, seed));
            });
        }
    });
}
