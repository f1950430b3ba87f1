//! Gets what is missing from the remote, with the token as a header of that one call: a commit, or the files of one
//! that a partial clone left out.
//!
//! Nothing but objects (and, in a shallow clone, the shallow boundary) changes: no branch, tag, FETCH_HEAD
//! or configuration, and no history beyond what the clone's own kind asks for.

use super::git::{Extra, Remote};
use super::{Repository, sign_in};
use cml_base::ident::{Secret, Sha};
use cml_base::tree::RevisionError;

/// A file that is fetched later, alone.
const NO_FILES: &str = "--filter=blob:none";

/// Whether the remote may be asked for what a partial clone lacks.
#[derive(Debug, Clone, Default)]
pub(super) enum Online {
    #[default]
    No,
    /// With this token, if there is one.
    Yes(Option<Secret>),
    /// It was, and did not give it: it is not asked again.
    Failed(String),
}

/// Fetches `sha` unless it is here already.
pub fn fetch(repo: &Repository, sha: &Sha, token: Option<&Secret>) -> Result<(), RevisionError> {
    if repo.has(sha) {
        return Ok(());
    }
    let Some(remote) = repo.remote() else {
        let answer = "the clone has no remote; add one, or fetch the commit yourself".to_owned();
        return Err(RevisionError::Git { doing: format!("fetch {sha}"), answer });
    };
    let filter = filter(remote);
    let mut args = fetching();
    if repo.is_shallow {
        args.push("--depth=1");
    }
    args.extend(filter.as_deref());
    args.extend(["--", remote.name.as_str(), sha.as_str()]);
    repo.git.run_with(&args, &signed(repo, remote, token)).map(drop)
}

/// `git fetch` of nothing but objects. The other side's program is named, because a configuration could name another.
fn fetching() -> Vec<&'static str> {
    let options = "fetch --quiet --no-tags --no-write-fetch-head --no-recurse-submodules --no-auto-gc \
                   --upload-pack=git-upload-pack";
    options.split_whitespace().collect()
}

/// Fetches objects that a partial clone left out, all in one call; the error says why they are missing.
pub(super) fn bring(repo: &Repository, objects: &[&str]) -> Result<(), String> {
    let Some(remote) = repo.promisor() else {
        return Err("its content is missing in this clone; see `git fsck`".to_owned());
    };
    let mut online = repo.online();
    let token = match &*online {
        Online::No => {
            return Err(
                "this clone was made with --filter and without its content; a dry run fetches nothing"
                    .to_owned(),
            );
        }
        Online::Failed(why) => return Err(why.clone()),
        Online::Yes(token) => token.clone(),
    };
    let mut args = vec!["-c", "fetch.negotiationAlgorithm=noop"];
    args.extend(fetching());
    args.extend([NO_FILES, "--stdin", "--", remote.name.as_str()]);
    let input = (objects.join("\n") + "\n").into_bytes();
    let extra = Extra { input, ..signed(repo, remote, token.as_ref()) };
    repo.git.run_with(&args, &extra).map(drop).map_err(|error| {
        let why =
            format!("this clone was made with --filter, and what it left out could not be fetched: {error}");
        *online = Online::Failed(why.clone());
        why
    })
}

/// The commit of a branch on the remote now; `None` if the remote has none or does not answer.
pub(super) fn remote_branch(repo: &Repository, branch: &str, token: Option<&Secret>) -> Option<Sha> {
    let remote = repo.remote()?;
    let name = format!("refs/heads/{branch}");
    let args =
        ["ls-remote", "--quiet", "--upload-pack=git-upload-pack", "--", remote.name.as_str(), name.as_str()];
    let listed = repo.git.run_with(&args, &signed(repo, remote, token)).ok()?;
    let listed = String::from_utf8(listed).ok()?;
    // A pattern also matches at the end of longer names, so the whole name is compared.
    let mut found = listed.lines().filter_map(|line| line.split_once('\t'));
    found.find(|(_, found)| *found == name)?.0.parse().ok()
}

/// The filter of a partial clone, as an option; `None` in a whole one.
fn filter(remote: &Remote) -> Option<String> {
    let filter = || remote.filter.clone().unwrap_or_else(|| "blob:none".to_owned());
    remote.is_promisor.then(|| format!("--filter={}", filter()))
}

/// The call's own sign-in, for web addresses only. The key names the whole address, which beats a header
/// that a checkout step left behind for the host; the empty value first drops those of equal rank, as two
/// sign-ins in one request are refused.
fn signed<'a>(repo: &Repository, remote: &Remote, token: Option<&'a Secret>) -> Extra<'a> {
    let url = repo.git.word(&["remote", "get-url", &remote.name]).unwrap_or_default();
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let Some(token) = token.filter(|_| is_web) else {
        return Extra { token, network: true, ..Extra::default() };
    };
    let config = sign_in::settings(&url, Some(token));
    Extra { config, token: Some(token), network: true, ..Extra::default() }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;
    use crate::sign_in::basic;
    use crate::testing::Sandbox;
    use cml_base::tree::Tree;

    #[test]
    fn a_shallow_clone_stays_shallow_and_gets_the_one_commit() {
        let origin = Sandbox::new();
        let root = origin.commit("m", "0");
        let base = origin.commit("m", "1");
        origin.commit("m", "2");
        let clone = Sandbox::clone_of(&origin, &["--depth", "1"]);
        let repo = clone.repo();
        assert!(repo.is_shallow && !repo.has(&base));
        let before = (clone.git(&["for-each-ref"]), clone.git(&["config", "--list", "--local"]));
        fetch(&repo, &base, None).unwrap();
        assert!(repo.has(&base) && !repo.has(&root) && repo.is_shallow);
        assert_eq!(repo.tree(&base, "").unwrap().read("m").unwrap().unwrap(), b"1");
        assert_eq!((clone.git(&["for-each-ref"]), clone.git(&["config", "--list", "--local"])), before);
        assert!(!clone.path().join(".git/FETCH_HEAD").exists());
    }

    #[test]
    fn a_whole_clone_stays_whole() {
        let origin = Sandbox::new();
        origin.commit("m", "0");
        let clone = Sandbox::clone_of(&origin, &[]);
        let newer = origin.commit("m", "1");
        fetch(&clone.repo(), &newer, None).unwrap();
        assert!(!clone.repo().is_shallow && clone.repo().has(&newer));
        assert_eq!(filter(clone.repo().remote().unwrap()), None);
    }

    #[test]
    fn a_partial_clone_keeps_its_filter() {
        let origin = Sandbox::new();
        origin.commit("m", "0");
        origin.git(&["config", "uploadpack.allowFilter", "true"]);
        let clone = Sandbox::clone_of(&origin, &["--filter=blob:none"]);
        assert_eq!(filter(clone.repo().remote().unwrap()).as_deref(), Some("--filter=blob:none"));
        let newer = origin.commit("m", "1");
        let repo = clone.repo();
        fetch(&repo, &newer, None).unwrap();
        let tree = repo.tree(&newer, "").unwrap();
        assert!(tree.read("m").unwrap_err().to_string().contains("a dry run fetches nothing"));
        repo.go_online(None);
        assert_eq!(tree.read("m").unwrap().unwrap(), b"1");
    }

    #[test]
    fn a_partial_clone_gets_the_files_that_are_read_and_no_others() {
        let origin = Sandbox::new();
        origin.git(&["config", "uploadpack.allowFilter", "true"]);
        origin.write("d/a", "a");
        origin.write("d/b", "b");
        origin.write("other", "never read");
        #[cfg(unix)]
        std::os::unix::fs::symlink("d/b", origin.path().join("link")).unwrap();
        let old = origin.commit("m", "0");
        origin.git(&["rm", "-qr", "."]);
        origin.commit("m", "1");
        for filter in ["blob:none", "tree:0"] {
            let clone = Sandbox::clone_of(&origin, &[&format!("--filter={filter}")]);
            let repo = clone.repo();
            assert!(repo.has(&old));
            repo.go_online(None);
            let tree = repo.tree(&old, "").unwrap();
            let mut read = Vec::new();
            let paths = ["d/a", "link", "m", "none"].map(str::to_owned);
            tree.read_each(&paths, &mut |answer| read.push(answer.unwrap()));
            let expected = [Some("a"), Some("b"), Some("0"), None];
            assert_eq!(read, expected.map(|text| text.map(|text| text.as_bytes().to_vec())), "{filter}");
            let other = clone.git(&["rev-list", "--objects", "--missing=print", "--no-walk", old.as_str()]);
            assert_eq!(other.lines().filter(|line| line.starts_with('?')).count(), 1, "{filter}: {other}");
        }
        // A remote that does not answer is asked once.
        let clone = Sandbox::clone_of(&origin, &["--filter=blob:none"]);
        let repo = clone.repo();
        repo.go_online(None);
        let tree = repo.tree(&old, "").unwrap();
        std::fs::rename(origin.path().join(".git"), origin.path().join("gone")).unwrap();
        let error = tree.read("d/a").unwrap_err().to_string();
        assert!(error.contains("what it left out could not be fetched: git fetch"), "{error}");
        std::fs::rename(origin.path().join("gone"), origin.path().join(".git")).unwrap();
        assert!(tree.read("d/b").is_err());
    }

    #[test]
    fn a_commit_that_nobody_has_and_a_clone_without_a_remote_are_errors() {
        let origin = Sandbox::new();
        origin.commit("m", "0");
        let absent: Sha = "1".repeat(40).parse().unwrap();
        let clone = Sandbox::clone_of(&origin, &[]);
        let error = fetch(&clone.repo(), &absent, None).unwrap_err().to_string();
        assert!(error.starts_with(&format!("git fetch origin {absent} failed")), "{error}");
        let error = fetch(&origin.repo(), &absent, None).unwrap_err().to_string();
        assert!(error.contains("no remote"), "{error}");
        assert_eq!(remote_branch(&clone.repo(), "main", None), Some(origin.head()));
        assert_eq!(remote_branch(&clone.repo(), "ain", None), None);
    }

    #[test]
    fn the_token_is_one_header_and_stands_in_no_error() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut bytes = Vec::new();
            let mut part = [0; 4096];
            while !bytes.ends_with(b"\r\n\r\n") {
                let count = stream.read(&mut part).unwrap();
                bytes.extend_from_slice(&part[..count]);
            }
            let _ =
                stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            String::from_utf8(bytes).unwrap()
        });
        let sandbox = Sandbox::new();
        sandbox.git(&["remote", "add", "origin", &format!("{url}/o/r.git")]);
        sandbox.git(&["config", &format!("http.{url}/.extraheader"), "AUTHORIZATION: basic other"]);
        sandbox.git(&["config", "http.extraheader", "AUTHORIZATION: basic another"]);
        let token = Secret::new("ghs_secret").unwrap();
        let absent: Sha = "1".repeat(40).parse().unwrap();
        let error = fetch(&sandbox.repo(), &absent, Some(&token)).unwrap_err().to_string();
        let request = server.join().unwrap();
        let headers: Vec<&str> =
            request.lines().filter(|line| line.to_lowercase().starts_with("authorization:")).collect();
        assert_eq!(headers, [format!("AUTHORIZATION: basic {}", basic(&token))]);
        assert!(!error.contains("ghs_secret") && !error.contains(&basic(&token)), "{error}");
    }
}
