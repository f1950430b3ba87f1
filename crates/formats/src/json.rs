//! JSON as Python's `json` reads it: NaN and Infinity, integers of any size, the last of two equal keys wins.

use num_bigint::BigInt;

use super::value::{DEEPEST, LONGEST_INTEGER, ParseError, Value, bounded};

/// Reads a whole JSON text.
pub fn parse(text: &str) -> Result<Value, ParseError> {
    if text.trim().is_empty() {
        return Err(ParseError::at(text, 0, "the file is empty; run the step that writes it"));
    }
    if text.starts_with('\u{feff}') {
        return Err(ParseError::at(
            text,
            0,
            "JSON begins with no byte order mark; save the file as UTF-8 without one",
        ));
    }
    bounded(text)?;
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.skip_blanks();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.error("something follows the end of the value; a file holds one JSON value")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Goes behind the bytes that come next and are of a kind; answers how many.
    fn skip(&mut self, is_one: impl Fn(u8) -> bool) -> usize {
        let rest = self.rest();
        let count = rest.iter().position(|byte| !is_one(*byte)).unwrap_or(rest.len());
        self.at += count;
        count
    }

    fn skip_blanks(&mut self) {
        // Mostly there is none, or one before a line's first key.
        if self.peek().is_some_and(|byte| byte > b' ') {
            return;
        }
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn error(&self, what: &str) -> ParseError {
        if self.at >= self.text.len() {
            return self.truncated();
        }
        ParseError::at(self.text, self.at, what)
    }

    fn truncated(&self) -> ParseError {
        let what =
            "the file ends in the middle of a value, it looks cut off; run the step that writes it again";
        ParseError::at(self.text, self.text.len(), what)
    }

    /// Takes `word` if it comes next.
    fn take(&mut self, word: &str) -> bool {
        let found = self.rest().starts_with(word.as_bytes());
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn value(&mut self, depth: usize) -> Result<Value, ParseError> {
        self.skip_blanks();
        if depth > DEEPEST {
            let error = self.error(&format!("nested deeper than {DEEPEST} levels; write a flatter file"));
            return Err(ParseError { kind: Some("RecursionError"), ..error });
        }
        match self.peek() {
            Some(b'{') => self.map(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Value::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Value, ParseError> {
        for (word, value) in [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::Float(f64::NAN)),
            ("Infinity", Value::Float(f64::INFINITY)),
        ] {
            if self.take(word) {
                return Ok(value);
            }
        }
        Err(self
            .error("a value was expected here (an object, a list, a string, a number, true, false or null)"))
    }

    fn map(&mut self, depth: usize) -> Result<Value, ParseError> {
        self.at += 1;
        let mut pairs: Vec<(Value, Value)> = Vec::new();
        self.skip_blanks();
        if self.take("}") {
            return Ok(Value::Map(pairs));
        }
        loop {
            self.skip_blanks();
            if self.peek() != Some(b'"') {
                return Err(
                    self.error("a key in double quotes was expected here (is there a comma too many?)")
                );
            }
            let key = self.string()?;
            self.skip_blanks();
            if !self.take(":") {
                return Err(self.error("a colon was expected after the key"));
            }
            pairs.push((Value::Text(key), self.value(depth + 1)?));
            self.skip_blanks();
            if self.take("}") {
                return Ok(Value::Map(last_wins(pairs)));
            }
            if !self.take(",") {
                return Err(self.error("a comma or a closing brace was expected here"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, ParseError> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_blanks();
        if self.take("]") {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_blanks();
            if self.take("]") {
                return Ok(Value::List(items));
            }
            if !self.take(",") {
                return Err(self.error("a comma or a closing bracket was expected here"));
            }
        }
    }

    fn digits(&mut self) -> usize {
        self.skip(|byte| byte.is_ascii_digit())
    }

    fn number(&mut self) -> Result<Value, ParseError> {
        let start = self.at;
        if self.take("-") && self.take("Infinity") {
            return Ok(Value::Float(f64::NEG_INFINITY));
        }
        let zero_first = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (zero_first && whole > 1) {
            self.at = if whole == 0 { self.at } else { start };
            return Err(self.error("this is no JSON number; write it without leading zeros"));
        }
        let mut float = false;
        if self.take(".") {
            float = true;
            if self.digits() == 0 {
                return Err(self.error("a digit was expected after the point"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            float = true;
            let _ = self.take("-") || self.take("+");
            if self.digits() == 0 {
                return Err(self.error("a digit was expected in the exponent"));
            }
        }
        let text = &self.text[start..self.at];
        if float {
            return Ok(Value::Float(text.parse().unwrap_or(f64::NAN)));
        }
        if whole > LONGEST_INTEGER {
            self.at = start;
            let error = self.error(&format!("an integer of more than {LONGEST_INTEGER} digits"));
            return Err(ParseError { kind: Some("ValueError"), ..error });
        }
        text.parse::<BigInt>().map(Value::Int).map_err(|_| self.error("this is not an integer"))
    }

    fn string(&mut self) -> Result<String, ParseError> {
        self.at += 1;
        let start = self.at;
        self.skip(is_plain);
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(self.text[start..self.at - 1].to_owned());
        }
        let mut out = self.text[start..self.at].to_owned();
        loop {
            let start = self.at;
            self.skip(is_plain);
            out.push_str(&self.text[start..self.at]);
            match self.peek() {
                None => return Err(self.truncated()),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                Some(_) => {
                    return Err(
                        self.error("a line break or control character inside a string; write it as \\n")
                    );
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        let plain = match self.peek() {
            Some(b'u') => None,
            Some(b'n') => Some('\n'),
            Some(b't') => Some('\t'),
            Some(b'r') => Some('\r'),
            Some(b'b') => Some('\u{8}'),
            Some(b'f') => Some('\u{c}'),
            Some(b @ (b'"' | b'\\' | b'/')) => Some(char::from(b)),
            _ => return Err(self.error("an unknown escape after the backslash; write \\\\ for a backslash")),
        };
        self.at += 1;
        if let Some(c) = plain {
            return Ok(c);
        }
        let first = self.hex4()?;
        if (0xd800..0xdc00).contains(&first) && self.take("\\u") {
            let after = self.at;
            let second = self.hex4()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = after - 2;
        }
        // Half of a pair is no character: Python keeps it, text cannot.
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex4(&mut self) -> Result<u32, ParseError> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).ok_or_else(|| self.truncated())?;
        let mut code = 0;
        for digit in digits {
            let digit = char::from(*digit).to_digit(16);
            code = code * 16
                + digit.ok_or_else(|| self.error("four hexadecimal digits were expected after \\u"))?;
        }
        self.at += 4;
        Ok(code)
    }
}

/// What a string holds as it is.
fn is_plain(byte: u8) -> bool {
    !matches!(byte, b'"' | b'\\' | ..0x20)
}

/// A number that is equal for equal texts, and seldom for others.
fn sketch(text: &str) -> u64 {
    text.as_bytes().chunks(8).fold(text.len() as u64, |sketch, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        (sketch.rotate_left(29) ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}

/// Of equal keys the last value stands, at the place of the first. Few objects have any, so finding that out is all
/// that most pay.
fn last_wins(mut pairs: Vec<(Value, Value)>) -> Vec<(Value, Value)> {
    let mut sketches: Vec<u64> = pairs.iter().filter_map(|(key, _)| key.as_text().map(sketch)).collect();
    sketches.sort_unstable();
    if sketches.windows(2).all(|pair| pair[0] != pair[1]) {
        return pairs;
    }
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    // Stable, so that equal keys stay in the file's order.
    order.sort_by(|a, b| pairs[*a].0.as_text().cmp(&pairs[*b].0.as_text()));
    let groups = order.chunk_by(|a, b| pairs[*a].0.as_text() == pairs[*b].0.as_text());
    let again: Vec<Vec<usize>> = groups.filter(|group| group.len() > 1).map(<[usize]>::to_vec).collect();
    let mut is_gone = vec![false; pairs.len()];
    for group in again {
        // Whole pairs may change places: their keys are equal.
        pairs.swap(group[0], group[group.len() - 1]);
        group[1..].iter().for_each(|at| is_gone[*at] = true);
    }
    let kept = pairs.into_iter().zip(is_gone).filter(|(_, is_gone)| !is_gone);
    kept.map(|(pair, _)| pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pytext;

    fn check(text: &str, expected: &str) {
        let shown = match parse(text) {
            Ok(value) => pytext::repr(&value),
            Err(error) => format!("{}:{}", error.line, error.column),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn what_python_reads_is_read() {
        check("{\"a\": 1, \"b\": 2, \"a\": 3}", "{'a': 3, 'b': 2}");
        check("[NaN, Infinity, -Infinity, 1e400, -0]", "[nan, inf, -inf, inf, 0]");
        check("123456789012345678901234567890", "123456789012345678901234567890");
        check(r#""\ud83d\ude80\u00e9\/""#, "'🚀é/'");
        check(r#""\ud83d\u0041""#, "'\u{fffd}A'");
        check(" {} ", "{}");
    }

    #[test]
    fn errors_name_the_place() {
        check("{\"a\": 1,\n \"b\" 2}", "2:6");
        check("{\"a\": 1,}", "1:9");
        check("[1, 02]", "1:5");
        check("1 2", "1:3");
        check("{\"a\": .5}", "1:7");
        check("{\"é\": x}", "1:7");
        check("\"a\nb\"", "1:3");
        for cut in ["{", "{\"a\"", "{\"a\": ", "[1,", "\"x", "\"\\u12", "-", "1."] {
            let error = parse(cut).unwrap_err();
            assert!(error.what.contains("cut off"), "{cut}: {error}");
        }
    }

    #[test]
    fn no_file_exhausts_the_stack() {
        let error = parse(&"[".repeat(100_000)).unwrap_err();
        assert!(error.what.contains("nested deeper"), "{error}");
        assert!(parse(&"9".repeat(5000)).is_err());
    }
}
