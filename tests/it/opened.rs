//! Every place where a file is opened, written or moved, counted: what a change's author may have made is read and
//! written by the door alone, and a new place elsewhere does not slip in.

use std::collections::BTreeMap;
use std::fs;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::layers::{is_for_tests, program};

/// What opens, makes or moves files, as `MODULE::NAME`.
const OPENING: [(&str, &[&str]); 4] = [
    (
        "fs",
        &[
            "read",
            "read_to_string",
            "read_link",
            "write",
            "copy",
            "rename",
            "hard_link",
            "create_dir",
            "create_dir_all",
            "remove_file",
            "remove_dir_all",
            "open",
            "openat",
            "symlink",
        ],
    ),
    ("File", &["open", "create", "create_new", "options"]),
    ("OpenOptions", &["new"]),
    ("DirBuilder", &["new"]),
];

/// Where else that happens, how often, and why it may.
const ELSEWHERE: &[(&str, usize, &str)] = &[
    ("crates/host/src/process/ending.rs", 3, "our own temporary folders; the system's word on this process"),
    ("crates/host/src/process/scratch.rs", 3, "our own temporary folders"),
    ("crates/store/src/publish/push.rs", 1, "images in our own temporary folder"),
    ("crates/store/src/remote/program.rs", 4, "a project for dvc in our own temporary folder"),
    ("crates/git/src/place.rs", 1, "the one path in a `.git` file, bounded"),
];

/// The words and signs of a source, without what is only compiled for tests.
fn words(tokens: TokenStream, found: &mut Vec<String>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(sign) if sign.as_char() == '#' => {
                let attribute = tokens.next_if(|next| matches!(next, TokenTree::Group(_)));
                let text = attribute.map(|group| group.to_string().replace(' ', "")).unwrap_or_default();
                if text.starts_with("[cfg(test)") || text.starts_with("[cfg(all(test") {
                    // The item ends with its braces or its semicolon.
                    for token in tokens.by_ref() {
                        let is_end = match &token {
                            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                            TokenTree::Punct(sign) => sign.as_char() == ';',
                            _ => false,
                        };
                        if is_end {
                            break;
                        }
                    }
                }
            }
            TokenTree::Group(group) => {
                found.push("(".to_owned());
                words(group.stream(), found);
                found.push(")".to_owned());
            }
            TokenTree::Literal(_) => found.push("_".to_owned()),
            other => found.push(other.to_string()),
        }
    }
}

/// The places of a source that open files.
fn opening(source: &str) -> Vec<String> {
    let mut all = Vec::new();
    words(source.parse().expect("the sources parse"), &mut all);
    let at = |index: usize| all.get(index).map_or("", String::as_str);
    let mut found = Vec::new();
    for index in 0..all.len() {
        for (module, names) in OPENING {
            if at(index) != module {
                continue;
            }
            if at(index + 1) == "as" {
                found.push(format!("{module} as {}", at(index + 2)));
            }
            if (at(index + 1), at(index + 2)) != (":", ":") {
                continue;
            }
            // `fs::{read, write}`, or `fs::read`.
            let end = if at(index + 3) == "(" {
                (index + 3..all.len()).find(|&end| at(end) == ")").unwrap_or(all.len())
            } else {
                index + 4
            };
            let named = (index + 3..end).map(at).filter(|name| names.contains(name));
            found.extend(named.map(|name| format!("{module}::{name}")));
        }
        if at(index) == "tokio" && at(index + 3) == "fs" {
            found.push("tokio::fs".to_owned());
        }
    }
    found
}

#[test]
fn files_are_opened_by_the_door_and_counted_elsewhere() {
    let mut counted = BTreeMap::new();
    for (_, name, path) in program() {
        if name.starts_with("crates/host/src/door/") || is_for_tests(&name) {
            continue;
        }
        let found = opening(&fs::read_to_string(&path).unwrap());
        if !found.is_empty() {
            counted.insert(name, found);
        }
    }
    let known: BTreeMap<&str, usize> = ELSEWHERE.iter().map(|(name, count, _)| (*name, *count)).collect();
    let found: BTreeMap<&str, usize> =
        counted.iter().map(|(name, found)| (name.as_str(), found.len())).collect();
    assert_eq!(found, known, "read and write by `door`, or say here why not: {counted:#?}");
}

#[test]
fn a_planted_opening_is_found() {
    let check = |source: &str, expected: &[&str]| assert_eq!(opening(source), expected, "{source}");
    check("fn f() { std::fs::read(\"x\"); }", &["fs::read"]);
    check("fn f() { println!(\"{}\", std::fs::read_to_string(p).unwrap()); }", &["fs::read_to_string"]);
    check("use std::fs::{self, write};", &["fs::write"]);
    check("use std::fs as files; use std::fs::File as F;", &["fs as files", "File as F"]);
    check(
        "fn f() { File::open(p); OpenOptions::new(); tokio::fs::read(p); }",
        &["File::open", "OpenOptions::new", "tokio::fs", "fs::read"],
    );
    check("fn f() { paths.map(fs::read) }", &["fs::read"]);
    check("#[cfg(test)] mod tests { fn f() { fs::read(p); } } fn g() { fs::metadata(p); }", &[]);
    check("/// `fs::read`\nfn f() { let text = \"fs::read\"; }", &[]);
}
