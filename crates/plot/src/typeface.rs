//! The fonts of all pictures: the built-in one, and those that the user or the system has for other characters.
//!
//! In: font files as bytes. Out: which characters of some figures no font has. A font changes nothing that the
//! built-in one can draw, so pictures are the same everywhere but for such characters.

use std::collections::BTreeSet;

use ttf_parser::Face;

use super::font::{Fonts, drawable};
use super::{Chart, Figure, Kind, PlotError, Scale};

/// Font files for what the built-in typeface lacks, the first one first.
#[derive(Debug, Clone, Default)]
pub struct Typeface {
    files: Vec<Vec<u8>>,
}

impl Typeface {
    /// Adds a font (TrueType or OpenType; of a collection its first face); the error says what is wrong with it.
    pub fn add(&mut self, file: Vec<u8>) -> Result<(), String> {
        Face::parse(&file, 0).map_err(|error| format!("it is no TrueType or OpenType font ({error})"))?;
        self.files.push(file);
        Ok(())
    }

    /// How many there are.
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// The faces, read anew from their files.
    pub(super) fn fonts(&self) -> Result<Fonts<'_>, PlotError> {
        let faces: Vec<Face<'_>> = self.files.iter().filter_map(|file| Face::parse(file, 0).ok()).collect();
        Fonts::with(&faces)
    }

    /// The characters of these figures that no font has.
    pub fn missing<'f>(
        &self,
        figures: impl IntoIterator<Item = &'f Figure>,
    ) -> Result<BTreeSet<char>, PlotError> {
        let fonts = self.fonts()?;
        let mut missing = BTreeSet::new();
        let mut known = BTreeSet::new();
        for text in figures.into_iter().flat_map(texts) {
            for character in text.chars() {
                if known.insert(character) && !fonts.regular.has(character) {
                    missing.insert(character);
                }
            }
        }
        Ok(missing)
    }
}

/// Which of these characters a font file has; none if it is no font.
pub fn covered(file: &[u8], characters: &BTreeSet<char>) -> BTreeSet<char> {
    let Ok(face) = Face::parse(file, 0) else { return BTreeSet::new() };
    characters.iter().copied().filter(|character| drawable(&face, *character).is_some()).collect()
}

/// Whether a character is Chinese, Japanese or Korean: set one after another they read right, as no other script does
/// that the built-in typeface lacks (their letters join, turn or stack).
pub fn is_cjk(character: char) -> bool {
    matches!(u32::from(character),
        0x2e80..=0xa4cf | 0xac00..=0xd7af | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff00..=0xffef | 0x2_0000..=0x3_ffff)
}

/// All that may be written in a picture of a figure.
fn texts(figure: &Figure) -> Vec<&str> {
    let mut all = vec![figure.title.as_str(), &figure.x_label, &figure.y_label];
    match &figure.kind {
        Kind::Chart(chart) => {
            all.extend(names(chart));
            let series = chart.series.iter();
            all.extend(
                series.flat_map(|series| [Some(series.label.as_str()), series.column.as_deref()]).flatten(),
            );
        }
        Kind::Matrix(matrix) => {
            all.extend(matrix.across.iter().chain(&matrix.down).map(String::as_str));
            let facets = matrix.facets.iter();
            all.extend(
                facets.flat_map(|facet| [Some(facet.label.as_str()), facet.column.as_deref()]).flatten(),
            );
        }
        Kind::Bars(bars) => {
            all.extend(bars.categories.iter().map(String::as_str));
            let groups = bars.groups.iter();
            all.extend(
                groups.flat_map(|group| [Some(group.label.as_str()), group.column.as_deref()]).flatten(),
            );
        }
        Kind::Images(images) => {
            all.extend(images.base.as_deref());
            all.push(&images.head);
            all.extend(images.pairs.iter().map(|pair| pair.name.as_str()));
        }
    }
    all
}

/// The names along the axes.
fn names(chart: &Chart) -> impl Iterator<Item = &str> {
    fn of(scale: &Scale) -> &[String] {
        match scale {
            Scale::Bands(names) => names,
            _ => &[],
        }
    }
    of(&chart.x).iter().chain(of(&chart.y)).map(String::as_str)
}
