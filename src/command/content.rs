//! What is to be said, as a forge or the job summary takes it.
//!
//! In: a report, a user's Markdown, or the note of a run that has begun. Out: its text with as much detail as fits,
//! and its pictures' addresses.

use std::io::Read as _;

use crate::error::Error;
use cml_base::ident::Sha;
use cml_base::notice::Notice;
use cml_forge::deliver;
use cml_forge::{Forge, Limits, Target};
use cml_git::Repository;
use cml_host::environment::{Context, Env};
use cml_render::{self as render, Detail, Dialect, Images};
use cml_store::publish::{Place, Store};

use super::compare::Compared;
use super::keep::Kept;
use super::local_images::UserFile;
use super::{Console, asset, draw, files};

/// The levels of detail, most first: the first that fits is posted.
const DETAILS: [Detail; 4] = [Detail::Full, Detail::Folded, Detail::Top, Detail::Brief];
/// What is to be posted.
pub(super) enum Content {
    Report(Box<Compared>),
    /// A user's Markdown.
    File(Box<UserFile>),
    /// A run has begun.
    Start {
        note: String,
        head: Option<Sha>,
        repository: Option<Repository>,
    },
}

/// What is shown beside the content itself.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) images: &'a Images,
    pub(super) notices: &'a [Notice],
    /// Where all of it is already, and that place as Markdown.
    pub(super) whole: Option<&'a (Kept, String)>,
    /// The name of a report that has none of its own.
    pub(super) name: Option<&'a str>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(images: &'a Images, notices: &'a [Notice]) -> Self {
        Self { images, notices, whole: None, name: None }
    }
}

/// Reads a user's Markdown; `-` is standard input.
pub(crate) fn read_markdown(env: &Env, repository: Option<&Repository>, file: &str) -> Result<String, Error> {
    let bytes = if file == "-" { standard_input()? } else { files::read(env, repository, file)? };
    let text = String::from_utf8(bytes).map_err(|error| {
        Error::input(format!("{file} is not UTF-8 (byte {})", error.utf8_error().valid_up_to()))
    })?;
    if text.trim().is_empty() {
        return Err(Error::input(format!("{file} is empty")).hint("check the step that writes it"));
    }
    Ok(text)
}

fn standard_input() -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(files::LARGEST_REPORT + 1).read_to_end(&mut bytes);
    read.map_err(|error| Error::input(format!("cannot read standard input: {error}")))?;
    if bytes.len() as u64 > files::LARGEST_REPORT {
        let most = files::LARGEST_REPORT / (1024 * 1024);
        return Err(Error::input(format!("standard input has more than {most} MB; no report is that long")));
    }
    Ok(bytes)
}

impl Content {
    pub(super) fn head(&self) -> Option<&Sha> {
        match self {
            Self::Report(compared) => compared.head.as_ref(),
            Self::File(file) => file.head.as_ref(),
            Self::Start { head, .. } => head.as_ref(),
        }
    }

    pub(super) fn repository(&self) -> Option<&Repository> {
        match self {
            Self::Report(compared) => compared.repository.as_ref(),
            Self::File(file) => file.repository.as_ref(),
            Self::Start { repository, .. } => repository.as_ref(),
        }
    }

    /// The body without its mark, with as much detail as fits, and whether something had to go.
    pub(super) fn body(&self, room: Limits, shown: &Shown<'_>) -> (String, bool) {
        let Shown { images, notices, whole, name } = *shown;
        match self {
            Self::Start { note, .. } => (note.clone(), false),
            Self::File(file) => {
                let text = deliver::cut_blocks(&file.markdown, room, whole.map(|(_, place)| place.as_str()));
                let shortened = text != file.markdown;
                (text, shortened)
            }
            Self::Report(compared) => {
                let mut report = compared.report.clone();
                report.notices.extend_from_slice(notices);
                report.name = report.name.or_else(|| name.map(str::to_owned));
                let dialect = compared.dialect;
                let full = whole.filter(|(kept, _)| {
                    // The one place that this dialect names.
                    matches!((kept, dialect), (Kept::Summary, Dialect::GitHub) | (Kept::Log, Dialect::GitLab))
                });
                let full = full.and_then(|(_, place)| address_of(place));
                let render = |detail| render::markdown_in(dialect, &report, images, detail, full);
                let text = deliver::fit(room, |level| DETAILS.get(level).copied().map(render));
                let shortened = text != render(Detail::Full);
                (text, shortened)
            }
        }
    }
}

/// The address of a link, `[words](address)`.
fn address_of(link: &str) -> Option<&str> {
    link.split_once("](")?.1.strip_suffix(')')
}

/// `**Training abc1234** in [this run](…)`: what a started run says of itself.
pub(super) fn start_note(head: Option<&Sha>, context: &Context) -> String {
    let dialect = Dialect::from(context.forge);
    let what = match (head, &context.repo) {
        (Some(head), Some(repo)) => format!("[{}]({})", head.short(), dialect.commit_page(repo, head)),
        (Some(head), None) => head.short().to_owned(),
        (None, _) => "a commit that is not known".to_owned(),
    };
    match &context.run_url {
        Some(url) => format!("**Training {what}** in [this run]({url})"),
        None => format!("**Training {what}**"),
    }
}

/// Publishes the pictures: draws those of a report, and puts the addresses of local images into a user's Markdown.
/// `shown_before`: our own comments on the target may show some of them already. What fails costs the pictures and
/// says so.
pub(super) async fn images(
    forge: &dyn Forge,
    content: &mut Content,
    target: &Target,
    shown_before: bool,
    store: Option<&Store>,
    context: &Context,
    console: &Console,
) -> (Images, Vec<Notice>) {
    let place = asset::place(context, content.repository(), content.head(), Some(target.clone()));
    let place = place.map(|place| Place { shown_before, ..place });
    let compared = match content {
        Content::Report(compared) => compared,
        Content::File(file) => {
            file.publish(store, place, forge, console).await;
            return (Images::default(), Vec::new());
        }
        Content::Start { .. } => return (Images::default(), Vec::new()),
    };
    let mut pictures = draw::draw(&compared.figures, compared.dialect, &compared.drawing);
    pictures.name_in(&mut compared.report);
    let mut notices = std::mem::take(&mut pictures.notices);
    match asset::store_images(&pictures.assets, store, place, Some(forge)).await {
        Ok(addresses) => (pictures.addresses(|name| addresses.get(name).cloned()), notices),
        Err(error) => {
            console.warn(&error.to_string());
            notices.push(Notice::new(format!("plots are shown as text: {}", error.short())));
            (Images::default(), notices)
        }
    }
}
