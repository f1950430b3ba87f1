//! What the repository holds that is made from the code: `cargo xtask` makes it, `cargo xtask check` fails if a file is
//! not what the code says today.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool for the terminal")]

mod commands;
mod made;

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use made::Made;

/// Makes the parts of the repository that are made from its code.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum Task {
    /// docs/commands.md and docs/directions.md
    Docs,
    /// Look whether everything is fresh, and write nothing
    Check,
}

/// A page, and what it is made of.
fn docs() -> Vec<Made> {
    vec![
        Made::text("docs/commands.md", commands::page()),
        Made::text("docs/directions.md", cml_compare::directions_page()),
    ]
}

fn main() -> ExitCode {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let done = match Xtask::parse().task {
        Task::Docs => made::write(top, docs()),
        Task::Check => made::check(top, docs()),
    };
    match done {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}
