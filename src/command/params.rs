//! `cml params diff`, with DVC's answers.

use crate::cli::{Global, ParamsCommand};
use crate::error::Error;
use cml_host::environment::Env;
use cml_render::Layout;
use cml_tracked as tracked;

use super::metrics::print_changes;
use crate::sides::revisions::Project;

pub(crate) async fn run(command: &ParamsCommand, global: &Global, env: &Env) -> Result<u8, Error> {
    let ParamsCommand::Diff(args) = command;
    let read =
        |tree: &dyn cml_base::tree::Tree, targets: &[String]| tracked::params(tree, targets, args.deps);
    let layout = Layout { markdown: args.diff.md, path: !args.diff.no_path, change: false, precision: None };
    let mut project = Project::open(global, env)?;
    print_changes(&args.diff, &read, ("Param", layout), &mut project).await
}
