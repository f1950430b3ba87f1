//! Tokens of every kind: in no output, file, address or child's argument, whatever goes wrong.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::forge::Fault;
use crate::job::{EVERY, Host, Job};

/// Each of these as the job's token: GitHub's kinds, GitLab's, and one that nobody knows as a token.
const TOKENS: [&str; 6] = [
    "ghs_0123456789abcdefghijABCDEFGHIJ012345",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "gho_0123456789abcdefghijABCDEFGHIJ012345",
    "github_pat_11ABCDEFG0123456789_abcdefghij",
    "glpat-0123456789abcdefghij",
    "correct-horse-battery-staple",
];

/// Puts a `git` on the path that writes down its arguments and then does what it is told.
fn watched(job: Job) -> Job {
    let folder = job.world.path("bin");
    fs::create_dir_all(&folder).unwrap();
    let path = std::env::var("PATH").unwrap();
    let git =
        std::env::split_paths(&path).map(|folder| folder.join("git")).find(|git| git.is_file()).unwrap();
    let log = job.world.path("arguments");
    let script =
        format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{}'\nexec '{}' \"$@\"\n", log.display(), git.display());
    fs::write(folder.join("git"), script).unwrap();
    fs::set_permissions(folder.join("git"), fs::Permissions::from_mode(0o755)).unwrap();
    job.with("PATH", &format!("{}:{path}", folder.display()))
}

/// Every file below the folder that holds the token, as it is or as it travels.
fn holding(folder: &Path, secrets: &[String], found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holding(&path, secrets, found);
        } else if let Ok(bytes) = fs::read(&path) {
            let text = String::from_utf8_lossy(&bytes);
            // The remote's address with a token in it is what an older tool left behind.
            let is_ours = !path.ends_with(".git/config");
            if is_ours && secrets.iter().any(|secret| text.contains(secret)) {
                found.push(path.display().to_string());
            }
        }
    }
}

#[track_caller]
fn check(host: Host, token: &str, fault: Option<Fault>, arguments: &[&str], code: i32) {
    let job = Job::at(host);
    let name = job.token_name();
    let job = watched(job.with(name, token));
    let encoded = |text: String| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(text)
    };
    let secrets =
        vec![token.to_owned(), encoded(format!("x-access-token:{token}")), encoded(token.to_owned())];
    let path = if host == Host::GitHub { "/o/r.git" } else { "/grp/sub/proj.git" };
    let remote = job.forge.url().replace("http://", &format!("http://x-access-token:{token}@")) + path;
    job.world.git(&["remote", "add", "origin", &remote]);
    if let Some(fault) = fault {
        job.forge.fault(job.thread(), fault);
    }
    let ran = job.cml(arguments);
    assert_eq!(ran.code, code, "{}", ran.err);
    let mut texts = vec![ran.out, ran.err, job.forge.log().join("\n")];
    texts.extend(job.forge.comments().into_iter().map(|comment| comment.body));
    for secret in &secrets {
        assert!(texts.iter().all(|text| !text.contains(secret)), "{arguments:?}: {texts:?}");
    }
    let mut found = Vec::new();
    holding(&job.world.path(""), &secrets, &mut found);
    assert_eq!(found, Vec::<String>::new(), "{arguments:?}");
    let arguments = fs::read_to_string(job.world.path("arguments")).unwrap();
    assert!(arguments.contains("cat-file"), "the git of the test was not called");
}

#[test]
fn no_token_shows_when_all_goes_well() {
    for host in EVERY {
        for token in TOKENS {
            check(host, token, None, &["comment", "--log", "debug"], 0);
        }
        check(host, TOKENS[0], None, &["check", "create"], 0);
        check(host, TOKENS[0], None, &["comment", "--start"], 0);
        check(host, TOKENS[0], None, &["report", "-o", "out.md"], 0);
    }
    check(Host::GitLab, TOKENS[4], None, &["comment", "--thread", "--label=model", "--artifacts=kept"], 0);
}

#[test]
fn no_token_shows_when_a_base_must_be_fetched_or_a_server_fails() {
    let absent = "1".repeat(40);
    for host in EVERY {
        check(host, TOKENS[0], None, &["comment", "--base", &absent], 0);
        check(host, TOKENS[5], None, &["comment", "--base", &absent], 0);
        for fault in
            [Fault::Refused(401), Fault::Refused(422), Fault::Html, Fault::Truncated, Fault::Redirect]
        {
            check(host, TOKENS[0], Some(fault.clone()), &["comment"], 3);
            check(host, TOKENS[5], Some(fault), &["comment"], 3);
        }
    }
}
