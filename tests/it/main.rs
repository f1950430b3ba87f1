//! The program as users run it: a process, a throw-away repository, a cleared environment, a loopback forge.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

#[path = "../../examples/forge/state.rs"]
mod forge;

#[cfg(unix)]
mod attack;
mod bad_input;
mod bounds;
mod checkout;
mod checks;
mod circles;
mod cml_gitlab;
mod comment;
mod config;
mod conformance;
mod corpus;
#[cfg(unix)]
mod door;
#[cfg(unix)]
mod door_out;
mod dvc_answers;
mod events;
mod faults;
mod foreign_images;
mod forge_names;
mod gitlab;
mod goldens;
mod hidden;
#[cfg(unix)]
mod hostile_git;
mod images;
mod job;
mod json;
#[cfg(unix)]
mod lacking;
mod layers;
mod log_text;
mod long;
mod lost_metrics;
mod opened;
mod outputs;
mod peer;
mod pictures;
mod policies;
mod report;
#[cfg(unix)]
mod scarce;
mod shown;
mod sides;
mod snapshots;
mod statuses;
mod submodules;
mod table;
mod tls;
#[cfg(unix)]
mod tokens;
mod tokens_go_home;
mod true_words;
mod values;
#[cfg(unix)]
mod watch;
mod whose_word;
mod whose_word_bent;
mod without_git;
mod world;
