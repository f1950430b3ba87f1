//! Markdown: where the addresses of images stand.
//!
//! A parser (comrak, GitHub's own grammar) knows which images a text shows, but not always where: definitions leave
//! no trace in its tree, and its columns are off behind some of them. So whatever looks like an image's address gets
//! a stand-in of its own, the text is parsed once more, and the images tell which stand-in they show.

use std::collections::BTreeSet;
use std::ops::Range;

use comrak::nodes::NodeValue;
use comrak::{Arena, Options, parse_document};

use super::looks::Looks;
use super::{Form, Reference, Replacement, destination, html, splice};
use crate::shallow;

/// Each costs one more reading of the text,
const MOST_ALONE: usize = 200;
/// and all together no more than so many bytes.
const MOST_READ: usize = 64 * 1024 * 1024;
/// How often the bytes of a text may be looked at for addresses that lie in one another.
const LOOKS: usize = 16;

/// Every image of the text that has an address, in the order of their places.
pub fn references(markdown: &str) -> Vec<Reference> {
    let markdown = &*shallow(markdown);
    let shown = shown(markdown);
    if shown.is_empty() {
        return Vec::new();
    }
    let candidates = candidates(markdown, &shown);
    let told = told(markdown, &shown, &candidates);
    let place = |(address, told): (String, Option<usize>)| {
        let (range, form) = candidates.get(told?)?.clone();
        Some(Reference { address, range, form })
    };
    let mut found: Vec<Reference> = shown.into_iter().zip(told).filter_map(place).collect();
    found.sort_by_key(|reference| (reference.range.start, reference.range.end));
    // Images that share a definition share a place.
    found.dedup_by(|later, earlier| later.range == earlier.range);
    found
}

/// For each shown image, the candidate that it takes its address from.
fn told(markdown: &str, shown: &[String], candidates: &[(Range<usize>, Form)]) -> Vec<Option<usize>> {
    let word = unused_word(markdown);
    let all: Vec<usize> = (0..candidates.len()).collect();
    let ask = |some: &[usize]| -> Option<Vec<Option<usize>>> {
        let stand_in = |&index: &usize| Replacement {
            range: candidates[index].0.clone(),
            text: format!("{word}{index}"),
        };
        let replacements: Vec<Replacement> = some.iter().map(stand_in).collect();
        let answer = self::shown(&splice(markdown, &replacements));
        let number = |address: &String| address.strip_prefix(&word)?.parse().ok();
        let unmoved = answer.len() == shown.len()
            && answer.iter().zip(shown).all(|(new, old)| new == old || number(new).is_some());
        unmoved.then(|| answer.iter().map(number).collect())
    };
    if let Some(answer) = ask(&all) {
        return answer;
    }
    // A stand-in has changed what the text means (a malformed definition): each is asked alone, and those that
    // change it are left as they are.
    let mut told = vec![None; shown.len()];
    for index in all.into_iter().take(MOST_ALONE.min(MOST_READ / markdown.len().max(1))) {
        for (known, new) in told.iter_mut().zip(ask(&[index]).into_iter().flatten()) {
            *known = known.or(new);
        }
    }
    told
}

/// A word that the text does not hold, and that means nothing to any grammar: an address with a scheme would become
/// a link of its own wherever it stands in plain text.
fn unused_word(markdown: &str) -> String {
    const WORD: &str = "cml-stand-in-";
    const MORE: &str = "x-";
    let used = markdown.split(WORD).skip(1).map(|rest| {
        let more = rest.as_bytes().chunks_exact(MORE.len()).take_while(|chunk| *chunk == MORE.as_bytes());
        more.count() + 1
    });
    format!("{WORD}{}", MORE.repeat(used.max().unwrap_or(0)))
}

/// GitHub's dialect: what it shows as maths or as a footnote is no image here either.
pub(super) fn options() -> Options<'static> {
    let mut options = Options::default();
    let extension = &mut options.extension;
    extension.table = true;
    extension.strikethrough = true;
    extension.autolink = true;
    extension.tasklist = true;
    extension.footnotes = true;
    extension.alerts = true;
    extension.math_dollars = true;
    options
}

/// The addresses of all images that the text shows, in the order of the parser's tree.
pub(super) fn shown(markdown: &str) -> Vec<String> {
    let arena = Arena::new();
    let mut found = Vec::new();
    for node in parse_document(&arena, markdown, &options()).descendants() {
        match &node.data().value {
            NodeValue::Image(link) if !link.url.is_empty() => found.push(link.url.clone()),
            NodeValue::HtmlBlock(block) => found.extend(html_addresses(&block.literal)),
            NodeValue::HtmlInline(literal) => found.extend(html_addresses(literal)),
            _ => {}
        }
    }
    found
}

fn html_addresses(literal: &str) -> impl Iterator<Item = String> {
    html::addresses(literal).into_iter().filter_map(|range| attribute_meaning(&literal[range]))
}

/// What a destination means: without its brackets, escapes and entities.
fn meaning(destination: &str) -> Option<String> {
    let arena = Arena::new();
    let text = format!("![]({destination})");
    let paragraph = parse_document(&arena, &text, &options()).first_child()?;
    let image = paragraph.first_child().filter(|image| image.next_sibling().is_none())?;
    match &image.data().value {
        NodeValue::Image(link) if image.first_child().is_none() => Some(link.url.clone()),
        _ => None,
    }
}

/// What an attribute's value means: without entities. Backslashes are themselves there.
fn attribute_meaning(value: &str) -> Option<String> {
    if !value.contains('&') {
        return Some(value.to_owned());
    }
    let mut escaped = String::with_capacity(value.len() + 2);
    for c in value.chars() {
        if matches!(c, '\\' | '<' | '>') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    meaning(&format!("<{escaped}>"))
}

/// Every place that looks like the address of a shown image, without overlaps.
fn candidates(markdown: &str, shown: &[String]) -> Vec<(Range<usize>, Form)> {
    let wanted: BTreeSet<&str> = shown.iter().map(String::as_str).collect();
    let is_wanted =
        |address: Option<String>| address.is_some_and(|address| wanted.contains(address.as_str()));
    let mut left = Looks(markdown.len().saturating_mul(LOOKS).max(1 << 16));
    let mut all: Vec<(Range<usize>, Form)> = Vec::new();
    // `](address` of an image, `]: address` of a definition.
    for (at, joint) in markdown.match_indices("](").chain(markdown.match_indices("]:")) {
        let start = at + joint.len();
        let Some(found) = destination::find(&markdown[start..]) else { continue };
        if !left.spend(found.end) {
            break;
        }
        let range = start + found.start..start + found.end;
        if is_wanted(meaning(&markdown[range.clone()])) {
            all.push((range, Form::Plain));
        }
    }
    for (range, quoted) in html::values(markdown, &mut left) {
        let form = if quoted { Form::Plain } else { Form::Unquoted };
        if left.spend(range.len()) && is_wanted(attribute_meaning(&markdown[range.clone()])) {
            all.push((range, form));
        }
    }
    all.sort_by_key(|(range, _)| (range.start, range.end));
    let mut done = 0;
    all.retain(|(range, _)| {
        let free = range.start >= done;
        done = if free { range.end } else { done };
        free
    });
    all
}
