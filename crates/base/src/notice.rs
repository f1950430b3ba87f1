//! Notices: what the reader should know that is no error (a skipped file, a guess, a fallback).

/// One notice: one sentence without Markdown, naming the thing and, where there is one, the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The file or thing that it is about, if any.
    pub about: Option<String>,
    pub text: String,
}

impl Notice {
    pub fn new(text: impl Into<String>) -> Self {
        Self { about: None, text: text.into() }
    }

    pub fn about(thing: impl Into<String>, text: impl Into<String>) -> Self {
        Self { about: Some(thing.into()), text: text.into() }
    }
}

impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.about {
            Some(about) => write!(f, "{about}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}
