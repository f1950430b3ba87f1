//! Notices: what the reader should know that is no error (a skipped file, a guess, a fallback).

/// How a notice advises to make results anew.
const STEPS: [&str; 2] = ["; run the step", "; run `dvc repro`"];

/// What is so, without the advice to make it anew.
pub fn without_step(text: &str) -> &str {
    let step = STEPS.iter().find_map(|step| text.find(step));
    &text[..step.unwrap_or(text.len())]
}

/// One notice: one sentence without Markdown, naming the thing and, where there is one, the next step.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Notice {
    /// The file or thing that it is about, if any.
    pub about: Option<String>,
    pub text: String,
}

impl Notice {
    pub fn new(text: impl Into<String>) -> Self {
        Self { about: None, text: text.into() }
    }

    pub fn about(thing: impl Into<String>, text: impl Into<String>) -> Self {
        Self { about: Some(thing.into()), text: text.into() }
    }

    /// The same of the base: what is so there, without the step to run, which would change the head alone.
    pub fn of_the_base(&self, label: &str) -> Self {
        Self { about: self.about.clone(), text: format!("at {label}: {}", without_step(&self.text)) }
    }
}

impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.about {
            Some(about) => write!(f, "{about}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_to_run_a_step_of_the_base() {
        let check = |text: &str, expected: &str| {
            assert_eq!(Notice::about("a", text).of_the_base("main"), Notice::about("a", expected));
        };
        check("the file is missing; run the step that writes it", "at main: the file is missing");
        check("made with other params: lr; run `dvc repro`", "at main: made with other params: lr");
        let remote = "it is not in the cache; run the stage that writes it, or name a remote";
        check(remote, &format!("at main: {remote}"));
        check("plain", "at main: plain");
    }
}
