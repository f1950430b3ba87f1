//! SVG images weighed before they are read, by their elements alone.
//!
//! In: a parsed document. Out: nothing, or a half sentence about what is too heavy: parts that are used again and
//! again, deep nesting, style rules without end, and what is not drawn at all.

use std::collections::{BTreeMap, BTreeSet};

/// All that is drawn, parts that are used again counted again; a path counts more the longer it is.
const MOST_WEIGHT: u64 = 300_000;
/// A path of so many characters weighs as much as an element.
const PATH_PART: u64 = 64;
/// An embedded picture is unpacked whenever it is drawn.
const IMAGE_WEIGHT: u64 = 5_000;
/// How deep elements lie in one another, and in what they refer to.
const MOST_LEVELS: u32 = 60;
const MOST_NODES: u32 = 400_000;
/// With larger numbers, measuring a path alone overflows or does not end.
const LARGEST: f64 = 1e12;
/// Where a number is a place or a length.
const LENGTHS: [&str; 21] = [
    "d",
    "points",
    "x",
    "y",
    "x1",
    "y1",
    "x2",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "fx",
    "fy",
    "fr",
    "width",
    "height",
    "transform",
    "viewBox",
    "stroke-width",
];
/// Style rules are tried on every element.
const MOST_RULE_TRIALS: usize = 5_000_000;

/// The document of an SVG file.
pub fn parsed(text: &str) -> Result<roxmltree::Document<'_>, String> {
    let options =
        roxmltree::ParsingOptions { allow_dtd: true, nodes_limit: MOST_NODES, ..Default::default() };
    roxmltree::Document::parse_with_options(text, options).map_err(|error| error.to_string())
}

/// Refuses what would take too long, or for ever.
pub fn weigh(document: &roxmltree::Document<'_>) -> Result<(), String> {
    let elements = document.descendants().filter(roxmltree::Node::is_element);
    let (mut ids, mut rules, mut count) = (BTreeMap::new(), 0, 0);
    for element in elements {
        count += 1;
        let name = element.tag_name().name();
        if name == "filter" || name.starts_with("fe") {
            return Err("it has filters, which are not drawn".to_owned());
        }
        if name == "style" {
            let text: String = element.descendants().filter_map(|node| node.text()).collect();
            // Each of a rule's selectors is tried by itself.
            rules += text.matches(['{', ',']).count();
            if text.contains("url(") {
                return Err("its style sheet refers to parts of the image, which are not drawn".to_owned());
            }
        }
        let lengths = element.attributes().filter(|attribute| LENGTHS.contains(&attribute.name()));
        if lengths.map(|attribute| attribute.value()).any(is_beyond) {
            return Err("its numbers are too large to be drawn".to_owned());
        }
        if let Some(id) = element.attribute("id") {
            ids.entry(id).or_insert(element);
        }
    }
    if rules.saturating_mul(count) > MOST_RULE_TRIALS {
        return Err("it has too many style rules".to_owned());
    }
    let mut scales = Scales { ids, known: BTreeMap::new(), open: BTreeSet::new() };
    let (weight, _) = scales.weight(document.root_element(), 0)?;
    if weight > MOST_WEIGHT { Err("it has too many parts".to_owned()) } else { Ok(()) }
}

/// Whether a list of lengths has a number that is too large.
fn is_beyond(lengths: &str) -> bool {
    // A sign begins another number, unless it follows an exponent's letter, where the number before is large enough.
    let is_between = |c: char| !(c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+'));
    // So many characters hold no large number without the letter of an exponent.
    let is_short = |word: &str| word.len() <= 12 && !word.contains(['e', 'E']);
    let mut words = lengths.split(is_between).filter(|word| !is_short(word));
    words.any(|word| word.parse::<f64>().is_ok_and(|number| number >= LARGEST))
}

/// What each element weighs with all that it holds and refers to.
struct Scales<'a, 'input> {
    ids: BTreeMap<&'a str, roxmltree::Node<'a, 'input>>,
    /// Weight and height.
    known: BTreeMap<usize, (u64, u32)>,
    open: BTreeSet<usize>,
}

impl<'a, 'input> Scales<'a, 'input> {
    fn weight(&mut self, node: roxmltree::Node<'a, 'input>, level: u32) -> Result<(u64, u32), String> {
        let known = self.known.get(&node.id().get_usize()).copied();
        if level + known.map_or(0, |(_, height)| height) > MOST_LEVELS {
            return Err("its parts lie too deep in one another".to_owned());
        }
        if let Some(known) = known {
            return Ok(known);
        }
        if !self.open.insert(node.id().get_usize()) {
            return Err("a part of it refers to itself".to_owned());
        }
        let is_image = node.tag_name().name() == "image";
        let (mut weight, mut height) = (if is_image { IMAGE_WEIGHT } else { 1 }, 0);
        let path = node.attribute("d").or_else(|| node.attribute("points")).map_or(0, str::len) as u64;
        weight += path / PATH_PART;
        let mut parts: Vec<(roxmltree::Node<'a, 'input>, u64)> =
            node.children().filter(roxmltree::Node::is_element).map(|child| (child, 1)).collect();
        for attribute in node.attributes() {
            // A marker stands at every corner of a path, and a corner needs four letters.
            let is_marker = attribute.value().contains("url(") && has_marker(&attribute);
            if is_marker && path == 0 {
                return Err("it has markers on a group, which are not drawn".to_owned());
            }
            let times = if is_marker { path / 4 + 2 } else { 1 };
            parts.extend(self.targets(&attribute).into_iter().map(|target| (target, times)));
        }
        for (part, times) in parts {
            let (own, depth) = self.weight(part, level + 1)?;
            weight = weight.saturating_add(own.saturating_mul(times));
            height = height.max(depth + 1);
        }
        self.open.remove(&node.id().get_usize());
        self.known.insert(node.id().get_usize(), (weight, height));
        Ok((weight, height))
    }

    /// The parts that an attribute refers to.
    fn targets(&self, attribute: &roxmltree::Attribute<'a, 'input>) -> Vec<roxmltree::Node<'a, 'input>> {
        let value = attribute.value();
        if attribute.name() == "href" {
            return value
                .trim()
                .strip_prefix('#')
                .and_then(|id| self.ids.get(id))
                .copied()
                .into_iter()
                .collect();
        }
        let rests = value.match_indices("url(").map(|(at, found)| &value[at + found.len()..]);
        let ids = rests.filter_map(|rest| {
            let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
            let id = rest.strip_prefix('#')?;
            id.split(|c: char| c.is_whitespace() || matches!(c, ')' | '"' | '\'')).next()
        });
        ids.filter_map(|id| self.ids.get(id)).copied().collect()
    }
}

fn has_marker(attribute: &roxmltree::Attribute<'_, '_>) -> bool {
    attribute.name().starts_with("marker")
        || (attribute.name() == "style" && attribute.value().contains("marker"))
}
