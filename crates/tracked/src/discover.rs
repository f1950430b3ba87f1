//! Files that common tools write, found by their names: DVCLive, Hugging Face's trainer, Lightning, plain metrics.json.

use std::collections::{BTreeMap, BTreeSet};

use super::load::Loader;
use super::paths;
use super::wanted::Wanted;

/// How many files that look like results are named when nothing was found.
const MOST_NEAR_MISSES: usize = 10;

/// Adds what is found to what is declared.
pub(super) fn add(loader: &mut Loader<'_>, wanted: &mut Wanted) {
    for path in loader.files().filter(|path| !paths::is_hidden(path)) {
        if is_metrics(path) {
            wanted.add_metrics(path, path);
        }
        let is_params = is_params(path) || is_beside_metrics(loader, path);
        if is_params && (path == "params.yaml" || !wanted.has_params_of(path)) {
            wanted.add_params(path, path, None);
        }
        if is_plot(path) {
            wanted.add_plot(path, path);
        }
        if is_found_image(path) {
            wanted.add_found_image(path);
        }
    }
    lightning(loader, wanted);
}

fn is_metrics(path: &str) -> bool {
    let (name, depth) = (paths::file_name(path), paths::depth(path));
    match name {
        "metrics.json" => depth <= 2,
        "metrics.yaml" | "metrics.yml" | "metrics.toml" => depth == 0,
        "all_results.json" => depth <= 2 && !in_checkpoint(path),
        _ => path == "dvclive.json",
    }
}

fn is_params(path: &str) -> bool {
    matches!(path, "params.yaml" | "params.yml" | "params.json" | "params.toml" | "dvclive/params.yaml")
}

/// `models/x/params.yaml` belongs to `models/x/metrics.json`.
fn is_beside_metrics(loader: &Loader<'_>, path: &str) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else { return false };
    let is_named = matches!(name, "params.yaml" | "params.yml" | "params.json" | "params.toml");
    is_named && paths::depth(path) <= 2 && loader.has(&format!("{folder}/metrics.json"))
}

fn is_plot(path: &str) -> bool {
    let tsv = path.strip_prefix("dvclive/").filter(|_| paths::suffix(path) == "tsv");
    let dvclive = tsv.is_some_and(|rest| !rest.contains('/') || rest.starts_with("plots/metrics/"));
    let trainer = super::found::is_trainer_state(path) && paths::depth(path) <= 2 && !in_checkpoint(path);
    dvclive || trainer
}

/// What DVCLive logs as images. The folder alone is an output whose files are not known yet: reading it asks for them.
fn is_found_image(path: &str) -> bool {
    const FOLDER: &str = "dvclive/plots/images";
    path == FOLDER
        || (path.strip_prefix(FOLDER).is_some_and(|rest| rest.starts_with('/')) && paths::is_image(path))
}

/// The trainer saves its state with every checkpoint; only the run's own counts.
fn in_checkpoint(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with("checkpoint-"))
}

/// The newest `lightning_logs/version_N` of each place; its number is left out, so that both sides pair, and told where
/// it is one of several.
fn lightning(loader: &mut Loader<'_>, wanted: &mut Wanted) {
    let mut found: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for path in loader.files().filter(|path| !paths::is_hidden(path) && paths::depth(path) <= 4) {
        let Some((folder, "metrics.csv" | "hparams.yaml")) = path.rsplit_once('/') else { continue };
        let Some((logs, version)) = folder.rsplit_once("/version_") else { continue };
        if paths::file_name(logs) == "lightning_logs"
            && let Ok(version) = version.parse()
        {
            found.entry(logs.to_owned()).or_default().insert(version);
        }
    }
    for (logs, versions) in found {
        let Some(version) = versions.last() else { continue };
        if versions.len() > 1 {
            let of = versions.len();
            loader.note(&logs, format!("version_{version} is read, as the newest of {of} runs in it"));
        }
        let metrics = format!("{logs}/version_{version}/metrics.csv");
        if loader.has(&metrics) {
            let shown = format!("{logs}/metrics.csv");
            wanted.add_metrics(&metrics, &shown);
            wanted.add_plot(&metrics, &shown);
        }
        let params = format!("{logs}/version_{version}/hparams.yaml");
        if loader.has(&params) {
            wanted.add_params(&params, &format!("{logs}/hparams.yaml"), None);
        }
    }
}

/// Files whose names look like results, with the flag that takes them.
pub(super) fn near_misses(loader: &Loader<'_>) -> Vec<(String, &'static str)> {
    let visible = loader.files().filter(|path| !paths::is_hidden(path));
    visible.filter_map(|path| Some((path.to_owned(), flag(path)?))).take(MOST_NEAR_MISSES).collect()
}

fn flag(path: &str) -> Option<&'static str> {
    let name = paths::file_name(path).to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let suffix = paths::suffix(path);
    let results = has(&["metric", "result", "score", "eval", "loss", "acc", "history"]);
    match suffix.as_str() {
        "csv" | "tsv" if results => Some("--plots"),
        "json" | "yaml" | "yml" if has(&["history"]) => Some("--plots"),
        "json" | "yaml" | "yml" if results => Some("--metrics"),
        "json" | "yaml" | "yml" if has(&["param", "config"]) => Some("--params"),
        _ => None,
    }
}
