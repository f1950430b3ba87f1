//! `cml demo`: a small repository with a real training run, its report and its preview. No network, no account.

use std::fs;
use std::path::Path;

use crate::cli::{CompareArgs, DemoArgs, Global};
use crate::error::Error;
use cml_git::Repository;
use cml_host::door::Ground;
use cml_host::environment::Env;
use cml_host::process::{Needs, ProcessError, Programs};
use cml_render as render;

use crate::comparison::compare;
use crate::comparison::pages::page_of;
use crate::session::folders::top;
use crate::session::{Console, Network, Session, files, repository};

/// The files of the two runs, as `demo/train.py` made them.
macro_rules! run_files {
    ($side:literal) => {
        [
            ("dvc.yaml", include_str!(concat!("../../demo/", $side, "/dvc.yaml"))),
            ("params.yaml", include_str!(concat!("../../demo/", $side, "/params.yaml"))),
            ("metrics.json", include_str!(concat!("../../demo/", $side, "/metrics.json"))),
            ("loss.csv", include_str!(concat!("../../demo/", $side, "/loss.csv"))),
            ("accuracy.csv", include_str!(concat!("../../demo/", $side, "/accuracy.csv"))),
            ("confusion.csv", include_str!(concat!("../../demo/", $side, "/confusion.csv"))),
        ]
    };
}

const BASE: [(&str, &str); 6] = run_files!("base");
const HEAD: [(&str, &str); 6] = run_files!("head");

pub(crate) async fn run(args: &DemoArgs, global: &Global, env: &Env) -> Result<u8, Error> {
    let folder = env.cwd.join(&args.out);
    let console = Console::new(global.log);
    let ground = Ground::new(&top(env, repository(env)?.as_ref()));
    make_repository(&folder, env, &ground)?;
    let home = Env { cwd: folder.clone(), event: None, vars: laptop_vars(env), ..env.clone() };
    let repository = Repository::open(&folder, env)?;
    let session = Session::of(home, console, Some(repository), Network::Forbidden);
    let compared = compare(&session, &CompareArgs::default()).await?;
    console.result(&render::text(&compared.report, session.has_colours(), session.width()))?;
    let page = folder.join("preview.html");
    files::write(&ground, &page, page_of(&session, &compared).as_bytes())?;
    let shown = args.out.display();
    console.result(&format!(
        "\nThis is the report of the branch `wider-network` in {shown}, compared with `main`.\n\
         The comment as {} will show it: open {shown}/preview.html in a browser.\n\n\
         In your own repository:\n\
         \x20 cml report               what changed, in the terminal\n\
         \x20 cml preview              the comment as a page\n\
         \x20 cml comment --dry-run    what would be posted\n\
         and in a workflow, after the training: cml comment\n",
        session.context().flavor().name
    ))?;
    Ok(0)
}

/// The demo is a laptop, wherever it runs: no variable of a CI gets in.
fn laptop_vars(env: &Env) -> std::collections::BTreeMap<String, String> {
    env.vars
        .iter()
        .filter(|(name, _)| matches!(name.as_str(), "PATH" | "HOME" | "NO_COLOR"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn make_repository(folder: &Path, env: &Env, ground: &Ground) -> Result<(), Error> {
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Error::input(format!("the folder {} is not empty", folder.display()))
            .hint("name another: cml demo --out DIR"));
    }
    files::make_folder(ground, folder)?;
    git(folder, env, &["init", "--quiet", "--initial-branch=main"], "2026-01-05T09:00:00Z")?;
    put(folder, &BASE, ground)?;
    git(folder, env, &["add", "--all"], "2026-01-05T09:00:00Z")?;
    git(
        folder,
        env,
        &["commit", "--quiet", "--message=Train a small network on the digits"],
        "2026-01-05T09:00:00Z",
    )?;
    git(folder, env, &["checkout", "--quiet", "-b", "wider-network"], "2026-01-05T09:00:00Z")?;
    put(folder, &HEAD, ground)?;
    git(folder, env, &["commit", "--quiet", "--all", "--message=Try a wider network"], "2026-01-07T09:00:00Z")
}

fn put(folder: &Path, contents: &[(&str, &str)], ground: &Ground) -> Result<(), Error> {
    let write = |(name, text): &(&str, &str)| files::write(ground, &folder.join(name), text.as_bytes());
    contents.iter().try_for_each(write)
}

/// Runs git with nobody's configuration, a fixed author and a fixed date: the demo's commits are the same everywhere.
fn git(folder: &Path, env: &Env, arguments: &[&str], date: &str) -> Result<(), Error> {
    let programs = Programs::outside(folder, env);
    let no_git = |error: ProcessError| {
        Error::input(format!("cannot run git: {error}"))
            .hint("install Git; the demo needs it to make a repository")
    };
    let program = programs.find("git").map_err(no_git)?.path;
    let mut call = programs.call(&program, Needs::Nothing).folder(folder).args(arguments);
    call = call.var("GIT_CONFIG_GLOBAL", "/dev/null").var("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        call = call.var(format!("GIT_{role}_NAME"), "cml demo");
        call = call.var(format!("GIT_{role}_EMAIL"), "demo@example.com");
        call = call.var(format!("GIT_{role}_DATE"), date);
    }
    let answer = call.run().map_err(no_git)?;
    if answer.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&answer.complaints);
    Err(Error::input(format!("git {} failed: {}", arguments.join(" "), said.trim())))
}
