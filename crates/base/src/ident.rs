//! Names of outside things, checked when they are made, so that no two strings can be swapped by accident.

mod token;

pub use token::{Token, Withheld, is_loopback};

use std::fmt;
use std::str::FromStr;

use crate::flavor;

/// A text that is no such name: what was expected, and what came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {expected}")]
pub struct BadName {
    pub expected: &'static str,
    pub text: String,
}

impl BadName {
    fn repository(text: &str) -> Self {
        Self { expected: "a repository (https://HOST/OWNER/NAME)", text: text.to_owned() }
    }
}

/// A commit's full object name: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Sha(String);

impl Sha {
    /// The first seven digits, as forges show them.
    pub fn short(&self) -> &str {
        &self.0[..7]
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is Git's name for "no commit" (all zeros), which push events carry for a new branch.
    pub fn is_zero(&self) -> bool {
        self.0.bytes().all(|b| b == b'0')
    }
}

impl FromStr for Sha {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let lower = text.trim().to_ascii_lowercase();
        if matches!(lower.len(), 40 | 64) && lower.bytes().all(|b| b.is_ascii_hexdigit()) {
            Ok(Self(lower))
        } else {
            Err(BadName {
                expected: "a full commit name (40 or 64 hexadecimal digits)",
                text: text.to_owned(),
            })
        }
    }
}

impl TryFrom<String> for Sha {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        text.parse()
    }
}

impl fmt::Display for Sha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A repository on a forge: the server's web address without a trailing slash, and the path `owner/name`. A server
/// may live under a path of its own, `https://HOST/gitlab`, and owners may be nested, `group/subgroup`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepoUrl {
    server: String,
    slug: String,
}

impl RepoUrl {
    /// `server` is a web address such as `https://github.com`; `slug` is `owner/name`.
    pub fn new(server: &str, slug: &str) -> Result<Self, BadName> {
        let slug = slug.trim_matches('/').trim_end_matches(".git");
        let fine = |part: &str| {
            !part.is_empty()
                && part != "."
                && part != ".."
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        };
        let parts: Vec<&str> = slug.split('/').collect();
        let has_scheme = server.starts_with("https://") || server.starts_with("http://");
        if parts.len() >= 2 && parts.iter().all(|part| fine(part)) && has_scheme {
            Ok(Self { server: server.trim_end_matches('/').to_owned(), slug: slug.to_owned() })
        } else {
            Err(BadName::repository(&format!("{server}/{slug}")))
        }
    }

    /// Reads what a user types: a whole address, as [`RepoUrl::of_remote`] does, or a slug on the server that everybody may use.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        if text.contains([':', '\\']) {
            return Self::of_remote(text);
        }
        if text.starts_with('/') {
            return Err(BadName::repository(text));
        }
        Self::new(flavor::ELSEWHERE.server, text)
    }

    /// Reads the address of a Git remote: `https://HOST/OWNER/NAME[.git]`, another scheme that names a host, or
    /// `git@HOST:OWNER/NAME.git`. A path on this machine is the address of no web page.
    /// The forms are those of git-fetch(1), "Git URLs".
    pub fn of_remote(text: &str) -> Result<Self, BadName> {
        if let Some((scheme, rest)) = text.split_once("://") {
            if !matches!(scheme, "https" | "http" | "ssh" | "git" | "git+ssh" | "ssh+git") {
                return Err(BadName::repository(text));
            }
            let (host, slug) = rest.split_once('/').unwrap_or((rest, ""));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            // A port of ssh is not the web server's.
            let host = if scheme.starts_with("http") { host } else { host.split(':').next().unwrap_or(host) };
            let scheme = if scheme == "http" { "http" } else { "https" };
            return Self::at_host(scheme, host, slug).ok_or_else(|| BadName::repository(text));
        }
        let (host, slug) = text.split_once(':').ok_or_else(|| BadName::repository(text))?;
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        // One letter is a drive.
        let is_host = host.len() > 1 && !host.contains(['/', '\\']);
        let repo = is_host.then(|| Self::at_host("https", host, slug)).flatten();
        repo.ok_or_else(|| BadName::repository(text))
    }

    fn at_host(scheme: &str, host: &str, slug: &str) -> Option<Self> {
        Self::new(&format!("{scheme}://{host}"), slug).ok().filter(|_| !host.is_empty())
    }

    /// The server's web address, `https://HOST`.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// `owner/name`.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The owner: all but the last part of the slug.
    pub fn owner(&self) -> &str {
        self.slug.rsplit_once('/').map_or("", |(owner, _)| owner)
    }

    /// The last part of the slug.
    pub fn name(&self) -> &str {
        self.slug.rsplit_once('/').map_or(self.slug.as_str(), |(_, name)| name)
    }
}

impl fmt::Display for RepoUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.server, self.slug)
    }
}

/// The number of a change request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangeNumber(pub u64);

impl fmt::Display for ChangeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A token. It has no printable form: `Debug` hides it and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// An empty text (an unset variable in YAML) is no secret.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The token itself, for whoever signs a request that [`Token::at`] has allowed.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Replaces the token wherever it stands in `text`.
    pub fn redact(&self, text: &str) -> String {
        text.replace(&self.0, "***")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_read_from_every_form_of_address() {
        for text in [
            "https://github.com/o/r",
            "https://github.com/o/r.git",
            "https://user:pass@github.com/o/r",
            "git@github.com:o/r.git",
            "o/r",
        ] {
            let repo = RepoUrl::parse(text).unwrap();
            assert_eq!(repo.to_string(), "https://github.com/o/r", "{text}");
        }
        assert!(RepoUrl::parse("o/..").is_err());
        assert!(RepoUrl::parse("o").is_err());
        assert!(RepoUrl::parse("/o/r").is_err());
    }

    #[test]
    fn a_remote_on_this_machine_has_no_web_page() {
        let check = |remote: &str, expected: Option<&str>| {
            let repo = RepoUrl::of_remote(remote).ok().map(|repo| repo.to_string());
            assert_eq!(repo.as_deref(), expected, "{remote}");
        };
        check("https://github.com/o/r.git", Some("https://github.com/o/r"));
        check("http://git.local:8080/o/r", Some("http://git.local:8080/o/r"));
        check("ssh://git@git.local:2222/o/r.git", Some("https://git.local/o/r"));
        check("git@gitlab.com:group/sub/r.git", Some("https://gitlab.com/group/sub/r"));
        check("github.com:o/r", Some("https://github.com/o/r"));
        for local in [
            "/srv/git/o/r.git",
            "../o/r.git",
            "o/r",
            "file:///srv/git/r.git",
            "file://host/o/r.git",
            "C:/git/r.git",
            "C:\\git\\r.git",
            "./a:b/r.git",
            "ext::sh -c x",
            "https:///o/r",
            "",
        ] {
            check(local, None);
        }
    }

    #[test]
    fn a_secret_has_no_printable_form() {
        let secret = Secret::new("ghs_abc").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(***)");
        assert_eq!(secret.redact("bad token ghs_abc"), "bad token ***");
        assert!(Secret::new("  ").is_none());
    }
}
