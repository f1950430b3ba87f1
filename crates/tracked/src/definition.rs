//! A plot as dvc.yaml defines it.

use std::collections::BTreeSet;

use super::model::Template;
use super::value::Value;

/// What `x` or `y` of a definition says.
#[derive(Debug, Clone, PartialEq)]
pub enum Axis {
    /// Columns of the plot's own file.
    Names(Vec<String>),
    /// Columns by file.
    Files(Vec<(String, Vec<String>)>),
}

/// The properties of a plot, as far as they are written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Props {
    pub x: Option<Axis>,
    pub y: Option<Axis>,
    pub x_label: Option<String>,
    pub y_label: Option<String>,
    pub title: Option<String>,
    pub template: Option<String>,
}

impl Props {
    /// Reads them as dvc.yaml writes them; `files` are those that a path there stands for.
    pub(crate) fn of(value: &Value, mut files: impl FnMut(&str) -> Vec<String>) -> Self {
        let text =
            |key: &str| value.get(key).filter(|value| !matches!(value, Value::Null)).map(Value::key_text);
        Self {
            x: value.get("x").and_then(|value| axis(value, &mut files)),
            y: value.get("y").and_then(|value| axis(value, &mut files)),
            x_label: text("x_label"),
            y_label: text("y_label"),
            title: text("title"),
            template: text("template"),
        }
    }

    /// Fills in what is missing.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            x: self.x.or(other.x),
            y: self.y.or(other.y),
            x_label: self.x_label.or(other.x_label),
            y_label: self.y_label.or(other.y_label),
            title: self.title.or(other.title),
            template: self.template.or(other.template),
        }
    }
}

/// One plot as one revision defines it.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The dvc.yaml with the definition at its top level; nothing for a stage's plot or a target.
    pub by: Option<String>,
    /// The path of the data, or a title.
    pub id: String,
    /// Whether `id` is a path.
    pub is_path: bool,
    pub props: Props,
}

impl Definition {
    /// The files that hold its data. Of several files for x only the first counts, as in DVC.
    pub fn sources(&self) -> Vec<&str> {
        let mut files: Vec<&str> = match &self.props.y {
            Some(Axis::Files(pairs)) => pairs.iter().map(|(file, _)| file.as_str()).collect(),
            _ => vec![&self.id],
        };
        if let Some(Axis::Files(pairs)) = &self.props.x {
            files.extend(pairs.first().map(|(file, _)| file.as_str()));
        }
        let mut seen = BTreeSet::new();
        files.retain(|file| seen.insert(*file));
        files
    }
}

fn axis(value: &Value, files: &mut impl FnMut(&str) -> Vec<String>) -> Option<Axis> {
    let names = |value: &Value| match value {
        Value::List(items) => items.iter().map(Value::key_text).collect(),
        Value::Null => Vec::new(),
        name => vec![name.key_text()],
    };
    match value {
        Value::Null => None,
        Value::Map(pairs) => {
            let mut found = Vec::new();
            for (file, columns) in pairs {
                found.extend(files(&file.key_text()).into_iter().map(|file| (file, names(columns))));
            }
            Some(Axis::Files(found))
        }
        other => Some(Axis::Names(names(other))),
    }
}

/// DVC's own template of this name.
pub(super) fn template(name: &str) -> Option<Template> {
    Some(match name.strip_suffix(".json").unwrap_or(name) {
        "linear" => Template::Linear,
        "simple" => Template::Simple,
        "smooth" => Template::Smooth,
        "scatter" => Template::Scatter,
        "scatter_jitter" => Template::ScatterJitter,
        "confusion" => Template::Confusion,
        "confusion_normalized" => Template::ConfusionNormalized,
        "bar_horizontal" => Template::BarHorizontal,
        "bar_horizontal_sorted" => Template::BarHorizontalSorted,
        _ => return None,
    })
}
