//! Where a comment goes, and what becomes of it.

use super::verdict;
use crate::content::keep::{Kept, keep_whole, to_summary};
use crate::content::undelivered::{commit_target, failed, is_foreign, refusal, tell_address};
use crate::content::{Content, Shown, images};
use crate::error::Error;
use crate::session::hiding::hidden;
use crate::session::{Console, situation};
use crate::settings::{CommentSettings, Only, TargetWish};
use cml_base::ident::ChangeNumber;
use cml_base::notice::Notice;
use cml_forge::deliver::{self, Delivery, Mark, Mode, Outcome, Post};
use cml_forge::{Forge, Target};
use cml_host::environment::{self, Context, Situation};
use cml_render::Images;
use cml_report::Report;
use cml_store::publish::Store;

/// Where the comment ended up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    Comment,
    /// In the job summary, because the token only reads.
    Summary,
}

/// How to post: a report that has nothing to say by `--policy` only keeps an older one up to date.
pub(crate) fn mode(content: &Content, settings: &CommentSettings) -> Mode {
    let Content::Report(compared) = content else { return settings.mode };
    match settings.only {
        Some(Only::Changes) if !compared.report.has_changes() => Mode::Quiet,
        Some(Only::Regressions) if !has_regressions(&compared.report) => Mode::Quiet,
        _ => settings.mode,
    }
}

/// Whether a metric fell, or may have.
fn has_regressions(report: &Report) -> bool {
    report.has_regressions() || report.may_hide_regressions()
}

/// Where the comment goes; `None`: nowhere, so the job summary has it.
pub(crate) async fn target(
    forge: &dyn Forge,
    content: &Content,
    settings: &CommentSettings,
    context: &Context,
    console: &Console,
) -> Result<Option<Target>, Error> {
    let change = match (&settings.target, &context.situation) {
        (TargetWish::ChangeNumber(number), _) => return Ok(Some(Target::Change(ChangeNumber(*number)))),
        (TargetWish::Issue(number), _) => return Ok(Some(Target::Issue(*number))),
        (TargetWish::Commit(rev), _) => return commit_target(content, rev.as_deref()).map(Some),
        (_, Situation::Change { number, .. } | Situation::Named { number }) => Some(*number),
        (_, Situation::Queue { number, .. }) => *number,
        // The change request of a pushed branch has been asked for already.
        (_, Situation::Push { .. } | Situation::Dispatch { .. } | Situation::Workflow { .. }) => None,
        (_, Situation::Laptop) => {
            let mut asked = context.clone();
            let found = situation::of_commit(&mut asked, forge, content.head(), None, None).await?;
            console.notices(&asked.notices[context.notices.len()..]);
            found.map(|change| change.number)
        }
        (_, Situation::Other { .. }) => None,
    };
    match (change, &settings.target, content) {
        (Some(number), ..) => Ok(Some(Target::Change(number))),
        (None, TargetWish::Change, _) => {
            Err(Error::input(format!("there is no open {} for this commit", situation::words(context)))
                .hint("name it: --target pr/N; or leave --target out"))
        }
        // As CML does: a user's file without a change request is a comment on the commit.
        (None, _, Content::File(_)) => commit_target(content, None).map(Some),
        (None, _, Content::Report(_) | Content::Start { .. }) => Ok(None),
    }
}

pub(crate) async fn post(
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
        Some(target) => {
            let shown_before = settings.mode != Mode::Create;
            images(forge, content, target, shown_before, store, context, console).await
        }
        None => (Images::default(), Vec::new()),
    };
    console.notices(&notices);
    let foreign = is_foreign(context);
    let room = deliver::room(forge.flavor().comment, &mark);
    let (_, shortened) = content.body(room, &Shown::new(&images, &notices));
    // First all of it is somewhere, then the comment says where.
    let kept = match shortened && target.is_some() {
        true => Some(keep_whole(content, &images, &notices, context, console)?),
        false => None,
    };
    let whole = kept.and_then(|kept| Some((kept, kept.place(context)?)));
    let shown = Shown { whole: whole.as_ref(), ..Shown::new(&images, &notices) };
    let body = hidden(content.body(room, &shown).0, context, console);
    let job = context.job.as_deref().unwrap_or("job");
    let of_leg = |number: usize| {
        let name = format!("{job}, leg {number}");
        hidden(content.body(room, &Shown { name: Some(&name), ..shown }).0, context, console)
    };
    let post = Post {
        on: target,
        mark: &mark,
        body: &body,
        named: matches!(content, Content::Report(_)).then_some(&of_leg),
        mode: mode(content, settings),
        adopt_title: settings.adopt_title.as_deref(),
        foreign,
        thread: verdict::thread(forge, content, settings, console),
    };
    match deliver::deliver(forge, &post).await {
        Delivery::Posted(delivered, trouble) => {
            if let Some(error) = trouble {
                console.warn(&format!("the thread stays as it is (that needs the role Developer): {error}"));
            }
            verdict::label(forge, target, content, &delivered.outcome, settings, console).await;
            if delivered.shares_its_key {
                console.warn(&format!(
                    "another leg of this job has a comment under the key {:?} too, and both are kept; give each its \
                     own --key",
                    mark.key
                ));
            }
            tell(&delivered.outcome, kept, console)?;
            if delivered.outcome == Outcome::Silent && kept.is_none() {
                keep_whole(content, &images, &notices, context, console)?;
            }
        }
        Delivery::Summary { why } => {
            let why = Notice::new(format!("this report is no comment: {why}"));
            console.notices(std::slice::from_ref(&why));
            to_summary(content, context, foreign.then_some(why), kept, console)?;
            return Ok(Done::Summary);
        }
        Delivery::Failed(error) if kept.is_some() => {
            to_summary(content, context, None, kept, console)?;
            return Err(refusal(error, context, environment::ROLE_FOR_NOTES));
        }
        Delivery::Failed(error) => return Err(failed(error, content, context, console)),
    }
    Ok(Done::Comment)
}

/// Says what became of the comment, and where all of the report is if it shows less.
fn tell(outcome: &Outcome, kept: Option<Kept>, console: &Console) -> Result<(), Error> {
    match outcome {
        Outcome::Created(posted) | Outcome::Updated(posted) | Outcome::Unchanged(posted) => {
            if let Some(kept) = kept {
                kept.tell("a comment", console);
            }
            tell_address(&posted.url, console);
            Ok(())
        }
        Outcome::Superseded => {
            console.info("superseded: a newer commit's report is there, so this older one is not posted");
            Ok(())
        }
        Outcome::Silent => {
            console.info("there is nothing to say by --policy, so no comment is made");
            Ok(())
        }
    }
}

pub(crate) fn mark(content: &Content, settings: &CommentSettings, context: &Context) -> Mark {
    Mark {
        key: settings.key.clone(),
        head: match context.situation {
            // The queue's own commit is no head of the change request.
            Situation::Queue { .. } => None,
            _ => content.head().cloned(),
        },
        run: context.run.clone(),
        attempt: context.attempt_of_all_legs().map(str::to_owned),
        job: context.runner.legs_of.clone().or_else(|| context.job.clone()),
        leg: context.runner.leg.clone(),
        ordinal: 1,
    }
}
