//! What is written is read again: many reports of odd values, made from a seed.

use std::fmt::Debug;

use num_bigint::BigInt;

use super::*;
use crate::{Bars, Image, ImageState, Images, Matrix, Pictures, PlotKind, Series, Table, Values, Which};

/// A generator of odd things (xorshift).
struct Odd(u64);

impl Odd {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 0
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.flag() { Some(make(self)) } else { None }
    }

    fn many<T>(&mut self, make: impl Fn(&mut Self) -> T) -> Vec<T> {
        (0..self.below(4)).map(|_| make(self)).collect()
    }

    fn text(&mut self) -> String {
        let odd = [
            "",
            "a.b",
            "NaN",
            "inf",
            "-inf",
            "null",
            "1",
            "\"\\\n\u{0}\u{7f}",
            "\u{202e}é日本🟢",
            "</script>",
            "\u{2028}",
        ];
        self.of(&odd).to_owned()
    }

    fn double(&mut self) -> f64 {
        let odd = [
            0.0,
            -0.0,
            1.0,
            0.1 + 0.2,
            5e-324,
            -2.2e-308,
            f64::MAX,
            1e16,
            9_007_199_254_740_993.0,
            1e22,
            1e-7,
        ];
        match self.below(2) {
            0 => self.of(&odd),
            _ => Some(f64::from_bits(self.next())).filter(|bits| bits.is_finite()).unwrap_or(0.5),
        }
    }

    fn any_double(&mut self) -> f64 {
        match self.below(6) {
            0 => self.of(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY]),
            _ => self.double(),
        }
    }

    fn whole(&mut self) -> BigInt {
        let huge = "123456789012345678901234567890".repeat(1 + self.below(3));
        let whole: BigInt = if self.flag() { huge.parse().unwrap() } else { self.next().into() };
        if self.flag() { -whole } else { whole }
    }

    fn presence(&mut self) -> Presence {
        match self.below(7) {
            0 => Presence::Absent,
            1 => Presence::Unreadable(self.text()),
            2 => Presence::There(Scalar::Null),
            3 => Presence::There(Scalar::Bool(self.flag())),
            4 => Presence::There(Scalar::Int(self.whole())),
            5 => Presence::There(Scalar::Float(self.any_double())),
            _ => Presence::There(Scalar::Text(self.text())),
        }
    }

    fn param(&mut self) -> Change {
        let judgements = [Judgement::Changed, Judgement::Unchanged, Judgement::New, Judgement::Removed];
        Change {
            path: self.text(),
            key: self.text(),
            old: self.presence(),
            new: self.presence(),
            delta: self.maybe(|odd| match odd.flag() {
                true => Delta::Int(odd.whole()),
                false => Delta::Float(odd.any_double()),
            }),
            direction: Direction::Unknown,
            guessed: false,
            by_change: false,
            judgement: self.of(&judgements),
            display: Display::default(),
        }
    }

    fn metric(&mut self) -> Change {
        let directions = [Direction::Higher, Direction::Lower, Direction::Unknown, Direction::Fact];
        let judgements = [Judgement::Better, Judgement::Worse, Judgement::Unreadable];
        let measures = [Measure::Plain, Measure::Percent, Measure::Unit(self.text())];
        Change {
            direction: self.of(&directions),
            guessed: self.flag(),
            by_change: self.flag(),
            judgement: self.of(&judgements),
            display: Display {
                name: self.maybe(Self::text),
                measure: self.maybe(|odd| odd.of(&measures)),
                precision: self.maybe(|odd| odd.below(20) as u8),
                only_adds: self.flag(),
            },
            ..self.param()
        }
    }

    fn which(&mut self) -> Which {
        self.of(&[Which::Base, Which::Head])
    }

    fn values(&mut self) -> Values {
        Values {
            revision: self.which(),
            label: self.text(),
            column: self.maybe(Self::text),
            values: self.many(|odd| odd.maybe(Self::double)),
        }
    }

    fn series(&mut self) -> Series {
        Series {
            revision: self.which(),
            label: self.text(),
            column: self.maybe(Self::text),
            points: self.below(1000),
            first: self.maybe(Self::double),
            last: self.maybe(Self::double),
            min: self.maybe(Self::double),
            max: self.maybe(Self::double),
            sparkline: self.of(&["", "▁ █"]).to_owned(),
            remark: self.maybe(Self::text),
            direction: self.of(&[Direction::Higher, Direction::Unknown, Direction::Fact]),
        }
    }

    fn plot(&mut self) -> Plot {
        let states = [ImageState::Changed, ImageState::New, ImageState::Unknown];
        let kinds = [PlotKind::Line, PlotKind::Confusion, PlotKind::Images];
        let image = |odd: &mut Self| Image {
            name: odd.text(),
            state: odd.of(&states),
            base: odd.maybe(|odd| [odd.below(99) as u32, 4]),
            head: None,
            changed: odd.maybe(Self::double),
            mean: None,
        };
        Plot {
            id: self.text(),
            title: self.text(),
            x_label: self.text(),
            y_label: self.text(),
            kind: self.of(&kinds),
            series: self.many(Self::series),
            matrix: self.maybe(|odd| Matrix {
                across: odd.many(Self::text),
                down: odd.many(Self::text),
                normalized: odd.flag(),
                facets: odd.many(Self::values),
            }),
            bars: self.maybe(|odd| Bars { categories: odd.many(Self::text), groups: odd.many(Self::values) }),
            images: self.maybe(|odd| Images {
                pairs: odd.many(image),
                more: 3,
                unchanged: odd.many(Self::text),
            }),
            alt: self.text(),
            table: self.maybe(|odd| Table {
                names: odd.below(3),
                header: odd.many(Self::text),
                rows: odd.many(|odd| odd.many(Self::text)),
                left_out: odd.below(3),
            }),
            width: self.maybe(|odd| odd.below(800) as u32),
            pictures: Pictures {
                light: self.maybe(Self::text),
                dark: self.maybe(Self::text),
                interactive: self.maybe(Self::text),
            },
        }
    }

    fn commit(&mut self) -> Sha {
        let digit = self.of(&["0", "a", "7"]);
        digit.repeat(if self.flag() { 40 } else { 64 }).parse().unwrap()
    }

    fn base(&mut self) -> Base {
        let (label, commit) = (self.text(), self.commit());
        match self.below(4) {
            0 => Base::Commit { label, commit },
            1 => Base::Record { label, commit, back: self.below(200) as u32 },
            2 => Base::Folder { label },
            _ => Base::None { why: self.maybe(Self::text) },
        }
    }

    fn report(&mut self) -> Report {
        let whats = [What::Metrics, What::Params, What::Files];
        let repos = [("https://github.com", "o/r"), ("http://h:8443/gitlab", "group/sub/name")];
        Report {
            name: self.maybe(Self::text),
            base: self.base(),
            head: Side { label: self.text(), commit: self.maybe(Self::commit), on_disk: self.flag() },
            own_progress_only: self.flag(),
            base_age: self.maybe(|odd| odd.next() as i64),
            repo: self.maybe(|odd| odd.of(&repos)).map(|(server, name)| RepoUrl::new(server, name).unwrap()),
            metrics: self.many(Self::metric),
            params: self.many(Self::param),
            plots: self.many(Self::plot),
            notices: self.many(|odd| Notice { about: odd.maybe(Self::text), text: odd.text() }),
            near_misses: self.many(|odd| NearMiss { path: odd.text(), flag: odd.text() }),
            unread: self.many(|odd| Unread {
                side: odd.which(),
                path: odd.text(),
                what: odd.of(&whats),
                why: odd.text(),
            }),
            kept_at: self.maybe(Self::text),
        }
    }
}

/// NaN is nothing's equal, so reports are compared as they are shown: of a double that tells all of its digits.
#[track_caller]
fn same(one: &impl Debug, other: &impl Debug) {
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
}

#[test]
fn what_is_written_is_read_to_an_equal_value() {
    let mut odd = Odd(0x9e37_79b9_7f4a_7c15);
    for _ in 0..2_000 {
        let report = odd.report();
        let text = report.to_json();
        let read = Report::of_json(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        same(&read, &report);
        assert_eq!(read.to_json(), text);
        // By way of a tree of values too, as whoever keeps it in a larger document does.
        let value = serde_json::to_value(&report).unwrap();
        assert_eq!(value["schema"], "cml-report/2");
    }
}

#[test]
fn a_value_says_what_it_is() {
    let check = |side: Presence, json: &str| {
        let mut change = Odd(7).param();
        change.old = side.clone();
        let mut report = Odd(1).report();
        report.params = vec![change];
        let text = report.to_json();
        assert!(text.contains(&format!("\"old\": {json}")), "{json} in {text}");
        same(&Report::of_json(&text).unwrap().params[0].old, &side);
    };
    let there = |value| Presence::There(value);
    let text = |text: &str| there(Scalar::Text(text.to_owned()));
    check(there(Scalar::Float(f64::NAN)), "\"NaN\"");
    check(text("NaN"), "\"NaN\"");
    check(there(Scalar::Float(1.0)), "1.0");
    check(there(Scalar::Float(-0.0)), "-0.0");
    check(there(Scalar::Int(1.into())), "1");
    check(
        there(Scalar::Int("123456789012345678901234567890".parse().unwrap())),
        "123456789012345678901234567890",
    );
    check(there(Scalar::Float(1.234_567_890_123_456_8e29)), "1.2345678901234568e+29");
    check(text("1"), "\"1\"");
    check(there(Scalar::Null), "null");
    check(Presence::Absent, "null");
    check(Presence::Unreadable("line 3 is cut off".to_owned()), "null");
}

#[test]
fn other_versions_are_refused_and_what_is_unknown_is_left_out() {
    let text = Odd(3).report().to_json();
    let check = |text: &str, expected: &str| {
        assert_eq!(Report::of_json(text).unwrap_err().to_string(), expected);
    };
    let of = |version: &str| text.replace("cml-report/2", version);
    check(
        &of("cml-report/3"),
        "is a report of version 3, and this version of cml reads up to 2: use a newer cml",
    );
    check(
        &of("cml-report/1"),
        "is a report of version 1, which was not made to be read again: make it anew with this cml",
    );
    check(&of("sarif"), "is not a report of cml: it has no \"schema\": \"cml-report/2\"");
    check("{}", "is not a report of cml: it has no \"schema\": \"cml-report/2\"");
    check(
        "{\"schema\": \"cml-report/2\"}",
        "is not a whole report: missing field `head` at line 1 column 26",
    );
    let more = text.replacen('{', "{\"later\": [1],", 1);
    same(&Report::of_json(&more).unwrap(), &Report::of_json(&text).unwrap());
}
