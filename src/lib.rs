//! Tells an ML team in CI whether a change made the model better.
//!
//! Data flows one way, and the modules stand in that order: each uses only what is listed above it.
//! `ARCHITECTURE.md` is the map.

/// `cml.toml` becomes the stages' types.
pub mod config;

/// The one error that users see: kind, exit code, hint.
pub mod error;

/// The declarations of the command line.
pub mod cli;

/// What was typed becomes what is meant.
pub mod settings;

/// What every command starts from: where we run, the clone, the forge, and whom to talk to.
pub mod session;

/// Which two sides are compared, by whose rules, and the files of each.
mod sides;

/// Two sides become a report and its pictures.
pub mod comparison;

/// What is to be said, and where all of it is kept.
mod content;

/// One file per subcommand: read, call the stages, write.
pub mod command;
