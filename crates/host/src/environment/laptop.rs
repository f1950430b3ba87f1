//! Outside of any CI: the user's own machine. The repository comes later, from Git's remote.

use super::{Ci, Context, Runner, Secrets, Situation, flagged_repo};

/// The context of a machine without a CI.
pub(super) fn context(repo_flag: Option<&str>) -> Context {
    let mut notices = Vec::new();
    let repo = flagged_repo(repo_flag, "https://github.com", &mut notices);
    let mut context = Context {
        ci: Ci::None,
        forge: None,
        repo: None,
        api_url: None,
        graphql_url: None,
        token: None,
        secrets: Secrets::default(),
        situation: Situation::Laptop,
        head: None,
        summary: None,
        workflow: None,
        job: None,
        run: None,
        attempt: None,
        run_url: None,
        runner: Runner::default(),
        notices,
        told_base: None,
        told_ref: None,
        ci_job: None,
    };
    if let Some(repo) = repo {
        context.set_repo(repo);
    }
    context
}

#[cfg(test)]
mod tests {
    use crate::environment::{Ci, Env, Situation, detect};
    use cml_base::flavor::{GITHUB, GITLAB};
    use cml_base::ident::RepoUrl;

    #[test]
    fn without_a_ci_it_is_a_laptop_and_the_remote_completes_it() {
        let mut context = detect(&Env::default(), None, None);
        assert_eq!((context.ci, context.situation.clone()), (Ci::None, Situation::Laptop));
        assert!(context.repo.is_none() && context.api_url.is_none() && context.notices.is_empty());
        context.set_repo(RepoUrl::parse("git@github.com:o/r.git").unwrap());
        assert_eq!(context.forge, Some(&GITHUB));
        assert_eq!(context.api_url.as_deref(), Some("https://api.github.com"));
    }

    #[test]
    fn an_unknown_host_has_no_forge() {
        let context = detect(&Env::default(), Some("https://git.example.org/o/r"), None);
        assert_eq!((context.forge, context.api_url), (None, None));
        assert!(context.repo.is_some());
    }

    #[test]
    fn a_gitlab_host_is_known_by_its_name() {
        for host in ["https://gitlab.com", "https://gitlab.example.org:8443"] {
            let context = detect(&Env::default(), Some(&format!("{host}/a/b/c")), None);
            assert_eq!(context.forge, Some(&GITLAB));
            assert_eq!(context.api_url, Some(format!("{host}/api/v4")));
        }
    }

    #[test]
    fn a_bad_flag_is_a_notice_that_does_not_repeat_it() {
        let context = detect(&Env::default(), Some("https://user:pa55@github.com/only"), None);
        assert!(context.repo.is_none());
        assert_eq!(context.notices.len(), 1);
        assert!(!context.notices[0].to_string().contains("pa55"));
    }
}
