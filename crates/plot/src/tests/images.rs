//! Image files of two sides: what is drawn, named, left out and said of them.

use super::scenes::{check as check_figure, check_scene};
use super::*;
use crate::font::Fonts;
use cml_tracked::ImageData;

/// A picture of one shade with a square of another in its corner.
fn png_of(width: u32, height: u32, square: u8) -> Vec<u8> {
    let pixel = |x, y| if x < width / 4 && y < height / 4 { [square, 40, 40] } else { [250, 250, 250] };
    let picture = ::image::RgbImage::from_fn(width, height, |x, y| ::image::Rgb(pixel(x, y)));
    let mut bytes = Vec::new();
    picture.write_to(&mut std::io::Cursor::new(&mut bytes), ::image::ImageFormat::Png).unwrap();
    bytes
}

fn image(id: &str, gallery: Option<&str>, bytes: Vec<u8>) -> ImageData {
    ImageData { id: id.to_owned(), title: id.to_owned(), gallery: gallery.map(str::to_owned), bytes }
}

/// A side of single images.
fn side(files: &[(&str, Vec<u8>)]) -> Vec<ImageData> {
    files.iter().map(|(id, bytes)| image(id, None, bytes.clone())).collect()
}

fn compared(base: &[ImageData], head: &[ImageData]) -> (Vec<Figure>, Vec<String>) {
    let (figures, notices) = images(Some((base, "main")), (head, "work"), false, &mut InProcess::default());
    let fonts = Fonts::embedded().unwrap();
    for figure in figures.iter().filter(|figure| figure.is_drawn()) {
        check_scene(figure, &fonts);
        assert_eq!(images_width_of(figure), draw::scene(figure, &fonts).width as u32);
    }
    (figures, notices.iter().map(ToString::to_string).collect())
}

fn images_width_of(figure: &Figure) -> u32 {
    let Kind::Images(images) = &figure.kind else { panic!("no images") };
    draw::images::width(images) as u32
}

/// The alternative texts, and the names of what is unchanged.
#[track_caller]
fn check(base: &[ImageData], head: &[ImageData], expected: &[&str], expected_notices: &[&str]) {
    let (figures, notices) = compared(base, head);
    let told: Vec<String> = figures
        .iter()
        .map(
            |figure| {
                if figure.is_drawn() { told(figure).alt } else { told(figure).unchanged_images().join(" ") }
            },
        )
        .collect();
    assert_eq!(told, expected);
    assert_eq!(notices, expected_notices);
}

#[test]
fn an_image_changed_or_is_new_or_gone_or_the_same() {
    let base = [("a.png", png_of(40, 40, 0)), ("b.png", png_of(40, 40, 0)), ("gone.png", png_of(8, 8, 0))];
    let head = [("a.png", png_of(40, 40, 255)), ("b.png", png_of(40, 40, 0)), ("new.png", png_of(600, 9, 0))];
    check(
        &side(&base),
        &side(&head),
        &[
            "Image a.png. main has 40×40 pixels, work has 40×40 pixels, 6.2% of the pixels changed, mean difference 2.1%.",
            "b.png",
            "Image new.png. work has 600×9 pixels, new.",
            "Image gone.png. main has 8×8 pixels, removed.",
        ],
        &[],
    );
}

#[test]
fn pixels_count_and_not_bytes() {
    let mut with_text = png_of(10, 10, 7);
    // A `tEXt` chunk before `IEND`: a date, as plotting programs write it.
    let end = with_text.len() - 12;
    with_text.splice(end..end, [&[0, 0, 0, 3][..], b"tEXta\0b", &[0xff, 0x2d, 0xa0, 0x17]].concat());
    let head = side(&[("a.png", with_text)]);
    let (figures, notices) = compared(&side(&[("a.png", png_of(10, 10, 7))]), &head);
    assert_eq!((told(&figures[0]).unchanged_images(), notices.len()), (&["a.png".to_owned()][..], 0));
}

#[test]
fn what_is_unchanged_is_drawn_if_all_is_asked_for() {
    let files = side(&[("a.png", png_of(40, 40, 0))]);
    let (figures, _) = images(Some((&files, "main")), (&files, "work"), true, &mut InProcess::default());
    check_figure(&figures[0], "330x211 work · 40×40|a.png|unchanged");
    let (figures, _) = images(None, (&files, "work"), false, &mut InProcess::default());
    check_figure(&figures[0], "330x194 work · 40×40|a.png");
}

#[test]
fn base_and_head_stand_side_by_side_or_below_one_another() {
    let pair = |width, height| {
        let (base, head) =
            (side(&[("a.png", png_of(width, height, 0))]), side(&[("a.png", png_of(width, height, 200))]));
        compared(&base, &head).0.remove(0)
    };
    check_figure(
        &pair(400, 300),
        "972x333 main|work|difference|a.png|6.2% of the pixels changed, mean difference 1.6%|darker in main|darker in work",
    );
    check_figure(
        &pair(1_000, 100),
        "652x358 main|work|difference|a.png|6.2% of the pixels changed, mean difference 1.6%|darker in main|darker in work",
    );
}

#[test]
fn sizes_are_told_where_they_differ() {
    let base = side(&[("a.png", png_of(200, 100, 0))]);
    let (figures, _) = compared(&base, &side(&[("a.png", png_of(100, 200, 0))]));
    check_figure(
        &figures[0],
        "672x308 main · 200×100|work · 100×200|difference|a.png|71% of the pixels changed, mean difference 70%|darker in main|darker in work",
    );
}

#[test]
fn many_images_of_a_folder_are_one_gallery() {
    let members = |count: u32, shift: u32| -> Vec<ImageData> {
        let member = |index: u32| {
            let square = if index.is_multiple_of(3) { 40 * shift } else { 0 };
            image(&format!("out/{index:02}.png"), Some("out"), png_of(28 + index, 28, square as u8))
        };
        (0..count).map(member).collect()
    };
    let (figures, _) = compared(&members(4, 0), &members(4, 1));
    assert_eq!(figures.len(), 4, "few are plots of their own");
    check(
        &members(40, 0),
        &members(41, 3),
        &[
            "Images of out/. 00.png 6.2% changed, 12.png 6.2% changed, 24.png 6.2% changed, 36.png 6.2% changed, 33.png 6.1% changed, 21.png 6.1% changed, and 9 more, 26 unchanged.",
        ],
        &[],
    );
}

#[test]
fn a_bad_image_costs_only_itself() {
    let mut bomb = png_of(9, 9, 0);
    bomb[16..24].copy_from_slice(&[0, 0, 0x18, 0, 0, 0, 0x18, 0]);
    let mut cut = png_of(40, 40, 0);
    let middle = cut.len() / 2;
    cut[middle] ^= 0xff;
    let looped =
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><g id='a'><use href='#a'/></g></svg>";
    let good = png_of(40, 40, 0);
    check(
        &side(&[("cut.png", good.clone()), ("good.png", good.clone())]),
        &side(&[("bomb.png", bomb), ("cut.png", cut), ("loop.svg", looped.to_vec()), ("good.png", good)]),
        &["Image cut.png. main has 40×40 pixels.", "good.png"],
        &[
            "bomb.png: it is 6144×6144 pixels, more than 16777216 in all; it is not drawn",
            "cut.png: it begins as an image (image/png) but is broken or cut off; it is not drawn",
            "loop.svg: a part of it refers to itself; it is not drawn",
        ],
    );
}

#[test]
fn images_as_text_are_a_table() {
    let base = side(&[("a.png", png_of(40, 40, 0))]);
    let head = side(&[("a.png", png_of(40, 40, 255)), ("b.png", png_of(3, 3, 0))]);
    let (figures, _) = compared(&base, &head);
    let rows: Vec<String> = figures
        .iter()
        .map(|figure| {
            let table = told(figure).table.unwrap();
            format!("{} = {}", table.header.join("|"), table.rows[0].join("|"))
        })
        .collect();
    assert_eq!(
        rows,
        [
            "Image|main|work|changed pixels|mean difference = a.png|40×40|40×40|6.2%|2.1%",
            "Image|main|work|changed pixels|mean difference = b.png|–|3×3|new|–",
        ]
    );
}

#[test]
fn two_hundred_odd_files_are_drawn_or_refused() {
    let whole: [&[u8]; 7] = [
        include_bytes!("../../../../tests/data/images/3x2.png"),
        include_bytes!("../../../../tests/data/images/3x2.jpg"),
        include_bytes!("../../../../tests/data/images/3x2.gif"),
        include_bytes!("../../../../tests/data/images/3x2-lossy.webp"),
        include_bytes!("../../../../tests/data/images/3x2-lossless.webp"),
        include_bytes!("../../../../tests/data/images/3x2-extended.webp"),
        b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 90 60'><defs><clipPath id='c'><path d='M0 0H50V50Z'/></clipPath></defs><g clip-path='url(#c)' opacity='.5' transform='rotate(4)'><path d='M1 1L9 40Q3 4 5 6Z' stroke='red' stroke-width='2' stroke-dasharray='2 1'/></g><text x='3' y='20' font-size='12'>a<tspan dy='3'>b</tspan></text></svg>",
    ];
    let mut drawn = 0;
    for seed in 0..200 {
        let mut chance = super::kinds::Lcg::new(seed);
        let mut bytes = whole[chance.below(whole.len())].to_vec();
        for _ in 0..chance.below(4) {
            let at = chance.below(bytes.len());
            match chance.below(3) {
                0 => bytes[at] = chance.below(256) as u8,
                1 => bytes[at] ^= 1 << chance.below(8),
                _ => drop(bytes.splice(at..at, [b'0' + chance.below(10) as u8])),
            }
        }
        let head = [image("odd", None, bytes)];
        let base = [image("odd", None, whole[seed as usize % 7].to_vec())];
        let (figures, notices) =
            images(Some((&base, "main")), (&head, "work"), false, &mut InProcess::default());
        assert!(!figures.is_empty() || !notices.is_empty(), "{seed} is lost without a word");
        for figure in figures.iter().filter(|figure| figure.is_drawn()) {
            // Painting takes the time; every twentieth is enough to see that no picture is too odd for it.
            assert!(seed % 20 > 0 || png(figure, Theme::Dark, &Typeface::default()).unwrap().len() > 100);
            drawn += 1;
        }
    }
    assert!(drawn > 60, "only {drawn} were drawn");
}
