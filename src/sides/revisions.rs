//! The revisions that DVC's commands name, each as a tree, and paths as the user sees and types them.

use std::path::{Path, PathBuf};

use super::outputs::Outside;
use super::target;
use crate::error::Error;
use crate::session::hiding::{hidden, hide_in_figures};
use crate::session::network::{forge, go_online};
use crate::session::{Console, Network, Reach, files, situation};
use cml_base::ident::Sha;
use cml_base::notice::Notice;
use cml_base::tree::{RevisionError, Tree};
use cml_git::{Choice, Repository, Workspace};
use cml_host::door::Ground;
use cml_host::environment::{self, Context, Env};
use cml_plot::Figure;
use cml_tracked::relative;

/// DVC's name for the files on disk.
pub(crate) const WORKSPACE: &str = "workspace";

/// The project that a command runs in.
pub(crate) struct Project {
    repository: Option<Repository>,
    root: PathBuf,
    /// The project's folder inside the repository.
    prefix: String,
    /// The current directory inside the project.
    pub cwd: String,
    context: Context,
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
    pub(crate) fn open(env: &Env) -> Result<Self, Error> {
        let repository = match Repository::open(&env.cwd, env) {
            Ok(repository) => Some(repository),
            Err(RevisionError::NotARepository { .. } | RevisionError::NoGit { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let cwd = real(&env.cwd);
        let top = repository.as_ref().map_or_else(|| cwd.clone(), |repository| real(repository.root()));
        let mut folders = cwd.ancestors().take_while(|folder| folder.starts_with(&top));
        let root = folders.find(|folder| folder.join(".dvc").is_dir()).unwrap_or(&top).to_path_buf();
        let below = |from: &Path, path: &Path| {
            path.strip_prefix(from).map(|path| path.to_string_lossy().replace('\\', "/")).unwrap_or_default()
        };
        let (prefix, cwd) = (below(&top, &root), below(&root, &cwd));
        let context = environment::detect(env, None, None);
        if let Some(repository) = &repository {
            go_online(repository, &context, Network::Allowed);
        }
        Ok(Self { repository, root, prefix, cwd, context })
    }

    /// Where results are written with care.
    pub(crate) fn ground(&self, env: &Env) -> Ground {
        files::ground(env, self.repository.as_ref())
    }

    /// The way to the outputs that are not in Git.
    pub(crate) async fn outside<'a>(&'a self, env: &'a Env, console: &Console) -> Result<Outside<'a>, Error> {
        let (repository, root) = (self.repository.as_ref(), self.root.clone());
        let choice = Choice::workspace_alone();
        let mut outside = Outside::new(env, &self.context, repository, root, &choice, Network::Allowed);
        if self.root.join(".dvc").is_dir() {
            outside.base = self.target(console).await?;
        }
        Ok(outside)
    }

    /// The newest commit of the branch that a change is for, brought here: where DVC's remotes are is a rule. `None`
    /// where the files are our own, and where nobody tells.
    async fn target(&self, console: &Console) -> Result<Option<Sha>, Error> {
        let mut context = self.context.clone();
        if !context.files_are_ours()
            && let Some(forge) = forge(&context, console)?
            && let Err(error) = situation::settle(&mut context, forge.as_ref()).await
        {
            let words = situation::words(&context);
            console.warn(&format!("the {words} could not be asked for: {error}"));
        }
        let repository = self.repository.as_ref();
        let reach = Reach { repository, context: &context, network: Network::Allowed, console };
        let Some(target) = target::find(&reach).await? else { return Ok(None) };
        console.notices(target.notice.as_slice());
        if let Err(why) = target.look(&reach, |_| ()).await {
            console
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
        let Some(repository) = &self.repository else {
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

    /// A result without secrets.
    pub(crate) fn hidden(&self, text: String, console: &Console) -> String {
        hidden(text, &self.context, console)
    }

    /// Takes secrets out of what plots say.
    pub(crate) fn hide_in(&self, figures: &mut [Figure], console: &Console) {
        hide_in_figures(figures, &self.context, console);
    }

    /// Says what a revision's files gave to say.
    pub(crate) fn notices(&self, revision: &str, notices: &[Notice], console: &Console) {
        for notice in notices {
            let text = format!("{revision}: {notice}");
            console.warn(self.context.secrets.hide(&text).as_deref().unwrap_or(&text));
        }
    }
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}
