//! The legend beside the plots: revisions by colour, columns by dashes or shapes.

use super::frame::{AXIS_TITLE, LABEL, MIDDLE, told_apart};
use crate::font::Fonts;
use crate::scene::{Anchor, Ink, Lettering, Mark, Scene, Shape};
use crate::{Style, Which, distinct};

/// Between the plots and the legend.
const BEFORE: f32 = 18.0;
/// After its longest label.
const AFTER: f32 = 11.0;
/// The least space right of the plots.
const LEAST: f32 = 104.0;
const AFTER_SAMPLE: f32 = 5.0;
/// Longer labels lose their middle.
const LONGEST: f32 = 240.0;
/// From one row to the next.
const ROW: f32 = 16.0;
/// What a group's title is taller than a row, and what stands before it.
const TITLE_EXTRA: f32 = 3.25;
const BEFORE_TITLE: f32 = 6.0;

/// One dash pattern per column; then they repeat.
const DASHES: [&[f32]; 6] =
    [&[], &[6.0, 4.0], &[2.0, 2.5], &[9.0, 3.0, 2.0, 3.0], &[12.0, 4.0], &[6.0, 2.5, 2.0, 2.5, 2.0, 2.5]];
const SHAPES: [Shape; 4] = [Shape::Circle, Shape::Square, Shape::Triangle, Shape::Diamond];

/// The dash pattern of a column.
pub(super) fn dashes(column: usize) -> &'static [f32] {
    DASHES[column % DASHES.len()]
}

/// The shape of a column's points.
pub(super) fn shape(column: usize) -> Shape {
    SHAPES[column % SHAPES.len()]
}

/// What stands for a revision or a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sample {
    Rule(Ink, &'static [f32]),
    Point(Ink, Shape),
    Square(Ink),
    Nothing,
}

/// A row of the legend.
#[derive(Debug, Clone, PartialEq)]
enum Row {
    Title(&'static str),
    Entry(Sample, String),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Legend {
    rows: Vec<Row>,
    sample: f32,
    text: f32,
}

impl Legend {
    /// Revisions by colour as `sample` shows it, then columns if there are several to be told apart; at most as
    /// many rows as fit into the height.
    pub(super) fn new<'a>(
        revisions: impl Iterator<Item = (Which, &'a str)>,
        columns: &[Option<&str>],
        style: Option<Style>,
        height: f32,
        fonts: &Fonts,
    ) -> Self {
        let points = matches!(style, Some(Style::Points | Style::Jitter));
        let of = |ink, column| match style {
            None => Sample::Square(ink),
            Some(_) if points => Sample::Point(ink, shape(column)),
            Some(_) => Sample::Rule(ink, dashes(column)),
        };
        let mut rows = vec![Row::Title("rev")];
        let revisions = distinct(revisions);
        let labels: Vec<&str> = revisions.iter().map(|(_, label)| *label).collect();
        let labels = told_apart(&labels, LONGEST, &fonts.regular);
        let entry =
            |((which, _), label): (&(Which, &str), String)| Row::Entry(of(Ink::Side(*which), 0), label);
        rows.extend(revisions.iter().zip(labels).map(entry));
        if columns.len() > 1 {
            rows.push(Row::Title("column"));
            let names: Vec<&str> = columns.iter().map(|name| name.unwrap_or("")).collect();
            let names = told_apart(&names, LONGEST, &fonts.regular).into_iter().enumerate();
            rows.extend(names.map(|(index, name)| Row::Entry(of(Ink::Label, index), name)));
        }
        let room = ((height + 12.0) / ROW) as usize;
        if rows.len() > room {
            let left_out = rows.len() - (room - 1);
            rows.truncate(room - 1);
            rows.push(Row::Entry(Sample::Nothing, format!("{left_out} more")));
        }
        let sample = match style {
            Some(_) if points => 10.0,
            Some(_) if columns.len() > 1 => 30.0,
            Some(_) => 12.0,
            None => 10.0,
        };
        let width = |row: &Row| match row {
            Row::Title(_) => 0.0,
            Row::Entry(_, text) => fonts.regular.width(text, LABEL),
        };
        let text = rows.iter().map(width).fold(0.0, f32::max);
        Self { rows, sample, text }
    }

    /// A last row that says what is not shown.
    pub(super) fn more(&mut self, text: String, fonts: &Fonts) {
        self.text = self.text.max(fonts.regular.width(&text, LABEL));
        self.rows.push(Row::Entry(Sample::Nothing, text));
    }

    /// What the canvas needs right of the plots.
    pub(super) fn width(&self) -> f32 {
        (BEFORE + self.sample + AFTER_SAMPLE + self.text + AFTER).max(LEAST)
    }

    /// Draws it beside plots that end at `right` and begin at `top`.
    pub(super) fn draw(&self, scene: &mut Scene, right: f32, top: f32) {
        let left = right + BEFORE;
        let mut y = top + 4.75;
        for (index, row) in self.rows.iter().enumerate() {
            match row {
                Row::Title(text) => {
                    y += if index == 0 { 0.0 } else { BEFORE_TITLE };
                    scene.text(text, left, y + MIDDLE, Lettering::strong(AXIS_TITLE, Anchor::Start));
                    y += TITLE_EXTRA;
                }
                Row::Entry(sample, text) => {
                    self.sample(scene, *sample, left, y);
                    let style = Lettering::plain(LABEL, Anchor::Start);
                    scene.text(text, left + self.sample + AFTER_SAMPLE, y + MIDDLE, style);
                }
            }
            y += ROW;
        }
    }

    fn sample(&self, scene: &mut Scene, sample: Sample, left: f32, y: f32) {
        let right = left + self.sample;
        match sample {
            Sample::Rule(ink, []) => scene.rect([left, y - 1.0, right, y + 1.0], ink),
            Sample::Rule(ink, dashes) => scene.line(vec![(left, y), (right, y)], 1.75, dashes, ink),
            Sample::Square(ink) => scene.rect([left, y - 5.0, right, y + 5.0], ink),
            Sample::Point(ink, shape) => {
                let (x, radius) = (left + self.sample / 2.0, 4.0);
                scene.marks.push(Mark::Point { x, y, radius, shape, ink, rim: 1.4, alpha: 1.0 });
            }
            Sample::Nothing => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_columns_are_told_apart() {
        let fonts = Fonts::embedded().unwrap();
        let name = |side: &str| format!("{}{side}{}.accuracy", "one.level.".repeat(6), ".score".repeat(12));
        let names = [name("left"), name("right")];
        let columns: Vec<Option<&str>> = names.iter().map(|name| Some(name.as_str())).collect();
        let revisions = [(Which::Head, "work")].into_iter();
        let legend = Legend::new(revisions, &columns, Some(Style::Line), 260.0, &fonts);
        let entry = |row: Row| if let Row::Entry(_, text) = row { Some(text) } else { None };
        let texts: Vec<String> = legend.rows.into_iter().filter_map(entry).collect();
        assert_ne!(texts[1], texts[2]);
        assert!(texts[1..].iter().all(|text| text.ends_with("accuracy")), "{texts:?}");
        assert!(texts.iter().all(|text| fonts.regular.width(text, LABEL) <= LONGEST), "{texts:?}");
    }
}
