//! What must not outlive us: children that are running, and folders of ours.
//!
//! A child leads a process group of its own, so that its own children can be ended with it; a signal to our group does
//! not reach it. So a signal that ends us ends them first and removes the folders. Against SIGKILL nothing helps:
//! then the children end when their pipes close or by their own limits, and the folders go at the next start.

use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What is there now. A signal comes to the whole process, so this is of the whole process too.
static LIVING: Mutex<Living> = Mutex::new(Living { groups: Vec::new(), folders: Vec::new() });
/// The first signal, told to whoever waits for it.
static TOLD: tokio::sync::Notify = tokio::sync::Notify::const_new();
/// Signals that come so soon after the first are the same ending.
const SAME_ENDING: Duration = Duration::from_millis(500);

struct Living {
    groups: Vec<u32>,
    folders: Vec<PathBuf>,
}

fn living() -> MutexGuard<'static, Living> {
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A child and all that it started.
#[derive(Debug)]
pub(super) struct Group {
    id: u32,
}

impl Group {
    pub(super) fn of(child: &Child) -> Self {
        living().groups.push(child.id());
        Self { id: child.id() }
    }

    /// Kills whoever is left of it.
    pub(super) fn kill(&self) {
        kill(self.id);
    }

    /// Kills it, and waits for the child, whose status is how it ended.
    pub(super) fn end(&self, child: &mut Child) -> Option<ExitStatus> {
        // It may have ended by itself; then there is nothing to end.
        kill(self.id);
        let _ = child.kill();
        child.wait().ok()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        living().groups.retain(|&id| id != self.id);
    }
}

#[cfg(unix)]
fn kill(group: u32) {
    let group = i32::try_from(group).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

/// Here a child is ended alone, by its handle.
#[cfg(not(unix))]
fn kill(_group: u32) {}

/// A folder that is removed when this is dropped, or when a signal ends us.
#[derive(Debug)]
pub(super) struct Doomed(PathBuf);

impl Doomed {
    pub(super) fn new(folder: PathBuf) -> Self {
        living().folders.push(folder.clone());
        Self(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Doomed {
    fn drop(&mut self) {
        // What stays behind is removed by a later run.
        let _ = std::fs::remove_dir_all(&self.0);
        living().folders.retain(|folder| *folder != self.0);
    }
}

/// From now on no signal that asks the program to end (SIGTERM, SIGINT, SIGHUP, SIGQUIT; Ctrl-C) is lost: it waits for
/// [`Signals::answer`]. For the first line of `main`. Where they cannot be had, signals do what they did before.
pub fn catch_signals() -> Option<Signals> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().ok()?;
    let streams = {
        let _inside = runtime.enter();
        Streams::open()
    };
    Some(Signals { runtime, streams })
}

/// The signals that are caught.
#[derive(Debug)]
pub struct Signals {
    runtime: tokio::runtime::Runtime,
    streams: Streams,
}

/// What the first signal does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// It ends the program.
    Ends,
    /// It is told to whoever waits for [`told_to_end`], which ends the program by itself; a second one ends it.
    IsTold,
}

impl Signals {
    /// Answers them from now on, and those that came already. A program that is ended so ends its children and removes
    /// its folders first.
    pub fn answer(self, first: First) {
        let Self { runtime, mut streams } = self;
        let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            if first == First::IsTold {
                runtime.block_on(streams.next());
                TOLD.notify_one();
                // GNU timeout and some supervisors send the same ending to us and to our group.
                std::thread::sleep(SAME_ENDING);
                runtime.block_on(streams.forget());
            }
            let number = runtime.block_on(streams.next());
            clean_up();
            // As a shell reports a program that a signal has ended.
            std::process::exit(128 + number);
        });
    }
}

/// Waits until a signal asks the program to end; see [`First::IsTold`]. One that came before is not lost.
pub async fn told_to_end() {
    TOLD.notified().await;
}

#[cfg(unix)]
#[derive(Debug)]
struct Streams(Vec<(i32, tokio::signal::unix::Signal)>);

#[cfg(unix)]
impl Streams {
    fn open() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let ignored = ignored();
        // A file that grows beyond the system's limit is an error of its write, not the end of the program.
        let _ = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
        let wanted =
            [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup(), SignalKind::quit()];
        let wanted = wanted.into_iter().filter(|kind| ignored & (1 << (kind.as_raw_value() - 1)) == 0);
        Self(wanted.filter_map(|kind| Some((kind.as_raw_value(), signal(kind).ok()?))).collect())
    }

    /// The number of the next signal.
    async fn next(&mut self) -> i32 {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    /// Forgets those that came already.
    async fn forget(&mut self) {
        // What the system has handed over is known after the runtime has looked once.
        tokio::task::yield_now().await;
        std::future::poll_fn(|context| {
            while self.poll(context).is_ready() {}
            std::task::Poll::Ready(())
        })
        .await;
    }

    fn poll(&mut self, context: &mut std::task::Context<'_>) -> std::task::Poll<i32> {
        let mut came = self
            .0
            .iter_mut()
            .filter_map(|(number, stream)| stream.poll_recv(context).is_ready().then_some(*number));
        came.next().map_or(std::task::Poll::Pending, std::task::Poll::Ready)
    }
}

/// The signals that we were started to ignore (by `nohup`), as bits: they stay ignored.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(windows)]
#[derive(Debug)]
struct Streams(Option<tokio::signal::windows::CtrlC>);

#[cfg(windows)]
impl Streams {
    fn open() -> Self {
        Self(tokio::signal::windows::ctrl_c().ok())
    }

    async fn next(&mut self) -> i32 {
        const SIGINT: i32 = 2;
        match &mut self.0 {
            Some(stream) => stream.recv().await.map_or(SIGINT, |()| SIGINT),
            None => std::future::pending().await,
        }
    }

    async fn forget(&mut self) {}
}

fn clean_up() {
    let living = living();
    living.groups.iter().for_each(|&group| kill(group));
    for folder in &living.folders {
        let _ = std::fs::remove_dir_all(folder);
    }
}
