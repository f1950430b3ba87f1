//! Two pictures compared pixel by pixel, and made as small as they are shown.
//!
//! In: the [`Pixels`] of both sides. Out: how much differs, a map of where, and small copies. A place that only one of
//! two pictures of different sizes has differs as much as can be.

use cml_picture::Pixels;
use image::imageops::{FilterType, resize};
use image::{ImageBuffer, Rgb};

/// A pixel has changed if red, green or blue differ by more than this, of 255: less is a codec's rounding.
pub(super) const VISIBLE: i16 = 10;

/// How two pictures differ.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Score {
    /// The part of the pixels in which a channel differs by more than 10 of 255.
    pub changed: f64,
    /// The mean of |head - base| / 255 over all pixels and channels.
    pub mean: f64,
}

impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of the pixels changed, mean difference {}", percent(self.changed), percent(self.mean))
    }
}

/// Where two pictures differ, in the size in which it is shown.
#[derive(Clone, PartialEq)]
pub struct Map {
    pub width: u32,
    pub height: u32,
    /// The picture itself, without colours, from black to white.
    pub gray: Vec<u8>,
    /// The largest difference of each place, to 255; below zero where base is darker.
    pub strength: Vec<i16>,
}

impl std::fmt::Debug for Map {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Map {{ {}x{} }}", self.width, self.height)
    }
}

/// The difference of every pixel of the smallest area that holds both.
pub(super) struct Difference {
    width: u32,
    height: u32,
    strength: Vec<i16>,
    pub(super) score: Score,
}

impl Difference {
    pub(super) fn of(base: &Pixels, head: &Pixels) -> Self {
        let (width, height) = (base.width.max(head.width), base.height.max(head.height));
        let mut strength = Vec::with_capacity(width as usize * height as usize);
        let (mut changed, mut sum, mut nowhere) = (0_u64, 0_u64, 0_usize);
        for y in 0..height {
            for x in 0..width {
                let inside = |side: &Pixels| x < side.width && y < side.height;
                let signed = match (inside(base), inside(head)) {
                    (true, true) => {
                        let (base, head) = (base.at(x, y), head.at(x, y));
                        sum += base.iter().zip(&head).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
                        signed(base, head)
                    }
                    (false, false) => {
                        nowhere += 1;
                        0
                    }
                    (in_base, _) => {
                        sum += 3 * 255;
                        if in_base { -255 } else { 255 }
                    }
                };
                changed += u64::from(signed.abs() > VISIBLE);
                strength.push(signed);
            }
        }
        let all = (strength.len() - nowhere).max(1) as f64;
        let score = Score { changed: changed as f64 / all, mean: sum as f64 / (all * 3.0 * 255.0) };
        Self { width, height, strength, score }
    }

    /// Whether no pixel differs at all.
    pub(super) fn is_none(&self) -> bool {
        self.score.mean == 0.0
    }

    /// The map in another size: of the pixels that fall together the strongest difference is kept, so that a thin
    /// line stays to be seen. `under` is what it lies on.
    pub(super) fn map(&self, width: u32, height: u32, under: &Pixels) -> Map {
        let mut map = Map { width, height, gray: Vec::new(), strength: Vec::new() };
        for y in 0..height {
            let rows = covered(y, height, self.height);
            for x in 0..width {
                let columns = covered(x, width, self.width);
                let places = rows.clone().flat_map(|row| columns.clone().map(move |column| (row, column)));
                let all = places
                    .map(|(row, column)| self.strength[row as usize * self.width as usize + column as usize]);
                map.strength.push(all.max_by_key(|strength| strength.abs()).unwrap_or(0));
                let inside = x < under.width && y < under.height;
                map.gray.push(if inside { luminance(under.at(x, y)) as u8 } else { 255 });
            }
        }
        map
    }
}

/// A part as a percentage: `5.3%`, or `<0.1%` for what is there and would be nothing.
pub(super) fn percent(part: f64) -> String {
    match part * 100.0 {
        0.0 => "0%".to_owned(),
        percent if percent < 0.1 => "<0.1%".to_owned(),
        percent if percent < 9.95 => format!("{percent:.1}%"),
        percent => format!("{percent:.0}%"),
    }
}

/// The largest difference of a channel; below zero where base is darker.
fn signed(base: [u8; 3], head: [u8; 3]) -> i16 {
    let largest = base.iter().zip(&head).map(|(a, b)| i16::from(a.abs_diff(*b))).max().unwrap_or(0);
    if luminance(base) < luminance(head) { -largest } else { largest }
}

/// Rec. 709's weights, to 255.
fn luminance([red, green, blue]: [u8; 3]) -> u32 {
    (2126 * u32::from(red) + 7152 * u32::from(green) + 722 * u32::from(blue)) / 10_000
}

/// Which of `from` pixels lie, even in part, in the place `at` of `to`.
fn covered(at: u32, to: u32, from: u32) -> std::ops::Range<u32> {
    let scaled = |at: u32| u64::from(at) * u64::from(from);
    let (first, end) = (scaled(at) / u64::from(to), scaled(at + 1).div_ceil(u64::from(to)));
    first as u32..(end as u32).min(from)
}

/// A picture in another size: smaller without jags, larger with its pixels as they are.
pub(super) fn resized(pixels: &Pixels, width: u32, height: u32) -> Pixels {
    let view = ImageBuffer::<Rgb<u8>, &[u8]>::from_raw(pixels.width, pixels.height, &pixels.rgb);
    let Some(view) = view.filter(|_| (pixels.width, pixels.height) != (width, height)) else {
        return pixels.clone();
    };
    let filter = if width < pixels.width { FilterType::CatmullRom } else { FilterType::Nearest };
    Pixels { width, height, rgb: resize(&view, width, height, filter).into_raw() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(width: u32, shades: &[u8]) -> Pixels {
        let rgb: Vec<u8> = shades.iter().flat_map(|shade| [*shade; 3]).collect();
        Pixels { width, height: shades.len() as u32 / width, rgb }
    }

    #[track_caller]
    fn check(base: &Pixels, head: &Pixels, changed: f64, mean: f64, strength: &[i16]) {
        let difference = Difference::of(base, head);
        assert_eq!(difference.strength, strength);
        assert!((difference.score.changed - changed).abs() < 1e-9, "{:?}", difference.score);
        assert!((difference.score.mean - mean).abs() < 1e-9, "{:?}", difference.score);
    }

    #[test]
    fn the_score_counts_pixels_and_takes_their_mean() {
        check(&gray(2, &[0, 255]), &gray(2, &[0, 255]), 0.0, 0.0, &[0, 0]);
        check(&gray(2, &[0, 255]), &gray(2, &[255, 255]), 0.5, 0.5, &[-255, 0]);
        // A difference of ten is there, and counts as no change.
        check(&gray(2, &[100, 100]), &gray(2, &[90, 100]), 0.0, 10.0 / 510.0, &[10, 0]);
        check(&gray(2, &[100, 100]), &gray(2, &[89, 100]), 0.5, 11.0 / 510.0, &[11, 0]);
    }

    #[test]
    fn what_one_side_lacks_differs_as_much_as_can_be() {
        check(&gray(1, &[7]), &gray(2, &[7, 7]), 0.5, 0.5, &[0, 255]);
        check(&gray(2, &[7, 7]), &gray(1, &[7, 7]), 2.0 / 3.0, 2.0 / 3.0, &[0, -255, 255, 0]);
    }

    #[test]
    fn a_thin_line_stays_in_a_small_map() {
        let mut shades = vec![255; 100 * 100];
        shades[4_050] = 0;
        let difference = Difference::of(&gray(100, &vec![255; 100 * 100]), &gray(100, &shades));
        let map = difference.map(10, 10, &gray(10, &[200; 100]));
        assert_eq!(map.strength.iter().filter(|strength| **strength == 255).count(), 1);
        assert_eq!(map.gray[0], 200);
    }

    #[test]
    fn another_size_shows_the_same() {
        let check = |from: &[u8], to: &[u8]| {
            let small = resized(&gray(from.len() as u32, from), to.len() as u32, 1);
            let near = small.rgb.chunks(3).zip(to).all(|(found, shade)| found[0].abs_diff(*shade) <= 20);
            assert!(near, "{from:?} is {:?}", small.rgb);
        };
        check(&[50; 40], &[50; 10]);
        check(&[[0; 20], [200; 20]].concat(), &[0, 0, 0, 0, 200, 200, 200, 200]);
        // Neither of two colours that alternate is lost.
        check(&[0, 200].repeat(20), &[100; 10]);
        assert_eq!(resized(&gray(1, &[7, 9]), 2, 4), gray(2, &[7, 7, 7, 7, 9, 9, 9, 9]));
    }
}
