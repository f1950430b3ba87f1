//! `cml preview`: the comment as one self-contained page.

use std::path::Path;

use crate::cli::{Global, PreviewArgs};
use crate::error::Error;
use cml_host::environment::Env;
use cml_render as render;

use crate::comparison::compare;
use crate::comparison::pages::page_of;
use crate::content::UserFile;
use crate::session::hiding::hidden;
use crate::session::{self, Console, Network, checkout, files};

pub(crate) async fn run(
    args: &PreviewArgs,
    global: &Global,
    env: &Env,
    console: &Console,
) -> Result<u8, Error> {
    let repository = session::repository(env)?;
    let ground = files::ground(env, repository.as_ref());
    let mut context = session::context(env, global, repository.as_ref())?;
    let page = if let Some(file) = &args.file {
        let flavor = context.flavor();
        let file = UserFile::read(env, &file.to_string_lossy(), true, None, repository, flavor, console)?;
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
