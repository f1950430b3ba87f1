//! Which two sides are compared: the rules of the base, right without the user's help.
//!
//! In: the clone and the context. Out: a [`Choice`]; the base may still have to be fetched (`has`, `fetch`).
//! A base that cannot be had is a choice without one and a notice, never an error.

use super::Repository;
use super::fetch::remote_branch;
use super::git::Extra;
use cml_base::ident::{Secret, Sha};
use cml_base::notice::Notice;
use cml_base::tree::RevisionError;
use cml_host::environment::{Context, Situation};

const WORKSPACE: &str = "workspace";
const NOTHING: &str = "nothing";
const ON_TARGET: &str =
    "the job has checked out the target branch and not the change; check out the change's head";

/// Base and head of one comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// `None`: there is none, everything is new.
    pub base: Option<Sha>,
    /// Why there is none, where that is known.
    pub no_base: Option<String>,
    /// How people call the base: a branch, or a short commit name.
    pub base_label: String,
    /// The commit that the head stands for; `None` in a repository without one.
    pub head_commit: Option<Sha>,
    pub head_is_workspace: bool,
    /// `workspace`, or what was asked for.
    pub head_label: String,
    /// Only the head's own changes count: the target's progress since the branching is not in between.
    pub own_progress_only: bool,
    pub notices: Vec<Notice>,
    /// The two commits whose merge base this clone cannot tell (it is shallow): ask the forge, and hand the
    /// answer to [`Choice::settle`]. Until then `base` is the next best one, with a notice that says so.
    pub wants_merge_base: Option<(Sha, Sha)>,
    /// What is said until the forge has answered.
    pub until_settled: Option<Notice>,
}

impl Choice {
    /// The choice outside of a repository: the workspace, and nothing to compare it with.
    pub fn workspace_alone() -> Self {
        Self {
            base: None,
            no_base: None,
            base_label: NOTHING.to_owned(),
            head_commit: None,
            head_is_workspace: true,
            head_label: WORKSPACE.to_owned(),
            own_progress_only: false,
            notices: Vec::new(),
            wants_merge_base: None,
            until_settled: None,
        }
    }

    /// The head is compared with a folder: what was said of the base's commit is not of this comparison. The commit
    /// itself stays, as it tells whose word counts.
    pub fn compare_with_folder(&mut self) {
        self.own_progress_only = false;
        self.wants_merge_base = None;
        self.notices.retain(|notice| notice.text == ON_TARGET);
    }

    /// Goes on without a base, and says so; `because` is what others said of it.
    pub fn lose_base(&mut self, why: String, because: Option<&str>) {
        let because = because.map(|because| format!(": {because}")).unwrap_or_default();
        self.notices.push(Notice::new(format!("{why}, so everything is new{because}")));
        self.base = None;
        self.no_base = Some(why + &because);
    }

    /// Takes the forge's merge base; without one the next best base stands, with its notice.
    pub fn settle(&mut self, answer: Option<Sha>) {
        if let (Some(_), Some(base)) = (self.wants_merge_base.take(), answer) {
            self.base = Some(base);
            self.own_progress_only = true;
            let void = self.until_settled.take();
            self.notices.retain(|notice| Some(notice) != void.as_ref());
        }
    }
}

/// What a rule found.
#[derive(Default)]
struct Found {
    base: Option<Sha>,
    label: Option<String>,
    own_progress_only: bool,
    notices: Vec<Notice>,
    wants: Option<(Sha, Sha)>,
    /// What an answer to that makes void.
    until_settled: Option<Notice>,
}

/// The side that is judged.
struct Head {
    /// The commit under the compared files: HEAD, or what the flag names.
    under: Option<Sha>,
    /// The commit to show: the change's own head.
    shown: Option<Sha>,
    /// What the flag names; `None` for the workspace.
    flag: Option<String>,
}

/// Chooses base and head; `base_flag` and `head_flag` are revisions that the user named.
pub fn choose(
    repo: &Repository,
    context: &Context,
    base_flag: Option<&str>,
    head_flag: Option<&str>,
) -> Result<Choice, RevisionError> {
    let given = |flag: Option<&str>| flag.map(str::to_owned).filter(|text| !text.is_empty());
    let flag = given(head_flag).filter(|text| text != WORKSPACE);
    let under = match &flag {
        Some(rev) => Some(named(repo, rev)?),
        None => repo.resolve("HEAD").ok(),
    };
    let shown = if flag.is_some() { under.clone() } else { context.head.clone().or_else(|| under.clone()) };
    let mut head = Head { under, shown, flag };
    let mut found = match given(base_flag) {
        Some(rev) => Found { base: Some(named(repo, &rev)?), label: Some(label(&rev)), ..Found::default() },
        None => by_situation(repo, context, &mut head)?,
    };
    const NO_BASE: &str = "no base to compare with was found";
    let no_base = found.base.is_none().then(|| NO_BASE.to_owned());
    if no_base.is_some() {
        found.notices.push(Notice::new(format!("{NO_BASE}, so everything is new; name one by --base")));
    }
    let short = || found.base.as_ref().map_or(NOTHING, Sha::short).to_owned();
    Ok(Choice {
        base_label: found.label.clone().filter(|text| !text.is_empty()).unwrap_or_else(short),
        base: found.base,
        no_base,
        head_commit: head.shown,
        head_is_workspace: head.flag.is_none(),
        head_label: head.flag.map_or_else(|| WORKSPACE.to_owned(), |rev| label(&rev)),
        own_progress_only: found.own_progress_only,
        notices: found.notices,
        until_settled: found.until_settled,
        wants_merge_base: found.wants,
    })
}

/// A revision of the user's: as Git knows it, else as a branch of the remote (a CI's clone has no others),
/// else a full commit name, which can still be fetched.
fn named(repo: &Repository, rev: &str) -> Result<Sha, RevisionError> {
    repo.resolve(rev).or_else(|error| {
        let remote = repo.remote_name().and_then(|remote| repo.resolve(&format!("{remote}/{rev}")).ok());
        remote.or_else(|| rev.parse().ok()).ok_or(error)
    })
}

/// A full commit name in its short form, anything else as it was written.
fn label(rev: &str) -> String {
    rev.parse::<Sha>().map_or_else(|_| rev.to_owned(), |sha| sha.short().to_owned())
}

fn by_situation(repo: &Repository, context: &Context, head: &mut Head) -> Result<Found, RevisionError> {
    match &context.situation {
        Situation::Change { base, base_branch, head: own, .. } => {
            change(repo, context, head, (base.as_ref(), base_branch), own.as_ref())
        }
        Situation::Dispatch { branch, default_branch } => {
            of_branch(repo, context, head, (branch, default_branch.as_ref()), None)
        }
        Situation::Push { branch, default_branch, before } => {
            of_branch(repo, context, head, (branch, default_branch.as_ref()), before.as_ref())
        }
        Situation::Queue { base: Some(base), base_branch, .. } => Ok(Found {
            base: Some(base.clone()),
            label: Some(base_branch.clone()),
            own_progress_only: true,
            ..Found::default()
        }),
        // A change request that nobody could be asked about is compared as people do at home.
        Situation::Named { .. } | Situation::Laptop => laptop(repo, head),
        Situation::Queue { .. } | Situation::Workflow { .. } | Situation::Other { .. } => {
            first_parent(repo, head)
        }
    }
}

/// A branch (by its name and that of the default branch) which no change request is known of.
fn of_branch(
    repo: &Repository,
    context: &Context,
    head: &mut Head,
    (branch, default): (&str, Option<&String>),
    before: Option<&Sha>,
) -> Result<Found, RevisionError> {
    match default.cloned().or_else(|| default_branch_of(repo)) {
        Some(default) if default != *branch => Ok(push(repo, context, head, &default, before)),
        _ => match before.filter(|before| !before.is_zero()) {
            Some(before) => Ok(Found { base: Some(before.clone()), ..Found::default() }),
            None => first_parent(repo, head),
        },
    }
}

fn change(
    repo: &Repository,
    context: &Context,
    head: &mut Head,
    (event_base, branch): (Option<&Sha>, &str),
    own: Option<&Sha>,
) -> Result<Found, RevisionError> {
    let label = Some(branch.to_owned());
    let is_workspace = head.flag.is_none();
    // The change's own head may be a merge too, and anybody can push one: the CI says which is its own.
    let is_merged = |commit: &Sha| context.is_ci_merge(commit) && Some(commit) != own;
    let merged = head.under.clone().filter(|under| is_workspace && is_merged(under));
    if let Some(merged) = &merged
        && let [target, topic] = &repo.commit(merged.as_str())?.parents[..]
    {
        head.shown = own.or(Some(topic)).cloned();
        return Ok(Found { base: Some(target.clone()), label, own_progress_only: true, ..Found::default() });
    }
    // What a merge stands on is told of that merge, and not of a branch that was checked out by its name.
    let is_told = is_workspace && (merged.is_some() || context.runner.merges.is_empty());
    if let Some(told) = context.told_base.clone().filter(|_| is_told) {
        return Ok(Found { base: Some(told), label, own_progress_only: true, ..Found::default() });
    }
    let mut notices = Vec::new();
    let on_target =
        is_workspace && own.is_some() && head.under.as_ref().is_some_and(|at| context.is_of_target(at));
    if on_target {
        notices.push(Notice::new(ON_TARGET));
    }
    let remote_tip = || repo.resolve(&format!("{}/{branch}", repo.remote_name()?)).ok();
    // Asked last: some CIs name the branch only.
    let asked = || remote_branch(repo, branch, token_for(repo, context));
    // A local branch that is the head itself says nothing about where the change left it.
    let here = || branch_tip(repo, branch).filter(|tip| Some(tip) != head.under.as_ref());
    let tip = event_base.cloned().or_else(remote_tip).or_else(asked).or_else(here);
    let from = if on_target { own } else { head.under.as_ref().or(own) };
    let mut found = since_branching(repo, tip, from, branch);
    // The forge does not know what the job itself has committed.
    let asked_of = own.filter(|_| is_workspace).cloned();
    found.wants = found.wants.map(|(tip, from)| (tip, asked_of.unwrap_or(from)));
    found.notices.splice(0..0, notices);
    Ok(Found { label, ..found })
}

/// The token, if the remote is on our own server.
fn token_for<'a>(repo: &Repository, context: &'a Context) -> Option<&'a Secret> {
    context.token_for_remote(&repo.remote_url()?)
}

/// A push to another branch than the default one. Its tip is asked of the remote, as a CI's clone has only
/// the pushed branch.
fn push(repo: &Repository, context: &Context, head: &Head, default: &str, before: Option<&Sha>) -> Found {
    let here = branch_tip(repo, default);
    let tip = here.or_else(|| remote_branch(repo, default, token_for(repo, context)));
    if tip.is_none() {
        let notice =
            format!("the branch {default} cannot be read, so the push is compared with the state before it");
        let base = before.cloned().or_else(|| first_parent(repo, head).ok()?.base);
        return Found { base, notices: vec![Notice::new(notice)], ..Found::default() };
    }
    let found = since_branching(repo, tip, head.under.as_ref(), default);
    Found { label: Some(default.to_owned()), ..found }
}

/// The merge base of the target's tip and the head; where the clone cannot tell, the tip and a question.
fn since_branching(repo: &Repository, tip: Option<Sha>, head: Option<&Sha>, branch: &str) -> Found {
    let (Some(tip), Some(head)) = (tip.clone(), head) else {
        let notices = tip.iter().map(|_| tip_notice(branch)).collect();
        return Found { base: tip, notices, ..Found::default() };
    };
    if let Some(base) = repo.merge_base(&tip, head) {
        return Found { base: Some(base), own_progress_only: true, ..Found::default() };
    }
    let is_whole = repo.has(&tip) && repo.has(head) && !repo.is_shallow;
    let wants = (!is_whole).then(|| (tip.clone(), head.clone()));
    let notice = tip_notice(branch);
    let until_settled = wants.is_some().then(|| notice.clone());
    Found { base: Some(tip), notices: vec![notice], wants, until_settled, ..Found::default() }
}

fn tip_notice(branch: &str) -> Notice {
    Notice::new(format!(
        "the commit where the change left {branch} is not known, so it is compared with {branch}'s own newest commit, whose \
         progress counts too"
    ))
}

/// The commit before the head, read from the commit object: a shallow clone has its name, if not its files.
fn first_parent(repo: &Repository, head: &Head) -> Result<Found, RevisionError> {
    let base = match &head.under {
        Some(sha) if repo.has(sha) => repo.commit(sha.as_str())?.parents.into_iter().next(),
        _ => None,
    };
    Ok(Found { base, ..Found::default() })
}

fn laptop(repo: &Repository, head: &Head) -> Result<Found, RevisionError> {
    let Some(under) = &head.under else {
        return Ok(Found::default());
    };
    let is_workspace = head.flag.is_none();
    let Some(default) = default_branch_of(repo) else {
        return on_default(repo, head);
    };
    let current = repo.git.word(&["symbolic-ref", "--quiet", "--short", "HEAD"]);
    if is_workspace && current.as_deref() == Some(default.as_str()) {
        return on_default(repo, head);
    }
    let found = since_branching(repo, branch_tip(repo, &default), Some(under), &default);
    // An old commit of the default branch itself, looked at without a branch.
    if found.base.as_ref() == Some(under) && (!is_workspace || current.is_none()) {
        return on_default(repo, head);
    }
    Ok(Found { label: Some(default), ..found })
}

/// On the default branch: what is not committed yet, else what the last commit did.
fn on_default(repo: &Repository, head: &Head) -> Result<Found, RevisionError> {
    if head.flag.is_none() && has_changes(repo)? {
        return Ok(Found { base: head.under.clone(), own_progress_only: false, ..Found::default() });
    }
    first_parent(repo, head)
}

/// Whether the opened folder has changes that are not committed. Of new files only those count that could hold
/// results: a model or a cache beside them says nothing.
fn has_changes(repo: &Repository) -> Result<bool, RevisionError> {
    let options = "status --porcelain -z --no-renames --untracked-files=all --ignore-submodules=all -- .";
    let args: Vec<&str> = options.split_whitespace().collect();
    let extra = Extra { config: without_filters(repo), ..Extra::default() };
    let listed = repo.git.run_with(&args, &extra)?;
    Ok(listed.split(|&byte| byte == 0).filter(|entry| !entry.is_empty()).any(|entry| {
        let Some(name) = entry.strip_prefix(b"?? ") else { return true };
        let name = String::from_utf8_lossy(name);
        let suffix = name.rsplit_once('.').map_or("", |(_, suffix)| suffix);
        matches!(suffix, "json" | "yaml" | "yml" | "toml" | "csv" | "tsv")
    }))
}

/// Git would compare a file through the program that its attributes, which are the change's, choose among the
/// configured ones. None is run but Git LFS's own: without it each large file would look changed.
fn without_filters(repo: &Repository) -> Vec<(String, String)> {
    let listed = repo.git.run(&["config", "-z", "--get-regexp", r"^filter\..*\.(clean|process)$"]);
    let listed = listed.unwrap_or_default();
    let records = listed.split(|&byte| byte == 0).filter_map(|record| std::str::from_utf8(record).ok());
    let mut config = Vec::new();
    for (key, value) in records.filter_map(|record| record.split_once('\n')) {
        let Some((filter, _)) = key.rsplit_once('.') else { continue };
        let is_lfs = matches!(value, "git-lfs clean -- %f" | "git-lfs filter-process");
        if !(is_lfs && filter == "filter.lfs") {
            config.push((key.to_owned(), String::new()));
            config.push((format!("{filter}.required"), "false".to_owned()));
        }
    }
    config
}

/// The default branch's name: the remote's own word, else the usual names.
fn default_branch_of(repo: &Repository) -> Option<String> {
    let remote = repo.remote_name();
    let told = remote.and_then(|remote| {
        let name = repo.git.word(&["symbolic-ref", "--quiet", &format!("refs/remotes/{remote}/HEAD")])?;
        Some(name.strip_prefix(&format!("refs/remotes/{remote}/"))?.to_owned())
    });
    told.or_else(|| {
        ["main", "master"].iter().find(|name| branch_tip(repo, name).is_some()).map(|s| (*s).to_owned())
    })
}

/// A branch's newest commit: the remote's, which others see too, else the local one.
fn branch_tip(repo: &Repository, branch: &str) -> Option<Sha> {
    let remote = repo.remote_name();
    let remote = remote.and_then(|remote| repo.resolve(&format!("refs/remotes/{remote}/{branch}")).ok());
    remote.or_else(|| repo.resolve(&format!("refs/heads/{branch}")).ok())
}

#[cfg(test)]
mod tests;
