//! `cml comment`: the report, or a user's Markdown, as one comment that is kept up to date.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};

use crate::cli::{CommentArgs, Global};
use crate::deliver::{self, Delivery, Mark, Mode, Outcome, Post};
use crate::environment::{Context, Env, Situation};
use crate::error::Error;
use crate::forge::{Forge, Limits, Target};
use crate::http::HttpError;
use crate::ident::{ChangeNumber, ForgeKind, Sha};
use crate::notice::Notice;
use crate::publish::{self, Place};
use crate::render::{self, Detail, Images};
use crate::revision::Repository;
use crate::settings::{self, CommentSettings, TargetWish};

use super::compare::{self, Compared, Network, compare};
use super::{Console, artifacts, draw};

/// The levels of detail, most first: the first that fits is posted.
const DETAILS: [Detail; 4] = [Detail::Full, Detail::Folded, Detail::Top, Detail::Brief];
/// A job summary may hold 1 MiB.
const SUMMARY_LIMIT: Limits = Limits { bytes: 1_000_000, chars: 1_000_000 };
/// What GitHub takes; used where no forge is at hand (a dry run).
const COMMENT_LIMIT: Limits = Limits { bytes: 262_144, chars: 65_536 };

/// What is to be posted.
enum Content {
    Report(Box<Compared>),
    File { markdown: String, head: Option<Sha>, repository: Option<Repository> },
}

pub(crate) async fn run(
    args: &CommentArgs,
    global: &Global,
    env: &Env,
    console: &Console,
) -> Result<u8, Error> {
    let repository = compare::repository(env)?;
    let context = compare::context(env, global, repository.as_ref());
    let settings = settings::comment(args, &context)?;
    let network = if settings.dry_run { Network::Forbidden } else { Network::Allowed };
    let content = match &settings.file {
        Some(file) => {
            let markdown = read_markdown(env, file)?;
            let head = context.head.clone().or_else(|| repository.as_ref()?.resolve("HEAD").ok());
            Content::File { markdown, head, repository }
        }
        None => {
            let compared = compare(env, &context, repository, &args.compare, network, console).await?;
            console.notices(&compared.report.notices);
            if let Some(dir) = &settings.artifacts {
                artifacts::save(&compared.report, compared.dialect, dir, env, console)?;
            }
            Content::Report(Box::new(compared))
        }
    };
    if settings.dry_run {
        return dry_run(&content, &settings, &context, console);
    }
    let Some(forge) = compare::forge(&context, console)? else {
        return without_forge(&content, &context, console);
    };
    let target = target(forge.as_ref(), &content, &settings, &context).await?;
    post(forge.as_ref(), &content, target.as_ref(), &settings, &context, console).await
}

/// Reads a user's Markdown; `-` is standard input.
pub(crate) fn read_markdown(env: &Env, file: &str) -> Result<String, Error> {
    let mut bytes = Vec::new();
    let read = if file == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes).map(drop)
    } else {
        fs::read(env.cwd.join(file)).map(|content| bytes = content)
    };
    read.map_err(|error| {
        Error::input(format!("cannot read {file}: {error}"))
            .hint("leave the file out to post cml's own report")
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        Error::input(format!("{file} is not UTF-8 (byte {})", error.utf8_error().valid_up_to()))
    })?;
    if text.trim().is_empty() {
        return Err(Error::input(format!("{file} is empty")).hint("check the step that writes it"));
    }
    Ok(text)
}

impl Content {
    fn head(&self) -> Option<&Sha> {
        match self {
            Self::Report(compared) => compared.head.as_ref(),
            Self::File { head, .. } => head.as_ref(),
        }
    }

    fn repository(&self) -> Option<&Repository> {
        match self {
            Self::Report(compared) => compared.repository.as_ref(),
            Self::File { repository, .. } => repository.as_ref(),
        }
    }

    /// The body without its mark, with as much detail as fits, and whether something had to go. `full` is a page
    /// that has all of it.
    fn body(&self, images: &Images, extra: &[Notice], room: Limits, full: Option<&str>) -> (String, bool) {
        match self {
            Self::File { markdown, .. } => {
                let text = deliver::cut_blocks(markdown, room);
                let shortened = text != *markdown;
                (text, shortened)
            }
            Self::Report(compared) => {
                let mut report = compared.report.clone();
                report.notices.extend_from_slice(extra);
                let dialect = compared.dialect;
                let render = |detail| render::markdown_in(dialect, &report, images, detail, full);
                let text = deliver::fit(room, |level| DETAILS.get(level).copied().map(render));
                let shortened = text != render(Detail::Full);
                (text, shortened)
            }
        }
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
        (_, Situation::Change { number, .. }) => Some(*number),
        (_, Situation::Push { branch, default_branch, .. }) if Some(branch) == default_branch.as_ref() => {
            None
        }
        (_, Situation::Push { .. } | Situation::Laptop) => match content.head() {
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
        (None, _, Content::File { .. }) => commit_target(content, None).map(Some),
        (None, _, Content::Report(_)) => Ok(None),
    }
}

fn commit_target(content: &Content, rev: Option<&str>) -> Result<Target, Error> {
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
    content: &Content,
    target: Option<&Target>,
    settings: &CommentSettings,
    context: &Context,
    console: &Console,
) -> Result<u8, Error> {
    let mark = mark(content, settings, context);
    let (images, notices) = match target {
        Some(target) => images(forge, content, target, context, console).await,
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
        mode: settings.mode,
        adopt_title: settings.adopt_title.as_deref(),
        foreign,
    };
    match deliver::deliver(forge, &post).await {
        Delivery::Posted(Outcome::Created(url) | Outcome::Updated(url) | Outcome::Unchanged(url)) => {
            if shortened {
                console.warn("the report is too long for a comment, so it was shortened; all of it is in the job summary");
                append_summary(content, &images, &notices, context, console);
            }
            console.result(&format!("{url}\n"))?;
        }
        Delivery::Posted(Outcome::Superseded) => {
            console.info("superseded: a newer commit's report is there, so this older one is not posted");
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

/// Whether the change comes from where jobs get no token, or one that only reads.
fn is_foreign(context: &Context) -> bool {
    matches!(context.situation, Situation::Change { fork, dependabot, .. } if fork || dependabot)
}

/// A failure loses no report: it goes to the job summary and the log.
fn failed(error: HttpError, content: &Content, context: &Context, console: &Console) -> Result<u8, Error> {
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

fn mark(content: &Content, settings: &CommentSettings, context: &Context) -> Mark {
    Mark {
        key: settings.key.clone(),
        head: content.head().cloned(),
        run: context.run.clone(),
        attempt: context.attempt.clone(),
    }
}

/// Draws and publishes the report's pictures. What fails costs the pictures and says so.
async fn images(
    forge: &dyn Forge,
    content: &Content,
    target: &Target,
    context: &Context,
    console: &Console,
) -> (Images, Vec<Notice>) {
    let Content::Report(compared) = content else { return (Images::default(), Vec::new()) };
    let mut pictures = draw::draw(&compared.report.figures, compared.dialect);
    let mut notices = std::mem::take(&mut pictures.notices);
    let (Some(repo), false) = (&context.repo, pictures.assets.is_empty()) else {
        return (Images::default(), notices);
    };
    let seconds =
        compared.head.as_ref().and_then(|head| compared.repository.as_ref()?.commit_time(head)).unwrap_or(0);
    let place = Place {
        repo: repo.clone(),
        target: Some(target.clone()),
        commit_date: super::date::iso(seconds),
        remote_url: format!("{repo}.git"),
        token: context.token.clone(),
    };
    match publish::publish(&pictures.assets, &place, Some(forge)).await {
        Ok(addresses) => (pictures.addresses(|name| addresses.get(name).cloned()), notices),
        Err(error) => {
            console.warn(&error.to_string());
            notices.push(Notice::new(format!("plots are shown as text: {}", error.short())));
            (Images::default(), notices)
        }
    }
}

/// Without a token or a repository: the job summary, or an error that says what is missing.
fn without_forge(content: &Content, context: &Context, console: &Console) -> Result<u8, Error> {
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

/// Shows the report where a comment cannot: in the job summary, and on standard output.
fn to_summary(
    content: &Content,
    context: &Context,
    why: Option<Notice>,
    console: &Console,
) -> Result<(), Error> {
    let extra: Vec<Notice> = why.into_iter().collect();
    append_summary(content, &Images::default(), &extra, context, console);
    console.result(&(content.body(&Images::default(), &extra, SUMMARY_LIMIT, None).0 + "\n"))
}

/// Appends the report to the job summary, if there is one.
fn append_summary(
    content: &Content,
    images: &Images,
    extra: &[Notice],
    context: &Context,
    console: &Console,
) {
    let Some(path) = &context.summary else { return };
    let body = content.body(images, extra, SUMMARY_LIMIT, None).0 + "\n";
    let file = fs::OpenOptions::new().create(true).append(true).open(path);
    match file.and_then(|mut file| file.write_all(body.as_bytes())) {
        Ok(()) => console.info("the report is in the job summary"),
        Err(error) => console.warn(&format!("the job summary {} cannot be written: {error}", path.display())),
    }
}

/// Prints the whole comment, and says what would be sent.
fn dry_run(
    content: &Content,
    settings: &CommentSettings,
    context: &Context,
    console: &Console,
) -> Result<u8, Error> {
    let mut images = Images::default();
    let mut files = BTreeMap::new();
    if let Content::Report(compared) = content {
        let pictures = draw::draw(&compared.report.figures, compared.dialect);
        files.extend(pictures.assets.iter().map(|asset| (asset.name.clone(), asset.bytes.len())));
        images = pictures.addresses(|name| Some(name.to_owned()));
    }
    let mark = mark(content, settings, context);
    let (body, _) =
        content.body(&images, &[], deliver::room(COMMENT_LIMIT, &mark), context.run_url.as_deref());
    console.result(&format!("{}\n\n{}\n", body.trim_end(), mark.render()))?;
    let verb = match settings.mode {
        Mode::Create => "create",
        Mode::Update => "create or update",
    };
    let change = match context.forge {
        Some(ForgeKind::GitLab) => "merge request !",
        Some(ForgeKind::GitHub) | None => "pull request #",
    };
    let place = match (&settings.target, &context.situation) {
        (TargetWish::ChangeNumber(number), _) => format!("{change}{number}"),
        (TargetWish::Issue(number), _) => format!("issue #{number}"),
        (TargetWish::Commit(rev), _) => format!("commit {}", rev.as_deref().unwrap_or("HEAD")),
        (_, Situation::Change { number, .. }) => format!("{change}{number}"),
        (_, Situation::Push { branch, default_branch, .. }) if Some(branch) == default_branch.as_ref() => {
            console.info("dry run: on the default branch the report would go to the job summary");
            return Ok(0);
        }
        _ => "the open change request of this commit, if there is one".to_owned(),
    };
    let repo = context
        .repo
        .as_ref()
        .map_or_else(|| "an unknown repository".to_owned(), |repo| repo.slug().to_owned());
    console.info(&format!("dry run: would {verb} the comment {:?} on {place} of {repo}", settings.key));
    for (name, size) in files {
        console.info(&format!("dry run: would publish {name} ({size} bytes)"));
    }
    Ok(0)
}
