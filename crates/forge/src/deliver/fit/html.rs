//! Raw HTML: which elements are open after a piece of it.

use super::blocks::{Block, Kind};

/// Elements without an end.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];
/// Elements whose content is text, and what ends a piece that is none.
const RAW: [&str; 3] = ["script", "style", "textarea"];

/// Elements that are left open deeper than this (items and cells without an end, line after line) are not counted.
const DEEPEST: usize = 50;

/// The open elements, outermost first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Open(Vec<String>);

impl Open {
    /// Passes over a block of a document, of which so much is shown.
    pub(super) fn pass(&mut self, block: &Block<'_>, shown: &str) {
        if block.kind == Kind::Html {
            self.read(shown);
        }
    }

    /// Reads on; a piece that is not ended (a comment, a script) is an element of its own kind.
    pub(super) fn read(&mut self, html: &str) {
        let mut rest = html;
        loop {
            if let Some(end) = self.0.last().and_then(|last| raw_end(last)) {
                let Some(at) = find(rest, &end) else { return };
                rest = &rest[at..];
                if end == "-->" {
                    rest = &rest[3..];
                    self.0.pop();
                    continue;
                }
            }
            let Some(at) = rest.find('<') else { return };
            rest = &rest[at..];
            if let Some(comment) = rest.strip_prefix("<!--") {
                self.0.push("!--".to_owned());
                rest = comment;
                continue;
            }
            rest = self.tag(rest);
        }
    }

    /// Reads one tag, and answers what is behind it.
    fn tag<'a>(&mut self, text: &'a str) -> &'a str {
        let is_end = text[1..].starts_with('/');
        let inside = &text[1 + usize::from(is_end)..];
        let length = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(inside.len());
        let name = inside[..length].to_ascii_lowercase();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return &text[1..];
        }
        let Some(end) = tag_end(&inside[length..]) else { return &text[text.len()..] };
        let rest = &inside[length + end..];
        if is_end {
            if let Some(at) = self.0.iter().rposition(|open| *open == name) {
                self.0.truncate(at);
            }
        } else if !VOID.contains(&name.as_str()) && self.0.len() < DEEPEST {
            self.0.push(name);
        }
        rest
    }

    /// Whether a line of text may stand here.
    pub(super) fn is_between(&self) -> bool {
        self.0.last().is_none_or(|last| raw_end(last).is_none())
    }

    /// A remark, as it may stand here.
    pub(super) fn remark(&self, text: &str) -> String {
        match self.0.last().map(String::as_str) {
            Some("table" | "thead" | "tbody" | "tfoot") => format!("<tr><td>{text}</td></tr>\n"),
            Some("tr") => format!("<td>{text}</td>\n"),
            Some("ul" | "ol") => format!("<li>{text}</li>\n"),
            _ => format!("{text}\n"),
        }
    }

    /// What closes all that is open, innermost first.
    pub(super) fn closings(&self) -> String {
        let close = |name: &String| if name == "!--" { "\n-->".to_owned() } else { format!("\n\n</{name}>") };
        self.0.iter().rev().map(close).collect()
    }
}

fn raw_end(name: &str) -> Option<String> {
    match name {
        "!--" => Some("-->".to_owned()),
        name if RAW.contains(&name) => Some(format!("</{name}")),
        _ => None,
    }
}

/// Where an end stands, whatever its case.
fn find(text: &str, end: &str) -> Option<usize> {
    text.as_bytes().windows(end.len()).position(|part| part.eq_ignore_ascii_case(end.as_bytes()))
}

/// The first byte behind a tag, whose attributes may hold `>` in quotes.
fn tag_end(attributes: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in attributes.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at + 1),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}
