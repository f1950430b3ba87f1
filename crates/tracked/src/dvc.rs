//! What DVC's own commands compare: only declared files (or named ones), each with its nested value.
//!
//! In: one revision's tree. Out: the contents of its metrics or params files, or its plot definitions and their data.
//! `collect` adds what other tools write; these functions do not.

use std::collections::BTreeMap;
use std::slice;

use super::dvcyaml::{entries, params_entry};
use super::load::{Loader, corrupted};
use super::pipeline::{Section, sections};
use super::unread::Unread;
use super::value::Value;
use super::{dpath, json, paths, pytext};
use cml_base::notice::Notice;
use cml_base::tree::{RevisionError, Tree};

mod plots;

pub use plots::{PlotSet, Source, custom_template, is_image, plot_data, plots};

/// A file of values.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// Relative to the project's folder.
    pub path: String,
    /// Its value, or why there is none.
    pub value: Result<Value, Unread>,
}

/// All files of one kind in one revision, each path once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contents {
    pub files: Vec<Content>,
    pub notices: Vec<Notice>,
}

/// The metrics files: declared ones, or `targets` (files and folders, relative to the project's folder), in this order.
pub fn metrics(tree: &dyn Tree, targets: &[String]) -> Result<Contents, RevisionError> {
    let mut loader = Loader::as_dvc(tree)?;
    let mut wanted: Vec<String> = targets.to_vec();
    if targets.is_empty() {
        // Those of stages come first.
        let (top, stages): (Vec<_>, Vec<_>) =
            sections(&mut loader)?.into_iter().partition(|section| section.top);
        for section in stages.into_iter().chain(top) {
            for (name, _) in entries(section.body.get("metrics")) {
                wanted.extend(inside(&mut loader, &section, &paths::with_slashes(&name)));
            }
        }
    }
    let paths = expanded(&loader, wanted);
    let files = loader.each(&paths, |at, text| {
        let value = text.map_err(Unread::named_by_dvc).and_then(|text| corrupted(&paths[at], &text));
        let value = value.map(|value| or_empty(measured(value).unwrap_or(Value::Null)));
        Content { path: paths[at].clone(), value }
    })?;
    Ok(finish(Contents { files, notices: Vec::new() }, loader))
}

/// The params files: declared ones and params.yaml at the top, or `targets`. With `deps_only` only what stages
/// depend on.
pub fn params(tree: &dyn Tree, targets: &[String], deps_only: bool) -> Result<Contents, RevisionError> {
    let mut loader = Loader::as_dvc(tree)?;
    let mut wanted: Vec<(String, Vec<String>)> =
        targets.iter().map(|target| (target.clone(), Vec::new())).collect();
    let mut used: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    if targets.is_empty() {
        for section in sections(&mut loader)? {
            if section.top && deps_only {
                continue;
            }
            for (name, keys) in entries(section.body.get("params")) {
                let (file, keys) = params_entry(&name, keys, section.top);
                let file = paths::with_slashes(file);
                wanted.extend(inside(&mut loader, &section, &file).map(|path| (path, keys)));
            }
            for (file, keys) in section.used {
                used.entry(file).or_default().extend(keys);
            }
        }
        if !deps_only && loader.has("params.yaml") {
            wanted.push(("params.yaml".to_owned(), Vec::new()));
        }
    }
    let mut contents = Contents::default();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (path, keys) in merged(wanted) {
        for path in expanded(&loader, vec![path]) {
            let read = loader.each(slice::from_ref(&path), |_, text| corrupted(&path, &text?))?;
            let Some(read) = read.into_iter().next() else { continue };
            let chosen = |value: Value| match keys.as_slice() {
                [] => Ok(or_empty(value)),
                keys => dpath::select_strictly(&value, keys),
            };
            let value = read.and_then(chosen).map(text_lists);
            match known.get(&path) {
                Some(at) => contents.files[*at].value = value,
                None => {
                    known.insert(path.clone(), contents.files.len());
                    contents.files.push(Content { path, value });
                }
            }
        }
    }
    for (path, keys) in used {
        if !known.contains_key(&path) {
            let pairs = keys.into_iter().map(|(key, value)| (Value::Text(key), value)).collect();
            contents.files.push(Content { path, value: Ok(text_lists(Value::Map(pairs))) });
        }
    }
    Ok(finish(contents, loader))
}

/// A declared path; one outside the project's folder is left out.
fn inside(loader: &mut Loader<'_>, section: &Section, name: &str) -> Option<String> {
    let path = paths::join(&section.folder, name);
    if path.is_none() {
        loader.note(&section.file, format!("{name} lies outside the project's folder; it is left out"));
    }
    path
}

/// Every file once; folders as the files below them. A missing file stays, to be missed when it is read.
fn expanded(loader: &Loader<'_>, paths: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    let files = paths.into_iter().flat_map(|path| loader.declared(&path));
    files.filter(|path| seen.insert(path.clone())).collect()
}

/// Each file once, with all its keys; without keys, that is whole, if any entry takes it whole.
fn merged(wanted: Vec<(String, Vec<String>)>) -> Vec<(String, Vec<String>)> {
    let mut files: Vec<(String, Vec<String>)> = Vec::new();
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    for (path, keys) in wanted {
        match index.get(&path) {
            Some(at) if keys.is_empty() || files[*at].1.is_empty() => files[*at].1.clear(),
            Some(at) => files[*at].1.extend(keys),
            None => {
                index.insert(path.clone(), files.len());
                files.push((path, keys));
            }
        }
    }
    files
}

fn finish(mut contents: Contents, mut loader: Loader<'_>) -> Contents {
    for file in &contents.files {
        if let Err(unread) = &file.value {
            loader.note(&file.path, unread.what.clone());
        }
    }
    contents.notices = loader.into_notices();
    contents
}

/// What Python takes for false says nothing, and counts as an empty map.
fn or_empty(value: Value) -> Value {
    if value.is_falsy() { Value::Map(Vec::new()) } else { value }
}

/// The numbers, flags and texts of a metrics file, at any depth of maps.
fn measured(value: Value) -> Option<Value> {
    match value {
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) => Some(value),
        Value::Map(pairs) => {
            let kept = pairs.into_iter().filter_map(|(key, value)| {
                let value = measured(value)?;
                let empty = matches!(&value, Value::Map(pairs) if pairs.is_empty());
                (!empty).then_some((key, value))
            });
            Some(Value::Map(kept.collect()))
        }
        Value::Null | Value::Other(_) | Value::List(_) | Value::Tuple(_) => None,
    }
}

/// A list is one value, as Python's text; one at the root is read back if that text is JSON.
fn text_lists(value: Value) -> Value {
    match value {
        Value::Map(pairs) => Value::Map(
            pairs
                .into_iter()
                .map(|(key, value)| {
                    let value = match value {
                        Value::List(_) => Value::Text(pytext::repr(&value)),
                        other => text_lists(other),
                    };
                    (key, value)
                })
                .collect(),
        ),
        Value::List(_) => {
            let text = pytext::repr(&value);
            json::parse(&text).unwrap_or(Value::Text(text))
        }
        other => other,
    }
}

/// The value of a file whose root is a text: what it says as JSON, if it is JSON.
pub fn root_value(value: Value) -> Value {
    match value {
        Value::Text(text) => json::parse(&text).unwrap_or(Value::Text(text)),
        other => other,
    }
}
