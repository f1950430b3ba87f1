//! A child that lives long and is asked again and again: questions into its input, answers out of its output.
//!
//! Reading from it blocks; at the deadline it is killed by a thread of its own, so reading then ends. Whoever finds it
//! dead drops it and starts another.

use std::io::{BufReader, Read};
use std::process::{Child, ChildStdin, ChildStdout, ExitStatus};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::ProcessError;
use super::ending::Group;
use crate::deadline::Deadline;

/// More of what it complains about is not kept, in bytes.
const MOST_COMPLAINTS: u64 = 64 * 1024;
/// How long its last complaints are waited for.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The running child; it ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    name: String,
    /// `None` only after [`Running::end`].
    pub input: Option<ChildStdin>,
    pub output: BufReader<ChildStdout>,
    complaints: Option<Receiver<Vec<u8>>>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    child: Child,
    group: Group,
    end: Option<Instant>,
    /// Whether the deadline has ended it.
    is_late: bool,
    is_ended: bool,
    status: Option<ExitStatus>,
    has_watchman: bool,
}

impl Running {
    pub(super) fn new(mut child: Child, name: String, deadline: Deadline) -> Result<Self, ProcessError> {
        let group = Group::of(&child);
        let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let Some(output) = output else {
            group.end(&mut child);
            return Err(ProcessError::Lost { program: name, why: "it has no output".to_owned() });
        };
        // Read beside, so that it never waits for us to do so.
        let complaints = errors.and_then(|errors| collected(errors, MOST_COMPLAINTS));
        let state = State {
            child,
            group,
            end: None,
            is_late: false,
            is_ended: false,
            status: None,
            has_watchman: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let running = Self { name, input, output: BufReader::new(output), complaints, shared };
        running.until(deadline);
        Ok(running)
    }

    /// Sets another deadline for what follows.
    pub fn until(&self, deadline: Deadline) {
        let mut state = self.shared.state();
        state.end = deadline.end();
        if state.end.is_some() && !state.has_watchman {
            let shared = Arc::clone(&self.shared);
            // Without one its answers are waited for as long as they take.
            let watchman = std::thread::Builder::new().spawn(move || shared.watch());
            state.has_watchman = watchman.is_ok();
        }
        drop(state);
        self.shared.changed.notify_all();
    }

    /// Whether its deadline has ended it.
    pub fn is_late(&self) -> bool {
        self.shared.state().is_late
    }

    /// How it ended: by itself if it did before [`Running::end`], else killed by that.
    pub fn status(&self) -> Option<ExitStatus> {
        self.shared.state().status
    }

    /// The name that messages call it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Ends it, whatever it is doing, and answers its complaints in one line.
    pub fn end(&mut self) -> String {
        self.input = None;
        self.shared.end();
        let complaints = self.complaints.take().and_then(|pipe| pipe.recv_timeout(LAST_WORDS).ok());
        let text = String::from_utf8_lossy(&complaints.unwrap_or_default()).into_owned();
        text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.input = None;
        self.shared.end();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) {
        let mut state = self.state();
        if !state.is_ended {
            state.is_ended = true;
            let state = &mut *state;
            state.status = state.group.end(&mut state.child);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Waits for the deadline and kills the child then, unless it is ended before. It is not waited for here, so its
    /// number stays its own until then.
    fn watch(&self) {
        let mut state = self.state();
        while !state.is_ended {
            let Some(end) = state.end else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.is_late = true;
                state.group.kill();
                return;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Reads a pipe to its end in a thread of its own, and keeps so many bytes; `None` if no thread is to be had.
pub(super) fn collected(mut pipe: impl Read + Send + 'static, most: u64) -> Option<Receiver<Vec<u8>>> {
    let (sender, receiver) = channel();
    let reader = std::thread::Builder::new().spawn(move || {
        let mut bytes = Vec::new();
        // What was read before a broken pipe is all there is to know.
        let _ = pipe.by_ref().take(most).read_to_end(&mut bytes);
        if bytes.len() as u64 >= most {
            let _ = sender.send(bytes);
            // A writer that nobody reads would wait for ever.
            let _ = std::io::copy(&mut pipe, &mut std::io::sink());
            return;
        }
        let _ = sender.send(bytes);
    });
    reader.ok().map(|_| receiver)
}
