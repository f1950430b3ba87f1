//! The way from the environment to a report, shared by every command that compares.

pub(crate) mod artifacts;
mod base;
mod build;
pub(crate) mod draw;
mod fonts;
mod here;
mod image_child;
pub(crate) mod pages;
mod unread;

use crate::cli::CompareArgs;
use crate::config::Config;
use crate::error::Error;
use crate::session::Session;
use crate::settings::Compare;
use crate::sides::outputs::Outside;
use crate::sides::{self, Project, asked, rules, trees};
use cml_base::flavor::Flavor;
use cml_base::ident::Sha;
use cml_base::notice::Notice;
use cml_git::Choice;
use cml_plot::{self as plot, Figure};
use cml_report::Report;
use cml_tracked::Snapshot;

use base::base_snapshot;
use build::{Found, build};
use draw::Drawing;
use here::Here;
pub use image_child::{ImageChild, image_child, is_image_child};

/// A report and what it was made from.
pub(crate) struct Compared {
    pub(crate) report: Report,
    /// What its plots are drawn from.
    pub(crate) figures: Vec<Figure>,
    /// The commit that the report speaks of.
    pub(crate) head: Option<Sha>,
    /// The forge's words and Markdown.
    pub(crate) flavor: &'static Flavor,
    /// The project's folder inside the repository, with `/`; empty: its top.
    pub(crate) folder: String,
    pub(crate) config: Config,
    /// How its plots are drawn.
    pub(crate) drawing: Drawing,
}

/// Compares two sides: environment → revision → tracked → diff → plot → report.
pub(crate) async fn compare(session: &Session, args: &CompareArgs) -> Result<Compared, Error> {
    let project = sides::find(session, args.dir.as_deref()).settle(args, session).await?;
    compare_project(session, args, project).await
}

/// Compares the two sides of a project.
pub(crate) async fn compare_project(
    session: &Session,
    args: &CompareArgs,
    project: Project,
) -> Result<Compared, Error> {
    let wish = Compare::of(args, &project.config)?;
    let Project { dir, folder, config, mut choice, notices, name: _, target } = project;
    choice.notices.extend(notices);
    session.fill_in_clone();
    // Where DVC's remotes are is a rule as well.
    let rules_of = target.map_or(choice.base.clone(), |target| target.tip);
    let outside = Outside::new(session, dir.clone(), rules_of);
    let head_tree = trees::of_head(session, &choice, &wish, &dir)?;
    choice.notices.extend(rules::added_files(&config, &wish.sources, head_tree.as_ref())?);
    let head = outside.collect(head_tree.as_ref(), &wish.sources).await?;
    let base = base(&mut choice, &wish, &outside).await?;
    let head_sha = session.context().head.clone().or_else(|| choice.head_commit.clone());
    let (mut figures, plot_notices) = figures(session, &choice, (base.as_ref(), &head), wish.all_images);
    // Before their words and numbers go into the report.
    let is_hidden = session.is_hidden_in(&mut figures);
    let found = Found {
        choice,
        base: base.as_ref(),
        head: &head,
        head_sha: head_sha.clone(),
        figures: &figures,
        plot_notices,
    };
    let mut report = build(session, &config, found);
    Here::new(session).hide_in(&mut report);
    session.hide_in_report(&mut report, is_hidden);
    let flavor = session.context().flavor();
    let drawing = Drawing::new(&args.draw, session.env())?.for_report(session.env().deadline);
    Ok(Compared { report, figures, head: head_sha, flavor, folder, config, drawing })
}

/// The base's values: what could not be fetched is asked of the forge.
async fn base(choice: &mut Choice, wish: &Compare, outside: &Outside<'_>) -> Result<Option<Snapshot>, Error> {
    let session = outside.session;
    let is_here = |base: &Sha| session.repository().is_some_and(|repository| repository.has(base));
    let is_asked = |base: &Sha| !is_here(base) && session.is_online() && wish.base_dir.is_none();
    match choice.base.clone().filter(is_asked) {
        Some(base) => asked::base_snapshot(&base, choice, &wish.sources, outside).await,
        None => base_snapshot(choice, wish, outside).await,
    }
}

/// The plots of both sides, and what there is to say about them.
fn figures(
    session: &Session,
    choice: &Choice,
    (base, head): (Option<&Snapshot>, &Snapshot),
    all_images: bool,
) -> (Vec<Figure>, Vec<Notice>) {
    let (of_images, image_notices) = plot::images(
        base.map(|base| (base.images.as_slice(), choice.base_label.as_str())),
        (&head.images, &choice.head_label),
        all_images,
        &mut ImageChild::new(session.env().deadline),
    );
    let mut sides: Vec<plot::Side<'_>> = Vec::new();
    sides.extend(base.map(|base| (base.plots.as_slice(), choice.base_label.as_str())));
    sides.push((&head.plots, &choice.head_label));
    let (mut figures, mut notices) = plot::figures(&sides);
    figures.extend(of_images);
    notices.extend(image_notices);
    (figures, notices)
}
