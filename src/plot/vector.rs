//! SVG images into pixels, within limits of time and memory.
//!
//! In: an SVG file that can only be looked at (`picture::check_image` says so). Out: its size and its pixels on white.
//! What it asks for is weighed before anything is drawn: parts that are used again and again, deep nesting, large
//! areas painted over and over. Its texts are set in our typeface, as everywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use resvg::usvg::{self, ImageHrefResolver, ImageKind, Node, Options, Tree, roxmltree};
use tiny_skia::{Color, Pixmap, Transform};

use super::font::Fonts;
use super::svg_text;
use crate::picture::{self, Pixels};

/// All that is drawn, parts that are used again counted again; a path counts more the longer it is.
const MOST_WEIGHT: u64 = 300_000;
/// A path of so many characters weighs as much as an element.
const PATH_PART: u64 = 64;
/// An embedded picture is unpacked whenever it is drawn.
const IMAGE_WEIGHT: u64 = 5_000;
const MOST_EMBEDDED_PIXELS: u64 = 1 << 22;
/// How deep elements lie in one another, and in what they refer to.
const MOST_LEVELS: u32 = 60;
const MOST_NODES: u32 = 400_000;
/// Style rules are tried on every element.
const MOST_RULE_TRIALS: usize = 5_000_000;
/// So many pixels are painted in all.
const MOST_PAINTED: f64 = 2e9;
/// A layer (of a clip or an opacity) is painted, cut and copied.
const LAYER: f64 = 6.0;
/// What a part costs whatever its size, in pixels.
const PART: f64 = 200.0;
/// The longest side of the pixels.
const LONGEST: f32 = 2048.0;
const LONGEST_NAMED: f32 = 20_000.0;

/// An SVG image that may be drawn.
pub(super) struct Vector {
    tree: Tree,
}

impl Vector {
    /// Reads and weighs an image; the error is a half sentence about it.
    pub(super) fn open(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
        let document = parsed(text)?;
        weigh(&document)?;
        let fonts = Fonts::embedded().map_err(|error| error.to_string())?;
        let text = svg_text::outlined(text, &document, &fonts);
        let document = parsed(&text)?;
        weigh(&document)?;
        let tree = Tree::from_xmltree(&document, &options()).map_err(|error| error.to_string())?;
        let size = tree.size();
        if size.width().max(size.height()) > LONGEST_NAMED {
            return Err(format!("it is {}×{} pixels large", size.width(), size.height()));
        }
        Ok(Self { tree })
    }

    /// Width and height in CSS pixels.
    pub(super) fn size(&self) -> (f32, f32) {
        (self.tree.size().width(), self.tree.size().height())
    }

    /// The pixels, so many for a CSS pixel.
    pub(super) fn pixels(&self, scale: f32) -> Result<Pixels, String> {
        let (width, height) = self.size();
        let side = |length: f32| ((length * scale).round() as u32).max(1);
        let (width, height) = (side(width), side(height));
        let whole = f64::from(width) * f64::from(height);
        let mut budget = MOST_PAINTED;
        spend(self.tree.root(), f64::from(scale), whole, &mut budget);
        if budget < 0.0 {
            return Err("it paints too large areas over and over".to_owned());
        }
        let mut pixmap = Pixmap::new(width, height).ok_or("it has no size")?;
        pixmap.fill(Color::WHITE);
        resvg::render(&self.tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
        let rgb =
            pixmap.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
        Ok(Pixels { width, height, rgb })
    }
}

fn parsed(text: &str) -> Result<roxmltree::Document<'_>, String> {
    let options =
        roxmltree::ParsingOptions { allow_dtd: true, nodes_limit: MOST_NODES, ..Default::default() };
    roxmltree::Document::parse_with_options(text, options).map_err(|error| error.to_string())
}

/// How many pixels stand for a CSS pixel, for images of these sizes to be compared: two, or fewer for large ones.
pub(super) fn scale(sizes: impl Iterator<Item = (f32, f32)>) -> f32 {
    sizes.map(|(width, height)| LONGEST / width.max(height).max(1.0)).fold(2.0, f32::min)
}

/// Nothing is read but the image itself, and of pictures in it only small ones are unpacked.
fn options() -> Options<'static> {
    let embedded = |_: &str, data: Arc<Vec<u8>>, _: &Options<'_>| {
        let kind = picture::check_image(&data).ok()?;
        let (width, height) = picture::size(kind, &data)?;
        (u64::from(width) * u64::from(height) <= MOST_EMBEDDED_PIXELS).then_some(())?;
        Some(match kind {
            picture::ImageKind::Png => ImageKind::PNG(data),
            picture::ImageKind::Jpeg => ImageKind::JPEG(data),
            picture::ImageKind::Gif => ImageKind::GIF(data),
            picture::ImageKind::WebP => ImageKind::WEBP(data),
            picture::ImageKind::Svg => return None,
        })
    };
    Options {
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(embedded),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    }
}

/// Takes what is painted from the budget, of each part at most the whole picture; stops when nothing is left.
fn spend(group: &usvg::Group, scale: f64, whole: f64, budget: &mut f64) {
    let area =
        |width: f32, height: f32| PART + (f64::from(width) * f64::from(height) * scale * scale).min(whole);
    if group.should_isolate() {
        let place = group.abs_layer_bounding_box();
        *budget -= LAYER * area(place.width(), place.height());
    }
    for node in group.children() {
        if *budget < 0.0 {
            return;
        }
        if let Node::Group(inner) = node {
            spend(inner, scale, whole, budget);
        } else {
            let place = node.abs_bounding_box();
            *budget -= area(place.width(), place.height());
        }
        // Clips, masks and patterns have parts of their own.
        node.subroots(|root| spend(root, scale, whole, budget));
    }
}

/// Refuses what would take too long, or for ever.
fn weigh(document: &roxmltree::Document<'_>) -> Result<(), String> {
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
            rules += text.matches('{').count();
            if text.contains("url(") {
                return Err("its style sheet refers to parts of the image, which are not drawn".to_owned());
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of dark pixels in per cent, or why there is none.
    fn drawn(body: &str) -> Result<u32, String> {
        let text = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' viewBox='0 0 100 50'>{body}</svg>"
        );
        let vector = Vector::open(text.as_bytes())?;
        assert_eq!(vector.size(), (100.0, 50.0));
        let pixels = vector.pixels(2.0)?;
        assert_eq!((pixels.width, pixels.height), (200, 100));
        let dark = pixels.rgb.chunks_exact(3).filter(|pixel| pixel[0] < 128).count();
        Ok((dark * 100 / (200 * 100)) as u32)
    }

    #[track_caller]
    fn check(body: &str, expected: Result<u32, &str>) {
        match (drawn(body), expected) {
            (Ok(share), Ok(expected)) => assert_eq!(share, expected, "{body}"),
            (Err(why), Err(words)) => assert!(why.contains(words), "{why}"),
            (outcome, expected) => panic!("{outcome:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn shapes_and_what_they_refer_to_are_drawn() {
        check("", Ok(0));
        check("<rect width='50' height='50'/>", Ok(50));
        check(
            "<defs><rect id='a' width='25' height='50'/></defs><use xlink:href='#a'/><use href='#a' x='50'/>",
            Ok(50),
        );
        let black = "<image width='50' height='50' preserveAspectRatio='none' href='data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=='/>";
        check(black, Ok(50));
        check("<path d='M0 0H100V50H0Z' fill='none'/>", Ok(0));
    }

    #[test]
    fn nothing_outside_of_the_image_is_read() {
        check("<image width='50' height='50' href='/etc/passwd'/><rect width='1' height='50'/>", Ok(1));
        check("<use href='other.svg#a'/>", Ok(0));
    }

    #[test]
    fn what_would_take_too_long_is_refused() {
        check("<g id='a'><use href='#a'/></g>", Err("refers to itself"));
        check(
            "<clipPath id='a' clip-path='url(#b)'/><clipPath id='b' clip-path='url(#a)'/>",
            Err("refers to itself"),
        );
        check("<filter id='f'><feGaussianBlur/></filter>", Err("filters"));
        check("<style>rect{fill:url(#a)}</style>", Err("style sheet"));
        check(&format!("{}{}", "<g>".repeat(100), "</g>".repeat(100)), Err("too deep"));
        check("<g marker-end='url(#m)'/>", Err("markers on a group"));
        let bomb: String = (1..9)
            .map(|level| {
                let uses = format!("<use href='#l{}'/>", level - 1).repeat(10);
                format!("<g id='l{level}'>{uses}</g>")
            })
            .collect();
        check(&format!("<rect id='l0' width='1' height='1'/>{bomb}"), Err("too many parts"));
        let layers =
            "<g opacity='.5'><rect width='100' height='50'/><rect width='9' height='9'/></g>".repeat(20_000);
        check(&layers, Err("over and over"));
        let patterns: String = (1..9).map(|level| {
            let rects = "<rect width='9' height='9'/>".repeat(10);
            format!("<pattern id='p{level}' width='9' height='9' patternUnits='userSpaceOnUse'><g fill='url(#p{})'>{rects}</g></pattern>", level - 1)
        }).collect();
        let body = format!(
            "<pattern id='p0' width='9' height='9'><rect width='1' height='1'/></pattern>{patterns}<rect width='99' height='49' fill='url(#p8)'/>"
        );
        check(&body, Err("over and over"));
        assert!(Vector::open(b"<svg xmlns='http://www.w3.org/2000/svg' width='1e9' height='1'/>").is_err());
        assert!(Vector::open(b"<svg xmlns='http://www.w3.org/2000/svg' width='0' height='0'/>").is_err());
    }
}
