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

/// One file per subcommand: read, call the stages, write.
pub mod command;
