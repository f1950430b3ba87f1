//! The smoothing of the template `smooth`: LOESS, as Cleveland describes it (JASA 74, 1979), with a window that is as
//! wide as the noise allows.
//!
//! At every point a straight line is fitted to its nearest points, those near weighing most (tricube). The widest
//! window is 15 % of the points and at least seven of them: wide enough to calm a noisy loss. A window of one width
//! would round off what bends faster than that, so each point takes the widest one whose line lies within the noise
//! of those of all narrower ones (Lepski, Theory of Probability and its Applications 35, 1991). The noise is measured
//! by how far points lie off the line between their neighbours; where there is none, and of fewer than twenty points,
//! the line is the points. Single points far off are left out first. DVC's default window of 0.1 % shows the points
//! themselves, which are pale behind our line.

use super::decimate::Point;

/// The widest window's part of all points.
const WINDOW: f64 = 0.15;
const LEAST_IN_WINDOW: usize = 7;
/// Of fewer points nobody can tell a bend from noise, so they stay.
const LEAST_POINTS: usize = 20;
/// A line may be off a narrower one by so many standard errors.
const WITHIN: f64 = 4.0;
/// A point so many times the noise off its neighbours is an outlier.
const OUTLIER: f64 = 6.0;
/// … if that is also so many times a usual step from point to point.
const OUTLIER_STEPS: f64 = 8.0;

/// The smoothed run, a point per place; the points stand in the order of x.
pub(super) fn loess(points: &[Point]) -> Vec<Point> {
    let points = joined(points);
    if points.len() < LEAST_POINTS {
        return points;
    }
    let widest = ((points.len() as f64 * WINDOW).ceil() as usize).max(LEAST_IN_WINDOW);
    let noise = noise(&points);
    let calm = without_outliers(&points, noise);
    let mut widths: Vec<usize> = std::iter::successors(Some(widest), |width| Some(width / 2))
        .take_while(|width| *width >= 3)
        .collect();
    widths.reverse();
    let fits: Vec<Vec<Fit>> = widths.into_iter().map(|width| fitted(&calm, width)).collect();
    let mut smooth: Vec<Point> = (0..calm.len())
        .map(|at| (calm[at].0, widest_within(calm[at].1, fits.iter().map(|fit| fit[at]), noise)))
        .collect();
    keep_shape(&points, &mut smooth);
    smooth
}

/// Points at the same place become one at their mean, as in DVC's plots.
fn joined(points: &[Point]) -> Vec<Point> {
    let same = points.chunk_by(|a, b| a.0 == b.0);
    same.map(|same| (same[0].0, same.iter().map(|point| point.1 / same.len() as f64).sum())).collect()
}

/// How far a point lies off the line between its neighbours, in standard deviations of one point's noise.
fn off_neighbours(points: &[Point]) -> Vec<f64> {
    let off = |three: &[Point]| {
        let part = (three[1].0 - three[0].0) / (three[2].0 - three[0].0);
        let line = three[0].1 + part * (three[2].1 - three[0].1);
        (three[1].1 - line) / (1.0 + part * part + (1.0 - part) * (1.0 - part)).sqrt()
    };
    points.windows(3).map(off).collect()
}

/// The standard deviation of the noise, whatever lies below it.
fn noise(points: &[Point]) -> f64 {
    let off: Vec<f64> = off_neighbours(points).into_iter().map(f64::abs).collect();
    // Of normal noise half lies within 0.6745 standard deviations, and the mean of its sizes is 0.798 of one.
    match median(off.clone()) / 0.6745 {
        usual if usual > 0.0 => usual,
        _ => off.iter().sum::<f64>() / off.len().max(1) as f64 / 0.798,
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// A single point far off both neighbours, which lie near each other, is put between them. A step is none.
fn without_outliers(points: &[Point], noise: f64) -> Vec<Point> {
    let step = median(points.windows(2).map(|two| (two[1].1 - two[0].1).abs()).collect());
    let mut calm = points.to_vec();
    for (at, off) in off_neighbours(points).into_iter().enumerate() {
        let (before, after) = (points[at], points[at + 2]);
        let size = off.abs();
        let alone = (after.1 - before.1).abs() < size / 4.0;
        if alone && size > OUTLIER * noise && size > OUTLIER_STEPS * step {
            calm[at + 1].1 = f64::midpoint(before.1, after.1);
        }
    }
    calm
}

/// The widest window's value that lies within the noise of those of all narrower ones.
fn widest_within(own: f64, fits: impl Iterator<Item = Fit>, noise: f64) -> f64 {
    let (mut low, mut high) = (own - WITHIN * noise, own + WITHIN * noise);
    let mut value = own;
    for fit in fits {
        if fit.value < low || fit.value > high {
            break;
        }
        value = fit.value;
        low = low.max(value - WITHIN * noise * fit.error);
        high = high.min(value + WITHIN * noise * fit.error);
    }
    value
}

/// What rises all the way still does, what falls still falls, and nothing leaves the range of the points.
fn keep_shape(points: &[Point], smooth: &mut [Point]) {
    let values = || points.iter().map(|point| point.1);
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    for point in smooth.iter_mut() {
        point.1 = point.1.clamp(low, high);
    }
    let sign = match points {
        _ if points.is_sorted_by(|a, b| a.1 <= b.1) => 1.0,
        _ if points.is_sorted_by(|a, b| a.1 >= b.1) => -1.0,
        _ => return,
    };
    // Pools of neighbours that go the wrong way get their mean: the nearest series that rises (isotonic regression).
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for point in smooth.iter() {
        let mut pool = (sign * point.1, 1);
        while let Some(last) = pools.pop_if(|last| last.0 > pool.0) {
            let count = last.1 + pool.1;
            pool = ((last.0 * last.1 as f64 + pool.0 * pool.1 as f64) / count as f64, count);
        }
        pools.push(pool);
    }
    let values = pools.into_iter().flat_map(|(value, count)| std::iter::repeat_n(sign * value, count));
    for (point, value) in smooth.iter_mut().zip(values) {
        point.1 = value;
    }
}

/// A line's value at its point, and its standard error in units of the noise.
#[derive(Debug, Clone, Copy)]
struct Fit {
    value: f64,
    error: f64,
}

fn fitted(points: &[Point], count: usize) -> Vec<Fit> {
    let mut from = 0;
    let mut all = Vec::with_capacity(points.len());
    for &(x, _) in points {
        // The window moves on while the point after it is nearer than its first.
        while from + count < points.len() && points[from + count].0 - x < x - points[from].0 {
            from += 1;
        }
        all.push(line_at(x, &points[from..from + count]));
    }
    all
}

/// The straight line through weighted points at `x`.
fn line_at(x: f64, points: &[Point]) -> Fit {
    // A little more than the farthest, so that it counts, too.
    let reach = points.iter().map(|point| (point.0 - x).abs()).fold(0.0, f64::max) * 1.001 + 1e-12;
    // Distances from x in units of the window keep the sums well apart from rounding.
    let weighted = || {
        points.iter().map(move |&(at, y)| {
            let dx = (at - x) / reach;
            ((1.0 - dx.abs().min(1.0).powi(3)).powi(3), dx, y)
        })
    };
    let (mut sum, mut sum_x, mut sum_xx) = (0.0, 0.0, 0.0);
    for (weight, dx, _) in weighted() {
        sum += weight;
        sum_x += weight * dx;
        sum_xx += weight * dx * dx;
    }
    let spread = sum * sum_xx - sum_x * sum_x;
    let is_flat = spread.abs() < 1e-12 * sum * sum;
    let (mut value, mut error) = (0.0, 0.0);
    for (weight, dx, y) in weighted() {
        // The value is a sum of the points' y, each times this.
        let part = if is_flat { weight / sum } else { weight * (sum_xx - sum_x * dx) / spread };
        value += part * y;
        error += part * part;
    }
    Fit { value, error: error.sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(count: usize, y: impl Fn(f64) -> f64) -> Vec<Point> {
        (0..count).map(|index| index as f64 / count as f64).map(|x| (x, y(x))).collect()
    }

    #[test]
    fn a_straight_line_stays() {
        for count in [0, 1, 2, 3, 50, 700] {
            let line = points(count, |x| 0.8 - 0.5 * x);
            let smooth = loess(&line);
            assert_eq!(smooth.len(), count);
            assert!(smooth.iter().zip(&line).all(|(a, b)| (a.1 - b.1).abs() < 1e-9), "{count}: {smooth:?}");
        }
    }

    #[test]
    fn noise_and_outliers_go_and_the_bend_stays() {
        let bend = |x: f64| (-4.0 * x).exp();
        let mut noisy = points(200, |x| bend(x) + 0.05 * (x * 1_000.0).sin());
        noisy[100].1 = 1.0;
        let worst = loess(&noisy).iter().map(|(x, y)| (y - bend(*x)).abs()).fold(0.0, f64::max);
        assert!(worst < 0.04, "{worst}");
    }

    #[test]
    fn equal_places_are_no_trouble() {
        let same: Vec<Point> = (0..20).map(|index| (0.5, f64::from(index) / 20.0)).collect();
        let smooth = loess(&same);
        assert!(smooth.len() == 1 && (smooth[0].1 - 0.475).abs() < 1e-9, "{smooth:?}");
    }

    /// A function without noise, and its name.
    type Shape = (&'static str, fn(f64) -> f64);

    fn shapes() -> [Shape; 7] {
        [
            ("exponential", |x| 3.0 * (-8.0 * x).exp()),
            ("steep exponential", |x| 3.0 * (-60.0 * x).exp() + 0.1),
            ("saturating", |x| 1.0 - 1.0 / (1.0 + 40.0 * x)),
            ("steps", |x| {
                if x < 0.3 {
                    1.0
                } else if x < 0.7 {
                    0.5
                } else {
                    0.1
                }
            }),
            ("line", |x| 2.0 * x - 1.0),
            ("sine", |x| (9.0 * x).sin()),
            ("constant", |_| 0.25),
        ]
    }

    #[test]
    fn nothing_is_invented_where_there_is_no_noise() {
        for (name, shape) in shapes() {
            for count in [3, 5, 10, 20, 40, 100, 400, 2_000] {
                let given = points(count, shape);
                let smooth = loess(&given);
                let values = given.iter().map(|point| point.1);
                let size = values.clone().fold(0.0, f64::max) - values.fold(f64::INFINITY, f64::min);
                let worst = given.iter().zip(&smooth).map(|(a, b)| (a.1 - b.1).abs()).fold(0.0, f64::max);
                // Of few points of a wave as much is taken for noise as a reader would.
                let allowed = if count <= 40 { 0.2 } else { 0.02 };
                assert!(worst <= allowed * size + 1e-9, "{name} of {count}: {worst} of {size}");
                let rises = |points: &[Point]| points.is_sorted_by(|a, b| a.1 <= b.1);
                let falls = |points: &[Point]| points.is_sorted_by(|a, b| a.1 >= b.1);
                assert!(!rises(&given) || rises(&smooth), "{name} of {count} rises");
                assert!(!falls(&given) || falls(&smooth), "{name} of {count} falls");
                let ends = [0, count - 1].map(|at| (given[at].1 - smooth[at].1).abs());
                assert!(ends.iter().all(|off| *off <= 0.1 * size + 1e-9), "{name} of {count}: {ends:?}");
            }
        }
    }

    /// Normal enough: the mean of twelve even numbers, from a fixed sequence.
    fn noise_of(count: usize) -> Vec<f64> {
        let mut state = 88_172_645_463_325_252_u64;
        let mut even = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..count).map(|_| (0..12).map(|_| even()).sum::<f64>() - 6.0).collect()
    }

    #[test]
    fn noise_is_calmed_as_by_a_window_of_one_width() {
        for (name, shape) in
            shapes().into_iter().filter(|(name, _)| !name.contains("step") && !name.contains("steep"))
        {
            let noise = noise_of(600);
            let truth = points(600, shape);
            let noisy: Vec<Point> =
                truth.iter().zip(&noise).map(|((x, y), noise)| (*x, y + 0.1 * noise)).collect();
            let off = |smooth: &[Point]| {
                let squares = smooth.iter().zip(&truth).map(|(a, b)| (a.1 - b.1).powi(2));
                (squares.sum::<f64>() / 600.0).sqrt()
            };
            let found = off(&loess(&noisy));
            assert!(found < 0.04, "{name}: {found} of a noise of 0.1");
        }
    }
}
