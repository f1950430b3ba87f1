//! YAML 1.2 into values, as ruamel.yaml reads it: merge keys, anchors, no key twice, one document, known tags only.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::value::{DEEPEST, ParseError, Value};
use super::yaml_scalar::{self, Version};

/// How much copying aliases may cause, in values, before a file counts as a bomb.
const COPIES: usize = 1_000_000;

/// Reads a whole YAML text of one document; an empty one is null.
pub(super) fn parse(text: &str) -> Result<Value, ParseError> {
    let mut builder = Builder {
        parser: Parser::new_from_str(text),
        version: version(text),
        anchors: HashMap::new(),
        copies: COPIES,
    };
    let mut root = None;
    loop {
        let (event, span) = builder.next()?;
        match event {
            Event::StreamEnd => return Ok(root.unwrap_or(Value::Null)),
            Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
            Event::DocumentStart(_) if root.is_some() => {
                return Err(error(span.start, "a second document begins here; keep one document in a file"));
            }
            Event::DocumentStart(_) => {
                let (event, span) = builder.next()?;
                root = Some(builder.node(event, span, 0)?);
            }
            _ => return Err(error(span.start, "unexpected content outside a document")),
        }
    }
}

fn error(mark: Marker, what: impl Into<String>) -> ParseError {
    ParseError { line: mark.line().max(1), column: mark.col() + 1, what: what.into() }
}

fn scan_error(found: &ScanError) -> ParseError {
    error(*found.marker(), format!("{}; correct the file", found.info()))
}

struct Builder<'a> {
    parser: Parser<'a, StrInput<'a>>,
    version: Version,
    /// What an anchor names; nothing while its own value is being read.
    anchors: HashMap<usize, Value>,
    copies: usize,
}

impl<'a> Builder<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), ParseError> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(found)) => Err(scan_error(&found)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Value, ParseError> {
        let at = span.start;
        if depth > DEEPEST {
            return Err(error(at, format!("nested deeper than {DEEPEST} levels; write a flatter file")));
        }
        let (value, anchor) = match event {
            Event::Alias(id) => {
                let Some(value) = self.anchors.get(&id).cloned() else {
                    return Err(error(
                        at,
                        "an alias stands inside the value that it names; write the value out",
                    ));
                };
                self.spend(&value, at)?;
                return Ok(value);
            }
            Event::Scalar(text, style, anchor, tag) => {
                (scalar(&text, style, tag.as_deref(), self.version, at)?, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                known_tag(tag.as_deref(), &["seq"], at)?;
                (self.list(depth)?, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                known_tag(tag.as_deref(), &["map", "omap"], at)?;
                (self.map(depth)?, anchor)
            }
            _ => return Err(error(at, "a value was expected here; the file looks cut off")),
        };
        if anchor > 0 {
            self.spend(&value, at)?;
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    /// Charges one copy of `value`, so that a few lines of aliases cannot fill the memory.
    fn spend(&mut self, value: &Value, at: Marker) -> Result<(), ParseError> {
        let left = self.copies.checked_sub(weight(value));
        self.copies = left.ok_or_else(|| {
            error(at, "the aliases grow beyond a million values; write the file without them")
        })?;
        Ok(())
    }

    fn list(&mut self, depth: usize) -> Result<Value, ParseError> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Value::List(items));
            }
            items.push(self.node(event, span, depth + 1)?);
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, ParseError> {
        let mut own: Vec<(Value, Value)> = Vec::new();
        let mut merged: Vec<(Value, Value)> = Vec::new();
        let mut seen = HashSet::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let merges = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = self.node(event, span, depth + 1)?;
            let (event, value_span) = self.next()?;
            let value = self.node(event, value_span, depth + 1)?;
            if merges {
                merged.extend(merge_pairs(value, value_span.start)?);
                continue;
            }
            let Some(identity) = identity(&key) else {
                return Err(error(span.start, "a list or a map is used as a key; use a string"));
            };
            if !seen.insert(identity) {
                let what = format!("the key {} stands here for the second time; remove one", key.key_text());
                return Err(error(span.start, what));
            }
            own.push((key, value));
        }
        // Own keys win over merged ones, and earlier merged maps over later ones.
        let mut pairs: Vec<(Value, Value)> = merged
            .into_iter()
            .filter(|(key, _)| identity(key).is_some_and(|name| seen.insert(name)))
            .collect();
        pairs.append(&mut own);
        Ok(Value::Map(pairs))
    }
}

/// How much memory a copy takes, in units of one value.
fn weight(value: &Value) -> usize {
    match value {
        Value::Text(text) | Value::Other(text) => 1 + text.len() / 64,
        Value::List(items) | Value::Tuple(items) => 1 + items.iter().map(weight).sum::<usize>(),
        Value::Map(pairs) => 1 + pairs.iter().map(|(key, inner)| weight(key) + weight(inner)).sum::<usize>(),
        _ => 1,
    }
}

/// What makes two keys the same: for Python, `1`, `1.0` and `true` are one key.
fn identity(key: &Value) -> Option<String> {
    match key {
        Value::Text(text) => Some(format!("s{text}")),
        Value::Other(text) => Some(format!("d{text}")),
        Value::Null => Some("null".to_owned()),
        Value::Bool(flag) => Some(format!("n{}", u8::from(*flag))),
        Value::Int(number) => Some(format!("n{number}")),
        Value::Float(number) => Some(format!("n{number}")),
        Value::List(_) | Value::Tuple(_) | Value::Map(_) => None,
    }
}

fn merge_pairs(value: Value, at: Marker) -> Result<Vec<(Value, Value)>, ParseError> {
    match value {
        Value::Map(pairs) => Ok(pairs),
        Value::List(items) if items.iter().all(|item| matches!(item, Value::Map(_))) => Ok(items
            .into_iter()
            .flat_map(|item| if let Value::Map(pairs) = item { pairs } else { Vec::new() })
            .collect()),
        _ => Err(error(at, "the merge key << needs a map or a list of maps")),
    }
}

fn known_tag(tag: Option<&Tag>, known: &[&str], at: Marker) -> Result<(), ParseError> {
    match tag {
        Some(tag) if !(tag.is_yaml_core_schema() && known.contains(&tag.suffix.as_str())) => {
            Err(error(at, format!("the tag {} is not known; remove it", tag_text(tag))))
        }
        _ => Ok(()),
    }
}

fn tag_text(tag: &Tag) -> String {
    if tag.is_yaml_core_schema() {
        format!("!!{}", tag.suffix)
    } else {
        format!("{}{}", tag.handle, tag.suffix)
    }
}

/// The version that the directive `%YAML` before the document names.
fn version(text: &str) -> Version {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let before = text.lines().take_while(|line| line.is_empty() || line.starts_with(['%', '#', ' ']));
    let old = before.filter_map(|line| line.strip_prefix("%YAML")).any(|rest| {
        rest.starts_with([' ', '\t']) && rest.split_whitespace().next().is_some_and(|name| name == "1.1")
    });
    if old { Version::V1_1 } else { Version::V1_2 }
}

fn scalar(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
    version: Version,
    at: Marker,
) -> Result<Value, ParseError> {
    let Some(tag) = tag else {
        return match style {
            ScalarStyle::Plain => yaml_scalar::resolve(text, version).map_err(|what| error(at, what)),
            _ => Ok(Value::Text(text.to_owned())),
        };
    };
    if tag_text(tag) == "!" {
        return Ok(Value::Text(text.to_owned()));
    }
    known_tag(Some(tag), &["str", "int", "float", "bool", "null", "timestamp"], at)?;
    let resolved = yaml_scalar::resolve(text, version).map_err(|what| error(at, what))?;
    match (tag.suffix.as_str(), resolved) {
        ("str", _) => Ok(Value::Text(text.to_owned())),
        ("null", _) => Ok(Value::Null),
        ("float", Value::Int(number)) => Ok(Value::Float(number.to_string().parse().unwrap_or(f64::NAN))),
        ("int", value @ Value::Int(_))
        | ("float", value @ Value::Float(_))
        | ("bool", value @ Value::Bool(_))
        | ("timestamp", value @ Value::Other(_)) => Ok(value),
        _ => Err(error(at, format!("{text:?} does not fit the tag {}; correct one of them", tag_text(tag)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracked::pytext;

    fn check(text: &str, expected: &str) {
        let shown = match parse(text) {
            Ok(value) => pytext::repr(&value),
            Err(error) => error.to_string(),
        };
        assert!(shown.starts_with(expected), "{text}\n gave {shown}\n not {expected}");
    }

    #[test]
    fn maps_lists_and_texts_are_read_in_order() {
        check(
            "z: 1\na: [x, 'yes', 1.0]\nm: |\n  a\n  b\n",
            "{'z': 1, 'a': ['x', 'yes', 1.0], 'm': 'a\\nb\\n'}",
        );
        check("", "None");
        check("# only a comment\n", "None");
        check("--- \na: 1\n...\n", "{'a': 1}");
    }

    #[test]
    fn own_keys_win_over_merged_ones() {
        let base = "base: &b {lr: 0.1, bs: 32}\n";
        check(
            &format!("{base}m:\n  bs: 64\n  <<: *b\n"),
            "{'base': {'lr': 0.1, 'bs': 32}, 'm': {'lr': 0.1, 'bs': 64}}",
        );
        check(
            &format!("{base}m: {{<<: [*b, {{mom: 1, lr: 9}}]}}"),
            "{'base': {'lr': 0.1, 'bs': 32}, 'm': {'lr': 0.1, 'bs': 32, 'mom': 1}}",
        );
        check("m: {<<: 1}", "line 1, column 9: the merge key");
    }

    #[test]
    fn a_directive_switches_to_the_older_version() {
        let body = "[yes, 010, 1:30, n, 1:30.5, 0o10, -.5]";
        check(&format!("%YAML 1.1\n---\n{body}"), "[True, 8, 90, False, 90.5, '0o10', '-.5']");
        check(&format!("%YAML 1.2\n---\n{body}"), "['yes', 10, '1:30', 'n', '1:30.5', 8, -0.5]");
        check(body, "['yes', 10");
    }

    #[test]
    fn tags_are_known_or_refused() {
        check("[!!str 123, !!float 3, !!int 4, ! 5]", "['123', 3.0, 4, '5']");
        check("a: !custom foo", "line 1, column 4: the tag !custom is not known");
        check("a: !!python/tuple [1]", "line 1, column 4: the tag !!python/tuple");
        check("a: !!int x", "line 1, column 4: \"x\" does not fit");
    }

    #[test]
    fn errors_name_the_place() {
        check("a: 1\na: 2\n", "line 2, column 1: the key a stands here for the second time");
        check("1: x\ntrue: y\n", "line 2, column 1");
        check("a: 1\n---\nb: 2\n", "line 2, column 1: a second document");
        check("a: 1\n b: 2\n", "line 2, column 3");
        check("a: [1, 2\n", "line 2, column 1");
        check("a: &x [*x]\n", "line 1, column 8: an alias");
        check("a: *nope\n", "line 1, column 4");
    }

    #[test]
    fn bombs_are_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..9 {
            let alias = format!("*a{}, ", n - 1).repeat(10);
            bomb.push_str(&format!("a{n}: &a{n} [{}]\n", alias.trim_end_matches(", ")));
        }
        assert!(parse(&bomb).unwrap_err().what.contains("a million"));
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse(&"- ".repeat(20_000)).is_err());
    }
}
