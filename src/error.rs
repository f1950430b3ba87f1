//! The one error that users see: what we were doing, why it failed, what to do next, and the exit code.

use std::fmt::Write as _;

use crate::config::ConfigError;
use cml_base::tree::RevisionError;
use cml_host::environment::{API_SOURCES, OWN_AUTHORITY, TOKEN_SOURCES};
use cml_http::HttpError;

/// What kind of failure it was; it decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Usage, configuration or input.
    Input,
    /// The report is made, but could not be delivered.
    Delivery,
}

impl Kind {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Input => 2,
            Self::Delivery => 3,
        }
    }
}

/// An error for the user.
#[derive(Debug, Clone)]
pub struct Error {
    pub kind: Kind,
    /// What we were doing, to which thing, and what came back; causes joined with `: `.
    pub message: String,
    /// What to do next; may have several lines.
    pub hint: Option<String>,
}

impl Error {
    pub fn input(message: impl Into<String>) -> Self {
        Self { kind: Kind::Input, message: message.into(), hint: None }
    }

    pub fn delivery(message: impl Into<String>) -> Self {
        Self { kind: Kind::Delivery, message: message.into(), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The text for standard error: `error: …`, then `hint: …`.
    pub fn render(&self) -> String {
        let mut text = format!("error: {}", self.message);
        if let Some(hint) = &self.hint {
            let _ = write!(text, "\nhint: {}", hint.replace('\n', "\n      "));
        }
        text
    }
}

impl From<RevisionError> for Error {
    fn from(error: RevisionError) -> Self {
        Self::input(error.to_string())
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::input(error.to_string()).hint("docs/cml-toml.md lists every key and what it takes")
    }
}

impl From<HttpError> for Error {
    fn from(error: HttpError) -> Self {
        let advice = advice(&error);
        let error = Self::delivery(error.to_string());
        match advice {
            Some(advice) => error.hint(advice),
            None => error,
        }
    }
}

/// What to do about a request that did not succeed.
fn advice(error: &HttpError) -> Option<String> {
    Some(match error {
        HttpError::Refused { status: 401, .. } => {
            format!("the token is wrong or expired: check the secret behind {TOKEN_SOURCES}")
        }
        HttpError::Refused { status: 404, .. } => {
            "check the repository's name (--repo OWNER/NAME, or the whole address) and that the token may read it"
                .to_owned()
        }
        HttpError::Refused { status: 403 | 429, answer, .. } if is_rate_limit(error, answer) => {
            "the forge's rate limit is used up: run the job again later".to_owned()
        }
        HttpError::Refused { status: 500.., .. } => {
            "the forge has trouble: run the job again later".to_owned()
        }
        HttpError::NotSent { .. } => format!(
            "check the network, the proxy (HTTPS_PROXY, NO_PROXY) and the API's address ({API_SOURCES})"
        ),
        HttpError::Untrusted { .. } => format!(
            "if the server has a certificate of your own authority, give cml that authority's, a PEM file, in \
             SSL_CERT_FILE (instead of the system's) or NODE_EXTRA_CA_CERTS (beside them); {OWN_AUTHORITY}"
        ),
        HttpError::Unknown { .. } => {
            "look at the pull or merge request before running the job again: the comment may be there".to_owned()
        }
        HttpError::Withheld { advice, .. } => advice.clone(),
        HttpError::Refused { status: 403, .. } => return None,
        HttpError::Refused { .. } => {
            "the forge did not take the request; --dry-run shows what would be sent".to_owned()
        }
    })
}

/// GitHub's secondary limits are a 403 or a 429 alike.
fn is_rate_limit(error: &HttpError, answer: &str) -> bool {
    matches!(error, HttpError::Refused { status: 429, .. })
        || answer.to_ascii_lowercase().contains("rate limit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_and_what_next() {
        let error = Error::input("cannot read report.md: no such file")
            .hint("make it first:\ncml report -o report.md");
        assert_eq!(
            error.render(),
            "error: cannot read report.md: no such file\nhint: make it first:\n      cml report -o report.md"
        );
        assert_eq!(error.kind.exit_code(), 2);
    }
}
