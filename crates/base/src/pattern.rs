//! Globs of users and of a change's files: bounded before they are compiled, because the compilers allow themselves
//! recursion and memory, and end the program where they find no more of either.
//!
//! In: a glob, or the lines of an ignore file. Out: what can be asked whether a path matches, or why not. Matching takes
//! time linear in the path for each glob. This is the only place that compiles patterns.

use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The longest glob, in bytes: a path may have as many on most systems.
pub const LONGEST: usize = 4_096;
/// The most characters of one glob that stand for others: `*`, `?`, `[` and `{`.
pub const MOST_WILDCARDS: usize = 100;
/// The most characters of a glob that a message repeats.
const LONGEST_SHOWN: usize = 200;
/// How deep braces may stand in braces.
pub const DEEPEST: usize = 10;
/// The most globs that are compiled together, and the most lines of one ignore file.
pub const MOST_GLOBS: usize = 10_000;

const TOO_LARGE: &str = "the globs are too large together; write fewer or simpler ones";

/// One or more globs, ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct Globs(GlobSet);

impl Globs {
    /// Globs over paths, in which `*` and `?` stay within a name.
    pub fn of_paths<'g>(globs: impl IntoIterator<Item = &'g str>) -> Result<Self, String> {
        compiled(globs, true)
    }

    /// Globs over names in which `*` crosses every character; the error names the glob.
    pub fn of_names<'g>(globs: impl IntoIterator<Item = &'g str>) -> Result<Self, String> {
        compiled(globs, false)
    }

    pub fn is_match(&self, path: &str) -> bool {
        self.0.is_match(path)
    }

    /// Which of the globs match, by their number.
    pub fn matches(&self, path: &str) -> Vec<usize> {
        self.0.matches(path)
    }
}

fn compiled<'g>(globs: impl IntoIterator<Item = &'g str>, separated: bool) -> Result<Globs, String> {
    let mut set = GlobSetBuilder::new();
    for (at, glob) in globs.into_iter().enumerate() {
        if at >= MOST_GLOBS {
            return Err(format!("more than {MOST_GLOBS} globs; use fewer"));
        }
        bounded(glob)?;
        let built = GlobBuilder::new(glob).literal_separator(separated).build();
        set.add(built.map_err(|error| error.kind().to_string())?);
    }
    // A set says so where a single matcher would panic.
    set.build().map(Globs).map_err(|_| TOO_LARGE.to_owned())
}

/// A glob in quotes, for a message: of a long one its beginning.
pub fn shown(glob: &str) -> String {
    match glob.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{:?}", format!("{}…", &glob[..end])),
        None => format!("{glob:?}"),
    }
}

/// Whether a glob is small enough to be compiled; the error says which limit it breaks.
fn bounded(glob: &str) -> Result<(), String> {
    if glob.len() > LONGEST {
        return Err(format!(
            "it has {} bytes, and at most {LONGEST} are read; write a shorter glob",
            glob.len()
        ));
    }
    let wildcards = glob.bytes().filter(|byte| matches!(byte, b'*' | b'?' | b'[' | b'{')).count();
    if wildcards > MOST_WILDCARDS {
        return Err(format!(
            "it has {wildcards} wildcards (*, ?, [ and {{), and at most {MOST_WILDCARDS} are read; write a simpler glob"
        ));
    }
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in glob.bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = depth.max(deepest);
    }
    if deepest > DEEPEST {
        return Err(format!(
            "its braces are nested {deepest} deep, and at most {DEEPEST} are read; write a simpler glob"
        ));
    }
    Ok(())
}

/// The rules of one ignore file (`.dvcignore`, as `.gitignore`), ready to be asked.
#[derive(Debug)]
pub struct IgnoreRules(Gitignore);

impl IgnoreRules {
    /// Reads an ignore file; and says what of it is left out, if anything. A line that is no pattern hides nothing, as
    /// in Git, and is not worth a word.
    pub fn read(text: &str) -> (Option<Self>, Option<String>) {
        let mut builder = GitignoreBuilder::new("");
        let mut left_out = None;
        for (number, line) in (1_usize..).zip(text.lines()) {
            if number > MOST_GLOBS {
                left_out = Some(format!("only its first {MOST_GLOBS} lines are read"));
                break;
            }
            match bounded(line) {
                Ok(()) => drop(builder.add_line(None, line)),
                Err(_) if line.starts_with('#') => {}
                Err(why) => left_out = left_out.or(Some(format!("line {number} hides nothing: {why}"))),
            }
        }
        match builder.build() {
            Ok(rules) => (Some(Self(rules)), left_out),
            Err(error) => {
                (None, Some(format!("it hides nothing: its patterns cannot be read together ({error})")))
            }
        }
    }

    /// Whether a path, or a folder above it, is hidden (`Some(true)`), shown again (`Some(false)`) or not spoken of.
    pub fn hides(&self, path: &str, is_folder: bool) -> Option<bool> {
        match self.0.matched_path_or_any_parents(Path::new(path), is_folder) {
            Match::None => None,
            Match::Ignore(_) => Some(true),
            Match::Whitelist(_) => Some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(glob: &str, expected: Result<(), &str>) {
        for answer in [Globs::of_paths([glob]).map(drop), Globs::of_names([glob]).map(drop)] {
            match (answer, expected) {
                (Ok(()), Ok(())) => {}
                (Err(why), Err(words)) => assert!(why.contains(words), "{why}"),
                (answer, _) => panic!("{answer:?} for {}", &glob[..glob.len().min(80)]),
            }
        }
    }

    fn nested(depth: usize) -> String {
        format!("{}a{}", "{a,".repeat(depth), "}".repeat(depth))
    }

    #[test]
    fn a_glob_is_bounded_before_it_is_compiled() {
        check("out/**/*.{json,y[a]ml}", Ok(()));
        check(&nested(DEEPEST), Ok(()));
        check(&nested(DEEPEST + 1), Err("nested 11 deep, and at most 10"));
        check(&nested(150), Err("wildcards"));
        check(&nested(100_000), Err("bytes, and at most 4096"));
        check(&"{".repeat(90), Err("nested 90 deep"));
        check(&"*".repeat(MOST_WILDCARDS), Ok(()));
        check(&"*".repeat(MOST_WILDCARDS + 1), Err("it has 101 wildcards"));
        check(&"*".repeat(100_000), Err("it has 100000 bytes"));
        check(&"?".repeat(200), Err("200 wildcards"));
        check(&"[a]".repeat(200), Err("200 wildcards"));
        check(&"x".repeat(LONGEST), Ok(()));
        check(&"x".repeat(LONGEST + 1), Err("4097 bytes"));
        // The largest that is allowed compiles, whatever it is made of.
        check(&"[!a-z]".repeat(MOST_WILDCARDS), Ok(()));
        check(&"é*".repeat(MOST_WILDCARDS), Ok(()));
        check(&format!("{}{{{}}}", "*".repeat(80), ",*/**".repeat(5)), Ok(()));
        check("[", Err("unclosed character class"));
        check("{a", Err("unclosed alternate"));
    }

    #[test]
    fn many_globs_are_bounded_together() {
        let many = vec!["a*b"; MOST_GLOBS + 1];
        assert!(Globs::of_names(many).unwrap_err().contains("more than 10000 globs"));
        let large = vec!["*a*b*c*d*e*f*g*h".repeat(12); 2_000];
        let answer = Globs::of_names(large.iter().map(String::as_str));
        assert_eq!(answer.map(drop).unwrap_err(), TOO_LARGE);
    }

    #[test]
    fn stars_cross_folders_only_in_names() {
        assert!(!Globs::of_paths(["*.json"]).is_ok_and(|globs| globs.is_match("a/b.json")));
        assert!(Globs::of_names(["*.json"]).is_ok_and(|globs| globs.is_match("a/b.json")));
        assert_eq!(Globs::of_names(["a*", "b", "*c"]).map(|globs| globs.matches("abc")), Ok(vec![0, 2]));
    }

    #[test]
    fn an_ignore_file_loses_only_the_lines_that_are_too_much() {
        let text = format!("old\n{}\n!keep\n[\n#{}\n", "*".repeat(100_000), "*".repeat(5_000));
        let (rules, left_out) = IgnoreRules::read(&text);
        let rules = rules.unwrap();
        assert_eq!(
            left_out.as_deref().map(|text| text.split(':').next().unwrap_or("")),
            Some("line 2 hides nothing")
        );
        assert_eq!(
            ["a/old/x", "keep", "x"].map(|path| rules.hides(path, false)),
            [Some(true), Some(false), None]
        );
        let (_, left_out) = IgnoreRules::read(&"a\n".repeat(MOST_GLOBS + 1));
        assert_eq!(left_out.as_deref(), Some("only its first 10000 lines are read"));
    }
}
