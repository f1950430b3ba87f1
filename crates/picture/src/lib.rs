//! Image files, as they come from outside.
//!
//! In: bytes that anyone may have written. Out: which kind of image they are, whether they can only be looked at, and
//! their pixels, within limits; or one line why not. Nothing is read but the bytes themselves.

mod check;
mod kind;
mod live;
mod pixels;
mod size;
pub mod weigh;

pub use check::{BadImage, MAX_BYTES, check_image};
pub use kind::ImageKind;
pub use live::check as live;
pub use pixels::{MOST_PIXELS, Pixels, decode};
pub use size::of as size;
