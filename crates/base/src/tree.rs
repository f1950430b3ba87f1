//! A side's files, whoever holds them: what the readers of values ask, and what the holders answer.

/// A side's files: a commit, the workspace, a folder. Paths are relative to the project's folder, with `/`.
pub trait Tree {
    /// All files, sorted. The workspace leaves out `.git` and folders that hold no results.
    fn list(&self) -> Result<Vec<String>, RevisionError>;
    /// A file's bytes; `None` if there is no such file.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, RevisionError>;
    /// Whether there is such a folder although no file is listed in it: one on disk may be empty.
    fn has_folder(&self, _path: &str) -> bool {
        false
    }
    /// Whether a file is known only as an output that is kept outside Git: it is not on disk to be ignored there.
    fn is_output(&self, _path: &str) -> bool {
        false
    }
    /// What cannot be listed: files may be there that nobody knows.
    fn closed(&self) -> Result<Vec<Closed>, RevisionError> {
        Ok(Vec::new())
    }
    /// Gives several files' bytes in their order; a tree that can answers them without a wait for each.
    fn read_each(&self, paths: &[String], give: &mut Give<'_>) {
        paths.iter().for_each(|path| give(self.read(path)));
    }
}

/// A part of a side that cannot be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// What cannot be read: a submodule, a file that says what there is.
    pub path: String,
    /// The folder or file whose files may be there; empty: any.
    pub hides: String,
    /// The second half of a sentence that named the path.
    pub why: String,
}

/// Takes one file's bytes, as [`Tree::read`] answers them.
pub type Give<'g> = dyn FnMut(Result<Option<Vec<u8>>, RevisionError>) + 'g;

/// What went wrong with Git or a file: what we were doing, to which thing, what came back.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    #[error("cannot read {path}: {why}")]
    Unreadable { path: String, why: String },
    #[error("git {doing} failed: {answer}")]
    Git { doing: String, answer: String },
    #[error(
        "{dir} is in no Git work tree ({answer}); run inside a clone, or compare with a folder by --base-dir"
    )]
    NotARepository { dir: String, answer: String },
    #[error("Git cannot be used: {why}; install it, or put it on PATH")]
    NoGit { why: String },
    #[error("{rev:?} names no commit in this clone ({answer}); fetch it first, or give a full commit name")]
    UnknownRevision { rev: String, answer: String },
}

/// The largest file that is read, in bytes.
pub const LARGEST_FILE: u64 = 100 * 1024 * 1024;

/// A file of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// From the repository's root.
    pub path: String,
    /// Git's name for its content.
    pub object: String,
    /// A link's content is the path that it leads to.
    pub is_link: bool,
}
