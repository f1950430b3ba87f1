//! Where the clone's own `.git` is, found by us and named to Git outright.
//!
//! Git itself would also take a folder that only looks like a repository (`HEAD`, `objects`, `refs` and a `config`
//! that names programs to run), and such a folder can be part of a change. What cannot be part of one is anything
//! named `.git`: Git refuses to track that name. So a `.git` folder counts. A `.git` file or link, as submodules and
//! further work trees have it, counts if it leads into some `.git`, or out of all repositories around it
//! (`--separate-git-dir`), but not to a folder among the files.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A `.git` file holds one path, in bytes.
const LONGEST: u64 = 16 * 1024;

/// A clone with a work tree, and one folder of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) git_dir: PathBuf,
    /// The work tree's top, all links followed.
    pub(super) root: PathBuf,
    /// The folder inside the work tree, with `/`; empty at the top.
    pub(super) prefix: String,
}

/// Finds the clone around `dir`; the error says why there is none.
pub(super) fn find(dir: &Path) -> Result<Place, String> {
    let real = dir.canonicalize().map_err(|why| why.to_string())?;
    let mut refused = None;
    for root in real.ancestors() {
        let git_dir = match git_dir(root) {
            Ok(Some(git_dir)) => git_dir,
            Ok(None) => continue,
            Err(why) => {
                refused.get_or_insert(why);
                continue;
            }
        };
        let inside = real.strip_prefix(root).unwrap_or(Path::new(""));
        if has_dot_git(inside) {
            return Err("the folder belongs to Git itself".to_owned());
        }
        let prefix = inside.to_string_lossy().replace('\\', "/");
        return Ok(Place { git_dir, root: root.to_owned(), prefix });
    }
    Err(refused.unwrap_or_else(|| "there is no .git in it nor above it".to_owned()))
}

/// The repository that `root/.git` is or names.
fn git_dir(root: &Path) -> Result<Option<PathBuf>, String> {
    let at = root.join(".git");
    let Ok(about) = fs::symlink_metadata(&at) else { return Ok(None) };
    if about.is_dir() {
        return Ok(is_repository(&at).then_some(at));
    }
    let named = if about.is_file() {
        let text = short_text(&at);
        let named = text.as_deref().and_then(|text| text.strip_prefix("gitdir:"));
        let named = named.map(|named| root.join(named.trim()));
        named.ok_or_else(|| format!("{} is not a file of Git's", at.display()))?
    } else if about.is_symlink() {
        at.clone()
    } else {
        return Ok(None);
    };
    let refused = |why: &str| format!("{} names {}, {why}", at.display(), named.display());
    let real = named.canonicalize().map_err(|why| refused(&why.to_string()))?;
    if !has_dot_git(&real) && root.ancestors().any(|around| is_top(around, root) && real.starts_with(around))
    {
        return Err(refused("a folder among the files, which a change could have written"));
    }
    if is_repository(&real) { Ok(Some(real)) } else { Err(refused("which is not a repository")) }
}

/// Whether files around `root` may belong to a repository whose top is `folder`.
fn is_top(folder: &Path, root: &Path) -> bool {
    folder == root || fs::symlink_metadata(folder.join(".git")).is_ok()
}

fn has_dot_git(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str().eq_ignore_ascii_case(".git"))
}

/// Of a Git directory the part that further work trees share.
pub(super) fn common(dir: &Path) -> PathBuf {
    short_text(&dir.join("commondir")).map_or_else(|| dir.to_owned(), |named| dir.join(named.trim()))
}

/// As Git tells one: a head, and objects and refs, which further work trees share.
fn is_repository(dir: &Path) -> bool {
    let common = common(dir);
    fs::symlink_metadata(dir.join("HEAD")).is_ok()
        && ["objects", "refs"].iter().all(|name| common.join(name).is_dir())
}

/// The text of a file that Git has written; what is no plain file is not waited for.
fn short_text(path: &Path) -> Option<String> {
    fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
    let mut text = String::new();
    File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text)).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    /// A folder that looks like a repository.
    fn bare(at: &Path) {
        for name in ["objects", "refs"] {
            fs::create_dir_all(at.join(name)).unwrap();
        }
        fs::write(at.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    }

    #[test]
    fn only_what_a_change_cannot_write_is_taken() {
        let world = tempfile::tempdir().unwrap();
        let world = world.path().canonicalize().unwrap();
        let at = |name: &str| world.join(name);
        bare(&at("repo/.git"));
        bare(&at("repo/.git/modules/sub"));
        bare(&at("repo/models"));
        bare(&at("outside"));
        fs::create_dir_all(at("repo/models/deep")).unwrap();
        for (folder, text) in [
            ("sub", "gitdir: ../.git/modules/sub\n"),
            ("evil", "gitdir: ../models\n"),
            ("own", "gitdir: store\n"),
            ("apart", "gitdir: ../../outside\n"),
            ("odd", "nothing of Git's"),
            ("gone", "gitdir: ../nowhere\n"),
        ] {
            fs::create_dir_all(at("repo").join(folder)).unwrap();
            fs::write(at("repo").join(folder).join(".git"), text).unwrap();
        }
        bare(&at("repo/own/store"));
        fs::create_dir_all(at("repo/linked")).unwrap();
        std::os::unix::fs::symlink(at("repo/models"), at("repo/linked/.git")).unwrap();
        let check = |folder: &str, expected: Option<(&str, &str, &str)>| {
            let found = find(&at(folder)).ok();
            let expected = expected.map(|(git_dir, root, prefix)| Place {
                git_dir: at(git_dir),
                root: at(root),
                prefix: prefix.to_owned(),
            });
            assert_eq!(found, expected, "{folder}");
        };
        let whole = |prefix| Some(("repo/.git", "repo", prefix));
        check("repo", whole(""));
        check("repo/models", whole("models"));
        check("repo/models/deep", whole("models/deep"));
        check("repo/sub", Some(("repo/.git/modules/sub", "repo/sub", "")));
        check("repo/apart", Some(("outside", "repo/apart", "")));
        for odd in ["evil", "own", "odd", "gone", "linked"] {
            check(&format!("repo/{odd}"), whole(odd));
        }
        check("repo/.git", None);
        check("repo/.git/modules/sub", None);
        check("outside", None);
        check("nowhere", None);
    }

    #[test]
    fn further_work_trees_and_separate_folders_are_clones() {
        let sandbox = Sandbox::new();
        sandbox.commit("d/x", "1");
        let other = tempfile::tempdir().unwrap();
        let tree = other.path().canonicalize().unwrap().join("tree");
        sandbox.git(&["worktree", "add", "-q", tree.to_str().unwrap()]);
        let found = find(&tree.join("d")).unwrap();
        assert_eq!((found.root, found.prefix.as_str()), (tree.clone(), "d"));
        let env = cml_host::environment::Env::read();
        assert!(crate::Repository::open(&tree, &env).unwrap().resolve("HEAD").is_ok());
        let (apart, store) = (other.path().join("apart"), other.path().join("store"));
        sandbox.git(&["init", "-q", "--separate-git-dir", store.to_str().unwrap(), apart.to_str().unwrap()]);
        assert_eq!(find(&apart).unwrap().git_dir, store.canonicalize().unwrap());
    }
}
