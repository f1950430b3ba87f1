//! Reads the files of a tree; what cannot be read costs a notice and nothing else.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::Table;
use super::decode::{Manner, decode};
use super::ignored::Ignored;
use super::unread::{MISSING, NO_METRICS, UNREADABLE, Unread};
use super::value::{ParseError, Value};
use super::{json, paths, python, table, toml, yaml};
use cml_base::notice::{Notice, without_step};
use cml_base::parallel;
use cml_base::tree::{RevisionError, Tree};

/// The most characters of a notice, and of what it is about.
const LONGEST_NOTICE: usize = 1_000;

/// How many bytes of tables are read again, because several plots draw the same file.
const MOST_AGAIN: usize = 256 * 1024 * 1024;

/// The most notices that one side gives.
const MOST_NOTICES: usize = 100;

/// Fewer files are read in less time than threads take to start.
const FEW: usize = 4;

const EMPTY: &str = "the file is empty; run the step that writes it";

/// A tree's files, and the notices that reading them gave.
pub(super) struct Loader<'a> {
    tree: &'a dyn Tree,
    manner: Manner,
    files: BTreeSet<String>,
    ignored: Ignored,
    /// Tables that were read together and are not asked for yet.
    ready: BTreeMap<(String, bool), Result<Table, Unread>>,
    /// Files of tables that were read, and how many bytes may be read of them again.
    read: HashSet<String>,
    again: usize,
    notices: Vec<Notice>,
    /// Files that are there and hold nothing that can be read, and why.
    unread: BTreeMap<String, String>,
    /// Files that were read and hold nothing of what is asked for, and why.
    valueless: BTreeMap<String, String>,
    /// What was said already.
    said: HashSet<(String, String)>,
}

impl<'a> Loader<'a> {
    /// Reads by DVC's own rules.
    pub(super) fn as_dvc(tree: &'a dyn Tree) -> Result<Self, RevisionError> {
        Ok(Self { manner: Manner::Dvcs, ..Self::new(tree)? })
    }

    pub(super) fn new(tree: &'a dyn Tree) -> Result<Self, RevisionError> {
        Self::over(tree, tree.list()?)
    }

    /// With the tree's files, which were listed already: of a large folder that is most of the work.
    pub(super) fn over(tree: &'a dyn Tree, files: Vec<String>) -> Result<Self, RevisionError> {
        let files: BTreeSet<String> = files.into_iter().collect();
        let mut ignored = Ignored::read(tree, files.iter().map(String::as_str))?;
        let notices = std::mem::take(&mut ignored.notices);
        let mut loader = Self {
            tree,
            manner: Manner::Ours,
            files,
            ignored,
            ready: BTreeMap::new(),
            read: HashSet::new(),
            again: MOST_AGAIN,
            notices: Vec::new(),
            unread: BTreeMap::new(),
            valueless: BTreeMap::new(),
            said: HashSet::new(),
        };
        for notice in notices {
            loader.note(&notice.about.unwrap_or_default(), notice.text);
        }
        Ok(loader)
    }

    /// All files, sorted.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.files.contains(path)
    }

    /// Whether DVC is told not to look at a file.
    pub(super) fn ignores(&self, path: &str) -> bool {
        self.ignored.has(path)
    }

    /// A file itself, or all files below a folder that are not ignored; nothing if there is neither.
    pub(super) fn expand(&self, path: &str) -> Vec<String> {
        if self.has(path) {
            return vec![path.to_owned()];
        }
        let folder = if path.is_empty() { String::new() } else { format!("{path}/") };
        let below = self.files.range(folder.clone()..).take_while(|file| file.starts_with(&folder));
        // DVC looks at its index for outputs, which knows nothing of .dvcignore.
        below.filter(|file| !self.ignores(file) || self.tree.is_output(file)).cloned().collect()
    }

    /// The files that a declared path stands for. A missing one stays, to be missed when it is read; a folder that is empty
    /// or whose files are all ignored is there and has none.
    pub(super) fn declared(&self, path: &str) -> Vec<String> {
        let found = self.expand(path);
        let folder = format!("{path}/");
        let mut below = self.files.range(folder.clone()..);
        let mut is_there =
            || below.next().is_some_and(|file| file.starts_with(&folder)) || self.tree.has_folder(path);
        if found.is_empty() && (self.ignored.has_folder(path) || !is_there()) {
            vec![path.to_owned()]
        } else {
            found
        }
    }

    /// Adds a notice about a thing, once.
    pub(super) fn note(&mut self, about: &str, text: impl Into<String>) {
        // A file's own words may be as long as the file.
        let (about, text) = (shortened(about.to_owned()), shortened(text.into()));
        if self.said.insert((about.clone(), text.clone())) && self.notices.len() < MOST_NOTICES {
            self.notices.push(Notice::about(about, text));
        }
    }

    /// Whether something was said about a thing.
    pub(super) fn has_noted(&self, about: &str) -> bool {
        let about = shortened(about.to_owned());
        self.said.iter().any(|(known, _)| *known == about)
    }

    pub(super) fn into_notices(mut self) -> Vec<Notice> {
        let more = self.said.len() - self.notices.len();
        if more > 0 {
            self.notices.push(Notice::new(format!("{more} more notices like these are left out")));
        }
        self.notices
    }

    /// The files that could not be read so far, and why; they are there.
    pub(super) fn unread(&self) -> &BTreeMap<String, String> {
        &self.unread
    }

    /// The files that were read so far and hold no value, and why.
    pub(super) fn valueless(&self) -> &BTreeMap<String, String> {
        &self.valueless
    }

    /// Says that a file was read and holds no value.
    pub(super) fn has_no_values(&mut self, path: &str, why: &str) {
        self.valueless.insert(path.to_owned(), why.to_owned());
        self.note(path, why);
    }

    /// The bytes of a file, or why there are none.
    pub(super) fn bytes(&self, path: &str) -> Result<Result<Vec<u8>, Unread>, RevisionError> {
        told(self.tree.read(path))
    }

    /// The text of a file, or why it has none.
    pub(super) fn text(&self, path: &str) -> Result<Result<String, Unread>, RevisionError> {
        Ok(self.bytes(path)?.and_then(|bytes| decode(bytes, self.manner)))
    }

    /// The nested value of a file: JSON, TOML or Python by suffix, else YAML; or why it cannot be read. An empty
    /// file is null, but for JSON, which has no such thing.
    pub(super) fn content(&self, path: &str) -> Result<Result<Value, String>, RevisionError> {
        Ok(self.text(path)?.map_err(String::from).and_then(|text| parsed(path, &text)))
    }

    /// The texts of files that are asked for together, in their order: `work` makes of each what is kept, side by
    /// side and while the next are read.
    pub(super) fn each<R: Send>(
        &self,
        paths: &[String],
        work: impl Fn(usize, Result<String, Unread>) -> R + Sync,
    ) -> Result<Vec<R>, RevisionError> {
        if paths.len() < FEW {
            let text = |path: &String| self.text(path);
            return paths.iter().enumerate().map(|(at, path)| Ok(work(at, text(path)?))).collect();
        }
        let feed = |give: &mut dyn FnMut(Result<Vec<u8>, Unread>)| {
            let mut read = Ok(());
            self.tree.read_each(paths, &mut |answer| match told(answer) {
                Ok(bytes) => give(bytes),
                Err(error) => read = Err(error),
            });
            read
        };
        let manner = self.manner;
        parallel::stream(feed, |at, bytes| work(at, bytes.and_then(|bytes| decode(bytes, manner))))
    }

    /// The nested value of a file; `None` (and a notice) if there is none.
    pub(super) fn value(&mut self, path: &str) -> Result<Option<Value>, RevisionError> {
        let value = self.text(path)?.and_then(|text| Ok(filled(path, &text)?));
        Ok(self.keep(path, value))
    }

    /// Reads tables side by side that [`Loader::table`] will be asked for.
    pub(super) fn prepare(&mut self, tables: BTreeSet<(String, bool)>) -> Result<(), RevisionError> {
        let tables: Vec<(String, bool)> = tables.into_iter().collect();
        let paths: Vec<String> = tables.iter().map(|(path, _)| path.clone()).collect();
        let read = self.each(&paths, |at, text| Ok(table_of(&paths[at], &text?, tables[at].1)?))?;
        self.ready = tables.into_iter().zip(read).collect();
        Ok(())
    }

    /// The columns of a file: by suffix.
    pub(super) fn table(&mut self, path: &str, header: bool) -> Result<Option<Table>, RevisionError> {
        let table = match self.ready.remove(&(path.to_owned(), header)) {
            Some(table) => table,
            None => match self.text(path)? {
                Ok(text) if self.read.contains(path) => match self.again.checked_sub(text.len()) {
                    Some(left) => {
                        self.again = left;
                        table_of(path, &text, header).map_err(Unread::from)
                    }
                    None => {
                        self.note(path, "too many plots draw this file; draw fewer, or write fewer points");
                        return Ok(None);
                    }
                },
                text => text.and_then(|text| Ok(table_of(path, &text, header)?)),
            },
        };
        self.read.insert(path.to_owned());
        Ok(self.keep(path, table))
    }

    /// What was read, or a notice.
    pub(super) fn keep<T>(&mut self, path: &str, read: Result<T, Unread>) -> Option<T> {
        let unread = match read {
            Ok(read) => return Some(read),
            Err(unread) => unread,
        };
        if !unread.is_missing() {
            let into = if unread.kind == NO_METRICS { &mut self.valueless } else { &mut self.unread };
            into.insert(path.to_owned(), shortened(unread.what.clone()));
        }
        // Nobody's step writes this one.
        let is_by_hand = paths::file_name(path) == "dvc.yaml";
        self.note(path, if is_by_hand { without_step(&unread.what) } else { &unread.what });
        None
    }
}

fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST_NOTICE) {
        text.truncate(end);
        text.push('…');
    }
    text
}

fn told(answer: Result<Option<Vec<u8>>, RevisionError>) -> Result<Result<Vec<u8>, Unread>, RevisionError> {
    match answer {
        Ok(Some(bytes)) => Ok(Ok(bytes)),
        Ok(None) => {
            let what = "the file is missing; run the step that writes it";
            Ok(Err(Unread::new(MISSING, what)))
        }
        Err(RevisionError::Unreadable { why, .. }) => {
            let what = format!("the file cannot be read ({why}); its values are left out");
            Ok(Err(Unread::new(UNREADABLE, what)))
        }
        Err(error) => Err(error),
    }
}

/// The columns that a text holds: by the suffix of its path.
pub(super) fn table_of(path: &str, text: &str, header: bool) -> Result<Table, String> {
    let delimiter = match paths::suffix(path).as_str() {
        "csv" => b',',
        "tsv" => b'\t',
        _ => return table::from_value(&filled(path, text)?).map_err(|error| error.to_string()),
    };
    if text.trim().is_empty() {
        return Err(EMPTY.to_owned());
    }
    table::from_delimited(text, delimiter, header).map_err(|error| error.to_string())
}

/// The nested value of a text that must not be empty.
pub(super) fn filled(path: &str, text: &str) -> Result<Value, String> {
    if text.trim().is_empty() {
        return Err(EMPTY.to_owned());
    }
    parsed(path, text)
}

pub(super) fn parsed(path: &str, text: &str) -> Result<Value, String> {
    parse(path, text).map_err(|error| error.to_string())
}

/// DVC's name for a broken file of YAML.
const YAML: &str = "YAMLFileCorruptedError";

/// The nested value of a text, or why it is none.
pub(super) fn corrupted(path: &str, text: &str) -> Result<Value, Unread> {
    let kind = match paths::suffix(path).as_str() {
        "json" => "JSONFileCorruptedError",
        "toml" => "TOMLFileCorruptedError",
        "py" => "PythonFileCorruptedError",
        _ => YAML,
    };
    let read = if kind == YAML { yaml::parse_strictly(text) } else { parse(path, text) };
    read.map_err(|error| Unread::new(error.kind.unwrap_or(kind), error.to_string()))
}

/// The nested value of a text that must not be empty, as far as it is plain, and the dotted keys of what is not.
pub(super) fn plain(path: &str, text: &str) -> Result<(Value, Vec<String>), String> {
    match paths::suffix(path).as_str() {
        "yaml" | "yml" if !text.trim().is_empty() => {
            yaml::parse_plain(text).map_err(|error| error.to_string())
        }
        _ => Ok((filled(path, text)?, Vec::new())),
    }
}

/// Reads a text by the suffix of its path.
fn parse(path: &str, text: &str) -> Result<Value, ParseError> {
    match paths::suffix(path).as_str() {
        "json" => json::parse(text),
        // DVC's readers of these take a mark for a part of the text; ours took it off.
        "toml" | "py" if text.starts_with('\u{feff}') => Err(ParseError::at(
            text,
            0,
            "the text begins with a byte order mark; save the file as UTF-8 without one",
        )),
        "toml" => toml::parse(&unix(text)),
        "py" => python::parse(&unix(text)),
        _ => yaml::parse(text),
    }
}

/// The text as Python opens it: every line ends in LF, those inside of strings too.
fn unix(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}
