//! Long series become as many points as there are pixels to show them.
//!
//! [`runs`] cuts a series at its gaps, [`m4`] keeps the first, lowest, highest and last point of every pixel
//! column (the line looks the same), [`dense`] gives the range and the mean of every column. All of it in parts of
//! the axes, so that it holds for logarithmic ones, too.

use super::ticks::Axis;

/// A point of a series, in parts of the axes.
pub(super) type Point = (f64, f64);

/// Series longer than this are drawn as a band and a mean.
pub(super) const DENSE_ABOVE: usize = 2_000;

/// So many columns to both sides are averaged with a column's mean.
const SMOOTHED_OVER: usize = 4;

/// The unbroken parts of a series, as parts of the axes. A point without a place on the x axis is left out, one
/// without a y is a gap.
pub(super) fn runs(x: &[f64], y: &[f64], axes: (&Axis, &Axis)) -> Vec<Vec<Point>> {
    let mut runs = Vec::new();
    let mut run = Vec::new();
    for (&x, &y) in x.iter().zip(y).filter(|(x, _)| axes.0.holds(**x)) {
        if axes.1.holds(y) {
            run.push((axes.0.fraction(x), axes.1.fraction(y)));
        } else if !run.is_empty() {
            runs.push(std::mem::take(&mut run));
        }
    }
    if !run.is_empty() {
        runs.push(run);
    }
    runs
}

/// The column of `x`, a part of the axis, among `count`.
fn column_of(x: f64, count: usize) -> usize {
    // A float becomes an index by saturating, NaN becomes 0.
    ((x * count as f64) as usize).min(count.saturating_sub(1))
}

/// At most four points per column, in their order; the drawn line stays what it was.
pub(super) fn m4(points: &[Point], count: usize) -> Vec<Point> {
    let mut kept = Vec::new();
    for column in points.chunk_by(|a, b| column_of(a.0, count) == column_of(b.0, count)) {
        let extreme = |better: fn(f64, f64) -> bool| {
            (1..column.len())
                .fold(0, |best, index| if better(column[index].1, column[best].1) { index } else { best })
        };
        let mut indices = [0, extreme(|new, old| new < old), extreme(|new, old| new > old), column.len() - 1];
        indices.sort_unstable();
        let mut last = None;
        for index in indices {
            if last != Some(index) {
                kept.push(column[index]);
                last = Some(index);
            }
        }
    }
    kept
}

/// What a dense series holds in one column of pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bin {
    pub x: f64,
    pub min: f64,
    pub max: f64,
    pub mean: f64,
}

#[derive(Clone, Copy)]
struct Collected {
    rows: usize,
    points: f64,
    x: f64,
    min: f64,
    max: f64,
    mean: f64,
}

/// Range and smoothed mean per column, in unbroken parts. A column whose rows are all gaps breaks the series;
/// one without rows does not.
pub(super) fn dense(x: &[f64], y: &[f64], axes: (&Axis, &Axis), count: usize) -> Vec<Vec<Bin>> {
    let empty =
        Collected { rows: 0, points: 0.0, x: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY, mean: 0.0 };
    let mut columns = vec![empty; count];
    for (&x, &y) in x.iter().zip(y).filter(|(x, _)| axes.0.holds(**x)) {
        let x = axes.0.fraction(x);
        let column = &mut columns[column_of(x, count)];
        column.rows += 1;
        if axes.1.holds(y) {
            let y = axes.1.fraction(y);
            column.points += 1.0;
            column.x += (x - column.x) / column.points;
            column.mean += (y - column.mean) / column.points;
            column.min = column.min.min(y);
            column.max = column.max.max(y);
        }
    }
    let mut runs = vec![Vec::new()];
    for column in columns.iter().filter(|column| column.rows > 0) {
        match (column.points > 0.0, runs.last_mut()) {
            (true, Some(run)) => {
                run.push(Bin { x: column.x, min: column.min, max: column.max, mean: column.mean });
            }
            _ => runs.push(Vec::new()),
        }
    }
    runs.into_iter().filter(|run| !run.is_empty()).map(|run| smoothed(&run)).collect()
}

/// Means over a window that is as long to the left as to the right, so that a slope is not shifted.
fn smoothed(bins: &[Bin]) -> Vec<Bin> {
    let mean = |index: usize| {
        let reach = SMOOTHED_OVER.min(index).min(bins.len() - 1 - index);
        let window = &bins[index - reach..=index + reach];
        let parts = window.len() as f64;
        window.iter().map(|bin| bin.mean / parts).sum()
    };
    bins.iter().enumerate().map(|(index, bin)| Bin { mean: mean(index), ..*bin }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A spiky series without a period.
    fn points(count: usize) -> Vec<Point> {
        let y = |index: usize| ((index * 7_919 % 10_007) as f64).sin() / 2.0 + 0.5;
        (0..count).map(|index| (index as f64 / count as f64, y(index))).collect()
    }

    fn unit() -> Axis {
        Axis::with_ticks(0.0, 1.0, Vec::new())
    }

    #[test]
    fn m4_keeps_the_ends_and_extremes_of_every_column() {
        let points = points(100_000);
        let kept = m4(&points, 100);
        assert!(kept.len() <= 400 && kept.len() > 300, "{}", kept.len());
        for column in 0..100 {
            let of = |points: &[Point]| -> (f64, f64) {
                points
                    .iter()
                    .filter(|point| column_of(point.0, 100) == column)
                    .fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), point| {
                        (min.min(point.1), max.max(point.1))
                    })
            };
            assert_eq!(of(&kept), of(&points), "column {column}");
        }
        assert_eq!((kept.first(), kept.last()), (points.first(), points.last()));
        assert!(kept.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn short_series_stay_as_they_are() {
        let points = points(50);
        assert_eq!(m4(&points, 760), points);
        assert_eq!(m4(&[], 760), []);
    }

    #[test]
    fn gaps_cut_a_series() {
        let eight = Axis::with_ticks(0.0, 8.0, Vec::new());
        let cut = |x: &[f64], y: &[f64]| runs(x, y, (&eight, &eight));
        let y = [1.0, f64::NAN, 2.0, 3.0, f64::INFINITY, f64::NAN, 4.0];
        let x: Vec<f64> = (0..7).map(f64::from).collect();
        assert_eq!(cut(&x, &y), [vec![(0.0, 0.125)], vec![(0.25, 0.25), (0.375, 0.375)], vec![(0.75, 0.5)]]);
        assert_eq!(cut(&[f64::NAN, 1.0], &[1.0, 2.0]), [vec![(0.125, 0.25)]]);
    }

    #[test]
    fn dense_keeps_the_range_and_breaks_at_columns_of_gaps() {
        let (x, mut y): (Vec<f64>, Vec<f64>) = points(10_000).into_iter().unzip();
        y[4_000..6_000].fill(f64::NAN);
        let runs = dense(&x, &y, (&unit(), &unit()), 100);
        assert_eq!(runs.len(), 2);
        let max = runs.iter().flatten().map(|bin| bin.max).fold(f64::NEG_INFINITY, f64::max);
        assert_eq!(max, y.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        assert!(runs.iter().flatten().all(|bin| bin.min <= bin.max));
        // A straight line keeps its slope.
        let line = dense(&x, &x, (&unit(), &unit()), 100);
        assert!(line[0].iter().all(|bin| (bin.mean - bin.x).abs() < 1e-4));
    }
}
