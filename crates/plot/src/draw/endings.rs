//! What a line's end does not show: that its values stopped being numbers.

use super::frame::{Area, LABEL};
use crate::font::Fonts;
use crate::scene::{Anchor, Lettering, Scene};
use crate::ticks::Axis;
use crate::{Series, text};

/// From one line of text to the next.
const ROW: f32 = LABEL + 3.0;
/// From a line's end to what is said of it.
const BESIDE: f32 = 8.0;
/// What stays free at the area's sides.
const MARGIN: f32 = 4.0;

/// A series that ends because its values are none, and the words for it: `diverged at step 12`.
pub(super) struct Ending<'a> {
    pub series: &'a Series,
    pub remark: String,
}

/// A line of text, before it is known that no other stands at its height.
struct Row {
    text: String,
    x: f32,
    y: f32,
    anchor: Anchor,
}

/// Writes a line of text beside each end, inside of the area and apart from one another.
pub(super) fn draw(
    scene: &mut Scene,
    area: &Area,
    axes: Option<&(Axis, Axis)>,
    endings: &[Ending<'_>],
    fonts: &Fonts,
) {
    let most = ((area.height / ROW) as usize).saturating_sub(1).max(1);
    let mut rows: Vec<Row> = endings.iter().take(most).map(|ending| row(area, axes, ending, fonts)).collect();
    if let Some(last) = rows.last_mut().filter(|_| endings.len() > most) {
        last.text = format!("{} more diverged", endings.len() - most + 1);
    }
    rows.sort_by(|a, b| a.y.total_cmp(&b.y));
    let mut least = area.top + LABEL;
    for row in &mut rows {
        row.y = row.y.max(least);
        least = row.y + ROW;
    }
    let mut largest = area.bottom() - MARGIN;
    for row in rows.iter_mut().rev() {
        row.y = row.y.min(largest);
        largest = row.y - ROW;
    }
    for row in rows {
        scene.text(&row.text, row.x, row.y, Lettering::plain(LABEL, row.anchor));
    }
}

fn row(area: &Area, axes: Option<&(Axis, Axis)>, ending: &Ending<'_>, fonts: &Fonts) -> Row {
    let drawn = axes.and_then(|axes| Some((axes, end(axes, ending.series)?)));
    let Some((axes, (x, y))) = drawn else {
        let text = words(ending, area.width - 2.0 * MARGIN, fonts);
        return Row { text, x: area.x(0.5), y: area.y(0.5), anchor: Anchor::Middle };
    };
    // Below a line that comes down to its end, above any other, so as not to stand on the line.
    let falls = before(axes, ending.series).is_some_and(|before| before > y);
    let (at, y) = (area.x(x), area.y(y) + if falls { BESIDE + LABEL } else { -BESIDE });
    if x > 0.5 {
        let text = words(ending, at - BESIDE - area.left - MARGIN, fonts);
        Row { text, x: at - BESIDE, y, anchor: Anchor::End }
    } else {
        let text = words(ending, area.right() - MARGIN - at - BESIDE, fonts);
        Row { text, x: at + BESIDE, y, anchor: Anchor::Start }
    }
}

/// Where the last point of a series that is drawn lies, in parts of the axes.
fn end((x, y): &(Axis, Axis), series: &Series) -> Option<(f64, f64)> {
    let mut points = series.x.iter().zip(&series.y).rev();
    let (last_x, last_y) = points.find(|point| x.holds(*point.0) && y.holds(*point.1))?;
    Some((x.fraction(*last_x), y.fraction(*last_y)))
}

/// The height of the line a few points before its end, in parts of the axis.
fn before((_, y): &(Axis, Axis), series: &Series) -> Option<f64> {
    let drawn = || series.y.iter().filter(|value| y.holds(**value));
    let count = drawn().count();
    let last = count.checked_sub(1)?;
    drawn().nth(last - (count / 6).max(1).min(last)).map(|value| y.fraction(*value))
}

/// `main loss diverged at step 12`; where that is too long, the name gives way.
fn words(ending: &Ending<'_>, room: f32, fonts: &Fonts) -> String {
    let font = &fonts.regular;
    let remark = font.fitted(&ending.remark, LABEL, room);
    let left = room - font.width(&remark, LABEL) - font.width("i ", LABEL);
    if left < 2.0 * LABEL {
        return remark;
    }
    let name = text::name(&ending.series.label, ending.series.column.as_deref());
    format!("{} {remark}", font.fitted(&name, LABEL, left))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Which;
    use crate::scene::Mark;

    #[test]
    fn what_is_said_stays_in_the_area_and_apart() {
        let fonts = Fonts::embedded().unwrap();
        let area = Area { left: 50.0, top: 30.0, width: 220.0, height: 132.0 };
        let axes = (Axis::new(0.0, 10.0, 4.0), Axis::new(0.0, 1.0, 4.0));
        let all: Vec<Series> = (0..40)
            .map(|at| Series {
                which: Which::Head,
                label: "a label ".repeat(1 + at % 4),
                column: None,
                x: vec![0.0, (at % 11) as f64, 10.0],
                y: vec![0.5, [1.0, 0.0, 0.5, f64::NAN][at % 4], f64::NAN],
            })
            .collect();
        for (count, axes) in [(1, Some(&axes)), (3, Some(&axes)), (40, Some(&axes)), (2, None)] {
            let endings: Vec<Ending<'_>> = all[..count]
                .iter()
                .map(|series| Ending { series, remark: "diverged at step 12".to_owned() })
                .collect();
            let mut scene = Scene { width: 300.0, height: 200.0, marks: Vec::new() };
            draw(&mut scene, &area, axes, &endings, &fonts);
            let mut heights = Vec::new();
            for mark in &scene.marks {
                let Mark::Text { text, x, y, style } = mark else { panic!() };
                let width = fonts.regular.width(text, style.size);
                let left = match style.anchor {
                    Anchor::Start => *x,
                    Anchor::Middle => x - width / 2.0,
                    Anchor::End => x - width,
                };
                assert!(left >= area.left && left + width <= area.right(), "{text}: {left} {width}");
                assert!(*y >= area.top + LABEL - 0.01 && *y <= area.bottom(), "{text}: {y}");
                assert!(text.contains("diverged"), "{text}");
                heights.push(*y);
            }
            assert_eq!(heights.len(), count.min(8));
            assert!(heights.windows(2).all(|two| two[1] - two[0] >= ROW - 0.01), "{heights:?}");
        }
    }
}
