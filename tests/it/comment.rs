//! `cml comment` against a loopback GitHub and GitLab.

use crate::job::{EVERY, Host, Job};
use crate::world::World;

#[test]
fn one_comment_is_left_and_the_second_run_updates_it() {
    for host in EVERY {
        let job = Job::at(host);
        job.forge.refuse("/git", 403);
        let first = job.cml(&["comment"]);
        assert_eq!(first.code, 0, "{}", first.err);
        let second = job.cml(&["comment"]);
        assert_eq!(second.code, 0, "{}", second.err);
        let comments = job.forge.comments();
        assert_eq!(comments.len(), 1);
        let body = &comments[0].body;
        assert!(
            body.contains("0.87236") && body.contains("0.87184") && body.contains("`accuracy`"),
            "{body}"
        );
        assert!(body.trim_end().lines().last().unwrap().starts_with("<!-- cml:1 key=train"), "{body}");
    }
}

#[test]
fn a_second_page_of_strangers_does_not_hide_it() {
    for host in EVERY {
        for strangers in [30, 130] {
            let job = Job::at(host);
            job.forge.add_foreign(strangers);
            for _ in 0..2 {
                let ran = job.cml(&["comment"]);
                assert_eq!(ran.code, 0, "{}", ran.err);
            }
            assert_eq!(job.forge.comments().len(), strangers + 1);
        }
    }
}

#[test]
fn a_persons_quote_of_it_is_never_touched() {
    for host in EVERY {
        let job = Job::at(host);
        assert_eq!(job.cml(&["comment"]).code, 0);
        let quoted = job.forge.comments()[0].body.clone();
        job.forge.add("someone", &quoted);
        job.world.write("metrics.json", "{\"accuracy\": 0.99}");
        assert_eq!(job.cml(&["comment"]).code, 0);
        let comments = job.forge.comments();
        assert_eq!(comments.len(), 2);
        assert!(comments[0].body.contains("0.99"));
        assert_eq!(comments[1].body, quoted);
    }
}

#[test]
fn a_fork_gets_the_job_summary_and_no_failure() {
    for host in EVERY {
        let job = Job::at(host);
        let head = job.world.git(&["rev-parse", "HEAD"]);
        let job = Job::of_host(host, job.world, &head, true);
        job.forge.refuse("", 403);
        let ran = job.cml(&["comment"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(job.kept(&ran).contains("`accuracy`"));
        assert!(job.forge.comments().is_empty());
    }
}

#[test]
fn a_refusal_shows_the_whole_permissions_block_and_saves_the_report() {
    let job = Job::new();
    job.forge.refuse("", 403);
    let ran = job.cml(&["comment"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("pull-requests: write") && ran.err.contains("contents: write"), "{}", ran.err);
    assert!(job.summary().contains("`accuracy`"));
}

#[test]
fn each_refusal_has_its_exit_code_and_the_servers_words() {
    for host in EVERY {
        for status in [401, 404, 422, 500] {
            let job = Job::at(host);
            job.forge.refuse(job.thread(), status);
            let ran = job.cml(&["comment"]);
            assert_eq!(ran.code, 3, "{status}: {}", ran.err);
            assert!(
                ran.err.contains(&status.to_string()) && ran.err.contains("hint:"),
                "{status}: {}",
                ran.err
            );
        }
    }
}

#[test]
fn without_a_token_it_says_so() {
    for host in EVERY {
        let job = Job::at(host);
        let name = job.token_name();
        let job = job.without(name);
        let ran = job.cml(&["comment"]);
        assert_eq!(ran.code, 3);
        assert!(ran.err.contains("no token") && ran.err.contains(name), "{}", ran.err);
        assert!(job.kept(&ran).contains("`accuracy`"));
    }
}

#[test]
fn a_dry_run_needs_no_token_and_sends_nothing() {
    for host in EVERY {
        let job = Job::at(host).without("GITHUB_TOKEN").without("GITLAB_TOKEN");
        let ran = job.cml(&["comment", "--dry-run"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains("`accuracy`") && ran.out.contains("<!-- cml:1 key="), "{}", ran.out);
        assert!(
            ran.err.contains("create or update")
                && ran.err.contains(if host == Host::GitHub { "#7" } else { "!7" }),
            "{}",
            ran.err
        );
        assert_eq!(job.forge.log(), Vec::<String>::new());
    }
}

#[test]
fn only_the_authors_change_is_reported_when_main_has_moved() {
    let world = World::new();
    world.write("metrics.json", "{\"accuracy\": 0.80, \"f1\": 0.70}");
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    world.write("params.yaml", "lr: 0.1\n");
    let head = world.commit("author");
    world.git(&["checkout", "-q", "main"]);
    world.write("metrics.json", "{\"accuracy\": 0.85, \"f1\": 0.75}");
    world.commit("main moves");
    world.git(&["checkout", "-q", "--detach"]);
    world.git(&["merge", "-q", "--no-ff", "-m", "merge", &head]);
    // The training on the merge commit: the author's change costs a little accuracy.
    world.write("metrics.json", "{\"accuracy\": 0.84, \"f1\": 0.75}");
    let job = Job::of(world, &head, false);
    assert_eq!(job.cml(&["comment"]).code, 0);
    let body = &job.forge.comments()[0].body;
    assert!(body.contains("0.85") && body.contains("0.84"), "{body}");
    assert!(!body.contains("0.80") && !body.contains("0.70"), "{body}");
    assert!(body.contains("1 worse"), "{body}");
}

#[test]
fn a_users_markdown_is_posted_as_written() {
    for host in EVERY {
        let job = Job::at(host);
        job.world.write("report.md", "# Mine\n\n- [x] done\n\n> [!WARNING]\n> careful\n");
        assert_eq!(job.cml(&["comment", "create", "report.md"]).code, 0);
        assert_eq!(job.cml(&["comment", "update", "report.md"]).code, 0);
        let comments = job.forge.comments();
        assert_eq!(comments.len(), 1);
        assert!(
            comments[0].body.starts_with("# Mine\n\n- [x] done\n\n> [!WARNING]\n> careful\n"),
            "{}",
            comments[0].body
        );
        let missing = job.cml(&["comment", "nope.md"]);
        assert_eq!(missing.code, 2);
        assert!(missing.err.contains("nope.md"), "{}", missing.err);
    }
}

#[test]
fn a_report_that_is_too_long_is_shortened_and_the_summary_has_all_of_it() {
    let job = Job::new();
    job.forge.refuse("/git", 403);
    let metrics: Vec<String> =
        (0..3_000).map(|index| format!("\"a_rather_long_name_of_metric_{index}\": 0.{index}")).collect();
    job.world.write("metrics.json", &format!("{{\"accuracy\": 0.87184, {}}}", metrics.join(", ")));
    let ran = job.cml(&["comment"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let body = &job.forge.comments()[0].body;
    assert!(
        body.chars().count() <= 65_536 && body.contains("shortened") && body.contains("`accuracy`"),
        "{body}"
    );
    assert!(body.contains("/actions/runs/11"), "{body}");
    assert!(job.summary().contains("a_rather_long_name_of_metric_2999"));
}
