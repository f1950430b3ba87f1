//! One `git push` of one commit without parents.
//!
//! The commit is made in a bare repository of its own in a temporary folder, so that the user's repository, its
//! hooks and everybody's Git configuration are neither read nor changed. The token goes through the child's
//! environment, never through its arguments, and is taken out of whatever Git says.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::str::FromStr as _;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::time::{Instant, sleep};

use super::Place;
use crate::forge::TreeFile;
use crate::ident::{Secret, Sha};

const TIMEOUT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(5);
/// A grandchild may keep a pipe open after Git has ended; its last words are not worth a hung job.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Why nothing was pushed, in one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PushError {
    #[error("the temporary {path} cannot be made: {why}")]
    Folder { path: String, why: String },
    #[error("git cannot be started: {0}")]
    NoGit(String),
    #[error("git {command} took more than {} s", TIMEOUT.as_secs())]
    Timeout { command: String },
    #[error("git {command}: {answer}")]
    Refused { command: String, answer: String },
}

/// Pushes the files as one commit to `refname`, which is only ever created, and answers the commit that is there.
pub(super) async fn push(files: &[TreeFile], refname: &str, place: &Place) -> Result<Sha, PushError> {
    let folder = TempFolder::new()?;
    let git = Git { dir: &folder.0, place };
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
    dir: &'a Path,
    place: &'a Place,
}

impl Git<'_> {
    /// Runs Git and answers its standard output.
    async fn run(&self, args: &[&str], input: Vec<u8>) -> Result<String, PushError> {
        let name = args.first().copied().unwrap_or_default().to_owned();
        let mut child = self.command(args).spawn().map_err(|error| PushError::NoGit(error.to_string()))?;
        if let Some(mut stdin) = child.stdin.take() {
            // In a thread: a child that writes before it has read everything must not block us.
            // A child that stops reading fails by its own exit status, so this error says nothing new.
            std::thread::spawn(move || stdin.write_all(&input));
        }
        let stdout = child.stdout.take().map(collect);
        let stderr = child.stderr.take().map(collect);
        let Some(status) = wait(&mut child).await? else {
            return Err(PushError::Timeout { command: name });
        };
        let text = |from: Option<Receiver<Vec<u8>>>| {
            let bytes = from.and_then(|from| from.recv_timeout(LAST_WORDS).ok()).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        if status.success() {
            return Ok(text(stdout));
        }
        Err(PushError::Refused { command: name, answer: self.answer(&text(stderr), status) })
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .current_dir(self.dir)
            .args(["-c", "core.hooksPath=/dev/null", "-c", "credential.helper="])
            .args(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Whatever Git variables the job has set speak of another repository, or would print our header.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("GIT_") && !text.starts_with("GIT_SSL_") && text != "GIT_EXEC_PATH" {
                command.env_remove(&name);
            }
        }
        command.env_remove("SSH_ASKPASS");
        command.env("GIT_DIR", self.dir).env("LC_ALL", "C");
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_ALLOW_PROTOCOL", "https:http:file");
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "cml")
                .env(format!("GIT_{who}_EMAIL"), "cml@noreply.invalid");
            command.env(format!("GIT_{who}_DATE"), &self.place.commit_date);
        }
        if let Some(token) = &self.place.token {
            command.env("GIT_CONFIG_COUNT", "2");
            // Git would send the header along to wherever the server points.
            command.env("GIT_CONFIG_KEY_1", "http.followRedirects").env("GIT_CONFIG_VALUE_1", "false");
            command.env("GIT_CONFIG_KEY_0", format!("http.{}.extraHeader", self.place.remote_url));
            command.env("GIT_CONFIG_VALUE_0", format!("Authorization: Basic {}", basic(token)));
        }
        command
    }

    /// What Git said, without the token, in one line: the server's words first, if it said anything.
    fn answer(&self, stderr: &str, status: ExitStatus) -> String {
        let mut lines: Vec<&str> = stderr.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines.retain(|line| !line.starts_with("hint:"));
        let mut answer = lines.join("; ");
        if let Some(token) = &self.place.token {
            answer = token.redact(&answer.replace(&basic(token), "***"));
        }
        if answer.is_empty() { status.to_string() } else { answer.chars().take(500).collect() }
    }
}

/// GitHub takes a token as the password of this user.
fn basic(token: &Secret) -> String {
    STANDARD.encode(format!("x-access-token:{}", token.expose()))
}

/// Reads a pipe to its end in a thread of its own.
fn collect(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before a broken pipe is all there is to know.
        let _ = pipe.read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

/// Waits for the child's end; `None` if it took too long and was stopped.
async fn wait(child: &mut Child) -> Result<Option<ExitStatus>, PushError> {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(Some(status)),
            Ok(None) if Instant::now() < deadline => sleep(POLL).await,
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Ok(None);
            }
            Err(error) => return Err(PushError::NoGit(error.to_string())),
        }
    }
}

/// A folder that only we can read, gone when dropped.
struct TempFolder(PathBuf);

impl TempFolder {
    fn new() -> Result<Self, PushError> {
        let root = std::env::temp_dir();
        let mut last = None;
        for number in 0..1000 {
            let path = root.join(format!("cml-publish-{}-{number}", std::process::id()));
            match make_private(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => last = Some(error),
                Err(error) => return Err(Self::error(&path, &error)),
            }
        }
        let error = last.unwrap_or_else(|| std::io::ErrorKind::AlreadyExists.into());
        Err(Self::error(&root.join("cml-publish"), &error))
    }

    fn error(path: &Path, error: &std::io::Error) -> PushError {
        PushError::Folder { path: path.display().to_string(), why: error.to_string() }
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        // A folder that stays behind in the system's temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn make_private(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ident::RepoUrl;

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
        };
        let git = Git { dir: Path::new("."), place: &place };
        let command = git.command(&["push", "x"]);
        assert!(command.get_args().all(|arg| !arg.to_string_lossy().contains("ghs_abc")));
        let header = command.get_envs().find(|(name, _)| *name == "GIT_CONFIG_VALUE_0").unwrap().1.unwrap();
        assert_eq!(header.to_string_lossy(), "Authorization: Basic eC1hY2Nlc3MtdG9rZW46Z2hzX2FiYw==");

        let said = format!("remote: no ghs_abc\nhint: x\n\nfatal: {}\n", basic(&token));
        assert_eq!(git.answer(&said, ExitStatus::default()), "remote: no ***; fatal: ***");
    }
}
