//! Pictures are decoded again and looked at; `CML_PLOT_DIR` names a folder that gets them.

use super::*;

const BASE: [u8; 3] = [0x94, 0x5d, 0xd6];
const HEAD: [u8; 3] = [0x13, 0xad, 0xc7];

struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    fn decode(bytes: &[u8]) -> Self {
        let mut decoder = ::png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(::png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut data = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut data).unwrap();
        assert_eq!(info.color_type, ::png::ColorType::Rgb);
        let pixels = data.chunks_exact(3).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        Self { width: info.width as usize, height: info.height as usize, pixels }
    }

    fn count(&self, color: [u8; 3]) -> usize {
        self.pixels.iter().filter(|pixel| **pixel == color).count()
    }
}

fn series(which: Which, label: &str, y: Vec<f64>) -> Series {
    let x = (0..y.len()).map(|index| index as f64).collect();
    Series { which, label: label.to_owned(), column: None, x, y }
}

fn figure(series: Vec<Series>) -> Figure {
    let text = str::to_owned;
    let kind = Kind::Chart(Chart::new(Style::Line, series));
    Figure {
        id: text("loss.csv"),
        title: text("loss.csv"),
        x_label: text("step"),
        y_label: text("loss"),
        kind,
    }
}

/// The series of a line plot, to be changed.
fn series_of(figure: &mut Figure) -> &mut Vec<Series> {
    let Kind::Chart(chart) = &mut figure.kind else { panic!("no chart") };
    &mut chart.series
}

/// A falling, noisy curve; no chance, so that bytes can be compared.
fn curve(points: usize, end: f64, noise: f64) -> Vec<f64> {
    let mut state = 12_345_u32;
    (0..points)
        .map(|index| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let part = index as f64 / points as f64;
            end + 2.1 * (-4.0 * part).exp() + noise * (f64::from(state >> 8) / f64::from(1 << 24) - 0.5)
        })
        .collect()
}

fn both(points: usize) -> Figure {
    let base = series(Which::Base, "main", curve(points, 0.34, 0.12));
    figure(vec![base, series(Which::Head, "workspace", curve(points, 0.22, 0.12))])
}

#[track_caller]
fn draw(name: &str, figure: &Figure) -> Picture {
    let bytes = png(figure, Theme::Light, &Typeface::default()).unwrap();
    if let Ok(folder) = std::env::var("CML_PLOT_DIR") {
        std::fs::write(format!("{folder}/{name}-light.png"), &bytes).unwrap();
        std::fs::write(
            format!("{folder}/{name}-dark.png"),
            png(figure, Theme::Dark, &Typeface::default()).unwrap(),
        )
        .unwrap();
    }
    Picture::decode(&bytes)
}

mod images;

#[test]
fn both_sides_are_drawn() {
    let picture = draw("linear", &both(60));
    assert_eq!((picture.width, picture.height), (1_078, 688));
    assert_eq!(picture.pixels[0], [255, 255, 255]);
    assert!(picture.count(BASE) > 1_500 && picture.count(HEAD) > 1_500);
    let dark = Picture::decode(&png(&both(60), Theme::Dark, &Typeface::default()).unwrap());
    assert_eq!(dark.pixels[0], [0x0d, 0x11, 0x17]);
    assert_eq!(dark.count(BASE), 0);
}

#[test]
fn long_series_show_both_sides() {
    let picture = draw("dense", &both(50_000));
    // A quarter of the colour on white.
    assert!(picture.count([0xe4, 0xd6, 0xf5]) > 1_000 && picture.count([0xc4, 0xea, 0xf1]) > 1_000);
    assert!(picture.count(BASE) > 500 && picture.count(HEAD) > 500);
}

#[test]
fn a_million_points_are_no_trouble() {
    let started = std::time::Instant::now();
    assert!(draw("million", &both(1_000_000)).count(HEAD) > 500);
    assert!(started.elapsed().as_secs() < 60);
}

#[test]
fn several_columns_differ_by_their_dashes() {
    let mut figure = both(40);
    let above = series_of(&mut both(40))
        .drain(..)
        .map(|series| Series { y: series.y.iter().map(|value| value + 0.5).collect(), ..series })
        .collect::<Vec<_>>();
    series_of(&mut figure).extend(above);
    for (index, series) in series_of(&mut figure).iter_mut().enumerate() {
        series.column = Some(if index < 2 { "train/loss" } else { "validation/loss" }.to_owned());
    }
    figure.y_label = "train/loss, validation/loss".to_owned();
    assert!(draw("columns", &figure).count([0x1f, 0x23, 0x28]) > 2_000);
}

#[test]
fn long_labels_widen_the_picture_up_to_a_limit() {
    let mut figure = both(60);
    series_of(&mut figure)[1].label = "experiment/learning-rate-3e-4".to_owned();
    let wide = draw("label", &figure);
    assert!(wide.width > 1_078, "{}", wide.width);
    series_of(&mut figure)[1].label = "experiment/".repeat(1_000);
    figure.title = "a/long/path/".repeat(1_000);
    figure.y_label = "another long text ".repeat(100);
    figure.x_label = "and 漢字 ".repeat(100);
    let widest = draw("labels", &figure);
    assert!(widest.width > wide.width && widest.width < 1_500, "{}", widest.width);
    // The title ends before the picture does.
    let right = (0..80)
        .flat_map(|row| &widest.pixels[row * widest.width + widest.width - 20..(row + 1) * widest.width]);
    assert!(right.into_iter().all(|pixel| *pixel == [255, 255, 255]));
}

#[test]
fn equal_figures_are_equal_bytes() {
    for points in [60, 5_000] {
        assert_eq!(
            png(&both(points), Theme::Dark, &Typeface::default()).unwrap(),
            png(&both(points), Theme::Dark, &Typeface::default()).unwrap()
        );
    }
}

/// Names, data, and whether a line or dot of it can be seen.
fn odd() -> Vec<(&'static str, Vec<f64>, bool)> {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    let gaps =
        |count: usize| (0..count).map(|index| if index % 2 == 0 { 1.0 } else { nan }).collect::<Vec<_>>();
    vec![
        ("empty", vec![], false),
        ("one", vec![0.5], true),
        ("constant", vec![3.0; 50], true),
        ("constant-long", vec![3.0; 5_000], true),
        ("zero", vec![0.0; 3], true),
        ("nan", vec![nan; 5], false),
        ("nan-long", vec![nan; 5_000], false),
        ("infinite", vec![inf, -inf], false),
        ("infinite-within", vec![1.0, inf, 2.0, -inf, 3.0], true),
        ("huge", vec![-1e300, 1e300, 5e299], true),
        ("largest", vec![f64::MIN, f64::MAX, 1.0], true),
        ("tiny", vec![5e-324, 1e-310, 0.0], true),
        ("small", vec![1.2e-9, 3.4e-9, 2e-9], true),
        ("negative", vec![-5.0, -1.0, -3.5], true),
        ("close", vec![1.0, 1.0 + f64::EPSILON, 1.0], true),
        ("near", vec![1_000_000.1, 1_000_000.2, 1_000_000.3], true),
        ("large", vec![1.2e9, 3.4e9, 2e9], true),
        ("gaps", gaps(21), true),
        ("gaps-long", gaps(9_999), true),
    ]
}

#[test]
fn odd_numbers_are_drawn_as_far_as_possible() {
    let legend_only = draw("odd-nothing", &figure(vec![series(Which::Head, "head", vec![])])).count(HEAD);
    for (name, y, seen) in odd() {
        let picture = draw(&format!("odd-{name}"), &figure(vec![series(Which::Head, "head", y.clone())]));
        assert_eq!(picture.count(HEAD) > legend_only, seen, "{name}");
        // The same numbers as x.
        let turned = Series {
            x: y.clone(),
            y: (0..y.len()).map(|index| index as f64).collect(),
            ..series(Which::Head, "head", vec![])
        };
        let turned = figure(vec![turned]);
        assert_eq!(draw(&format!("turned-{name}"), &turned).count(HEAD) > legend_only, seen, "{name} as x");
        assert!(!told(&turned).alt.is_empty());
    }
}

#[test]
fn a_figure_of_nothing_is_a_picture() {
    let nothing =
        Figure { title: String::new(), x_label: String::new(), y_label: String::new(), ..figure(vec![]) };
    assert_eq!(draw("nothing", &nothing).width, 1_078);
    let mut many =
        figure((0..60).map(|index| series(Which::Head, &format!("head {index}"), vec![1.0])).collect());
    series_of(&mut many)
        .iter_mut()
        .enumerate()
        .for_each(|(index, series)| series.column = Some(format!("column {index}")));
    assert!(draw("many", &many).height < 1_700);
}

mod custom;
mod kinds;
mod odd;
mod scenes;
