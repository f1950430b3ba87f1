//! The note of a run that has begun: it stands above the last report until the new one replaces both.
//!
//! In: a body as it is now. Out: the same body with one such note above it, never two.

use std::fmt::Write as _;

use cml_base::flavor::Limits;
use cml_base::ident::Sha;

use super::fit::cut_blocks;

const BEGIN: &str = "<!-- cml:start -->";
const END: &str = "<!-- cml:started -->";

/// `body` (without its mark) with the note above it. `below` is the commit that the body reports on.
pub(super) fn above(note: &str, body: &str, below: Option<&Sha>, limits: Limits) -> String {
    let body = report(body);
    let tail = match (body.is_empty(), below) {
        (true, _) => "the report comes when it is done.".to_owned(),
        (false, Some(head)) => format!("below: the report of {}.", head.short()),
        (false, None) => "below: the report before it.".to_owned(),
    };
    let mut text = format!("{BEGIN}\n\n> {note}; {tail}\n\n{END}");
    let room = Limits {
        bytes: limits.bytes.saturating_sub(text.len() + 2),
        chars: limits.chars.saturating_sub(text.len() + 2),
    };
    if !body.is_empty() {
        let _ = write!(text, "\n\n{}", cut_blocks(&body, room, None));
    }
    text
}

/// The report below the note of an earlier run, or the body as it is.
fn report(body: &str) -> String {
    let body = body.replace("\r\n", "\n");
    let below = body.strip_prefix(BEGIN).and_then(|rest| rest.split_once(END));
    below.map_or(body.as_str(), |(_, report)| report).trim().to_owned()
}

/// Whether a body is a note and nothing else.
pub(super) fn is_bare(body: &str) -> bool {
    body.starts_with(BEGIN) && report(body).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { bytes: 400, chars: 400 };

    #[test]
    fn there_is_one_note_and_the_report_stays_below_it() {
        let sha: Sha = "4f2c1aa".repeat(6)[..40].parse().unwrap();
        let first = above("**Training abc1234**", "### Report\n\nfine", Some(&sha), LIMITS);
        let note = "<!-- cml:start -->\n\n> **Training abc1234**; below: the report of 4f2c1aa.\n\n<!-- cml:started -->";
        assert_eq!(first, format!("{note}\n\n### Report\n\nfine"));
        assert_eq!(above("**Training abc1234**", &first.replace('\n', "\r\n"), Some(&sha), LIMITS), first);
        let bare = above("Training x", "", None, LIMITS);
        assert!(bare.contains("> Training x; the report comes when it is done.") && is_bare(&bare));
        assert_eq!(above("Training x", &bare, Some(&sha), LIMITS), bare);
        assert!(!is_bare(&first));
    }

    #[test]
    fn a_report_that_fills_the_comment_makes_room() {
        let long = "a word\n\n".repeat(60);
        let text = above("Training x", &long, None, LIMITS);
        assert!(text.len() <= LIMITS.bytes && text.contains("left out"), "{text}");
    }
}
