//! Which file counts for which key, and what a change alters.
//!
//! In: the file on disk and, where the author of a change wrote it, the base's. Out: a [`Config`] and notices. A rule
//! that a change alters is shown as a change.

use super::read::Value;
use super::{Author, Believed, Config, ConfigError, FILE, File, KEYS, Key, Kind, Policy};
use crate::diff::{Altered, Change, Direction, Rules};
use crate::notice::Notice;

/// So many metrics are named in one notice.
const MOST_NAMED: usize = 8;

/// What counts of the file on disk and of the base's, and what the reader should know about it. `project` is the
/// project's folder inside the repository; it may lie below the file's.
pub fn resolve(
    own: Option<&File>,
    author: Author<'_>,
    project: &str,
) -> Result<(Config, Vec<Notice>), ConfigError> {
    let below = own.map(|own| own.below(project)).unwrap_or_default();
    let mut config = Config { below, ..Config::default() };
    let mut notices = Vec::new();
    let rules_of = |file: Option<&File>| file.map(File::rules).unwrap_or_default();
    let rules = match author {
        Author::Trusted => Rules::new(rules_of(own)),
        Author::OfChange(base) => Rules::under(rules_of(own), rules_of(base)),
    };
    config.rules = rules.map_err(|why| ConfigError::Unreadable {
        file: own.map_or_else(|| FILE.to_owned(), |file| file.shown.clone()),
        why: format!("the metrics' names are too many or too long: {why}"),
    })?;
    for key in &KEYS {
        let file = match (author, key.believed) {
            (Author::OfChange(base), Believed::Base) => base,
            _ => own,
        };
        if let Some((file, value)) = file.and_then(|file| Some((file, file.value_of(key.path)?))) {
            config.set(key, value, file, project);
        }
    }
    if let Author::OfChange(base) = author {
        notices.extend(altered_keys(own, base));
    }
    Ok((config, notices))
}

impl Config {
    fn set(&mut self, key: &Key, value: &Value, file: &File, project: &str) {
        let Self { base, sources, rules: _, comment, asset, below: _ } = self;
        let globs = |value: &Value| match value {
            Value::Globs(globs) => globs.iter().map(|glob| file.glob(glob, key.path, project)).collect(),
            _ => Vec::new(),
        };
        let text = |value: &Value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        match key.path {
            "base" => *base = text(value),
            "sources.metrics" => sources.metrics = globs(value),
            "sources.params" => sources.params = globs(value),
            "sources.plots" => sources.plots = globs(value),
            "sources.include" => sources.include = globs(value),
            "sources.exclude" => sources.exclude = globs(value),
            "comment.key" => comment.key = text(value),
            "comment.policy" => comment.policy = text(value).as_deref().and_then(policy),
            "asset.store" => asset.store = text(value).map(|store| file.place(&store)),
            "asset.url" => asset.url = text(value),
            "asset.publish-url" => asset.publish_url = text(value),
            // The metrics' rules have been taken together.
            _ => {}
        }
    }
}

/// What the author of a change says otherwise than the base, where the base is believed. Values are not shown: an
/// address may hold a key.
fn altered_keys(own: Option<&File>, base: Option<&File>) -> Option<Notice> {
    let place = |file: Option<&File>, key: &Key| {
        let (file, value) = file.and_then(|file| Some((file, file.value_of(key.path)?)))?;
        Some(match (key.kind, value) {
            (Kind::Store, Value::Text(store)) => Value::Text(file.place(store)),
            _ => value.clone(),
        })
    };
    let believed = KEYS.iter().filter(|key| key.believed == Believed::Base);
    let altered: Vec<String> = believed
        .filter(|key| place(own, key) != place(base, key))
        .map(|key| format!("`{}`", key.path))
        .collect();
    let file = own.or(base)?;
    (!altered.is_empty()).then(|| {
        Notice::about(
            &file.shown,
            format!(
                "this change alters {}; here the base's word counts, and the change's once it is merged",
                altered.join(", ")
            ),
        )
    })
}

/// What the author of a change says of directions otherwise than the base.
pub fn altered_directions(rules: &Rules, metrics: &[Change]) -> Vec<Notice> {
    let altered = rules.altered(metrics);
    let (declared, guessed): (Vec<&Altered>, Vec<&Altered>) =
        altered.iter().partition(|altered| altered.base_counts);
    let word = |direction: Option<Direction>| match direction {
        Some(Direction::Higher) => "higher",
        Some(Direction::Lower) => "lower",
        Some(Direction::Fact) => "fact",
        Some(Direction::Unknown) => "none",
        None => "nothing",
    };
    let named = |list: &[&Altered]| {
        let one = |altered: &&Altered| {
            format!("{} ({} → {})", altered.key, word(Some(altered.base)), word(altered.own))
        };
        let mut names: Vec<String> = list.iter().take(MOST_NAMED).map(one).collect();
        if list.len() > MOST_NAMED {
            names.push(format!("{} more", list.len() - MOST_NAMED));
        }
        names.join(", ")
    };
    let told = [
        (&declared, "here the base's word counts, and the change's once it is merged"),
        (&guessed, "the base declares none, and the names say otherwise"),
    ];
    let told = told.into_iter().filter(|(list, _)| !list.is_empty());
    told.map(|(list, what)| {
        Notice::about(FILE, format!("this change alters which way is better: {}; {what}", named(list)))
    })
    .collect()
}

fn policy(word: &str) -> Option<Policy> {
    match word {
        "update" => Some(Policy::Update),
        "recreate" => Some(Policy::Recreate),
        "only-changes" => Some(Policy::OnlyChanges),
        "only-regressions" => Some(Policy::OnlyRegressions),
        _ => None,
    }
}
