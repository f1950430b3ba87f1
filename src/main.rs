//! The program: parse, take one snapshot of the environment, run, exit.

use std::process::ExitCode;

use clap::Parser as _;
use cml::cli::Cli;
use cml::command::{self, Console};
use cml::environment::Env;
use cml::error::Error;
use cml::process;

fn main() -> ExitCode {
    if command::is_image_child(std::env::args_os()) {
        return ExitCode::from(command::image_child());
    }
    let cli = Cli::parse();
    let console = Console::new(cli.global.log);
    let env = Env::read();
    process::end_cleanly();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            console.error(&Error::input(format!("cannot start: {error}")));
            return ExitCode::from(2);
        }
    };
    match runtime.block_on(command::run(&cli, &env)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            console.error(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}
