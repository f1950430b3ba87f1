//! `--artifacts DIR`: what a CI keeps of a report: its page, its metrics and its verdict.

use std::fs;
use std::path::Path;

use crate::environment::Env;
use crate::error::Error;
use crate::render;

use super::Console;
use super::compare::Compared;
use super::report::{with_pictures, write};

/// Writes `report.md` with its pictures, `metrics.txt` (OpenMetrics) and `cml.env` (variables) into a folder.
pub(super) fn save(compared: &Compared, dir: &Path, env: &Env, console: &Console) -> Result<(), Error> {
    let report = &compared.report;
    let folder = env.cwd.join(dir);
    fs::create_dir_all(&folder)
        .map_err(|error| Error::input(format!("cannot make the folder {}: {error}", folder.display())))?;
    let page = folder.join("report.md");
    write(&page, with_pictures(compared, &page, console)?.as_bytes())?;
    write(&folder.join("metrics.txt"), render::open_metrics(report).as_bytes())?;
    write(&folder.join("cml.env"), render::dotenv(report).as_bytes())?;
    console.info(&format!("wrote report.md, metrics.txt and cml.env to {}", dir.display()));
    Ok(())
}
