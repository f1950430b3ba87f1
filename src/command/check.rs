//! `cml check create`: the report, or a user's Markdown, as a check beside the commit.

use std::hash::{BuildHasher as _, RandomState};

use crate::cli::{CheckConclusion, CheckCreateArgs, CheckStatus, Global, StoreArgs};
use crate::error::Error;
use crate::settings;
use cml_base::flavor::{self, Limits};
use cml_base::ident::Sha;
use cml_forge::deliver;
use cml_forge::{Annotation, Check, CheckState, Checks, Target};
use cml_host::environment::{self, Context, Env, Pipeline};
use cml_http::HttpError;
use cml_render::{self as render, Images};
use cml_report::{Judgement, Report};

use crate::comparison::{Compared, artifacts, compare};
use crate::config::Config;
use crate::content::keep::{Kept, keep_whole, whole};
use crate::content::undelivered;
use crate::content::{Content, Publishing, Shown, UserFile, images, store};
use crate::session::{Network, Session};
use crate::sides;

/// CML's name for a check.
const NAME: &str = "CML Report";

pub(crate) async fn create(args: &CheckCreateArgs, global: &Global, env: &Env) -> Result<u8, Error> {
    let network = if args.dry_run { Network::Forbidden } else { Network::Allowed };
    let mut session = Session::open(global, env, network)?;
    session.connect().await?;
    session.find_change().await?;
    session.choose_head().await;
    let (mut content, config) = content(&session, args).await?;
    let store = settings::store(&StoreArgs::default(), &config)?;
    let store = store::open_store(&session, store.as_ref())?;
    let head = head(&session, &content, args.commit_sha.as_deref())?;
    if args.dry_run {
        return dry_run(&session, &content, &head, args);
    }
    let Some(forge) = session.forge()? else {
        return undelivered::without_forge(&session, &content, environment::ROLE_FOR_STATUSES);
    };
    store::until(store.as_ref(), Some(forge), session.context().runner.delivering());
    let Some(checks) = forge.checks() else {
        return Err(Error::input("this forge has no checks").hint("post a comment: cml comment"));
    };
    let Some(limits) = forge.flavor().check else {
        return post_line(&session, args, checks, &content, head).await;
    };
    let (store, target) = (store.as_ref(), Target::Commit(head.clone()));
    let to = Publishing { forge, store, target: &target, shown_before: true };
    let (images, notices) = images(&session, &mut content, &to).await;
    session.console().notices(&notices);
    let shown = Shown::new(&images, &notices);
    let (summary, kept) = summary(&session, &content, limits, shown)?;
    let check = check(&content, head, summary, args, session.context());
    match checks.create_check(&check).await {
        Ok(url) => {
            if let Some(kept) = kept {
                kept.tell("a check", session.console());
            }
            undelivered::tell_address(&url, session.console());
            Ok(0)
        }
        Err(error) => {
            if kept.is_none() {
                keep_whole(&session, &content, &Images::default(), &notices)?;
            }
            Err(refused(&session, error))
        }
    }
}

/// What the check says, and the configuration that holds for it.
async fn content(session: &Session, args: &CheckCreateArgs) -> Result<(Content, Config), Error> {
    if let Some(file) = &args.file {
        let (config, _) = sides::find(session, args.compare.dir.as_deref()).config(session).await?;
        let head = session.context().head.clone().or_else(|| session.repository()?.resolve("HEAD").ok());
        // A check carries nothing out.
        let file = UserFile::read(session, file, true, head, flavor::ELSEWHERE)?;
        return Ok((Content::File(Box::new(file)), config));
    }
    let mut compared = compare(session, &args.compare).await?;
    session.console().notices(&compared.report.notices);
    let config = compared.config.clone();
    if let Some(dir) = &args.artifacts {
        artifacts::keep(session, &mut compared, dir);
    }
    Ok((Content::Report(Box::new(compared)), config))
}

fn head(session: &Session, content: &Content, flag: Option<&str>) -> Result<Sha, Error> {
    match undelivered::commit_target(session, content, flag.filter(|rev| !rev.is_empty()))? {
        Target::Commit(sha) => Ok(sha),
        Target::Change(_) | Target::Issue(_) => Err(Error::input("a check belongs to a commit")),
    }
}

/// The text of a check, and where all of it is if that is longer.
fn summary(
    session: &Session,
    content: &Content,
    limits: Limits,
    shown: Shown<'_>,
) -> Result<(String, Option<Kept>), Error> {
    let (text, shortened) = content.body(limits, &shown);
    if !shortened {
        return Ok((session.hidden(text), None));
    }
    let kept = keep_whole(session, content, shown.images, shown.notices)?;
    let whole = kept.place(session.context()).map(|text| (kept, text));
    let text = content.body(limits, &Shown { whole: whole.as_ref(), ..shown }).0;
    Ok((session.hidden(text), Some(kept)))
}

/// The error of a check that was refused.
fn refused(session: &Session, error: HttpError) -> Error {
    let forbidden = deliver::is_read_only(&error);
    let error = Error::from(error);
    match session.context().flavor().permissions.as_ref().filter(|_| forbidden) {
        Some(permissions) => error.hint(format!(
            "only the token of an App or a job may create checks; give the job these permissions (naming one alone \
             sets the others to none):\n{}",
            permissions.check
        )),
        None => error,
    }
}

/// A check that has no text: it shows the job's page, so the report is in the job's log.
async fn post_line(
    session: &Session,
    args: &CheckCreateArgs,
    checks: &dyn Checks,
    content: &Content,
    head: Sha,
) -> Result<u8, Error> {
    let (context, console) = (session.context(), session.console());
    let check = check(content, head, String::new(), args, context);
    console.shown(&whole(session, content, &[]))?;
    match checks.create_check(&check).await {
        Ok(url) => {
            console.info(&format!("the status {:?} of {}: {} ({url})", check.name, check.head, check.title));
            Ok(0)
        }
        Err(error) => Err(undelivered::refusal(error, context, environment::ROLE_FOR_STATUSES)),
    }
}

fn check(content: &Content, head: Sha, summary: String, args: &CheckCreateArgs, context: &Context) -> Check {
    let compared = match content {
        Content::Report(compared) => Some(compared),
        Content::File(_) | Content::Start { .. } => None,
    };
    let report = compared.map(|compared| &compared.report);
    let pipeline = pipeline(args, context);
    let run =
        [&context.run, &context.attempt, &context.runner.leg].map(|part| part.as_deref().unwrap_or("-"));
    let title = title(args, context);
    Check {
        head: pipeline.as_ref().map_or(head, |pipeline| pipeline.commit.clone()),
        // New for each process: the same job may create several checks of one name.
        external_id: format!("cml {} {:016x}", run.join("/"), RandomState::new().hash_one(&title)),
        state: state(args, report),
        title: report.map_or_else(|| title.clone(), render::verdict),
        name: title,
        summary,
        annotations: compared.map(|compared| annotations(compared)).unwrap_or_default(),
        details_url: report.and_then(|report| report.kept_at.clone()).or_else(|| context.run_url.clone()),
        pipeline,
    }
}

/// The job's own pipeline, unless the check is for another commit.
fn pipeline(args: &CheckCreateArgs, context: &Context) -> Option<Pipeline> {
    let is_named = args.commit_sha.as_ref().is_some_and(|rev| !rev.is_empty());
    context.ci_job.as_ref().filter(|_| !is_named)?.pipeline.clone()
}

/// CML's name for a check. Where checks are jobs of a pipeline, a name is all that tells two of them apart, so there it has the
/// job's and the project's folder.
fn title(args: &CheckCreateArgs, context: &Context) -> String {
    if let Some(title) = args.title.as_ref().filter(|title| !title.trim().is_empty()) {
        return title.clone();
    }
    let mut parts = vec![NAME];
    if context.flavor().check.is_none() {
        parts.extend(context.job.as_deref());
    }
    let dir = folder(args);
    parts.extend(Some(dir.as_str()).filter(|dir| !dir.is_empty()));
    parts.join(" / ")
}

/// The project's folder as people write it; empty at the repository's root.
fn folder(args: &CheckCreateArgs) -> String {
    let dir = args.compare.dir.as_ref().map(|dir| dir.to_string_lossy().replace('\\', "/"));
    let dir = dir.as_deref().unwrap_or_default().trim_start_matches("./").trim_matches('/');
    if dir == "." { String::new() } else { dir.to_owned() }
}

/// The flags, else the verdict: what is worse without a rule that forbids it is no failure, but no success either.
fn state(args: &CheckCreateArgs, report: Option<&Report>) -> CheckState {
    match (args.status, args.conclusion) {
        (CheckStatus::Queued, _) => CheckState::Queued,
        (CheckStatus::InProgress, _) => CheckState::InProgress,
        (CheckStatus::Completed, Some(CheckConclusion::Success)) => CheckState::Success,
        (CheckStatus::Completed, Some(CheckConclusion::Failure)) => CheckState::Failure,
        (CheckStatus::Completed, Some(CheckConclusion::Neutral)) => CheckState::Neutral,
        (CheckStatus::Completed, Some(CheckConclusion::Cancelled)) => CheckState::Cancelled,
        (CheckStatus::Completed, Some(CheckConclusion::Skipped)) => CheckState::Skipped,
        (CheckStatus::Completed, Some(CheckConclusion::TimedOut)) => CheckState::TimedOut,
        (CheckStatus::Completed, None) => match report {
            Some(report) if report.has_regressions() || report.metrics.is_empty() => CheckState::Neutral,
            // What nobody could read may be worse.
            Some(report) if report.may_hide_regressions() => CheckState::Neutral,
            _ => CheckState::Success,
        },
    }
}

/// What is worse, and what is to be known about a file, beside that file.
fn annotations(compared: &Compared) -> Vec<Annotation> {
    let Compared { report, folder, .. } = compared;
    let place = |path: &str| if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
    let worse = report.metrics.iter().filter(|change| change.judgement == Judgement::Worse);
    let worse = worse.map(|change| Annotation {
        path: place(&change.path),
        is_warning: true,
        message: match change.divergence() {
            Some(divergence) => format!("{}: {}", render::line(change), divergence.as_str()),
            None => format!("{} is worse", render::line(change)),
        },
    });
    worse.collect()
}

fn dry_run(session: &Session, content: &Content, head: &Sha, args: &CheckCreateArgs) -> Result<u8, Error> {
    let console = session.console();
    let limits = session.context().flavor().check.unwrap_or(Limits::both(usize::MAX));
    let (summary, _) = content.body(limits, &Shown::new(&Images::default(), &[]));
    let summary = session.hidden(summary);
    let check = check(content, head.clone(), summary, args, session.context());
    console.shown(&format!("{}\n", check.summary.trim_end()))?;
    console.info(&format!(
        "dry run: would create the check {:?} on {}: {:?}, {:?}, {} annotations",
        check.name,
        head.short(),
        check.state,
        check.title,
        check.annotations.len()
    ));
    Ok(0)
}
