//! The revisions that DVC's commands name, each as a tree, and paths as the user sees and types them.

use std::path::{Path, PathBuf};

use super::outputs::Outside;
use super::target;
use crate::cli::Global;
use crate::error::Error;
use crate::session::{Console, Network, Session, repository, situation};
use cml_base::ident::Sha;
use cml_base::notice::Notice;
use cml_base::tree::{RevisionError, Tree};
use cml_git::Workspace;
use cml_host::environment::Env;
use cml_tracked::relative;

/// DVC's name for the files on disk.
pub(crate) const WORKSPACE: &str = "workspace";

/// The project that a command runs in.
pub(crate) struct Project {
    session: Session,
    root: PathBuf,
    /// The project's folder inside the repository.
    prefix: String,
    /// The current directory inside the project.
    pub(crate) cwd: String,
    /// The commit whose word counts about where DVC's remotes are.
    target: Option<Sha>,
}

/// A side of a comparison.
pub(crate) struct Side {
    /// The revision as it was named.
    pub name: String,
    pub tree: Box<dyn Tree>,
    /// The commit; nothing for the files on disk.
    pub commit: Option<String>,
}

impl Project {
    /// The project around the current directory: the nearest folder with `.dvc` in it, else the repository.
    pub(crate) fn open(global: &Global, env: &Env) -> Result<Self, Error> {
        let repository = repository(env)?;
        let cwd = real(&env.cwd);
        let top = repository.as_ref().map_or_else(|| cwd.clone(), |repository| real(repository.root()));
        let mut folders = cwd.ancestors().take_while(|folder| folder.starts_with(&top));
        let root = folders.find(|folder| folder.join(".dvc").is_dir()).unwrap_or(&top).to_path_buf();
        let below = |from: &Path, path: &Path| {
            path.strip_prefix(from).map(|path| path.to_string_lossy().replace('\\', "/")).unwrap_or_default()
        };
        let (prefix, cwd) = (below(&top, &root), below(&root, &cwd));
        let session = Session::of(env.clone(), Console::new(global.log), repository, Network::Allowed);
        session.fill_in_clone();
        Ok(Self { session, root, prefix, cwd, target: None })
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// Whom results and remarks are told to.
    pub(crate) fn console(&self) -> &Console {
        self.session.console()
    }

    /// The way to the outputs that are not in Git.
    pub(crate) fn outside(&self) -> Outside<'_> {
        Outside::new(&self.session, self.root.clone(), self.target.clone())
    }

    /// Finds the newest commit of the branch that a change is for, and brings it here: where DVC's remotes are is a
    /// rule. There is none where the files are our own, and where nobody tells.
    pub(crate) async fn find_target(&mut self) -> Result<(), Error> {
        if self.root.join(".dvc").is_dir() {
            let before = self.session.context().clone();
            let found = self.target().await;
            // What was learned about the change counts for this question alone.
            *self.session.context_mut() = before;
            self.target = found?;
        }
        Ok(())
    }

    async fn target(&mut self) -> Result<Option<Sha>, Error> {
        if !self.session.context().files_are_ours() {
            self.session.forge()?;
            if let Err(error) = self.session.find_change().await {
                let words = situation::words(self.session.context());
                self.console().warn(&format!("the {words} could not be asked for: {error}"));
            }
        }
        let session = &self.session;
        let Some(target) = target::find(session).await? else { return Ok(None) };
        session.console().notices(target.notice.as_slice());
        if let Err(why) = target.look(session, |_| ()).await {
            session
                .console()
                .warn(&format!("DVC's remotes are not used, as they are those of {}: {why}", target.branch));
        }
        Ok(target.tip)
    }

    /// The files of a revision. `None` for HEAD where there is no commit yet.
    pub(crate) fn side(&self, name: &str) -> Result<Option<Side>, Error> {
        if name == WORKSPACE {
            let tree = Box::new(Workspace::new(&self.root));
            return Ok(Some(Side { name: name.to_owned(), tree, commit: None }));
        }
        let Some(repository) = self.session.repository() else {
            return Err(Error::input(format!(
                "{name:?} cannot be read: this folder is in no Git repository"
            ))
            .hint("run it inside the repository"));
        };
        let commit = match repository.resolve(name) {
            Ok(commit) => commit,
            Err(RevisionError::UnknownRevision { .. }) if name == "HEAD" => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let tree = Box::new(repository.with_lfs(&commit, &self.prefix)?);
        Ok(Some(Side { name: name.to_owned(), tree, commit: Some(commit.as_str().to_owned()) }))
    }

    /// A path that was typed, from the project's folder.
    pub(crate) fn typed(&self, typed: &str) -> Result<String, Error> {
        let outside = || {
            Error::input(format!("{typed} is outside of the project {}", self.root.display()))
                .hint("name a file inside of it")
        };
        let path = Path::new(typed);
        let inside = if path.is_absolute() {
            let inside = path.strip_prefix(&self.root).map_err(|_| outside())?;
            inside.to_string_lossy().replace('\\', "/")
        } else {
            format!("{}/{typed}", self.cwd)
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in inside.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop().ok_or_else(outside)?),
                part => parts.push(part),
            }
        }
        Ok(parts.join("/"))
    }

    pub(crate) fn targets(&self, typed: &[String]) -> Result<Vec<String>, Error> {
        typed.iter().map(|typed| self.typed(typed)).collect()
    }

    /// A path of the project, from the current directory.
    pub(crate) fn shown(&self, path: &str) -> String {
        relative(&self.cwd, path)
    }

    /// Says what a revision's files gave to say.
    pub(crate) fn notices(&self, revision: &str, notices: &[Notice]) {
        for notice in notices {
            let text = format!("{revision}: {notice}");
            self.console().warn(self.session.context().secrets.hide(&text).as_deref().unwrap_or(&text));
        }
    }
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}
