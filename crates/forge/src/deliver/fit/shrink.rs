//! A block without its middle: valid Markdown of the same kind, which says how much is missing.

use super::blocks::{Block, Kind};
use super::html::Open;
use super::size::{Size, counted, ends, without_middle};
use super::{DEEPEST, shorten};

/// Fences whose content is a program of a picture: a part of one is none.
const DRAWN: [&str; 5] = ["mermaid", "geojson", "topojson", "stl", "math"];

/// The block within the room; `None` if there is no room for anything of it. It ends with its line.
pub(super) fn shrink(block: &Block<'_>, room: Size, depth: usize) -> Option<String> {
    let room = room.minus(Size::ascii(2))?;
    let text = block.text.trim_end();
    if room.holds(Size::of(text)) {
        return Some(format!("{text}\n\n"));
    }
    let shrunk = match block.kind {
        Kind::Table => table(block, room),
        Kind::Fence => fence(text, room),
        Kind::Indented => lines(text, room, "    "),
        Kind::Bullets | Kind::Numbers(_) => list(block, room).or_else(|| item(block, room, depth)),
        Kind::Quote => quote(text, room, depth),
        Kind::Html => html(text, room),
        Kind::Text => lines(text, room, "").or_else(|| without_middle(text, room)),
    };
    let shrunk = shrunk.map(|text| text.trim_end().to_owned()).filter(|text| room.holds(Size::of(text)));
    Some(shrunk.or_else(|| as_source(text, room))? + "\n\n")
}

fn remark(count: usize, one: &str, many: &str) -> String {
    format!("… {} left out …", counted(count, one, many))
}

/// The text as it is written, where no part of it can stand alone.
fn as_source(text: &str, room: Size) -> Option<String> {
    let runs = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(runs.max(2) + 1);
    let room = room.minus(Size::ascii(2 * fence.len() + 2))?;
    Some(format!("{fence}\n{}\n{fence}", without_middle(text, room)?))
}

/// Its first and last parts with a remark between them; `frame` is the size of all else.
fn around(
    parts: &[&str],
    room: Size,
    frame: Size,
    remark: impl Fn(usize) -> String,
) -> Option<(String, usize)> {
    let longest = Size::of(&remark(parts.len())) + frame;
    let (front, back) = ends(parts, room.minus(longest)?);
    let missing = parts.len() - front - back;
    let text = parts[..front].concat() + &remark(missing) + &parts[parts.len() - back..].concat();
    Some((text, front + back))
}

fn table(block: &Block<'_>, room: Size) -> Option<String> {
    // The first is the header, the delimiters are no row.
    let first = *block.parts.get(1)?;
    let last = *block.parts.last()?;
    let end = block.text[last..].find('\n').map_or(block.text.len(), |at| last + at + 1);
    let header = &block.text[..first];
    let rows: Vec<&str> = block.text[first..end].split_inclusive('\n').collect();
    let behind = gap(&block.text[end..], room);
    let row = |count| format!("| {} |\n", remark(count, "row", "rows"));
    let frame = Size::of(header) + Size::of(&behind) + Size::ascii(1);
    let (rows, _) = around(&rows, room, frame, row)?;
    Some([header, &rows, &behind].concat())
}

/// What stands behind a block: definitions of links, if they are not long.
fn gap(text: &str, room: Size) -> String {
    let text = text.trim();
    if text.is_empty() || !room.share(4).holds(Size::of(text)) {
        String::new()
    } else {
        format!("\n{text}\n")
    }
}

fn fence(text: &str, room: Size) -> Option<String> {
    let (first, content) = text.split_once('\n')?;
    let bare = first.trim_start();
    let mark = bare.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = bare.chars().take_while(|c| *c == mark).count();
    let (start, info) = (&first[..first.len() - bare.len() + length], bare[length..].trim());
    let word = info.split(|c: char| c.is_whitespace() || c == '{').next().unwrap_or_default();
    let info = if DRAWN.contains(&word.to_ascii_lowercase().as_str()) { "text" } else { info };
    let is_close = |line: &&str| {
        let line = line.trim_end();
        let bare = line.trim_start_matches(' ');
        line.len() - bare.len() < 4 && bare.len() >= length && bare.chars().all(|c| c == mark)
    };
    let mut lines: Vec<&str> = content.split_inclusive('\n').collect();
    if let Some(close) = lines.iter().position(is_close) {
        lines.truncate(close);
    }
    let (open, close) = (format!("{start}{info}\n"), start);
    let frame = Size::of(&open) + Size::of(close) + Size::ascii(1);
    let line = |count| remark(count, "line", "lines") + "\n";
    let (inside, shown) = around(&lines, room, frame, line)?;
    let inside = match shown {
        0 => without_middle(lines.concat().trim_end(), room.minus(frame)?)? + "\n",
        _ => inside,
    };
    Some(if inside.ends_with('\n') {
        [&open, &inside, close].concat()
    } else {
        [&open, &inside, "\n", close].concat()
    })
}

/// Lines of text; `None` if not even the first has room.
fn lines(text: &str, room: Size, indent: &str) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let line = |count| format!("{indent}{}\n", remark(count, "line", "lines"));
    let (text, shown) = around(&lines, room, Size::default(), line)?;
    (shown > 0).then_some(text)
}

/// A list's items: bullets have the remark among them. Numbers go on behind it as they were written, if they were
/// written right.
fn list(block: &Block<'_>, room: Size) -> Option<String> {
    let text = block.text;
    let ends = block.parts.iter().skip(1).copied().chain([text.len()]);
    let items: Vec<&str> = block.parts.iter().zip(ends).map(|(&from, to)| &text[from..to]).collect();
    let start = text.trim_start_matches('\n');
    let start = &start[..start.find(|c: char| !c.is_whitespace()).unwrap_or(0) + 1];
    let words = |count| remark(count, "item", "items");
    let frame = Size::ascii(2);
    let (shown, count) = match block.kind {
        Kind::Numbers(first) => {
            let written = |index: usize| {
                let digits: String =
                    items[index].trim_start().chars().take_while(char::is_ascii_digit).collect();
                digits.parse() == Ok(first + index)
            };
            let item = |count| format!("\n{}\n\n", words(count));
            if (0..items.len()).all(written) {
                around(&items, room, frame, item)?
            } else {
                let (front, _) = ends_of_front(&items, room.minus(frame + Size::of(&item(items.len())))?);
                (items[..front].concat() + &item(items.len() - front), front)
            }
        }
        _ => around(&items, room, frame, |count| format!("{start} {}\n", words(count)))?,
    };
    (count > 0).then_some(shown)
}

fn ends_of_front(items: &[&str], room: Size) -> (usize, usize) {
    let (front, _) = ends(items, room + room);
    (front, 0)
}

/// A list whose items are too long: its first one, shortened inside.
fn item(block: &Block<'_>, room: Size, depth: usize) -> Option<String> {
    let text = block.text;
    let end = block.parts.get(1).copied().unwrap_or(text.len());
    let item = text[*block.parts.first()?..end].trim_end();
    let bare = item.trim_start_matches(' ');
    let mark = bare.find(|c: char| c.is_whitespace()).unwrap_or(bare.len());
    let space = bare[mark..].chars().take_while(|c| *c == ' ').count().clamp(1, 4);
    let width = item.len() - bare.len() + mark + space;
    let first = item.get(..width.min(item.len()))?;
    let mut inner = String::new();
    for (number, line) in item.split_inclusive('\n').enumerate() {
        let blank = line.len() - line.trim_start_matches(' ').len();
        inner += if number == 0 { line.get(width..).unwrap_or_default() } else { &line[blank.min(width)..] };
    }
    let missing = block.parts.len() - 1;
    let behind =
        if missing == 0 { String::new() } else { format!("\n\n{}", remark(missing, "item", "items")) };
    let room = room.minus(Size::of(&behind) + Size::ascii(2))?;
    let shown = nested(&inner, first, &" ".repeat(width), room, depth)?;
    Some(shown + &behind)
}

fn quote(text: &str, room: Size, depth: usize) -> Option<String> {
    let strip = |line: &str| -> String {
        let bare = line.trim_start_matches(' ');
        match bare.strip_prefix('>') {
            Some(rest) => rest.strip_prefix(' ').unwrap_or(rest).to_owned(),
            None => line.to_owned(),
        }
    };
    let inner: String = text.split_inclusive('\n').map(strip).collect();
    nested(&inner, "> ", "> ", room, depth)
}

/// A document that stands behind a prefix: of its first line, and of the others.
fn nested(inner: &str, first: &str, others: &str, room: Size, depth: usize) -> Option<String> {
    if depth == DEEPEST {
        return None;
    }
    let prefixed = |inner: &str| -> String {
        let line = |(number, line): (usize, &str)| {
            let prefix = if number == 0 { first } else { others };
            if line.is_empty() { prefix.trim_end().to_owned() } else { format!("{prefix}{line}") }
        };
        inner.lines().enumerate().map(line).collect::<Vec<_>>().join("\n")
    };
    // How much the prefixes take is known when it is cut; all lines taken together tell it nearly.
    let lines = inner.lines().count().max(1);
    let average = Size::of(inner).share(lines);
    [100, 90, 70, 40].into_iter().find_map(|percent| {
        let part = room.percent(percent).without_prefixes(average, others.len());
        let shown = prefixed(shorten(inner, part, None, depth + 1).trim_matches('\n'));
        (!shown.trim().is_empty() && room.holds(Size::of(&shown))).then_some(shown)
    })
}

/// Lines of HTML between which the same elements are open; if there are none, the first lines and what closes them.
fn html(text: &str, room: Size) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut open = Open::default();
    // What is open before each line.
    let mut before = Vec::new();
    for line in &lines {
        before.push(open.clone());
        open.read(line);
    }
    let words = |count| remark(count, "line", "lines");
    let most = Size::of(&Open::default().remark(&words(lines.len()))) + Size::ascii(24);
    let room = room.minus(most)?;
    // How long the text is before each line.
    let sums: Vec<Size> = std::iter::once(Size::default())
        .chain(lines.iter().scan(Size::default(), |sum, line| {
            *sum = *sum + Size::of(line);
            Some(*sum)
        }))
        .collect();
    let front = (1..lines.len()).rev().find(|&at| {
        let closed = sums[at] + Size::of(&before[at].closings());
        before[at].is_between() && room.share(2).holds(closed)
    })?;
    let rest = room.minus(sums[front])?;
    let behind = |at: usize| sums[lines.len()].minus(sums[at]).unwrap_or_default();
    let back = (front + 1..lines.len()).find(|&at| before[at] == before[front] && rest.holds(behind(at)));
    let missing = back.unwrap_or(lines.len()) - front;
    let head = lines[..front].concat() + &before[front].remark(&words(missing));
    Some(match back {
        Some(back) => head + &lines[back..].concat(),
        None => head.trim_end().to_owned() + &before[front].closings().replace("\n\n", "\n"),
    })
}
