//! A token goes where it belongs: whatever is named, answered or pointed to, another host never has the job's own.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::forge::Fault;
use crate::job::{EVERY, Host, Job, TOKEN};

/// Somebody else's host: it writes down all that it is sent, and answers everything with an empty list.
struct Other {
    url: String,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Other {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let log = Arc::clone(&log);
                std::thread::spawn(move || answer(stream.unwrap(), &log));
            }
        });
        Self { url, seen }
    }

    fn was_asked(&self) -> bool {
        !self.seen.lock().unwrap().is_empty()
    }

    /// No form of the token is in anything that it was sent.
    #[track_caller]
    fn has_no_token(&self, token: &str) {
        use base64::Engine as _;
        let encoded = |text: String| base64::engine::general_purpose::STANDARD.encode(text);
        let text = String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned();
        for form in [token.to_owned(), encoded(format!("x-access-token:{token}")), encoded(token.to_owned())]
        {
            assert!(!text.contains(&form), "{text}");
        }
        let signs = |line: &str| {
            ["authorization:", "private-token:", "job-token:"].iter().any(|name| line.starts_with(name))
        };
        assert!(!text.to_lowercase().lines().any(signs), "{text}");
    }
}

fn answer(mut stream: TcpStream, log: &Mutex<Vec<u8>>) {
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut buffer = [0; 1 << 16];
    while let Ok(count) = stream.read(&mut buffer) {
        if count == 0 {
            return;
        }
        log.lock().unwrap().extend_from_slice(&buffer[..count]);
        let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]";
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn path(host: Host) -> &'static str {
    if host == Host::GitHub { "o/r" } else { "grp/sub/proj" }
}

/// The same job, with its repository's remote at the forge.
fn without_pictures(host: Host) -> Job {
    let job = Job::at(host);
    job.forge.refuse("/git/", 403);
    job.forge.refuse("/uploads", 403);
    job
}

#[test]
fn a_repository_elsewhere_does_not_get_the_jobs_own_token() {
    let commands: [&[&str]; 5] = [
        &["comment"],
        &["comment", "--target=pr/7"],
        &["check", "create"],
        &["asset", "prune"],
        &["comment", "--start"],
    ];
    for host in EVERY {
        for (count, command) in commands.into_iter().enumerate() {
            // GitLab keeps no images in refs, so nobody is asked for them.
            if host == Host::GitLab && command == ["asset", "prune"] {
                continue;
            }
            let (job, other) = (Job::at(host), Other::new());
            let repo = format!("{}/{}", other.url, path(host));
            // By the flag or by the variable, and handed on under another name.
            let (job, arguments) = match count % 2 {
                0 => (job.with("CML_TOKEN", TOKEN), [command, &["--repo", &repo]].concat()),
                _ => (job.with("CML_REPO", &repo), command.to_vec()),
            };
            let job = if host == Host::GitLab && count % 2 == 0 {
                job.with("CML_TOKEN", "job-seededToken")
            } else {
                job
            };
            let ran = job.cml(&arguments);
            other.has_no_token(TOKEN);
            other.has_no_token("job-seededToken");
            assert!(job.forge.signed().is_empty(), "{command:?}: {:?}", job.forge.signed());
            assert_eq!(ran.code, 3, "{host:?} {command:?}: {}", ran.err);
            assert!(
                ran.err.contains(&format!("and is not sent to {}", other.url)),
                "{command:?}: {}",
                ran.err
            );
            assert!(
                ran.err.contains("hint: give cml a token of that server: --token or CML_TOKEN"),
                "{}",
                ran.err
            );
        }
    }
}

#[test]
fn a_report_is_made_all_the_same_and_asks_nobody_with_the_token() {
    for host in EVERY {
        let (job, other) = (Job::at(host), Other::new());
        let repo = format!("{}/{}", other.url, path(host));
        let ran = job.cml(&["report", "--repo", &repo, "--format=markdown"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains("`accuracy`"), "{}", ran.out);
        other.has_no_token(TOKEN);
    }
}

#[test]
fn a_driver_does_not_lead_a_token_astray() {
    let other = Other::new();
    for (host, driver, path) in [(Host::GitHub, "gitlab", "g/s/p"), (Host::GitLab, "github", "o/r")] {
        let job = Job::at(host);
        let repo = format!("--repo={}/{path}", other.url);
        let ran = job.cml(&["comment", &repo, "--driver", driver]);
        assert_eq!(ran.code, 3, "{}", ran.err);
        assert!(job.forge.signed().is_empty());
        other.has_no_token(TOKEN);
    }
}

#[test]
fn a_typed_token_goes_to_the_server_that_is_named() {
    for host in EVERY {
        let (job, there) = (Job::at(host), Job::at(host));
        let repo = format!("--repo={}/{}", there.forge.url(), path(host));
        let typed = job.with("CML_TOKEN", "typed-token-of-the-other");
        let ran = typed.cml(&["comment", &repo, "--target=pr/7"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_eq!((there.forge.comments().len(), typed.forge.log().len()), (1, 0));
        assert!(!there.forge.signed().is_empty());
    }
}

#[test]
fn a_typed_token_does_not_travel_unencrypted() {
    for host in EVERY {
        let job = Job::at(host).with("CML_TOKEN", "typed-token-of-the-other");
        let repo = format!("--repo=http://git.corp.invalid/{}", path(host));
        let ran = job.cml(&["comment", &repo, "--target=pr/7"]);
        assert_eq!(ran.code, 3, "{}", ran.err);
        assert!(ran.err.contains("would go unencrypted to http://git.corp.invalid"), "{}", ran.err);
        assert!(ran.err.contains("hint: name the repository with https://"), "{}", ran.err);
        assert!(ran.out.contains("`accuracy`"), "the report is lost: {}", ran.out);
    }
}

#[test]
fn wherever_an_answer_points_the_token_does_not_go() {
    for host in EVERY {
        let parts: &[&str] = match host {
            Host::GitHub => &["/comments", "/graphql", "/user", "/git/"],
            Host::GitLab => &["/notes", "/user", "/uploads"],
        };
        for part in parts {
            let (job, other) = (Job::at(host), Other::new());
            job.forge.fault(part, Fault::RedirectTo(format!("{}/elsewhere", other.url)));
            job.world.git(&["remote", "add", "origin", &format!("{}/{}.git", job.forge.url(), path(host))]);
            let ran = job.cml(&["comment"]);
            assert!(matches!(ran.code, 0 | 3), "{part}: {}", ran.err);
            other.has_no_token(TOKEN);
        }
        // Lest the test looks at nothing: a list that is redirected is read there, unsigned.
        let (job, other) = (without_pictures(host), Other::new());
        job.forge.fault(job.thread(), Fault::RedirectTo(format!("{}/elsewhere", other.url)));
        job.cml(&["comment"]);
        assert!(other.was_asked());
        let (job, other) = (without_pictures(host), Other::new());
        job.forge.fault(job.thread(), Fault::NextPageAt(format!("{}/elsewhere", other.url)));
        job.cml(&["comment"]);
        other.has_no_token(TOKEN);
    }
}

#[test]
fn an_address_of_graphql_elsewhere_is_asked_without_the_token() {
    let (job, other) = (without_pictures(Host::GitHub), Other::new());
    let ran = job.with("GITHUB_GRAPHQL_URL", &format!("{}/graphql", other.url)).cml(&["comment"]);
    // What it answers is no answer, so the comment's author is not known.
    assert!(ran.code == 3 && ran.err.contains("/graphql"), "{}", ran.err);
    assert!(other.was_asked());
    other.has_no_token(TOKEN);
}

#[test]
fn git_fetches_and_pushes_with_the_token_from_its_own_server_only() {
    let absent = "1".repeat(40);
    for host in EVERY {
        let (job, other) = (Job::at(host), Other::new());
        job.world.git(&["remote", "add", "origin", &format!("{}/{}.git", other.url, path(host))]);
        let ran = job.cml(&["comment", "--base", &absent]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(other.was_asked(), "the remote is not fetched from");
        other.has_no_token(TOKEN);

        // Git's own server points elsewhere.
        let (job, other) = (Job::at(host), Other::new());
        job.forge.fault(".git/", Fault::RedirectTo(format!("{}/x.git/info/refs", other.url)));
        job.world.git(&["remote", "add", "origin", &format!("{}/{}.git", job.forge.url(), path(host))]);
        job.cml(&["comment", "--base", &absent]);
        other.has_no_token(TOKEN);
    }
}

#[test]
fn a_laptops_forge_variable_goes_to_that_forges_servers_only() {
    let other = Other::new();
    let check = |name: &str, driver: &str, path: &str, named: bool| {
        let job = Job::at(Host::GitHub);
        let address = format!("{}/{path}", other.url);
        let mut arguments = vec!["comment", "--driver", driver, "--target=pr/7"];
        match named {
            true => arguments.extend(["--repo", address.as_str()]),
            false => drop(job.world.git(&["remote", "add", "origin", &format!("{address}.git")])),
        }
        let ran = job.world.cml(&arguments, &[(name, TOKEN), ("CML_TEST_PACE", "1")]);
        assert_eq!(ran.code, 3, "{name} {named}: {}", ran.err);
        assert!(ran.err.contains("is not sent to"), "{}", ran.err);
        other.has_no_token(TOKEN);
    };
    check("GITHUB_TOKEN", "github", "o/r", true);
    check("GH_TOKEN", "github", "o/r", false);
    check("GITLAB_TOKEN", "gitlab", "g/s/p", false);
}

#[test]
fn nothing_secret_is_in_what_is_posted_and_it_is_said() {
    let password = "hunter2-and-\"more\" words";
    for host in EVERY {
        let job = Job::at(host).with("DB_PASSWORD", password).with("PLAIN_KEY", "configuration");
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(format!("x:{TOKEN}"));
        job.world.write("report.md", &format!("configuration {TOKEN} and {encoded} and {password}.\n"));
        let ran = job.cml(&["comment", "update", "report.md"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.err.contains("whose name says secret"), "{}", ran.err);
        let body = job.forge.comments()[0].body.clone();
        assert!(
            body.starts_with("configuration *** and ") && body.contains("***.") && body.contains("and ***."),
            "{body}"
        );
        for secret in [TOKEN, password, &encoded[4..encoded.len() - 4]] {
            assert!(!body.contains(secret) && !ran.err.contains(secret), "{body}");
        }
        // What is there is what would be sent: no second write.
        let writes = |job: &Job| {
            job.forge.log().iter().filter(|line| line.starts_with("PATCH") || line.starts_with("PUT")).count()
        };
        assert_eq!(job.cml(&["comment", "update", "report.md"]).code, 0);
        assert_eq!((job.forge.comments().len(), writes(&job)), (1, 0));

        let job = job.again();
        job.forge.refuse(job.thread(), 403);
        job.cml(&["comment", "update", "report.md"]);
        assert!(!job.summary().contains(password), "{}", job.summary());
        let ran = job.cml(&["check", "create", "--title", &format!("of {password}"), "report.md"]);
        let sent = format!("{:?} {:?}", job.forge.checks(), job.forge.statuses());
        assert!(ran.code == 0 && sent.contains("of ***") && !sent.contains("hunter2"), "{} {sent}", ran.err);
    }
}

#[test]
fn a_secondary_rate_limit_is_waited_for_and_shown() {
    for host in EVERY {
        let words = if host == Host::GitHub { "secondary rate limit" } else { "Retry later" };
        let limited = |count: usize| {
            let job = without_pictures(host);
            job.forge.fault(job.thread(), Fault::Times(count, Box::new(Fault::Secondary)));
            let ran = job.cml(&["comment"]);
            let waits = ran
                .err
                .lines()
                .filter_map(|line| line.split_once(": waiting ")?.1.split(' ').next()?.parse().ok());
            let waits: Vec<u64> = waits.collect();
            // GitLab's list is read for its pictures too.
            assert!(waits.len() == 3 || host == Host::GitLab && waits.len() == 6, "{}", ran.err);
            assert!(waits[0] >= 60 && waits[1] >= 120 && waits[2] >= 240, "{waits:?}");
            assert!(ran.err.contains(words), "{}", ran.err);
            (ran.code, job.forge.comments().len())
        };
        assert_eq!(limited(3), (0, 1));
        assert_eq!(limited(9), (3, 0));
    }
}

#[test]
fn a_slow_forge_costs_the_delivery_and_not_the_job() {
    for host in EVERY {
        let job = without_pictures(host).with("CML_DELIVERY_DEADLINE", "1.5");
        job.forge.fault(job.thread(), Fault::Slow(20_000));
        let began = Instant::now();
        let ran = job.cml(&["comment"]);
        assert_eq!(ran.code, 3, "{}", ran.err);
        assert!(ran.err.contains("the time for it is over (1.5 s)"), "{}", ran.err);
        assert!(job.kept(&ran).contains("`accuracy`"), "the report is lost");
        assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    }
}

#[test]
fn a_list_that_never_ends_is_cut() {
    for host in EVERY {
        let job = without_pictures(host);
        let url = format!("{}/again", job.forge.url());
        job.forge.fault(job.thread(), Fault::NextPageAt(url.clone()));
        job.forge.fault("/again", Fault::NextPageAt(url));
        let ran = job.cml(&["comment"]);
        assert_eq!(ran.code, 3, "{}", ran.err);
        assert!(ran.err.contains("more than 100 pages"), "{}", ran.err);
        assert!(job.forge.log().len() < 250, "{}", job.forge.log().len());
    }
}

#[test]
fn no_store_is_a_metadata_service() {
    let job = Job::new();
    for address in [
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://0/",
        "http://[2002:a9fe:a9fe::]/",
        "http://192.0.0.192/",
        "http://[fd20:ce::254]/",
        "http://2852039166/",
    ] {
        let ran = job.cml(&["comment", "--publish-url", address]);
        assert!(ran.code == 2 && ran.err.contains("metadata service"), "{address}: {} {}", ran.code, ran.err);
    }
    assert!(job.forge.signed().is_empty());
}
