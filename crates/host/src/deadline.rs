//! When a run must have its answer.
//!
//! A run may take [`READING`] for reading and comparing and [`DELIVERING`] for delivering, however many children and
//! requests that takes. What a deadline bites is a notice, or an undelivered report; never a job that hangs. The
//! clock is read here and by whoever holds a [`Deadline`]; stages without the world are handed neither.

use std::time::{Duration, Instant};

/// For finding the base, fetching, reading and comparing.
pub const READING: Duration = Duration::from_secs(120);
/// For all requests that post a report, waits for a forge's limits among them.
pub const DELIVERING: Duration = Duration::from_secs(600);

/// A point in time, or none: [`Deadline::default`] never comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deadline {
    end: Option<Instant>,
    allowed: Duration,
}

impl Deadline {
    /// So long from now.
    pub fn within(allowed: Duration) -> Self {
        // A time that no clock can name never comes.
        Self { end: Instant::now().checked_add(allowed), allowed }
    }

    /// One that never comes.
    pub fn never() -> Self {
        Self::default()
    }

    /// This one, or `most` from now if that is earlier.
    #[must_use]
    pub fn at_most(self, most: Duration) -> Self {
        let own = Self::within(most);
        match (self.end, own.end) {
            (Some(one), Some(other)) if one <= other => self,
            (Some(_), None) => self,
            _ => own,
        }
    }

    /// This one, or `least` from now if that is later: for what takes no time, and must not fail because something
    /// else took too long.
    #[must_use]
    pub fn at_least(self, least: Duration) -> Self {
        if self.left().is_none_or(|left| left >= least) { self } else { Self::within(least) }
    }

    /// The same time again from now, for the next round of something that goes on (`--watch`).
    #[must_use]
    pub fn renewed(self) -> Self {
        if self.end.is_some() { Self::within(self.allowed) } else { self }
    }

    /// What is left of it: nothing if it is over, `None` if it never comes.
    pub fn left(&self) -> Option<Duration> {
        self.end.map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// What is left of it, and at most so long.
    pub fn left_of(&self, most: Duration) -> Duration {
        self.left().map_or(most, |left| left.min(most))
    }

    pub fn is_over(&self) -> bool {
        self.left() == Some(Duration::ZERO)
    }

    /// The point in time itself.
    pub fn end(&self) -> Option<Instant> {
        self.end
    }

    /// How long it was when it was set, for people: `120 s`, `0.5 s`.
    pub fn allowed(&self) -> String {
        format!("{} s", self.allowed.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earlier_of_two_counts_and_none_never_comes() {
        let (short, long) = (Duration::from_secs(5), Duration::from_secs(500));
        assert_eq!(Deadline::within(short).at_most(long).allowed(), "5 s");
        assert_eq!(Deadline::within(long).at_most(short).allowed(), "5 s");
        assert_eq!(Deadline::never().at_most(short).allowed(), "5 s");
        assert_eq!(Deadline::within(short).at_least(long).allowed(), "500 s");
        assert_eq!(Deadline::within(long).at_least(short).allowed(), "500 s");
        assert_eq!(Deadline::never().at_least(short), Deadline::never());
        assert_eq!((Deadline::never().left(), Deadline::never().is_over()), (None, false));
        assert!(Deadline::within(Duration::ZERO).is_over());
        assert!(!Deadline::within(Duration::MAX).is_over());
        assert_eq!(Deadline::within(Duration::from_millis(500)).allowed(), "0.5 s");
        assert!(Deadline::within(long).left_of(short) == short);
        assert_eq!(Deadline::never().renewed(), Deadline::never());
        assert!(!Deadline::within(short).renewed().is_over());
    }
}
