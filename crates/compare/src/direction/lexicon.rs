//! The table, ready to be asked: words are joined to the longest phrases that it knows.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::class::Class;
use super::spelling;
use super::table::TABLE;

/// A word or a phrase of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// Without spaces: `crossentropy` and `cross_entropy` are one.
    pub text: String,
    /// `None`: not in the table.
    pub class: Option<Class>,
    pub is_number: bool,
}

/// No phrase of the table has more words, however they are cut (`time_to_first_token`, `m a p 50`).
const LONGEST: usize = 8;

static LEXICON: LazyLock<HashMap<String, Class>> = LazyLock::new(|| {
    let names = TABLE.iter().flat_map(|group| names(group.words).map(|name| (joined(name), group.class)));
    names.collect()
});

/// The names of a group.
pub(super) fn names(words: &str) -> impl Iterator<Item = &str> {
    words.split(',').map(str::trim).filter(|name| !name.is_empty())
}

pub(super) fn joined(name: &str) -> String {
    name.split_whitespace().collect()
}

/// What the table says of one word or phrase, in the singular too.
pub(super) fn class_of(text: &str) -> Option<Class> {
    let find = |text: &str| LEXICON.get(text).copied();
    find(text).or_else(|| {
        let stem = text.strip_suffix('s').filter(|stem| stem.len() > 2 && !stem.ends_with('s'))?;
        let y = stem.strip_suffix("ie").and_then(|stem| find(&format!("{stem}y")));
        y.or_else(|| find(stem)).or_else(|| find(stem.strip_suffix('e').filter(|stem| stem.ends_with('s'))?))
    })
}

/// The words of a segment.
pub(super) fn words(segment: &str) -> Vec<String> {
    spelling::words(segment, |run| class_of(run).is_some())
}

/// Joins words to items, the longest first.
pub(super) fn items(words: &[String]) -> Vec<Item> {
    let mut items = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let most = LONGEST.min(words.len() - at);
        let found = (1..=most).rev().find_map(|count| {
            let text = words[at..at + count].concat();
            class_of(&text).map(|class| (count, text, class))
        });
        let is_number = word.chars().all(char::is_numeric);
        items.push(match found {
            Some((count, text, class)) => {
                at += count;
                Item { text, class: Some(class), is_number: false }
            }
            None => {
                at += 1;
                Item { text: word.clone(), class: None, is_number }
            }
        });
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_in_two_classes() {
        let mut seen: HashMap<String, Class> = HashMap::new();
        let mut twice = Vec::new();
        for group in TABLE {
            for name in names(group.words) {
                let before = seen.insert(joined(name), group.class);
                twice.extend(
                    before.filter(|before| *before != group.class).map(|before| (name, before, group.class)),
                );
            }
        }
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn phrases_are_joined_and_plurals_known() {
        let check = |segment: &str, expected: &[(&str, Option<Class>)]| {
            let found = items(&words(segment));
            let found: Vec<_> = found.iter().map(|item| (item.text.as_str(), item.class)).collect();
            assert_eq!(found, expected, "{segment}");
        };
        check("val_mean_io_u", &[("val", Some(Class::Qualifier)), ("meaniou", Some(Class::Higher))]);
        check("accuracies", &[("accuracies", Some(Class::Higher))]);
        check("losses", &[("losses", Some(Class::LowerAlone))]);
        check("lossless", &[("lossless", None)]);
        check(
            "time_to_first_token_ms",
            &[("timetofirsttoken", Some(Class::Usage)), ("ms", Some(Class::Unit))],
        );
    }
}
