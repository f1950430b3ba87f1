use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;

struct Disk(tempfile::TempDir);

impl Disk {
    fn new() -> Self {
        let disk = Self(tempfile::tempdir().unwrap());
        for (name, text) in [
            ("repo/m.json", "1"),
            ("repo/sub/m.json", "2"),
            ("repo/.env", "S"),
            ("repo/.git/config", "S"),
            ("repo/data/HEAD", "S"),
            ("repo/data/objects/x", "S"),
            ("repo/data/refs/x", "S"),
            ("typed/report.md", "3"),
            ("typed/images/a.txt", "4"),
            ("secret", "S"),
        ] {
            let at = disk.at(name);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, text).unwrap();
        }
        disk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(name)
    }

    fn link(&self, name: &str, target: &str) {
        symlink(target, self.at(name)).unwrap();
    }

    fn pipe(&self, name: &str) {
        assert!(Command::new("mkfifo").arg(self.at(name)).status().unwrap().success());
    }
}

fn shown(read: Result<Vec<u8>, Refusal>) -> String {
    read.map_or_else(|why| why.to_string(), |bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn only_regular_files_of_the_root_come_in() {
    let disk = Disk::new();
    for (name, target) in [
        ("repo/fine", "sub/m.json"),
        ("repo/out", "../secret"),
        ("repo/absolute", "/proc/self/environ"),
        ("repo/folder", ".."),
        ("repo/env.json", ".env"),
        ("repo/y.yaml", ".git/config"),
        ("repo/id_rsa", "m.json"),
        ("repo/zero", "/dev/zero"),
        ("repo/circle", "circle"),
        ("repo/nowhere", "nope"),
    ] {
        disk.link(name, target);
    }
    disk.pipe("repo/pipe");
    let root = Root::below([disk.at("repo").as_path()], "the repository");
    let check = |name: &str, expected: &str| {
        let answer = shown(root.read(&disk.at("repo").join(name), 100));
        assert_eq!(answer, expected, "{name}");
    };
    let private =
        |name: &str| format!("its name says that it is private ({name}); if it is not, give it another name");
    let git = "it belongs to Git's own files (.git), which are never shown";
    let outside = "it leads out of the repository";
    let pipe = "it is not a file but a pipe, a socket or a device";
    check("m.json", "1");
    check("fine", "2");
    check("sub/../m.json", "1");
    check("out", outside);
    check("absolute", outside);
    check("folder/secret", outside);
    check("../secret", outside);
    check("folder/repo/m.json", "1");
    check(".env", &private(".env"));
    check("env.json", &private(".env"));
    check("id_rsa", &private("id_rsa"));
    check("y.yaml", git);
    check(".git/config", git);
    check("data/HEAD", git);
    check("data/objects/x", git);
    check("pipe", pipe);
    check("zero", pipe);
    check("circle", "there is no such file");
    check("nowhere", "there is no such file");
    check("sub", "it is a folder");
    assert_eq!(Root::below([Path::new("/")], "x").read(&disk.at("secret"), 9), Err(Refusal::Outside("x")));
}

#[test]
fn a_size_is_a_size_and_the_kernels_files_are_none() {
    let disk = Disk::new();
    fs::write(disk.at("repo/big"), vec![b'1'; 101]).unwrap();
    let read = |path: &Path, most| Root::anywhere().read(path, most);
    assert_eq!(read(&disk.at("repo/big"), 101).unwrap().len(), 101);
    assert_eq!(read(&disk.at("repo/big"), 100), Err(Refusal::TooLarge { has: 101, most: 100 }));
    assert_eq!(shown(read(&disk.at("secret"), 9)), "S");
    if cfg!(target_os = "linux") {
        assert_eq!(read(Path::new("/proc/self/environ"), 1 << 20), Err(Refusal::Changed));
        assert_eq!(read(Path::new("/dev/zero"), 1 << 20), Err(Refusal::NotAFile));
    }
}

#[test]
fn a_file_that_shrinks_is_refused_and_of_one_that_grows_the_first_part_is_taken() {
    let disk = Disk::new();
    let file = disk.at("repo/m.json");
    let opened = |text: &str| {
        fs::write(&file, "12345").unwrap();
        let opened = File::open(&file).unwrap();
        let about = opened.metadata().unwrap();
        assert_eq!(about.len(), 5);
        fs::write(&file, text).unwrap();
        opened
    };
    assert_eq!(shown(read_whole(opened("1234567"), 7)), "1234567");
    assert_eq!(read_whole(opened("1234567"), 6), Err(Refusal::TooLarge { has: 7, most: 6 }));
}

#[test]
fn a_typed_path_is_held_to_the_repository_or_to_its_folder() {
    let disk = Disk::new();
    disk.link("typed/out.md", "../secret");
    disk.link("typed/in.md", "images/a.txt");
    disk.link("repo/folder", "../typed");
    disk.link("repo/r.md", "../typed/report.md");
    disk.link("alias", "repo/sub");
    disk.link("alias-of-typed", "typed");
    let repository = disk.at("repo");
    let check = |name: &str, repository: Option<&Path>, expected: &str| {
        let path = disk.at(name);
        assert_eq!(shown(Root::typed(&path, repository).read(&straight(&path), 100)), expected, "{name}");
    };
    for known in [None, Some(repository.as_path())] {
        check("typed/report.md", known, "3");
        check("typed/in.md", known, "4");
        check("typed/out.md", known, "it leads out of its folder");
        check("alias-of-typed/report.md", known, "3");
        check("repo/sub/m.json", known, "2");
        check("alias/m.json", known, "2");
        check("alias/../typed/report.md", known, "3");
    }
    let known = Some(repository.as_path());
    check("repo/r.md", known, "it leads out of the repository");
    check("repo/folder/report.md", known, "it leads out of the repository");
    check("repo/folder/../m.json", known, "1");
}

#[test]
fn a_typed_folder_of_the_repository_stays_in_it() {
    let disk = Disk::new();
    for (name, target) in [
        ("repo/out", "../typed"),
        ("repo/in", "sub"),
        ("repo/git", ".git"),
        ("repo/aws", ".aws"),
        ("alias", "repo"),
    ] {
        disk.link(name, target);
    }
    fs::create_dir(disk.at("repo/.aws")).unwrap();
    let check = |name: &str, expected: Result<(), Refusal>| {
        assert_eq!(check_folder(&disk.at(name), &disk.at("repo")), expected, "{name}");
    };
    for name in ["repo", "repo/sub", "repo/in", "repo/sub/..", "typed", "repo/../typed", "alias", "alias/in"]
    {
        check(name, Ok(()));
    }
    for name in ["repo/out", "repo/out/images", "alias/out"] {
        check(name, Err(Refusal::Outside("the repository")));
    }
    check("repo/git", Err(Refusal::Git));
    check("repo/data", Err(Refusal::Git));
    check("repo/aws", Err(Refusal::Private(".aws".to_owned())));
    check("repo/gone", Err(Refusal::Missing));
}

#[test]
fn nothing_is_written_through_a_link_of_the_repository() {
    let disk = Disk::new();
    disk.link("repo/folder", "../typed");
    disk.link("repo/file", "../secret");
    disk.link("alias", "repo");
    disk.link("typed/to-secret", "../secret");
    fs::hard_link(disk.at("secret"), disk.at("repo/hard")).unwrap();
    fs::write(disk.at("repo/closed"), "").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(disk.at("repo/closed"), mode).unwrap();
    let ground = Ground::new(&disk.at("repo"));
    let through = "a part of this path is a link, and nothing is written through a link of the repository";
    let check = |name: &str, expected: Option<&str>| {
        let answer = ground.write(&disk.at(name), b"new").map_err(|why| why.to_string());
        match expected {
            None => {
                answer.unwrap_or_else(|why| panic!("{name}: {why}"));
                assert_eq!(fs::read_to_string(disk.at(name)).unwrap(), "new", "{name}");
            }
            Some(expected) => assert!(answer.unwrap_err().contains(expected), "{name}"),
        }
    };
    for name in
        ["repo/new", "repo/m.json", "repo/file", "repo/hard", "repo/closed", "alias/sub/new", "typed/x"]
    {
        check(name, None);
    }
    check("repo/folder/report.md", Some(through));
    check("alias/folder/report.md", Some(through));
    check("repo/gone/x", Some("No such file"));
    check("repo/m.json/x", Some("Not a directory"));
    check("repo/sub", Some("directory"));
    assert_eq!(fs::read_to_string(disk.at("secret")).unwrap(), "S");
    assert_eq!(fs::read_to_string(disk.at("typed/report.md")).unwrap(), "3");
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(disk.at("repo/closed")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    for (name, expected) in [("repo/m.json", "newmore"), ("repo/log", "more"), ("typed/x", "newmore")] {
        ground.append(&disk.at(name), b"more").unwrap();
        assert_eq!(fs::read_to_string(disk.at(name)).unwrap(), expected, "{name}");
    }
    disk.link("repo/to-secret", "../secret");
    disk.pipe("repo/pipe");
    for name in ["repo/to-secret", "repo/folder/report.md"] {
        assert!(ground.append(&disk.at(name), b"x").unwrap_err().to_string().contains(through), "{name}");
    }
    assert!(ground.append(&disk.at("repo/pipe"), b"x").is_err());
    assert!(ground.remove(&disk.at("repo/folder/report.md")).unwrap_err().to_string().contains(through));
    ground.remove(&disk.at("repo/to-secret")).unwrap();
    assert_eq!(fs::read_to_string(disk.at("secret")).unwrap(), "S");
    // What stands outside of the repository is the user's, links too.
    check("typed/to-secret", None);
    ground.make_folder(&disk.at("repo/a/b/c")).unwrap();
    ground.make_folder(&disk.at("repo/a/b")).unwrap();
    assert!(disk.at("repo/a/b/c").is_dir());
    assert!(ground.make_folder(&disk.at("repo/folder/new")).unwrap_err().to_string().contains(through));
    assert!(!disk.at("typed/new").exists());
    // Nothing stays beside.
    let names = fs::read_dir(disk.at("repo")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| !name.to_string_lossy().ends_with(".tmp")));
}
