//! What is particular to a forge: facts, and nothing that is done.
//!
//! Each forge has a file here, and its place in [`ALL`]. There is no default: a forge that leaves a fact out does not
//! compile, and inherits nobody's limits.

mod github;
mod gitlab;
mod pages;

pub use github::GITHUB;
pub use gitlab::GITLAB;

/// Every forge that `cml` knows.
pub static ALL: [&Flavor; 2] = [&GITHUB, &GITLAB];

/// Where no forge is known, a report is written for the one whose Markdown most others follow.
pub static ELSEWHERE: &Flavor = &GITHUB;

/// The forge of this name, as `--driver` takes it.
pub fn of(id: &str) -> Option<&'static Flavor> {
    ALL.into_iter().find(|flavor| flavor.id == id)
}

/// The names of all forges, as `--driver` takes them.
pub fn ids() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|flavor| flavor.id)
}

/// How long a text may be: both must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub bytes: usize,
    pub chars: usize,
}

impl Limits {
    pub const fn both(most: usize) -> Self {
        Self { bytes: most, chars: most }
    }
}

/// Where a job keeps all of a report of which a comment shows less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobPlace {
    Summary,
    Log,
}

impl JobPlace {
    pub fn words(self) -> &'static str {
        match self {
            Self::Summary => "the job's summary",
            Self::Log => "the job's log",
        }
    }
}

/// What a job must be allowed, as a whole block to paste: naming one permission alone sets all others to none.
#[derive(Debug)]
pub struct Permissions {
    pub comment: &'static str,
    pub check: &'static str,
}

/// Where a server's interfaces answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apis {
    pub rest: String,
    pub graphql: String,
}

/// The facts of one forge.
#[derive(Debug)]
pub struct Flavor {
    /// As `--driver` takes it.
    pub id: &'static str,
    /// As it writes itself.
    pub name: &'static str,
    /// Its word for a change request, and the sign before the number of one.
    pub change_request: &'static str,
    pub change_sign: char,
    /// What stands between a repository's address and a commit in the address of the commit's page.
    pub commit_folder: &'static str,
    /// The line, or lines, that open a note to the reader, before those that are quoted.
    pub note_opening: &'static str,
    /// Whether a comment shows another picture to those who read in the dark.
    pub dark_pictures: bool,
    /// Whether lines such as `/close` are carried out.
    pub quick_actions: bool,
    /// Where its own CI keeps all of a report that was shortened.
    pub whole_is_in: JobPlace,
    /// How long a comment may be.
    pub comment: Limits,
    /// How long a check's text may be; `None` where a check is a job of a pipeline, which has no text but its title.
    pub check: Option<Limits>,
    /// What a job's token must be allowed; `None` where jobs are not asked for permissions.
    pub permissions: Option<Permissions>,
    /// What to do where there is no token, outside of its own CI.
    pub sign_in: &'static str,
    /// The variables that hold a token for it, in the order in which they are read.
    pub tokens: &'static [&'static str],
    /// How its tokens begin: they are hidden even if they are not ours.
    pub token_starts: &'static [&'static str],
    /// The server that everybody may use.
    pub server: &'static str,
    /// Whether a host's name says that it is this forge's; the name is in lower case.
    pub is_at: fn(&str) -> bool,
    /// Where the interfaces of a server answer.
    pub apis: fn(&str) -> Apis,
    /// Whether a server may be below a path of its host and owners are nested: then an address alone does not tell
    /// where the one ends and the other begins.
    pub is_below_paths: bool,
}

/// A forge is one by its name.
impl PartialEq for Flavor {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Flavor {}

/// `HOST` of `https://HOST`, in lower case.
fn host(server: &str) -> String {
    server.split_once("://").map_or(server, |(_, host)| host).trim_end_matches('/').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_forge_is_found_by_its_name_and_by_its_own_server() {
        for flavor in ALL {
            assert_eq!(of(flavor.id), Some(flavor));
            let hosts = ALL.into_iter().filter(|other| (other.is_at)(&host(flavor.server)));
            assert_eq!(hosts.collect::<Vec<_>>(), [flavor]);
        }
        assert_eq!(of("sourcehut"), None);
    }

    #[test]
    fn interfaces_answer_on_a_host_of_their_own_or_below_the_servers() {
        let check = |flavor: &Flavor, server: &str, rest: &str, graphql: &str| {
            let expected = Apis { rest: rest.to_owned(), graphql: graphql.to_owned() };
            assert_eq!((flavor.apis)(server), expected);
        };
        check(&GITHUB, "https://github.com", "https://api.github.com", "https://api.github.com/graphql");
        check(
            &GITHUB,
            "https://Corp.ghe.com",
            "https://api.corp.ghe.com",
            "https://api.corp.ghe.com/graphql",
        );
        check(&GITHUB, "https://git.corp", "https://git.corp/api/v3", "https://git.corp/api/graphql");
        check(&GITLAB, "https://h/gitlab", "https://h/gitlab/api/v4", "https://h/gitlab/api/graphql");
    }
}
