//! Where we run: [`Env`] is one snapshot of the process's surroundings, [`detect`] says what it means.
//!
//! In: variables and the event file, read once by [`Env::read`]. Out: a [`Context`]. Nothing else in the
//! program reads the environment, so every test hands in its own.

mod github;
mod gitlab;
mod laptop;
mod others;
mod secrets;
mod token;
mod trust;

pub use github::SUMMARY_BYTES;
pub use gitlab::{CiJob, Pipeline, ROLE_FOR_NOTES, ROLE_FOR_STATUSES};
pub use secrets::Secrets;
pub use token::{Typed, token_for};

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::deadline::{self, Deadline};
use crate::door::Root;
use cml_base::flavor::{self, Flavor};
use cml_base::ident::{ChangeNumber, RepoUrl, Secret, Sha, Token};
use cml_base::notice::Notice;

/// Forges cut their events off long before, in bytes.
const LARGEST_EVENT: u64 = 64 << 20;

/// The surroundings as values.
#[derive(Clone, Default)]
pub struct Env {
    pub vars: BTreeMap<String, String>,
    pub cwd: PathBuf,
    /// The event's file of the CI: `None` if there is none, `Err` if it is unreadable.
    pub event: Option<Result<Value, String>>,
    pub stdout_is_terminal: bool,
    /// The terminal's width in columns, if it is told.
    pub width: Option<usize>,
    /// When reading and comparing must be done.
    pub deadline: Deadline,
}

impl Env {
    /// Reads the process's surroundings: the only place that does.
    pub fn read() -> Self {
        let vars: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| {
                let name = name.into_string().ok()?;
                // A folder of another encoding costs itself and not all programs.
                let value = if name == "PATH" {
                    value.to_string_lossy().into_owned()
                } else {
                    value.into_string().ok()?
                };
                Some((name, value))
            })
            .collect();
        let mut env = Self {
            vars,
            cwd: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            event: None,
            stdout_is_terminal: std::io::stdout().is_terminal(),
            width: None,
            deadline: Deadline::never(),
        };
        env.deadline = Deadline::within(env.reading());
        env.event = env.get("GITHUB_EVENT_PATH").map(read_event);
        env.width = env.get("COLUMNS").and_then(|text| text.trim().parse().ok()).filter(|&width| width > 0);
        env
    }

    /// How long reading and comparing may take: `CML_DEADLINE` in seconds, for tests and for slow machines.
    fn reading(&self) -> Duration {
        self.seconds("CML_DEADLINE").unwrap_or(deadline::READING)
    }

    /// A time in seconds.
    fn seconds(&self, name: &str) -> Option<Duration> {
        Duration::try_from_secs_f64(self.get(name)?.trim().parse().ok()?).ok()
    }

    /// A variable's value; an empty one (an unset value in YAML) counts as absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// Reads a CI's event file; the error is one sentence for a notice.
fn read_event(path: &str) -> Result<Value, String> {
    let bytes = Root::anywhere().read(Path::new(path), LARGEST_EVENT);
    let bytes = bytes.map_err(|why| format!("the event file {path} cannot be read: {why}"))?;
    serde_json::from_slice(&bytes).map_err(|why| format!("the event file {path} is not JSON: {why}"))
}

/// Which CI runs us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ci {
    GitHubActions,
    GitLab,
    None,
}

impl Ci {
    /// So many bytes of a job's log are kept, unless an administrator says another number; `None`: all of it.
    pub fn log_bytes(self) -> Option<usize> {
        (self == Self::GitLab).then_some(gitlab::LOG_BYTES)
    }
}

/// Why we run, as far as it decides what is compared and where it is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Situation {
    /// A change request.
    Change {
        number: ChangeNumber,
        /// The target branch's commit when the event happened.
        base: Option<Sha>,
        base_branch: String,
        head: Option<Sha>,
        head_branch: Option<String>,
        /// The head is in another repository (or that one is gone): the token can usually only read.
        fork: bool,
        /// Dependabot started the run: its token can only read and its secrets are others.
        dependabot: bool,
    },
    /// Commits came to a branch.
    Push {
        branch: String,
        default_branch: Option<String>,
        /// The branch's commit before the push; `None` for a new branch.
        before: Option<Sha>,
    },
    /// Somebody started a pipeline for a branch.
    Dispatch { branch: String, default_branch: Option<String> },
    /// Somebody wrote a comment on a change request: the event has its number only, the rest is asked of the forge.
    Named { number: ChangeNumber },
    /// Another workflow's run has ended; its change request is the only open one with this head, else the one with this
    /// head that the event has by its number.
    Workflow { head_repo: String, head_branch: String, head: Sha, numbers: Vec<ChangeNumber> },
    /// A merge queue tries a change request on top of `base`.
    Queue { number: Option<ChangeNumber>, base: Option<Sha>, base_branch: String },
    /// No CI.
    Laptop,
    /// Any other event, by its name: a schedule, a dispatch, a tag.
    Other { event: String },
}

/// What the machine says beyond the event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runner {
    /// Tells this job from others of the same run and name (the legs of a matrix).
    pub leg: Option<String>,
    /// The name that all legs of this job share, where it is not the job's own.
    pub legs_of: Option<String>,
    /// The leg's values as people read them, `3.13, ubuntu-latest`.
    pub matrix: Option<String>,
    /// The job runs with the target repository's own rights, even for a fork's change.
    pub privileged: bool,
    /// The commits that the CI says it made itself, to test the change merged into its target.
    pub merges: Vec<Sha>,
    /// The event is about a change request, and the job says which of its commits it checks out.
    pub chooses_head: bool,
    /// PEM files of roots to trust beside the system's, each with the variable that names it:
    /// `NODE_EXTRA_CA_CERTS`, as users of CML have set it, and `CI_SERVER_TLS_CA_FILE` of GitLab's runner.
    pub extra_roots: Vec<(&'static str, PathBuf)>,
    /// The PEM file of roots that stands for the system's.
    pub system_roots: Option<PathBuf>,
    /// How long a second of a wait lasts, in milliseconds: for tests, which cannot wait.
    pub pace: Option<u32>,
    /// When reading and comparing must be done.
    pub reading: Deadline,
    /// How long delivering may take, if it is told.
    pub delivery: Option<Duration>,
}

impl Runner {
    /// When a report must be delivered that is delivered from now on.
    pub fn delivering(&self) -> Deadline {
        Deadline::within(self.delivery.unwrap_or(deadline::DELIVERING))
    }
}

/// What the surroundings mean.
#[derive(Debug, Clone)]
pub struct Context {
    pub ci: Ci,
    pub forge: Option<&'static Flavor>,
    pub repo: Option<RepoUrl>,
    /// Where the forge's REST API answers, without a trailing slash.
    pub api_url: Option<String>,
    pub graphql_url: Option<String>,
    pub token: Option<Token>,
    /// What must not stand in anything that is posted.
    pub secrets: Secrets,
    pub situation: Situation,
    /// The change's own head, never the CI's merge commit.
    pub head: Option<Sha>,
    /// The file of the job's summary.
    pub summary: Option<PathBuf>,
    pub workflow: Option<String>,
    pub job: Option<String>,
    pub run: Option<String>,
    pub attempt: Option<String>,
    /// The page where people see this run.
    pub run_url: Option<String>,
    pub runner: Runner,
    pub notices: Vec<Notice>,
    /// The commit that a change is compared with, where the CI tells it: a merge base, or the target of the CI's own
    /// merge.
    pub told_base: Option<Sha>,
    /// A branch or tag by its whole name (`refs/heads/main`) and its commit, where the CI itself names both and the
    /// author of a change cannot: what [`Context::told_tip`] answers from.
    pub told_ref: Option<(String, Sha)>,
    /// What GitLab CI says about tokens; `None` in any other CI.
    pub ci_job: Option<CiJob>,
}

impl Context {
    /// Sets a repository that was found later (on a laptop: Git's remote), and what follows from it.
    pub fn set_repo(&mut self, repo: RepoUrl) {
        let forge = forge_of(&repo);
        self.forge = None;
        self.repo = Some(repo);
        if let Some(forge) = forge {
            self.set_forge(forge);
        }
    }

    /// Takes the token for the repository that is known now, and learns what is to be kept out of every text.
    pub fn take_token(&mut self, env: &Env, typed: Typed<'_>) {
        self.token = token_for(env, self, typed);
        self.secrets = Secrets::of(env, self.token.as_ref().map(Token::to_hide));
        let own = env.get("CI_JOB_TOKEN");
        let is_own = self.token.as_ref().is_some_and(|token| own == Some(token.to_hide().expose()));
        if let Some(job) = &mut self.ci_job {
            job.is_job_token = is_own;
        }
    }

    /// The token for a Git address of the web: only the server of the repository that we work for gets it, as whoever
    /// may write the clone's configuration could name any other, and only if it belongs there.
    pub fn token_for_remote(&self, url: &str) -> Option<&Secret> {
        let remote = Url::parse(url).ok()?;
        let is_ours = self.repo.as_ref().is_some_and(|repo| {
            Url::parse(repo.server()).is_ok_and(|server| server.origin() == remote.origin())
        });
        self.token.as_ref().filter(|_| is_ours)?.at(&remote).ok()
    }

    /// Says on which server the repository is, one that may be below a path; whether it can be there.
    pub fn set_server(&mut self, server: &str) -> bool {
        let server = server.trim_end_matches('/');
        let whole = self.repo.as_ref().map(ToString::to_string).unwrap_or_default();
        let is_start = whole.get(..server.len()).is_some_and(|start| start.eq_ignore_ascii_case(server));
        let slug = whole.get(server.len()..).filter(|_| is_start).and_then(|rest| rest.strip_prefix('/'));
        let Some(repo) = slug.and_then(|slug| RepoUrl::new(server, slug).ok()) else { return false };
        self.repo = Some(repo);
        if let Some(forge) = self.forge {
            (self.api_url, self.graphql_url) = (None, None);
            self.set_forge(forge);
        }
        true
    }

    /// Says which forge it is where the host's name does not tell.
    pub fn set_forge(&mut self, forge: &'static Flavor) {
        self.forge = Some(forge);
        if let Some(repo) = &self.repo {
            let server = repo.server();
            let apis = (forge.apis)(server);
            self.api_url.get_or_insert(apis.rest);
            self.graphql_url.get_or_insert(apis.graphql);
        }
    }
}

impl Context {
    /// The facts of the forge, or those that hold where none is known.
    pub fn flavor(&self) -> &'static Flavor {
        self.forge.unwrap_or(flavor::ELSEWHERE)
    }

    /// The run's attempt, where it is one number for all legs of a run: GitLab's is another one for each leg and for
    /// each retry of it.
    pub fn attempt_of_all_legs(&self) -> Option<&str> {
        self.attempt.as_deref().filter(|_| self.ci != Ci::GitLab)
    }

    /// Whether it is settled on which server the repository is: its address tells it, or variables do.
    pub fn knows_server(&mut self, env: &Env) -> bool {
        let (Some(flavor), Some(repo)) = (self.forge, &self.repo) else { return true };
        let is_public = repo.server() == flavor.server;
        if !flavor.is_below_paths {
            return true;
        }
        let told = env.get("CI_API_V4_URL").map(|url| url.trim_end_matches('/'));
        told.is_some() && self.api_url.as_deref() == told
            || gitlab::below_api(env).is_some_and(|server| self.set_server(server))
            || is_public
    }

    /// A title with `{workflow}` and `{run}` filled in as CML does: the first of each, on GitHub the workflow's name and
    /// the run's number, on GitLab the pipeline's number and the job's.
    pub fn fill_in(&self, title: &str) -> String {
        let (workflow, run) = match self.ci {
            Ci::GitLab => (&self.run, &self.attempt),
            Ci::GitHubActions | Ci::None => (&self.workflow, &self.run),
        };
        let [workflow, run] = [workflow, run].map(|text| text.as_deref().unwrap_or_default());
        title.replacen("{workflow}", workflow, 1).replacen("{run}", run, 1)
    }

    /// What to do about a token that is not there; `foreign`: the change comes from a fork or from Dependabot; `role`
    /// is the least that GitLab lets do what it is for.
    pub fn without_token(&self, foreign: bool, role: &str) -> String {
        match &self.ci_job {
            Some(job) => job.without_token(foreign, role),
            None => self.flavor().sign_in.to_owned(),
        }
    }
}

/// What `env` means; flags win over variables.
pub fn detect(env: &Env, repo_flag: Option<&str>, token_flag: Option<&str>) -> Context {
    let mut context = if github::is_here(env) {
        github::context(env, repo_flag)
    } else if gitlab::is_here(env) {
        gitlab::context(env, repo_flag)
    } else {
        others::context(env, laptop::context(repo_flag))
    };
    let file = |name: &'static str| Some((name, PathBuf::from(env.get(name)?)));
    context.runner.extra_roots =
        ["NODE_EXTRA_CA_CERTS", "CI_SERVER_TLS_CA_FILE"].into_iter().filter_map(file).collect();
    context.runner.system_roots = env.get("SSL_CERT_FILE").map(PathBuf::from);
    context.runner.reading = env.deadline;
    context.runner.delivery = env.seconds("CML_DELIVERY_DEADLINE");
    context.runner.pace = env.get("CML_TEST_PACE").and_then(|text| text.parse().ok());
    let names_repo = repo_flag.is_some_and(|text| !text.trim().is_empty());
    context.take_token(env, Typed { token: token_flag, names_repo });
    context
}

/// The forge that a repository's address speaks of; `None` if the host does not tell.
pub fn forge_of(repo: &RepoUrl) -> Option<&'static Flavor> {
    let host = host(repo.server()).to_ascii_lowercase();
    flavor::ALL.into_iter().find(|flavor| (flavor.is_at)(&host))
}

/// The checkouts of this job, as the CIs name them.
pub fn checkouts(env: &Env) -> impl Iterator<Item = PathBuf> {
    ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"].into_iter().filter_map(|name| env.get(name)).map(PathBuf::from)
}

/// Where a token that was refused may have come from, and what may have led to a wrong address, for hints.
pub const TOKEN_SOURCES: &str = "GITHUB_TOKEN, GITLAB_TOKEN or --token";
pub const API_SOURCES: &str = "GITHUB_API_URL, CI_API_V4_URL";
/// How a CI hands its authority's certificate on by itself, for hints.
pub const OWN_AUTHORITY: &str = "a GitLab runner with tls-ca-file does so by CI_SERVER_TLS_CA_FILE";

/// Eight digits that stand for a text.
fn short_hash(text: &str) -> String {
    Sha256::digest(text).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// `HOST[:PORT]` of a web address.
fn host(server: &str) -> &str {
    server.split_once("://").map_or(server, |(_, host)| host).trim_end_matches('/')
}

/// A CI leaves `$NAME` in place of a variable that the job does not get; that is no token.
fn is_unfilled(text: &str) -> bool {
    text.starts_with('$') || text == "[MASKED]"
}

/// The repository that the flag names: a whole address, or a slug on `server`. A bad one is a notice.
fn flagged_repo(flag: Option<&str>, server: &str, notices: &mut Vec<Notice>) -> Option<RepoUrl> {
    let text = flag.map(str::trim).filter(|text| !text.is_empty())?;
    let is_slug = !text.contains("://") && !text.contains('@');
    // A server under a path of its own, as far as we know it: the rest is the slug.
    let below = text.strip_prefix(server).and_then(|rest| rest.strip_prefix('/'));
    let answer = match below {
        Some(slug) => RepoUrl::new(server, slug),
        None if is_slug => RepoUrl::new(server, text),
        None => RepoUrl::parse(text),
    };
    // The text itself may hold a password, so the notice does not repeat it.
    let why = "is not a repository's address (https://HOST/OWNER/NAME or OWNER/NAME)";
    answer.map_err(|_| notices.push(Notice::about("--repo", why))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(vars: &[(&str, &str)]) -> Env {
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Env { vars, ..Env::default() }
    }

    #[test]
    fn an_empty_variable_is_absent() {
        let env = env(&[("A", ""), ("B", "x")]);
        assert_eq!((env.get("A"), env.get("B"), env.get("C")), (None, Some("x"), None));
    }

    #[test]
    fn a_broken_event_file_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("event.json");
        assert!(read_event(path.to_str().unwrap()).unwrap_err().contains("cannot be read"));
        std::fs::write(&path, "{").unwrap();
        assert!(read_event(path.to_str().unwrap()).unwrap_err().contains("not JSON"));
        std::fs::write(&path, "{}").unwrap();
        assert_eq!(read_event(path.to_str().unwrap()), Ok(serde_json::json!({})));
    }
}
