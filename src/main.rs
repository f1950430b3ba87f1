//! The program: parse, take one snapshot of the environment, run, exit.

use std::process::ExitCode;

use clap::Parser as _;
use cml::cli::{Cli, Log};
use cml::command;
use cml::comparison;
use cml::error::Error;
use cml::session::Console;
use cml_host::door;
use cml_host::environment::Env;
use cml_host::process;

/// So many files the runtimes, Git and a connection keep open.
const HANDLES: usize = 16;

fn main() -> ExitCode {
    if comparison::is_image_child(std::env::args_os()) {
        return ExitCode::from(comparison::image_child());
    }
    // What is only printed needs none of the rest.
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(answer) => return ExitCode::from(Console::new(Log::Error).usage(&answer)),
    };
    // The runtimes (the one for signals too) would die of it without a word that helps.
    let room = door::room_for(HANDLES);
    let signals = if room.is_ok() { process::catch_signals() } else { None };
    let console = Console::new(cli.global.log);
    let env = Env::read();
    if let Err(error) = room {
        let error = Error::input(format!(
            "cannot start: {error}; at least {HANDLES} more files must be open at once"
        ));
        console.error(&error.hint("raise the limit, for example: ulimit -n 256"));
        return ExitCode::from(2);
    }
    if let Some(signals) = signals {
        signals.answer(command::first_signal(&cli));
    }
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
