//! What the older tool of this field got wrong, each as a test that holds here. What other files test already (pages
//! of strangers, a person's quote, links that lead out, scripts in SVG) is not repeated.

use std::fs;

use crate::job::{Host, Job, TOKEN};

const PNG: &[u8] = include_bytes!("../data/images/3x2.png");

#[test]
fn a_title_with_any_sign_in_it_is_found_again() {
    for title in ["my_title", "a*b", "a[b]", "a<b", "_x", "a&b", "a\"b", "a`b", "a-->b", "{workflow} {run}"] {
        let job = Job::new();
        job.world.write("report.md", "the report");
        for _ in 0..2 {
            let ran = job.cml(&["comment", "update", "--watermark-title", title, "report.md"]);
            assert_eq!(ran.code, 0, "{title}: {}", ran.err);
        }
        assert_eq!(job.forge.comments().len(), 1, "{title}");
    }
}

#[test]
fn what_a_forge_renders_is_posted_as_it_was_written() {
    let text = "- [x] done\n- [ ] todo\n\n> [!WARNING]\n> look\n\nFootnote[^1] and $x_i * y_i$\n\n\
                $$\n\\sum_{i=1}^n x_i * w_i\n$$\n\n| a\\|b | `x|y` | $a_1*b_2$ |\n|--|--|--|\n\n\
                https://example.com/?a=1&b=2&c=3 and [not a link]\n\nTitle\n=====\n\n__bold__ _em_  \nbreak\n\n\
                ~~~mermaid\ngraph TD\n~~~\n\n1) one\n\n[^1]: the note\n";
    for host in crate::job::EVERY {
        let job = Job::at(host);
        job.world.write("report.md", text);
        assert_eq!(job.cml(&["comment", "create", "report.md"]).code, 0);
        let body = &job.forge.comments()[0].body;
        assert!(body.starts_with(text.trim_end()), "{body}");
    }
}

#[test]
fn a_link_to_a_file_or_a_folder_is_a_link_and_nothing_else() {
    let job = Job::new();
    job.world.write("secret.env", "PASSWORD=1");
    let text = "[x](secret.env) [y](/etc/hostname) [d](.) [p](plots/)";
    job.world.write("report.md", text);
    let ran = job.cml(&["comment", "create", "report.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(job.forge.comments()[0].body.starts_with(text));
    assert!(job.forge.files().is_empty() && job.forge.uploads().is_empty());
}

#[test]
fn an_image_that_is_named_three_times_is_stored_once() {
    for host in crate::job::EVERY {
        let job = Job::at(host);
        fs::write(job.world.root().join("a.png"), PNG).unwrap();
        fs::write(job.world.root().join("b.png"), PNG).unwrap();
        job.world.write("report.md", "![1](a.png) ![2](a.png) ![3](./a.png)");
        let ran = job.cml(&["comment", "create", "report.md"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let stored = if host == Host::GitHub { job.forge.files().len() } else { job.forge.uploads().len() };
        assert_eq!(stored, 1);
    }
}

#[test]
fn without_a_commit_the_comment_is_found_again() {
    let job = Job::new().without("GITHUB_SHA");
    fs::remove_dir_all(job.world.root().join(".git")).unwrap();
    let job = job.on("workflow_dispatch", &serde_json::json!({}));
    job.world.write("report.md", "no commit");
    for _ in 0..2 {
        let ran = job.cml(&["comment", "update", "--target", "PR/7", "--repo", "o/r", "report.md"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    assert_eq!(job.forge.comments().len(), 1);
}

#[test]
fn nobodys_git_configuration_is_touched() {
    let job = Job::new();
    let config = job.world.root().join(".git/config");
    let before = fs::read_to_string(&config).unwrap();
    assert_eq!(job.cml(&["comment"]).code, 0);
    let after = fs::read_to_string(&config).unwrap();
    assert_eq!(after, before);
    assert!(!after.contains(TOKEN) && !job.world.path("home/.gitconfig").exists());
}

#[test]
fn a_commits_comment_is_updated_on_both_forges() {
    for host in crate::job::EVERY {
        let job = Job::at(host);
        for text in ["first", "second"] {
            job.world.write("report.md", text);
            let ran = job.cml(&["comment", "update", "--target", "commit", "report.md"]);
            assert_eq!(ran.code, 0, "{}", ran.err);
        }
        let commit = crate::forge::Thread::Commit(job.world.git(&["rev-parse", "HEAD"]));
        let comments = job.forge.comments_on(&commit);
        assert_eq!(comments.len(), 1);
        assert!(comments[0].body.starts_with("second"));
    }
}

#[test]
fn the_file_is_looked_for_before_anything_is_sent() {
    let job = Job::new();
    let ran = job.cml(&["comment", "create", "missing.md"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("missing.md"), "{}", ran.err);
    assert!(job.forge.log().is_empty(), "{:?}", job.forge.log());
}

#[test]
fn older_command_lines_keep_working() {
    let job = Job::new();
    job.world.write("report.md", "older");
    for line in ["send-comment --pr --update report.md", "send-comment --rm-watermark report.md"] {
        let ran = job.cml(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(ran.code, 0, "{line}: {}", ran.err);
        assert_eq!(job.forge.comments().len(), 1, "{line}");
    }
    let ran = job.cml(&["send-comment", "--rm-watermark", "report.md"]);
    assert!(ran.err.contains("--rm-watermark is not followed"), "{}", ran.err);
    let ran = job.cml(&["send-comment", "--update", "create", "report.md"]);
    assert!(ran.code == 2 && ran.err.contains("contradict"), "{}", ran.err);
    let ran = job.cml(&["send-comment", "--commit-sha=HEAD", "report.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let commit = crate::forge::Thread::Commit(job.world.git(&["rev-parse", "HEAD"]));
    assert_eq!(job.forge.comments_on(&commit).len(), 1);
    let ran = job.cml(&["send-github-check", "--title", "older", "report.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(job.forge.checks().len(), 1);
}
