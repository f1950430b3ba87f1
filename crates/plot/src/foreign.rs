//! Image files that anyone may have made become pixels: in this process, or in another one that may die of them.
//!
//! In: the bytes of a file. Out: its [`Pixels`], or a half sentence why there are none. A few bytes can ask a library
//! for more memory or time than there is, or meet a fault in it, and the program that is shipped ends at the first
//! panic. So the program draws in a child ([`serve`]), which it asks through two pipes ([`ask_size`], [`ask_pixels`]);
//! [`InProcess`] is what the child does, and what tests of stages use.
//!
//! A question is its kind (1 byte), the scale (4) and the file with its length (4) before it; an answer is its kind
//! (1 byte), then a text with its length (4), or two sides as floats (4 each), or two sides as whole numbers (4 each)
//! and three bytes for each pixel. Numbers begin with their lowest byte.

use std::io::{Read, Write};

use super::vector::Vector;
use cml_base::text;
use cml_picture::{ImageKind, MOST_PIXELS, Pixels, check_image, decode, weigh};

/// Draws image files.
pub trait ForeignImages {
    /// Width and height of an SVG image in CSS pixels.
    fn size(&mut self, file: &[u8]) -> Result<(f32, f32), String>;

    /// The pixels of an image: of an SVG image so many for a CSS pixel, else as many as the file has.
    fn pixels(&mut self, file: &[u8], scale: f32) -> Result<Pixels, String>;
}

/// So many SVG images stay read: both sides of a comparison are first measured, then drawn.
const KEPT: usize = 2;

/// Draws in this process: whatever ends the drawing ends it too.
#[derive(Default)]
pub struct InProcess {
    opened: Vec<(Vec<u8>, Vector)>,
}

impl InProcess {
    fn vector(&mut self, file: &[u8]) -> Result<&Vector, String> {
        let known = self.opened.iter().position(|(bytes, _)| bytes == file);
        let at = match known {
            Some(at) => at,
            None => {
                let vector = Vector::open(file)?;
                if self.opened.len() >= KEPT {
                    self.opened.remove(0);
                }
                self.opened.push((file.to_vec(), vector));
                self.opened.len() - 1
            }
        };
        Ok(&self.opened[at].1)
    }
}

impl ForeignImages for InProcess {
    fn size(&mut self, file: &[u8]) -> Result<(f32, f32), String> {
        Ok(self.vector(file)?.size())
    }

    fn pixels(&mut self, file: &[u8], scale: f32) -> Result<Pixels, String> {
        match check_image(file) {
            Ok(ImageKind::Svg) => self.vector(file)?.pixels(scale),
            _ => decode(file).map_err(|error| error.to_string()),
        }
    }
}

/// Whether an SVG image is light enough to be read, by its elements alone; else a half sentence about it.
pub fn weigh_svg(file: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(file).map_err(|_| "it is not UTF-8".to_owned())?;
    weigh::weigh(&weigh::parsed(text)?)
}

const SIZE: u8 = 1;
const PIXELS: u8 = 2;
const REFUSED: u8 = 0;
/// A longer file is no question.
const LONGEST_FILE: u32 = 64 << 20;
/// So many characters of a reason are told: it may name parts of the file.
const LONGEST_REASON: usize = 200;

/// The other side has ended, or says what makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    #[error("the drawing program ended or could not be reached ({0})")]
    Ended(#[from] std::io::Error),
    #[error("the drawing program gave an answer that makes no sense")]
    Nonsense,
}

/// Answers questions until there are none; `before` is called before each.
pub fn serve(input: &mut dyn Read, output: &mut dyn Write, before: &mut dyn FnMut()) -> Result<(), Lost> {
    let mut images = InProcess::default();
    loop {
        let mut kind = [0];
        if input.read(&mut kind)? == 0 {
            return Ok(());
        }
        let scale = f32::from_le_bytes(array(input)?);
        let file = sized(input, LONGEST_FILE)?;
        before();
        match kind {
            [SIZE] => match images.size(&file) {
                Ok((width, height)) => {
                    output.write_all(&[SIZE])?;
                    output.write_all(&width.to_le_bytes())?;
                    output.write_all(&height.to_le_bytes())?;
                }
                Err(why) => refuse(output, &why)?,
            },
            [PIXELS] => match images.pixels(&file, scale) {
                Ok(pixels) => {
                    output.write_all(&[PIXELS])?;
                    output.write_all(&pixels.width.to_le_bytes())?;
                    output.write_all(&pixels.height.to_le_bytes())?;
                    output.write_all(&pixels.rgb)?;
                }
                Err(why) => refuse(output, &why)?,
            },
            _ => return Err(Lost::Nonsense),
        }
        output.flush()?;
    }
}

fn refuse(output: &mut dyn Write, why: &str) -> Result<(), Lost> {
    let why = reason(why);
    output.write_all(&[REFUSED])?;
    output.write_all(&u32::try_from(why.len()).unwrap_or(0).to_le_bytes())?;
    output.write_all(why.as_bytes())?;
    Ok(())
}

/// A reason in one line that is not too long.
fn reason(why: &str) -> String {
    let why = text::words(why);
    let mut letters = why.chars();
    let mut told: String = letters.by_ref().take(LONGEST_REASON).collect();
    if letters.next().is_some() {
        told.push('…');
    }
    told
}

/// Asks for the size of an SVG image: the answer, a refusal with its reason, or nobody is there any more.
pub fn ask_size(
    input: &mut dyn Write,
    output: &mut dyn Read,
    file: &[u8],
) -> Result<Result<(f32, f32), String>, Lost> {
    ask(input, SIZE, 0.0, file)?;
    match array(output)? {
        [REFUSED] => told(output).map(Err),
        [SIZE] => {
            let (width, height) = (f32::from_le_bytes(array(output)?), f32::from_le_bytes(array(output)?));
            let is_size = |side: f32| side.is_finite() && side > 0.0;
            if is_size(width) && is_size(height) { Ok(Ok((width, height))) } else { Err(Lost::Nonsense) }
        }
        _ => Err(Lost::Nonsense),
    }
}

/// Asks for the pixels of an image, as [`ask_size`] does for its size.
pub fn ask_pixels(
    input: &mut dyn Write,
    output: &mut dyn Read,
    file: &[u8],
    scale: f32,
) -> Result<Result<Pixels, String>, Lost> {
    ask(input, PIXELS, scale, file)?;
    match array(output)? {
        [REFUSED] => told(output).map(Err),
        [PIXELS] => {
            let (width, height) = (u32::from_le_bytes(array(output)?), u32::from_le_bytes(array(output)?));
            let area = u64::from(width) * u64::from(height);
            if area == 0 || area > MOST_PIXELS {
                return Err(Lost::Nonsense);
            }
            let mut rgb = vec![0; area as usize * 3];
            output.read_exact(&mut rgb)?;
            Ok(Ok(Pixels { width, height, rgb }))
        }
        _ => Err(Lost::Nonsense),
    }
}

fn ask(input: &mut dyn Write, kind: u8, scale: f32, file: &[u8]) -> Result<(), Lost> {
    let length = u32::try_from(file.len()).map_err(|_| Lost::Nonsense)?;
    input.write_all(&[kind])?;
    input.write_all(&scale.to_le_bytes())?;
    input.write_all(&length.to_le_bytes())?;
    input.write_all(file)?;
    input.flush()?;
    Ok(())
}

/// A reason, whoever gave it.
fn told(output: &mut dyn Read) -> Result<String, Lost> {
    let text = sized(output, LONGEST_REASON as u32 * 5)?;
    Ok(reason(&String::from_utf8_lossy(&text)))
}

fn array<const N: usize>(from: &mut dyn Read) -> Result<[u8; N], Lost> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn sized(from: &mut dyn Read, most: u32) -> Result<Vec<u8>, Lost> {
    let length = u32::from_le_bytes(array(from)?);
    if length > most {
        return Err(Lost::Nonsense);
    }
    let mut bytes = vec![0; length as usize];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = include_bytes!("../../../tests/data/images/3x2.png");
    const SVG: &[u8] =
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='6'><rect width='9' height='3'/></svg>";

    /// What the other side answers to questions, as bytes.
    fn answers(questions: &[u8]) -> Vec<u8> {
        let mut output = Vec::new();
        let mut asked = 0;
        serve(&mut &*questions, &mut output, &mut || asked += 1).unwrap();
        assert!(asked > 0);
        output
    }

    fn size(file: &[u8]) -> Result<(f32, f32), String> {
        let mut question = Vec::new();
        // Nobody answers while the question is only taken down.
        assert!(ask_size(&mut question, &mut std::io::empty(), file).is_err());
        ask_size(&mut std::io::sink(), &mut answers(&question).as_slice(), file).unwrap()
    }

    fn pixels(file: &[u8], scale: f32) -> Result<Pixels, String> {
        let mut question = Vec::new();
        assert!(ask_pixels(&mut question, &mut std::io::empty(), file, scale).is_err());
        ask_pixels(&mut std::io::sink(), &mut answers(&question).as_slice(), file, scale).unwrap()
    }

    #[test]
    fn both_sides_of_the_pipe_agree_with_drawing_here() {
        let mut here = InProcess::default();
        assert_eq!(size(SVG), here.size(SVG));
        assert_eq!(size(SVG), Ok((9.0, 6.0)));
        assert_eq!(size(b"<svg/>"), here.size(b"<svg/>"));
        for (file, scale) in [(SVG, 2.0), (SVG, 0.5), (PNG, 1.0), (&PNG[..40], 1.0), (b"no image", 1.0)] {
            assert_eq!(pixels(file, scale), here.pixels(file, scale));
        }
        assert_eq!(pixels(SVG, 2.0).map(|pixels| (pixels.width, pixels.height)), Ok((18, 12)));
    }

    #[test]
    fn what_makes_no_sense_is_believed_by_no_side() {
        let numbers = |parts: &[u32]| parts.iter().flat_map(|part| part.to_le_bytes()).collect::<Vec<u8>>();
        let answer = |kind: u8, parts: &[u32]| [vec![kind], numbers(parts)].concat();
        let floats = |one: f32, other: f32| answer(SIZE, &[one.to_bits(), other.to_bits()]);
        let sizes = [floats(f32::NAN, 1.0), floats(0.0, 1.0), floats(1.0, f32::INFINITY), answer(9, &[1, 1])];
        for bad in sizes.iter().chain([&answer(REFUSED, &[u32::MAX]), &vec![]]) {
            assert!(ask_size(&mut std::io::sink(), &mut bad.as_slice(), SVG).is_err(), "{bad:?}");
        }
        let pictures = [[0, 1], [u32::MAX, u32::MAX], [1 << 13, 1 << 13], [2, 2]];
        for bad in pictures.map(|sides| answer(PIXELS, &sides)) {
            assert!(ask_pixels(&mut std::io::sink(), &mut bad.as_slice(), SVG, 1.0).is_err(), "{bad:?}");
        }
        for bad in [answer(7, &[0, 0]), answer(SIZE, &[0, u32::MAX]), answer(SIZE, &[0, 5])] {
            assert!(serve(&mut bad.as_slice(), &mut std::io::sink(), &mut || ()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_reason_is_one_short_line() {
        let name = "a".repeat(1_000);
        let why = size(format!("<svg xmlns='http://www.w3.org/2000/svg'><g></{name}></svg>").as_bytes())
            .unwrap_err();
        assert!(why.chars().count() <= LONGEST_REASON + 1 && why.ends_with('…'), "{why}");
        assert_eq!(reason("a\n\u{1b}[1mb"), "a \\u{1b}[1mb");
    }

    #[test]
    fn weighing_reads_no_more_than_the_elements() {
        assert_eq!(weigh_svg(SVG), Ok(()));
        assert!(weigh_svg(b"<svg><g id='a'><use href='#a'/></g></svg>").unwrap_err().contains("itself"));
        assert!(weigh_svg(b"\xff").is_err() && weigh_svg(b"").is_err());
    }
}
