//! The images that a user's Markdown names on this disk: read, listed, and given other addresses.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use cml_base::notice::Notice;
use cml_git::Repository;
use cml_host::door::Refusal;
use cml_picture::{self as picture, ImageKind};
use cml_render::document::{self, Reference, Replacement, Source};
use cml_store::publish::{self, Asset, Grounds, Unpublishable};

/// A report with more than this is a mistake, and must not fill the memory.
const MOST_IMAGES: usize = 500;
const MOST_BYTES: usize = 100 * 1024 * 1024;
/// More images that stay as they are do not have a notice each.
const MOST_NOTICES: usize = 100;
/// So much of an address is shown.
const SHOWN_CHARS: usize = 60;

/// A text, and its local images.
#[derive(Debug, Default)]
pub(crate) struct LocalImages {
    /// Each image once, by its name.
    pub(crate) assets: Vec<Asset>,
    /// What stays as it is, and why.
    pub(crate) notices: Vec<Notice>,
    /// How many more notices there would be.
    unsaid: usize,
    places: Vec<Place>,
    total: usize,
}

/// Where the text names an image.
#[derive(Debug)]
struct Place {
    reference: Reference,
    /// The asset's name.
    name: String,
    /// What followed `#` in the address.
    fragment: Option<String>,
}

/// The folders that images of a report in `folder` may come from.
pub(crate) fn grounds(folder: &Path, repository: Option<&Repository>) -> Grounds {
    Grounds::new(repository.map(Repository::root).into_iter().chain([folder]))
}

impl LocalImages {
    /// Reads every local image that `markdown`, a file in `folder`, names.
    pub(crate) fn find(markdown: &str, folder: &Path, repository: Option<&Repository>) -> Self {
        let grounds = grounds(folder, repository);
        let mut found = Self::default();
        for reference in document::references(markdown) {
            let (outcome, stem, fragment) = match document::source(&reference.address) {
                Source::Elsewhere => continue,
                Source::Embedded(bytes) => {
                    let checked = picture::check_image(&bytes).map_err(Unpublishable::from);
                    (checked.map(|kind| (kind, bytes)), "image".to_owned(), None)
                }
                Source::File { paths, fragment } => {
                    let (path, outcome) = read_first(&grounds, folder, &paths);
                    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
                    (outcome, stem.unwrap_or_default(), fragment)
                }
            };
            match outcome {
                Ok((kind, bytes)) => {
                    found.add(reference, fragment, publish::name_of_file(&stem, kind, &bytes), bytes)
                }
                Err(why) => found.leave(&reference, &why.to_string()),
            }
        }
        if found.unsaid > 0 {
            found.notices.push(Notice::new(format!("{} more images stay as they are", found.unsaid)));
        }
        found
    }

    fn add(&mut self, at: Reference, fragment: Option<String>, name: String, bytes: Vec<u8>) {
        if !self.assets.iter().any(|asset| asset.name == name) {
            if self.assets.len() == MOST_IMAGES || self.total + bytes.len() > MOST_BYTES {
                let most = MOST_BYTES / 1024 / 1024;
                self.leave(
                    &at,
                    &format!("the report has more than {MOST_IMAGES} images or {most} MiB of them"),
                );
                return;
            }
            self.total += bytes.len();
            self.assets.push(Asset { name: name.clone(), bytes });
        }
        self.places.push(Place { reference: at, name, fragment });
    }

    fn leave(&mut self, reference: &Reference, why: &str) {
        let shown: String = reference.address.chars().take(SHOWN_CHARS).collect();
        let notice = Notice::about(shown, format!("this image stays as it is: {why}"));
        if self.notices.len() == MOST_NOTICES {
            self.unsaid += 1;
        } else if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    /// The text with the images at the addresses that `address` gives for their names; others keep theirs.
    pub(crate) fn splice(&self, markdown: &str, address: impl Fn(&str) -> Option<String>) -> String {
        let replacement = |place: &Place| {
            let mut address = address(&place.name)?;
            if let Some(fragment) = place.fragment.as_ref().filter(|_| !address.starts_with("data:")) {
                address = format!("{address}#{fragment}");
            }
            Some(place.reference.replace(&address))
        };
        let replacements: Vec<Replacement> = self.places.iter().filter_map(replacement).collect();
        document::splice(markdown, &replacements)
    }

    /// The text with the images inside it, for a page that stands alone.
    pub(crate) fn embed(&self, markdown: &str) -> String {
        // A text of a few bytes for each may show one large image as often as it likes.
        let left = Cell::new(MOST_BYTES);
        self.splice(markdown, |name| {
            let asset = self.assets.iter().find(|asset| asset.name == name)?;
            left.set(left.get().checked_sub(asset.bytes.len())?);
            let kind = picture::check_image(&asset.bytes).ok()?;
            Some(format!("data:{};base64,{}", kind.media_type(), STANDARD.encode(&asset.bytes)))
        })
    }
}

/// Reads the first of the paths that is a file; if none is, says why the first is not.
fn read_first(
    grounds: &Grounds,
    folder: &Path,
    paths: &[String],
) -> (PathBuf, Result<(ImageKind, Vec<u8>), Unpublishable>) {
    let mut first = None;
    for path in paths {
        let path = folder.join(path);
        let outcome = grounds.read(&path);
        if !outcome.as_ref().is_err_and(Unpublishable::is_missing) {
            return (path, outcome);
        }
        first.get_or_insert(path);
    }
    (first.unwrap_or_default(), Err(Unpublishable::Refused(Refusal::Missing)))
}
