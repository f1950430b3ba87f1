//! The machine that we run on: files by one door, children by one runner, the clock by one deadline, the surroundings by one snapshot.

/// When a run must have its answer.
pub mod deadline;

/// The one door for files: what may be read, and what may be written where.
pub mod door;

/// Where we run: one snapshot of the environment, and what it means.
pub mod environment;

/// The one runner of children: absolute programs, a clean environment, a time limit.
pub mod process;
