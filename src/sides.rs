//! Which two sides are compared, by whose rules, and the files of each.

pub(crate) mod asked;
mod choose;
mod found;
pub(crate) mod outputs;
mod project;
pub(crate) mod revisions;
pub(crate) mod rules;
mod target;
pub(crate) mod trees;

pub(crate) use found::find;
pub(crate) use project::Project;
