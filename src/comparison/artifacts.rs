//! `--artifacts DIR`: what a CI keeps of a report: its page, its metrics and its verdict.

use std::path::Path;

use super::Compared;
use super::pages::with_pictures;
use crate::error::Error;
use crate::session::{Session, files};
use cml_host::environment::Context;
use cml_render as render;

/// Keeps the artifacts beside a comment, which they never cost.
pub(crate) fn keep(session: &Session, compared: &mut Compared, dir: &Path) {
    if let Err(error) = save(session, compared, dir) {
        session.console().warn(&format!(
            "of the artifacts in {} some are left out: {}",
            dir.display(),
            error.message
        ));
    }
}

/// Writes `report.md` with its pictures, `metrics.txt` (OpenMetrics) and `cml.env` (variables) into a folder, and
/// tells the report where people will find it, if the CI shows such a page. Each is tried; the error is the first.
pub(crate) fn save(session: &Session, compared: &mut Compared, dir: &Path) -> Result<(), Error> {
    let ground = session.ground();
    let folder = session.path(dir);
    files::make_folder(&ground, &folder)?;
    let page = folder.join("report.md");
    let markdown = session.hidden(with_pictures(session, compared, &page));
    let report = files::write(&ground, &page, markdown.as_bytes());
    if report.is_ok() {
        compared.report.kept_at = page_of(&page, session.context());
    }
    let write =
        |name: &str, text: String| files::write(&ground, &folder.join(name), session.hidden(text).as_bytes());
    let metrics = write("metrics.txt", render::open_metrics(&compared.report));
    let variables = write("cml.env", render::dotenv(&compared.report));
    report.and(metrics).and(variables)?;
    session.console().info(&format!("wrote report.md, metrics.txt and cml.env to {}", dir.display()));
    Ok(())
}

/// The address of a file that the job keeps; `None` outside of the checkout, of which alone a job can keep files.
fn page_of(file: &Path, context: &Context) -> Option<String> {
    let job = context.ci_job.as_ref()?;
    let (file, checkout) = (file.canonicalize().ok()?, job.project_dir.as_ref()?.canonicalize().ok()?);
    job.artifact_page(&file.strip_prefix(checkout).ok()?.to_str()?.replace('\\', "/"))
}
