//! Remotes that only DVC speaks (ssh, gdrive, versions in a cloud): one run of the program `dvc` in a project made for
//! it, whose configuration is the trusted one and whose files are the wanted ones, whatever the workspace holds.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;

use super::client::cleaned;
use super::config::{Kind, RemoteConfig};
use super::{Cache, Fetched, LARGEST, Wanted};
use crate::environment::Env;
use crate::tracked::{self, Output};

/// How long the program may take, and how often we look.
const LONGEST: Duration = Duration::from_secs(300);
const LOOK: Duration = Duration::from_millis(50);

/// Brings objects of one remote. The error names the remote and its kind.
pub(super) async fn fetch(config: RemoteConfig, env: &Env, wanted: Vec<Wanted>) -> Result<Fetched, String> {
    let kind = match &config.kind {
        Kind::Other(scheme) => format!("is of the kind {scheme}"),
        _ => "keeps versions in the cloud".to_owned(),
    };
    let Some(program) = program(env) else {
        return Err(
            config.cannot(&format!("{kind}, which only DVC speaks; install dvc, or run `dvc pull` before"))
        );
    };
    let name = config.cannot("");
    let run = tokio::task::spawn_blocking(move || run(&program, &config, &wanted));
    run.await.unwrap_or_else(|error| Err(format!("{name}could not be asked: {error}")))
}

/// `dvc` on the path.
fn program(env: &Env) -> Option<PathBuf> {
    let name = if cfg!(windows) { "dvc.exe" } else { "dvc" };
    let folders = std::env::split_paths(env.get("PATH")?).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

fn run(program: &Path, config: &RemoteConfig, wanted: &[Wanted]) -> Result<Fetched, String> {
    let io = |why: std::io::Error| config.cannot(&format!("needs a folder for dvc: {why}"));
    let project = tempfile::tempdir().map_err(io)?;
    prepare(project.path(), config, wanted).map_err(io)?;
    let child = Command::new(program)
        .args(["fetch", "--quiet", "--remote", &config.name])
        .current_dir(project.path())
        .env("DVC_NO_ANALYTICS", "1")
        .env("DVC_SITE_CACHE_DIR", project.path().join("site"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::from(fs::File::create(project.path().join("stderr")).map_err(io)?))
        .spawn()
        .map_err(|why| config.cannot(&format!("needs dvc, which does not start: {why}")))?;
    let why = match wait(child) {
        Ok(true) => "dvc does not find it there; run `dvc push` where it was made".to_owned(),
        Ok(false) => said(&project.path().join("stderr"), config),
        Err(why) => why,
    };
    let mut fetched = Fetched::default();
    let cache = Cache::new(project.path().join(".dvc/cache"));
    for Wanted { output, .. } in wanted {
        take(&cache, output, &mut fetched);
        if !fetched.bytes.contains_key(&output.hash) {
            fetched.missing.insert(output.hash.clone(), config.cannot(&format!("did not give it: {why}")));
        }
    }
    Ok(fetched)
}

/// An object that has come; dvc brings a folder's files with its listing, so they are taken at once.
fn take(cache: &Cache, output: &Output, fetched: &mut Fetched) {
    let Ok(Some(bytes)) = cache.read(output) else { return };
    if output.hash.is_dir() {
        for (_, entry) in tracked::listing(&bytes, output).unwrap_or_default() {
            if let Ok(Some(bytes)) = cache.read(&entry) {
                fetched.bytes.insert(entry.hash, bytes);
            }
        }
    }
    fetched.bytes.insert(output.hash.clone(), bytes);
}

/// A project without Git: the remote's configuration, and a `.dvc` file for each object, at its own path, as clouds
/// with versions keep files by path.
fn prepare(project: &Path, config: &RemoteConfig, wanted: &[Wanted]) -> std::io::Result<()> {
    fs::create_dir(project.join(".dvc"))?;
    let mut text = format!(
        "[core]\nno_scm = true\nanalytics = false\ncheck_update = false\n['remote \"{}\"']\n",
        config.name
    );
    for (key, value) in config.options.iter().filter(|(_, value)| !value.contains(['\n', '\r'])) {
        let quote = if value.contains('"') { '\'' } else { '"' };
        text.push_str(&format!("{key} = {quote}{value}{quote}\n"));
    }
    fs::write(project.join(".dvc/config"), text)?;
    // dvc brings a folder whole, so a large one is not asked for.
    for Wanted { path, output } in
        wanted.iter().filter(|wish| wish.output.size.is_none_or(|size| size <= LARGEST))
    {
        let name = path.rsplit('/').next().unwrap_or(path);
        let mut out = json!({"path": name, "md5": output.hash.as_str()});
        if !output.legacy {
            out["hash"] = json!("md5");
        }
        if let Some(version) = &output.version {
            out["cloud"] = json!({&version.remote: {"version_id": version.id, "etag": version.etag}});
        }
        let at = project.join(format!("{path}.dvc"));
        fs::create_dir_all(at.parent().unwrap_or(project))?;
        fs::write(at, json!({"outs": [out]}).to_string())?;
    }
    Ok(())
}

/// Whether the program ended well.
fn wait(mut child: Child) -> Result<bool, String> {
    let mut waited = Duration::ZERO;
    while waited < LONGEST {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) => std::thread::sleep(LOOK),
            Err(why) => return Err(why.to_string()),
        }
        waited += LOOK;
    }
    // It may have ended by itself in between; then there is nothing to end.
    let _ = child.kill();
    let _ = child.wait();
    Err(format!("dvc did not answer within {} s", LONGEST.as_secs()))
}

/// The program's own words, without the values of the remote's options that may be secrets.
fn said(path: &Path, config: &RemoteConfig) -> String {
    let mut text = String::new();
    let read = fs::File::open(path).and_then(|file| file.take(64 * 1024).read_to_string(&mut text));
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("ERROR")).collect();
    if read.is_err() || lines.is_empty() {
        return "dvc fetch failed without a word".to_owned();
    }
    let public = ["url", "user", "region", "profile", "port"];
    let secrets: Vec<&str> = config
        .options
        .iter()
        .filter(|(key, _)| !public.contains(&key.as_str()))
        .map(|(_, value)| value.as_str())
        .collect();
    cleaned(&lines.join(" "), &secrets)
}
