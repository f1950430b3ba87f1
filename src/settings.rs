//! What was typed becomes what is meant: flags > `CML_*` > detected > default.

use std::path::{Path, PathBuf};

use crate::cli::{CommentArgs, CompareArgs, Policy, StoreArgs};
use crate::deliver::Mode;
use crate::environment::Context;
use crate::error::Error;
use crate::publish::Named;
use crate::tracked::{self, Sources};

/// What is compared, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Compare {
    pub base: Option<String>,
    pub base_dir: Option<PathBuf>,
    pub head: Option<String>,
    pub dir: Option<PathBuf>,
    pub sources: Sources,
    /// Whether images are drawn that did not change.
    pub all_images: bool,
}

impl Compare {
    /// Checks what was typed; a glob that cannot be read is an error.
    pub fn of(args: &CompareArgs) -> Result<Self, Error> {
        // By name, so that a flag that is forgotten here does not compile.
        let CompareArgs { base, base_dir, head, metrics, params, plots, dir, draw } = args.clone();
        for (flag, globs) in [("--metrics", &metrics), ("--params", &params), ("--plots", &plots)] {
            for glob in globs {
                tracked::check_glob(glob).map_err(|why| {
                    Error::input(format!("{flag} {glob:?} is no valid glob: {why}")).hint(
                        "* stands for a part of a name, ** for folders; for example 'out/**/metrics.json'",
                    )
                })?;
            }
        }
        Ok(Self {
            base,
            base_dir,
            head,
            dir,
            sources: Sources { metrics, params, plots },
            all_images: draw.all_images,
        })
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

/// What a comment must have to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    Changes,
    Regressions,
}

/// A comment's settings, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct CommentSettings {
    pub mode: Mode,
    /// Whether only a change, or only a regression, is worth a comment.
    pub only: Option<Only>,
    /// A user's Markdown; `-` is standard input.
    pub file: Option<String>,
    pub target: TargetWish,
    pub key: String,
    /// What tells the report apart for its readers: a key of the user's, or the project's folder.
    pub name: Option<String>,
    /// The title of CML's own comments that we adopt.
    pub adopt_title: Option<String>,
    /// The folder for what the CI keeps.
    pub artifacts: Option<PathBuf>,
    pub dry_run: bool,
    /// Whether the local images of a user's Markdown are published.
    pub publish: bool,
    /// Where images go; `None`: the forge itself.
    pub store: Option<Named>,
}

/// Resolves the words, the key and the target of `cml comment`.
pub fn comment(args: &CommentArgs, context: &Context) -> Result<CommentSettings, Error> {
    let CommentArgs {
        words,
        compare,
        key,
        watermark_title,
        target,
        policy,
        start,
        artifacts,
        dry_run,
        watch,
        publish,
        store: store_args,
    } = args.clone();
    if watch.watch && words.iter().any(|word| word == "-") {
        return Err(Error::input("standard input cannot be watched").hint("name the file that is written"));
    }
    let (mode, file) = words_of(&words)?;
    let (mode, only) = policy_of(mode, file.as_deref(), policy, start)?;
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
        (None, Some(workflow), Some(job)) => match &context.runner.matrix {
            Some(matrix) => format!("{workflow}/{job} ({matrix})"),
            None => format!("{workflow}/{job}"),
        },
        (None, Some(name), None) | (None, None, Some(name)) => name.clone(),
        (None, None, None) => "report".to_owned(),
    };
    if key.as_ref().is_some_and(|key| key.trim().is_empty()) {
        return Err(Error::input("--key is empty").hint("leave it out, or give the report a name"));
    }
    let dir = compare.dir.as_deref().map(Path::to_string_lossy);
    let dir =
        dir.as_deref().map(|dir| dir.trim_start_matches("./").trim_end_matches('/')).unwrap_or_default();
    let name = key.clone().or_else(|| (!dir.is_empty() && dir != ".").then(|| dir.to_owned()));
    let key = key.or_else(|| title.clone()).filter(|key| !key.is_empty()).unwrap_or_else(|| match &name {
        // Two projects of one repository have a report each.
        Some(name) => format!("{} {name}", default_key()),
        None => default_key(),
    });
    // CML's own default title is the empty one, and CML posts files only.
    let adopt_title = title.or_else(|| file.is_some().then(String::new));
    Ok(CommentSettings {
        mode,
        only,
        file,
        target: target_of(target.as_deref())?,
        key,
        name,
        adopt_title,
        artifacts,
        dry_run,
        publish,
        store: store(&store_args)?,
    })
}

/// The mode that the words, `--policy` and `--start` ask for together.
fn policy_of(
    mode: Mode,
    file: Option<&str>,
    policy: Option<Policy>,
    start: bool,
) -> Result<(Mode, Option<Only>), Error> {
    if start {
        let fits = mode == Mode::Update && file.is_none();
        let fault = || Error::input("--start posts a note of its own, and takes neither `create` nor a FILE");
        return if fits { Ok((Mode::Start, None)) } else { Err(fault()) };
    }
    if policy.is_some() && mode == Mode::Create {
        return Err(Error::input("`create` makes a new comment each time, so --policy says nothing with it")
            .hint("leave one of the two out"));
    }
    match (policy, file) {
        (None | Some(Policy::Update), _) => Ok((mode, None)),
        (Some(Policy::Recreate), _) => Ok((Mode::Recreate, None)),
        (Some(Policy::OnlyChanges), None) => Ok((mode, Some(Only::Changes))),
        (Some(Policy::OnlyRegressions), None) => Ok((mode, Some(Only::Regressions))),
        (Some(Policy::OnlyChanges | Policy::OnlyRegressions), Some(file)) => {
            Err(Error::input(format!("cml cannot tell whether {file} reports a change"))
                .hint("this policy is for cml's own report: leave the file out"))
        }
    }
}

/// The store that the flags name; `None`: the forge itself.
pub fn store(args: &StoreArgs) -> Result<Option<Named>, Error> {
    let StoreArgs { publish_url, asset_store, asset_url, publish_native: _ } = args;
    let named = match (publish_url, asset_store, asset_url) {
        (Some(url), ..) => Named::server(url),
        (None, Some(dir), Some(prefix)) => Named::folder(dir, prefix),
        // clap asks for both or neither.
        (None, ..) => return Ok(None),
    };
    named.map(Some).map_err(|error| {
        Error::input(format!("images cannot be stored there: {error}"))
            .hint("name a server (--publish-url https://HOST/PATH) or a folder or bucket (--asset-store DIR|s3://BUCKET/PATH --asset-url https://HOST/PATH)")
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
    fn a_policy_fits_what_is_posted() {
        let check = |mode, file, policy, start, expected| {
            assert_eq!(policy_of(mode, file, policy, start).ok(), expected, "{mode:?} {file:?} {policy:?}");
        };
        let file = Some("report.md");
        check(Mode::Update, file, None, false, Some((Mode::Update, None)));
        check(Mode::Create, file, None, false, Some((Mode::Create, None)));
        check(Mode::Update, file, Some(Policy::Recreate), false, Some((Mode::Recreate, None)));
        check(Mode::Create, file, Some(Policy::Recreate), false, None);
        check(
            Mode::Update,
            None,
            Some(Policy::OnlyChanges),
            false,
            Some((Mode::Update, Some(Only::Changes))),
        );
        check(Mode::Update, file, Some(Policy::OnlyRegressions), false, None);
        check(Mode::Update, None, None, true, Some((Mode::Start, None)));
        check(Mode::Update, file, None, true, None);
        check(Mode::Create, None, None, true, None);
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
