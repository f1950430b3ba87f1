//! `cml report`: compare, draw, print or write.

use std::fs;
use std::path::Path;

use crate::cli::{Format, Global, ReportArgs};
use crate::environment::Env;
use crate::error::Error;
use crate::notice::Notice;
use crate::render::{self, Detail, Images};

use super::compare::{self, Compared, Network, compare};
use super::{Console, artifacts, draw, preview, situation};

pub(crate) async fn run(
    args: &ReportArgs,
    global: &Global,
    env: &Env,
    console: &Console,
) -> Result<u8, Error> {
    let repository = compare::repository(env)?;
    let mut context = compare::context(env, global, repository.as_ref())?;
    compare::locate(&mut context, env, console).await?;
    if let Some(forge) = compare::forge(&context, console)?
        && let Err(error) = situation::settle(&mut context, forge.as_ref()).await
    {
        context.notices.push(Notice::new(format!("the change request could not be asked for: {error}")));
    }
    let mut compared = compare(env, &context, repository, &args.compare, Network::Allowed, console).await?;
    console.notices(&compared.report.notices);
    if let Some(dir) = &args.artifacts {
        artifacts::save(&mut compared, &context, dir, env, console)?;
    }
    let (report, dialect) = (&compared.report, compared.dialect);
    let format = args.format.unwrap_or(match args.output.as_deref() {
        Some(path) => format_of(path),
        None if env.stdout_is_terminal => Format::Text,
        None => Format::Markdown,
    });
    let text = match (format, args.output.as_deref()) {
        (Format::Markdown, Some(path)) if path != Path::new("-") => {
            with_pictures(&compared, &env.cwd.join(path), console)?
        }
        (Format::Markdown, _) => render::markdown_in(dialect, report, &Images::default(), Detail::Full, None),
        (Format::Text, _) => render::text(
            report,
            env.stdout_is_terminal && env.get("NO_COLOR").is_none(),
            env.width.unwrap_or(100),
        ),
        (Format::Json, _) => render::json(report),
        (Format::Html, _) => preview::page_of(&compared, console),
    };
    match args.output.as_deref() {
        Some(path) if path != Path::new("-") => {
            write(&env.cwd.join(path), text.as_bytes())?;
            console.info(&format!("wrote {}", path.display()));
        }
        _ => console.result(&text)?,
    }
    Ok(0)
}

fn format_of(path: &Path) -> Format {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("json") => Format::Json,
        Some("html" | "htm") => Format::Html,
        Some("txt") => Format::Text,
        _ => Format::Markdown,
    }
}

/// Writes the pictures to `FILE_files` beside the report and answers the Markdown that names them.
pub(super) fn with_pictures(compared: &Compared, path: &Path, console: &Console) -> Result<String, Error> {
    let Compared { report, dialect, drawing, .. } = compared;
    let pictures = draw::draw(&report.figures, *dialect, drawing);
    console.notices(&pictures.notices);
    let stem =
        path.file_stem().map_or_else(|| "report".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let folder_name = format!("{stem}_files");
    if !pictures.assets.is_empty() {
        let folder = path.with_file_name(&folder_name);
        fs::create_dir_all(&folder)
            .map_err(|error| Error::input(format!("cannot make the folder {}: {error}", folder.display())))?;
        for asset in &pictures.assets {
            write(&folder.join(&asset.name), &asset.bytes)?;
        }
    }
    let images = pictures.addresses(|name| Some(format!("{}/{name}", folder_name.replace(' ', "%20"))));
    let report = pictures.noted(report);
    Ok(render::markdown_in(*dialect, &report, &images, Detail::Full, None))
}

/// Writes a file, and says which if it cannot.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    fs::write(path, bytes).map_err(|error| {
        Error::input(format!("cannot write {}: {error}", path.display()))
            .hint("check that the folder exists and is writable")
    })
}
