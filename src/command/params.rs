//! `cml params diff`, with DVC's answers.

use crate::cli::ParamsCommand;
use crate::error::Error;
use cml_host::environment::Env;
use cml_render::Layout;
use cml_tracked as tracked;

use super::metrics::print_changes;
use crate::session::Console;

pub(crate) async fn run(command: &ParamsCommand, env: &Env, console: &Console) -> Result<u8, Error> {
    let ParamsCommand::Diff(args) = command;
    let read =
        |tree: &dyn cml_base::tree::Tree, targets: &[String]| tracked::params(tree, targets, args.deps);
    let layout = Layout { markdown: args.diff.md, path: !args.diff.no_path, change: false, precision: None };
    print_changes(&args.diff, &read, ("Param", layout), env, console).await
}
