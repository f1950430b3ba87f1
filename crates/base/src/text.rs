//! Text that people see: names and values of others, made safe for every place that shows them.
//!
//! In: any text. Out: the same, where each character that is not seen, turns the direction of writing or steers a
//! terminal is written out as `\u{202e}`. This is the only place that knows which characters those are. What else a
//! place needs (Markdown, HTML, colours, a cut) is done by that place, on top.
//!
//! Shown as they are: letters, marks, numbers, punctuation, symbols, spaces; emoji with their joiners and selectors; the
//! joiners of the scripts that are not written without them (RFC 5892, appendix A); up to [`MOST_MARKS`] marks on one
//! letter. Written out: Unicode's general categories Cc, Cf, Cn, Co, Cs, Zl and Zp, and what is "default ignorable"
//! (UAX #44) or blank although it is a letter.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_properties::{GeneralCategory, UnicodeEmoji as _, UnicodeGeneralCategory as _};

/// More marks on one letter are not written in any language, and climb over the lines around.
const MOST_MARKS: usize = 8;

/// The text on one line: a line's end is shown as ⏎, a tab as a space.
pub fn one_line(text: &str) -> Cow<'_, str> {
    shown(text, is_line_end, |c| match c {
        '\n' => Some('⏎'),
        '\t' => Some(' '),
        _ => None,
    })
}

/// The text on one line of words: a line's end and a tab are shown as a space.
pub fn words(text: &str) -> Cow<'_, str> {
    shown(text, is_line_end, |c| matches!(c, '\n' | '\t').then_some(' '))
}

/// The text with its lines, which end in LF, and its tabs.
pub fn lines(text: &str) -> Cow<'_, str> {
    shown(text, is_line_end, |c| matches!(c, '\n' | '\t').then_some(c))
}

/// The same for a cell of a table, whose lines end in CR, LF or both: what ends a line elsewhere is written out.
pub fn cell_lines(text: &str) -> Cow<'_, str> {
    shown(text, |c| matches!(c, '\n' | '\r'), |c| matches!(c, '\n' | '\t').then_some(c))
}

/// Lines for a log: nothing in them is seen otherwise than it is, nor carried out by the CI.
pub fn log(text: &str) -> Cow<'_, str> {
    match lines(text) {
        Cow::Borrowed(text) => inert(text),
        Cow::Owned(text) => Cow::Owned(inert(&text).into_owned()),
    }
}

/// The text without commands to the CI that shows it in its log. GitHub's runner obeys a line that begins with `::`
/// (after white space) and one that holds `##[`; Azure's and TeamCity's obey `##vso[` and `##teamcity[`.
/// <https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs>
pub fn inert(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive(['\n', '\r']) {
        let words = line.trim_start();
        safe.push_str(&line[..line.len() - words.len()]);
        let words = match words.strip_prefix("::") {
            Some(rest) => {
                safe.push_str(": :");
                rest
            }
            None => words,
        };
        let mut rest = words;
        while let Some(at) = rest.find("##") {
            let (before, after) =
                rest.split_at(at + rest[at..].bytes().take_while(|byte| *byte == b'#').count());
            safe.push_str(before);
            // `##[group]` and `##vso[task…]`: a space makes a heading of it.
            let is_command = after.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('[');
            safe.push_str(if is_command { " " } else { "" });
            rest = after;
        }
        safe.push_str(rest);
    }
    if safe == text { Cow::Borrowed(text) } else { Cow::Owned(safe) }
}

/// JSON whose strings hold no command to the CI either; the data is the same.
pub fn inert_json(json: &str) -> Cow<'_, str> {
    // Nothing but a string of JSON holds two of these signs, and no escape sequence contains the bracket.
    let mut safe = String::new();
    let mut rest = json;
    while let Some(at) = rest.find("##") {
        let word = rest[at..].trim_start_matches('#').trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let (before, after) = rest.split_at(rest.len() - word.len());
        safe.push_str(before);
        rest = match after.strip_prefix('[') {
            Some(after) => {
                safe.push_str("\\u005b");
                after
            }
            None => after,
        };
    }
    if safe.is_empty() { Cow::Borrowed(json) } else { Cow::Owned(safe + rest) }
}

/// Whether a text is shown as it is, on one line.
pub fn is_plain(text: &str) -> bool {
    !text.contains(['\n', '\t']) && matches!(one_line(text), Cow::Borrowed(_))
}

/// Whether a character alone is not seen, or does more than being seen.
pub fn is_hidden(c: char) -> bool {
    !matches!(c, ' '..='~') && (!is_graphic(c) || is_ignorable(c))
}

/// Python's `str.isprintable` for one character: no other than a letter, mark, number, punctuation, symbol or the space.
pub fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~') || (is_graphic(c) && c.general_category() != GeneralCategory::SpaceSeparator)
}

/// Whether a character takes no column of a terminal: it is hidden, or stands on the letter before.
pub fn is_zero_width(c: char) -> bool {
    !matches!(c, ' '..='~') && (is_mark(c) || is_hidden(c))
}

/// Whether a character is drawn as nothing, however well a typeface knows it.
pub fn has_no_ink(c: char) -> bool {
    use GeneralCategory::{PrivateUse, Unassigned};
    is_hidden(c) && !c.is_whitespace() && !matches!(c.general_category(), PrivateUse | Unassigned)
}

fn shown(text: &str, ends: impl Fn(char) -> bool, blank: impl Fn(char) -> Option<char>) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    let mut characters = text.chars().peekable();
    // What stands before, and how many marks are on it: a mark at the beginning would stand on our own text.
    let (mut before, mut marks) = (None, MOST_MARKS);
    while let Some(c) = characters.next() {
        // Programs of Windows end a line in two characters.
        if c == '\r' && characters.peek() == Some(&'\n') {
            continue;
        }
        let c = if ends(c) { '\n' } else { c };
        let allowed = match is_mark(c) || is_joiner(c) || is_selector(c) {
            true => {
                before.is_some_and(|before| joins(before, c, characters.peek().copied()))
                    && marks < MOST_MARKS
            }
            false => !is_hidden(c),
        };
        marks = if is_mark(c) { marks.saturating_add(1) } else { 0 };
        match blank(c) {
            Some(instead) => safe.push(instead),
            None if allowed => safe.push(c),
            // Writing to a String cannot fail.
            None => {
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
        }
        before = (allowed || !is_mark(c)).then_some(c).or(before);
        if blank(c).is_some() {
            (before, marks) = (None, MOST_MARKS);
        }
    }
    if safe == text { Cow::Borrowed(text) } else { Cow::Owned(safe) }
}

/// Whether a mark, joiner or selector belongs between its neighbours.
fn joins(before: char, c: char, next: Option<char>) -> bool {
    if is_joiner(c) {
        let is_emoji =
            c == '\u{200d}' && (is_picture(before) || is_selector(before)) && next.is_some_and(is_picture);
        return is_emoji || (needs_joiners(before) && next.is_some_and(needs_joiners));
    }
    if is_selector(c) {
        let is_ideograph =
            matches!(before, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3fffd}');
        return match c {
            '\u{fe0e}' | '\u{fe0f}' => before.is_emoji_char(),
            _ => is_ideograph,
        };
    }
    !is_ignorable(c) && !before.is_whitespace()
}

/// Emoji that are more than a digit.
fn is_picture(c: char) -> bool {
    !c.is_ascii() && c.is_emoji_char()
}

/// Arabic, Syriac, N'Ko, Indic scripts, Tibetan, Myanmar, Khmer and Mongolian.
fn needs_joiners(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{109f}' | '\u{1780}'..='\u{18af}') && is_graphic(c)
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Marks that take no room of their own.
fn is_mark(c: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark};
    !c.is_ascii() && matches!(c.general_category(), EnclosingMark | NonspacingMark)
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_graphic(c: char) -> bool {
    use GeneralCategory::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Surrogate, Unassigned,
    };
    !matches!(
        c.general_category(),
        Control | Format | LineSeparator | ParagraphSeparator | PrivateUse | Surrogate | Unassigned
    )
}

/// Default ignorable (UAX #44) without being of category Cf or Cn, and the blank of Braille.
fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'
            ..='\u{180f}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
    ) || is_selector(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(one_line(text), expected, "{text:?}");
        assert_eq!(is_plain(text), text == expected, "{text:?}");
        assert_eq!(one_line(expected), expected, "once is enough");
    }

    #[test]
    fn what_is_read_stays() {
        for text in [
            "",
            "train.lr",
            "損失 é ñ Ω",
            "a\u{a0}b",
            "−0.5\u{202f}%",
            "🟢 ⬇\u{fe0f} 1\u{fe0f}\u{20e3} 👩\u{200d}🔬 🏳\u{fe0f}\u{200d}🌈 👍🏽 🇩🇪",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "葛\u{e0100}",
            "e\u{301}\u{323} ạ\u{302}",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn what_is_not_seen_is_written_out() {
        check("a\u{202e}gnp.exe", "a\\u{202e}gnp.exe");
        check("\u{1b}[31m\u{7}\u{0}\u{7f}\u{9b}", "\\u{1b}[31m\\u{7}\\u{0}\\u{7f}\\u{9b}");
        let hidden = ('\u{202a}'..='\u{202e}').chain('\u{2060}'..='\u{206f}').chain('\u{200b}'..='\u{200f}');
        let others = [
            '\u{ad}',
            '\u{61c}',
            '\u{feff}',
            '\u{fff9}',
            '\u{fffb}',
            '\u{fffe}',
            '\u{ffff}',
            '\u{e000}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e007f}',
            '\u{10ffff}',
            '\u{378}',
            '\u{34f}',
            '\u{115f}',
            '\u{3164}',
            '\u{ffa0}',
            '\u{180e}',
            '\u{2800}',
            '\u{fe0f}',
            '\u{e0100}',
            '\u{1d173}',
            '\u{80}',
            '\u{9f}',
            '\u{fdd0}',
            '\u{1fffe}',
        ];
        for c in hidden.chain(others) {
            check(&format!("a{c}b"), &format!("a\\u{{{:x}}}b", u32::from(c)));
            assert!(is_hidden(c) && is_zero_width(c), "{c:?}");
        }
    }

    #[test]
    fn lines_end_alike() {
        check("a\r\nb\nc\rd\u{85}e\u{2028}f\u{2029}g\u{b}h\u{c}i\tj", "a⏎b⏎c⏎d⏎e⏎f⏎g⏎h⏎i j");
        assert_eq!(lines("a\r\nb\rc\u{2028}d\te"), "a\nb\nc\nd\te");
        assert_eq!(lines("a\nb"), "a\nb");
    }

    #[test]
    fn marks_are_bounded_and_stand_on_letters() {
        let most = "\u{301}".repeat(MOST_MARKS);
        check(&format!("e{most}\u{302}\u{303}f"), &format!("e{most}\\u{{302}}\\u{{303}}f"));
        check("\u{301}a", "\\u{301}a");
        check(" \u{20dd}a", " \\u{20dd}a");
        check("a\n\u{301}", "a⏎\\u{301}");
    }

    #[test]
    fn joiners_stand_only_where_they_mean_something() {
        check("ad\u{200d}min \u{200c}x", "ad\\u{200d}min \\u{200c}x");
        check("👩\u{200d}", "👩\\u{200d}");
        check("a\u{fe0f}葛\u{e0100}\u{e0101}", "a\\u{fe0f}葛\u{e0100}\\u{e0101}");
    }

    #[test]
    fn a_log_carries_nothing_out() {
        let check = |text: &str, expected: &str| assert_eq!(log(text), expected, "{text:?}");
        check("error: x\nhint: a::b", "error: x\nhint: a::b");
        check("a\u{1b}[31m\n  ::error::x\n##[group]y", "a\\u{1b}[31m\n  : :error::x\n## [group]y");
        check("::add-mask::x", ": :add-mask::x");
        check(
            "x\r::stop-commands::t\u{2028}::set-output name=a::b",
            "x\n: :stop-commands::t\n: :set-output name=a::b",
        );
        check("\u{a0}\u{3000}::debug::x", "\u{a0}\u{3000}: :debug::x");
        check(
            "a ##[add-mask]b ##vso[task.x]c ###[d] ## [e] #[f]",
            "a ## [add-mask]b ## vso[task.x]c ### [d] ## [e] #[f]",
        );
        check("\u{feff}::x::y", "\\u{feff}::x::y");
        assert_eq!(inert("a\n\t::b::c\n"), "a\n\t: :b::c\n");
        assert_eq!(inert("a\r::b::c"), "a\r: :b::c", "the runner ends a line there");
    }

    #[test]
    fn json_is_the_same_data_without_commands() {
        let json = r###"{"a##[add-mask]": "\\##[x"}"###;
        let safe = inert_json(json);
        assert!(!safe.contains("##["));
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&safe), read(json));
    }

    #[test]
    fn python_prints_the_same_characters() {
        for (c, expected) in
            [('a', true), (' ', true), ('\u{a0}', false), ('\u{301}', true), ('\u{ad}', false), ('é', true)]
        {
            assert_eq!(is_printable(c), expected, "{c:?}");
        }
    }
}
