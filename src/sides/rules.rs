//! Whose configuration counts, and which folder it makes the project.
//!
//! In: what is on disk, and the target's newest commit. Out: [`Rules`]. On a laptop and for a push the file on disk
//! counts, and a mistake in it is an error; in a change request's job it is the change's own, and the target's counts.

use super::found::Found;
use super::target::{self, Target};
use crate::config::{self, Author, Config, ConfigError, File};
use crate::error::Error;
use crate::session::Session;
use cml_base::notice::Notice;
use cml_base::tree::Tree;
use cml_git::Workspace;
use cml_tracked::{self as tracked, Glob, Sources};

/// So many files are named in one notice.
const MOST_NAMED: usize = 8;

/// What counts.
pub(crate) struct Rules {
    pub(crate) config: Config,
    /// The folder of the file that makes the project, inside the repository; `None`: there is no file.
    pub(crate) folder: Option<String>,
    /// Whose word counts; `None`: that of the files on disk.
    pub(crate) target: Option<Target>,
    pub(crate) notices: Vec<Notice>,
}

/// Finds out what counts for a project.
pub(crate) async fn settle(found: &Found, session: &Session) -> Result<Rules, Error> {
    let Some(target) = target::find(session).await? else {
        let own = found.own.as_ref().map_err(Clone::clone)?.as_ref();
        let folder = own.map(|own| own.folder().to_owned());
        let project = found.folder(folder.as_deref());
        let (config, notices) = config::resolve(own, Author::Trusted, &project)?;
        return Ok(Rules { config, folder, target: None, notices });
    };
    let mut notices = Vec::new();
    let file = of_target(found, &target, session, &mut notices).await;
    let own = of_change(found, file.as_ref(), &mut notices);
    let folder = file.as_ref().or(own.as_ref()).map(|file| file.folder().to_owned());
    let project = found.folder(folder.as_deref());
    let (config, told) = config::resolve(own.as_ref(), Author::OfChange(file.as_ref()), &project)?;
    notices.extend(told);
    Ok(Rules { config, folder, target: Some(target), notices })
}

/// Whether the checkout has no configuration, nor the target as the clone last knew it. Then a newer one could only say
/// where the images of a user's own Markdown are stored, and without it they stay on the forge: no reason to ask.
pub(crate) fn is_unconfigured(found: &Found, session: &Session) -> bool {
    let Some(from) = found.from.as_deref() else { return true };
    let before = || target::look_back(session, |tree| config::find(tree, from, &found.cwd));
    found.own == Ok(None) && matches!(before(), None | Some(Ok(None)))
}

/// The target's file. One that cannot be read is as none, and nobody's fault here: the report goes on.
async fn of_target(
    found: &Found,
    target: &Target,
    session: &Session,
    notices: &mut Vec<Notice>,
) -> Option<File> {
    let from = found.from.as_deref()?;
    let file = target.look(session, |tree| config::find(tree, from, &found.cwd)).await;
    let why = match file {
        // An older commit than the newest matters to whom it has rules for.
        Ok(Ok(file)) => {
            notices
                .extend(target.notice.clone().filter(|_| file.is_some() || !matches!(found.own, Ok(None))));
            return file;
        }
        Ok(Err(error)) => first_line(&error),
        Err(why) => why,
    };
    notices.extend(target.notice.clone());
    notices.push(Notice::new(format!("the configuration of {} is not used: {why}", target.branch)));
    None
}

/// The change's file: the one in the folder of the target's, else the nearest. A mistake in it is told.
fn of_change(found: &Found, target: Option<&File>, notices: &mut Vec<Notice>) -> Option<File> {
    let wrong = |error: &ConfigError| {
        Notice::new(format!(
            "this change's configuration has a mistake, so none of it counts: {}",
            first_line(error)
        ))
    };
    let Some(target) = target else {
        return found
            .own
            .as_ref()
            .unwrap_or_else(|error| {
                notices.push(wrong(error));
                &None
            })
            .clone();
    };
    let beside = match &found.own {
        Ok(Some(own)) if own.folder() == target.folder() => Ok(Some(own.clone())),
        _ => config::in_folder(&Workspace::new(&found.root), target.folder(), &found.cwd),
    };
    match &found.own {
        Ok(Some(own)) if own.folder() != target.folder() => {
            let text =
                "this change adds a nearer configuration; until it is merged, the target's word counts";
            notices.push(Notice::about(own.shown(), text));
        }
        Err(error) if beside.as_ref().err() != Some(error) => notices.push(wrong(error)),
        _ => {}
    }
    beside.unwrap_or_else(|error| {
        notices.push(wrong(&error));
        // What is written there is not known, and so not told as taken away.
        Some(target.clone())
    })
}

/// Names the files that a change adds to those of the target's configuration.
pub(crate) fn added_files(
    config: &Config,
    sources: &Sources,
    head: &dyn Tree,
) -> Result<Option<Notice>, Error> {
    let asked = [&sources.metrics, &sources.params, &sources.plots];
    // A flag takes the place of the whole list.
    let is_asked = |glob: &&Glob| asked.iter().any(|globs| globs.contains(glob));
    let added: Vec<Glob> = config.added.iter().filter(is_asked).cloned().collect();
    if added.is_empty() {
        return Ok(None);
    }
    let files = head.list()?;
    let barred = tracked::matching(&sources.exclude, &files);
    let mut names: Vec<String> = tracked::matching(&added, &files)
        .into_iter()
        .filter(|file| !barred.contains(file))
        .map(str::to_owned)
        .collect();
    let more = names.len().saturating_sub(MOST_NAMED);
    names.truncate(MOST_NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    let text = format!("by this change's configuration these files are taken too: {}", names.join(", "));
    Ok((!names.is_empty()).then(|| Notice::new(text)))
}

/// The first thing that is wrong, and how many more there are.
fn first_line(error: &ConfigError) -> String {
    let text = error.to_string();
    let more = text.lines().count().saturating_sub(1);
    let first = text.lines().next().unwrap_or_default();
    if more == 0 { first.to_owned() } else { format!("{first} (and {more} more)") }
}
