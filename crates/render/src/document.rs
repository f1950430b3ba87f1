//! A user's own Markdown: which images it names, and the same text with other addresses.
//!
//! In: Markdown, as a person or a program wrote it. Out: the [`Reference`]s to images in it, with the bytes where
//! each address stands, and ([`splice`]) the text with those bytes replaced. Nothing else of the text is touched: it
//! is never parsed and written anew, because no writer gives back task lists, maths, alerts, or padding as they were.
//!
//! Code, comments and maths name no images. Links are not images: what they name stays as it is.

mod address;
mod destination;
mod html;
mod looks;
mod markdown;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use address::{Source, source};
pub use markdown::references;

/// One place in the text where an image's address stands. A definition that several images share is one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The address as a reader's program understands it: without escapes and entities.
    pub address: String,
    /// The bytes that another address replaces.
    pub range: Range<usize>,
    form: Form,
}

/// How an address is written at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// In Markdown, or in an HTML attribute with quotes.
    Plain,
    /// In an HTML attribute without quotes, where HTML allows fewer characters.
    Unquoted,
}

/// Bytes of a text, and what stands there instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    pub range: Range<usize>,
    pub text: String,
}

impl Reference {
    /// What to write so that the image is found at `address`.
    pub fn replace(&self, address: &str) -> Replacement {
        let written = destination::write(address);
        let text = match &self.form {
            Form::Unquoted if written.contains('=') => format!("\"{written}\""),
            Form::Plain | Form::Unquoted => written,
        };
        Replacement { range: self.range.clone(), text }
    }
}

/// The text with every replacement made. A replacement that overlaps an earlier one, or that names no whole
/// characters of the text, is left out.
pub fn splice(markdown: &str, replacements: &[Replacement]) -> String {
    let mut sorted: Vec<&Replacement> = replacements.iter().collect();
    sorted.sort_by_key(|replacement| (replacement.range.start, replacement.range.end));
    let mut spliced = String::with_capacity(markdown.len());
    let mut done = 0;
    for Replacement { range, text } in sorted {
        let (Some(before), Some(_)) = (markdown.get(done..range.start), markdown.get(range.clone())) else {
            continue;
        };
        spliced.push_str(before);
        spliced.push_str(text);
        done = range.end;
    }
    spliced.push_str(&markdown[done..]);
    spliced
}
