//! `cml comment --watch`: the comment follows a run until the job ends.
//!
//! In: a job, whose content is read again and again. Out: an update whenever it has changed and has come to rest, never
//! one with what is there already, and a last one when a signal says that the job ends.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use super::job::Job;
use super::post::Done;
use crate::cli::WatchArgs;
use crate::content::Content;
use crate::error::{Error, Kind};
use cml_forge::deliver::Mode;
use cml_host::process;

/// The time between two looks, if a look is quick.
const TICK: Duration = Duration::from_millis(500);
/// The share of the time that looking may take is one in so many: the run has the machine.
const SHARE: u32 = 10;
/// What changes all the time is sent as it is after so many shortest times between updates.
const PATIENCE: u32 = 2;

/// Updates the comment until a signal asks the program to end; answers the exit code of the last update.
pub(crate) async fn watch(mut job: Job<'_>, args: &WatchArgs) -> Result<u8, Error> {
    let mut watcher = Watcher {
        trigger: args.trigger_file.as_ref().map(|file| job.session.path(file)),
        rest: Duration::from_secs(args.watch_interval),
        seen: None,
        sent: None,
        sent_at: None,
        last: Ok(Done::Comment),
    };
    // One that came while the job was opened counts too.
    let mut stop = std::pin::pin!(process::told_to_end());
    job.session.console().info("watching; a signal ends it");
    loop {
        let began = Instant::now();
        watcher.look(&mut job).await;
        let pause = TICK.max(began.elapsed() * SHARE);
        tokio::select! {
            () = &mut stop => break,
            () = tokio::time::sleep(pause) => {}
        }
    }
    job.session.console().info("the job ends: a last look");
    watcher.finish(&mut job).await;
    watcher.last.map(|_| 0)
}

/// What was seen and sent so far; a content is known by the hash of all that it says.
struct Watcher {
    trigger: Option<PathBuf>,
    /// The shortest time between two updates.
    rest: Duration,
    seen: Option<[u8; 32]>,
    sent: Option<[u8; 32]>,
    sent_at: Option<Instant>,
    /// What became of the last update.
    last: Result<Done, Error>,
}

impl Watcher {
    /// Looks once, and sends if it is time to.
    async fn look(&mut self, job: &mut Job<'_>) {
        if let Some(trigger) = &self.trigger {
            if fs::symlink_metadata(trigger).is_err() {
                return;
            }
            if let Err(error) = job.session.ground().remove(trigger) {
                let console = job.session.console();
                console.warn(&format!("the trigger file {} cannot be deleted: {error}", trigger.display()));
            }
            return self.finish(job).await;
        }
        // A token that only reads fills the job summary: once now, and once at the end.
        let waits = matches!(self.last, Ok(Done::Summary));
        let since = self.sent_at.map(|at| at.elapsed());
        if waits || since.is_some_and(|since| since < self.rest) {
            return;
        }
        // A file that is missing or half written will be there at a later look.
        let Ok(content) = look_again(job).await else { return };
        let now = fingerprint(&content);
        let at_rest = self.seen.replace(now) == Some(now) || since.is_none();
        let is_late = since.is_some_and(|since| since >= self.rest * PATIENCE);
        if self.sent != Some(now) && (at_rest || is_late) {
            self.send(job, content, now).await;
        }
    }

    /// Sends what is there now, unless it was sent.
    async fn finish(&mut self, job: &mut Job<'_>) {
        match look_again(job).await {
            Ok(content) => {
                let now = fingerprint(&content);
                if self.sent != Some(now) || self.last.is_err() {
                    self.send(job, content, now).await;
                }
            }
            Err(error) => {
                job.session.console().error(&error);
                self.last = Err(error);
            }
        }
    }

    async fn send(&mut self, job: &mut Job<'_>, content: Content, now: [u8; 32]) {
        self.last = job.deliver(content).await;
        self.sent_at = Some(Instant::now());
        match &self.last {
            Ok(_) => {
                self.sent = Some(now);
                // What follows is about the comment that is there now.
                if matches!(job.settings.mode, Mode::Create | Mode::Recreate) {
                    job.settings.mode = Mode::Update;
                }
            }
            Err(error) => {
                job.session.console().error(error);
                // What is wrong with the input may be mended by the run; what the forge refused is tried later.
                if error.kind == Kind::Input {
                    self.sent = Some(now);
                }
            }
        }
    }
}

/// What there is to say in a round of its own. That a file is missing now is not worth a word.
async fn look_again(job: &mut Job<'_>) -> Result<Content, Error> {
    let aloud = job.session.hush();
    let content = match job.session.renew() {
        Ok(()) => job.content().await,
        Err(error) => Err(error),
    };
    job.session.talk(aloud);
    content
}

/// A hash of all that a content says, its images and points among them.
fn fingerprint(content: &Content) -> [u8; 32] {
    let mut hasher = Sha256::new();
    match content {
        Content::Report(compared) => {
            hasher.update(compared.report.to_json());
            compared.figures.iter().for_each(|figure| figure.feed(|bytes| hasher.update(bytes)));
        }
        Content::File(file) => {
            hasher.update(&file.markdown);
            for asset in &file.images.assets {
                hasher.update("\0");
                hasher.update(&asset.name);
            }
        }
        Content::Start { note, .. } => hasher.update(note),
    }
    hasher.finalize().into()
}
