//! What people read in a terminal or a CI's log is what it looks like, and nothing in it is carried out.

use crate::layers;
use crate::world::{Ran, World};

/// Names of a change's files and keys that steer, hide or turn what stands around them.
const HOSTILE: [&str; 8] = [
    "a\u{202e}gnosj.\u{2066}json",
    "\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m.json",
    "x\r::stop-commands::y.json",
    "::add-mask::x.json",
    "##[group]x.json",
    "a\u{200b}b\u{feff}c\u{ad}d\u{e0041}.json",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}.json",
    "line\u{2028}::error::z\u{85}::debug::w.json",
];

/// Neither stream holds a hidden character or a command.
#[track_caller]
fn check(ran: &Ran) {
    for text in [&ran.out, &ran.err] {
        for line in text.split('\n') {
            assert!(!line.trim_start().starts_with("::"), "{line:?}");
            assert!(!line.contains("##["), "{line:?}");
            let plain = cml_base::text::one_line(line);
            assert_eq!(line.replace('\t', " "), plain, "{line:?}");
        }
    }
}

fn world() -> World {
    let world = World::new();
    world.write("metrics.json", "{\"a\": 1}");
    world.commit("base");
    let keys: Vec<String> =
        HOSTILE.iter().map(|name| format!("{}: 1", serde_json::Value::from(*name))).collect();
    world.write("metrics.json", &format!("{{\"a\": 2, {}}}", keys.join(", ")));
    let names: Vec<String> = HOSTILE.iter().map(|name| serde_json::Value::from(*name).to_string()).collect();
    let missing: Vec<String> =
        HOSTILE.iter().map(|name| serde_json::Value::from(format!("gone/{name}")).to_string()).collect();
    let all = [names.as_slice(), &missing].concat().join(", ");
    world.write("dvc.yaml", &format!("metrics: [{all}]\nplots: [{all}]\nparams: [{all}]\n"));
    for name in HOSTILE {
        world.write(name, &format!("{{{}: 0.5, \"broken\": }}", serde_json::Value::from(name)));
    }
    world
}

#[test]
fn names_of_a_change_neither_hide_nor_steer() {
    let world = world();
    for arguments in [
        &["report"][..],
        &["report", "--format", "text"],
        &["metrics", "diff"],
        &["metrics", "diff", "--md"],
        &["metrics", "diff", "--json"],
        &["metrics", "show"],
        &["params", "diff"],
        &["plots", "diff", "--json"],
        &["comment", "--dry-run"],
    ] {
        let ran = world.cml(arguments, &[]);
        assert_eq!(ran.code, 0, "{arguments:?} {}", ran.err);
        assert!(ran.err.contains("\\u{1b}[2J") || ran.out.contains("u001b"), "{arguments:?}\n{}", ran.err);
        check(&ran);
    }
}

#[test]
fn a_users_markdown_is_not_carried_out_in_the_log() {
    let world = world();
    world.write("report.md", "# R\n\n::add-mask::x\r::error::y\n\u{1b}[31m\u{202e}x\n##[endgroup]\n\tcode\n");
    let ran = world.cml(&["comment", "--dry-run", "report.md"], &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains(": :add-mask::x\n: :error::y\n\\u{1b}[31m\\u{202e}x\n## [endgroup]\n\tcode"),
        "{}",
        ran.out
    );
    check(&ran);
}

#[test]
fn a_command_line_that_cannot_be_read_is_repeated_harmlessly() {
    let world = World::new();
    for arguments in [
        &["\u{1b}[31m\u{202e}x"][..],
        &["report", "--\u{7}bell"],
        &["report", "--base", "x\n::add-mask::y"],
        &["report", "--log", "\u{9b}1m"],
        &["comment", "--pr", "1\r::error::x"],
    ] {
        let ran = world.cml(arguments, &[]);
        assert_eq!(ran.code, 2, "{arguments:?} {}", ran.err);
        assert!(!ran.err.is_empty());
        check(&ran);
    }
    let ran = world.cml(&["report", "\u{202e}x"], &[]);
    assert!(ran.err.contains("\\u{202e}x"), "{}", ran.err);
    let ran = world.cml(&["--version"], &[]);
    assert!(ran.code == 0 && ran.out.starts_with("cml ") && ran.err.is_empty(), "{} {}", ran.out, ran.err);
    let ran = world.cml(&["--help"], &[]);
    assert!(ran.code == 0 && ran.out.contains("Usage: cml") && ran.err.is_empty(), "{} {}", ran.out, ran.err);
}

/// Words of a set of characters that are not what they look like.
const SETS: [&str; 9] = [
    "is_control",
    "general_category",
    "unicode_properties",
    "'\\u{20",
    "'\\u{e0",
    "'\\u{fe0",
    "'\\u{7f",
    "0x200b",
    "0x202a",
];

/// Words of a compiler of patterns.
const COMPILERS: [&str; 5] = ["globset::", "ignore::", "regex::", "regex_", "GlobBuilder"];

/// The source files that hold one of the words.
fn holders(words: &[&str]) -> Vec<String> {
    let files = layers::program().into_iter().filter(|(_, _, path)| {
        let text = std::fs::read_to_string(path).unwrap();
        words.iter().any(|word| text.contains(word))
    });
    files.map(|(_, name, _)| name).collect()
}

#[test]
fn one_place_knows_the_characters_and_one_compiles_patterns() {
    assert_eq!(holders(&SETS), ["crates/base/src/text.rs"]);
    assert_eq!(holders(&COMPILERS), ["crates/base/src/pattern.rs"]);
}
