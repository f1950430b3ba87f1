//! Legs of one run that share a key: which comment belongs to which.
//!
//! In: our comments under a key. Out: the ordinal of each, and the one that a run may claim.
//!
//! A leg without a lasting name (a matrix that the program is not told) cannot know which comment was its own in the run
//! before. So the legs of a run and attempt claim ordinals: the lowest that no other leg of it has claimed. Two legs
//! never have one ordinal; whoever lists the comments comes to the same assignment, as the older comment keeps its own.
//! What is a leg is told by the job's identity (`Mark::leg`), not by the process: a second step of the same job, or a
//! round of `--watch`, is the same leg. Two jobs of different names that are given one key on purpose are no legs.

use std::collections::BTreeSet;

use super::mark::Mark;

/// The ordinals of comments with these marks, oldest first.
pub(super) fn ordinals(marks: &[&Mark]) -> Vec<usize> {
    let mut given: Vec<Option<usize>> = Vec::with_capacity(marks.len());
    for (at, mark) in marks.iter().enumerate() {
        let is_taken =
            |(other, has): (&&Mark, &Option<usize>)| *has == Some(mark.ordinal) && other.is_sibling(mark);
        let taken = marks[..at].iter().zip(&given).any(is_taken);
        given.push((!taken).then_some(mark.ordinal));
    }
    for at in 0..marks.len() {
        if given[at].is_none() {
            let siblings = marks.iter().zip(&given).filter(|(other, _)| other.is_sibling(marks[at]));
            let taken: BTreeSet<usize> = siblings.filter_map(|(_, has)| *has).collect();
            given[at] = lowest_free(&taken);
        }
    }
    given.into_iter().map(|ordinal| ordinal.unwrap_or(1)).collect()
}

/// The ordinal that a run with this mark takes: its own of this run, else that of a lasting name, else the lowest that
/// is free of those that are there, else the lowest that is free: there may be gaps, and what stands behind one would
/// stay for ever. `round`: how often others were faster; then the free ones that are there are spread over the legs.
pub(super) fn claim(mark: &Mark, ours: &[(&Mark, usize)], round: usize) -> usize {
    if mark.leg.is_none() {
        return 1;
    }
    if let Some((_, own)) = ours.iter().find(|(other, _)| mark.is_own(other)) {
        return *own;
    }
    let siblings = ours.iter().filter(|(other, _)| other.is_sibling(mark));
    let taken: BTreeSet<usize> = siblings.map(|(_, ordinal)| *ordinal).collect();
    let named = ours.iter().find(|(other, ordinal)| other.leg == mark.leg && !taken.contains(ordinal));
    if let Some((_, ordinal)) = named {
        return *ordinal;
    }
    let there: BTreeSet<usize> = ours.iter().map(|(_, ordinal)| *ordinal).collect();
    let free: Vec<usize> = there.difference(&taken).copied().collect();
    if round > 0 && !free.is_empty() {
        let sum: usize = mark.leg.iter().flat_map(|leg| leg.bytes()).map(usize::from).sum();
        return free[(sum + round) % free.len()];
    }
    free.first().copied().or_else(|| lowest_free(&taken)).unwrap_or(1)
}

/// The ordinal for a leg whose comment bears that of a `younger` sibling, which may have ended and will not look again:
/// one that no mark of a sibling says and none is given.
pub(super) fn another(mark: &Mark, ours: &[(&Mark, usize)]) -> usize {
    let siblings = ours.iter().filter(|(other, _)| other.is_sibling(mark));
    let taken: BTreeSet<usize> = siblings.flat_map(|(other, given)| [other.ordinal, *given]).collect();
    lowest_free(&taken).unwrap_or(1)
}

fn lowest_free(taken: &BTreeSet<usize>) -> Option<usize> {
    (1..).find(|ordinal| !taken.contains(ordinal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(run: &str, leg: &str, ordinal: usize) -> Mark {
        let some = |text: &str| Some(text.to_owned());
        Mark { run: some(run), job: some("train"), leg: some(leg), ordinal, ..Mark::of_key("k") }
    }

    #[test]
    fn legs_of_one_run_have_an_ordinal_each_and_the_older_keeps_its_own() {
        let check = |marks: &[Mark], expected: &[usize]| {
            assert_eq!(ordinals(&marks.iter().collect::<Vec<_>>()), expected);
        };
        check(&[leg("1", "a", 1), leg("1", "b", 1), leg("1", "c", 2)], &[1, 3, 2]);
        check(&[leg("1", "a", 1), leg("1", "b", 1), leg("1", "c", 1)], &[1, 2, 3]);
        // Another run's, and a double of the same leg, are in nobody's way.
        check(&[leg("1", "a", 1), leg("2", "b", 1), leg("1", "a", 1)], &[1, 1, 1]);
        check(&[leg("1", "a", 2), leg("1", "b", 2)], &[2, 1]);
        check(&[Mark::of_key("k"), Mark::of_key("k")], &[1, 1]);
    }

    #[test]
    fn a_leg_claims_its_own_then_its_name_then_the_lowest_that_is_free() {
        let check = |ours: &[Mark], mine: Mark, round: usize, expected: usize| {
            let ours: Vec<(&Mark, usize)> = ours.iter().map(|mark| (mark, mark.ordinal)).collect();
            assert_eq!(claim(&mine, &ours, round), expected);
        };
        let before = [leg("1", "a", 1), leg("1", "b", 2), leg("1", "c", 3)];
        check(&[], leg("1", "a", 1), 0, 1);
        check(&before, leg("1", "b", 1), 0, 2);
        check(&before, leg("2", "c", 1), 0, 3);
        check(&before, leg("2", "x", 1), 0, 1);
        check(&before, leg("1", "x", 1), 0, 4);
        // One between two is missing: what is there goes first.
        check(&[leg("1", "a", 1), leg("1", "b", 3)], leg("2", "x", 1), 0, 1);
        check(&[leg("2", "a", 1), leg("1", "b", 3)], leg("2", "x", 1), 0, 3);
        check(&[leg("2", "a", 1), leg("1", "b", 2)], leg("2", "b", 1), 0, 2);
        check(&[leg("2", "b", 1), leg("1", "b", 2)], leg("2", "x", 1), 0, 2);
        check(&[leg("2", "b", 1), leg("1", "b", 2), leg("1", "c", 3)], leg("2", "y", 1), 1, 2);
        check(&[leg("2", "b", 1), leg("1", "b", 2), leg("1", "c", 3)], leg("2", "y", 1), 2, 3);
        check(&before, Mark { leg: None, ..leg("2", "x", 1) }, 0, 1);
    }
}
