//! Paths inside a tree: always relative to the project's folder, with `/`.

/// The part of `path` before the last `/`, or nothing.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The part of `path` after the last `/`.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// The suffix in lower case, without the dot; empty if there is none.
pub(super) fn suffix(path: &str) -> String {
    let name = file_name(path);
    name.rsplit_once('.').map_or_else(String::new, |(_, suffix)| suffix.to_ascii_lowercase())
}

/// A path of dvc.yaml that was written on Windows; DVC takes every backslash for a slash.
pub(super) fn with_slashes(path: &str) -> String {
    path.replace('\\', "/")
}

/// `relative` as seen from `folder`, with `.` and `..` resolved; `None` if it leaves the project's folder.
pub(super) fn join(folder: &str, relative: &str) -> Option<String> {
    if relative.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(relative.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// `path` as seen from the folder `from`; both count from the project's folder.
pub fn relative(from: &str, path: &str) -> String {
    let from: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
    let parts: Vec<&str> = path.split('/').collect();
    let same = from.iter().zip(&parts[..parts.len() - 1]).take_while(|(a, b)| a == b).count();
    let up = vec![".."; from.len() - same];
    [up.as_slice(), &parts[same..]].concat().join("/")
}

/// Whether any folder or the file itself is hidden (starts with a dot).
pub(super) fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.'))
}

/// How many folders stand before the file.
pub(super) fn depth(path: &str) -> usize {
    path.bytes().filter(|b| *b == b'/').count()
}

/// Whether the suffix is that of an image.
pub(super) fn is_image(path: &str) -> bool {
    matches!(suffix(path).as_str(), "png" | "jpg" | "jpeg" | "gif" | "svg" | "webp" | "bmp")
}

/// Whether the suffix is one that plot data has.
pub(super) fn is_plot_data(path: &str) -> bool {
    matches!(suffix(path).as_str(), "csv" | "tsv" | "json" | "yaml" | "yml")
}

/// The part of each path below the longest folder that all share.
pub(super) fn below_common_folder(paths: &[&str]) -> Vec<String> {
    let mut common: Vec<&str> = paths.first().map_or_else(Vec::new, |path| folder(path).split('/').collect());
    for path in paths {
        let parts: Vec<&str> = folder(path).split('/').collect();
        let same = common.iter().zip(&parts).take_while(|(a, b)| a == b).count();
        common.truncate(same);
    }
    let skipped: usize = common.iter().filter(|part| !part.is_empty()).map(|part| part.len() + 1).sum();
    paths.iter().map(|path| path.get(skipped..).unwrap_or(path).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leaves_the_project_is_refused() {
        assert_eq!(join("a/b", "../c.json"), Some("a/c.json".to_owned()));
        assert_eq!(join("", "./c.json"), Some("c.json".to_owned()));
        assert_eq!(join("a", "../../c.json"), None);
        assert_eq!(join("a", "/etc/passwd"), None);
    }

    #[test]
    fn a_path_is_told_from_another_folder() {
        let check = |from: &str, path: &str, expected: &str| assert_eq!(relative(from, path), expected);
        check("", "a/b.json", "a/b.json");
        check("a", "a/b.json", "b.json");
        check("a/c", "a/b.json", "../b.json");
        check("x", "b.json", "../b.json");
    }

    #[test]
    fn paths_are_shown_below_their_common_folder() {
        assert_eq!(
            below_common_folder(&["e/train/r.json", "e/test/r.json"]),
            ["train/r.json", "test/r.json"]
        );
        assert_eq!(below_common_folder(&["a.csv", "b/c.csv"]), ["a.csv", "b/c.csv"]);
    }
}
