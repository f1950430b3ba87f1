//! What a project says of its metrics by name: which way is better, and how a value is written.
//!
//! In: patterns with their statements, in the order of the file. Out: for a metric's file and key, its direction (else
//! the guess by its name) and its display. An exact name wins over globs; of several globs the later one wins, statement
//! by statement.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Direction, Display, direction, named_part};
use cml_base::pattern::Globs;

/// What is said of the metrics that a pattern names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rule {
    /// A key, a glob over keys (`*` crosses dots and slashes), or `FILE::KEY` of either.
    pub pattern: String,
    pub direction: Option<Direction>,
    pub display: Display,
}

/// A metric whose direction the author of a change declares otherwise than its name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turned {
    pub key: String,
    pub guessed: Direction,
    pub declared: Direction,
}

/// All that is said.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    said: Layer,
    /// Whether nobody but the author of a change says so.
    is_of_change: bool,
}

impl PartialEq for Rules {
    fn eq(&self, other: &Self) -> bool {
        (&self.said.rules, self.is_of_change) == (&other.said.rules, other.is_of_change)
    }
}

impl Rules {
    /// Rules that count as they are; the error says which pattern cannot be read and why.
    pub fn new(rules: Vec<Rule>) -> Result<Self, String> {
        Ok(Self { said: Layer::new(rules)?, is_of_change: false })
    }

    /// Rules of a change's author, where the target has none.
    pub fn of_change(rules: Vec<Rule>) -> Result<Self, String> {
        Ok(Self { is_of_change: true, ..Self::new(rules)? })
    }

    /// The direction of a metric, and whether it is only guessed. A change's author decides it where the name says
    /// nothing, and takes no metric out of what is counted.
    pub fn direction(&self, path: &str, key: &str) -> (Direction, bool) {
        self.direction_from(direction(key), path, key)
    }

    /// The same, where what the name says is known already.
    pub(super) fn direction_from(&self, guess: Direction, path: &str, key: &str) -> (Direction, bool) {
        let is_way = |way: Direction| matches!(way, Direction::Higher | Direction::Lower);
        match self.said.of(path, key).direction {
            Some(declared) if !self.is_of_change => (declared, false),
            Some(declared) if declared == guess || (guess == Direction::Unknown && is_way(declared)) => {
                (declared, false)
            }
            _ => (guess, is_way(guess)),
        }
    }

    /// Whether nothing but the word of a change's author says which way is better.
    pub(super) fn is_by_change(&self, guess: Direction, path: &str, key: &str) -> bool {
        self.is_of_change
            && guess == Direction::Unknown
            && self.direction_from(guess, path, key).0 != Direction::Unknown
    }

    /// How a metric is written.
    pub fn display(&self, path: &str, key: &str) -> Display {
        let display = self.said.of(path, key).display;
        Display { only_adds: self.is_of_change && display.precision.is_some(), ..display }
    }

    /// Takes away the names by a change's author that are other metrics' too: exchanged names would tell the opposite.
    /// Beside the others the key stands: a name that only looks like another metric's is then seen.
    pub(super) fn keep_apart(&self, metrics: &mut [Change]) {
        if !self.is_of_change {
            return;
        }
        let word = |name: &str| name.trim().to_lowercase();
        // Word → the keys that are called so, or would be.
        let mut called: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for change in metrics.iter() {
            let words =
                [Some(change.key.as_str()), Some(named_part(&change.key)), change.display.name.as_deref()];
            for name in words.into_iter().flatten() {
                called.entry(word(name)).or_default().insert(change.key.clone());
            }
        }
        for change in metrics {
            let name = &mut change.display.name;
            name.take_if(|name| called.get(&word(name)).is_some_and(|keys| keys.len() > 1));
            // The key in other capitals is no other name.
            let is_key = |name: &str| [named_part(&change.key), &change.key].map(word).contains(&word(name));
            if let Some(name) = name.as_mut().filter(|name| !is_key(name)) {
                *name = format!("{name} ({})", change.key);
            }
        }
    }

    /// The metrics that keep their keys because the name by a change's author is another metric's too: key and name.
    pub fn kept_apart<'c>(&self, metrics: &'c [Change]) -> Vec<(&'c str, String)> {
        let unnamed = metrics.iter().filter(|change| self.is_of_change && change.display.name.is_none());
        let wanted = |change: &'c Change| {
            Some((change.key.as_str(), self.said.of(&change.path, &change.key).display.name?))
        };
        unnamed.filter_map(wanted).collect()
    }

    /// The metrics whose direction a change's author declares otherwise than their names say; it does not count.
    pub fn turned(&self, metrics: &[Change]) -> Vec<Turned> {
        let turned = metrics.iter().filter(|_| self.is_of_change).filter_map(|change| {
            let declared = self.said.of(&change.path, &change.key).direction?;
            let guessed = direction(&change.key);
            let is_turned = self.direction(&change.path, &change.key).0 != declared;
            is_turned.then(|| Turned { key: change.key.clone(), guessed, declared })
        });
        turned.collect()
    }
}

/// The rules of one file.
#[derive(Debug, Clone, Default)]
struct Layer {
    rules: Vec<Rule>,
    /// Pattern → its rule: a key with brackets is its own name, whatever it means as a glob.
    exact: BTreeMap<String, usize>,
    globs: Globs,
}

impl Layer {
    fn new(rules: Vec<Rule>) -> Result<Self, String> {
        for rule in &rules {
            check_pattern(&rule.pattern).map_err(|why| format!("{:?}: {why}", rule.pattern))?;
        }
        let globs = Globs::of_names(rules.iter().map(|rule| rule.pattern.as_str()))?;
        let exact = rules.iter().enumerate().map(|(at, rule)| (rule.pattern.clone(), at)).collect();
        Ok(Self { rules, exact, globs })
    }

    /// Every statement about a metric, the stronger ones over the weaker.
    fn of(&self, path: &str, key: &str) -> Rule {
        let mut said = Rule::default();
        if self.rules.is_empty() {
            return said;
        }
        let whole = format!("{path}::{key}");
        let mut found = self.globs.matches(key);
        found.extend(self.globs.matches(&whole));
        found.sort_unstable();
        let exact = [key, &whole].map(|name| self.exact.get(name).copied());
        // The closest come last, and win.
        found.extend(exact.into_iter().flatten());
        for at in found {
            let Rule { pattern: _, direction, display } = &self.rules[at];
            said.direction = direction.or(said.direction);
            said.display.name = display.name.clone().or(said.display.name);
            said.display.measure = display.measure.clone().or(said.display.measure);
            said.display.precision = display.precision.or(said.display.precision);
        }
        said
    }
}

/// Whether a pattern can be read; the error says what is wrong with it.
pub fn check_pattern(pattern: &str) -> Result<(), String> {
    Globs::of_names([pattern]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Judgement, compare_metrics};
    use cml_report::{Measure, Tally};
    use cml_tracked::{Scalar, ValueFile};

    fn rule(pattern: &str, direction: Direction) -> Rule {
        Rule { pattern: pattern.into(), direction: Some(direction), ..Rule::default() }
    }

    fn rules(list: &[(&str, Direction)]) -> Vec<Rule> {
        list.iter().map(|(pattern, direction)| rule(pattern, *direction)).collect()
    }

    #[test]
    fn the_closest_statement_wins() {
        use Direction::{Fact, Higher, Lower, Unknown};
        let all = Rules::new(rules(&[
            ("score", Lower),
            ("*score", Higher),
            ("val*", Unknown),
            ("val/rmsd", Lower),
            ("b.json::score", Fact),
            ("m[.5:.95]", Higher),
        ]))
        .unwrap();
        let check = |path: &str, key: &str, expected: (Direction, bool)| {
            assert_eq!(all.direction(path, key), expected, "{path} {key}");
        };
        check("a.json", "score", (Lower, false));
        check("b.json", "score", (Fact, false));
        check("a.json", "train.f_score", (Higher, false));
        check("a.json", "val/score", (Unknown, false));
        check("a.json", "val/rmsd", (Lower, false));
        check("a.json", "m[.5:.95]", (Higher, false));
        // Nothing is said: the guess by the name stands.
        check("a.json", "accuracy", (Higher, true));
        check("a.json", "rmsd", (Unknown, false));
    }

    #[test]
    fn statements_are_joined_one_by_one() {
        let display = |name: Option<&str>, measure, precision| Display {
            name: name.map(str::to_owned),
            measure,
            precision,
            only_adds: false,
        };
        let of = |pattern: &str, display| Rule { pattern: pattern.into(), display, ..Rule::default() };
        let all = Rules::new(vec![
            of("acc", display(Some("Accuracy"), None, None)),
            of("*", display(Some("any"), Some(Measure::Percent), Some(2))),
        ])
        .unwrap();
        assert_eq!(all.display("m", "acc"), display(Some("Accuracy"), Some(Measure::Percent), Some(2)));
    }

    #[test]
    fn a_first_files_names_are_no_other_metrics() {
        let check_of = |pattern: &str, name: &str, expected: Option<&str>| {
            let display = Display { name: Some(name.to_owned()), ..Display::default() };
            let said = || vec![Rule { pattern: pattern.into(), display: display.clone(), ..Rule::default() }];
            let values = ["eval.acc", "eval.loss"].map(|key| (key.to_owned(), Scalar::Float(1.0))).to_vec();
            let files = [ValueFile { path: "m".into(), values }];
            let rules = Rules::of_change(said()).unwrap();
            let metrics = compare_metrics(None, &files, &rules);
            // The key stands beside it: another metric's name in other letters is seen for what it is.
            assert_eq!(metrics[0].display.name.as_deref(), expected, "{name}");
            assert_eq!(rules.kept_apart(&metrics).is_empty(), expected.is_some(), "{name}");
            // Who is trusted may name a metric as he likes.
            let metrics = compare_metrics(None, &files, &Rules::new(said()).unwrap());
            assert_eq!(metrics[0].display.name.as_deref(), Some(name));
        };
        let check = |name: &str, expected| check_of("eval.acc", name, expected);
        check("Accuracy", Some("Accuracy (eval.acc)"));
        check("acc", Some("acc"));
        check("ACC", Some("ACC"));
        check("l\u{43e}ss", Some("l\u{43e}ss (eval.acc)"));
        check("loss", None);
        check("Loss ", None);
        check("eval.loss", None);
        // One name for two is no name for either.
        check_of("eval.*", "value", None);
    }

    #[test]
    fn a_declared_direction_judges() {
        let file = |value| [ValueFile { path: "m".into(), values: vec![("rmsd".into(), value)] }];
        let check = |rules: &Rules, expected: Judgement| {
            let (base, head) = (file(Scalar::Float(1.0)), file(Scalar::Float(1.37)));
            let change = compare_metrics(Some(&base), &head, rules).remove(0);
            assert_eq!((change.judgement, change.guessed), (expected, false));
        };
        check(&Rules::default(), Judgement::Changed);
        check(&Rules::new(vec![rule("rmsd", Direction::Lower)]).unwrap(), Judgement::Worse);
        check(&Rules::new(vec![rule("rmsd", Direction::Higher)]).unwrap(), Judgement::Better);
    }

    #[test]
    fn a_changes_own_word_judges_what_names_leave_open_and_betters_no_verdict() {
        use Direction::{Fact, Higher, Lower, Unknown};
        let check = |key: &str, said: Direction, expected: (Judgement, bool, &str)| {
            let file =
                |value| [ValueFile { path: "m".into(), values: vec![(key.into(), Scalar::Float(value))] }];
            let rules = Rules::of_change(vec![rule(key, said)]).unwrap();
            let changes = compare_metrics(Some(&file(1.0)), &file(1.5), &rules);
            let Tally { better, worse, changed, .. } = Tally::of(&changes);
            let counted = match (better, worse, changed) {
                (1, 0, 0) => "better",
                (0, 1, 0) => "worse",
                (0, 0, 1) => "changed",
                _ => "nothing",
            };
            assert_eq!((changes[0].judgement, changes[0].by_change, counted), expected, "{key} {said:?}");
        };
        check("rmsd", Lower, (Judgement::Worse, true, "worse"));
        check("rmsd", Higher, (Judgement::Better, true, "changed"));
        // Neither out of the count…
        check("rmsd", Fact, (Judgement::Changed, false, "changed"));
        check("rmsd", Unknown, (Judgement::Changed, false, "changed"));
        // … nor against its name.
        for said in [Lower, Higher, Fact, Unknown] {
            check("accuracy", said, (Judgement::Better, false, "better"));
            check("loss", said, (Judgement::Worse, false, "worse"));
        }
    }

    #[test]
    fn a_change_that_alone_turns_a_direction_is_seen() {
        use Direction::{Higher, Lower, Unknown};
        let names = ["rmsd", "accuracy", "score", "loss"];
        let values = names.map(|name| (name.to_owned(), Scalar::Float(1.0))).to_vec();
        let metrics = compare_metrics(None, &[ValueFile { path: "m".into(), values }], &Rules::default());
        let said = rules(&[("rmsd", Higher), ("accuracy", Unknown), ("score", Higher), ("loss", Lower)]);
        let all = Rules::of_change(said.clone()).unwrap();
        assert_eq!(all.direction("m", "accuracy"), (Higher, true));
        assert_eq!(all.direction("m", "loss"), (Lower, false));
        assert_eq!(all.direction("m", "rmsd"), (Higher, false));
        let turned = Turned { key: "accuracy".into(), guessed: Higher, declared: Unknown };
        assert_eq!(all.turned(&metrics), [turned]);
        assert!(Rules::new(said).unwrap().turned(&metrics).is_empty());
    }
}
