//! `cml comment --dry-run`: the whole comment, and what would be sent. No token, no network.

use std::collections::BTreeMap;

use super::post;
use crate::comparison::draw;
use crate::content::{Content, Shown};
use crate::error::Error;
use crate::session::{Session, situation};
use crate::settings::{CommentSettings, TargetWish};
use cml_base::notice::Notice;
use cml_forge::deliver::{self, Mode};
use cml_host::environment::{Context, Situation};
use cml_render::Images;
use cml_store::publish::Asset;

/// Prints the whole comment, and says what would be sent.
pub(crate) fn dry_run(
    session: &Session,
    content: &mut Content,
    settings: &CommentSettings,
) -> Result<u8, Error> {
    let (context, console) = (session.context(), session.console());
    let drawn = draw(session, content);
    let mark = post::mark(content, settings, context);
    let shown = Shown::new(&drawn.images, &drawn.notices);
    let (body, _) = content.body(deliver::room(context.flavor().comment, &mark), &shown);
    let body = session.hidden(body);
    console.shown(&format!("{}\n\n{}\n", body.trim_end(), mark.render()))?;
    let Some(place) = place(settings, context) else {
        console.info("dry run: on the default branch the report would go to the job summary");
        return Ok(0);
    };
    let verb = match post::mode(content, settings) {
        Mode::Create => "create",
        Mode::Recreate => "create or replace",
        Mode::Quiet => "update, and not create,",
        Mode::Update | Mode::Start => "create or update",
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
    for (name, size) in drawn.files {
        console.info(&format!("dry run: would publish {name} ({size} bytes)"));
    }
    Ok(0)
}

/// What would be published.
#[derive(Default)]
struct Drawn {
    images: Images,
    /// Names and sizes.
    files: BTreeMap<String, usize>,
    notices: Vec<Notice>,
}

fn draw(session: &Session, content: &mut Content) -> Drawn {
    let sizes =
        |assets: &[Asset]| assets.iter().map(|asset| (asset.name.clone(), asset.bytes.len())).collect();
    match content {
        Content::File(file) => Drawn { files: sizes(&file.images.assets), ..Drawn::default() },
        Content::Report(compared) => {
            let pictures = draw::draw(&compared.figures, compared.flavor.dark_pictures, &compared.drawing);
            pictures.name_in(&mut compared.report);
            session.console().notices(&pictures.notices);
            let images = pictures.addresses(|name| Some(name.to_owned()));
            Drawn { images, files: sizes(&pictures.assets), notices: pictures.notices }
        }
        Content::Start { .. } => Drawn::default(),
    }
}

/// What the comment would be on; `None`: nothing, as the branch is the default one.
fn place(settings: &CommentSettings, context: &Context) -> Option<String> {
    let sign = context.flavor().change_sign;
    let change = format!("{} {sign}", situation::words(context));
    Some(match (&settings.target, &context.situation) {
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
            return None;
        }
        _ => format!("the open {} of this commit, if there is one", situation::words(context)),
    })
}
