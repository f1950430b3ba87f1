//! What is different on GitLab: uploads, tokens, pipelines, servers below a path.

use crate::forge::{BOT, Fault, Thread};
use crate::job::{Host, Job};

fn job() -> Job {
    Job::at(Host::GitLab)
}

#[test]
fn pictures_are_uploaded_once_and_shown_by_their_relative_address() {
    let job = job();
    let first = job.cml(&["comment"]);
    assert_eq!(first.code, 0, "{}", first.err);
    let uploads = job.forge.uploads();
    assert_eq!(uploads.len(), 1, "one picture, no dark one: {:?}", uploads.keys());
    assert!(uploads.values().all(|bytes| bytes.starts_with(b"\x89PNG")));
    let body = job.forge.comments()[0].body.clone();
    let name = uploads.keys().next().unwrap();
    assert!(body.contains("src=\"/uploads/") && body.contains(&format!("/{name}\" width=\"")), "{body}");
    assert!(!body.contains("<picture>") && !body.contains("[!NOTE]"), "{body}");
    // The same report again: nothing is uploaded, and the note stays as it is.
    assert_eq!(job.cml(&["comment"]).code, 0);
    let log = job.forge.log();
    let count = |part: &str| log.iter().filter(|line| line.starts_with(part)).count();
    assert_eq!((count("POST /api/v4/projects/grp%2Fsub%2Fproj/uploads"), count("PUT ")), (1, 0), "{log:?}");
    assert_eq!(job.forge.comments().len(), 1);
    assert_eq!(job.forge.comments()[0].body, body);
}

#[test]
fn a_report_that_the_job_keeps_is_linked() {
    let job = job();
    assert_eq!(job.cml(&["comment", "--artifacts", "cml-report"]).code, 0);
    let body = job.forge.comments()[0].body.clone();
    let page = format!("{}/grp/sub/proj/-/jobs/66/artifacts/file/cml-report/report.md", job.forge.url());
    assert!(body.contains(&format!("[The job's artifacts]({page}) keep this report.")), "{body}");
    // A folder outside of the checkout is none that a job could keep.
    let outside = job.world.path("outside").display().to_string();
    assert_eq!(job.cml(&["comment", "--artifacts", &outside, "--key", "other"]).code, 0);
    assert!(!job.forge.comments()[1].body.contains("artifacts"));
}

#[test]
fn refused_uploads_cost_the_pictures_and_one_line_says_why() {
    let job = job();
    job.forge.refuse("/uploads", 403);
    let ran = job.cml(&["comment"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let body = &job.forge.comments()[0].body;
    assert!(body.contains('█') && body.contains("could not be uploaded"), "{body}");
    assert!(body.contains("> **Note**"), "{body}");
}

#[test]
fn fifty_pictures_are_fifty_uploads_and_one_note() {
    let job = job();
    for number in 0..50 {
        job.world.write(&format!("plots/p{number}.csv"), &format!("step,loss\n0,1\n1,0.{}\n", number + 10));
    }
    let ran = job.cml(&["comment", "--plots", "plots/*.csv"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let log = job.forge.log();
    let count = |part: &str| log.iter().filter(|line| line.starts_with(part)).count();
    let project = "/api/v4/projects/grp%2Fsub%2Fproj";
    let posted = [format!("POST {project}/uploads"), format!("POST {project}/merge_requests")]
        .map(|part| count(&part));
    assert_eq!(posted, [51, 1], "fifty, and the one that dvc.yaml names");
    // Whose rules count, who we are, which notes are there, and whether another run has made one at the same time.
    assert_eq!((count("GET /api/v4/user"), count("GET")), (1, 4), "{log:?}");
}

#[test]
fn fifty_images_of_a_file_are_fifty_one_requests() {
    let job = job();
    let mut text = String::new();
    for number in 0..50_u8 {
        let file = std::fs::File::create(job.world.root().join(format!("p{number}.png"))).unwrap();
        let mut writer = png::Encoder::new(file, 1, 1).write_header().unwrap();
        writer.write_image_data(&[number]).unwrap();
        writer.finish().unwrap();
        text += &format!("![](p{number}.png)\n");
    }
    job.world.write("report.md", &text);
    let ran = job.cml(&["comment", "create", "report.md"]);
    assert_eq!((ran.code, job.forge.uploads().len()), (0, 50), "{}", ran.err);
    assert_eq!(job.forge.log().len(), 51, "{:?}", job.forge.log());
    // The next run makes another comment, as it was asked to, and an update replaces neither.
    assert_eq!(job.cml(&["comment", "create", "report.md"]).code, 0);
    assert_eq!(job.forge.comments().len(), 2);
}

#[test]
fn lists_that_go_on_by_a_cursor_are_read_to_their_end() {
    let head = "c".repeat(40);
    let commit = format!("commit/{head}");
    let targets = [
        ("mr/7", Thread::Issue(7)),
        ("issue/9", Thread::Issue(9)),
        (commit.as_str(), Thread::Commit(head.clone())),
    ];
    for (target, on) in targets {
        for keyset in [true, false] {
            let job = job();
            if keyset {
                job.forge.page_by_keyset();
            }
            job.forge.add_foreign_on(&on, 130);
            for text in ["one", "two"] {
                job.world.write("report.md", text);
                let ran = job.cml(&["comment", "report.md", "--target", target]);
                assert_eq!(ran.code, 0, "{target}: {}", ran.err);
            }
            let comments = job.forge.comments_on(&on);
            assert_eq!(comments.len(), 131, "{target}");
            assert!(comments[130].body.starts_with("two\n"), "{target}: {}", comments[130].body);
        }
    }
}

#[test]
fn a_server_below_a_path_is_found_by_its_api() {
    let job = job();
    let url = job.forge.url();
    let job = job
        .with("CI_SERVER_URL", &format!("{url}/gitlab"))
        .with("CI_API_V4_URL", &format!("{url}/gitlab/api/v4"));
    let ran = job.cml(&["comment"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(job.forge.log().iter().all(|line| line.contains("/gitlab/api/v4/")), "{:?}", job.forge.log());
    assert!(
        ran.out.starts_with(&format!("{url}/gitlab/grp/sub/proj/-/merge_requests/7#note_")),
        "{}",
        ran.out
    );
}

#[test]
fn a_token_that_is_missing_or_of_no_use_is_told_plainly() {
    let check = |token: Option<&str>, protected: &str, words: &[&str]| {
        let job = job().with("CI_COMMIT_REF_PROTECTED", protected);
        let job = match token {
            Some(token) => job.with("GITLAB_TOKEN", token),
            None => job.without("GITLAB_TOKEN"),
        };
        let ran = job.cml(&["comment"]);
        assert_eq!(ran.code, 3, "{token:?}: {}", ran.err);
        for word in words {
            assert!(ran.err.contains(word), "{token:?}: no {word:?} in {}", ran.err);
        }
        assert!(ran.out.contains("`accuracy`"), "the report is lost: {}", ran.out);
        assert!(!ran.err.contains("permissions:"), "GitHub's words: {}", ran.err);
    };
    let click = "Settings > CI/CD > Variables";
    check(None, "false", &["no token", "CI_JOB_TOKEN is there", "Protect variable", click]);
    check(None, "true", &["no token", "Settings > Access tokens", "Premium"]);
    check(Some("$MODEL_TOKEN"), "true", &["GITLAB_TOKEN holds a variable's name"]);
    check(Some("[MASKED]"), "true", &["GITLAB_TOKEN holds a variable's name (or [MASKED])", click]);
    check(Some("job-token"), "true", &["401", "wrong, expired or revoked (or it is a job token", click]);
    check(Some("job-seededToken"), "true", &["401", "the token is the job's own, CI_JOB_TOKEN", click]);
    check(Some("expired-token"), "true", &["invalid_token; Token is expired", "expired", click]);
    check(Some("read-token"), "true", &["insufficient_scope", "scope `api`", "role Reporter"]);
}

#[test]
fn a_forks_job_without_a_token_leaves_the_report_in_the_log_and_the_artifacts() {
    let job = job();
    let head = job.world.git(&["rev-parse", "HEAD"]);
    let job = Job::of_host(Host::GitLab, job.world, &head, true).without("GITLAB_TOKEN");
    let ran = job.cml(&["comment", "--artifacts", "cml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("`accuracy`") && ran.err.contains("Run pipeline"), "{} {}", ran.out, ran.err);
    assert_eq!(job.forge.log(), Vec::<String>::new());
    let read = |name: &str| std::fs::read_to_string(job.world.root().join("cml").join(name)).unwrap();
    assert!(read("metrics.txt").contains("accuracy 0.87184"), "{}", read("metrics.txt"));
    assert!(read("cml.env").starts_with("CML_VERDICT="), "{}", read("cml.env"));
    assert!(read("report.md").contains("report_files/"), "{}", read("report.md"));
}

#[test]
fn a_forks_own_token_is_no_failure_either() {
    for token in ["expired-token", "read-token", "job-token"] {
        let job = job();
        let head = job.world.git(&["rev-parse", "HEAD"]);
        let job = Job::of_host(Host::GitLab, job.world, &head, true).with("GITLAB_TOKEN", token);
        let ran = job.cml(&["comment"]);
        assert_eq!(ran.code, 0, "{token}: {}", ran.err);
        assert!(ran.out.contains("`accuracy`") && ran.err.contains("comes from a fork"), "{}", ran.err);
    }
}

#[test]
fn a_commits_comment_is_updated_too() {
    let job = job();
    let head = job.world.git(&["rev-parse", "HEAD"]);
    job.world.write("report.md", "one\n");
    assert_eq!(job.cml(&["comment", "update", "--target=commit", "report.md"]).code, 0);
    job.world.write("report.md", "two\n");
    let ran = job.cml(&["comment", "update", "--target=commit", "report.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let comments = job.forge.comments_on(&Thread::Commit(head));
    assert_eq!((comments.len(), comments[0].author.as_str()), (1, BOT));
    assert!(comments[0].body.starts_with("two"), "{}", comments[0].body);
}

#[test]
fn a_branchs_pipeline_finds_its_merge_request() {
    let branch = || {
        job()
            .without("CI_MERGE_REQUEST_IID")
            .with("CI_PIPELINE_SOURCE", "push")
            .with("CI_COMMIT_BRANCH", "feature")
    };
    let ran = |job: &Job| {
        let ran = job.cml(&["comment"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        job.forge.comments().len()
    };
    assert_eq!(ran(&branch().with("CI_OPEN_MERGE_REQUESTS", "grp/sub/proj!7")), 1);
    // Not told by the pipeline, but known to the server by its head.
    let asked = branch();
    asked.forge.set_head(&asked.world.git(&["rev-parse", "HEAD"]));
    assert_eq!(ran(&asked), 1);
    assert_eq!(ran(&branch()), 0);
    assert_eq!(ran(&branch().with("CI_PIPELINE_SOURCE", "schedule")), 0);
}

#[test]
fn a_merged_result_counts_only_the_authors_change() {
    let world = crate::world::World::new();
    world.write("metrics.json", "{\"accuracy\": 0.80}");
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    world.write("params.yaml", "lr: 0.1\n");
    let head = world.commit("author");
    world.git(&["checkout", "-q", "main"]);
    world.write("metrics.json", "{\"accuracy\": 0.85}");
    let target = world.commit("main moves");
    world.git(&["checkout", "-q", "--detach"]);
    world.git(&["merge", "-q", "--no-ff", "-m", "merge", &head]);
    let merged = world.git(&["rev-parse", "HEAD"]);
    world.write("metrics.json", "{\"accuracy\": 0.84}");
    let job = Job::of_host(Host::GitLab, world, &merged, false)
        .with("CI_MERGE_REQUEST_EVENT_TYPE", "merged_result")
        .with("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", &head)
        .with("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", &target);
    assert_eq!(job.cml(&["comment"]).code, 0);
    let body = &job.forge.comments()[0].body;
    assert!(body.contains("| 0.85 | 0.84 |") && !body.contains("0.80"), "{body}");
    assert!(body.contains(&format!("/-/commit/{head}")), "{body}");
}

#[test]
fn a_lost_answer_makes_no_second_note() {
    let job = job();
    job.forge.refuse("/uploads", 403);
    job.forge.fault("POST /api/v4/projects/grp%2Fsub%2Fproj/merge_requests", Fault::LostAfterWrite);
    let ran = job.cml(&["comment"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(job.forge.comments().len(), 1);
}

#[test]
fn quick_actions_of_a_file_or_of_a_files_name_are_shown_and_not_carried_out() {
    let job = job();
    job.world.write("report.md", "/close\n# Mine\n\n~~~\n/label ~x\n~~~\n/usr/bin is a path\n");
    for _ in 0..2 {
        let ran = job.cml(&["comment", "report.md"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.err.contains("report.md: 2 of its lines would be quick actions"), "{}", ran.err);
    }
    let comments = job.forge.comments();
    assert_eq!(comments.len(), 1);
    let body = &comments[0].body;
    assert!(body.starts_with(" /close\n# Mine\n\n~~~\n /label ~x\n~~~\n/usr/bin is a path\n"), "{body}");
    assert!(!job.forge.log().iter().any(|line| line.starts_with("PUT")), "the same text is sent again");

    job.world.write("metrics.json", "{\"/close\": 1, \"a\\n/label ~x\": \"b\\n/merge\"}");
    job.world.write("plots/a.csv", "/close,y\n/merge,1\n/label,2\n");
    let ran = job.cml(&["comment", "--plots", "plots/*.csv", "--key", "names"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let body = job.forge.comments()[1].body.clone();
    assert!(body.contains("/close") && body.lines().all(|line| !line.starts_with('/')), "{body}");
}

#[test]
fn a_key_with_the_pipeline_and_the_job_is_another_one_each_time() {
    let job = job();
    job.world.write("r.md", "x");
    for id in ["66", "67"] {
        let job = job.again().with("CI_JOB_ID", id);
        assert_eq!(job.cml(&["comment", "r.md", "--watermark-title={workflow} {run}"]).code, 0);
    }
    let bodies: Vec<String> = job.forge.comments().into_iter().map(|comment| comment.body).collect();
    assert_eq!(bodies.len(), 2);
    assert!(bodies[1].contains("key=11%2067 "), "{bodies:?}");
}

#[test]
fn a_thread_is_resolved_unless_something_is_worse_and_people_have_the_last_word() {
    let world = crate::world::World::new();
    world.write("metrics.json", "{\"accuracy\": 0.9}");
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    let head = world.commit("feature");
    let job = Job::of_host(Host::GitLab, world, &head, false);
    let resolved_after = |accuracy: &str| {
        job.world.write("metrics.json", &format!("{{\"accuracy\": {accuracy}}}"));
        let ran = job.cml(&["comment", "--thread", "--label", "model"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let comments = job.forge.comments();
        assert_eq!(comments.len(), 1, "one thread");
        (comments[0].id, comments[0].resolved, job.forge.labels().join(" "))
    };
    let (id, resolved, labels) = resolved_after("0.8");
    assert_eq!((resolved, labels.as_str()), (Some(false), "model::worse"));
    assert_eq!(resolved_after("0.95"), (id, Some(true), "model::better".to_owned()));
    assert_eq!(resolved_after("0.7"), (id, Some(false), "model::worse".to_owned()));
    // Somebody has seen it; the same report says nothing new, another one does.
    job.forge.resolve(id, true);
    assert_eq!(resolved_after("0.7").1, Some(true));
    assert_eq!(resolved_after("0.6").1, Some(false));
}

#[test]
fn a_thread_that_cannot_be_resolved_and_a_label_that_is_refused_cost_no_comment() {
    let job = job();
    job.world.write("metrics.json", "{\"accuracy\": 0.99, \"precision\": 0.9, \"recall\": 0.9}");
    job.forge.refuse("PUT /api/v4/projects/grp%2Fsub%2Fproj/merge_requests/7", 403);
    let ran = job.cml(&["comment", "--thread", "--label=model"]);
    assert_eq!((ran.code, job.forge.comments().len()), (0, 1), "{}", ran.err);
    assert_eq!(ran.err.matches("needs the role Developer").count(), 2, "{}", ran.err);
    // A note that was made without the flag stays a note.
    let job = self::job();
    for arguments in [&["comment"][..], &["comment", "--thread"]] {
        assert_eq!(job.cml(arguments).code, 0);
    }
    let comments = job.forge.comments();
    assert_eq!((comments.len(), comments[0].resolved), (1, None));
    for arguments in [&["comment", "r.md", "--label=m"][..], &["comment", "--label=a,b"]] {
        job.world.write("r.md", "x");
        assert_eq!(job.cml(arguments).code, 2);
    }
}

#[test]
fn a_server_below_a_path_is_looked_for_without_the_token_where_nothing_tells_it() {
    let job = job();
    let url = job.forge.url();
    let laptop = |names: &[&str]| {
        let job = job.again().without("GITLAB_CI").without("CI_API_V4_URL");
        let repo = format!("--repo={url}/{}", names.join("/"));
        let ran = job.cml(&["comment", &repo, "--driver=gitlab", "--target=mr/7"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        job.forge.comments().len()
    };
    assert_eq!(laptop(&["grp", "sub", "proj"]), 1);
    assert!(job.forge.log()[0].starts_with("GET /api/v4/projects/"), "{:?}", job.forge.log());
    assert_ne!(job.forge.log()[0], job.forge.signed()[0], "the question is signed");

    // Something else is at the host's root.
    job.forge.fault(" /api/v4/", Fault::Html);
    assert_eq!(laptop(&["gitlab", "grp", "sub", "proj"]), 1);
    let signed = job.forge.signed();
    let here = |line: &&String| line.contains(" /api/v4/");
    assert_eq!(job.forge.log().iter().filter(here).count() - signed.iter().filter(here).count(), 2);
    assert!(signed.last().unwrap().contains(" /gitlab/api/v4/"), "{signed:?}");

    // Where it is told, nobody is asked.
    job.forge.recover();
    let before = job.forge.log().len();
    let told = job.again().without("GITLAB_CI").with("CI_API_V4_URL", &format!("{url}/gitlab/api/v4/"));
    let repo = format!("--repo={url}/gitlab/grp/sub/proj");
    assert_eq!(told.cml(&["comment", &repo, "--driver=gitlab", "--target=mr/7"]).code, 0);
    assert_eq!(job.forge.log().len() - before, job.forge.signed().len() - signed.len());

    // Nothing answers like a GitLab.
    job.forge.fault("/api/v4/", Fault::Html);
    let lost = job.again().without("GITLAB_CI").without("CI_API_V4_URL");
    let ran = lost.cml(&["comment", &repo, "--driver=gitlab", "--target=mr/7"]);
    assert!(ran.code == 3 && ran.err.contains("set CI_API_V4_URL to its API"), "{}", ran.err);
}
