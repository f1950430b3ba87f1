//! CIs that are no forge: the number of the change request that they build, and their run, as their variables tell.
//!
//! In: the snapshot and the context of a machine. Out: the context of that CI's job. The change request itself is asked
//! of the forge.

use super::{Context, Env, Situation};
use cml_base::ident::ChangeNumber;

/// One CI's variables.
struct Row {
    /// Set in each of its jobs, and nowhere else.
    here: &'static str,
    /// The change request: a number, or a page's address that ends with it.
    number: &'static [&'static str],
    /// The change's own head; `None` if the CI tells only what it has merged.
    head: Option<&'static str>,
    run: &'static str,
    page: &'static str,
}

/// By each CI's own documentation of its predefined variables.
const ROWS: [Row; 6] = [
    Row { here: "JENKINS_URL", number: &["CHANGE_ID"], head: None, run: "BUILD_TAG", page: "BUILD_URL" },
    Row {
        here: "CIRCLECI",
        number: &["CIRCLE_PULL_REQUEST", "CIRCLE_PR_NUMBER"],
        head: Some("CIRCLE_SHA1"),
        run: "CIRCLE_WORKFLOW_ID",
        page: "CIRCLE_BUILD_URL",
    },
    Row {
        here: "BUILDKITE",
        number: &["BUILDKITE_PULL_REQUEST"],
        head: Some("BUILDKITE_COMMIT"),
        run: "BUILDKITE_BUILD_ID",
        page: "BUILDKITE_BUILD_URL",
    },
    Row {
        here: "DRONE",
        number: &["DRONE_PULL_REQUEST"],
        head: Some("DRONE_COMMIT_SHA"),
        run: "DRONE_BUILD_NUMBER",
        page: "DRONE_BUILD_LINK",
    },
    Row {
        here: "TF_BUILD",
        number: &["SYSTEM_PULLREQUEST_PULLREQUESTNUMBER"],
        head: Some("SYSTEM_PULLREQUEST_SOURCECOMMITID"),
        run: "BUILD_BUILDID",
        page: "BUILD_BUILDURI",
    },
    Row {
        here: "TRAVIS",
        number: &["TRAVIS_PULL_REQUEST"],
        head: Some("TRAVIS_PULL_REQUEST_SHA"),
        run: "TRAVIS_BUILD_ID",
        page: "TRAVIS_BUILD_WEB_URL",
    },
];

/// What the CI adds, if one of these runs us.
pub(super) fn context(env: &Env, context: Context) -> Context {
    let Some(row) = ROWS.iter().find(|row| env.get(row.here).is_some()) else { return context };
    let number = row.number.iter().find_map(|name| number(env.get(name)?));
    let situation = number.map_or(context.situation, |number| Situation::Named { number });
    let is_page = |page: &&str| page.starts_with("https://") || page.starts_with("http://");
    Context {
        // Without a change request the commit is the clone's own HEAD.
        head: number.and_then(|_| env.get(row.head?)?.parse().ok()),
        situation,
        run: env.get(row.run).map(str::to_owned),
        run_url: env.get(row.page).filter(is_page).map(str::to_owned),
        ..context
    }
}

/// `12`, or the last part of `https://github.com/o/r/pull/12`; a build of no change request has another word.
fn number(text: &str) -> Option<ChangeNumber> {
    text.trim().rsplit('/').next()?.parse().ok().map(ChangeNumber)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::detect;

    #[test]
    fn each_ci_tells_the_number_of_its_change_request() {
        let head = "a".repeat(40);
        let check = |vars: &[(&str, &str)], number: Option<u64>, has_head: bool| {
            let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let context = detect(&Env { vars, ..Env::default() }, None, None);
            let expected =
                number.map_or(Situation::Laptop, |number| Situation::Named { number: ChangeNumber(number) });
            assert_eq!(context.situation, expected);
            assert_eq!(context.head.is_some(), has_head);
        };
        check(&[("JENKINS_URL", "http://j/"), ("CHANGE_ID", "12"), ("GIT_COMMIT", &head)], Some(12), false);
        check(&[("JENKINS_URL", "http://j/")], None, false);
        check(&[("CHANGE_ID", "12")], None, false);
        let circle = ("CIRCLE_PULL_REQUEST", "https://github.com/o/r/pull/12");
        check(&[("CIRCLECI", "true"), circle, ("CIRCLE_SHA1", &head)], Some(12), true);
        check(&[("CIRCLECI", "true"), ("CIRCLE_PR_NUMBER", "3")], Some(3), false);
        check(
            &[("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "false"), ("BUILDKITE_COMMIT", &head)],
            None,
            false,
        );
        check(
            &[("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "9"), ("BUILDKITE_COMMIT", "HEAD")],
            Some(9),
            false,
        );
        check(&[("DRONE", "true"), ("DRONE_PULL_REQUEST", "5"), ("DRONE_COMMIT_SHA", &head)], Some(5), true);
        check(&[("TF_BUILD", "True"), ("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "6")], Some(6), false);
        check(&[("TRAVIS", "true"), ("TRAVIS_PULL_REQUEST", "false")], None, false);
        check(
            &[("TRAVIS", "true"), ("TRAVIS_PULL_REQUEST", "7"), ("TRAVIS_PULL_REQUEST_SHA", &head)],
            Some(7),
            true,
        );
    }
}
