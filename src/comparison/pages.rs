//! A report with its pictures: as Markdown with files beside it, or as one page.

use std::path::Path;

use base64::Engine as _;

use super::{Compared, draw};
use crate::error::Error;
use crate::session::{Session, files};
use cml_host::door::Ground;
use cml_render::{self as render, Detail, Images};
use cml_store::publish::Asset;

/// Writes the pictures to `FILE_files` beside the report and answers the Markdown that names them. Pictures that cannot
/// be written cost themselves: their plots are text.
pub(crate) fn with_pictures(session: &Session, compared: &Compared, path: &Path) -> String {
    let Compared { report, figures, flavor, drawing, .. } = compared;
    let pictures = draw::draw(figures, flavor.dark_pictures, drawing);
    session.console().notices(&pictures.notices);
    let stem =
        path.file_stem().map_or_else(|| "report".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let folder_name = format!("{stem}_files");
    let written = write_pictures(&pictures.assets, &path.with_file_name(&folder_name), &session.ground());
    let images = match &written {
        Ok(()) => pictures.addresses(|name| Some(format!("{}/{name}", folder_name.replace(' ', "%20")))),
        Err(error) => {
            session.console().warn(&format!("plots are shown as text: {}", error.message));
            Images::default()
        }
    };
    let report = pictures.noted(report);
    render::markdown_in(flavor, &report, &images, Detail::Full, None)
}

fn write_pictures(assets: &[Asset], folder: &Path, ground: &Ground) -> Result<(), Error> {
    if !assets.is_empty() {
        files::make_folder(ground, folder)?;
    }
    assets.iter().try_for_each(|asset| files::write(ground, &folder.join(&asset.name), &asset.bytes))
}

/// The report as a page with its pictures inside.
pub(crate) fn page_of(session: &Session, compared: &Compared) -> String {
    let pictures = draw::draw(&compared.figures, compared.flavor.dark_pictures, &compared.drawing);
    session.console().notices(&pictures.notices);
    let report = pictures.noted(&compared.report);
    let images = pictures.addresses(|name| {
        let asset = pictures.assets.iter().find(|asset| asset.name == name)?;
        Some(format!(
            "data:image/png;base64,{}",
            base64::engine::general_purpose::STANDARD.encode(&asset.bytes)
        ))
    });
    let markdown = render::markdown_in(compared.flavor, &report, &images, Detail::Full, None);
    render::page("Model report", &markdown)
}
