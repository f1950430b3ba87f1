//! Pictures against those of `docs/images/plots`, which somebody has looked at: nothing may have moved or changed its
//! colour, but a machine may round a pixel otherwise. `cargo run --release --example gallery` draws them anew.

use std::path::Path;

use cml_git::Folder;
use cml_plot::{self as plot, Figure, Theme, Typeface};
use cml_tracked::{Snapshot, Sources, collect};
use image::RgbImage;

/// A channel differs if it does by more than this, of 255.
const ROUNDING: u8 = 24;
/// So many of a thousand pixels may differ.
const MOST: usize = 2;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn side(name: &str) -> Snapshot {
    collect(&Folder::new(root().join("examples/gallery").join(name)), &Sources::default()).unwrap()
}

fn figures() -> Vec<Figure> {
    let (base, head) = (side("base"), side("head"));
    let (mut figures, notices) = plot::figures(&[(&base.plots, "main"), (&head.plots, "workspace")]);
    let sides = (Some((base.images.as_slice(), "main")), (head.images.as_slice(), "workspace"));
    let (images, more) = plot::images(sides.0, sides.1, false, &mut plot::InProcess::default());
    figures.extend(images);
    assert_eq!([notices, more].concat(), []);
    figures
}

/// How many of a thousand pixels differ.
fn differing(a: &RgbImage, b: &RgbImage) -> usize {
    assert_eq!(a.dimensions(), b.dimensions());
    let is_other = |(a, b): (&image::Rgb<u8>, &image::Rgb<u8>)| {
        a.0.iter().zip(&b.0).any(|(a, b)| a.abs_diff(*b) > ROUNDING)
    };
    let count = a.pixels().zip(b.pixels()).filter(|pair| is_other(*pair)).count();
    (count * 1_000).div_ceil(a.as_raw().len() / 3)
}

#[track_caller]
fn check(figures: &[Figure], name: &str, theme: Theme) {
    let figure =
        figures.iter().find(|figure| figure.title.trim_end_matches('/').replace('/', "-") == name).unwrap();
    let drawn = plot::png(figure, theme, &Typeface::default()).unwrap();
    let ending = if theme == Theme::Light { "light" } else { "dark" };
    let file = root().join(format!("docs/images/plots/{name}-{ending}.png"));
    let golden = image::open(file).unwrap().into_rgb8();
    let drawn = image::load_from_memory(&drawn).unwrap().into_rgb8();
    let share = differing(&drawn, &golden);
    assert!(share <= MOST, "{name} {ending}: {share} of a thousand pixels differ");
}

#[test]
fn the_gallery_is_what_is_drawn() {
    let figures = figures();
    for (name, theme) in [
        ("linear", Theme::Light),
        ("smooth", Theme::Dark),
        ("scatter", Theme::Light),
        ("confusion", Theme::Dark),
        ("bar_horizontal", Theme::Light),
        ("image", Theme::Dark),
        ("image_svg", Theme::Light),
        ("data-digits", Theme::Light),
    ] {
        check(&figures, name, theme);
    }
}

#[test]
fn a_moved_label_would_be_seen() {
    let white = RgbImage::from_pixel(100, 100, image::Rgb([255; 3]));
    let mut marked = white.clone();
    (0..20).for_each(|x| marked.put_pixel(x, 5, image::Rgb([0; 3])));
    assert_eq!((differing(&white, &white), differing(&white, &marked)), (0, 2));
    (0..20).for_each(|x| marked.put_pixel(x, 6, image::Rgb([0; 3])));
    assert!(differing(&white, &marked) > MOST);
}
