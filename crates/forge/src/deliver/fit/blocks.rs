//! A document as its top-level blocks, each with what can be taken out of its middle.

use comrak::nodes::{ListType, NodeValue};
use comrak::{Arena, Options, parse_document};

use super::size::Size;
use cml_render::shallow;

/// A top-level block with what stands between it and the next one.
pub(super) struct Block<'a> {
    pub(super) text: &'a str,
    pub(super) kind: Kind,
    /// Where its parts begin, in bytes of the text: a table's rows, a list's items.
    pub(super) parts: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Table,
    Fence,
    Indented,
    Bullets,
    /// With the number of its first item.
    Numbers(usize),
    Quote,
    Html,
    /// Text that is read line by line: a paragraph, a heading.
    Text,
}

impl Block<'_> {
    pub(super) fn size(&self) -> Size {
        Size::of(self.text)
    }
}

/// All of a document's blocks; together they are the whole text.
pub(super) fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut options = Options::default();
    options.extension.table = true;
    let arena = Arena::new();
    // The same lines, of which no one is nested so deep that reading it takes long.
    let root = parse_document(&arena, &shallow(markdown), &options);
    let line_starts: Vec<usize> =
        std::iter::once(0).chain(markdown.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let start = |line: usize| line_starts.get(line.saturating_sub(1)).copied().unwrap_or(markdown.len());
    let mut found: Vec<(usize, Kind, Vec<usize>)> = root
        .children()
        .map(|node| {
            let data = node.data();
            let parts = node.children().map(|child| start(child.data().sourcepos.start.line));
            (start(data.sourcepos.start.line), kind(&data.value), parts.collect())
        })
        .collect();
    found.sort_by_key(|(at, ..)| *at);
    // Two nodes of one line are one block.
    found.dedup_by_key(|(at, ..)| *at);
    match found.first_mut() {
        Some(first) => first.0 = 0,
        // Definitions alone show nothing.
        None => found.push((0, Kind::Text, Vec::new())),
    }
    let ends: Vec<usize> = found.iter().skip(1).map(|(at, ..)| *at).chain([markdown.len()]).collect();
    let block = |((from, kind, parts), to): ((usize, Kind, Vec<usize>), usize)| {
        let text = markdown.get(from..to).unwrap_or_default();
        let parts =
            if matches!(kind, Kind::Table | Kind::Bullets | Kind::Numbers(_)) { parts } else { Vec::new() };
        let parts = parts.into_iter().filter_map(|at| at.checked_sub(from)).filter(|at| *at < text.len());
        Block { text, kind, parts: parts.collect() }
    };
    found.into_iter().zip(ends).map(block).collect()
}

fn kind(value: &NodeValue) -> Kind {
    match value {
        NodeValue::Table(_) => Kind::Table,
        NodeValue::CodeBlock(code) if code.fenced => Kind::Fence,
        NodeValue::CodeBlock(_) => Kind::Indented,
        NodeValue::List(list) if list.list_type == ListType::Bullet => Kind::Bullets,
        NodeValue::List(list) => Kind::Numbers(list.start),
        NodeValue::BlockQuote => Kind::Quote,
        NodeValue::HtmlBlock(_) => Kind::Html,
        _ => Kind::Text,
    }
}
