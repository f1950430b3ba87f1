//! Small pieces of Markdown that every part of a report uses.

/// `1 notice`, `2 notices`
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A part that folds away. The empty lines make forges read Markdown inside.
pub(crate) fn details(summary: &str, body: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{body}\n\n</details>")
}
