//! What must not outlive us: children that are running, and folders of ours.
//!
//! A child leads a process group of its own, so that its own children can be ended with it; a signal to our group does
//! not reach it. So a signal that ends us ends them first and removes the folders. Against SIGKILL nothing helps:
//! then the children end when their pipes close or by their own limits, and the folders go at the next start.

use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is there now. A signal comes to the whole process, so this is of the whole process too.
static LIVING: Mutex<Living> = Mutex::new(Living { groups: Vec::new(), folders: Vec::new() });
/// Whether somebody else answers signals.
static LEFT: AtomicBool = AtomicBool::new(false);

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

/// Somebody answers signals while this lives; see [`leave_signals`].
#[derive(Debug)]
pub struct Ending(());

impl Drop for Ending {
    fn drop(&mut self) {
        LEFT.store(false, Ordering::SeqCst);
    }
}

/// Leaves the signals to the caller, which ends what it does by itself (`--watch`), until the answer is dropped.
#[must_use]
pub fn leave_signals() -> Ending {
    LEFT.store(true, Ordering::SeqCst);
    Ending(())
}

/// From now on a signal that ends the program (SIGTERM, SIGINT, SIGHUP) ends its children and removes its folders
/// first. For `main`; a second call would only wait for the same signals again.
pub fn end_cleanly() {
    // Where no thread can be had, signals do what they did before.
    let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        if let Ok(runtime) = runtime {
            runtime.block_on(wait());
        }
    });
}

#[cfg(unix)]
async fn wait() {
    use std::future::poll_fn;
    use std::task::Poll;
    use tokio::signal::unix::{SignalKind, signal};

    let ignored = ignored();
    let wanted = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
    let wanted = wanted.into_iter().filter(|kind| ignored & (1 << (kind.as_raw_value() - 1)) == 0);
    let mut streams: Vec<_> =
        wanted.filter_map(|kind| Some((kind.as_raw_value(), signal(kind).ok()?))).collect();
    loop {
        let number = poll_fn(|context| {
            let mut came = streams
                .iter_mut()
                .filter_map(|(number, stream)| stream.poll_recv(context).is_ready().then_some(*number));
            came.next().map_or(Poll::Pending, Poll::Ready)
        });
        let number = number.await;
        if !LEFT.load(Ordering::SeqCst) {
            clean_up();
            // As a shell reports a program that a signal has ended.
            std::process::exit(128 + number);
        }
    }
}

/// The signals that we were started to ignore (by `nohup`), as bits: they stay ignored.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(not(unix))]
async fn wait() {
    while tokio::signal::ctrl_c().await.is_ok() {
        if !LEFT.load(Ordering::SeqCst) {
            clean_up();
            std::process::exit(130);
        }
    }
}

fn clean_up() {
    let living = living();
    living.groups.iter().for_each(|&group| kill(group));
    for folder in &living.folders {
        let _ = std::fs::remove_dir_all(folder);
    }
}
