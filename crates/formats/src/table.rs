//! Plot data into columns: CSV and TSV text, or the lists that a JSON, YAML or TOML file holds.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord};
use num_traits::ToPrimitive as _;

use super::model::{Column, Table, spelt};
use super::pytext;
use super::value::{ParseError, Value};
use cml_base::parallel;

/// The most cells of one table; sparse rows under a wide header could otherwise fill the memory.
pub const MOST_CELLS: usize = 50_000_000;

/// In bytes: from here on a table is read in parts of about this size.
const LARGE: usize = 1 << 20;

/// The most columns of one table.
pub const MOST_COLUMNS: usize = 10_000;

fn too_large() -> ParseError {
    let what = format!("more than {MOST_CELLS} cells or {MOST_COLUMNS} columns; keep fewer rows or columns");
    ParseError { line: 1, column: 1, what, kind: None }
}

/// Reads delimited text. Without a header the columns are called 0, 1, and so on.
pub fn from_delimited(text: &str, delimiter: u8, header: bool) -> Result<Table, ParseError> {
    within(text, delimiter, header, MOST_CELLS)
}

fn within(text: &str, delimiter: u8, header: bool, most_cells: usize) -> Result<Table, ParseError> {
    if text.len() >= LARGE
        && let Some(table) = side_by_side(text, delimiter, header, most_cells)
    {
        return Ok(table);
    }
    let mut columns: Vec<(String, Vec<f64>, bool)> = Vec::new();
    let mut rows = 0;
    each_record(text, delimiter, |record, line| {
        if columns.is_empty() {
            if record.len() > MOST_COLUMNS {
                return Err(too_large());
            }
            let names = record.iter().enumerate();
            columns = names
                .map(|(index, cell)| {
                    (if header { cell.trim().to_owned() } else { index.to_string() }, Vec::new(), true)
                })
                .collect();
            if header {
                return Ok(());
            }
        }
        if record.len() > columns.len() {
            let what =
                format!("{} cells, but the first line has {}; correct the row", record.len(), columns.len());
            return Err(ParseError { line, column: 1, what, kind: None });
        }
        rows += 1;
        if rows * columns.len() > most_cells {
            return Err(too_large());
        }
        for (index, (_, numbers, numeric)) in columns.iter_mut().enumerate().filter(|(_, column)| column.2) {
            match number(record.get(index).unwrap_or_default()) {
                Some(cell) => numbers.push(cell),
                None => (*numeric, *numbers) = (false, Vec::new()),
            }
        }
        Ok(())
    })?;
    let mut texts: Vec<Vec<String>> = vec![Vec::new(); columns.len()];
    if columns.iter().any(|column| !column.2) {
        let mut skip = header;
        each_record(text, delimiter, |record, _| {
            if !std::mem::take(&mut skip) {
                for (index, cells) in texts.iter_mut().enumerate().filter(|(index, _)| !columns[*index].2) {
                    cells.push(record.get(index).unwrap_or_default().to_owned());
                }
            }
            Ok(())
        })?;
    }
    let columns = columns.into_iter().zip(texts).map(|((name, numbers, numeric), cells)| {
        (name, if numeric { Column::Numbers(numbers) } else { Column::Texts(cells) })
    });
    Ok(table_of(columns))
}

/// Of two columns with one name the last stands.
fn table_of(columns: impl Iterator<Item = (String, Column)>) -> Table {
    let mut table = Table::default();
    for (name, column) in columns {
        table.columns.retain(|(other, _)| *other != name);
        table.columns.push((name, column));
    }
    table
}

/// A large table of numbers alone: without quotes every line break ends a row, so its parts can be read side by side.
/// `None`: it is something else, too large, or broken, and is to be read from its begin to its end.
fn side_by_side(text: &str, delimiter: u8, header: bool, most_cells: usize) -> Option<Table> {
    let (first, below) = text.split_once('\n')?;
    // A `\r` alone ends a row, too: such a first line would be several.
    if text.contains('"') || first.trim_end_matches('\r').contains('\r') {
        return None;
    }
    let mut names = Vec::new();
    let name = |(index, cell): (usize, &str)| if header { cell.trim().to_owned() } else { index.to_string() };
    let take = |record: &StringRecord, _| {
        names = record.iter().enumerate().map(name).collect();
        Ok(())
    };
    each_record(first, delimiter, take).ok()?;
    // No row is shorter than its end; each takes a cell of every column, written or not.
    let rows = text.bytes().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    if names.is_empty() || names.len() > MOST_COLUMNS || rows.saturating_mul(names.len()) > most_cells {
        return None;
    }
    let parts = parts(if header { below } else { text });
    let mut parts = parallel::map(parts, |part| numbers(part, delimiter, names.len())).into_iter();
    let mut columns = parts.next()??;
    for part in parts {
        columns.iter_mut().zip(part?).for_each(|(column, more)| column.extend(more));
    }
    Some(table_of(names.into_iter().zip(columns.into_iter().map(Column::Numbers))))
}

/// Cuts a text behind line breaks into parts that are about [`LARGE`].
fn parts(mut text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    while let Some(end) = text.as_bytes().iter().skip(LARGE).position(|byte| *byte == b'\n') {
        let (part, rest) = text.split_at(LARGE + end + 1);
        parts.push(part);
        text = rest;
    }
    parts.push(text);
    parts
}

/// The columns of a text without a header; `None` if a cell is no number, or a row too long.
fn numbers(text: &str, delimiter: u8, count: usize) -> Option<Vec<Vec<f64>>> {
    let mut columns = vec![Vec::new(); count];
    let other = || ParseError { line: 1, column: 1, what: String::new(), kind: None };
    let take = |record: &StringRecord, _| {
        if record.len() > count {
            return Err(other());
        }
        for (index, column) in columns.iter_mut().enumerate() {
            column.push(number(record.get(index).unwrap_or_default()).ok_or_else(other)?);
        }
        Ok(())
    };
    each_record(text, delimiter, take).ok().map(|()| columns)
}

pub fn each_record(
    text: &str,
    delimiter: u8,
    mut take: impl FnMut(&StringRecord, usize) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => {
                let line = error.position().map_or(1, |place| usize::try_from(place.line()).unwrap_or(1));
                return Err(ParseError {
                    line,
                    column: 1,
                    what: format!("{error}; correct the row"),
                    kind: None,
                });
            }
        }
        let line = record.position().map_or(1, |place| usize::try_from(place.line()).unwrap_or(1));
        take(&record, line)?;
    }
}

/// The number of a cell; an empty cell is NaN; `None` if it is text.
fn number(cell: &str) -> Option<f64> {
    let cell = cell.trim();
    if cell.is_empty() { Some(f64::NAN) } else { cell.parse().ok().map(spelt) }
}

/// The rows of a list of maps, or of all such lists in a map side by side; lists of plain values are columns.
pub fn from_value(value: &Value) -> Result<Table, ParseError> {
    let mut lists = Vec::new();
    let mut bare = Vec::new();
    collect_lists(value, "", &mut lists, &mut bare);
    let mut gathered = Gathered::default();
    if lists.is_empty() {
        for (name, items) in bare {
            for (row, item) in items.iter().enumerate() {
                gathered.put(name, row, item)?;
            }
        }
    }
    for items in lists {
        for (row, item) in items.iter().enumerate() {
            for (key, cell) in item.pairs() {
                gathered.put(&key.key_text(), row, cell)?;
            }
        }
    }
    gathered.finish()
}

type Lists<'a> = Vec<&'a [Value]>;

fn collect_lists<'a>(
    value: &'a Value,
    name: &'a str,
    lists: &mut Lists<'a>,
    bare: &mut Vec<(&'a str, &'a [Value])>,
) {
    match value {
        Value::List(items) if items.iter().any(|item| matches!(item, Value::Map(_))) => lists.push(items),
        Value::List(items) if !items.is_empty() && !name.is_empty() => bare.push((name, items)),
        Value::Map(pairs) => {
            for (key, inner) in pairs {
                collect_lists(inner, key.as_text().unwrap_or_default(), lists, bare);
            }
        }
        _ => {}
    }
}

#[derive(Default)]
struct Gathered<'a> {
    columns: Vec<(String, Vec<Option<&'a Value>>)>,
    index: HashMap<String, usize>,
    rows: usize,
}

impl<'a> Gathered<'a> {
    fn put(&mut self, name: &str, row: usize, cell: &'a Value) -> Result<(), ParseError> {
        let at = *self.index.entry(name.to_owned()).or_insert_with(|| {
            self.columns.push((name.to_owned(), Vec::new()));
            self.columns.len() - 1
        });
        self.rows = self.rows.max(row + 1);
        if self.rows * self.columns.len() > MOST_CELLS || self.columns.len() > MOST_COLUMNS {
            return Err(too_large());
        }
        let cells = &mut self.columns[at].1;
        if cells.len() <= row {
            cells.resize(row + 1, None);
        }
        cells[row] = Some(cell);
        Ok(())
    }

    fn finish(self) -> Result<Table, ParseError> {
        let rows = self.rows;
        let columns = self.columns.into_iter().filter_map(|(name, mut cells)| {
            cells.resize(rows, None);
            Some((name, column(&cells)?))
        });
        Ok(Table { columns: columns.collect() })
    }
}

/// Numbers if all cells are; `None` if the cells are lists or maps, which no picture can show.
fn column(cells: &[Option<&Value>]) -> Option<Column> {
    let is_nested =
        |cell: &Option<&Value>| matches!(cell, Some(Value::List(_) | Value::Tuple(_) | Value::Map(_)));
    if cells.iter().any(is_nested) {
        return None;
    }
    let numbers: Option<Vec<f64>> = cells
        .iter()
        .map(|cell| match cell {
            None | Some(Value::Null) => Some(f64::NAN),
            Some(Value::Int(number)) => number.to_f64(),
            Some(Value::Float(number)) => Some(spelt(*number)),
            // Numbers in quotes are what a script makes of a CSV file.
            Some(Value::Text(text)) => number(text),
            Some(_) => None,
        })
        .collect();
    Some(match numbers {
        Some(numbers) => Column::Numbers(numbers),
        None => Column::Texts(cells.iter().map(|cell| cell.map_or_else(String::new, cell_text)).collect()),
    })
}

fn cell_text(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::Bool(flag) => flag.to_string(),
        Value::Text(text) => text.clone(),
        Value::Other(other) => other.shown().to_owned(),
        other => pytext::repr(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn shown(table: Result<Table, ParseError>) -> String {
        match table {
            Ok(table) => table
                .columns
                .iter()
                .map(|(name, column)| match column {
                    Column::Numbers(cells) => format!("{name}={cells:?} "),
                    Column::Texts(cells) => format!("{name}={cells:?} "),
                })
                .collect(),
            Err(error) => format!("{}: {}", error.line, error.what),
        }
    }

    #[test]
    fn delimited_text_becomes_columns() {
        let check = |text: &str, expected: &str| {
            assert_eq!(shown(from_delimited(text, b',', true)).trim(), expected, "{text}")
        };
        check("step,loss\n0,1.5\n\n1,\n2", "step=[0.0, 1.0, 2.0] loss=[1.5, NaN, NaN]");
        check("a,p\ncat,1\n\"d,og\",x\n", "a=[\"cat\", \"d,og\"] p=[\"1\", \"x\"]");
        check("a,a\n1,2\n", "a=[2.0]");
        check("a\n1,2\n", "2: 2 cells, but the first line has 1; correct the row");
        check("a,b\n", "a=[] b=[]");
        assert_eq!(shown(from_delimited("1\t2\n3\t4\n", b'\t', false)).trim(), "0=[1.0, 3.0] 1=[2.0, 4.0]");
    }

    #[test]
    fn lists_of_maps_become_columns() {
        let check = |text: &str, expected: &str| {
            assert_eq!(shown(from_value(&json::parse(text).unwrap())).trim(), expected, "{text}");
        };
        check(r#"[{"a": 1, "b": "x"}, {"a": null, "c": 2}]"#, "a=[1.0, NaN] b=[\"x\", \"\"] c=[NaN, 2.0]");
        check(
            r#"{"roc": [{"fpr": 0}, {"fpr": 1}], "deep": {"q": [{"tpr": 2}]}}"#,
            "fpr=[0.0, 1.0] tpr=[2.0, NaN]",
        );
        check(r#"{"loss": [3, 2], "acc": [0.5]}"#, "loss=[3.0, 2.0] acc=[0.5, NaN]");
        check(r#"[{"a": [1]}]"#, "");
        check("5", "");
    }

    #[test]
    fn a_wide_header_over_many_short_rows_is_refused() {
        let text = format!("{}\n{}", "a,".repeat(9_000), "1\n".repeat(60));
        assert!(shown(within(&text, b',', true, 500_000)).contains("50000000 cells"));
    }

    #[test]
    fn a_large_table_is_the_same_in_parts() {
        let rows = |last: &str| {
            let rows: String =
                (0..150_000).map(|row| format!("{row},{}\r\n", f64::from(row) / 7.0)).collect();
            format!("a , b\n{rows}{last}")
        };
        let whole = |text: &str, header: bool| {
            // A quoted cell is read in one piece.
            let quoted = text.replacen("150", "\"150\"", 1);
            from_delimited(&quoted, b',', header)
        };
        for (text, header) in
            [(rows("7,"), true), (rows("7,8").replacen("a , b\n", "", 1), false), (rows("x,8"), true)]
        {
            assert!(text.len() > 2 * LARGE);
            let (table, expected) =
                (from_delimited(&text, b',', header).unwrap(), whole(&text, header).unwrap());
            let shown = |table: &Table| format!("{table:?}");
            assert_eq!(shown(&table), shown(&expected));
        }
        // Rows that end in `\r` alone are rows wherever they stand.
        let mixed = rows("7,8").replacen("a , b\n", "a , b\r1,2\r3,4\n", 1).replace("\r\n", "\n");
        assert_eq!(from_delimited(&mixed, b',', true).unwrap().columns[1].0, "b");
        assert_eq!(from_delimited(&mixed, b',', true), whole(&mixed, true));
        let broken = rows("1,2,3");
        assert_eq!(from_delimited(&broken, b',', true), whole(&broken, true));
    }

    #[test]
    fn a_wide_header_over_short_rows_is_refused_before_it_fills_the_memory() {
        let names: Vec<String> = (0..200).map(|name| name.to_string()).collect();
        let (text, most) = (format!("{}\n{}", names.join(","), "1\n".repeat(600_000)), 500_000);
        assert!(text.len() > LARGE && side_by_side(&text, b',', true, most).is_none());
        assert_eq!(within(&text, b',', true, most), Err(too_large()));
    }
}
