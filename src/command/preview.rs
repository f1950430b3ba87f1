//! `cml preview`: the comment as one self-contained page.

use std::path::Path;

use base64::Engine as _;

use crate::cli::{Global, PreviewArgs};
use crate::error::Error;
use cml_host::environment::Env;
use cml_render::{self as render, Detail, Dialect};

use super::compare::{self, Compared, Network, compare};
use super::hiding::hidden;
use super::local_images::UserFile;
use super::{Console, checkout, draw, files};

pub(crate) async fn run(
    args: &PreviewArgs,
    global: &Global,
    env: &Env,
    console: &Console,
) -> Result<u8, Error> {
    let repository = compare::repository(env)?;
    let ground = files::ground(env, repository.as_ref());
    let mut context = compare::context(env, global, repository.as_ref())?;
    let page = if let Some(file) = &args.file {
        let dialect = Dialect::from(context.forge);
        let file = UserFile::read(env, &file.to_string_lossy(), true, None, repository, dialect, console)?;
        // As Markdown, in which it stands as it is.
        let markdown = hidden(file.images.embed(&file.markdown), &context, console);
        render::page(&hidden(file.name, &context, console), &markdown)
    } else {
        checkout::settle(&mut context, repository.as_ref(), None).await;
        let compared = compare(env, &context, repository, &args.compare, Network::Forbidden, console).await?;
        console.notices(&compared.report.notices);
        page_of(&compared, console)
    };
    if args.output == Path::new("-") {
        console.result(&page)?;
    } else {
        files::write(&ground, &env.cwd.join(&args.output), page.as_bytes())?;
        console.info(&format!("wrote {}: open it in a browser", args.output.display()));
    }
    Ok(0)
}

/// The report as a page with its pictures inside.
pub(super) fn page_of(compared: &Compared, console: &Console) -> String {
    let pictures = draw::draw(&compared.figures, compared.dialect, &compared.drawing);
    console.notices(&pictures.notices);
    let report = pictures.noted(&compared.report);
    let images = pictures.addresses(|name| {
        let asset = pictures.assets.iter().find(|asset| asset.name == name)?;
        Some(format!(
            "data:image/png;base64,{}",
            base64::engine::general_purpose::STANDARD.encode(&asset.bytes)
        ))
    });
    let markdown = render::markdown_in(compared.dialect, &report, &images, Detail::Full, None);
    render::page("Model report", &markdown)
}
