//! Runs Git as a child: the clone's own `.git` by name, a fixed language, no prompts, no locks, nothing that a
//! configuration could start, and its answer without the token.
//!
//! In: arguments. Out: what Git printed, or an error with its own words.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::place::Place;
use super::sign_in::redact;
use cml_base::ident::{Secret, Sha};
use cml_base::notice::Notice;
use cml_base::tree::RevisionError;
use cml_host::deadline::Deadline;
use cml_host::environment::Env;
use cml_host::process::{Answer, Call, Needs, ProcessError, Programs};

/// What reads the clone alone takes no time, and may take so long even when the run's time is over: a base that could
/// not be fetched in time must not cost the rest of the report.
pub(super) const LOCAL: Duration = Duration::from_secs(10);

/// Ways to a server. Not `ext::`, which is a command to run, and not `git://`, which nobody signs in to and which a
/// configuration may send through a program.
const PROTOCOLS: &str = "https:http:ssh:file";

/// What counts for each call, whatever the configurations say: nothing that they could start is started. In containers
/// the clone belongs to another user. A server that says nothing for half a minute is given up.
const OWN: [(&str, &str); 11] = [
    ("safe.directory", "*"),
    ("safe.bareRepository", "explicit"),
    ("core.fsmonitor", ""),
    ("core.hooksPath", "/dev/null"),
    ("core.askPass", ""),
    ("protocol.ext.allow", "never"),
    ("submodule.recurse", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("http.lowSpeedLimit", "1"),
    ("http.lowSpeedTime", "30"),
];

/// Git in one folder of one clone.
#[derive(Debug, Clone)]
pub(super) struct Git {
    programs: Programs,
    program: PathBuf,
    git_dir: PathBuf,
    root: PathBuf,
    dir: PathBuf,
    /// How the job signs in by ssh; a configuration's word about it is a command, and does not count.
    ssh: Option<String>,
    deadline: Deadline,
}

/// What one call needs beyond its arguments.
#[derive(Default)]
pub(super) struct Extra<'a> {
    /// Configuration for this call only, in order.
    pub(super) config: Vec<(String, String)>,
    /// What must not stand in the answer.
    pub(super) token: Option<&'a Secret>,
    /// It may talk to the remote.
    pub(super) network: bool,
    pub(super) input: Vec<u8>,
}

impl Git {
    /// Git in the clone at `place`, and what there is to say about the program.
    pub(super) fn new(place: &Place, env: &Env) -> Result<(Self, Option<Notice>), RevisionError> {
        let programs = Programs::outside(&place.root, env);
        let found = programs.find("git").map_err(|error| not_started(&error))?;
        let ssh = match (env.get("GIT_SSH_COMMAND"), env.get("GIT_SSH")) {
            (Some(command), _) => Some(command.to_owned()),
            (None, Some(_)) => None,
            (None, None) => Some("ssh".to_owned()),
        };
        let (git_dir, root) = (place.git_dir.clone(), place.root.clone());
        let dir = root.join(&place.prefix);
        let git = Self { programs, program: found.path, git_dir, root, dir, ssh, deadline: env.deadline };
        Ok((git, found.notice))
    }

    /// The same program in the clone at `place`.
    pub(super) fn at(&self, place: &Place) -> Self {
        let (git_dir, root) = (place.git_dir.clone(), place.root.clone());
        Self { dir: root.join(&place.prefix), git_dir, root, ..self.clone() }
    }

    pub(super) fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    pub(super) fn programs(&self) -> &Programs {
        &self.programs
    }

    /// When a call that reads the clone alone must be done.
    pub(super) fn local_deadline(&self) -> Deadline {
        self.deadline.at_least(LOCAL)
    }

    /// A call that is ready to be made.
    pub(super) fn call(&self, args: &[&str], config: &[(String, String)], network: bool) -> Call {
        let needs = if network { Needs::Network } else { Needs::Nothing };
        let mut call = self.programs.call(&self.program, needs);
        call = call.args(["-C".as_ref(), self.dir.as_os_str()]).args(args);
        call = call.var("GIT_DIR", &self.git_dir).var("GIT_WORK_TREE", &self.root);
        for (name, value) in [
            ("GIT_OPTIONAL_LOCKS", "0"),
            // A clone may say that other objects stand for those of a commit.
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_ASKPASS", ""),
            ("SSH_ASKPASS_REQUIRE", "never"),
            ("GIT_LITERAL_PATHSPECS", "1"),
            ("GIT_PAGER", "cat"),
        ] {
            call = call.var(name, value);
        }
        if network {
            call = call.var("GIT_ALLOW_PROTOCOL", PROTOCOLS);
            if let Some(ssh) = &self.ssh {
                call = call.var("GIT_SSH_COMMAND", ssh);
            }
        } else {
            // Objects that a partial clone lacks are fetched by us, with the token, or not at all. Older versions of
            // Git do not know the first variable; they find that no protocol is allowed.
            call = call.var("GIT_NO_LAZY_FETCH", "1").var("GIT_ALLOW_PROTOCOL", "none").at_least(LOCAL);
        }
        let own = OWN.iter().map(|(key, value)| (*key, *value));
        let all = own.chain(config.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        let mut count = 0;
        for (key, value) in all {
            call = call.var(format!("GIT_CONFIG_KEY_{count}"), key);
            call = call.var(format!("GIT_CONFIG_VALUE_{count}"), value);
            count += 1;
        }
        call.var("GIT_CONFIG_COUNT", count.to_string())
    }

    /// What Git prints.
    pub(super) fn run(&self, args: &[&str]) -> Result<Vec<u8>, RevisionError> {
        self.run_with(args, &Extra::default())
    }

    pub(super) fn run_with(&self, args: &[&str], extra: &Extra<'_>) -> Result<Vec<u8>, RevisionError> {
        let call = self.call(args, &extra.config, extra.network).input(extra.input.clone());
        let output = call.run().map_err(|error| failed(&doing(args), &error))?;
        if output.status.success() {
            return Ok(output.output);
        }
        Err(RevisionError::Git { doing: doing(args), answer: answer(&output, extra.token) })
    }

    /// What Git prints, without the one line end after it.
    pub(super) fn line(&self, args: &[&str]) -> Result<Vec<u8>, RevisionError> {
        let mut bytes = self.run(args)?;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        Ok(bytes)
    }

    /// [`Git::line`] as text; `None` if Git says no.
    pub(super) fn word(&self, args: &[&str]) -> Option<String> {
        String::from_utf8(self.line(args).ok()?).ok().filter(|text| !text.is_empty())
    }
}

/// The error of a program that cannot be started.
fn not_started(error: &ProcessError) -> RevisionError {
    RevisionError::NoGit { why: error.to_string() }
}

/// The error of a call that has no answer.
pub(super) fn failed(doing: &str, error: &ProcessError) -> RevisionError {
    match error {
        ProcessError::NotFound { .. } | ProcessError::NotStarted { .. } => not_started(error),
        error => RevisionError::Git { doing: doing.to_owned(), answer: error.to_string() },
    }
}

/// What was asked: the subcommand and what it was about, without the options between them.
fn doing(args: &[&str]) -> String {
    let words = args.iter().filter(|word| !word.starts_with('-'));
    words.copied().collect::<Vec<_>>().join(" ")
}

/// Git's own words in one line, without the token in any form.
fn answer(output: &Answer, token: Option<&Secret>) -> String {
    let text = String::from_utf8_lossy(&output.complaints);
    let text = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    let text = redact(&text, token);
    if text.is_empty() { format!("no answer, {}", output.status) } else { text }
}

/// A remote, as the clone's configuration names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Remote {
    pub(super) name: String,
    /// Its first address.
    pub(super) url: Option<String>,
    /// It gives objects later that it left out: the clone is partial.
    pub(super) is_promisor: bool,
    pub(super) filter: Option<String>,
}

/// Whether the configuration is of a clone that Git reads: each names the version of its format.
pub(super) fn names_a_version(listing: &[u8]) -> bool {
    listing.split(|&byte| byte == 0).any(|record| record.starts_with(b"core.repositoryformatversion\n"))
}

/// The remotes in `remote.NAME.KEY\nVALUE\0`..., in their order.
pub(super) fn remotes(listing: &[u8]) -> Vec<Remote> {
    let mut remotes: Vec<Remote> = Vec::new();
    for record in listing.split(|&byte| byte == 0).filter_map(|record| std::str::from_utf8(record).ok()) {
        let (key, value) = record.split_once('\n').unwrap_or((record, "true"));
        let Some((name, key)) = key.strip_prefix("remote.").and_then(|rest| rest.rsplit_once('.')) else {
            continue;
        };
        let at = remotes.iter().position(|remote| remote.name == name).unwrap_or_else(|| {
            remotes.push(Remote { name: name.to_owned(), ..Remote::default() });
            remotes.len() - 1
        });
        let remote = &mut remotes[at];
        match key {
            "url" => drop(remote.url.get_or_insert_with(|| value.to_owned())),
            "promisor" => remote.is_promisor = matches!(value, "true" | "yes" | "on" | "1"),
            "partialclonefilter" => remote.filter = Some(value.to_owned()),
            _ => {}
        }
    }
    remotes.retain(|remote| !remote.name.is_empty() && remote.url.is_some());
    remotes
}

/// What a commit object says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) parents: Vec<Sha>,
    pub(super) time: Option<i64>,
    pub(super) tree: Option<String>,
}

impl Commit {
    /// Reads the object's header; the message below it may say anything.
    pub(super) fn parse(object: &[u8]) -> Self {
        let text = String::from_utf8_lossy(object);
        let mut commit = Self::default();
        for line in text.lines().take_while(|line| !line.is_empty()) {
            match line.split_once(' ') {
                Some(("tree", name)) => commit.tree = Some(name.to_owned()),
                Some(("parent", name)) => commit.parents.extend(name.parse::<Sha>()),
                Some(("committer", rest)) => {
                    commit.time = rest.rsplit(' ').nth(1).and_then(|seconds| seconds.parse().ok());
                }
                _ => {}
            }
        }
        commit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_read_from_its_header_only() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let object = format!(
            "tree {a}\nparent {a}\nparent {b}\nauthor X <x> 1 +0000\ncommitter Y Z <y> 1700000000 -0130\n\
             gpgsig -----BEGIN\n parent {b}\n\nparent {b}\ncommitter E <e> 5 +0000\n"
        );
        let commit = Commit::parse(object.as_bytes());
        assert_eq!(commit.parents, [a.parse().unwrap(), b.parse().unwrap()]);
        assert_eq!(commit.time, Some(1_700_000_000));
        assert_eq!(Commit::parse(b"\xff"), Commit::default());
    }

    #[test]
    fn an_error_names_the_subcommand_and_not_the_options() {
        let sandbox = crate::testing::Sandbox::new();
        let error = sandbox.repo().git.run(&["cat-file", "-e", "nope"]).unwrap_err();
        assert!(error.to_string().starts_with("git cat-file nope failed: fatal:"), "{error}");
    }

    #[test]
    fn remotes_are_read_with_what_they_left_out() {
        let listing = b"remote.a.b.url\nhttps://h/x\0remote.a.b.url\nhttps://h/y\0remote.a.b.promisor\ntrue\0\
            remote.a.b.partialclonefilter\nblob:none\0remote.c.promisor\0remote.d.url\nx\0remote.pushdefault\nd\0";
        let a = Remote {
            name: "a.b".to_owned(),
            url: Some("https://h/x".to_owned()),
            is_promisor: true,
            filter: Some("blob:none".to_owned()),
        };
        let d = Remote { name: "d".to_owned(), url: Some("x".to_owned()), ..Remote::default() };
        assert_eq!(remotes(listing), [a, d]);
    }
}
