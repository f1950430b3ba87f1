//! What words can say, and the form of the table that lists them.

/// What a word or a phrase says of the name in which it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// A measure; whatever unknown word stands before it only says of what.
    Higher,
    Lower,
    /// A measure that says so only where every other word of the name is understood too.
    HigherAlone,
    LowerAlone,
    /// A measure of error that scikit-learn's `neg_` turns round.
    Error,
    /// What a run uses: lower, and in units of time and size.
    Usage,
    /// What a run gets done: higher, and in units of time and size.
    Output,
    /// A measure by itself, and a qualifier beside another (`top1`).
    Top,
    /// A change for the worse in what falls (`accuracy_drop`), for the better in what should (`error_reduction`).
    Fall,
    Rise,
    /// The same, but of what should rise only: a `loss_drop` may be meant either way.
    Drop,
    Gain,
    /// Of what should fall only.
    Saving,
    Worsening,
    Improvement,
    /// Makes a measure of error one of skill (`brier_skill_score`, `d2_…`).
    Skill,
    /// `neg_`: turns a measure of error round, and is a class's name before others.
    Negated,
    /// `one_minus_`
    OneMinus,
    /// A split, an aggregate or a manner: changes nothing.
    Qualifier,
    /// A qualifier in front of a measure only: `accuracy.total` is a count.
    Before,
    /// A word that only names the number (`score`, `rate`): changes nothing behind a measure.
    Generic,
    /// A part, a task or a thing measured: changes nothing beside a measure.
    Part,
    /// Units of time and size: of something else than a quality.
    Unit,
    /// Starts a condition (`precision_at_recall`).
    Condition,
    /// Makes the name say another thing: a spread, a count, a difference.
    Other,
    /// Makes the name a setting, or a value that is not this model's.
    Setting,
    /// Counts the next word (`num_samples`).
    Counter,
    /// Is a fact of the run if counted.
    Counted,
    /// A fact of the run by itself.
    Fact,
    /// A fact by itself, a qualifier beside a measure (`val_acc_epoch`).
    Progress,
}

/// Words of one meaning.
pub(super) struct Group {
    pub class: Class,
    /// What the words have in common.
    pub about: &'static str,
    /// Separated by commas; the words of a phrase by spaces. `@` is "at".
    pub words: &'static str,
}

pub(super) const fn group(class: Class, about: &'static str, words: &'static str) -> Group {
    Group { class, about, words }
}
