use super::*;

const A: &str = "0123456789abcdef0123456789abcdef";
const B: &str = "fedcba9876543210fedcba9876543210.dir";

/// A tree of a few named texts.
struct Texts<'a>(&'a [(&'a str, String)]);

impl Tree for Texts<'_> {
    fn list(&self) -> Result<Vec<String>, RevisionError> {
        Ok(self.0.iter().map(|(path, _)| (*path).to_owned()).collect())
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, RevisionError> {
        Ok(self.0.iter().find(|(name, _)| *name == path).map(|(_, text)| text.clone().into_bytes()))
    }
}

fn read(files: &[(&str, String)]) -> (Vec<String>, Vec<Notice>) {
    let tree = Texts(files);
    let (outs, notices) = outs(&tree, &tree.list().unwrap()).unwrap();
    let line = |(path, out): (&String, &Output)| {
        let age = if out.legacy { "old" } else { "new" };
        let remote = out.remote.as_deref().unwrap_or("-");
        format!("{path} {} {age} {} {remote}", &out.hash.as_str()[..4], out.size.unwrap_or(0))
    };
    (outs.iter().map(line).collect(), notices)
}

#[track_caller]
fn check(files: &[(&str, String)], expected: &[&str]) {
    let (lines, notices) = read(files);
    assert_eq!(lines, expected);
    assert_eq!(notices, []);
}

#[test]
fn every_version_of_a_lock_file_is_read() {
    let yaml = "stages: {train: {cmd: x, outs: [plots], metrics: [m.json]}}".to_owned();
    let old = format!("train:\n  cmd: x\n  outs:\n  - path: m.json\n    md5: {A}\n    size: 12\n");
    check(&[("dvc.yaml", yaml.clone()), ("dvc.lock", old)], &["m.json 0123 old 12 -"]);
    let of = |schema: &str| {
        format!(
            "schema: '{schema}'\nstages:\n  train:\n    cmd: x\n    deps:\n    - path: in\n      md5: {A}\n    \
             outs:\n    - path: plots\n      hash: md5\n      md5: {B}\n      size: 9\n      nfiles: 2\n"
        )
    };
    for schema in ["2.0", "3.0", "99"] {
        let files = [("sub/dvc.yaml", yaml.clone()), ("sub/dvc.lock", of(schema))];
        check(&files, &["sub/plots fedc new 9 -"]);
    }
}

#[test]
fn the_yaml_beside_it_tells_folder_and_remote() {
    let stages = "stages:\n  a:\n    wdir: ../w\n    outs:\n    - ./m.json:\n        remote: Big\n  b:\n    foreach: [1]\n    \
                  do:\n      wdir: v\n      metrics:\n      - ${item}.json:\n          remote: each\n";
    let lock = format!(
        "schema: '2.0'\nstages:\n  a:\n    outs:\n    - {{path: m.json, md5: {A}}}\n  b@1:\n    outs:\n    - {{path: 1.json, md5: {A}}}\n"
    );
    check(
        &[("s/dvc.yaml", stages.to_owned()), ("s/dvc.lock", lock)],
        &["s/v/1.json 0123 old 0 each", "w/m.json 0123 old 0 big"],
    );
}

#[test]
fn what_dvc_would_not_take_from_its_cache_is_no_output() {
    // A dvc.yaml, the name of the stage in the lock file, and whether `m.json` is read by its hash.
    let check = |yaml: &str, stage: &str, expected: bool| {
        let lock =
            format!("schema: '2.0'\nstages:\n  {stage}:\n    outs:\n    - {{path: m.json, md5: {A}}}\n");
        let mut files = vec![("dvc.lock", lock), ("params.yaml", "on: false\nfile: m.json\n".to_owned())];
        files.extend((!yaml.is_empty()).then(|| ("dvc.yaml", yaml.to_owned())));
        assert_eq!(read(&files).0.len(), usize::from(expected), "{yaml}");
    };
    for kind in ["outs", "metrics", "plots"] {
        let of = |entry: &str| format!("stages: {{a: {{cmd: x, {kind}: [{entry}]}}}}");
        check(&of("m.json"), "a", true);
        check(&of("./m.json"), "a", true);
        check(&of("m.json: {cache: true}"), "a", true);
        check(&of("m.json: {persist: true}"), "a", true);
        check(&of("'${file}'"), "a", true);
        check(&of("m.json: {cache: false}"), "a", false);
        check(&of("'${file}': {cache: false}"), "a", false);
        check(&of("m.json: {cache: '${on}'}"), "a", false);
        // No stage of that name, or one without such an output.
        check(&of("m.json"), "b", false);
        check(&of("other.json"), "a", false);
        let each = format!(
            "stages: {{a: {{foreach: [m], do: {{cmd: x, {kind}: ['${{item}}.json': {{cache: FLAG}}]}}}}}}"
        );
        check(&each.replace("FLAG", "true"), "a@m", true);
        check(&each.replace("FLAG", "false"), "a@m", false);
        check(&each.replace("FLAG", "true"), "a@n", false);
        // A stage that cannot be understood: what it does not name it may name all the same.
        check(&of("'${gone}'"), "a", true);
        check(&of("m.json: {cache: false}, '${gone}'"), "a", false);
    }
    check("", "a", false);
    check("stages: [", "a", true);
    let of_file = |flags: &str| format!("outs:\n- {{path: m.json, md5: {A}{flags}}}\n");
    assert_eq!(read(&[("m.json.dvc", of_file(""))]).0.len(), 1);
    assert_eq!(read(&[("m.json.dvc", of_file(", cache: false"))]).0.len(), 0);
}

#[test]
fn dvc_files_are_read_and_other_files_are_not() {
    let file =
        format!("wdir: ..\nouts:\n- md5: {A}\n  size: 3\n  hash: md5\n  path: data.csv\n  remote: cold\n");
    check(
        &[("d/data.csv.dvc", file.clone()), (".dvc/x.dvc", file.clone()), ("d/data.yaml", file)],
        &["data.csv 0123 new 3 cold"],
    );
}

#[test]
fn versions_in_a_cloud_stand_file_by_file() {
    let cloud = "cloud: {s3: {etag: e, version_id: v1}}";
    let file = format!(
        "outs:\n- path: d\n  hash: md5\n  md5: {B}\n  files:\n  - {{relpath: a/b.csv, md5: {A}, {cloud}}}\n  - {{relpath: ../../x, md5: {A}}}\n"
    );
    let tree = Texts(&[("d.dvc", file)]);
    let (outs, _) = outs(&tree, &tree.list().unwrap()).unwrap();
    let version = Version { remote: "s3".to_owned(), id: "v1".to_owned(), etag: Some("e".to_owned()) };
    assert_eq!(outs.keys().collect::<Vec<_>>(), ["d/a/b.csv"]);
    assert_eq!(outs["d/a/b.csv"].version, Some(version));
}

#[test]
fn what_no_cache_can_hold_is_left_out() {
    for out in [
        "path: /etc/passwd, md5: A",
        "path: ../x, md5: A",
        "path: x, md5: ../../../../etc/passwd",
        "path: x, md5: ABCDEF0123456789ABCDEF0123456789",
        "path: x, etag: '12'",
        "path: '', md5: A",
        "md5: A",
    ] {
        let text = format!("outs:\n- {{{}}}\n", out.replace("md5: A}", A).replace(": A", &format!(": {A}")));
        check(&[("x.dvc", text)], &[]);
    }
}

#[test]
fn a_broken_file_costs_its_own_outputs() {
    let good = format!("outs:\n- {{path: a, md5: {A}}}\n");
    let (lines, notices) =
        read(&[("a.dvc", good), ("b.dvc", "outs: [".to_owned()), ("dvc.lock", "a: b: c".to_owned())]);
    assert_eq!(lines, ["a 0123 old 0 -"]);
    let about: Vec<_> = notices.iter().filter_map(|notice| notice.about.as_deref()).collect();
    assert_eq!(about, ["dvc.lock", "b.dvc"]);
    assert!(notices[0].text.contains("outputs that are not in Git are left out"), "{}", notices[0]);
}

#[test]
fn a_folder_is_known_by_its_listing() {
    let like =
        Output { hash: Hash::parse(B).unwrap(), legacy: true, size: Some(9), remote: None, version: None };
    let text = format!(
        r#"[{{"md5": "{A}", "relpath": "b/c.csv"}}, {{"md5": "{A}", "relpath": "../x"}}, {{"md5": "no", "relpath": "y"}}]"#
    );
    let entries = listing(text.as_bytes(), &like).unwrap();
    assert_eq!(
        entries,
        [("b/c.csv".to_owned(), Output { hash: Hash::parse(A).unwrap(), size: None, ..like.clone() })]
    );
    for broken in ["", "{}", "[1]", "[{\"md5\": 1, \"relpath\": \"x\"}]"] {
        assert!(listing(broken.as_bytes(), &like).unwrap_err().contains("listing is broken"), "{broken}");
    }
}
