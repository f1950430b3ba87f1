//! The mark: the last line of our comments, by which the next run knows them again.

use std::fmt::Write as _;
use std::str::FromStr as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::ident::Sha;

const OPEN: &str = "<!-- cml:1 ";
const CLOSE: &str = " -->";
/// The hyphen is encoded too: two of them would end the comment.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'/');
/// CML's own watermark, up to the commit.
const WATERMARK: &str = "![](https://cml.dev/watermark.png#";

/// Which report a comment holds, and which run wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Which report: one comment a key.
    pub key: String,
    /// The commit that the report speaks of.
    pub head: Option<Sha>,
    pub run: Option<String>,
    pub attempt: Option<String>,
}

impl Mark {
    /// The line, an HTML comment that no reader sees.
    pub fn render(&self) -> String {
        let head = self.head.as_ref().map(Sha::as_str);
        let fields = [
            ("key", Some(self.key.as_str())),
            ("head", head),
            ("run", self.run.as_deref()),
            ("attempt", self.attempt.as_deref()),
        ];
        let mut line = OPEN.trim_end().to_owned();
        for (name, value) in fields {
            if let Some(value) = value {
                let _ = write!(line, " {name}={}", utf8_percent_encode(value, ENCODED));
            }
        }
        line + CLOSE
    }

    /// The mark of a body, if its last line that is not empty is one. A quoted mark (`> <!-- …`) is none.
    pub fn find(body: &str) -> Option<Self> {
        let line = last_line(body)?;
        let inside = line.strip_prefix(OPEN)?.strip_suffix(CLOSE)?;
        let field = |wanted: &str| {
            let (_, value) =
                inside.split_whitespace().filter_map(|f| f.split_once('=')).find(|(n, _)| *n == wanted)?;
            percent_decode_str(value).decode_utf8().ok().map(std::borrow::Cow::into_owned)
        };
        Some(Self {
            key: field("key")?,
            head: field("head").and_then(|head| Sha::from_str(&head).ok()),
            run: field("run"),
            attempt: field("attempt"),
        })
    }

    /// The whole text of a comment: the body, and the mark as its last line.
    pub(super) fn seal(&self, body: &str, kept: Kept) -> String {
        let line = match kept {
            Kept::No => self.render(),
            Kept::Yes => self.render().replace(CLOSE, KEPT),
        };
        match body.trim_end() {
            "" => line,
            body => format!("{body}\n\n{line}"),
        }
    }

    /// How many bytes (and characters, it is ASCII) the mark takes, at most.
    pub(super) fn room(&self) -> usize {
        self.render().len() + KEPT.len() + 2
    }
}

/// The end of a mark whose comment was asked for by `create`.
const KEPT: &str = " kept=1 -->";

/// Whether a comment was asked for by `create`: such a one is no double, so healing never deletes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Yes,
    No,
}

impl Kept {
    pub(super) fn of(body: &str) -> Self {
        if last_line(body).is_some_and(|line| line.ends_with(KEPT)) { Self::Yes } else { Self::No }
    }
}

/// The title and commit of CML's own watermark, `![](https://cml.dev/watermark.png#SHA "CML watermark TITLE")`.
pub(super) fn watermark(body: &str) -> Option<(String, Option<Sha>)> {
    let (sha, rest) = last_line(body)?.strip_prefix(WATERMARK)?.split_once(' ')?;
    let title = rest.strip_prefix("\"CML watermark")?.strip_suffix("\")")?;
    // CML escapes what Markdown would eat.
    let title = title.trim().replace('\\', "");
    Some((title, Sha::from_str(sha).ok()))
}

fn last_line(body: &str) -> Option<&str> {
    body.lines().map(str::trim_end).rfind(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(key: &str) -> Mark {
        let head = Sha::from_str(&"a".repeat(40)).ok();
        Mark { key: key.to_owned(), head, run: Some("12".to_owned()), attempt: Some("1".to_owned()) }
    }

    #[test]
    fn a_mark_comes_back_whatever_the_key() {
        let head = "a".repeat(40);
        assert_eq!(
            mark("ci/train").render(),
            format!("<!-- cml:1 key=ci/train head={head} run=12 attempt=1 -->")
        );
        for key in ["ci/train", "a --> b", "--", "x head=1", "тест\n", "", "100%", "> q", "a=b kept=1 -->"]
        {
            let text = mark(key).render();
            assert!(!text[4..text.len() - 3].contains("--"), "{text}");
            assert_eq!(Mark::find(&text), Some(mark(key)), "{text}");
            assert_eq!(Mark::find(&mark(key).seal("body", Kept::Yes)), Some(mark(key)), "{text}");
            assert!(mark(key).seal("body", Kept::Yes).len() <= 4 + mark(key).room());
        }
    }

    #[test]
    fn only_the_last_line_counts() {
        let line = mark("k").render();
        let check =
            |body: String, expected: bool| assert_eq!(Mark::find(&body).is_some(), expected, "{body}");
        check(format!("body\r\n\r\n{line}\r\n \r\n"), true);
        check(format!("body\n\n{line}\n\nthanks!"), false);
        check(format!("> body\n> {line}"), false);
        check(format!("    {line}"), false);
        check("<!-- cml:2 key=k -->".to_owned(), false);
        check("<!-- cml:1 run=1 -->".to_owned(), false);
        check("<!-- cml:1 -->".to_owned(), false);
        check(String::new(), false);
    }

    #[test]
    fn what_create_made_is_known() {
        assert_eq!(Kept::of(&mark("k").seal("b", Kept::Yes)), Kept::Yes);
        assert_eq!(Kept::of(&mark("k").seal("b", Kept::No)), Kept::No);
    }

    #[test]
    fn cmls_watermark_is_read() {
        let sha = "b".repeat(40);
        let check = |line: String, expected: Option<&str>| {
            assert_eq!(watermark(&line).map(|(title, _)| title).as_deref(), expected, "{line}");
        };
        check(
            format!("report\n\n![](https://cml.dev/watermark.png#{sha} \"CML watermark my\\_job\")"),
            Some("my_job"),
        );
        check(format!("![](https://cml.dev/watermark.png#{sha} \"CML watermark\")\r\n"), Some(""));
        check(format!("> ![](https://cml.dev/watermark.png#{sha} \"CML watermark\")"), None);
        check("![](https://example.org/watermark.png#x \"CML watermark\")".to_owned(), None);
    }
}
