//! Files that were found by name into plot data: loggers write one row for each step.

use super::model::{PlotData, Template};
use super::paths;
use super::{Column, Table};

/// Columns that say when, not what.
const CLOCKS: [&str; 4] = ["step", "epoch", "timestamp", "time"];

/// One picture for each column of numbers, over the step (or else the epoch).
pub(super) fn plots(shown: &str, table: &Table) -> Vec<PlotData> {
    let has = |name: &str| table.columns.iter().any(|(column, _)| column == name);
    if has("actual") && has("predicted") {
        let mut matrix = plot(shown.to_owned(), Some("actual"), "predicted", table.clone());
        matrix.template = Template::Confusion;
        return vec![matrix];
    }
    let x = ["step", "epoch"].into_iter().find_map(|name| Some((name, numbers(table, name)?)));
    let trainer = is_trainer_state(shown);
    let mut plots = Vec::new();
    for (name, column) in &table.columns {
        let Column::Numbers(cells) = column else { continue };
        let wanted = !CLOCKS.contains(&name.as_str()) && (!trainer || is_training_curve(name));
        if !wanted || !cells.iter().any(|cell| cell.is_finite()) {
            continue;
        }
        // The usual file holds one column of its own name and is known by its path alone.
        let own = paths::file_name(shown).rsplit_once('.').is_some_and(|(stem, _)| stem == name);
        let id = if own { shown.to_owned() } else { format!("{shown}::{name}") };
        let data = match x {
            None => Table { columns: vec![(name.clone(), column.clone())] },
            Some((x_name, steps)) => filled(x_name, steps, name, cells),
        };
        plots.push(plot(id, x.map(|(name, _)| name), name, data));
    }
    plots
}

/// Whether this is the state file of Hugging Face's trainer, whose rows mix logs of many kinds.
pub(super) fn is_trainer_state(path: &str) -> bool {
    paths::file_name(path) == "trainer_state.json"
}

fn is_training_curve(name: &str) -> bool {
    let run_fact = ["runtime", "per_second", "_time"].iter().any(|word| name.contains(word));
    (name.contains("loss") || name.starts_with("eval_")) && !name.starts_with("train_") && !run_fact
}

fn numbers<'t>(table: &'t Table, name: &str) -> Option<&'t [f64]> {
    table.columns.iter().find(|(column, _)| column == name).and_then(|(_, column)| match column {
        Column::Numbers(cells) => Some(cells.as_slice()),
        Column::Texts(_) => None,
    })
}

/// The rows that have both numbers: loggers leave the other columns of a row empty.
fn filled(x_name: &str, steps: &[f64], name: &str, cells: &[f64]) -> Table {
    let rows = || steps.iter().zip(cells).filter(|(step, cell)| !step.is_nan() && !cell.is_nan());
    Table {
        columns: vec![
            (x_name.to_owned(), Column::Numbers(rows().map(|(step, _)| *step).collect())),
            (name.to_owned(), Column::Numbers(rows().map(|(_, cell)| *cell).collect())),
        ],
    }
}

fn plot(id: String, x: Option<&str>, y: &str, table: Table) -> PlotData {
    PlotData {
        title: id.clone(),
        id,
        template: Template::Linear,
        x: x.map(str::to_owned),
        y: vec![y.to_owned()],
        x_label: None,
        y_label: None,
        table,
    }
}
