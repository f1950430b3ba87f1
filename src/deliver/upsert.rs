//! One comment a key, whatever happens: parallel runs, late runs, lost answers, people who quote us.
//!
//! In: a forge, a target, a mark and a body. Out: what became of the comment.

use super::Post;
use super::fit::room;
use super::mark::{self, Kept, Mark};
use super::start;
use crate::forge::{Comment, Forge, Target};
use crate::http::HttpError;

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
    let Post { mark, body, mode, thread, .. } = *post;
    let adopt_title = post.adopt_title.map(mark::plain_title);
    let mut run = Run { forge, on, mark, viewer: None, adopt_title, mode, as_thread: thread.is_some() };
    if mode == Mode::Create {
        // Who we are and what is there matters only if the answer is lost.
        let created = run.create(&mark.seal(body, Kept::Yes), &[]).await?;
        return Ok(Delivered { outcome: Outcome::Created((&created).into()), shares_its_key: false });
    }
    run.viewer = viewer(forge).await?;
    let before = forge.comments(on).await?;
    let (siblings, ours) = run.ours(before.clone());
    let outcome = run.run(body, before, ours).await?;
    Ok(Delivered { outcome, shares_its_key: !siblings.is_empty() })
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
}

/// What made it; only what `update` made can be a double.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Update,
    Create,
    Cml,
}

/// Which comment gets the new body, and which are doubles of it: the one of our own leg, else the oldest; the legs of
/// its run are no doubles. As in CML, of several wanted ones the newest.
fn choose(ours: Vec<Found>, leg: Option<&str>) -> Option<(Found, Vec<Found>)> {
    let newest = |kind: Kind| ours.iter().rfind(|found| found.kind == kind).cloned();
    let wanted = newest(Kind::Create).or_else(|| newest(Kind::Cml));
    let mut by_update: Vec<Found> = ours.into_iter().filter(|found| found.kind == Kind::Update).collect();
    if by_update.is_empty() {
        return wanted.map(|found| (found, Vec::new()));
    }
    let own = by_update.iter().position(|found| leg.is_some() && found.mark.leg.as_deref() == leg);
    let chosen = by_update.remove(own.unwrap_or(0));
    by_update.retain(|found| !found.mark.is_sibling(&chosen.mark));
    Some((chosen, by_update))
}

/// One delivery under way.
struct Run<'a> {
    forge: &'a dyn Forge,
    on: &'a Target,
    mark: &'a Mark,
    viewer: Option<String>,
    adopt_title: Option<String>,
    mode: Mode,
    as_thread: bool,
}

impl Run<'_> {
    async fn run(&self, body: &str, before: Vec<Comment>, ours: Vec<Found>) -> Result<Outcome, HttpError> {
        if self.superseded(&ours).await? {
            return Ok(Outcome::Superseded);
        }
        let chosen = choose(ours, self.leg());
        if self.mode == Mode::Recreate {
            return self.recreate(body, &before, chosen).await;
        }
        if let Some((found, doubles)) = chosen
            && let Some(outcome) = self.replace(&found, body).await?
        {
            self.delete(&doubles).await;
            return Ok(outcome);
        }
        if self.mode == Mode::Quiet {
            return Ok(Outcome::Silent);
        }
        let created = self.create(&self.text(body, None), &before).await?;
        Ok(self.heal(created).await)
    }

    fn leg(&self) -> Option<&str> {
        self.mark.leg.as_deref()
    }

    /// The whole text of the comment that replaces `found`.
    fn text(&self, body: &str, found: Option<&Found>) -> String {
        let kept = if found.is_some_and(|found| found.kind == Kind::Create) { Kept::Yes } else { Kept::No };
        if self.mode != Mode::Start {
            return self.mark.seal(body, kept);
        }
        let old = found.map_or("", |found| mark::unsealed(&found.comment.body));
        let below = found.and_then(|found| found.mark.head.as_ref()).filter(|_| !start::is_bare(old));
        // The mark speaks of the report, which is still the old one: a late run's order is judged by it.
        let head = below.or(self.mark.head.as_ref()).cloned();
        let mark = Mark { head, ..self.mark.clone() };
        mark.seal(&start::above(body, old, below, room(self.forge.limits(), &mark)), kept)
    }

    /// Our comments, oldest first: those of the other legs of this run, and the rest.
    fn ours(&self, comments: Vec<Comment>) -> (Vec<Found>, Vec<Found>) {
        let mut ours: Vec<Found> =
            comments.into_iter().filter_map(|comment| self.recognise(comment)).collect();
        ours.sort_by_key(|found| found.comment.id);
        ours.into_iter().partition(|found| found.mark.is_sibling(self.mark))
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
            return ours.then_some(Found { comment, mark, kind });
        }
        let (title, head) = mark::watermark(&comment.body)?;
        let ours = self.adopt_title.as_deref() == Some(title.as_str()) && self.is_author(&comment);
        let mark = Mark { head, ..Mark::of_key(&self.mark.key) };
        ours.then_some(Found { comment, mark, kind: Kind::Cml })
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
        match self.as_thread {
            true => self.forge.create_thread(self.on, text).await,
            false => self.forge.create_comment(self.on, text).await,
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

    /// After creating: another run may have created one at the same time. The oldest stays and gets the newest
    /// body, so that both runs, whoever heals, come to the same end. The report is delivered already, hence
    /// trouble here is none: the next run heals.
    async fn heal(&self, created: Comment) -> Outcome {
        let done = Outcome::Created((&created).into());
        let Ok(mut now) = self.forge.comments(self.on).await else {
            return done;
        };
        if now.iter().all(|comment| comment.id != created.id) {
            now.push(created.clone());
        }
        let (_, mut ours) = self.ours(now);
        ours.retain(|found| found.kind == Kind::Update);
        if ours.iter().all(|found| found.comment.id != created.id) {
            // The author that the forge names is not the viewer that it names: we cannot tell ours from others'.
            return done;
        }
        let Some(newest) = self.newest(&ours).await else {
            return done;
        };
        let Some((oldest, doubles)) = choose(ours, None) else {
            return done;
        };
        if doubles.is_empty() {
            return done;
        }
        if !same_text(&oldest.comment.body, &newest.comment.body)
            && self.forge.update_comment(self.on, oldest.comment.id, &newest.comment.body).await.is_err()
        {
            return done;
        }
        self.delete(&doubles).await;
        if oldest.comment.id == created.id { done } else { Outcome::Updated((&oldest.comment).into()) }
    }

    /// A new comment at the end; the ones before it go. Of runs at the same time the newest one's stays.
    async fn recreate(
        &self,
        body: &str,
        before: &[Comment],
        chosen: Option<(Found, Vec<Found>)>,
    ) -> Result<Outcome, HttpError> {
        let text = self.text(body, None);
        let is_last = |found: &Found| before.last().is_some_and(|last| last.id == found.comment.id);
        if let Some((found, doubles)) = &chosen
            && doubles.is_empty()
            && is_last(found)
            && same_text(&found.comment.body, &text)
        {
            return Ok(Outcome::Unchanged((&found.comment).into()));
        }
        let created = self.create(&text, before).await?;
        let mut done = Outcome::Created((&created).into());
        let mut old: Vec<Found> =
            chosen.into_iter().flat_map(|(found, doubles)| [vec![found], doubles].concat()).collect();
        old.retain(|found| found.kind != Kind::Create);
        if let Ok(now) = self.forge.comments(self.on).await {
            let (_, mut ours) = self.ours(now);
            ours.retain(|found| found.kind == Kind::Update);
            if ours.iter().any(|found| found.comment.id == created.id)
                && let Some(newest) = self.newest(&ours).await
            {
                let is_old = |found: &Found| old.iter().any(|old| old.comment.id == found.comment.id);
                ours.retain(|found| {
                    found.comment.id != newest.comment.id
                        && !is_old(found)
                        && !found.mark.is_sibling(&newest.mark)
                });
                old.extend(ours);
                if newest.comment.id != created.id {
                    done = Outcome::Updated((&newest.comment).into());
                }
            }
        }
        self.delete(&old).await;
        Ok(done)
    }

    /// Of several: the last one about the head of now, otherwise the last one.
    async fn newest(&self, ours: &[Found]) -> Option<Found> {
        let last = ours.last()?;
        if let Target::Change(change) = self.on
            && ours.iter().any(|found| found.mark.head != last.mark.head)
            && let Ok(Some(head)) = self.forge.head_of(*change).await
            && let Some(current) = ours.iter().rfind(|found| found.mark.head.as_ref() == Some(&head))
        {
            return Some(current.clone());
        }
        Some(last.clone())
    }

    /// A double that stays is ugly, and no reason to call the delivery failed.
    async fn delete(&self, doubles: &[Found]) {
        for double in doubles {
            let _ = self.forge.delete_comment(self.on, double.comment.id).await;
        }
    }
}

/// Forges give line ends back as they like.
fn same_text(a: &str, b: &str) -> bool {
    a.replace("\r\n", "\n").trim_end() == b.replace("\r\n", "\n").trim_end()
}

#[cfg(test)]
mod tests;
