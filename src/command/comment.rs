//! `cml comment`: the report, or a user's Markdown, as one comment that is kept up to date.

use crate::cli::{CommentArgs, Global};
use crate::deliver::{self, Delivery, Mark, Mode, Outcome, Post};
use crate::environment::{self, Context, Env, Situation};
use crate::error::Error;
use crate::forge::{Forge, Target};
use crate::http::HttpError;
use crate::ident::{ChangeNumber, ForgeKind, Sha};
use crate::notice::Notice;
use crate::publish::Store;
use crate::render::{Dialect, Images};
use crate::settings::{self, CommentSettings, Only, TargetWish};

use super::compare::{self, Network, compare};
use super::content::{Content, images, keep_whole, start_note, to_summary};
use super::dry_run::dry_run;
use super::local_images::UserFile;
use super::{Console, artifacts, asset, situation, verdict};

pub(crate) async fn run(
    args: &CommentArgs,
    global: &Global,
    env: &Env,
    console: &Console,
) -> Result<u8, Error> {
    let repository = compare::repository(env)?;
    let mut context = compare::context(env, global, repository.as_ref())?;
    let settings = settings::comment(args, &context)?;
    if !settings.dry_run {
        compare::locate(&mut context, env, console).await?;
    }
    let store = asset::open_store(settings.store.as_ref(), env, &context, console)?;
    let forge = if settings.dry_run { None } else { compare::forge(&context, console)? };
    let is_named = !matches!(settings.target, TargetWish::Auto | TargetWish::Change);
    // A file that says where it goes needs no change request, and a push tells its own head.
    let is_settled =
        is_named && settings.file.is_some() && matches!(context.situation, Situation::Push { .. });
    let settled = match &forge {
        Some(forge) if !is_settled => situation::settle(&mut context, forge.as_ref()).await,
        _ => Ok(()),
    };
    let is_of_workflow = matches!(context.situation, Situation::Workflow { .. });
    if is_of_workflow && forge.is_some() && settled.is_ok() && settings.target == TargetWish::Auto {
        console
            .info("no open change request has this run's head, or more than one has: there is nothing to do");
        return Ok(0);
    }
    let network = if settings.dry_run { Network::Forbidden } else { Network::Allowed };
    let head = || context.head.clone().or_else(|| repository.as_ref()?.resolve("HEAD").ok());
    let mut content = match &settings.file {
        Some(file) => {
            let head = head();
            let dialect = Dialect::from(context.forge);
            let file = UserFile::read(env, file, settings.publish, head, repository, dialect, console)?;
            Content::File(Box::new(file))
        }
        None if settings.mode == Mode::Start => {
            let head = head();
            Content::Start { note: start_note(head.as_ref(), &context), head, repository }
        }
        None => {
            let mut compared = compare(env, &context, repository, &args.compare, network, console).await?;
            compared.report.name = settings.name.clone();
            console.notices(&compared.report.notices);
            if let Some(dir) = &settings.artifacts {
                artifacts::save(&mut compared.report, &context, dir, env, console)?;
            }
            Content::Report(Box::new(compared))
        }
    };
    if settings.dry_run {
        return dry_run(&content, &settings, &context, console);
    }
    let Some(forge) = forge else {
        return without_forge(&content, &context, environment::ROLE_FOR_NOTES, console);
    };
    if let Err(error) = settled
        && !is_named
    {
        return failed(error, &content, &context, console);
    }
    let target = target(forge.as_ref(), &content, &settings, &context).await?;
    post(forge.as_ref(), &mut content, target.as_ref(), store.as_ref(), &settings, &context, console).await
}

/// How to post: a report that has nothing to say by `--policy` only keeps an older one up to date.
pub(super) fn mode(content: &Content, settings: &CommentSettings) -> Mode {
    let Content::Report(compared) = content else { return settings.mode };
    match settings.only {
        Some(Only::Changes) if !compared.report.has_changes() => Mode::Quiet,
        Some(Only::Regressions) if !compared.report.has_regressions() => Mode::Quiet,
        _ => settings.mode,
    }
}

/// Where the comment goes; `None`: nowhere, so the job summary has it.
async fn target(
    forge: &dyn Forge,
    content: &Content,
    settings: &CommentSettings,
    context: &Context,
) -> Result<Option<Target>, Error> {
    let change = match (&settings.target, &context.situation) {
        (TargetWish::ChangeNumber(number), _) => return Ok(Some(Target::Change(ChangeNumber(*number)))),
        (TargetWish::Issue(number), _) => return Ok(Some(Target::Issue(*number))),
        (TargetWish::Commit(rev), _) => return commit_target(content, rev.as_deref()).map(Some),
        (_, Situation::Change { number, .. } | Situation::Named { number }) => Some(*number),
        (_, Situation::Queue { number, .. }) => *number,
        // The change request of a pushed branch has been asked for already.
        (_, Situation::Push { .. } | Situation::Workflow { .. }) => None,
        (_, Situation::Laptop) => match content.head() {
            Some(head) => forge.change_for(head).await?,
            None => None,
        },
        (_, Situation::Other { .. }) => None,
    };
    match (change, &settings.target, content) {
        (Some(number), ..) => Ok(Some(Target::Change(number))),
        (None, TargetWish::Change, _) => Err(Error::input("there is no open change request for this commit")
            .hint("name it: --target pr/N; or leave --target out")),
        // As CML does: a user's file without a change request is a comment on the commit.
        (None, _, Content::File(_)) => commit_target(content, None).map(Some),
        (None, _, Content::Report(_) | Content::Start { .. }) => Ok(None),
    }
}

pub(super) fn commit_target(content: &Content, rev: Option<&str>) -> Result<Target, Error> {
    let sha = match rev {
        None | Some("HEAD") => content.head().cloned(),
        Some(rev) => match (rev.parse::<Sha>(), content.repository()) {
            (Ok(sha), _) => Some(sha),
            (Err(_), Some(repository)) => Some(repository.resolve(rev)?),
            (Err(_), None) => None,
        },
    };
    sha.map(Target::Commit).ok_or_else(|| {
        Error::input(format!("the commit {:?} is not known", rev.unwrap_or("HEAD")))
            .hint("run inside the repository, or give the full commit name")
    })
}

async fn post(
    forge: &dyn Forge,
    content: &mut Content,
    target: Option<&Target>,
    store: Option<&Store>,
    settings: &CommentSettings,
    context: &Context,
    console: &Console,
) -> Result<u8, Error> {
    let mark = mark(content, settings, context);
    let (images, notices) = match target {
        Some(target) => {
            let shown_before = settings.mode != Mode::Create;
            images(forge, content, target, shown_before, store, context, console).await
        }
        None => (Images::default(), Vec::new()),
    };
    console.notices(&notices);
    let foreign = is_foreign(context);
    let room = deliver::room(forge.limits(), &mark);
    let (body, shortened) = content.body(&images, &notices, room, context.run_url.as_deref());
    let post = Post {
        on: target,
        mark: &mark,
        body: &body,
        mode: mode(content, settings),
        adopt_title: settings.adopt_title.as_deref(),
        foreign,
        thread: verdict::thread(content, settings, console, context),
    };
    match deliver::deliver(forge, &post).await {
        Delivery::Posted(delivered, trouble) => {
            if let Some(error) = trouble {
                console.warn(&format!("the thread stays as it is (that needs the role Developer): {error}"));
            }
            verdict::label(forge, target, content, &delivered.outcome, settings, console).await;
            if delivered.shares_its_key {
                console.warn(&format!(
                    "another job of this run has a comment under the key {:?} too, and both are kept; give each its \
                     own --key",
                    mark.key
                ));
            }
            if tell(&delivered.outcome, shortened, console)? {
                keep_whole(content, &images, &notices, context, console)?;
            }
        }
        Delivery::Summary { why } => {
            let why = Notice::new(format!("this report is no comment: {why}"));
            console.notices(std::slice::from_ref(&why));
            to_summary(content, context, foreign.then_some(why), console)?;
        }
        Delivery::Failed(error) => return failed(error, content, context, console),
    }
    Ok(0)
}

/// Says what became of the comment; whether it does not show all of the report.
fn tell(outcome: &Outcome, shortened: bool, console: &Console) -> Result<bool, Error> {
    match outcome {
        Outcome::Created(posted) | Outcome::Updated(posted) | Outcome::Unchanged(posted) => {
            if shortened {
                console.warn("the report is too long for a comment, so it was shortened; all of it is in the job's summary or log");
            }
            console.result(&format!("{}\n", posted.url))?;
            Ok(shortened)
        }
        Outcome::Superseded => {
            console.info("superseded: a newer commit's report is there, so this older one is not posted");
            Ok(false)
        }
        Outcome::Silent => {
            console.info("there is nothing to say by --policy, so no comment is made");
            Ok(true)
        }
    }
}

/// Whether the change comes from where jobs get no token, or one that only reads.
fn is_foreign(context: &Context) -> bool {
    let privileged = context.runner.privileged;
    matches!(context.situation, Situation::Change { fork, dependabot, .. } if dependabot || (fork && !privileged))
}

/// A failure loses no report: it goes to the job summary and the log.
fn failed(error: HttpError, content: &Content, context: &Context, console: &Console) -> Result<u8, Error> {
    to_summary(content, context, Some(Notice::new("the comment could not be posted")), console)?;
    Err(refusal(error, context, environment::ROLE_FOR_NOTES))
}

/// The error of a refused write, with what to do about it; `role` is the least that GitLab lets write that.
pub(super) fn refusal(error: HttpError, context: &Context, role: &str) -> Error {
    let forbidden = deliver::is_read_only(&error);
    let advice = match (&context.gitlab, &error) {
        (Some(job), HttpError::Refused { status, .. }) => job.refused_token(*status, role),
        _ => None,
    };
    let refused = Error::from(error);
    if let Some(advice) = advice {
        return refused.hint(advice);
    }
    if forbidden && context.forge != Some(ForgeKind::GitLab) {
        refused.hint(format!(
            "give the job these permissions (naming one alone sets the others to none):\n{}",
            deliver::PERMISSIONS_BLOCK
        ))
    } else {
        refused
    }
}

pub(super) fn mark(content: &Content, settings: &CommentSettings, context: &Context) -> Mark {
    Mark {
        key: settings.key.clone(),
        head: match context.situation {
            // The queue's own commit is no head of the change request.
            Situation::Queue { .. } => None,
            _ => content.head().cloned(),
        },
        run: context.run.clone(),
        attempt: context.attempt.clone(),
        job: context.job.clone(),
        leg: context.runner.leg.clone(),
    }
}

/// Without a token or a repository: the job summary, or an error that says what is missing.
pub(super) fn without_forge(
    content: &Content,
    context: &Context,
    role: &str,
    console: &Console,
) -> Result<u8, Error> {
    let foreign = is_foreign(context);
    let (what, hint) = if context.repo.is_none() {
        (
            "the repository is not known",
            "name it: --repo OWNER/NAME; or look at the comment with --dry-run".to_owned(),
        )
    } else if context.forge.is_none() {
        (
            "the repository's host is no forge that cml knows",
            "say which it is: --driver github or --driver gitlab; or use --dry-run".to_owned(),
        )
    } else {
        ("there is no token to post with", context.without_token(foreign, role))
    };
    if let (true, Some(_)) = (foreign, &context.gitlab) {
        // Nobody is to blame: a fork's job has no token. The report is in the log, and in the artifacts if asked for.
        let why = Notice::new(format!("this report is no comment: {what}: {hint}"));
        console.notices(std::slice::from_ref(&why));
        to_summary(content, context, Some(why), console)?;
        return Ok(0);
    }
    to_summary(
        content,
        context,
        Some(Notice::new(format!("the comment could not be posted: {what}"))),
        console,
    )?;
    Err(Error::delivery(format!("cannot post the comment: {what}")).hint(hint))
}
