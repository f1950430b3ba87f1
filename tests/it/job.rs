//! A change request's job against a loopback GitHub or GitLab.

use std::fs;
use std::path::Path;
use std::process::Child;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::forge::Running;
use crate::world::{Ran, World};

pub(crate) const TOKEN: &str = "ghs_seededTokenThatMustNeverShow";

/// Which forge and CI it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    GitHub,
    GitLab,
}

/// For tests that hold on every forge.
pub(crate) const EVERY: [Host; 2] = [Host::GitHub, Host::GitLab];

/// A change request's job: a checkout of `feature` whose run is in the workspace, and its event.
pub(crate) struct Job {
    pub(crate) world: Rc<World>,
    pub(crate) forge: Rc<Running>,
    host: Host,
    variables: Vec<(String, String)>,
}

impl Job {
    pub(crate) fn new() -> Self {
        Self::at(Host::GitHub)
    }

    pub(crate) fn at(host: Host) -> Self {
        let world = World::new();
        world.put("cml-dvc-case/base");
        world.commit("base");
        world.git(&["checkout", "-q", "-b", "feature"]);
        let head = world.commit("feature");
        world.put("cml-dvc-case/head");
        Self::of_host(host, world, &head, false)
    }

    /// The job of an event whose head is `head`, from a fork or not.
    pub(crate) fn of(world: impl Into<Rc<World>>, head: &str, fork: bool) -> Self {
        Self::of_host(Host::GitHub, world, head, fork)
    }

    pub(crate) fn of_host(host: Host, world: impl Into<Rc<World>>, head: &str, fork: bool) -> Self {
        let world = world.into();
        match host {
            Host::GitHub => Self::on_github(world, head, fork),
            Host::GitLab => Self::on_gitlab(world, head, fork),
        }
    }

    fn on_gitlab(world: Rc<World>, head: &str, fork: bool) -> Self {
        let forge = crate::forge::start();
        let base = world.git(&["rev-parse", "main"]);
        forge.set_branch("main", &base);
        let url = forge.url();
        let variables = [
            ("CI", "true".to_owned()),
            ("GITLAB_CI", "true".to_owned()),
            ("CI_PIPELINE_SOURCE", "merge_request_event".to_owned()),
            ("CI_SERVER_URL", url.clone()),
            ("CI_API_V4_URL", format!("{url}/api/v4")),
            ("CI_PROJECT_PATH", (if fork { "someone/proj" } else { "grp/sub/proj" }).to_owned()),
            ("CI_MERGE_REQUEST_IID", "7".to_owned()),
            ("CI_MERGE_REQUEST_PROJECT_PATH", "grp/sub/proj".to_owned()),
            ("CI_MERGE_REQUEST_PROJECT_ID", "1".to_owned()),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", (if fork { "2" } else { "1" }).to_owned()),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main".to_owned()),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", base),
            ("CI_MERGE_REQUEST_EVENT_TYPE", "detached".to_owned()),
            ("CI_COMMIT_SHA", head.to_owned()),
            ("CI_COMMIT_REF_PROTECTED", "false".to_owned()),
            ("CI_DEFAULT_BRANCH", "main".to_owned()),
            ("CI_JOB_NAME", "train".to_owned()),
            ("CI_JOB_URL", format!("{url}/grp/sub/proj/-/jobs/66")),
            ("CI_PIPELINE_ID", "11".to_owned()),
            ("CI_JOB_ID", "66".to_owned()),
            ("CI_COMMIT_REF_NAME", "feature".to_owned()),
            ("CI_MERGE_REQUEST_REF_PATH", "refs/merge-requests/7/head".to_owned()),
            ("CI_PROJECT_DIR", world.root().display().to_string()),
            ("CI_JOB_TOKEN", "job-seededToken".to_owned()),
            ("CML_TEST_PACE", "1".to_owned()),
            ("GITLAB_TOKEN", TOKEN.to_owned()),
        ];
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { world, forge: Rc::new(forge), host: Host::GitLab, variables }
    }

    fn on_github(world: Rc<World>, head: &str, fork: bool) -> Self {
        let base = world.git(&["rev-parse", "main"]);
        let forge = crate::forge::start();
        forge.set_branch("main", &base);
        let head_repo = if fork { "someone/r" } else { "o/r" };
        let event = json!({
            "number": 7,
            "pull_request": {
                "number": 7,
                "head": {"sha": head, "ref": "feature", "repo": {"full_name": head_repo, "fork": fork}},
                "base": {"sha": base, "ref": "main", "repo": {"full_name": "o/r"}},
            },
            "repository": {"full_name": "o/r", "default_branch": "main"},
        });
        let path = world.path("event.json");
        fs::write(&path, event.to_string()).unwrap();
        let variables = [
            ("CI", "true".to_owned()),
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_EVENT_NAME", "pull_request".to_owned()),
            ("GITHUB_EVENT_PATH", path.display().to_string()),
            ("GITHUB_REPOSITORY", "o/r".to_owned()),
            ("GITHUB_SERVER_URL", forge.url()),
            ("GITHUB_API_URL", format!("{}/api/v3", forge.url())),
            ("GITHUB_GRAPHQL_URL", format!("{}/api/graphql", forge.url())),
            ("GITHUB_SHA", world.git(&["rev-parse", "HEAD"])),
            ("GITHUB_REF", "refs/pull/7/merge".to_owned()),
            ("GITHUB_WORKFLOW", "train".to_owned()),
            ("GITHUB_JOB", "model".to_owned()),
            ("GITHUB_RUN_ID", "11".to_owned()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
            ("GITHUB_TOKEN", TOKEN.to_owned()),
            ("CML_TEST_PACE", "1".to_owned()),
            ("GITHUB_STEP_SUMMARY", world.path("summary.md").display().to_string()),
        ];
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { world, forge: Rc::new(forge), host: Host::GitHub, variables }
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    /// Another job on the same repository and forge.
    pub(crate) fn again(&self) -> Self {
        let (world, forge) = (Rc::clone(&self.world), Rc::clone(&self.forge));
        Self { world, forge, host: self.host, variables: self.variables.clone() }
    }

    /// The same job for another head of the pull request.
    pub(crate) fn headed(self, head: &str) -> Self {
        if self.host == Host::GitLab {
            return self.with("CI_COMMIT_SHA", head);
        }
        let path = self.world.path("event.json");
        let mut event: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        event["pull_request"]["head"]["sha"] = head.into();
        let own = self.world.path(&format!("event-{head}.json"));
        fs::write(&own, event.to_string()).unwrap();
        self.with("GITHUB_EVENT_PATH", own.to_str().unwrap())
    }

    /// The same job for another event.
    pub(crate) fn on(self, name: &str, event: &Value) -> Self {
        fs::write(self.world.path("event.json"), event.to_string()).unwrap();
        self.with("GITHUB_EVENT_NAME", name)
    }

    /// The same job of another run.
    pub(crate) fn in_run(self, number: u64) -> Self {
        let name = match self.host {
            Host::GitHub => "GITHUB_RUN_ID",
            Host::GitLab => "CI_PIPELINE_ID",
        };
        self.with(name, &number.to_string())
    }

    /// The login behind the job's token.
    pub(crate) fn viewer(&self) -> &'static str {
        match self.host {
            Host::GitHub => crate::forge::VIEWER,
            Host::GitLab => crate::forge::BOT,
        }
    }

    /// The same job, whose forge is reached at another address.
    pub(crate) fn reached_at(mut self, url: &str) -> Self {
        let own = self.forge.url();
        for (_, value) in &mut self.variables {
            *value = value.replace(&own, url);
        }
        self
    }

    /// The same job with this variable.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        let mut job = self.without(name);
        job.variables.push((name.to_owned(), value.to_owned()));
        job
    }

    #[track_caller]
    pub(crate) fn cml(&self, arguments: &[&str]) -> Ran {
        self.cml_in(&self.world.root(), arguments)
    }

    #[track_caller]
    pub(crate) fn cml_in(&self, folder: &Path, arguments: &[&str]) -> Ran {
        let variables: Vec<(&str, &str)> =
            self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let ran = self.world.cml_in(folder, arguments, &variables);
        for text in [&ran.out, &ran.err] {
            assert!(!text.contains(TOKEN), "the token shows in {text}");
        }
        ran
    }

    /// The same through a shell's script, in which `"$@"` is the command line.
    pub(crate) fn cml_through(&self, script: &str, arguments: &[&str]) -> Ran {
        let variables: Vec<(&str, &str)> =
            self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let ran = self.world.cml_through(script, arguments, &variables);
        for text in [&ran.out, &ran.err] {
            assert!(!text.contains(TOKEN), "the token shows in {text}");
        }
        ran
    }

    /// Starts the program and does not wait for it.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        let variables: Vec<(&str, &str)> =
            self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.world.spawn(arguments, &variables)
    }

    /// A part of the address of every list of comments on a change request.
    pub(crate) fn thread(&self) -> &'static str {
        match self.host {
            Host::GitHub => "/issues",
            Host::GitLab => "/notes",
        }
    }

    /// The variable that the token is in.
    pub(crate) fn token_name(&self) -> &'static str {
        match self.host {
            Host::GitHub => "GITHUB_TOKEN",
            Host::GitLab => "GITLAB_TOKEN",
        }
    }

    /// Where a report is that is no comment: the job summary, on GitLab the log.
    pub(crate) fn kept(&self, ran: &Ran) -> String {
        match self.host {
            Host::GitHub => self.summary(),
            Host::GitLab => ran.out.clone(),
        }
    }

    pub(crate) fn summary(&self) -> String {
        fs::read_to_string(self.world.path("summary.md")).unwrap_or_default()
    }
}
