//! Python's `fnmatch`, by which dpath takes keys.

/// Python's `fnmatchcase`: `*`, `?`, `[a-c]`, `[!a]`; without backtracking beyond the last `*`.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        let step = match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => class(&pattern[p..], text[t]),
            Some(wanted) => (*wanted == text[t]).then_some(1),
            None => None,
        };
        match (step, star) {
            (Some(step), _) => {
                p += step;
                t += 1;
            }
            (None, Some((at, from))) => {
                star = Some((at, from + 1));
                p = at + 1;
                t = from + 1;
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// How long the class is that `pattern` begins with, if `c` is one of it; one that is never closed is a bracket.
fn class(pattern: &[char], c: char) -> Option<usize> {
    let is_negated = pattern.get(1) == Some(&'!');
    let start = 1 + usize::from(is_negated);
    let after = start + usize::from(pattern.get(start) == Some(&']'));
    let Some(end) = pattern.iter().skip(after).position(|c| *c == ']').map(|at| at + after) else {
        return (c == '[').then_some(1);
    };
    let members = &pattern[start..end];
    let (mut at, mut found) = (0, false);
    while let Some(low) = members.get(at) {
        match members.get(at + 1..at + 3) {
            Some(['-', high]) => {
                found |= (*low..=*high).contains(&c);
                at += 3;
            }
            _ => {
                found |= *low == c;
                at += 1;
            }
        }
    }
    (found != is_negated).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Python 3.11 answers.
    #[test]
    fn patterns_fit_as_in_python() {
        for (pattern, fitting, other) in [
            ("a*c", "abbc", "abx"),
            ("*", "", ""),
            ("?", "é", "ab"),
            ("[ab]", "b", "c"),
            ("[!ab]", "c", "a"),
            ("[a-c]x", "bx", "dx"),
            ("[]]", "]", "["),
            ("[!]]", "a", "]"),
            ("[a-]", "-", "b"),
            ("[-a]", "-", "b"),
            ("[c-a]", "", "b"),
            ("[ab", "[ab", "a"),
            ("*[0-9]", "k7", "k"),
            ("a[*]", "a*", "ab"),
            ("\\*", "\\a", "a"),
        ] {
            let is_never = fitting.is_empty() && pattern != "*";
            assert_eq!(matches(pattern, fitting), !is_never, "{pattern} {fitting}");
            assert!(other == fitting || !matches(pattern, other), "{pattern} {other}");
        }
    }
}
