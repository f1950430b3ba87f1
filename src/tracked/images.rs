//! Image files that are shown as plots: their bytes, if they are images by their content.

use super::load::{Loader, lfs_pointer};
use super::model::ImageData;
use super::wanted::ImageSource;
use crate::picture::check_image;
use crate::revision::RevisionError;

/// So many images of one side are read.
const MOST_IMAGES: usize = 200;
/// So many bytes of images one side holds.
const MOST_BYTES: usize = 100 << 20;

/// Reads the images; what is none costs a notice and only itself.
pub(super) fn read(
    loader: &mut Loader<'_>,
    sources: &[ImageSource],
) -> Result<Vec<ImageData>, RevisionError> {
    let mut images = Vec::new();
    let mut bytes_in_all = 0;
    for (index, source) in sources.iter().enumerate() {
        if index >= MOST_IMAGES || bytes_in_all >= MOST_BYTES {
            let text = format!("{} more images are left out; name fewer", sources.len() - index);
            loader.note("plots", text);
            break;
        }
        let bytes = match loader.bytes(&source.path)? {
            Ok(bytes) => bytes,
            Err(what) => {
                loader.note(&source.path, what);
                continue;
            }
        };
        let fault = match lfs_pointer(&bytes) {
            Some(what) => Some(what.to_owned()),
            None => check_image(&bytes).err().map(|error| format!("{error}; it is not drawn")),
        };
        if let Some(what) = fault {
            loader.note(&source.path, what);
            continue;
        }
        bytes_in_all += bytes.len();
        let ImageSource { path, title, gallery } = source.clone();
        images.push(ImageData { title: title.unwrap_or_else(|| path.clone()), id: path, gallery, bytes });
    }
    Ok(images)
}
