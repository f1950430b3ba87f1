//! One tracked value on both sides, and what its change means.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_traits::{Signed as _, ToPrimitive as _, Zero as _};
use serde::{Deserialize, Serialize};

use cml_tracked::Scalar;

/// Whether higher or lower is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Higher,
    Lower,
    /// Never coloured.
    Unknown,
    /// A fact of the run (its duration, its last epoch): informs and is not counted.
    Fact,
}

/// What a change means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    Better,
    Worse,
    Unchanged,
    /// Changed, with no known direction or without a number.
    Changed,
    New,
    Removed,
    /// The other side's file is there and cannot be read: nobody knows what became of it, and it counts nowhere.
    Unreadable,
}

/// A value on one side.
#[derive(Debug, Clone, PartialEq)]
pub enum Presence {
    There(Scalar),
    Absent,
    /// The side has its file, which cannot be read, and why.
    Unreadable(String),
}

/// The difference of two numbers, new minus old.
#[derive(Debug, Clone, PartialEq)]
pub enum Delta {
    Int(BigInt),
    Float(f64),
}

/// How a metric is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Display {
    /// Shown instead of the key.
    pub name: Option<String>,
    pub measure: Option<Measure>,
    /// Decimals of numbers that are no integers; without it as many as the change needs.
    pub precision: Option<u8>,
    /// Whether the precision only adds decimals to those that the change needs, and hides none.
    pub only_adds: bool,
}

/// What a number counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    Plain,
    /// A part of one, shown as a hundred times as much and `%`.
    Percent,
    Unit(String),
}

/// One tracked value on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub path: String,
    pub key: String,
    pub old: Presence,
    pub new: Presence,
    pub delta: Option<Delta>,
    pub direction: Direction,
    /// The direction comes from the name alone.
    pub guessed: bool,
    /// The direction is declared by the author of a change alone: the verdict is not better by it.
    pub by_change: bool,
    pub judgement: Judgement,
    /// How its values are written.
    pub display: Display,
}

/// How many metrics are what, run facts aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    pub better: usize,
    pub changed: usize,
    pub new: usize,
    pub removed: usize,
    pub unchanged: usize,
    pub unreadable: usize,
    pub worse: usize,
}

impl Tally {
    /// Counts metrics; facts of the run are left out. What is better by the word of a change's author alone has changed.
    pub fn of(metrics: &[Change]) -> Self {
        let mut tally = Self::default();
        for change in metrics.iter().filter(|change| change.direction != Direction::Fact) {
            *match change.judgement {
                Judgement::Better if change.by_change => &mut tally.changed,
                Judgement::Better => &mut tally.better,
                Judgement::Worse => &mut tally.worse,
                Judgement::Changed => &mut tally.changed,
                Judgement::Unchanged => &mut tally.unchanged,
                Judgement::New => &mut tally.new,
                Judgement::Removed => &mut tally.removed,
                Judgement::Unreadable => &mut tally.unreadable,
            } += 1;
        }
        tally
    }
}

impl From<Option<Scalar>> for Presence {
    fn from(value: Option<Scalar>) -> Self {
        value.map_or(Self::Absent, Self::There)
    }
}

impl Presence {
    /// The value, if it is there.
    pub fn value(&self) -> Option<&Scalar> {
        match self {
            Self::There(value) => Some(value),
            Self::Absent | Self::Unreadable(_) => None,
        }
    }

    /// The same side with another value.
    #[must_use]
    pub fn map(&self, change: impl FnOnce(&Scalar) -> Scalar) -> Self {
        match self {
            Self::There(value) => Self::There(change(value)),
            other => other.clone(),
        }
    }

    fn text_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::There(Scalar::Text(text)) | Self::Unreadable(text) => Some(text),
            Self::There(Scalar::Null | Scalar::Bool(_) | Scalar::Int(_) | Scalar::Float(_))
            | Self::Absent => None,
        }
    }
}

impl Delta {
    /// Whether the new value is greater or less; `None` if that cannot be told (NaN).
    pub fn sign(&self) -> Option<Ordering> {
        match self {
            Self::Int(value) if value.is_zero() => Some(Ordering::Equal),
            Self::Int(value) => Some(if value.is_negative() { Ordering::Less } else { Ordering::Greater }),
            Self::Float(value) => value.partial_cmp(&0.0),
        }
    }

    /// As a double; infinite where an integer is beyond it.
    pub fn to_f64(&self) -> f64 {
        match self {
            Self::Int(value) => value.to_f64().unwrap_or(f64::NAN),
            Self::Float(value) => *value,
        }
    }
}

impl Change {
    /// Whether a number of which it is known which way is better is none any more: removed, unreadable, or another kind
    /// of value. Nobody can say then that the metric did not fall.
    pub fn is_lost(&self) -> bool {
        let has_direction = matches!(self.direction, Direction::Higher | Direction::Lower);
        let is_number = |side: &Presence| matches!(side.value(), Some(Scalar::Int(_) | Scalar::Float(_)));
        has_direction && is_number(&self.old) && !is_number(&self.new)
    }

    /// All that it says in the words of others.
    pub fn texts_mut(&mut self) -> Vec<&mut String> {
        let Self { path, key, old, new, display, .. } = self;
        let mut texts = vec![path, key];
        texts.extend([old, new].into_iter().filter_map(Presence::text_mut));
        texts.extend(&mut display.name);
        if let Some(Measure::Unit(unit)) = &mut display.measure {
            texts.push(unit);
        }
        texts
    }
}
