//! Lines that a forge would carry out: GitLab's quick actions, `/close` or `/label ~x` at the beginning of a line.
//!
//! In: Markdown. Out: the same, where each such line begins with a space. Markdown drops that space, so readers see
//! the line as it was written; only in a code block it shows. GitLab looks for a slash at the very beginning of a line
//! before it reads the Markdown, and of code blocks it spares only those with three backticks, so all lines count.
//! <https://docs.gitlab.com/user/project/quick_actions/>

use std::borrow::Cow;

use cml_base::flavor::Flavor;

/// The text without anything that the forge would carry out, and how many lines that were.
pub fn inert<'a>(flavor: &Flavor, markdown: &'a str) -> (Cow<'a, str>, usize) {
    if flavor.quick_actions { without_quick_actions(markdown) } else { (Cow::Borrowed(markdown), 0) }
}

fn without_quick_actions(markdown: &str) -> (Cow<'_, str>, usize) {
    let count = markdown.split('\n').filter(|line| is_action(line)).count();
    if count == 0 {
        return (Cow::Borrowed(markdown), 0);
    }
    let lines = markdown
        .split('\n')
        .map(|line| if is_action(line) { Cow::Owned(format!(" {line}")) } else { Cow::Borrowed(line) });
    (Cow::Owned(lines.collect::<Vec<_>>().join("\n")), count)
}

/// A slash, one word, and nothing or a space behind it: a path such as `/usr/bin` is none. Which words GitLab knows
/// changes with its version. It drops every carriage return before it looks.
fn is_action(line: &str) -> bool {
    let mut rest = line.chars().filter(|c| *c != '\r');
    if rest.next() != Some('/') {
        return false;
    }
    let mut letters = 0;
    for character in rest {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' => letters += 1,
            other => return letters > 0 && other.is_whitespace(),
        }
    }
    letters > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use cml_base::flavor::{GITHUB, GITLAB};

    #[track_caller]
    fn check(markdown: &str, expected: &str, count: usize) {
        assert_eq!(inert(&GITLAB, markdown), (Cow::from(expected), count), "{markdown:?}");
        assert_eq!(inert(&GITHUB, markdown), (Cow::from(markdown), 0));
        assert_eq!(inert(&GITLAB, expected).1, 0, "once is enough");
    }

    #[test]
    fn a_line_that_gitlab_would_carry_out_begins_with_a_space() {
        check("/close", " /close", 1);
        check("a\n/label ~x\r\n/CLOSE\n", "a\n /label ~x\r\n /CLOSE\n", 2);
        check("~~~\n/close\n~~~", "~~~\n /close\n~~~", 1);
        check("\r/clo\rse\r\n", " \r/clo\rse\r\n", 1);
        check("/remove_due_date\t", " /remove_due_date\t", 1);
    }

    #[test]
    fn what_is_no_action_stays_as_it_is() {
        for text in
            ["/usr/bin/python x\n", " /close\n", "see /close", "/", "/ x", "//close", "`/close`", "/a.b"]
        {
            check(text, text, 0);
        }
    }
}
