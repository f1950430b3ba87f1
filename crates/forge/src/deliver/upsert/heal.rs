//! What follows a new comment: several runs may have made one at the same time, and legs of one run each keep theirs.

use super::super::legs;
use super::super::mark::Mark;
use super::{CALM, Found, Kind, Outcome, ROUNDS, Run, choose, same_text};
use crate::{Comment, Target};
use cml_http::HttpError;

impl Run<'_> {
    /// After creating: another run may have created one at the same time. The oldest stays and gets the newest
    /// body, so that both runs, whoever heals, come to the same end; a leg of this run keeps its own. The report is
    /// delivered already, hence trouble here is none: the next run heals.
    pub(super) async fn heal(&mut self, created: Comment, body: &str) -> Outcome {
        let done = Outcome::Created((&created).into());
        let Some(mut ours) = self.placed(&created, body).await else {
            return done;
        };
        ours.retain(|found| found.kind == Kind::Update);
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
        if oldest.comment.id == created.id { done } else { Outcome::Updated((&oldest.comment).into()) }
    }

    /// Our comments of the ordinal of the comment that we have created. If an older leg has that ordinal, ours gets
    /// another, and says so; then those that we see next count.
    async fn placed(&mut self, created: &Comment, body: &str) -> Option<Vec<Found>> {
        let mut text = created.body.clone();
        let mut has_waited = false;
        for _ in 0..ROUNDS {
            let mut now = self.forge.comments(self.on).await.ok()?;
            if now.iter().all(|comment| comment.id != created.id) {
                now.push(created.clone());
            }
            let ours = self.ours(now);
            // The author that the forge names may not be the viewer that it names: then we cannot tell ours from
            // others'.
            self.mark.ordinal = ours.iter().find(|found| found.comment.id == created.id)?.ordinal;
            let is_younger = |found: &&Found| {
                let shares = found.mark.is_sibling(&self.mark) && found.mark.ordinal == self.mark.ordinal;
                shares && found.comment.id > created.id
            };
            // A younger leg that still looks takes another one. One that has ended does not, and its mark stays.
            if ours.iter().any(|found| is_younger(&found)) {
                if !has_waited {
                    has_waited = true;
                    tokio::time::sleep(CALM).await;
                    continue;
                }
                has_waited = false;
                let places: Vec<(&Mark, usize)> =
                    ours.iter().map(|found| (&found.mark, found.ordinal)).collect();
                self.mark.ordinal = legs::another(&self.mark, &places);
            }
            let now = self.text(body, None);
            if same_text(&now, &text) {
                return Some(self.of_our_ordinal(ours));
            }
            self.forge.update_comment(self.on, created.id, &now).await.ok()?;
            text = now;
        }
        None
    }

    /// A new comment at the end; the ones before it go. Of runs at the same time the newest one's stays.
    pub(super) async fn recreate(
        &mut self,
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
        if let Some(mut ours) = self.placed(&created, body).await {
            ours.retain(|found| found.kind == Kind::Update);
            // What we would have replaced is of an ordinal that another leg has taken meanwhile.
            old.retain(|found| found.ordinal == self.mark.ordinal);
            if let Some(newest) = self.newest(&ours).await {
                let is_old = |found: &Found| old.iter().any(|old| old.comment.id == found.comment.id);
                ours.retain(|found| found.comment.id != newest.comment.id && !is_old(found));
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
    pub(super) async fn delete(&self, doubles: &[Found]) {
        for double in doubles {
            let _ = self.forge.delete_comment(self.on, double.comment.id).await;
        }
    }
}
