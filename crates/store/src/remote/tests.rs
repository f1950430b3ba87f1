use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Mutex;

use md5::{Digest, Md5};

use super::*;
use cml_base::tree::{RevisionError, Tree};
use cml_git::Folder;

pub(super) fn hash_of(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn wanted(path: &str, hash: &str) -> Wanted {
    let hash = Hash::parse(hash).unwrap();
    Wanted {
        path: path.to_owned(),
        output: Output { hash, legacy: false, size: None, remote: None, version: None },
    }
}

/// Puts content under a hash, in the layout of DVC 3.
fn put(store: &Path, hash: &str, bytes: &[u8]) {
    let at = store.join("files/md5").join(&hash[..2]);
    fs::create_dir_all(&at).unwrap();
    fs::write(at.join(&hash[2..]), bytes).unwrap();
}

/// A project in a temporary folder whose default remote is `store`.
pub(super) struct Project(tempfile::TempDir);

impl Project {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, path: &str) -> std::path::PathBuf {
        self.0.path().join(path)
    }

    pub(super) fn open(&self, config: &str, env: &[(&str, &str)], network: bool) -> Remotes {
        let mut vars: BTreeMap<String, String> =
            env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        vars.insert("DVC_SYSTEM_CONFIG_DIR".to_owned(), self.at("none").display().to_string());
        let env = Env { vars, ..Env::default() };
        let config = format!("[core]\nremote = store\n['remote \"store\"']\n{config}\n");
        let place = Place { dvc_dir: self.at(".dvc"), config: Some(config), local: false, not_below: None };
        let (remotes, notices) = Remotes::open(Config::read(&env, &place), &env, programs(&env), network);
        assert_eq!(notices, []);
        remotes
    }
}

fn programs(env: &Env) -> Programs {
    Programs::outside(std::path::Path::new("/"), env)
}

pub(super) fn fetch(remotes: &Remotes, wanted: &[Wanted]) -> Fetched {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(remotes.fetch(wanted))
}

#[track_caller]
pub(super) fn why(fetched: &Fetched, expected: &str) {
    let reasons: BTreeSet<&String> = fetched.missing.values().collect();
    assert_eq!(reasons.len(), 1, "{fetched:?}");
    assert!(reasons.first().unwrap().contains(expected), "{reasons:?}");
}

#[test]
fn a_folder_gives_what_the_cache_lacks() {
    let project = Project::new();
    let hashes = [b"cached".as_slice(), b"remote", b"old"].map(hash_of);
    put(&project.at(".dvc/cache"), &hashes[0], b"cached");
    put(&project.at(".dvc/cache"), &hashes[1], b"damaged");
    put(&project.at("store"), &hashes[1], b"remote");
    let old = project.at("store").join(&hashes[2][..2]);
    fs::create_dir_all(&old).unwrap();
    fs::write(old.join(&hashes[2][2..]), b"old").unwrap();
    let remotes = project.open("url = ../store", &[], false);
    let fetched = fetch(&remotes, &hashes.each_ref().map(|hash| wanted("x", hash)));
    let bytes: Vec<&[u8]> =
        hashes.iter().map(|hash| fetched.bytes[&Hash::parse(hash).unwrap()].as_slice()).collect();
    assert_eq!(bytes, [b"cached".as_slice(), b"remote", b"old"]);
    assert!(fetched.missing.is_empty());
}

#[test]
fn a_reason_names_the_remote() {
    let project = Project::new();
    let hash = hash_of(b"right");
    let remotes = project.open("url = ../store", &[], false);
    why(
        &fetch(&remotes, &[wanted("x", &hash)]),
        "the DVC remote store (the folder store) cannot be read: there is no such folder",
    );
    put(&project.at("store"), &hash, b"wrong");
    let remotes = project.open("url = ../store", &[], false);
    why(&fetch(&remotes, &[wanted("x", &hash)]), "the DVC remote store");
    why(&fetch(&remotes, &[wanted("x", &hash)]), "does not match its hash");
    why(
        &fetch(&remotes, &[wanted("x", &hash_of(b"gone"))]),
        "neither in the DVC cache nor in the DVC remote store",
    );
    let mut large = wanted("x", &hash);
    large.output.size = Some(LARGEST + 1);
    why(&fetch(&remotes, &[large]), "too large");
    let mut elsewhere = wanted("x", &hash);
    elsewhere.output.remote = Some("cold".to_owned());
    why(&fetch(&remotes, &[elsewhere]), "the DVC remote cold is not configured");
}

/// A web server that answers each request by `answer`; it remembers the requests' first lines and headers.
pub(super) fn serve(
    answer: impl Fn(&str, &str) -> Vec<u8> + Send + Sync + 'static,
) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
            std::thread::spawn(move || one(stream, &log, &*answer));
        }
    });
    (address, seen)
}

fn one(mut stream: TcpStream, log: &Mutex<Vec<String>>, answer: &dyn Fn(&str, &str) -> Vec<u8>) {
    let mut head = String::new();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap_or(0) > 0 {}
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    log.lock().unwrap().push(head.clone());
    stream.write_all(&answer(&path, &head)).unwrap();
}

pub(super) fn http(status: &str, more: &str, body: &[u8]) -> Vec<u8> {
    let mut answer =
        format!("HTTP/1.1 {status}\r\nconnection: close\r\n{more}content-length: {}\r\n\r\n", body.len())
            .into_bytes();
    answer.extend_from_slice(body);
    answer
}

#[test]
fn a_web_server_is_asked_for_what_is_wanted_only() {
    let project = Project::new();
    let hash = hash_of(b"content");
    let (address, seen) = serve(move |path, head| {
        let signed = head.to_ascii_lowercase().contains("authorization: basic dtpw");
        match path {
            _ if !signed => http("401 Unauthorized", "", b""),
            _ if path
                == format!("/base/files/md5/{}/{}", &hash_of(b"content")[..2], &hash_of(b"content")[2..]) =>
            {
                http("200 OK", "", b"content")
            }
            _ => http("404 Not Found", "", b""),
        }
    });
    let config = format!("url = http://{address}/base/\nauth = basic\nuser = u\npassword = p\n");
    let remotes = project.open(&config, &[], true);
    let fetched = fetch(&remotes, &[wanted("x", &hash)]);
    assert_eq!(fetched.bytes.values().collect::<Vec<_>>(), [b"content"], "{fetched:?}");
    assert_eq!(seen.lock().unwrap().len(), 1);
    let remotes = project.open(&format!("url = http://{address}/base"), &[], true);
    let many: Vec<Wanted> = (0..40).map(|n| wanted("x", &format!("{n:032x}"))).collect();
    why(&fetch(&remotes, &many), "asks for a password (401)");
    assert!(seen.lock().unwrap().len() <= 1 + SIDE_BY_SIDE, "a closed door is not knocked at again");
    let remotes = project.open(&config, &[], false);
    why(&fetch(&remotes, &[wanted("x", &hash)]), "is not asked in a dry run");
}

#[test]
fn a_password_goes_to_its_own_server_only() {
    let project = Project::new();
    let (other, seen) = serve(|_, _| http("200 OK", "", b"content"));
    let to = other.clone();
    let (address, own) = serve(move |_, _| http("302 Found", &format!("location: http://{to}/x\r\n"), b""));
    let hash = hash_of(b"content");
    let remotes = project.open(&format!("url = http://u:s3cret@{address}"), &[], true);
    let fetched = fetch(&remotes, &[wanted("x", &hash)]);
    why(&fetched, "the password is not sent to another server");
    assert!(!format!("{fetched:?}").contains("s3cret") && seen.lock().unwrap().is_empty());
    // However the server asks who it is.
    for auth in [
        "auth = basic\nuser = u\npassword = s3cret",
        "auth = custom\ncustom_auth_header = X-Api-Key\npassword = s3cret",
        "auth = custom\ncustom_auth_header = Authorization\npassword = s3cret",
    ] {
        let remotes = project.open(&format!("url = http://{address}\n{auth}"), &[], true);
        why(&fetch(&remotes, &[wanted("x", &hash)]), "the password is not sent to another server");
        assert!(own.lock().unwrap().last().unwrap().contains(if auth.contains("basic") {
            "asic dTp"
        } else {
            "s3cret"
        }));
        assert!(seen.lock().unwrap().is_empty());
    }
    let remotes = project.open(&format!("url = http://{address}"), &[], true);
    assert_eq!(fetch(&remotes, &[wanted("x", &hash)]).bytes.len(), 1);
    let leads = |to: &'static str, expected: &str| {
        let (address, _) = serve(move |_, _| http("302 Found", &format!("location: {to}\r\n"), b""));
        let remotes = project.open(&format!("url = http://{address}"), &[], true);
        why(&fetch(&remotes, &[wanted("x", &hash)]), expected);
    };
    for bad in ["http://169.254.169.254/x", "http://0xa9fea9fe/", "http://[2002:a9fe:a9fe::]/", "http://0/"] {
        leads(bad, "metadata service");
    }
    for inward in
        ["http://localhost:1/", "http://10.0.0.1/", "http://[fd12::1]/", "http://[::ffff:192.168.0.1]/"]
    {
        leads(inward, "is not on the public network");
    }
}

#[test]
fn a_server_that_is_not_there_is_one_reason() {
    let project = Project::new();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let remotes = project.open(&format!("url = http://{address}/x"), &[], true);
    let fetched = fetch(&remotes, &[wanted("x", &hash_of(b"a")), wanted("y", &hash_of(b"b"))]);
    assert_eq!(fetched.missing.len(), 2);
    why(&fetched, &format!("the DVC remote store (http://{address}/x) cannot be read: "));
}

#[test]
fn a_remote_of_another_kind_needs_dvc() {
    let project = Project::new();
    for (config, expected) in [
        ("url = ssh://h/p", "(ssh://h/p) is of the kind ssh, which only DVC speaks"),
        ("url = s3://b/p\nversion_aware = true", "keeps versions in the cloud"),
        ("url = http://h/p\nauth = digest", "says auth = digest"),
        ("url = http://h/p\nask_password = true", "at a keyboard"),
    ] {
        let remotes = project.open(config, &[("PATH", "/nowhere")], true);
        why(&fetch(&remotes, &[wanted("x", &hash_of(b"a"))]), expected);
    }
}

/// A stand-in for dvc: takes what the project asks for from the folder `$HERE/store`.
#[cfg(unix)]
const DVC: &str = r#"#!/bin/sh
[ "$*" = "fetch --quiet --remote store" ] && grep -q 'url = "ssh://h/p"' .dvc/config && grep -q no_scm .dvc/config || exit 9
mkdir -p .dvc/cache && cp -r "$(dirname "$0")/store/files" .dvc/cache/
cat d/x.csv.dvc >&2
echo "ERROR: no way to h with s3cret" >&2
exit 1
"#;

#[cfg(unix)]
#[test]
fn dvc_is_asked_in_a_project_of_its_own() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new();
    let (good, gone) = (hash_of(b"good"), hash_of(b"gone"));
    let listing = format!(r#"[{{"md5": "{good}", "relpath": "a.csv"}}]"#);
    let folder = format!("{}.dir", hash_of(listing.as_bytes()));
    put(&project.at("store"), &good, b"good");
    put(&project.at("store"), &folder, listing.as_bytes());
    fs::write(project.at("dvc"), DVC).unwrap();
    fs::set_permissions(project.at("dvc"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", project.0.path().display());
    let remotes = project.open("url = ssh://h/p\npassword = s3cret", &[("PATH", &path)], true);
    let fetched = fetch(&remotes, &[wanted("d", &folder), wanted("d/x.csv", &gone)]);
    assert_eq!(fetched.bytes.len(), 2, "a folder's files come with its listing: {fetched:?}");
    why(&fetched, "ERROR: no way to h with ***");
}

#[test]
fn a_tree_learns_what_is_wanted_by_being_read() {
    let project = Project::new();
    let listing = format!(
        r#"[{{"md5": "{}", "relpath": "a.csv"}}, {{"md5": "{}", "relpath": "b.csv"}}]"#,
        hash_of(b"a"),
        hash_of(b"b")
    );
    let folder = format!("{}.dir", hash_of(listing.as_bytes()));
    let entry = |path: &str, hash: &str| format!("    - {{path: {path}, hash: md5, md5: {hash}}}\n");
    let outs =
        [entry("d", &folder), entry("m.json", &hash_of(b"m")), entry("big.bin", &hash_of(b"big"))].concat();
    fs::create_dir(project.at("work")).unwrap();
    fs::write(project.at("work/dvc.lock"), format!("schema: '2.0'\nstages:\n  s:\n    outs:\n{outs}"))
        .unwrap();
    let yaml = "stages: {s: {cmd: x, outs: [d, big.bin], metrics: [m.json]}}";
    fs::write(project.at("work/dvc.yaml"), yaml).unwrap();
    put(&project.at("store"), &folder, listing.as_bytes());
    put(&project.at("store"), &hash_of(b"a"), b"a");
    put(&project.at(".dvc/cache"), &hash_of(b"m"), b"m");
    let remotes = project.open("url = ../store", &[], false);
    let disk = Folder::new(project.at("work"));
    let mut tree = WithOutputs::open(&disk).unwrap();
    tree.set_cache(remotes.cache().clone());
    assert_eq!(tree.list().unwrap(), ["big.bin", "d", "dvc.lock", "dvc.yaml", "m.json"]);
    assert_eq!(tree.read("m.json").unwrap().unwrap(), b"m");
    tree.want_folders(["e/*.csv", "d", "other/**"].into_iter());
    assert!(tree.wanted().is_empty());
    for glob in ["**/*.csv", "d/*.csv", "d/a.csv", "d*/x"] {
        tree.want_folders([glob].into_iter());
        assert_eq!(tree.wanted(), [wanted("d", &folder)], "{glob}");
    }
    assert_eq!(tree.read("d/a.csv").unwrap(), None);
    let asked = tree.wanted();
    assert_eq!(asked, [wanted("d", &folder)], "what nobody reads is not wanted");
    tree.absorb(fetch(&remotes, &asked));
    assert_eq!(tree.list().unwrap(), ["big.bin", "d/a.csv", "d/b.csv", "dvc.lock", "dvc.yaml", "m.json"]);
    assert!(tree.read("d/a.csv").unwrap().is_none() && tree.read("d/b.csv").unwrap().is_none());
    let asked = tree.wanted();
    assert_eq!(asked.iter().map(|wish| wish.path.as_str()).collect::<Vec<_>>(), ["d/a.csv", "d/b.csv"]);
    tree.absorb(fetch(&remotes, &asked));
    assert_eq!(tree.read("d/a.csv").unwrap().unwrap(), b"a");
    assert!(matches!(tree.read("d/b.csv"), Err(RevisionError::Unreadable { .. })));
    assert_eq!(tree.read("d/none.csv").unwrap(), None);
    assert!(tree.wanted().is_empty());
    let mut notices = vec![Notice::about("d/b.csv", "cannot be read"), Notice::about("x", "kept")];
    tree.settle(&mut notices);
    assert_eq!(notices.len(), 2);
    assert_eq!(notices[0], Notice::about("x", "kept"));
    assert!(
        notices[1]
            .to_string()
            .starts_with("d/b.csv: it is neither in the DVC cache nor in the DVC remote store")
    );
}

#[test]
fn a_folder_that_is_here_already_is_not_asked_for() {
    let project = Project::new();
    let folder = format!("{}.dir", hash_of(b"[]"));
    fs::create_dir_all(project.at("work/d")).unwrap();
    fs::write(project.at("work/d/a.csv"), "1").unwrap();
    let lock = format!("stages:\n  s:\n    outs:\n    - {{path: d, hash: md5, md5: {folder}}}\n");
    fs::write(project.at("work/dvc.lock"), format!("schema: '2.0'\n{lock}")).unwrap();
    fs::write(project.at("work/dvc.yaml"), "stages: {s: {cmd: x, outs: [d]}}").unwrap();
    let disk = Folder::new(project.at("work"));
    let tree = WithOutputs::open(&disk).unwrap();
    assert_eq!(tree.list().unwrap(), ["d/a.csv", "dvc.lock", "dvc.yaml"]);
    assert!(tree.is_plain() && tree.read("d/none.csv").unwrap().is_none());
    assert!(tree.wanted().is_empty());
}

/// Runs the real program, where `CML_TEST_DVC` is the folder that holds it.
#[test]
fn the_real_dvc_fetches_into_a_project_of_its_own() {
    let Some(folder) = std::env::var_os("CML_TEST_DVC") else { return };
    let project = Project::new();
    let listing = format!(r#"[{{"md5": "{}", "relpath": "a.csv"}}]"#, hash_of(b"a"));
    let (dir, file) = (format!("{}.dir", hash_of(listing.as_bytes())), hash_of(b"file"));
    for (hash, bytes) in [(&dir, listing.as_bytes()), (&file, b"file"), (&hash_of(b"a"), b"a")] {
        put(&project.at("store"), hash, bytes);
    }
    let config = format!("url = {}\nversion_aware = false", project.at("store").display());
    let env = Env { vars: [("PATH".to_owned(), folder.into_string().unwrap())].into(), ..Env::default() };
    let place = Place {
        dvc_dir: project.at(".dvc"),
        config: Some(format!("['remote \"store\"']\n{config}\n")),
        local: false,
        not_below: None,
    };
    let config = Config::read(&env, &place).remotes["store"].clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let all = vec![wanted("d", &dir), wanted("e/f/x", &file), wanted("gone", &hash_of(b"gone"))];
    let fetched = runtime.block_on(program::fetch(config, &programs(&env), all)).unwrap();
    assert_eq!(fetched.bytes.len(), 3, "{fetched:?}");
    why(&fetched, "the DVC remote store");
}
