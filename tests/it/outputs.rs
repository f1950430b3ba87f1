//! Metrics that are not in Git: read by their hash from the cache, or from the remote that may be trusted.

use std::fs;

use md5::{Digest as _, Md5};
use serde_json::Value;

use crate::job::Job;
use crate::world::{Ran, World};

/// `printf '{"acc": 0.1}' | md5sum`, and of 0.2.
const LOW: &str = "108f0c39680c66d7392ccbd0a717af8f";
const HIGH: &str = "6a359675d512d89e25eb58378814c75c";

fn put(world: &World, store: &str, hash: &str, content: &str) {
    let folder = world.path(store).join("files/md5").join(&hash[..2]);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(&hash[2..]), content).unwrap();
}

fn lock(world: &World, hash: &str) {
    world.write("dvc.yaml", "stages:\n  train:\n    cmd: x\n    metrics:\n    - m.json\n");
    let out = format!("    - path: m.json\n      hash: md5\n      md5: {hash}\n");
    world.write("dvc.lock", &format!("schema: '2.0'\nstages:\n  train:\n    cmd: x\n    outs:\n{out}"));
}

fn remote(world: &World, file: &str, store: &str) {
    let url = world.path(store).display().to_string();
    world.write(file, &format!("[core]\n    remote = r\n['remote \"r\"']\n    url = {url}\n"));
}

/// `main` with the low metric and a remote `good`, `feature` with the high one.
fn project() -> World {
    let world = World::new();
    remote(&world, ".dvc/config", "good");
    lock(&world, LOW);
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    lock(&world, HIGH);
    put(&world, "good", LOW, r#"{"acc": 0.1}"#);
    put(&world, "good", HIGH, r#"{"acc": 0.2}"#);
    world
}

/// Old and new accuracy, and the notices.
fn read(ran: &Ran) -> (Value, Value, String) {
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let metric = &report["metrics"][0];
    (metric["old"].clone(), metric["new"].clone(), report["notices"].to_string())
}

const REPORT: [&str; 3] = ["report", "--format", "json"];

#[test]
fn a_remote_gives_what_is_not_in_git() {
    let world = project();
    world.commit("feature");
    let (old, new, notices) = read(&world.cml(&REPORT, &[]));
    assert_eq!((old, new), (0.1.into(), 0.2.into()), "{notices}");
    fs::remove_dir_all(world.path("good")).unwrap();
    put(&world, "repo/.dvc/cache", LOW, r#"{"acc": 0.1}"#);
    let (old, new, notices) = read(&world.cml(&REPORT, &[]));
    assert_eq!((&old, &new), (&0.1.into(), &Value::Null), "{notices}");
    assert_eq!(notices.matches("the DVC remote r").count(), 1, "{notices}");
    assert!(notices.contains("there is no such folder"), "{notices}");
}

#[test]
fn a_change_request_cannot_name_its_own_remotes() {
    let world = project();
    put(&world, "evil", HIGH, r#"{"acc": 0.2}"#);
    put(&world, "evil", LOW, r#"{"acc": 0.1}"#);
    fs::remove_dir_all(world.path("good")).unwrap();
    remote(&world, ".dvc/config", "evil");
    remote(&world, ".dvc/config.local", "evil");
    world.git(&["add", "-f", ".dvc/config.local"]);
    let head = world.commit("feature");
    let (old, new, notices) = read(&world.cml(&REPORT, &[]));
    assert_eq!((old, new), (0.1.into(), 0.2.into()), "at home the workspace's own remotes count: {notices}");
    let job = Job::of(world, &head, false);
    let (_, new, notices) = read(&job.cml(&REPORT));
    assert_eq!(new, Value::Null);
    assert!(notices.contains("good") && !notices.contains("evil"), "{notices}");
}

#[test]
fn dvcs_commands_read_outputs_as_the_report_does() {
    let world = project();
    world.commit("feature");
    put(&world, "repo/.dvc/cache", HIGH, r#"{"acc": 0.2}"#);
    let ran = world.cml(&["metrics", "diff", "main", "--json"], &[]);
    let expected = r#"{"m.json": {"acc": {"old": 0.1, "new": 0.2, "diff": 0.1}}}"#;
    assert_eq!((ran.code, ran.out.trim()), (0, expected), "{}", ran.err);
    let ran = world.cml(&["metrics", "show", "--json"], &[]);
    assert!(ran.out.contains(r#""acc": 0.2"#), "{} {}", ran.out, ran.err);
}

#[test]
fn plots_are_drawn_from_outputs() {
    const CURVE: &str = "024f6e64dc0dfbc711e277f254cff767";
    let world = World::new();
    remote(&world, ".dvc/config", "good");
    put(&world, "good", CURVE, "step,loss\n1,0.5\n2,0.25\n");
    world.write("dvc.yaml", "plots:\n- c.csv\n");
    world.write("c.csv.dvc", &format!("outs:\n- md5: {CURVE}\n  hash: md5\n  path: c.csv\n"));
    world.commit("base");
    let ran = world.cml(&["plots", "show", "--json"], &[]);
    assert!(ran.out.contains(r#""loss": "0.25""#), "{} {}", ran.out, ran.err);
    let ran = world.cml(&["plots", "show", "-o", "pictures"], &[]);
    assert!(
        ran.out.starts_with("pictures/c-csv-") && ran.out.trim().ends_with(".png"),
        "{} {}",
        ran.out,
        ran.err
    );
}

/// DVC looks an output up in its index, whatever `.dvcignore` says of the same path on disk.
#[test]
fn what_is_ignored_on_disk_is_an_output_all_the_same() {
    let world = World::new();
    world.write("dvc.yaml", "metrics:\n- runs/b\n");
    world.write(".dvcignore", "b/\n");
    let tracked = |metric: &str| {
        let listing = format!("[{{\"md5\": \"{metric}\", \"relpath\": \"b/m.json\"}}]");
        let hash: String = Md5::digest(&listing).iter().map(|byte| format!("{byte:02x}")).collect();
        let hash = hash + ".dir";
        put(&world, "repo/.dvc/cache", &hash, &listing);
        world.write("runs.dvc", &format!("outs:\n- md5: {hash}\n  hash: md5\n  path: runs\n"));
    };
    put(&world, "repo/.dvc/cache", LOW, r#"{"acc": 0.1}"#);
    put(&world, "repo/.dvc/cache", HIGH, r#"{"acc": 0.2}"#);
    world.write(".gitignore", "/.dvc/cache\n");
    tracked(LOW);
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    tracked(HIGH);
    let ran = world.cml(&["metrics", "diff", "main", "--json"], &[]);
    assert_eq!(
        ran.out, "{\"runs/b/m.json\": {\"acc\": {\"old\": 0.1, \"new\": 0.2, \"diff\": 0.1}}}\n",
        "{}",
        ran.err
    );
}
