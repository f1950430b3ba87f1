//! `cml.toml` becomes the stages' types.
//!
//! In: the text of the nearest `cml.toml`, or of `[tool.cml]` in `pyproject.toml`, through a [`Tree`] of the
//! repository. Out: a [`File`] of checked keys, or a [`ConfigError`] that names file, line and column; and from
//! the files that count a [`Config`]. In a change request's job the author of the change wrote the file on disk, so
//! there the target branch's counts.

mod altered;
mod read;
mod resolve;
mod schema;

use cml_base::tree::{RevisionError, Tree};
use cml_compare::{Rule, Rules};
use cml_report::{Direction, Display, Measure};
use cml_tracked::{self as tracked, Glob, Sources};
use read::{Entry, Value};

pub use altered::{exchanged_names, turned_directions};
pub use resolve::resolve;
pub use schema::{Believed, KEYS, Key, KeyId, Kind};

/// The file of our own.
pub const FILE: &str = "cml.toml";
/// Python's file, whose table `[tool.cml]` is the same.
const PYPROJECT: &str = "pyproject.toml";
/// No configuration is larger, in bytes.
const LARGEST: usize = 1024 * 1024;

/// A file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The first faults, and how many more there are.
    #[error("{}", told(file, faults, *more))]
    Faults { file: String, faults: Vec<Fault>, more: usize },
    #[error(
        "{file} and [tool.cml] in {PYPROJECT} beside it both configure cml, and one of them would be read in vain; \
         keep one"
    )]
    Both { file: String },
    #[error("cannot read {file}: {why}")]
    Unreadable { file: String, why: String },
}

/// One thing that is wrong, and where; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub line: usize,
    pub column: usize,
    pub what: String,
}

impl Fault {
    fn at(text: &str, at: usize, what: String) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line, column, what }
    }
}

fn told(file: &str, faults: &[Fault], more: usize) -> String {
    let line = |Fault { line, column, what }: &Fault| format!("{file}:{line}:{column}: {what}");
    let mut lines: Vec<String> = faults.iter().map(line).collect();
    if more > 0 {
        lines.push(format!("{file}: and {more} more"));
    }
    lines.join("\n")
}

/// A configuration file, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// As the reader knows it.
    shown: String,
    /// Its folder inside the repository, with `/`; empty: the top.
    folder: String,
    entries: Vec<Entry>,
}

/// What is configured, in the stages' types.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config {
    /// The revision to compare with.
    pub base: Option<String>,
    pub sources: Sources,
    pub rules: Rules,
    pub comment: Comment,
    pub asset: Asset,
    /// Where the project lies below the file's folder; empty: in it.
    pub below: String,
    /// Of the sources' globs those that a change adds to the target's.
    pub added: Vec<Glob>,
}

/// `[comment]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comment {
    pub key: Option<String>,
    pub policy: Option<Policy>,
}

/// When to comment, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    Update,
    Recreate,
    OnlyChanges,
    OnlyRegressions,
}

/// `[asset]`: where images are stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asset {
    /// A bucket's address, or a folder from the repository's top on (or an absolute one).
    pub store: Option<String>,
    pub url: Option<String>,
    pub publish_url: Option<String>,
}

/// Who wrote the file on disk.
#[derive(Debug, Clone, Copy)]
pub enum Author<'a> {
    /// People who may push: all of it counts.
    Trusted,
    /// The author of a change; the target branch's file, if it has one that can be read, decides.
    OfChange(Option<&'a File>),
}

/// Finds the configuration of a folder: in it, or the nearest above it up to the repository's top, which is that
/// of `tree`. `from` is the folder that paths are shown from.
pub fn find(tree: &dyn Tree, folder: &str, from: &str) -> Result<Option<File>, ConfigError> {
    let mut folder = folder.trim_matches('/');
    loop {
        if let Some(found) = in_folder(tree, folder, from)? {
            return Ok(Some(found));
        }
        if folder.is_empty() {
            return Ok(None);
        }
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
    }
}

/// The configuration in this very folder.
pub fn in_folder(tree: &dyn Tree, folder: &str, from: &str) -> Result<Option<File>, ConfigError> {
    let path = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let shown = |name: &str| tracked::relative(from, &path(name));
    let text = |name: &str| {
        let file = shown(name);
        match tree.read(&path(name)) {
            Ok(None) => Ok(None),
            Ok(Some(bytes)) => decode(&file, bytes).map(Some),
            Err(RevisionError::Unreadable { why, .. }) => Err(ConfigError::Unreadable { file, why }),
            Err(error) => Err(ConfigError::Unreadable { file, why: error.to_string() }),
        }
    };
    let own = match text(FILE)? {
        Some(text) => parse(&shown(FILE), folder, &text, &[])?,
        None => None,
    };
    let python = match text(PYPROJECT) {
        // What is wrong in a file of others is not ours to tell, unless it speaks of us.
        Ok(Some(text)) if text.contains("cml") => {
            match parse(&shown(PYPROJECT), folder, &text, &["tool", "cml"]) {
                Err(_) if !text.contains("tool.cml") => None,
                answer => answer?,
            }
        }
        _ => None,
    };
    match (own, python) {
        (Some(own), Some(_)) => Err(ConfigError::Both { file: own.shown }),
        (own, python) => Ok(own.or(python)),
    }
}

fn decode(file: &str, bytes: Vec<u8>) -> Result<String, ConfigError> {
    let unreadable = |why: &str| ConfigError::Unreadable { file: file.to_owned(), why: why.to_owned() };
    if bytes.len() > LARGEST {
        return Err(unreadable("it is larger than 1 MB"));
    }
    String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8; save it as UTF-8"))
}

/// Reads one file's text; `table` names the table that is ours. `None`: there is no such table.
fn parse(shown: &str, folder: &str, text: &str, table: &[&str]) -> Result<Option<File>, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let faults = |(faults, more)| ConfigError::Faults { file: shown.to_owned(), faults, more };
    let entries = read::read(text, table).map_err(faults)?;
    Ok(entries.map(|entries| File { shown: shown.to_owned(), folder: folder.to_owned(), entries }))
}

impl File {
    /// Its folder inside the repository, with `/`; empty: the top.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// As the reader knows it.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// A glob of this file as the project sees it.
    fn glob(&self, text: &str, by: &str, project: &str) -> Glob {
        Glob { below: self.below(project), ..Glob::new(text, format!("{} {by}", self.shown)) }
    }

    /// Where a project lies below the file's folder.
    fn below(&self, project: &str) -> String {
        let project = project.trim_matches('/');
        project.strip_prefix(&self.folder).unwrap_or(project).trim_matches('/').to_owned()
    }

    /// A store as it is: an address, an absolute folder, or a folder from the repository's top on.
    fn place(&self, store: &str) -> String {
        if store.contains("://") || store.starts_with('/') || self.folder.is_empty() {
            return store.to_owned();
        }
        format!("{}/{store}", self.folder)
    }

    fn value_of(&self, path: &str) -> Option<&Value> {
        self.entries.iter().find(|entry| entry.key.path == path).map(|entry| &entry.value)
    }

    /// The rules of its metrics, in the order of the file.
    fn rules(&self) -> Vec<Rule> {
        let mut rules: Vec<Rule> = Vec::new();
        for entry in &self.entries {
            let Some(pattern) = &entry.name else { continue };
            let at = rules.iter().position(|rule| rule.pattern == *pattern).unwrap_or_else(|| {
                rules.push(Rule { pattern: pattern.clone(), ..Rule::default() });
                rules.len() - 1
            });
            say(&mut rules[at], entry);
        }
        rules
    }
}

/// What one entry adds to the rule of its metric.
fn say(rule: &mut Rule, entry: &Entry) {
    let Display { name, measure, precision, only_adds: _ } = &mut rule.display;
    let value = &entry.value;
    let text = || if let Value::Text(text) = value { Some(text.clone()) } else { None };
    match entry.key.id {
        KeyId::Direction => rule.direction = text().as_deref().and_then(direction),
        KeyId::Name => *name = text(),
        KeyId::Unit => *measure = text().map(Measure::Unit),
        KeyId::Percent if *value == Value::Flag(true) => *measure = Some(Measure::Percent),
        // It takes back what a wider glob says, and leaves a unit beside it.
        KeyId::Percent => drop(measure.get_or_insert(Measure::Plain)),
        KeyId::Precision => *precision = if let Value::Whole(digits) = value { Some(*digits) } else { None },
        KeyId::Base
        | KeyId::Metrics
        | KeyId::Params
        | KeyId::Plots
        | KeyId::Include
        | KeyId::Exclude
        | KeyId::CommentKey
        | KeyId::CommentPolicy
        | KeyId::AssetStore
        | KeyId::AssetUrl
        | KeyId::PublishUrl => {}
    }
}

fn direction(word: &str) -> Option<Direction> {
    match word {
        "higher" => Some(Direction::Higher),
        "lower" => Some(Direction::Lower),
        "none" => Some(Direction::Unknown),
        "fact" => Some(Direction::Fact),
        _ => None,
    }
}

#[cfg(test)]
mod believed_tests;
#[cfg(test)]
mod tests;
