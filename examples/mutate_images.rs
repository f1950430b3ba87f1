//! Draws mutated SVG images in the program's child, as a report would: `cargo run --example mutate_images [COUNT [SEED]]`.
//!
//! Prints how many were drawn, refused, and ended the child, and those that did: none of them may end this process.

#![expect(clippy::print_stdout, reason = "its numbers are what it is for")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

use cml::comparison::{self, ImageChild};
use cml_host::deadline::Deadline;
use cml_picture as picture;
use cml_plot::ForeignImages as _;

const SEEDS: [&str; 5] = [
    include_str!("../tests/data/heavy/arc-far-away.svg"),
    include_str!("../tests/data/heavy/circle-huge-and-far.svg"),
    include_str!("../tests/data/heavy/pattern-tall-among-others.svg"),
    include_str!("../tests/data/heavy/pattern-tall.svg"),
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 90 60'><style>.a{stroke:red}</style><defs><clipPath id='c'><path d='M0 0H50V50Z'/></clipPath><mask id='m' width='1'><rect width='9' height='9' fill='white'/></mask><radialGradient id='g' r='.5'><stop offset='0'/><stop offset='1' stop-color='red'/></radialGradient><marker id='k' markerWidth='3'><path d='M0 0L1 1'/></marker><symbol id='s' viewBox='0 0 4 4'><circle r='2'/></symbol></defs><g clip-path='url(#c)' opacity='.5' transform='rotate(4) scale(2)'><path class='a' d='M1 1L9 40Q3 4 5 6C1 2 3 4 5 6A3 4 5 0 1 7 8Z' stroke-width='2' stroke-dasharray='2 1' marker-end='url(#k)'/><rect mask='url(#m)' x='3' width='20' height='10' rx='2' fill='url(#g)'/></g><use href='#s' x='4' width='9' height='9'/><text x='3' y='20' font-size='12'>a<tspan dy='3'>b</tspan></text><polyline points='1,2 3,4 50,6' stroke='blue' stroke-linejoin='round' stroke-miterlimit='9'/></svg>",
];

const NUMBERS: [&str; 14] = [
    "0",
    "-1",
    "1e9",
    "-1e9",
    "1e30",
    "1e38",
    "1e-9",
    "1e-38",
    "nan",
    "2147483648",
    "65536",
    ".002",
    "1e5",
    "99999",
];

/// Knuth's generator: the same numbers everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end.max(1)
    }
}

fn mutated(chance: &mut Chance) -> Vec<u8> {
    let mut bytes = SEEDS[chance.below(SEEDS.len())].as_bytes().to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len());
        match chance.below(6) {
            0 => bytes[at] ^= 1 << chance.below(7),
            1..=3 => {
                // Another number for one that is there.
                let digit = |byte: &u8| byte.is_ascii_digit();
                let Some(start) = bytes[at..].iter().position(digit).map(|found| at + found) else {
                    continue;
                };
                let end =
                    bytes[start..].iter().position(|byte| !digit(byte)).map_or(bytes.len(), |n| start + n);
                let number = NUMBERS[chance.below(NUMBERS.len())];
                bytes.splice(start..end, number.bytes());
            }
            4 => {
                let part: Vec<u8> = bytes[at..].iter().take(chance.below(60)).copied().collect();
                let to = chance.below(bytes.len());
                bytes.splice(to..to, part);
            }
            _ => {
                let end = (at + chance.below(20)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
        if bytes.is_empty() {
            return bytes;
        }
    }
    bytes
}

fn main() -> ExitCode {
    if comparison::is_image_child(std::env::args_os()) {
        return ExitCode::from(comparison::image_child());
    }
    let mut arguments = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let count = arguments.next().unwrap_or(10_000);
    let mut chance = Chance(arguments.next().unwrap_or(1));
    let (mut child, mut told) = (ImageChild::new(Deadline::never()), BTreeMap::<String, u32>::new());
    let began = Instant::now();
    for _ in 0..count {
        let file = mutated(&mut chance);
        let outcome = match picture::check_image(&file) {
            Ok(_) => child.size(&file).and_then(|_| child.pixels(&file, 2.0)).map(|_| "drawn".to_owned()),
            Err(_) => Err("refused before".to_owned()),
        };
        let outcome = outcome.unwrap_or_else(|why| why);
        if outcome.starts_with("drawing it") || outcome.starts_with("it could not be drawn") {
            println!("{outcome}: {}", String::from_utf8_lossy(&file));
            child = ImageChild::new(Deadline::never());
        }
        // A reason may name parts of the file.
        *told.entry(outcome.chars().take(30).collect()).or_default() += 1;
    }
    println!("{count} images in {:.1} s", began.elapsed().as_secs_f64());
    for (outcome, times) in told.iter().filter(|(_, times)| **times > 20 || count < 100) {
        println!("{times:6} {outcome}");
    }
    ExitCode::SUCCESS
}
