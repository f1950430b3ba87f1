//! One child that is asked one thing: its whole answer, or why there is none.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::ending::Group;
use super::running::collected;
use super::{ProcessError, Running};
use crate::deadline::Deadline;

/// A longer answer is refused, in bytes: the listing of a commit with a million files is smaller.
const MOST: u64 = 256 * 1024 * 1024;
/// More of what a child complains about is not kept, in bytes.
const MOST_COMPLAINTS: u64 = 64 * 1024;
/// A grandchild may keep a pipe open after its parent has ended; its last words are not worth a hung job.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How often it is looked whether a child that has closed its output has ended.
const LOOK: Duration = Duration::from_millis(20);

/// A child that is not started yet.
#[derive(Debug)]
pub struct Call {
    program: PathBuf,
    args: Vec<OsString>,
    folder: Option<PathBuf>,
    vars: Vec<(String, OsString)>,
    input: Vec<u8>,
    deadline: Deadline,
    most: u64,
}

/// What a child answered.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: ExitStatus,
    pub output: Vec<u8>,
    /// Its first [`MOST_COMPLAINTS`] bytes on standard error.
    pub complaints: Vec<u8>,
}

impl Call {
    pub(super) fn new(program: PathBuf, vars: Vec<(String, OsString)>, deadline: Deadline) -> Self {
        Self { program, args: Vec::new(), folder: None, vars, input: Vec::new(), deadline, most: MOST }
    }

    /// Arguments after those that are there already. No token may be one: everybody on the machine can read them.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// The folder that it works in; else ours.
    #[must_use]
    pub fn folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// One more variable; the last of a name counts.
    #[must_use]
    pub fn var(mut self, name: impl Into<String>, value: impl Into<OsString>) -> Self {
        self.vars.push((name.into(), value.into()));
        self
    }

    /// What it reads on standard input; else nothing.
    #[must_use]
    pub fn input(mut self, input: Vec<u8>) -> Self {
        self.input = input;
        self
    }

    /// Another end than the run's own.
    #[must_use]
    pub fn until(mut self, deadline: Deadline) -> Self {
        self.deadline = deadline;
        self
    }

    /// At most so long from now, and not longer than the run.
    #[must_use]
    pub fn at_most(mut self, most: Duration) -> Self {
        self.deadline = self.deadline.at_most(most);
        self
    }

    /// At least so long from now, even if the run's time is over.
    #[must_use]
    pub fn at_least(mut self, least: Duration) -> Self {
        self.deadline = self.deadline.at_least(least);
        self
    }

    /// A longer answer is refused, in bytes.
    #[must_use]
    pub fn most(mut self, most: u64) -> Self {
        self.most = most;
        self
    }

    /// The name that messages call it by.
    pub(super) fn name(&self) -> String {
        let name = self.program.file_stem().unwrap_or(self.program.as_os_str());
        name.to_string_lossy().into_owned()
    }

    pub(super) fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// The arguments and variables that the child will see.
    pub fn seen(&self) -> (&[OsString], &[(String, OsString)]) {
        (&self.args, &self.vars)
    }

    /// Starts it and waits for its end. Blocks at most until the deadline.
    pub fn run(mut self) -> Result<Answer, ProcessError> {
        let input = std::mem::take(&mut self.input);
        let mut child = self.spawn(!input.is_empty())?;
        let group = Group::of(&child);
        if let Some(mut stdin) = child.stdin.take() {
            // In a thread: a child that writes before it has read everything must not block us. A child that stops
            // reading fails by its own exit status, so this error says nothing new.
            if let Err(why) = std::thread::Builder::new().spawn(move || stdin.write_all(&input)) {
                group.end(&mut child);
                return Err(ProcessError::Lost { program: self.name(), why: why.to_string() });
            }
        }
        let output = child.stdout.take().and_then(|pipe| collected(pipe, self.most.saturating_add(1)));
        let complaints = child.stderr.take().and_then(|pipe| collected(pipe, MOST_COMPLAINTS));
        let (Some(output), Some(complaints)) = (output, complaints) else {
            group.end(&mut child);
            let why = "its output cannot be read: no thread is to be had".to_owned();
            return Err(ProcessError::Lost { program: self.name(), why });
        };
        let answer = self.wait(&mut child, &group, &output);
        if answer.is_err() {
            group.end(&mut child);
        }
        let (status, output) = answer?;
        let complaints = match complaints.recv_timeout(LAST_WORDS) {
            Ok(complaints) => complaints,
            Err(_) => {
                group.kill();
                complaints.recv_timeout(LAST_WORDS).unwrap_or_default()
            }
        };
        Ok(Answer { status, output, complaints })
    }

    /// The same beside other tasks of the runtime.
    pub async fn answer(self) -> Result<Answer, ProcessError> {
        let program = self.name();
        let run = tokio::task::spawn_blocking(move || self.run());
        run.await.unwrap_or_else(|error| Err(ProcessError::Lost { program, why: error.to_string() }))
    }

    /// Starts it with pipes on its input and output, to be asked again and again until the deadline, at which it is
    /// ended.
    pub fn start(self) -> Result<Running, ProcessError> {
        let child = self.spawn(true)?;
        Running::new(child, self.name(), self.deadline())
    }

    fn wait(
        &self,
        child: &mut Child,
        group: &Group,
        output: &Receiver<Vec<u8>>,
    ) -> Result<(ExitStatus, Vec<u8>), ProcessError> {
        let mut bytes = None;
        let mut ended: Option<(ExitStatus, Deadline)> = None;
        loop {
            if bytes.is_none() {
                match output.recv_timeout(self.deadline.left_of(LOOK)) {
                    Ok(all) if all.len() as u64 > self.most => {
                        return Err(ProcessError::TooMuch { program: self.name(), most: self.most });
                    }
                    Ok(all) => bytes = Some(all),
                    Err(RecvTimeoutError::Disconnected) => bytes = Some(Vec::new()),
                    Err(RecvTimeoutError::Timeout) => {}
                }
            } else {
                // It has closed its output, so its end is near.
                std::thread::sleep(Duration::from_micros(100));
            }
            if ended.is_none() {
                let lost =
                    |why: std::io::Error| ProcessError::Lost { program: self.name(), why: why.to_string() };
                ended = child.try_wait().map_err(lost)?.map(|status| (status, Deadline::within(LAST_WORDS)));
            }
            match (ended, &mut bytes) {
                (Some((status, _)), Some(bytes)) => return Ok((status, std::mem::take(bytes))),
                (Some((_, last_words)), None) if last_words.is_over() => {
                    group.kill();
                    bytes = Some(output.recv_timeout(LAST_WORDS).unwrap_or_default());
                }
                _ if self.deadline.is_over() => {
                    return Err(ProcessError::TooLate {
                        program: self.name(),
                        allowed: self.deadline.allowed(),
                    });
                }
                _ => {}
            }
        }
    }

    /// The only place that starts a process.
    fn spawn(&self, has_input: bool) -> Result<Child, ProcessError> {
        if self.deadline.is_over() {
            return Err(ProcessError::NoTime { program: self.name(), allowed: self.deadline.allowed() });
        }
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear();
        command.envs(self.vars.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command.stdin(if has_input { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.spawn().map_err(|why| ProcessError::NotStarted { program: self.name(), why: why.to_string() })
    }
}
