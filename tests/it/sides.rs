//! What a side holds: what was deleted is not found again, what cannot be read is neither new nor removed, and what is
//! here in another form (UTF-16, the index, Git LFS, a submodule) is read.

use std::fs;

use serde_json::{Value, json};

use crate::world::{Ran, World};

pub(crate) const REPORT: [&str; 3] = ["report", "--format", "json"];

pub(crate) fn json(ran: &Ran) -> Value {
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// `PATH KEY OLD NEW JUDGEMENT` of all metrics and params.
pub(crate) fn rows(report: &Value) -> Vec<String> {
    let all = ["metrics", "params"].into_iter().flat_map(|kind| report[kind].as_array().unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    all.map(|row| {
        let [path, key, judgement] = ["path", "key", "judgement"].map(|name| text(&row[name]));
        format!("{path} {key} {} {} {judgement}", row["old"], row["new"])
    })
    .collect()
}

/// The report's heading as Markdown.
pub(crate) fn heading(world: &World) -> String {
    let ran = world.cml(&["report", "--format", "markdown"], &[]);
    ran.out.lines().next().unwrap_or_default().trim_start_matches("### Model report: ").to_owned()
}

fn write(world: &World, name: &str, bytes: &[u8]) {
    let path = world.root().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// A commit on `main`, and the branch `feature` in its workspace.
pub(crate) fn base(files: &[(&str, &[u8])]) -> World {
    let world = World::new();
    files.iter().for_each(|(name, bytes)| write(&world, name, bytes));
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    world
}

#[test]
fn a_deleted_metric_is_not_taken_from_the_run_cache() {
    for (flags, judgement) in [(": {cache: false}", "removed"), ("", "changed")] {
        let dvc = format!("stages:\n  train:\n    cmd: x\n    metrics:\n    - m.json{flags}\n");
        let hash = hash_of(b"{\"acc_x\": 0.5}");
        let lock = format!(
            "schema: '2.0'\nstages:\n  train:\n    cmd: x\n    outs:\n    - path: m.json\n      hash: md5\n      md5: {hash}\n"
        );
        let world = base(&[
            ("dvc.yaml", dvc.as_bytes()),
            ("dvc.lock", lock.as_bytes()),
            ("m.json", b"{\"acc_x\": 0.9}"),
            (".gitignore", b"/.dvc/cache\n"),
        ]);
        write(&world, &format!(".dvc/cache/files/md5/{}/{}", &hash[..2], &hash[2..]), b"{\"acc_x\": 0.5}");
        world.git(&["rm", "-q", "m.json"]);
        let new = if judgement == "removed" { "null" } else { "0.5" };
        let report = json(&world.cml(&REPORT, &[]));
        assert_eq!(rows(&report), [format!("m.json acc_x 0.9 {new} {judgement}")], "{flags}");
        let ran = world.cml(&["metrics", "diff", "--json", "main"], &[]);
        let diff = if new == "null" { String::new() } else { ", \"diff\": -0.4".to_owned() };
        let expected = format!("{{\"m.json\": {{\"acc_x\": {{\"old\": 0.9, \"new\": {new}{diff}}}}}}}\n");
        assert_eq!(ran.out, expected, "{}", ran.err);
        // The same on both sides as commits.
        world.commit("head");
        let ran = world.cml(&["metrics", "diff", "--json", "main", "feature"], &[]);
        assert_eq!(ran.out, expected, "{}", ran.err);
    }
}

fn hash_of(bytes: &[u8]) -> String {
    use md5::Digest as _;
    md5::Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file of metrics in each format: its name, its text, and a text that is cut off.
const FORMATS: [(&str, &str, &str); 5] = [
    ("m.json", "{\"top\": 1, \"more\": 2}", "{\"top\": 1, \"mo"),
    ("m.yaml", "top: 1\nmore: 2\n", "top: 1\nmore: [2"),
    ("m.toml", "top = 1\nmore = 2\n", "top = 1\nmore ="),
    ("m.py", "top = 1\nmore = 2\n", "top = 1\nmore = (2"),
    ("m.csv", "step,top,more\n0,1,2\n", "step,\"top"),
];

#[test]
fn what_cannot_be_read_is_neither_removed_nor_new() {
    let binary: &[u8] = &[0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 0xfe, 0xff, 10, 0];
    for (name, good, cut) in FORMATS {
        for bad in [cut.as_bytes(), binary, b"", b" \n"] {
            for of_base in [false, true] {
                let (old, new) = if of_base { (bad, good.as_bytes()) } else { (good.as_bytes(), bad) };
                let same = b"{\"other\": 1}";
                let world = base(&[(name, old), ("metrics.json", same)]);
                write(&world, name, new);
                let arguments = [&REPORT[..], &["--metrics", name, "--metrics", "metrics.json"]].concat();
                let report = json(&world.cml(&arguments, &[]));
                let what = format!("{name} {bad:?} {of_base} {report}");
                for word in ["new", "removed"] {
                    assert_eq!(report["verdict"][word], 0, "{what}");
                }
                assert_eq!(report["verdict"]["unchanged"], 1, "{what}");
                assert_ne!(report["verdict"]["unreadable"], 0, "{what}");
                let unread = &report["unreadable"][0];
                let side = if of_base { "base" } else { "head" };
                assert_eq!((&unread["side"], &unread["path"]), (&json!(side), &json!(name)), "{what}");
                assert!(report["notices"].to_string().contains(unread["why"].as_str().unwrap()), "{what}");
            }
        }
    }
}

#[test]
fn the_first_line_says_what_cannot_be_read() {
    let world = base(&[("metrics.json", b"{\"accuracy\": 0.5}"), ("params.yaml", b"lr: 1\n")]);
    write(&world, "metrics.json", b"{\"accuracy\"");
    write(&world, "params.yaml", b"lr: [");
    assert_eq!(heading(&world), "`metrics.json` cannot be read");
    let ran = world.cml(&["report", "--format", "markdown"], &[]);
    assert!(ran.out.contains("| `accuracy` | 0.5 | – |  | cannot be read |"), "{}", ran.out);
    assert!(ran.out.contains("| `lr` | 1 | cannot be read |"), "{}", ran.out);
    assert!(!ran.out.contains("removed"), "{}", ran.out);
    let ran = world.cml(&["report", "--format", "text"], &[]);
    assert!(ran.out.starts_with("Model report: metrics.json cannot be read\n"), "{}", ran.out);
    assert!(!ran.out.contains("removed"), "{}", ran.out);
    // The other way round, and beside what can be read.
    world.commit("broken");
    world.git(&["checkout", "-q", "-b", "later"]);
    write(&world, "metrics.json", b"{\"accuracy\": 0.5}");
    let ran = world.cml(&["report", "--format", "markdown", "--base", "feature"], &[]);
    assert!(
        ran.out.starts_with("### Model report: `metrics.json` of `feature` cannot be read\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("| `accuracy` | – | 0.5 |  | base cannot be read |"), "{}", ran.out);
    // Nothing to show at all; a file of both sides is one file.
    let world = base(&[("metrics.json", b"{")]);
    write(&world, "metrics.json", b"{,");
    assert_eq!(heading(&world), "`metrics.json` cannot be read");
    write(&world, "sub/metrics.json", b"{");
    assert_eq!(heading(&world), "2 files cannot be read");
    let world = World::new();
    write(&world, "metrics.json", b"{");
    world.commit("base");
    assert_eq!(heading(&world), "`metrics.json` cannot be read");
}

#[test]
fn what_is_declared_in_a_broken_file_is_not_removed() {
    let dvc = "metrics: [out/m.json]\n";
    let world = base(&[("dvc.yaml", dvc.as_bytes()), ("out/m.json", b"{\"top\": 1}")]);
    write(&world, "dvc.yaml", b"metrics: [out/");
    let report = json(&world.cml(&REPORT, &[]));
    assert_eq!(rows(&report), ["out/m.json top 1 null unreadable"]);
    assert_eq!(heading(&world), "`dvc.yaml` cannot be read");
    assert_eq!(report["unreadable"][0]["kind"], "files");
    // A broken one that hides nothing is a notice alone.
    write(&world, "dvc.yaml", dvc.as_bytes());
    write(&world, "sub/dvc.yaml", b"metrics: [out/");
    let report = json(&world.cml(&REPORT, &[]));
    assert_eq!(rows(&report), ["out/m.json top 1 1 unchanged"]);
    assert_eq!(report["unreadable"], json!([]));
}

#[test]
fn a_text_may_be_written_in_any_unicode() {
    let utf16 = |text: &str, unit: fn(u16) -> [u8; 2]| {
        format!("\u{feff}{text}").encode_utf16().flat_map(unit).collect::<Vec<u8>>()
    };
    for (name, good, _) in FORMATS {
        let later = good.replace('1', "3");
        for new in [
            utf16(&later, u16::to_le_bytes),
            utf16(&later, u16::to_be_bytes),
            format!("\u{feff}{later}").into_bytes(),
        ] {
            let world = base(&[(name, good.as_bytes())]);
            write(&world, name, &new);
            let report = json(&world.cml(&[&REPORT[..], &["--metrics", name]].concat(), &[]));
            let top = rows(&report).into_iter().find(|row| row.contains(" top ")).unwrap_or_default();
            let row = top.replace("1.0", "1").replace("3.0", "3");
            assert_eq!(row, format!("{name} top 1 3 changed"), "{new:?} {report}");
            assert_eq!(report["notices"], json!([]), "{new:?}");
        }
    }
}

#[test]
fn dvcs_commands_read_what_dvc_reads() {
    let marked = |text: &str| format!("\u{feff}{text}").into_bytes();
    let world = base(&[("dvc.yaml", b"metrics: [m.json, m.yaml, m.toml, m.py]\n")]);
    for (name, good, _) in &FORMATS[..4] {
        write(&world, name, &marked(good));
    }
    let ran = world.cml(&["metrics", "diff", "--json"], &[]);
    let expected =
        "{\"m.yaml\": {\"more\": {\"old\": null, \"new\": 2}, \"top\": {\"old\": null, \"new\": 1}}}\n";
    assert_eq!(ran.out, expected, "{}", ran.err);
}

#[test]
fn dvcs_plots_of_empty_files_are_dvcs() {
    let dvc =
        b"plots: [i.png, c.csv]\nstages: {s: {cmd: x, plots: [n.csv: {cache: false, header: false}]}}\n";
    let world = base(&[("dvc.yaml", dvc), ("i.png", b"\x89PNG"), ("c.csv", b"a\n1\n"), ("n.csv", b"1\n")]);
    for name in ["i.png", "c.csv", "n.csv"] {
        write(&world, name, b"");
    }
    let answer = json(&world.cml(&["plots", "diff", "--json"], &[]));
    assert_eq!(answer["data"]["i.png"].as_array().map(Vec::len), Some(1), "{answer}");
    assert_eq!(answer["data"]["c.csv"][0]["revisions"], json!(["HEAD"]), "{answer}");
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{answer}");
    assert_eq!((&errors[0]["source"], &errors[0]["rev"]), (&json!("n.csv"), &json!("workspace")), "{answer}");
}

#[test]
fn a_folder_whose_files_are_all_hidden_is_not_missing() {
    let world = base(&[
        ("dvc.yaml", b"metrics: [m]\nplots: [p, p/b]\n"),
        ("m/a/x.json", b"{}"),
        ("p/b/c.csv", b"a\n1\n"),
    ]);
    let errors = |world: &World| json(&world.cml(&["plots", "diff", "--json"], &[]))["errors"].clone();
    assert_eq!(errors(&world), Value::Null);
    // One on disk may be empty.
    fs::remove_file(world.root().join("p/b/c.csv")).unwrap();
    assert_eq!(errors(&world), Value::Null);
    fs::remove_dir(world.root().join("p/b")).unwrap();
    assert_eq!(errors(&world).as_array().map(Vec::len), Some(1));
    world.git(&["checkout", "-q", "p"]);
    // The folder p is there and shows nothing; p/b is hidden itself.
    write(&world, ".dvcignore", b"a/\nb/\n");
    let answer = errors(&world);
    let sources: Vec<&Value> = answer.as_array().unwrap().iter().map(|error| &error["source"]).collect();
    assert_eq!(sources, [&json!("p/b")]);
    let ran = world.cml(&["metrics", "show", "--json"], &[]);
    assert_eq!(ran.out, "{\"\": {\"data\": {}}}\n", "{}", ran.err);
}

#[test]
fn what_a_sparse_checkout_left_out_is_read_from_the_index() {
    let world = base(&[
        ("metrics.json", b"{\"top\": 1}"),
        ("left/metrics.json", b"{\"deep\": 1}"),
        ("left/dvc.yaml", b"metrics: [m.yaml]\nplots: [p.csv]\n"),
        ("left/m.yaml", b"k: 1\n"),
        ("left/p.csv", b"a\n1\n"),
        ("gone/metrics.json", b"{\"gone\": 1}"),
        ("kept/x", b""),
    ]);
    world.git(&["sparse-checkout", "set", "kept", "gone"]);
    assert!(!world.root().join("left").exists());
    fs::remove_file(world.root().join("gone/metrics.json")).unwrap();
    write(&world, "metrics.json", b"{\"top\": 2}");
    let mut found = rows(&json(&world.cml(&REPORT, &[])));
    found.sort();
    let expected = [
        "gone/metrics.json gone 1 null removed",
        "left/m.yaml k 1 1 unchanged",
        "left/metrics.json deep 1 1 unchanged",
        "metrics.json top 1 2 changed",
    ];
    assert_eq!(found, expected);
    let report =
        json(&world.cml_in(&world.root().join("kept"), &[&REPORT[..], &["--dir", "../gone"]].concat(), &[]));
    assert_eq!(rows(&report), ["metrics.json gone 1 null removed"]);
}

#[test]
fn a_file_in_git_lfs_is_read_if_it_is_here() {
    use sha2::Digest as _;
    let oid = |bytes: &[u8]| {
        sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let (old, new): (&[u8], &[u8]) = (b"{\"top\": 1}", b"{\"top\": 2}");
    let pointer = |bytes: &[u8]| {
        format!(
            "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n",
            oid(bytes),
            bytes.len()
        )
    };
    let world =
        base(&[("metrics.json", pointer(old).as_bytes()), ("dvc.yaml", b"metrics: [metrics.json]\n")]);
    let put = |bytes: &[u8]| {
        let oid = oid(bytes);
        let at = format!(".git/lfs/objects/{}/{}/{oid}", &oid[..2], &oid[2..4]);
        write(&world, &at, bytes);
    };
    put(old);
    write(&world, "metrics.json", new);
    assert_eq!(rows(&json(&world.cml(&REPORT, &[]))), ["metrics.json top 1 2 changed"]);
    // A checkout without LFS: the pointer is on disk.
    write(&world, "metrics.json", pointer(new).as_bytes());
    let report = json(&world.cml(&REPORT, &[]));
    assert_eq!(rows(&report), ["metrics.json top 1 null unreadable"]);
    let why = report["unreadable"][0]["why"].as_str().unwrap();
    assert!(why.contains("Git LFS pointer") && why.contains("`git lfs pull`"), "{why}");
    put(new);
    assert_eq!(rows(&json(&world.cml(&REPORT, &[]))), ["metrics.json top 1 2 changed"]);
    // A further work tree shares the objects, and DVC reads them of commits too.
    world.commit("head");
    let ran = world.cml(&["metrics", "diff", "--json", "main", "feature"], &[]);
    assert_eq!(
        ran.out, "{\"metrics.json\": {\"top\": {\"old\": 1, \"new\": 2, \"diff\": 1}}}\n",
        "{}",
        ran.err
    );
    let tree = world.path("tree");
    world.git(&["worktree", "add", "-q", "--detach", tree.to_str().unwrap()]);
    assert_eq!(rows(&json(&world.cml_in(&tree, &REPORT, &[]))), ["metrics.json top 1 2 changed"]);
}

#[test]
fn results_older_than_their_params_are_told_on_either_side() {
    let dvc: &[u8] =
        b"stages:\n  train:\n    cmd: x\n    params: [n_est]\n    metrics:\n    - s.json: {cache: false}\n";
    let lock = |n: u32| {
        format!(
            "schema: '2.0'\nstages:\n  train:\n    cmd: x\n    params:\n      params.yaml:\n        n_est: {n}\n"
        )
    };
    let params = |n: u32| format!("n_est: {n}\n");
    let world = base(&[
        ("dvc.yaml", dvc),
        ("dvc.lock", lock(500).as_bytes()),
        ("params.yaml", params(100).as_bytes()),
        ("s.json", b"{\"r2\": 0.2269}"),
    ]);
    let told = |world: &World| {
        let report = json(&world.cml(&REPORT, &[]));
        let notices = report["notices"].as_array().unwrap();
        notices
            .iter()
            .map(|one| format!("{}: {}", one["about"].as_str().unwrap(), one["text"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let words = |at: &str, was: u32, is: u32| {
        let step = if at.is_empty() { "; run `dvc repro`" } else { "" };
        format!(
            "dvc.lock: {at}the results of train were made with other params than params.yaml says: n_est was {was} and is {is}{step}"
        )
    };
    write(&world, "dvc.lock", lock(100).as_bytes());
    write(&world, "params.yaml", params(250).as_bytes());
    assert_eq!(told(&world), [words("at main: ", 500, 100), words("", 100, 250)]);
    write(&world, "dvc.lock", lock(250).as_bytes());
    assert_eq!(told(&world), [words("at main: ", 500, 100)]);
}
