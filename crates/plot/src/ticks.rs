//! Where an axis has its ticks and what they say, by the rules of d3: steps of 1, 2 or 5 times a power of ten,
//! equal decimals for all labels of an axis, commas between thousands.

/// Values beyond this are not drawn: differences of them would overflow.
pub(super) const LARGEST: f64 = 1e305;

/// A span below this cannot be divided into ticks.
const SMALLEST_SPAN: f64 = 1e-290;

/// A span smaller than this part of its values is rounding noise.
const NOISE: f64 = 1e-12;

/// Measured values that differ by less than this part are the same but for the noise of floats.
const FLOAT_NOISE: f64 = 1e-6;

/// Labels longer than this are written with an exponent if that is shorter.
const LONG_LABEL: usize = 9;

/// One tick.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub at: f64,
    pub label: String,
}

/// An axis: its ends are its first and last tick.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<Tick>,
    /// Ticks are names of bands, not numbers.
    pub named: bool,
    logarithmic: bool,
}

impl Axis {
    /// The axis that holds all values from `low` to `high`, with about `count` ticks.
    pub(super) fn new(low: f64, high: f64, count: f64) -> Self {
        let (low, high) = widened(low, high);
        let (step, from, to) = nice(low, high, count);
        let values: Vec<f64> = std::iter::successors(Some(from), |index| Some(index + 1.0))
            .take_while(|index| *index <= to)
            .take(100)
            .map(|index| step.times(index))
            .collect();
        let labels = labels(&values, step);
        let ticks = values.into_iter().zip(labels).map(|(at, label)| Tick { at, label }).collect();
        Self { low: step.times(from), high: step.times(to), ticks, named: false, logarithmic: false }
    }

    /// The range of values that differ by no more than a float's noise, wide enough that they are a level line.
    pub(super) fn around_noise((low, high): (f64, f64)) -> (f64, f64) {
        if is_noise(low, high) { around(low / 2.0 + high / 2.0) } else { (low, high) }
    }

    /// The logarithmic axis that holds all values from `low` to `high`, both above zero: whole powers of ten, and
    /// between them 2 and 5 where there is room.
    pub(super) fn log(low: f64, high: f64, count: f64) -> Self {
        let (low, high) = (low.clamp(1e-300, LARGEST), high.clamp(1e-300, LARGEST));
        let (mut from, mut to) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        if from == to {
            (from, to) = (from - 1, to + 1);
        }
        let stride = (f64::from(to - from) / count).ceil().max(1.0) as i32;
        to = from
            + (to - from).div_euclid(stride) * stride
            + if (to - from) % stride == 0 { 0 } else { stride };
        let mantissas: &[f64] = if f64::from(to - from) * 3.0 <= count { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let mut ticks = Vec::new();
        for power in (from..=to).step_by(usize::try_from(stride).unwrap_or(1)) {
            for mantissa in mantissas.iter().filter(|mantissa| power < to || **mantissa == 1.0) {
                let at = Step { mantissa: *mantissa, power }.times(1.0);
                let plain = (-4..6).contains(&power);
                let decimals = usize::try_from(-power).unwrap_or(0);
                let label = if plain { with_commas(at, decimals) } else { exponent(at, power) };
                ticks.push(Tick { at, label });
            }
        }
        Self { low: 10f64.powi(from), high: 10f64.powi(to), ticks, named: false, logarithmic: true }
    }

    /// One band per name, from 0 upwards; `reversed` for an axis that runs downwards.
    pub(super) fn bands(names: &[String], reversed: bool) -> Self {
        let ticks = names.iter().enumerate().map(|(at, name)| Tick { at: at as f64, label: name.clone() });
        let (low, high) = (-0.5, names.len().max(1) as f64 - 0.5);
        let (low, high) = if reversed { (high, low) } else { (low, high) };
        Self { low, high, ticks: ticks.collect(), named: true, logarithmic: false }
    }

    /// An axis with given ticks.
    pub(super) fn with_ticks(low: f64, high: f64, ticks: Vec<Tick>) -> Self {
        Self { low, high, ticks, named: false, logarithmic: false }
    }

    /// Whether a value has a place on the axis.
    pub(super) fn holds(&self, value: f64) -> bool {
        value.abs() <= LARGEST && (!self.logarithmic || value > 0.0)
    }

    /// Where a value lies: 0 is the axis's low end, 1 its high end.
    pub(super) fn fraction(&self, value: f64) -> f64 {
        let part = if self.logarithmic {
            (value / self.low).log10() / (self.high / self.low).log10()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        part.clamp(0.0, 1.0)
    }
}

/// A range that can be divided: around a constant there is a tenth of it on both sides, around zero one.
fn widened(low: f64, high: f64) -> (f64, f64) {
    let (low, high) = (low.clamp(-LARGEST, LARGEST), high.clamp(-LARGEST, LARGEST));
    let largest = low.abs().max(high.abs());
    if high - low > (largest * NOISE).max(SMALLEST_SPAN) {
        return (low, high);
    }
    around(low / 2.0 + high / 2.0)
}

fn around(middle: f64) -> (f64, f64) {
    let pad = if middle.abs() < SMALLEST_SPAN * 1e10 { 1.0 } else { middle.abs() / 10.0 };
    (middle - pad, middle + pad)
}

/// Whether values of this range differ, but by less than the order of a sum of single-precision floats may change them.
/// Whole numbers are counts or times, and exact.
pub(super) fn is_noise(low: f64, high: f64) -> bool {
    let is_whole = low.fract() == 0.0 && high.fract() == 0.0;
    !is_whole && high > low && high - low < low.abs().max(high.abs()) * FLOAT_NOISE
}

/// `mantissa * 10^power`, kept apart so that ticks are the nearest numbers to what their labels say.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    mantissa: f64,
    power: i32,
}

impl Step {
    fn dividing(span: f64, count: f64) -> Self {
        let raw = span / count;
        let power = raw.log10().floor() as i32;
        let error = raw / 10f64.powi(power);
        if error >= 50f64.sqrt() {
            Self { mantissa: 1.0, power: power + 1 }
        } else if error >= 10f64.sqrt() {
            Self { mantissa: 5.0, power }
        } else if error >= 2f64.sqrt() {
            Self { mantissa: 2.0, power }
        } else {
            Self { mantissa: 1.0, power }
        }
    }

    fn times(self, index: f64) -> f64 {
        let value = index * self.mantissa;
        if self.power < 0 { value / 10f64.powi(-self.power) } else { value * 10f64.powi(self.power) }
    }

    fn steps_in(self, value: f64) -> f64 {
        let value =
            if self.power < 0 { value * 10f64.powi(-self.power) } else { value / 10f64.powi(self.power) };
        value / self.mantissa
    }
}

/// The step, and the indices of the first and the last tick, so that the ends are round numbers.
fn nice(low: f64, high: f64, count: f64) -> (Step, f64, f64) {
    let mut step = Step::dividing(high - low, count);
    let (mut from, mut to) = (step.steps_in(low).floor(), step.steps_in(high).ceil());
    // Rounding the ends outwards makes the span larger, which may ask for a larger step.
    for _ in 0..4 {
        let next = Step::dividing(step.times(to) - step.times(from), count);
        if next == step {
            break;
        }
        step = next;
        (from, to) = (step.steps_in(low).floor(), step.steps_in(high).ceil());
    }
    (step, from, to)
}

fn labels(values: &[f64], step: Step) -> Vec<String> {
    let longest = |labels: &[String]| labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    let decimals = usize::try_from(-step.power).unwrap_or(0);
    let exponents = || values.iter().map(|value| exponent(*value, step.power)).collect::<Vec<_>>();
    let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    // A number of hundreds of digits need not be written to know that it is too long.
    if largest >= 1e20 || decimals > 20 {
        return exponents();
    }
    let plain: Vec<String> = values.iter().map(|value| with_commas(*value, decimals)).collect();
    if longest(&plain) <= LONG_LABEL {
        return plain;
    }
    let exponents = exponents();
    if longest(&exponents) < longest(&plain) { exponents } else { plain }
}

/// `1.5e10`, with as many digits as the step of ten to the `power` needs.
fn exponent(value: f64, power: i32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    // Formatting first: rounding may carry into the next power of ten.
    let shown = format!("{value:.15e}");
    let own: i32 = shown.rsplit_once('e').and_then(|(_, own)| own.parse().ok()).unwrap_or(power);
    let decimals = usize::try_from(own - power).unwrap_or(0).min(15);
    minus(&format!("{value:.decimals$e}"))
}

/// `12,345.60`.
pub(super) fn with_commas(value: f64, decimals: usize) -> String {
    let digits = format!("{:.decimals$}", value.abs());
    let (whole, rest) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut text = String::new();
    if value < 0.0 && digits.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        text.push('−');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if !rest.is_empty() {
        text.push('.');
        text.push_str(rest);
    }
    text
}

/// The sign that is as wide as a plus.
fn minus(text: &str) -> String {
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(low: f64, high: f64, count: f64, expected: &str) {
        let labels: Vec<String> =
            Axis::new(low, high, count).ticks.into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels.join(" "), expected);
    }

    #[test]
    fn ticks_are_round_and_share_their_decimals() {
        check(0.0, 59.0, 8.0, "0 10 20 30 40 50 60");
        check(0.0, 199.0, 8.0, "0 20 40 60 80 100 120 140 160 180 200");
        check(0.21, 2.43, 6.0, "0.0 0.5 1.0 1.5 2.0 2.5");
        check(0.0, 49_999.0, 4.0, "0 10,000 20,000 30,000 40,000 50,000");
        check(-0.3, 0.3, 6.0, "−0.3 −0.2 −0.1 0.0 0.1 0.2 0.3");
        check(1e-5, 4e-5, 4.0, "0.00001 0.00002 0.00003 0.00004");
        check(0.0, 2e10, 4.0, "0 5e9 1.0e10 1.5e10 2.0e10");
        check(1e-12, 3e-12, 2.0, "1e−12 2e−12 3e−12");
        check(-1e300, 1e300, 4.0, "−1.0e300 −5e299 0 5e299 1.0e300");
        check(5.0, 5.0, 4.0, "4.4 4.6 4.8 5.0 5.2 5.4 5.6");
        check(0.0, 0.0, 4.0, "−1.0 −0.5 0.0 0.5 1.0");
    }

    #[test]
    fn any_range_gives_an_axis_that_holds_it() {
        let odd = [0.0, 5e-324, 1e-300, 1e-9, 0.1, 1.0, 1e9, 1.7e12, 1e15 + 1.0, 1e300, LARGEST, f64::MAX];
        for low in odd.iter().flat_map(|value| [-value, *value]) {
            for high in odd.iter().flat_map(|value| [-value, *value]).filter(|high| *high >= low) {
                let axis = Axis::new(low, high, 6.0);
                assert!(axis.ticks.len() >= 2 && axis.ticks.len() < 20, "{low} {high}: {axis:?}");
                assert!(axis.high > axis.low && (axis.high - axis.low).is_finite(), "{low} {high}: {axis:?}");
                for value in [low, high] {
                    assert!((0.0..=1.0).contains(&axis.fraction(value)), "{low} {high}: {axis:?}");
                }
                let longest = axis.ticks.iter().map(|tick| tick.label.chars().count()).max();
                assert!(longest <= Some(24), "{low} {high}: {axis:?}");
            }
        }
    }

    #[test]
    fn noise_of_floats_is_a_level_line() {
        let check = |low: f64, high: f64, is_level: bool| {
            let (from, to) = Axis::around_noise((low, high));
            assert_eq!((high - low) / (to - from) < 1e-4, is_level, "{low} {high}: {from} {to}");
        };
        check(0.465_793_470_144_271_85, 0.465_793_477_159_042_3, true);
        check(1e9 + 0.25, 1e9 + 1.0, true);
        check(1.7e9, 1.7e9 + 600.0, false);
        check(-0.3, -0.300_000_000_000_1 + 2e-13, true);
        check(0.4657, 0.4658, false);
        check(-1e-9, 1e-9, false);
    }
}
