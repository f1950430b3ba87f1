//! What is to be said, as a forge or the job summary takes it.
//!
//! In: a report, a user's Markdown, or the note of a run that has begun. Out: its text with as much detail as fits,
//! and its pictures' addresses.

use std::io::Read as _;

use crate::deliver;
use crate::door::Ground;
use crate::environment::{Ci, Context, Env};
use crate::error::Error;
use crate::forge::{Forge, Limits, Target};
use crate::ident::Sha;
use crate::notice::Notice;
use crate::publish::{Place, Store};
use crate::render::{self, Detail, Dialect, Images};
use crate::revision::{LARGEST_FILE, Repository};

use super::compare::Compared;
use super::local_images::UserFile;
use super::{Console, asset, draw, files};

/// The levels of detail, most first: the first that fits is posted.
const DETAILS: [Detail; 4] = [Detail::Full, Detail::Folded, Detail::Top, Detail::Brief];
/// A job summary may hold 1 MiB.
const SUMMARY_LIMIT: Limits = Limits { bytes: 1_000_000, chars: 1_000_000 };
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
    let read = std::io::stdin().lock().take(LARGEST_FILE + 1).read_to_end(&mut bytes);
    read.map_err(|error| Error::input(format!("cannot read standard input: {error}")))?;
    if bytes.len() as u64 > LARGEST_FILE {
        let most = LARGEST_FILE / (1024 * 1024);
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

    /// The body without its mark, with as much detail as fits, and whether something had to go. `full` is a page
    /// that has all of it.
    pub(super) fn body(
        &self,
        images: &Images,
        extra: &[Notice],
        room: Limits,
        full: Option<&str>,
    ) -> (String, bool) {
        match self {
            Self::Start { note, .. } => (note.clone(), false),
            Self::File(file) => {
                let text = deliver::cut_blocks(&file.markdown, room);
                let shortened = text != file.markdown;
                (text, shortened)
            }
            Self::Report(compared) => {
                let mut report = compared.report.clone();
                report.notices.extend_from_slice(extra);
                let dialect = compared.dialect;
                let render = |detail| render::markdown_in(dialect, &report, images, detail, full);
                let text = deliver::fit(room, |level| DETAILS.get(level).copied().map(render));
                let shortened = text != render(Detail::Full);
                (text, shortened)
            }
        }
    }
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
    let mut pictures = draw::draw(&compared.report.figures, compared.dialect, &compared.drawing);
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

/// Shows the report where a comment cannot: in the job summary, and on standard output.
pub(super) fn to_summary(
    content: &Content,
    context: &Context,
    why: Option<Notice>,
    console: &Console,
) -> Result<(), Error> {
    let extra: Vec<Notice> = why.into_iter().collect();
    append_summary(content, &Images::default(), &extra, context, console);
    let text = content.body(&Images::default(), &extra, SUMMARY_LIMIT, None).0 + "\n";
    console.shown(&hidden(text, context, console))
}

/// Keeps the whole report of which a comment shows less, or nothing: in the job summary, or in the log of a CI that
/// has none.
pub(super) fn keep_whole(
    content: &Content,
    images: &Images,
    extra: &[Notice],
    context: &Context,
    console: &Console,
) -> Result<(), Error> {
    append_summary(content, images, extra, context, console);
    match context.ci {
        Ci::GitLab => console.shown(&whole(content, context, console)),
        Ci::GitHubActions | Ci::None => Ok(()),
    }
}

/// The whole text, for the job's log.
pub(super) fn whole(content: &Content, context: &Context, console: &Console) -> String {
    hidden(content.body(&Images::default(), &[], SUMMARY_LIMIT, None).0 + "\n", context, console)
}

/// A text without our token and without the values of variables whose names say secret. It is done here and not only
/// on the way out, so that the text which is compared with what is there is the one that is sent.
pub(super) fn hidden(text: String, context: &Context, console: &Console) -> String {
    match context.secrets.hide(&text) {
        None => text,
        Some(clean) => {
            console.warn(
                "the report held our token or the value of a variable whose name says secret; it is shown with *** in \
                 its place; look for what writes it there",
            );
            clean
        }
    }
}

/// Appends the report to the job summary, if there is one.
pub(super) fn append_summary(
    content: &Content,
    images: &Images,
    extra: &[Notice],
    context: &Context,
    console: &Console,
) {
    let Some(path) = &context.summary else { return };
    let body = hidden(content.body(images, extra, SUMMARY_LIMIT, None).0 + "\n", context, console);
    // The CI's own file, wherever it is.
    match Ground::default().append(path, body.as_bytes()) {
        Ok(()) => console.info("the report is in the job summary"),
        Err(error) => console.warn(&format!("the job summary {} cannot be written: {error}", path.display())),
    }
}
