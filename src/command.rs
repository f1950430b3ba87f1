//! One file per subcommand: read, call the stages in order, write.

mod asset;
mod check;
mod comment;
mod demo;
mod metrics;
mod params;
mod plots;
mod preview;
mod report;

use crate::cli::{AssetCommand, CheckAction, Cli, Command};
use crate::error::Error;
use cml_host::environment::Env;
use cml_host::process::First;

/// What the first signal does: it ends a watch by its last update, and anything else at once.
pub fn first_signal(cli: &Cli) -> First {
    match &cli.command {
        Command::Comment(args) if args.watch.watch => First::IsTold,
        _ => First::Ends,
    }
}

/// Runs what was asked for and answers the exit code.
pub async fn run(cli: &Cli, env: &Env) -> Result<u8, Error> {
    let global = &cli.global;
    match &cli.command {
        Command::Report(args) => report::run(args, global, env).await,
        Command::Comment(args) => comment::run(args, global, env).await,
        Command::Check(args) => {
            let CheckAction::Create(args) = &args.action;
            check::create(args, global, env).await
        }
        Command::SendCheck(args) => check::create(args, global, env).await,
        Command::Preview(args) => preview::run(args, global, env).await,
        Command::Metrics(args) => metrics::run(args, global, env).await,
        Command::Params(args) => params::run(args, global, env).await,
        Command::Plots(args) => plots::run(args, global, env).await,
        Command::Asset(command) => asset::run(command, global, env).await,
        Command::Publish(args) => asset::run(&AssetCommand::Publish(args.clone()), global, env).await,
        Command::Demo(args) => demo::run(args, global, env).await,
    }
}
