//! Raw HTML: the addresses of images in tags.
//!
//! In: a piece of HTML as it stands in Markdown. Out: where in it the addresses stand. Comments and the elements whose
//! content is plain text (`<script>`, `<style>`, …) are passed over.

use std::ops::Range;

use super::looks::Looks;

/// Elements whose content is text, whatever it looks like.
const TEXT_ONLY: [&str; 9] =
    ["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext"];

/// The addresses of images, in their order.
pub(super) fn addresses(html: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = html.get(at..).and_then(|rest| rest.find('<')) {
        let start = at + open;
        let rest = &html[start..];
        if rest.starts_with("<!--") {
            let Some(end) = rest.find("-->") else { return found };
            at = start + end + 3;
            continue;
        }
        let name: String = rest[1..].chars().take_while(char::is_ascii_alphanumeric).collect();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            at = start + 1;
            continue;
        }
        let name = name.to_ascii_lowercase();
        let mut tag = Tag { html, at: start + 1 + name.len() };
        for attribute in tag.by_ref() {
            take(&name, html, &attribute, &mut found);
        }
        at = tag.at;
        if TEXT_ONLY.contains(&name.as_str()) {
            let ending = format!("</{name}");
            let is_ending = |part: &[u8]| part.eq_ignore_ascii_case(ending.as_bytes());
            let Some(end) = html.as_bytes()[at..].windows(ending.len()).position(is_ending) else {
                return found;
            };
            at += end;
        }
    }
    found
}

/// Takes the addresses out of one attribute.
fn take(tag: &str, html: &str, attribute: &Attribute<'_>, found: &mut Vec<Range<usize>>) {
    let Attribute { name, value } = attribute;
    match (tag, name.to_ascii_lowercase().as_str()) {
        ("img", "src") | ("video", "poster") => found.extend(trimmed(html, value)),
        ("img" | "source", "srcset") => found.extend(candidates(html, value)),
        _ => {}
    }
}

/// Every value of an attribute that can hold an image's address, anywhere in a text that need not be HTML: where it
/// stands, and whether it has quotes. Values that begin within one another are found as long as there are `looks`.
pub(super) fn values(text: &str, looks: &mut Looks) -> Vec<(Range<usize>, bool)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('=') {
        let name = text[..at].trim_ascii_end();
        let is = |ending: &str| {
            let start = name.len().checked_sub(ending.len());
            start.and_then(|start| name.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(ending))
        };
        if !is("src") && !is("poster") && !is("srcset") {
            continue;
        }
        let mut tag = Tag { html: text, at: at + 1 };
        let (value, quoted) = tag.value();
        if !looks.spend(value.len()) {
            break;
        }
        if is("srcset") {
            found.extend(candidates(text, &value).into_iter().map(|range| (range, quoted)));
        } else {
            found.extend(trimmed(text, &value).map(|range| (range, quoted)));
        }
    }
    found
}

/// The value without white space around it, if something is left.
fn trimmed(html: &str, value: &Range<usize>) -> Option<Range<usize>> {
    let text = html.get(value.clone())?;
    let start = value.start + (text.len() - text.trim_ascii_start().len());
    let range = start..start + text.trim_ascii().len();
    (!range.is_empty()).then_some(range)
}

/// The addresses of a `srcset`: `a.png 1x, b.png 2x` (HTML, "parse a srcset attribute").
fn candidates(html: &str, value: &Range<usize>) -> Vec<Range<usize>> {
    let bytes = html.as_bytes().get(..value.end).unwrap_or_default();
    let mut found = Vec::new();
    let mut at = value.start;
    loop {
        let is_gap = |byte: &u8| byte.is_ascii_whitespace() || *byte == b',';
        while bytes.get(at).is_some_and(is_gap) {
            at += 1;
        }
        let start = at;
        while bytes.get(at).is_some_and(|byte| !byte.is_ascii_whitespace()) {
            at += 1;
        }
        if start == at {
            return found;
        }
        let address = html[start..at].trim_end_matches(',');
        found.push(start..start + address.len());
        if start + address.len() == at {
            // The descriptor, up to the next comma.
            while bytes.get(at).is_some_and(|byte| *byte != b',') {
                at += 1;
            }
        }
    }
}

/// The rest of one tag.
struct Tag<'a> {
    html: &'a str,
    at: usize,
}

/// One attribute; the value is where it stands, without quotes.
struct Attribute<'a> {
    name: &'a str,
    value: Range<usize>,
}

impl<'a> Iterator for Tag<'a> {
    type Item = Attribute<'a>;

    /// The next attribute, `None` after the tag's end.
    fn next(&mut self) -> Option<Self::Item> {
        self.skip(|byte| byte.is_ascii_whitespace() || byte == b'/');
        if self.peek()? == b'>' {
            self.at += 1;
            return None;
        }
        let start = self.at;
        self.at += 1;
        self.skip(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'=' | b'>' | b'/'));
        let name = self.html.get(start..self.at)?;
        self.skip(|byte| byte.is_ascii_whitespace());
        if self.peek() != Some(b'=') {
            return Some(Attribute { name, value: self.at..self.at });
        }
        self.at += 1;
        let (value, _) = self.value();
        Some(Attribute { name, value })
    }
}

impl Tag<'_> {
    /// The value after `=`, without its quotes, and whether it has any.
    fn value(&mut self) -> (Range<usize>, bool) {
        self.skip(|byte| byte.is_ascii_whitespace());
        let quote = self.peek().filter(|byte| matches!(byte, b'"' | b'\''));
        self.at += usize::from(quote.is_some());
        let start = self.at;
        match quote {
            Some(quote) => self.skip(|byte| byte != quote),
            None => self.skip(|byte| !byte.is_ascii_whitespace() && byte != b'>'),
        }
        let value = start..self.at;
        self.at = (self.at + usize::from(quote.is_some())).min(self.html.len());
        (value, quote.is_some())
    }

    fn peek(&self) -> Option<u8> {
        self.html.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self, more: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&more) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &[&str]) {
        let found = addresses(html);
        let texts: Vec<&str> = found.iter().map(|found| &html[found.clone()]).collect();
        assert_eq!(texts, expected, "{html}");
    }

    #[test]
    fn images_are_found_however_the_tag_is_written() {
        check("<img src=\"a.png\">", &["a.png"]);
        check("<IMG alt='a > b' SRC = ' a.png ' />", &["a.png"]);
        check("<img src=a.png><img src=b.png/>", &["a.png", "b.png/"]);
        check("<img alt src='é.png'", &["é.png"]);
        check("<img data-src=\"a.png\" src=\"\">", &[]);
        check(
            "<source srcset=\"a.png 1x, b,c.png 2x,d.png\"><img srcset=', a.png,'>",
            &["a.png", "b,c.png", "d.png", "a.png"],
        );
        check("<video src=\"v.mp4\" poster=\"p.png\"></video><a href=\"a.png\">x</a>", &["p.png"]);
    }

    #[test]
    fn comments_and_scripts_show_no_images() {
        check("<!-- <img src=a.png> --><img src=b.png>", &["b.png"]);
        check("<script>'<img src=a.png>'</script><img src=b.png>", &["b.png"]);
        check("<!-- <img src=a.png>", &[]);
        check("a < b <3 </img src=a.png> <", &[]);
    }

    #[test]
    fn a_broken_tag_is_no_panic() {
        for html in [
            "<",
            "<i",
            "<img",
            "<img src",
            "<img src=",
            "<img src=\"",
            "<img src='a",
            "<img =",
            "<img é=é",
            "<!-",
            "<script",
        ] {
            let _ = addresses(html);
        }
    }
}
