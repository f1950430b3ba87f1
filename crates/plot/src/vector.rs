//! SVG images into pixels, within limits of time and memory.
//!
//! In: an SVG file that can only be looked at (`picture::check_image` says so). Out: its size and its pixels on white.
//! What it asks for is weighed before anything is drawn: its elements ([`weigh`]), then what they come to ([`cost`]).
//! Its texts are set in our typeface, as everywhere.

use std::sync::Arc;

use resvg::usvg::{ImageHrefResolver, ImageKind, Options, Tree};
use tiny_skia::{Color, Pixmap, Transform};

use super::font::Fonts;
use super::{cost, svg_text};
use cml_picture::weigh::{parsed, weigh};
use cml_picture::{self as picture, Pixels};

const MOST_EMBEDDED_PIXELS: u64 = 1 << 22;
/// The longest side of the pixels.
const LONGEST: f32 = 2048.0;
const LONGEST_NAMED: f32 = 20_000.0;

/// An SVG image that may be drawn.
pub(super) struct Vector {
    tree: Tree,
}

impl Vector {
    /// Reads and weighs an image; the error is a half sentence about it.
    pub(super) fn open(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
        let document = parsed(text)?;
        weigh(&document)?;
        let fonts = Fonts::embedded().map_err(|error| error.to_string())?;
        let text = svg_text::outlined(text, &document, &fonts);
        let document = parsed(&text)?;
        weigh(&document)?;
        let tree = Tree::from_xmltree(&document, &options()).map_err(|error| error.to_string())?;
        let size = tree.size();
        if size.width().max(size.height()) > LONGEST_NAMED {
            return Err(format!("it is {}×{} pixels large", size.width(), size.height()));
        }
        Ok(Self { tree })
    }

    /// Width and height in CSS pixels.
    pub(super) fn size(&self) -> (f32, f32) {
        (self.tree.size().width(), self.tree.size().height())
    }

    /// The pixels, so many for a CSS pixel.
    pub(super) fn pixels(&self, scale: f32) -> Result<Pixels, String> {
        let (width, height) = self.size();
        let (width, height) = (side(width, scale), side(height, scale));
        cost::weigh(&self.tree, scale, width, height)?;
        let mut pixmap = Pixmap::new(width, height).ok_or("it has no size")?;
        pixmap.fill(Color::WHITE);
        resvg::render(&self.tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
        let rgb =
            pixmap.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
        Ok(Pixels { width, height, rgb })
    }
}

/// A length of a picture in pixels, so many for a CSS pixel.
pub(super) fn side(length: f32, scale: f32) -> u32 {
    ((length * scale).round() as u32).max(1)
}

/// How many pixels stand for a CSS pixel, for images of these sizes to be compared: two, or fewer for large ones.
pub(super) fn scale(sizes: impl Iterator<Item = (f32, f32)>) -> f32 {
    sizes.map(|(width, height)| LONGEST / width.max(height).max(1.0)).fold(2.0, f32::min)
}

/// Nothing is read but the image itself, and of pictures in it only small ones are unpacked.
fn options() -> Options<'static> {
    let embedded = |_: &str, data: Arc<Vec<u8>>, _: &Options<'_>| {
        let kind = picture::check_image(&data).ok()?;
        let (width, height) = picture::size(kind, &data)?;
        (u64::from(width) * u64::from(height) <= MOST_EMBEDDED_PIXELS).then_some(())?;
        Some(match kind {
            picture::ImageKind::Png => ImageKind::PNG(data),
            picture::ImageKind::Jpeg => ImageKind::JPEG(data),
            picture::ImageKind::Gif => ImageKind::GIF(data),
            picture::ImageKind::WebP => ImageKind::WEBP(data),
            picture::ImageKind::Svg => return None,
        })
    };
    Options {
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(embedded),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of dark pixels in per cent, or why there is none.
    fn drawn(body: &str) -> Result<u32, String> {
        let text = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' viewBox='0 0 100 50'>{body}</svg>"
        );
        let vector = Vector::open(text.as_bytes())?;
        assert_eq!(vector.size(), (100.0, 50.0));
        let pixels = vector.pixels(2.0)?;
        assert_eq!((pixels.width, pixels.height), (200, 100));
        let dark = pixels.rgb.chunks_exact(3).filter(|pixel| pixel[0] < 128).count();
        Ok((dark * 100 / (200 * 100)) as u32)
    }

    #[track_caller]
    fn check(body: &str, expected: Result<u32, &str>) {
        match (drawn(body), expected) {
            (Ok(share), Ok(expected)) => assert_eq!(share, expected, "{body}"),
            (Err(why), Err(words)) => assert!(why.contains(words), "{why}"),
            (outcome, expected) => panic!("{outcome:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn shapes_and_what_they_refer_to_are_drawn() {
        check("", Ok(0));
        check("<rect width='50' height='50'/>", Ok(50));
        check(
            "<defs><rect id='a' width='25' height='50'/></defs><use xlink:href='#a'/><use href='#a' x='50'/>",
            Ok(50),
        );
        let black = "<image width='50' height='50' preserveAspectRatio='none' href='data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=='/>";
        check(black, Ok(50));
        check("<path d='M0 0H100V50H0Z' fill='none'/>", Ok(0));
    }

    #[test]
    fn nothing_outside_of_the_image_is_read() {
        check("<image width='50' height='50' href='/etc/passwd'/><rect width='1' height='50'/>", Ok(1));
        check("<use href='other.svg#a'/>", Ok(0));
    }

    #[test]
    fn what_would_take_too_long_is_refused() {
        check("<g id='a'><use href='#a'/></g>", Err("refers to itself"));
        check(
            "<clipPath id='a' clip-path='url(#b)'/><clipPath id='b' clip-path='url(#a)'/>",
            Err("refers to itself"),
        );
        check("<filter id='f'><feGaussianBlur/></filter>", Err("filters"));
        check("<style>rect{fill:url(#a)}</style>", Err("style sheet"));
        check(&format!("{}{}", "<g>".repeat(100), "</g>".repeat(100)), Err("too deep"));
        check("<g marker-end='url(#m)'/>", Err("markers on a group"));
        let bomb: String = (1..9)
            .map(|level| {
                let uses = format!("<use href='#l{}'/>", level - 1).repeat(10);
                format!("<g id='l{level}'>{uses}</g>")
            })
            .collect();
        check(&format!("<rect id='l0' width='1' height='1'/>{bomb}"), Err("too many parts"));
        let layers =
            "<g opacity='.5'><rect width='100' height='50'/><rect width='9' height='9'/></g>".repeat(20_000);
        check(&layers, Err("over and over"));
        let patterns: String = (1..9).map(|level| {
            let rects = "<rect width='9' height='9'/>".repeat(10);
            format!("<pattern id='p{level}' width='9' height='9' patternUnits='userSpaceOnUse'><g fill='url(#p{})'>{rects}</g></pattern>", level - 1)
        }).collect();
        let body = format!(
            "<pattern id='p0' width='9' height='9'><rect width='1' height='1'/></pattern>{patterns}<rect width='99' height='49' fill='url(#p8)'/>"
        );
        check(&body, Err("over and over"));
        assert!(Vector::open(b"<svg xmlns='http://www.w3.org/2000/svg' width='1e9' height='1'/>").is_err());
        assert!(Vector::open(b"<svg xmlns='http://www.w3.org/2000/svg' width='0' height='0'/>").is_err());
    }
}
