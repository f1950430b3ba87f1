//! The one runner of children: Git, `dvc`, and this program itself.
//!
//! In: the snapshot of the environment, and what a child is asked. Out: its bounded answer, or why there is none.
//!
//! Nothing of a change runs. A program is started by its absolute path, found in those entries of `PATH` that are
//! absolute and outside of the folder whose files are compared: a `.`, an empty entry or a `.venv/bin` in the
//! checkout would be the change's own. A child gets the variables of a list and no others, so no token that the job
//! holds, and the language `C`. It has a deadline, at which it and all that it started are ended, and its answer is
//! bounded. It leads a process group of its own, which ends with us, by a signal too (see [`catch_signals`]).

mod call;
mod ending;
mod running;
mod scratch;
mod variables;

use std::path::{Path, PathBuf};

pub use call::{Answer, Call};
pub use ending::{First, Signals, catch_signals, told_to_end};
pub use running::Running;
pub use scratch::Scratch;
pub use variables::{Needs, is_below};

use crate::deadline::Deadline;
use crate::environment::Env;
use cml_base::notice::Notice;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProcessError {
    #[error("there is no program {program} on PATH{aside}")]
    NotFound { program: String, aside: String },
    #[error("{program} cannot be started: {why}")]
    NotStarted { program: String, why: String },
    #[error("{program} did not answer within {allowed}")]
    TooLate { program: String, allowed: String },
    #[error("{program} is not asked: the run's time of {allowed} is over")]
    NoTime { program: String, allowed: String },
    #[error("{program} answered more than {most} bytes")]
    TooMuch { program: String, most: u64 },
    #[error("{program} could not be waited for: {why}")]
    Lost { program: String, why: String },
}

/// Where programs are found, and what every child is told.
#[derive(Clone)]
pub struct Programs {
    /// Absolute and outside.
    folders: Vec<PathBuf>,
    /// Entries of `PATH` that are left out.
    left_out: Vec<PathBuf>,
    /// The folder that no program is taken from, all links followed.
    root: Option<PathBuf>,
    env: Env,
}

/// A program that may be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub path: PathBuf,
    /// Says that `PATH` names another one first, which is not started.
    pub notice: Option<Notice>,
}

impl std::fmt::Debug for Programs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Its variables may be secrets.
        f.debug_struct("Programs").field("folders", &self.folders).finish_non_exhaustive()
    }
}

impl Programs {
    /// Programs outside of `root`, the repository's top or the working folder.
    pub fn outside(root: &Path, env: &Env) -> Self {
        // Everything lies below the root of a file system, so that one keeps nothing out.
        let root = root.canonicalize().ok().filter(|root| root.parent().is_some());
        let (folders, left_out) =
            variables::split(env.get("PATH").unwrap_or(variables::PATH), root.as_deref());
        Self { folders, left_out, root, env: env.clone() }
    }

    /// The program of this name.
    pub fn find(&self, name: &str) -> Result<Found, ProcessError> {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        let inside = |path: &Path| variables::is_inside(path, self.root.as_deref());
        let all = |folders: &[PathBuf]| folders.iter().map(|folder| folder.join(&file)).collect::<Vec<_>>();
        let mut aside = all(&self.left_out).into_iter().filter(|path| is_program(path)).collect::<Vec<_>>();
        let (mut bad, good): (Vec<_>, Vec<_>) =
            all(&self.folders).into_iter().filter(|path| is_program(path)).partition(|path| inside(path));
        aside.append(&mut bad);
        let why = "lies in the folder whose files a change can alter";
        match (good.into_iter().next(), aside.first()) {
            (Some(path), None) => Ok(Found { path, notice: None }),
            (Some(path), Some(other)) => {
                // Where the other one is says nothing to readers elsewhere.
                let text =
                    format!("{} is not started because it {why}; the next in PATH is", other.display());
                Ok(Found { path, notice: Some(Notice::about(name, text)) })
            }
            (None, other) => {
                let aside =
                    other.map(|other| format!(" ({} is not started because it {why})", other.display()));
                Err(ProcessError::NotFound { program: name.to_owned(), aside: aside.unwrap_or_default() })
            }
        }
    }

    /// A call of a program that was found.
    pub fn call(&self, program: &Path, needs: Needs) -> Call {
        let vars = variables::allowed(&self.env, needs, &self.folders, self.root.as_deref());
        Call::new(program.to_owned(), vars, self.env.deadline)
    }

    /// A call of this program itself, without any variable.
    pub fn own(deadline: Deadline) -> Result<Call, ProcessError> {
        let error = |why: std::io::Error| ProcessError::NotStarted {
            program: "cml".to_owned(),
            why: why.to_string(),
        };
        let path = std::env::current_exe().map_err(error)?;
        Ok(Call::new(path, Vec::new(), deadline))
    }
}

/// Whether a file can be started by somebody.
fn is_program(path: &Path) -> bool {
    let Ok(about) = std::fs::metadata(path) else { return false };
    #[cfg(unix)]
    let can_run = std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let can_run = true;
    about.is_file() && can_run
}

#[cfg(test)]
mod tests;
