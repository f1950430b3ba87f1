//! The mistakes in a Python text that can be told without understanding it: a file with one is not trusted at all.

use super::python_tokens::{Line, Token};

/// Python's reserved words but for `True`, `False` and `None`, which are values.
const KEYWORDS: [&str; 32] = [
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
    "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not",
    "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Words that are reserved at the start of a statement only.
const SOFT_KEYWORDS: [&str; 3] = ["match", "case", "type"];

/// Words whose statement ends with a colon and has a body.
const OPENERS: [&str; 11] =
    ["class", "def", "if", "elif", "else", "for", "while", "with", "try", "except", "finally"];

/// What is wrong with the lines, and at which one.
pub(super) fn mistake(lines: &[Line]) -> Option<(&Line, &'static str)> {
    let mut before: Option<(&Line, bool)> = None;
    for line in lines {
        if let Some(what) = in_line(&line.tokens) {
            return Some((line, what));
        }
        let opens = line.tokens.last() == Some(&Token::Sign(":"));
        let deeper = before.is_some_and(|(known, _)| line.indent > known.indent);
        match before {
            Some((_, true)) if !deeper => {
                return Some((line, "the block before this line has no body; write `pass`"));
            }
            Some((_, false)) if deeper => {
                return Some((line, "this line is indented without a reason; align it"));
            }
            _ => {}
        }
        before = Some((line, opens));
    }
    before.filter(|(_, opens)| *opens).map(|(line, _)| (line, "this block has no body; write `pass`"))
}

fn in_line(tokens: &[Token]) -> Option<&'static str> {
    let keyword = |token: &Token| matches!(token, Token::Name(name) if KEYWORDS.contains(&name.as_str()));
    let word = |token: &Token| matches!(token, Token::Name(name) if SOFT_KEYWORDS.contains(&name.as_str()));
    let soft = tokens.first().is_some_and(word);
    for pair in tokens.windows(2) {
        let [left, right] = pair else { continue };
        let value = |token: &Token| !matches!(token, Token::Sign(_)) && !keyword(token);
        let strings = |token: &Token| matches!(token, Token::Text(_) | Token::Bytes(_) | Token::Unknown);
        if value(left) && value(right) && !(strings(left) && strings(right)) && !soft {
            return Some("two values stand side by side; is there a comma or an operator missing?");
        }
        if *right == Token::Sign("=") && keyword(left) {
            return Some("a reserved word cannot be assigned to; use another name");
        }
        if *left == Token::Sign("=") && matches!(right, Token::Sign(")" | "]" | "}" | "," | ";" | ":" | "="))
        {
            return Some("a value is missing behind the equals sign");
        }
    }
    if matches!(tokens.last(), Some(Token::Sign("=" | "+" | "-"))) {
        return Some("a value is missing at the end of the line");
    }
    let opener = matches!(tokens.first(), Some(Token::Name(name)) if OPENERS.contains(&name.as_str()));
    let colon = tokens.contains(&Token::Sign(":"));
    (opener && !colon).then_some("a colon is missing at the end of the line")
}
