//! The policies of a comment, once, above every forge.
//!
//! In: a forge, a target, a mark and a text that fits. Out: what became of it, or why it belongs in the job summary.

#[cfg(test)]
mod fake;
mod fit;
mod legs;
mod mark;
mod start;
mod upsert;

pub use fit::{cut_blocks, fit, room};
pub use mark::Mark;
pub use upsert::{Delivered, Mode, Outcome, Posted, upsert};

use crate::{Forge, Target};
use cml_http::HttpError;

/// One comment to deliver.
#[derive(Clone, Copy)]
pub struct Post<'a> {
    /// `None` if there is nothing to comment on.
    pub on: Option<&'a Target>,
    pub mark: &'a Mark,
    /// The text without the mark, within [`room`].
    pub body: &'a str,
    /// The same text with a name, for the leg of this number where several share the key.
    pub named: Option<&'a (dyn Fn(usize) -> String + Sync)>,
    pub mode: Mode,
    /// The watermark title of CML's own comments that are ours too; the empty one is CML's default.
    pub adopt_title: Option<&'a str>,
    /// Whether the change comes from a fork or from Dependabot, whose jobs get tokens that only read.
    pub foreign: bool,
    /// Whether it is a thread that people resolve, on a forge that has them; elsewhere it is a plain comment.
    pub thread: Option<Thread>,
}

/// What we know of a thread: whether anything is left that somebody should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thread {
    /// Nothing is: it is resolved.
    Settled,
    /// Something is: it is opened again.
    Open,
    /// That is for people to say.
    Theirs,
}

/// Where a report ended up.
#[derive(Debug, Clone)]
pub enum Delivery {
    /// With the reason why its thread could not be resolved or opened again.
    Posted(Delivered, Option<HttpError>),
    /// There is no comment and that is no failure: the report belongs in the job summary, with this reason.
    Summary {
        why: String,
    },
    Failed(HttpError),
}

/// Delivers one comment by the rules: no target is no failure, and neither is a token that may only read where
/// nobody can give it more.
pub async fn deliver(forge: &dyn Forge, post: &Post<'_>) -> Delivery {
    let Some(on) = post.on else {
        let why = "there is no pull or merge request to comment on (--target names one)".to_owned();
        return Delivery::Summary { why };
    };
    match upsert(forge, on, post).await {
        Ok(delivered) => {
            let trouble = resolve(forge, on, post.thread, &delivered.outcome).await.err();
            Delivery::Posted(delivered, trouble)
        }
        Err(error) if post.foreign && (is_read_only(&error) || is_unknown_here(&error)) => {
            let why = "the token may not write here, because the change comes from a fork or from Dependabot";
            Delivery::Summary { why: why.to_owned() }
        }
        Err(error) => Delivery::Failed(error),
    }
}

/// Brings a thread to what its new text says. An unchanged text leaves it to people: they may have resolved it.
async fn resolve(
    forge: &dyn Forge,
    on: &Target,
    thread: Option<Thread>,
    outcome: &Outcome,
) -> Result<(), HttpError> {
    let Some(threads) = forge.threads() else { return Ok(()) };
    let resolved = match thread {
        Some(Thread::Settled) => true,
        Some(Thread::Open) => false,
        Some(Thread::Theirs) | None => return Ok(()),
    };
    match outcome {
        Outcome::Created(_) if !resolved => Ok(()),
        Outcome::Created(posted) | Outcome::Updated(posted) => {
            threads.resolve_thread(on, posted.id, resolved).await
        }
        Outcome::Unchanged(_) | Outcome::Superseded | Outcome::Silent => Ok(()),
    }
}

/// Whether a token is one of another place: a fork's own says nothing in the repository that it was forked from.
fn is_unknown_here(error: &HttpError) -> bool {
    matches!(error, HttpError::Refused { status: 401 | 404, .. })
}

/// Whether a write was refused because the token may only read. GitHub says so with 403, or hides what the token
/// may not change behind a 404. Rate limits are 403 too, with other words.
pub fn is_read_only(error: &HttpError) -> bool {
    let HttpError::Refused { request, status, answer } = error else {
        return false;
    };
    let answer = answer.to_ascii_lowercase();
    let denied = ["resource not accessible", "read-only", "write access", "permission", "forbidden", "scope"]
        .iter()
        .any(|words| answer.contains(words));
    let writes = !request.starts_with("GET ");
    match status {
        403 => denied,
        404 => writes && (denied || answer.contains("not found")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::fake::{FakeForge, block_on};
    use super::*;
    use cml_base::ident::ChangeNumber;

    #[test]
    fn a_refused_write_is_known_from_other_refusals() {
        let check = |request: &str, status: u16, answer: &str, expected: bool| {
            let error = HttpError::Refused { request: request.to_owned(), status, answer: answer.to_owned() };
            assert_eq!(is_read_only(&error), expected, "{error}");
        };
        check("POST https://h/x", 403, "Resource not accessible by integration", true);
        check("POST https://h/x", 403, "Resource not accessible by personal access token", true);
        check("POST https://h/x", 403, "403 Forbidden", true);
        check("POST https://h/x", 403, "insufficient_scope", true);
        check("POST https://h/x", 404, "Not Found", true);
        check("GET https://h/x", 404, "Not Found", false);
        check("POST https://h/x", 403, "You have exceeded a secondary rate limit", false);
        check("POST https://h/x", 422, "Validation Failed", false);
    }

    #[test]
    fn a_report_goes_to_the_summary_only_where_nobody_is_to_blame() {
        let check = |on: Option<Target>, foreign: bool, status: Option<u16>, expected: &str| {
            let forge = FakeForge::new(&[]);
            forge.set(|state| state.create_answers = status);
            let mark = Mark::of_key("k");
            let mode = Mode::Update;
            let (adopt_title, thread, named) = (None, None, None);
            let post =
                Post { on: on.as_ref(), mark: &mark, body: "b", named, mode, adopt_title, foreign, thread };
            let delivery = format!("{:?}", block_on(deliver(&forge, &post)));
            assert!(delivery.starts_with(expected), "{delivery}");
        };
        let change = || Some(Target::Change(ChangeNumber(1)));
        check(change(), false, None, "Posted(Delivered { outcome: Created(");
        check(None, false, None, "Summary { why: \"there is no pull or merge request");
        check(change(), true, Some(403), "Summary { why: \"the token may not write here");
        check(change(), true, Some(401), "Summary { why: \"the token may not write here");
        check(change(), false, Some(401), "Failed(");
        check(change(), false, Some(403), "Failed(");
        check(change(), true, Some(500), "Failed(");
    }
}
