//! Gets one missing commit from the remote, with the token as a header of that one call.
//!
//! Nothing but objects (and, in a shallow clone, the shallow boundary) changes: no branch, tag, FETCH_HEAD
//! or configuration, and no history beyond what the clone's own kind asks for.

use super::git::{Extra, basic};
use super::{Repository, RevisionError, without_user};
use crate::ident::{Secret, Sha};

/// Fetches `sha` unless it is here already.
pub fn fetch(repo: &Repository, sha: &Sha, token: Option<&Secret>) -> Result<(), RevisionError> {
    if repo.has(sha) {
        return Ok(());
    }
    let Some(remote) = repo.remote_name() else {
        let answer = "the clone has no remote; add one, or fetch the commit yourself".to_owned();
        return Err(RevisionError::Git { doing: format!("fetch {sha}"), answer });
    };
    let filter = filter(repo, &remote);
    let mut args = vec![
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-recurse-submodules",
        "--no-auto-gc",
    ];
    if repo.is_shallow() {
        args.push("--depth=1");
    }
    args.extend(filter.as_deref());
    args.extend(["--", remote.as_str(), sha.as_str()]);
    repo.git.run_with(&args, &signed(repo, &remote, token)).map(drop)
}

/// The commit of a branch on the remote now; `None` if the remote has none or does not answer.
pub(super) fn remote_branch(repo: &Repository, branch: &str, token: Option<&Secret>) -> Option<Sha> {
    let remote = repo.remote_name()?;
    let name = format!("refs/heads/{branch}");
    let args = ["ls-remote", "--quiet", "--", remote.as_str(), name.as_str()];
    let listed = repo.git.run_with(&args, &signed(repo, &remote, token)).ok()?;
    let listed = String::from_utf8(listed).ok()?;
    // A pattern also matches at the end of longer names, so the whole name is compared.
    let mut found = listed.lines().filter_map(|line| line.split_once('\t'));
    found.find(|(_, found)| *found == name)?.0.parse().ok()
}

/// The filter of a partial clone, as an option; `None` in a whole one.
fn filter(repo: &Repository, remote: &str) -> Option<String> {
    let of = |key: &str| repo.git.word(&["config", "--get", &format!("remote.{remote}.{key}")]);
    let promisor = of("promisor").is_some_and(|text| text == "true");
    promisor
        .then(|| format!("--filter={}", of("partialclonefilter").unwrap_or_else(|| "blob:none".to_owned())))
}

/// The call's own sign-in, for web addresses only. The key names the whole address, which beats a header
/// that a checkout step left behind for the host; the empty value first drops those of equal rank, as two
/// sign-ins in one request are refused.
fn signed<'a>(repo: &Repository, remote: &str, token: Option<&'a Secret>) -> Extra<'a> {
    let url = repo.git.word(&["remote", "get-url", remote]).unwrap_or_default();
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let Some(token) = token.filter(|_| is_web) else {
        return Extra { config: Vec::new(), token };
    };
    let key = format!("http.{}.extraHeader", without_user(&url));
    let header = format!("AUTHORIZATION: basic {}", basic(token));
    // Git would send the header along to wherever the server points.
    let stay = ("http.followRedirects".to_owned(), "false".to_owned());
    Extra { config: vec![stay, (key.clone(), String::new()), (key, header)], token: Some(token) }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;
    use crate::revision::Tree;
    use crate::revision::testing::Sandbox;

    #[test]
    fn a_shallow_clone_stays_shallow_and_gets_the_one_commit() {
        let origin = Sandbox::new();
        let root = origin.commit("m", "0");
        let base = origin.commit("m", "1");
        origin.commit("m", "2");
        let clone = Sandbox::clone_of(&origin, &["--depth", "1"]);
        let repo = clone.repo();
        assert!(repo.is_shallow() && !repo.has(&base));
        let before = (clone.git(&["for-each-ref"]), clone.git(&["config", "--list", "--local"]));
        fetch(&repo, &base, None).unwrap();
        assert!(repo.has(&base) && !repo.has(&root) && repo.is_shallow());
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
        assert!(!clone.repo().is_shallow() && clone.repo().has(&newer));
        assert_eq!(filter(&clone.repo(), "origin"), None);
    }

    #[test]
    fn a_partial_clone_keeps_its_filter() {
        let origin = Sandbox::new();
        origin.commit("m", "0");
        origin.git(&["config", "uploadpack.allowFilter", "true"]);
        let clone = Sandbox::clone_of(&origin, &["--filter=blob:none"]);
        assert_eq!(filter(&clone.repo(), "origin").as_deref(), Some("--filter=blob:none"));
        let newer = origin.commit("m", "1");
        fetch(&clone.repo(), &newer, None).unwrap();
        assert_eq!(clone.repo().tree(&newer, "").unwrap().read("m").unwrap().unwrap(), b"1");
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
