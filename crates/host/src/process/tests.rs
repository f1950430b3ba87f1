use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, Write as _};
use std::time::{Duration, Instant};

use super::*;

fn env(vars: &[(&str, &str)]) -> Env {
    let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Env { vars, ..Env::default() }
}

fn sh(vars: &[(&str, &str)]) -> Call {
    let programs = Programs::outside(Path::new("/nowhere"), &env(vars));
    let shell = programs.find("sh").unwrap().path;
    programs.call(&shell, Needs::Nothing)
}

fn program(folder: &Path, name: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(name), "#!/bin/sh\n").unwrap();
    fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_program_is_found_outside_of_the_folder_only() {
    let world = tempfile::tempdir().unwrap();
    let world = world.path().canonicalize().unwrap();
    let at = |name: &str| world.join(name);
    for folder in ["repo/.venv/bin", "repo/bin", "tools", "other"] {
        program(&at(folder), "git");
    }
    fs::create_dir(at("links")).unwrap();
    std::os::unix::fs::symlink(at("repo/bin/git"), at("links/git")).unwrap();
    std::os::unix::fs::symlink(at("repo/bin"), at("linked")).unwrap();
    fs::create_dir(at("data")).unwrap();
    fs::write(at("data/git"), "not a program").unwrap();
    let check = |path: &[&str], expected: Option<&str>, aside: Option<&str>| {
        let folder = |name: &&str| {
            let made = name.strip_prefix('@').map(|name| at(name).display().to_string());
            made.unwrap_or_else(|| (*name).to_owned())
        };
        let path = path.iter().map(folder).collect::<Vec<_>>().join(":");
        let found = Programs::outside(&at("repo"), &env(&[("PATH", &path)])).find("git");
        let text = match &found {
            Ok(found) => found.notice.as_ref().map(ToString::to_string),
            Err(error) => Some(error.to_string()).filter(|text| text.contains('(')),
        };
        assert_eq!(found.ok().map(|found| found.path), expected.map(|name| at(name).join("git")), "{path}");
        assert_eq!(text.is_some(), aside.is_some(), "{path}: {text:?}");
        let aside = aside.map(|name| at(name).join("git").display().to_string()).unwrap_or_default();
        assert!(text.unwrap_or_default().contains(&aside), "{path}");
    };
    check(&["@tools"], Some("tools"), None);
    check(&["@repo/.venv/bin", "@tools"], Some("tools"), Some("repo/.venv/bin"));
    check(&["@repo/bin"], None, Some("repo/bin"));
    check(&["@links", "@other"], Some("other"), Some("links"));
    check(&["@linked", "@tools"], Some("tools"), Some("linked"));
    check(&["", ".", "bin", "repo/bin", "@tools"], Some("tools"), None);
    check(&["@data", "@gone", "@other", "@tools"], Some("other"), None);
    check(&["."], None, None);
}

#[test]
fn a_child_gets_the_variables_of_a_list_and_no_token() {
    let given = [
        ("PATH", "/usr/bin:/bin:.:/nowhere/bin"),
        ("HOME", "/home/x"),
        ("GITHUB_TOKEN", "secret"),
        ("CI_JOB_TOKEN", "secret"),
        ("CML_TOKEN", "secret"),
        ("AWS_SESSION_TOKEN", "secret"),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret"),
        ("GIT_DIR", "/evil"),
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_EXTERNAL_DIFF", "/evil"),
        ("GIT_ASKPASS", "/evil"),
        ("GIT_CONFIG_GLOBAL", "/nowhere/config"),
        ("GIT_CONFIG_SYSTEM", "/etc/other"),
        ("LD_PRELOAD", "/evil.so"),
        ("LD_LIBRARY_PATH", ":/opt/lib:lib:/nowhere/lib"),
        ("PYTHONPATH", "."),
        ("https_proxy", "http://proxy"),
        ("SSH_AUTH_SOCK", "/agent"),
    ];
    let check = |needs: Needs<'_>, more: &[(&str, &str)]| {
        // A folder that exists, so that it counts.
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let text = |value: &str| value.replace("/nowhere", root.to_str().unwrap());
        let vars: Vec<(String, String)> =
            given.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect();
        let env = Env { vars: vars.into_iter().collect(), ..Env::default() };
        let answer = Programs::outside(&root, &env).call(Path::new("/usr/bin/env"), needs).run().unwrap();
        let output = String::from_utf8(answer.output).unwrap();
        let seen: BTreeMap<&str, &str> = output.lines().filter_map(|line| line.split_once('=')).collect();
        let always = [
            ("PATH", "/usr/bin:/bin"),
            ("HOME", "/home/x"),
            ("GIT_CONFIG_SYSTEM", "/etc/other"),
            ("LD_LIBRARY_PATH", "/opt/lib"),
            ("LC_ALL", "C"),
        ];
        assert_eq!(seen, always.iter().chain(more).copied().collect(), "{needs:?}");
    };
    check(Needs::Nothing, &[]);
    let network = [("https_proxy", "http://proxy"), ("SSH_AUTH_SOCK", "/agent")];
    check(Needs::Network, &network);
    check(Needs::Cloud(&["AWS_*"]), &[network[0], network[1], ("AWS_SESSION_TOKEN", "secret")]);
}

#[test]
fn an_answer_comes_whole_and_a_large_one_is_refused() {
    let large =
        sh(&[]).args(["-c", "cat; echo said >&2; exit 3"]).input(vec![b'x'; 3_000_000]).run().unwrap();
    assert_eq!((large.output.len(), large.complaints.as_slice()), (3_000_000, b"said\n".as_slice()));
    assert_eq!(large.status.code(), Some(3));
    let error = sh(&[]).args(["-c", "yes"]).most(1000).run().unwrap_err();
    assert_eq!(error.to_string(), "sh answered more than 1000 bytes");
    let none = Call::new("/no/such/program".into(), Vec::new(), Deadline::never()).run().unwrap_err();
    assert!(none.to_string().starts_with("program cannot be started: "), "{none}");
}

#[test]
fn a_deadline_ends_a_child_and_what_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let script = format!("(sleep 2; touch {}) & sleep 60", mark.display());
    let began = Instant::now();
    let call = sh(&[]).args(["-c", &script]).until(Deadline::within(Duration::from_millis(300)));
    assert_eq!(call.run().unwrap_err().to_string(), "sh did not answer within 0.3 s");
    let over = sh(&[]).args(["-c", "true"]).until(Deadline::within(Duration::ZERO)).run().unwrap_err();
    assert_eq!(over.to_string(), "sh is not asked: the run's time of 0 s is over");
    assert!(began.elapsed() < Duration::from_secs(2));
    std::thread::sleep(Duration::from_millis(2500));
    assert!(!mark.exists(), "the grandchild lives on");
}

#[test]
fn a_grandchild_that_holds_the_pipe_costs_two_seconds() {
    let began = Instant::now();
    let answer = sh(&[]).args(["-c", "sleep 60 & echo done"]).run().unwrap();
    assert_eq!(answer.output, b"done\n");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_long_lived_child_answers_until_its_deadline() {
    let mut child =
        sh(&[]).args(["-c", "while read line; do echo \"<$line>\"; done; sleep 60"]).start().unwrap();
    for word in ["one", "two"] {
        child.until(Deadline::within(Duration::from_secs(60)));
        child.input.as_mut().unwrap().write_all(format!("{word}\n").as_bytes()).unwrap();
        let mut line = String::new();
        child.output.read_line(&mut line).unwrap();
        assert_eq!(line, format!("<{word}>\n"));
    }
    assert!(!child.is_late());
    child.until(Deadline::within(Duration::from_millis(100)));
    let mut line = String::new();
    // It has nothing to say, so the deadline comes.
    assert_eq!(child.output.read_line(&mut line).unwrap(), 0);
    assert!(child.is_late());
    assert_eq!(child.end(), "");
    let mut child = sh(&[]).args(["-c", "echo one >&2; echo two >&2; cat"]).start().unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(child.end(), "one; two");
}
