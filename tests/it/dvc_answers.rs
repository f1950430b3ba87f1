//! Answers that DVC 3.67.1 gives to unusual files: what it printed, to the byte, or the names of its errors.

use serde_json::Value;

use crate::json::read;
use crate::world::World;

/// What is unusual, the files of both revisions, the command, and DVC's answer.
type Case = (&'static str, &'static [(&'static str, &'static str)], &'static str, &'static str);

const CASES: [Case; 24] = [
    (
        "dates in tables",
        &[(
            "params.yaml",
            "a: 1979-05-27 07:32:00+00:00\nb: 2001-12-14t21:59:43.1-05:00\nc: 2001-01-01\nd: [2001-01-01T00:00:00Z]\n",
        )],
        "params diff main feature --all --md",
        "| Path        | Param   | main                                                                                        | feature                                                                                     |\n|-------------|---------|---------------------------------------------------------------------------------------------|---------------------------------------------------------------------------------------------|\n| params.yaml | a       | 1979-05-27 07:32:00+00:00                                                                   | 1979-05-27 07:32:00+00:00                                                                   |\n| params.yaml | b       | 2001-12-14 21:59:43.100000-05:00                                                            | 2001-12-14 21:59:43.100000-05:00                                                            |\n| params.yaml | c       | 2001-01-01                                                                                  | 2001-01-01                                                                                  |\n| params.yaml | d       | [datetime.datetime(2001, 1, 1, 0, 0, tzinfo=datetime.timezone(datetime.timedelta(0), 'Z'))] | [datetime.datetime(2001, 1, 1, 0, 0, tzinfo=datetime.timezone(datetime.timedelta(0), 'Z'))] |\n\n",
    ),
    (
        "dates of TOML",
        &[
            ("dvc.yaml", "params: [p.toml]\n"),
            ("p.toml", "a = 1979-05-27T07:32:00Z\nb = 07:32:00.5\nc = [1979-05-27]\n"),
        ],
        "params diff main feature --all --md",
        "| Path   | Param   | main                         | feature                      |\n|--------|---------|------------------------------|------------------------------|\n| p.toml | a       | 1979-05-27 07:32:00+00:00    | 1979-05-27 07:32:00+00:00    |\n| p.toml | b       | 07:32:00.500000              | 07:32:00.500000              |\n| p.toml | c       | [datetime.date(1979, 5, 27)] | [datetime.date(1979, 5, 27)] |\n\n",
    ),
    (
        "sets and bytes",
        &[("params.yaml", "a: !!set {1, 2}\nb: !!binary aGk=\nc: !!set {}\n")],
        "params diff main feature --all --md",
        "| Path        | Param   | main   | feature   |\n|-------------|---------|--------|-----------|\n| params.yaml | a       | {1, 2} | {1, 2}    |\n| params.yaml | b       | b'hi'  | b'hi'     |\n| params.yaml | c       | set()  | set()     |\n\n",
    ),
    (
        "ordered maps, pairs and tags",
        &[(
            "params.yaml",
            "a: !!omap [x: 1, y: 2]\nb: [!!omap [x: 1]]\nc: !!pairs [x: 1, x: 2]\nd: !!int '7'\ne: ! '8'\nf: !!bool yes\n",
        )],
        "params diff main feature --all --md",
        "| Path        | Param   | main                      | feature                   |\n|-------------|---------|---------------------------|---------------------------|\n| params.yaml | a.x     | 1                         | 1                         |\n| params.yaml | a.y     | 2                         | 2                         |\n| params.yaml | b       | [ordereddict([('x', 1)])] | [ordereddict([('x', 1)])] |\n| params.yaml | c       | [('x', 1), ('x', 2)]      | [('x', 1), ('x', 2)]      |\n| params.yaml | d       | 7                         | 7                         |\n| params.yaml | e       | 8                         | 8                         |\n| params.yaml | f       | True                      | True                      |\n\n",
    ),
    (
        "numbers as keys",
        &[("params.yaml", "1: a\n10: b\n2: c\n")],
        "params diff main feature --all --md",
        "| Path        | Param   | main   | feature   |\n|-------------|---------|--------|-----------|\n| params.yaml | 1       | a      | a         |\n| params.yaml | 2       | c      | c         |\n| params.yaml | 10      | b      | b         |\n\n",
    ),
    (
        "a flag as a key",
        &[("params.yaml", "true: a\n")],
        "params diff main feature --all --json",
        "{\"params.yaml\": {\"true\": {\"old\": \"a\", \"new\": \"a\"}}}\n",
    ),
    (
        "null as a key",
        &[("params.yaml", "null: a\n")],
        "params diff main feature --all --json",
        "{\"params.yaml\": {\"null\": {\"old\": \"a\", \"new\": \"a\"}}}\n",
    ),
    (
        "null above a key",
        &[("params.yaml", "null: {x: 1}\n")],
        "params diff main feature --all --json",
        "{\"params.yaml\": {\"x\": {\"old\": 1, \"new\": 1, \"diff\": 0}}}\n",
    ),
    (
        "a tuple as a key",
        &[("params.yaml", "m: {? [1, x] : 2}\n")],
        "params diff main feature --all --json",
        "{\"params.yaml\": {\"m.(1, 'x')\": {\"old\": 2, \"new\": 2, \"diff\": 0}}}\n",
    ),
    (
        "lines in keys",
        &[
            ("dvc.yaml", "metrics: [m.json]\n"),
            ("m.json", "{\"a\\nb\": 1, \"c\\r\\nd\": 0.5, \" e\\rf\": 2}"),
        ],
        "metrics show --md",
        "| Path   |  e   | a   | c   |\n|        | f    | b   |     |\n|        |      |     | d   |\n|--------|------|-----|-----|\n| m.json | 2    | 1   | 0.5 |\n\n",
    ),
    (
        "lines in cells",
        &[("dvc.yaml", "metrics: [m.json]\n"), ("m.json", "{\"a\\nb\": \"c\\r\\nd\", \"e\": \"\\nf\"}")],
        "metrics diff main feature --all --md",
        "| Path   | Metric   | main   | feature   | Change   |\n|--------|----------|--------|-----------|----------|\n| m.json | a        | c      | c         | -        |\n|        | b        | d      | d         |          |\n| m.json | e        | f      | f         | -        |\n\n",
    ),
    (
        "digits before the point",
        &[
            ("dvc.yaml", "metrics: [m.json]\n"),
            ("m.json", "{\"a\": 123.456, \"b\": 25.0, \"c\": -5.5, \"d\": 15, \"e\": -4.0}"),
        ],
        "metrics show --md --precision -1",
        "| Path   | a     | b    | c     | d   | e    |\n|--------|-------|------|-------|-----|------|\n| m.json | 120.0 | 20.0 | -10.0 | 15  | -0.0 |\n\n",
    ),
    (
        "all digits before the point",
        &[("dvc.yaml", "metrics: [m.json]\n"), ("m.json", "{\"a\": 123.456, \"c\": -5.5, \"d\": 15}")],
        "metrics diff main feature --all --md --precision=-400",
        "| Path   | Metric   | main   | feature   | Change   |\n|--------|----------|--------|-----------|----------|\n| m.json | a        | 0.0    | 0.0       | 0.0      |\n| m.json | c        | -0.0   | -0.0      | 0.0      |\n| m.json | d        | 15     | 15        | 0        |\n\n",
    ),
    (
        "classes in patterns",
        &[
            ("dvc.yaml", "{\"stages\": {\"s\": {\"cmd\": \"x\", \"params\": [\"m.[kl]\", \"[np]*\"]}}}"),
            ("params.yaml", "m: {k: 1, l: [2], x: 3}\nname: y\nlr: 4\n"),
        ],
        "params diff main feature --all --md --deps",
        "| Path        | Param   | main   | feature   |\n|-------------|---------|--------|-----------|\n| params.yaml | m.k     | 1      | 1         |\n| params.yaml | m.l     | [2]    | [2]       |\n| params.yaml | name    | y      | y         |\n\n",
    ),
    (
        "places in patterns",
        &[
            ("dvc.yaml", "{\"stages\": {\"s\": {\"cmd\": \"x\", \"params\": [\"l.1\"]}}}"),
            ("params.yaml", "l: [1, 2]\n"),
        ],
        "params diff main feature --all --md --deps",
        "| Path        | Param   | main      | feature   |\n|-------------|---------|-----------|-----------|\n| params.yaml | l       | [None, 2] | [None, 2] |\n\n",
    ),
    (
        "any depth in patterns",
        &[
            ("dvc.yaml", "{\"stages\": {\"s\": {\"cmd\": \"x\", \"params\": [\"**.lr\"]}}}"),
            ("params.yaml", "a: {b: {lr: 1}, lr: 2}\nlr: 3\nx: 4\n"),
        ],
        "params diff main feature --all --md --deps",
        "| Path        | Param   | main   | feature   |\n|-------------|---------|--------|-----------|\n| params.yaml | a.b.lr  | 1      | 1         |\n| params.yaml | a.lr    | 2      | 2         |\n| params.yaml | lr      | 3      | 3         |\n\n",
    ),
    (
        "what cannot be selected",
        &[
            ("dvc.yaml", "{\"stages\": {\"s\": {\"cmd\": \"x\", \"params\": [\"m\"]}}}"),
            ("params.yaml", "m: {0: a, 1: b}\n"),
        ],
        "params diff main feature --all --md --deps",
        "| Path   | Param   | main   | feature   |\n|--------|---------|--------|-----------|\n\n",
    ),
    (
        "unprintable characters",
        &[
            ("dvc.yaml", "params: [p.py]\n"),
            (
                "p.py",
                "a = ['\\x07\\u200b\\xa0']\nb = [b'\\xff']\nc = b'x' b'y'\nd = [1+2j]\ne = {3, 1}\nf = '''x\r\ny'''\n",
            ),
        ],
        "params diff main feature --all --md",
        "| Path   | Param   | main               | feature            |\n|--------|---------|--------------------|--------------------|\n| p.py   | a       | ['\\x07\\u200b\\xa0'] | ['\\x07\\u200b\\xa0'] |\n| p.py   | b       | [b'\\xff']          | [b'\\xff']          |\n| p.py   | c       | b'xy'              | b'xy'              |\n| p.py   | d       | [(1+2j)]           | [(1+2j)]           |\n| p.py   | e       | {1, 3}             | {1, 3}             |\n| p.py   | f       | x                  | x                  |\n|        |         | y                  | y                  |\n\n",
    ),
    (
        "constants of Python",
        &[
            ("dvc.yaml", "params: [p.py]\n"),
            ("p.py", "a = {1: 1, True: 2}\nb = ...\nc = -(5)\nd = {(1, 2): 3}\n"),
        ],
        "params diff main feature --all --md",
        "| Path   | Param    | main     | feature   |\n|--------|----------|----------|-----------|\n| p.py   | a.1      | 2        | 2         |\n| p.py   | b        | Ellipsis | Ellipsis  |\n| p.py   | c        | -5       | -5        |\n| p.py   | d.(1, 2) | 3        | 3         |\n\n",
    ),
    (
        "paths with backslashes",
        &[
            (
                "dvc.yaml",
                "metrics: [\"sub\\\\m.json\"]\nparams: [\".\\\\p.json\"]\nstages: {s: {cmd: x, wdir: \"a\\\\b\", metrics: [\"n.json\": {cache: false}]}}\n",
            ),
            ("sub/m.json", "{\"a\": 1}"),
            ("p.json", "{\"a\": 1}"),
            ("a/b/n.json", "{\"a\": 1}"),
        ],
        "metrics show --json",
        "{\"\": {\"data\": {\"a/b/n.json\": {\"data\": {\"a\": 1}}, \"sub/m.json\": {\"data\": {\"a\": 1}}}}}\n",
    ),
    (
        "params with backslashes",
        &[("dvc.yaml", "params: [\"sub\\\\p.json\"]\n"), ("sub/p.json", "{\"a\": 1}")],
        "params diff main feature --all --md",
        "| Path       | Param   | main   | feature   |\n|------------|---------|--------|-----------|\n| sub/p.json | a       | 1      | 1         |\n\n",
    ),
    (
        "plots with backslashes",
        &[("dvc.yaml", "plots: [\"sub\\\\p.json\"]\n"), ("sub/p.json", "[{\"a\": 1}]")],
        "plots diff main feature --json",
        "{\"data\": {\"sub\\\\p.json\": []}}\n",
    ),
    (
        "files as they are declared",
        &[
            (
                "dvc.yaml",
                "metrics: [z.json, b.json, d]\nstages:\n  s2: {cmd: x, metrics: [{y.json: {cache: false}}, {c.json: {cache: false}}]}\n  s1: {cmd: x, metrics: [{x.json: {cache: false}}]}\n",
            ),
            ("z.json", "{\"a\": 1}"),
            ("b.json", "{\"a\": 1}"),
            ("y.json", "{\"a\": 1}"),
            ("c.json", "{\"a\": 1}"),
            ("x.json", "{\"a\": 1}"),
            ("d/z.json", "{\"a\": 1}"),
            ("d/a.json", "{\"a\": 1}"),
        ],
        "metrics show --md",
        "| Path     | a   |\n|----------|-----|\n| y.json   | 1   |\n| c.json   | 1   |\n| x.json   | 1   |\n| z.json   | 1   |\n| b.json   | 1   |\n| d/a.json | 1   |\n| d/z.json | 1   |\n\n",
    ),
    (
        "files as they are named",
        &[("dvc.yaml", "metrics: [a.json, b.json]\n"), ("a.json", "{\"a\": 1}"), ("b.json", "{\"a\": 1}")],
        "metrics show --md b.json a.json",
        "| Path   | a   |\n|--------|-----|\n| b.json | 1   |\n| a.json | 1   |\n\n",
    ),
];

/// A metrics file: its name, how its text begins, what follows and how often; and what DVC calls the error.
const KINDS: [(&str, &str, &str, usize, &str); 32] = [
    ("m.json", "", "", 0, "JSONFileCorruptedError"),
    ("m.json", "{", "", 0, "JSONFileCorruptedError"),
    ("m.json", "{\"a\": 1, \"a\": 2}", "", 0, "data"),
    ("m.json", "", "[", 100000, "RecursionError"),
    ("m.json", "", "1", 5000, "ValueError"),
    ("m.yaml", "a: 1\na: 2", "", 0, "YAMLFileCorruptedError"),
    ("m.yaml", "a: !x 1", "", 0, "YAMLFileCorruptedError"),
    ("m.yaml", "a: 2001-13-01", "", 0, "ValueError"),
    ("m.yaml", "a: !!int x", "", 0, "ValueError"),
    ("m.yaml", "a: !!bool x", "", 0, "KeyError"),
    ("m.yaml", "a: !!int ''", "", 0, "IndexError"),
    ("m.yaml", "? [[1]]\n: 2", "", 0, "TypeError"),
    ("m.yaml", "a: !!omap [a: 1, a: 2]", "", 0, "AssertionError"),
    ("m.yaml", "a: 1\n---\nb: 1", "", 0, "YAMLFileCorruptedError"),
    ("m.yaml", "a: [1", "", 0, "YAMLFileCorruptedError"),
    ("m.yaml", "a: \u{1}", "", 0, "YAMLFileCorruptedError"),
    ("m.yaml", "a: b\tc", "", 0, "YAMLFileCorruptedError"),
    ("m.yaml", "a: ", "1", 5000, "ValueError"),
    ("m.yaml", "", "[", 2000, "RecursionError"),
    ("m.toml", "a = ", "", 0, "TOMLFileCorruptedError"),
    ("m.toml", "a = 1\na = 2", "", 0, "TOMLFileCorruptedError"),
    ("m.toml", "a = 2001-13-01", "", 0, "TOMLFileCorruptedError"),
    ("m.toml", "\u{feff}a = 1", "", 0, "TOMLFileCorruptedError"),
    ("m.py", "a = ", "", 0, "PythonFileCorruptedError"),
    ("m.py", "  a = 1", "", 0, "PythonFileCorruptedError"),
    ("m.py", "a = 1\0", "", 0, "PythonFileCorruptedError"),
    ("m.py", "\u{feff}a = 1", "", 0, "PythonFileCorruptedError"),
    ("m.py", "a = {[1]: 2}", "", 0, "TypeError"),
    ("m.py", "a = ", "1", 5000, "PythonFileCorruptedError"),
    ("m.py", "a = b'é'", "", 0, "PythonFileCorruptedError"),
    ("m.txt", "a: [", "", 0, "YAMLFileCorruptedError"),
    ("m.JSON", "{", "", 0, "JSONFileCorruptedError"),
];

fn world(files: &[(&str, &str)]) -> World {
    let world = World::new();
    for (path, text) in [(".dvc/config", "")].iter().chain(files) {
        world.write(path, text);
    }
    world.commit("main");
    world.git(&["checkout", "-q", "-b", "feature"]);
    world.git(&["commit", "-q", "--allow-empty", "-m", "feature"]);
    world
}

#[test]
fn unusual_files_are_answered_as_dvc_does() {
    for (name, files, command, expected) in CASES {
        let ran = world(files).cml(&command.split(' ').collect::<Vec<_>>(), &[]);
        assert_eq!(ran.code, 0, "{name}: {}", ran.err);
        if command.contains("--json") {
            assert_eq!(read(&ran.out), read(expected), "{name}");
        } else {
            assert_eq!(ran.out, expected, "{name}\n{}", ran.out);
        }
    }
}

#[test]
fn errors_of_files_have_dvcs_names() {
    for (path, start, again, count, expected) in KINDS {
        let text = format!("{start}{}", again.repeat(count));
        let declared = format!("metrics: [{path}]\n");
        let ran = world(&[("dvc.yaml", &declared), (path, &text)]).cml(&["metrics", "show", "--json"], &[]);
        let file: Value = read(&ran.out)[""]["data"][path].clone();
        let kind = file["error"]["type"].as_str().unwrap_or("data").to_owned();
        assert_eq!((ran.code, kind.as_str()), (0, expected), "{path} {start:?} {}", ran.out);
    }
}

/// For DVC an output that its cache lacks is not found.
#[test]
fn an_output_that_cannot_be_had_has_dvcs_name() {
    let output = "outs:\n- md5: 0123456789abcdef0123456789abcdef\n  hash: md5\n  path: m.json\n";
    let world = world(&[("dvc.yaml", "metrics: [m.json]\n"), ("m.json.dvc", output)]);
    let ran = world.cml(&["metrics", "show", "--json"], &[]);
    let error = &read(&ran.out)[""]["data"]["m.json"]["error"];
    assert_eq!((ran.code, error["type"].as_str()), (0, Some("FileNotFoundError")), "{}", ran.out);
    assert!(error["msg"].as_str().unwrap().contains("it is not in the DVC cache"), "{}", ran.out);
}

/// DVC dies of these, and of all other plots with them.
#[test]
fn a_template_that_cannot_be_used_costs_its_own_plot_and_is_said() {
    let rows = "[{\"a\": 1}]";
    for (template, text, expected) in [
        ("nope", "", "there is no template nope; put it at .dvc/plots/nope.json, or use a built-in one"),
        (
            "own",
            "{\"mark\": \"line\"}",
            "the template own does not use <DVC_METRIC_DATA>; add it as the data's values",
        ),
    ] {
        let declared = format!("plots: [{{m.json: {{template: {template}}}}}, n.json]\n");
        let files = [
            ("dvc.yaml", declared.as_str()),
            ("m.json", rows),
            ("n.json", rows),
            (".dvc/plots/own.json", text),
        ];
        let world = world(&files);
        let ran = world.cml(&["plots", "diff", "main", "feature", "--json"], &[]);
        let answer = read(&ran.out);
        assert_eq!(answer["data"]["m.json"], Value::Array(Vec::new()));
        assert_eq!(answer["data"]["n.json"][0]["points"].as_array().map(Vec::len), Some(2));
        assert_eq!(answer["errors"][0]["msg"], *expected);
        assert_eq!((ran.code, ran.err.as_str()), (0, format!("warning: {expected}\n").as_str()));
    }
}

/// As Lightning writes what a run was given.
#[test]
fn a_report_reads_what_is_plain_beside_objects_of_python() {
    let world = World::new();
    let params = |lr: &str| {
        format!(
            "lr: {lr}\nroot: !!python/object/apply:pathlib.PosixPath\n- /\n- data\nsize: !!python/tuple\n- 1\n- 2\nact: !!python/name:torch.relu ''\n"
        )
    };
    let path = "lightning_logs/version_0/hparams.yaml";
    world.write(path, &params("0.1"));
    world.commit("main");
    world.write(path, &params("0.2"));
    let ran = world.cml(&["report", "--base", "HEAD"], &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let all = format!("{}{}", ran.out, ran.err);
    assert!(all.contains("lr") && all.contains("0.2"), "{all}");
    let notice = format!("{path}: root, act: left out, because a tag makes an object of them");
    assert!(all.contains(&notice), "{all}");
    // DVC reads nothing of such a file.
    let ran = world.cml(&["params", "diff", "--targets", path], &[]);
    assert!(ran.err.contains("the tag !!python/object/apply:pathlib.PosixPath is not known"), "{}", ran.err);
}
