//! The texts of an SVG image become paths in our typeface, as resvg without its own fonts draws none.
//!
//! In: the source and its parsed document. Out: the source with a `<g>` of paths for each `<text>`. Understood are
//! positions, `tspan`, anchors, baselines, size and weight, as attributes or in `style` (SVG 1.1, chapter 10), but not
//! in style sheets; text along a path and letters that turn are set straight.

use std::fmt::Write as _;

use resvg::usvg::roxmltree::{Document, Node};
use tiny_skia::{Path, PathSegment};

use super::font::Fonts;

/// CSS's `medium`.
const MEDIUM: f32 = 16.0;
/// So many characters of one image are set.
const MOST_CHARACTERS: usize = 20_000;
/// What says where and how letters stand, which paths do not need.
const SPENT: [&str; 9] =
    ["x", "y", "dx", "dy", "rotate", "textLength", "lengthAdjust", "text-anchor", "space"];

/// The source with paths for texts.
pub(super) fn outlined(source: &str, document: &Document<'_>, fonts: &Fonts<'_>) -> String {
    let is_text = |node: &Node<'_, '_>| node.is_element() && node.tag_name().name() == "text";
    let mut result = String::with_capacity(source.len());
    let (mut end, mut characters) = (0, 0);
    for text in document.descendants().filter(is_text) {
        let range = text.range();
        if range.start < end {
            continue;
        }
        result.push_str(&source[end..range.start]);
        end = range.end;
        let mut runs = Vec::new();
        collect(text, preserves(text), &mut runs);
        trim(&mut runs);
        characters += runs.iter().map(|run| run.text.chars().count()).sum::<usize>();
        if characters <= MOST_CHARACTERS {
            set(source, text, &runs, fonts, &mut result);
        }
    }
    result.push_str(&source[end..]);
    result
}

/// Letters of one style that follow one another.
struct Run<'a, 'i> {
    text: String,
    /// A place of its own; without one it goes on where the last run ended.
    x: Option<f32>,
    y: Option<f32>,
    shift: (f32, f32),
    node: Node<'a, 'i>,
}

/// The runs of a `text` or `tspan`, white space collapsed.
fn collect<'a, 'i>(node: Node<'a, 'i>, preserve: bool, runs: &mut Vec<Run<'a, 'i>>) {
    let size = font_size(node);
    let list = |name: &str| lengths(node.attribute(name).unwrap_or_default(), size);
    let (x, y, dx, dy) = (list("x"), list("y"), list("dx"), list("dy"));
    let mut index = 0;
    for child in node.children() {
        if child.is_element() {
            if matches!(child.tag_name().name(), "tspan" | "a" | "textPath") {
                collect(child, preserve, runs);
            }
            continue;
        }
        let text = clean(
            child.text().unwrap_or_default(),
            preserve,
            runs.last().is_none_or(|run| run.text.ends_with(' ')),
        );
        let mut letters = text.chars().peekable();
        while letters.peek().is_some() {
            // As long as there are places of their own, each letter is a run.
            let is_single = index + 1 < x.len().max(y.len()).max(dx.len()).max(dy.len());
            let text: String = letters.by_ref().take(if is_single { 1 } else { usize::MAX }).collect();
            let shift = (dx.get(index).copied().unwrap_or(0.0), dy.get(index).copied().unwrap_or(0.0));
            let (x, y) = (x.get(index).copied(), y.get(index).copied());
            runs.push(Run { text, x, y, shift, node });
            index += 1;
        }
    }
}

fn preserves(node: Node<'_, '_>) -> bool {
    node.attributes().any(|attribute| attribute.name() == "space" && attribute.value() == "preserve")
}

/// One space for many, none at the start of a text.
fn clean(text: &str, preserve: bool, mut after_space: bool) -> String {
    let mut result = String::new();
    for character in text.chars() {
        let is_space = matches!(character, ' ' | '\t' | '\n' | '\r');
        if preserve || !is_space || !after_space {
            result.push(if is_space { ' ' } else { character });
        }
        after_space = is_space;
    }
    result
}

/// No space at the end of a text either.
fn trim(runs: &mut [Run<'_, '_>]) {
    if let Some(last) = runs.last_mut().filter(|last| !preserves(last.node)) {
        last.text.truncate(last.text.trim_end_matches(' ').len());
    }
}

/// Writes the runs of one text as paths.
fn set(source: &str, text: Node<'_, '_>, runs: &[Run<'_, '_>], fonts: &Fonts<'_>, result: &mut String) {
    result.push_str("<g");
    attributes(source, text, result);
    result.push('>');
    let (mut x, mut y) = (0.0, 0.0);
    for (index, run) in runs.iter().enumerate() {
        if index == 0 || run.x.is_some() || run.y.is_some() {
            (x, y) = (run.x.unwrap_or(x), run.y.unwrap_or(y));
            let chunk =
                1 + runs[index + 1..].iter().take_while(|run| run.x.is_none() && run.y.is_none()).count();
            let width: f32 =
                runs[index..index + chunk].iter().map(|run| run.shift.0 + run.width(fonts)).sum();
            x -= match inherited(run.node, "text-anchor") {
                Some("middle") => width / 2.0,
                Some("end") => width,
                _ => 0.0,
            };
        }
        (x, y) = (x + run.shift.0, y + run.shift.1);
        let (font, size) = (run.font(fonts), font_size(run.node));
        if let Some(path) = font.outline(&run.text, size) {
            let is_own = run.node != text;
            result.push_str(if is_own { "<g" } else { "" });
            if is_own {
                attributes(source, run.node, result);
                result.push('>');
            }
            let baseline = y + baseline(run.node) * size;
            _ = write!(result, "<path transform=\"translate({x} {baseline})\" d=\"");
            draw(&path, result);
            result.push_str(if is_own { "\"/></g>" } else { "\"/>" });
        }
        x += run.width(fonts);
    }
    result.push_str("</g>");
}

impl Run<'_, '_> {
    fn font<'f, 'a>(&self, fonts: &'f Fonts<'a>) -> &'f super::font::Font<'a> {
        let weight = inherited(self.node, "font-weight").or_else(|| {
            let font = inherited(self.node, "font")?;
            font.split_whitespace().find(|word| *word == "bold" || (word.len() == 3 && word.ends_with("00")))
        });
        let is_bold = matches!(weight, Some("bold" | "bolder" | "600" | "700" | "800" | "900"));
        if is_bold { &fonts.semibold } else { &fonts.regular }
    }

    fn width(&self, fonts: &Fonts<'_>) -> f32 {
        self.font(fonts).width(&self.text, font_size(self.node))
    }
}

/// Copies what counts for paths as it is written.
fn attributes(source: &str, node: Node<'_, '_>, result: &mut String) {
    for attribute in node.attributes().filter(|attribute| !SPENT.contains(&attribute.name())) {
        result.push(' ');
        result.push_str(&source[attribute.range()]);
    }
}

/// A property of an element or of those around it.
fn inherited<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.ancestors().find_map(|node| own(node, name)).map(str::trim)
}

fn own<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let style = node.attribute("style").unwrap_or_default();
    let declarations = style.split(';').filter_map(|declaration| declaration.split_once(':'));
    let in_style = declarations.filter(|(key, _)| key.trim() == name).map(|(_, value)| value).next_back();
    in_style.or_else(|| node.attribute(name)).filter(|value| value.trim() != "inherit")
}

/// In CSS pixels.
fn font_size(node: Node<'_, '_>) -> f32 {
    let mut factor = 1.0;
    for node in node.ancestors() {
        let shorthand = own(node, "font").and_then(|font| {
            font.split_whitespace().find_map(|word| {
                word.split('/').next().filter(|word| {
                    length(word, 1.0).is_some_and(|_| word.ends_with(|c: char| c.is_alphabetic() || c == '%'))
                })
            })
        });
        let Some(text) = own(node, "font-size").or(shorthand) else { continue };
        let text = text.trim();
        if let Some(part) = text.strip_suffix("em").and_then(|text| text.parse::<f32>().ok()) {
            factor *= part;
        } else if let Some(part) = text.strip_suffix('%').and_then(|text| text.parse::<f32>().ok()) {
            factor *= part / 100.0;
        } else if let Some(size) = length(text, MEDIUM) {
            return (size * factor).clamp(0.1, 1_000.0);
        }
    }
    (MEDIUM * factor).clamp(0.1, 1_000.0)
}

/// How far the baseline is below the place, in parts of the size.
fn baseline(node: Node<'_, '_>) -> f32 {
    let named =
        own(node, "alignment-baseline").map(str::trim).or_else(|| inherited(node, "dominant-baseline"));
    let shift = match own(node, "baseline-shift").map(str::trim) {
        Some("super") => -0.35,
        Some("sub") => 0.2,
        _ => 0.0,
    };
    shift
        + match named {
            Some("middle") => 0.27,
            Some("central") => 0.36,
            Some("hanging" | "text-before-edge" | "text-top" | "before-edge") => 0.76,
            Some("text-after-edge" | "text-bottom" | "after-edge" | "ideographic") => -0.22,
            _ => 0.0,
        }
}

/// A list of lengths in CSS pixels; `em` is the size of an em.
fn lengths(text: &str, em: f32) -> Vec<f32> {
    let words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    words.map_while(|word| length(word, em)).collect()
}

/// A length with a unit, or without (CSS 2, 4.3.2).
fn length(text: &str, em: f32) -> Option<f32> {
    let units = [
        ("px", 1.0),
        ("pt", 4.0 / 3.0),
        ("pc", 16.0),
        ("mm", 96.0 / 25.4),
        ("cm", 96.0 / 2.54),
        ("in", 96.0),
    ];
    let units = units.into_iter().chain([("em", em), ("ex", em / 2.0), ("", 1.0)]);
    let mut lengths =
        units.filter_map(|(unit, size)| Some(text.strip_suffix(unit)?.parse::<f32>().ok()? * size));
    lengths.next().filter(|length| length.is_finite() && length.abs() < 1e6)
}

/// A path as SVG's `d`.
fn draw(path: &Path, result: &mut String) {
    for segment in path.segments() {
        _ = match segment {
            PathSegment::MoveTo(to) => write!(result, "M{:.3} {:.3}", to.x, to.y),
            PathSegment::LineTo(to) => write!(result, "L{:.3} {:.3}", to.x, to.y),
            PathSegment::QuadTo(by, to) => write!(result, "Q{:.3} {:.3} {:.3} {:.3}", by.x, by.y, to.x, to.y),
            PathSegment::CubicTo(one, two, to) => {
                write!(result, "C{:.3} {:.3} {:.3} {:.3} {:.3} {:.3}", one.x, one.y, two.x, two.y, to.x, to.y)
            }
            PathSegment::Close => write!(result, "Z"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the paths of a text stand, and what was copied.
    fn placed(body: &str) -> String {
        let source = format!("<svg xmlns='http://www.w3.org/2000/svg'>{body}</svg>");
        let document = Document::parse(&source).unwrap();
        let result = outlined(&source, &document, &Fonts::embedded().unwrap());
        let mut shown = String::new();
        let mut rest = result.as_str();
        while let Some((before, after)) = rest.split_once(" d=\"") {
            shown.push_str(before);
            rest = after.split_once('"').unwrap().1;
        }
        shown + rest
    }

    #[track_caller]
    fn check(body: &str, expected: &str) {
        assert_eq!(placed(body), format!("<svg xmlns='http://www.w3.org/2000/svg'>{expected}</svg>"));
    }

    #[test]
    fn texts_become_paths_where_they_stood() {
        check(
            "<text x='1' y='2' fill='red'>a</text><g/>",
            "<g fill='red'><path transform=\"translate(1 2)\"/></g><g/>",
        );
        check(
            "<text id=\"t\" x='5em' y='10pt' font-size='20'>a</text>",
            "<g id=\"t\" font-size='20'><path transform=\"translate(100 13.333334)\"/></g>",
        );
        check("<text>  </text><text/>", "<g></g><g></g>");
        check(
            "<text y='9'>a<tspan x='3' dy='1em' style='font-size:5px'>b</tspan></text>",
            "<g><path transform=\"translate(0 9)\"/><g style='font-size:5px'><path transform=\"translate(3 14)\"/></g></g>",
        );
        check(
            "<text x='1 2'>abc</text>",
            "<g><path transform=\"translate(1 0)\"/><path transform=\"translate(2 0)\"/></g>",
        );
    }

    #[test]
    fn anchors_count_from_the_whole_line() {
        let width = Fonts::embedded().unwrap().regular.width("ab", 10.0);
        let at = |anchor: &str| {
            let text = placed(&format!(
                "<g font-size='10'><text x='50' text-anchor='{anchor}'>a<tspan>b</tspan></text></g>"
            ));
            text.split("translate(").nth(1).unwrap().split(' ').next().unwrap().parse::<f32>().unwrap()
        };
        assert_eq!(at("start"), 50.0);
        assert!(
            (at("middle") - (50.0 - width / 2.0)).abs() < 0.2 && (at("end") - (50.0 - width)).abs() < 0.2
        );
    }

    #[test]
    fn sizes_come_from_everywhere_but_style_sheets() {
        let check = |body: &str, expected: f32| {
            let source = format!("<svg xmlns='http://www.w3.org/2000/svg' font-size='20'>{body}</svg>");
            let document = Document::parse(&source).unwrap();
            let text = document.descendants().rfind(|node| node.tag_name().name() == "text").unwrap();
            assert!((font_size(text) - expected).abs() < 1e-3, "{body}: {}", font_size(text));
        };
        check("<text/>", 20.0);
        check("<text font-size='8'/>", 8.0);
        check("<g font-size='50%'><text font-size='1.5em'/></g>", 15.0);
        check("<text style=\"font: bold 12px 'DejaVu Sans'\"/>", 12.0);
        check("<text font-size='9pt' style='font-size: 3px'/>", 3.0);
        check("<text font-size='nonsense'/>", 20.0);
    }
}
