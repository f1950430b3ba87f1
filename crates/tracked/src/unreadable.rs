//! What of a side is there and cannot be read: its values are neither new nor removed on the other side.

use super::load::Loader;
use super::model::{Unreadable, What};
use super::paths;
use super::wanted::{ValueSource, Wanted};
use cml_base::tree::{Closed, RevisionError, Tree};

/// The files of values that were read in vain.
pub(super) fn values(loader: &Loader<'_>, wanted: &Wanted) -> Vec<Unreadable> {
    let of = |sources: &[ValueSource], what: What| {
        let unread = |source: &ValueSource| {
            let why = loader.unread().get(&source.path)?.clone();
            Some(Unreadable { path: source.shown.clone(), what, why })
        };
        sources.iter().filter_map(unread).collect::<Vec<_>>()
    };
    [of(&wanted.metrics, What::Metrics), of(&wanted.params, What::Params)].concat()
}

/// What the tree does not know, the dvc.yaml files whose declarations nobody knows, and the files of metrics that hold
/// something else now: the metric that the other side has there is not gone, it cannot be compared.
pub(super) fn closed(
    loader: &Loader<'_>,
    wanted: &Wanted,
    tree: &dyn Tree,
) -> Result<Vec<Closed>, RevisionError> {
    let mut closed = tree.closed()?;
    let pipelines = loader.unread().iter().filter(|(path, _)| paths::file_name(path) == "dvc.yaml");
    closed.extend(pipelines.map(|(path, why)| Closed {
        path: path.clone(),
        hides: paths::folder(path).to_owned(),
        why: why.clone(),
    }));
    closed.extend(wanted.metrics.iter().filter_map(|source| {
        let why = loader.valueless().get(&source.path)?.clone();
        Some(Closed { path: source.shown.clone(), hides: source.shown.clone(), why })
    }));
    Ok(closed)
}
