//! Two hundred odd inputs of every template: none panics, none leaves the canvas, no text touches another.

use super::kinds::Lcg;
use super::scenes::check_scene;
use super::*;
use crate::font::Fonts;
use cml_tracked::{Column, PlotData, Table, Template};

const TEMPLATES: [Template; 9] = [
    Template::Linear,
    Template::Simple,
    Template::Smooth,
    Template::Scatter,
    Template::ScatterJitter,
    Template::Confusion,
    Template::ConfusionNormalized,
    Template::BarHorizontal,
    Template::BarHorizontalSorted,
];

const NUMBERS: [f64; 16] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    1e-300,
    5e-324,
    1e300,
    -1e300,
    f64::MAX,
    f64::MIN,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    1e15 + 0.5,
    -1e-9,
];

const WORDS: [&str; 12] = [
    "",
    "cat",
    "dog",
    "a very long name of a class that goes on and on and on and on, further than any label",
    "漢字",
    "é\u{301}\u{200b}",
    "2026-08-01",
    "2026-08-01T12:00:00Z",
    "1.5",
    "nan",
    "\t\u{0}\n",
    "|`<b>`",
];

fn column(chance: &mut Lcg, rows: usize) -> Column {
    match chance.below(6) {
        0 => Column::Numbers((0..rows).map(|_| NUMBERS[chance.below(NUMBERS.len())]).collect()),
        1 => Column::Numbers((0..rows).map(|row| row as f64 * 1e6 * chance.part()).collect()),
        2 => Column::Numbers((0..rows).map(|_| chance.part() - 0.5).collect()),
        3 => Column::Numbers((0..rows).map(|_| chance.below(4) as f64).collect()),
        4 => Column::Texts((0..rows).map(|_| WORDS[chance.below(WORDS.len())].to_owned()).collect()),
        _ => Column::Texts((0..rows).map(|_| format!("class {}", chance.below(45))).collect()),
    }
}

fn input(chance: &mut Lcg, template: Template) -> PlotData {
    let rows = [0, 1, 2, 7, 60, 2_100][chance.below(6)];
    let count = [0, 1, 2, 3, 6, 14][chance.below(6)];
    let name = |chance: &mut Lcg, index: usize| format!("{index}{}", WORDS[chance.below(WORDS.len())]);
    let columns: Vec<(String, Column)> =
        (0..count).map(|index| (name(chance, index), column(chance, rows))).collect();
    let x = match chance.below(4) {
        0 => None,
        1 => Some("missing".to_owned()),
        _ => columns.first().map(|(name, _)| name.clone()),
    };
    let y = columns.iter().skip(usize::from(x.is_some())).map(|(name, _)| name.clone()).collect();
    let word = |chance: &mut Lcg| WORDS[chance.below(WORDS.len())].to_owned();
    PlotData {
        id: "odd".to_owned(),
        title: word(chance),
        template,
        x,
        y,
        x_label: Some(word(chance)),
        y_label: None,
        table: Table { columns },
    }
}

/// `CML_TEST_ODD_RUNS=5000 cargo test --lib odd_inputs` draws more of them.
#[test]
fn odd_inputs_are_drawn_or_refused() {
    // Read when the test is compiled: this module touches nothing of the world.
    let runs = option_env!("CML_TEST_ODD_RUNS").and_then(|text| text.parse().ok()).unwrap_or(200_u64);
    let fonts = Fonts::embedded().unwrap();
    let mut drawn = 0;
    for seed in 0..runs {
        let mut chance = Lcg::new(seed);
        let template = TEMPLATES[chance.below(TEMPLATES.len())].clone();
        let (base, head) = (input(&mut chance, template.clone()), input(&mut chance, template));
        let base = (chance.below(3) > 0).then_some((std::slice::from_ref(&base), "main"));
        let label = if chance.below(3) > 0 { "head" } else { WORDS[3] };
        let (figures, notices) =
            figures(&base.into_iter().chain([(std::slice::from_ref(&head), label)]).collect::<Vec<_>>());
        assert!(!figures.is_empty() || !notices.is_empty(), "{seed} is lost without a word");
        for figure in figures {
            check_scene(&figure, &fonts);
            let theme = if seed % 2 == 0 { Theme::Light } else { Theme::Dark };
            // Painting takes the time; every twenty-fifth is enough to see that no mark is too odd for it.
            assert!(seed % 25 > 0 || png(&figure, theme, &Typeface::default()).unwrap().len() > 100);
            assert!(!told(&figure).alt.is_empty());
            drawn += 1;
        }
    }
    assert!(drawn > runs * 3 / 5, "only {drawn} were drawn");
}
