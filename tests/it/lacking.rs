//! Clones that lack what is read, servers that do not answer, runs that are ended: what they cost, and what they leave.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::hostile_git::{REPORT, clone, listener, read, watched_git, world};
use crate::job::{EVERY, Job};

#[test]
fn a_server_that_never_answers_costs_the_base_and_no_more() {
    let (world, head) = world();
    let (url, _) = listener(None);
    let bare = format!("file://{}", world.path("bare.git").display());
    let folder = clone(&world, &bare, &["--depth", "1"]);
    world.git(&["-C", folder.to_str().unwrap(), "remote", "set-url", "origin", &format!("{url}/o/r.git")]);
    let job = Job::of(world, &head, false).with("CML_DEADLINE", "2");
    for host_token in [true, false] {
        let job = if host_token { job.again() } else { job.again().without("GITHUB_TOKEN") };
        let began = Instant::now();
        let (old, new, notices) = read(&job.cml_in(&folder, &REPORT));
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
        assert_eq!((old, new), (Value::Null, 0.2.into()));
        assert!(notices.contains("could not be fetched, so everything is new"), "{notices}");
        // The target's rules are asked for first, and may have used up the time.
        let is_told = notices.contains("git did not answer within 2 s");
        assert!(is_told || notices.contains("the run's time of 2 s is over"), "{notices}");
    }
}

#[test]
fn a_clone_without_the_bases_files_gets_them_with_the_jobs_token() {
    for options in [
        &["--filter=blob:none"][..],
        &["--filter=tree:0"],
        &["--depth=1"],
        &["--filter=blob:none", "--depth=1"],
    ] {
        for has_token in [true, false] {
            let (world, head) = world();
            let base = world.git(&["rev-parse", "main"]);
            let bare = world.path("bare.git");
            let job = Job::of(world, &head, false);
            job.forge.serve_git(&bare);
            job.forge.set_merge_base(&base);
            let url = format!("{}/o/r.git", job.forge.url());
            let signed = ["-c", "http.extraHeader=Authorization: Basic eDp5"];
            let folder = job.world.path("clone");
            let mut args = signed.to_vec();
            args.extend(["clone", "-q", "--branch", "feature"]);
            args.extend(options);
            args.extend([url.as_str(), folder.to_str().unwrap()]);
            job.world.git(&args);
            let job = if has_token { job } else { job.without("GITHUB_TOKEN") };
            let began = Instant::now();
            let (old, new, notices) = read(&job.cml_in(&folder, &REPORT));
            assert_eq!(new, 0.2, "{options:?}");
            assert!(began.elapsed() < Duration::from_secs(30));
            if has_token {
                assert_eq!(old, 0.1, "{options:?}: {notices}");
            } else {
                assert_eq!(old, Value::Null, "{options:?}");
                assert!(notices.contains("could not be"), "{options:?}: {notices}");
            }
            // A dry run asks nobody, and says so.
            let ran = job.cml_in(&folder, &["comment", "--dry-run"]);
            assert_eq!(ran.code, 0, "{}", ran.err);
        }
    }
}

#[test]
fn a_clone_that_signs_in_by_a_command_of_its_own_gets_its_base_from_the_forge() {
    for host in EVERY {
        for has_token in [true, false] {
            let (world, head) = world();
            let base = world.git(&["rev-parse", "main"]);
            let bare = format!("file://{}", world.path("bare.git").display());
            let folder = clone(&world, &bare, &["--depth", "1"]);
            let ran = world.path("ran");
            let git = |arguments: &[&str]| {
                world.git(&[&["-C", folder.to_str().unwrap()], arguments].concat());
            };
            // As a checkout with a key leaves it behind.
            git(&["remote", "set-url", "origin", "ssh://git@127.0.0.1:1/o/r.git"]);
            git(&["config", "core.sshCommand", &format!("touch {}; ssh -i key", ran.display())]);
            let job = Job::of_host(host, world, &head, false);
            job.forge.serve_git(&job.world.path("bare.git"));
            job.forge.set_merge_base(&base);
            let job = job.with("CI_PROJECT_DIR", folder.to_str().unwrap());
            let job = if has_token { job } else { job.again().without(job.token_name()) };
            let (old, new, notices) = read(&job.cml_in(&folder, &REPORT));
            assert_eq!(new, 0.2, "{notices}");
            let (expected, then) = match has_token {
                true => (0.1.into(), "its files are asked of the forge"),
                false => (Value::Null, "everything is new"),
            };
            assert_eq!(old, expected, "{notices}");
            assert!(
                notices.contains(&format!("the base {} could not be fetched, so {then}", &base[..7])),
                "{notices}"
            );
            assert!(notices.contains("core.sshCommand, which is a command and is not run"), "{notices}");
            assert!(!ran.exists());
        }
    }
}

fn scratches(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("cml-")).collect()
}

#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_run_that_is_ended_leaves_no_folder_and_no_child() {
    for signal in ["TERM", "INT", "HUP", "KILL"] {
        let job = Job::new();
        let (tmp, pid) = (job.world.path("tmp"), job.world.path("pid"));
        fs::create_dir(&tmp).unwrap();
        let hang = format!("case \" $* \" in *\" push \"*) echo $$ > {}; sleep 300;; esac", pid.display());
        let path = watched_git(&job.world, &hang);
        let bare = job.world.path("forge.git");
        job.world.git(&["init", "-q", "--bare", bare.to_str().unwrap()]);
        job.forge.serve_git(&bare);
        let plain = job.with("TMPDIR", tmp.to_str().unwrap());
        let mut running = plain.again().with("PATH", &path).spawn(&["comment"]);
        wait_until("git push is not started", || {
            fs::read_to_string(&pid).is_ok_and(|text| text.ends_with('\n'))
        });
        assert_eq!(scratches(&tmp).len(), 1, "{signal}");
        let kill = |signal: &str, id: &str| {
            std::process::Command::new("kill")
                .args([&format!("-{signal}"), id])
                .output()
                .unwrap()
                .status
                .success()
        };
        assert!(kill(signal, &running.id().to_string()));
        let status = running.wait().unwrap();
        let child = fs::read_to_string(&pid).unwrap().trim().to_owned();
        if signal == "KILL" {
            // Nobody can tidy up then; the next run does.
            assert_eq!(scratches(&tmp).len(), 1);
            kill("KILL", &child);
            let ran = plain.cml(&["comment"]);
            assert_eq!(ran.code, 0, "{}", ran.err);
        } else {
            assert!(status.code().is_some_and(|code| code > 128), "{signal}: {status}");
            wait_until("git push lives on", || !kill("0", &child));
        }
        assert_eq!(scratches(&tmp), Vec::<PathBuf>::new(), "{signal}");
    }
}
