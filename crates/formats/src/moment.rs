//! Dates and times of YAML and TOML, as Python reads and shows them.
//!
//! A date is `datetime.date(2024, 1, 2)` in a list and `2024-01-02` elsewhere; two times of one moment in different
//! zones are equal. What stands in the calendar nowhere is an error, as it is for Python's `datetime`.

use super::value::Other;

/// A date, a time of day, or both; with a zone if there is one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Moment {
    /// Year, month and day.
    pub(super) date: Option<[u32; 3]>,
    pub(super) time: Option<Clock>,
    pub(super) zone: Option<Zone>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    /// Millionths of a second; a whole million carries over.
    pub(super) micro: u32,
}

/// How far a zone is before UTC, and what it is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Zone {
    pub(super) minutes: i64,
    pub(super) name: String,
}

const MINUTES_A_DAY: i64 = 24 * 60;

impl Moment {
    /// A timestamp of YAML 1.1 as ruamel.yaml reads it; `None` for a text that is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (date, rest) = match text.find(['T', 't', ' ', '\t']) {
            Some(at) if text[at..].starts_with(['T', 't']) => (&text[..at], Some(&text[at + 1..])),
            Some(at) => (&text[..at], Some(text[at..].trim_start_matches([' ', '\t']))),
            None => (text, None),
        };
        let mut parts = date.split('-');
        let date =
            [digits(parts.next()?, 4..=4)?, digits(parts.next()?, 1..=2)?, digits(parts.next()?, 1..=2)?];
        if parts.next().is_some() {
            return None;
        }
        let Some(rest) = rest else { return Some(Self { date: Some(date), ..Self::default() }) };
        let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.'))).unwrap_or(rest.len());
        let zone = rest[end..].trim_start_matches([' ', '\t']);
        let zone = if end == rest.len() { None } else { Some(zone_of(zone)?) };
        Some(Self { date: Some(date), time: Some(clock(&rest[..end])?), zone })
    }

    /// Whether YAML takes the text for a timestamp without a tag: a date alone has two digits for month and day.
    pub(super) fn is_plain(text: &str) -> bool {
        Self::parse(text).is_some_and(|moment| moment.time.is_some() || text.len() == 10)
    }

    /// The value; an error for a moment that no calendar has.
    pub(super) fn value(mut self) -> Result<Other, &'static str> {
        self.check()?;
        self.carry()?;
        let identity = format!("moment {:?} {:?} {}", self.utc(), self.time.is_some(), self.zone.is_some());
        let (shown, repr) = (self.shown(), self.repr());
        Ok(Other::moment(shown, repr, identity))
    }

    fn check(&self) -> Result<(), &'static str> {
        if let Some([year, month, day]) = self.date {
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let days = match month {
                2 => 28 + u32::from(is_leap),
                4 | 6 | 9 | 11 => 30,
                1..=12 => 31,
                _ => return Err("no year has this month"),
            };
            if year == 0 || !(1..=days).contains(&day) {
                return Err("no calendar has this day");
            }
        }
        if self.time.is_some_and(|time| time.hour > 23 || time.minute > 59 || time.second > 59) {
            return Err("no day has this time");
        }
        match &self.zone {
            Some(zone) if zone.minutes.abs() >= MINUTES_A_DAY => Err("no zone is a day away"),
            _ => Ok(()),
        }
    }

    /// A fraction that was rounded up to a whole second.
    fn carry(&mut self) -> Result<(), &'static str> {
        let Some(time) = &mut self.time else { return Ok(()) };
        if time.micro < 1_000_000 {
            return Ok(());
        }
        time.micro = 0;
        let seconds = i64::from(time.hour * 3600 + time.minute * 60 + time.second) + 1;
        let part = |number: i64| u32::try_from(number).unwrap_or(0);
        (time.hour, time.minute, time.second) =
            (part(seconds / 3600 % 24), part(seconds / 60 % 60), part(seconds % 60));
        if seconds < 86_400 {
            return Ok(());
        }
        if let Some(date) = &mut self.date {
            let next = [[date[0], date[1], date[2] + 1], [date[0], date[1] + 1, 1], [date[0] + 1, 1, 1]];
            let known =
                next.into_iter().find(|date| Self { date: Some(*date), ..Self::default() }.check().is_ok());
            *date = known.filter(|date| date[0] < 10_000).ok_or("no calendar has the day after")?;
        }
        Ok(())
    }

    /// Days and millionths of a second of the day, in UTC where the zone is known.
    fn utc(&self) -> (i64, i64) {
        let days = self.date.map_or(0, days);
        let time = self.time.unwrap_or_default();
        let minutes = i64::from(time.hour * 60 + time.minute)
            - self.zone.as_ref().map_or(0, |zone| zone.minutes)
            + days * MINUTES_A_DAY;
        let micro = minutes.rem_euclid(MINUTES_A_DAY) * 60_000_000
            + i64::from(time.second) * 1_000_000
            + i64::from(time.micro);
        (minutes.div_euclid(MINUTES_A_DAY), micro)
    }

    fn shown(&self) -> String {
        let date = self.date.map(|[year, month, day]| format!("{year:04}-{month:02}-{day:02}"));
        let time = self.time.map(|Clock { hour, minute, second, micro }| {
            let micro = if micro > 0 { format!(".{micro:06}") } else { String::new() };
            let zone = self.zone.as_ref().map_or_else(String::new, |zone| {
                let sign = if zone.minutes < 0 { '-' } else { '+' };
                format!("{sign}{:02}:{:02}", zone.minutes.abs() / 60, zone.minutes.abs() % 60)
            });
            format!("{hour:02}:{minute:02}:{second:02}{micro}{zone}")
        });
        [date, time].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn repr(&self) -> String {
        let mut parts: Vec<String> = self.date.iter().flatten().map(u32::to_string).collect();
        if let Some(Clock { hour, minute, second, micro }) = self.time {
            parts.extend([hour.to_string(), minute.to_string()]);
            parts.extend((second > 0 || micro > 0).then(|| second.to_string()));
            parts.extend((micro > 0).then(|| micro.to_string()));
        }
        if let Some(Zone { minutes, name }) = &self.zone {
            let (days, seconds) = (minutes.div_euclid(MINUTES_A_DAY), minutes.rem_euclid(MINUTES_A_DAY) * 60);
            let delta = match (days, seconds) {
                (0, 0) => "0".to_owned(),
                (0, seconds) => format!("seconds={seconds}"),
                (days, seconds) => format!("days={days}, seconds={seconds}"),
            };
            parts.push(format!("tzinfo=datetime.timezone(datetime.timedelta({delta}), '{name}')"));
        }
        let class = match (self.date, self.time) {
            (Some(_), None) => "date",
            (None, Some(_)) => "time",
            _ => "datetime",
        };
        format!("datetime.{class}({})", parts.join(", "))
    }
}

/// A number of so many digits.
fn digits(text: &str, count: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let fine = count.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| fine)
}

fn clock(text: &str) -> Option<Clock> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = whole.split(':');
    let (hour, minute, second) =
        (digits(parts.next()?, 1..=2)?, digits(parts.next()?, 2..=2)?, digits(parts.next()?, 2..=2)?);
    if parts.next().is_some() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let six: u32 = format!("{:0<6}", fraction.get(..6).unwrap_or(fraction)).parse().ok()?;
    let up = fraction.as_bytes().get(6).is_some_and(|digit| *digit > b'4');
    Some(Clock { hour, minute, second, micro: six + u32::from(up) })
}

/// `Z`, `+5`, `-05:30`.
fn zone_of(text: &str) -> Option<Zone> {
    let name = text.to_owned();
    if text == "Z" {
        return Some(Zone { minutes: 0, name });
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "00"));
    let minutes = i64::from(digits(hours, 1..=2)?) * 60 + i64::from(digits(minutes, 2..=2)?);
    Some(Zone { minutes: sign * minutes, name })
}

/// Days from 1 March of the year 0, by which two dates are told apart.
fn days([year, month, day]: [u32; 3]) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.saturating_sub(1), month + 9) };
    let leaps = year / 4 - year / 100 + year / 400;
    i64::from(year * 365 + leaps + (month * 153 + 2) / 5 + day)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Python's `str` and `repr` of what ruamel.yaml 0.18 makes of a text.
    const MOMENTS: [(&str, &str, &str); 15] = [
        ("2001-01-01", "2001-01-01", "datetime.date(2001, 1, 1)"),
        ("2001-01-01T00:00:00", "2001-01-01 00:00:00", "datetime.datetime(2001, 1, 1, 0, 0)"),
        (
            "1979-05-27T07:32:00Z",
            "1979-05-27 07:32:00+00:00",
            "datetime.datetime(1979, 5, 27, 7, 32, tzinfo=datetime.timezone(datetime.timedelta(0), 'Z'))",
        ),
        (
            "2001-01-01T01:02:03 +5",
            "2001-01-01 01:02:03+05:00",
            "datetime.datetime(2001, 1, 1, 1, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(seconds=18000), '+5'))",
        ),
        (
            "2001-12-14t21:59:43.10-05:00",
            "2001-12-14 21:59:43.100000-05:00",
            "datetime.datetime(2001, 12, 14, 21, 59, 43, 100000, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=68400), '-05:00'))",
        ),
        (
            "2001-12-14T21:59:43.1234567-03:30",
            "2001-12-14 21:59:43.123457-03:30",
            "datetime.datetime(2001, 12, 14, 21, 59, 43, 123457, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=73800), '-03:30'))",
        ),
        ("2001-01-01T23:59:59.9999999", "2001-01-02 00:00:00", "datetime.datetime(2001, 1, 2, 0, 0)"),
        ("2000-02-29 23:59:59.9999999", "2000-03-01 00:00:00", "datetime.datetime(2000, 3, 1, 0, 0)"),
        ("2001-12-31 23:59:59.9999999", "2002-01-01 00:00:00", "datetime.datetime(2002, 1, 1, 0, 0)"),
        (
            "2001-01-01T01:02:03.9999994",
            "2001-01-01 01:02:03.999999",
            "datetime.datetime(2001, 1, 1, 1, 2, 3, 999999)",
        ),
        ("2001-1-1  1:02:03.", "2001-01-01 01:02:03", "datetime.datetime(2001, 1, 1, 1, 2, 3)"),
        (
            "2001-12-15 2:59:43.10",
            "2001-12-15 02:59:43.100000",
            "datetime.datetime(2001, 12, 15, 2, 59, 43, 100000)",
        ),
        (
            "2001-01-01T01:02:03+00:60",
            "2001-01-01 01:02:03+01:00",
            "datetime.datetime(2001, 1, 1, 1, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(seconds=3600), '+00:60'))",
        ),
        (
            "0001-01-01T00:00:00+05:00",
            "0001-01-01 00:00:00+05:00",
            "datetime.datetime(1, 1, 1, 0, 0, tzinfo=datetime.timezone(datetime.timedelta(seconds=18000), '+05:00'))",
        ),
        (
            "2001-12-14T21:59:43-00:00",
            "2001-12-14 21:59:43+00:00",
            "datetime.datetime(2001, 12, 14, 21, 59, 43, tzinfo=datetime.timezone(datetime.timedelta(0), '-00:00'))",
        ),
    ];

    #[test]
    fn moments_are_shown_as_python_does() {
        for (text, shown, repr) in MOMENTS {
            assert!(Moment::is_plain(text), "{text}");
            let other = Moment::parse(text).unwrap().value().unwrap();
            assert_eq!((other.shown(), other.repr()), (shown, repr));
        }
    }

    #[test]
    fn moments_are_told_from_texts() {
        for text in [
            "2001-1-1",
            "2001-01-1",
            "2001-01-01T01:02",
            "2001-01-01T1:2:3",
            "2001-01-01T01:02:03z",
            "2001-01-01T01:02:03 -0530",
            "2001-01-01T01:02:03 +5:3",
            "2001-01-01T01:02:03+01:00:00",
            "2001-01",
            "2001-01-01x",
            "2001-01-01 later",
            "2001-01-01-01",
        ] {
            assert!(!Moment::is_plain(text), "{text}");
        }
    }

    #[test]
    fn what_no_calendar_has_is_an_error() {
        for text in [
            "2001-13-01",
            "2001-00-01",
            "2001-02-29",
            "0000-01-01",
            "2001-01-01 25:02:03",
            "2001-01-01T01:02:60",
            "2001-01-01T01:02:03+24:00",
            "9999-12-31T23:59:59.9999999",
        ] {
            assert!(Moment::parse(text).unwrap().value().is_err(), "{text}");
        }
    }

    #[test]
    fn one_moment_in_two_zones_is_equal() {
        let of = |text: &str| Moment::parse(text).unwrap().value().unwrap();
        assert_eq!(of("2001-01-01T00:30:00+01:00"), of("2000-12-31T23:30:00Z"));
        assert_ne!(of("2001-01-01T00:30:00"), of("2001-01-01T00:30:00Z"));
        assert_ne!(of("2001-01-01"), of("2001-01-01T00:00:00"));
        assert_ne!(of("2001-03-01"), of("2001-02-28"));
    }
}
