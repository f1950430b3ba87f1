//! What there is to say, without a format: plain data, without points, pixels or paths of this machine, that can be
//! written as JSON and read again to an equal value.

mod change;
mod divergence;
mod exact;
mod json;
mod plot;

use serde::{Deserialize, Serialize};

use cml_base::ident::{RepoUrl, Sha};
use cml_base::notice::Notice;
use cml_tracked::What;

pub use change::{Change, Delta, Direction, Display, Judgement, Measure, Presence, Tally};
pub use divergence::Divergence;
pub use json::{Unreadable, VERSION};
pub use plot::{
    Bars, Image, ImageState, Images, Matrix, Pictures, Plot, PlotKind, Series, Table, Values, Which,
};

/// The side that is judged, as the reader knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// A branch, `workspace`, or a short commit name.
    pub label: String,
    /// `None` in a folder that is in no repository.
    pub commit: Option<Sha>,
    /// The files as they lie on disk, whatever the commit holds.
    #[serde(default, skip_serializing_if = "is_false")]
    pub on_disk: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// What is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    Commit {
        label: String,
        commit: Sha,
    },
    /// The run that was recorded for a commit, so many commits before the one that would be the base.
    Record {
        label: String,
        commit: Sha,
        back: u32,
    },
    Folder {
        label: String,
    },
    /// There is nothing to compare with, everything is new; and why, where that is known.
    None {
        why: Option<String>,
    },
}

impl Base {
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None { .. })
    }

    /// How people call it.
    pub fn label(&self) -> Option<&str> {
        match self {
            Self::Commit { label, .. } | Self::Record { label, .. } | Self::Folder { label } => Some(label),
            Self::None { .. } => None,
        }
    }

    pub fn commit(&self) -> Option<&Sha> {
        match self {
            Self::Commit { commit, .. } | Self::Record { commit, .. } => Some(commit),
            Self::Folder { .. } | Self::None { .. } => None,
        }
    }

    /// What is said of it in the words of others.
    fn text_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Commit { label, .. } | Self::Record { label, .. } | Self::Folder { label } => Some(label),
            Self::None { why } => why.as_mut(),
        }
    }
}

/// A file, or what says which files there are, that is there on one side and cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    pub side: Which,
    pub path: String,
    #[serde(rename = "kind", with = "json::Kind")]
    pub what: What,
    pub why: String,
}

/// A file that looks like results and was not named, and the flag that would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearMiss {
    pub path: String,
    pub flag: String,
}

/// A whole report.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What tells it apart from other reports on the same change request, if there may be several.
    pub name: Option<String>,
    pub base: Base,
    pub head: Side,
    /// The base is a merge base or a first parent, so that progress on the target branch is not counted.
    pub own_progress_only: bool,
    /// Seconds by which the base's commit is older than the head's, if both are known.
    pub base_age: Option<i64>,
    /// For links to commits.
    pub repo: Option<RepoUrl>,
    pub metrics: Vec<Change>,
    pub params: Vec<Change>,
    pub plots: Vec<Plot>,
    pub notices: Vec<Notice>,
    pub near_misses: Vec<NearMiss>,
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
        self.base.commit().is_some_and(|base| Some(base) == self.head.commit.as_ref())
    }

    /// How many metrics are what; facts of the run are left out.
    pub fn tally(&self) -> Tally {
        Tally::of(&self.metrics)
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

    /// All that it says in the words of others, but for its plots: those tell of figures that were looked through before.
    pub fn texts_mut(&mut self) -> Vec<&mut String> {
        // Every field by its name, so that none is forgotten.
        let Self {
            name,
            base,
            head,
            metrics,
            params,
            plots: _,
            notices,
            near_misses,
            unread,
            kept_at,
            own_progress_only: _,
            base_age: _,
            repo: _,
        } = self;
        let mut texts: Vec<&mut String> = name.iter_mut().chain(kept_at).collect();
        texts.extend(base.text_mut());
        texts.push(&mut head.label);
        texts.extend(metrics.iter_mut().chain(params).flat_map(Change::texts_mut));
        texts.extend(notices.iter_mut().flat_map(|notice| notice.about.iter_mut().chain([&mut notice.text])));
        texts.extend(near_misses.iter_mut().map(|miss| &mut miss.path));
        texts.extend(unread.iter_mut().flat_map(|unread| [&mut unread.path, &mut unread.why]));
        texts
    }

    /// Whether there is anything to show.
    pub fn is_empty(&self) -> bool {
        self.metrics.is_empty() && self.params.is_empty() && self.plots.is_empty()
    }
}
