//! Draws the gallery of `docs/plots.md`: every plot of `examples/gallery/base` and `head` in both themes.
//!
//! `cargo run --release --example gallery` from the repository's root writes `docs/images/plots/NAME-THEME.png`.

use std::error::Error;
use std::path::Path;

use cml_git::Folder;
use cml_plot::{self as plot, Figure, Theme, Typeface};
use cml_tracked::{Snapshot, Sources, collect};

fn side(name: &str) -> Result<Snapshot, Box<dyn Error>> {
    Ok(collect(&Folder::new(format!("examples/gallery/{name}")), &Sources::default())?)
}

/// The title, which is the id of all but a folder.
fn file_name(figure: &Figure) -> String {
    figure.title.trim_end_matches('/').replace('/', "-")
}

fn main() -> Result<(), Box<dyn Error>> {
    let (base, head) = (side("base")?, side("head")?);
    let (figures, notices) = plot::figures(&[(&base.plots, "main"), (&head.plots, "workspace")]);
    if let Some(notice) = head.notices.iter().chain(&notices).next() {
        return Err(format!("the gallery has a notice: {notice}").into());
    }
    let sides = (Some((base.images.as_slice(), "main")), (head.images.as_slice(), "workspace"));
    let (of_images, notices) = plot::images(sides.0, sides.1, false, &mut plot::InProcess::default());
    if let Some(notice) = notices.first() {
        return Err(format!("the gallery has a notice: {notice}").into());
    }
    let folder = Path::new("docs/images/plots");
    std::fs::create_dir_all(folder)?;
    for figure in figures.iter().chain(&of_images).filter(|figure| figure.is_drawn()) {
        for (theme, name) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
            std::fs::write(
                folder.join(format!("{}-{name}.png", file_name(figure))),
                plot::png(figure, theme, &Typeface::default())?,
            )?;
        }
    }
    Ok(())
}
