//! Submodules: read where they are checked out, on both sides, and never through a link.

use std::fs;

use serde_json::json;

use crate::sides::{REPORT, heading, json, rows};
use crate::world::World;

/// A repository `sub` with two commits, as a submodule of `main`, at its first one.
fn with_submodule() -> World {
    let world = World::new();
    let sub = world.path("sub");
    let at = sub.to_str().unwrap().to_owned();
    world.git(&["init", "-q", "-b", "main", &at]);
    for value in ["1", "2"] {
        fs::write(sub.join("metrics.json"), format!("{{\"deep\": {value}}}")).unwrap();
        world.git(&["-C", &at, "add", "-A"]);
        world.git(&["-C", &at, "commit", "-q", "-m", value]);
    }
    world.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &at, "lib/sub"]);
    world.git(&["-C", "lib/sub", "checkout", "-q", "HEAD~1"]);
    world.write("metrics.json", r#"{"top": 1}"#);
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    world
}

#[test]
fn a_submodule_is_read_on_both_sides() {
    let world = with_submodule();
    let mut found = rows(&json(&world.cml(&REPORT, &[])));
    found.sort();
    assert_eq!(found, ["lib/sub/metrics.json deep 1 1 unchanged", "metrics.json top 1 1 unchanged"]);
    let report = json(&world.cml(&[&REPORT[..], &["--dir", "lib"]].concat(), &[]));
    assert_eq!(rows(&report), ["sub/metrics.json deep 1 1 unchanged"]);
    world.git(&["-C", "lib/sub", "checkout", "-q", "main"]);
    let report = json(&world.cml(&REPORT, &[]));
    assert!(rows(&report).contains(&"lib/sub/metrics.json deep 1 2 changed".to_owned()), "{report}");
    world.commit("head");
    let report = json(&world.cml(&[&REPORT[..], &["--head", "feature"]].concat(), &[]));
    assert!(rows(&report).contains(&"lib/sub/metrics.json deep 1 2 changed".to_owned()), "{report}");
}

#[test]
fn a_submodule_that_cannot_be_read_is_not_new() {
    let world = with_submodule();
    // A clone of the submodule that has its newest commit alone.
    let url = format!("file://{}", world.path("sub").display());
    fs::remove_dir_all(world.root().join("lib/sub")).unwrap();
    world.git(&["clone", "-q", "--depth", "1", &url, "lib/sub"]);
    let report = json(&world.cml(&REPORT, &[]));
    let mut found = rows(&report);
    found.sort();
    assert_eq!(found, ["lib/sub/metrics.json deep null 2 unreadable", "metrics.json top 1 1 unchanged"]);
    assert_eq!(heading(&world), "`lib/sub` of `main` cannot be read · 1 unchanged");
    let why = report["unreadable"][0]["why"].as_str().unwrap();
    assert!(
        why.starts_with("it is a submodule at ") && why.contains("which its clone does not have"),
        "{why}"
    );
    assert!(report["notices"].to_string().contains(why), "{report}");
    // On neither side: nothing to say.
    fs::remove_dir_all(world.root().join("lib/sub")).unwrap();
    let report = json(&world.cml(&REPORT, &[]));
    assert_eq!(rows(&report), ["metrics.json top 1 1 unchanged"]);
    assert_eq!((&report["unreadable"], &report["notices"]), (&json!([]), &json!([])));
}

#[cfg(unix)]
#[test]
fn a_submodule_that_is_a_link_to_another_clone_is_not_read() {
    let world = with_submodule();
    let place = world.root().join("lib/sub");
    // The same clone, complete, elsewhere: only the way to it differs.
    let elsewhere = world.path("elsewhere");
    world.git(&["clone", "-q", &world.path("sub").display().to_string(), &elsewhere.display().to_string()]);
    fs::remove_dir_all(&place).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &place).unwrap();
    let report = json(&world.cml(&REPORT, &[]));
    assert!(!rows(&report).iter().any(|row| row.contains("deep")), "{report}");
}
