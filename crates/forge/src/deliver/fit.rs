//! Making a text short enough for a comment, so that what is left is whole Markdown and says what is not there.
//!
//! In: a way to render with less and less detail, or a user's Markdown. Out: a text within the limits.

mod blocks;
mod html;
mod shrink;
mod size;
#[cfg(test)]
mod tests;

use blocks::{Block, blocks};
use html::Open;
use size::{Size, counted, fits};

use super::Mark;
use cml_base::flavor::Limits;

/// The part of the room that all blocks get together that are too long for it.
const PART_OF_LONG: usize = 4;
/// The least that one of them gets, in bytes.
const LEAST: usize = 100;
/// Quotes in quotes are opened no deeper.
const DEEPEST: usize = 3;

/// What is left of a comment's limits beside the mark.
pub fn room(limits: Limits, mark: &Mark) -> Limits {
    let mark = mark.room();
    Limits { bytes: limits.bytes.saturating_sub(mark), chars: limits.chars.saturating_sub(mark) }
}

/// Renders with less detail (level 0 is everything) until the text fits. `render` answers `None` behind its last
/// level; if even that is too long, it is cut as a user's Markdown is.
pub fn fit(limits: Limits, render: impl Fn(usize) -> Option<String>) -> String {
    let mut shortest = String::new();
    for level in 0.. {
        let Some(text) = render(level) else { break };
        if fits(&text, limits) {
            return text;
        }
        shortest = text;
    }
    cut_blocks(&shortest, limits, None)
}

/// Drops whole top-level blocks from the end until the text fits, and says how many. A block that alone is too long
/// (or would leave half of the room empty) stays without its middle, and says how much is missing there. `whole` is a
/// place that has all of it, as Markdown: the text then ends by naming it.
pub fn cut_blocks(markdown: &str, limits: Limits, whole: Option<&str>) -> String {
    if fits(markdown, limits) {
        return markdown.to_owned();
    }
    // comrak takes a lone carriage return for a line's end too, and we count its lines.
    let markdown = markdown.replace("\r\n", "\n").replace('\r', "\n");
    shorten(&markdown, Size::from(limits), whole, 0).trim_start_matches('\n').to_owned()
}

/// The text of a document that does not fit into the room.
fn shorten(markdown: &str, room: Size, whole: Option<&str>, depth: usize) -> String {
    let blocks = blocks(markdown);
    let note = Size::of(&left_out(blocks.len(), whole)) + Size::ascii(2);
    let room = room.minus(note).unwrap_or_default();
    let mut long: Vec<bool> = blocks.iter().map(|block| !room.holds(block.size())).collect();
    let mut kept = kept(&blocks, &long, room);
    if let Some(next) = blocks.get(kept.count)
        && !kept.size.plus(next.size()).is_within_half(room)
        && kept.size.is_within_half(room)
    {
        long[kept.count] = true;
        kept = self::kept(&blocks, &long, room);
    }
    let mut open = Open::default();
    let mut text = String::new();
    let mut rest = room.minus(kept.size).unwrap_or_default();
    let mut waiting = long.iter().take(kept.count).filter(|long| **long).count();
    let least = least(room, long.iter().filter(|long| **long).count());
    for (block, long) in blocks.iter().zip(&long).take(kept.count) {
        let shown = if *long {
            let share = least + rest.share(waiting);
            waiting -= 1;
            let shown = shrink::shrink(block, share, depth).unwrap_or_default();
            rest = rest + least;
            rest = rest.minus(Size::of(&shown)).unwrap_or_default();
            shown
        } else {
            block.text.to_owned()
        };
        open.pass(block, &shown);
        text.push_str(&shown);
    }
    let gone = blocks.len() - kept.count;
    [text.trim_end(), &open.closings(), &left_out(gone, whole)].concat()
}

/// The first blocks that there is room for, and their size with what closes them.
#[derive(Clone, Copy, Default)]
struct Kept {
    count: usize,
    size: Size,
}

fn kept(blocks: &[Block<'_>], long: &[bool], room: Size) -> Kept {
    let least = least(room, long.iter().filter(|long| **long).count());
    let (mut open, mut size, mut kept) = (Open::default(), Size::default(), Kept::default());
    for (index, (block, long)) in blocks.iter().zip(long).enumerate() {
        size = size + if *long { least } else { block.size() };
        open.pass(block, block.text);
        let closed = size + Size::of(&open.closings());
        if !room.holds(size) {
            break;
        }
        if room.holds(closed) {
            kept = Kept { count: index + 1, size: closed };
        }
    }
    kept
}

/// What each of so many long blocks gets at least.
fn least(room: Size, count: usize) -> Size {
    room.share(PART_OF_LONG * count.max(1)).or_more(LEAST).or_less(room)
}

/// The last words: how many blocks are missing at the end, and where all of it is.
fn left_out(count: usize, whole: Option<&str>) -> String {
    let blocks = counted(count, "block", "blocks");
    match (count, whole) {
        (0, None) => String::new(),
        (0, Some(whole)) => format!("\n\n_Shortened to fit here; all of it is in {whole}._"),
        (_, None) => format!("\n\n_{blocks} at the end left out: there is no room for more here._"),
        (_, Some(whole)) => {
            format!(
                "\n\n_{blocks} at the end left out: there is no room for more here; all of it is in {whole}._"
            )
        }
    }
}
