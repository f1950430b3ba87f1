//! CML's command lines against GitLab: each ends as it did with CML 0.20, or better.

use crate::forge::{BOT, Fault, Thread};
use crate::job::{Host, Job};
use crate::world::Ran;

const OLD: &str = "![](https://cml.dev/watermark.png#0123abc \"CML watermark\")";

/// A branch's job with CML's variable for the token; nothing tells the merge request.
fn job() -> Job {
    let job = Job::at(Host::GitLab)
        .without("GITLAB_TOKEN")
        .without("CI_MERGE_REQUEST_IID")
        .with("CI_PIPELINE_SOURCE", "push")
        .with("CI_COMMIT_BRANCH", "feature")
        .with("REPO_TOKEN", crate::job::TOKEN);
    job.world.write("report.md", "# The report\n");
    job
}

/// `cml comment VERB --repo=… --driver=gitlab MORE report.md`.
#[track_caller]
fn comment(job: &Job, verb: &str, more: &[&str]) -> Ran {
    let repo = format!("--repo={}/grp/sub/proj", job.forge.url());
    job.cml(&[&["comment", verb, repo.as_str(), "--driver=gitlab"], more, &["report.md"]].concat())
}

#[test]
fn a_comment_is_made_where_it_is_wanted_and_its_address_printed() {
    let head = "a".repeat(40);
    let commit = format!("commit/{head}");
    let cases = [
        ("pr/7", "merge_requests/7", Thread::Issue(7)),
        ("PR/7", "merge_requests/7", Thread::Issue(7)),
        ("issue/1", "issues/1", Thread::Issue(1)),
        (commit.as_str(), commit.as_str(), Thread::Commit(head)),
    ];
    for (target, page, on) in cases {
        let job = job();
        let ran = comment(&job, "create", &["--target", target]);
        assert_eq!(ran.code, 0, "{target}: {}", ran.err);
        let id = job.forge.comments_on(&on)[0].id;
        assert_eq!(ran.out, format!("{}/grp/sub/proj/-/{page}#note_{id}\n", job.forge.url()));
    }
}

#[test]
fn without_a_target_it_is_the_merge_request_else_the_commit() {
    let told = job().with("CI_MERGE_REQUEST_IID", "7");
    assert_eq!((comment(&told, "create", &[]).code, told.forge.comments().len()), (0, 1));
    let asked = job();
    asked.forge.set_head(&asked.world.git(&["rev-parse", "HEAD"]));
    assert_eq!((comment(&asked, "create", &[]).code, asked.forge.comments().len()), (0, 1));
    let neither = job();
    assert_eq!(comment(&neither, "create", &[]).code, 0);
    let head = neither.world.git(&["rev-parse", "HEAD"]);
    assert_eq!(neither.forge.comments_on(&Thread::Commit(head)).len(), 1);
    let ran = comment(&job(), "create", &["--target=pr"]);
    assert!(ran.code != 0 && ran.err.contains("no open merge request"), "{}", ran.err);
}

#[test]
fn an_update_finds_its_comment_wherever_it_hangs() {
    for (target, on) in [
        ("pr/7", Thread::Issue(7)),
        ("issue/1", Thread::Issue(1)),
        // CML: "GitLab does not support comment updates!"
        ("commit", Thread::Commit(job().world.git(&["rev-parse", "HEAD"]))),
    ] {
        let job = job();
        for text in ["first", "second"] {
            job.world.write("report.md", text);
            let ran = comment(&job, "update", &["--target", target]);
            assert_eq!(ran.code, 0, "{target}: {}", ran.err);
        }
        let comments = job.forge.comments_on(&on);
        assert_eq!(comments.len(), 1, "{target}");
        assert!(comments[0].body.starts_with("second"), "{target}");
    }
}

#[test]
fn cmls_own_comments_are_found_again_and_only_ours() {
    // CML looked at the newest twenty notes only, and at nobody's name.
    let job = job();
    job.forge.add(BOT, &format!("old\n\n{OLD}"));
    job.forge.add_foreign(40);
    job.forge.add("someone", &format!("> old\n\n{OLD}"));
    assert_eq!(comment(&job, "update", &["--target=pr/7"]).code, 0);
    let comments = job.forge.comments();
    assert_eq!(comments.len(), 42);
    assert!(comments[0].body.starts_with("# The report") && comments[41].body.starts_with("> old"));
    // Of two it is the newest, as CML says of itself.
    let job = self::job();
    for text in ["one", "two"] {
        job.forge.add(BOT, &format!("{text}\n\n{OLD}"));
    }
    assert_eq!(comment(&job, "update", &["--target=pr/7"]).code, 0);
    let bodies: Vec<String> = job.forge.comments().into_iter().map(|comment| comment.body).collect();
    assert!(bodies.len() == 2 && bodies[0].starts_with("one") && bodies[1].starts_with("# The report"));
}

#[test]
fn a_refusal_is_told_in_gitlabs_words_and_a_busy_server_waited_for() {
    for (status, words) in [
        (401, "401 Unauthorized"),
        (403, "403 Forbidden"),
        (404, "404 Not Found"),
        (500, "500 Internal Server Error"),
    ] {
        let job = job();
        job.forge.refuse("/notes", status);
        let ran = comment(&job, "create", &["--target=pr/7"]);
        assert!(ran.code == 3 && ran.err.contains(words) && ran.err.len() < 1500, "{}", ran.err);
    }
    let job = job();
    job.forge.fault("/notes", Fault::Times(1, Box::new(Fault::RateLimited { retry_after: 1 })));
    assert_eq!(comment(&job, "create", &["--target=pr/7"]).code, 0);
}

#[test]
fn a_job_token_alone_is_no_token_and_the_message_says_what_to_do() {
    let ran = comment(&job().without("REPO_TOKEN"), "create", &["--target=pr/7"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("CI_JOB_TOKEN is there") && ran.err.contains("GITLAB_TOKEN"), "{}", ran.err);
}

#[test]
fn a_report_beyond_gitlabs_limit_is_shortened_instead_of_refused() {
    let job = job();
    job.world.write("report.md", &"A paragraph of some words.\n\n".repeat(40_000));
    let ran = comment(&job, "create", &["--target=pr/7"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let body = &job.forge.comments()[0].body;
    assert!(body.len() > 990_000 && body.len() <= 1_000_000 && body.contains("left out"), "{}", body.len());
    // All of it is in the job's log.
    assert!(ran.err.contains("shortened") && ran.out.len() > body.len(), "{}", ran.err);
}

#[test]
fn images_are_uploads_each_once_and_links_to_files_are_left_alone() {
    let job = job();
    let png = include_bytes!("../data/images/3x2.png");
    std::fs::write(job.world.root().join("a.png"), png).unwrap();
    job.world.write("secret.env", "KEY=1");
    job.world.write("report.md", "![](a.png) ![again](a.png) [s](secret.env) [d](.) [h](/etc/hostname)\n");
    for native in [&["--native"][..], &[]] {
        let ran = comment(&job, "create", &[&["--target=pr/7"], native].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    assert!(job.forge.uploads().values().all(|bytes| bytes == png));
    let body = job.forge.comments()[0].body.clone();
    assert_eq!(body.matches("](/uploads/").count(), 2, "{body}");
    assert!(body.contains("[s](secret.env) [d](.) [h](/etc/hostname)"), "{body}");
    let uploads = job.forge.log().iter().filter(|line| line.ends_with("/uploads")).count();
    assert_eq!(uploads, 2, "one a run");

    let repo = format!("--repo={}/grp/sub/proj", job.forge.url());
    let ran = job.cml(&["asset", "publish", &repo, "--driver=gitlab", "--native", "--md", "a.png"]);
    assert!(ran.out.starts_with("![](/uploads/") && ran.out.ends_with(".png)\n"), "{} {}", ran.out, ran.err);
}

#[test]
fn a_check_is_a_commit_status() {
    // CML: "Gitlab does not support check!"
    let job = job();
    let repo = format!("--repo={}/grp/sub/proj", job.forge.url());
    let ran = job.cml(&["check", "create", &repo, "--driver=gitlab", "report.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(job.forge.statuses()[0]["status"], "success");
}

#[test]
fn only_the_named_server_is_asked_and_nothing_else_on_the_way() {
    let job = job();
    assert_eq!(comment(&job, "create", &["--target=pr/7"]).code, 0);
    assert_eq!(job.forge.log(), ["POST /api/v4/projects/grp%2Fsub%2Fproj/merge_requests/7/notes"]);
}
