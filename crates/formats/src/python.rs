//! The constants of a Python file, as DVC takes params from it: literal assignments at the top level, class bodies
//! as maps, and `self.x = ...` of `__init__`. Nothing is run; what is computed is skipped.

use super::python_literal::{Literal, Pairs};
use super::python_syntax;
use super::python_tokens::{Line, Token, lines};
use super::value::{DEEPEST, ParseError, Value, bounded};

/// Reads a whole Python text; a text that is no Python is an error.
pub fn parse(text: &str) -> Result<Value, ParseError> {
    bounded(text)?;
    let lines = lines(text)?;
    if let Some((line, what)) = python_syntax::mistake(&lines) {
        return Err(ParseError::at(text, line.start, what));
    }
    let mut values = Pairs::default();
    block(&lines, false, 0, &mut values);
    match values.is_broken {
        // Python finds this only when it makes the value.
        true => Err(ParseError {
            kind: Some("TypeError"),
            ..ParseError::at(text, 0, "a list, a map or a set is used as a key or in a set; use a tuple")
        }),
        false => Ok(values.into_map()),
    }
}

/// The statements of one block; deeper lines belong to the statement before them.
fn block(lines: &[Line], only_self: bool, depth: usize, values: &mut Pairs) {
    let Some(indent) = lines.first().map(|line| line.indent) else { return };
    let mut at = 0;
    while at < lines.len() {
        let line = &lines[at];
        let body_end = lines[at + 1..]
            .iter()
            .position(|next| next.indent <= indent)
            .map_or(lines.len(), |end| at + 1 + end);
        let body = &lines[at + 1..body_end];
        match line.tokens.as_slice() {
            [Token::Name(word), Token::Name(name), ..] if word == "class" && depth < DEEPEST => {
                let mut inner = Pairs::default();
                inline(&line.tokens, &mut inner);
                block(body, false, depth + 1, &mut inner);
                values.is_broken |= inner.is_broken;
                values.put(Value::Text(name.clone()), inner.into_map());
            }
            [Token::Name(word), Token::Name(name), ..] if word == "def" => {
                if name == "__init__" && depth < DEEPEST {
                    block(body, true, depth + 1, values);
                }
            }
            tokens => {
                for statement in tokens.split(|token| *token == Token::Sign(";")) {
                    assignment(statement, only_self, values);
                }
            }
        }
        at = body_end;
    }
}

/// `class A: x = 1` on one line.
fn inline(tokens: &[Token], values: &mut Pairs) {
    let mut open = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign("(" | "[" | "{") => open += 1,
            Token::Sign(")" | "]" | "}") => open = open.saturating_sub(1),
            Token::Sign(":") if open == 0 => {
                for statement in tokens[index + 1..].split(|token| *token == Token::Sign(";")) {
                    assignment(statement, false, values);
                }
                return;
            }
            _ => {}
        }
    }
}

/// `name = literal`, `name: type = literal` or `self.name = literal`; anything else is skipped.
fn assignment(tokens: &[Token], only_self: bool, values: &mut Pairs) {
    let (name, rest) = match tokens {
        [Token::Name(object), Token::Sign("."), Token::Name(name), rest @ ..] if object == "self" => {
            (name, rest)
        }
        [Token::Name(name), rest @ ..] if !only_self => (name, rest),
        _ => return,
    };
    let value = match rest {
        [Token::Sign("="), value @ ..] => value,
        [Token::Sign(":"), rest @ ..] => match after_annotation(rest) {
            Some(value) => value,
            None => return,
        },
        _ => return,
    };
    if let Some((value, is_broken)) = Literal::read(value) {
        values.is_broken |= is_broken;
        values.put(Value::Text(name.clone()), value);
    }
}

fn after_annotation(tokens: &[Token]) -> Option<&[Token]> {
    let mut open = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign("(" | "[" | "{") => open += 1,
            Token::Sign(")" | "]" | "}") => open = open.saturating_sub(1),
            Token::Sign("=") if open == 0 => return Some(&tokens[index + 1..]),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pytext;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = match parse(text) {
            Ok(value) => pytext::repr(&value),
            Err(error) => error.to_string(),
        };
        assert!(
            shown == expected || (expected.starts_with("line") && shown.starts_with(expected)),
            "{text}\n{shown}"
        );
    }

    #[test]
    fn literals_are_read_and_the_rest_is_skipped() {
        check(
            "import os\nA = 1\nB: int = -2\nC = 'x' \"y\"\nD = [1, (2,), {'k': None}]\n",
            "{'A': 1, 'B': -2, 'C': 'xy', 'D': [1, (2,), {'k': None}]}",
        );
        check(
            "A = 2 * 3\nB = f'{A}'\nC = D = 1\nE, F = 1, 2\nG = 1, 2\nH = len('x')\nI += 1\nJ: int\n",
            "{'G': (1, 2)}",
        );
        check(
            "A = 0x1F; B = 1_000; C = 1e-3; D = .5; E = 0b11\n",
            "{'A': 31, 'B': 1000, 'C': 0.001, 'D': 0.5, 'E': 3}",
        );
        check(
            "A = '''a\n b'''\nB = r'\\n'\nC = 'a\\x41\\u00e9\\\n b'\nD = b'x'\n",
            "{'A': 'a\\n b', 'B': '\\\\n', 'C': 'aAé b', 'D': b'x'}",
        );
        check(
            "A = (\n  1  # one\n  , 2)\nB = {1, 2}\nC = 3 \\\n  \nD = [\n]\n",
            "{'A': (1, 2), 'B': {1, 2}, 'C': 3, 'D': []}",
        );
    }

    #[test]
    fn many_names_are_each_looked_up_once() {
        let line = |number: usize| format!("NAME_OF_A_CONSTANT_{number} = {{{number}: 1}}\n");
        let text: String = (0..100_000).map(line).chain([line(7)]).collect();
        assert_eq!(parse(&text).unwrap().pairs().len(), 100_000);
    }

    #[test]
    fn classes_are_maps_and_init_sets_their_keys() {
        let text = "class Train(Base):\n    lr = 0.5\n    class Inner:\n        a = True\n    def __init__(self):\n        self.n = 1\n        local = 2\n        if x:\n            self.m = 2\n    def other(self):\n        self.o = 1\nif True:\n    X = 1\nclass E: y = 1\nclass F:\n  pass\n";
        check(text, "{'Train': {'lr': 0.5, 'Inner': {'a': True}, 'n': 1}, 'E': {'y': 1}, 'F': {}}");
    }

    #[test]
    fn what_is_no_python_is_named_with_its_place() {
        check("A = 1\nB = 'x\n", "line 2, column 5");
        check("A = (1\n", "line 1, column 5");
        check("A = 1)\n", "line 1, column 6");
        check("if x:\n    a = 1\n  b = 2\n", "line 3, column 3");
        check("A = ?\n", "line 1, column 5");
        check("A = 1\nB =\n", "line 2, column 1");
        check("A = 1 2\n", "line 1, column 1");
        check("this is no python\n", "line 1, column 1");
        check("in = 1\n", "line 1, column 1");
        check("def f()\n  pass\n", "line 1, column 1");
        check("class A:\nB = 1\n", "line 2, column 1");
        check("A = 1\n  B = 2\n", "line 2, column 3");
        check(
            "match x:\n  case 1: pass\nprint('a' 'b', end='')\nx = y if z else lambda: 0\nasync def f(a, *, b=1) -> int: ...\n@deco(1)\nclass C: pass\n",
            "{'C': {}}",
        );
        assert!(parse(&format!("A = {}", "[".repeat(100_000))).is_err());
        check(&format!("A = {}{}", "[".repeat(1_000), "]".repeat(1_000)), "{}");
    }
}
