//! `cml report`: compare, draw, print or write.

use std::path::Path;

use crate::cli::{Format, Global, ReportArgs};
use crate::error::Error;
use cml_base::notice::Notice;
use cml_host::door::Ground;
use cml_host::environment::Env;
use cml_render::{self as render, Detail, Images};
use cml_store::publish::Asset;

use super::compare::{self, Compared, Network, compare};
use super::hiding::hidden;
use super::{Console, artifacts, checkout, draw, files, preview, situation};

pub(crate) async fn run(
    args: &ReportArgs,
    global: &Global,
    env: &Env,
    console: &Console,
) -> Result<u8, Error> {
    let repository = compare::repository(env)?;
    let mut context = compare::context(env, global, repository.as_ref())?;
    compare::locate(&mut context, env, console).await?;
    let forge = compare::forge(&context, console)?;
    if let Some(forge) = &forge
        && let Err(error) = situation::settle(&mut context, forge.as_ref()).await
    {
        let words = situation::words(&context);
        context.notices.push(Notice::new(format!("the {words} could not be asked for: {error}")));
    }
    checkout::settle(&mut context, repository.as_ref(), forge.as_deref()).await;
    let mut compared = compare(env, &context, repository, &args.compare, Network::Allowed, console).await?;
    console.notices(&compared.report.notices);
    let kept = match &args.artifacts {
        Some(dir) => artifacts::save(&mut compared, &context, dir, env, console),
        None => Ok(()),
    };
    let ground = files::ground(env, compared.repository.as_ref());
    let (report, dialect) = (&compared.report, compared.dialect);
    let format = args.format.unwrap_or(match args.output.as_deref() {
        Some(path) => format_of(path),
        None if env.stdout_is_terminal => Format::Text,
        None => Format::Markdown,
    });
    let text = match (format, args.output.as_deref()) {
        (Format::Markdown, Some(path)) if path != Path::new("-") => {
            with_pictures(&compared, &env.cwd.join(path), &ground, console)
        }
        (Format::Markdown, _) => render::markdown_in(dialect, report, &Images::default(), Detail::Full, None),
        (Format::Text, _) => render::text(
            report,
            env.stdout_is_terminal && env.get("NO_COLOR").is_none(),
            env.width.unwrap_or(100),
        ),
        (Format::Json, _) => report.to_json(),
        (Format::Html, _) => preview::page_of(&compared, console),
    };
    let text = hidden(text, &context, console);
    match args.output.as_deref() {
        Some(path) if path != Path::new("-") => {
            files::write(&ground, &env.cwd.join(path), text.as_bytes())?;
            console.info(&format!("wrote {}", path.display()));
        }
        _ if format == Format::Json => console.json(&[text])?,
        _ => console.result(&text)?,
    }
    // The report is there, whatever became of the rest.
    kept.map(|()| 0)
}

fn format_of(path: &Path) -> Format {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("json") => Format::Json,
        Some("html" | "htm") => Format::Html,
        Some("txt") => Format::Text,
        _ => Format::Markdown,
    }
}

/// Writes the pictures to `FILE_files` beside the report and answers the Markdown that names them. Pictures that cannot
/// be written cost themselves: their plots are text.
pub(super) fn with_pictures(compared: &Compared, path: &Path, ground: &Ground, console: &Console) -> String {
    let Compared { report, figures, dialect, drawing, .. } = compared;
    let pictures = draw::draw(figures, *dialect, drawing);
    console.notices(&pictures.notices);
    let stem =
        path.file_stem().map_or_else(|| "report".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let folder_name = format!("{stem}_files");
    let written = write_pictures(&pictures.assets, &path.with_file_name(&folder_name), ground);
    let images = match &written {
        Ok(()) => pictures.addresses(|name| Some(format!("{}/{name}", folder_name.replace(' ', "%20")))),
        Err(error) => {
            console.warn(&format!("plots are shown as text: {}", error.message));
            Images::default()
        }
    };
    let report = pictures.noted(report);
    render::markdown_in(*dialect, &report, &images, Detail::Full, None)
}

fn write_pictures(assets: &[Asset], folder: &Path, ground: &Ground) -> Result<(), Error> {
    if !assets.is_empty() {
        files::make_folder(ground, folder)?;
    }
    assets.iter().try_for_each(|asset| files::write(ground, &folder.join(&asset.name), &asset.bytes))
}
