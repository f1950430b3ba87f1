//! What was typed becomes what is meant: flags > `CML_*` > detected > default.

use std::path::PathBuf;

use crate::cli::{CommentArgs, CompareArgs};
use crate::deliver::Mode;
use crate::environment::Context;
use crate::error::Error;
use crate::tracked::Sources;

/// What is compared, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Compare {
    pub base: Option<String>,
    pub base_dir: Option<PathBuf>,
    pub head: Option<String>,
    pub dir: Option<PathBuf>,
    pub sources: Sources,
}

impl From<&CompareArgs> for Compare {
    fn from(args: &CompareArgs) -> Self {
        // By name, so that a flag that is forgotten here does not compile.
        let CompareArgs { base, base_dir, head, metrics, params, plots, dir } = args.clone();
        Self { base, base_dir, head, dir, sources: Sources { metrics, params, plots } }
    }
}

/// Where a comment goes, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetWish {
    /// The change request that we run for, else what the policies say.
    Auto,
    /// The change request that we run for, and nothing else.
    Change,
    ChangeNumber(u64),
    Issue(u64),
    /// A commit by revision; `None` is the head.
    Commit(Option<String>),
}

/// A comment's settings, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct CommentSettings {
    pub mode: Mode,
    /// A user's Markdown; `-` is standard input.
    pub file: Option<String>,
    pub target: TargetWish,
    pub key: String,
    /// The title of CML's own comments that we adopt.
    pub adopt_title: Option<String>,
    /// The folder for what the CI keeps.
    pub artifacts: Option<PathBuf>,
    pub dry_run: bool,
}

/// Resolves the words, the key and the target of `cml comment`.
pub fn comment(args: &CommentArgs, context: &Context) -> Result<CommentSettings, Error> {
    let CommentArgs { words, compare: _, key, watermark_title, target, artifacts, dry_run } = args.clone();
    let (mode, file) = words_of(&words)?;
    let title = watermark_title.map(|title| {
        title.replacen("{workflow}", context.workflow.as_deref().unwrap_or(""), 1).replacen(
            "{run}",
            context.run.as_deref().unwrap_or(""),
            1,
        )
    });
    let default_key = || match (&file, &context.workflow, &context.job) {
        // One key per change request, as in CML.
        (Some(_), ..) => "file".to_owned(),
        (None, Some(workflow), Some(job)) => format!("{workflow}/{job}"),
        (None, Some(name), None) | (None, None, Some(name)) => name.clone(),
        (None, None, None) => "report".to_owned(),
    };
    let key = key.or_else(|| title.clone()).filter(|key| !key.is_empty()).unwrap_or_else(default_key);
    let adopt_title = file.is_some().then(|| title.unwrap_or_default());
    Ok(CommentSettings {
        mode,
        file,
        target: target_of(target.as_deref())?,
        key,
        adopt_title,
        artifacts,
        dry_run,
    })
}

fn words_of(words: &[String]) -> Result<(Mode, Option<String>), Error> {
    let mode = |word: &str| match word {
        "create" => Some(Mode::Create),
        "update" => Some(Mode::Update),
        _ => None,
    };
    match words {
        [] => Ok((Mode::Update, None)),
        [one] => Ok(mode(one).map_or_else(|| (Mode::Update, Some(one.clone())), |mode| (mode, None))),
        [first, file] => match mode(first) {
            Some(mode) => Ok((mode, Some(file.clone()))),
            None => Err(Error::input(format!("unknown word {first:?} before the file {file:?}"))
                .hint("write `cml comment create FILE` or `cml comment update FILE`")),
        },
        _ => Err(Error::input("too many words").hint("write `cml comment [create|update] [FILE]`")),
    }
}

fn target_of(text: Option<&str>) -> Result<TargetWish, Error> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty() && *text != "auto") else {
        return Ok(TargetWish::Auto);
    };
    let (kind, rest) = text.split_once('/').map_or((text, None), |(kind, rest)| (kind, Some(rest)));
    let number = |rest: &str| {
        rest.parse::<u64>().map_err(|_| {
            Error::input(format!("--target {text:?}: {rest:?} is no number"))
                .hint("for example --target pr/12")
        })
    };
    match (kind.to_ascii_lowercase().as_str(), rest) {
        ("pr" | "mr", None) => Ok(TargetWish::Change),
        ("pr" | "mr", Some(rest)) => number(rest).map(TargetWish::ChangeNumber),
        ("issue", Some(rest)) => number(rest).map(TargetWish::Issue),
        ("commit", rest) => Ok(TargetWish::Commit(rest.map(str::to_owned))),
        _ => Err(Error::input(format!("--target {text:?} is not understood"))
            .hint("use pr, pr/N, commit, commit/REV or issue/N")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_target(text: &str, expected: Option<TargetWish>) {
        assert_eq!(target_of(Some(text)).ok(), expected, "{text}");
    }

    #[test]
    fn a_target_is_a_kind_and_a_number() {
        check_target("pr", Some(TargetWish::Change));
        check_target("PR/1", Some(TargetWish::ChangeNumber(1)));
        check_target("issue/1337", Some(TargetWish::Issue(1337)));
        check_target("commit/HEAD", Some(TargetWish::Commit(Some("HEAD".into()))));
        check_target("auto", Some(TargetWish::Auto));
        check_target("foo", None);
        check_target("issue", None);
        check_target("pr/x", None);
    }

    #[test]
    fn a_file_called_create_is_written_with_its_folder() {
        let words =
            |list: &[&str]| words_of(&list.iter().map(|&w| w.to_owned()).collect::<Vec<_>>()).unwrap();
        assert_eq!(words(&[]), (Mode::Update, None));
        assert_eq!(words(&["create"]), (Mode::Create, None));
        assert_eq!(words(&["./create"]), (Mode::Update, Some("./create".into())));
        assert_eq!(words(&["create", "r.md"]), (Mode::Create, Some("r.md".into())));
        assert_eq!(words(&["report.md"]), (Mode::Update, Some("report.md".into())));
    }
}
