//! Where images go, and where DVC's outputs come from.

/// Wanted hashes become bytes, from DVC's cache and remotes.
pub mod remote;

/// What may be uploaded, and where it goes.
pub mod publish;
