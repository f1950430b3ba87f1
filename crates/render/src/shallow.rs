//! Markdown that no parser chokes on.

use std::borrow::Cow;

/// The deepest block quote that is read as one. Parsers take time in the square of the depth.
const DEEPEST: usize = 100;

/// The same text for a parser, byte by byte in the same places: marks of block quotes beyond the hundredth of a line are
/// letters. Whoever parses a user's Markdown parses this, and cuts the text itself by what it learns.
pub fn shallow(markdown: &str) -> Cow<'_, str> {
    let excess: Vec<usize> = markdown
        .split_inclusive('\n')
        .flat_map({
            let mut start = 0;
            move |line| {
                let (from, prefix) = (start, prefix(line));
                start += line.len();
                let marks = prefix.bytes().enumerate().filter(|(_, byte)| *byte == b'>');
                marks.skip(DEEPEST).map(move |(at, _)| from + at)
            }
        })
        .collect();
    if excess.is_empty() {
        return Cow::Borrowed(markdown);
    }
    let mut safe = String::with_capacity(markdown.len());
    let mut done = 0;
    for at in excess {
        safe.push_str(&markdown[done..at]);
        safe.push('x');
        done = at + 1;
    }
    safe.push_str(&markdown[done..]);
    Cow::Owned(safe)
}

/// What may open quotes and lists at the beginning of a line.
fn prefix(line: &str) -> &str {
    let is_mark =
        |c: char| c.is_ascii_digit() || matches!(c, ' ' | '\t' | '\r' | '>' | '-' | '+' | '*' | '.' | ')');
    &line[..line.len() - line.trim_start_matches(is_mark).len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_quotes_beyond_the_hundredth_become_letters() {
        for text in ["", "a", "> - > 1. a\n>> b", "```\n>>\n```\n", &">".repeat(DEEPEST)] {
            assert_eq!(shallow(text), text);
        }
        let quotes = ">".repeat(DEEPEST);
        assert_eq!(shallow(&format!("é\n{quotes}>> ![a](b)\n> x")), format!("é\n{quotes}xx ![a](b)\n> x"));
        assert_eq!(shallow(&format!("{}a", "- > ".repeat(101))), format!("{}- x a", "- > ".repeat(100)));
        assert_eq!(shallow(&format!("a {}", ">".repeat(500))), format!("a {}", ">".repeat(500)));
    }
}
