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
use crate::session::Console;
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
    let console = Console::new(cli.global.log);
    match &cli.command {
        Command::Report(args) => report::run(args, &cli.global, env, &console).await,
        Command::Comment(args) => comment::run(args, &cli.global, env, &console).await,
        Command::Check(args) => {
            let CheckAction::Create(args) = &args.action;
            check::create(args, &cli.global, env, &console).await
        }
        Command::SendCheck(args) => check::create(args, &cli.global, env, &console).await,
        Command::Preview(args) => preview::run(args, &cli.global, env, &console).await,
        Command::Metrics(args) => metrics::run(args, env, &console).await,
        Command::Params(args) => params::run(args, env, &console).await,
        Command::Plots(args) => plots::run(args, env, &console).await,
        Command::Asset(command) => asset::run(command, &cli.global, env, &console).await,
        Command::Publish(args) => {
            let command = AssetCommand::Publish(args.clone());
            asset::run(&command, &cli.global, env, &console).await
        }
        Command::Demo(args) => demo::run(args, env, &console).await,
    }
}
