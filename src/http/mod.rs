//! One HTTP client: sign-in, retries, size limits, redaction.
//!
//! In: a request and the token. Out: the answer's bytes, or an [`HttpError`] in the server's own words. The forge
//! libraries send through [`Transport`], so every request of the program obeys the same rules.

mod client;
mod redact;
mod retry;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use client::with_roots;
pub use client::{Repeatable, Transport};

/// A request that did not succeed. `NotSent`: the server never had it; `Untrusted`: because it could not show who it is. `Refused`: it answered, and said no.
/// `Unknown`: it may have been carried out, the answer was lost.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HttpError {
    #[error("{request}: could not be sent: {why}")]
    NotSent { request: String, why: String },
    #[error("{request}: could not be sent: the server's certificate is not trusted: {why}")]
    Untrusted { request: String, why: String },
    #[error("{request}: the server answered {status}: {answer}")]
    Refused {
        /// `POST https://host/path`, without a query's secrets.
        request: String,
        status: u16,
        /// The forge's own words, redacted, one line.
        answer: String,
    },
    #[error("{request}: the answer was lost: {why}")]
    Unknown { request: String, why: String },
}
