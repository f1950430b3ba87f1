//! A Python text as logical lines of tokens: enough to find constants, with brackets and strings checked.

use num_bigint::BigInt;

use super::value::{LONGEST_INTEGER, ParseError, Value};

/// One token of a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(String),
    Number(Value),
    Text(String),
    Bytes(Vec<u8>),
    /// A multiple of the imaginary unit: `2j`.
    Imaginary(f64),
    Sign(&'static str),
    /// An f-string, a character by its name: nothing that is a constant of ours.
    Unknown,
}

/// A logical line: brackets and backslashes may spread it over several.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) indent: usize,
    /// Where it starts in the text.
    pub(super) start: usize,
    pub(super) tokens: Vec<Token>,
}

/// The signs that matter; others become `Sign("?")`, which no literal holds.
const SIGNS: [&str; 13] = ["(", ")", "[", "]", "{", "}", ",", ":", ";", ".", "=", "-", "+"];

/// Python's `...`.
pub(super) const ELLIPSIS: &str = "...";

/// Splits a text into logical lines.
pub(super) fn lines(text: &str) -> Result<Vec<Line>, ParseError> {
    let mut reader = Reader { text, at: 0, open: Vec::new() };
    let mut lines: Vec<Line> = Vec::new();
    let mut indents = vec![0];
    if let Some(at) = text.find('\0') {
        return Err(reader.error(at, "a character NUL stands here; Python reads no file with one"));
    }
    while let Some((indent, start)) = reader.next_line() {
        if lines.is_empty() && indent > 0 {
            return Err(reader.error(start, "the first line is indented; move it to the margin"));
        }
        let deepest = indents.last().copied().unwrap_or(0);
        if indent > deepest {
            indents.push(indent);
        }
        indents.retain(|known| *known <= indent);
        if indents.last() != Some(&indent) {
            return Err(
                reader.error(start, "this line is indented to no level above it; indent it like its block")
            );
        }
        let tokens = reader.line()?;
        if !tokens.is_empty() {
            lines.push(Line { indent, start, tokens });
        }
    }
    if let Some((at, _)) = reader.open.first() {
        return Err(reader.error(*at, "this bracket is never closed; close it"));
    }
    Ok(lines)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// Open brackets: where, and what closes them.
    open: Vec<(usize, char)>,
}

impl Reader<'_> {
    fn error(&self, at: usize, what: &str) -> ParseError {
        ParseError::at(self.text, at, what)
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_while(&mut self, fits: impl Fn(char) -> bool) -> &str {
        let start = self.at;
        self.at += self.rest().find(|c| !fits(c)).unwrap_or(self.text.len() - start);
        &self.text[start..self.at]
    }

    /// Goes to the next line that is not blank: its indentation and where it starts.
    fn next_line(&mut self) -> Option<(usize, usize)> {
        loop {
            let mut indent = 0;
            while let Some(c) = self.peek().filter(|c| matches!(c, ' ' | '\t' | '\u{c}')) {
                indent = if c == '\t' { indent / 8 * 8 + 8 } else { indent + usize::from(c == ' ') };
                self.at += 1;
            }
            match self.peek()? {
                '#' => {
                    self.skip_while(|c| c != '\n');
                }
                '\n' | '\r' => self.at += 1,
                _ => return Some((indent, self.at)),
            }
        }
    }

    /// The tokens up to the end of the logical line.
    fn line(&mut self) -> Result<Vec<Token>, ParseError> {
        let mut tokens = Vec::new();
        loop {
            let start = self.at;
            let Some(c) = self.peek() else { return Ok(tokens) };
            match c {
                '\n' => {
                    self.at += 1;
                    if self.open.is_empty() {
                        return Ok(tokens);
                    }
                }
                ' ' | '\t' | '\r' | '\u{c}' => self.at += 1,
                '#' => {
                    self.skip_while(|c| c != '\n');
                }
                '\\' if self.rest()[1..].trim_start_matches('\r').starts_with('\n') => {
                    self.at += self.rest().find('\n').unwrap_or(0) + 1;
                }
                '"' | '\'' => tokens.push(self.string("", start)?),
                c if c.is_ascii_digit() => tokens.push(self.number()?),
                '.' if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                    tokens.push(self.number()?)
                }
                '.' if self.rest().starts_with(ELLIPSIS) => {
                    self.at += ELLIPSIS.len();
                    tokens.push(Token::Sign(ELLIPSIS));
                }
                c if c == '_' || c.is_alphabetic() => {
                    let name = self.skip_while(|c| c == '_' || c.is_alphanumeric()).to_owned();
                    let prefix = name.to_ascii_lowercase();
                    let is_prefix =
                        matches!(prefix.as_str(), "r" | "u" | "b" | "f" | "rb" | "br" | "fr" | "rf" | "t");
                    if is_prefix && self.rest().starts_with(['"', '\'']) {
                        tokens.push(self.string(&prefix, start)?);
                    } else {
                        tokens.push(Token::Name(name));
                    }
                }
                c => tokens.push(self.sign(c)?),
            }
        }
    }

    fn sign(&mut self, c: char) -> Result<Token, ParseError> {
        let start = self.at;
        match c {
            '(' => self.open.push((start, ')')),
            '[' => self.open.push((start, ']')),
            '{' => self.open.push((start, '}')),
            ')' | ']' | '}' => match self.open.pop() {
                Some((_, expected)) if expected == c => {}
                _ => return Err(self.error(start, "this bracket closes none that is open; remove it")),
            },
            '$' | '?' | '`' | '\\' => {
                return Err(self.error(start, "this character has no meaning in Python"));
            }
            _ => {}
        }
        // `==`, `+=` and the like are no signs of a literal.
        let double = self.rest()[c.len_utf8()..].starts_with('=') && "=+-*/%&|^@<>!:~".contains(c);
        self.at += c.len_utf8() + usize::from(double);
        let known = SIGNS.iter().find(|sign| !double && sign.starts_with(c));
        Ok(Token::Sign(known.copied().unwrap_or("?")))
    }

    fn number(&mut self) -> Result<Token, ParseError> {
        let start = self.at;
        let mut word = String::new();
        loop {
            word.push_str(self.skip_while(|c| c == '_' || c == '.' || c.is_ascii_alphanumeric()));
            let hexadecimal = word.starts_with("0x") || word.starts_with("0X");
            let exponent = !hexadecimal && word.ends_with(['e', 'E']) && self.rest().starts_with(['+', '-']);
            if !exponent {
                break;
            }
            word.push_str(&self.text[self.at..=self.at]);
            self.at += 1;
        }
        let word = word.replace('_', "").to_ascii_lowercase();
        if word.len() > LONGEST_INTEGER && word.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.error(start, &format!("an integer of more than {LONGEST_INTEGER} digits")));
        }
        if let Some(number) = word.strip_suffix('j').and_then(|word| word.parse().ok()) {
            return Ok(Token::Imaginary(number));
        }
        Ok(number(&word).map_or(Token::Unknown, Token::Number))
    }

    /// A string with its prefix; the reader stands at the opening quote.
    fn string(&mut self, prefix: &str, start: usize) -> Result<Token, ParseError> {
        let quote = if self.rest().starts_with("\"\"\"") || self.rest().starts_with("'''") {
            &self.text[self.at..self.at + 3]
        } else {
            &self.text[self.at..=self.at]
        };
        self.at += quote.len();
        let mut out = String::new();
        let mut fine = true;
        loop {
            if self.rest().starts_with(quote) {
                self.at += quote.len();
                break;
            }
            match self.peek() {
                None => return Err(self.error(start, "this string is never closed; close it")),
                Some('\n') if quote.len() == 1 => {
                    return Err(self.error(start, "this string ends with its line; close it"));
                }
                Some('\\') if prefix.contains('r') => {
                    let length = 1 + self.rest()[1..].chars().next().map_or(0, char::len_utf8);
                    out.push_str(&self.text[self.at..self.at + length]);
                    self.at += length;
                }
                Some('\\') => {
                    self.at += 1;
                    fine &= self.escape(&mut out, prefix.contains('b'));
                }
                Some(c) if prefix.contains('b') && !c.is_ascii() => {
                    let what = "bytes are written with the characters of ASCII; write others as \\x..";
                    return Err(self.error(start, what));
                }
                Some(c) => {
                    self.at += c.len_utf8();
                    out.push(c);
                }
            }
        }
        Ok(match prefix {
            _ if !fine || prefix.contains(['f', 't']) => Token::Unknown,
            _ if prefix.contains('b') => {
                // Each stands for one byte.
                Token::Bytes(out.chars().filter_map(|c| u8::try_from(c).ok()).collect())
            }
            _ => Token::Text(out),
        })
    }

    /// One escape after its backslash; `false` if it is none that we read.
    fn escape(&mut self, out: &mut String, is_bytes: bool) -> bool {
        let Some(c) = self.peek() else { return true };
        self.at += c.len_utf8();
        let (digits, radix) = match c {
            '\n' => return true,
            '\r' => {
                self.at += usize::from(self.rest().starts_with('\n'));
                return true;
            }
            'x' => (2, 16),
            'u' | 'U' | 'N' if is_bytes => {
                out.extend(['\\', c]);
                return true;
            }
            'u' => (4, 16),
            'U' => (8, 16),
            '0'..='7' => {
                self.at -= 1;
                (self.rest().bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count(), 8)
            }
            'N' => return false,
            _ => {
                let plain = match c {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'a' => '\u{7}',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'v' => '\u{b}',
                    c => c,
                };
                if !matches!(c, 'n' | 't' | 'r' | 'a' | 'b' | 'f' | 'v' | '\\' | '\'' | '"') {
                    out.push('\\');
                }
                out.push(plain);
                return true;
            }
        };
        let code =
            self.text.get(self.at..self.at + digits).and_then(|text| u32::from_str_radix(text, radix).ok());
        let code = code.map(|code| if is_bytes { code & 0xff } else { code });
        let Some(c) = code.and_then(char::from_u32) else { return false };
        self.at += digits;
        out.push(c);
        true
    }
}

fn number(word: &str) -> Option<Value> {
    let radix = match word.get(..2) {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ if word.bytes().all(|b| b.is_ascii_digit()) => {
            // A leading zero is an error in Python, unless all are.
            let fine =
                word.len() <= LONGEST_INTEGER && (!word.starts_with('0') || word.bytes().all(|b| b == b'0'));
            return fine.then(|| word.parse::<BigInt>().ok().map(Value::Int))?;
        }
        _ => return word.parse().ok().map(Value::Float),
    };
    if word.len() > LONGEST_INTEGER {
        return None;
    }
    BigInt::parse_bytes(&word.as_bytes()[2..], radix).map(Value::Int)
}
