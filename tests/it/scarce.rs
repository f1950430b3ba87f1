//! Full disks, small limits and things in the way: each costs itself and not the comment.

use std::fs;
use std::path::{Path, PathBuf};

use crate::attack::pipe;
use crate::job::{EVERY, Job};

#[test]
fn what_cannot_be_written_costs_itself_and_not_the_comment() {
    for host in EVERY {
        let check = |prepare: &dyn Fn(&Path), said: &str| {
            let job = Job::at(host);
            prepare(&job.world.root());
            let ran = job.cml(&["comment", "--artifacts", "kept"]);
            assert_eq!(ran.code, 0, "{said}: {}", ran.err);
            assert!(ran.err.contains("warning: ") && ran.err.contains(said), "{said}: {}", ran.err);
            assert!(job.forge.comments()[0].body.contains("`accuracy`"));
        };
        let make = |path: PathBuf| fs::create_dir_all(path).unwrap();
        check(&|root| fs::write(root.join("kept"), "x").unwrap(), "kept");
        check(&|root| pipe(&root.join("kept")), "kept");
        check(&|root| make(root.join("kept/report.md")), "kept/report.md");
        check(&|root| make(root.join("kept/metrics.txt")), "kept/metrics.txt");
        check(&|root| make(root.join("kept/cml.env")), "kept/cml.env");
        check(
            &|root| {
                make(root.join("kept"));
                fs::write(root.join("kept/report_files"), "x").unwrap();
            },
            "report_files",
        );
    }
    // What stands in the way of one file costs no other.
    let job = Job::new();
    fs::create_dir_all(job.world.root().join("kept/report.md")).unwrap();
    let ran = job.cml(&["report", "--artifacts", "kept", "-o", "out.md"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    for name in ["kept/metrics.txt", "kept/cml.env", "out.md"] {
        assert!(job.world.root().join(name).is_file(), "{name}");
    }
    // A job summary on a full disk.
    let job = Job::new().with("GITHUB_STEP_SUMMARY", "/dev/full");
    job.forge.refuse("/git", 403);
    let ran = job.cml(&["comment"]);
    assert_eq!((ran.code, job.forge.comments().len()), (0, 1), "{}", ran.err);
}

#[test]
fn a_private_folder_or_a_full_one_costs_the_artifacts() {
    use std::os::unix::fs::PermissionsExt as _;
    let job = Job::new();
    let kept = job.world.root().join("kept");
    fs::create_dir(&kept).unwrap();
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o555)).unwrap();
    let ran = job.cml(&["comment", "--artifacts", "kept"]);
    assert_eq!((ran.code, job.forge.comments().len()), (0, 1), "{}", ran.err);
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn few_file_handles_are_an_error_and_no_panic() {
    let job = Job::new();
    job.world.write("report.md", "# Mine\n");
    for most in [3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 19, 20, 21, 24] {
        for arguments in [
            &["report"][..],
            &["comment", "--dry-run"],
            &["comment", "create", "report.md"],
            &["preview", "-o", "page.html"],
            &["metrics", "diff"],
            &["plots", "diff"],
        ] {
            let ran = job.cml_through(&format!("ulimit -n {most} && exec \"$@\""), arguments);
            // Below four files the system's loader itself has none to open.
            let is_started = ran.code != 127;
            assert!(is_started || most < 5, "{most} {arguments:?}: {} {}", ran.code, ran.err);
            assert!(!ran.err.contains("panicked"), "{most} {arguments:?}: {}", ran.err);
            assert!(matches!(ran.code, 0 | 2 | 3 | 127), "{most} {arguments:?}: {} {}", ran.code, ran.err);
            assert!(ran.code == 0 || !ran.err.is_empty(), "{most} {arguments:?}");
        }
    }
}

#[test]
fn an_output_that_cannot_be_written_costs_no_comment() {
    for host in EVERY {
        for arguments in [&["comment"][..], &["comment", "--artifacts", "kept"]] {
            let job = Job::at(host);
            let ran = job.cml_through("exec \"$@\" >/dev/full", arguments);
            assert_eq!((ran.code, job.forge.comments().len()), (0, 1), "{arguments:?}: {}", ran.err);
            assert!(ran.err.contains("No space left"), "{}", ran.err);
        }
    }
}

#[test]
fn a_limit_on_the_size_of_files_costs_the_files_and_not_the_comment() {
    let job = Job::new();
    let script = "ulimit -f 1 && exec \"$@\"";
    let ran = job.cml_through(script, &["comment", "--artifacts", "kept"]);
    assert_eq!((ran.code, job.forge.comments().len()), (0, 1), "{}", ran.err);
    assert!(ran.err.contains("kept/report_files") && ran.err.contains("File too large"), "{}", ran.err);
    let ran = job.cml_through(script, &["preview", "-o", "page.html"]);
    assert!(ran.code == 2 && ran.err.contains("page.html: File too large"), "{} {}", ran.code, ran.err);
}
