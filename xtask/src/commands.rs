//! The reference of the command line: each command's help, as the program prints it.

use clap::{Command, CommandFactory as _};
use cml::cli::Cli;

/// So wide is the help that the program prints to a file.
const WIDTH: usize = 100;

/// The page, in the order of the program's own list.
pub(crate) fn page() -> String {
    let mut page = "# Commands\n\nWhat `cml COMMAND --help` prints, made by `cargo xtask docs`.\n".to_owned();
    add(&mut Cli::command().term_width(WIDTH), "cml", &mut page);
    page
}

fn add(command: &mut Command, name: &str, page: &mut String) {
    // Only so does its help name what every command takes.
    command.build();
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    page.push_str(&format!("\n## `{name}`\n\n```text\n{}\n```\n", help.join("\n").trim_end()));
    for inner in command.get_subcommands_mut().filter(|inner| !inner.is_hide_set()) {
        let name = format!("{name} {}", inner.get_name());
        add(inner, &name, page);
    }
}
