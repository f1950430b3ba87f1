//! Scenes as text: what stands in a picture, that no two texts touch, that nothing leaves the canvas.

use super::kinds::{one, plot, texts};
use super::*;
use crate::font::Fonts;
use crate::scene::{Anchor, Mark, Scene};
use cml_tracked::{Column, Template};

/// Left, top, right, bottom.
type Box = [f32; 4];

/// Every text of a scene with the box of its capitals and descenders.
fn text_boxes(scene: &Scene, fonts: &Fonts) -> Vec<(String, Box)> {
    let text_box = |mark: &Mark| {
        let Mark::Text { text, x, y, style } = mark else { return None };
        let width = style.face(fonts).width(text, style.size);
        let before = match style.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => width / 2.0,
            Anchor::End => width,
        };
        let (above, below) = (style.size * 0.74, style.size * 0.2);
        let place = if style.upright {
            [x - above, y - width + before, x + below, y + before]
        } else {
            [x - before, y - above, x - before + width, y + below]
        };
        Some((text.clone(), place))
    };
    scene.marks.iter().filter_map(text_box).collect()
}

fn mark_boxes(mark: &Mark) -> Vec<Box> {
    match mark {
        Mark::Rect { left, top, right, bottom, .. } => vec![[*left, *top, *right, *bottom]],
        Mark::Text { .. } => Vec::new(),
        Mark::Line { points, .. } | Mark::Area { points, .. } => {
            points.iter().map(|(x, y)| [*x, *y, *x, *y]).collect()
        }
        Mark::Picture { left, top, raster } => {
            let (width, height) = raster.size();
            vec![[*left, *top, left + width as f32 / 2.0, top + height as f32 / 2.0]]
        }
        Mark::Point { x, y, radius, .. } => vec![[x - radius, y - radius, x + radius, y + radius]],
    }
}

/// Panics if a text touches another one, or anything is outside of the canvas.
#[track_caller]
pub(super) fn check_scene(figure: &Figure, fonts: &Fonts) -> Scene {
    let scene = draw::scene(figure, fonts);
    let texts = text_boxes(&scene, fonts);
    let inside = |[left, top, right, bottom]: &Box| {
        // NaN is nowhere.
        *left >= -0.6 && *top >= -0.6 && *right <= scene.width + 0.6 && *bottom <= scene.height + 0.6
    };
    for (text, place) in &texts {
        assert!(inside(place), "{text} at {place:?} leaves {} x {}", scene.width, scene.height);
    }
    for place in scene.marks.iter().flat_map(mark_boxes) {
        assert!(inside(&place), "{place:?} leaves {} x {}", scene.width, scene.height);
    }
    for (index, (text, a)) in texts.iter().enumerate() {
        for (other, b) in &texts[index + 1..] {
            let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
            assert!(apart, "{text} {a:?} touches {other} {b:?}");
        }
    }
    scene
}

/// Size, and all texts in their order.
#[track_caller]
pub(super) fn check(figure: &Figure, expected: &str) {
    let fonts = Fonts::embedded().unwrap();
    let scene = check_scene(figure, &fonts);
    let texts: Vec<String> = text_boxes(&scene, &fonts).into_iter().map(|(text, _)| text).collect();
    assert_eq!(format!("{}x{} {}", scene.width, scene.height, texts.join("|")), expected);
}

fn pairs(template: Template, actual: &[&str], predicted: &[&str]) -> cml_tracked::PlotData {
    let columns =
        vec![("actual", texts(actual.iter().copied())), ("predicted", texts(predicted.iter().copied()))];
    plot("cm.csv", template, Some("actual"), columns)
}

#[test]
fn a_line() {
    check(
        &both(60),
        "539x344 0|10|20|30|40|50|60|0.0|0.5|1.0|1.5|2.0|2.5|loss.csv|step|loss|rev|main|workspace",
    );
}

#[test]
fn a_confusion_matrix() {
    let of = |template, predicted: &[&str]| pairs(template, &["cat", "cat", "cat", "dog"], predicted);
    let sides = |template: Template| {
        one(
            &of(template.clone(), &["cat", "cat", "dog", "dog"]),
            &of(template, &["cat", "cat", "cat", "dog"]),
        )
    };
    check(
        &sides(Template::Confusion),
        "350x212 main|2|0|1|1|cat|dog|cat|dog|actual|workspace|3|0|0|1|cat|dog|actual|cm.csv|predicted|0|1|2|3",
    );
    check(
        &sides(Template::ConfusionNormalized),
        "370x212 main|100%|0|50%|50%|cat|dog|cat|dog|actual|workspace|100%|0|0|100%|cat|dog|actual|cm.csv|\
         predicted|0%|20%|40%|60%|80%|100%",
    );
}

#[test]
fn bars() {
    let of = |values: &[f64]| {
        let columns = vec![
            ("feature", texts(["age", "zip", "income"])),
            ("importance", Column::Numbers(values.to_vec())),
        ];
        plot("importance.csv", Template::BarHorizontalSorted, Some("importance"), columns)
    };
    check(
        &one(&of(&[0.4, 0.05, 0.3]), &of(&[0.2, 0.02, 0.5])),
        "520x203 0.0|0.1|0.2|0.3|0.4|0.5|income|age|zip|importance.csv|importance|feature|rev|main|workspace",
    );
}

#[test]
fn many_columns_have_an_area_each() {
    let of = |end: f64| {
        let names = ["a", "b", "c", "d", "e"];
        let columns = names.map(|name| (name, Column::Numbers(curve(40, end, 0.1))));
        plot("loss.csv", Template::Linear, None, columns.to_vec())
    };
    let area = |name: &str| format!("{name}|0|10|20|30|40|0.0|0.5|1.0|1.5|2.0|2.5|");
    let areas: String = ["a", "b", "c", "d", "e"].map(area).concat();
    check(&one(&of(0.1), &of(0.2)), &format!("919x421 {areas}loss.csv|step|rev|main|workspace"));
}

#[test]
fn names_along_x() {
    let of = |folds: usize| {
        let columns = vec![
            ("fold", texts((0..folds).map(|fold| format!("fold {fold}")))),
            ("score", Column::Numbers(curve(folds, 0.5, 0.1))),
        ];
        plot("score.csv", Template::Linear, Some("fold"), columns)
    };
    check(
        &one(&of(3), &of(4)),
        "539x344 fold 0|fold 1|fold 2|fold 3|0.5|1.0|1.5|2.0|2.5|3.0|score.csv|fold|score|rev|main|workspace",
    );
}
