//! Files that are broken, hostile or far too large: each costs its own rows and a notice, and nothing else.

use std::fs;
use std::os::unix::fs::symlink;

use crate::world::World;

/// A file, and what is said about it.
fn bad_files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let nested = |before: &str| format!("{before}{}{}", "[".repeat(10_000), "]".repeat(10_000)).into_bytes();
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..10 {
        let alias = vec![format!("*a{}", n - 1); 10].join(", ");
        bomb.push_str(&format!("a{n}: &a{n} [{alias}]\n"));
    }
    let blocks: String = (0..1_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    vec![
        ("cut.json", b"{\"a\": 1,\n \"b\":".to_vec(), "line 2, column 6: the file ends in the middle"),
        ("binary.json", vec![0, 159, 146, 150, 255], "is not UTF-8"),
        ("latin.yaml", b"k: 1\na: caf\xe9\n".to_vec(), "line 2: the file is not UTF-8"),
        ("deep.json", nested(""), "line 1, column 202: nested deeper than 200 levels"),
        ("deep.yaml", nested(""), "line 1, column 256: recursion limit exceeded"),
        ("deep.toml", nested("a = "), "line 1, column 85: cannot recurse further"),
        ("blocks.yaml", blocks.into_bytes(), "line 201, column 201: nested deeper"),
        ("bomb.yaml", bomb.into_bytes(), "the aliases grow beyond a million values"),
        ("long.json", "9".repeat(100_000).into_bytes(), "an integer of more than 4300 digits"),
        (
            "twice.yaml",
            b"a: 1\na: 2\n".to_vec(),
            "line 2, column 1: the key a stands here for the second time",
        ),
        ("syntax.py", b"A = 1\nB = (\n".to_vec(), "line 2, column 5: this bracket is never closed"),
    ]
}

#[test]
fn a_bad_file_costs_its_own_rows() {
    let world = World::new();
    world.write("good.json", "{\"a\": 1}");
    world.commit("base");
    world.write("good.json", "{\"a\": 2}");
    let mut names = vec!["good.json", "link.json", "folder/passwd", "large.json", "gone.json"];
    names.extend(["../../../../etc/passwd", "/etc/passwd"]);
    let files = bad_files();
    for (name, bytes, _) in &files {
        fs::write(world.root().join(name), bytes).unwrap();
        names.push(name);
    }
    symlink("/etc/passwd", world.root().join("link.json")).unwrap();
    symlink("/etc", world.root().join("folder")).unwrap();
    fs::File::create(world.root().join("large.json")).unwrap().set_len(101 * 1024 * 1024).unwrap();
    world.write("dvc.yaml", &format!("metrics: [{}]\n", names.join(", ")));

    let ran = world.cml(&["metrics", "diff", "--json", "--targets", "good.json"], &[]);
    assert_eq!(ran.out, "{\"good.json\": {\"a\": {\"old\": 1, \"new\": 2, \"diff\": 1}}}\n");
    let ran = world.cml(&["metrics", "diff", "--json"], &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.out, "{\"good.json\": {\"a\": {\"old\": null, \"new\": 2}}}\n");
    assert!(!ran.err.contains("panicked") && !ran.err.contains("root:"), "{}", ran.err);
    let named = files.iter().map(|(name, _, what)| (*name, *what)).chain([
        ("link.json", "it leads out of the project's folder"),
        ("folder/passwd", "it leads out of the project's folder"),
        ("large.json", "it has 101 MB, and at most 100 MB are read"),
        ("gone.json", "the file is missing"),
    ]);
    for (name, what) in named {
        let line = ran.err.lines().find(|line| line.contains(&format!("workspace: {name}: ")));
        assert!(line.is_some_and(|line| line.contains(what)), "{name}: {what}\n{}", ran.err);
    }
    assert!(ran.err.contains("../../../../etc/passwd lies outside the project's folder"), "{}", ran.err);
    assert!(ran.err.contains("dvc.yaml: /etc/passwd lies outside the project's folder"), "{}", ran.err);
}

#[test]
fn loops_that_explode_are_stopped() {
    let world = World::new();
    let list: Vec<String> = (0..1_000).map(|n| n.to_string()).collect();
    world.write("params.yaml", &format!("big: [{}]\nlong: {}\n", list.join(", "), "x".repeat(100_000)));
    world.write(
        "dvc.yaml",
        "metrics: [m.json]\nstages:\n  grid:\n    matrix: {a: '${big}', b: '${big}'}\n    cmd: x\n    metrics: ['${item.a}.json']\n  each:\n    foreach: ${big}\n    do: {cmd: x, metrics: ['${item}${long}.json']}\n",
    );
    world.write("m.json", "{\"a\": 1}");
    world.commit("base");
    world.write("m.json", "{\"a\": 3}");
    let ran = world.cml(&["metrics", "diff", "--json"], &[]);
    assert_eq!(ran.out, "{\"m.json\": {\"a\": {\"old\": 1, \"new\": 3, \"diff\": 2}}}\n");
    assert!(ran.err.contains("stage grid: the matrix makes more than 10000 stages"), "{}", ran.err);
    assert!(ran.err.contains("stage each: the loops make too many stages or texts"), "{}", ran.err);
    assert!(ran.err.lines().count() < 250, "{}", ran.err);
}

#[test]
fn a_million_columns_are_refused() {
    let world = World::new();
    world.write("dvc.yaml", "plots: [wide.csv, ok.csv]\n");
    world.write("wide.csv", &format!("{}\n{}\n", "a,".repeat(1_000_000), "1,".repeat(1_000_000)));
    world.write("ok.csv", "a\n1\n");
    world.commit("base");
    let ran = world.cml(&["plots", "diff", "--json"], &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("more than 10000 columns") && ran.out.contains("\"ok.csv\": [{"), "{}", ran.out);
}
