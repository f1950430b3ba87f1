//! Names of forges stand where a forge is at home, and nowhere else: whoever adds one changes no other file.

use std::collections::BTreeMap;
use std::fs;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;

use crate::layers::{is_for_tests, program};

/// What a name of a forge looks like in an identifier or in a text.
const NAMES: [&str; 6] = ["github", "gitlab", "bitbucket", "gitea", "forgejo", "codeberg"];

/// Where forges are at home: their folders, the table of their facts, and the surroundings.
const HOMES: [&str; 8] = [
    "crates/base/src/flavor.rs",
    "crates/base/src/flavor/",
    "crates/forge/src/github.rs",
    "crates/forge/src/github/",
    "crates/forge/src/gitlab.rs",
    "crates/forge/src/gitlab/",
    "crates/host/src/environment.rs",
    "crates/host/src/environment/",
];

/// Other files, each with its reason.
const ALLOWED: [(&str, &str); 5] = [
    ("crates/forge/src/lib.rs", "the rows of the table of drivers, which name the folders"),
    ("crates/git/src/lfs.rs", "the first line of every pointer of Git LFS has that address"),
    ("crates/render/src/html.rs", "a stylesheet and an option of comrak are called so"),
    ("crates/tracked/src/decode.rs", "the first line of every pointer of Git LFS has that address"),
    ("src/cli.rs", "CML's own command line: send-github-check"),
];

/// The names of forges in identifiers, paths and texts of a source file; not in comments, nor in its tests.
#[derive(Default)]
struct Names(Vec<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !item.attrs.iter().any(|attribute| attribute.path().is_ident("cfg")) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let (syn::Meta::List(list), false) = (&attribute.meta, attribute.path().is_ident("doc")) {
            self.tokens(list.tokens.clone());
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone());
    }

    fn visit_ident(&mut self, ident: &'ast proc_macro2::Ident) {
        self.take(&ident.to_string());
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.take(&text.value());
    }

    fn visit_lit_byte_str(&mut self, text: &'ast syn::LitByteStr) {
        self.take(&String::from_utf8_lossy(&text.value()));
    }
}

impl Names {
    /// What stands in a call of a macro.
    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(ident) => self.take(&ident.to_string()),
                TokenTree::Literal(literal) => self.take(&literal.to_string()),
                TokenTree::Punct(_) => {}
            }
        }
    }

    fn take(&mut self, text: &str) {
        let lower = text.to_lowercase();
        if NAMES.iter().any(|name| lower.contains(name)) {
            self.0.push(text.to_owned());
        }
    }
}

fn names(source: &str) -> Vec<String> {
    let mut found = Names::default();
    found.visit_file(&syn::parse_file(source).expect("the sources parse"));
    found.0
}

#[test]
fn forges_are_named_at_home_only() {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (_, name, path) in program() {
        if !is_for_tests(&name) && !HOMES.iter().any(|home| name.starts_with(home)) {
            let names = names(&fs::read_to_string(&path).unwrap());
            if !names.is_empty() {
                found.insert(name, names);
            }
        }
    }
    for (file, reason) in ALLOWED {
        assert!(found.remove(file).is_some(), "{file} names no forge any more: {reason}");
    }
    assert_eq!(found, BTreeMap::new(), "what they need to know is a fact of the Flavor, or an ability");
}

#[test]
fn a_planted_name_is_found() {
    let check = |source: &str, expected: &[&str]| assert_eq!(names(source), expected, "{source}");
    check("fn f() { if forge == Forge::GitLab {} }", &["GitLab"]);
    check("fn f() -> String { format!(\"{} is on {}\", x, \"github.com\") }", &["\"github.com\""]);
    check("const HOST: &[u8] = b\"bitbucket.org\";", &["bitbucket.org"]);
    check("#[command(name = \"send-github-check\")] struct A;", &["\"send-github-check\""]);
    check(
        "/// As GitHub does.\nfn f() {} // GitLab too\n#[cfg(test)]\nmod tests { const A: &str = \"GitHub\"; }",
        &[],
    );
}
