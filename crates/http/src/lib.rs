//! One HTTP client: sign-in, retries, size limits, redaction.
//!
//! In: a request and the token, which goes where it belongs. Out: the answer's bytes, or an [`HttpError`] in the server's own words. The forge
//! libraries send through [`Transport`], so every request of the program obeys the same rules.

pub mod address;
mod call;
mod client;
mod guard;
mod redact;
mod retry;
#[cfg(test)]
mod tests;
mod tls;

pub use call::Repeatable;
pub use client::{Manners, Transport};
pub use guard::Guarded;
pub use tls::with_roots;

/// A request that did not succeed. `NotSent`: the server never had it; `Untrusted`: because it could not show who it is. `Refused`: it answered, and said no.
/// `Unknown`: it may have been carried out, the answer was lost. `Withheld`: we did not send it, because the token does
/// not belong there, or because such an address is not asked.
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
    #[error("{request}: not sent: {why}")]
    Withheld {
        request: String,
        why: String,
        /// What to do.
        advice: String,
    },
}
