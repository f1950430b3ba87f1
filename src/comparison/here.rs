//! Paths of this machine, which say nothing to whoever reads a report elsewhere.
//!
//! In: a text, and the folders that we know. Out: the same with paths from those folders: `metrics.json` for
//! `/home/runner/work/o/r/metrics.json`, `~/.config/dvc/config` for one in the user's home.

use std::path::{Path, PathBuf};

use crate::session::Session;
use cml_git::Repository;
use cml_report::Report;

/// The folders, longest first, each with what stands for it.
pub(crate) struct Here(Vec<(String, &'static str)>);

impl Here {
    /// The repository, else the current directory; and the user's home.
    pub(crate) fn new(session: &Session) -> Self {
        let env = session.env();
        let top = session.repository().map_or(env.cwd.as_path(), Repository::root).to_path_buf();
        let home = env.get("HOME").or_else(|| env.get("USERPROFILE")).map(PathBuf::from);
        let real = |path: &Path| path.canonicalize().ok();
        let named = [(Some(top), ""), (home, "~/")];
        let mut folders: Vec<(String, &'static str)> = named
            .into_iter()
            .filter_map(|(folder, sign)| Some((folder?, sign)))
            .flat_map(|(folder, sign)| [real(&folder), Some(folder)].map(|folder| (folder, sign)))
            .filter_map(|(folder, sign)| Some((folder?.to_string_lossy().into_owned(), sign)))
            // The root of a file system stands in every path.
            .filter(|(folder, _)| folder.len() > 3)
            .collect();
        folders.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        folders.dedup();
        Self(folders)
    }

    /// Takes the machine's folders out of all that a report says in the words of others.
    pub(crate) fn hide_in(&self, report: &mut Report) {
        for text in report.texts_mut() {
            for (folder, sign) in &self.0 {
                if text.contains(folder.as_str()) {
                    *text = without(text, folder, sign);
                }
            }
        }
    }
}

/// The text with paths from the folder. A longer name that begins as the folder's is another folder.
fn without(text: &str, folder: &str, sign: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(folder) {
        let (before, behind) = (&rest[..at], &rest[at + folder.len()..]);
        shown.push_str(before);
        let begins = !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/'));
        rest = match behind.strip_prefix(['/', '\\']) {
            Some(inside) if begins => {
                shown.push_str(sign);
                inside
            }
            None if begins
                && !behind.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_')) =>
            {
                shown.push_str(if sign.is_empty() { "." } else { "~" });
                behind
            }
            _ => {
                shown.push_str(folder);
                behind
            }
        };
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_at_a_folder_that_readers_know() {
        let check = |text: &str, expected: &str| {
            let shown = without(&without(text, "/home/me/work/r", ""), "/home/me", "~/");
            assert_eq!(shown, expected, "{text}");
        };
        check("cannot read /home/me/work/r/m.json: no", "cannot read m.json: no");
        check("/home/me/work/r is no project", ". is no project");
        check("/home/me/.config/dvc/config: bad", "~/.config/dvc/config: bad");
        check("\"/home/me/work/r/a\" and /home/me", "\"a\" and ~");
        check("/home/me/work/r2/m.json", "~/work/r2/m.json");
        check("/home/me2/x and /srv/home/me/x", "/home/me2/x and /srv/home/me/x");
        check("/etc/passwd", "/etc/passwd");
    }
}
