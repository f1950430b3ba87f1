//! What plots of all kinds have: a plot area, axes with labels that do not touch, titles.

use std::collections::HashSet;

use crate::font::{Font, Fonts};
use crate::scene::{Anchor, Ink, Lettering, Scene};
use crate::ticks::{Axis, Tick};
use crate::{Figure, Which};
use cml_base::shortened::shortened;

/// Sizes of text.
pub(super) const TITLE: f32 = 13.5;
pub(super) const AXIS_TITLE: f32 = 11.0;
pub(super) const LABEL: f32 = 10.5;
/// How far below its middle a label's baseline is.
pub(super) const MIDDLE: f32 = LABEL * 0.385;

/// The top of the first plot area.
pub(super) const TOP: f32 = 34.0;
/// From the canvas's left end to the labels of the y axis.
pub(super) const BEFORE_LABELS: f32 = 31.0;
/// From the y axis to its labels' end.
pub(super) const LABEL_OFFSET: f32 = 8.0;
/// From the x axis to its labels' top.
const X_LABEL_OFFSET: f32 = 7.0;
/// Below the x axis's labels: its title.
pub(super) const BELOW_LABELS: f32 = 38.0;
const TICK_LENGTH: f32 = 5.0;
/// Half of what rules are wide.
const HALF: f32 = 0.5;
/// Between two ticks at least, on average.
const TICK_SPACING: f32 = 50.0;
/// Between two labels of the x axis at least.
const LABEL_GAP: f32 = 6.0;
/// From one line of labels to the next at least.
const LINE_HEIGHT: f32 = 12.5;
/// Longer names of bands lose their middle.
const LONGEST_UPRIGHT: f32 = 110.0;
const LONGEST_NAME: f32 = 180.0;

/// How many ticks a length has room for.
pub(super) fn tick_count(length: f32) -> f64 {
    f64::from((length / TICK_SPACING).ceil())
}

/// A plot area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
}

impl Area {
    pub(super) fn right(&self) -> f32 {
        self.left + self.width
    }

    pub(super) fn bottom(&self) -> f32 {
        self.top + self.height
    }

    pub(super) fn x(&self, part: f64) -> f32 {
        self.left + self.width * part as f32
    }

    pub(super) fn y(&self, part: f64) -> f32 {
        self.bottom() - self.height * part as f32
    }

    /// The two axes' rules.
    pub(super) fn rules(&self, scene: &mut Scene) {
        let (left, bottom) = (self.left, self.bottom());
        scene.rect([left - HALF, self.top - HALF, left + HALF, bottom + HALF], Ink::Axis);
        scene.rect([left - HALF, bottom - HALF, self.right() + HALF, bottom + HALF], Ink::Axis);
    }

    pub(super) fn upright_grid(&self, scene: &mut Scene, parts: impl Iterator<Item = f64>) {
        for at in parts.map(|part| self.x(part)) {
            scene.rect([at - HALF, self.top - HALF, at + HALF, self.bottom()], Ink::Grid);
        }
    }

    pub(super) fn level_grid(&self, scene: &mut Scene, parts: impl Iterator<Item = f64>) {
        for at in parts.map(|part| self.y(part)) {
            scene.rect([self.left, at - HALF, self.right() + HALF, at + HALF], Ink::Grid);
        }
    }
}

/// Where an axis has grid lines: at its ticks, between its bands.
pub(super) fn grid(axis: &Axis) -> impl Iterator<Item = f64> + '_ {
    let shift = if axis.named { 0.5 } else { 0.0 };
    let last = if axis.named { axis.ticks.len().saturating_sub(1) } else { axis.ticks.len() };
    axis.ticks[..last].iter().map(move |tick| axis.fraction(tick.at + shift))
}

/// The labels of an axis: `None` where there is no room.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Labels {
    pub texts: Vec<Option<String>>,
    pub upright: bool,
    /// What they need away from the axis: height below it, or width beside it.
    pub extent: f32,
}

impl Labels {
    /// Below an axis of this length.
    pub(super) fn below(axis: &Axis, length: f32, fonts: &Fonts) -> Self {
        let width = |tick: &Tick| fonts.regular.width(&tick.label, LABEL);
        let slot = length / axis.ticks.len().max(1) as f32;
        let fits = axis.ticks.iter().all(|tick| width(tick) + LABEL_GAP <= slot);
        if axis.named && !fits && slot < LONGEST_UPRIGHT {
            let texts = every(&axis.ticks, LINE_HEIGHT / slot, LONGEST_UPRIGHT, fonts);
            let extent = widest(&texts, fonts);
            return Self { texts, upright: true, extent };
        }
        let texts = if axis.named {
            every(&axis.ticks, 1.0, slot - LABEL_GAP, fonts)
        } else {
            let shown = untouching(axis, length, width);
            axis.ticks.iter().zip(shown).map(|(tick, shown)| shown.then(|| tick.label.clone())).collect()
        };
        Self { texts, upright: false, extent: LABEL }
    }

    /// To the left of an axis of this length.
    pub(super) fn beside(axis: &Axis, length: f32, fonts: &Fonts) -> Self {
        let slot = length / axis.ticks.len().max(1) as f32;
        let longest = if axis.named { LONGEST_NAME } else { f32::INFINITY };
        let texts = every(&axis.ticks, LINE_HEIGHT / slot, longest, fonts);
        Self { extent: widest(&texts, fonts), texts, upright: false }
    }

    /// By how much the labels below an axis of this length are wider than it, both ends together.
    pub(super) fn overhang(&self, axis: &Axis, length: f32, fonts: &Fonts) -> f32 {
        if self.upright {
            return 0.0;
        }
        let ends = axis.ticks.iter().zip(&self.texts).filter_map(|(tick, text)| {
            let half = fonts.regular.width(text.as_ref()?, LABEL) / 2.0;
            let at = length * axis.fraction(tick.at) as f32;
            Some((half - at, at + half - length))
        });
        let (left, right) = ends.fold((0.0_f32, 0.0_f32), |all, end| (all.0.max(end.0), all.1.max(end.1)));
        left + right
    }

    pub(super) fn draw_below(&self, scene: &mut Scene, area: &Area, axis: &Axis) {
        let bottom = area.bottom();
        let style = Lettering::plain(LABEL, Anchor::Middle);
        let upright = Lettering::plain(LABEL, Anchor::End).upright();
        for (tick, text) in axis.ticks.iter().zip(&self.texts) {
            let at = area.x(axis.fraction(tick.at));
            if !axis.named || text.is_some() {
                scene.rect([at - HALF, bottom, at + HALF, bottom + TICK_LENGTH], Ink::Axis);
            }
            match text {
                Some(text) if self.upright => scene.text(text, at + MIDDLE, bottom + X_LABEL_OFFSET, upright),
                Some(text) => scene.text(text, at, bottom + X_LABEL_OFFSET + 4.5 + MIDDLE, style),
                None => {}
            }
        }
    }

    pub(super) fn draw_beside(&self, scene: &mut Scene, area: &Area, axis: &Axis) {
        let style = Lettering::plain(LABEL, Anchor::End);
        for (tick, text) in axis.ticks.iter().zip(&self.texts) {
            let at = area.y(axis.fraction(tick.at));
            if let Some(text) = text {
                scene.rect([area.left - TICK_LENGTH, at - HALF, area.left, at + HALF], Ink::Axis);
                scene.text(text, area.left - LABEL_OFFSET, at + MIDDLE, style);
            }
        }
    }
}

/// Every label if `stride` is at most 1, else every second, or third, ...
fn every(ticks: &[Tick], stride: f32, longest: f32, fonts: &Fonts) -> Vec<Option<String>> {
    let stride = stride.ceil().max(1.0) as usize;
    let shown: Vec<&str> = ticks.iter().step_by(stride).map(|tick| tick.label.as_str()).collect();
    let mut texts = told_apart(&shown, longest, &fonts.regular).into_iter();
    (0..ticks.len()).map(|index| (index % stride == 0).then(|| texts.next()).flatten()).collect()
}

/// Labels that fit, no two of them the same unless their names are.
pub(super) fn told_apart(names: &[&str], longest: f32, font: &Font<'_>) -> Vec<String> {
    let fitted: Vec<String> = names.iter().map(|name| font.fitted(name, LABEL, longest)).collect();
    let count = |all: Vec<&str>| all.into_iter().collect::<HashSet<_>>().len();
    if count(fitted.iter().map(String::as_str).collect()) == count(names.to_vec()) {
        return fitted;
    }
    let most = fitted.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let fits = |texts: &Vec<String>| texts.iter().all(|text| font.width(text, LABEL) <= longest);
    (8..=most).rev().map(|most| shortened(names, most)).find(fits).unwrap_or_else(|| shortened(names, 8))
}

fn widest(texts: &[Option<String>], fonts: &Fonts) -> f32 {
    texts.iter().flatten().map(|text| fonts.regular.width(text, LABEL)).fold(0.0, f32::max)
}

/// Every label, or every second, or every fourth: the most that do not touch.
fn untouching(axis: &Axis, length: f32, width: impl Fn(&Tick) -> f32) -> Vec<bool> {
    let place = |tick: &Tick| {
        let (middle, half) = (length * axis.fraction(tick.at) as f32, width(tick) / 2.0);
        (middle - half, middle + half)
    };
    let places: Vec<(f32, f32)> = axis.ticks.iter().map(place).collect();
    let mut stride = 1;
    while stride < places.len() {
        let kept: Vec<&(f32, f32)> = places.iter().step_by(stride).collect();
        if kept.windows(2).all(|pair| pair[1].0 - pair[0].1 >= LABEL_GAP) {
            break;
        }
        stride *= 2;
    }
    (0..places.len()).map(|index| index % stride == 0).collect()
}

/// The figure's title over the middle of the plots, unless it would leave the canvas there.
pub(super) fn title(scene: &mut Scene, figure: &Figure, middle: f32, fonts: &Fonts) {
    let font = &fonts.semibold;
    let title = font.fitted(&figure.title, TITLE, scene.width - 24.0);
    let half = font.width(&title, TITLE) / 2.0;
    let middle = middle.max(half + 12.0).min(scene.width - half - 12.0);
    scene.text(&title, middle, 22.0, Lettering::strong(TITLE, Anchor::Middle));
}

/// The x axis's title; `below` is where its labels end.
pub(super) fn x_title(
    scene: &mut Scene,
    figure: &Figure,
    (middle, below): (f32, f32),
    longest: f32,
    fonts: &Fonts,
) {
    let text = fonts.semibold.fitted(&figure.x_label, AXIS_TITLE, longest);
    scene.text(&text, middle, below + 22.0, Lettering::strong(AXIS_TITLE, Anchor::Middle));
}

/// The y axis's title, reading upwards at the canvas's left end.
pub(super) fn y_title(scene: &mut Scene, figure: &Figure, middle: f32, longest: f32, fonts: &Fonts) {
    let text = fonts.semibold.fitted(&figure.y_label, AXIS_TITLE, longest);
    scene.text(&text, 23.0, middle, Lettering::strong(AXIS_TITLE, Anchor::Middle).upright());
}

/// A revision's label in its colour, around a middle.
pub(super) fn revision(
    scene: &mut Scene,
    (middle, y): (f32, f32),
    (which, text): (Which, &str),
    longest: f32,
    fonts: &Fonts,
) {
    let text = fonts.regular.fitted(text, LABEL + 0.5, longest - 14.0);
    let width = fonts.regular.width(&text, LABEL + 0.5) + 13.0;
    let left = middle - width / 2.0;
    scene.rect([left, y - 4.0, left + 8.0, y + 4.0], Ink::Side(which));
    scene.text(&text, left + 13.0, y + MIDDLE, Lettering::plain(LABEL + 0.5, Anchor::Start));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_would_touch_are_left_out() {
        let axis = Axis::new(0.0, 50_000.0, 10.0);
        let shown = |width: f32| untouching(&axis, 380.0, |_| width).iter().filter(|shown| **shown).count();
        assert_eq!(
            (axis.ticks.len(), shown(20.0), shown(35.0), shown(100.0), shown(1_000.0)),
            (11, 11, 6, 3, 1)
        );
    }

    #[test]
    fn names_stand_upright_where_they_are_long_and_are_thinned_where_they_are_many() {
        let fonts = Fonts::embedded().unwrap();
        let labels = |count: usize, name: &str| {
            let names: Vec<String> = (0..count).map(|index| format!("{name}{index}")).collect();
            let labels = Labels::below(&Axis::bands(&names, false), 300.0, &fonts);
            (labels.texts.iter().flatten().count(), labels.upright)
        };
        assert_eq!(labels(5, "c"), (5, false));
        assert_eq!(labels(10, "automobile "), (10, true));
        assert_eq!(labels(60, "c"), (20, true));
        assert_eq!(labels(2, "a name that is far too long "), (2, false));
    }
}
