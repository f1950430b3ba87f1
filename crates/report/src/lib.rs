//! What there is to say, without a format.

use cml_base::ident::{RepoUrl, Sha};
use cml_base::notice::Notice;
use cml_compare::{self as diff, Change, Judgement, Rules, Tally};
use cml_plot::Figure;
use cml_tracked::What;

/// One side of the comparison, as the reader knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// A branch, `workspace`, or a short commit name.
    pub label: String,
    /// `None` for a folder or a missing base.
    pub commit: Option<Sha>,
    /// The files as they lie on disk, whatever the commit holds.
    pub on_disk: bool,
}

/// A file, or what says which files there are, that is there on one side and cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    pub of_base: bool,
    pub path: String,
    pub what: What,
    pub why: String,
}

/// A whole report.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What tells it apart from other reports on the same change request, if there may be several.
    pub name: Option<String>,
    /// `None`: there is nothing to compare with, everything is new.
    pub base: Option<Side>,
    pub head: Side,
    /// The base is a merge base or a first parent, so that progress on the target branch is not counted.
    pub own_progress_only: bool,
    /// Seconds by which the base's commit is older than the head's, if both are known.
    pub base_age: Option<i64>,
    /// For links to commits.
    pub repo: Option<RepoUrl>,
    /// What the project says of its metrics; curves have their names.
    pub rules: Rules,
    pub metrics: Vec<Change>,
    pub params: Vec<Change>,
    pub figures: Vec<Figure>,
    pub notices: Vec<Notice>,
    pub near_misses: Vec<(String, &'static str)>,
    /// What cannot be read: its values are neither new nor removed.
    pub unread: Vec<Unread>,
    /// The page where the CI keeps the whole report, if it does.
    pub kept_at: Option<String>,
}

/// What the metrics say together, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Better,
    Worse,
    /// Some are better and some worse.
    Mixed,
    /// Something is not what it was, and nothing is known to be better or worse.
    Changed,
    Unchanged,
}

impl Verdict {
    pub const ALL: [Self; 5] = [Self::Better, Self::Worse, Self::Mixed, Self::Changed, Self::Unchanged];

    /// The word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Mixed => "mixed",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
        }
    }
}

impl Report {
    /// Whether both sides were read from one commit, so that nothing can differ.
    pub fn is_of_one_commit(&self) -> bool {
        self.is_since_commit() && !self.head.on_disk
    }

    /// Whether the base is the commit that the head stands on.
    pub fn is_since_commit(&self) -> bool {
        self.base.as_ref().is_some_and(|base| base.commit.is_some() && base.commit == self.head.commit)
    }

    /// How many metrics are what; facts of the run are left out.
    pub fn tally(&self) -> Tally {
        diff::tally(&self.metrics)
    }

    /// Whether any metric or param is not what it was; facts of the run (its duration) differ each time.
    pub fn has_changes(&self) -> bool {
        let Tally { better, worse, changed, unchanged: _, new, removed, unreadable: _ } = self.tally();
        better + worse + changed + new + removed > 0
            || self.unread_metrics().next().is_some()
            || self.params.iter().any(|param| param.judgement != Judgement::Unchanged)
    }

    /// Whether any metric is worse.
    pub fn has_regressions(&self) -> bool {
        self.tally().worse > 0
    }

    /// The files of metrics that cannot be read: what is in them is not known to be as it was.
    pub fn unread_metrics(&self) -> impl Iterator<Item = &Unread> {
        self.unread.iter().filter(|unread| unread.what != What::Params)
    }

    /// Whether a fall may be behind what is not a number any more, or cannot be read.
    pub fn may_hide_regressions(&self) -> bool {
        self.unread_metrics().next().is_some() || self.metrics.iter().any(Change::is_lost)
    }

    /// Better, worse, or neither. It is not better where a metric was lost.
    pub fn verdict(&self) -> Verdict {
        let Tally { better, worse, changed, unchanged: _, new, removed, unreadable: _ } = self.tally();
        let unread = self.unread_metrics().count();
        match (better, worse, changed + new + removed + unread) {
            (0, 0, 0) => Verdict::Unchanged,
            (0, 0, _) => Verdict::Changed,
            (_, 0, _) if self.may_hide_regressions() => Verdict::Changed,
            (_, 0, _) => Verdict::Better,
            (0, _, _) => Verdict::Worse,
            _ => Verdict::Mixed,
        }
    }

    /// All that it says in the words of others, but for its figures.
    pub fn texts_mut(&mut self) -> Vec<&mut String> {
        // Every field by its name, so that none is forgotten. The rules are patterns; what they show stands in the metrics.
        let Self {
            name,
            base,
            head,
            metrics,
            params,
            figures: _,
            notices,
            near_misses,
            unread,
            kept_at,
            own_progress_only: _,
            base_age: _,
            repo: _,
            rules: _,
        } = self;
        let mut texts: Vec<&mut String> = name.iter_mut().chain(kept_at).collect();
        texts.extend(base.iter_mut().map(|side| &mut side.label));
        texts.push(&mut head.label);
        texts.extend(metrics.iter_mut().chain(params).flat_map(Change::texts_mut));
        texts.extend(notices.iter_mut().flat_map(|notice| notice.about.iter_mut().chain([&mut notice.text])));
        texts.extend(near_misses.iter_mut().map(|(path, _)| path));
        texts.extend(unread.iter_mut().flat_map(|unread| [&mut unread.path, &mut unread.why]));
        texts
    }

    /// Whether there is anything to show.
    pub fn is_empty(&self) -> bool {
        self.metrics.is_empty() && self.params.is_empty() && self.figures.is_empty()
    }
}
