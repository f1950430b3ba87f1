//! Text as filled outlines of the embedded Inter, with pair kerning. A character that it lacks comes from the first
//! of the further fonts that has it, else it is a box.

use tiny_skia::{Path, PathBuilder, Transform};
use ttf_parser::gpos::{PairAdjustment, PositioningSubtable};
use ttf_parser::{Face, GlyphId, OutlineBuilder, Tag};

use super::PlotError;
use cml_base::shortened::without_middle;
use cml_base::text;

/// Texts longer than this are cut before they are measured: no label has room for them.
const LONGEST_TEXT: usize = 300;

/// The two faces of a picture.
pub(super) struct Fonts<'a> {
    pub regular: Font<'a>,
    pub semibold: Font<'a>,
}

const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular-mini.otf");
const SEMIBOLD: &[u8] = include_bytes!("../../../assets/fonts/Inter-SemiBold-mini.otf");

impl<'a> Fonts<'a> {
    /// The built-in faces alone.
    pub(super) fn embedded() -> Result<Self, PlotError> {
        Self::with(&[])
    }

    /// The built-in faces, and others for what those lack.
    pub(super) fn with(others: &[Face<'a>]) -> Result<Self, PlotError> {
        let font = |name, bytes| Font::parse(name, bytes, others.to_vec());
        Ok(Self { regular: font("Inter Regular", REGULAR)?, semibold: font("Inter SemiBold", SEMIBOLD)? })
    }
}

/// One face, the tables of its `kern` feature in their order, and the faces for what it lacks.
pub(super) struct Font<'a> {
    face: Face<'a>,
    kerning: Vec<Vec<PairAdjustment<'a>>>,
    others: Vec<Face<'a>>,
}

/// A glyph of the font's own face (0), or of one of the others.
type Glyph = (usize, GlyphId);

/// A character in its place.
struct Placed {
    /// `None` is one that all faces lack, or a blank.
    glyph: Option<Glyph>,
    missing: bool,
    x: f32,
}

impl<'a> Font<'a> {
    fn parse(name: &'static str, bytes: &'a [u8], others: Vec<Face<'a>>) -> Result<Self, PlotError> {
        let face = Face::parse(bytes, 0).map_err(|source| PlotError::Font { face: name, source })?;
        let kerning = kerning(&face);
        Ok(Self { face, kerning, others })
    }

    /// The first face that can draw a character.
    fn glyph(&self, character: char) -> Option<Glyph> {
        let own = self.face.glyph_index(character).filter(|glyph| glyph.0 != 0);
        let mut others = (1..).zip(&self.others);
        own.map(|glyph| (0, glyph))
            .or_else(|| others.find_map(|(index, face)| Some((index, drawable(face, character)?))))
    }

    fn face(&self, index: usize) -> &Face<'a> {
        index.checked_sub(1).and_then(|index| self.others.get(index)).unwrap_or(&self.face)
    }

    /// The advance of a glyph in the unit of `size`.
    fn advance(&self, (index, glyph): Glyph, size: f32) -> Option<f32> {
        let face = self.face(index);
        Some(f32::from(face.glyph_hor_advance(glyph)?) * size / f32::from(face.units_per_em()))
    }

    /// Whether a character is drawn, and not as a box.
    pub(super) fn has(&self, character: char) -> bool {
        character.is_whitespace() || text::has_no_ink(character) || self.glyph(character).is_some()
    }

    /// The width of a text in the unit of `size`.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        self.place(text, size).1
    }

    /// The text itself, or its beginning and its end with an ellipsis between, so that it is not wider than `most`: the end
    /// of a long name is what it says.
    pub(super) fn fitted(&self, text: &str, size: f32, most: f32) -> String {
        let bounded = without_middle(text, LONGEST_TEXT);
        let clean = text::words(&bounded);
        if clean.chars().count() <= LONGEST_TEXT && self.width(&clean, size) <= most {
            return clean.into_owned();
        }
        let clean: Vec<char> = clean.chars().take(LONGEST_TEXT).collect();
        let kept = clean.len();
        let shortened = |length: usize| {
            let (head, tail) = (&clean[..length / 3], &clean[kept - (length - length / 3)..]);
            format!(
                "{}…{}",
                head.iter().collect::<String>().trim_end(),
                tail.iter().collect::<String>().trim_start()
            )
        };
        let lengths: Vec<usize> = (0..=kept).collect();
        let fitting = lengths.partition_point(|length| self.width(&shortened(*length), size) <= most);
        shortened(fitting.saturating_sub(1))
    }

    /// The outline of a text that begins at the origin, y downwards; `None` for blanks.
    pub(super) fn outline(&self, text: &str, size: f32) -> Option<Path> {
        let mut outline = Outline { path: PathBuilder::new(), scale: 1.0, x: 0.0 };
        for placed in self.place(text, size).0 {
            outline.x = placed.x;
            if placed.missing {
                outline.missing(size);
            } else if let Some((index, glyph)) = placed.glyph {
                let face = self.face(index);
                outline.scale = size / f32::from(face.units_per_em());
                face.outline_glyph(glyph, &mut outline);
            }
        }
        outline.path.finish()?.transform(Transform::identity())
    }

    fn place(&self, text: &str, size: f32) -> (Vec<Placed>, f32) {
        let own_scale = size / f32::from(self.face.units_per_em());
        let mut all = Vec::new();
        let mut x = 0.0;
        let mut previous = None;
        for character in text.chars().filter(|c| !text::has_no_ink(*c)) {
            let glyph = self.glyph(character);
            let own = glyph.filter(|(index, _)| *index == 0).map(|(_, glyph)| glyph);
            if let (Some(left), Some(right)) = (previous, own) {
                x += self.kern(left, right) * own_scale;
            }
            all.push(Placed { glyph, missing: glyph.is_none() && !character.is_whitespace(), x });
            x += match glyph.and_then(|glyph| self.advance(glyph, size)) {
                Some(advance) => advance,
                None if character.is_whitespace() => size * 0.28,
                None => size * 0.7,
            };
            previous = own;
        }
        (all, x)
    }

    fn kern(&self, left: GlyphId, right: GlyphId) -> f32 {
        let pair = |table: &PairAdjustment<'_>| match table {
            PairAdjustment::Format1 { coverage, sets } => {
                sets.get(coverage.get(left)?)?.get(right).map(|pair| pair.0.x_advance)
            }
            PairAdjustment::Format2 { coverage, classes, matrix } => {
                coverage.get(left)?;
                matrix.get((classes.0.get(left), classes.1.get(right))).map(|pair| pair.0.x_advance)
            }
        };
        // Of each lookup the first table that knows the pair counts.
        self.kerning.iter().filter_map(|tables| tables.iter().find_map(pair)).map(f32::from).sum()
    }
}

/// The glyph of a character, if the face has one with an outline: a font of colour pictures has none.
pub(super) fn drawable(face: &Face<'_>, character: char) -> Option<GlyphId> {
    let glyph = face.glyph_index(character).filter(|glyph| glyph.0 != 0)?;
    face.glyph_bounding_box(glyph).map(|_| glyph)
}

fn kerning<'a>(face: &Face<'a>) -> Vec<Vec<PairAdjustment<'a>>> {
    let Some(table) = face.tables().gpos else { return Vec::new() };
    let features = table.features.into_iter().filter(|feature| feature.tag == Tag::from_bytes(b"kern"));
    let mut indices: Vec<u16> = features.flat_map(|feature| feature.lookup_indices).collect();
    indices.sort_unstable();
    indices.dedup();
    let pairs = |subtable| if let PositioningSubtable::Pair(pair) = subtable { Some(pair) } else { None };
    let lookups = indices.into_iter().filter_map(|index| table.lookups.get(index));
    lookups.map(|lookup| lookup.subtables.into_iter().filter_map(pairs).collect()).collect()
}

/// Collects outlines, turned from the font's upward y to the canvas's downward one.
struct Outline {
    path: PathBuilder,
    scale: f32,
    x: f32,
}

impl Outline {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, -y * self.scale)
    }

    /// The box that stands for a character that the font lacks: a frame, its inside wound the other way.
    fn missing(&mut self, size: f32) {
        let (left, right, top) = (self.x + size * 0.08, self.x + size * 0.62, -size * 0.73);
        let line = size * 0.08;
        for (left, right, top, bottom, inside) in
            [(left, right, top, 0.0, false), (left + line, right - line, top + line, -line, true)]
        {
            let (first, second) = if inside { (left, right) } else { (right, left) };
            self.path.move_to(first, top);
            self.path.line_to(second, top);
            self.path.line_to(second, bottom);
            self.path.line_to(first, bottom);
            self.path.close();
        }
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kerning_and_ellipsis() {
        let fonts = Fonts::embedded().unwrap();
        let apart = fonts.regular.width("T", 12.0) + fonts.regular.width("o", 12.0);
        assert!(fonts.regular.width("To", 12.0) < apart);
        assert_eq!(fonts.regular.fitted("main", 12.0, 100.0), "main");
        let cut = fonts.regular.fitted(&"a long label ".repeat(1_000), 12.0, 100.0);
        assert!(cut.contains('…') && cut.starts_with("a lo") && cut.trim_end().ends_with("label"), "{cut}");
        assert!(fonts.regular.width(&cut, 12.0) <= 100.0);
        assert_eq!(fonts.regular.fitted("a\nb", 12.0, 100.0), "a b");
    }

    #[test]
    fn a_missing_character_is_a_box() {
        let fonts = Fonts::embedded().unwrap();
        let bounds = fonts.regular.outline("漢", 10.0).unwrap().bounds();
        assert!(bounds.width() > 4.0 && bounds.height() > 6.0, "{bounds:?}");
        assert!(fonts.regular.outline("\u{200b} ", 10.0).is_none());
    }

    #[test]
    fn another_font_is_asked_for_what_is_missing() {
        let kanji = include_bytes!("../../../tests/data/fonts/kanji.ttf");
        let face = Face::parse(kanji, 0).unwrap();
        let (without, with) = (Fonts::embedded().unwrap(), Fonts::with(&[face]).unwrap());
        assert_eq!(
            (without.regular.has('漢'), with.semibold.has('漢'), with.regular.has('字')),
            (false, true, false)
        );
        // Its em is as wide as it says, and a kerned pair of our own stays what it was.
        assert_eq!(with.regular.width("漢", 10.0), 10.0);
        assert_eq!(with.regular.width("To", 10.0), without.regular.width("To", 10.0));
        let bounds = with.regular.outline("漢", 10.0).unwrap().bounds();
        assert!((bounds.left() - 0.8).abs() < 1e-3 && (bounds.top() + 7.8).abs() < 1e-3, "{bounds:?}");
    }
}
