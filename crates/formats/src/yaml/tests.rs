//! YAML beside the answers of ruamel.yaml and of PyYAML.

use super::*;
use crate::pytext;

fn check(text: &str, expected: &str) {
    let shown = match parse(text) {
        Ok(value) => pytext::repr(&value),
        Err(error) => error.to_string(),
    };
    assert!(shown.starts_with(expected), "{text}\n gave {shown}\n not {expected}");
}

#[test]
fn maps_lists_and_texts_are_read_in_order() {
    check("z: 1\na: [x, 'yes', 1.0]\nm: |\n  a\n  b\n", "{'z': 1, 'a': ['x', 'yes', 1.0], 'm': 'a\\nb\\n'}");
    check("", "None");
    check("# only a comment\n", "None");
    check("--- \na: 1\n...\n", "{'a': 1}");
}

#[test]
fn own_keys_win_over_merged_ones() {
    let base = "base: &b {lr: 0.1, bs: 32}\n";
    check(
        &format!("{base}m:\n  bs: 64\n  <<: *b\n"),
        "{'base': {'lr': 0.1, 'bs': 32}, 'm': {'lr': 0.1, 'bs': 64}}",
    );
    check(
        &format!("{base}m: {{<<: [*b, {{mom: 1, lr: 9}}]}}"),
        "{'base': {'lr': 0.1, 'bs': 32}, 'm': {'lr': 0.1, 'bs': 32, 'mom': 1}}",
    );
    check("m: {<<: 1}", "line 1, column 9: the merge key");
}

#[test]
fn a_directive_switches_to_the_older_version() {
    let body = "[yes, 010, 1:30, n, 1:30.5, 0o10, -.5]";
    check(&format!("%YAML 1.1\n---\n{body}"), "[True, 8, 90, False, 90.5, '0o10', '-.5']");
    check(&format!("%YAML 1.2\n---\n{body}"), "['yes', 10, '1:30', 'n', '1:30.5', 8, -0.5]");
    check(body, "['yes', 10");
}

#[test]
fn tags_are_known_or_refused() {
    check("[!!str 123, !!float 3, !!int 4, ! 5]", "['123', 3.0, 4, 5]");
    check("a: !custom foo", "line 1, column 4: the tag !custom is not known");
    check("a: !!python/tuple [1]", "line 1, column 4: the tag !!python/tuple");
    check("a: !!int x", "line 1, column 4: \"x\" does not fit");
}

#[test]
fn errors_name_the_place() {
    check("a: 1\na: 2\n", "line 2, column 1: the key a stands here for the second time");
    check("1: x\ntrue: y\n", "line 2, column 1");
    check("a: 1\n---\nb: 2\n", "line 2, column 1: a second document");
    check("a: 1\n b: 2\n", "line 2, column 3");
    check("a: [1, 2\n", "line 2, column 1");
    check("a: &x [*x]\n", "line 1, column 8: an alias");
    check("a: *nope\n", "line 1, column 4");
}

#[test]
fn bombs_are_refused() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..9 {
        let alias = format!("*a{}, ", n - 1).repeat(10);
        bomb.push_str(&format!("a{n}: &a{n} [{}]\n", alias.trim_end_matches(", ")));
    }
    assert!(parse(&bomb).unwrap_err().what.contains("a million"));
    assert!(parse(&"[".repeat(100_000)).is_err());
    assert!(parse(&"- ".repeat(20_000)).is_err());
}

/// What ruamel.yaml 0.18 reads, as Python shows it; or what Python calls it where it is no mistake of YAML.
const READ: [(&str, Result<&str, Option<&str>>); 188] = [
    ("null: 1", Ok("{None: 1}")),
    ("true: 1", Ok("{True: 1}")),
    ("1: 2", Ok("{1: 2}")),
    ("1.5: 2", Ok("{1.5: 2}")),
    ("1.0: 1\n1: 2", Err(None)),
    ("? [1, 2]\n: 3", Ok("{(1, 2): 3}")),
    ("? (1,2)\n: 3", Ok("{'(1,2)': 3}")),
    ("? {a: 1}\n: 2", Err(None)),
    ("? [a, [b]]\n: 2", Err(Some("TypeError"))),
    ("? [1, {a: 1}]\n: 2", Err(Some("TypeError"))),
    ("2001-01-01: 1", Ok("{datetime.date(2001, 1, 1): 1}")),
    (
        "2001-01-01T00:00:00Z: 1",
        Ok("{datetime.datetime(2001, 1, 1, 0, 0, tzinfo=datetime.timezone(datetime.timedelta(0), 'Z')): 1}"),
    ),
    ("? !!set {a}\n: 1", Err(None)),
    ("? !!binary aGk=\n: 1", Ok("{b'hi': 1}")),
    ("? !!omap [a: 1]\n: 1", Err(None)),
    ("? !!pairs [a: 1]\n: 1", Ok("{(('a', 1),): 1}")),
    ("!!python/x a: 1", Err(None)),
    ("? \"a\\nb\"\n: 1", Ok("{'a\\nb': 1}")),
    ("? |\n  a\n  b\n: 1", Ok("{'a\\nb\\n': 1}")),
    (".nan: 1\n.nan: 2", Err(None)),
    (".inf: 1", Ok("{inf: 1}")),
    ("[a, b]: 1", Ok("{('a', 'b'): 1}")),
    ("{[a, b]: 1}", Ok("{('a', 'b'): 1}")),
    ("{a: 1}: 2", Err(None)),
    ("~: 1\nnull: 2", Err(None)),
    ("true: 1\n1: 2", Err(None)),
    ("1: a\n1.0: b", Err(None)),
    ("yes: 1", Ok("{'yes': 1}")),
    ("<<: {a: 1}\nb: 2", Ok("{'a': 1, 'b': 2}")),
    ("<<: [{a: 1},{a: 2}]", Ok("{'a': 1}")),
    ("<<: 1", Err(None)),
    ("a: {<<: {b: 1}, <<: {c: 2}}", Err(None)),
    ("<<: {a: 1}\n<<: {a: 2}", Err(None)),
    ("a: <<", Err(None)),
    ("- <<", Err(None)),
    ("'<<': 1", Ok("{'<<': 1}")),
    ("\"<<\": {a: 1}", Ok("{'<<': {'a': 1}}")),
    ("!!merge <<: {a: 1}", Ok("{'a': 1}")),
    ("!!str <<: {a: 1}", Ok("{'<<': {'a': 1}}")),
    ("a: =", Err(None)),
    ("=: 1", Ok("{'=': 1}")),
    ("a: !!str", Ok("{'a': ''}")),
    ("a: !!int", Err(Some("IndexError"))),
    ("a: !!map", Err(None)),
    ("a: !mine", Err(None)),
    ("a: ! ", Ok("{'a': None}")),
    ("a: !!null", Ok("{'a': None}")),
    ("a: !!float", Err(Some("IndexError"))),
    ("a: !!bool", Err(Some("KeyError"))),
    ("a: !!seq", Err(None)),
    ("a: !!set", Err(None)),
    ("a: !!binary", Ok("{'a': b''}")),
    ("a: !!timestamp", Err(None)),
    ("a: !!omap", Err(None)),
    ("a: !!set [a]", Err(None)),
    ("a: !!set {a: 1}", Ok("{'a': {'a'}}")),
    ("a: !!set {[1, 2]}", Ok("{'a': {(1, 2)}}")),
    ("a: !!set {{a: 1}}", Err(None)),
    ("a: !!set x", Err(None)),
    ("a: !!map [1]", Err(None)),
    ("a: !!seq {a: 1}", Err(None)),
    ("a: !!str [1]", Err(None)),
    ("a: !!str {a: 1}", Err(None)),
    ("a: ! [1]", Ok("{'a': [1]}")),
    ("a: ! {a: 1}", Ok("{'a': {'a': 1}}")),
    ("a: ! 5", Ok("{'a': 5}")),
    ("a: ! '5'", Ok("{'a': 5}")),
    ("a: !!int [1]", Err(None)),
    ("a: !!binary [1]", Err(None)),
    ("a: !!binary '##'", Ok("{'a': b''}")),
    ("a: !!binary abc", Err(None)),
    ("a: !!binary aGVs bG8=", Ok("{'a': b'hello'}")),
    ("a: !!binary |\n  aGVs\n  bG8=", Ok("{'a': b'hello'}")),
    ("a: !!omap {a: 1}", Err(None)),
    ("a: !!omap [{a: 1, b: 2}]", Err(None)),
    ("a: !!omap [[a, 1]]", Err(None)),
    ("a: !!omap [? [1] : 2]", Err(Some("TypeError"))),
    ("a: !!pairs {a: 1}", Err(None)),
    ("a: !!pairs [1]", Err(None)),
    ("a: !!pairs [{a: 1, b: 2}]", Err(None)),
    ("a: !!pairs []", Ok("{'a': []}")),
    ("a: !!pairs x", Err(None)),
    ("a: !!omap x", Err(None)),
    ("a: !!omap [{1: 2}, {1.0: 3}]", Err(Some("AssertionError"))),
    ("a: !!int ''", Err(Some("IndexError"))),
    ("a: !!int +5", Ok("{'a': 5}")),
    ("a: !!int 0b1", Ok("{'a': 1}")),
    ("a: !!int 0o7", Ok("{'a': 7}")),
    ("a: !!int 1e3", Err(Some("ValueError"))),
    ("a: !!int 5.", Err(Some("ValueError"))),
    ("a: !!int x5", Err(Some("ValueError"))),
    ("a: !!int 010", Ok("{'a': 10}")),
    ("a: !!int 1:30", Err(Some("ValueError"))),
    ("a: !!int 0x", Err(Some("ValueError"))),
    ("a: !!int ' 5 '", Ok("{'a': 5}")),
    ("a: !!int 5_", Ok("{'a': 5}")),
    ("a: !!int _5", Ok("{'a': 5}")),
    ("a: !!float inf", Ok("{'a': inf}")),
    ("a: !!float .inf", Ok("{'a': inf}")),
    ("a: !!float -.inf", Ok("{'a': -inf}")),
    ("a: !!float nan", Ok("{'a': nan}")),
    ("a: !!float 1e5", Ok("{'a': 100000.0}")),
    ("a: !!float 0x10", Err(Some("ValueError"))),
    ("a: !!float x", Err(Some("ValueError"))),
    ("a: !!float 1_0.5", Ok("{'a': 10.5}")),
    ("a: !!float +5", Ok("{'a': 5.0}")),
    ("a: !!float ''", Err(Some("IndexError"))),
    ("a: !!float 1:30.5", Err(Some("ValueError"))),
    ("a: !!float infinity", Ok("{'a': inf}")),
    ("a: !!float .INF", Ok("{'a': inf}")),
    ("a: !!float ' 5 '", Ok("{'a': 5.0}")),
    ("a: !!bool y", Ok("{'a': True}")),
    ("a: !!bool on", Ok("{'a': True}")),
    ("a: !!bool OFF", Ok("{'a': False}")),
    ("a: !!bool No", Ok("{'a': False}")),
    ("a: !!bool nO", Ok("{'a': False}")),
    ("a: !!bool 1", Err(Some("KeyError"))),
    ("a: !!bool ''", Err(Some("KeyError"))),
    ("a: !!bool TRUE", Ok("{'a': True}")),
    ("a: !!bool tRuE", Ok("{'a': True}")),
    ("a: !!timestamp 2001-1-1", Ok("{'a': datetime.date(2001, 1, 1)}")),
    ("a: !!timestamp 2001-01-01 1:2:3", Err(None)),
    ("a: !!timestamp 2001-1-1 01:02:03", Ok("{'a': datetime.datetime(2001, 1, 1, 1, 2, 3)}")),
    ("a: 2001-1-1", Ok("{'a': '2001-1-1'}")),
    ("a: 2001-01-1", Ok("{'a': '2001-01-1'}")),
    ("a: 2001-01-01 1:02:03", Ok("{'a': datetime.datetime(2001, 1, 1, 1, 2, 3)}")),
    ("a: 2001-01-01 25:02:03", Err(Some("ValueError"))),
    ("a: 2001-02-30", Err(Some("ValueError"))),
    ("a: 2001-00-01", Err(Some("ValueError"))),
    ("a: 0000-01-01", Err(Some("ValueError"))),
    ("a: 2001-01-01T01:02:03.", Ok("{'a': datetime.datetime(2001, 1, 1, 1, 2, 3)}")),
    (
        "a: 2001-01-01T01:02:03.5 Z",
        Ok(
            "{'a': datetime.datetime(2001, 1, 1, 1, 2, 3, 500000, tzinfo=datetime.timezone(datetime.timedelta(0), 'Z'))}",
        ),
    ),
    ("a: 2001-01-01T01:02:03z", Ok("{'a': '2001-01-01T01:02:03z'}")),
    (
        "a: 2001-01-01T01:02:03 +5",
        Ok(
            "{'a': datetime.datetime(2001, 1, 1, 1, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(seconds=18000), '+5'))}",
        ),
    ),
    (
        "a: 2001-01-01T01:02:03+05:30",
        Ok(
            "{'a': datetime.datetime(2001, 1, 1, 1, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(seconds=19800), '+05:30'))}",
        ),
    ),
    ("a: 2001-01-01T01:02:03 -0530", Ok("{'a': '2001-01-01T01:02:03 -0530'}")),
    ("a: 2001-01-01T01:02:03 +5:3", Ok("{'a': '2001-01-01T01:02:03 +5:3'}")),
    ("a: 2001-01-01T01:02:60", Err(Some("ValueError"))),
    ("a: 2001-01-01T01:02:03.999999999", Ok("{'a': datetime.datetime(2001, 1, 1, 1, 2, 4)}")),
    ("a: 2001-01-01T01:02:03.9999995", Ok("{'a': datetime.datetime(2001, 1, 1, 1, 2, 4)}")),
    ("a: 2001-01-01T23:59:59.9999999", Ok("{'a': datetime.datetime(2001, 1, 2, 0, 0)}")),
    ("a: 2001-01-01  01:02:03", Ok("{'a': datetime.datetime(2001, 1, 1, 1, 2, 3)}")),
    ("a: b\tc", Err(None)),
    ("a: [b\tc]", Err(None)),
    ("a: 'b\tc'", Ok("{'a': 'b\\tc'}")),
    ("a: 'b\u{1}'", Err(None)),
    ("a: '\u{9f}'", Err(None)),
    ("a: '\u{fffe}'", Err(None)),
    ("a: '\u{feff}'", Ok("{'a': '\\ufeff'}")),
    ("a: \u{1f600}", Ok("{'a': '\u{1f600}'}")),
    ("a: [!!omap []]", Ok("{'a': [ordereddict()]}")),
    ("[!!omap [a: 1, b: x]]", Ok("[ordereddict([('a', 1), ('b', 'x')])]")),
    ("a: 2001-01-01T01:02", Ok("{'a': '2001-01-01T01:02'}")),
    ("a: 2001-01-01T01:02:03+25:00", Err(Some("ValueError"))),
    ("a: 2001-01-01T01:02:03+24:00", Err(Some("ValueError"))),
    ("a: 2001-01-01T01:02:03+99:99", Err(Some("ValueError"))),
    (
        "a: 2001-01-01T01:02:03+00:60",
        Ok(
            "{'a': datetime.datetime(2001, 1, 1, 1, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(seconds=3600), '+00:60'))}",
        ),
    ),
    (
        "a: 0001-01-01T00:00:00+05:00",
        Ok(
            "{'a': datetime.datetime(1, 1, 1, 0, 0, tzinfo=datetime.timezone(datetime.timedelta(seconds=18000), '+05:00'))}",
        ),
    ),
    (
        "a: 2001-12-14t21:59:43.10-05:00",
        Ok(
            "{'a': datetime.datetime(2001, 12, 14, 21, 59, 43, 100000, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=68400), '-05:00'))}",
        ),
    ),
    ("a: 2001-12-15 2:59:43.10", Ok("{'a': datetime.datetime(2001, 12, 15, 2, 59, 43, 100000)}")),
    (
        "a: [2001-12-14t21:59:43.10-05:00]",
        Ok(
            "{'a': [datetime.datetime(2001, 12, 14, 21, 59, 43, 100000, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=68400), '-05:00'))]}",
        ),
    ),
    (
        "a: 2001-12-14T21:59:43-00:00",
        Ok(
            "{'a': datetime.datetime(2001, 12, 14, 21, 59, 43, tzinfo=datetime.timezone(datetime.timedelta(0), '-00:00'))}",
        ),
    ),
    (
        "a: 2001-12-14T21:59:43 +0",
        Ok(
            "{'a': datetime.datetime(2001, 12, 14, 21, 59, 43, tzinfo=datetime.timezone(datetime.timedelta(0), '+0'))}",
        ),
    ),
    ("a: 2001-12-14T21:59:43+01:00:00", Ok("{'a': '2001-12-14T21:59:43+01:00:00'}")),
    (
        "a: 2001-12-14T21:59:43.1234567-03:30",
        Ok(
            "{'a': datetime.datetime(2001, 12, 14, 21, 59, 43, 123457, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=73800), '-03:30'))}",
        ),
    ),
    ("%YAML 1.1\n---\na: 2001-01-01", Ok("{'a': datetime.date(2001, 1, 1)}")),
    ("%YAML 1.1\n---\na: !!bool y", Ok("{'a': True}")),
    ("%YAML 1.1\n---\na: !!int 010", Ok("{'a': 8}")),
    ("%YAML 1.1\n---\na: !!int 1:30", Ok("{'a': 90}")),
    ("%YAML 1.1\n---\na: !!float 1:30.5", Ok("{'a': 90.5}")),
    ("%YAML 1.1\n---\na: 2001-01-01 1:2:3", Ok("{'a': '2001-01-01 1:2:3'}")),
    ("%YAML 1.1\n---\n=: 1", Ok("{'=': 1}")),
    ("%TAG !e! tag:yaml.org,2002:\n---\na: !e!str 5", Ok("{'a': '5'}")),
    ("a: !<tag:yaml.org,2002:int> '5'", Ok("{'a': 5}")),
    ("a: !<!> 5", Ok("{'a': 5}")),
    ("a: !<x> 5", Err(None)),
    ("a: !%73tr 5", Err(None)),
    ("a: !!%73tr 5", Ok("{'a': '5'}")),
    ("!!set {a}", Ok("{'a'}")),
    ("!!str a", Ok("'a'")),
    ("!!binary aGk=", Ok("b'hi'")),
    ("--- !!map\na: 1", Ok("{'a': 1}")),
    ("a: &x !!str 5\nb: *x", Ok("{'a': '5', 'b': '5'}")),
    ("a: !!str &x 5\nb: *x", Ok("{'a': '5', 'b': '5'}")),
    ("a: 1\nA: 2", Ok("{'a': 1, 'A': 2}")),
    ("a: 1\na: 1", Err(None)),
    ("a: 1\n'a': 1", Err(None)),
    (" - 1\n -2", Err(None)),
];

#[test]
fn tags_keys_and_dates_are_read_as_ruamel_does() {
    let wrong: Vec<String> = READ
        .iter()
        .filter_map(|(text, expected)| {
            let read = parse_strictly(text).map(|value| pytext::repr(&value)).map_err(|error| error.kind);
            let same =
                read.as_deref().map_err(|kind| *kind) == expected.as_ref().copied().map_err(|kind| *kind);
            (!same).then(|| format!("{text:?}: {read:?}, not {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[track_caller]
fn check_plain(text: &str, expected: &str, left_out: &[&str]) {
    let (value, keys) = parse_plain(text).unwrap();
    assert_eq!(
        (pytext::repr(&value).as_str(), keys),
        (expected, left_out.iter().map(|key| (*key).to_owned()).collect()),
        "{text}"
    );
}

/// As PyYAML writes what a trainer was given.
#[test]
fn what_only_another_program_can_make_is_left_out() {
    check_plain(
        "lr: 0.1\ndata: !!python/object/apply:pathlib.PosixPath\n- /\n- data\nbatch: 8\n",
        "{'lr': 0.1, 'batch': 8}",
        &["data"],
    );
    check_plain("size: !!python/tuple\n- 1\n- 2\n", "{'size': [1, 2]}", &[]);
    check_plain("size: !!python/tuple [1, !!python/name:torch.relu '']\nlr: 1", "{'lr': 1}", &["size"]);
    check_plain(
        "model:\n  act: !!python/name:torch.nn.ReLU ''\n  dim: 4\n  opt: !!python/object:a.Opt {lr: 1, x: {y: [2]}}\n",
        "{'model': {'dim': 4}}",
        &["model.act", "model.opt"],
    );
    check_plain("!!python/object:argparse.Namespace\nlr: 0.1\nseed: 3\n", "{'lr': 0.1, 'seed': 3}", &[]);
    check_plain("a: &x !!python/object:b.C {}\nb: *x\nc: 1\n", "{'c': 1}", &["a", "b"]);
    check_plain("a: !!python/object:b.C {d: &x [1]}\nb: *x\nc: 1\n", "{'c': 1}", &["a", "b"]);
    check_plain("a: [1, 2, !mine 3]\nb: 1", "{'b': 1}", &["a"]);
    check_plain("a: !!int x\nb: 1", "{'b': 1}", &["a"]);
    check_plain("? !!python/tuple [1, 2]\n: 3\n? !mine x\n: 4\n", "{(1, 2): 3}", &[""]);
    check_plain("m: {<<: !mine {a: 1}, b: 2}", "{'m': {'b': 2}}", &["m"]);
    check_plain(
        "i: !!python/int '5'\nl: !!python/long '6'\nf: !!python/float '1.5'\nb: !!python/bool 'true'\nn: !!python/none ''\ns: !!python/unicode x\nt: !!python/str '7'\nd: !!python/dict {a: 1}\n",
        "{'i': 5, 'l': 6, 'f': 1.5, 'b': True, 'n': None, 's': 'x', 't': '7', 'd': {'a': 1}}",
        &[],
    );
    // What is broken without a tag is broken.
    assert!(parse_plain("a: 1\na: 2").is_err());
    assert!(parse_plain("a: [1").is_err());
    assert!(parse_plain("!mine x").is_err());
}
