//! Every fault on every request of `cml comment`: its exit code, its words, and never a second comment.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::thread;

use crate::forge::Fault;
use crate::job::{EVERY, Host, Job};
use crate::world::World;

/// Who we are, the list, the new comment: the requests of a run that creates.
fn creating(host: Host) -> [&'static str; 3] {
    match host {
        Host::GitHub => {
            ["POST /api/graphql", "GET /api/v3/repos/o/r/issues", "POST /api/v3/repos/o/r/issues"]
        }
        Host::GitLab => {
            ["GET /api/v4/user", "GET /api/v4/projects/grp%2Fsub%2Fproj/merge_requests/7/notes", POST]
        }
    }
}

/// The same of one that finds two comments of an older head: also the head of now, the new text, the double.
fn updating(host: Host) -> [&'static str; 5] {
    let [viewer, list, _] = creating(host);
    match host {
        Host::GitHub => [viewer, list, "GET /api/v3/repos/o/r/pulls", "PATCH", "DELETE"],
        Host::GitLab => [viewer, list, "/merge_requests/7$", "PUT", "DELETE"],
    }
}

const POST: &str = "POST /api/v4/projects/grp%2Fsub%2Fproj/merge_requests/7/notes";

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
fn cause(host: Host, fault: &Fault, request: &str) -> &'static str {
    match fault {
        // A read goes where it is sent; there it is told that there is nothing.
        Fault::Redirect if request.starts_with("GET") => "404",
        Fault::Secondary if host == Host::GitLab => "429: Retry later",
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
    host: Host,
    fault: Fault,
    request: &'static str,
    updating: bool,
    code: i32,
}

/// The exit code of a fault that happens once; `of` are those of a read, of creating and of updating.
fn code_of(fault: &Fault, request: &str, of: [i32; 3]) -> i32 {
    let [read, create, update] = of;
    let is_redirect = matches!(fault, Fault::Redirect);
    match request {
        // A double that stays is no failure.
        "DELETE" => 0,
        "PATCH" => update,
        // To write the same text twice is as good as once, and so is this method.
        "PUT" => update,
        POST => create,
        request if request.starts_with("POST /api/v3") => create,
        // A change request that is not found has no head: the order is not judged then.
        request if is_redirect && (request.ends_with("pulls") || request.ends_with('$')) => 0,
        // Who is not told who he is trusts only what this run wrote.
        request if is_redirect && request.ends_with("user") => 0,
        _ => read,
    }
}

fn cases(host: Host) -> Vec<Case> {
    let (creating, updating) = (creating(host), updating(host));
    let mut all = Vec::new();
    for (fault, codes) in once() {
        for (requests, updating) in [(&creating[..], false), (&updating[..], true)] {
            for request in requests {
                let code = code_of(&fault, request, codes);
                let fault = Fault::Times(1, Box::new(fault.clone()));
                all.push(Case { host, fault, request, updating, code });
            }
        }
    }
    for (fault, codes) in always() {
        for (request, code) in creating[1..].iter().zip(codes) {
            all.push(Case { host, fault: fault.clone(), request, updating: false, code });
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
    let Case { host, fault, request, updating, code } = case;
    let job = Job::of_host(*host, Rc::clone(world), head, false);
    job.forge.set_head(head);
    if *updating {
        job.forge.add(job.viewer(), &old_comment());
        job.forge.add(job.viewer(), &old_comment());
    }
    job.forge.fault(request, fault.clone());
    let what = format!("{host:?}: {fault:?} on {request}");
    let ran = job.cml(&["comment", "report.md"]);
    assert_eq!(ran.code, *code, "{what}: {}", ran.err);
    let inner = if let Fault::Times(_, fault) = fault { fault } else { fault };
    if *code == 3 {
        for word in [cause(*host, inner, request), "error: ", "hint: "] {
            assert!(ran.err.contains(word), "{what}: no {word:?} in {}", ran.err);
        }
    }
    let count = job.forge.comments().len();
    let is_nobody = matches!(inner, Fault::Redirect) && request.ends_with("user");
    let most = usize::from(*updating) + 1 + usize::from(*updating && is_nobody);
    assert!(count <= most, "{what}: {count} comments");
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
    let cases: Vec<Case> = EVERY.into_iter().flat_map(cases).collect();
    thread::scope(|scope| {
        for part in cases.chunks(cases.len().div_ceil(24)) {
            scope.spawn(move || {
                let (world, head) = world();
                part.iter().for_each(|case| check(&world, &head, case));
            });
        }
    });
}

#[test]
fn a_server_that_is_not_there_is_named_with_what_to_check() {
    for host in EVERY {
        let (world, head) = world();
        let job = Job::of_host(host, world, &head, false).reached_at("http://127.0.0.1:9");
        let ran = job.cml(&["comment", "report.md"]);
        assert_eq!(ran.code, 3, "{}", ran.err);
        assert!(ran.err.contains("127.0.0.1:9") && ran.err.contains("HTTPS_PROXY"), "{}", ran.err);
        assert!(job.kept(&ran).contains("the text"));
    }
}

#[test]
fn runs_at_the_same_time_leave_one_comment_after_the_next_clean_one() {
    for host in EVERY {
        let (world, head) = world();
        let job = Job::of_host(host, world, &head, false);
        job.forge.set_head(&head);
        job.forge.fault("DELETE", Fault::Refused(500));
        let mut children: Vec<_> =
            (20..26).map(|run| job.again().in_run(run).spawn(&["comment", "report.md"])).collect();
        assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
        assert!(!job.forge.comments().is_empty());
        job.forge.recover();
        assert_eq!(job.cml(&["comment", "report.md"]).code, 0);
        assert_eq!(job.forge.comments().len(), 1);
    }
}

/// How many, unless `name` says another number.
fn count(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Leg `number` of `all` of a job, in a run.
fn leg(job: &Job, host: Host, run: u64, number: u64, all: u64) -> Job {
    let job = job.again().in_run(run);
    match host {
        Host::GitHub => job.with("RUNNER_TRACKING_ID", &format!("github_{run}_{number}")),
        Host::GitLab => job
            .with("CI_JOB_NAME", &format!("train {number}/{all}"))
            .with("CI_NODE_INDEX", &number.to_string())
            .with("CI_JOB_ID", &format!("{run}{number}")),
    }
}

/// `CML_TEST_LEGS=20 cargo test --test it legs_at_the_same_time` starts so many at once.
#[test]
fn legs_at_the_same_time_keep_a_comment_each_and_the_next_push_finds_them() {
    let all = count("CML_TEST_LEGS", 4);
    for host in EVERY {
        let (world, head) = world();
        let job = Job::of_host(host, world, &head, false);
        job.forge.set_head(&head);
        for run in 20..23 {
            let mut children: Vec<_> = (1..=all)
                .map(|number| leg(&job, host, run, number, all).spawn(&["comment", "report.md"]))
                .collect();
            assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
            let bodies: Vec<String> = job.forge.comments().into_iter().map(|comment| comment.body).collect();
            let marks: BTreeSet<&str> = bodies.iter().filter_map(|body| body.lines().last()).collect();
            let of_run = marks.iter().filter(|mark| mark.contains(&format!(" run={run} "))).count();
            // One for each leg, no two of one leg, and none of an earlier run.
            let seen = (bodies.len() as u64, marks.len() as u64, of_run as u64);
            assert_eq!(seen, (all, all, all), "{host:?}, run {run}: {bodies:#?}");
        }
    }
}

/// `CML_TEST_AT_ONCE=20 cargo test --test it many_at_once` starts so many at once.
#[test]
fn many_at_once_under_one_key_leave_one_comment() {
    let all = count("CML_TEST_AT_ONCE", 6);
    for host in EVERY {
        let (world, head) = world();
        let job = Job::of_host(host, world, &head, false);
        job.forge.set_head(&head);
        let mut children: Vec<_> =
            (20..20 + all).map(|run| job.again().in_run(run).spawn(&["comment", "report.md"])).collect();
        assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
        let comments = job.forge.comments();
        assert_eq!(comments.len(), 1, "{host:?}: {comments:#?}");
    }
}

/// `CML_TEST_KILLS=100 cargo test --test it killed` kills so many.
#[test]
fn a_run_that_is_killed_leaves_at_most_a_comment_that_the_next_one_takes_over() {
    let kills = count("CML_TEST_KILLS", 10);
    let (world, head) = world();
    let mut random = Random(7);
    for kill in 0..kills {
        let host = EVERY[random.below(2)];
        let job = Job::of_host(host, Rc::clone(&world), &head, false);
        job.forge.set_head(&head);
        let mut child = job.again().in_run(1).spawn(&["comment", "report.md"]);
        thread::sleep(std::time::Duration::from_millis(random.below(200) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(job.forge.comments().len() <= 1, "kill {kill}");
        let ran = job.cml(&["comment", "report.md"]);
        assert_eq!((ran.code, job.forge.comments().len()), (0, 1), "kill {kill}: {}", ran.err);
    }
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
    let host = EVERY[random.below(2)];
    let job = Job::of_host(host, Rc::clone(world), head, false);
    job.forge.set_head(head);
    let faults: Vec<Fault> = once().into_iter().map(|(fault, _)| fault).collect();
    for run in 0..3 {
        for _ in 0..=random.below(4) {
            let fault = faults[random.below(faults.len())].clone();
            let request = [&creating(host)[..], &updating(host)[..]].concat()[random.below(8)];
            job.forge.fault(request, Fault::Times(1 + random.below(2), Box::new(fault)));
        }
        let policy = ["update", "recreate"][random.below(2)];
        let ran = job.again().in_run(run).cml(&["comment", "report.md", "--policy", policy]);
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
    let runs = count("CML_TEST_FAULT_RUNS", 50);
    thread::scope(|scope| {
        for part in 0..8 {
            scope.spawn(move || {
                let (world, head) = world();
                (part..runs).step_by(8).for_each(|seed| random(&world, &head, seed));
            });
        }
    });
}
