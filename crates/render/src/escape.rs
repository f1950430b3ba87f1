//! Text of others inside our Markdown: no name and no value breaks a table, pings a person, links or adds HTML.

use cml_base::shortened::without_middle;
use cml_base::text;

/// A value's text is cut here: a table is no place for an essay.
const LONGEST: usize = 120;
/// No name is longer, and nobody shows so much of one.
const LONGEST_NAME: usize = 2_000;
/// A notice may be longer, as servers' answers are.
const LONGEST_SENTENCE: usize = 600;

/// A text as a code span. Where the Markdown form is not the same on every forge (pipes, backticks and backslashes in
/// tables), as `<code>` with every special character written as an entity.
pub(super) fn code(text: &str) -> String {
    // A long name says at its end what it names.
    let text = one_line(&without_middle(text, LONGEST));
    if text.is_empty() {
        return "<code></code>".to_owned();
    }
    let plain = !text.contains(['|', '`', '\\']) && !text.starts_with(' ') && !text.ends_with(' ');
    if plain { format!("`{text}`") } else { format!("<code>{}</code>", entities(&text)) }
}

/// A text among Markdown, in bold or as a link's text: every character that means something is an entity.
pub(super) fn prose(text: &str) -> String {
    entities(&one_line(text))
}

/// A sentence of ours that may hold others' words.
pub(super) fn sentence(text: &str) -> String {
    entities(&cut(text, LONGEST_SENTENCE))
}

/// A text for an HTML attribute, such as a description of a picture.
pub(super) fn attribute(text: &str) -> String {
    entities(&cut(text, LONGEST_SENTENCE))
}

/// An address for an attribute: only what could end the attribute or the table's cell is changed.
pub(super) fn address(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' => safe.push_str("%22"),
            '<' => safe.push_str("%3C"),
            '>' => safe.push_str("%3E"),
            '|' => safe.push_str("%7C"),
            ' ' => safe.push_str("%20"),
            '&' => safe.push_str("&amp;"),
            other if text::is_hidden(other) => {
                let mut bytes = [0; 4];
                safe.extend(other.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
            }
            other => safe.push(other),
        }
    }
    safe
}

/// A name on one line as it is, but for what is not seen; whoever shows it makes it short.
pub(super) fn in_full(text: &str) -> String {
    cut(text, LONGEST_NAME)
}

/// The text on one line, short, and without characters that are not seen or turn the direction of writing.
pub(super) fn one_line(text: &str) -> String {
    cut(text, LONGEST)
}

fn cut(text: &str, longest: usize) -> String {
    let text = text.trim_end_matches(['\n', '\r']);
    // No character becomes shorter, so no more than these are needed.
    let start = text.char_indices().nth(longest + 1).map_or(text, |(end, _)| &text[..end]);
    let line = text::one_line(start);
    let Some((end, _)) = line.char_indices().nth(longest) else { return text::inert(&line).into_owned() };
    let last = line[..end].char_indices().next_back().map_or(0, |(at, _)| at);
    // The CI reads lines of the log for commands.
    text::inert(&format!("{}…", &line[..last])).into_owned()
}

fn entities(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let harmless = match character {
            // These mean nothing within a line, and the source stays readable.
            '.' | ',' | '-' | '/' | '(' | ')' | '%' | '+' | ';' | '?' | '\'' | '=' => true,
            // Neither an address nor an emoji.
            ':' => characters.peek().is_none_or(|next| *next == ' '),
            other => !other.is_ascii_punctuation(),
        };
        if matches!(character, '@' | '#') {
            // Forges look for people and issues in what is read, so an entity alone is not enough.
            safe.push_str(&format!("&#{};&#8203;", u32::from(character)));
        } else if harmless {
            safe.push(character);
        } else {
            safe.push_str(&format!("&#{};", u32::from(character)));
        }
    }
    safe.replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_a_span_or_an_element() {
        assert_eq!(code("train.lr"), "`train.lr`");
        assert_eq!(code("a|b"), "<code>a&#124;b</code>");
        assert_eq!(code("``"), "<code>&#96;&#96;</code>");
        assert_eq!(code("a\nb"), "`a⏎b`");
        let long = code(&format!("{}.accuracy", "level.".repeat(50)));
        assert!(long.starts_with("`level.") && long.contains('…') && long.ends_with(".accuracy`"), "{long}");
        assert_eq!(code(""), "<code></code>");
        assert_eq!(
            code("</code><img src=x>|@team"),
            "<code>&#60;/code&#62;&#60;img src=x&#62;&#124;&#64;&#8203;team</code>"
        );
    }

    #[test]
    fn prose_means_nothing() {
        assert_eq!(prose("fix_#12 @me"), "fix&#95;&#35;&#8203;12 &#64;&#8203;me");
        assert_eq!(prose("https://x"), "https&#58;//x");
    }

    #[test]
    fn a_long_text_is_cut_and_hidden_characters_are_shown() {
        assert_eq!(one_line(&"x".repeat(500)).chars().count(), LONGEST);
        assert_eq!(one_line("a\u{202e}b\u{0}c"), "a\\u{202e}b\\u{0}c");
    }

    #[test]
    fn an_address_stays_in_its_attribute() {
        assert_eq!(address("a\" onerror=x|<y>"), "a%22%20onerror=x%7C%3Cy%3E");
    }
}
