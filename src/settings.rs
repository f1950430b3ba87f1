//! What was typed becomes what is meant: flags > `CML_*` > `cml.toml` > detected > default.

use std::path::{Path, PathBuf};

use crate::cli::{CommentArgs, CompareArgs, Policy, StoreArgs};
use crate::config::{self, Asset, Config};
use crate::error::Error;
use cml_base::pattern;
use cml_forge::deliver::Mode;
use cml_host::environment::Context;
use cml_store::publish::{BadStore, Named};
use cml_tracked::{self as tracked, Glob, Sources};

/// What is compared, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compare {
    pub base_dir: Option<PathBuf>,
    pub sources: Sources,
    /// Whether images are drawn that did not change.
    pub all_images: bool,
}

impl Compare {
    /// Checks what was typed, and takes the rest from the configuration; a glob that cannot be read is an error.
    pub fn of(args: &CompareArgs, config: &Config) -> Result<Self, Error> {
        // By name, so that a flag that is forgotten here does not compile.
        let CompareArgs {
            base: _,
            base_dir,
            head: _,
            metrics,
            params,
            plots,
            include,
            exclude,
            dir: _,
            draw,
        } = args.clone();
        let configured = &config.sources;
        let sources = Sources {
            metrics: globs("--metrics", &metrics, &configured.metrics)?,
            params: globs("--params", &params, &configured.params)?,
            plots: globs("--plots", &plots, &configured.plots)?,
            include: globs("--include", &include, &configured.include)?,
            exclude: globs("--exclude", &exclude, &configured.exclude)?,
        };
        Ok(Self { base_dir, sources, all_images: draw.all_images })
    }
}

/// The globs of a flag, else those of the configuration.
fn globs(flag: &str, typed: &[String], configured: &[Glob]) -> Result<Vec<Glob>, Error> {
    for glob in typed {
        tracked::check_glob(glob).map_err(|why| {
            Error::input(format!("{flag} {} is not a valid glob: {why}", pattern::shown(glob)))
                .hint("* stands for a part of a name, ** for folders; for example 'out/**/metrics.json'")
        })?;
    }
    if typed.is_empty() {
        return Ok(configured.to_vec());
    }
    Ok(typed.iter().map(|glob| Glob::new(glob, flag)).collect())
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
    /// What tells the report apart for its readers: a key of the user's, the project's folder, or a matrix's values.
    pub name: Option<String>,
    /// The title of CML's own comments that we adopt.
    pub adopt_title: Option<String>,
    /// The folder for what the CI keeps.
    pub artifacts: Option<PathBuf>,
    pub dry_run: bool,
    /// Whether it is a thread that people resolve.
    pub thread: bool,
    /// The first part of a label that tells the verdict.
    pub label: Option<String>,
    /// Whether the local images of a user's Markdown are published.
    pub publish: bool,
    /// Where images go; `None`: the forge itself.
    pub store: Option<Named>,
}

/// Resolves the words, the key and the target of `cml comment`. `folder` is the project's folder inside the repository,
/// where no flag names it.
pub fn comment(
    args: &CommentArgs,
    context: &Context,
    config: &Config,
    folder: &str,
) -> Result<CommentSettings, Error> {
    let CommentArgs {
        words,
        compare,
        key,
        watermark_title,
        target,
        policy,
        start,
        thread,
        label,
        artifacts,
        dry_run,
        watch,
        publish,
        store: store_args,
        older,
    } = args.clone();
    let of_older = older.commit_sha.map(|sha| format!("commit/{sha}")).or(older.pr.then(|| "pr".to_owned()));
    let target = target.or(of_older);
    if watch.watch && words.iter().any(|word| word == "-") {
        return Err(Error::input("standard input cannot be watched").hint("name the file that is written"));
    }
    let (mode, file) = words_of(&words)?;
    if older.update && mode == Mode::Create {
        return Err(Error::input("`create` and --update contradict each other").hint("leave out one of them"));
    }
    let policy = policy.or_else(|| configured_policy(config, mode, file.as_deref(), start));
    let (mode, only) = policy_of(mode, file.as_deref(), policy, start)?;
    let key = key.map(|key| context.fill_in(&key));
    let title = watermark_title.map(|title| context.fill_in(&title));
    if key.as_ref().is_some_and(|key| key.trim().is_empty()) {
        return Err(Error::input("--key is empty").hint("leave it out, or give the report a name"));
    }
    let typed = compare.dir.as_deref().map(Path::to_string_lossy);
    let dir = typed.as_deref().unwrap_or(folder).trim_start_matches("./").trim_end_matches('/');
    let configured = config.comment.key.as_deref().filter(|_| file.is_none() && title.is_none());
    let configured = configured.map(|key| format!("{key} {}", config.below).trim_end().to_owned());
    let name = key.clone().or_else(|| configured.clone());
    let name = name.or_else(|| (!dir.is_empty() && dir != ".").then(|| dir.to_owned()));
    let key = key.or_else(|| title.clone()).filter(|key| !key.is_empty());
    let key = key.or_else(|| {
        // The legs of a matrix read one file, and have a report each.
        let matrix = context.runner.matrix.as_ref().map(|matrix| format!(" ({matrix})"));
        configured.map(|key| key + &matrix.unwrap_or_default())
    });
    let key = key.unwrap_or_else(|| match &name {
        // Two projects of one repository have a report each.
        Some(name) => format!("{} {name}", default_key(file.is_some(), context)),
        None => default_key(file.is_some(), context),
    });
    let label = label.map(|label| label_of(&label, file.as_deref())).transpose()?;
    // CML's own default title is the empty one, and CML posts files only.
    let adopt_title = title.or_else(|| file.is_some().then(String::new));
    Ok(CommentSettings {
        mode,
        only,
        file,
        target: target_of(target.as_deref())?,
        key,
        name: name.or_else(|| context.runner.matrix.clone()),
        adopt_title,
        artifacts,
        dry_run,
        thread,
        label,
        publish,
        store: store(&store_args, config)?,
    })
}

/// The key of a comment that nobody has named.
fn default_key(is_file: bool, context: &Context) -> String {
    match (is_file, &context.workflow, &context.job) {
        // One key per change request, as in CML.
        (true, ..) => "file".to_owned(),
        (false, Some(workflow), Some(job)) => match &context.runner.matrix {
            Some(matrix) => format!("{workflow}/{job} ({matrix})"),
            None => format!("{workflow}/{job}"),
        },
        (false, Some(name), None) | (false, None, Some(name)) => name.clone(),
        (false, None, None) => "report".to_owned(),
    }
}

/// The policy of the configuration, where it has something to say: not where the words ask for another thing.
fn configured_policy(config: &Config, mode: Mode, file: Option<&str>, start: bool) -> Option<Policy> {
    let policy = match config.comment.policy? {
        config::Policy::Update => Policy::Update,
        config::Policy::Recreate => Policy::Recreate,
        config::Policy::OnlyChanges => Policy::OnlyChanges,
        config::Policy::OnlyRegressions => Policy::OnlyRegressions,
    };
    let of_report = matches!(policy, Policy::OnlyChanges | Policy::OnlyRegressions);
    (mode == Mode::Update && !start && (file.is_none() || !of_report)).then_some(policy)
}

fn label_of(label: &str, file: Option<&str>) -> Result<String, Error> {
    let label = label.trim().trim_end_matches("::");
    if label.is_empty() || label.contains(',') {
        return Err(Error::input(format!("--label {label:?} is not a label's name"))
            .hint("for example --label model, which gives model::better or model::worse"));
    }
    match file {
        Some(file) => Err(Error::input(format!("cml cannot tell what {file} says of the model"))
            .hint("--label is for cml's own report: leave the file out")),
        None => Ok(label.to_owned()),
    }
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

/// The store that the flags name, else the configuration; `None`: the forge itself.
pub fn store(args: &StoreArgs, config: &Config) -> Result<Option<Named>, Error> {
    let StoreArgs { publish_url, asset_store, asset_url, publish_native } = args;
    let flagged = match (publish_url, asset_store, asset_url) {
        (Some(url), ..) => Some(Named::server(url)),
        (None, Some(dir), Some(prefix)) => Some(Named::folder(dir, prefix)),
        // clap asks for both or neither.
        (None, ..) => None,
    };
    if let Some(named) = flagged {
        return named.map(Some).map_err(|error| {
            Error::input(format!("images cannot be stored there: {error}"))
                .hint("name a server (--publish-url https://HOST/PATH) or a folder or bucket (--asset-store DIR|s3://BUCKET/PATH --asset-url https://HOST/PATH)")
        });
    }
    let Asset { store, url, publish_url } = &config.asset;
    let named = match (publish_url, store, url) {
        _ if *publish_native => return Ok(None),
        (Some(url), ..) => Named::server(url),
        (None, Some(store), Some(prefix)) => Named::folder(Path::new(store), prefix),
        (None, ..) => return Ok(None),
    };
    named.map(Some).map_err(|error| {
        // An address in a file may hold a key, so it is not repeated.
        let why = match error {
            BadStore::NoAddress(_) => "an address is not a web address (https://HOST/PATH)".to_owned(),
            other => other.to_string(),
        };
        Error::input(format!("images cannot be stored as [asset] says: {why}"))
            .hint("correct [asset] in cml.toml, or store images on the forge: leave it out")
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
            Error::input(format!("--target {text:?}: {rest:?} is not a number"))
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
