//! How long a text is, in both of the units in which forges count.

use std::ops::Add;

use cml_base::flavor::Limits;

/// A length, or a room for one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Size {
    bytes: usize,
    chars: usize,
}

impl From<Limits> for Size {
    fn from(limits: Limits) -> Self {
        Self { bytes: limits.bytes, chars: limits.chars }
    }
}

impl Add for Size {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { bytes: self.bytes + other.bytes, chars: self.chars + other.chars }
    }
}

impl Size {
    pub(super) fn of(text: &str) -> Self {
        Self { bytes: text.len(), chars: text.chars().count() }
    }

    /// So many characters of a byte each.
    pub(super) fn ascii(count: usize) -> Self {
        Self { bytes: count, chars: count }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        self + other
    }

    /// What is left; `None` if that is not there.
    pub(super) fn minus(self, other: Self) -> Option<Self> {
        let bytes = self.bytes.checked_sub(other.bytes)?;
        Some(Self { bytes, chars: self.chars.checked_sub(other.chars)? })
    }

    pub(super) fn holds(self, other: Self) -> bool {
        self.minus(other).is_some()
    }

    pub(super) fn is_within_half(self, room: Self) -> bool {
        room.share(2).holds(self)
    }

    /// One of so many equal parts.
    pub(super) fn share(self, count: usize) -> Self {
        let count = count.max(1);
        Self { bytes: self.bytes / count, chars: self.chars / count }
    }

    pub(super) fn percent(self, percent: usize) -> Self {
        Self { bytes: self.bytes / 100 * percent, chars: self.chars / 100 * percent }
    }

    /// What is left of a room if each line, of this length on average, has a prefix of so many bytes.
    pub(super) fn without_prefixes(self, line: Self, prefix: usize) -> Self {
        let part = |room: usize, line: usize| room / (line + prefix + 1) * (line + 1);
        Self { bytes: part(self.bytes, line.bytes), chars: part(self.chars, line.chars) }
    }

    pub(super) fn or_more(self, least: usize) -> Self {
        Self { bytes: self.bytes.max(least), chars: self.chars.max(least) }
    }

    pub(super) fn or_less(self, most: Self) -> Self {
        Self { bytes: self.bytes.min(most.bytes), chars: self.chars.min(most.chars) }
    }
}

pub(super) fn fits(text: &str, limits: Limits) -> bool {
    Size::from(limits).holds(Size::of(text))
}

/// `1,234 rows`, `1 row`.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {}", if count == 1 { one } else { many })
}

/// How many of the first and of the last pieces there is room for; about as much of either.
pub(super) fn ends(pieces: &[&str], room: Size) -> (usize, usize) {
    let taken = |pieces: &mut dyn Iterator<Item = &&str>, room: Size| {
        let (mut count, mut left) = (0, room);
        for piece in pieces {
            let Some(rest) = left.minus(Size::of(piece)) else { break };
            (count, left) = (count + 1, rest);
        }
        (count, left)
    };
    let (front, unused) = taken(&mut pieces.iter(), room.share(2));
    let other = room.minus(room.share(2)).unwrap_or_default() + unused;
    let (back, unused) = taken(&mut pieces[front..].iter().rev(), other);
    let (more, _) = taken(&mut pieces[front..pieces.len() - back].iter(), unused);
    (front + more, back)
}

/// The text without its middle characters; `None` if there is no room for anything of it.
pub(super) fn without_middle(text: &str, room: Size) -> Option<String> {
    let marker = |count: usize| format!(" … {} left out … ", counted(count, "character", "characters"));
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let count = starts.len() - 1;
    let cut = |kept: usize| {
        let (front, back) = (kept - kept / 2, kept / 2);
        let (head, tail) = (&text[..starts[front]], &text[starts[count - back]..]);
        [head.trim_end(), &marker(count - kept), tail.trim_start()].concat()
    };
    // The largest number that fits; a longer text never has a shorter size but for its counted digits.
    let (mut fine, mut bad) = (0, count);
    while bad - fine > 1 {
        let kept = fine + (bad - fine) / 2;
        if room.holds(Size::of(&cut(kept))) { fine = kept } else { bad = kept }
    }
    (fine > 0 && fine < count).then(|| cut(fine))
}
