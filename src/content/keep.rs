//! Where all of a report is kept of which a comment shows less, or nothing: the job summary, else the job's log.
//!
//! In: what is to be said. Out: the place that has all of it. Nothing names a place before all of it is there.

use std::fs;

use super::{Content, Shown};
use crate::error::Error;
use crate::session::{Console, Session};
use cml_base::flavor::{JobPlace, Limits};
use cml_base::notice::Notice;
use cml_host::door::Ground;
use cml_host::environment::{Context, SUMMARY_BYTES};
use cml_render::Images;

/// Less than this is no use to a reader.
const LEAST: usize = 1000;
const ANY_LENGTH: Limits = Limits::both(usize::MAX);

/// Where all of a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Its log is our standard output.
    In(JobPlace),
    /// Nobody can promise that it is somewhere: the log has as much as it holds.
    Nowhere,
}

impl Kept {
    /// The place as Markdown; `None` if there is none.
    pub(crate) fn place(self, context: &Context) -> Option<String> {
        let words = self.words()?;
        Some(context.run_url.as_ref().map_or_else(|| words.to_owned(), |url| format!("[{words}]({url})")))
    }

    fn words(self) -> Option<&'static str> {
        match self {
            Self::In(place) => Some(place.words()),
            Self::Nowhere => None,
        }
    }

    /// Says that a report was shortened for a comment or a check, and where all of it is.
    pub(crate) fn tell(self, shortened_for: &str, console: &Console) {
        let place = match self.words() {
            Some(words) => format!("all of it is in {words}"),
            None => "its log keeps only a part of it: it is cut at 4 MiB by default".to_owned(),
        };
        console.warn(&format!("the report is too long for {shortened_for}, so it was shortened; {place}"));
    }
}

/// Keeps all of a report: in the job summary if there is one with room for it, else in the log. The summary shows as
/// much as it has room for.
pub(crate) fn keep_whole(
    session: &Session,
    content: &Content,
    images: &Images,
    extra: &[Notice],
) -> Result<Kept, Error> {
    if append_summary(session, content, images, extra) {
        return Ok(Kept::In(JobPlace::Summary));
    }
    let text = whole(session, content, extra);
    if let Err(error) = session.console().shown(&text) {
        session.console().warn(&format!("the log does not have the whole report: {}", error.message));
        return Ok(Kept::Nowhere);
    }
    let is_cut = session.context().ci.log_bytes().is_some_and(|most| text.len() > most);
    Ok(if is_cut { Kept::Nowhere } else { Kept::In(JobPlace::Log) })
}

/// Shows the report where a comment cannot: in the job summary, and on standard output. `kept` is where all of it is
/// already.
pub(crate) fn to_summary(
    session: &Session,
    content: &Content,
    why: Option<Notice>,
    kept: Option<Kept>,
) -> Result<(), Error> {
    let extra: Vec<Notice> = why.into_iter().collect();
    let is_there = match kept {
        None => append_summary(session, content, &Images::default(), &extra),
        Some(Kept::In(JobPlace::Summary)) => true,
        Some(Kept::In(JobPlace::Log) | Kept::Nowhere) => return Ok(()),
    };
    match session.console().shown(&whole(session, content, &extra)) {
        Err(error) if is_there => {
            session.console().warn(&format!("the log does not have the report: {}", error.message));
            Ok(())
        }
        Err(error) => Err(Error::delivery(error.message)),
        Ok(()) => Ok(()),
    }
}

/// The whole text, for the job's log.
pub(crate) fn whole(session: &Session, content: &Content, extra: &[Notice]) -> String {
    session.hidden(content.body(ANY_LENGTH, &Shown::new(&Images::default(), extra)).0 + "\n")
}

/// Appends the report to the job summary, if there is one; whether all of it is there now. Whoever gets no for an
/// answer prints it, and the summary says so.
fn append_summary(session: &Session, content: &Content, images: &Images, extra: &[Notice]) -> bool {
    let Some(path) = &session.context().summary else { return false };
    let used = fs::metadata(path).map_or(0, |about| usize::try_from(about.len()).unwrap_or(usize::MAX));
    let room = SUMMARY_BYTES.saturating_sub(used).saturating_sub(1);
    let limits = Limits::both(room);
    let all = session.hidden(content.body(ANY_LENGTH, &Shown::new(images, extra)).0);
    let fits = all.len() <= room;
    let text = match fits {
        true => all,
        false if room < LEAST => {
            session.console().warn("the job summary is full: 1 MiB of it is shown");
            return false;
        }
        false => {
            let log = Kept::In(JobPlace::Log);
            let log = log.place(session.context()).map(|place| (log, place));
            session
                .hidden(content.body(limits, &Shown { whole: log.as_ref(), ..Shown::new(images, extra) }).0)
        }
    };
    // The CI's own file, wherever it is.
    match Ground::default().append(path, (text + "\n").as_bytes()) {
        Ok(()) if fits => {
            session.console().info("the report is in the job summary");
            true
        }
        Ok(()) => {
            session
                .console()
                .warn("the report is too long for the job summary too, so it was shortened there");
            false
        }
        Err(error) => {
            session.console().warn(&format!("the job summary {} cannot be written: {error}", path.display()));
            false
        }
    }
}
