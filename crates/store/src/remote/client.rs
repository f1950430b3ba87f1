//! One HTTP client for all remotes: no redirects of its own, and no way to a machine that [`http::address`] forbids.

use std::time::Duration;

use reqwest::{Certificate, Client};

use super::LARGEST;
use cml_http::{self as http, Guarded};

const AGENT: &str = concat!("cml/", env!("CARGO_PKG_VERSION"));
/// Longer texts of a server are cut.
const LONGEST_REASON: usize = 300;

/// How a client waits, and whom it trusts besides the usual roots.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) connect: Option<Duration>,
    pub(super) read: Option<Duration>,
    pub(super) roots: Vec<Certificate>,
    /// Whether only the public network is asked: where the way leads that somebody else's answer shows.
    pub(super) public_only: bool,
    /// Whether a compressed answer is unpacked. A cloud's object is what it is, and as long as its service says.
    pub(super) unpacks: bool,
}

/// A remote with this name is refused before, so only the sign-in of this machine asks for it.
const OWN_METADATA: &str = "metadata.google.internal";

/// A client under these rules.
pub(super) fn client(rules: &Rules) -> Result<Client, String> {
    let guard = Guarded { own: (!rules.public_only).then_some(OWN_METADATA), public_only: rules.public_only };
    let builder = || {
        let builder = Client::builder()
            .user_agent(AGENT)
            .connect_timeout(rules.connect.unwrap_or(Duration::from_secs(10)))
            .read_timeout(rules.read.unwrap_or(Duration::from_secs(60)))
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(guard);
        let builder = if rules.unpacks { builder } else { builder.no_gzip() };
        builder.tls_certs_merge(rules.roots.clone())
    };
    http::with_roots(builder).map_err(|error| reason(error, &[]))
}

/// An error and its causes on one short line, without the queries of addresses and without `secrets`.
pub(super) fn reason(error: impl std::error::Error, secrets: &[&str]) -> String {
    cleaned(&whole(&error), secrets)
}

/// An error and its causes, each said once.
pub(super) fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

/// Any text of a server, made fit to be shown.
pub(super) fn cleaned(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| secret.len() > 3) {
        text = text.replace(secret, "***");
    }
    let words = text.split_whitespace().map(|word| match word.split_once("://") {
        Some((before, rest)) => {
            let rest = rest.split('?').next().unwrap_or_default();
            let host = rest.split_once('/').map_or(rest, |(host, _)| host);
            let rest = host.rsplit_once('@').map_or(rest, |(user, _)| &rest[user.len() + 1..]);
            format!("{before}://{rest}")
        }
        None => word.to_owned(),
    });
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_REASON) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// What is said of an object beyond the limit.
pub(super) fn too_large() -> String {
    format!("the file is too large to compare (at most {} MB)", LARGEST / 1024 / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_holds_no_secret() {
        let check = |text: &str, expected: &str| assert_eq!(cleaned(text, &["s3cret", "abc"]), expected);
        check("GET https://u:p@h/a?sig=x: no\n  <s3cret>", "GET https://h/a no <***>");
        check("abc (https://h/x@y?z)", "abc (https://h/x@y");
        assert_eq!(cleaned(&"é ".repeat(400), &[]).chars().count(), LONGEST_REASON + 1);
    }
}
