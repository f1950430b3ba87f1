//! One comment a key, whatever happens: parallel runs, late runs, lost answers, people who quote us.
//!
//! In: a forge, a target, a mark and a body. Out: what became of the comment.

mod heal;

use std::borrow::Cow;
use std::time::Duration;

use super::Post;
use super::fit::room;
use super::legs;
use super::mark::{self, Kept, Mark};
use super::start;
use crate::{Comment, Forge, Target};
use cml_http::HttpError;

/// How often a leg looks for another comment when others were faster.
const ROUNDS: usize = 40;
/// How long a leg waits before it looks whether another one has taken the same comment at the same time.
const CALM: Duration = if cfg!(test) { Duration::from_millis(1) } else { Duration::from_millis(700) };

/// When to speak, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A new comment each time.
    Create,
    /// One comment that is kept up to date.
    Update,
    /// One comment, made anew at the end of the conversation.
    Recreate,
    /// A comment that is there is kept up to date; where there is none, none is made.
    Quiet,
    /// The body is a note that a run has begun: it goes above the report that is there.
    Start,
}

/// The comment that is there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    pub id: u64,
    /// The page where people see it.
    pub url: String,
}

impl From<&Comment> for Posted {
    fn from(comment: &Comment) -> Self {
        Self { id: comment.id, url: comment.url.clone() }
    }
}

/// What became of the comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Created(Posted),
    Updated(Posted),
    /// The change request has a newer head, and a report that must not be replaced by an older one.
    Superseded,
    /// The very same text is there already.
    Unchanged(Posted),
    /// There was nothing to say ([`Mode::Quiet`]).
    Silent,
}

/// What became of the comment, and whether another leg of the same job keeps one under the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    pub outcome: Outcome,
    pub shares_its_key: bool,
}

/// Creates or updates the comment of the mark's key on `on`.
pub async fn upsert(forge: &dyn Forge, on: &Target, post: &Post<'_>) -> Result<Delivered, HttpError> {
    let Post { mark, body, mode, thread, named, .. } = *post;
    let adopt_title = post.adopt_title.map(mark::plain_title);
    let as_thread = thread.is_some();
    let mark = mark.clone();
    let mut run =
        Run { forge, on, mark, viewer: None, adopt_title, mode, as_thread, named, company: Company::Alone };
    if mode == Mode::Create {
        // Who we are and what is there matters only if the answer is lost.
        let created = run.create(&run.mark.seal(body, Kept::Yes), &[]).await?;
        return Ok(Delivered { outcome: Outcome::Created((&created).into()), shares_its_key: false });
    }
    run.viewer = viewer(forge).await?;
    let before = forge.comments(on).await?;
    let outcome = run.run(body, before).await?;
    Ok(Delivered { outcome, shares_its_key: run.company == Company::Siblings })
}

/// A forge that does not let this token ask who it is has no viewer; any other failure is one.
async fn viewer(forge: &dyn Forge) -> Result<Option<String>, HttpError> {
    match forge.viewer().await {
        Err(HttpError::Refused { status: 401 | 403 | 404, .. }) => Ok(None),
        answer => answer,
    }
}

/// A comment of ours.
#[derive(Debug, Clone)]
struct Found {
    comment: Comment,
    mark: Mark,
    kind: Kind,
    /// Which of the legs' comments it is, from 1.
    ordinal: usize,
}

/// What made it; only what `update` made can be a double.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Update,
    Create,
    Cml,
}

/// Which comment of an ordinal gets the new body, and which are doubles of it: the oldest. As in CML, of several wanted
/// ones the newest.
fn choose(ours: Vec<Found>) -> Option<(Found, Vec<Found>)> {
    let newest = |kind: Kind| ours.iter().rfind(|found| found.kind == kind).cloned();
    let wanted = newest(Kind::Create).or_else(|| newest(Kind::Cml));
    let mut by_update: Vec<Found> = ours.into_iter().filter(|found| found.kind == Kind::Update).collect();
    if by_update.is_empty() {
        return wanted.map(|found| (found, Vec::new()));
    }
    let chosen = by_update.remove(0);
    Some((chosen, by_update))
}

/// Who else has comments under our key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Company {
    Alone,
    /// Legs of earlier runs.
    Earlier,
    /// Legs of this run.
    Siblings,
}

/// One delivery under way.
struct Run<'a> {
    forge: &'a dyn Forge,
    on: &'a Target,
    /// With the ordinal that is claimed.
    mark: Mark,
    viewer: Option<String>,
    adopt_title: Option<String>,
    mode: Mode,
    as_thread: bool,
    named: Option<&'a (dyn Fn(usize) -> String + Sync)>,
    company: Company,
}

impl Run<'_> {
    async fn run(&mut self, body: &str, mut before: Vec<Comment>) -> Result<Outcome, HttpError> {
        for round in 0..ROUNDS {
            let ours = self.ours(before.clone());
            if self.superseded(&ours).await? {
                return Ok(Outcome::Superseded);
            }
            let places: Vec<(&Mark, usize)> = ours.iter().map(|found| (&found.mark, found.ordinal)).collect();
            self.mark.ordinal = legs::claim(&self.mark, &places, round);
            let chosen = choose(self.of_our_ordinal(ours));
            if self.mode == Mode::Recreate {
                return self.recreate(body, &before, chosen).await;
            }
            let Some((found, doubles)) = chosen else { break };
            let Some(outcome) = self.replace(&found, body).await? else { break };
            match self.taken_over(&found).await {
                Some(now) if round + 1 < ROUNDS => before = now,
                _ => {
                    self.delete(&doubles).await;
                    return Ok(outcome);
                }
            }
        }
        if self.mode == Mode::Quiet {
            return Ok(Outcome::Silent);
        }
        let created = self.create(&self.text(body, None), &before).await?;
        Ok(self.heal(created, body).await)
    }

    fn of_our_ordinal(&self, mut ours: Vec<Found>) -> Vec<Found> {
        ours.retain(|found| found.ordinal == self.mark.ordinal);
        ours
    }

    /// All comments, if another leg of this run has written over the comment that we have just claimed: no forge lets
    /// one claim it without such a look. A leg's later updates need none.
    async fn taken_over(&self, claimed: &Found) -> Option<Vec<Comment>> {
        if self.mark.leg.is_none() || self.mark.is_own(&claimed.mark) {
            return None;
        }
        if self.company != Company::Alone {
            tokio::time::sleep(CALM).await;
        }
        // The report is delivered: not to know more is no failure.
        let now = self.forge.comments(self.on).await.ok()?;
        let body = &now.iter().find(|comment| comment.id == claimed.comment.id)?.body;
        Mark::find(body).is_some_and(|mark| mark.is_sibling(&self.mark)).then_some(now)
    }

    /// The whole text of the comment that replaces `found`.
    fn text(&self, body: &str, found: Option<&Found>) -> String {
        let kept = if found.is_some_and(|found| found.kind == Kind::Create) { Kept::Yes } else { Kept::No };
        if self.mode != Mode::Start {
            let body = match self.named {
                Some(named) if self.company != Company::Alone => Cow::Owned(named(self.mark.ordinal)),
                _ => Cow::Borrowed(body),
            };
            return self.mark.seal(&body, kept);
        }
        let old = found.map_or("", |found| mark::unsealed(&found.comment.body));
        let below = found.and_then(|found| found.mark.head.as_ref()).filter(|_| !start::is_bare(old));
        // The mark speaks of the report, which is still the old one: a late run's order is judged by it.
        let head = below.or(self.mark.head.as_ref()).cloned();
        let mark = Mark { head, ..self.mark.clone() };
        mark.seal(&start::above(body, old, below, room(self.forge.flavor().comment, &mark)), kept)
    }

    /// Our comments, oldest first, each with its ordinal.
    fn ours(&mut self, comments: Vec<Comment>) -> Vec<Found> {
        let mut ours: Vec<Found> =
            comments.into_iter().filter_map(|comment| self.recognise(comment)).collect();
        ours.sort_by_key(|found| found.comment.id);
        let marks: Vec<&Mark> = ours.iter().map(|found| &found.mark).collect();
        let ordinals = legs::ordinals(&marks);
        for (found, ordinal) in ours.iter_mut().zip(ordinals) {
            found.ordinal = ordinal;
        }
        let company = |found: &Found| match found.ordinal {
            _ if found.mark.is_sibling(&self.mark) => Company::Siblings,
            1 => Company::Alone,
            _ => Company::Earlier,
        };
        let now = ours.iter().map(company).max().unwrap_or(Company::Alone);
        self.company = self.company.max(now);
        ours
    }

    fn recognise(&self, comment: Comment) -> Option<Found> {
        if let Some(mark) = Mark::find(&comment.body) {
            let ours = mark.key == self.mark.key
                && match &self.viewer {
                    Some(_) => self.is_author(&comment),
                    // Not knowing who we are, we trust only what this very run wrote.
                    None => mark.run.is_some() && mark.run == self.mark.run,
                };
            let kind = if Kept::of(&comment.body) == Kept::Yes { Kind::Create } else { Kind::Update };
            let ordinal = mark.ordinal;
            return ours.then_some(Found { comment, mark, kind, ordinal });
        }
        let (title, head) = mark::watermark(&comment.body)?;
        let ours = self.adopt_title.as_deref() == Some(title.as_str()) && self.is_author(&comment);
        let mark = Mark { head, ..Mark::of_key(&self.mark.key) };
        ours.then_some(Found { comment, mark, kind: Kind::Cml, ordinal: 1 })
    }

    fn is_author(&self, comment: &Comment) -> bool {
        match (&self.viewer, &comment.author) {
            (Some(viewer), Some(author)) => viewer.eq_ignore_ascii_case(author),
            _ => false,
        }
    }

    /// Whether a report of another head is there and ours is no longer the head.
    async fn superseded(&self, ours: &[Found]) -> Result<bool, HttpError> {
        let (Target::Change(change), Some(head)) = (self.on, &self.mark.head) else {
            return Ok(false);
        };
        if ours.iter().all(|found| found.mark.head.as_ref() == Some(head)) {
            return Ok(false);
        }
        let now = self.forge.head_of(*change).await?;
        Ok(now.is_some_and(|now| now != *head))
    }

    /// Gives a comment the new body; `None` if somebody has deleted it meanwhile.
    async fn replace(&self, found: &Found, body: &str) -> Result<Option<Outcome>, HttpError> {
        let text = self.text(body, Some(found));
        if same_text(&found.comment.body, &text) {
            return Ok(Some(Outcome::Unchanged((&found.comment).into())));
        }
        let id = found.comment.id;
        let mut answer = self.forge.update_comment(self.on, id, &text).await;
        if matches!(answer, Err(HttpError::Unknown { .. })) {
            // To write the same text twice does no harm.
            answer = self.forge.update_comment(self.on, id, &text).await;
        }
        match answer {
            Ok(comment) => Ok(Some(Outcome::Updated((&comment).into()))),
            Err(HttpError::Refused { status: 404 | 410, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn send(&self, text: &str) -> Result<Comment, HttpError> {
        match self.forge.threads().filter(|_| self.as_thread) {
            Some(threads) => threads.create_thread(self.on, text).await,
            None => self.forge.create_comment(self.on, text).await,
        }
    }

    /// Creates a comment. When the answer is lost we look whether it arrived, and only then try once more.
    async fn create(&self, text: &str, before: &[Comment]) -> Result<Comment, HttpError> {
        let first = self.send(text).await;
        let Err(HttpError::Unknown { .. }) = first else {
            return first;
        };
        if let Some(arrived) = self.arrived(text, before).await? {
            return Ok(arrived);
        }
        let second = self.send(text).await;
        let Err(HttpError::Unknown { .. }) = second else {
            return second;
        };
        match self.arrived(text, before).await? {
            Some(arrived) => Ok(arrived),
            None => second,
        }
    }

    /// The comment that was not there before and carries our mark. [`Mode::Create`] knows no before; there the newest
    /// with the very same text is it.
    async fn arrived(&self, text: &str, before: &[Comment]) -> Result<Option<Comment>, HttpError> {
        let wanted = Mark::find(text);
        let is_new = |comment: &Comment| match self.mode {
            Mode::Create => same_text(&comment.body, text),
            _ => before.iter().all(|old| old.id != comment.id),
        };
        let is_ours = |comment: &Comment| {
            Mark::find(&comment.body) == wanted && (self.viewer.is_none() || self.is_author(comment))
        };
        let now = self.forge.comments(self.on).await?;
        Ok(now.into_iter().rfind(|comment| is_new(comment) && is_ours(comment)))
    }
}

/// Forges give line ends back as they like.
fn same_text(a: &str, b: &str) -> bool {
    a.replace("\r\n", "\n").trim_end() == b.replace("\r\n", "\n").trim_end()
}

#[cfg(test)]
mod tests;
