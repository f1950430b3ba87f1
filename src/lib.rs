//! Tells an ML team in CI whether a change made the model better.
//!
//! Data flows one way, and the modules stand in that order: each uses only what is listed above it.
//! `ARCHITECTURE.md` is the map.

/// Names of outside things, checked when they are made.
pub mod ident;

/// Text that people see: the one place that knows which characters are not what they look like.
pub mod text;

/// Patterns of users and their files: every glob is bounded before it is compiled.
pub mod pattern;

/// What the reader should know that is no error, collected by value.
pub mod notice;

/// Image files: their kind, their size, whether they can only be looked at, their pixels.
pub mod picture;

/// Work side by side on the machine's cores.
pub mod parallel;

/// A side's files, whoever holds them.
pub mod tree;

/// When a run must have its answer.
pub mod deadline;

/// The one door for files: what may be read, and what may be written where.
pub mod door;

/// Long names become short ones that still differ.
pub mod shortened;

/// Where we run: one snapshot of the environment, and what it means.
pub mod environment;

/// The one runner of children: absolute programs, a clean environment, a time limit.
pub mod process;

/// Git: which two sides are compared, and how to read a file of either.
pub mod revision;

/// One HTTP client: sign-in, retries, size limits, redaction.
pub mod http;

/// A tree of files becomes values and plot data.
pub mod tracked;

/// Wanted hashes become bytes, from DVC's cache and remotes.
pub mod remote;

/// Two snapshots become changes.
pub mod diff;

/// Plot data becomes PNG bytes or text.
pub mod plot;

/// What there is to say, without a format.
pub mod report;

/// A report as Markdown, terminal text, JSON or HTML.
pub mod render;

/// A user's own Markdown: which images it names, and the same text with other addresses.
pub mod document;

/// Code hosts behind one small trait.
pub mod forge;

/// What may be uploaded, and where it goes.
pub mod publish;

/// The policies of a comment, once, above every forge.
pub mod deliver;

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
