//! One comment a key, whatever happens: parallel runs, late runs, lost answers, people who quote us.
//!
//! In: a forge, a target, a mark and a body. Out: what became of the comment.

use super::mark::{self, Kept, Mark};
use crate::forge::{Comment, Forge, Target};
use crate::http::HttpError;
use crate::ident::Sha;

/// A new comment each time, or one that is kept up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Create,
    Update,
}

/// What became of the comment, with its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Created(String),
    Updated(String),
    /// The change request has a newer head, and a report that must not be replaced by an older one.
    Superseded,
    /// The very same text is there already.
    Unchanged(String),
}

/// Creates or updates the comment of `mark`'s key. `adopt_title` names the watermark of CML's own comments that
/// count as ours as well (the empty title is CML's default).
pub async fn upsert(
    forge: &dyn Forge,
    on: &Target,
    mark: &Mark,
    body: &str,
    mode: Mode,
    adopt_title: Option<&str>,
) -> Result<Outcome, HttpError> {
    let viewer = viewer(forge).await?;
    let post = Post { forge, on, mark, viewer, adopt_title };
    let before = forge.comments(on).await?;
    if mode == Mode::Create {
        let created = post.create(&mark.seal(body, Kept::Yes), &before).await?;
        return Ok(Outcome::Created(created.url));
    }
    let ours = post.ours(before.clone());
    if post.superseded(&ours).await? {
        return Ok(Outcome::Superseded);
    }
    if let Some((found, doubles)) = choose(ours)
        && let Some(outcome) = post.replace(&found, body).await?
    {
        post.delete(&doubles).await;
        return Ok(outcome);
    }
    let created = post.create(&mark.seal(body, Kept::No), &before).await?;
    Ok(post.heal(created).await)
}

/// A forge that does not let this token ask who it is has no viewer; any other failure is one.
async fn viewer(forge: &dyn Forge) -> Result<Option<String>, HttpError> {
    match forge.viewer().await {
        Err(HttpError::Refused { .. }) => Ok(None),
        answer => answer,
    }
}

/// A comment of ours.
#[derive(Debug, Clone)]
struct Found {
    comment: Comment,
    head: Option<Sha>,
    kind: Kind,
}

/// What made it; only what `update` made can be a double.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Update,
    Create,
    Cml,
}

/// Which comment gets the new body, and which are doubles of it. As in CML, of several wanted ones the newest.
fn choose(ours: Vec<Found>) -> Option<(Found, Vec<Found>)> {
    let newest = |kind: Kind| ours.iter().rfind(|found| found.kind == kind).cloned();
    let wanted = newest(Kind::Create).or_else(|| newest(Kind::Cml));
    let mut by_update = ours.into_iter().filter(|found| found.kind == Kind::Update);
    match by_update.next() {
        Some(oldest) => Some((oldest, by_update.collect())),
        None => wanted.map(|found| (found, Vec::new())),
    }
}

/// One delivery under way.
struct Post<'a> {
    forge: &'a dyn Forge,
    on: &'a Target,
    mark: &'a Mark,
    viewer: Option<String>,
    adopt_title: Option<&'a str>,
}

impl Post<'_> {
    /// Our comments, oldest first.
    fn ours(&self, comments: Vec<Comment>) -> Vec<Found> {
        let mut ours: Vec<Found> =
            comments.into_iter().filter_map(|comment| self.recognise(comment)).collect();
        ours.sort_by_key(|found| found.comment.id);
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
            return ours.then_some(Found { comment, head: mark.head, kind });
        }
        let (title, head) = mark::watermark(&comment.body)?;
        let ours = self.adopt_title == Some(title.as_str()) && self.is_author(&comment);
        ours.then_some(Found { comment, head, kind: Kind::Cml })
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
        if ours.iter().all(|found| found.head.as_ref() == Some(head)) {
            return Ok(false);
        }
        let now = self.forge.head_of(*change).await?;
        Ok(now.is_some_and(|now| now != *head))
    }

    /// Gives a comment the new body; `None` if somebody has deleted it meanwhile.
    async fn replace(&self, found: &Found, body: &str) -> Result<Option<Outcome>, HttpError> {
        let kept = if found.kind == Kind::Create { Kept::Yes } else { Kept::No };
        let text = self.mark.seal(body, kept);
        if same_text(&found.comment.body, &text) {
            return Ok(Some(Outcome::Unchanged(found.comment.url.clone())));
        }
        let id = found.comment.id;
        let mut answer = self.forge.update_comment(self.on, id, &text).await;
        if matches!(answer, Err(HttpError::Unknown { .. })) {
            // To write the same text twice does no harm.
            answer = self.forge.update_comment(self.on, id, &text).await;
        }
        match answer {
            Ok(comment) => Ok(Some(Outcome::Updated(comment.url))),
            Err(HttpError::Refused { status: 404 | 410, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates a comment. When the answer is lost we look whether it arrived, and only then try once more.
    async fn create(&self, text: &str, before: &[Comment]) -> Result<Comment, HttpError> {
        let first = self.forge.create_comment(self.on, text).await;
        let Err(HttpError::Unknown { .. }) = first else {
            return first;
        };
        if let Some(arrived) = self.arrived(text, before).await? {
            return Ok(arrived);
        }
        let second = self.forge.create_comment(self.on, text).await;
        let Err(HttpError::Unknown { .. }) = second else {
            return second;
        };
        match self.arrived(text, before).await? {
            Some(arrived) => Ok(arrived),
            None => second,
        }
    }

    /// The comment that was not there before and carries our mark.
    async fn arrived(&self, text: &str, before: &[Comment]) -> Result<Option<Comment>, HttpError> {
        let wanted = Mark::find(text);
        let is_new = |comment: &Comment| before.iter().all(|old| old.id != comment.id);
        let is_ours = |comment: &Comment| {
            Mark::find(&comment.body) == wanted && (self.viewer.is_none() || self.is_author(comment))
        };
        let now = self.forge.comments(self.on).await?;
        Ok(now.into_iter().find(|comment| is_new(comment) && is_ours(comment)))
    }

    /// After creating: another run may have created one at the same time. The oldest stays and gets the newest
    /// body, so that both runs, whoever heals, come to the same end. The report is delivered already, hence
    /// trouble here is none: the next run heals.
    async fn heal(&self, created: Comment) -> Outcome {
        let done = Outcome::Created(created.url.clone());
        let Ok(mut now) = self.forge.comments(self.on).await else {
            return done;
        };
        if now.iter().all(|comment| comment.id != created.id) {
            now.push(created.clone());
        }
        let mut ours = self.ours(now);
        ours.retain(|found| found.kind == Kind::Update);
        if ours.iter().all(|found| found.comment.id != created.id) {
            // The author that the forge names is not the viewer that it names: we cannot tell ours from others'.
            return done;
        }
        let Some(newest) = self.newest(&ours).await else {
            return done;
        };
        let Some((oldest, doubles)) = choose(ours) else {
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
        if oldest.comment.id == created.id { done } else { Outcome::Updated(oldest.comment.url) }
    }

    /// Of several: the last one about the head of now, otherwise the last one.
    async fn newest(&self, ours: &[Found]) -> Option<Found> {
        let last = ours.last()?;
        if let Target::Change(change) = self.on
            && ours.iter().any(|found| found.head != last.head)
            && let Ok(Some(head)) = self.forge.head_of(*change).await
            && let Some(current) = ours.iter().rfind(|found| found.head.as_ref() == Some(&head))
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
