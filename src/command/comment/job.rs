//! One `cml comment`: what holds for each of its deliveries, and the content of each.

use std::path::Path;

use super::dry_run::dry_run;
use super::post::{Done, post, target};
use crate::cli::{CommentArgs, Global};
use crate::comparison::{artifacts, compare_project};
use crate::config::Config;
use crate::content::undelivered::{failed, without_forge};
use crate::content::{Content, UserFile, start_note, store};
use crate::error::Error;
use crate::session::{self, Console, Network, Reach, checkout, files, network as way, situation};
use crate::settings::{self, CommentSettings, TargetWish};
use crate::sides::{self, Project};
use cml_base::ident::ChangeNumber;
use cml_forge::Forge;
use cml_forge::deliver::Mode;
use cml_host::deadline::Deadline;
use cml_host::door::Ground;
use cml_host::environment::{self, Context, Env, Situation};
use cml_http::HttpError;
use cml_store::publish::Store;

/// Where the comment goes, by whom, and what is compared.
pub(crate) struct Job<'a> {
    args: &'a CommentArgs,
    env: Env,
    context: Context,
    pub(crate) settings: CommentSettings,
    store: Option<Store>,
    pub(crate) forge: Option<Box<dyn Forge>>,
    /// Whether the forge could tell what the event left open.
    settled: Result<(), HttpError>,
    /// What is compared, if the content is a report.
    project: Option<Project>,
}

impl<'a> Job<'a> {
    /// Asks for all that the event and the clone leave open; else why there is no change request to speak to.
    pub(crate) async fn open(
        args: &'a CommentArgs,
        global: &Global,
        env: &'a Env,
        console: &Console,
    ) -> Result<Result<Self, String>, Error> {
        let repository = session::repository(env)?;
        let mut context = session::context(env, global, repository.as_ref())?;
        // What was typed is checked before anybody is asked.
        let settings = settings::comment(args, &context, &Config::default(), "")?;
        let found = sides::find(env, repository.as_ref(), args.compare.dir.as_deref());
        if !settings.dry_run {
            way::locate(&mut context, env, console).await?;
        }
        let forge = if settings.dry_run { None } else { way::forge(&context, console)? };
        if let (TargetWish::ChangeNumber(number), Situation::Dispatch { .. }) =
            (&settings.target, &context.situation)
        {
            // Whoever starts a run for a change request names it; the branch is where the workflow is.
            context.situation = Situation::Named { number: ChangeNumber(*number) };
            context.head = None;
        }
        // A file that says where it goes needs no change request, and a push tells its own head.
        let is_settled = is_named(&settings)
            && settings.file.is_some()
            && matches!(context.situation, Situation::Push { .. });
        let settled = match &forge {
            Some(forge) if !is_settled => situation::settle(&mut context, forge.as_ref()).await,
            _ => Ok(None),
        };
        if let (Ok(Some(why)), TargetWish::Auto) = (&settled, &settings.target) {
            return Ok(Err(why.clone()));
        }
        let settled = settled.map(drop);
        checkout::settle(&mut context, repository.as_ref(), forge.as_deref()).await;
        if settings.file.is_some() {
            // A report shows them itself.
            console.notices(&context.notices);
        }
        let network = network(&settings);
        let is_report = settings.file.is_none() && settings.mode != Mode::Start;
        let reach = Reach { repository: repository.as_ref(), context: &context, network, console };
        let (settings, project) = if is_report {
            let project = found.settle(&args.compare, &reach).await?;
            (settings::comment(args, &context, &project.config, &project.name)?, Some(project))
        } else {
            let (config, name) = found.config(&reach).await?;
            (settings::comment(args, &context, &config, &name)?, None)
        };
        let store = store::open_store(settings.store.as_ref(), env, &context, console)?;
        let env = env.clone();
        Ok(Ok(Self { args, env, context, settings, store, forge, settled, project }))
    }

    /// Where results are written with care.
    pub(crate) fn ground(&self) -> Ground {
        let repository = session::repository(&self.env).ok().flatten();
        files::ground(&self.env, repository.as_ref())
    }

    pub(crate) fn cwd(&self) -> &Path {
        &self.env.cwd
    }

    /// What is to be said now.
    pub(crate) async fn content(&self, console: &Console) -> Result<Content, Error> {
        let (settings, env, context) = (&self.settings, &self.env_now(), &self.context_now());
        let repository = session::repository(env)?;
        let head = || context.head.clone().or_else(|| repository.as_ref()?.resolve("HEAD").ok());
        Ok(match (&settings.file, self.project.clone()) {
            (_, Some(project)) => {
                let (args, network) = (&self.args.compare, network(settings));
                let mut compared =
                    compare_project(env, context, repository, args, project, network, console).await?;
                compared.report.name = settings.name.clone();
                console.notices(&compared.report.notices);
                Content::Report(Box::new(compared))
            }
            (Some(file), None) => {
                let head = head();
                let flavor = context.flavor();
                let file = UserFile::read(env, file, settings.publish, head, repository, flavor, console)?;
                Content::File(Box::new(file))
            }
            (None, None) => {
                let head = head();
                Content::Start { note: start_note(head.as_ref(), context), head, repository }
            }
        })
    }

    /// Each round of `--watch` has its own time.
    fn now(&self, deadline: Deadline) -> Deadline {
        if self.args.watch.watch { deadline.renewed() } else { deadline }
    }

    fn env_now(&self) -> Env {
        Env { deadline: self.now(self.env.deadline), ..self.env.clone() }
    }

    fn context_now(&self) -> Context {
        let mut context = self.context.clone();
        context.runner.reading = self.now(context.runner.reading);
        context
    }

    /// Posts the content, or shows it where it cannot be posted.
    pub(crate) async fn deliver(&self, mut content: Content, console: &Console) -> Result<Done, Error> {
        let (settings, context) = (&self.settings, &self.context);
        if let (Content::Report(compared), Some(dir)) = (&mut content, &settings.artifacts) {
            artifacts::keep(compared, context, dir, &self.env, console);
        }
        if settings.dry_run {
            return dry_run(&mut content, settings, context, console).map(|_| Done::Summary);
        }
        let Some(forge) = self.forge.as_deref() else {
            return without_forge(&content, context, environment::ROLE_FOR_NOTES, console)
                .map(|_| Done::Summary);
        };
        if let Err(error) = &self.settled
            && !is_named(settings)
        {
            return Err(failed(error.clone(), &content, context, console));
        }
        let store = self.store.as_ref();
        store::until(store, Some(forge), context.runner.delivering());
        let target = target(forge, &content, settings, context, console).await?;
        post(forge, &mut content, target.as_ref(), store, settings, context, console).await
    }
}

/// Whether the target needs no event to be known.
fn is_named(settings: &CommentSettings) -> bool {
    !matches!(settings.target, TargetWish::Auto | TargetWish::Change)
}

fn network(settings: &CommentSettings) -> Network {
    if settings.dry_run { Network::Forbidden } else { Network::Allowed }
}
