//! Standard output for results, standard error for talk.

use std::io::{self, Write as _};

use crate::cli::Log;
use crate::error::Error;
use cml_base::notice::Notice;
use cml_base::text;

/// Talks at the level that was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    level: Log,
}

impl Console {
    pub fn new(level: Log) -> Self {
        Self { level }
    }

    /// Writes a result. A CI shows it in its log, so it holds none of the CI's commands.
    pub fn result(&self, text: &str) -> Result<(), Error> {
        self.exactly(&[text::inert(text)])
    }

    /// Writes a text of others as a result that is only looked at.
    pub fn shown(&self, text: &str) -> Result<(), Error> {
        self.exactly(&[text::log(text)])
    }

    /// Writes JSON that comes in pieces.
    pub fn json(&self, pieces: &[impl AsRef<str>]) -> Result<(), Error> {
        self.exactly(&pieces.iter().map(|piece| text::inert_json(piece.as_ref())).collect::<Vec<_>>())
    }

    /// A reader that has gone away is no error.
    fn exactly(&self, pieces: &[impl AsRef<str>]) -> Result<(), Error> {
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
            // The names in it are whoever's: none makes a line that looks like one of ours.
            self.warn(&text::one_line(&notice.to_string()));
        }
    }

    /// Answers a command line that asks for help or the version, or that cannot be read; and the exit code.
    pub fn usage(&self, answer: &clap::Error) -> u8 {
        let text = answer.render().to_string();
        if answer.use_stderr() {
            self.say(Log::Error, text.trim_end());
        } else if self.result(&text).is_err() {
            return 2;
        }
        u8::try_from(answer.exit_code()).unwrap_or(2)
    }

    /// Says why the program ends.
    pub fn error(&self, error: &Error) {
        self.say(Log::Error, &error.render());
    }

    fn say(&self, level: Log, text: &str) {
        if level <= self.level {
            // Nobody is left to tell if standard error is closed.
            let _ = writeln!(io::stderr().lock(), "{}", text::log(text));
        }
    }
}
