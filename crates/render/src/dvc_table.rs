//! DVC's tables: as Markdown exactly as DVC prints them, and for a terminal with aligned numbers.

use std::cmp::Ordering;
use std::iter;

use super::dvc::number;
use super::rounding::rounded;
use cml_base::text;
use cml_compare::{FileChanges, KeyChange};
use cml_tracked::{Content, Value, dotted, key_order, pytext};

/// Rows of clean cells, in one text: of a hundred thousand rows each cell would else be memory of its own.
#[derive(Debug, Default)]
pub struct Rows {
    text: String,
    /// Where each cell ends.
    ends: Vec<usize>,
    markdown: bool,
}

impl Rows {
    fn new(layout: Layout) -> Self {
        Self { markdown: layout.markdown, ..Self::default() }
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Adds a cell: what `write` appends, without what would break the line or steer a terminal.
    fn cell(&mut self, write: impl FnOnce(&mut String)) {
        let start = self.text.len();
        write(&mut self.text);
        let cell = &self.text[start..];
        let is_word = |byte| matches!(byte, b'!'..=b'~') && !matches!(byte, b':' | b'#');
        let is_clean = cell.bytes().all(is_word) || cell == clean(cell, self.markdown);
        if !is_clean {
            let cell = clean(cell, self.markdown);
            self.text.replace_range(start.., &cell);
        }
        self.ends.push(self.text.len());
    }

    /// The cells in turn; a table knows how many are a row.
    fn cells(&self) -> impl Iterator<Item = &str> {
        let starts = iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.text[start..*end])
    }
}

/// How a table is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// A Markdown table, else text for a terminal.
    pub markdown: bool,
    /// Whether paths are shown.
    pub path: bool,
    /// Whether the change is shown.
    pub change: bool,
    /// To how many digits after the point floats are rounded, if at all; below zero, before it.
    pub precision: Option<i32>,
}

/// One file's rows of [`diff_table`].
pub fn change_rows(file: &FileChanges, layout: Layout) -> Rows {
    let mut rows = Rows::new(layout);
    for KeyChange { key, old, new, delta } in &file.changes {
        if layout.path {
            rows.cell(|out| out.push_str(&file.path));
        }
        rows.cell(|out| match key {
            Value::Text(key) => out.push_str(key),
            key => out.push_str(&key.key_text()),
        });
        rows.cell(|out| show(out, old, layout.precision));
        rows.cell(|out| show(out, new, layout.precision));
        if layout.change {
            rows.cell(|out| match delta {
                Some(delta) => show(out, &number(delta), layout.precision),
                None => out.push('-'),
            });
        }
    }
    rows
}

/// A table of changes; `title` heads the keys (`Metric`), the revisions head their columns.
pub fn diff_table(rows: &[Rows], title: &str, revisions: [&str; 2], layout: Layout) -> String {
    let mut headers = vec![title, revisions[0], revisions[1]];
    if layout.path {
        headers.insert(0, "Path");
    }
    if layout.change {
        headers.push("Change");
    }
    table(&headers, rows, 1 + usize::from(layout.path), layout.markdown)
}

/// A table of one or more revisions' values: a row for each file, a column for each key.
pub fn show_table(revisions: &[(String, Vec<Content>)], layout: Layout) -> String {
    let mut rows = Vec::new();
    let mut keys: Vec<Value> = Vec::new();
    for (revision, files) in revisions {
        for file in files {
            // A file that cannot be read has a row without values.
            let cells =
                file.value.as_ref().map_or_else(|_| Vec::new(), |value| cells(value, layout.precision));
            keys.extend(cells.iter().map(|(key, _)| key.clone()));
            rows.push((revision.as_str(), file.path.as_str(), cells));
        }
    }
    keys.sort_by(key_order);
    keys.dedup_by(|a, b| key_order(a, b) == Ordering::Equal);
    let several = revisions.len() > 1;
    let mut headers = if several { vec!["Revision", "Path"] } else { vec!["Path"] };
    let names: Vec<String> = keys.iter().map(Value::key_text).collect();
    headers.extend(names.iter().map(String::as_str));
    let mut table_rows = Rows::new(layout);
    for (revision, path, cells) in &rows {
        if several {
            table_rows.cell(|out| out.push_str(revision));
        }
        table_rows.cell(|out| out.push_str(path));
        for key in &keys {
            let found = cells.binary_search_by(|(known, _)| key_order(known, key)).ok();
            let cell = found.and_then(|at| cells.get(at)).map_or("-", |(_, cell)| cell.as_str());
            table_rows.cell(|out| out.push_str(cell));
        }
    }
    table(&headers, &[table_rows], 1 + usize::from(several), layout.markdown)
}

/// The values of a file with their keys, in the order of these; of a key that is spelt twice the later one.
fn cells(value: &Value, precision: Option<i32>) -> Vec<(Value, String)> {
    let shown = |value: &Value| {
        let mut cell = String::new();
        show(&mut cell, value, precision);
        cell
    };
    let Value::Map(pairs) = value else { return vec![(Value::Text(String::new()), shown(value))] };
    let mut cells = Vec::new();
    dotted(pairs.clone(), &mut |key, value| cells.push((key, shown(&value))));
    cells.reverse();
    cells.sort_by(|(a, _), (b, _)| key_order(a, b));
    cells.dedup_by(|(a, _), (b, _)| key_order(a, b) == Ordering::Equal);
    cells
}

/// Appends a value as Python prints it; floats rounded; null is a dash.
fn show(out: &mut String, value: &Value, precision: Option<i32>) {
    match (value, precision) {
        (Value::Null, _) => out.push('-'),
        (Value::Float(number), Some(precision)) => pytext::write_float(out, rounded(*number, precision)),
        (Value::Text(text), _) => out.push_str(text),
        (Value::List(items), Some(precision)) => {
            let items = items.iter().map(|item| match item {
                Value::Float(number) => Value::Float(rounded(*number, precision)),
                other => other.clone(),
            });
            out.push_str(&pytext::str(&Value::List(items.collect())));
        }
        (value, _) => out.push_str(&pytext::str(value)),
    }
}

/// The text of a cell: DVC's own, but for what would break the line, steer a terminal or be obeyed by a CI. A cell of
/// Markdown may have several lines.
fn clean(text: &str, markdown: bool) -> String {
    safe(text.trim(), markdown)
}

fn safe(text: &str, markdown: bool) -> String {
    let shown = if markdown { text::cell_lines(text) } else { text::one_line(text) };
    text::inert(&shown).replace('\t', " ")
}

/// Lays a table of clean cells out. The first `texts` columns hold words, the others numbers.
fn table(headers: &[&str], rows: &[Rows], texts: usize, markdown: bool) -> String {
    let headers: Vec<String> = headers.iter().map(|text| header(text, markdown)).collect();
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    let extra = if markdown { 2 } else { 0 };
    let widest = |text: &str| text.split('\n').map(width).max().unwrap_or(0);
    let mut widths: Vec<usize> = headers.iter().map(|text| widest(text) + extra).collect();
    for (at, cell) in rows.iter().flat_map(|rows| rows.cells().enumerate()) {
        let known = &mut widths[at % headers.len()];
        *known = widest(cell).max(*known);
    }
    let count: usize = rows.iter().map(|rows| rows.ends.len()).sum::<usize>() / headers.len() + 2;
    let mut out = String::with_capacity(count * (widths.iter().sum::<usize>() + 3 * widths.len() + 2));
    if markdown {
        markdown_row(&mut out, &headers, &widths);
        for wide in &widths {
            out.push('|');
            out.extend(iter::repeat_n('-', wide + 2));
        }
        out.push_str("|\n");
    } else {
        terminal_line(&mut out, &headers, &widths, texts);
    }
    let mut row = Vec::with_capacity(headers.len());
    for cell in rows.iter().flat_map(Rows::cells) {
        row.push(cell);
        if row.len() < headers.len() {
            continue;
        }
        if markdown {
            markdown_row(&mut out, &row, &widths);
        } else {
            terminal_line(&mut out, &row, &widths, texts);
        }
        row.clear();
    }
    out.push_str(if markdown { "\n" } else { "" });
    out
}

/// The text of a header, in which Python's tabulate takes CR LF for two ends of a line, and strips nothing.
fn header(text: &str, markdown: bool) -> String {
    if !markdown {
        return clean(text, markdown);
    }
    text.split(['\n', '\r']).map(|line| safe(line, markdown)).collect::<Vec<_>>().join("\n")
}

/// A row of as many lines as its longest cell.
fn markdown_row(out: &mut String, row: &[&str], widths: &[usize]) {
    let height = row.iter().map(|cell| cell.split('\n').count()).max().unwrap_or(1);
    if height == 1 {
        return markdown_line(out, row.iter().copied(), widths);
    }
    for at in 0..height {
        markdown_line(out, row.iter().map(|cell| cell.split('\n').nth(at).unwrap_or("")), widths);
    }
}

fn markdown_line<'c>(out: &mut String, cells: impl Iterator<Item = &'c str>, widths: &[usize]) {
    for (cell, wide) in cells.zip(widths) {
        out.push_str("| ");
        out.push_str(cell);
        pad(out, wide.saturating_sub(width(cell)) + 1);
    }
    out.push_str("|\n");
}

fn terminal_line(out: &mut String, cells: &[&str], widths: &[usize], texts: usize) {
    let start = out.len();
    for (at, (cell, wide)) in cells.iter().zip(widths).enumerate() {
        pad(out, if at > 0 { 2 } else { 0 });
        let missing = wide.saturating_sub(width(cell));
        pad(out, if at < texts { 0 } else { missing });
        out.push_str(cell);
        pad(out, if at < texts { missing } else { 0 });
    }
    out.truncate(start + out[start..].trim_end().len());
    out.push('\n');
}

fn pad(out: &mut String, columns: usize) {
    out.extend(iter::repeat_n(' ', columns));
}

/// How many columns a text takes: wide East Asian characters and emoji two, marks that combine none.
fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let wide = |c: char| match u32::from(c) {
        _ if text::is_zero_width(c) => 0,
        0x1100..=0x115f
        | 0x2e80..=0x303e
        | 0x3041..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1f64f
        | 0x1f680..=0x1f6ff
        | 0x1f900..=0x1f9ff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    };
    text.chars().map(wide).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cml_report::Delta;

    fn file(key: &str, old: Value, new: Value, delta: Option<Delta>) -> FileChanges {
        FileChanges {
            path: "m.json".into(),
            changes: vec![KeyChange { key: Value::Text(key.into()), old, new, delta }],
        }
    }

    fn table_of(file: &FileChanges, title: &str, revisions: [&str; 2], layout: Layout) -> String {
        diff_table(&[change_rows(file, layout)], title, revisions, layout)
    }

    const MARKDOWN: Layout = Layout { markdown: true, path: true, change: true, precision: Some(5) };

    #[test]
    fn markdown_is_dvcs_own() {
        let files =
            file("acc", Value::Float(0.91), Value::Float(0.934_567_8), Some(Delta::Float(0.024_567_8)));
        assert_eq!(
            table_of(&files, "Metric", ["main", "feature"], MARKDOWN),
            "| Path   | Metric   | main   | feature   | Change   |\n|--------|----------|--------|-----------|----------|\n| m.json | acc      | 0.91   | 0.93457   | 0.02457  |\n\n"
        );
        let files = file("k", Value::Null, Value::Text(" a\nb ".into()), None);
        let layout = Layout { change: false, path: false, precision: None, ..MARKDOWN };
        assert_eq!(
            table_of(&files, "Param", ["a", "b"], layout),
            "| Param   | a   | b   |\n|---------|-----|-----|\n| k       | -   | a   |\n|         |     | b   |\n\n"
        );
    }

    #[test]
    fn a_terminal_sees_aligned_numbers_and_no_commands() {
        let files = file("acc\u{1b}[31m", Value::Float(0.5), Value::Float(10.25), Some(Delta::Float(9.75)));
        assert_eq!(
            table_of(&files, "Metric", ["main", "feature"], Layout { markdown: false, ..MARKDOWN }),
            "Path    Metric         main  feature  Change\nm.json  acc\\u{1b}[31m   0.5    10.25    9.75\n"
        );
    }
}
