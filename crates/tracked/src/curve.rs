//! A metrics file that is a table: one row is plain metrics, a curve is its last row, and examples are none.
//!
//! In: columns. Out: `(key, value)`, or why the rows say nothing of the whole. What decides is a column that counts
//! (steps, epochs, iterations) or tells the time and rises from row to row, or the row numbers that pandas writes
//! into a column without a name. The last row of anything else is one example, fold or trial of many.

use super::{Column, Scalar, Table, is_spelt_out};

/// Names that count training, in lower case, with `_` between words and without what stands before a slash. A table
/// with one of them that rises is a curve whatever else it holds.
const COUNTERS: [&str; 52] = [
    "step",
    "steps",
    "global_step",
    "global_steps",
    "train_step",
    "training_step",
    "trainer_step",
    "optimizer_step",
    "current_step",
    "num_steps",
    "n_steps",
    "total_steps",
    "timestep",
    "timesteps",
    "time_step",
    "total_timesteps",
    "num_timesteps",
    "epoch",
    "epochs",
    "n_epoch",
    "num_epoch",
    "num_epochs",
    "epoch_num",
    "current_epoch",
    "train_epoch",
    "iter",
    "iters",
    "iteration",
    "iterations",
    "n_iter",
    "num_iter",
    "num_iterations",
    "iter_num",
    "total_iters",
    "it",
    "batch",
    "batches",
    "batch_idx",
    "batch_index",
    "n_batch",
    "num_batches",
    "minibatch",
    "round",
    "rounds",
    "boosting_round",
    "num_round",
    "update",
    "updates",
    "n_updates",
    "episode",
    "episodes",
    "generation",
];

/// Names that tell the time. Rows of anything may have one, so it decides only beside numbers.
const TIMES: [&str; 14] = [
    "time",
    "timestamp",
    "timestamps",
    "datetime",
    "date",
    "ts",
    "wall_time",
    "walltime",
    "elapsed",
    "elapsed_time",
    "time_elapsed",
    "relative_time",
    "time_total_s",
    "created_at",
];

/// Words of names that examples have, and the points of a curve do not.
const OF_EXAMPLES: [&str; 30] = [
    "id",
    "ids",
    "idx",
    "index",
    "uid",
    "uuid",
    "example",
    "sample",
    "instance",
    "document",
    "doc",
    "file",
    "filename",
    "path",
    "image",
    "name",
    "label",
    "target",
    "actual",
    "predicted",
    "prediction",
    "pred",
    "true",
    "truth",
    "class",
    "correct",
    "text",
    "fold",
    "trial",
    "seed",
];

/// What says when, not what, in a table of one row, where other counters are what was measured.
const OF_ONE_ROW: [&str; 4] = ["step", "epoch", "timestamp", "time"];

/// Columns that say what the column `value` is of, in a table with a row for each name.
const OF_VALUES: [&str; 8] = ["tag", "name", "metric", "key", "variable", "series", "measure", "kind"];

/// The values of a table: those of its only row, or the last ones along a curve. The error says what it was taken for.
pub(super) fn values(table: &Table) -> Result<Vec<(String, Scalar)>, String> {
    let rows = table.columns.first().map_or(0, |(_, column)| length(column));
    match rows {
        0 => Err("the table has no rows; run the step that writes it".to_owned()),
        1 => Ok(last_values(table, false, |name| OF_ONE_ROW.contains(&name) || is_unnamed(name))),
        _ => Ok(last_values(table, order(table, rows)?, is_clock)),
    }
}

/// Whether the newest row of a curve stands first; the error says what else the table was taken for.
fn order(table: &Table, rows: usize) -> Result<bool, String> {
    if is_long(table) {
        return Err(left_out(table, rows, "with a row for each name and value"));
    }
    if let Some(newest_first) = counters(table).find_map(|(_, counter)| along(table, counter)) {
        return Ok(newest_first);
    }
    if let Some((name, _)) = counters(table).next() {
        let what =
            format!("of several runs or examples, for its column {name} does not rise from row to row");
        return Err(left_out(table, rows, &what));
    }
    let measured = table.columns.iter().all(|(name, column)| {
        is_clock(name) || (matches!(column, Column::Numbers(_)) && !is_of_examples(name))
    });
    let is_time =
        |name: &str, column: &Column| TIMES.contains(&plain(name).as_str()) || is_row_number(name, column);
    let times = table.columns.iter().filter(|(name, column)| measured && is_time(name, column));
    let rising = times.into_iter().find_map(|(_, time)| along(table, time));
    rising.ok_or_else(|| left_out(table, rows, "of examples"))
}

/// The columns that count training.
fn counters(table: &Table) -> impl Iterator<Item = &(String, Column)> {
    let is_counter = |(name, column): &&(String, Column)| {
        matches!(column, Column::Numbers(_)) && COUNTERS.contains(&plain(name).as_str())
    };
    table.columns.iter().filter(is_counter)
}

fn left_out(table: &Table, rows: usize, what: &str) -> String {
    let known: Vec<&str> = table.columns.iter().take(6).map(|(name, _)| name.as_str()).collect();
    let more = if table.columns.len() > known.len() { ", …" } else { "" };
    format!(
        "this looks like a table {what} ({rows} rows; columns {}{more}), and the last row of such a table says nothing \
         of the whole, so none of it is taken as a metric; write the mean as a table of one row or as JSON, or, if it is \
         a curve, give it a column step or epoch that rises",
        known.join(", ")
    )
}

/// A name without what stands before a slash, in lower case, with `_` between words.
fn plain(name: &str) -> String {
    let leaf = name.rsplit('/').next().unwrap_or(name).trim();
    leaf.to_lowercase().replace([' ', '-', '.'], "_")
}

/// Whether a name says when, not what.
fn is_clock(name: &str) -> bool {
    let plain = plain(name);
    COUNTERS.contains(&plain.as_str()) || TIMES.contains(&plain.as_str()) || is_unnamed(name)
}

/// How pandas writes a column without a name, and how it reads it again.
fn is_unnamed(name: &str) -> bool {
    name.trim().is_empty()
        || name.trim().strip_prefix("Unnamed: ").is_some_and(|at| at.parse::<u32>().is_ok())
}

fn is_of_examples(name: &str) -> bool {
    plain(name).split('_').any(|word| OF_EXAMPLES.contains(&word))
}

/// The row numbers of pandas: 0, 1, 2 and so on.
fn is_row_number(name: &str, column: &Column) -> bool {
    let Column::Numbers(cells) = column else { return false };
    is_unnamed(name) && cells.iter().enumerate().all(|(row, cell)| *cell == row as f64)
}

/// A table in long form: `step, tag, value`.
fn is_long(table: &Table) -> bool {
    let is_names = |(name, column): &(String, Column)| {
        OF_VALUES.contains(&plain(name).as_str()) && matches!(column, Column::Texts(_))
    };
    table.columns.iter().any(is_names) && table.columns.iter().any(|(name, _)| plain(name) == "value")
}

/// Whether a column rises from row to row (`false`) or falls (`true`); `None` if it does neither, is empty in most rows,
/// or several rows with one number of it have a value for one thing.
fn along(table: &Table, clock: &Column) -> Option<bool> {
    let places = places(clock)?;
    let (first, last) = (places.first()?, places.last()?);
    let newest_first = *last < *first;
    let goes_on = |two: &[Place<'_>]| if newest_first { two[1] <= two[0] } else { two[0] <= two[1] };
    let is_told = 2 * places.len() >= length(clock);
    let goes_one_way = is_told && first != last && places.windows(2).all(goes_on);
    (goes_one_way && !meets(table, clock)).then_some(newest_first)
}

/// Where a row stands: a number, or a date as text, of which the later is the greater.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
enum Place<'a> {
    Number(f64),
    Date(&'a str),
}

/// The places of the rows that have one; `None` if the column holds words.
fn places(clock: &Column) -> Option<Vec<Place<'_>>> {
    match clock {
        Column::Numbers(cells) => {
            Some(cells.iter().filter(|cell| !cell.is_nan()).map(|cell| Place::Number(*cell)).collect())
        }
        Column::Texts(cells) => {
            let dates = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
            dates.map(|date| is_date(date).then_some(Place::Date(date))).collect()
        }
    }
}

/// Whether a text begins as ISO 8601 does, with a year and a month, so that later dates are greater texts.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 7
        && bytes
            .iter()
            .take(7)
            .enumerate()
            .all(|(at, byte)| if at == 4 { *byte == b'-' } else { byte.is_ascii_digit() })
}

/// Whether several rows stand at one place and have a value in the same column. Loggers write the train and the
/// validation values of a step into rows of their own, and those of a batch count on by another column.
fn meets(table: &Table, clock: &Column) -> bool {
    let others: Vec<&Column> =
        counters(table).map(|(_, column)| column).filter(|column| !std::ptr::eq(*column, clock)).collect();
    let values: Vec<&Column> =
        table.columns.iter().filter(|(name, _)| !is_clock(name)).map(|(_, column)| column).collect();
    // In which group of rows a column had a value last.
    let mut filled = vec![0; values.len()];
    let mut group = 0;
    for row in 0..length(clock) {
        let is_next = row == 0 || !is_same(clock, row) || others.iter().any(|other| rises(other, row));
        group += usize::from(is_next);
        for (last, column) in filled.iter_mut().zip(&values) {
            if is_filled(column, row) && std::mem::replace(last, group) == group {
                return true;
            }
        }
    }
    false
}

/// Whether a row stands where the one before it does.
fn is_same(clock: &Column, row: usize) -> bool {
    match clock {
        Column::Numbers(cells) => cells[row] == cells[row - 1],
        Column::Texts(cells) => cells[row] == cells[row - 1],
    }
}

fn rises(counter: &Column, row: usize) -> bool {
    matches!(counter, Column::Numbers(cells) if cells[row] > cells[row - 1])
}

fn is_filled(column: &Column, row: usize) -> bool {
    match column {
        Column::Numbers(cells) => has_value(cells[row]),
        Column::Texts(cells) => !cells[row].trim().is_empty(),
    }
}

/// A NaN that is spelt out is what a diverged run logs; an empty cell is none.
fn has_value(cell: f64) -> bool {
    !cell.is_nan() || is_spelt_out(cell)
}

/// The last value of each column of numbers that is no clock.
fn last_values(table: &Table, newest_first: bool, is_clock: impl Fn(&str) -> bool) -> Vec<(String, Scalar)> {
    let last = |column: &Column| match column {
        Column::Numbers(cells) if newest_first => cells.iter().find(|cell| has_value(**cell)).copied(),
        Column::Numbers(cells) => cells.iter().rev().find(|cell| has_value(**cell)).copied(),
        Column::Texts(_) => None,
    };
    let columns = table.columns.iter().filter(|(name, _)| !is_clock(name));
    columns.filter_map(|(name, column)| Some((name.clone(), Scalar::Float(last(column)?)))).collect()
}

fn length(column: &Column) -> usize {
    match column {
        Column::Numbers(cells) => cells.len(),
        Column::Texts(cells) => cells.len(),
    }
}

#[cfg(test)]
mod tests;
