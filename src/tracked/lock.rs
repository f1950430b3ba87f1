//! What DVC keeps outside Git: which content stands at which path.
//!
//! In: `dvc.lock` of any version, `*.dvc` files, `.dir` listings, as text. Out: [`Outs`]. A broken file costs its
//! own outputs and a notice. The shapes are those of DVC's `schema.py`; 1.0 has its stages at the top level.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use super::ignored::Ignored;
use super::value::Value;
use super::{paths, yaml};
use crate::notice::Notice;
use crate::revision::{RevisionError, Tree};

/// An object's name in DVC's stores: the MD5 of its content, 32 lower-case hex digits, and `.dir` for a listing.
/// Nothing else is accepted, as the name becomes a part of paths and addresses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash(String);

impl Hash {
    /// `None` if the text is no such name.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_suffix(".dir").unwrap_or(text);
        let good = hex.len() == 32 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        good.then(|| Self(text.to_owned()))
    }

    /// The name as DVC writes it, with `.dir`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The 32 digits alone.
    pub fn digits(&self) -> &str {
        &self.0[..32]
    }

    /// Whether the object lists a folder.
    pub fn is_dir(&self) -> bool {
        self.0.ends_with(".dir")
    }
}

impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a cloud with versions calls one state of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub remote: String,
    pub id: String,
    pub etag: Option<String>,
}

/// The content of one output.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Output {
    pub hash: Hash,
    /// Written by DVC 1 or 2: of text the hash ignores `\r`, and the object lies in the old layout.
    pub legacy: bool,
    /// In bytes; of a folder all its files together.
    pub size: Option<u64>,
    /// The remote that the project names for this output, if it is not the default one.
    pub remote: Option<String>,
    pub version: Option<Version>,
}

/// Path of an output (a file, or a folder known by its listing) and its content.
pub type Outs = BTreeMap<String, Output>;

/// All outputs that the lock files of a tree know; `files` is the tree's own list.
pub fn outs(tree: &dyn Tree, files: &[String]) -> Result<(Outs, Vec<Notice>), RevisionError> {
    let (mut found, mut notices) = (Outs::new(), Vec::new());
    let ignored = Ignored::read(tree, files.iter().map(String::as_str))?;
    let known: HashSet<&str> = files.iter().map(String::as_str).collect();
    for path in files.iter().filter(|path| !paths::is_hidden(path) && !ignored.has(path)) {
        let name = paths::file_name(path);
        let is_lock = name == "dvc.lock";
        if !is_lock && paths::suffix(name) != "dvc" {
            continue;
        }
        let Some(value) = load(tree, path, &mut notices)? else { continue };
        let folder = paths::folder(path);
        if is_lock {
            let yaml = paths::join(folder, "dvc.yaml").filter(|yaml| known.contains(yaml.as_str()));
            // A broken dvc.yaml is told by whoever reads its plots and metrics.
            let stages = match yaml {
                Some(yaml) => load(tree, &yaml, &mut Vec::new())?,
                None => None,
            };
            found.extend(of_lock(&value, folder, stages.as_ref().and_then(|file| file.get("stages"))));
        } else {
            found.extend(of_dvc_file(&value, folder));
        }
    }
    Ok((found, notices))
}

/// What a `.dir` object says: path below the folder and content. `like` is the folder's own output.
pub fn listing(bytes: &[u8], like: &Output) -> Result<Vec<(String, Output)>, String> {
    #[derive(Deserialize)]
    struct Entry {
        md5: String,
        relpath: String,
        size: Option<u64>,
    }
    let entries: Vec<Entry> =
        serde_json::from_slice(bytes).map_err(|why| format!("its folder listing is broken ({why})"))?;
    let entries = entries.into_iter().filter_map(|entry| {
        let path = paths::join("", &entry.relpath).filter(|path| !path.is_empty())?;
        let hash = Hash::parse(&entry.md5)?;
        Some((path, Output { hash, size: entry.size, version: None, ..like.clone() }))
    });
    Ok(entries.collect())
}

fn load(tree: &dyn Tree, path: &str, notices: &mut Vec<Notice>) -> Result<Option<Value>, RevisionError> {
    let mut note = |why: String| {
        let text = format!("{why}; outputs that are not in Git are left out");
        notices.push(Notice::about(path, text));
        None
    };
    Ok(match tree.read(path) {
        Ok(None) => None,
        Ok(Some(bytes)) => match String::from_utf8(bytes) {
            Ok(text) => yaml::parse(&text).map_or_else(|error| note(error.to_string()), Some),
            Err(_) => note("the file is not UTF-8".to_owned()),
        },
        Err(RevisionError::Unreadable { why, .. }) => note(format!("the file cannot be read ({why})")),
        Err(error) => return Err(error),
    })
}

/// The outputs of all stages of a `dvc.lock` in `folder`; `stages` are those of the dvc.yaml beside it, which alone
/// knows a stage's working folder and the remote of an output.
fn of_lock(lock: &Value, folder: &str, stages: Option<&Value>) -> Vec<(String, Output)> {
    let locked = lock.get("stages").filter(|_| lock.get("schema").is_some()).unwrap_or(lock);
    let mut found = Vec::new();
    for (name, stage) in locked.pairs() {
        let name = name.key_text();
        let declared = stages.and_then(|stages| declared(stages, &name));
        let wdir = declared.and_then(|stage| stage.get("wdir")).and_then(Value::as_text).unwrap_or("");
        let Some(base) = paths::join(folder, wdir) else { continue };
        for out in stage.get("outs").map_or(&[][..], Value::items) {
            let own = out.get("path").and_then(Value::as_text).unwrap_or_default();
            add(out, &base, declared.and_then(|stage| remote_of(stage, own)), &mut found);
        }
    }
    found
}

/// The stage's own words, those of its `foreach` for `name@item`.
fn declared<'a>(stages: &'a Value, name: &str) -> Option<&'a Value> {
    let stage = stages.get(name).or_else(|| stages.get(name.split_once('@')?.0))?;
    Some(stage.get("do").unwrap_or(stage))
}

/// `remote:` of one output in dvc.yaml. A path with a variable in it may be any of the stage's outputs.
fn remote_of(stage: &Value, path: &str) -> Option<String> {
    let kinds = ["outs", "metrics", "plots"].into_iter().filter_map(|kind| stage.get(kind));
    let mut entries = kinds.flat_map(Value::items).flat_map(Value::pairs);
    entries.find_map(|(name, flags)| {
        let name = name.as_text()?;
        let is_meant = paths::join("", name) == paths::join("", path) || name.contains("${");
        is_meant.then(|| flags.get("remote")?.as_text().map(str::to_ascii_lowercase)).flatten()
    })
}

fn of_dvc_file(file: &Value, folder: &str) -> Vec<(String, Output)> {
    let mut found = Vec::new();
    let wdir = file.get("wdir").and_then(Value::as_text).unwrap_or("");
    let Some(base) = paths::join(folder, wdir) else { return found };
    for out in file.get("outs").map_or(&[][..], Value::items) {
        let remote = out.get("remote").and_then(Value::as_text).map(str::to_ascii_lowercase);
        add(out, &base, remote, &mut found);
    }
    found
}

/// Adds one entry of `outs:`. What lies outside the project, or is known by something else than an MD5 (an object
/// that never was in a cache), is no output that we could read.
fn add(out: &Value, base: &str, remote: Option<String>, found: &mut Vec<(String, Output)>) {
    let path = out.get("path").and_then(Value::as_text).and_then(|path| paths::join(base, path));
    let Some(path) = path.filter(|path| !path.is_empty()) else { return };
    let legacy = out.get("hash").and_then(Value::as_text).is_none_or(|kind| kind == "md5-dos2unix");
    for file in out.get("files").map_or(&[][..], Value::items) {
        let below = file.get("relpath").and_then(Value::as_text).and_then(|below| paths::join(&path, below));
        if let (Some(below), Some(output)) = (below, output(file, legacy, remote.clone())) {
            found.push((below, output));
        }
    }
    if out.get("files").is_none()
        && let Some(output) = output(out, legacy, remote)
    {
        found.push((path, output));
    }
}

fn output(entry: &Value, legacy: bool, remote: Option<String>) -> Option<Output> {
    let hash = entry.get("md5").and_then(Value::as_text).and_then(Hash::parse)?;
    let size = entry.get("size").and_then(|size| size.key_text().parse().ok());
    Some(Output { hash, legacy, size, remote, version: version(entry) })
}

fn version(entry: &Value) -> Option<Version> {
    let (remote, facts) = entry.get("cloud")?.pairs().first()?;
    let text = |key: &str| facts.get(key).and_then(Value::as_text).map(str::to_owned);
    Some(Version { remote: remote.key_text(), id: text("version_id")?, etag: text("etag") })
}

#[cfg(test)]
#[path = "lock_tests.rs"]
mod tests;
