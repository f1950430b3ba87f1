//! Image files that are shown as plots: their bytes, if they are images by their content.

use super::decode::lfs_pointer;
use super::load::Loader;
use super::model::ImageData;
use super::wanted::ImageSource;
use cml_base::tree::RevisionError;
use cml_picture::check_image;

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
            Ok(bytes) => image(bytes),
            Err(unread) if unread.is_missing() => {
                loader.note(&source.path, unread.what);
                continue;
            }
            Err(unread) => Err(unread.what),
        };
        // It is there: on the other side it is neither new nor removed.
        let bytes = bytes.unwrap_or_else(|what| {
            loader.note(&source.path, what);
            Vec::new()
        });
        bytes_in_all += bytes.len();
        let ImageSource { path, title, gallery } = source.clone();
        images.push(ImageData { title: title.unwrap_or_else(|| path.clone()), id: path, gallery, bytes });
    }
    Ok(images)
}

/// The bytes, if they are an image.
fn image(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    if let Some(what) = lfs_pointer(&bytes) {
        return Err(what.to_owned());
    }
    check_image(&bytes).map_err(|error| format!("{error}; it is not drawn"))?;
    Ok(bytes)
}
