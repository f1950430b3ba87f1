//! The smoothing of the template `smooth`: LOESS, as Cleveland describes it (JASA 74, 1979).
//!
//! At every point a straight line is fitted to its nearest points, those near weighing most (tricube), in two
//! further rounds those that lie far off weighing less (bisquare). The window is 15 % of the points and at least
//! seven of them: wide enough to calm a noisy loss, narrow enough to keep its bends. DVC's default window of
//! 0.1 % shows the points themselves, which are pale behind our line.

use super::decimate::Point;

/// The window's part of all points.
const WINDOW: f64 = 0.15;
const LEAST_IN_WINDOW: usize = 7;
const ROUNDS: usize = 2;

/// The smoothed run, a point per place; the points stand in the order of x.
pub(super) fn loess(points: &[Point]) -> Vec<Point> {
    let points = joined(points);
    let points = points.as_slice();
    let count = ((points.len() as f64 * WINDOW).ceil() as usize).max(LEAST_IN_WINDOW).min(points.len());
    if count < 3 {
        return points.to_vec();
    }
    let mut trust = vec![1.0; points.len()];
    let mut smooth = fitted(points, &trust, count);
    for _ in 0..ROUNDS {
        let far: Vec<f64> =
            points.iter().zip(&smooth).map(|(point, smooth)| (point.1 - smooth.1).abs()).collect();
        let mut sorted = far.clone();
        sorted.sort_by(f64::total_cmp);
        let usual = 6.0 * sorted[sorted.len() / 2];
        if usual < 1e-12 {
            break;
        }
        for (trust, far) in trust.iter_mut().zip(far) {
            let part = (far / usual).min(1.0);
            *trust = (1.0 - part * part).powi(2).max(1e-6);
        }
        smooth = fitted(points, &trust, count);
    }
    smooth
}

/// Points at the same place become one at their mean, as in DVC's plots.
fn joined(points: &[Point]) -> Vec<Point> {
    let same = points.chunk_by(|a, b| a.0 == b.0);
    same.map(|same| (same[0].0, same.iter().map(|point| point.1 / same.len() as f64).sum())).collect()
}

fn fitted(points: &[Point], trust: &[f64], count: usize) -> Vec<Point> {
    let mut from = 0;
    let mut all = Vec::with_capacity(points.len());
    for &(x, _) in points {
        // The window moves on while the point after it is nearer than its first.
        while from + count < points.len() && points[from + count].0 - x < x - points[from].0 {
            from += 1;
        }
        let window = from..from + count;
        all.push((x, line_at(x, &points[window.clone()], &trust[window])));
    }
    all
}

/// The value at `x` of the straight line through weighted points.
fn line_at(x: f64, points: &[Point], trust: &[f64]) -> f64 {
    // A little more than the farthest, so that it counts, too.
    let reach = points.iter().map(|point| (point.0 - x).abs()).fold(0.0, f64::max) * 1.001 + 1e-12;
    let (mut sum, mut sum_x, mut sum_y, mut sum_xx, mut sum_xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (&(at, y), trust) in points.iter().zip(trust) {
        let near = ((at - x).abs() / reach).min(1.0);
        let weight = (1.0 - near.powi(3)).powi(3) * trust;
        // Distances from x in units of the window keep the sums well apart from rounding.
        let dx = (at - x) / reach;
        sum += weight;
        sum_x += weight * dx;
        sum_y += weight * y;
        sum_xx += weight * dx * dx;
        sum_xy += weight * dx * y;
    }
    let spread = sum * sum_xx - sum_x * sum_x;
    if spread.abs() < 1e-12 * sum * sum { sum_y / sum } else { (sum_y * sum_xx - sum_x * sum_xy) / spread }
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
}
