//! What a change alters in its configuration, told to the reader: none of it holds before it is merged.
//!
//! In: the change's file and the target's. Out: notices. Texts and addresses are not repeated: one may hold a key.

use std::collections::BTreeMap;

use super::read::{Entry, Value, shown};
use super::{Believed, FILE, File, Kind};
use cml_base::notice::Notice;
use cml_compare::{Rules, Turned};
use cml_report::{Change, Direction};

/// So many keys or metrics are named in one notice.
const MOST_NAMED: usize = 8;
const UNTIL: &str = "until it is merged, the target's word counts";

/// What a change's file says otherwise than the target's.
pub(crate) fn altered_keys(own: Option<&File>, target: &File) -> Option<Notice> {
    let Some(own) = own else {
        let text = format!("this change takes it away; {UNTIL}");
        return Some(Notice::about(&target.shown, text));
    };
    let (before, after) = (said(target), said(own));
    let mut altered: Vec<String> = Vec::new();
    let keys =
        target.entries.iter().chain(own.entries.iter().filter(|entry| !before.contains_key(&id(entry))));
    for entry in keys {
        let (old, new) = (before.get(&id(entry)), after.get(&id(entry)));
        if old != new && !is_only_added(entry, old, new) {
            altered.push(told(entry, old, new));
        }
    }
    // Of two globs the later one wins, so their order is a rule too.
    let order = |file: &File| file.rules().into_iter().map(|rule| rule.pattern).collect::<Vec<_>>();
    if altered.is_empty() && order(own) != order(target) {
        altered.push("the order of `metrics`".to_owned());
    }
    (!altered.is_empty())
        .then(|| Notice::about(&own.shown, format!("this change alters {}; {UNTIL}", listed(altered))))
}

/// What a change's file says where the target has none that counts.
pub(crate) fn new_keys(own: &File) -> Notice {
    let waits = own.entries.iter().filter(|entry| entry.key.believed == Believed::Target);
    let waits: Vec<String> = waits.map(name_of).collect();
    let mut text =
        "the target has no configuration that counts, so this change's counts for looks: which files are \
                    added, how metrics are written, and which way is better where a metric's name does not say it"
            .to_owned();
    if !waits.is_empty() {
        text = format!("{text}; {} from the merge on", listed(waits));
    }
    Notice::about(&own.shown, text)
}

/// Which way is better by a change's word, where the metric's name says otherwise: the name counts.
pub fn turned_directions(rules: &Rules, metrics: &[Change]) -> Option<Notice> {
    let turned = rules.turned(metrics);
    let one =
        |turned: Turned| format!("{} ({} → {})", turned.key, word(turned.guessed), word(turned.declared));
    let names: Vec<String> = turned.into_iter().map(one).collect();
    (!names.is_empty()).then(|| {
        let text = format!(
            "this change says which way is better: {}; the names say otherwise, and count until it is merged",
            listed(names)
        );
        Notice::about(FILE, text)
    })
}

/// The names by a change's word alone that are other metrics' own, and so are not used.
pub fn exchanged_names(rules: &Rules, metrics: &[Change]) -> Option<Notice> {
    let kept = rules.kept_apart(metrics);
    let names: Vec<String> = kept.into_iter().map(|(key, name)| format!("{key} as {name}")).collect();
    (!names.is_empty()).then(|| {
        let text = format!(
            "this change names metrics as others are called: {}; they keep their keys",
            listed(names)
        );
        Notice::about(FILE, text)
    })
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Higher => "higher",
        Direction::Lower => "lower",
        Direction::Fact => "fact",
        Direction::Unknown => "none",
    }
}

type Id<'a> = (&'static str, Option<&'a str>);

fn id(entry: &Entry) -> Id<'_> {
    (entry.key.path, entry.name.as_deref())
}

/// What a file says, with its folders as they count from the repository's top.
fn said(file: &File) -> BTreeMap<Id<'_>, Value> {
    let value = |entry: &Entry| match (entry.key.kind, &entry.value) {
        (Kind::Store, Value::Text(store)) => Value::Text(file.place(store)),
        _ => entry.value.clone(),
    };
    file.entries.iter().map(|entry| (id(entry), value(entry))).collect()
}

/// Globs that are added to the target's count at once.
fn is_only_added(entry: &Entry, old: Option<&Value>, new: Option<&Value>) -> bool {
    let globs = |value: Option<&Value>| match value {
        Some(Value::Globs(globs)) => globs.clone(),
        _ => Vec::new(),
    };
    let kept = globs(new);
    entry.key.believed == Believed::Added && globs(old).iter().all(|glob| kept.contains(glob))
}

/// A key as one writes it, in backticks.
fn name_of(entry: &Entry) -> String {
    let name = entry.name.as_deref();
    let parts = entry.key.path.split('.').map(|part| if part == "*" { name.unwrap_or(part) } else { part });
    shown(&parts.collect::<Vec<_>>())
}

fn told(entry: &Entry, old: Option<&Value>, new: Option<&Value>) -> String {
    let value = |value: Option<&Value>| match value {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Flag(flag)) => flag.to_string(),
        Some(Value::Whole(number)) => number.to_string(),
        Some(Value::Globs(_)) | None => "nothing".to_owned(),
    };
    let is_plain = matches!(entry.key.kind, Kind::Choice(_) | Kind::Flag | Kind::Whole(_));
    if is_plain { format!("{} ({} → {})", name_of(entry), value(old), value(new)) } else { name_of(entry) }
}

fn listed(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(MOST_NAMED);
    names.truncate(MOST_NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}
