//! `cml comment`: the report, or a user's Markdown, as one comment that is kept up to date.

use std::cell::OnceCell;
use std::path::Path;

use crate::cli::{CommentArgs, Global};
use crate::deliver::{self, Delivery, Mark, Mode, Outcome, Post};
use crate::environment::{Context, Env, Situation};
use crate::error::Error;
use crate::forge::{Forge, Target};
use crate::http::HttpError;
use crate::ident::{ChangeNumber, ForgeKind, Sha};
use crate::notice::Notice;
use crate::publish::Store;
use crate::render::Images;
use crate::revision::Choice;
use crate::settings::{self, CommentSettings, Only, TargetWish};

use super::compare::{self, Network, compare_sides, sides};
use super::content::{Content, append_summary, images, start_note, to_summary};
use super::dry_run::dry_run;
use super::local_images::UserFile;
use super::watch::watch;
use super::{Console, artifacts, asset, situation};

pub(crate) async fn run(
    args: &CommentArgs,
    global: &Global,
    env: &Env,
    console: &Console,
) -> Result<u8, Error> {
    let job = Job::open(args, global, env, console).await?;
    if job.has_no_change() {
        console
            .info("no open change request has this run's head, or more than one has: there is nothing to do");
        return Ok(0);
    }
    match (&job.forge, args.watch.watch) {
        (Some(_), true) => watch(job, &args.watch, console).await,
        _ => {
            let content = job.content(console).await?;
            job.deliver(content, console).await.map(|_| 0)
        }
    }
}

/// Where the comment ended up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    Comment,
    /// In the job summary, because the token only reads.
    Summary,
}

/// One `cml comment`: all that holds for each of its deliveries.
pub(super) struct Job<'a> {
    args: &'a CommentArgs,
    env: &'a Env,
    context: Context,
    pub(super) settings: CommentSettings,
    store: Option<Store>,
    forge: Option<Box<dyn Forge>>,
    /// Whether the forge could tell what the event left open.
    settled: Result<(), HttpError>,
    /// The two sides, asked for once.
    choice: OnceCell<Choice>,
}

impl<'a> Job<'a> {
    async fn open(
        args: &'a CommentArgs,
        global: &Global,
        env: &'a Env,
        console: &Console,
    ) -> Result<Self, Error> {
        let repository = compare::repository(env)?;
        let mut context = compare::context(env, global, repository.as_ref())?;
        let settings = settings::comment(args, &context)?;
        let store = asset::open_store(settings.store.as_ref(), env, &context, console)?;
        let forge = if settings.dry_run { None } else { compare::forge(&context, console)? };
        let settled = match &forge {
            Some(forge) => situation::settle(&mut context, forge.as_ref()).await,
            None => Ok(()),
        };
        Ok(Self { args, env, context, settings, store, forge, settled, choice: OnceCell::new() })
    }

    pub(super) fn cwd(&self) -> &Path {
        &self.env.cwd
    }

    fn has_no_change(&self) -> bool {
        matches!(self.context.situation, Situation::Workflow { .. })
            && self.forge.is_some()
            && self.settled.is_ok()
            && self.settings.target == TargetWish::Auto
    }

    /// What is to be said now.
    pub(super) async fn content(&self, console: &Console) -> Result<Content, Error> {
        let (env, settings, context) = (self.env, &self.settings, &self.context);
        let repository = compare::repository(env)?;
        let network = if settings.dry_run { Network::Forbidden } else { Network::Allowed };
        let head = || context.head.clone().or_else(|| repository.as_ref()?.resolve("HEAD").ok());
        Ok(match &settings.file {
            Some(file) => {
                let head = head();
                let file = UserFile::read(env, file, settings.publish, head, repository, console)?;
                Content::File(Box::new(file))
            }
            None if settings.mode == Mode::Start => {
                let head = head();
                Content::Start { note: start_note(head.as_ref(), context), head, repository }
            }
            None => {
                let args = &self.args.compare;
                let choice = match self.choice.get() {
                    Some(choice) => choice.clone(),
                    None => {
                        let found = sides(context, repository.as_ref(), args, network, console).await?;
                        self.choice.get_or_init(|| found).clone()
                    }
                };
                let mut compared =
                    compare_sides(env, context, repository, choice, args, network, console).await?;
                compared.report.name = settings.name.clone();
                console.notices(&compared.report.notices);
                Content::Report(Box::new(compared))
            }
        })
    }

    /// Posts the content, or shows it where it cannot be posted.
    pub(super) async fn deliver(&self, mut content: Content, console: &Console) -> Result<Done, Error> {
        let (settings, context) = (&self.settings, &self.context);
        if let (Content::Report(compared), Some(dir)) = (&content, &settings.artifacts) {
            artifacts::save(compared, dir, self.env, console)?;
        }
        if settings.dry_run {
            return dry_run(&content, settings, context, console).map(|_| Done::Summary);
        }
        let Some(forge) = self.forge.as_deref() else {
            return without_forge(&content, context, console).map(|_| Done::Summary);
        };
        let is_named = !matches!(settings.target, TargetWish::Auto | TargetWish::Change);
        if let Err(error) = &self.settled
            && !is_named
        {
            return failed(error.clone(), &content, context, console);
        }
        let target = target(forge, &content, settings, context).await?;
        let store = self.store.as_ref();
        post(forge, &mut content, target.as_ref(), store, settings, context, console).await
    }
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
) -> Result<Done, Error> {
    let mark = mark(content, settings, context);
    let (images, notices) = match target {
        Some(target) => images(forge, content, target, store, context, console).await,
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
    };
    match deliver::deliver(forge, &post).await {
        Delivery::Posted(delivered) => {
            if delivered.shares_its_key {
                console.warn(&format!(
                    "another job of this run has a comment under the key {:?} too, and both are kept; give each its \
                     own --key",
                    mark.key
                ));
            }
            match delivered.outcome {
                Outcome::Created(url) | Outcome::Updated(url) | Outcome::Unchanged(url) => {
                    if shortened {
                        console.warn("the report is too long for a comment, so it was shortened; all of it is in the job summary");
                        append_summary(content, &images, &notices, context, console);
                    }
                    console.result(&format!("{url}\n"))?;
                }
                Outcome::Superseded => console
                    .info("superseded: a newer commit's report is there, so this older one is not posted"),
                Outcome::Silent => {
                    console.info("there is nothing to say by --policy, so no comment is made");
                    append_summary(content, &images, &notices, context, console);
                }
            }
        }
        Delivery::Summary { why } => {
            let why = Notice::new(format!("this report is no comment: {why}"));
            console.notices(std::slice::from_ref(&why));
            to_summary(content, context, foreign.then_some(why), console)?;
            return Ok(Done::Summary);
        }
        Delivery::Failed(error) => return failed(error, content, context, console),
    }
    Ok(Done::Comment)
}

/// Whether the change comes from where jobs get no token, or one that only reads.
fn is_foreign(context: &Context) -> bool {
    let privileged = context.runner.privileged;
    matches!(context.situation, Situation::Change { fork, dependabot, .. } if dependabot || (fork && !privileged))
}

/// A failure loses no report: it goes to the job summary and the log.
fn failed(error: HttpError, content: &Content, context: &Context, console: &Console) -> Result<Done, Error> {
    to_summary(content, context, Some(Notice::new("the comment could not be posted")), console)?;
    let forbidden = deliver::is_read_only(&error);
    let advice = match (&context.gitlab, &error) {
        (Some(job), HttpError::Refused { status, .. }) => job.refused_token(*status),
        _ => None,
    };
    let refused = Error::from(error);
    if let Some(advice) = advice {
        return Err(refused.hint(advice));
    }
    Err(if forbidden && context.forge != Some(ForgeKind::GitLab) {
        refused.hint(format!(
            "give the job these permissions (naming one alone sets the others to none):\n{}",
            deliver::PERMISSIONS_BLOCK
        ))
    } else {
        refused
    })
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
pub(super) fn without_forge(content: &Content, context: &Context, console: &Console) -> Result<u8, Error> {
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
        ("there is no token to post with", context.without_token(foreign))
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
