//! Bytes become values and tables of columns: one file for each format. Whose files they are, nobody here asks.
//!
//! The author of a change writes what is read here: every reader is bounded in depth, length and number, and fuzzed.

pub mod flat;
pub mod json;
pub mod keys;
mod model;
mod moment;
pub mod other;
pub mod pytext;
pub mod python;
mod python_literal;
mod python_syntax;
mod python_tokens;
pub mod records;
pub mod table;
pub mod toml;
pub mod value;
pub mod yaml;
mod yaml_scalar;
mod yaml_tags;

pub use model::{Column, Scalar, Table, is_spelt_out, spelt};
pub use value::Value;
