//! `cml report`: compare, draw, print or write.

use std::path::Path;

use crate::cli::{Format, Global, ReportArgs};
use crate::error::Error;
use cml_base::notice::Notice;
use cml_host::environment::Env;
use cml_render::{self as render, Detail, Images};

use crate::comparison::pages::{page_of, with_pictures};
use crate::comparison::{artifacts, compare};
use crate::session::hiding::hidden;
use crate::session::{self, Console, Network, checkout, files, network, situation};

pub(crate) async fn run(
    args: &ReportArgs,
    global: &Global,
    env: &Env,
    console: &Console,
) -> Result<u8, Error> {
    let repository = session::repository(env)?;
    let mut context = session::context(env, global, repository.as_ref())?;
    network::locate(&mut context, env, console).await?;
    let forge = network::forge(&context, console)?;
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
    let (report, flavor) = (&compared.report, compared.flavor);
    let format = args.format.unwrap_or(match args.output.as_deref() {
        Some(path) => format_of(path),
        None if env.stdout_is_terminal => Format::Text,
        None => Format::Markdown,
    });
    let text = match (format, args.output.as_deref()) {
        (Format::Markdown, Some(path)) if path != Path::new("-") => {
            with_pictures(&compared, &env.cwd.join(path), &ground, console)
        }
        (Format::Markdown, _) => render::markdown_in(flavor, report, &Images::default(), Detail::Full, None),
        (Format::Text, _) => render::text(
            report,
            env.stdout_is_terminal && env.get("NO_COLOR").is_none(),
            env.width.unwrap_or(100),
        ),
        (Format::Json, _) => report.to_json(),
        (Format::Html, _) => page_of(&compared, console),
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
