//! A change's files against a job that holds a token: what leaves the process holds no secret, and what is written goes
//! nowhere that a change's link leads.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::job::{EVERY, Host, Job, TOKEN};
use crate::world::Ran;

/// Planted wherever a job may have secrets.
const SECRET: &str = "seeded0Secret1Of2The3Job";
const PNG: &[u8] = include_bytes!("../data/images/3x2.png");
/// A pipe that is waited for, or a device that is read to its end, takes longer than any machine for the rest.
const PATIENCE: Duration = Duration::from_secs(60);

struct Attack {
    job: Job,
    /// What was on the disk before the program ran.
    before: BTreeMap<PathBuf, Vec<u8>>,
}

/// A job with secrets in variables, in files of the checkout and beside it, and in Git's configuration.
fn seeded(host: Host) -> Job {
    let job = Job::at(host).with("AWS_SECRET_ACCESS_KEY", SECRET);
    let root = job.world.root();
    job.world.write(".env", &format!("KEY={SECRET}\n"));
    job.world.write("id_rsa", &format!("key: {SECRET}\n"));
    job.world.write("gha-creds-1a2b.json", &format!("{{\"private_key\": \"{SECRET}\"}}"));
    job.world.write(".aws/credentials", &format!("key: {SECRET}\n"));
    job.world.git(&["config", "http.extraheader", &format!("AUTHORIZATION: basic {SECRET}")]);
    fs::write(job.world.path("outside.json"), format!("{{\"leak\": \"{SECRET}\"}}")).unwrap();
    fs::create_dir(job.world.path("beside")).unwrap();
    fs::write(job.world.path("beside/report.md"), format!("# {SECRET}\n")).unwrap();
    symlink("../beside", root.join("folder")).unwrap();
    job
}

impl Attack {
    fn new(job: Job) -> Self {
        let mut before = BTreeMap::new();
        files(&job.world.path(""), &mut before);
        Self { job, before }
    }

    /// Runs the program, and searches all that left it.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Ran {
        let began = Instant::now();
        let ran = self.job.cml(arguments);
        assert!(began.elapsed() < PATIENCE, "{arguments:?} took {:?}", began.elapsed());
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        let mut texts = vec![ran.out.clone(), ran.err.clone(), self.job.forge.log().join("\n")];
        texts.extend(self.job.forge.comments().into_iter().map(|comment| comment.body));
        texts.extend(
            self.job.forge.checks().iter().chain(&self.job.forge.statuses()).map(ToString::to_string),
        );
        let sent = self.job.forge.files().into_iter().chain(self.job.forge.uploads());
        let mut after = BTreeMap::new();
        files(&self.job.world.path(""), &mut after);
        let written = after
            .into_iter()
            .filter(|(path, bytes)| self.before.get(path) != Some(bytes))
            .map(|(path, bytes)| (path.display().to_string(), bytes));
        texts.extend(
            sent.chain(written).map(|(name, bytes)| format!("{name}: {}", String::from_utf8_lossy(&bytes))),
        );
        for text in &texts {
            let shown: String = text.chars().take(3_000).collect();
            assert!(!text.contains(SECRET) && !text.contains(TOKEN), "{arguments:?}: {shown}");
        }
        ran
    }
}

/// Every regular file below a folder, without following a link.
fn files(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files(&entry.path(), found);
        } else if kind.is_file() {
            found.insert(entry.path(), fs::read(entry.path()).unwrap_or_default());
        }
    }
}

fn pipe(path: &Path) {
    let _ = fs::remove_file(path);
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Waits for a run that must not wait for a pipe.
#[track_caller]
fn ends(job: &Job, arguments: &[&str]) {
    let mut child = job.spawn(arguments);
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{arguments:?} waits for a pipe");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_report_that_is_a_link_a_pipe_or_a_device_is_no_report() {
    let outside = "leads out of the repository";
    let attacks = [
        ("/proc/self/environ", outside),
        ("../outside.json", outside),
        ("/etc/passwd", outside),
        (".env", "private (.env)"),
        ("id_rsa", "private (id_rsa)"),
        ("gha-creds-1a2b.json", "private (gha-creds-1a2b.json)"),
        (".aws/credentials", "private (.aws)"),
        (".git/config", "Git's own files"),
        ("/dev/zero", "not a file but a pipe"),
        ("pipe", "not a file but a pipe"),
    ];
    for host in EVERY {
        for (target, why) in attacks {
            let job = seeded(host);
            let report = job.world.root().join("report.md");
            symlink(target, &report).unwrap();
            pipe(&job.world.root().join("pipe"));
            let attack = Attack::new(job);
            let absolute = report.display().to_string();
            for arguments in [
                &["comment", "create", "report.md"][..],
                &["check", "create", "report.md"],
                &["preview", "report.md", "-o", "page.html"],
                &["comment", "create", &absolute],
            ] {
                let ran = attack.run(arguments);
                assert_eq!(ran.code, 2, "{target}: {arguments:?}: {}", ran.err);
                assert!(ran.err.contains(why) && ran.err.contains("report.md"), "{target}: {}", ran.err);
            }
            assert!(attack.job.forge.comments().is_empty());
        }
    }
}

#[test]
fn a_report_behind_a_linked_folder_is_no_report_and_neither_is_a_private_one() {
    let attack = Attack::new(seeded(Host::GitHub));
    for name in ["folder/report.md", "folder/../folder/report.md", ".env", ".git/config", "./.GIT/config"] {
        let ran = attack.run(&["comment", "create", name]);
        assert_eq!(ran.code, 2, "{name}: {}", ran.err);
    }
    let ran = attack.run(&["comment", "create", "/proc/self/environ"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
}

#[test]
fn what_a_user_types_outside_of_the_repository_is_theirs() {
    for host in EVERY {
        let job = Job::at(host);
        fs::create_dir(job.world.path("typed")).unwrap();
        let typed = job.world.path("typed/report.md");
        fs::write(&typed, "# Mine\n").unwrap();
        let ran = job.cml(&["comment", "create", typed.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let ran = job.cml(&["comment", "create", "../typed/report.md"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(job.forge.comments()[0].body.starts_with("# Mine"));
    }
}

#[test]
fn a_pipe_is_refused_at_once_wherever_a_file_is_read() {
    let job = seeded(Host::GitHub);
    let root = job.world.root();
    for name in
        ["report.md", "metrics.json", "params.json", "loss.csv", "t.json", "font.ttf", "cert", "event"]
    {
        pipe(&root.join(name));
    }
    job.world.write(
        "dvc.yaml",
        "metrics: [metrics.json]\nparams: [params.json]\nplots:\n- loss.csv:\n    template: t.json\n",
    );
    for arguments in [
        &["comment", "create", "report.md"][..],
        &["check", "create", "report.md"],
        &["preview", "report.md", "-o", "-"],
        &["report"],
        &["comment", "--dry-run"],
        &["metrics", "diff"],
        &["params", "diff"],
        &["plots", "diff", "--json"],
        &["report", "--font", "font.ttf"],
        &["report", "--base-dir", "."],
    ] {
        ends(&job, arguments);
    }
    let at = |name: &str| root.join(name).display().to_string();
    ends(&job.again().with("GITHUB_EVENT_PATH", &at("event")), &["report"]);
    ends(&job.again().with("NODE_EXTRA_CA_CERTS", &at("cert")), &["comment"]);
    let ran = job.cml(&["report"]);
    assert!(ran.err.contains("metrics.json") && ran.err.contains("not a file but a pipe"), "{}", ran.err);
}

/// Links and names that would make secrets rows, points or pictures of a report.
fn plant(job: &Job) {
    let root = job.world.root();
    for (name, target) in [
        ("y.yaml", ".git/config"),
        ("environ.yaml", "/proc/self/environ"),
        ("env.yaml", ".env"),
        ("k.yaml", "id_rsa"),
        ("out.json", "../outside.json"),
        ("x.csv", "/proc/self/environ"),
        ("plot.svg", "../outside.json"),
    ] {
        symlink(target, root.join(name)).unwrap();
    }
    fs::create_dir_all(root.join(".dvc/plots")).unwrap();
    symlink("../../.env", root.join(".dvc/plots/mine.json")).unwrap();
    job.world.write(
        "dvc.yaml",
        "metrics: [metrics.json, y.yaml, out.json, environ.yaml]\n\
         params: [.env, env.yaml, k.yaml, gha-creds-1a2b.json, folder/report.md, .aws/credentials]\n\
         plots:\n- x.csv\n- plot.svg\n- id_rsa\n- loss.csv:\n    template: mine\n",
    );
    job.world.write("loss.csv", "step,loss\n0,1\n1,0.5\n");
}

#[test]
fn secrets_of_the_workspace_are_no_rows_of_a_report() {
    for host in EVERY {
        let job = seeded(host);
        plant(&job);
        let attack = Attack::new(job);
        for arguments in [
            &["comment"][..],
            &["check", "create"],
            &["report"],
            &["report", "--format", "json"],
            &["report", "--artifacts", "kept"],
            &["report", "--base-dir", "."],
            &["report", "--params", "**", "--params", "gha-creds-*.json", "--params", ".env"],
            &["preview", "-o", "page.html"],
            &["metrics", "diff", "--json"],
            &["params", "diff", "--json"],
            &["params", "diff", "--targets", ".env", "gha-creds-1a2b.json"],
            &["plots", "diff", "--json"],
            &["plots", "show", "id_rsa"],
        ] {
            let ran = attack.run(arguments);
            assert!(ran.code == 0, "{arguments:?}: {} {}", ran.code, ran.err);
        }
        let ran = attack.run(&["report"]);
        for (name, why) in [
            (".env", "private (.env)"),
            ("gha-creds-1a2b.json", "private (gha-creds-1a2b.json)"),
            ("env.yaml", "private (.env)"),
            ("k.yaml", "private (id_rsa)"),
            ("y.yaml", "Git's own files"),
            ("out.json", "leads out of the project's folder"),
            ("environ.yaml", "leads out of the project's folder"),
        ] {
            let line = ran.err.lines().find(|line| line.contains(&format!("{name}: ")) && line.contains(why));
            assert!(line.is_some(), "{name}: {why}: {}", ran.err);
        }
        // What a glob matched is told too, and the comment is there.
        let ran = attack.run(&["report", "--params", "gha-*.json"]);
        assert!(ran.err.contains("gha-creds-1a2b.json: the file cannot be read (its name"), "{}", ran.err);
        assert!(attack.job.forge.comments()[0].body.contains("`accuracy`"));
    }
}

#[test]
fn secrets_of_a_commit_are_no_rows_of_a_report() {
    let job = seeded(Host::GitHub);
    job.world.write("dvc.yaml", "metrics: [metrics.json]\nparams: [.env, e.yaml, gha-creds-1a2b.json]\n");
    symlink(".env", job.world.root().join("e.yaml")).unwrap();
    job.world.git(&["add", "-f", ".env"]);
    job.world.commit("a change with secrets");
    job.world.write(".env", &format!("KEY={SECRET}\nOTHER={SECRET}\n"));
    job.world.commit("another");
    let attack = Attack::new(job);
    for arguments in [
        &["report", "--base", "HEAD~1", "--head", "HEAD"][..],
        &["params", "diff", "--json", "HEAD~1", "HEAD"],
        &["params", "diff", "HEAD~1", "HEAD", "--targets", ".env"],
    ] {
        let ran = attack.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains("private (.env)"), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn a_configuration_that_is_a_link_shows_nothing() {
    for target in ["/proc/self/environ", "../outside.json", ".git/config", ".env", "id_rsa", "pipe"] {
        for names in
            [&["cml.toml"][..], &["pyproject.toml"], &["dvc.lock", ".dvc/config", ".dvcignore", "x.dvc"]]
        {
            let job = seeded(Host::GitHub);
            let root = job.world.root();
            fs::create_dir_all(root.join(".dvc")).unwrap();
            pipe(&root.join("pipe"));
            for name in names {
                let up = if name.starts_with(".dvc/") && !target.starts_with('/') { "../" } else { "" };
                let _ = fs::remove_file(root.join(name));
                symlink(format!("{up}{target}"), root.join(name)).unwrap();
            }
            let attack = Attack::new(job);
            attack.run(&["report"]);
            let job = attack.job.again().without("GITHUB_ACTIONS").without("CI");
            Attack { job, before: attack.before }.run(&["report"]);
        }
    }
}

#[test]
fn images_of_a_report_that_are_links_stay_where_they_are() {
    for host in EVERY {
        let job = seeded(host);
        let root = job.world.root();
        fs::write(root.join("good.png"), PNG).unwrap();
        fs::write(root.join("id_rsa.png"), PNG).unwrap();
        symlink("/proc/self/environ", root.join("a.png")).unwrap();
        symlink("id_rsa.png", root.join("b.png")).unwrap();
        symlink("../outside.json", root.join("c.svg")).unwrap();
        job.world.write(
            "report.md",
            "![a](a.png) ![b](b.png) ![c](c.svg) ![d](.env) ![e](folder/report.md) ![g](good.png)\n",
        );
        let attack = Attack::new(job);
        let ran = attack.run(&["comment", "create", "report.md"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_eq!(ran.err.matches("this image stays as it is").count(), 5, "{}", ran.err);
        let sent = attack.job.forge.files().len() + attack.job.forge.uploads().len();
        assert_eq!(sent, 1);
        attack.run(&["preview", "report.md", "-o", "page.html"]);
    }
}

#[test]
fn a_typed_folder_that_a_link_leads_out_is_not_read() {
    let job = seeded(Host::GitHub);
    let root = job.world.root();
    fs::copy(job.world.path("outside.json"), job.world.path("beside/metrics.json")).unwrap();
    symlink(".aws", root.join("private")).unwrap();
    fs::write(root.join(".aws/metrics.json"), format!("{{\"leak\": \"{SECRET}\"}}")).unwrap();
    job.world.write("fine/metrics.json", "{\"accuracy\": 0.5}");
    symlink("fine", root.join("link")).unwrap();
    let attack = Attack::new(job);
    for (folder, said) in [("folder", "leads out of the repository"), ("private", "private (.aws)")] {
        for flag in ["--dir", "--base-dir"] {
            for command in ["report", "comment"] {
                let ran = attack.run(&[command, flag, folder]);
                assert!(ran.code == 2 && ran.err.contains(said), "{flag} {folder}: {}", ran.err);
            }
        }
    }
    let ran = attack.run(&["report", "--base-dir", "link"]);
    assert!(ran.code == 0 && ran.out.contains("0.5"), "{}", ran.err);
}

/// A checkout with links in the way of all that is written, and what they lead to.
fn with_links(host: Host) -> (Job, PathBuf) {
    let job = seeded(host);
    let (root, victim) = (job.world.root(), job.world.path("victim"));
    fs::create_dir_all(victim.join("out_files")).unwrap();
    for name in ["report.md", "metrics.txt", "cml.env", "page.html", "out.md", "loss.png"] {
        fs::write(victim.join(name), "mine").unwrap();
    }
    for name in ["kept", "out_files", "dvc_plots", "store", "demo"] {
        symlink("../victim", root.join(name)).unwrap();
    }
    for name in ["out.md", "page.html", "log.txt"] {
        symlink(format!("../victim/{name}"), root.join(name)).unwrap();
    }
    job.world.write("plot.md", "![p](p.png)\n");
    fs::write(root.join("p.png"), PNG).unwrap();
    (job, victim)
}

#[test]
fn nothing_is_written_through_a_link_of_the_change() {
    for host in EVERY {
        let (job, victim) = with_links(host);
        let mut before = BTreeMap::new();
        files(&victim, &mut before);
        let attack = Attack::new(job);
        let through = "nothing is written through a link";
        let store = ["--asset-store", "store", "--asset-url", "https://example.com/"];
        let in_demo = ["demo", "--out", "demo/new"];
        for (arguments, code, said) in [
            (&["report", "--artifacts", "kept"][..], 2, through),
            (&["report", "-o", "kept/report.md"], 2, through),
            (&["report", "-o", "out.md"], 0, through),
            (&["preview", "-o", "page.html"], 0, "wrote page.html"),
            (&["preview", "-o", "kept/page.html"], 2, through),
            (&["plots", "diff"], 2, through),
            (&in_demo, 2, through),
            (&["comment", "--artifacts", "kept"], 0, through),
            (&[&["comment", "create", "plot.md"][..], &store].concat(), 0, through),
            (&[&["asset", "publish", "p.png"][..], &store].concat(), 3, through),
            (&["asset", "publish", "p.png", "--file", "log.txt"], 2, "a link"),
        ] {
            let ran = attack.run(arguments);
            assert_eq!(ran.code, code, "{arguments:?}: {}", ran.err);
            assert!(ran.err.contains(said), "{arguments:?}: {}", ran.err);
            let mut after = BTreeMap::new();
            files(&victim, &mut after);
            assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "{arguments:?}");
            assert!(after == before, "{arguments:?}");
        }
        let root = attack.job.world.root();
        for name in ["out.md", "page.html"] {
            assert!(root.join(name).symlink_metadata().unwrap().is_file(), "{name}");
        }
        assert!(attack.job.forge.comments()[0].body.contains("`accuracy`"));
    }
}

#[test]
fn a_hard_link_is_replaced_and_the_users_own_links_above_the_repository_are_followed() {
    let job = Job::new();
    let root = job.world.root();
    fs::write(job.world.path("precious"), "mine").unwrap();
    fs::hard_link(job.world.path("precious"), root.join("out.md")).unwrap();
    symlink(&root, job.world.path("alias")).unwrap();
    let alias = job.world.path("alias/out.md");
    assert_eq!(job.cml(&["report", "-o", alias.to_str().unwrap()]).code, 0);
    assert_eq!(fs::read_to_string(job.world.path("precious")).unwrap(), "mine");
    assert!(fs::read_to_string(root.join("out.md")).unwrap().contains("`accuracy`"));
    // A device that the user names is written to.
    let ran = job.cml(&["report", "-o", "/dev/null"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = job.cml(&["report", "-o", "/dev/full"]);
    assert!(ran.code == 2 && ran.err.contains("No space left"), "{}", ran.err);
}

#[test]
fn what_cannot_be_written_costs_itself_and_not_the_comment() {
    for host in EVERY {
        let check = |prepare: &dyn Fn(&Path), said: &str| {
            let job = Job::at(host);
            prepare(&job.world.root());
            let ran = job.cml(&["comment", "--artifacts", "kept"]);
            assert_eq!(ran.code, 0, "{said}: {}", ran.err);
            assert!(ran.err.contains("warning: ") && ran.err.contains(said), "{said}: {}", ran.err);
            assert!(job.forge.comments()[0].body.contains("`accuracy`"));
        };
        let make = |path: PathBuf| fs::create_dir_all(path).unwrap();
        check(&|root| fs::write(root.join("kept"), "x").unwrap(), "kept");
        check(&|root| pipe(&root.join("kept")), "kept");
        check(&|root| make(root.join("kept/report.md")), "kept/report.md");
        check(&|root| make(root.join("kept/metrics.txt")), "kept/metrics.txt");
        check(&|root| make(root.join("kept/cml.env")), "kept/cml.env");
        check(
            &|root| {
                make(root.join("kept"));
                fs::write(root.join("kept/report_files"), "x").unwrap();
            },
            "report_files",
        );
    }
    // What stands in the way of one file costs no other.
    let job = Job::new();
    fs::create_dir_all(job.world.root().join("kept/report.md")).unwrap();
    let ran = job.cml(&["report", "--artifacts", "kept", "-o", "out.md"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    for name in ["kept/metrics.txt", "kept/cml.env", "out.md"] {
        assert!(job.world.root().join(name).is_file(), "{name}");
    }
    // A job summary on a full disk.
    let job = Job::new().with("GITHUB_STEP_SUMMARY", "/dev/full");
    job.forge.refuse("/git", 403);
    let ran = job.cml(&["comment"]);
    assert_eq!((ran.code, job.forge.comments().len()), (0, 1), "{}", ran.err);
}

#[test]
fn a_private_folder_or_a_full_one_costs_the_artifacts() {
    use std::os::unix::fs::PermissionsExt as _;
    let job = Job::new();
    let kept = job.world.root().join("kept");
    fs::create_dir(&kept).unwrap();
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o555)).unwrap();
    let ran = job.cml(&["comment", "--artifacts", "kept"]);
    assert_eq!((ran.code, job.forge.comments().len()), (0, 1), "{}", ran.err);
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn few_file_handles_are_an_error_and_no_panic() {
    let job = Job::new();
    job.world.write("report.md", "# Mine\n");
    for most in [3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 19, 20, 21, 24] {
        for arguments in [
            &["report"][..],
            &["comment", "--dry-run"],
            &["comment", "create", "report.md"],
            &["preview", "-o", "page.html"],
            &["metrics", "diff"],
            &["plots", "diff"],
        ] {
            let ran = job.cml_with_few_files(most, arguments);
            // Below four files the system's loader itself has none to open.
            let is_started = ran.code != 127;
            assert!(is_started || most < 5, "{most} {arguments:?}: {} {}", ran.code, ran.err);
            assert!(!ran.err.contains("panicked"), "{most} {arguments:?}: {}", ran.err);
            assert!(matches!(ran.code, 0 | 2 | 3 | 127), "{most} {arguments:?}: {} {}", ran.code, ran.err);
            assert!(ran.code == 0 || !ran.err.is_empty(), "{most} {arguments:?}");
        }
    }
}
