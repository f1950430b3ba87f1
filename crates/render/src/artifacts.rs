//! What a CI reads of a report: metrics as OpenMetrics text, and the verdict as variables.
//!
//! In: a report. Out: text for GitLab's `reports: metrics` and `reports: dotenv`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use cml_base::text;
use cml_report::{Change, Report, Tally};
use cml_tracked::Scalar;

/// The head's numbers as OpenMetrics text: one line a metric, `name{labels} value`. A label names the file where there
/// are several, and the key where the name cannot be the key.
pub fn open_metrics(report: &Report) -> String {
    let files: BTreeSet<&str> = report.metrics.iter().map(|change| change.path.as_str()).collect();
    let mut text = String::new();
    for change in &report.metrics {
        if let Some(value) = number(change) {
            let name = name(&change.key);
            let mut labels = Vec::new();
            if files.len() > 1 {
                labels.push(format!("file=\"{}\"", label(&change.path)));
            }
            if name != change.key {
                labels.push(format!("key=\"{}\"", label(&change.key)));
            }
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            _ = writeln!(text, "{name}{labels} {value}");
        }
    }
    text + "# EOF\n"
}

/// The verdict as `NAME=VALUE` lines: `CML_VERDICT` is `better`, `worse`, `mixed`, `changed` or `unchanged`, then how many
/// metrics are what.
pub fn dotenv(report: &Report) -> String {
    let Tally { better, worse, changed, unchanged, new, removed, unreadable } = report.tally();
    let verdict = report.verdict().as_str();
    format!(
        "CML_VERDICT={verdict}\nCML_BETTER={better}\nCML_WORSE={worse}\nCML_CHANGED={changed}\n\
         CML_UNCHANGED={unchanged}\nCML_NEW={new}\nCML_REMOVED={removed}\nCML_UNREADABLE={unreadable}\n"
    )
}

fn number(change: &Change) -> Option<String> {
    match change.new.value()? {
        Scalar::Int(value) => Some(value.to_string()),
        Scalar::Float(value) if value.is_finite() => Some(value.to_string()),
        Scalar::Bool(value) => Some(u8::from(*value).to_string()),
        _ => None,
    }
}

/// OpenMetrics: a letter, `_` or `:`, then digits too.
fn name(key: &str) -> String {
    let fine = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | ':') { c } else { '_' };
    let name: String = key.chars().map(fine).collect();
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// Readers split at white space, so a label has none.
fn label(text: &str) -> String {
    let text: String =
        text.chars().map(|c| if c.is_whitespace() || text::is_hidden(c) { '_' } else { c }).collect();
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::tests::report;

    #[test]
    fn names_and_labels_are_what_open_metrics_takes() {
        assert_eq!(name("test.accuracy@1"), "test_accuracy_1");
        assert_eq!(name("1st"), "_1st");
        assert_eq!(label("a \"b\"\\\n"), "a_\\\"b\\\"\\\\_");
    }

    #[test]
    fn a_report_is_told_to_the_ci() {
        let text = open_metrics(&report());
        assert!(text.ends_with("# EOF\n"), "{text}");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(!name.contains(' ') && value.parse::<f64>().is_ok(), "{line}");
        }
        assert!(text.lines().count() > 1, "{text}");
        let verdict = dotenv(&report());
        assert!(verdict.starts_with("CML_VERDICT=") && verdict.contains("\nCML_BETTER=1\n"), "{verdict}");
    }
}
