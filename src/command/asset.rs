//! `cml asset`: images by themselves, and the end of those that nobody needs any more.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cli::{AssetCommand, AssetPruneArgs, AssetPublishArgs, Global};
use crate::error::Error;
use crate::settings;
use cml_base::ident::ChangeNumber;
use cml_forge::Target;
use cml_git::Repository;
use cml_host::deadline::Deadline;
use cml_host::door::Ground;
use cml_host::environment::{Context, Env, Situation};
use cml_store::publish::{self, Asset};

use crate::content::grounds;
use crate::content::store::{open_store, place, store_images, until};
use crate::session::{self, Console, Network, Reach, files, network as way};
use crate::sides;

/// Below it every change request has the refs of its images.
const REFS: &str = "refs/cml/change/";

pub(crate) async fn run(
    command: &AssetCommand,
    global: &Global,
    env: &Env,
    console: &Console,
) -> Result<u8, Error> {
    let repository = session::repository(env)?;
    let mut context = session::context(env, global, repository.as_ref())?;
    way::locate(&mut context, env, console).await?;
    match command {
        AssetCommand::Publish(args) => publish_files(args, env, &context, repository.as_ref(), console).await,
        AssetCommand::Prune(args) => prune(args, &context, console).await,
    }
}

async fn publish_files(
    args: &AssetPublishArgs,
    env: &Env,
    context: &Context,
    repository: Option<&Repository>,
    console: &Console,
) -> Result<u8, Error> {
    let reach = Reach { repository, context, network: Network::Allowed, console };
    let (config, _) = sides::find(env, repository, None).config(&reach).await?;
    let store = settings::store(&args.store, &config)?;
    let store = open_store(store.as_ref(), env, context, console)?;
    let grounds = grounds(&env.cwd, repository);
    let mut assets = Vec::new();
    for file in &args.files {
        let (kind, bytes) = grounds.read(&env.cwd.join(file)).map_err(|why| {
            Error::input(format!("cannot publish {}: {why}", file.display()))
                .hint("only images inside the repository or the current directory are published")
        })?;
        let stem = file.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        assets.push(Asset { name: publish::name_of_file(&stem, kind, &bytes), bytes });
    }
    let head = context.head.clone().or_else(|| repository?.resolve("HEAD").ok());
    let target = match context.situation {
        Situation::Change { number, .. } => Some(Target::Change(number)),
        _ => head.clone().map(Target::Commit),
    };
    let place = place(context, repository, head.as_ref(), target);
    if store.is_none() && place.is_none() {
        return Err(Error::input("there is no store: the repository is not known")
            .hint("name it (--repo OWNER/NAME), or another store (--publish-url URL)"));
    }
    let forge = way::forge(context, console)?;
    // These are the user's own files: they take the time that they take.
    until(store.as_ref(), forge.as_deref(), Deadline::never());
    let addresses = store_images(&assets, store.as_ref(), place, forge.as_deref())
        .await
        .map_err(|error| Error::delivery(error.to_string()))?;
    let lines = assets.iter().filter_map(|asset| addresses.get(&asset.name));
    let text: String = lines.map(|address| line(args, address)).collect();
    match &args.file {
        Some(path) => append(&files::ground(env, repository), &env.cwd.join(path), &text)?,
        None => console.result(&text)?,
    }
    Ok(0)
}

/// One image's address, or the Markdown that shows it.
fn line(args: &AssetPublishArgs, address: &str) -> String {
    match (&args.title, args.md) {
        (_, false) => format!("{address}\n"),
        (None, true) => format!("![]({address})\n"),
        (Some(title), true) => {
            let title = title.replace('\\', "\\\\").replace('"', "\\\"").replace(['\n', '\r'], " ");
            format!("![]({address} \"{title}\")\n")
        }
    }
}

fn append(ground: &Ground, path: &Path, text: &str) -> Result<(), Error> {
    ground
        .append(path, text.as_bytes())
        .map_err(|error| Error::input(format!("cannot write {}: {error}", path.display())))
}

/// Deletes the images of every change request that is closed. Their comments keep their text.
async fn prune(args: &AssetPruneArgs, context: &Context, console: &Console) -> Result<u8, Error> {
    let forge = way::forge(context, console)?.ok_or_else(|| {
        Error::input("cannot look for images: the repository, its forge or the token is not known")
            .hint(format!("name them: --repo OWNER/NAME, --driver, {}", context.flavor().tokens[0]))
    })?;
    forge.until(context.runner.delivering());
    let Some(stored) = forge.refs() else {
        console
            .info(&format!("{} keeps no refs with images: there is nothing to delete", forge.flavor().name));
        return Ok(0);
    };
    let refs = stored.refs(REFS).await?;
    let number = |name: &str| name.strip_prefix(REFS)?.split('/').next()?.parse().ok().map(ChangeNumber);
    let changes: BTreeSet<u64> = refs.iter().filter_map(|name| number(name)).map(|change| change.0).collect();
    let mut closed = BTreeSet::new();
    for change in changes {
        if !forge.is_open(ChangeNumber(change)).await? {
            closed.insert(change);
        }
    }
    let gone = refs.iter().filter(|name| number(name).is_some_and(|change| closed.contains(&change.0)));
    let mut count = 0;
    for name in gone {
        if !args.dry_run {
            stored.delete_ref(name).await?;
        }
        console.result(&format!("{name}\n"))?;
        count += 1;
    }
    let verb = if args.dry_run { "would delete" } else { "deleted" };
    console.info(&format!(
        "{verb} {count} of {} refs with images, of {} closed pull or merge requests",
        refs.len(),
        closed.len()
    ));
    Ok(0)
}
