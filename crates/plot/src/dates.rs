//! Dates on an axis: ISO 8601 texts into seconds since 1970 (UTC, no leap seconds), and ticks at round times.

use super::ticks::{Axis, Tick};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// `2026-08-01`, `2026-08-01T12:30`, `2026-08-01 12:30:15.5+02:00`; without a zone it is UTC.
pub(super) fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    let (date, time) = match text.find(['T', ' ', 't']) {
        Some(at) => (text.get(..at)?, Some(text.get(at + 1..)?)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let (year, month, day) =
        (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let known = (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
    if parts.next().is_some() || !known {
        return None;
    }
    let seconds = (days_since_1970(year, month, day) * DAY) as f64;
    Some(seconds + time.map_or(Some(0.0), time_of_day)?)
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn time_of_day(text: &str) -> Option<f64> {
    let zone_at = text.find(['Z', 'z', '+', '-', ' ']).unwrap_or(text.len());
    let (clock, zone) = (text.get(..zone_at)?, text.get(zone_at..)?.trim());
    let mut parts = clock.split(':');
    let (hours, minutes) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let seconds: f64 = match parts.next() {
        Some(text) if text.starts_with(|c: char| c.is_ascii_digit()) => text.parse().ok()?,
        Some(_) => return None,
        None => 0.0,
    };
    if parts.next().is_some() || hours > 24 || minutes > 59 || seconds >= 61.0 {
        return None;
    }
    Some((hours * HOUR + minutes * MINUTE) as f64 + seconds - zone_offset(zone)? as f64)
}

fn zone_offset(zone: &str) -> Option<i64> {
    if zone.is_empty() || zone.eq_ignore_ascii_case("z") || zone == "UTC" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let clock = zone.strip_prefix(['+', '-'])?.replace(':', "");
    let (hours, minutes) = (digits(clock.get(..2)?, 2)?, clock.get(2..)?);
    let minutes = if minutes.is_empty() { 0 } else { digits(minutes, 2)? };
    Some(sign * (hours * HOUR + minutes * MINUTE))
}

fn days_of(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Howard Hinnant's `days_from_civil`.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Howard Hinnant's `civil_from_days`: year, month, day.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
}

/// Between two ticks: seconds that divide a day, days, or months.
#[derive(Debug, Clone, Copy)]
enum Step {
    Seconds(i64),
    Months(i64),
}

const STEPS: [Step; 23] = [
    Step::Seconds(1),
    Step::Seconds(5),
    Step::Seconds(15),
    Step::Seconds(30),
    Step::Seconds(MINUTE),
    Step::Seconds(5 * MINUTE),
    Step::Seconds(15 * MINUTE),
    Step::Seconds(30 * MINUTE),
    Step::Seconds(HOUR),
    Step::Seconds(3 * HOUR),
    Step::Seconds(6 * HOUR),
    Step::Seconds(12 * HOUR),
    Step::Seconds(DAY),
    Step::Seconds(2 * DAY),
    Step::Seconds(7 * DAY),
    Step::Seconds(14 * DAY),
    Step::Months(1),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
    Step::Months(24),
    Step::Months(60),
    Step::Months(120),
];

impl Step {
    fn seconds(self) -> i64 {
        match self {
            Self::Seconds(seconds) => seconds,
            Self::Months(months) => months * 30 * DAY,
        }
    }

    /// The last round time that is not after `at`.
    fn before(self, at: i64) -> i64 {
        match self {
            // The first Monday was the fifth day.
            Self::Seconds(seconds) if seconds % (7 * DAY) == 0 => {
                (at - 4 * DAY).div_euclid(seconds) * seconds + 4 * DAY
            }
            Self::Seconds(seconds) => at.div_euclid(seconds) * seconds,
            Self::Months(months) => {
                let (year, month, _) = civil(at.div_euclid(DAY));
                Self::month((year * 12 + month - 1).div_euclid(months) * months)
            }
        }
    }

    fn after(self, at: i64) -> i64 {
        match self {
            Self::Seconds(seconds) => at + seconds,
            Self::Months(months) => {
                let (year, month, _) = civil(at.div_euclid(DAY));
                Self::month(year * 12 + month - 1 + months)
            }
        }
    }

    /// The first second of a month counted from the year 0.
    fn month(index: i64) -> i64 {
        days_since_1970(index.div_euclid(12), index.rem_euclid(12) + 1, 1) * DAY
    }

    fn label(self, at: i64) -> String {
        let (year, month, day) = civil(at.div_euclid(DAY));
        let time = at.rem_euclid(DAY);
        let (hours, minutes, seconds) = (time / HOUR, time % HOUR / MINUTE, time % MINUTE);
        match self {
            Self::Months(months) if months % 12 == 0 => format!("{year}"),
            Self::Months(_) => format!("{} {year}", name(month)),
            Self::Seconds(_) if time == 0 => format!("{} {day}", name(month)),
            Self::Seconds(step) if step < MINUTE => format!("{hours:02}:{minutes:02}:{seconds:02}"),
            Self::Seconds(_) => format!("{hours:02}:{minutes:02}"),
        }
    }
}

/// A time as it is written, as short as it can be: `2026-08-01`, `2026-08-01 12:30`, `2026-08-01 12:30:15`.
pub(super) fn text(at: f64) -> String {
    let at = at.floor() as i64;
    let (year, month, day) = civil(at.div_euclid(DAY));
    let time = at.rem_euclid(DAY);
    let (hours, minutes, seconds) = (time / HOUR, time % HOUR / MINUTE, time % MINUTE);
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (time, seconds) {
        (0, _) => date,
        (_, 0) => format!("{date} {hours:02}:{minutes:02}"),
        _ => format!("{date} {hours:02}:{minutes:02}:{seconds:02}"),
    }
}

fn name(month: i64) -> &'static str {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    usize::try_from(month - 1).ok().and_then(|index| NAMES.get(index)).copied().unwrap_or("")
}

/// The axis of dates from `low` to `high`, with about `count` ticks. Its ends are the data's, not ticks: a week
/// begins when it does.
pub(super) fn axis(low: f64, high: f64, count: f64) -> Axis {
    // The years 1 to 9999; beyond them there are no names for days.
    let limit = |value: f64| value.clamp(-6.2e10, 2.534e11);
    let (low, high) = (limit(low), limit(high));
    let (low, high) = if high - low < 1.0 { (low - 1800.0, high + 1800.0) } else { (low, high) };
    let mut ticks = ticks(low, high, count);
    if ticks.len() < 2 {
        ticks = self::ticks(low, high, 4.0 * count);
    }
    Axis::with_ticks(low, high, ticks)
}

fn ticks(low: f64, high: f64, count: f64) -> Vec<Tick> {
    let wanted = ((high - low) / count) as i64;
    let largest = Step::Months(12 * (wanted / (360 * DAY) + 1));
    let step = STEPS.into_iter().find(|step| step.seconds() >= wanted).unwrap_or(largest);
    let times = std::iter::successors(Some(step.before(low as i64)), |at| Some(step.after(*at)));
    let within = times.skip_while(|at| (*at as f64) < low).take_while(|at| *at as f64 <= high).take(100);
    within.map(|at| Tick { at: at as f64, label: step.label(at) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read() {
        for (text, expected) in [
            ("1970-01-01", Some(0.0)),
            ("2026-08-01", Some(1_785_542_400.0)),
            ("2026-08-01T12:30:15.5", Some(1_785_587_415.5)),
            ("2026-08-01 12:30+02:00", Some(1_785_580_200.0)),
            ("2026-08-01T12:30:00Z", Some(1_785_587_400.0)),
            ("1969-12-31 23:59:59", Some(-1.0)),
            ("2024-02-29", Some(1_709_164_800.0)),
            ("2023-02-29", None),
            ("2026-13-01", None),
            ("26-08-01", None),
            ("epoch-1", None),
            ("2026-08-01Tnoon", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn times_are_written_as_they_are_read() {
        for text in
            ["1970-01-01", "2024-02-29", "2026-08-01 12:30", "1969-12-31 23:59:59", "0001-01-01 00:00:01"]
        {
            assert_eq!(super::text(parse(text).unwrap()), text);
        }
        assert_eq!(super::text(parse("2026-08-01T12:30:15.5+02:00").unwrap()), "2026-08-01 10:30:15");
        assert!(!super::text(f64::MAX).is_empty() && !super::text(f64::MIN).is_empty());
    }

    #[test]
    fn ticks_are_round_times() {
        for (low, high, expected) in [
            ("2026-08-01", "2026-08-07", "Aug 1|Aug 2|Aug 3|Aug 4|Aug 5|Aug 6|Aug 7"),
            ("2026-08-01T22:10", "2026-08-02T01:50", "22:30|23:00|23:30|Aug 2|00:30|01:00|01:30"),
            ("2025-09-20", "2026-03-04", "Oct 2025|Nov 2025|Dec 2025|Jan 2026|Feb 2026|Mar 2026"),
            ("2026-07-01", "2026-08-20", "Jul 6|Jul 13|Jul 20|Jul 27|Aug 3|Aug 10|Aug 17"),
            ("2019-05-01", "2026-03-04", "2020|2021|2022|2023|2024|2025|2026"),
        ] {
            let axis = axis(parse(low).unwrap(), parse(high).unwrap(), 8.0);
            let labels: Vec<String> = axis.ticks.into_iter().map(|tick| tick.label).collect();
            assert_eq!(labels.join("|"), expected);
        }
    }

    #[test]
    fn any_range_gives_an_axis() {
        for (low, high) in [(0.0, 0.0), (-1e300, 1e300), (1e9, 1e9 + 0.25), (1e9, 1e9 + 2.0), (-6e10, 2e11)] {
            let ticks = axis(low, high, 8.0).ticks;
            assert!(ticks.len() >= 2 && ticks.len() < 30, "{low} {high}: {}", ticks.len());
        }
    }
}
