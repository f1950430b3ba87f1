//! The text of a file becomes checked entries, or every fault in it with its place.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Fault;
use super::schema::{self, At, Key, Kind};
use cml_base::pattern;
use cml_base::text;
use cml_compare as diff;
use cml_tracked as tracked;

/// So many faults are told, and so many are kept to find the first ones.
pub(crate) const MOST_FAULTS: usize = 20;
const MOST_KEPT: usize = 200;
/// More of these are no configuration that somebody wrote.
const MOST_PER_LIST: usize = 500;
const MOST_ENTRIES: usize = 2_000;
/// So long may a text be, in characters; a unit or a name stands in a table's cell.
const LONGEST: usize = 1_000;
const LONGEST_LABEL: usize = 60;
const LONGEST_UNIT: usize = 16;
/// A wrong word that is longer is not repeated: somebody may have put a secret there.
const LONGEST_SHOWN: usize = 20;

/// One key of the file with its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: &'static Key,
    /// What `*` stands for.
    pub(crate) name: Option<String>,
    pub(crate) value: Value,
}

/// A checked value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Globs(Vec<String>),
    Flag(bool),
    Whole(u8),
}

/// Reads a whole file; `table` names the one that is ours (`["tool", "cml"]`), and is empty for all of it. `None`: the
/// file has no such table. The error holds the first faults, and how many more there are.
pub(crate) fn read(text: &str, table: &[&str]) -> Result<Option<Vec<Entry>>, (Vec<Fault>, usize)> {
    let root = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(text.len(), |span| span.start);
        let what = error.message().lines().next().unwrap_or("no valid TOML").to_owned();
        (vec![Fault::at(text, at, what)], 0)
    })?;
    let mut ours = root.get_ref();
    for name in table {
        match ours.get(*name).map(Spanned::get_ref) {
            Some(DeValue::Table(inner)) => ours = inner,
            _ => return Ok(None),
        }
    }
    let mut reader = Reader { entries: Vec::new(), faults: Vec::new(), more: 0 };
    reader.table(ours, &mut Vec::new());
    reader.together();
    let Reader { entries, mut faults, mut more } = reader;
    if faults.is_empty() {
        return Ok(Some(entries.into_iter().map(|(entry, _)| entry).collect()));
    }
    faults.sort();
    more += faults.len().saturating_sub(MOST_FAULTS);
    faults.truncate(MOST_FAULTS);
    Err((faults.into_iter().map(|(at, what)| Fault::at(text, at, what)).collect(), more))
}

struct Reader {
    entries: Vec<(Entry, Range<usize>)>,
    /// The byte that each is about, and what is wrong.
    faults: Vec<(usize, String)>,
    /// Faults that were only counted.
    more: usize,
}

impl Reader {
    fn table<'t>(&mut self, table: &'t DeTable<'t>, path: &mut Vec<&'t str>) {
        for (name, value) in table {
            path.push(name.get_ref());
            match (schema::at(path), value.get_ref()) {
                (At::Unknown, inner) => {
                    // Looking for the nearest is not for free, and only the first are told.
                    let is_told = self.faults.len() < MOST_KEPT;
                    let is_table = matches!(inner, DeValue::Table(_));
                    let what = if is_told { unknown(path, is_table) } else { String::new() };
                    self.fault(&name.span(), what);
                }
                (At::Table, DeValue::Table(inner)) => {
                    if let ["metrics", pattern] = path[..]
                        && let Err(why) = diff::check_pattern(pattern)
                    {
                        let what = format!("{} is neither a name nor a glob: {why}", shown(path));
                        self.fault(&name.span(), what);
                    }
                    self.table(inner, path);
                }
                (At::Table, other) => {
                    let known = schema::names_below(path).join(", ");
                    let known = if known.is_empty() { String::new() } else { format!(" with {known}") };
                    let what = format!("{} is {}; it takes a table{known}", shown(path), article(other));
                    self.fault(&value.span(), what);
                }
                (At::Key(key), _) => self.entry(key, path, value),
            }
            path.pop();
        }
    }

    fn entry(&mut self, key: &'static Key, path: &[&str], value: &Spanned<DeValue<'_>>) {
        if self.entries.len() == MOST_ENTRIES {
            return self.fault(&value.span(), format!("at most {MOST_ENTRIES} keys are read"));
        }
        let name = key.path.split('.').zip(path).find(|(part, _)| *part == "*");
        let name = name.map(|(_, name)| (*name).to_owned());
        match checked(key, &shown(path), value) {
            Ok(checked) => self.entries.push((Entry { key, name, value: checked }, value.span())),
            Err((span, what)) => self.fault(&span, what),
        }
    }

    /// What only makes sense, or none, together.
    fn together(&mut self) {
        let find = |path: &str, name: Option<&str>| {
            let is_it = |entry: &Entry| entry.key.path == path && entry.name.as_deref() == name;
            self.entries.iter().find(|(entry, _)| is_it(entry)).map(|(_, span)| span.clone())
        };
        let mut faults = Vec::new();
        let (store, url) = (find("asset.store", None), find("asset.url", None));
        let server = find("asset.publish-url", None);
        match (&store, &url) {
            (Some(span), None) => {
                faults.push((
                    span.clone(),
                    "`asset.store` needs `asset.url`, the address under which others see it",
                ));
            }
            (None, Some(span)) => {
                faults.push((span.clone(), "`asset.url` is that of `asset.store`, which is missing"))
            }
            _ => {}
        }
        if let (Some(_), Some(span)) = (&store, server) {
            faults.push((span, "`asset.publish-url` and `asset.store` are two stores; keep one"));
        }
        for (entry, span) in &self.entries {
            let percent = entry.key.path == "metrics.*.percent" && entry.value == Value::Flag(true);
            if percent && find("metrics.*.unit", entry.name.as_deref()).is_some() {
                faults.push((span.clone(), "`percent` and `unit` are two units; keep one"));
            }
        }
        for (span, what) in faults {
            self.fault(&span, what.to_owned());
        }
    }

    fn fault(&mut self, span: &Range<usize>, what: String) {
        if self.faults.len() < MOST_KEPT {
            self.faults.push((span.start, what));
        } else {
            self.more += 1;
        }
    }
}

/// Checks one value; the error has its place.
fn checked(key: &Key, shown: &str, value: &Spanned<DeValue<'_>>) -> Result<Value, (Range<usize>, String)> {
    let wrong = |what: String| Err((value.span(), what));
    match (key.kind, value.get_ref()) {
        (Kind::Flag, DeValue::Boolean(flag)) => Ok(Value::Flag(*flag)),
        (Kind::Whole(most), DeValue::Integer(number)) => {
            match u8::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) if number <= most => Ok(Value::Whole(number)),
                _ => wrong(format!("{shown} is out of range; it takes 0 to {most}")),
            }
        }
        (Kind::Globs, DeValue::Array(items)) if items.len() > MOST_PER_LIST => {
            wrong(format!("{shown} has {} globs; at most {MOST_PER_LIST} are read", items.len()))
        }
        (Kind::Globs, DeValue::Array(items)) => {
            let globs = items.iter().map(|item| match item.get_ref() {
                DeValue::String(glob) => match check_glob(glob) {
                    Ok(()) => Ok(glob.to_string()),
                    Err(why) => Err((item.span(), format!("{shown}: {why}"))),
                },
                other => Err((item.span(), format!("{shown} holds {}; it takes texts", article(other)))),
            });
            Ok(Value::Globs(globs.collect::<Result<_, _>>()?))
        }
        (Kind::Globs, DeValue::String(glob)) => match check_glob(glob) {
            Ok(()) => Ok(Value::Globs(vec![glob.to_string()])),
            Err(why) => wrong(format!("{shown}: {why}")),
        },
        (Kind::Text | Kind::Choice(_) | Kind::Store | Kind::Address, DeValue::String(text)) => {
            match check_text(key, text) {
                Ok(()) => Ok(Value::Text(text.trim().to_owned())),
                Err(why) => wrong(format!("{shown} {why}")),
            }
        }
        (kind, other) => wrong(format!("{shown} is {}; it takes {}", article(other), wanted(kind))),
    }
}

/// A path as one writes it, quoted where TOML needs it.
pub(crate) fn shown(path: &[&str]) -> String {
    let part = |part: &&str| {
        let is_bare = !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        let short: String = part.chars().take(LONGEST_LABEL).collect();
        if is_bare { short } else { format!("{short:?}") }
    };
    format!("`{}`", path.iter().map(part).collect::<Vec<_>>().join("."))
}

fn unknown(path: &[&str], is_table: bool) -> String {
    let what = format!("unknown key {}", shown(path));
    // `[metrics.train.loss]` is two names for TOML.
    if let ["metrics", names @ .., last] = path
        && !names.is_empty()
        && is_table
    {
        let name = [names, &[last]].concat().join(".");
        return format!("{what}; a name with dots stands in quotes: [metrics.{name:?}]");
    }
    match schema::nearest(path, is_table) {
        Some(known) => format!("{what}; did you mean `{known}`?"),
        None => {
            let known = schema::names_below(&path[..path.len() - 1]);
            format!("{what}; known are {}", known.join(", "))
        }
    }
}

/// Whether a text behind a number is a unit: with digits, arrows or pictures it could be taken for a value or a verdict.
fn is_unit(text: &str) -> bool {
    let letters = text.strip_prefix("1/").unwrap_or(text);
    let is_sign = |c: char| c.is_alphabetic() || "%‰°·/^²³⁻¹€$£ ".contains(c);
    letters.chars().count() <= LONGEST_UNIT && letters.chars().all(is_sign)
}

fn check_text(key: &Key, text: &str) -> Result<(), String> {
    let text = text.trim();
    let longest =
        if matches!(key.path, "metrics.*.name" | "metrics.*.unit") { LONGEST_LABEL } else { LONGEST };
    if text.is_empty() {
        return Err("is empty; leave it out".to_owned());
    }
    if text.chars().count() > longest {
        return Err(format!("is too long; at most {longest} characters are read"));
    }
    if !text::is_plain(text) {
        return Err("has line breaks, control characters or characters that are not seen in it".to_owned());
    }
    if key.path == "metrics.*.unit" && !is_unit(text) {
        let what = "is not a unit: at most 16 letters and the signs % ‰ ° · / ^ ² ³ ⁻ ¹ € $ £, or 1/UNIT";
        return Err(what.to_owned());
    }
    match key.kind {
        Kind::Choice(known) if !known.contains(&text) => {
            let known = known.join(", ");
            Err(if text.chars().count() > LONGEST_SHOWN {
                format!("is none of its words; known are {known}")
            } else {
                format!("is {text:?}; known are {known}")
            })
        }
        Kind::Address if !(text.starts_with("https://") || text.starts_with("http://")) => {
            Err("is not a web address (https://HOST/PATH)".to_owned())
        }
        _ => Ok(()),
    }
}

fn check_glob(glob: &str) -> Result<(), String> {
    if glob.trim().is_empty() {
        return Err("a glob is empty; leave it out".to_owned());
    }
    let leaves = glob.split(['/', '\\']).any(|part| part == "..");
    if leaves || glob.starts_with(['/', '\\']) || glob.get(1..3) == Some(":\\") {
        return Err(format!("{} leads out of the file's folder; name files below it", pattern::shown(glob)));
    }
    tracked::check_glob(glob).map_err(|why| {
        format!(
            "{} is not a valid glob: {why}; * stands for a part of a name, ** for folders",
            pattern::shown(glob)
        )
    })
}

fn wanted(kind: Kind) -> String {
    match kind {
        Kind::Text => "a text".to_owned(),
        Kind::Choice(known) => format!("one of {}", known.join(", ")),
        Kind::Globs => "a list of texts".to_owned(),
        Kind::Flag => "true or false".to_owned(),
        Kind::Whole(most) => format!("a whole number from 0 to {most}"),
        Kind::Store => "a folder or an address as a text".to_owned(),
        Kind::Address => "an address as a text".to_owned(),
    }
}

fn article(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
