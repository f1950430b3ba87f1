//! Nothing of the program's is written through a link of a change.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use crate::attack::{Attack, files, seeded};
use crate::job::{EVERY, Host, Job};

const PNG: &[u8] = include_bytes!("../data/images/3x2.png");

/// A checkout with links in the way of all that is written, and what they lead to.
fn with_links(host: Host) -> (Job, PathBuf) {
    let job = seeded(host);
    let (root, victim) = (job.world.root(), job.world.path("victim"));
    fs::create_dir_all(victim.join("out_files")).unwrap();
    for name in ["report.md", "metrics.txt", "cml.env", "page.html", "out.md", "loss.png"] {
        fs::write(victim.join(name), "mine").unwrap();
    }
    for name in ["kept", "out_files", "dvc_plots", "store", "demo"] {
        symlink("../victim", root.join(name)).unwrap();
    }
    for name in ["out.md", "page.html", "log.txt"] {
        symlink(format!("../victim/{name}"), root.join(name)).unwrap();
    }
    job.world.write("plot.md", "![p](p.png)\n");
    fs::write(root.join("p.png"), PNG).unwrap();
    (job, victim)
}

#[test]
fn nothing_is_written_through_a_link_of_the_change() {
    for host in EVERY {
        let (job, victim) = with_links(host);
        let mut before = BTreeMap::new();
        files(&victim, &mut before);
        let attack = Attack::new(job);
        let through = "nothing is written through a link";
        let store = ["--asset-store", "store", "--asset-url", "https://example.com/"];
        let in_demo = ["demo", "--out", "demo/new"];
        for (arguments, code, said) in [
            (&["report", "--artifacts", "kept"][..], 2, through),
            (&["report", "-o", "kept/report.md"], 2, through),
            (&["report", "-o", "out.md"], 0, through),
            (&["preview", "-o", "page.html"], 0, "wrote page.html"),
            (&["preview", "-o", "kept/page.html"], 2, through),
            (&["plots", "diff"], 2, through),
            (&in_demo, 2, through),
            (&["comment", "--artifacts", "kept"], 0, through),
            (&[&["comment", "create", "plot.md"][..], &store].concat(), 0, through),
            (&[&["asset", "publish", "p.png"][..], &store].concat(), 3, through),
            (&["asset", "publish", "p.png", "--file", "log.txt"], 2, "a link"),
        ] {
            let ran = attack.run(arguments);
            assert_eq!(ran.code, code, "{arguments:?}: {}", ran.err);
            assert!(ran.err.contains(said), "{arguments:?}: {}", ran.err);
            let mut after = BTreeMap::new();
            files(&victim, &mut after);
            assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "{arguments:?}");
            assert!(after == before, "{arguments:?}");
        }
        let root = attack.job.world.root();
        for name in ["out.md", "page.html"] {
            assert!(root.join(name).symlink_metadata().unwrap().is_file(), "{name}");
        }
        assert!(attack.job.forge.comments()[0].body.contains("`accuracy`"));
    }
}

#[test]
fn a_hard_link_is_replaced_and_the_users_own_links_above_the_repository_are_followed() {
    let job = Job::new();
    let root = job.world.root();
    fs::write(job.world.path("precious"), "mine").unwrap();
    fs::hard_link(job.world.path("precious"), root.join("out.md")).unwrap();
    symlink(&root, job.world.path("alias")).unwrap();
    let alias = job.world.path("alias/out.md");
    assert_eq!(job.cml(&["report", "-o", alias.to_str().unwrap()]).code, 0);
    assert_eq!(fs::read_to_string(job.world.path("precious")).unwrap(), "mine");
    assert!(fs::read_to_string(root.join("out.md")).unwrap().contains("`accuracy`"));
    // A device that the user names is written to.
    let ran = job.cml(&["report", "-o", "/dev/null"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = job.cml(&["report", "-o", "/dev/full"]);
    assert!(ran.code == 2 && ran.err.contains("No space left"), "{}", ran.err);
}
