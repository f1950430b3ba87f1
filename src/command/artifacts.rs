//! `--artifacts DIR`: what a CI keeps of a report: its page, its metrics and its verdict.

use std::fs;
use std::path::Path;

use crate::environment::{Context, Env};
use crate::error::Error;
use crate::render;

use super::Console;
use super::compare::Compared;
use super::report::{with_pictures, write};

/// Writes `report.md` with its pictures, `metrics.txt` (OpenMetrics) and `cml.env` (variables) into a folder, and
/// tells the report where people will find it, if the CI shows such a page.
pub(super) fn save(
    compared: &mut Compared,
    context: &Context,
    dir: &Path,
    env: &Env,
    console: &Console,
) -> Result<(), Error> {
    let folder = env.cwd.join(dir);
    fs::create_dir_all(&folder)
        .map_err(|error| Error::input(format!("cannot make the folder {}: {error}", folder.display())))?;
    let page = folder.join("report.md");
    write(&page, with_pictures(compared, &page, console)?.as_bytes())?;
    write(&folder.join("metrics.txt"), render::open_metrics(&compared.report).as_bytes())?;
    write(&folder.join("cml.env"), render::dotenv(&compared.report).as_bytes())?;
    console.info(&format!("wrote report.md, metrics.txt and cml.env to {}", dir.display()));
    compared.report.kept_at = page_of(&page, context);
    Ok(())
}

/// The address of a file that the job keeps; `None` outside of the checkout, of which alone a job can keep files.
fn page_of(file: &Path, context: &Context) -> Option<String> {
    let job = context.gitlab.as_ref()?;
    let (file, checkout) = (file.canonicalize().ok()?, job.project_dir.as_ref()?.canonicalize().ok()?);
    job.artifact_page(&file.strip_prefix(checkout).ok()?.to_str()?.replace('\\', "/"))
}
