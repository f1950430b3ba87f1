//! `cml metrics diff` and `cml metrics show`, with DVC's answers; and what `params diff` shares with them.

use crate::cli::{Global, MetricsCommand, MetricsDiffArgs, MetricsShowArgs, ValuesDiffArgs};
use crate::error::Error;
use cml_base::tree::{RevisionError, Tree};
use cml_compare::{self as diff, FileChanges};
use cml_host::environment::Env;
use cml_render::{self as render, Layout};
use cml_tracked::{self as tracked, Content, Contents};

use crate::sides::outputs::Outside;
use crate::sides::revisions::{Project, Side, WORKSPACE};

/// DVC's own number of digits, which it also takes for zero.
const PRECISION: i32 = 5;

pub(crate) async fn run(command: &MetricsCommand, global: &Global, env: &Env) -> Result<u8, Error> {
    let mut project = Project::open(global, env)?;
    match command {
        MetricsCommand::Diff(args) => diff(args, &mut project).await,
        MetricsCommand::Show(args) => show(args, &mut project).await,
    }
}

async fn diff(args: &MetricsDiffArgs, project: &mut Project) -> Result<u8, Error> {
    let layout = Layout {
        markdown: args.diff.md,
        path: !args.diff.no_path,
        change: true,
        precision: Some(precision(args.precision)),
    };
    print_changes(&args.diff, &tracked::metrics, ("Metric", layout), project).await
}

fn precision(wanted: i32) -> i32 {
    if wanted == 0 { PRECISION } else { wanted }
}

/// Reads one revision's files of a kind: all, or targets.
pub(crate) type Read<'r> = dyn Fn(&dyn Tree, &[String]) -> Result<Contents, RevisionError> + 'r;

/// Reads both revisions and prints what differs, under a title; paths are shown from the current directory.
pub(crate) async fn print_changes(
    args: &ValuesDiffArgs,
    read: &Read<'_>,
    (title, layout): (&str, Layout),
    project: &mut Project,
) -> Result<u8, Error> {
    let kind = format!("{}s", title.to_lowercase());
    let sides = both(args, project, read).await?;
    let (project, console) = (&*project, project.console());
    if sides.as_ref().is_some_and(|[old, new]| old.is_empty() && new.is_empty()) {
        console.info(&undeclared(&kind));
    }
    // Of files that are all missing or broken nobody can say that they are equal.
    let is_read = |files: &[Content]| files.iter().any(|file| file.value.is_ok());
    let is_compared = sides.as_ref().is_none_or(|[old, new]| is_read(old) || is_read(new));
    let [old, new] = sides.unwrap_or_default();
    let shown = |file: FileChanges| FileChanges { path: project.shown(&file.path), ..file };
    if args.json {
        let files =
            diff::compare_contents(old, new, args.all, |file| render::file_changes_json(&shown(file)));
        let pieces = render::diff_json(files).into_iter().map(|piece| project.session().hidden(piece));
        console.json(&pieces.collect::<Vec<_>>())?;
        return Ok(0);
    }
    let rows = diff::compare_contents(old, new, args.all, |file| render::change_rows(&shown(file), layout));
    if rows.iter().all(render::Rows::is_empty) && !args.md {
        if is_compared {
            console.info(&format!("no {kind} differ between {} and {}", args.old, args.new));
        }
    } else {
        let table = render::diff_table(&rows, title, [&args.old, &args.new], layout);
        console.result(&project.session().hidden(table))?;
    }
    Ok(0)
}

/// DVC knows only what is declared, so an empty answer says nothing about the results that are there.
pub(crate) fn undeclared(kind: &str) -> String {
    format!("no {kind} are declared in dvc.yaml; `cml report` finds files by their names, declared or not")
}

/// Both revisions' files; `None` where there is no second side to compare with.
async fn both(
    args: &ValuesDiffArgs,
    project: &mut Project,
    read: &Read<'_>,
) -> Result<Option<[Vec<Content>; 2]>, Error> {
    let targets = project.targets(&args.targets)?;
    let (Some(old), Some(new)) = (project.side(&args.old)?, project.side(&args.new)?) else {
        return Ok(None);
    };
    // Two names of one commit: DVC says nothing, even with --all.
    if old.commit == new.commit && old.name != new.name {
        return Ok(None);
    }
    project.find_target().await?;
    let outside = project.outside();
    let old = files(project, &outside, &old, &targets, read).await?;
    Ok(Some([old, files(project, &outside, &new, &targets, read).await?]))
}

/// One side's files, outputs that are not in Git among them.
async fn files(
    project: &Project,
    outside: &Outside<'_>,
    side: &Side,
    targets: &[String],
    read: &Read<'_>,
) -> Result<Vec<Content>, Error> {
    let globs: Vec<&str> = targets.iter().map(String::as_str).collect();
    let (files, notices) = outside
        .read(side.tree.as_ref(), &globs, |tree| {
            let found = read(tree, targets)?;
            Ok((found.files, found.notices))
        })
        .await?;
    project.notices(&side.name, &notices);
    Ok(files)
}

async fn show(args: &MetricsShowArgs, project: &mut Project) -> Result<u8, Error> {
    let targets = project.targets(&args.targets)?;
    let Some(side) = project.side(WORKSPACE)? else { return Ok(0) };
    project.find_target().await?;
    let (project, console) = (&*project, project.console());
    let mut files = files(project, &project.outside(), &side, &targets, &tracked::metrics).await?;
    for file in &mut files {
        file.path = project.shown(&file.path);
    }
    // DVC gives the files on disk no name here.
    let revisions = [(String::new(), files)];
    let precision = Some(precision(args.precision));
    let layout = Layout { markdown: args.md, path: true, change: false, precision };
    let is_empty = revisions[0].1.is_empty();
    if is_empty {
        console.info(&undeclared("metrics"));
    }
    if args.json {
        console.json(&[project.session().hidden(render::show_json(&revisions))])?;
    } else if !is_empty || args.md {
        console.result(&project.session().hidden(render::show_table(&revisions, layout)))?;
    }
    Ok(0)
}
