//! Long series become as many points as there are pixels to show them.
//!
//! [`runs`] cuts a series at its gaps, [`m4`] keeps the first, lowest, highest and last point of every pixel
//! column (the line looks the same), [`dense`] gives the range and the mean of every column.

use super::ticks::LARGEST;

/// A point of a series that can be drawn.
pub(super) type Point = (f64, f64);

/// Series longer than this are drawn as a band and a mean.
pub(super) const DENSE_ABOVE: usize = 2_000;

/// So many columns to both sides are averaged with a column's mean.
const SMOOTHED_OVER: usize = 4;

/// Whether a number has a place in a picture.
pub(super) fn drawable(value: f64) -> bool {
    value.abs() <= LARGEST
}

/// The unbroken parts of a series. A point without a place on the x axis is left out, one without a y is a gap.
pub(super) fn runs(x: &[f64], y: &[f64]) -> Vec<Vec<Point>> {
    let mut runs = Vec::new();
    let mut run = Vec::new();
    for (&x, &y) in x.iter().zip(y).filter(|(x, _)| drawable(**x)) {
        if drawable(y) {
            run.push((x, y));
        } else if !run.is_empty() {
            runs.push(std::mem::take(&mut run));
        }
    }
    if !run.is_empty() {
        runs.push(run);
    }
    runs
}

/// The column of `x` among `count` between `low` and `high`.
fn column_of(x: f64, low: f64, high: f64, count: usize) -> usize {
    let part = (x - low) / (high - low);
    // A float becomes an index by saturating, NaN (an empty range) becomes 0.
    ((part * count as f64) as usize).min(count.saturating_sub(1))
}

/// At most four points per column, in their order; the drawn line stays what it was.
pub(super) fn m4(points: &[Point], low: f64, high: f64, count: usize) -> Vec<Point> {
    let mut kept = Vec::new();
    for column in points.chunk_by(|a, b| column_of(a.0, low, high, count) == column_of(b.0, low, high, count))
    {
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
pub(super) fn dense(x: &[f64], y: &[f64], low: f64, high: f64, count: usize) -> Vec<Vec<Bin>> {
    let empty =
        Collected { rows: 0, points: 0.0, x: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY, mean: 0.0 };
    let mut columns = vec![empty; count];
    for (&x, &y) in x.iter().zip(y).filter(|(x, _)| drawable(**x)) {
        let column = &mut columns[column_of(x, low, high, count)];
        column.rows += 1;
        if drawable(y) {
            column.points += 1.0;
            // Running means: sums of large numbers would overflow.
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
        (0..count).map(|index| (index as f64, ((index * 7_919 % 10_007) as f64).sin() * 3.0)).collect()
    }

    #[test]
    fn m4_keeps_the_ends_and_extremes_of_every_column() {
        let points = points(100_000);
        let kept = m4(&points, 0.0, 99_999.0, 100);
        assert!(kept.len() <= 400 && kept.len() > 300, "{}", kept.len());
        for column in 0..100 {
            let of = |points: &[Point]| -> (f64, f64) {
                points
                    .iter()
                    .filter(|point| column_of(point.0, 0.0, 99_999.0, 100) == column)
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
        assert_eq!(m4(&points, 0.0, 49.0, 760), points);
        assert_eq!(m4(&[], 0.0, 0.0, 760), []);
    }

    #[test]
    fn gaps_cut_a_series() {
        let y = [1.0, f64::NAN, 2.0, 3.0, f64::INFINITY, f64::NAN, 4.0];
        let x: Vec<f64> = (0..7).map(f64::from).collect();
        assert_eq!(runs(&x, &y), [vec![(0.0, 1.0)], vec![(2.0, 2.0), (3.0, 3.0)], vec![(6.0, 4.0)]]);
        assert_eq!(runs(&[f64::NAN, 1.0], &[1.0, 2.0]), [vec![(1.0, 2.0)]]);
    }

    #[test]
    fn dense_keeps_the_range_and_breaks_at_columns_of_gaps() {
        let (x, mut y): (Vec<f64>, Vec<f64>) = points(10_000).into_iter().unzip();
        y[4_000..6_000].fill(f64::NAN);
        let runs = dense(&x, &y, 0.0, 9_999.0, 100);
        assert_eq!(runs.len(), 2);
        let max = runs.iter().flatten().map(|bin| bin.max).fold(f64::NEG_INFINITY, f64::max);
        assert_eq!(max, y.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        assert!(runs.iter().flatten().all(|bin| bin.min <= bin.max));
        // A straight line keeps its slope.
        let line = dense(&x, &x, 0.0, 9_999.0, 100);
        assert!(line[0].iter().all(|bin| (bin.mean - bin.x).abs() < 1.0));
    }
}
