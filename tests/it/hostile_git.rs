//! What a change could make the job run or tell: repositories among its files, programs in its folders, the
//! surroundings of children, remotes of its own.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use crate::job::{EVERY, Host, Job, TOKEN};
use crate::world::{Ran, World};

pub(crate) const REPORT: [&str; 3] = ["report", "--format", "json"];

/// Secrets as jobs hold them, beside the forge's token.
const SECRETS: [(&str, &str); 9] = [
    ("CI_JOB_TOKEN", "seeded-job-token"),
    ("CML_PASSWORD", "seeded-cml"),
    ("ACTIONS_RUNTIME_TOKEN", "seeded-runtime"),
    ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "seeded-oidc"),
    ("AWS_SECRET_ACCESS_KEY", "seeded-aws-secret"),
    ("AWS_SESSION_TOKEN", "seeded-aws-session"),
    ("GOOGLE_OAUTH_ACCESS_TOKEN", "seeded-google"),
    ("AZURE_STORAGE_ACCOUNT_KEY", "seeded-azure"),
    ("HF_TOKEN", "seeded-hf"),
];

pub(crate) fn program(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A server on the loopback that keeps what it receives and says `answer`, or nothing for ever.
pub(crate) fn listener(answer: Option<&'static str>) -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let received = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&received);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let keep = Arc::clone(&keep);
            thread::spawn(move || {
                let mut part = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut part) {
                    keep.lock().unwrap().extend_from_slice(&part[..count]);
                    if let Some(answer) = answer {
                        let _ = stream.write_all(answer.as_bytes());
                        return;
                    }
                }
            });
        }
    });
    (url, received)
}

/// Old and new accuracy, and the notices.
#[track_caller]
pub(crate) fn read(ran: &Ran) -> (Value, Value, String) {
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let metric = &report["metrics"][0];
    (metric["old"].clone(), metric["new"].clone(), report["notices"].to_string())
}

/// `main` with an accuracy of 0.1 and a bare copy of it all in `bare.git`; `feature` with 0.2, checked out.
pub(crate) fn world() -> (World, String) {
    let world = World::new();
    world.write("metrics.json", "{\"accuracy\": 0.1}");
    world.write("models/readme", "models");
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    world.write("metrics.json", "{\"accuracy\": 0.2}");
    let head = world.commit("feature");
    let bare = world.path("bare.git");
    world.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    for key in ["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"] {
        world.git(&["-C", bare.to_str().unwrap(), "config", key, "true"]);
    }
    (world, head)
}

/// Clones `from` into a folder beside the repository, on `feature`.
pub(crate) fn clone(world: &World, from: &str, options: &[&str]) -> PathBuf {
    let folder = world.path("clone");
    let mut args = vec!["clone", "-q", "--branch", "feature"];
    args.extend(options);
    args.extend([from, folder.to_str().unwrap()]);
    world.git(&args);
    folder
}

/// Every key by which a configuration can start something, each leaving a file behind; a proxy that is not ours.
fn hostile_config(ran: &Path, proxy: &str) -> String {
    let run = |name: &str| format!("touch {}", ran.join(name).display());
    let mut text = String::from("[core]\n\trepositoryformatversion = 0\n\tworktree = ..\n");
    for key in ["sshCommand", "fsmonitor", "askPass", "pager", "editor", "gitProxy", "alternateRefsCommand"] {
        text += &format!("\t{key} = {}\n", run(&format!("core-{key}")));
    }
    text += &format!("\thooksPath = {}\n", ran.join("hooks").display());
    text += &format!("[http]\n\tproxy = {proxy}\n[diff]\n\texternal = {}\n", run("diff"));
    text += &format!("[credential]\n\thelper = !{}\n[gpg]\n\tprogram = {}\n", run("credential"), run("gpg"));
    text += &format!("[alias]\n\tcat-file = !{}\n\trev-parse = !{0}\n", run("alias"));
    for filter in ["x", "lfs"] {
        text += &format!(
            "[filter \"{filter}\"]\n\tclean = {}\n\tprocess = {0}\n\trequired = true\n",
            run("filter")
        );
    }
    text += &format!(
        "[protocol \"ext\"]\n\tallow = always\n[remote \"origin\"]\n\turl = ext::sh -c {}\n",
        run("ext")
    );
    text + &format!("\tuploadpack = {}\n\tpromisor = true\n\tproxy = {proxy}\n", run("uploadpack"))
}

/// Hooks that would run around what is read and fetched.
fn hooks(ran: &Path) {
    for hook in ["reference-transaction", "post-index-change", "fsmonitor-watchman", "pre-auto-gc"] {
        program(&ran.join("hooks").join(hook), &format!("#!/bin/sh\ntouch {}\n", ran.join(hook).display()));
    }
}

#[track_caller]
fn nothing_ran(ran: &Path, case: &str) {
    let left: Vec<_> = fs::read_dir(ran).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["hooks"], "{case}");
}

#[test]
fn a_repository_among_the_files_is_neither_run_nor_obeyed() {
    for case in ["bare", "file", "link"] {
        let (world, head) = world();
        let bare = format!("file://{}", world.path("bare.git").display());
        let folder = clone(&world, &bare, &["--depth", "1"]);
        let ran = world.path("ran");
        hooks(&ran);
        let (proxy, received) = listener(Some("HTTP/1.1 500 no\r\n\r\n"));
        let models = folder.join("models");
        for name in ["objects", "refs/heads"] {
            fs::create_dir_all(models.join(name)).unwrap();
        }
        fs::write(models.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(models.join("config"), hostile_config(&ran, &proxy)).unwrap();
        let inside = match case {
            "bare" => models.clone(),
            _ => folder.join("sub"),
        };
        fs::create_dir_all(&inside).unwrap();
        match case {
            "file" => fs::write(inside.join(".git"), "gitdir: ../models\n").unwrap(),
            "link" => symlink(&models, inside.join(".git")).unwrap(),
            _ => {}
        }
        let job = Job::of(world, &head, false);
        let (old, new, notices) = read(&job.cml_in(&inside, &REPORT));
        assert_eq!((old, new), (0.1.into(), 0.2.into()), "{case}: {notices}");
        let laptop = job.world.cml_in(&inside, &REPORT, &[]);
        assert_eq!(laptop.code, 0, "{case}: {}", laptop.err);
        nothing_ran(&ran, case);
        assert_eq!(received.lock().unwrap().len(), 0, "{case}: the proxy was asked");
    }
}

#[test]
fn nothing_that_the_clones_own_configuration_names_is_started() {
    let (world, head) = world();
    let bare = format!("file://{}", world.path("bare.git").display());
    let folder = clone(&world, &bare, &["--depth", "1"]);
    let ran = world.path("ran");
    hooks(&ran);
    let config = hostile_config(&ran, "http://127.0.0.1:9");
    let config: Vec<&str> =
        config.lines().filter(|line| !line.contains("worktree") && !line.contains("url =")).collect();
    let mut own = fs::OpenOptions::new().append(true).open(folder.join(".git/config")).unwrap();
    own.write_all(config.join("\n").as_bytes()).unwrap();
    fs::write(folder.join(".gitattributes"), "* filter=x\n").unwrap();
    fs::write(folder.join("metrics.json"), "{\"accuracy\": 0.3}").unwrap();
    let job = Job::of(world, &head, false);
    let (old, new, notices) = read(&job.cml_in(&folder, &REPORT));
    assert_eq!((old, new), (0.1.into(), 0.3.into()), "{notices}");
    assert_eq!(job.world.cml_in(&folder, &REPORT, &[]).code, 0);
    nothing_ran(&ran, "own");
}

/// A `git` on `PATH` that keeps what it was told, and is Git otherwise; `more` may do something else.
pub(crate) fn watched_git(world: &World, more: &str) -> String {
    let path = std::env::var("PATH").unwrap();
    let real =
        std::env::split_paths(&path).map(|folder| folder.join("git")).find(|git| git.is_file()).unwrap();
    let script = format!(
        "#!/bin/sh\n(echo \"args $*\"; env) >> {}\n{more}\nexec {} \"$@\"\n",
        world.path("seen").display(),
        real.display()
    );
    program(&world.path("bin/git"), &script);
    format!("{}:{path}", world.path("bin").display())
}

fn with_secrets(job: Job) -> Job {
    SECRETS.iter().fold(job, |job, (name, value)| job.with(name, value))
}

#[test]
fn children_see_no_secret_but_the_header_of_their_own_call() {
    for host in EVERY {
        let job = with_secrets(Job::at(host));
        let path = watched_git(&job.world, "");
        let bare = job.world.path("forge.git");
        job.world.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
        job.forge.serve_git(&bare);
        let redirected = job.world.path("elsewhere").display().to_string();
        let job =
            job.with("PATH", &path).with("GIT_DIR", &redirected).with("GIT_EXTERNAL_DIFF", "/bin/false");
        let ran = job.cml(&["comment"]);
        assert_eq!((ran.code, job.forge.comments().len()), (0, 1), "{}", ran.err);
        let seen = fs::read_to_string(job.world.path("seen")).unwrap();
        assert!(seen.contains("args -C"), "{seen}");
        assert_eq!(host == Host::GitHub, seen.contains("args push"), "{seen}");
        let secrets = SECRETS.iter().map(|(_, value)| *value).chain([TOKEN, &redirected, "/bin/false"]);
        for secret in secrets {
            assert!(!seen.contains(secret), "{secret} in {seen}");
        }
        let signed: Vec<&str> = seen.lines().filter(|line| line.to_lowercase().contains("basic ")).collect();
        assert!(signed.iter().all(|line| line.starts_with("GIT_CONFIG_VALUE_")), "{signed:?}");
        assert_eq!(signed.is_empty(), host == Host::GitLab);
    }
}

#[test]
fn a_program_of_the_checkout_is_not_started_and_that_is_said() {
    let job = Job::new();
    let mark = job.world.path("ran");
    for folder in [".venv/bin", "."] {
        let text = format!("#!/bin/sh\ntouch {}\n", mark.display());
        program(&job.world.root().join(folder).join("git"), &text);
    }
    let path = std::env::var("PATH").unwrap();
    let venv = job.world.root().join(".venv/bin");
    let job = job.with("PATH", &format!("{}:.::{path}", venv.display()));
    let (_, _, notices) = read(&job.cml(&REPORT));
    assert!(!mark.exists());
    assert!(notices.contains(".venv/bin/git is not started because it lies in the folder"), "{notices}");
    // Only there: as without Git.
    let job = job.with("PATH", &format!("{}:.", venv.display()));
    let ran = job.cml(&REPORT);
    assert!(ran.code == 0 && !mark.exists(), "{}", ran.err);
}

/// `printf '{"acc": 0.1}' | md5sum`.
const HASH: &str = "108f0c39680c66d7392ccbd0a717af8f";

/// A project whose metric is kept outside of Git, in the remote of this configuration.
fn outside(config: &str) -> (World, String) {
    let world = World::new();
    world.write(".dvc/config", config);
    world.write("dvc.yaml", "stages:\n  train:\n    cmd: x\n    metrics:\n    - m.json\n");
    let out = format!("    - path: m.json\n      hash: md5\n      md5: {HASH}\n");
    world.write("dvc.lock", &format!("schema: '2.0'\nstages:\n  train:\n    cmd: x\n    outs:\n{out}"));
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    let head = world.commit("feature");
    (world, head)
}

#[test]
fn dvc_gets_the_credentials_of_its_own_remote_and_no_token() {
    let remote = |options: &str| format!("[core]\n    remote = r\n['remote \"r\"']\n    {options}\n");
    for (options, expected) in [
        ("url = ssh://h/p", &[][..]),
        ("url = s3://b/p\n    version_aware = true", &["seeded-aws-secret", "seeded-aws-session"]),
        ("url = gs://b/p\n    worktree = true", &["seeded-google"]),
        ("url = gdrive://b/p", &["seeded-google"]),
    ] {
        let (world, head) = outside(&remote(options));
        let seen = world.path("seen");
        program(
            &world.path("bin/dvc"),
            &format!("#!/bin/sh\n(echo \"$*\"; env) > {}\nexit 1\n", seen.display()),
        );
        let path = format!("{}:{}", world.path("bin").display(), std::env::var("PATH").unwrap());
        let job = with_secrets(Job::of(world, &head, false)).with("PATH", &path);
        let (_, _, notices) = read(&job.cml(&REPORT));
        assert!(notices.contains("did not give it"), "{notices}");
        let seen = fs::read_to_string(seen).unwrap();
        assert!(!seen.contains(TOKEN), "{seen}");
        let found: Vec<&str> =
            SECRETS.iter().map(|(_, value)| *value).filter(|value| seen.contains(value)).collect();
        assert_eq!(found, expected, "{options}");
    }
}

#[test]
fn no_credential_goes_where_the_change_says() {
    let good = "[core]\n    remote = r\n['remote \"r\"']\n    url = /nowhere/good\n";
    let evil = |url: &str, kind: &str| {
        format!(
            "[core]\n    remote = r\n['remote \"r\"']\n    url = {kind}://bucket/x\n    endpointurl = {url}\n    allow_http = true\n"
        )
    };
    for kind in ["gs", "s3"] {
        for way in ["committed link", "link on disk", "file on disk", "config", "folder", "sign-in file"] {
            let (url, received) = listener(Some("HTTP/1.1 500 no\r\ncontent-length: 0\r\n\r\n"));
            let base = if way == "sign-in file" {
                good.replace("/nowhere/good", "s3://bucket/x")
                    .replace("\n    url", "\n    configpath = ../aws.cfg\n    url")
            } else {
                good.to_owned()
            };
            let (world, _) = outside(&base);
            let dvc = world.root().join(".dvc");
            world.write("evil.cfg", &evil(&url, kind));
            match way {
                "committed link" | "link on disk" => {
                    symlink("../evil.cfg", dvc.join("config.local")).unwrap()
                }
                "file on disk" => fs::write(dvc.join("config.local"), evil(&url, kind)).unwrap(),
                "config" => fs::write(dvc.join("config"), evil(&url, kind)).unwrap(),
                "folder" => {
                    world.write("other/config", &evil(&url, kind));
                    fs::remove_dir_all(&dvc).unwrap();
                    symlink("other", &dvc).unwrap();
                }
                _ => world.write("aws.cfg", &format!("[default]\nendpoint_url = {url}\n")),
            }
            if !way.contains("on disk") {
                world.git(&["add", "-f", "."]);
            }
            let head = world.commit("feature");
            let at_home: Vec<(&str, &str)> =
                [("AWS_ACCESS_KEY_ID", "id"), ("AWS_REGION", "r")].into_iter().chain(SECRETS).collect();
            let job = with_secrets(Job::of(world, &head, false))
                .with("AWS_ACCESS_KEY_ID", "id")
                .with("AWS_REGION", "r");
            for command in [&REPORT[..], &["metrics", "diff", "main"], &["metrics", "show"]] {
                let ran = job.cml(command);
                assert!(ran.code <= 1, "{}", ran.err);
            }
            let told = String::from_utf8_lossy(&received.lock().unwrap()).into_owned();
            assert_eq!(told, "", "{kind}, {way}");
            // At home they are one's own files, so this test sees what it looks for.
            if kind == "s3" && way != "config" {
                job.world.cml(&REPORT, &at_home);
                assert!(!received.lock().unwrap().is_empty(), "{way} at home");
            }
        }
    }
}

/// The target's remotes as they are now: an old branch brings no older one back, and its own says nothing.
#[test]
fn dvcs_own_commands_ask_the_remotes_of_the_targets_newest_commit() {
    let remote = |url: &str| format!("[core]\n    remote = r\n['remote \"r\"']\n    url = {url}\n");
    let gone = "HTTP/1.1 404 no\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    for host in EVERY {
        let [(old, asked_old), (new, asked_new), (own, asked_own)] =
            [listener(Some(gone)), listener(Some(gone)), listener(Some(gone))];
        let (world, _) = outside(&remote(&old));
        world.git(&["checkout", "-q", "main"]);
        world.write(".dvc/config", &remote(&new));
        let tip = world.commit("moved");
        world.git(&["checkout", "-q", "feature"]);
        world.write(".dvc/config", &remote(&own));
        let head = world.commit("mine");
        let job = Job::of_host(host, world, &head, false);
        job.forge.set_branch("main", &tip);
        // The branch stays where the event saw it.
        job.world.git(&["update-ref", "refs/heads/main", "main~1"]);
        for command in
            [&["metrics", "diff", "main"][..], &["metrics", "show"], &["params", "diff"], &["plots", "show"]]
        {
            let ran = job.cml(command);
            assert!(ran.code <= 1, "{command:?} {}", ran.err);
        }
        let [old, new, own] = [asked_old, asked_new, asked_own].map(|asked| asked.lock().unwrap().len());
        assert!(old == 0 && own == 0 && new > 0, "{old} {new} {own}");
    }
}
