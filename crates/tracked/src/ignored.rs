//! What `.dvcignore` hides: DVC finds no dvc.yaml, lock or `.dvc` file there, and lists no such file of a folder that is
//! named. A file that is named itself is read all the same.

use super::paths;
use cml_base::notice::Notice;
use cml_base::pattern::IgnoreRules;
use cml_base::tree::{RevisionError, Tree};

const NAME: &str = ".dvcignore";

/// The rules of all `.dvcignore` files of a tree.
#[derive(Debug, Default)]
pub(super) struct Ignored {
    /// By folder, the deepest first: its rules stand before those above it.
    rules: Vec<(String, IgnoreRules)>,
    /// What of them is left out.
    pub(super) notices: Vec<Notice>,
}

impl Ignored {
    /// Reads the rules of a tree; `files` is its list. What cannot be read hides nothing.
    pub(super) fn read<'f>(
        tree: &dyn Tree,
        files: impl IntoIterator<Item = &'f str>,
    ) -> Result<Self, RevisionError> {
        let (mut rules, mut notices) = (Vec::new(), Vec::new());
        for path in files.into_iter().filter(|path| paths::file_name(path) == NAME) {
            let bytes = match tree.read(path) {
                Ok(Some(bytes)) => bytes,
                Ok(None) | Err(RevisionError::Unreadable { .. }) => continue,
                Err(error) => return Err(error),
            };
            let (of_file, left_out) = IgnoreRules::read(&String::from_utf8_lossy(&bytes));
            rules.extend(of_file.map(|of_file| (paths::folder(path).to_owned(), of_file)));
            notices.extend(left_out.map(|what| Notice::about(path, what)));
        }
        rules.sort_by_key(|(folder, _)| std::cmp::Reverse(folder.len()));
        Ok(Self { rules, notices })
    }

    /// Whether a file is hidden, or a folder above it.
    pub(super) fn has(&self, path: &str) -> bool {
        self.hides(path, false)
    }

    /// The same of a folder.
    pub(super) fn has_folder(&self, path: &str) -> bool {
        self.hides(path, true)
    }

    fn hides(&self, path: &str, is_folder: bool) -> bool {
        let of_folder = |(folder, rules): &(String, IgnoreRules)| {
            let below =
                if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') };
            rules.hides(below?, is_folder)
        };
        self.rules.iter().find_map(of_folder).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Files(&'static [(&'static str, &'static str)]);

    impl Tree for Files {
        fn list(&self) -> Result<Vec<String>, RevisionError> {
            Ok(self.0.iter().map(|(path, _)| (*path).to_owned()).collect())
        }

        fn read(&self, path: &str) -> Result<Option<Vec<u8>>, RevisionError> {
            Ok(self.0.iter().find(|(known, _)| *known == path).map(|(_, text)| text.as_bytes().to_vec()))
        }
    }

    #[test]
    fn patterns_count_from_their_folder() {
        let tree =
            Files(&[(".dvcignore", "old\n/top.yaml\n*.bak\n"), ("a/.dvcignore", "tmp/\n!keep.bak\n[\n")]);
        let files = tree.list().unwrap();
        let ignored = Ignored::read(&tree, files.iter().map(String::as_str)).unwrap();
        let hidden = ["old/dvc.yaml", "b/old/dvc.yaml", "top.yaml", "b/x.bak", "a/tmp/dvc.yaml", "a/x.bak"];
        let shown = ["dvc.yaml", "b/top.yaml", "b/tmp/dvc.yaml", "a/keep.bak", "ab/tmp/x", "a/dvc.yaml"];
        assert!(hidden.iter().all(|path| ignored.has(path)), "{hidden:?}");
        assert!(!shown.iter().any(|path| ignored.has(path)), "{shown:?}");
        assert!(!Ignored::default().has("x"));
    }
}
