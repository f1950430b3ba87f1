//! What a child is told of the surroundings: a list, and nothing else.
//!
//! Left out on purpose, beside every token: the variables by which a job can point Git elsewhere or make it run
//! programs (`GIT_DIR`, `GIT_CONFIG_COUNT`, `GIT_EXTERNAL_DIFF`, `GIT_ASKPASS`, …), as which repository is read is our
//! decision, and a configuration in variables often holds a token; and `PYTHONPATH`, which names checkouts. The
//! user's own configuration files (`GIT_CONFIG_GLOBAL`, `GIT_CONFIG_SYSTEM`) count unless they lie in the checkout.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::environment::Env;

/// Where programs are if nobody says, as the C library has it.
pub(super) const PATH: &str = if cfg!(windows) { "" } else { "/usr/local/bin:/usr/bin:/bin" };

/// What a child does beyond reading files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs<'a> {
    /// Nothing.
    Nothing,
    /// It talks to servers: proxies, roots of trust, and how the job signs in by ssh.
    Network,
    /// It talks to a cloud as this job: also the variables of these names, or whose names begin so (`AWS_*`).
    Cloud(&'a [&'a str]),
}

/// For every child.
const ALWAYS: [&str; 30] = [
    "HOME",
    "USER",
    "LOGNAME",
    "TZ",
    "TMPDIR",
    "TMP",
    "TEMP",
    "XDG_CONFIG_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "GIT_CONFIG_NOSYSTEM",
    "DVC_GLOBAL_CONFIG_DIR",
    "DVC_SYSTEM_CONFIG_DIR",
    // Windows starts hardly anything without these.
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "WINDIR",
    "COMSPEC",
    "PATHEXT",
    "USERPROFILE",
    "USERNAME",
    "HOMEDRIVE",
    "HOMEPATH",
    "APPDATA",
    "LOCALAPPDATA",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "PROGRAMFILES(X86)",
    "COMMONPROGRAMFILES",
];

/// Files and folders of the user's own; one in the checkout is the change's.
const PLACES: [&str; 3] = ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_EXEC_PATH"];

/// Lists of folders whose libraries a program loads: an empty entry would be the working folder.
const LISTS: [&str; 2] = ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

/// For a child that talks to servers.
const NETWORK: [&str; 20] = [
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_NO_VERIFY",
    "GIT_SSH_COMMAND",
    "GIT_SSH",
    "GIT_SSH_VARIANT",
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
];

/// The variables of a child that finds its own children in `folders`.
pub(super) fn allowed(
    env: &Env,
    needs: Needs<'_>,
    folders: &[PathBuf],
    root: Option<&Path>,
) -> Vec<(String, OsString)> {
    let mut found = vec![("PATH".to_owned(), joined(folders))];
    for (name, value) in &env.vars {
        let is = |names: &[&str]| names.iter().any(|known| same(known, name));
        if is(&ALWAYS) || (needs != Needs::Nothing && is(&NETWORK)) || more(needs, name) {
            found.push((name.clone(), value.into()));
        } else if is(&PLACES) {
            let path = Path::new(value);
            // `/dev/null` says that there is none.
            if path.is_absolute() && !is_inside(path, root) {
                found.push((name.clone(), value.into()));
            }
        } else if is(&LISTS) {
            found.push((name.clone(), joined(&split(value, root).0)));
        }
    }
    // Messages are read by their words.
    found.push(("LC_ALL".to_owned(), "C".into()));
    found
}

fn more(needs: Needs<'_>, name: &str) -> bool {
    let Needs::Cloud(names) = needs else { return false };
    names.iter().any(|known| match known.strip_suffix('*') {
        Some(start) => name.get(..start.len()).is_some_and(|begin| same(begin, start)),
        None => same(known, name),
    })
}

/// Windows does not tell large letters from small ones.
fn same(one: &str, other: &str) -> bool {
    if cfg!(windows) { one.eq_ignore_ascii_case(other) } else { one == other }
}

fn joined(folders: &[PathBuf]) -> OsString {
    // Folders of a list were separated by what would be refused here.
    std::env::join_paths(folders).unwrap_or_default()
}

/// The folders of a list that are absolute and outside of `root`, and the others.
pub(super) fn split(list: &str, root: Option<&Path>) -> (Vec<PathBuf>, Vec<PathBuf>) {
    std::env::split_paths(list).partition(|folder| folder.is_absolute() && !is_inside(folder, root))
}

/// Whether a path, as it is written or after all links, lies in `root`.
pub(super) fn is_inside(path: &Path, root: Option<&Path>) -> bool {
    let Some(root) = root else { return false };
    is_below(path, root)
}

/// Whether a path, as it is written or after all links, lies below `root`, which is one or the other too.
pub fn is_below(path: &Path, root: &Path) -> bool {
    let (real, top) = (path.canonicalize(), root.canonicalize());
    let top = top.as_deref().unwrap_or(root);
    path.starts_with(root) || path.starts_with(top) || real.is_ok_and(|real| real.starts_with(top))
}
