//! Where a comment goes, and what becomes of it.

use super::verdict;
use crate::content::keep::{Kept, keep_whole, to_summary};
use crate::content::undelivered::{commit_target, failed, is_foreign, refusal, tell_address};
use crate::content::{Content, Publishing, Shown, images};
use crate::error::Error;
use crate::session::{Console, Session, situation};
use crate::settings::{CommentSettings, Only, TargetWish};
use cml_base::ident::ChangeNumber;
use cml_base::notice::Notice;
use cml_forge::deliver::{self, Delivered, Delivery, Mark, Mode, Outcome, Post};
use cml_forge::{Forge, Target};
use cml_host::environment::{self, Context, Situation};
use cml_http::HttpError;
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
    session: &Session,
    forge: &dyn Forge,
    content: &Content,
    settings: &CommentSettings,
) -> Result<Option<Target>, Error> {
    let context = session.context();
    let change = match (&settings.target, &context.situation) {
        (TargetWish::ChangeNumber(number), _) => return Ok(Some(Target::Change(ChangeNumber(*number)))),
        (TargetWish::Issue(number), _) => return Ok(Some(Target::Issue(*number))),
        (TargetWish::Commit(rev), _) => return commit_target(session, content, rev.as_deref()).map(Some),
        (_, Situation::Change { number, .. } | Situation::Named { number }) => Some(*number),
        (_, Situation::Queue { number, .. }) => *number,
        // The change request of a pushed branch has been asked for already.
        (_, Situation::Push { .. } | Situation::Dispatch { .. } | Situation::Workflow { .. }) => None,
        (_, Situation::Laptop) => {
            let mut asked = context.clone();
            let found = situation::of_commit(&mut asked, forge, content.head(), None, None).await?;
            session.console().notices(&asked.notices[context.notices.len()..]);
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
        (None, _, Content::File(_)) => commit_target(session, content, None).map(Some),
        (None, _, Content::Report(_) | Content::Start { .. }) => Ok(None),
    }
}

/// One delivery.
pub(crate) struct Posting<'a> {
    pub(crate) session: &'a Session,
    pub(crate) settings: &'a CommentSettings,
    pub(crate) forge: &'a dyn Forge,
    pub(crate) store: Option<&'a Store>,
    /// `None`: the job summary has it.
    pub(crate) target: Option<&'a Target>,
}

/// What is posted beside the content itself.
struct Around {
    mark: Mark,
    images: Images,
    notices: Vec<Notice>,
    /// Where all of it is, if the comment shows less.
    kept: Option<Kept>,
}

impl Posting<'_> {
    /// Posts the content, with its pictures where they can be published.
    pub(crate) async fn post(&self, content: &mut Content) -> Result<Done, Error> {
        let session = self.session;
        let mark = mark(content, self.settings, session.context());
        let (images, notices) = self.images(content).await;
        session.console().notices(&notices);
        let room = deliver::room(self.forge.flavor().comment, &mark);
        let (_, shortened) = content.body(room, &Shown::new(&images, &notices));
        // First all of it is somewhere, then the comment says where.
        let kept = match shortened && self.target.is_some() {
            true => Some(keep_whole(session, content, &images, &notices)?),
            false => None,
        };
        let around = Around { mark, images, notices, kept };
        let delivery = self.deliver(content, &around).await;
        self.conclude(content, &around, delivery).await
    }

    async fn images(&self, content: &mut Content) -> (Images, Vec<Notice>) {
        let Some(target) = self.target else { return (Images::default(), Vec::new()) };
        let shown_before = self.settings.mode != Mode::Create;
        let to = Publishing { forge: self.forge, store: self.store, target, shown_before };
        images(self.session, content, &to).await
    }

    async fn deliver(&self, content: &Content, around: &Around) -> Delivery {
        let (session, settings) = (self.session, self.settings);
        let context = session.context();
        let room = deliver::room(self.forge.flavor().comment, &around.mark);
        let whole = around.kept.and_then(|kept| Some((kept, kept.place(context)?)));
        let shown = Shown { whole: whole.as_ref(), ..Shown::new(&around.images, &around.notices) };
        let body = session.hidden(content.body(room, &shown).0);
        let job = context.job.as_deref().unwrap_or("job");
        let of_leg = |number: usize| {
            let name = format!("{job}, leg {number}");
            session.hidden(content.body(room, &Shown { name: Some(&name), ..shown }).0)
        };
        let post = Post {
            on: self.target,
            mark: &around.mark,
            body: &body,
            named: matches!(content, Content::Report(_)).then_some(&of_leg),
            mode: mode(content, settings),
            adopt_title: settings.adopt_title.as_deref(),
            foreign: is_foreign(context),
            thread: verdict::thread(session, self.forge, settings, content),
        };
        deliver::deliver(self.forge, &post).await
    }

    /// Says what became of it. What is no comment is in the job summary.
    async fn conclude(&self, content: &Content, around: &Around, delivery: Delivery) -> Result<Done, Error> {
        let (session, kept) = (self.session, around.kept);
        match delivery {
            Delivery::Posted(delivered, trouble) => {
                self.posted(content, around, &delivered, trouble.as_ref()).await?;
                Ok(Done::Comment)
            }
            Delivery::Summary { why } => {
                let why = Notice::new(format!("this report is not a comment: {why}"));
                session.console().notices(std::slice::from_ref(&why));
                let why = is_foreign(session.context()).then_some(why);
                to_summary(session, content, why, kept)?;
                Ok(Done::Summary)
            }
            Delivery::Failed(error) if kept.is_some() => {
                to_summary(session, content, None, kept)?;
                Err(refusal(error, session.context(), environment::ROLE_FOR_NOTES))
            }
            Delivery::Failed(error) => Err(failed(session, content, error)),
        }
    }

    async fn posted(
        &self,
        content: &Content,
        around: &Around,
        delivered: &Delivered,
        trouble: Option<&HttpError>,
    ) -> Result<(), Error> {
        let console = self.session.console();
        if let Some(error) = trouble {
            console.warn(&format!("the thread stays as it is (that needs the role Developer): {error}"));
        }
        self.label(content, &delivered.outcome).await;
        if delivered.shares_its_key {
            console.warn(&format!(
                "another leg of this job has a comment under the key {:?} too, and both are kept; give each its own \
                 --key",
                around.mark.key
            ));
        }
        tell(&delivered.outcome, around.kept, console)?;
        if delivered.outcome == Outcome::Silent && around.kept.is_none() {
            keep_whole(self.session, content, &around.images, &around.notices)?;
        }
        Ok(())
    }

    /// Sets the label of the verdict, if one is asked for and the comment is not out of date.
    async fn label(&self, content: &Content, outcome: &Outcome) {
        let (Some(name), Content::Report(compared)) = (&self.settings.label, content) else { return };
        let Some(Target::Change(change)) = self.target.filter(|_| *outcome != Outcome::Superseded) else {
            return;
        };
        verdict::label(self.session, self.forge, *change, name, compared.report.verdict()).await;
    }
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
