//! What the event leaves open about the change request, asked of the forge.
//!
//! In: the context and the forge. Out: the context with [`Situation::Change`] where there is one, and a notice where it
//! was chosen among several.

use super::Session;
use cml_base::ident::Sha;
use cml_base::notice::Notice;
use cml_forge::{Change, Forge};
use cml_host::environment::{Context, Situation};
use cml_http::HttpError;

impl Session {
    /// Asks the forge for the change request, where the event only points to it; the answer says why a run of another
    /// workflow has none.
    pub(crate) async fn find_change(&mut self) -> Result<Option<String>, HttpError> {
        self.forge()?;
        match self.forge.get().and_then(Option::as_deref) {
            Some(forge) => settle(&mut self.context, forge).await,
            None => Ok(None),
        }
    }
}

/// Replaces a situation that only points to a change request by the change request itself. What the forge does not
/// know stays as it is; the answer says why a run of another workflow has none.
async fn settle(context: &mut Context, forge: &dyn Forge) -> Result<Option<String>, HttpError> {
    let change = match context.situation.clone() {
        Situation::Named { number } => forge.change(number).await?,
        Situation::Workflow { .. } => match of_workflow(context, forge).await? {
            Ok(change) => Some(change),
            Err(why) => return Ok(Some(why)),
        },
        Situation::Push { branch, default_branch, .. } | Situation::Dispatch { branch, default_branch }
            if Some(&branch) != default_branch.as_ref() =>
        {
            let head = context.head.clone();
            of_commit(context, forge, head.as_ref(), Some(&branch), default_branch.as_deref()).await?
        }
        _ => None,
    };
    if let Some(change) = change {
        apply(context, change);
    }
    Ok(None)
}

/// The one open change request with this head: a branch may have moved on, and its other commits belong to other runs.
/// Of several the event's own number tells which; else why there is none.
async fn of_workflow(context: &Context, forge: &dyn Forge) -> Result<Result<Change, String>, HttpError> {
    let Situation::Workflow { head_repo, head_branch, head, numbers } = &context.situation else {
        return Ok(Err("this is not a run of another workflow".to_owned()));
    };
    let is_it = |change: &Change| change.head.as_ref() == Some(head);
    let mut listed = match forge.branches() {
        Some(branches) => branches.changes_from(head_repo, head_branch).await?,
        None => Vec::new(),
    };
    listed.retain(is_it);
    if let [one] = &listed[..] {
        return Ok(Ok(one.clone()));
    }
    let mut told = Vec::new();
    for number in numbers {
        let change = forge.change(*number).await?.filter(is_it);
        if let Some(change) = change
            && forge.is_open(*number).await?
        {
            told.push(change);
        }
    }
    if let [one] = &told[..] {
        return Ok(Ok(one.clone()));
    }
    let name = format!("{} of {head_repo}, branch {head_branch},", head.short());
    let (words, all) = (words(context), list(context, &listed));
    Ok(Err(match listed.is_empty() {
        true => format!("{name} is the head of no open {words} (it has newer commits, or is closed)"),
        false => format!("{name} is the head of more than one open {words}: {all}"),
    }))
}

/// The open change request whose head is this commit, which was built for `branch`. Others are named in a notice.
pub(crate) async fn of_commit(
    context: &mut Context,
    forge: &dyn Forge,
    head: Option<&Sha>,
    branch: Option<&str>,
    default_branch: Option<&str>,
) -> Result<Option<Change>, HttpError> {
    let Some(head) = head else { return Ok(None) };
    let all = forge.changes_with(head).await?;
    let own = context.repo.as_ref().map(|repo| repo.slug().to_owned()).unwrap_or_default();
    let chosen = pick(&all, &own, branch, default_branch).cloned();
    if all.len() > 1 {
        context.notices.push(several(context, head, &all, chosen.as_ref()));
    }
    Ok(chosen)
}

/// The repository's own before those of forks, which anybody can open; then the branch's own, then one into the default
/// branch, then the oldest. Several of forks alone are nobody's.
fn pick<'a>(all: &'a [Change], own: &str, branch: Option<&str>, default: Option<&str>) -> Option<&'a Change> {
    let is_own =
        |change: &&Change| change.head_repo.as_ref().is_some_and(|repo| repo.eq_ignore_ascii_case(own));
    let rank = |change: &&Change| {
        let of_branch = Some(change.head_branch.as_str()) == branch;
        let into_default = Some(change.base_branch.as_str()) == default;
        (!of_branch, !into_default, change.number)
    };
    let best = all.iter().filter(is_own).min_by_key(rank);
    best.or_else(|| all.first().filter(|_| all.len() == 1))
}

fn several(context: &Context, head: &Sha, all: &[Change], chosen: Option<&Change>) -> Notice {
    let (words, head) = (words(context), head.short());
    let others: Vec<Change> = all.iter().filter(|change| Some(*change) != chosen).cloned().collect();
    let others = list(context, &others);
    Notice::new(match chosen {
        Some(chosen) => format!(
            "{head} is the head of {} open {words}s: the report is for {}, and not for {others}; to choose another \
             one: --target pr/N",
            all.len(),
            list(context, std::slice::from_ref(chosen)),
        ),
        None => format!(
            "{head} is the head of {} open {words}s, all from forks ({others}), so none is chosen; to choose one: \
             --target pr/N",
            all.len()
        ),
    })
}

/// What the forge calls a change request.
pub(crate) fn words(context: &Context) -> &'static str {
    context.flavor().change_request
}

/// `#7, #9`
fn list(context: &Context, changes: &[Change]) -> String {
    let sign = context.flavor().change_sign;
    changes.iter().map(|change| format!("{sign}{}", change.number)).collect::<Vec<_>>().join(", ")
}

fn apply(context: &mut Context, change: Change) {
    let own = context.repo.as_ref().map(|repo| repo.slug().to_ascii_lowercase());
    if context.head.is_none() {
        context.head = change.head.clone();
    }
    context.situation = Situation::Change {
        number: change.number,
        base: change.base,
        base_branch: change.base_branch,
        head: context.head.clone(),
        head_branch: Some(change.head_branch),
        fork: change.head_repo.map(|repo| repo.to_ascii_lowercase()) != own,
        dependabot: false,
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use cml_base::ident::ChangeNumber;

    fn change(number: u64, repo: &str, branch: &str, base: &str) -> Change {
        Change {
            number: ChangeNumber(number),
            base: None,
            base_branch: base.to_owned(),
            head: None,
            head_branch: branch.to_owned(),
            head_repo: (!repo.is_empty()).then(|| repo.to_owned()),
        }
    }

    #[test]
    fn the_repositorys_own_comes_before_forks_and_the_branchs_own_before_others() {
        let check = |all: &[Change], expected: Option<u64>| {
            let found = pick(all, "o/r", Some("feature"), Some("main"));
            assert_eq!(found.map(|change| change.number.0), expected, "{all:?}");
        };
        let own = |number, branch, base| change(number, "O/r", branch, base);
        let fork = |number| change(number, "eve/r", "feature", "main");
        check(&[], None);
        check(&[fork(1), own(7, "feature", "main")], Some(7));
        check(&[fork(1)], Some(1));
        check(&[fork(1), fork(2)], None);
        check(&[fork(1), change(2, "", "feature", "main")], None);
        check(&[own(9, "feature", "main"), own(7, "feature", "dev")], Some(9));
        check(&[own(9, "feature", "main"), own(7, "feature", "main")], Some(7));
        check(&[own(3, "other", "main"), own(8, "feature", "dev")], Some(8));
        check(&[own(9, "feature", "dev"), own(7, "feature", "next")], Some(7));
    }
}
