//! One HTTP client for all remotes: no redirects of its own, and no way to a machine that [`address`] forbids.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, Client};

use super::{LARGEST, address};
use crate::http;

const AGENT: &str = concat!("cml/", env!("CARGO_PKG_VERSION"));
/// Longer texts of a server are cut.
const LONGEST_REASON: usize = 300;

/// How a client waits, and whom it trusts besides the usual roots.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) connect: Option<Duration>,
    pub(super) read: Option<Duration>,
    pub(super) roots: Vec<Certificate>,
}

/// A client under these rules.
pub(super) fn client(rules: &Rules) -> Result<Client, String> {
    let builder = || {
        let builder = Client::builder()
            .user_agent(AGENT)
            .connect_timeout(rules.connect.unwrap_or(Duration::from_secs(10)))
            .read_timeout(rules.read.unwrap_or(Duration::from_secs(60)))
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(Guarded);
        builder.tls_certs_merge(rules.roots.clone())
    };
    http::with_roots(builder).map_err(|error| reason(error, &[]))
}

/// Looks names up and leaves out what is forbidden. Google's own metadata service is let through: a remote with
/// that name is refused before, so only the sign-in of this machine asks for it.
struct Guarded;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let own = name.as_str() == "metadata.google.internal";
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let good: Vec<SocketAddr> =
                found.into_iter().filter(|at| own || !address::is_forbidden(at.ip())).collect();
            if good.is_empty() {
                return Err("the name leads to a link-local address or a cloud's metadata service".into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
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

    #[test]
    fn a_name_that_leads_to_this_link_is_not_asked() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let asked = |name: &str| {
            let name: Name = name.parse().unwrap();
            runtime.block_on(Guarded.resolve(name)).map(|found| found.count())
        };
        assert!(asked("localhost").unwrap() > 0);
        let error = asked("169.254.169.254").map(drop).unwrap_err();
        assert!(error.to_string().contains("link-local"), "{error}");
    }
}
