//! `cml comment --dry-run`: the whole comment, and what would be sent. No token, no network.

use std::collections::BTreeMap;

use super::post;
use crate::comparison::draw;
use crate::content::{Content, Shown};
use crate::error::Error;
use crate::session::hiding::hidden;
use crate::session::{Console, situation};
use crate::settings::{CommentSettings, TargetWish};
use cml_forge::deliver::{self, Mode};
use cml_host::environment::{Context, Situation};
use cml_render::Images;

/// Prints the whole comment, and says what would be sent.
pub(crate) fn dry_run(
    content: &mut Content,
    settings: &CommentSettings,
    context: &Context,
    console: &Console,
) -> Result<u8, Error> {
    let mut images = Images::default();
    let (mut files, mut notices) = (BTreeMap::new(), Vec::new());
    if let Content::File(file) = &*content {
        files.extend(file.images.assets.iter().map(|asset| (asset.name.clone(), asset.bytes.len())));
    }
    if let Content::Report(compared) = &mut *content {
        let pictures = draw::draw(&compared.figures, compared.flavor.dark_pictures, &compared.drawing);
        pictures.name_in(&mut compared.report);
        console.notices(&pictures.notices);
        notices.extend(pictures.notices.iter().cloned());
        files.extend(pictures.assets.iter().map(|asset| (asset.name.clone(), asset.bytes.len())));
        images = pictures.addresses(|name| Some(name.to_owned()));
    }
    let mark = post::mark(content, settings, context);
    let (body, _) =
        content.body(deliver::room(context.flavor().comment, &mark), &Shown::new(&images, &notices));
    let body = hidden(body, context, console);
    console.shown(&format!("{}\n\n{}\n", body.trim_end(), mark.render()))?;
    let verb = match post::mode(content, settings) {
        Mode::Create => "create",
        Mode::Recreate => "create or replace",
        Mode::Quiet => "update, and not create,",
        Mode::Update | Mode::Start => "create or update",
    };
    let sign = context.flavor().change_sign;
    let change = format!("{} {sign}", situation::words(context));
    let place = match (&settings.target, &context.situation) {
        (TargetWish::ChangeNumber(number), _) => format!("{change}{number}"),
        (TargetWish::Issue(number), _) => format!("issue #{number}"),
        (TargetWish::Commit(rev), _) => format!("commit {}", rev.as_deref().unwrap_or("HEAD")),
        (
            _,
            Situation::Change { number, .. }
            | Situation::Named { number }
            | Situation::Queue { number: Some(number), .. },
        ) => format!("{change}{number}"),
        (_, Situation::Push { branch, default_branch, .. }) if Some(branch) == default_branch.as_ref() => {
            console.info("dry run: on the default branch the report would go to the job summary");
            return Ok(0);
        }
        _ => format!("the open {} of this commit, if there is one", situation::words(context)),
    };
    let repo = context.repo.as_ref().map(|repo| format!(" of {}", repo.slug())).unwrap_or_default();
    console.info(&format!("dry run: would {verb} the comment {:?} on {place}{repo}", settings.key));
    if settings.thread {
        console.info("dry run: a new comment would be a thread");
    }
    if let (Some(label), Content::Report(compared)) = (&settings.label, content) {
        let verdict = compared.report.verdict().as_str();
        console.info(&format!("dry run: would set the label {label}::{verdict}"));
    }
    for (name, size) in files {
        console.info(&format!("dry run: would publish {name} ({size} bytes)"));
    }
    Ok(0)
}
