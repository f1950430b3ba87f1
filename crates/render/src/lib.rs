//! A report as Markdown for a forge and as text for a terminal, and Markdown as a page.
//!
//! Input: a [`Report`](cml_report::Report) and the addresses of its pictures. Output: text. Nothing here reads or
//! writes files, and equal input gives equal text.

mod artifacts;
mod decimal;
mod digits;
pub mod document;
mod dvc;
mod dvc_table;
mod escape;
mod html;
mod inert;
mod markdown;
mod measure;
mod number;
mod plots;
mod rounding;
mod shallow;
mod tables;
mod terminal;

use std::collections::BTreeMap;

pub use artifacts::{dotenv, open_metrics};
pub use dvc::{diff_json, file_changes_json, plots_json, show_json};
pub use dvc_table::{Layout, Rows, change_rows, diff_table, show_table};
pub use html::page;
pub use inert::inert;
pub use markdown::{markdown, markdown_in, verdict};
pub use measure::line;
pub use shallow::shallow;
pub use terminal::{plots_text, text};

/// How much is shown, most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Everything.
    Full,
    /// What has not changed is only counted, plots fold away.
    Folded,
    /// The most important changes, without plots.
    Top,
    /// The verdict alone.
    Brief,
}

/// Where the pictures are: file name → address. A plot whose light picture is nowhere is shown as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Images(pub BTreeMap<String, String>);

impl Images {
    fn of(&self, picture: Option<&String>) -> Option<&str> {
        self.0.get(picture?).map(String::as_str)
    }
}
