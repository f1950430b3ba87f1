//! The client's making: whom it trusts, how long it waits, what it calls itself.

use std::error::Error;
use std::time::Duration;

use reqwest::{Certificate, Client, ClientBuilder};

use super::HttpError;
use super::guard::Guarded;
use super::redact::chain;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(60);
const AGENT: &str = concat!("cml/", env!("CARGO_PKG_VERSION"));

/// Builds the client, with built-in roots where the system has none (a slim image).
pub(super) fn client(builder: impl Fn() -> ClientBuilder) -> Result<Client, HttpError> {
    let with_rules = || {
        builder()
            .user_agent(AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .dns_resolver(Guarded::default())
            // Ours know where a token may go.
            .redirect(reqwest::redirect::Policy::none())
    };
    with_roots(with_rules)
        .map_err(|error| HttpError::NotSent { request: "set up TLS".to_owned(), why: chain(&error, None) })
}

/// Builds a client with the system's roots, or with built-in ones where the image has none. The error is the first
/// try's.
pub fn with_roots(builder: impl Fn() -> ClientBuilder) -> Result<Client, reqwest::Error> {
    let first = match builder().build() {
        Ok(client) => return Ok(client),
        Err(error) => error,
    };
    builder().tls_certs_only(built_in()).build().map_err(|_| first)
}

/// Mozilla's roots.
pub(super) fn built_in() -> impl Iterator<Item = Certificate> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter_map(|root| Certificate::from_der(root).ok())
}

/// What is wrong with the server's certificate, if that is why no connection came about.
pub(super) fn distrust(error: &reqwest::Error) -> Option<String> {
    let mut next: Option<&(dyn Error + 'static)> = error.source();
    while let Some(cause) = next {
        if let Some(rustls::Error::InvalidCertificate(why)) = cause.downcast_ref() {
            return Some(why.to_string());
        }
        // An error of the system's kind names as its source what is behind the one that it holds.
        let held = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match held {
            Some(held) => Some(held),
            None => cause.source(),
        };
    }
    None
}
