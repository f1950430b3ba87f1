//! Reads a side with what DVC keeps outside Git: read, fetch what was missed, read again.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::session::Session;
use crate::session::folders::in_repository;
use cml_base::ident::Sha;
use cml_base::notice::Notice;
use cml_base::tree::{RevisionError, Tree};
use cml_git::Repository;
use cml_host::door::Root;
use cml_host::process::Programs;
use cml_store::remote::{Config, Place, Remotes, WithOutputs};
use cml_tracked::{self as tracked, Glob, Snapshot, Sources};

/// A listing, then the files in it, then what only their content names.
const MOST_ROUNDS: usize = 4;
/// The largest `.dvc/config` that is read, in bytes.
const LARGEST_CONFIG: u64 = 1 << 20;

/// The way to outputs that are not in Git; opened by the first side that has some.
pub(crate) struct Outside<'a> {
    pub(crate) session: &'a Session,
    /// The project's folder on disk.
    pub(crate) dir: PathBuf,
    pub(crate) base: Option<Sha>,
    remotes: OnceCell<Remotes>,
}

impl<'a> Outside<'a> {
    /// `base`: the commit whose configuration counts where the files are not our own.
    pub(crate) fn new(session: &'a Session, dir: PathBuf, base: Option<Sha>) -> Self {
        Self { session, dir, base, remotes: OnceCell::new() }
    }

    /// Reads one side.
    pub(crate) async fn collect(&self, tree: &dyn Tree, sources: &Sources) -> Result<Snapshot, Error> {
        let globs: Vec<&str> = [&sources.metrics, &sources.params, &sources.plots]
            .into_iter()
            .flatten()
            .map(from_the_top)
            .collect();
        let (mut snapshot, notices) = self
            .read(tree, &globs, |tree| {
                let mut snapshot = tracked::collect(tree, sources)?;
                let notices = std::mem::take(&mut snapshot.notices);
                Ok((snapshot, notices))
            })
            .await?;
        snapshot.notices = notices;
        Ok(snapshot)
    }

    /// What `read` makes of a tree and of the outputs that it asks for. `globs` name what it looks for by itself:
    /// a folder that is not listed hides its files. The notices are `read`'s own, with one for each reason why
    /// outputs could not be had.
    pub(crate) async fn read<T>(
        &self,
        tree: &dyn Tree,
        globs: &[&str],
        read: impl Fn(&dyn Tree) -> Result<(T, Vec<Notice>), RevisionError>,
    ) -> Result<(T, Vec<Notice>), Error> {
        let mut tree = WithOutputs::open(tree)?;
        let mut told = Vec::new();
        if !tree.is_plain() {
            tree.set_cache(self.remotes(&mut told).cache().clone());
        }
        tree.want_folders(globs.iter().copied());
        let mut wanted = tree.wanted();
        let mut rounds = 0;
        let (found, mut notices) = loop {
            if !wanted.is_empty() {
                tree.absorb(self.remotes(&mut told).fetch(&wanted).await);
            }
            let answer = read(&tree)?;
            wanted = tree.wanted();
            rounds += 1;
            if wanted.is_empty() || rounds == MOST_ROUNDS {
                break answer;
            }
        };
        tree.settle(&mut notices);
        notices.extend(told);
        Ok((found, notices))
    }

    /// Notices are told by the side that opens them.
    fn remotes(&self, notices: &mut Vec<Notice>) -> &Remotes {
        self.remotes.get_or_init(|| {
            let config = Config::read(self.session.env(), &self.place());
            let (env, is_online) = (self.session.env(), self.session.is_online());
            let programs = Programs::outside(self.top(), env);
            let (remotes, told) = Remotes::open(config, env, programs, is_online);
            notices.extend(told);
            remotes
        })
    }

    /// In a change request's job the author controls the files, so the base's configuration counts there. A local one
    /// does not: whoever wrote it, a link or a submodule of the change can stand in its place, and what it names would
    /// get the job's credentials.
    fn place(&self) -> Place {
        let dvc_dir = self.dvc_dir();
        if self.session.context().files_are_ours() {
            let root = Root::below([self.top()], "the repository");
            let config = root.read(&dvc_dir.join("config"), LARGEST_CONFIG).ok();
            let config = config.and_then(|bytes| String::from_utf8(bytes).ok());
            return Place { dvc_dir, config, local: true, not_below: None };
        }
        let config = self.base.as_ref().and_then(|base| self.committed(base, &dvc_dir, "config"));
        Place { dvc_dir, config, local: false, not_below: Some(self.top().to_owned()) }
    }

    /// A commit's own text of a file.
    fn committed(&self, commit: &Sha, folder: &Path, name: &str) -> Option<String> {
        let repository = self.session.repository()?;
        // By its own name and not by where a link of the change leads.
        let project = in_repository(repository, folder.parent()?).ok()?;
        let folder = format!("{project}/{}", folder.file_name()?.to_str()?);
        let bytes = repository.tree(commit, &folder).ok()?.read(name).ok()??;
        String::from_utf8(bytes).ok()
    }

    fn top(&self) -> &Path {
        self.session.repository().map_or(self.dir.as_path(), Repository::root)
    }

    /// `.dvc` of the nearest project around the folder, inside the repository.
    fn dvc_dir(&self) -> PathBuf {
        let top = self.top();
        let around = self.dir.ancestors().take_while(|folder| folder.starts_with(top));
        let found = around.map(|folder| folder.join(".dvc")).find(|folder| folder.is_dir());
        found.unwrap_or_else(|| self.dir.join(".dvc"))
    }
}

/// A glob as it counts from the tree's top; one that cannot be told so could name anything.
fn from_the_top(glob: &Glob) -> &str {
    if glob.below.is_empty() {
        return &glob.text;
    }
    glob.text.strip_prefix(&format!("{}/", glob.below)).unwrap_or("**")
}
