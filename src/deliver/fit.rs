//! Making a text short enough for a comment, without ever cutting a table or a fence in two.
//!
//! In: a way to render with less and less detail, or a user's Markdown. Out: a text within the limits.

use comrak::nodes::NodeValue;
use comrak::{Arena, Options, parse_document};

use super::Mark;
use crate::forge::Limits;
use crate::render::shallow;

const CLOSING: &str = "\n\n</details>";

/// What is left of a comment's limits beside the mark.
pub fn room(limits: Limits, mark: &Mark) -> Limits {
    let mark = mark.room();
    Limits { bytes: limits.bytes.saturating_sub(mark), chars: limits.chars.saturating_sub(mark) }
}

/// Renders with less detail (level 0 is everything) until the text fits. `render` answers `None` behind its last
/// level; if even that is too long, it loses whole blocks from the end.
pub fn fit(limits: Limits, render: impl Fn(usize) -> Option<String>) -> String {
    let mut shortest = String::new();
    for level in 0.. {
        let Some(text) = render(level) else { break };
        if fits(&text, limits) {
            return text;
        }
        shortest = text;
    }
    cut_blocks(&shortest, limits)
}

/// Drops whole top-level blocks from the end until the text fits, and says how many.
pub fn cut_blocks(markdown: &str, limits: Limits) -> String {
    if fits(markdown, limits) {
        return markdown.to_owned();
    }
    // comrak takes a lone carriage return for a line's end too, and we count its lines.
    let markdown = markdown.replace("\r\n", "\n").replace('\r', "\n");
    let blocks = blocks(&markdown);
    let reserve = left_out(blocks.len()).len() + 2;
    let (mut bytes, mut chars, mut open) = (0, 0, 0usize);
    let mut kept = (0, 0);
    for (index, block) in blocks.iter().enumerate() {
        bytes += block.text.len();
        chars += block.text.chars().count();
        open = open.saturating_add_signed(block.opens);
        let more = reserve + open * CLOSING.len();
        if bytes + more <= limits.bytes && chars + more <= limits.chars {
            kept = (index + 1, open);
        }
    }
    let (count, open) = kept;
    let text: String = blocks.iter().take(count).map(|block| block.text).collect();
    let parts = [text.trim_end(), &CLOSING.repeat(open), "\n\n", &left_out(blocks.len() - count)];
    parts.concat().trim_start_matches('\n').to_owned()
}

fn fits(text: &str, limits: Limits) -> bool {
    text.len() <= limits.bytes && text.chars().count() <= limits.chars
}

fn left_out(count: usize) -> String {
    let blocks = if count == 1 { "1 block".to_owned() } else { format!("{count} blocks") };
    format!("_{blocks} at the end left out: one comment cannot hold more._")
}

/// A top-level block with what stands between it and the next one.
struct Block<'a> {
    text: &'a str,
    /// How many `<details>` it opens and leaves open; negative if it closes some.
    opens: isize,
}

fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut options = Options::default();
    options.extension.table = true;
    let arena = Arena::new();
    let root = parse_document(&arena, &shallow(markdown), &options);
    let line_starts: Vec<usize> =
        std::iter::once(0).chain(markdown.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let start = |line: usize| line_starts.get(line.saturating_sub(1)).copied().unwrap_or(markdown.len());
    let mut starts: Vec<(usize, bool)> = root
        .children()
        .map(|node| {
            let data = node.data();
            (start(data.sourcepos.start.line), matches!(data.value, NodeValue::HtmlBlock(_)))
        })
        .collect();
    starts.sort_unstable();
    if let Some(first) = starts.first_mut() {
        first.0 = 0;
    }
    let ends = starts.iter().skip(1).map(|(at, _)| *at).chain(std::iter::once(markdown.len()));
    let text = |(&(from, is_html), to): (&(usize, bool), usize)| {
        let text = markdown.get(from..to).unwrap_or_default();
        Block { text, opens: if is_html { details(text) } else { 0 } }
    };
    starts.iter().zip(ends).map(text).collect()
}

fn details(html: &str) -> isize {
    let html = html.to_ascii_lowercase();
    html.matches("<details").count().cast_signed() - html.matches("</details").count().cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(bytes: usize, chars: usize) -> Limits {
        Limits { bytes, chars }
    }

    #[test]
    fn less_detail_until_it_fits() {
        let levels = ["long, long", "äöü", "b"];
        let render = |level: usize| levels.get(level).map(|text| (*text).to_owned());
        assert_eq!(fit(limits(99, 99), render), "long, long");
        assert_eq!(fit(limits(6, 3), render), "äöü");
        assert_eq!(fit(limits(5, 3), render), "b", "bytes count");
        assert_eq!(fit(limits(6, 2), render), "b", "characters count");
    }

    #[test]
    fn whole_blocks_go_from_the_end() {
        let table = format!("| a |\n|---|\n{}", "| 1 |\n".repeat(20));
        let fence = "```\nx\n\ny\n```\n".to_owned();
        let check = |markdown: &str, room: usize, expected: &str| {
            let cut = cut_blocks(markdown, limits(room, room));
            assert_eq!(cut, expected);
            assert!(cut.len() <= room, "{} > {room}", cut.len());
        };
        let one = left_out(1);
        check(&format!("# A\n\n{table}"), 80, &format!("# A\n\n{one}"));
        check(
            &format!("# A\r\n\r\n{fence}\r\n{table}"),
            90,
            &format!("# A\n\n{}\n\n{one}", fence.trim_end()),
        );
        check(&format!("{table}\n{table}"), 70, &left_out(2));
        check("short", 5, "short");
    }

    #[test]
    fn a_fold_that_is_cut_open_is_closed() {
        let long = "word ".repeat(40);
        let cut = cut_blocks(
            &format!("<details><summary>s</summary>\n\na\n\n{long}\n\n</details>\n"),
            limits(160, 160),
        );
        assert_eq!(cut, format!("<details><summary>s</summary>\n\na\n\n</details>\n\n{}", left_out(2)));
    }
}
