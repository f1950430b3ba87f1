//! `cml report`: compare, draw, print or write.

use std::path::Path;

use crate::cli::{Format, Global, ReportArgs};
use crate::error::Error;
use cml_base::notice::Notice;
use cml_host::environment::Env;
use cml_render::{self as render, Detail, Images};

use crate::comparison::pages::{page_of, with_pictures};
use crate::comparison::{Compared, artifacts, compare};
use crate::session::{Network, Session, files, situation};

pub(crate) async fn run(args: &ReportArgs, global: &Global, env: &Env) -> Result<u8, Error> {
    let mut session = Session::open(global, env, Network::Allowed)?;
    session.connect().await?;
    if let Err(error) = session.find_change().await {
        let words = situation::words(session.context());
        let notice = Notice::new(format!("the {words} could not be asked for: {error}"));
        session.context_mut().notices.push(notice);
    }
    session.choose_head().await;
    let mut compared = compare(&session, &args.compare).await?;
    session.console().notices(&compared.report.notices);
    let kept = match &args.artifacts {
        Some(dir) => artifacts::save(&session, &mut compared, dir),
        None => Ok(()),
    };
    write(&session, args, &compared)?;
    // The report is there, whatever became of the rest.
    kept.map(|()| 0)
}

/// Writes the report in its format to where it was asked for.
fn write(session: &Session, args: &ReportArgs, compared: &Compared) -> Result<(), Error> {
    let (report, flavor) = (&compared.report, compared.flavor);
    let file = args.output.as_deref().filter(|path| *path != Path::new("-"));
    let format = args.format.unwrap_or(match args.output.as_deref() {
        Some(path) => format_of(path),
        None if session.env().stdout_is_terminal => Format::Text,
        None => Format::Markdown,
    });
    let text = match (format, file) {
        (Format::Markdown, Some(path)) => with_pictures(session, compared, &session.path(path)),
        (Format::Markdown, None) => {
            render::markdown_in(flavor, report, &Images::default(), Detail::Full, None)
        }
        (Format::Text, _) => render::text(report, session.has_colours(), session.width()),
        (Format::Json, _) => report.to_json(),
        (Format::Html, _) => page_of(session, compared),
    };
    let text = session.hidden(text);
    match file {
        Some(path) => {
            files::write(&session.ground(), &session.path(path), text.as_bytes())?;
            session.console().info(&format!("wrote {}", path.display()));
            Ok(())
        }
        None if format == Format::Json => session.console().json(&[text]),
        None => session.console().result(&text),
    }
}

fn format_of(path: &Path) -> Format {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("json") => Format::Json,
        Some("html" | "htm") => Format::Html,
        Some("txt") => Format::Text,
        _ => Format::Markdown,
    }
}
