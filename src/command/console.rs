//! Standard output for results, standard error for talk.

use std::io::{self, Write as _};

use crate::cli::Log;
use crate::error::Error;
use crate::notice::Notice;

/// Talks at the level that was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    level: Log,
}

impl Console {
    pub fn new(level: Log) -> Self {
        Self { level }
    }

    /// Writes a result. A reader that has gone away is no error.
    pub fn result(&self, text: &str) -> Result<(), Error> {
        self.result_of(&[text])
    }

    /// Writes a result that comes in pieces.
    pub fn result_of(&self, pieces: &[impl AsRef<str>]) -> Result<(), Error> {
        let mut out = io::stdout().lock();
        let mut written = pieces.iter().try_for_each(|piece| out.write_all(piece.as_ref().as_bytes()));
        written = written.and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error::input(format!("cannot write to standard output: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Says what is being done.
    pub fn info(&self, text: &str) {
        self.say(Log::Info, text);
    }

    /// Says what the user should look at.
    pub fn warn(&self, text: &str) {
        self.say(Log::Warn, &format!("warning: {text}"));
    }

    /// Says every notice.
    pub fn notices(&self, notices: &[Notice]) {
        for notice in notices {
            self.warn(&notice.to_string());
        }
    }

    /// Says why the program ends.
    pub fn error(&self, error: &Error) {
        self.say(Log::Error, &error.render());
    }

    fn say(&self, level: Log, text: &str) {
        if level <= self.level {
            // Nobody is left to tell if standard error is closed.
            let _ = writeln!(io::stderr().lock(), "{}", harmless(text));
        }
    }
}

/// Others' words must not steer the terminal, nor the CI by its own commands (`::error::`, `##[group]`).
fn harmless(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line: String = line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        let line = line.replace("##[", "## [");
        if line.trim_start().starts_with("::") { line.replacen("::", ": :", 1) } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn nothing_steers_the_terminal_or_the_ci() {
        assert_eq!(
            harmless("a\u{1b}[31m\n  ::error::x\n##[group]y"),
            "a\u{fffd}[31m\n  : :error::x\n## [group]y"
        );
        assert_eq!(harmless("error: x\nhint: a::b"), "error: x\nhint: a::b");
    }
}
