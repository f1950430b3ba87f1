//! The colours of a picture, by theme: GitHub's neutral tones, purple for base, teal for head; a matrix runs over
//! ColorBrewer's YlGnBu (safe for the colour-blind), in dark pictures from the background upwards.

use super::image::VISIBLE;
use super::scene::Ink;
use super::{Theme, Which};

/// Red, green, blue.
pub(super) type Rgb = (u8, u8, u8);

/// Every colour of one theme.
pub(super) struct Colors {
    pub background: Rgb,
    grid: Rgb,
    axis: Rgb,
    strong: Rgb,
    label: Rgb,
    base: Rgb,
    head: Rgb,
    /// Of further sides, again from the first if there are more.
    between: [Rgb; 5],
    /// From nothing to the most, in equal steps.
    heat: [Rgb; 7],
    faint_on_heat: Rgb,
    /// How much is left of a picture's black below its differences.
    under_difference: f32,
}

const DARK_TEXT: Rgb = (0x04, 0x05, 0x06);
const LIGHT_TEXT: Rgb = (0xff, 0xff, 0xff);

/// DVC's, after those of base and head.
const BETWEEN: [Rgb; 5] =
    [(0xf4, 0x68, 0x37), (0x48, 0xbb, 0x78), (0x42, 0x99, 0xe1), (0xed, 0x89, 0x36), (0xf5, 0x65, 0x65)];

const LIGHT: Colors = Colors {
    background: (0xff, 0xff, 0xff),
    grid: (0xe1, 0xe4, 0xe8),
    axis: (0x8c, 0x95, 0x9f),
    strong: (0x1f, 0x23, 0x28),
    label: (0x1f, 0x23, 0x28),
    base: (0x94, 0x5d, 0xd6),
    head: (0x13, 0xad, 0xc7),
    between: BETWEEN,
    heat: [
        (0xf1, 0xf9, 0xc3),
        (0xc7, 0xe9, 0xb4),
        (0x7f, 0xcd, 0xbb),
        (0x41, 0xb6, 0xc4),
        (0x1d, 0x91, 0xc0),
        (0x22, 0x5e, 0xa8),
        (0x1d, 0x2e, 0x83),
    ],
    faint_on_heat: (0x9a, 0xa5, 0x86),
    under_difference: 0.2,
};

const DARK: Colors = Colors {
    background: (0x0d, 0x11, 0x17),
    grid: (0x26, 0x2c, 0x34),
    axis: (0x6e, 0x76, 0x81),
    strong: (0xe6, 0xed, 0xf3),
    label: (0xc9, 0xd1, 0xd9),
    base: (0xb0, 0x83, 0xf0),
    head: (0x39, 0xc5, 0xd9),
    between: BETWEEN,
    heat: [
        (0x16, 0x1b, 0x22),
        (0x1a, 0x37, 0x4b),
        (0x1b, 0x5a, 0x75),
        (0x21, 0x86, 0xa2),
        (0x41, 0xb0, 0xc0),
        (0x7f, 0xd3, 0xbf),
        (0xed, 0xf8, 0xb1),
    ],
    faint_on_heat: (0x76, 0x7e, 0x88),
    under_difference: 0.28,
};

impl Colors {
    pub(super) fn of_theme(theme: Theme) -> &'static Self {
        match theme {
            Theme::Light => &LIGHT,
            Theme::Dark => &DARK,
        }
    }

    pub(super) fn of(&self, ink: Ink) -> Rgb {
        match ink {
            Ink::Grid => self.grid,
            Ink::Axis => self.axis,
            Ink::Strong => self.strong,
            Ink::Label => self.label,
            Ink::Side(Which::Base) => self.base,
            Ink::Side(Which::Head) => self.head,
            Ink::Side(Which::Between(at)) => self.between[usize::from(at) % self.between.len()],
            Ink::Heat(part) => self.heat(part),
            Ink::OnHeat(part) => readable_on(self.heat(part)),
            Ink::FaintOnHeat => self.faint_on_heat,
        }
    }

    fn heat(&self, part: f32) -> Rgb {
        let part = if part.is_nan() { 0.0 } else { part.clamp(0.0, 1.0) } * (self.heat.len() - 1) as f32;
        mixed(self.heat[part.floor() as usize], self.heat[part.ceil() as usize], part.fract())
    }

    /// A place of a map of differences: what did not change is pale, what did has the colour of the side that is
    /// darker there, never so little that it could be missed.
    pub(super) fn difference(&self, strength: i16, gray: u8) -> Rgb {
        let ink = f32::from(255 - gray) / 255.0;
        let under = mixed(self.background, self.strong, self.under_difference * ink);
        let side = if strength < 0 { self.base } else { self.head };
        let part = f32::from(strength.unsigned_abs()) / 255.0;
        match strength.abs() {
            0 => under,
            faint if faint <= VISIBLE => mixed(under, side, 0.15),
            _ => mixed(under, side, 0.25 + 0.75 * part.sqrt()),
        }
    }
}

/// A colour between two.
fn mixed(from: Rgb, to: Rgb, part: f32) -> Rgb {
    let mix = |from: u8, to: u8| (f32::from(from) + (f32::from(to) - f32::from(from)) * part) as u8;
    (mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// Black or white, whichever has the higher contrast.
fn readable_on(color: Rgb) -> Rgb {
    let on = |text| contrast(text, color);
    if on(DARK_TEXT) >= on(LIGHT_TEXT) { DARK_TEXT } else { LIGHT_TEXT }
}

/// Contrast by WCAG 2: 1 to 21.
fn contrast(a: Rgb, b: Rgb) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(color: Rgb) -> f32 {
    let linear = |part: u8| {
        let part = f32::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(color.0) + 0.7152 * linear(color.1) + 0.0722 * linear(color.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_can_be_read() {
        for colors in [&LIGHT, &DARK] {
            for ink in [Ink::Strong, Ink::Label] {
                assert!(contrast(colors.of(ink), colors.background) >= 4.5, "{ink:?}");
            }
            for part in (0..=100).map(|part| part as f32 / 100.0) {
                let ratio = contrast(colors.of(Ink::OnHeat(part)), colors.of(Ink::Heat(part)));
                assert!(ratio >= 4.5, "{part}: {ratio}");
            }
        }
    }
}
