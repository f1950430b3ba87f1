//! One `git push` of one commit without parents.
//!
//! The commit is made in a bare repository of its own in a temporary folder, so that the user's repository, its
//! hooks and everybody's Git configuration are neither read nor changed. The token goes through the child's
//! environment, never through its arguments, and is taken out of whatever Git says.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::str::FromStr as _;
use std::time::Duration;

use super::Place;
use cml_base::ident::Sha;
use cml_forge::TreeFile;
use cml_git::sign_in;
use cml_host::deadline::Deadline;
use cml_host::process::{Call, Needs, ProcessError, Programs, Scratch};

const TIMEOUT: Duration = Duration::from_secs(60);

/// Why nothing was pushed, in one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PushError {
    #[error("the temporary {path} cannot be made: {why}")]
    Folder { path: String, why: String },
    #[error("git {command}: {answer}")]
    Refused { command: String, answer: String },
}

/// Pushes the files as one commit to `refname`, which is only ever created, and answers the commit that is there.
pub(super) async fn push(
    files: &[TreeFile],
    refname: &str,
    place: &Place,
    programs: &Programs,
) -> Result<Sha, PushError> {
    let no_folder =
        |why: std::io::Error| PushError::Folder { path: "folder".to_owned(), why: why.to_string() };
    let folder = Scratch::new().map_err(no_folder)?;
    let refused =
        |why: ProcessError| PushError::Refused { command: "push".to_owned(), answer: why.to_string() };
    let program = programs.find("git").map_err(refused)?.path;
    let git = Git { programs, program, dir: folder.path(), place };
    git.run(&["init", "--quiet", "--bare", "."], Vec::new()).await?;
    let commit = commit(&git, files).await?;
    let lease = format!("--force-with-lease={refname}:");
    let refspec = format!("{commit}:{refname}");
    let pushed = git.run(&["push", "--quiet", &lease, &place.remote_url, &refspec], Vec::new()).await;
    match pushed {
        Ok(_) => Ok(commit),
        // The same pictures of another head have another date, so another commit, under the same ref.
        Err(error) => match already_there(&git, refname).await {
            Some(there) => Ok(there),
            None => Err(error),
        },
    }
}

async fn commit(git: &Git<'_>, files: &[TreeFile]) -> Result<Sha, PushError> {
    // One process for all: their names are ours, because those of the files could be read as anything.
    let mut paths = String::new();
    for (index, file) in files.iter().enumerate() {
        let path = git.dir.join(format!("cml-image-{index}"));
        std::fs::write(&path, &file.bytes).map_err(|error| PushError::Folder {
            path: path.display().to_string(),
            why: error.to_string(),
        })?;
        paths.push_str(&format!("{}\n", path.display()));
    }
    let blobs = git.run(&["hash-object", "-w", "--no-filters", "--stdin-paths"], paths.into_bytes()).await?;
    let mut entries = String::new();
    for (file, blob) in files.iter().zip(blobs.lines()) {
        entries.push_str(&format!("100644 blob {blob}\t{}\n", file.path));
    }
    let tree = git.run(&["mktree"], entries.into_bytes()).await?;
    let commit = git.run(&["commit-tree", "-m", "Images of a report", tree.trim()], Vec::new()).await?;
    Sha::from_str(&commit)
        .map_err(|error| PushError::Refused { command: "commit-tree".to_owned(), answer: error.to_string() })
}

async fn already_there(git: &Git<'_>, refname: &str) -> Option<Sha> {
    let listed = git.run(&["ls-remote", &git.place.remote_url, refname], Vec::new()).await.ok()?;
    let (commit, name) = listed.lines().next()?.split_once('\t')?;
    (name == refname).then(|| Sha::from_str(commit).ok())?
}

/// How Git is called here.
struct Git<'a> {
    programs: &'a Programs,
    program: PathBuf,
    dir: &'a Path,
    place: &'a Place,
}

impl Git<'_> {
    /// Runs Git and answers its standard output.
    async fn run(&self, args: &[&str], input: Vec<u8>) -> Result<String, PushError> {
        let command = args.first().copied().unwrap_or_default().to_owned();
        let answer = match self.call(args).input(input).answer().await {
            Ok(answer) => answer,
            Err(error) => return Err(PushError::Refused { command, answer: error.to_string() }),
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if answer.status.success() {
            return Ok(text(&answer.output));
        }
        let answer = self.answer(&text(&answer.complaints), answer.status);
        Err(PushError::Refused { command, answer })
    }

    fn call(&self, args: &[&str]) -> Call {
        // Reading is done, so its end does not count any more.
        let call = self.programs.call(&self.program, Needs::Network).until(Deadline::within(TIMEOUT));
        let mut call = call.folder(self.dir).args(args).var("GIT_DIR", self.dir);
        for (name, value) in [
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_ASKPASS", ""),
            ("GIT_ALLOW_PROTOCOL", "https:http:file"),
        ] {
            call = call.var(name, value);
        }
        for who in ["AUTHOR", "COMMITTER"] {
            call = call
                .var(format!("GIT_{who}_NAME"), "cml")
                .var(format!("GIT_{who}_EMAIL"), "cml@noreply.invalid")
                .var(format!("GIT_{who}_DATE"), &self.place.commit_date);
        }
        let mut config = vec![("core.hooksPath".to_owned(), "/dev/null".to_owned())];
        config.extend(sign_in::settings(&self.place.remote_url, self.place.token.as_ref()));
        call = call.var("GIT_CONFIG_COUNT", config.len().to_string());
        for (index, (key, value)) in config.into_iter().enumerate() {
            call = call.var(format!("GIT_CONFIG_KEY_{index}"), key);
            call = call.var(format!("GIT_CONFIG_VALUE_{index}"), value);
        }
        call
    }

    /// What Git said, without the token, in one line: the server's words first, if it said anything.
    fn answer(&self, stderr: &str, status: ExitStatus) -> String {
        let mut lines: Vec<&str> = stderr.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines.retain(|line| !line.starts_with("hint:"));
        let answer = sign_in::redact(&lines.join("; "), self.place.token.as_ref());
        if answer.is_empty() { status.to_string() } else { answer.chars().take(500).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cml_base::ident::{RepoUrl, Secret};
    use cml_host::environment::Env;

    #[test]
    fn the_token_is_in_no_argument_and_in_no_answer() {
        let token = Secret::new("ghs_abc").unwrap();
        let place = Place {
            repo: RepoUrl::parse("o/r").unwrap(),
            shown_before: true,
            target: None,
            commit_date: "2026-01-02T03:04:05Z".to_owned(),
            remote_url: "https://github.com/o/r.git".to_owned(),
            token: Some(token.clone()),
            programs: None,
        };
        let programs = Programs::outside(Path::new("/"), &Env::default());
        let git = Git { programs: &programs, program: "git".into(), dir: Path::new("."), place: &place };
        let call = git.call(&["push", "x"]);
        let (args, vars) = call.seen();
        assert_eq!(args, ["push", "x"]);
        let header = vars.iter().find(|(name, _)| *name == "GIT_CONFIG_VALUE_4").unwrap().1.to_string_lossy();
        assert_eq!(header, "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46Z2hzX2FiYw==");

        let said = "remote: no ghs_abc\nhint: x\n\nfatal: eC1hY2Nlc3MtdG9rZW46Z2hzX2FiYw==\n";
        assert_eq!(git.answer(said, ExitStatus::default()), "remote: no ***; fatal: ***");
    }
}
