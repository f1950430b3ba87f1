//! The mark: the last line of our comments, by which the next run knows them again.

use std::fmt::Write as _;
use std::str::FromStr as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use cml_base::ident::Sha;

const OPEN: &str = "<!-- cml:1 ";
const CLOSE: &str = " -->";
/// The hyphen is encoded too: two of them would end the comment.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'/');
/// More legs than this share no key.
const MOST: usize = 10_000;
/// CML's own watermark, up to the commit.
const WATERMARK: &str = "![](https://cml.dev/watermark.png";

/// Which report a comment holds, and which run wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Which report: one comment a key.
    pub key: String,
    /// The commit that the report speaks of.
    pub head: Option<Sha>,
    pub run: Option<String>,
    pub attempt: Option<String>,
    pub job: Option<String>,
    /// Tells the legs of a matrix apart, which are jobs of one name in one run.
    pub leg: Option<String>,
    /// Which of the comments of legs that share a key, from 1.
    pub ordinal: usize,
}

impl Mark {
    /// A mark that says no more than which report it is.
    pub fn of_key(key: &str) -> Self {
        Self { key: key.to_owned(), head: None, run: None, attempt: None, job: None, leg: None, ordinal: 1 }
    }

    /// Whether another leg of the same job in the same run wrote it: a report of its own, and no older one of ours.
    pub(super) fn is_sibling(&self, other: &Self) -> bool {
        self.is_of_same_run(other) && self.leg.is_some() && other.leg.is_some() && self.leg != other.leg
    }

    /// Whether the very same leg wrote it in this run: an earlier step, or an earlier round of `--watch`.
    pub(super) fn is_own(&self, other: &Self) -> bool {
        self.is_of_same_run(other) && self.leg.is_some() && self.leg == other.leg
    }

    fn is_of_same_run(&self, other: &Self) -> bool {
        let same = |get: fn(&Self) -> &Option<String>| get(self).is_some() && get(self) == get(other);
        same(|mark| &mark.run) && same(|mark| &mark.job) && self.attempt == other.attempt
    }

    /// The line, an HTML comment that no reader sees.
    pub fn render(&self) -> String {
        let head = self.head.as_ref().map(Sha::as_str);
        let fields = [
            ("key", Some(self.key.as_str())),
            ("head", head),
            ("run", self.run.as_deref()),
            ("attempt", self.attempt.as_deref()),
            ("job", self.job.as_deref()),
            ("leg", self.leg.as_deref()),
        ];
        let mut line = OPEN.trim_end().to_owned();
        for (name, value) in fields {
            if let Some(value) = value {
                let _ = write!(line, " {name}={}", utf8_percent_encode(value, ENCODED));
            }
        }
        if self.ordinal > 1 {
            let _ = write!(line, " n={}", self.ordinal);
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
            job: field("job"),
            leg: field("leg"),
            // The number of comments on a page is bounded, and so is this.
            ordinal: field("n")
                .and_then(|text| text.parse().ok())
                .filter(|n| (1..=MOST).contains(n))
                .unwrap_or(1),
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
        self.render().len() + " n=10000".len() + KEPT.len() + 2
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

/// The title and commit of CML's own watermark, `![](https://cml.dev/watermark.png#SHA "CML watermark TITLE")`; where
/// CML knew no commit it left `#SHA` out, and never found its comment again.
pub(super) fn watermark(body: &str) -> Option<(String, Option<Sha>)> {
    let (sha, rest) = last_line(body)?.strip_prefix(WATERMARK)?.split_once(' ')?;
    let title = rest.strip_prefix("\"CML watermark")?.strip_suffix("\")")?;
    let sha = if sha.is_empty() { None } else { Some(sha.strip_prefix('#')?) };
    Some((plain_title(title), sha.and_then(|sha| Sha::from_str(sha).ok())))
}

/// A watermark's title to compare with another: CML escapes some of what Markdown would eat, and not all.
pub(super) fn plain_title(title: &str) -> String {
    title.trim().replace('\\', "")
}

/// A body without its last line, if that is a mark.
pub(super) fn unsealed(body: &str) -> &str {
    let end = body.trim_end();
    match (Mark::find(body), end.rfind('\n')) {
        (Some(_), Some(at)) => end[..at].trim_end(),
        (Some(_), None) => "",
        (None, _) => end,
    }
}

fn last_line(body: &str) -> Option<&str> {
    body.lines().map(str::trim_end).rfind(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(key: &str) -> Mark {
        let head = Sha::from_str(&"a".repeat(40)).ok();
        Mark { head, run: Some("12".to_owned()), attempt: Some("1".to_owned()), ..Mark::of_key(key) }
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
    fn only_another_leg_of_the_same_job_and_run_is_a_sibling() {
        let leg = |run: &str, attempt: &str, job: &str, leg: &str| Mark {
            run: Some(run.to_owned()),
            attempt: Some(attempt.to_owned()),
            job: Some(job.to_owned()),
            leg: Some(leg.to_owned()),
            ..Mark::of_key("k")
        };
        let ours = leg("1", "1", "train", "a");
        let check = |other: Mark, expected: bool| assert_eq!(ours.is_sibling(&other), expected, "{other:?}");
        check(leg("1", "1", "train", "b"), true);
        check(leg("1", "1", "train", "a"), false);
        check(leg("2", "1", "train", "b"), false);
        check(leg("1", "2", "train", "b"), false);
        check(leg("1", "1", "report", "b"), false);
        check(Mark { leg: None, ..leg("1", "1", "train", "b") }, false);
        check(Mark { job: None, ..leg("1", "1", "train", "b") }, false);
        let text = leg("1", "1", "train", "b").seal("body\n\nmore", Kept::Yes);
        assert_eq!(Mark::find(&text), Some(leg("1", "1", "train", "b")));
        assert_eq!(unsealed(&text.replace('\n', "\r\n")), "body\r\n\r\nmore");
        assert_eq!((unsealed("a\nb\n"), unsealed(&ours.render())), ("a\nb", ""));
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
        check(format!("![](https://cml.dev/watermark.png#{sha} \"CML watermark x\"y\")"), Some("x\"y"));
        check("![](https://cml.dev/watermark.png \"CML watermark\")".to_owned(), Some(""));
        check("![](https://cml.dev/watermark.pngx \"CML watermark\")".to_owned(), None);
        check(format!("> ![](https://cml.dev/watermark.png#{sha} \"CML watermark\")"), None);
        check("![](https://example.org/watermark.png#x \"CML watermark\")".to_owned(), None);
    }
}
