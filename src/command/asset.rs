//! `cml asset`: images by themselves, and the end of those that nobody needs any more.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cli::{AssetCommand, AssetPruneArgs, AssetPublishArgs, Global};
use crate::error::Error;
use crate::settings;
use cml_base::ident::ChangeNumber;
use cml_forge::Target;
use cml_host::deadline::Deadline;
use cml_host::door::Ground;
use cml_host::environment::{Env, Situation};
use cml_store::publish::{self, Asset, Place};

use crate::content::grounds;
use crate::content::store::{open_store, place, store_images, until};
use crate::session::{Network, Session};
use crate::sides;

/// Below it every change request has the refs of its images.
const REFS: &str = "refs/cml/change/";

pub(crate) async fn run(command: &AssetCommand, global: &Global, env: &Env) -> Result<u8, Error> {
    let mut session = Session::open(global, env, Network::Allowed)?;
    session.connect().await?;
    match command {
        AssetCommand::Publish(args) => publish_files(args, &session).await,
        AssetCommand::Prune(args) => prune(args, &session).await,
    }
}

async fn publish_files(args: &AssetPublishArgs, session: &Session) -> Result<u8, Error> {
    let (config, _) = sides::find(session, None).config(session).await?;
    let store = settings::store(&args.store, &config)?;
    let store = open_store(session, store.as_ref())?;
    let assets = read(args, session)?;
    let place = place_of(session);
    if store.is_none() && place.is_none() {
        return Err(Error::input("there is no store: the repository is not known")
            .hint("name it (--repo OWNER/NAME), or another store (--publish-url URL)"));
    }
    let forge = session.forge()?;
    // These are the user's own files: they take the time that they take.
    until(store.as_ref(), forge, Deadline::never());
    let addresses = store_images(&assets, store.as_ref(), place, forge)
        .await
        .map_err(|error| Error::delivery(error.to_string()))?;
    let lines = assets.iter().filter_map(|asset| addresses.get(&asset.name));
    let text: String = lines.map(|address| line(args, address)).collect();
    match &args.file {
        Some(path) => append(&session.ground(), &session.path(path), &text)?,
        None => session.console().result(&text)?,
    }
    Ok(0)
}

/// The images that were named.
fn read(args: &AssetPublishArgs, session: &Session) -> Result<Vec<Asset>, Error> {
    let grounds = grounds(&session.env().cwd, session.repository());
    let mut assets = Vec::new();
    for file in &args.files {
        let (kind, bytes) = grounds.read(&session.path(file)).map_err(|why| {
            Error::input(format!("cannot publish {}: {why}", file.display()))
                .hint("only images inside the repository or the current directory are published")
        })?;
        let stem = file.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        assets.push(Asset { name: publish::name_of_file(&stem, kind, &bytes), bytes });
    }
    Ok(assets)
}

/// The forge's own place: beside the change request, else the commit.
fn place_of(session: &Session) -> Option<Place> {
    let context = session.context();
    let head = context.head.clone().or_else(|| session.repository()?.resolve("HEAD").ok());
    let target = match context.situation {
        Situation::Change { number, .. } => Some(Target::Change(number)),
        _ => head.clone().map(Target::Commit),
    };
    place(session, head.as_ref(), target)
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
async fn prune(args: &AssetPruneArgs, session: &Session) -> Result<u8, Error> {
    let (context, console) = (session.context(), session.console());
    let forge = session.forge()?.ok_or_else(|| {
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
