//! What a side of a comparison holds: values by file and key, and plots as columns.

use super::{Scalar, Table};
use cml_base::notice::Notice;
use cml_base::tree::Closed;

/// One file of tracked values: `(key, value)` in the order of the file, nested keys joined with dots.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueFile {
    /// Relative to the project's folder, with `/`.
    pub path: String,
    pub values: Vec<(String, Scalar)>,
}

/// How a plot is drawn: DVC's built-in templates, or the text of a custom one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Template {
    #[default]
    Linear,
    Simple,
    Smooth,
    Scatter,
    ScatterJitter,
    Confusion,
    ConfusionNormalized,
    BarHorizontal,
    BarHorizontalSorted,
    /// A Vega-Lite template from `.dvc/plots`: its name, and its text once it is read.
    Custom {
        name: String,
        text: String,
    },
}

/// One plot of one side: where it comes from, how it is to be drawn, and its data.
#[derive(Debug, Clone, PartialEq)]
pub struct PlotData {
    /// What pairs it with the other side: the path, or a title from dvc.yaml.
    pub id: String,
    pub title: String,
    pub template: Template,
    /// `None`: the row's index, called `step`.
    pub x: Option<String>,
    /// The columns drawn; never empty if the table has columns.
    pub y: Vec<String>,
    pub x_label: Option<String>,
    pub y_label: Option<String>,
    pub table: Table,
}

/// One image file of one side, shown as a plot.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageData {
    /// Its path, which pairs it with the other side.
    pub id: String,
    pub title: String,
    /// The folder that it was found in, if the image itself was not named: many of one folder become one picture.
    pub gallery: Option<String>,
    /// The file, an image by its content; empty if it cannot be read, which a notice tells.
    pub bytes: Vec<u8>,
}

/// All that one side holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    pub metrics: Vec<ValueFile>,
    pub params: Vec<ValueFile>,
    pub plots: Vec<PlotData>,
    pub images: Vec<ImageData>,
    /// Files of metrics and params that are there and cannot be read.
    pub unreadable: Vec<Unreadable>,
    /// What cannot be read and may hide files.
    pub closed: Vec<Closed>,
    pub notices: Vec<Notice>,
    /// Files that look like results but were not taken, with the flag that takes them: `("out/m.json", "--metrics")`.
    pub near_misses: Vec<(String, &'static str)>,
}

/// A glob that somebody named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    pub text: String,
    /// What named it, for notices: `--metrics`, `sources.metrics`.
    pub by: String,
    /// Where the tree's top lies below the folder that the glob counts from; empty: they are the same.
    pub below: String,
}

impl Glob {
    /// A glob that counts from the tree's top.
    pub fn new(text: impl Into<String>, by: impl Into<String>) -> Self {
        Self { text: text.into(), by: by.into(), below: String::new() }
    }

    /// Whether it is the very name of a file, whose path counts from the tree's top.
    pub fn names(&self, path: &str) -> bool {
        let text = self.text.strip_prefix("./").unwrap_or(&self.text);
        if self.below.is_empty() { text == path } else { text == format!("{}/{path}", self.below) }
    }
}

/// What the user asked for besides what is found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    pub metrics: Vec<Glob>,
    pub params: Vec<Glob>,
    pub plots: Vec<Glob>,
    /// Of what is declared or found by its name, only these files; empty: all.
    pub include: Vec<Glob>,
    /// Never these files, whoever names them.
    pub exclude: Vec<Glob>,
}

/// What kind of file cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Metrics,
    Params,
    /// What is in it, or what it declares, is not known: a submodule, a dvc.yaml, a lock file.
    Files,
}

/// A file that cannot be read; an output that is a folder has no files until it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// As it pairs with the other side.
    pub path: String,
    pub what: What,
    pub why: String,
}
