//! What is to be said, as a forge or the job summary takes it.
//!
//! In: a report, a user's Markdown, or the note of a run that has begun. Out: its text with as much detail as fits,
//! and its pictures' addresses.

mod date;
pub(crate) mod keep;
mod local_images;
mod pictures;
pub(crate) mod store;
pub(crate) mod undelivered;
mod user_file;

use crate::comparison::Compared;
use cml_base::flavor::Limits;
use cml_base::ident::Sha;
use cml_base::notice::Notice;
use cml_forge::deliver;
use cml_host::environment::Context;
use cml_render::{self as render, Detail, Images};

use keep::Kept;
pub(crate) use local_images::grounds;
pub(crate) use pictures::{Publishing, images};
pub(crate) use user_file::UserFile;

/// The levels of detail, most first: the first that fits is posted.
const DETAILS: [Detail; 4] = [Detail::Full, Detail::Folded, Detail::Top, Detail::Brief];
/// What is to be posted.
pub(crate) enum Content {
    Report(Box<Compared>),
    /// A user's Markdown.
    File(Box<UserFile>),
    /// A run has begun.
    Start {
        note: String,
        head: Option<Sha>,
    },
}

/// What is shown beside the content itself.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) images: &'a Images,
    pub(crate) notices: &'a [Notice],
    /// Where all of it is already, and that place as Markdown.
    pub(crate) whole: Option<&'a (Kept, String)>,
    /// The name of a report that has none of its own.
    pub(crate) name: Option<&'a str>,
}

impl<'a> Shown<'a> {
    pub(crate) fn new(images: &'a Images, notices: &'a [Notice]) -> Self {
        Self { images, notices, whole: None, name: None }
    }
}

impl Content {
    pub(crate) fn head(&self) -> Option<&Sha> {
        match self {
            Self::Report(compared) => compared.head.as_ref(),
            Self::File(file) => file.head.as_ref(),
            Self::Start { head, .. } => head.as_ref(),
        }
    }

    /// The body without its mark, with as much detail as fits, and whether something had to go.
    pub(crate) fn body(&self, room: Limits, shown: &Shown<'_>) -> (String, bool) {
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
                let flavor = compared.flavor;
                // The one place that such a report names.
                let full = whole.filter(|(kept, _)| *kept == Kept::In(flavor.whole_is_in));
                let full = full.and_then(|(_, place)| address_of(place));
                let render = |detail| render::markdown_in(flavor, &report, images, detail, full);
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
pub(crate) fn start_note(head: Option<&Sha>, context: &Context) -> String {
    let flavor = context.flavor();
    let what = match (head, &context.repo) {
        (Some(head), Some(repo)) => format!("[{}]({})", head.short(), flavor.commit_page(repo, head)),
        (Some(head), None) => head.short().to_owned(),
        (None, _) => "a commit that is not known".to_owned(),
    };
    match &context.run_url {
        Some(url) => format!("**Training {what}** in [this run]({url})"),
        None => format!("**Training {what}**"),
    }
}
