//! A metric that is a number on one side and none on the other: NaN, or infinite.

use super::{Change, Direction, Presence};
use cml_tracked::Scalar;

/// What became of a metric that is no number on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Divergence {
    /// A number has become NaN, or infinite where that is no good.
    Diverged,
    /// The other way round.
    Recovered,
    /// A number has become infinite to the better side: without any error, or beyond what a double holds.
    Infinite,
    /// The other way round.
    FiniteAgain,
}

impl Divergence {
    /// The word for people and programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Diverged => "diverged",
            Self::Recovered => "recovered",
            Self::Infinite => "infinite",
            Self::FiniteAgain => "finite again",
        }
    }
}

/// What a side of a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Finite,
    /// NaN, or infinite to the worse side, or to a side of which nobody knows what it means.
    Lost,
    /// Infinite to the better side.
    Boundless,
}

impl Change {
    /// What became of a metric that is no number on one side; `None` for any other, and for facts of the run.
    pub fn divergence(&self) -> Option<Divergence> {
        if self.direction == Direction::Fact {
            return None;
        }
        let state = |side: &Presence| state(side.value()?, self.direction);
        match (state(&self.old)?, state(&self.new)?) {
            (State::Finite | State::Boundless, State::Lost) => Some(Divergence::Diverged),
            (State::Lost, State::Finite) => Some(Divergence::Recovered),
            (State::Finite | State::Lost, State::Boundless) => Some(Divergence::Infinite),
            (State::Boundless, State::Finite) => Some(Divergence::FiniteAgain),
            (State::Finite, State::Finite)
            | (State::Lost, State::Lost)
            | (State::Boundless, State::Boundless) => None,
        }
    }

    /// Whether a side is no finite number, so that their difference tells nothing.
    pub fn is_beyond_numbers(&self) -> bool {
        let is_beyond = |side: &Presence| {
            side.value().and_then(|value| state(value, self.direction)).is_some_and(|is| is != State::Finite)
        };
        is_beyond(&self.old) || is_beyond(&self.new)
    }
}

/// `None` for what was never meant as a number.
fn state(value: &Scalar, direction: Direction) -> Option<State> {
    let number = match value {
        Scalar::Int(_) => return Some(State::Finite),
        Scalar::Float(value) => *value,
        // JSON has no word for it, so that some write it as a text.
        Scalar::Text(text) => text.trim().parse::<f64>().ok().filter(|number| !number.is_finite())?,
        Scalar::Null | Scalar::Bool(_) => return None,
    };
    let is_good = match direction {
        Direction::Higher => number == f64::INFINITY,
        Direction::Lower => number == f64::NEG_INFINITY,
        Direction::Unknown | Direction::Fact => false,
    };
    Some(if number.is_finite() {
        State::Finite
    } else if is_good {
        State::Boundless
    } else {
        State::Lost
    })
}
