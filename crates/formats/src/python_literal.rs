//! A literal of Python: what `ast.literal_eval` takes.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::other::identity;
use super::python_tokens::{ELLIPSIS, Token};
use super::value::Other;
use super::value::{DEEPEST, Value};

/// A part of a sum.
enum Term {
    Real(Value),
    Imaginary(f64),
    NegativeImaginary(f64),
}

/// Reads what Python's `ast.literal_eval` takes; `None` for anything else.
pub(super) struct Literal<'t> {
    tokens: &'t [Token],
    at: usize,
    /// Whether a list, a map or a set was used as a key, or in a set.
    is_broken: bool,
}

impl<'t> Literal<'t> {
    /// The value of all tokens, and whether Python cannot make it: a list, a map or a set is used as a key, or in a set.
    pub(super) fn read(tokens: &'t [Token]) -> Option<(Value, bool)> {
        let mut reader = Self { tokens, at: 0, is_broken: false };
        let value = reader.tuple_or_value(0)?;
        (reader.at == tokens.len()).then_some((value, reader.is_broken))
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(next)) if *next == sign);
        self.at += usize::from(found);
        found
    }

    /// A tuple needs no parentheses.
    fn tuple_or_value(&mut self, depth: usize) -> Option<Value> {
        let first = self.value(depth)?;
        if !self.take(",") {
            return Some(first);
        }
        let mut items = vec![first];
        while self.at < self.tokens.len() && !matches!(self.tokens[self.at], Token::Sign(")")) {
            items.push(self.value(depth)?);
            if !self.take(",") {
                break;
            }
        }
        Some(Value::Tuple(items))
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        match token {
            Token::Number(_) | Token::Imaginary(_) | Token::Sign("-" | "+") => {
                self.at -= 1;
                self.sum()
            }
            Token::Text(_) => {
                self.at -= 1;
                self.text()
            }
            Token::Bytes(_) => {
                self.at -= 1;
                self.bytes()
            }
            Token::Name(name) => match name.as_str() {
                "True" => Some(Value::Bool(true)),
                "False" => Some(Value::Bool(false)),
                "None" => Some(Value::Null),
                "set" if self.take("(") && self.take(")") => Other::set(Vec::new()).map(Value::from),
                _ => None,
            },
            Token::Sign(ELLIPSIS) => Some(Value::from(Other::ellipsis())),
            Token::Sign("[") => Some(Value::List(self.items("]", depth)?)),
            Token::Sign("(") => self.parentheses(depth),
            Token::Sign("{") => self.braces(depth),
            Token::Sign(_) | Token::Unknown => None,
        }
    }

    /// A number with its sign, an imaginary one, or the sum of both.
    fn sum(&mut self) -> Option<Value> {
        let real = match self.term()? {
            Term::Imaginary(number) => return Some(Value::from(Other::complex(0.0, number))),
            Term::NegativeImaginary(number) => return Some(Value::from(Other::complex(-0.0, -number))),
            Term::Real(real) => real,
        };
        let sign = match self.tokens.get(self.at..self.at + 2) {
            Some([Token::Sign("+"), Token::Imaginary(_)]) => 1.0,
            Some([Token::Sign("-"), Token::Imaginary(_)]) => -1.0,
            _ => return Some(real),
        };
        let Some(Token::Imaginary(number)) = self.tokens.get(self.at + 1) else { return None };
        self.at += 2;
        let real: f64 = match &real {
            Value::Float(number) => *number,
            other => other.key_text().parse().ok()?,
        };
        Some(Value::from(Other::complex(real, sign * number)))
    }

    fn term(&mut self) -> Option<Term> {
        let is_negative = self.take("-");
        if !is_negative {
            self.take("+");
        }
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        Some(match (token, is_negative) {
            (Token::Imaginary(number), false) => Term::Imaginary(*number),
            (Token::Imaginary(number), true) => Term::NegativeImaginary(*number),
            (Token::Number(Value::Int(number)), true) => Term::Real(Value::Int(-number.clone())),
            (Token::Number(Value::Float(number)), true) => Term::Real(Value::Float(-number)),
            (Token::Number(number), false) => Term::Real(number.clone()),
            (Token::Sign("("), _) => {
                self.at -= 1;
                self.grouped(is_negative)?
            }
            _ => return None,
        })
    }

    /// A number in parentheses.
    fn grouped(&mut self, is_negative: bool) -> Option<Term> {
        if self.at > self.tokens.len() || !self.take("(") {
            return None;
        }
        let Some(Token::Number(number)) = self.tokens.get(self.at) else { return None };
        self.at += 1;
        let number = match number {
            Value::Int(number) if is_negative => Value::Int(-number.clone()),
            Value::Float(number) if is_negative => Value::Float(-number),
            number => number.clone(),
        };
        self.take(")").then_some(Term::Real(number))
    }

    /// Bytes that stand side by side are one.
    fn bytes(&mut self) -> Option<Value> {
        let mut all = Vec::new();
        while let Some(Token::Bytes(bytes)) = self.tokens.get(self.at) {
            all.extend_from_slice(bytes);
            self.at += 1;
        }
        match self.tokens.get(self.at) {
            Some(Token::Unknown | Token::Text(_)) => None,
            _ => Some(Value::from(Other::bytes(&all))),
        }
    }

    /// Strings that stand side by side are one.
    fn text(&mut self) -> Option<Value> {
        let mut all = String::new();
        while let Some(Token::Text(text)) = self.tokens.get(self.at) {
            all.push_str(text);
            self.at += 1;
        }
        match self.tokens.get(self.at) {
            // An f-string, or bytes, among them.
            Some(Token::Unknown | Token::Bytes(_)) => None,
            _ => Some(Value::Text(all)),
        }
    }

    fn items(&mut self, end: &str, depth: usize) -> Option<Vec<Value>> {
        let mut items = Vec::new();
        loop {
            if self.take(end) {
                return Some(items);
            }
            items.push(self.value(depth + 1)?);
            if !self.take(",") {
                return self.take(end).then_some(items);
            }
        }
    }

    fn parentheses(&mut self, depth: usize) -> Option<Value> {
        if self.take(")") {
            return Some(Value::Tuple(Vec::new()));
        }
        let value = self.tuple_or_value(depth + 1)?;
        self.take(")").then_some(value)
    }

    fn braces(&mut self, depth: usize) -> Option<Value> {
        let mut pairs = Pairs::default();
        if self.take("}") {
            return Some(pairs.into_map());
        }
        let first = self.value(depth + 1)?;
        if !self.take(":") {
            let mut items = vec![first];
            if self.take(",") {
                items.extend(self.items("}", depth)?);
            } else if !self.take("}") {
                return None;
            }
            let set = Other::set(items);
            self.is_broken |= set.is_none();
            return Some(set.map_or(Value::Null, Value::from));
        }
        pairs.put(first, self.value(depth + 1)?);
        loop {
            if !self.take(",") {
                self.is_broken |= pairs.is_broken;
                return self.take("}").then(|| pairs.into_map());
            }
            if self.take("}") {
                self.is_broken |= pairs.is_broken;
                return Some(pairs.into_map());
            }
            let key = self.value(depth + 1)?;
            if !self.take(":") {
                return None;
            }
            pairs.put(key, self.value(depth + 1)?);
        }
    }
}

/// A map that is filled: of equal keys the last value stands, at the place of the first.
#[derive(Default)]
pub(super) struct Pairs {
    pairs: Vec<(Value, Value)>,
    /// By what makes two keys the same.
    places: HashMap<String, usize>,
    /// Whether there is a key that can be none.
    pub(super) is_broken: bool,
}

impl Pairs {
    pub(super) fn put(&mut self, key: Value, value: Value) {
        let Some(identity) = identity(&key) else {
            self.is_broken = true;
            return;
        };
        match self.places.entry(identity) {
            Entry::Occupied(place) => self.pairs[*place.get()].1 = value,
            Entry::Vacant(place) => {
                place.insert(self.pairs.len());
                self.pairs.push((key, value));
            }
        }
    }

    pub(super) fn into_map(self) -> Value {
        Value::Map(self.pairs)
    }
}
