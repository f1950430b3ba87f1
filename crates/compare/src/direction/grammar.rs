//! Which way is better, read from the words of a name.
//!
//! An English compound means its last word, so a measure may have anything in front of it that says of what
//! (`tool_call_accuracy`) and only what is understood behind it (`accuracy_mean`, but not `accuracy_bucket`). A word that
//! makes it another thing, two measures that speak both ways, or a measure of many senses beside an unknown word
//! (`heat_loss`) leave the name unknown.

use super::super::Direction;
use super::class::Class;
use super::lexicon::Item;

impl Item {
    fn is(&self, classes: &[Class]) -> bool {
        self.class.is_some_and(|class| classes.contains(&class))
    }

    fn measure(&self) -> Option<Direction> {
        match self.class? {
            Class::Higher | Class::HigherAlone | Class::Output => Some(Direction::Higher),
            Class::Lower | Class::LowerAlone | Class::Error | Class::Usage => Some(Direction::Lower),
            _ => None,
        }
    }

    fn is_change(&self) -> bool {
        self.is(&[
            Class::Fall,
            Class::Rise,
            Class::Drop,
            Class::Gain,
            Class::Saving,
            Class::Worsening,
            Class::Improvement,
        ])
    }

    /// Says another thing than a measure does.
    fn is_other(&self) -> bool {
        self.is(&[Class::Other, Class::Setting, Class::Counter, Class::Counted, Class::Fact])
    }

    /// Changes nothing behind a measure.
    fn is_filler(&self) -> bool {
        self.is_number
            || self.is(&[
                Class::Qualifier,
                Class::Generic,
                Class::Part,
                Class::Unit,
                Class::Progress,
                Class::Top,
                Class::Before,
            ])
    }

    fn is_unknown(&self) -> bool {
        self.class.is_none() && !self.is_number
    }
}

/// Whether a segment names no value by itself, so that the one before it does: `roc_auc.test`, `f1/macro`.
pub(super) fn is_transparent(items: &[Item]) -> bool {
    items.iter().all(|item| (item.is_filler() && !item.is(&[Class::Progress])) || item.is_change())
}

/// Whether all below a segment of this name is something else than what it says: `thresholds.f1`, `config.loss`.
pub(super) fn hides(items: &[Item], under: Option<&[Item]>) -> bool {
    let last = items.iter().rev().find(|item| !item.is_filler());
    let of_tasks = under.is_some_and(|items| items.iter().all(|item| item.text == "results"));
    let is_change =
        !of_tasks && last.is_some_and(Item::is_change) && !items.iter().any(|item| item.measure().is_some());
    is_change || last.is_some_and(|item| item.is(&[Class::Other, Class::Setting, Class::Counter]))
}

/// The direction that the items of a name tell.
pub(super) fn read(items: &[Item]) -> Direction {
    if is_fact(items) {
        return Direction::Fact;
    }
    let (head, condition) = match items.iter().position(|item| item.is(&[Class::Condition])) {
        Some(at) => (&items[..at], &items[at + 1..]),
        None => (items, [].as_slice()),
    };
    let spoils = |item: &Item| item.is_change() || item.is(&[Class::Other, Class::Counter, Class::Fact]);
    if head.iter().any(Item::is_other) || condition.iter().any(spoils) {
        return Direction::Unknown;
    }
    measure(head)
}

/// A fact of the run: nothing but words of facts, and of when and where.
fn is_fact(items: &[Item]) -> bool {
    let plain =
        items.iter().all(|item| item.is_filler() || item.is(&[Class::Fact, Class::Counter, Class::Counted]));
    let is_fact = items.iter().any(|item| item.is(&[Class::Fact, Class::Progress]));
    let counted = items.iter().any(|item| item.is(&[Class::Counted]))
        && items.iter().any(|item| item.is(&[Class::Counter, Class::Qualifier, Class::Before]));
    let rates = items.first().is_some_and(|item| item.text == "lr" || item.text == "learningrate")
        && !items.iter().any(|item| item.measure().is_some() || item.is(&[Class::Other, Class::Setting]));
    (plain && (is_fact || counted)) || rates
}

/// A name of a measure, without its condition.
fn measure(items: &[Item]) -> Direction {
    let end = items.iter().rposition(|item| !item.is_filler()).map_or(0, |at| at + 1);
    let (body, fillers) = items.split_at(end);
    let Some(last) = body.last() else { return by_top(items) };
    if last.is_change() {
        return changed(last, &items[..end - 1]);
    }
    let first = items.iter().position(|item| item.measure().is_some());
    let is_skill = items.iter().any(|item| item.is(&[Class::Skill]));
    if is_skill {
        return if first.is_some() && !last.is_unknown() { Direction::Higher } else { Direction::Unknown };
    }
    if last.measure().is_none() || items.iter().any(Item::is_change) {
        return Direction::Unknown;
    }
    let before = &items[..first.unwrap_or(0)];
    if !is_sound(body, fillers) {
        return Direction::Unknown;
    }
    turned(before, body, together(body))
}

/// `top1` alone is an accuracy.
fn by_top(items: &[Item]) -> Direction {
    let has_top = items.iter().any(|item| item.is(&[Class::Top]));
    let plain =
        items.iter().all(|item| item.is_number || item.is(&[Class::Top, Class::Qualifier, Class::Progress]));
    if has_top && plain { Direction::Higher } else { Direction::Unknown }
}

/// A change of a measure: `accuracy_drop`, `error_reduction`.
fn changed(change: &Item, of: &[Item]) -> Direction {
    use Direction::{Higher, Lower, Unknown};
    let way = measure(of);
    match (change.class, way) {
        (_, Unknown | Direction::Fact) => Unknown,
        (Some(Class::Worsening), _)
        | (Some(Class::Fall | Class::Drop), Higher)
        | (Some(Class::Rise), Lower) => Lower,
        (Some(Class::Improvement), _)
        | (Some(Class::Fall | Class::Saving), Lower)
        | (Some(Class::Rise | Class::Gain), Higher) => Higher,
        _ => Unknown,
    }
}

/// Whether the words around the measures leave them what they say.
fn is_sound(body: &[Item], fillers: &[Item]) -> bool {
    let Some(last) = body.last() else { return false };
    let first = body.iter().position(|item| item.measure().is_some()).unwrap_or(0);
    let strict = body.iter().any(|item| item.is(&[Class::HigherAlone, Class::LowerAlone, Class::Usage]));
    if strict && body.iter().any(Item::is_unknown) {
        return false;
    }
    // Seconds of an accuracy are the time that it took to find.
    let has_unit = || body.iter().chain(fillers).any(|item| item.is(&[Class::Unit]));
    if last.is(&[Class::Higher, Class::HigherAlone]) && has_unit() {
        return false;
    }
    // A score of something bad may count its absence; the sum of an accuracy is a count.
    let is_score = fillers.first().is_some_and(|item| item.text == "score");
    let total = fillers.iter().any(|item| item.is(&[Class::Before]));
    !(is_score && last.is(&[Class::LowerAlone, Class::Usage]) || total || is_bound(last, &body[..first]))
}

/// A least accuracy, memory or a greatest cost may be what is asked for.
fn is_bound(measure: &Item, before: &[Item]) -> bool {
    let has = |words: [&str; 2]| before.iter().any(|item| words.contains(&item.text.as_str()));
    let least = measure.is(&[Class::Higher, Class::HigherAlone, Class::Output, Class::Usage])
        && has(["min", "minimum"]);
    least || (measure.text.starts_with("cost") && has(["max", "maximum"]))
}

/// What several measures in one name say: the same, or a loss of something good.
fn together(body: &[Item]) -> Direction {
    let mut ways = body.iter().filter_map(Item::measure);
    let Some(first) = ways.next() else { return Direction::Unknown };
    let is_loss = body.last().is_some_and(|item| item.text == "loss" || item.text == "losses");
    let all_good = body.iter().rev().skip(1).filter_map(Item::measure).all(|way| way == Direction::Higher);
    if ways.all(|way| way == first) {
        first
    } else if is_loss && all_good {
        Direction::Lower
    } else {
        Direction::Unknown
    }
}

/// Turns a direction round where the words before the measure say so.
fn turned(before: &[Item], body: &[Item], way: Direction) -> Direction {
    let negated = body.iter().any(|item| item.is(&[Class::Negated]));
    let minus = body.iter().position(|item| item.is(&[Class::OneMinus]));
    if negated {
        let of_error =
            body.iter().filter(|item| item.measure().is_some()).all(|item| item.is(&[Class::Error]));
        let in_front = before.iter().any(|item| item.is(&[Class::Negated]));
        return if of_error && in_front && minus.is_none() { Direction::Higher } else { Direction::Unknown };
    }
    let Some(minus) = minus else { return way };
    // `1-macro_f1`, `1-shot_accuracy`: only what stands at the measure is surely taken from one.
    let at_measure = minus + 1 == before.len();
    let mut measures = body.iter().filter(|item| item.measure().is_some());
    match way {
        Direction::Higher if at_measure && measures.all(|item| !item.is(&[Class::Output])) => {
            Direction::Lower
        }
        Direction::Lower if at_measure && measures.all(|item| item.is(&[Class::Lower])) => Direction::Higher,
        _ => Direction::Unknown,
    }
}
