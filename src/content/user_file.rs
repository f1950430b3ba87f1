//! A user's own Markdown: read, and its images published.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::local_images::LocalImages;
use super::pictures::Publishing;
use super::store::store_images;
use crate::error::Error;
use crate::session::{Session, files};
use cml_base::flavor::Flavor;
use cml_base::ident::Sha;
use cml_base::notice::Notice;
use cml_render as render;
use cml_store::publish;

/// A user's own Markdown.
pub(crate) struct UserFile {
    /// As it was typed.
    pub(crate) name: String,
    pub(crate) markdown: String,
    pub(crate) images: LocalImages,
    pub(crate) head: Option<Sha>,
}

impl UserFile {
    /// Reads a file (`-`: standard input) and, if they are wanted, the local images that it names. What the forge
    /// of this flavor would carry out becomes text.
    pub(crate) fn read(
        session: &Session,
        name: &str,
        with_images: bool,
        head: Option<Sha>,
        flavor: &Flavor,
    ) -> Result<Self, Error> {
        let written = read_markdown(session, name)?;
        let (markdown, actions) = render::inert(flavor, &written);
        if actions > 0 {
            let why = format!(
                "{actions} of its lines would be quick actions (/close, /label); each gets a space before it, so \
                 that {} shows it and does not carry it out",
                flavor.name
            );
            session.console().notices(&[Notice::about(name, why)]);
        }
        let images = if with_images {
            LocalImages::find(&markdown, &folder_of(&session.env().cwd, name), session.repository())
        } else {
            LocalImages::default()
        };
        session.console().notices(&images.notices);
        Ok(Self { name: name.to_owned(), markdown: markdown.into_owned(), images, head })
    }

    /// Publishes the local images and puts their addresses in. What fails leaves the text as it is, and says so.
    pub(crate) async fn publish(
        &mut self,
        session: &Session,
        place: Option<publish::Place>,
        to: &Publishing<'_>,
    ) {
        match store_images(&self.images.assets, to.store, place, Some(to.forge)).await {
            Ok(addresses) => {
                self.markdown = self.images.splice(&self.markdown, |name| addresses.get(name).cloned());
            }
            Err(error) => session.console().warn(&format!("the images keep their local addresses: {error}")),
        }
    }
}

/// Reads a user's Markdown; `-` is standard input.
pub(crate) fn read_markdown(session: &Session, file: &str) -> Result<String, Error> {
    let bytes = if file == "-" { standard_input()? } else { session.read(file)? };
    let text = String::from_utf8(bytes).map_err(|error| {
        Error::input(format!("{file} is not UTF-8 (byte {})", error.utf8_error().valid_up_to()))
    })?;
    if text.trim().is_empty() {
        return Err(Error::input(format!("{file} is empty")).hint("check the step that writes it"));
    }
    Ok(text)
}

fn standard_input() -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(files::LARGEST_REPORT + 1).read_to_end(&mut bytes);
    read.map_err(|error| Error::input(format!("cannot read standard input: {error}")))?;
    if bytes.len() as u64 > files::LARGEST_REPORT {
        let most = files::LARGEST_REPORT / (1024 * 1024);
        return Err(Error::input(format!("standard input has more than {most} MB; no report is that long")));
    }
    Ok(bytes)
}

/// The folder that a text's relative addresses start from; standard input stands in the current directory.
fn folder_of(cwd: &Path, file: &str) -> PathBuf {
    if file == "-" {
        return cwd.to_path_buf();
    }
    cwd.join(file).parent().map_or_else(|| cwd.to_path_buf(), Path::to_path_buf)
}
