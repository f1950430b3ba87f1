//! Remotes that only DVC speaks (ssh, gdrive, versions in a cloud): one run of the program `dvc` in a project made for
//! it, whose configuration is the trusted one and whose files are the wanted ones, whatever the workspace holds.
//!
//! The program gets the job's credentials for the kind of the remote that it is asked for, which the base or the user
//! named, and nothing for any other: no token of the forge.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::client::cleaned;
use super::config::{Kind, RemoteConfig};
use super::{Cache, Fetched, LARGEST, Wanted};
use cml_host::process::{Call, Needs, ProcessError, Programs, Scratch};
use cml_tracked::{self as tracked, Output};

/// How long the program may take, and the run with it.
const LONGEST: Duration = Duration::from_secs(300);

/// The variables by which a job signs in to this kind of remote.
fn credentials(kind: &Kind) -> &'static [&'static str] {
    let other = match kind {
        Kind::S3 => return &["AWS_*"],
        Kind::Gcs => return &["GOOGLE_*", "CLOUDSDK_*", "GCLOUD_*"],
        Kind::Azure => return &["AZURE_*", "MSI_ENDPOINT", "IDENTITY_ENDPOINT", "IDENTITY_HEADER"],
        Kind::Folder(_) | Kind::Web(_) => return &[],
        Kind::Other(scheme) => scheme.to_ascii_lowercase(),
    };
    match other.as_str() {
        "gdrive" => &["GDRIVE_*", "GOOGLE_*"],
        "oss" => &["OSS_*"],
        "hdfs" | "webhdfs" => &["HADOOP_*", "KRB5*", "JAVA_HOME", "CLASSPATH", "ARROW_*"],
        _ => &[],
    }
}

/// Brings objects of one remote. The error names the remote and its kind.
pub(super) async fn fetch(
    config: RemoteConfig,
    programs: &Programs,
    wanted: Vec<Wanted>,
) -> Result<Fetched, String> {
    let kind = match &config.kind {
        Kind::Other(scheme) => format!("is of the kind {scheme}"),
        _ => "keeps versions in the cloud".to_owned(),
    };
    let found = match programs.find("dvc") {
        Ok(found) => found,
        Err(ProcessError::NotFound { aside, .. }) => {
            let text = format!("{kind}, which only DVC speaks{aside}; install dvc, or run `dvc pull` before");
            return Err(config.cannot(&text));
        }
        Err(error) => return Err(config.cannot(&format!("{kind}: {error}"))),
    };
    let call = programs.call(&found.path, Needs::Cloud(credentials(&config.kind))).at_most(LONGEST);
    let name = config.cannot("");
    let run = tokio::task::spawn_blocking(move || run(call, &config, &wanted));
    run.await.unwrap_or_else(|error| Err(format!("{name}could not be asked: {error}")))
}

fn run(call: Call, config: &RemoteConfig, wanted: &[Wanted]) -> Result<Fetched, String> {
    let io = |why: std::io::Error| config.cannot(&format!("needs a folder for dvc: {why}"));
    let scratch = Scratch::new().map_err(io)?;
    let project = scratch.path();
    prepare(project, config, wanted).map_err(io)?;
    let call = call.args(["fetch", "--quiet", "--remote", &config.name]).folder(project);
    let call = call.var("DVC_NO_ANALYTICS", "1").var("DVC_SITE_CACHE_DIR", project.join("site"));
    let why = match call.run() {
        Ok(answer) if answer.status.success() => {
            "dvc does not find it there; run `dvc push` where it was made".to_owned()
        }
        Ok(answer) => said(&String::from_utf8_lossy(&answer.complaints), config),
        Err(error @ ProcessError::NotStarted { .. }) => {
            return Err(config.cannot(&format!("needs dvc: {error}")));
        }
        Err(error) => error.to_string(),
    };
    let mut fetched = Fetched::default();
    let cache = Cache::new(project.join(".dvc/cache"));
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

/// The program's own words, without the values of the remote's options that may be secrets.
fn said(text: &str, config: &RemoteConfig) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("ERROR")).collect();
    if lines.is_empty() {
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
