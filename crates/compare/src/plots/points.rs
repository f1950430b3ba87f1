//! The points of a plot over all revisions, read on demand.

use std::borrow::Cow;

use cml_tracked::{Cell, Records};

/// Points, and how they are labelled.
#[derive(Debug)]
pub struct DataPlot<'a> {
    pub template: String,
    /// The revisions that have points.
    pub revisions: Vec<&'a str>,
    pub title: String,
    pub x: String,
    pub y: String,
    pub x_label: String,
    pub y_label: String,
    pub(super) runs: Vec<Run<'a>>,
}

/// The points of one revision and y.
#[derive(Debug)]
pub(super) struct Run<'a> {
    pub(super) rev: &'a str,
    pub(super) records: &'a Records,
    pub(super) y: usize,
    pub(super) x: Option<(&'a Records, usize)>,
    pub(super) x_name: String,
    pub(super) file: String,
    pub(super) field: String,
    pub(super) marks: Marks,
}

/// What tells the sources of a plot apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    pub(super) files: bool,
    pub(super) fields: bool,
    pub(super) inferred_y: bool,
    /// For a template that says nothing of it: both, side by side.
    pub(super) plain: bool,
}

/// One cell of a point.
#[derive(Debug, Clone, PartialEq)]
pub enum PointCell<'a> {
    Cell(Cell<'a>),
    Step(usize),
    Word(Cow<'a, str>),
}

impl<'a> DataPlot<'a> {
    /// For a template that says nothing of what tells sources apart: both marks, side by side.
    pub(crate) fn mark_plainly(&mut self) {
        self.runs.iter_mut().for_each(|run| run.marks.plain = true);
    }

    /// Every point in order of revision, y and row.
    pub fn points(&self) -> impl Iterator<Item = Vec<(Cow<'a, str>, PointCell<'a>)>> + '_ {
        self.runs.iter().flat_map(|run| (0..run.records.rows()).map(move |row| run.point(row)))
    }
}

impl<'a> Run<'a> {
    fn point(&self, row: usize) -> Vec<(Cow<'a, str>, PointCell<'a>)> {
        let names = self.records.names().iter().enumerate();
        let cells = names.filter_map(|(column, name)| Some((name, self.records.cell(row, column)?)));
        let mut point: Vec<(Cow<'a, str>, PointCell<'a>)> =
            cells.map(|(name, cell)| (Cow::Borrowed(name.as_str()), PointCell::Cell(cell))).collect();
        let mut put =
            |name: Cow<'a, str>, cell: PointCell<'a>| match point.iter_mut().find(|(k, _)| *k == name) {
                Some((_, known)) => *known = cell,
                None => point.push((name, cell)),
            };
        if self.marks.inferred_y
            && let Some(cell) = self.records.cell(row, self.y)
        {
            put("dvc_inferred_y_value".into(), PointCell::Cell(cell));
        }
        match self.x {
            None => put("step".into(), PointCell::Step(row)),
            Some((records, column)) => {
                if let Some(cell) = records.cell(row, column) {
                    put(self.x_name.clone().into(), PointCell::Cell(cell));
                }
            }
        }
        put("rev".into(), PointCell::Word(self.rev.into()));
        // Columns of these names cannot be told from the marks.
        point.retain(|(name, _)| name != "filename" && name != "field");
        let word = |text: &str| PointCell::Word(text.to_owned().into());
        let (file, field) = (self.file.as_str(), self.field.as_str());
        let marks = self.marks;
        if marks.plain || (marks.files && !marks.fields) {
            point.push(("filename".into(), word(file)));
        }
        if marks.plain || (marks.fields && !marks.files) {
            point.push(("field".into(), word(field)));
        }
        if !marks.plain && marks.files && marks.fields {
            point.push(("filename::field".into(), word(&format!("{file}::{field}"))));
        }
        point
    }
}
