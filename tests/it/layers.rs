//! The architecture, held: imports point upwards in [`ORDER`], and only marked crates touch the world.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// The crates in the order of the data, then the modules of the program itself.
const ORDER: [&str; 22] = [
    "cml_base",
    "cml_picture",
    "cml_host",
    "cml_git",
    "cml_http",
    "cml_formats",
    "cml_tracked",
    "cml_report",
    "cml_compare",
    "cml_plot",
    "cml_render",
    "cml_forge",
    "cml_store",
    "config",
    "error",
    "cli",
    "settings",
    "session",
    "sides",
    "comparison",
    "content",
    "command",
];

/// Only these may read files, variables, clocks or start processes.
const MAY_TOUCH_THE_WORLD: [&str; 7] =
    ["cml_host", "cml_git", "cml_http", "cml_store", "comparison", "content", "command"];

/// What stands for the world: `std::` followed by one of these.
const WORLD: [&str; 4] = ["fs", "env", "process", "net"];

#[derive(Default)]
struct Paths {
    crate_modules: BTreeSet<String>,
    std_modules: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // Tests inside a file may do as they like.
        if item.attrs.iter().any(|attribute| attribute.path().is_ident("cfg")) {
            return;
        }
        syn::visit::visit_item_mod(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.record(&names);
        syn::visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let mut all = Vec::new();
        flatten(&item.tree, &mut Vec::new(), &mut all);
        all.iter().for_each(|names| self.record(names));
    }
}

impl Paths {
    fn record(&mut self, names: &[String]) {
        match names {
            [first, second, ..] if first == "crate" => {
                self.crate_modules.insert(second.clone());
            }
            [first, ..] if first.starts_with("cml_") => {
                self.crate_modules.insert(first.clone());
            }
            [first, second, rest @ ..] if first == "std" => {
                // A duration is harmless, a clock is not: of `time` the type's name counts.
                let name = if second == "time" { rest.first().unwrap_or(second) } else { second };
                self.std_modules.insert(name.clone());
            }
            _ => {}
        }
    }
}

fn flatten(tree: &syn::UseTree, before: &mut Vec<String>, all: &mut Vec<Vec<String>>) {
    match tree {
        syn::UseTree::Path(path) => {
            before.push(path.ident.to_string());
            flatten(&path.tree, before, all);
            before.pop();
        }
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, before, all)),
        syn::UseTree::Name(name) => all.push([before.clone(), vec![name.ident.to_string()]].concat()),
        syn::UseTree::Rename(name) => all.push([before.clone(), vec![name.ident.to_string()]].concat()),
        syn::UseTree::Glob(_) => all.push([before.clone(), vec!["*".to_owned()]].concat()),
    }
}

/// What a source file of `module` does against the rules.
fn violations(module: &str, source: &str) -> Vec<String> {
    let file = syn::parse_file(source).expect("the sources parse");
    let mut paths = Paths::default();
    paths.visit_file(&file);
    let place = |name: &str| ORDER.iter().position(|&known| known == name);
    let own = place(module).expect("a known module");
    let mut found = Vec::new();
    for used in &paths.crate_modules {
        if let Some(other) = place(used)
            && other > own
        {
            found.push(format!("{module} uses {used}, which stands below it"));
        }
    }
    if !MAY_TOUCH_THE_WORLD.contains(&module) {
        for used in &paths.std_modules {
            if WORLD.contains(&used.as_str()) || matches!(used.as_str(), "SystemTime" | "Instant") {
                found.push(format!("{module} touches the world: std::{used}"));
            }
        }
    }
    found
}

pub(crate) fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .collect();
    found.sort();
    found
}

/// Every source of the program: the unit of [`ORDER`] that it belongs to, its path from the repository's root, and
/// the file.
pub(crate) fn program() -> Vec<(String, String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let relative = |path: &Path| path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
    let mut found: Vec<(String, String, PathBuf)> = sources(&root.join("crates"))
        .into_iter()
        .map(|path| {
            let name = relative(&path);
            (format!("cml_{}", name.split('/').nth(1).unwrap()), name, path)
        })
        .filter(|(unit, ..)| unit != "cml_testing")
        .collect();
    found.extend(sources(&root.join("src")).into_iter().map(|path| {
        let name = relative(&path);
        (name.split('/').nth(1).unwrap().trim_end_matches(".rs").to_owned(), name, path)
    }));
    found
}

/// Whether a file is compiled for tests alone.
pub(crate) fn is_for_tests(name: &str) -> bool {
    let stem = Path::new(name).file_stem().unwrap().to_string_lossy().into_owned();
    name.contains("/tests/") || matches!(&*stem, "testing" | "tests" | "fake") || stem.ends_with("_tests")
}

#[test]
fn imports_point_upwards_and_few_crates_touch_the_world() {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (unit, name, path) in program() {
        if matches!(unit.as_str(), "lib" | "main") || is_for_tests(&name) {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        found.extend(violations(&unit, &source).into_iter().map(|what| format!("{name}: {what}")));
        seen.insert(unit);
    }
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(seen, ORDER.iter().map(|&name| name.to_owned()).collect(), "each is in the order, and exists");
}

/// How many processes a source file starts by itself, its tests aside.
fn spawns(source: &str) -> usize {
    #[derive(Default)]
    struct Spawns(usize);
    impl<'ast> Visit<'ast> for Spawns {
        fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
            if !item.attrs.iter().any(|attribute| attribute.path().is_ident("cfg")) {
                syn::visit::visit_item_mod(self, item);
            }
        }

        fn visit_path(&mut self, path: &'ast syn::Path) {
            let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.0 +=
                usize::from(matches!(&names[..], [.., kind, call] if kind == "Command" && call == "new"));
            syn::visit::visit_path(self, path);
        }
    }
    let mut found = Spawns::default();
    found.visit_file(&syn::parse_file(source).expect("the sources parse"));
    found.0
}

#[test]
fn one_place_starts_processes() {
    let found: Vec<(String, usize)> = program()
        .into_iter()
        .filter(|(_, name, _)| !is_for_tests(name))
        .map(|(_, name, path)| (name, spawns(&fs::read_to_string(&path).unwrap())))
        .filter(|(_, count)| *count > 0)
        .collect();
    assert_eq!(found, [("crates/host/src/process/call.rs".to_owned(), 1)]);
    let planted = "fn f() { std::process::Command::new(\"x\"); tokio::process::Command::new(\"y\"); }";
    assert_eq!(spawns(planted), 2);
}

#[test]
fn a_planted_violation_is_found() {
    let check = |unit: &str, source: &str, expected: &[&str]| {
        assert_eq!(violations(unit, source), expected, "{unit}: {source}");
    };
    check(
        "cml_compare",
        "use cml_render::Images; use cml_tracked::{self as tracked, Scalar}; use std::fs;",
        &["cml_compare uses cml_render, which stands below it", "cml_compare touches the world: std::fs"],
    );
    check(
        "cml_tracked",
        "fn now() -> std::time::SystemTime { std::time::SystemTime::now() }",
        &["cml_tracked touches the world: std::SystemTime"],
    );
    check("config", "use crate::command::report;", &["config uses command, which stands below it"]);
    check("command", "use std::fs; use cml_compare::Change;", &[]);
}
