//! A token, and the servers that may have it: it is given out for an address, or not at all.

use std::fmt;

use url::{Host, Url};

use super::Secret;

/// A token that knows where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    secret: Secret,
    source: String,
    homes: Vec<Url>,
}

/// Why a token is not sent somewhere, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Withheld {
    pub why: String,
    pub advice: String,
}

impl Token {
    /// `source` is the flag or variable that it came from; `homes` are web addresses of servers, of which scheme, host
    /// and port count. What is no web address is no home.
    pub fn new<'a>(secret: Secret, source: &str, homes: impl IntoIterator<Item = &'a str>) -> Self {
        let homes = homes.into_iter().filter_map(|home| Url::parse(home).ok());
        let homes =
            homes.filter(|home| matches!(home.scheme(), "http" | "https") && home.has_host()).collect();
        Self { secret, source: source.to_owned(), homes }
    }

    /// The token for a request to this address, if its server may have it.
    pub fn at(&self, to: &Url) -> Result<&Secret, Withheld> {
        if self.homes.iter().any(|home| home.origin() == to.origin()) {
            return Ok(&self.secret);
        }
        let (source, there) = (&self.source, Server(to));
        let is_plain = to.scheme() == "http" && self.homes.iter().all(|home| home.scheme() == "https");
        let of_same_host = self.homes.iter().any(|home| home.host() == to.host());
        if is_plain && (of_same_host || self.homes.is_empty()) {
            return Err(Withheld {
                why: format!("the token of {source} would go unencrypted to {there}"),
                advice: "name the repository with https:// (--repo https://HOST/OWNER/NAME)".to_owned(),
            });
        }
        let known: Vec<String> = self.homes.iter().map(|home| Server(home).to_string()).collect();
        let known =
            if known.is_empty() { "no server that is known here".to_owned() } else { known.join(", ") };
        Err(Withheld {
            why: format!("the token of {source} is for {known} and is not sent to {there}"),
            advice: format!(
                "give cml a token of that server: --token or CML_TOKEN{}",
                if to.scheme() == "http" { ", and name the server with https://" } else { "" }
            ),
        })
    }

    /// Whether a server at this address may have it.
    pub fn is_at_home(&self, address: &str) -> bool {
        Url::parse(address).is_ok_and(|to| self.at(&to).is_ok())
    }

    /// The token, to take it out of texts: whoever sends asks [`Token::at`].
    pub fn to_hide(&self) -> &Secret {
        &self.secret
    }
}

/// Whether an address is this machine's own: what goes there passes no network.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

/// `https://HOST[:PORT]`
struct Server<'a>(&'a Url);

impl fmt::Display for Server<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.origin().ascii_serialization())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_home_and_nowhere_else() {
        let check = |homes: &[&str], to: &str, expected: Result<(), &str>| {
            let token = Token::new(Secret::new("ghs_sesame").unwrap(), "GITHUB_TOKEN", homes.iter().copied());
            let given = token.at(&Url::parse(to).unwrap()).map(Secret::expose);
            match (given, expected) {
                (Ok(text), Ok(())) => assert_eq!(text, "ghs_sesame"),
                (Err(withheld), Err(words)) => {
                    assert!(withheld.why.contains(words), "{to}: {}", withheld.why);
                    assert!(
                        !withheld.advice.is_empty() && !format!("{withheld:?}{token:?}").contains("sesame")
                    );
                }
                (given, _) => panic!("{homes:?} {to}: {given:?}"),
            }
        };
        let github = ["https://github.com", "https://api.github.com/x"];
        check(&github, "https://api.github.com/repos/o/r", Ok(()));
        check(&github, "https://GitHub.com:443/o/r.git", Ok(()));
        let elsewhere = Err("is for https://github.com, https://api.github.com and is not sent to");
        for to in [
            "https://api.github.com.evil.example/",
            "https://evil.example/api.github.com",
            "https://github.com@evil.example/",
            "https://github.com:8443/",
            "https://127.0.0.1/",
            "http://other.example/",
        ] {
            check(&github, to, elsewhere);
        }
        check(&github, "http://api.github.com/", Err("would go unencrypted to http://api.github.com"));
        check(&["http://git.corp:8080"], "http://git.corp:8080/api/v4", Ok(()));
        check(&["http://git.corp:8080"], "https://git.corp/api/v4", Err("is not sent to https://git.corp"));
        check(&[], "http://git.corp/", Err("would go unencrypted"));
        check(&["file:///x", "nonsense"], "https://h/", Err("no server that is known here"));
    }

    #[test]
    fn what_is_to_be_done_is_said() {
        let token = Token::new(Secret::new("x").unwrap(), "--token", ["https://h"]);
        let advice = |to: &str| token.at(&Url::parse(to).unwrap()).unwrap_err().advice;
        assert_eq!(advice("https://o"), "give cml a token of that server: --token or CML_TOKEN");
        assert!(advice("http://o").ends_with("name the server with https://"));
        assert!(advice("http://h").starts_with("name the repository with https://"));
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        let check = |address: &str, expected: bool| {
            assert_eq!(is_loopback(&Url::parse(address).unwrap()), expected, "{address}");
        };
        check("http://127.0.0.1:8080", true);
        check("http://LOCALHOST./x", true);
        check("http://[::1]:1", true);
        check("http://127.0.0.1.example.com", false);
        check("http://localhost.example.com", false);
        check("http://10.0.0.1", false);
    }
}
