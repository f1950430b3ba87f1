//! What DVC keeps outside Git: which content stands at which path.
//!
//! In: `dvc.lock` of any version, `*.dvc` files, `.dir` listings, as text. Out: [`Outs`]. A broken file costs its
//! own outputs and a notice. The shapes are those of DVC's `schema.py`; 1.0 has its stages at the top level.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::dvcyaml::entries;
use super::load::Loader;
use super::pipeline::{self, Section};
use super::value::Value;
use super::{paths, yaml};
use cml_base::notice::Notice;
use cml_base::tree::{RevisionError, Tree};

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

/// All outputs that DVC itself would read of its cache; `files` is the tree's own list. What a dvc.yaml no longer
/// declares, or keeps out of the cache (`cache: false`), stands in a lock file all the same and is not among them.
pub fn outs(tree: &dyn Tree, files: &[String]) -> Result<(Outs, Vec<Notice>), RevisionError> {
    let (mut found, mut notices) = (Outs::new(), Vec::new());
    if !files.iter().any(|path| is_lock(path) || is_dvc_file(path)) {
        return Ok((found, notices));
    }
    let mut loader = Loader::over(tree, files.to_vec())?;
    let is_ours = |path: &&String| !paths::is_hidden(path) && !loader.ignores(path);
    let files: Vec<&String> = files.iter().filter(is_ours).collect();
    let locks: Vec<&String> = files.iter().filter(|path| is_lock(path)).copied().collect();
    if !locks.is_empty() {
        // A broken dvc.yaml is told by whoever reads its plots and metrics.
        let sections = pipeline::sections(&mut loader)?;
        let stages = by_stage(&sections);
        for path in locks {
            let Some(lock) = load(tree, path, &mut notices)? else { continue };
            let beside = Beside::of(path, &loader, &stages)?;
            found.extend(beside.into_iter().flat_map(|beside| beside.outs(&lock)));
        }
    }
    for path in files.iter().filter(|path| is_dvc_file(path)) {
        let Some(value) = load(tree, path, &mut notices)? else { continue };
        found.extend(of_dvc_file(&value, paths::folder(path)));
    }
    Ok((found, notices))
}

fn is_dvc_file(path: &str) -> bool {
    paths::suffix(paths::file_name(path)) == "dvc"
}

pub(super) fn is_lock(path: &str) -> bool {
    paths::file_name(path) == "dvc.lock"
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

/// Sections by their dvc.yaml and stage.
pub(super) type Stages<'s> = BTreeMap<(&'s str, &'s str), &'s Section>;

pub(super) fn by_stage(sections: &[Section]) -> Stages<'_> {
    let named = sections.iter().filter(|section| !section.top);
    named.map(|section| ((section.file.as_str(), section.name.as_str()), section)).collect()
}

/// The stages of a lock file, by name.
pub(super) fn locked(lock: &Value) -> &Value {
    lock.get("stages").filter(|_| lock.get("schema").is_some()).unwrap_or(lock)
}

/// The dvc.yaml beside a lock file, which alone knows a stage's working folder, and what of an output is kept where.
struct Beside<'s> {
    file: String,
    stages: &'s Stages<'s>,
    /// Its own words, where not all of them could be understood.
    raw: Option<Value>,
}

impl<'s> Beside<'s> {
    /// `None` without one: then DVC reads no lock file either.
    fn of(lock: &str, loader: &Loader<'_>, stages: &'s Stages<'s>) -> Result<Option<Self>, RevisionError> {
        let file = paths::join(paths::folder(lock), "dvc.yaml").filter(|file| loader.has(file));
        let Some(file) = file.filter(|file| !loader.ignores(file)) else { return Ok(None) };
        let is_whole = !loader.has_noted(&file);
        let raw = if is_whole { None } else { Some(loader.content(&file)?.unwrap_or(Value::Null)) };
        Ok(Some(Self { file, stages, raw }))
    }

    fn outs(&self, lock: &Value) -> Vec<(String, Output)> {
        let mut found = Vec::new();
        for (name, stage) in locked(lock).pairs() {
            let name = name.key_text();
            let known = self.stages.get(&(self.file.as_str(), name.as_str()));
            for out in stage.get("outs").map_or(&[][..], Value::items) {
                let path = out.get("path").and_then(Value::as_text).unwrap_or_default();
                let flags =
                    known.and_then(|section| Some((section.folder.clone(), flags(&section.body, path)?)));
                match flags.or_else(|| self.guessed(&name, path)) {
                    Some((folder, flags)) if flags.is_cached => add(out, &folder, flags.remote, &mut found),
                    _ => {}
                }
            }
        }
        found
    }

    /// The working folder and the flags of an output of a dvc.yaml that is not understood: an output that is not named
    /// may be one that a variable names.
    fn guessed(&self, name: &str, path: &str) -> Option<(String, Flags)> {
        let raw = self.raw.as_ref()?;
        let declared = raw.get("stages").and_then(|stages| {
            stages
                .get(name)
                .or_else(|| stages.get(name.split_once('@')?.0))
                .map(|stage| stage.get("do").unwrap_or(stage))
        });
        let wdir = declared.and_then(|stage| stage.get("wdir")).and_then(Value::as_text).unwrap_or("");
        let folder = paths::join(paths::folder(&self.file), wdir)?;
        let flags = declared.and_then(|stage| flags(stage, path));
        Some((folder, flags.unwrap_or(Flags { is_cached: true, remote: None })))
    }
}

/// What dvc.yaml says of an output beside its path.
struct Flags {
    is_cached: bool,
    remote: Option<String>,
}

/// The flags of a stage's output; `None` if it is not declared. A path with a variable in it may be any of the stage's
/// outputs.
fn flags(stage: &Value, path: &str) -> Option<Flags> {
    let path = paths::join("", path);
    let kinds = ["outs", "metrics", "plots"].into_iter().filter_map(|kind| stage.get(kind));
    let is_meant = |name: &str| paths::join("", name) == path || name.contains("${");
    let (_, flags) = kinds.flat_map(|kind| entries(Some(kind))).find(|(name, _)| is_meant(name))?;
    let flag = |key: &str| flags.and_then(|flags| flags.get(key));
    Some(Flags {
        is_cached: flag("cache") != Some(&Value::Bool(false)),
        remote: flag("remote").and_then(Value::as_text).map(str::to_ascii_lowercase),
    })
}

fn of_dvc_file(file: &Value, folder: &str) -> Vec<(String, Output)> {
    let mut found = Vec::new();
    let wdir = file.get("wdir").and_then(Value::as_text).unwrap_or("");
    let Some(base) = paths::join(folder, wdir) else { return found };
    let cached = |out: &&Value| out.get("cache") != Some(&Value::Bool(false));
    for out in file.get("outs").map_or(&[][..], Value::items).iter().filter(cached) {
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
mod tests;
