//! One `cml comment`: what holds for each of its deliveries, and the content of each.

use super::dry_run::dry_run;
use super::post::{Done, Posting, target};
use crate::cli::{CommentArgs, Global};
use crate::comparison::{artifacts, compare_project};
use crate::config::Config;
use crate::content::undelivered::{failed, without_forge};
use crate::content::{Content, UserFile, start_note, store};
use crate::error::Error;
use crate::session::{Network, Session};
use crate::settings::{self, CommentSettings, TargetWish};
use crate::sides::{self, Project};
use cml_base::ident::ChangeNumber;
use cml_forge::deliver::Mode;
use cml_host::environment::{self, Env, Situation};
use cml_http::HttpError;
use cml_store::publish::Store;

/// Where the comment goes, by whom, and what is compared.
pub(crate) struct Job<'a> {
    args: &'a CommentArgs,
    pub(crate) session: Session,
    pub(crate) settings: CommentSettings,
    store: Option<Store>,
    /// Whether the forge could tell what the event left open.
    settled: Result<(), HttpError>,
    /// What is compared, if the content is a report.
    project: Option<Project>,
}

/// What became of opening a job.
pub(crate) enum Opened<'a> {
    Job(Box<Job<'a>>),
    /// There is no change request to speak to.
    Nothing {
        why: String,
    },
}

impl<'a> Job<'a> {
    /// Asks for all that the event and the clone leave open.
    pub(crate) async fn open(args: &'a CommentArgs, global: &Global, env: &Env) -> Result<Opened<'a>, Error> {
        let network = if args.dry_run { Network::Forbidden } else { Network::Allowed };
        let mut session = Session::open(global, env, network)?;
        // What was typed is checked before anybody is asked.
        let settings = settings::comment(args, session.context(), &Config::default(), "")?;
        let found = sides::find(&session, args.compare.dir.as_deref());
        session.connect().await?;
        let settled = match settle(&mut session, &settings).await {
            Ok(Some(why)) if settings.target == TargetWish::Auto => return Ok(Opened::Nothing { why }),
            settled => settled.map(drop),
        };
        session.choose_head().await;
        if settings.file.is_some() {
            // A report shows them itself.
            session.console().notices(&session.context().notices);
        }
        let is_report = settings.file.is_none() && settings.mode != Mode::Start;
        let (settings, project) = if is_report {
            let project = found.settle(&args.compare, &session).await?;
            let settings = settings::comment(args, session.context(), &project.config, &project.name)?;
            (settings, Some(project))
        } else {
            let (config, name) = found.config(&session).await?;
            (settings::comment(args, session.context(), &config, &name)?, None)
        };
        let store = store::open_store(&session, settings.store.as_ref())?;
        Ok(Opened::Job(Box::new(Self { args, session, settings, store, settled, project })))
    }

    /// What is to be said now.
    pub(crate) async fn content(&self) -> Result<Content, Error> {
        let (settings, session) = (&self.settings, &self.session);
        let context = session.context();
        let head = || context.head.clone().or_else(|| session.repository()?.resolve("HEAD").ok());
        Ok(match (&settings.file, self.project.clone()) {
            (_, Some(project)) => {
                let mut compared = compare_project(session, &self.args.compare, project).await?;
                compared.report.name = settings.name.clone();
                session.console().notices(&compared.report.notices);
                Content::Report(Box::new(compared))
            }
            (Some(file), None) => {
                let flavor = context.flavor();
                let file = UserFile::read(session, file, settings.publish, head(), flavor)?;
                Content::File(Box::new(file))
            }
            (None, None) => {
                let head = head();
                Content::Start { note: start_note(head.as_ref(), context), head }
            }
        })
    }

    /// Posts the content, or shows it where it cannot be posted.
    pub(crate) async fn deliver(&self, mut content: Content) -> Result<Done, Error> {
        let (settings, session) = (&self.settings, &self.session);
        if let (Content::Report(compared), Some(dir)) = (&mut content, &settings.artifacts) {
            artifacts::keep(session, compared, dir);
        }
        if settings.dry_run {
            return dry_run(session, &mut content, settings).map(|_| Done::Summary);
        }
        let Some(forge) = session.forge()? else {
            return without_forge(session, &content, environment::ROLE_FOR_NOTES).map(|_| Done::Summary);
        };
        if let Err(error) = &self.settled
            && !is_named(settings)
        {
            return Err(failed(session, &content, error.clone()));
        }
        let store = self.store.as_ref();
        store::until(store, Some(forge), session.context().runner.delivering());
        let target = target(session, forge, &content, settings).await?;
        Posting { session, settings, forge, store, target: target.as_ref() }.post(&mut content).await
    }
}

/// Finds the change request; answers why there is none, where another workflow's run has none.
async fn settle(session: &mut Session, settings: &CommentSettings) -> Result<Option<String>, HttpError> {
    if let (TargetWish::ChangeNumber(number), Situation::Dispatch { .. }) =
        (&settings.target, &session.context().situation)
    {
        // Whoever starts a run for a change request names it; the branch is where the workflow is.
        let situation = Situation::Named { number: ChangeNumber(*number) };
        let context = session.context_mut();
        (context.situation, context.head) = (situation, None);
    }
    // A file that says where it goes needs no change request, and a push tells its own head.
    let is_settled = is_named(settings)
        && settings.file.is_some()
        && matches!(session.context().situation, Situation::Push { .. });
    if is_settled { Ok(None) } else { session.find_change().await }
}

/// Whether the target needs no event to be known.
fn is_named(settings: &CommentSettings) -> bool {
    !matches!(settings.target, TargetWish::Auto | TargetWish::Change)
}
