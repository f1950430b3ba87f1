//! `cml preview`: the comment as one self-contained page.

use std::path::Path;

use crate::cli::{Global, PreviewArgs};
use crate::error::Error;
use cml_host::environment::Env;
use cml_render as render;

use crate::comparison::compare;
use crate::comparison::pages::page_of;
use crate::content::UserFile;
use crate::session::{Network, Session, files};

pub(crate) async fn run(args: &PreviewArgs, global: &Global, env: &Env) -> Result<u8, Error> {
    let mut session = Session::open(global, env, Network::Forbidden)?;
    let page = if let Some(file) = &args.file {
        let flavor = session.context().flavor();
        let file = UserFile::read(&session, &file.to_string_lossy(), true, None, flavor)?;
        // As Markdown, in which it stands as it is.
        let markdown = session.hidden(file.images.embed(&file.markdown));
        render::page(&session.hidden(file.name), &markdown)
    } else {
        session.choose_head().await;
        let compared = compare(&session, &args.compare).await?;
        session.console().notices(&compared.report.notices);
        page_of(&session, &compared)
    };
    if args.output == Path::new("-") {
        session.console().result(&page)?;
    } else {
        files::write(&session.ground(), &session.path(&args.output), page.as_bytes())?;
        session.console().info(&format!("wrote {}: open it in a browser", args.output.display()));
    }
    Ok(0)
}
