//! DVC's configuration: which remotes there are, and where the cache is.
//!
//! Four files, each over the one before: the system's, the user's, the repository's, the local one. The caller
//! decides which text stands for the repository's, so that a change request cannot name its own remotes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use url::Url;

use super::ini;
use cml_base::notice::Notice;
use cml_host::door::{Refusal, Root, straight};
use cml_host::environment::Env;
use cml_host::process;
use cml_http::address;

/// How deep `remote://NAME/…` may lean on another remote.
const MAX_LEANING: usize = 8;
/// The largest file of settings or certificates that is read, in bytes.
pub(super) const LARGEST: u64 = 8 << 20;

/// Where the configuration is taken from.
#[derive(Debug, Clone)]
pub struct Place {
    /// The project's `.dvc` folder on this machine.
    pub dvc_dir: PathBuf,
    /// The text of `.dvc/config` in the revision that is trusted.
    pub config: Option<String>,
    /// Whether `.dvc/config.local` on disk is the user's own.
    pub local: bool,
    /// The folder whose files a change has written: a file there that a remote signs in by could name another endpoint.
    pub not_below: Option<PathBuf>,
}

/// What a project's configuration says.
#[derive(Debug, Clone)]
pub struct Config {
    pub(super) remotes: BTreeMap<String, RemoteConfig>,
    pub(super) default: Option<String>,
    pub(super) cache_dir: PathBuf,
    pub(super) notices: Vec<Notice>,
}

/// What kind of place a remote is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Folder(PathBuf),
    Web(Url),
    S3,
    Gcs,
    Azure,
    /// By its scheme: `ssh`, `gdrive`.
    Other(String),
}

/// One remote. Its options may be secrets, so it has no printable form but [`RemoteConfig::shown`].
#[derive(Clone)]
pub(super) struct RemoteConfig {
    /// Empty for a store that no configuration names.
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) url: String,
    pub(super) options: BTreeMap<String, String>,
}

impl std::fmt::Debug for RemoteConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

impl Config {
    /// Reads the four files. One that cannot be read costs itself and a notice.
    pub fn read(env: &Env, place: &Place) -> Self {
        let mut notices = Vec::new();
        let mut merged = BTreeMap::new();
        let own = [system_dir(env), user_dir(env)].into_iter().flatten().map(|folder| folder.join("config"));
        let local = place.local.then(|| place.dvc_dir.join("config.local"));
        for path in own {
            merge_file(&path, env, &mut merged, &mut notices);
        }
        if let Some(text) = &place.config {
            merge(text, (".dvc/config", &place.dvc_dir), env, &mut merged, &mut notices);
        }
        if let Some(path) = local {
            merge_file(&path, env, &mut merged, &mut notices);
        }
        Self::of(merged, place, notices)
    }

    fn of(mut merged: Merged, place: &Place, mut notices: Vec<Notice>) -> Self {
        let mut take = |section: &str, key: &str| merged.get_mut(section).and_then(|pairs| pairs.remove(key));
        let default = take("core", "remote").map(|name| name.to_lowercase());
        let cache_dir = take("cache", "dir").map_or_else(|| place.dvc_dir.join("cache"), PathBuf::from);
        let mut remotes = BTreeMap::new();
        for section in merged.keys() {
            let Some(name) = section.strip_prefix("remote \"").and_then(|rest| rest.strip_suffix('"')) else {
                continue;
            };
            match remote(name, &merged, place.not_below.as_deref()) {
                Ok(remote) => drop(remotes.insert(name.to_owned(), remote)),
                Err(why) => notices.push(Notice::about(format!("DVC remote {name}"), why)),
            }
        }
        Self { remotes, default, cache_dir, notices }
    }
}

impl RemoteConfig {
    pub(super) fn get(&self, option: &str) -> Option<&str> {
        self.options.get(option).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether an option says yes, in one of DVC's spellings.
    pub(super) fn is_set(&self, option: &str) -> bool {
        self.get(option)
            .is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "true" | "yes" | "on" | "1"))
    }

    /// Whether only the program `dvc` can read it.
    pub(super) fn needs_dvc(&self) -> bool {
        matches!(self.kind, Kind::Other(_)) || self.is_set("version_aware") || self.is_set("worktree")
    }

    /// Name, kind and address, without what could be a secret in it. Of a folder only its own name: where it is on
    /// this machine says nothing to readers elsewhere, and `dvc remote list` tells it here.
    pub(super) fn shown(&self) -> String {
        if self.name.is_empty() {
            return format!("store {}", address::shown(&self.url));
        }
        let place = match &self.kind {
            Kind::Folder(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                format!("the folder {name}")
            }
            _ => address::shown(&self.url),
        };
        format!("DVC remote {} ({place})", self.name)
    }

    /// A reason that names the remote.
    pub(super) fn cannot(&self, why: &str) -> String {
        format!("the {} {why}", self.shown())
    }

    /// Why a remote is left alone where the network is not to be used.
    pub(super) fn not_asked(&self) -> String {
        self.cannot("is not asked in a dry run; run `dvc pull` to see its files")
    }
}

/// Section, key, value: of all files so far.
type Merged = BTreeMap<String, BTreeMap<String, String>>;

fn merge_file(path: &Path, env: &Env, merged: &mut Merged, notices: &mut Vec<Notice>) {
    let shown = path.display().to_string();
    match text(path) {
        Ok(text) => merge(&text, (&shown, path.parent().unwrap_or(Path::new(""))), env, merged, notices),
        Err(Refusal::Missing) => {}
        Err(why) => notices.push(Notice::about(
            shown,
            format!("the file cannot be read ({why}); its DVC remotes are left out"),
        )),
    }
}

/// A file of settings that the user or the machine's owner keeps, wherever that is.
pub(super) fn text(path: &Path) -> Result<String, Refusal> {
    let bytes = Root::anywhere().read(path, LARGEST)?;
    String::from_utf8(bytes).map_err(|_| Refusal::Unreadable("it is not UTF-8".to_owned()))
}

/// Takes in a file of settings, shown as `shown`, whose paths count from `folder`.
fn merge(
    text: &str,
    (shown, folder): (&str, &Path),
    env: &Env,
    merged: &mut Merged,
    notices: &mut Vec<Notice>,
) {
    let sections = match ini::parse(text) {
        Ok(sections) => sections,
        Err(why) => {
            notices.push(Notice::about(shown, format!("{why}; its DVC remotes are left out")));
            return;
        }
    };
    for (section, pairs) in sections {
        let is_remote = section.starts_with("remote ");
        let known = merged.entry(section.clone()).or_default();
        for (key, value) in pairs {
            let is_path = match key.as_str() {
                "url" | "credentialpath" | "configpath" | "keyfile" | "cert_path" | "key_path" => is_remote,
                "gdrive_user_credentials_file" | "gdrive_service_account_json_file_path" => is_remote,
                "dir" => section == "cache",
                _ => false,
            };
            known.insert(key, if is_path { resolved(&value, folder, env) } else { value });
        }
    }
}

/// An address as it is; a path as seen from the folder of the file that names it.
fn resolved(value: &str, folder: &Path, env: &Env) -> String {
    let is_address = value.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme));
    if is_address || value.is_empty() {
        return value.to_owned();
    }
    let home = value.strip_prefix("~/").and_then(|rest| Some(Path::new(env.get("HOME")?).join(rest)));
    straight(&home.unwrap_or_else(|| folder.join(value))).to_string_lossy().into_owned()
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'-'))
}

fn remote(name: &str, merged: &Merged, not_below: Option<&Path>) -> Result<RemoteConfig, String> {
    let options = leaning(name, merged, MAX_LEANING)?;
    let url = options.get("url").cloned().ok_or("it has no url; see `dvc remote modify`")?;
    let kind = kind(&url)?;
    address::check(&url)?;
    if let Some(endpoint) = options.get("endpointurl").filter(|endpoint| !endpoint.is_empty()) {
        endpoint_is_fine(endpoint)?;
    }
    if let Some(root) = not_below
        && let Some((option, path)) = SIGN_IN_FILES
            .iter()
            .filter_map(|option| Some((option, options.get(*option)?)))
            .find(|(_, path)| process::is_below(Path::new(path), root))
    {
        return Err(format!(
            "its {option} names {path}, which this change could have written; keep it elsewhere"
        ));
    }
    Ok(RemoteConfig { name: name.to_owned(), kind, url, options })
}

/// An endpoint is a whole web address: what we cannot read, somebody else would read in a way of their own.
pub(super) fn endpoint_is_fine(endpoint: &str) -> Result<(), String> {
    let is_web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    if !Url::parse(endpoint).is_ok_and(|url| is_web(&url)) {
        return Err(format!("{:?} is not a web address (https://HOST)", address::shown(endpoint)));
    }
    address::check(endpoint)
}

/// Options that name a file which says who signs in, where, or whom to trust.
const SIGN_IN_FILES: [&str; 8] = [
    "credentialpath",
    "configpath",
    "keyfile",
    "cert_path",
    "key_path",
    "ssl_verify",
    "gdrive_user_credentials_file",
    "gdrive_service_account_json_file_path",
];

/// A remote's options, over those of the remote that `remote://NAME/…` leans on.
fn leaning(name: &str, merged: &Merged, left: usize) -> Result<BTreeMap<String, String>, String> {
    let own =
        merged.get(&format!("remote \"{name}\"")).ok_or_else(|| format!("there is no DVC remote {name}"))?;
    let Some(rest) = own.get("url").and_then(|url| url.strip_prefix("remote://")) else {
        return Ok(own.clone());
    };
    if left == 0 {
        return Err("its url leans on other remotes in a circle".to_owned());
    }
    let (base, below) = rest.split_once('/').unwrap_or((rest, ""));
    let mut options = leaning(&base.to_lowercase(), merged, left - 1)?;
    let url = options.get("url").map(|url| format!("{}/{below}", url.trim_end_matches('/')));
    options.extend(own.clone());
    options.extend(url.map(|url| ("url".to_owned(), url)));
    Ok(options)
}

fn kind(url: &str) -> Result<Kind, String> {
    let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) else {
        return Ok(Kind::Folder(PathBuf::from(url)));
    };
    Ok(match scheme.to_ascii_lowercase().as_str() {
        "file" | "local" => Kind::Folder(PathBuf::from(rest)),
        "http" | "https" => Kind::Web(Url::parse(url).map_err(|why| format!("its url is broken: {why}"))?),
        "s3" => Kind::S3,
        "gs" | "gcs" => Kind::Gcs,
        "azure" | "abfs" => Kind::Azure,
        other => Kind::Other(other.to_owned()),
    })
}

/// Where `platformdirs` puts a user's files, as DVC does.
fn user_dir(env: &Env) -> Option<PathBuf> {
    if let Some(folder) = env.get("DVC_GLOBAL_CONFIG_DIR") {
        return Some(PathBuf::from(folder));
    }
    if cfg!(windows) {
        return env.get("LOCALAPPDATA").map(|folder| Path::new(folder).join("iterative").join("dvc"));
    }
    let home = env.get("HOME").map(Path::new);
    if cfg!(target_os = "macos") {
        return home.map(|home| home.join("Library/Application Support/dvc"));
    }
    let xdg = env.get("XDG_CONFIG_HOME").map(PathBuf::from);
    xdg.or_else(|| home.map(|home| home.join(".config"))).map(|folder| folder.join("dvc"))
}

fn system_dir(env: &Env) -> Option<PathBuf> {
    if let Some(folder) = env.get("DVC_SYSTEM_CONFIG_DIR") {
        return Some(PathBuf::from(folder));
    }
    if cfg!(windows) {
        return env.get("PROGRAMDATA").map(|folder| Path::new(folder).join("iterative").join("dvc"));
    }
    if cfg!(target_os = "macos") {
        return Some(PathBuf::from("/Library/Application Support/dvc"));
    }
    let first = env.get("XDG_CONFIG_DIRS").and_then(|list| list.split(':').find(|folder| !folder.is_empty()));
    Some(Path::new(first.unwrap_or("/etc/xdg")).join("dvc"))
}

#[cfg(test)]
mod tests;
