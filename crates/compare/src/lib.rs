//! Two snapshots become changes: what differs, by how much, and whether that is good.
//!
//! Input: the files of values of both sides, the base's optional. Output: one [`Change`](cml_report::Change) per path
//! and key, metrics in the order in which a reader wants them, params in the order of their files.

mod compare;
mod curves;
mod delta;
mod direction;
mod dvc;
mod plots;
mod rules;
pub mod template;

use cml_report::{Change, Delta, Direction, Display, Judgement};

pub use compare::{compare_metrics, compare_params, unreadable};
pub use curves::direct_curves;
pub use direction::{direction, directions_page, named_part};
pub use dvc::{FileChanges, KeyChange, compare_contents};
pub use plots::{
    ComparedPlot, DataPlot, Item, PlotFailure, PointCell, Templates, compare_plots, merged_definitions,
};
pub use rules::{Rule, Rules, Turned, check_pattern};
