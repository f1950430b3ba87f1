//! GitLab CI: its variables become a [`Context`].
//!
//! A merge request's job may run in the fork that the change comes from; the merge request, its notes and its
//! uploads live in the target's project, so that is the repository here.

use std::path::PathBuf;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Ci, Context, Env, Runner, Secrets, Situation, flagged_repo};
use cml_base::flavor::GITLAB;
use cml_base::ident::{ChangeNumber, RepoUrl, Sha};
use cml_base::notice::Notice;

/// So many bytes of a job's log are kept, unless the administrator says another number.
pub(super) const LOG_BYTES: usize = 4 * 1024 * 1024;
/// Where a token may be, in the order in which they are read.
const TOKEN_VARIABLES: [&str; 4] = ["CML_TOKEN", "REPO_TOKEN", "repo_token", "GITLAB_TOKEN"];

/// What a job says about its token, its page and its pipeline, where its CI tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CiJob {
    /// The branch or tag is protected: only then the job gets protected variables.
    pub ref_protected: bool,
    /// There is a `CI_JOB_TOKEN`, which may not write notes.
    pub job_token: bool,
    /// The token that we have is that one; known once the token is taken.
    pub is_job_token: bool,
    /// A token's variable that is set to a text which GitLab did not fill in.
    pub unfilled: Option<String>,
    /// The job's own page.
    pub job_url: Option<String>,
    /// The checkout: what a job keeps is named from here.
    pub project_dir: Option<PathBuf>,
    /// The job's pipeline, if it is one of the project that we speak to.
    pub pipeline: Option<Pipeline>,
}

/// A pipeline of GitLab CI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    pub id: u64,
    /// The branch, the tag or the merge request's ref that it runs for.
    pub reference: Option<String>,
    /// The commit that it runs for: in a merged result the merge commit.
    pub commit: Sha,
}

/// What stays as it is in an address's path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

impl CiJob {
    /// The page of a file that the job keeps; `path` is below the checkout. It is there once the job has ended.
    pub fn artifact_page(&self, path: &str) -> Option<String> {
        let job = self.job_url.as_deref()?.trim_end_matches('/');
        Some(format!("{job}/artifacts/file/{}", utf8_percent_encode(path, PATH)))
    }

    /// What to do when there is no token; `role` is the least that may do what it is for.
    pub fn without_token(&self, fork: bool, role: &str) -> String {
        if fork {
            return "a fork's pipeline gets none of the project's variables; a member of the project can run the \
                    pipeline in it: merge request > Pipelines > Run pipeline"
                .to_owned();
        }
        let mut text = String::new();
        if let Some(name) = &self.unfilled {
            text += &format!(
                "{name} holds a variable's name (or [MASKED]) and not its value: that variable is not there.\n"
            );
        }
        if self.job_token {
            text += "CI_JOB_TOKEN is there, but GitLab does not let it write notes.\n";
        }
        if !self.ref_protected {
            text += "This branch is not protected: a variable with the flag \"Protect variable\" is not given to \
                     the job. If you have set one: Settings > CI/CD > Variables > untick \"Protect variable\".\n";
        }
        text + &make_token(role)
    }

    /// What to do when the server refused the token with this status; `None` if the token is not to blame. `role` is
    /// the least that may do what was refused.
    pub fn refused_token(&self, status: u16, role: &str) -> Option<String> {
        let why = match status {
            401 | 403 if self.is_job_token => {
                "the token is the job's own, CI_JOB_TOKEN, and GitLab does not let that write here.\n".to_owned()
            }
            401 => {
                "the token is wrong, expired or revoked (or it is a job token, which may not write notes).\n"
                    .to_owned()
            }
            403 => {
                format!("the token may not write here: it needs the scope `api` and the role {role} or higher.\n")
            }
            404 => {
                "the project or the merge request is not there for this token: check --repo, and that the token \
                 belongs to a member of the project.\n"
                    .to_owned()
            }
            _ => return None,
        };
        Some(why + &make_token(role))
    }
}

/// The role that may write notes.
pub const ROLE_FOR_NOTES: &str = "Reporter";
/// The role that may set statuses and labels, and resolve threads.
pub const ROLE_FOR_STATUSES: &str = "Developer";

fn make_token(role: &str) -> String {
    format!(
        "Make one: Settings > Access tokens (role {role}, scope api); on gitlab.com that needs Premium, without it \
         take a personal access token (scope api) of an account that is a member.\nStore it: Settings > CI/CD > \
         Variables > Add variable, key GITLAB_TOKEN, masked, not protected."
    )
}

/// Whether GitLab CI runs us.
pub(super) fn is_here(env: &Env) -> bool {
    env.get("GITLAB_CI") == Some("true")
}

/// The context of a job of GitLab CI.
pub(super) fn context(env: &Env, repo_flag: Option<&str>) -> Context {
    let mut notices = Vec::new();
    let server = server(env);
    let path = env.get("CI_MERGE_REQUEST_PROJECT_PATH").or_else(|| env.get("CI_PROJECT_PATH"));
    let own = path.and_then(|path| RepoUrl::new(&server, path).ok());
    let repo = flagged_repo(repo_flag, &server, &mut notices).or_else(|| own.clone());
    let situation = situation(env, &mut notices);
    let wanted = repo.as_ref().map_or(server.as_str(), RepoUrl::server);
    let told = env.get("CI_API_V4_URL").filter(|_| wanted.eq_ignore_ascii_case(&server));
    let is_change = matches!(situation, Situation::Change { .. });
    let told_ref = if repo == own { told_ref(env, &situation) } else { None };
    let is_own = repo.as_ref().map(RepoUrl::slug) == env.get("CI_PROJECT_PATH");
    let job = job(env, pipeline(env).filter(|_| is_own));
    let apis = (GITLAB.apis)(wanted);
    Context {
        ci: Ci::GitLab,
        forge: Some(&GITLAB),
        api_url: Some(told.map_or(apis.rest, |url| url.trim_end_matches('/').to_owned())),
        graphql_url: Some(apis.graphql),
        repo,
        token: None,
        secrets: Secrets::default(),
        told_base: told_base(env).filter(|_| is_change),
        told_ref,
        head: sha(env, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA").or_else(|| sha(env, "CI_COMMIT_SHA")),
        situation,
        summary: None,
        workflow: None,
        job: owned(env, "CI_JOB_NAME"),
        run: owned(env, "CI_PIPELINE_ID"),
        attempt: owned(env, "CI_JOB_ID"),
        run_url: owned(env, "CI_JOB_URL").or_else(|| owned(env, "CI_PIPELINE_URL")),
        runner: runner(env),
        notices,
        ci_job: Some(job),
    }
}

/// A job of `parallel` has its leg in its name: `train 2/3`, `train: [3.13, ubuntu]`. A name is one job's in its
/// pipeline, so that a retried leg has the same.
fn runner(env: &Env) -> Runner {
    let name = env.get("CI_JOB_NAME").filter(|_| env.get("CI_NODE_INDEX").is_some()).unwrap_or_default();
    let of_matrix = || name.strip_suffix(']')?.split_once(": [");
    let of_number = || {
        let (job, part) = name.rsplit_once(' ')?;
        let (index, total) = part.split_once('/')?;
        (index.parse::<u32>().is_ok() && total.parse::<u32>().is_ok()).then_some((job, part))
    };
    let leg = of_matrix().or_else(of_number);
    Runner {
        merges: sha(env, "CI_COMMIT_SHA").filter(|_| is_merged(env)).into_iter().collect(),
        legs_of: leg.map(|(job, _)| job.to_owned()),
        leg: leg.map(|(_, leg)| super::short_hash(leg)),
        ..Runner::default()
    }
}

/// The server whose API `CI_API_V4_URL` is.
pub(super) fn below_api(env: &Env) -> Option<&str> {
    env.get("CI_API_V4_URL")?.trim_end_matches('/').strip_suffix("/api/v4")
}

/// The instance's address, which may have a path: what `CI_API_V4_URL` is below, else `CI_SERVER_URL`.
pub(super) fn server(env: &Env) -> String {
    let server = below_api(env).or_else(|| env.get("CI_SERVER_URL")).unwrap_or(GITLAB.server);
    server.trim_end_matches('/').to_owned()
}

fn situation(env: &Env, notices: &mut Vec<Notice>) -> Situation {
    let source = env.get("CI_PIPELINE_SOURCE").unwrap_or("unknown");
    if let Some(number) = number(env, "CI_MERGE_REQUEST_IID") {
        let (target, from) =
            (env.get("CI_MERGE_REQUEST_PROJECT_ID"), env.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID"));
        return Situation::Change {
            number,
            base: sha(env, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA"),
            base_branch: owned(env, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME").unwrap_or_default(),
            head: sha(env, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA").or_else(|| sha(env, "CI_COMMIT_SHA")),
            head_branch: owned(env, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"),
            fork: from.is_some() && from != target,
            dependabot: false,
        };
    }
    if source == "merge_request_event" {
        let why =
            "CI_MERGE_REQUEST_IID is not set, so the merge request is not known; name it: --target mr/N";
        notices.push(Notice::about(source, why));
    }
    let other = || Situation::Other { event: source.to_owned() };
    let Some(branch) = owned(env, "CI_COMMIT_BRANCH").filter(|_| source != "schedule") else {
        return other();
    };
    let default_branch = owned(env, "CI_DEFAULT_BRANCH");
    if let Some(number) = open_change(env).filter(|_| default_branch.as_ref() != Some(&branch)) {
        // Its target is asked of the server.
        return Situation::Named { number };
    }
    // A child pipeline runs for the same push as its parent.
    if !matches!(source, "push" | "parent_pipeline") {
        return Situation::Dispatch { branch, default_branch };
    }
    Situation::Push { branch, default_branch, before: sha(env, "CI_COMMIT_BEFORE_SHA") }
}

/// The one open merge request of a branch's pipeline, `group/project!7`; none if there are several, or if it is in
/// another project (a fork's pipeline), where our token says nothing.
fn open_change(env: &Env) -> Option<ChangeNumber> {
    let mut open =
        env.get("CI_OPEN_MERGE_REQUESTS")?.split(',').map(str::trim).filter(|text| !text.is_empty());
    let (path, number) = open.next()?.rsplit_once('!')?;
    let is_only = open.next().is_none() && Some(path) == env.get("CI_PROJECT_PATH");
    is_only.then(|| number.parse().ok().map(ChangeNumber))?
}

/// A merged result is compared with the target's commit that was merged, a plain merge request with the commit where
/// it left the target.
fn told_base(env: &Env) -> Option<Sha> {
    sha(
        env,
        if is_merged(env) { "CI_MERGE_REQUEST_TARGET_BRANCH_SHA" } else { "CI_MERGE_REQUEST_DIFF_BASE_SHA" },
    )
}

/// Whether GitLab has merged the change into its target to test it.
fn is_merged(env: &Env) -> bool {
    matches!(env.get("CI_MERGE_REQUEST_EVENT_TYPE"), Some("merged_result" | "merge_train"))
}

/// The target's commit that was merged to test the change, or the commit of a pipeline that runs for no change. The
/// pipeline of a branch says nothing: the branch may be a change's own.
fn told_ref(env: &Env, situation: &Situation) -> Option<(String, Sha)> {
    if let Situation::Change { base_branch, base, .. } = situation {
        return Some((format!("refs/heads/{base_branch}"), base.clone()?));
    }
    let is_foreign = env.get("CI_PIPELINE_SOURCE") == Some("external_pull_request_event");
    if is_foreign || !matches!(situation, Situation::Other { .. }) {
        return None;
    }
    let name = match (env.get("CI_COMMIT_TAG"), env.get("CI_COMMIT_BRANCH")) {
        (Some(tag), _) => format!("refs/tags/{tag}"),
        (None, branch) => format!("refs/heads/{}", branch?),
    };
    Some((name, sha(env, "CI_COMMIT_SHA")?))
}

/// A merge request's pipeline has a ref of the merge request, as its branch may be another project's.
fn pipeline(env: &Env) -> Option<Pipeline> {
    let of_change = || {
        let head = env.get("CI_MERGE_REQUEST_REF_PATH")?;
        let all = head.strip_suffix("/head")?;
        Some(match env.get("CI_MERGE_REQUEST_EVENT_TYPE") {
            Some("merged_result") => format!("{all}/merge"),
            Some("merge_train") => format!("{all}/train"),
            _ => head.to_owned(),
        })
    };
    Some(Pipeline {
        id: env.get("CI_PIPELINE_ID")?.trim().parse().ok()?,
        reference: of_change().or_else(|| owned(env, "CI_COMMIT_REF_NAME")),
        commit: sha(env, "CI_COMMIT_SHA")?,
    })
}

fn job(env: &Env, pipeline: Option<Pipeline>) -> CiJob {
    let unfilled = TOKEN_VARIABLES.iter().find(|name| env.get(name).is_some_and(super::is_unfilled));
    CiJob {
        ref_protected: env.get("CI_COMMIT_REF_PROTECTED") == Some("true"),
        job_token: env.get("CI_JOB_TOKEN").is_some(),
        is_job_token: false,
        unfilled: unfilled.map(|name| (*name).to_owned()),
        job_url: owned(env, "CI_JOB_URL"),
        project_dir: owned(env, "CI_PROJECT_DIR").map(PathBuf::from),
        pipeline,
    }
}

fn owned(env: &Env, name: &str) -> Option<String> {
    env.get(name).map(str::to_owned)
}

fn number(env: &Env, name: &str) -> Option<ChangeNumber> {
    env.get(name)?.trim().parse().ok().map(ChangeNumber)
}

/// A commit's name; zeros ("no commit") count as absent.
fn sha(env: &Env, name: &str) -> Option<Sha> {
    env.get(name)?.parse().ok().filter(|sha: &Sha| !sha.is_zero())
}

#[cfg(test)]
mod tests;
