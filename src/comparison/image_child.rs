//! Foreign image files are drawn in a child of this program, so that no picture ends the report.
//!
//! In: the bytes of a file. Out: its pixels, or half a sentence why there are none, for a notice. The child is this
//! program again, started at the first such picture with one hidden word as its argument. It gets bytes through a
//! pipe and no variable, sets limits to itself, and is killed if a picture takes too long; a picture that ends it
//! costs that picture, and the next one gets a new child. One child is enough: it draws while we compare, and the two
//! sides of a plot must be drawn before they are compared.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use cml_host::deadline::Deadline;
use cml_host::process::{Programs, Running};
use cml_picture::Pixels;
use cml_plot::{self as plot, ForeignImages, Lost};

/// The only argument of the child. It is in no help: nobody types it.
const WORD: &str = "draw-images-for-cml";
/// How long one question may take, by the clock; a plot takes some milliseconds.
const LONGEST: Duration = Duration::from_secs(20);
/// How long the processor may work on one question, in seconds: less, as here other programs' work does not count.
#[cfg(unix)]
const LONGEST_WORK: u64 = 5;
/// The child's whole memory, in bytes: a PNG of 4096×4096 pixels of 16 bits took 270 MB, and layers may have 480 MB.
#[cfg(unix)]
const MEMORY: u64 = 1 << 30;
/// After so many pictures that ended the child, or so much time lost by them, the others are not tried.
const MOST_DEATHS: usize = 10;
const MOST_LOST: Duration = Duration::from_secs(30);

/// The child of a run, started when it is needed.
pub struct ImageChild {
    child: Option<Running>,
    /// The run's own end.
    deadline: Deadline,
    /// Pictures that ended a child, and the time that they took.
    deaths: usize,
    lost: Duration,
    /// Why no child can be had.
    none: Option<String>,
}

impl ImageChild {
    /// None is started yet; what `deadline` leaves is the most that all pictures may take.
    pub fn new(deadline: Deadline) -> Self {
        Self { child: None, deadline, deaths: 0, lost: Duration::ZERO, none: None }
    }

    /// Asks the child, which is started if there is none.
    fn ask<T>(
        &mut self,
        question: impl FnOnce(&mut Running) -> Result<Result<T, String>, Lost>,
    ) -> Result<T, String> {
        let mut child = self.take()?;
        let began = Instant::now();
        child.until(self.deadline.at_most(LONGEST));
        match question(&mut child) {
            Ok(answer) => {
                child.until(Deadline::never());
                self.child = Some(child);
                answer
            }
            Err(why) => {
                self.deaths += 1;
                self.lost += began.elapsed();
                Err(fate(&mut child, &why))
            }
        }
    }

    fn take(&mut self) -> Result<Running, String> {
        if let Some(child) = self.child.take() {
            return Ok(child);
        }
        if self.deaths >= MOST_DEATHS || self.lost >= MOST_LOST {
            let deaths = self.deaths;
            return Err(format!("{deaths} other pictures broke off the drawing, so this one is not tried"));
        }
        if self.deadline.is_over() {
            return Err("the run had no time left to draw it".to_owned());
        }
        if let Some(why) = &self.none {
            return Err(why.clone());
        }
        let call = Programs::own(Deadline::never());
        let started = call.and_then(|call| call.args([WORD]).folder(root()).start());
        started.map_err(|why| {
            let why = format!("pictures are drawn by a process of their own, and there is none: {why}");
            self.none.insert(why).clone()
        })
    }
}

impl ForeignImages for ImageChild {
    fn size(&mut self, file: &[u8]) -> Result<(f32, f32), String> {
        self.ask(|child| {
            let input = child.input.as_mut().ok_or(Lost::Nonsense)?;
            plot::ask_size(input, &mut child.output, file)
        })
    }

    fn pixels(&mut self, file: &[u8], scale: f32) -> Result<Pixels, String> {
        self.ask(|child| {
            let input = child.input.as_mut().ok_or(Lost::Nonsense)?;
            plot::ask_pixels(input, &mut child.output, file, scale)
        })
    }
}

/// A folder that is always there and holds nothing of the change.
fn root() -> &'static Path {
    Path::new(if cfg!(windows) { "C:\\" } else { "/" })
}

/// What a child died of, in half a sentence about its picture.
fn fate(child: &mut Running, why: &Lost) -> String {
    let complaints = child.end();
    if child.is_late() {
        return format!("it could not be drawn within {} seconds", LONGEST.as_secs());
    }
    if complaints.contains("memory allocation of") {
        return "drawing it takes too much memory".to_owned();
    }
    match (why, child.status()) {
        (Lost::Ended(_), Some(status)) => ending(status),
        _ => format!("drawing it failed: {why}"),
    }
}

#[cfg(unix)]
fn ending(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    let out_of_time = rustix::process::Signal::XCPU.as_raw();
    match status.signal() {
        Some(signal) if signal == out_of_time => {
            format!("it could not be drawn within {LONGEST_WORK} seconds of the processor's time")
        }
        Some(signal) => {
            format!("drawing it ended with signal {signal}, as of a fault in the drawing library")
        }
        None => exited(status),
    }
}

#[cfg(not(unix))]
fn ending(status: ExitStatus) -> String {
    exited(status)
}

fn exited(status: ExitStatus) -> String {
    let code = status.code().map_or_else(|| "no exit code".to_owned(), |code| format!("exit code {code}"));
    format!("drawing it broke off with {code}, as of a fault in the drawing library")
}

/// Whether these arguments are those of the child.
pub fn is_image_child(mut arguments: impl Iterator<Item = OsString>) -> bool {
    arguments.nth(1).is_some_and(|word| word == WORD) && arguments.next().is_none()
}

/// What the child does until its input ends, as it does when its parent is gone: reads questions, draws, answers.
/// Answers the exit code.
pub fn image_child() -> u8 {
    limits::set();
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    match plot::serve(&mut input, &mut output, &mut limits::renew) {
        Ok(()) => 0,
        Err(_) => 1,
    }
}

/// What the child may use. Where a limit cannot be set (memory on macOS), the parent's clock still ends it.
#[cfg(unix)]
mod limits {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use rustix::time::{ClockId, clock_gettime};

    use super::{LONGEST_WORK, MEMORY};

    pub(crate) fn set() {
        let limits = [
            (Resource::Core, 0),
            (Resource::Fsize, 0),
            // Its three pipes, and the few that looking at the machine takes.
            (Resource::Nofile, 8),
            (Resource::As, MEMORY),
        ];
        for (resource, most) in limits {
            let most = getrlimit(resource).maximum.map_or(most, |own| own.min(most));
            let _ = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
        }
    }

    /// Gives the next question its own time of the processor.
    pub(crate) fn renew() {
        let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or(0);
        let maximum = getrlimit(Resource::Cpu).maximum;
        // The second that has begun counts as well.
        let wanted = used + 1 + LONGEST_WORK;
        let current = Some(maximum.map_or(wanted, |own| own.min(wanted)));
        let _ = setrlimit(Resource::Cpu, Rlimit { current, maximum });
    }
}

#[cfg(not(unix))]
mod limits {
    pub(crate) fn set() {}

    pub(crate) fn renew() {}
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use cml_host::environment::Env;
    use cml_host::process::Needs;

    /// A child that does this instead of drawing.
    fn of_shell(script: &str) -> ImageChild {
        let path = std::env::var("PATH").unwrap();
        let env = Env { vars: [("PATH".to_owned(), path)].into(), ..Env::default() };
        let programs = Programs::outside(Path::new("/nowhere"), &env);
        let shell = programs.find("sh").unwrap().path;
        let child = programs.call(&shell, Needs::Nothing).args(["-c", script]).start().unwrap();
        ImageChild { child: Some(child), ..ImageChild::new(Deadline::never()) }
    }

    #[test]
    fn what_ended_the_child_is_told_of_its_picture() {
        let check = |script: &str, expected: &str| {
            let mut child = of_shell(script);
            assert_eq!(child.size(b"<svg/>").unwrap_err(), expected, "{script}");
            assert!(child.child.is_none() && child.deaths == 1);
        };
        // The kernel's own signal, when the time of the processor is used up.
        check(
            "ulimit -St 1; while :; do :; done",
            "it could not be drawn within 5 seconds of the processor's time",
        );
        check(
            "echo 'memory allocation of 9 bytes failed' >&2; kill -ABRT $$",
            "drawing it takes too much memory",
        );
        check("kill -SEGV $$", "drawing it ended with signal 11, as of a fault in the drawing library");
        check("exit 7", "drawing it broke off with exit code 7, as of a fault in the drawing library");
        let mut slow = of_shell("sleep 60");
        slow.deadline = Deadline::within(Duration::from_millis(300));
        assert_eq!(slow.size(b"<svg/>").unwrap_err(), "it could not be drawn within 20 seconds");
    }

    #[test]
    fn a_child_is_started_again_until_too_many_have_died() {
        // The program of the tests knows no pictures, and so each child of it makes no sense.
        let mut child = ImageChild::new(Deadline::never());
        for deaths in 1..=MOST_DEATHS {
            let why = child.size(b"<svg/>").unwrap_err();
            assert!(why.starts_with("drawing it"), "{why}");
            assert_eq!(child.deaths, deaths);
        }
        let told = "10 other pictures broke off the drawing, so this one is not tried";
        assert_eq!(child.size(b"<svg/>").unwrap_err(), told);
        assert_eq!((child.deaths, child.pixels(b"<svg/>", 1.0).unwrap_err().as_str()), (10, told));
        // So is much time lost by a few.
        let mut slow = ImageChild { deaths: 2, lost: MOST_LOST, ..ImageChild::new(Deadline::never()) };
        assert!(slow.size(b"<svg/>").unwrap_err().starts_with("2 other pictures"));
    }
}
