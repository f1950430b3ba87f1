//! Two snapshots become changes: what differs, by how much, and whether that is good.
//!
//! Input: the files of values of both sides, the base's optional. Output: one [`Change`] per path and key, metrics in
//! the order in which a reader wants them, params in the order of their files.

mod compare;
mod delta;
mod direction;
mod divergence;
mod dvc;
mod plots;
mod rules;

use num_bigint::BigInt;

use cml_tracked::Scalar;

pub use compare::{compare_metrics, compare_params, tally, unreadable};
pub use direction::{direction, directions_page, named_part};
pub use divergence::Divergence;
pub use dvc::{FileChanges, KeyChange, compare_contents};
pub use plots::{
    ComparedPlot, DataPlot, Item, PlotFailure, PointCell, Templates, compare_plots, merged_definitions,
};

pub use rules::{Display, Measure, Rule, Rules, Turned, check_pattern};

/// Whether higher or lower is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Higher,
    Lower,
    /// Never coloured.
    Unknown,
    /// A fact of the run (its duration, its last epoch): informs and is not counted.
    Fact,
}

/// What a change means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// The difference of two numbers, new minus old.
#[derive(Debug, Clone, PartialEq)]
pub enum Delta {
    Int(BigInt),
    Float(f64),
}

/// One tracked value on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub path: String,
    pub key: String,
    pub old: Option<Scalar>,
    pub new: Option<Scalar>,
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

impl Change {
    /// Whether a number of which it is known which way is better is none any more: removed, unreadable, or another kind
    /// of value. Nobody can say then that the metric did not fall.
    pub fn is_lost(&self) -> bool {
        let has_direction = matches!(self.direction, Direction::Higher | Direction::Lower);
        let is_number = |value: &Scalar| matches!(value, Scalar::Int(_) | Scalar::Float(_));
        has_direction && self.old.as_ref().is_some_and(is_number) && !self.new.as_ref().is_some_and(is_number)
    }

    /// All that it says in the words of others.
    pub fn texts_mut(&mut self) -> Vec<&mut String> {
        let Self { path, key, old, new, display, .. } = self;
        let mut texts = vec![path, key];
        texts.extend(old.iter_mut().chain(new).filter_map(|value| match value {
            Scalar::Text(text) => Some(text),
            Scalar::Null | Scalar::Bool(_) | Scalar::Int(_) | Scalar::Float(_) => None,
        }));
        texts.extend(&mut display.name);
        if let Some(Measure::Unit(unit)) = &mut display.measure {
            texts.push(unit);
        }
        texts
    }
}

/// How many metrics are what, run facts aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub better: usize,
    pub worse: usize,
    pub changed: usize,
    pub unchanged: usize,
    pub new: usize,
    pub removed: usize,
    pub unreadable: usize,
}
