//! One file per subcommand: read, call the stages in order, write.

mod artifacts;
mod comment;
mod compare;
mod console;
mod date;
mod demo;
mod draw;
mod preview;
mod report;

use crate::cli::{Cli, Command};
use crate::environment::Env;
use crate::error::Error;

pub use console::Console;

/// Runs what was asked for and answers the exit code.
pub async fn run(cli: &Cli, env: &Env) -> Result<u8, Error> {
    let console = Console::new(cli.global.log);
    match &cli.command {
        Command::Report(args) => report::run(args, &cli.global, env, &console).await,
        Command::Comment(args) => comment::run(args, &cli.global, env, &console).await,
        Command::Preview(args) => preview::run(args, &cli.global, env, &console).await,
        Command::Demo(args) => demo::run(args, env, &console).await,
    }
}
