//! Plot data as DVC's commands show it: rows of named cells, CSV as text, anything else with its types.

use std::collections::{BTreeMap, HashMap};

use super::table::{MOST_CELLS, MOST_COLUMNS, each_record};
use super::value::Value;

/// One cell of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    Text(&'a str),
    Value(&'a Value),
}

/// Rows of plot data.
#[derive(Debug, Clone, Default)]
pub struct Records {
    names: Vec<String>,
    index: HashMap<String, usize>,
    rows: usize,
    cells: Cells,
    /// The column that is drawn if none is named; an error if that cannot be told.
    pub default_y: Option<String>,
    /// Why the rows cannot be drawn at all.
    pub problem: Option<String>,
}

#[derive(Debug, Clone)]
enum Cells {
    /// All cells one behind the other, row by row, and where each ends.
    Text { text: String, ends: Vec<u32>, width: usize, source: Vec<usize>, short: BTreeMap<usize, usize> },
    /// By column; a row may lack a cell.
    Values(Vec<Vec<Option<Value>>>),
}

impl Default for Cells {
    fn default() -> Self {
        Self::Values(Vec::new())
    }
}

const NULL: Value = Value::Null;

impl Records {
    /// The columns, in the order of the file.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn column(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// A cell; `None` if the row has no such key.
    pub fn cell(&self, row: usize, column: usize) -> Option<Cell<'_>> {
        match &self.cells {
            Cells::Text { text, ends, width, source, short } => {
                let column = *source.get(column)?;
                if short.get(&row).is_some_and(|length| column >= *length) {
                    return Some(Cell::Value(&NULL));
                }
                let at = row * width + column;
                let start = if at == 0 { 0 } else { *ends.get(at - 1)? };
                Some(Cell::Text(text.get(start as usize..*ends.get(at)? as usize)?))
            }
            Cells::Values(columns) => columns.get(column)?.get(row)?.as_ref().map(Cell::Value),
        }
    }

    fn failed(what: impl Into<String>) -> Self {
        Self { problem: Some(what.into()), ..Self::default() }
    }

    fn with_names(names: Vec<String>) -> Self {
        let index = names.iter().enumerate().map(|(at, name)| (name.clone(), at)).collect();
        Self { names, index, ..Self::default() }
    }
}

/// Reads delimited text; line ends inside of cells become `\n`. `None` without any row.
pub fn from_delimited(text: &str, delimiter: u8, header: bool) -> Option<Records> {
    let unix;
    let text = if text.contains('\r') {
        unix = text.replace("\r\n", "\n").replace('\r', "\n");
        unix.as_str()
    } else {
        text
    };
    let (mut names, mut rows) = (Vec::<String>::new(), 0);
    let (mut all, mut ends, mut short) = (String::new(), Vec::new(), BTreeMap::new());
    let read = each_record(text, delimiter, |record, line| {
        let error = |what: String| super::value::ParseError { line, column: 1, what, kind: None };
        if names.is_empty() {
            names = record.iter().map(str::to_owned).collect();
            if names.len() > MOST_COLUMNS {
                return Err(error(format!("more than {MOST_COLUMNS} columns; keep fewer")));
            }
            // The reader drops a byte order mark; to DVC it is a part of the name.
            if text.starts_with('\u{feff}')
                && let Some(first) = names.first_mut()
            {
                first.insert(0, '\u{feff}');
            }
            if header {
                return Ok(());
            }
            names = (0..names.len()).map(|index| index.to_string()).collect();
        }
        if record.len() > names.len() {
            let what =
                format!("{} cells, but the first line has {}; correct the row", record.len(), names.len());
            return Err(error(what));
        }
        if (rows + 1) * names.len() > MOST_CELLS {
            return Err(error(format!("more than {MOST_CELLS} cells; keep fewer rows or columns")));
        }
        for cell in record {
            all.push_str(cell);
            ends.push(u32::try_from(all.len()).unwrap_or(u32::MAX));
        }
        if record.len() < names.len() {
            short.insert(rows, record.len());
            ends.resize((rows + 1) * names.len(), u32::try_from(all.len()).unwrap_or(u32::MAX));
        }
        rows += 1;
        Ok(())
    });
    if let Err(error) = read {
        return Some(Records::failed(error.to_string()));
    }
    // Of two columns with one name the last stands, at the place of the first.
    let mut last: HashMap<&str, usize> = HashMap::new();
    let mut unique: Vec<&str> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        if last.insert(name, at).is_none() {
            unique.push(name);
        }
    }
    let source = unique.iter().filter_map(|name| last.get(name).copied()).collect();
    let mut records = Records::with_names(unique.into_iter().map(str::to_owned).collect());
    records.default_y = records.names.last().cloned();
    records.rows = rows;
    records.cells = Cells::Text { text: all, ends, width: names.len(), source, short };
    (rows > 0).then_some(records)
}

/// Takes the rows from a list of maps, or from all lists of a map, merged by their index. `None` if there is nothing.
pub fn from_value(value: &Value) -> Option<Records> {
    if value.is_falsy() {
        return None;
    }
    if !matches!(value, Value::Map(_) | Value::List(_) | Value::Tuple(_)) {
        return Some(Records::failed("the file holds a single value and no points; write a list of objects"));
    }
    let mut lists = Vec::new();
    collect(value, &mut lists);
    if lists.iter().any(|list| list.is_empty()) {
        return Some(Records::failed(
            "a list in the file is empty; write at least one point, or leave it out",
        ));
    }
    let first = lists.iter().find(|list| list.iter().all(|item| matches!(item, Value::Map(_))));
    let default_y = first.and_then(|list| list[0].pairs().last()).map(|(key, _)| key_name(key));
    let mut names: Vec<String> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    let mut columns: Vec<Vec<Option<Value>>> = Vec::new();
    let mut rows = 0;
    for list in lists.into_iter().filter(|list| same_keys(list)) {
        for (row, item) in list.iter().enumerate() {
            rows = rows.max(row + 1);
            for (key, cell) in item.pairs() {
                let name = key_name(key);
                let at = *index.entry(name.clone()).or_insert_with(|| {
                    names.push(name);
                    columns.push(Vec::new());
                    columns.len() - 1
                });
                if rows * columns.len() > MOST_CELLS || columns.len() > MOST_COLUMNS {
                    return Some(Records::failed(format!(
                        "more than {MOST_CELLS} cells or {MOST_COLUMNS} columns; keep fewer"
                    )));
                }
                if columns[at].len() <= row {
                    columns[at].resize(row + 1, None);
                }
                columns[at][row] = Some(cell.clone());
            }
        }
    }
    Some(Records { names, index, rows, cells: Cells::Values(columns), default_y, problem: None })
}

/// A key as JSON writes it.
fn key_name(key: &Value) -> String {
    match key {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        other => other.key_text(),
    }
}

fn collect<'a>(value: &'a Value, lists: &mut Vec<&'a [Value]>) {
    match value {
        Value::List(items) => lists.push(items),
        Value::Map(pairs) => {
            for (_, inner) in pairs {
                if matches!(inner, Value::Map(_) | Value::List(_)) {
                    collect(inner, lists);
                }
            }
        }
        _ => {}
    }
}

/// Points are maps, and no later one has a key that the first lacks.
fn same_keys(list: &[Value]) -> bool {
    let Some(Value::Map(first)) = list.first() else { return false };
    let first: std::collections::HashSet<String> = first.iter().map(|(key, _)| key_name(key)).collect();
    list.iter().all(|item| {
        matches!(item, Value::Map(pairs) if pairs.iter().all(|(key, _)| first.contains(&key_name(key))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{json, pytext};

    fn shown(records: Option<&Records>) -> String {
        let Some(records) = records else { return "nothing".to_owned() };
        if let Some(problem) = &records.problem {
            return problem.clone();
        }
        let cell = |row, column| match records.cell(row, column) {
            None => "-".to_owned(),
            Some(Cell::Text(text)) => format!("{text:?}"),
            Some(Cell::Value(value)) => pytext::repr(value),
        };
        let rows = (0..records.rows()).map(|row| {
            let cells: Vec<String> = (0..records.names().len()).map(|column| cell(row, column)).collect();
            cells.join(" ")
        });
        let y = records.default_y.as_deref().unwrap_or("none");
        format!("{} | {} | y={y}", records.names().join(" "), rows.collect::<Vec<_>>().join(" / "))
    }

    #[test]
    fn delimited_text_stays_text() {
        let check = |text: &str, expected: &str| {
            assert_eq!(shown(from_delimited(text, b',', true).as_ref()), expected, "{text}");
        };
        check("a,b\n1,\"x\r\ny\"\n\n2\n", "a b | \"1\" \"x\\ny\" / \"2\" None | y=b");
        check("a,b,a\n1,2,3\n4\n", "a b | \"3\" \"2\" / None None | y=b");
        check("\u{feff}a\n1\n", "\u{feff}a | \"1\" | y=\u{feff}a");
        check("a\n1,2\n", "line 2, column 1: 2 cells, but the first line has 1; correct the row");
        check("a,b\n", "nothing");
        check("", "nothing");
        assert_eq!(shown(from_delimited("1\t2\n", b'\t', false).as_ref()), "0 1 | \"1\" \"2\" | y=1");
    }

    #[test]
    fn lists_of_maps_are_merged_by_index() {
        let check = |text: &str, expected: &str| {
            assert_eq!(shown(from_value(&json::parse(text).unwrap()).as_ref()), expected, "{text}");
        };
        check(r#"[{"a": 1, "b": null}, {"a": 2}]"#, "a b | 1 None / 2 - | y=b");
        check(r#"{"r": [{"f": 0}, {"f": 1}], "d": {"q": [{"t": 2}]}}"#, "f t | 0 2 / 1 - | y=f");
        check(r#"[{"a": 1}, {"b": 2}]"#, " |  | y=a");
        check(r#"[1, 2]"#, " |  | y=none");
        check(r#"{"a": []}"#, "a list in the file is empty; write at least one point, or leave it out");
        check("5", "the file holds a single value and no points; write a list of objects");
        check("[]", "nothing");
    }

    #[test]
    fn a_million_columns_are_refused() {
        let text = format!("{}\n1\n", "a,".repeat(1_000_000));
        assert!(shown(from_delimited(&text, b',', true).as_ref()).contains("more than 10000 columns"));
    }
}
