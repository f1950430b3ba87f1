//! YAML 1.2 into values, as ruamel.yaml reads it: merge keys, anchors, no key twice, one document, known tags only.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::other::identity;
use super::value::Other;
use super::value::{DEEPEST, ParseError, Value, bounded};
use super::yaml_scalar::Version;
use super::yaml_tags::{self, Misfit, Name};

/// How much copying aliases may cause, in values, before a file counts as a bomb.
const COPIES: usize = 1_000_000;

/// What Python says of a file that is nested too deep.
const TOO_DEEP: &str = "RecursionError";

/// Reads a whole YAML text of one document; an empty one is null.
pub fn parse(text: &str) -> Result<Value, ParseError> {
    bounded(text)?;
    Builder::new(text, Manner::Whole).document()
}

/// The same where DVC's own answer is wanted: ruamel.yaml, by which it reads, takes no tab between words, and none of
/// the characters that are not to be seen.
pub fn parse_strictly(text: &str) -> Result<Value, ParseError> {
    if let Some((at, _)) = text.char_indices().find(|(_, c)| !is_acceptable(*c)) {
        let what = "a character that no YAML may hold; write it as an escape in quotes";
        return Err(ParseError::at(text, at, what));
    }
    bounded(text)?;
    Builder::new(text, Manner::Strict).document()
}

/// Whether a text of YAML may hold a character (YAML 1.2, 5.1).
fn is_acceptable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}

/// Reads what is plain of a YAML text, and the dotted keys of what is not: an object that another program can make,
/// with a tag that YAML does not define. A list with such an item is left out as a whole.
pub fn parse_plain(text: &str) -> Result<(Value, Vec<String>), ParseError> {
    bounded(text)?;
    let mut builder = Builder::new(text, Manner::Plain);
    let value = builder.document()?;
    Ok((value, builder.left_out))
}

fn error(mark: Marker, what: impl Into<String>) -> ParseError {
    ParseError { line: mark.line().max(1), column: mark.col() + 1, what: what.into(), kind: None }
}

fn misfit(mark: Marker, Misfit { what, kind }: Misfit) -> ParseError {
    ParseError { kind, ..error(mark, what) }
}

fn scan_error(found: &ScanError) -> ParseError {
    let kind = found.info().contains("recursion limit").then_some(TOO_DEEP);
    ParseError { kind, ..error(*found.marker(), format!("{}; correct the file", found.info())) }
}

/// How much of a text is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Whole,
    /// All that ruamel.yaml reads, and no more.
    Strict,
    /// What is plain; the rest is left out.
    Plain,
}

struct Builder<'a> {
    parser: Parser<'a, StrInput<'a>>,
    version: Version,
    /// What an anchor names; nothing while its own value is being read. `None` inside is what was left out.
    anchors: HashMap<usize, Option<Value>>,
    copies: usize,
    /// How many lists are open.
    lists: usize,
    /// The keys of the maps that are open.
    path: Vec<String>,
    manner: Manner,
    left_out: Vec<String>,
}

/// How an anchor or a map may say that its value is left out.
type Read = Result<Option<Value>, ParseError>;

impl<'a> Builder<'a> {
    fn new(text: &'a str, manner: Manner) -> Self {
        let (parser, version) = (Parser::new_from_str(text), version(text));
        let (anchors, path, left_out) = (HashMap::new(), Vec::new(), Vec::new());
        Self { parser, version, anchors, copies: COPIES, lists: 0, path, manner, left_out }
    }

    /// Whether what is no plain value is left out.
    fn is_lax(&self) -> bool {
        self.manner == Manner::Plain
    }

    fn is_tabbed(&self, text: &str, style: ScalarStyle) -> bool {
        self.manner == Manner::Strict && style == ScalarStyle::Plain && text.contains('\t')
    }

    fn document(&mut self) -> Result<Value, ParseError> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root.unwrap_or(Value::Null)),
                Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
                Event::DocumentStart(_) if root.is_some() => {
                    let what = "a second document begins here; keep one document in a file";
                    return Err(error(span.start, what));
                }
                Event::DocumentStart(_) => {
                    let (event, span) = self.next()?;
                    let what = "the whole file is one object that only another program can make";
                    root = Some(self.node(event, span, 0)?.ok_or_else(|| error(span.start, what))?);
                }
                _ => return Err(error(span.start, "unexpected content outside a document")),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), ParseError> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(found)) => Err(scan_error(&found)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Read {
        let at = span.start;
        if depth > DEEPEST {
            let what = format!("nested deeper than {DEEPEST} levels; write a flatter file");
            return Err(ParseError { kind: Some(TOO_DEEP), ..error(at, what) });
        }
        let (value, anchor) = match event {
            Event::Alias(id) => return self.alias(id, at),
            Event::Scalar(text, style, anchor, tag) => {
                let tag = self.name(Name::of(tag.as_deref()), depth);
                let read = yaml_tags::scalar(&text, style == ScalarStyle::Plain, &tag, self.version);
                let read = match read {
                    Ok(_) if self.is_tabbed(&text, style) => {
                        return Err(error(at, "a tab stands between words; put them in quotes"));
                    }
                    Err(found) if tag == Name::Missing || !self.is_lax() => return Err(misfit(at, found)),
                    Err(_) => self.leave_out(),
                    Ok(value) => Some(value),
                };
                (read, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                let tag = self.name(Name::of(tag.as_deref()), depth);
                (self.sequence(&tag, at, depth)?, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                let tag = self.name(Name::of(tag.as_deref()), depth);
                (self.mapping(&tag, at, depth)?, anchor)
            }
            _ => return Err(error(at, "a value was expected here; the file looks cut off")),
        };
        if anchor > 0 {
            if let Some(value) = &value {
                self.spend(value, at)?;
            }
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    /// The tag as it counts: where only what is plain is wanted, Python's own for plain values are YAML's, and the
    /// object that a whole file may be is its attributes.
    fn name(&self, name: Name, depth: usize) -> Name {
        match name {
            name if !self.is_lax() => name,
            name if depth == 0 && name.is_object() => Name::Core("map".to_owned()),
            name => name.without_python(),
        }
    }

    fn alias(&mut self, id: usize, at: Marker) -> Read {
        match self.anchors.get(&id).cloned() {
            Some(Some(value)) => {
                self.spend(&value, at)?;
                Ok(Some(value))
            }
            None if !self.is_lax() => {
                Err(error(at, "an alias stands inside the value that it names; write the value out"))
            }
            _ => Ok(self.leave_out()),
        }
    }

    /// Remembers that what stands here is left out.
    fn leave_out(&mut self) -> Option<Value> {
        let key = self.path.join(".");
        if self.left_out.last() != Some(&key) {
            self.left_out.push(key);
        }
        None
    }

    /// Passes over the rest of a list or a map, and leaves it out; where all is wanted it is an error.
    fn skip(&mut self, found: Misfit, at: Marker) -> Read {
        if !self.is_lax() {
            return Err(misfit(at, found));
        }
        let mut open = 1_usize;
        while open > 0 {
            let (event, span) = self.next()?;
            match event {
                Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                    self.anchors.insert(anchor, None);
                    open += 1;
                }
                Event::SequenceEnd | Event::MappingEnd => open -= 1,
                Event::Scalar(_, _, anchor, _) => drop(self.anchors.insert(anchor, None)),
                Event::StreamEnd => return Err(error(span.start, "the file looks cut off")),
                _ => {}
            }
        }
        Ok(self.leave_out())
    }

    /// Charges one copy of `value`, so that a few lines of aliases cannot fill the memory.
    fn spend(&mut self, value: &Value, at: Marker) -> Result<(), ParseError> {
        let left = self.copies.checked_sub(weight(value));
        self.copies = left.ok_or_else(|| {
            error(at, "the aliases grow beyond a million values; write the file without them")
        })?;
        Ok(())
    }

    fn sequence(&mut self, tag: &Name, at: Marker, depth: usize) -> Read {
        match tag {
            Name::Missing | Name::Plain => {}
            Name::Core(name) if name == "seq" => {}
            Name::Core(name) if name == "omap" || name == "pairs" => {
                let is_map = name == "omap";
                let Some(Value::List(items)) = self.list(depth)? else { return Ok(None) };
                return match yaml_tags::ordered(items, is_map, self.lists > 0) {
                    Ok(value) => Ok(Some(value)),
                    Err(_) if self.is_lax() => Ok(self.leave_out()),
                    Err(found) => Err(misfit(at, found)),
                };
            }
            tag => return self.skip(tag.misplaced(), at),
        }
        self.lists += 1;
        let list = self.list(depth);
        self.lists -= 1;
        list
    }

    /// The items; nothing if one of them is left out.
    fn list(&mut self, depth: usize) -> Read {
        let mut items = Some(Vec::new());
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(items.map(Value::List));
            }
            match (self.node(event, span, depth + 1)?, &mut items) {
                (Some(item), Some(items)) => items.push(item),
                _ => items = None,
            }
        }
    }

    fn mapping(&mut self, tag: &Name, at: Marker, depth: usize) -> Read {
        match tag {
            Name::Missing | Name::Plain => self.map(depth),
            Name::Core(name) if name == "map" => self.map(depth),
            Name::Core(name) if name == "set" => {
                let Some(Value::Map(pairs)) = self.map(depth)? else { return Ok(None) };
                Ok(Other::set(pairs.into_iter().map(|(key, _)| key).collect()).map(Value::from))
            }
            tag => self.skip(tag.misplaced(), at),
        }
    }

    fn map(&mut self, depth: usize) -> Read {
        let mut own: Vec<(Value, Value)> = Vec::new();
        let mut merged: Option<Vec<(Value, Value)>> = None;
        let mut seen = HashSet::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            if is_merge(&event) {
                let (event, value_span) = self.next()?;
                let value = self.node(event, value_span, depth + 1)?;
                if merged.is_some() {
                    return Err(error(
                        span.start,
                        "the merge key << stands here for the second time; remove one",
                    ));
                }
                merged =
                    Some(value.map_or_else(|| Ok(Vec::new()), |value| merge_pairs(value, value_span.start))?);
                continue;
            }
            let key = self.key(event, span, depth)?;
            let name = key.as_ref().map_or_else(|| "?".to_owned(), Value::key_text);
            if key.is_some() && !key.as_ref().and_then(identity).is_some_and(|identity| seen.insert(identity))
            {
                let what = format!("the key {name} stands here for the second time; remove one");
                return Err(error(span.start, what));
            }
            self.path.push(name);
            let (event, value_span) = self.next()?;
            let value = self.node(event, value_span, depth + 1);
            self.path.pop();
            own.extend(key.zip(value?));
        }
        // Own keys win over merged ones, and earlier merged maps over later ones.
        let mut pairs: Vec<(Value, Value)> = merged
            .unwrap_or_default()
            .into_iter()
            .filter(|(key, _)| identity(key).is_some_and(|name| seen.insert(name)))
            .collect();
        pairs.append(&mut own);
        Ok(Some(Value::Map(pairs)))
    }

    /// A key; Python takes a list for a tuple here.
    fn key(&mut self, event: Event<'a>, span: Span, depth: usize) -> Read {
        if matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "=") {
            return Ok(Some(Value::Text("=".to_owned())));
        }
        let Some(key) = self.node(event, span, depth + 1)? else { return Ok(None) };
        let (key, kind) = match key {
            Value::List(items) => (Value::Tuple(items), Some("TypeError")),
            key => (key, None),
        };
        match identity(&key) {
            Some(_) => Ok(Some(key)),
            None if self.is_lax() => Ok(self.leave_out()),
            None => {
                let what = "a list or a map is used in a key; use a string".to_owned();
                Err(misfit(span.start, Misfit { what, kind }))
            }
        }
    }
}

fn is_merge(event: &Event<'_>) -> bool {
    let Event::Scalar(text, style, _, tag) = event else { return false };
    match Name::of(tag.as_deref()) {
        Name::Missing => text == "<<" && *style == ScalarStyle::Plain,
        Name::Core(name) => name == "merge",
        _ => false,
    }
}

/// How much memory a copy takes, in units of one value.
fn weight(value: &Value) -> usize {
    match value {
        Value::Text(text) => 1 + text.len() / 64,
        Value::Other(other) => 1 + (other.shown().len() + other.repr().len()) / 64,
        Value::List(items) | Value::Tuple(items) => 1 + items.iter().map(weight).sum::<usize>(),
        Value::Map(pairs) => 1 + pairs.iter().map(|(key, inner)| weight(key) + weight(inner)).sum::<usize>(),
        _ => 1,
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

/// The version that the directive `%YAML` before the document names.
fn version(text: &str) -> Version {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let before = text.lines().take_while(|line| line.is_empty() || line.starts_with(['%', '#', ' ']));
    let old = before.filter_map(|line| line.strip_prefix("%YAML")).any(|rest| {
        rest.starts_with([' ', '\t']) && rest.split_whitespace().next().is_some_and(|name| name == "1.1")
    });
    if old { Version::V1_1 } else { Version::V1_2 }
}

#[cfg(test)]
mod tests;
