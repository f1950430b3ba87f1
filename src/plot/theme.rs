//! The colours of a picture, by theme: GitHub's neutral tones, purple for base, teal for head.

use super::{Theme, Which};

/// Red, green, blue.
pub(super) type Rgb = (u8, u8, u8);

/// How much of the colour a dense series' band lets through.
pub(super) const BAND_ALPHA: f64 = 0.25;

/// Every colour of one theme.
pub(super) struct Colors {
    pub background: Rgb,
    pub grid: Rgb,
    pub axis: Rgb,
    /// Titles.
    pub strong: Rgb,
    /// Tick and legend labels.
    pub label: Rgb,
    base: Rgb,
    head: Rgb,
}

impl Colors {
    pub(super) fn of(theme: Theme) -> Self {
        match theme {
            Theme::Light => Self {
                background: (0xff, 0xff, 0xff),
                grid: (0xe1, 0xe4, 0xe8),
                axis: (0x8c, 0x95, 0x9f),
                strong: (0x1f, 0x23, 0x28),
                label: (0x1f, 0x23, 0x28),
                base: (0x94, 0x5d, 0xd6),
                head: (0x13, 0xad, 0xc7),
            },
            Theme::Dark => Self {
                background: (0x0d, 0x11, 0x17),
                grid: (0x26, 0x2c, 0x34),
                axis: (0x6e, 0x76, 0x81),
                strong: (0xe6, 0xed, 0xf3),
                label: (0xc9, 0xd1, 0xd9),
                base: (0xb0, 0x83, 0xf0),
                head: (0x39, 0xc5, 0xd9),
            },
        }
    }

    /// The colour of a revision.
    pub(super) fn of_side(&self, which: Which) -> Rgb {
        match which {
            Which::Base => self.base,
            Which::Head => self.head,
        }
    }
}
