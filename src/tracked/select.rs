//! The globs of `--metrics`, `--params` and `--plots`: they add files, and one that matches nothing is named.

use globset::{GlobBuilder, GlobMatcher};

use super::load::Loader;
use super::model::Sources;
use super::paths;
use super::wanted::{ImageSource, Wanted};

/// Adds the files that the user's globs name.
pub(super) fn add(loader: &mut Loader<'_>, sources: &Sources, wanted: &mut Wanted) {
    for path in matching(loader, &sources.metrics, "--metrics") {
        wanted.add_metrics(&path, &path);
    }
    for path in matching(loader, &sources.params, "--params") {
        wanted.add_params(&path, &path, None);
    }
    for path in matching(loader, &sources.plots, "--plots") {
        if !paths::is_image(&path) {
            wanted.add_plot(&path, &path);
        } else if sources.plots.iter().any(|glob| glob.strip_prefix("./").unwrap_or(glob) == path) {
            wanted.add_image(ImageSource { path, title: None, gallery: None });
        } else {
            wanted.add_found_image(&path);
        }
    }
}

fn matching(loader: &mut Loader<'_>, globs: &[String], flag: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for glob in globs {
        let about = format!("{flag} {glob}");
        let matcher = match matcher(glob) {
            Ok(matcher) => matcher,
            Err(error) => {
                loader.note(
                    &about,
                    format!("this is no valid glob ({error}); * stands for a part of a name, ** for folders"),
                );
                continue;
            }
        };
        let files: Vec<String> =
            loader.files().filter(|path| matcher.is_match(path)).map(str::to_owned).collect();
        if files.is_empty() {
            loader.note(
                &about,
                "no file matches; globs count from the project's folder, and ** crosses folders",
            );
        }
        found.extend(files.into_iter().filter(|path| flag == "--plots" || !paths::is_image(path)));
    }
    found
}

/// Whether a glob can be read; the error says what is wrong with it.
pub fn check_glob(glob: &str) -> Result<(), String> {
    matcher(glob).map(drop).map_err(|error| error.kind().to_string())
}

fn matcher(glob: &str) -> Result<GlobMatcher, globset::Error> {
    let glob = glob.strip_prefix("./").unwrap_or(glob);
    // A folder stands for all that is below it.
    let glob = glob.strip_suffix('/').map_or_else(|| glob.to_owned(), |folder| format!("{folder}/**"));
    Ok(GlobBuilder::new(&glob).literal_separator(true).build()?.compile_matcher())
}
