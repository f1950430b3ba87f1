//! What is fuzzed: one function for each parser that reads bytes which the author of a change controls.
//!
//! The fuzzer (`fuzz_targets/`) feeds them what it invents; `tests/it/corpus.rs` feeds them what it found before, as
//! an ordinary test. A target panics only where the program is wrong: a crash, or a promise of a public function that
//! does not hold.

use std::collections::BTreeMap;

use cml::config;
use cml_base::tree::{RevisionError, Tree};
use cml_compare as diff;
use cml_forge::deliver;
use cml_host::environment::{self, Env};
use cml_picture as picture;
use cml_plot as plot;
use cml_render::document;
use cml_tracked::{self as tracked, Glob, Snapshot, Sources};

/// A target's name, which is its folder in `corpus/`, and what it does.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All of them.
pub(crate) const TARGETS: &[Target] = &[
    ("json", json),
    ("yaml", yaml),
    ("toml", toml),
    ("csv", csv),
    ("python", python),
    ("dvc_yaml", dvc_yaml),
    ("dvc_lock", dvc_lock),
    ("dvcignore", dvcignore),
    ("config", configuration),
    ("template", template),
    ("svg", svg),
    ("raster", raster),
    ("markdown", markdown),
    ("event", event),
    ("mark", mark),
];

/// The target of that name.
pub(crate) fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    target.unwrap_or_else(|| panic!("{name} is not a target")).1(data);
}

/// A tree in memory.
struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    fn new(files: &[(&str, &[u8])]) -> Self {
        Self(files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect())
    }
}

impl Tree for Files {
    fn list(&self) -> Result<Vec<String>, RevisionError> {
        Ok(self.0.keys().cloned().collect())
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, RevisionError> {
        Ok(self.0.get(path).cloned())
    }
}

/// Reads a side with every kind of source, compares it with nothing and with itself, and says its plots as text.
fn collect(files: &[(&str, &[u8])], metrics: &[&str], params: &[&str], plots: &[&str]) -> Snapshot {
    let globs = |globs: &[&str]| globs.iter().map(|glob| Glob::new(*glob, "--fuzz")).collect();
    let sources =
        Sources { metrics: globs(metrics), params: globs(params), plots: globs(plots), ..Sources::default() };
    let tree = Files::new(files);
    let snapshot = tracked::collect(&tree, &sources).expect("a bad file is a notice, not an error");
    let again = tracked::collect(&tree, &sources).expect("reading twice is the same as reading once");
    assert_eq!(snapshot.notices, again.notices, "the same files give the same notices");
    let rules = diff::Rules::default();
    let new = diff::compare_metrics(None, &snapshot.metrics, &rules);
    let same = diff::compare_metrics(Some(&snapshot.metrics), &snapshot.metrics, &rules);
    assert_eq!(new.len(), same.len(), "a file compared with itself has each value once");
    let tally = cml_report::Tally::of(&same);
    assert_eq!((tally.better, tally.worse), (0, 0), "what is equal is neither better nor worse");
    diff::compare_params(Some(&snapshot.params), &snapshot.params);
    let (figures, _) = plot::figures(&[(&snapshot.plots, "base"), (&snapshot.plots, "head")]);
    for figure in figures.iter().take(4) {
        plot::told(figure);
    }
    snapshot
}

fn json(data: &[u8]) {
    collect(&[("m.json", data), ("p.json", data)], &["m.json"], &["p.json"], &["m.json"]);
}

fn yaml(data: &[u8]) {
    collect(&[("m.yaml", data), ("p.yaml", data)], &["m.yaml"], &["p.yaml"], &["m.yaml"]);
}

fn toml(data: &[u8]) {
    collect(&[("m.toml", data), ("p.toml", data)], &["m.toml"], &["p.toml"], &[]);
}

fn csv(data: &[u8]) {
    collect(&[("m.csv", data), ("m.tsv", data)], &["m.csv"], &[], &["m.csv", "m.tsv"]);
}

fn python(data: &[u8]) {
    collect(&[("p.py", data)], &[], &["p.py"], &[]);
}

/// `dvc.yaml` with its templating, over files that it may name.
fn dvc_yaml(data: &[u8]) {
    let files: &[(&str, &[u8])] = &[
        ("dvc.yaml", data),
        ("params.yaml", b"a: 1\nb: {c: 2, d: [1, x]}\nlist: [1, 2]\n"),
        ("m.json", b"{\"a\": 1, \"b\": {\"c\": 0.5}}"),
        ("t.csv", b"step,loss,acc\n0,1,0.1\n1,0.5,0.2\n"),
    ];
    collect(files, &[], &[], &[]);
    let tree = Files::new(files);
    let _ = tracked::metrics(&tree, &[]);
    let _ = tracked::params(&tree, &[], false);
    let _ = tracked::plots(&tree, &[], true);
}

/// `dvc.lock`, a `.dvc` file, and the listing of a folder.
fn dvc_lock(data: &[u8]) {
    let pipeline: &[u8] = b"stages:\n  s:\n    cmd: x\n    outs: [d]\n    metrics: [m.json]\n";
    let tree = Files::new(&[("dvc.yaml", pipeline), ("dvc.lock", data), ("d.dvc", data)]);
    if let Ok((outs, _)) = tracked::outs(&tree, &tree.list().unwrap_or_default()) {
        let _ = format!("{outs:?}");
    }
    collect(&[("dvc.yaml", pipeline), ("dvc.lock", data), ("d.dvc", data)], &[], &[], &[]);
}

fn dvcignore(data: &[u8]) {
    collect(
        &[(".dvcignore", data), ("sub/.dvcignore", data), ("metrics.json", b"{\"a\": 1}")],
        &[],
        &[],
        &[],
    );
}

/// `cml.toml`, and `[tool.cml]` of `pyproject.toml`.
fn configuration(data: &[u8]) {
    for name in ["cml.toml", "pyproject.toml"] {
        let found = config::find(&Files::new(&[(name, data)]), "sub/folder", "");
        if let Ok(Some(file)) = found {
            let _ = config::resolve(Some(&file), config::Author::Trusted, "sub");
            let _ = config::resolve(Some(&file), config::Author::OfChange(None), "");
            let _ = config::resolve(Some(&file), config::Author::OfChange(Some(&file)), "");
        }
    }
}

/// A user's own Vega-Lite template.
fn template(data: &[u8]) {
    let pipeline: &[u8] = b"plots:\n- t.csv: {x: step, y: loss, template: mine}\n";
    let table: &[u8] = b"step,loss,kind\n0,1,a\n1,0.5,b\n2,0.2,a\n";
    collect(&[("dvc.yaml", pipeline), (".dvc/plots/mine.json", data), ("t.csv", table)], &[], &[], &[]);
}

fn svg(data: &[u8]) {
    let _ = picture::check_image(data);
    let _ = plot::weigh_svg(data);
}

/// PNG, JPEG, GIF and WebP: their sizes, and small ones' pixels.
fn raster(data: &[u8]) {
    let Ok(kind) = picture::check_image(data) else { return };
    let size = picture::size(kind, data);
    if size.is_some_and(|(width, height)| u64::from(width) * u64::from(height) < 1 << 16) {
        let _ = picture::decode(data);
    }
}

/// A user's Markdown: its images, and the text with other addresses.
fn markdown(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    assert_eq!(document::splice(text, &[]), text, "nothing replaced is nothing changed");
    let references = document::references(text);
    let mut end = 0;
    for reference in &references {
        assert!(text.get(reference.range.clone()).is_some(), "a place is whole characters of the text");
        assert!(reference.range.start >= end, "places do not overlap");
        end = reference.range.end;
    }
    let replaced: Vec<_> =
        references.iter().map(|reference| reference.replace("https://x.example/a.png")).collect();
    let spliced = document::splice(text, &replaced);
    assert!(references.is_empty() || spliced.contains("x.example"), "an address is replaced");
}

fn event(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(data) else { return };
    for name in ["pull_request", "push", "workflow_run", "issue_comment", "merge_group", "workflow_dispatch"]
    {
        let vars = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_SERVER_URL", "https://github.com"),
        ];
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let env = Env { vars, event: Some(Ok(value.clone())), ..Env::default() };
        let _ = environment::detect(&env, None, None);
    }
}

/// The hidden line by which our own comments are known.
fn mark(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(mark) = deliver::Mark::find(text) {
        let again = deliver::Mark::find(&mark.render());
        assert_eq!(again.as_ref(), Some(&mark), "a mark that is written is read as it was");
    }
    let key = deliver::Mark::of_key(text);
    assert_eq!(deliver::Mark::find(&key.render()).map(|mark| mark.key).as_deref(), Some(text));
}
