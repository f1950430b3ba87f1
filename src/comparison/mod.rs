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
use crate::session::hiding::{hide_in_report, is_hidden_in};
use crate::session::network::go_online;
use crate::session::{Console, Network, Reach};
use crate::settings::Compare;
use crate::sides::outputs::Outside;
use crate::sides::{self, Project, asked, rules, trees};
use cml_base::flavor::Flavor;
use cml_base::ident::Sha;
use cml_git::Repository;
use cml_host::environment::{Context, Env};
use cml_plot::{self as plot, Figure};
use cml_report::Report;

use base::base_snapshot;
use build::build;
use draw::Drawing;
use here::Here;
pub use image_child::{ImageChild, image_child, is_image_child};

/// A report and what it was made from.
pub(crate) struct Compared {
    pub report: Report,
    /// What its plots are drawn from.
    pub figures: Vec<Figure>,
    pub repository: Option<Repository>,
    /// The commit that the report speaks of.
    pub head: Option<Sha>,
    /// The forge's words and Markdown.
    pub flavor: &'static Flavor,
    /// The project's folder inside the repository, with `/`; empty: its top.
    pub folder: String,
    pub config: Config,
    /// How its plots are drawn.
    pub drawing: Drawing,
}

/// Compares two sides: environment → revision → tracked → diff → plot → report.
pub(crate) async fn compare(
    env: &Env,
    context: &Context,
    repository: Option<Repository>,
    args: &CompareArgs,
    network: Network,
    console: &Console,
) -> Result<Compared, Error> {
    let found = sides::find(env, repository.as_ref(), args.dir.as_deref());
    let reach = Reach { repository: repository.as_ref(), context, network, console };
    let project = found.settle(args, &reach).await?;
    compare_project(env, context, repository, args, project, network, console).await
}

/// Compares the two sides of a project.
pub(crate) async fn compare_project(
    env: &Env,
    context: &Context,
    repository: Option<Repository>,
    args: &CompareArgs,
    project: Project,
    network: Network,
    console: &Console,
) -> Result<Compared, Error> {
    let wish = Compare::of(args, &project.config)?;
    let Project { dir, folder, config, mut choice, notices, name: _, target } = project;
    choice.notices.extend(notices);
    if let Some(repository) = &repository {
        go_online(repository, context, network);
    }
    let mut outside = Outside::new(env, context, repository.as_ref(), dir.clone(), &choice, network);
    // Where DVC's remotes are is a rule as well.
    outside.base = target.map_or(outside.base, |target| target.tip);
    let head_tree = trees::of_head(env, repository.as_ref(), &choice, &wish, &dir)?;
    choice.notices.extend(rules::added_files(&config, &wish.sources, head_tree.as_ref())?);
    let head = outside.collect(head_tree.as_ref(), &wish.sources).await?;
    // What could not be fetched is asked of the forge.
    let is_here = |base: &Sha| repository.as_ref().is_some_and(|repository| repository.has(base));
    let is_asked = |base: &Sha| !is_here(base) && network == Network::Allowed && wish.base_dir.is_none();
    let base = match choice.base.clone().filter(is_asked) {
        Some(base) => {
            let sources = &wish.sources;
            asked::base_snapshot(&base, &mut choice, sources, &outside, console).await?
        }
        None => base_snapshot(env, repository.as_ref(), &mut choice, &wish, &outside).await?,
    };
    let head_sha = context.head.clone().or_else(|| choice.head_commit.clone());
    let (of_images, image_notices) = plot::images(
        base.as_ref().map(|base| (base.images.as_slice(), choice.base_label.as_str())),
        (&head.images, &choice.head_label),
        wish.all_images,
        &mut ImageChild::new(env.deadline),
    );
    let mut sides: Vec<plot::Side<'_>> = Vec::new();
    sides.extend(base.as_ref().map(|base| (base.plots.as_slice(), choice.base_label.as_str())));
    sides.push((&head.plots, &choice.head_label));
    let (mut figures, mut plot_notices) = plot::figures(&sides);
    figures.extend(of_images);
    plot_notices.extend(image_notices);
    // Before their words and numbers go into the report.
    let is_hidden = is_hidden_in(&mut figures, context);
    let sides = (base.as_ref(), &head);
    let drawn = (figures.as_slice(), plot_notices);
    let mut report = build(context, repository.as_ref(), choice, sides, head_sha.clone(), &config, drawn);
    Here::new(env, repository.as_ref()).hide_in(&mut report);
    hide_in_report(&mut report, is_hidden, context, console);
    let (flavor, drawing) = (context.flavor(), Drawing::new(&args.draw, env)?.for_report(env.deadline));
    Ok(Compared { report, figures, repository, head: head_sha, flavor, folder, config, drawing })
}
