//! Whether a request is sent again, and when.
//!
//! In: what came of a try. Out: stop, or how long to wait. What may have been carried out is only repeated if that
//! does no harm; a rate limit or an overload is a plain no, so every request may come again after it.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderMap, Response};

use cml_base::ident::Withheld;

/// The most tries of one request.
const TRIES: u32 = 4;
/// The most tries after a plain 500: it is seldom gone the next moment.
const TRIES_AFTER_500: u32 = 3;
/// The most tries where no answer came in time: each takes a minute.
const TRIES_AFTER_SILENCE: u32 = 2;

/// What came of one try.
#[derive(Debug)]
pub(super) enum Came {
    /// The server never had it.
    NotSent(String),
    /// The server never had it, and is not who it says it is as far as we can tell.
    Untrusted(String),
    /// It was sent, and no whole answer came; the status, if that was read.
    Lost { status: Option<u16>, why: String },
    /// It was sent, and no whole answer came in time.
    Slow(String),
    /// We did not send it: why, and what to do.
    Withheld(Withheld),
    /// An answer of any status.
    Answer(Response<Vec<u8>>),
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Stop,
    Wait(Duration),
    /// The server asks for more patience than we have.
    TooLong(Duration),
}

/// How long we wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waits {
    /// Before the second try; it doubles for each one after that.
    pub(super) first: Duration,
    /// After a rate limit that does not say how long: "wait for at least one minute before retrying", and "an
    /// exponentially increasing amount of time between retries"
    /// (<https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api>).
    pub(super) limited: Duration,
    /// The longest wait that a server may ask for.
    pub(super) cap: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(400),
            limited: Duration::from_secs(60),
            cap: Duration::from_secs(300),
        }
    }
}

/// How a request may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Nature {
    /// To carry it out twice is as good as once.
    pub(super) repeatable: bool,
    /// It changes nothing.
    pub(super) reads: bool,
}

/// Decides after try number `tries`; `now` is in seconds since 1970.
pub(super) fn next(came: &Came, nature: Nature, tries: u32, now: u64, waits: &Waits) -> Next {
    let again = match came {
        Came::NotSent(_) => true,
        // It will not be another one the next moment.
        Came::Untrusted(_) | Came::Withheld(_) => false,
        Came::Lost { .. } => nature.repeatable,
        Came::Slow(_) => nature.repeatable && tries < TRIES_AFTER_SILENCE,
        Came::Answer(answer) => match answer.status().as_u16() {
            403 | 429 => is_limit(answer),
            503 => true,
            502 | 504 => nature.repeatable,
            500 => nature.reads && tries < TRIES_AFTER_500,
            _ => false,
        },
    };
    if !again || tries >= TRIES {
        return Next::Stop;
    }
    let (first, stated) = match came {
        Came::Answer(answer) => match answer.status().as_u16() {
            403 | 429 => (waits.limited, stated_wait(answer.headers(), now)),
            503 => (waits.first, stated_wait(answer.headers(), now)),
            _ => (waits.first, None),
        },
        _ => (waits.first, None),
    };
    match stated {
        Some(wait) if wait > waits.cap => Next::TooLong(wait),
        Some(wait) => Next::Wait(wait),
        None => Next::Wait(backoff(tries, first)),
    }
}

/// Whether a 403 or 429 means "too often": GitHub uses both, with and without headers.
pub(super) fn is_limit(answer: &Response<Vec<u8>>) -> bool {
    if !matches!(answer.status().as_u16(), 403 | 429) {
        return false;
    }
    answer.status().as_u16() == 429
        || answer.headers().contains_key("retry-after")
        || is_used_up(answer.headers())
        || String::from_utf8_lossy(answer.body()).to_ascii_lowercase().contains("secondary rate limit")
}

/// The wait that the server asks for.
fn stated_wait(headers: &HeaderMap, now: u64) -> Option<Duration> {
    if let Some(wait) = retry_after(headers, now) {
        return Some(wait);
    }
    let reset = LIMITS.iter().find_map(|[left, reset]| {
        number(headers, left).filter(|left| *left == 0).and_then(|_| number(headers, reset))
    })?;
    // One second more: the two clocks need not agree.
    Some(Duration::from_secs(reset.saturating_sub(now).saturating_add(1)))
}

/// What is left of a limit, and when it is whole again, in seconds since 1970: on GitHub, and on GitLab.
const LIMITS: [[&str; 2]; 2] =
    [["x-ratelimit-remaining", "x-ratelimit-reset"], ["ratelimit-remaining", "ratelimit-reset"]];

fn is_used_up(headers: &HeaderMap) -> bool {
    LIMITS.iter().any(|[left, _]| number(headers, left) == Some(0))
}

/// `Retry-After`: seconds, or a date (RFC 9110, 10.2.3) that is counted from the server's own clock if it tells it.
fn retry_after(headers: &HeaderMap, now: u64) -> Option<Duration> {
    if let Some(seconds) = number(headers, "retry-after") {
        return Some(Duration::from_secs(seconds));
    }
    let date = |name: &str| {
        let time = httpdate::parse_http_date(headers.get(name)?.to_str().ok()?.trim()).ok()?;
        Some(time.duration_since(UNIX_EPOCH).ok()?.as_secs())
    };
    let until = date("retry-after")?;
    Some(Duration::from_secs(until.saturating_sub(date("date").unwrap_or(now))))
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// Doubles each time; up to a quarter more, so that jobs that failed together do not come back together.
fn backoff(tries: u32, first: Duration) -> Duration {
    let wait = first.saturating_mul(1 << tries.saturating_sub(1).min(8));
    // The hasher's seed differs in every process.
    let part = RandomState::new().hash_one(tries) % 256;
    wait + wait.mul_f64(part as f64 / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Nature = Nature { repeatable: true, reads: true };
    const REPEATABLE: Nature = Nature { repeatable: true, reads: false };
    const WRITE: Nature = Nature { repeatable: false, reads: false };

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Came {
        let mut builder = Response::builder().status(status);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        Came::Answer(builder.body(body.as_bytes().to_vec()).unwrap())
    }

    #[test]
    fn only_what_does_no_harm_is_sent_again() {
        let check = |came: Came, nature: Nature, tries: u32, again: bool| {
            let next = next(&came, nature, tries, 0, &Waits::default());
            assert_eq!(next != Next::Stop, again, "{came:?} {nature:?} {tries}");
        };
        let lost = || Came::Lost { status: None, why: String::new() };
        check(Came::NotSent(String::new()), WRITE, 1, true);
        check(Came::NotSent(String::new()), WRITE, 4, false);
        check(Came::Untrusted(String::new()), READ, 1, false);
        check(lost(), WRITE, 1, false);
        check(lost(), REPEATABLE, 1, true);
        check(Came::Slow(String::new()), WRITE, 1, false);
        check(Came::Slow(String::new()), READ, 1, true);
        check(Came::Slow(String::new()), READ, 2, false);
        let withheld = Withheld { why: String::new(), advice: String::new() };
        check(Came::Withheld(withheld), READ, 1, false);
        for status in [502, 504] {
            check(answer(status, &[], ""), WRITE, 1, false);
            check(answer(status, &[], ""), REPEATABLE, 1, true);
        }
        check(answer(503, &[], ""), WRITE, 3, true);
        check(answer(500, &[], ""), REPEATABLE, 1, false);
        check(answer(500, &[], ""), READ, 2, true);
        check(answer(500, &[], ""), READ, 3, false);
        check(answer(429, &[], ""), WRITE, 3, true);
        check(answer(429, &[], ""), WRITE, 4, false);
        check(answer(403, &[], "Resource not accessible by integration"), READ, 1, false);
        check(answer(403, &[], "You have exceeded a secondary rate limit."), WRITE, 1, true);
        check(answer(403, &[("x-ratelimit-remaining", "12")], ""), WRITE, 1, false);
        check(answer(404, &[], ""), READ, 1, false);
        check(answer(200, &[], ""), READ, 1, false);
    }

    #[test]
    fn the_wait_is_the_servers_or_grows() {
        let check =
            |came: Came, expected: Next| assert_eq!(next(&came, WRITE, 1, 1000, &Waits::default()), expected);
        let seconds = Duration::from_secs;
        check(answer(429, &[("retry-after", "7")], ""), Next::Wait(seconds(7)));
        check(answer(403, &[("retry-after", "300")], ""), Next::Wait(seconds(300)));
        check(answer(403, &[("retry-after", "301")], ""), Next::TooLong(seconds(301)));
        let used_up =
            |reset| answer(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)], "");
        check(used_up("1010"), Next::Wait(seconds(11)));
        check(used_up("900"), Next::Wait(seconds(1)));
        check(used_up("4600"), Next::TooLong(seconds(3601)));
        let of_gitlab = [("ratelimit-remaining", "0"), ("ratelimit-reset", "1020")];
        check(answer(429, &of_gitlab, ""), Next::Wait(seconds(21)));

        // 1000 s after 1970; the server's clock may be another one.
        let until =
            |date: &str, clock: &[(&str, &str)]| answer(503, &[&[("retry-after", date)], clock].concat(), "");
        check(until("Thu, 01 Jan 1970 00:17:00 GMT", &[]), Next::Wait(seconds(20)));
        check(until("Thursday, 01-Jan-70 00:17:00 GMT", &[]), Next::Wait(seconds(20)));
        check(until("Thu, 01 Jan 1970 00:10:00 GMT", &[]), Next::Wait(seconds(0)));
        check(
            until("Fri, 01 Jan 2027 00:00:05 GMT", &[("date", "Fri, 01 Jan 2027 00:00:00 GMT")]),
            Next::Wait(seconds(5)),
        );
        check(until("Fri, 01 Jan 2027 00:00:00 GMT", &[]), Next::TooLong(seconds(1_798_761_600 - 1000)));
        assert!(matches!(next(&until("soon", &[]), WRITE, 1, 1000, &Waits::default()), Next::Wait(_)));

        let waits = Waits::default();
        let total: Duration = (1..TRIES).map(|tries| backoff(tries, waits.first)).sum();
        assert!(total >= Duration::from_millis(2800) && total < seconds(4), "{total:?}");
    }

    #[test]
    fn a_rate_limit_that_does_not_say_how_long_is_waited_for_a_minute_and_more_each_time() {
        let waits = Waits::default();
        let secondary = "You have exceeded a secondary rate limit. Please wait a few minutes.";
        for came in
            [answer(403, &[], secondary), answer(429, &[], ""), answer(429, &[("retry-after", "soon")], "")]
        {
            for (tries, least) in [(1, 60), (2, 120), (3, 240)] {
                let Next::Wait(wait) = next(&came, WRITE, tries, 1000, &waits) else {
                    panic!("{came:?} {tries}")
                };
                let least = Duration::from_secs(least);
                assert!(wait >= least && wait <= least + least / 4, "{came:?} {tries}: {wait:?}");
            }
            assert_eq!(next(&came, WRITE, 4, 1000, &waits), Next::Stop);
        }
        let total: Duration = (1..TRIES).map(|tries| backoff(tries, waits.limited)).sum();
        assert!(total < cml_host::deadline::DELIVERING, "{total:?}");
    }
}
