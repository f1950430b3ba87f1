//! What cannot be delivered is kept, and the error says what to do.

use super::Content;
use super::keep::to_summary;
use crate::error::Error;
use crate::session::{Console, Session};
use cml_base::flavor;
use cml_base::ident::Sha;
use cml_base::notice::Notice;
use cml_forge::{Target, deliver};
use cml_host::environment::{self, Context, Situation};
use cml_http::HttpError;

/// Prints the page of what is delivered. It is there, whether its address can be written or not.
pub(crate) fn tell_address(url: &str, console: &Console) {
    if let Err(error) = console.result(&format!("{url}\n")) {
        console.warn(&format!("{url} is there, but {}", error.message));
    }
}

pub(crate) fn commit_target(
    session: &Session,
    content: &Content,
    rev: Option<&str>,
) -> Result<Target, Error> {
    let sha = match rev {
        None | Some("HEAD") => content.head().cloned(),
        Some(rev) => match (rev.parse::<Sha>(), session.repository()) {
            (Ok(sha), _) => Some(sha),
            (Err(_), Some(repository)) => Some(repository.resolve(rev)?),
            (Err(_), None) => None,
        },
    };
    sha.map(Target::Commit).ok_or_else(|| {
        Error::input(format!("the commit {:?} is not known", rev.unwrap_or("HEAD")))
            .hint("run inside the repository, or give the full commit name")
    })
}

/// Whether the change comes from where jobs get no token, or one that only reads.
pub(crate) fn is_foreign(context: &Context) -> bool {
    let privileged = context.runner.privileged;
    matches!(context.situation, Situation::Change { fork, dependabot, .. } if dependabot || (fork && !privileged))
}

/// A failure loses no report: it goes to the job summary and the log.
pub(crate) fn failed(session: &Session, content: &Content, error: HttpError) -> Error {
    let why = Some(Notice::new("the comment could not be posted"));
    match to_summary(session, content, why, None) {
        Ok(()) => refusal(error, session.context(), environment::ROLE_FOR_NOTES),
        Err(error) => error,
    }
}

/// The error of a refused write, with what to do about it; `role` is the least that GitLab lets write that.
pub(crate) fn refusal(error: HttpError, context: &Context, role: &str) -> Error {
    let forbidden = deliver::is_read_only(&error);
    let advice = match (&context.ci_job, &error) {
        (Some(job), HttpError::Refused { status, .. }) => job.refused_token(*status, role),
        _ => None,
    };
    let refused = Error::from(error);
    if let Some(advice) = advice {
        return refused.hint(advice);
    }
    match context.flavor().permissions.as_ref().filter(|_| forbidden) {
        Some(permissions) => refused.hint(format!(
            "give the job these permissions (naming one alone sets the others to none):\n{}",
            permissions.comment
        )),
        None => refused,
    }
}

/// Without a token or a repository: the job summary, or an error that says what is missing.
pub(crate) fn without_forge(session: &Session, content: &Content, role: &str) -> Result<u8, Error> {
    let context = session.context();
    let foreign = is_foreign(context);
    let drivers: Vec<String> = flavor::ids().map(|id| format!("--driver {id}")).collect();
    let (what, hint) = if context.repo.is_none() {
        (
            "the repository is not known",
            "name it: --repo OWNER/NAME; or look at the comment with --dry-run".to_owned(),
        )
    } else if context.forge.is_none() {
        (
            "the repository's host is not a forge that cml knows",
            format!("say which it is: {}; or use --dry-run", drivers.join(" or ")),
        )
    } else {
        ("there is no token to post with", context.without_token(foreign, role))
    };
    if let (true, Some(_)) = (foreign, &context.ci_job) {
        // Nobody is to blame: a fork's job has no token. The report is in the log, and in the artifacts if asked for.
        let why = Notice::new(format!("this report is not a comment: {what}: {hint}"));
        session.console().notices(std::slice::from_ref(&why));
        to_summary(session, content, Some(why), None)?;
        return Ok(0);
    }
    let why = Notice::new(format!("the comment could not be posted: {what}"));
    to_summary(session, content, Some(why), None)?;
    Err(Error::delivery(format!("cannot post the comment: {what}")).hint(hint))
}
