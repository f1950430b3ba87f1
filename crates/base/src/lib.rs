//! What the other crates share: names of outside things, the one sanitiser of text, patterns, notices, trees of files.

/// Names of outside things, checked when they are made.
pub mod ident;

/// What is particular to a forge: its words, its Markdown, its limits.
pub mod flavor;

/// Text that people see: the one place that knows which characters are not what they look like.
pub mod text;

/// Patterns of users and their files: every glob is bounded before it is compiled.
pub mod pattern;

/// What the reader should know that is no error, collected by value.
pub mod notice;

/// Work side by side on the machine's cores.
pub mod parallel;

/// Long names become short ones that still differ.
pub mod shortened;

/// A side's files, whoever holds them.
pub mod tree;
