//! Why a file has no value, for people and by DVC's name for it.

use cml_base::notice::without_step;

/// What DVC calls a file that is not there.
pub(super) const MISSING: &str = "FileNotFoundError";

/// DVC reads no tables as metrics, and has no name for one that holds none.
pub(super) const NO_METRICS: &str = "MetricsError";

/// What stands there and cannot be had: for DVC there is no such file.
pub(super) const UNREADABLE: &str = "UnreadableError";

/// Why a file has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// What DVC calls it in `metrics show --json`: the name of its exception.
    pub kind: &'static str,
    pub what: String,
}

impl Unread {
    pub(super) fn new(kind: &'static str, what: impl Into<String>) -> Self {
        Self { kind, what: what.into() }
    }

    /// A file that can be read and holds nothing of what is asked for.
    pub(super) fn no_metrics(what: String) -> Self {
        Self { kind: NO_METRICS, what }
    }

    /// The same where no step of a pipeline writes the file.
    pub(super) fn without_step(self) -> Self {
        Self { what: without_step(&self.what).to_owned(), ..self }
    }

    /// The same with DVC's own name: an output that cannot be had is not found.
    pub(super) fn named_by_dvc(self) -> Self {
        if self.kind == UNREADABLE { Self { kind: MISSING, ..self } } else { self }
    }

    /// Whether there is no such file; else there is one, and nobody can say what it holds.
    pub(super) fn is_missing(&self) -> bool {
        self.kind == MISSING
    }
}

impl From<String> for Unread {
    /// A file whose text is not what it should be.
    fn from(what: String) -> Self {
        Self { kind: "FileCorruptedError", what }
    }
}

impl From<Unread> for String {
    fn from(unread: Unread) -> Self {
        unread.what
    }
}
