//! Runs Git as a child: a fixed language, no prompts, no locks, and its answer without the token.
//!
//! In: arguments. Out: what Git printed, or an error with its own words.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::RevisionError;
use crate::ident::{Secret, Sha};

/// Git in one folder.
#[derive(Debug, Clone)]
pub(super) struct Git {
    program: OsString,
    dir: PathBuf,
}

/// What one call needs beyond its arguments.
#[derive(Default)]
pub(super) struct Extra<'a> {
    /// Configuration for this call only, in order.
    pub(super) config: Vec<(String, String)>,
    /// What must not stand in the answer.
    pub(super) token: Option<&'a Secret>,
}

impl Git {
    pub(super) fn new(program: &str, dir: &Path) -> Self {
        Self { program: program.into(), dir: dir.to_owned() }
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// A command that is ready to be started.
    pub(super) fn command(&self, args: &[&str], config: &[(String, String)]) -> Command {
        let mut command = Command::new(&self.program);
        // `-C` and not the child's folder: then "not found" can only mean the program.
        command.arg("-C").arg(&self.dir).args(args).stdin(Stdio::null());
        command.env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0").env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_LITERAL_PATHSPECS", "1");
        // In containers the clone belongs to another user. The clone's own configuration could name a
        // program as file monitor, which must not run just because we looked.
        let own = [("safe.directory", "*"), ("core.fsmonitor", "")];
        let own = own.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let mut count = 0;
        for (key, value) in own.iter().chain(config) {
            command.env(format!("GIT_CONFIG_KEY_{count}"), key);
            command.env(format!("GIT_CONFIG_VALUE_{count}"), value);
            count += 1;
        }
        command.env("GIT_CONFIG_COUNT", count.to_string());
        command
    }

    /// What Git prints.
    pub(super) fn run(&self, args: &[&str]) -> Result<Vec<u8>, RevisionError> {
        self.run_with(args, &Extra::default())
    }

    pub(super) fn run_with(&self, args: &[&str], extra: &Extra<'_>) -> Result<Vec<u8>, RevisionError> {
        let output = self.command(args, &extra.config).output().map_err(|why| not_started(&why))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(RevisionError::Git { doing: doing(args), answer: answer(&output, extra.token) })
    }

    /// What Git prints, without the one line end after it.
    pub(super) fn line(&self, args: &[&str]) -> Result<Vec<u8>, RevisionError> {
        let mut bytes = self.run(args)?;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        Ok(bytes)
    }

    /// [`Git::line`] as text; `None` if Git says no.
    pub(super) fn word(&self, args: &[&str]) -> Option<String> {
        String::from_utf8(self.line(args).ok()?).ok().filter(|text| !text.is_empty())
    }
}

/// The error of a program that cannot be started.
pub(super) fn not_started(why: &std::io::Error) -> RevisionError {
    RevisionError::NoGit { why: why.to_string() }
}

/// What was asked: the subcommand and what it was about, without the options between them.
fn doing(args: &[&str]) -> String {
    let words = args.iter().filter(|word| !word.starts_with('-'));
    words.copied().collect::<Vec<_>>().join(" ")
}

/// Git's own words in one line, without the token in any form.
fn answer(output: &Output, token: Option<&Secret>) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let text = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    let text = redact(&text, token);
    if text.is_empty() { format!("no answer, {}", output.status) } else { text }
}

/// `text` without the token, neither as it is nor as it travels.
pub(super) fn redact(text: &str, token: Option<&Secret>) -> String {
    match token {
        Some(token) => token.redact(text).replace(&basic(token), "***"),
        None => text.to_owned(),
    }
}

/// The token as forges take it for Git over HTTP.
pub(super) fn basic(token: &Secret) -> String {
    STANDARD.encode(format!("x-access-token:{}", token.expose()))
}

/// A path as Git prints it.
pub(super) fn path(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// Name and address of each remote, from `remote.NAME.url\nADDRESS\0`...; the first address of each counts.
pub(super) fn remotes(listing: &[u8]) -> Vec<(String, String)> {
    let mut remotes: Vec<(String, String)> = Vec::new();
    for record in listing.split(|&byte| byte == 0).filter_map(|record| std::str::from_utf8(record).ok()) {
        let Some((key, url)) = record.split_once('\n') else { continue };
        let name = key.strip_prefix("remote.").and_then(|rest| rest.strip_suffix(".url")).unwrap_or_default();
        if !name.is_empty() && remotes.iter().all(|(known, _)| known != name) {
            remotes.push((name.to_owned(), url.to_owned()));
        }
    }
    remotes
}

/// What a commit object says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) parents: Vec<Sha>,
    pub(super) time: Option<i64>,
}

impl Commit {
    /// Reads the object's header; the message below it may say anything.
    pub(super) fn parse(object: &[u8]) -> Self {
        let text = String::from_utf8_lossy(object);
        let mut commit = Self::default();
        for line in text.lines().take_while(|line| !line.is_empty()) {
            match line.split_once(' ') {
                Some(("parent", name)) => commit.parents.extend(name.parse::<Sha>()),
                Some(("committer", rest)) => {
                    commit.time = rest.rsplit(' ').nth(1).and_then(|seconds| seconds.parse().ok());
                }
                _ => {}
            }
        }
        commit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_read_from_its_header_only() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let object = format!(
            "tree {a}\nparent {a}\nparent {b}\nauthor X <x> 1 +0000\ncommitter Y Z <y> 1700000000 -0130\n\
             gpgsig -----BEGIN\n parent {b}\n\nparent {b}\ncommitter E <e> 5 +0000\n"
        );
        let commit = Commit::parse(object.as_bytes());
        assert_eq!(commit.parents, [a.parse().unwrap(), b.parse().unwrap()]);
        assert_eq!(commit.time, Some(1_700_000_000));
        assert_eq!(Commit::parse(b"\xff"), Commit::default());
    }

    #[test]
    fn the_token_is_hidden_in_every_form() {
        let token = Secret::new("ghs_x").unwrap();
        let text = format!("ghs_x and {}", basic(&token));
        assert_eq!(redact(&text, Some(&token)), "*** and ***");
    }

    #[test]
    fn an_error_names_the_subcommand_and_not_the_options() {
        let git = Git::new("git", &std::env::temp_dir());
        let error = git.run(&["cat-file", "-e", "nope"]).unwrap_err();
        assert!(error.to_string().starts_with("git cat-file nope failed: fatal:"), "{error}");
    }
}
