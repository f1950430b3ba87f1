//! Which way is better, guessed from a metric's name by a published table (`docs/directions.md`). What is not understood
//! is unknown, never coloured and decides nothing.

mod class;
mod grammar;
mod lexicon;
mod page;
mod spelling;
mod table;
#[cfg(test)]
mod tests;

use super::Direction;
use lexicon::Item;
use spelling::Segment;

pub use page::directions_page;

/// No name is longer: what is has no meaning to guess, and costs no time.
const LONGEST_KEY: usize = 500;

/// The direction that a metric's key suggests.
pub fn direction(key: &str) -> Direction {
    if key.len() > LONGEST_KEY {
        return Direction::Unknown;
    }
    let name = Name::of(key);
    if name.is_ambiguous(key) {
        return Direction::Unknown;
    }
    let above: Vec<Vec<Item>> =
        name.above.iter().map(|part| lexicon::items(&lexicon::words(part.text))).collect();
    let under = |at: usize| at.checked_sub(1).map(|at| above[at].as_slice());
    let is_rate = |items: &Vec<Item>| matches!(items.first(), Some(item) if item.text == "lr");
    if above.iter().any(is_rate) {
        return Direction::Fact;
    }
    if above.iter().enumerate().any(|(at, items)| grammar::hides(items, under(at))) {
        return Direction::Unknown;
    }
    match grammar::read(&name.items) {
        // Stable-Baselines3 logs how fast it learns beside when: a fact of its run.
        Direction::Higher if is_speed_of_a_run(&name.items, &above) => Direction::Fact,
        found => found,
    }
}

/// The parts of a key that name its value: `roc_auc.test` of `results.roc_auc.test`.
pub fn named_part(key: &str) -> &str {
    if key.len() > LONGEST_KEY { key } else { &key[Name::of(key).start..] }
}

/// What of a key names its value, and what stands above it.
struct Name<'a> {
    start: usize,
    items: Vec<Item>,
    above: Vec<Segment<'a>>,
}

impl<'a> Name<'a> {
    fn of(key: &'a str) -> Self {
        let mut above = spelling::segments(key);
        let mut start = 0;
        let mut words: Vec<String> = Vec::new();
        let is_phrase = |upper: &str, words: &[String]| {
            lexicon::class_of(&[lexicon::words(upper).concat(), words.concat()].concat()).is_some()
        };
        while let Some(part) = above.pop() {
            let own = lexicon::words(part.text);
            let ends = !grammar::is_transparent(&lexicon::items(&own));
            words.splice(0..0, own);
            start = part.start;
            // `rewards/margins` is one measure, though no margin is.
            let goes_on = above.last().is_some_and(|upper| is_phrase(upper.text, &words));
            if ends && !goes_on {
                break;
            }
        }
        Self { start, items: lexicon::items(&words), above }
    }

    /// `ERR` in capitals is the expected reciprocal rank, which is no error.
    fn is_ambiguous(&self, key: &str) -> bool {
        let capital = key[self.start..].split(|mark: char| !mark.is_alphanumeric()).any(|word| word == "ERR");
        capital || key[self.start..].trim_start().starts_with('-')
    }
}

fn is_speed_of_a_run(items: &[Item], above: &[Vec<Item>]) -> bool {
    let in_time = |items: &Vec<Item>| matches!(items.as_slice(), [item] if item.text == "time");
    items.iter().any(|item| item.text == "fps") && above.iter().any(in_time)
}
