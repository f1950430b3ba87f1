//! The program as users run it: a process, a throw-away repository, a cleared environment, a loopback forge.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

#[path = "../../examples/forge/state.rs"]
mod forge;

mod comment;
mod faults;
mod gitlab;
mod job;
mod layers;
mod pictures;
mod report;
mod world;
