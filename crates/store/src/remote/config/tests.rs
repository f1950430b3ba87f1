use super::*;
use std::fs;

/// Configuration files in a temporary folder, and what they mean.
fn read(files: &[(&str, &str)], repository: Option<&str>, local: bool) -> (tempfile::TempDir, Config) {
    let home = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let at = home.path().join(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(at, text).unwrap();
    }
    let dir = |name: &str| home.path().join(name).display().to_string();
    let vars = [
        ("HOME", dir("home")),
        ("DVC_SYSTEM_CONFIG_DIR", dir("system")),
        ("DVC_GLOBAL_CONFIG_DIR", dir("user")),
    ];
    let vars = vars.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let env = Env { vars, ..Env::default() };
    let place = Place {
        dvc_dir: home.path().join("p/.dvc"),
        config: repository.map(str::to_owned),
        local,
        not_below: None,
    };
    let config = Config::read(&env, &place);
    (home, config)
}

#[test]
fn later_files_win_key_by_key() {
    let files = [
        ("system/config", "['remote \"a\"']\nurl = s3://system/x\nregion = one\nprofile = p\n"),
        ("user/config", "['remote \"A\"']\nregion = two\nprofile = q\n[core]\nremote = b\n"),
        ("p/.dvc/config.local", "['remote \"a\"']\nprofile = r\n"),
    ];
    let repository = "[core]\nremote = A\n['remote \"a\"']\nurl = s3://repo/x\n";
    let (_home, config) = read(&files, Some(repository), true);
    let remote = &config.remotes["a"];
    assert_eq!((config.default.as_deref(), remote.kind.clone()), (Some("a"), Kind::S3));
    let options = ["url", "region", "profile"].map(|option| remote.get(option).unwrap());
    assert_eq!(options, ["s3://repo/x", "two", "r"]);
    let (_home, config) = read(&files, Some(repository), false);
    assert_eq!(config.remotes["a"].get("profile"), Some("q"));
    let (_home, config) = read(&files, None, false);
    assert_eq!((config.default.as_deref(), config.remotes["a"].url.as_str()), (Some("b"), "s3://system/x"));
}

#[test]
fn paths_count_from_the_file_that_names_them() {
    let files = [
        ("user/config", "['remote \"u\"']\nurl = store\n['remote \"h\"']\nurl = ~/store\n"),
        ("p/.dvc/config.local", "[cache]\ndir = ../../cache\n"),
    ];
    let repository = "['remote \"r\"']\nurl = ../../store\n['remote \"abs\"']\nurl = /mnt/store\n['remote \"g\"']\nurl = gs://b\ncredentialpath = key.json\n";
    let (home, config) = read(&files, Some(repository), true);
    let at = |path: &str| home.path().join(path);
    let check = |name: &str, expected: PathBuf| assert_eq!(config.remotes[name].kind, Kind::Folder(expected));
    check("u", at("user/store"));
    check("h", at("home/store"));
    check("r", at("store"));
    check("abs", PathBuf::from("/mnt/store"));
    assert_eq!(config.cache_dir, at("cache"));
    assert_eq!(config.remotes["g"].get("credentialpath"), at("p/.dvc/key.json").to_str());
    let (home, config) = read(&[], None, true);
    assert_eq!(config.cache_dir, home.path().join("p/.dvc/cache"));
}

#[test]
fn a_remote_may_lean_on_another() {
    let text = "['remote \"server\"']\nurl = ssh://h/base\nuser = u\n['remote \"images\"']\nurl = remote://Server/pictures\nuser = v\n\
                ['remote \"x\"']\nurl = remote://y/1\n['remote \"y\"']\nurl = remote://x/2\n";
    let (_home, config) = read(&[], Some(text), true);
    let images = &config.remotes["images"];
    assert_eq!((images.url.as_str(), images.get("user")), ("ssh://h/base/pictures", Some("v")));
    assert!(images.needs_dvc());
    let about: Vec<_> = config.notices.iter().map(ToString::to_string).collect();
    assert_eq!(about.len(), 2);
    assert!(about[0].contains("DVC remote x: its url leans on other remotes in a circle"), "{about:?}");
}

#[test]
fn what_cannot_be_trusted_or_read_is_left_out_and_said() {
    let text = "['remote \"meta\"']\nurl = http://169.254.169.254/x\n['remote \"end\"']\nurl = s3://b\nendpointurl = http://[fe80::1]\n\
                ['remote \"none\"']\nregion = x\n['remote \"good\"']\nurl = https://u:p@h/x?k=v\n";
    let (_home, config) = read(&[("user/config", "[core\n")], Some(text), true);
    assert_eq!(config.remotes.keys().collect::<Vec<_>>(), ["good"]);
    assert_eq!(config.notices.len(), 4, "{:?}", config.notices);
    let shown = format!("{:?}", config.remotes["good"]);
    assert_eq!(shown, "DVC remote good (https://h/x)");
}
