//! Text of others inside our Markdown: no name and no value breaks a table, pings a person, links or adds HTML.

/// A value's text is cut here: a table is no place for an essay.
const LONGEST: usize = 120;
/// A notice may be longer, as servers' answers are.
const LONGEST_SENTENCE: usize = 600;

/// A text as a code span. Where the Markdown form is not the same on every forge (pipes, backticks and backslashes in
/// tables), as `<code>` with every special character written as an entity.
pub(super) fn code(text: &str) -> String {
    let text = one_line(text);
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
            other if other.is_control() => {}
            other => safe.push(other),
        }
    }
    safe
}

/// The text on one line, short, and without characters that are not seen or turn the direction of writing.
pub(super) fn one_line(text: &str) -> String {
    cut(text, LONGEST)
}

fn cut(text: &str, longest: usize) -> String {
    let text = text.trim_end_matches(['\n', '\r']);
    let is_harmless = text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'#' && byte != b':');
    if is_harmless && text.len() <= longest {
        return text.to_owned();
    }
    let mut line: String = text.chars().take(longest).map(visible).collect();
    if text.chars().nth(longest).is_some() {
        line.pop();
        line.push('…');
    }
    // The CI reads lines of the log for commands.
    let line = line.replace("##[", "## [");
    if line.starts_with("::") { line.replacen("::", ": :", 1) } else { line }
}

fn visible(character: char) -> char {
    match character {
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => '⏎',
        '\t' => ' ',
        '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}' => '\u{fffd}',
        other if other.is_control() => '\u{fffd}',
        other => other,
    }
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
        assert_eq!(one_line("a\u{202e}b\u{0}c"), "a\u{fffd}b\u{fffd}c");
    }

    #[test]
    fn an_address_stays_in_its_attribute() {
        assert_eq!(address("a\" onerror=x|<y>"), "a%22%20onerror=x%7C%3Cy%3E");
    }
}
