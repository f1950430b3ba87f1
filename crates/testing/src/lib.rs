//! What the tests of several crates share.
#![expect(clippy::unwrap_used, reason = "only tests use it")]

mod server;

pub use server::{Server, answer};

/// A picture of one colour.
pub fn png(shade: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = image::GrayImage::from_pixel(2, 2, image::Luma([shade]));
    picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    bytes
}
