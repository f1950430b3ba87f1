//! The way from the environment to a report, shared by every command that compares.

use std::path::Path;

use crate::cli::{CompareArgs, Driver, Global};
use crate::config::{self, Config};
use crate::error::Error;
use crate::settings::Compare;
use cml_base::ident::{ForgeKind, RepoUrl, Sha};
use cml_base::notice::Notice;
use cml_base::tree::RevisionError;
use cml_compare as diff;
use cml_forge::{self as forge, Forge};
use cml_git::{Choice, Repository};
use cml_host::door::Root;
use cml_host::environment::{self, Context, Env, Typed};
use cml_http::{Manners, Transport};
use cml_plot::{self as plot, Figure};
use cml_render::Dialect;
use cml_report::{Base, NearMiss, Report, Side};
use cml_tracked::Snapshot;

use super::draw::Drawing;
use super::here::Here;
use super::hiding::{hide_in_report, is_hidden_in};
use super::image_child::ImageChild;
use super::outputs::Outside;
use super::project::{self, Project};
use super::target::Reach;
use super::{Console, files, rules, trees, unread, without_git};

/// The largest file of certificates that is read, in bytes.
const LARGEST_BUNDLE: u64 = 8 << 20;

/// Whether the network may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    Allowed,
    Forbidden,
}

/// A report and what it was made from.
pub(crate) struct Compared {
    pub report: Report,
    /// What its plots are drawn from.
    pub figures: Vec<Figure>,
    pub repository: Option<Repository>,
    /// The commit that the report speaks of.
    pub head: Option<Sha>,
    /// The forge's Markdown.
    pub dialect: Dialect,
    /// The project's folder inside the repository, with `/`; empty: its top.
    pub folder: String,
    pub config: Config,
    /// How its plots are drawn.
    pub drawing: Drawing,
}

/// Where we run, with the repository's own address where the CI names none.
pub(crate) fn context(env: &Env, global: &Global, repository: Option<&Repository>) -> Result<Context, Error> {
    let remote = repository.and_then(Repository::remote_url);
    let flag = global.repo.as_deref().or_else(|| env.get("CML_REPO"));
    let mut context = environment::detect(env, flag, global.token.as_deref());
    // Another repository than the one that was named must not get the comment.
    if let Some(wrong) = context.notices.iter().find(|notice| notice.about.as_deref() == Some("--repo")) {
        return Err(Error::input(wrong.to_string()).hint("for example --repo OWNER/NAME"));
    }
    if context.repo.is_none()
        && let Some(repo) = remote.and_then(|url| RepoUrl::of_remote(&url).ok())
    {
        context.set_repo(repo);
    }
    match global.driver {
        Some(Driver::Github) => context.set_forge(ForgeKind::GitHub),
        Some(Driver::Gitlab) => context.set_forge(ForgeKind::GitLab),
        None => {}
    }
    let names_repo = flag.is_some_and(|text| !text.trim().is_empty());
    context.take_token(env, Typed { token: global.token.as_deref(), names_repo });
    context.notices.extend(repository.and_then(Repository::notice).cloned());
    Ok(context)
}

/// Finds the server that the repository is on where its address alone does not tell: GitLab below a path.
pub(crate) async fn locate(context: &mut Context, env: &Env, console: &Console) -> Result<(), Error> {
    let (Some(ForgeKind::GitLab), Some(repo)) = (context.forge, context.repo.clone()) else { return Ok(()) };
    let told = env.get("CI_API_V4_URL").map(|url| url.trim_end_matches('/'));
    let is_told = told.is_some() && context.api_url.as_deref() == told
        || environment::told_gitlab(env).is_some_and(|server| context.set_server(server));
    if is_told || context.token.is_none() || repo.server() == environment::GITLAB {
        return Ok(());
    }
    let transport = transport(context, console)?;
    // A server that cannot be reached is told by the request that needs it.
    let Ok(found) = forge::locate(ForgeKind::GitLab, &repo, &transport).await else { return Ok(()) };
    match found {
        Some(found) => {
            context.set_server(found.server());
        }
        None => console.warn(&format!(
            "no GitLab answers at {} nor below its paths; if it is elsewhere, set CI_API_V4_URL to its API",
            repo.server()
        )),
    }
    Ok(())
}

/// The repository around the current directory, if there is one.
pub(crate) fn repository(env: &Env) -> Result<Option<Repository>, Error> {
    match Repository::open(&env.cwd, env) {
        Ok(repository) => Ok(Some(repository)),
        // A slim image without git still gets its report; the notice about the base says why everything is new.
        Err(RevisionError::NotARepository { .. } | RevisionError::NoGit { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Lets a partial clone be filled in, unless the network is not to be used; with the job's token where that belongs.
pub(super) fn go_online(repository: &Repository, context: &Context, network: Network) {
    if network == Network::Allowed {
        let token = repository.remote_url().and_then(|url| context.token_for_remote(&url));
        repository.go_online(token);
    }
}

/// The forge, if we know which and have a token.
pub(crate) fn forge(context: &Context, console: &Console) -> Result<Option<Box<dyn Forge>>, Error> {
    let (Some(kind), Some(repo), Some(api_url)) = (context.forge, &context.repo, &context.api_url) else {
        return Ok(None);
    };
    if context.token.is_none() {
        return Ok(None);
    }
    let transport = transport(context, console)?;
    let connection = forge::Connection {
        kind,
        repo: repo.clone(),
        api_url: api_url.clone(),
        graphql_url: context.graphql_url.clone().unwrap_or_else(|| format!("{api_url}/graphql")),
        token: context.token.clone(),
    };
    let forge = forge::connect(connection, transport)?;
    forge.until(context.runner.reading);
    Ok(Some(forge))
}

/// The way to the network; it signs nothing by itself, but shows the token to nobody. It has the time of reading.
pub(crate) fn transport(context: &Context, console: &Console) -> Result<Transport, Error> {
    let talk = *console;
    let talk = std::sync::Arc::new(move |text: &str| talk.info(text));
    let mut roots = Vec::new();
    for (name, path) in &context.runner.extra_roots {
        match Root::anywhere().read(path, LARGEST_BUNDLE) {
            Ok(bytes) => roots.extend(bytes.into_iter().chain([b'\n'])),
            // Node, for which the variable was made, goes on with a warning as well.
            Err(error) => console.warn(&format!("{name}: cannot read {}: {error}", path.display())),
        }
    }
    if let Some(path) = context.runner.system_roots.as_ref().filter(|path| !path.is_file()) {
        console.warn(&format!("SSL_CERT_FILE: there is no file {}; it is left out", path.display()));
    }
    let token = context.token.as_ref().map(|token| token.to_hide().clone());
    let manners = Manners { talk, token, secrets: context.secrets.clone(), pace: context.runner.pace };
    let transport = Transport::new(manners, &roots)?;
    transport.until(context.runner.reading);
    Ok(transport)
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
    let found = project::find(env, repository.as_ref(), args.dir.as_deref());
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
            without_git::base_snapshot(&base, &mut choice, sources, &outside, console).await?
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
    let (dialect, drawing) =
        (Dialect::from(context.forge), Drawing::new(&args.draw, env)?.for_report(env.deadline));
    Ok(Compared { report, figures, repository, head: head_sha, dialect, folder, config, drawing })
}

async fn base_snapshot(
    env: &Env,
    repository: Option<&Repository>,
    choice: &mut Choice,
    wish: &Compare,
    outside: &Outside<'_>,
) -> Result<Option<Snapshot>, Error> {
    if let Some(folder) = &wish.base_dir {
        let folder = env.cwd.join(folder);
        if !folder.is_dir() {
            return Err(
                Error::input(format!("there is no folder {}", folder.display())).hint("check --base-dir")
            );
        }
        files::check_folder(env, repository, "--base-dir", &folder)?;
        choice.base = None;
        choice.base_label =
            folder.file_name().map_or_else(|| "base".to_owned(), |name| name.to_string_lossy().into_owned());
        let tree = trees::of_folder(repository, &folder);
        return Ok(Some(outside.collect(tree.as_ref(), &wish.sources).await?));
    }
    let (Some(repository), Some(base)) = (repository, choice.base.clone()) else { return Ok(None) };
    if !repository.has(&base) {
        choice.lose_base(format!("the base {} is not in this clone", base.short()), None);
        return Ok(None);
    }
    let dir = in_repository(repository, &outside.dir)?;
    let read = match repository.whole(&base, &dir) {
        Ok(tree) => outside.collect(&tree, &wish.sources).await,
        Err(error) => Err(error.into()),
    };
    Ok(read.map_or_else(
        |error| {
            let why = format!("the base {} could not be read", base.short());
            choice.lose_base(why, Some(&error.message));
            None
        },
        Some,
    ))
}

/// A folder's path inside the repository, with `/`; empty for the root.
pub(super) fn in_repository(repository: &Repository, dir: &Path) -> Result<String, Error> {
    let real = dir.canonicalize().unwrap_or_else(|_| dir.to_path_buf());
    let root = repository.root().canonicalize().unwrap_or_else(|_| repository.root().to_path_buf());
    match real.strip_prefix(&root) {
        Ok(inside) => Ok(inside.to_string_lossy().replace('\\', "/")),
        Err(_) => Err(Error::input(format!("--dir {} is outside the repository", dir.display()))),
    }
}

fn build(
    context: &Context,
    repository: Option<&Repository>,
    choice: Choice,
    (base, head): (Option<&Snapshot>, &Snapshot),
    head_sha: Option<Sha>,
    config: &Config,
    (figures, plot_notices): (&[Figure], Vec<Notice>),
) -> Report {
    let rules = &config.rules;
    let mut metrics = diff::compare_metrics(base.map(|base| base.metrics.as_slice()), &head.metrics, rules);
    let mut params = diff::compare_params(base.map(|base| base.params.as_slice()), &head.params);
    let unread = unread::told(base, head, &mut metrics, &mut params);
    let mut plots: Vec<_> = figures.iter().map(plot::told).collect();
    diff::direct_curves(&mut plots, rules);
    let age =
        |sha: Option<&Sha>| sha.and_then(|sha| repository.and_then(|repository| repository.commit_time(sha)));
    let base_age = age(head_sha.as_ref().or(choice.head_commit.as_ref()))
        .zip(age(choice.base.as_ref()))
        .map(|(head, base)| head - base);
    let mut notices = context.notices.clone();
    notices.extend(choice.notices);
    notices.extend(config::turned_directions(rules, &metrics));
    notices.extend(config::exchanged_names(rules, &metrics));
    if let Some(base) = base {
        // What both sides say (a glob that matches nothing) is said once.
        let own = base.notices.iter().filter(|notice| !head.notices.contains(notice));
        notices.extend(own.map(|notice| notice.of_the_base(&choice.base_label)));
    }
    notices.extend(head.notices.iter().cloned());
    notices.extend(unread::notices(&unread, (base, head), &choice.base_label));
    notices.extend(plot_notices);
    Report {
        name: None,
        base: match (base, choice.base) {
            (None, _) => Base::None { why: choice.no_base },
            (Some(_), Some(commit)) => Base::Commit { label: choice.base_label, commit },
            (Some(_), None) => Base::Folder { label: choice.base_label },
        },
        head: Side { label: choice.head_label.clone(), commit: head_sha, on_disk: choice.head_is_workspace },
        own_progress_only: choice.own_progress_only,
        base_age,
        // How a host writes the address of a commit is known of those that we speak to.
        repo: context.repo.clone().filter(|_| context.forge.is_some()),
        metrics,
        params,
        plots,
        notices,
        near_misses: head
            .near_misses
            .iter()
            .map(|(path, flag)| NearMiss { path: path.clone(), flag: (*flag).to_owned() })
            .collect(),
        unread,
        kept_at: None,
    }
}
