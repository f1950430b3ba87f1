//! No import goes round in a circle: of any two files of a crate at most one needs the other, however long the way.
//!
//! A file needs another if it names something that is defined there, whatever module hands it on. A folder's own file
//! (`mod.rs`, `lib.rs`) is the door of its room: it may name all that is inside, and what is inside may name it. Two
//! files that meet only at the door are strangers; so it hides a circle only if the door itself does work for one of
//! them by the other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::punctuated::Punctuated;
use syn::visit::Visit;

use crate::layers::{is_for_tests, sources};

/// A module's path inside its crate; the crate itself is empty.
type Place = Vec<String>;

/// What stands in one module.
#[derive(Default)]
struct Module {
    /// The module whose file it is in: itself, but for a module inside a file.
    file: Place,
    /// What names are brought here by `use`: the name, and the path as it is written.
    names: BTreeMap<String, Vec<String>>,
    /// What is brought here by `use …::*`.
    globs: Vec<Vec<String>>,
    /// What is defined here.
    items: BTreeSet<String>,
    /// Every path that is written here.
    paths: BTreeSet<Vec<String>>,
}

/// All modules of one crate.
#[derive(Default)]
struct Modules(BTreeMap<Place, Module>);

/// Reads one module, and those inside it.
struct Reader<'m> {
    modules: &'m mut Modules,
    at: Place,
    file: Place,
}

impl Reader<'_> {
    fn here(&mut self) -> &mut Module {
        let file = self.file.clone();
        self.modules.0.entry(self.at.clone()).or_insert_with(|| Module { file, ..Module::default() })
    }

    fn item(&mut self, name: &syn::Ident) {
        self.here().items.insert(name.to_string());
    }
}

/// Whether something is compiled for tests alone.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|what| what == "test")
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if is_test(&item.attrs) || item.content.is_none() {
            return;
        }
        self.at.push(item.ident.to_string());
        self.here();
        syn::visit::visit_item_mod(self, item);
        self.at.pop();
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        match item {
            syn::Item::Fn(one) if is_test(&one.attrs) => return,
            syn::Item::Impl(one) if is_test(&one.attrs) => return,
            syn::Item::Fn(one) => self.item(&one.sig.ident),
            syn::Item::Struct(one) => self.item(&one.ident),
            syn::Item::Enum(one) => self.item(&one.ident),
            syn::Item::Trait(one) => self.item(&one.ident),
            syn::Item::Type(one) => self.item(&one.ident),
            syn::Item::Const(one) => self.item(&one.ident),
            syn::Item::Static(one) => self.item(&one.ident),
            _ => {}
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_test(&item.attrs) {
            brought(&item.tree, &mut Vec::new(), self.here());
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.here().paths.insert(names);
        syn::visit::visit_path(self, path);
    }

    /// Who may see something is not who is needed.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let arguments = call.parse_body_with(Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated);
        for argument in arguments.iter().flatten() {
            self.visit_expr(argument);
        }
    }
}

/// Notes what a `use` brings.
fn brought(tree: &syn::UseTree, before: &mut Vec<String>, module: &mut Module) {
    let whole = |before: &[String], last: &syn::Ident| {
        let last = Some(last.to_string()).filter(|last| last != "self");
        before.iter().cloned().chain(last).collect::<Vec<_>>()
    };
    match tree {
        syn::UseTree::Path(path) => {
            before.push(path.ident.to_string());
            brought(&path.tree, before, module);
            before.pop();
        }
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| brought(tree, before, module)),
        syn::UseTree::Name(name) => {
            let path = whole(before, &name.ident);
            let name = path.last().cloned().unwrap_or_default();
            module.names.insert(name, path.clone());
            module.paths.insert(path);
        }
        syn::UseTree::Rename(name) => {
            let path = whole(before, &name.ident);
            module.names.insert(name.rename.to_string(), path.clone());
            module.paths.insert(path);
        }
        syn::UseTree::Glob(_) => module.globs.push(before.clone()),
    }
}

impl Modules {
    /// The crate's modules, from its files: the path inside the crate's folder, and the text.
    fn read(files: &[(String, String)]) -> Self {
        let mut modules = Self::default();
        modules.0.entry(Place::new()).or_default();
        for (name, text) in files {
            let mut place: Place = name.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            if matches!(place.last().map(String::as_str), Some("mod" | "lib" | "main")) {
                place.pop();
            }
            let file = syn::parse_file(text).expect("the sources parse");
            let mut reader = Reader { modules: &mut modules, at: place.clone(), file: place };
            reader.here();
            reader.visit_file(&file);
        }
        modules
    }

    /// The file that defines what a path names, as it is written in the module at `at`; `None`: another crate, or a
    /// name of the function's own.
    fn file_of(&self, at: &[String], path: &[String], depth: usize) -> Option<&Place> {
        let (first, rest) = path.split_first()?;
        if depth == 0 {
            return None;
        }
        match first.as_str() {
            "crate" => self.below(&[], rest, depth),
            "self" => self.below(at, rest, depth),
            "super" => self.file_of(&[], &up(at, rest), depth),
            _ => self.below(at, path, depth),
        }
    }

    /// The same for a path that begins inside the module.
    fn below(&self, at: &[String], path: &[String], depth: usize) -> Option<&Place> {
        let module = self.0.get(at)?;
        let Some((first, rest)) = path.split_first() else { return Some(&module.file) };
        let child = [at, std::slice::from_ref(first)].concat();
        if self.0.contains_key(&child) {
            return self.below(&child, rest, depth);
        }
        if module.items.contains(first) {
            return Some(&module.file);
        }
        if let Some(brought) = module.names.get(first) {
            // `use name;` of another crate brings itself.
            let path = [brought.as_slice(), rest].concat();
            return self.file_of(at, &path, depth - 1);
        }
        let globs = module.globs.iter();
        globs.filter_map(|glob| self.file_of(at, &[glob.as_slice(), path].concat(), depth - 1)).next()
    }

    /// Which files each file needs.
    fn needs(&self) -> BTreeMap<&Place, BTreeSet<&Place>> {
        let mut needs: BTreeMap<&Place, BTreeSet<&Place>> = BTreeMap::new();
        for (at, module) in &self.0 {
            let all = module.paths.iter().filter_map(|path| self.file_of(at, path, 9));
            let others = all.filter(|other| **other != module.file);
            needs.entry(&module.file).or_default().extend(others);
        }
        needs
    }
}

/// A path that begins with `super`, from the crate's top.
fn up(at: &[String], rest: &[String]) -> Vec<String> {
    let parent = at.split_last().map_or(&[][..], |(_, parent)| parent);
    [&["crate".to_owned()], parent, rest].concat()
}

/// The circles among files: each as the set of files that need one another.
fn circles(files: &[(String, String)]) -> Vec<Vec<String>> {
    let modules = Modules::read(files);
    let mut needs = modules.needs();
    for (file, needed) in &mut needs {
        needed.retain(|other| !other.starts_with(file));
    }
    let reached = |from: &Place| {
        let mut seen: BTreeSet<&Place> = BTreeSet::new();
        let mut todo: Vec<&Place> = needs.get(from).into_iter().flatten().copied().collect();
        while let Some(next) = todo.pop() {
            if seen.insert(next) {
                todo.extend(needs.get(next).into_iter().flatten());
            }
        }
        seen
    };
    let reach: BTreeMap<&Place, BTreeSet<&Place>> = needs.keys().map(|file| (*file, reached(file))).collect();
    let both = |one: &Place, other: &Place| reach[one].contains(other) && reach[other].contains(one);
    let mut found: BTreeSet<Vec<String>> = BTreeSet::new();
    for file in reach.keys() {
        let ring: Vec<String> =
            reach.keys().filter(|other| both(file, other)).map(|other| other.join("::")).collect();
        if ring.len() > 1 {
            found.insert(ring);
        }
    }
    found.into_iter().collect()
}

#[test]
fn no_import_goes_round_in_a_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = BTreeMap::from([("src/".to_owned(), root.join("src"))]);
    for folder in fs::read_dir(root.join("crates")).unwrap() {
        let folder = folder.unwrap().path();
        folders.insert(format!("{}/", folder.file_name().unwrap().display()), folder.join("src"));
    }
    let mut found = Vec::new();
    for (unit, folder) in folders {
        let name = |path: &Path| path.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
        let files: Vec<(String, String)> = sources(&folder)
            .iter()
            .map(|path| (name(path), fs::read_to_string(path).unwrap()))
            .filter(|(name, _)| !is_for_tests(&format!("/{name}")))
            .collect();
        assert!(!files.is_empty(), "{unit}");
        found.extend(circles(&files).into_iter().map(|ring| format!("{unit} {}", ring.join(" – "))));
    }
    assert_eq!(found, Vec::<String>::new());
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    let files: Vec<(String, String)> =
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let found: Vec<String> = circles(&files).iter().map(|ring| ring.join(" – ")).collect();
    assert_eq!(found, expected, "{files:?}");
}

#[test]
fn a_planted_circle_is_found() {
    check(
        &[("a.rs", "use super::b::f; pub fn g() {}"), ("b.rs", "use super::a; pub fn f() { a::g() }")],
        &["a – b"],
    );
    // In the arguments of a macro.
    check(
        &[
            ("a.rs", "pub fn g() {}\nfn x() { println!(\"{}\", crate::b::f()) }"),
            ("b.rs", "pub fn f() { crate::a::g() }"),
        ],
        &["a – b"],
    );
    // Round three files; what another module hands on is needed from where it is defined.
    check(
        &[
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "use crate::c::C; pub struct B;"),
            ("c/mod.rs", "mod d; pub use d::C;"),
            ("c/d.rs", "use crate::a::A; pub struct C;"),
        ],
        &["a – b – c::d"],
    );
    check(
        &[
            ("lib.rs", "mod a; mod b; pub use a::A;"),
            ("a.rs", "pub struct A; fn x() { super::b::f() }"),
            ("b.rs", "use super::A; pub fn f() {}"),
        ],
        &["a – b"],
    );
}

#[test]
fn a_rooms_door_is_no_circle() {
    check(
        &[("lib.rs", "mod a; pub struct T; fn x() { a::f() }"), ("a.rs", "use super::T; pub fn f() {}")],
        &[],
    );
    // Nor is who may see something, nor a test.
    check(
        &[("a.rs", "use crate::b::f; pub fn g() {}"), ("b.rs", "pub(in crate::a) struct B; pub fn f() {}")],
        &[],
    );
    let tested = "#[cfg(test)] mod tests { use crate::b::f; } pub fn g() {}";
    check(&[("a.rs", tested), ("b.rs", "use crate::a::g; pub fn f() {}")], &[]);
}
