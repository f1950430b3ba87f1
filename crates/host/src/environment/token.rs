//! Which token there is, and which servers may have it.
//!
//! In: the snapshot, what it means so far, and what was typed. Out: a [`Token`]. A CI's own token goes to the CI's own
//! server, whatever repository is named; a token that was typed goes to the server that was named.

use url::Url;

use super::{Ci, Context, Env, gitlab, is_unfilled};
use cml_base::flavor::{Flavor, GITHUB, GITLAB};
use cml_base::ident::{Secret, Token, is_loopback};

/// What users of CML type, in their order: for the server that they name.
const TYPED: [&str; 3] = ["CML_TOKEN", "REPO_TOKEN", "repo_token"];
/// As GitHub's own program reads them (`gh help environment`): these for one's own server…
const ENTERPRISE: [&str; 2] = ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"];
/// … and these for github.com and its subdomains of ghe.com, or in a job for its server.
const OF_GITHUB: [&str; 2] = ["GITHUB_TOKEN", "GH_TOKEN"];
/// What a job is given by its CI, under whatever other name it is handed on.
const OF_THE_JOB: [&str; 3] = ["GITHUB_TOKEN", "GH_TOKEN", "CI_JOB_TOKEN"];
/// Where users say on which servers they are.
const TOLD_GITHUB: [&str; 3] = ["GITHUB_SERVER_URL", "GITHUB_API_URL", "GITHUB_GRAPHQL_URL"];
const TOLD_GITLAB: [&str; 3] = ["CI_SERVER_URL", "CI_API_V4_URL", "GITLAB_HOST"];

/// What was typed beside the variables.
#[derive(Debug, Clone, Copy, Default)]
pub struct Typed<'a> {
    pub token: Option<&'a str>,
    /// Whether the repository was named, and not found in a clone's configuration, which whoever made the clone wrote.
    pub names_repo: bool,
}

/// The token for the repository of `context`: the first that its server may have, in the order of [`candidates`], else
/// the first of all, which whoever sends it is told about. One forge's variable never goes to another forge; without a
/// known forge the typed ones are left.
pub fn token_for(env: &Env, context: &Context, typed: Typed<'_>) -> Option<Token> {
    let servers = Servers::of(env, context);
    let mut all = candidates(env, context.forge, typed.token)
        .map(|(source, secret)| {
            Token::new(
                secret.clone(),
                source,
                servers.homes(env, source, &secret, typed).iter().map(String::as_str),
            )
        })
        .peekable();
    let first = all.peek().cloned();
    let at_home = all.find(|token| servers.named.first().is_some_and(|api| token.is_at_home(api)));
    at_home.or(first)
}

/// Every token that is there for a forge, with its source.
fn candidates<'a>(
    env: &'a Env,
    forge: Option<&'static Flavor>,
    flag: Option<&'a str>,
) -> impl Iterator<Item = (&'static str, Secret)> {
    let own = forge.map_or(&[][..], |forge| forge.tokens);
    let read = |name: &'static str| env.get(name).filter(|text| !is_unfilled(text)).and_then(Secret::new);
    let flag = flag.and_then(Secret::new).map(|secret| ("--token", secret));
    flag.into_iter().chain(TYPED.iter().chain(own).filter_map(move |name| Some((*name, read(name)?))))
}

/// The servers of a run, as web addresses.
struct Servers {
    ci: Ci,
    /// The CI's own, as it says itself.
    of_ci: Vec<String>,
    /// The API and the pages of the repository that we work for.
    named: Vec<String>,
}

impl Servers {
    fn of(env: &Env, context: &Context) -> Self {
        let of_ci = match context.ci {
            Ci::GitHubActions => {
                let server = env.get("GITHUB_SERVER_URL").unwrap_or(GITHUB.server).trim_end_matches('/');
                let apis = (GITHUB.apis)(server);
                let own = [server.to_owned(), apis.rest, apis.graphql];
                own.into_iter().chain(told(env, &TOLD_GITHUB)).collect()
            }
            Ci::GitLab => std::iter::once(gitlab::server(env)).chain(told(env, &TOLD_GITLAB[..2])).collect(),
            Ci::None => Vec::new(),
        };
        let server = context.repo.as_ref().map(|repo| repo.server().to_owned());
        let named =
            [context.api_url.clone(), context.graphql_url.clone(), server].into_iter().flatten().collect();
        Self { ci: context.ci, of_ci, named }
    }

    /// Which servers may have the token of this source.
    fn homes(&self, env: &Env, source: &str, secret: &Secret, typed: Typed<'_>) -> Vec<String> {
        let is_jobs = self.ci != Ci::None
            && OF_THE_JOB.iter().any(|name| {
                let is_here = (self.ci == Ci::GitLab) == name.starts_with("CI_");
                is_here && env.get(name).map(str::trim) == Some(secret.expose())
            });
        match source {
            _ if is_jobs => self.of_ci.clone(),
            name if OF_GITHUB.contains(&name) => {
                let public = [GITHUB.server.to_owned(), (GITHUB.apis)(GITHUB.server).rest];
                let subdomains = self.named.iter().filter(|url| is_public_github(url)).cloned();
                public.into_iter().chain(told(env, &TOLD_GITHUB)).chain(subdomains).collect()
            }
            name if ENTERPRISE.contains(&name) => {
                self.typed().into_iter().filter(|url| !is_public_github(url)).collect()
            }
            name if GITLAB.tokens.contains(&name) && self.ci == Ci::GitLab => self.of_ci.clone(),
            name if GITLAB.tokens.contains(&name) => {
                let named = if typed.names_repo { self.typed() } else { Vec::new() };
                [GITLAB.server.to_owned()].into_iter().chain(told(env, &TOLD_GITLAB)).chain(named).collect()
            }
            _ => self.typed(),
        }
    }

    /// The servers that were named: encrypted, on this machine, or as the CI itself reaches its own.
    fn typed(&self) -> Vec<String> {
        let origin = |url: &str| Url::parse(url).ok().map(|url| url.origin());
        let of_ci: Vec<_> = self.of_ci.iter().filter_map(|url| origin(url)).collect();
        let fine = |text: &&String| {
            Url::parse(text).is_ok_and(|url| {
                url.scheme() == "https" || is_loopback(&url) || of_ci.contains(&url.origin())
            })
        };
        self.named.iter().filter(fine).cloned().collect()
    }
}

/// github.com, a company's own subdomain of ghe.com, and the hosts of their APIs: the password goes encrypted.
fn is_public_github(url: &str) -> bool {
    let host = |url: Url| url.host_str().map(str::to_owned).filter(|_| url.scheme() == "https");
    Url::parse(url)
        .ok()
        .and_then(host)
        .is_some_and(|host| host == "github.com" || host == "api.github.com" || host.ends_with(".ghe.com"))
}

/// What these variables say; a bare host is one that is reached encrypted.
fn told<'a>(env: &'a Env, names: &'a [&str]) -> impl Iterator<Item = String> + use<'a> {
    names
        .iter()
        .filter_map(|name| env.get(name))
        .map(|text| if text.contains("://") { text.to_owned() } else { format!("https://{text}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::detect;
    use cml_base::ident::RepoUrl;

    type Vars<'a> = &'a [(&'a str, &'a str)];

    fn env(vars: Vars<'_>) -> Env {
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Env { vars, ..Env::default() }
    }

    const ACTIONS: (&str, &str) = ("GITHUB_ACTIONS", "true");
    const GITLAB_CI: (&str, &str) = ("GITLAB_CI", "true");

    /// The token that goes to the API of the named repository: its text, or the words why none goes.
    #[track_caller]
    fn check(vars: &[Vars<'_>], repo: &str, forge: &'static Flavor, expected: Result<&str, &str>) {
        let env = env(&vars.concat());
        let mut context = detect(&env, Some(repo), None);
        context.set_forge(forge);
        let token = token_for(&env, &context, Typed { token: None, names_repo: true });
        let api = Url::parse(context.api_url.as_deref().unwrap()).unwrap();
        let given = token.as_ref().map(|token| token.at(&api).map(Secret::expose));
        match (given, expected) {
            (Some(Ok(text)), Ok(expected)) => assert_eq!(text, expected, "{vars:?} {repo}"),
            (Some(Err(withheld)), Err(words)) if !words.is_empty() => {
                assert!(withheld.why.contains(words), "{vars:?} {repo}: {withheld}");
            }
            (None, Err("")) => {}
            (given, _) => panic!("{vars:?} {repo}: {given:?}"),
        }
    }

    #[test]
    fn the_jobs_own_token_goes_to_the_cis_own_server_only() {
        let github = &GITHUB;
        let job: Vars<'_> = &[ACTIONS, ("GITHUB_TOKEN", "own")];
        check(&[job], "o/r", github, Ok("own"));
        check(&[job], "https://github.com/a/b", github, Ok("own"));
        let not = Err("the token of GITHUB_TOKEN is for https://github.com, https://api.github.com");
        for elsewhere in
            ["https://ghe.corp/o/r", "https://github.com.evil.example/o/r", "https://x.ghe.com/o/r"]
        {
            check(&[job], elsewhere, github, not);
        }
        // Its API is asked by an address of our own making, which is encrypted.
        check(&[job], "http://github.com/o/r", github, Ok("own"));
        check(&[job], "http://127.0.0.1:1/o/r", github, not);
        // The same under another name is the same.
        for name in ["CML_TOKEN", "REPO_TOKEN", "repo_token"] {
            check(&[job, &[(name, "own")]], "o/r", github, Ok("own"));
            check(
                &[job, &[(name, "own")]],
                "https://ghe.corp/o/r",
                github,
                Err("is not sent to https://ghe.corp"),
            );
            check(
                &[&[ACTIONS, ("GH_TOKEN", "own"), (name, " own ")]],
                "https://ghe.corp/o/r",
                github,
                Err("is not sent"),
            );
        }
        let server: Vars<'_> =
            &[("GITHUB_SERVER_URL", "https://ghe.corp"), ("GITHUB_API_URL", "https://api.ghe.corp/v3")];
        check(&[job, server], "o/r", github, Ok("own"));
        check(&[job, server], "https://github.com/o/r", github, Err("is not sent to https://api.github.com"));

        let gitlab = &GITLAB;
        let job: Vars<'_> = &[
            GITLAB_CI,
            ("CI_SERVER_URL", "http://git.corp"),
            ("GITLAB_TOKEN", "own"),
            ("CI_JOB_TOKEN", "job"),
        ];
        check(&[job], "g/p", gitlab, Ok("own"));
        check(&[job], "http://git.corp/g/p", gitlab, Ok("own"));
        for elsewhere in
            ["https://gitlab.com/g/p", "https://git.corp.evil.example/g/p", "http://127.0.0.1/g/p"]
        {
            check(&[job], elsewhere, gitlab, Err("is not sent to"));
        }
        check(&[job, &[("CML_TOKEN", "job")]], "https://gitlab.com/g/p", gitlab, Err("is not sent to"));
        check(&[job, &[("CML_TOKEN", "job")]], "g/p", gitlab, Ok("job"));
    }

    #[test]
    fn a_typed_token_goes_to_the_server_that_is_named() {
        let github = &GITHUB;
        for ci in [ACTIONS, ("X", "y")] {
            let job: Vars<'_> = &[ci, ("GITHUB_TOKEN", "own"), ("CML_TOKEN", "typed")];
            check(&[job], "https://ghe.corp/o/r", github, Ok("typed"));
            check(&[job], "http://127.0.0.1:1/o/r", github, Ok("typed"));
            check(&[job], "http://ghe.corp/o/r", github, Err("would go unencrypted to http://ghe.corp"));
        }
        let job: Vars<'_> = &[GITLAB_CI, ("CI_SERVER_URL", "http://git.corp"), ("REPO_TOKEN", "typed")];
        check(&[job], "g/p", &GITLAB, Ok("typed"));
        check(&[job], "http://other.corp/g/p", &GITLAB, Err("unencrypted"));
        check(&[job], "https://github.com/g/p", github, Ok("typed"));
    }

    #[test]
    fn a_forges_variable_is_for_the_forges_own_servers() {
        let github = &GITHUB;
        let vars: Vars<'_> = &[("GITHUB_TOKEN", "public"), ("GH_ENTERPRISE_TOKEN", "corp")];
        check(&[vars], "o/r", github, Ok("public"));
        check(&[vars], "https://x.ghe.com/o/r", github, Ok("public"));
        check(&[vars], "https://ghe.corp/o/r", github, Ok("corp"));
        check(&[&vars[..1]], "https://ghe.corp/o/r", github, Err("is not sent to https://ghe.corp"));
        check(
            &[&vars[..1], &[("GITHUB_API_URL", "https://ghe.corp/api/v3")]],
            "https://ghe.corp/o/r",
            github,
            Ok("public"),
        );
        check(&[&vars[1..]], "o/r", github, Err("no server that is known here"));
        check(&[vars], "https://gitlab.com/o/r", &GITLAB, Err(""));
        let vars: Vars<'_> = &[("GITLAB_TOKEN", "lab")];
        check(&[vars], "https://gitlab.corp/g/p", &GITLAB, Ok("lab"));
        check(&[vars, &[ACTIONS]], "https://gitlab.com/g/p", &GITLAB, Ok("lab"));
        check(&[vars], "http://gitlab.corp/g/p", &GITLAB, Err("is not sent to http://gitlab.corp"));
    }

    #[test]
    fn a_clones_configuration_names_no_server_for_a_forges_variable() {
        let check = |host: &str, more: Vars<'_>, expected: bool| {
            let env = env(&[&[("GITLAB_TOKEN", "lab")], more].concat());
            let mut context = detect(&env, None, None);
            context.set_repo(RepoUrl::parse(&format!("https://{host}/g/p")).unwrap());
            let token = token_for(&env, &context, Typed::default()).unwrap();
            assert_eq!(token.is_at_home(&format!("https://{host}/api/v4")), expected, "{host} {more:?}");
        };
        check("gitlab.com", &[], true);
        check("gitlab.evil.example", &[], false);
        check("gitlab.corp", &[("GITLAB_HOST", "gitlab.corp")], true);
        check("gitlab.corp", &[("CI_SERVER_URL", "https://gitlab.corp")], true);
    }

    /// The first of all tokens that are there.
    #[track_caller]
    fn first(vars: Vars<'_>, forge: Option<&'static Flavor>, flag: Option<&str>, expected: Option<&str>) {
        let env = env(vars);
        let found = candidates(&env, forge, flag).next();
        assert_eq!(found.as_ref().map(|(_, secret)| secret.expose()), expected, "{vars:?} {flag:?}");
    }

    #[test]
    fn the_token_comes_from_the_first_place_that_has_one() {
        let github = Some(&GITHUB);
        let all = [
            ("GH_TOKEN", "e"),
            ("GITHUB_TOKEN", "d"),
            ("repo_token", "c"),
            ("REPO_TOKEN", "b"),
            ("CML_TOKEN", "a"),
        ];
        first(&all, github, Some("f"), Some("f"));
        first(&all, github, Some(""), Some("a"));
        for kept in (1..all.len()).rev() {
            first(&all[..kept], github, None, Some(all[kept - 1].1));
        }
        first(&[("GITHUB_TOKEN", " ")], github, None, None);
        // A variable that the CI did not fill in.
        first(&[("GITHUB_TOKEN", "d"), ("REPO_TOKEN", "$GITLAB_TOKEN")], github, None, Some("d"));
    }

    #[test]
    fn no_forge_gets_the_token_of_another() {
        let both = [("GITHUB_TOKEN", "h"), ("GITLAB_TOKEN", "l"), ("CI_JOB_TOKEN", "j")];
        first(&both, Some(&GITHUB), None, Some("h"));
        first(&both, Some(&GITLAB), None, Some("l"));
        first(&both, None, None, None);
    }
}
