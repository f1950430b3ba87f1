//! The report for programs: `cml-report/2`, described by `docs/report.schema.json` and only ever extended.
//!
//! In: a report. Out: its JSON, and from that an equal report again. Numbers that JSON has no word for are the strings
//! `"NaN"`, `"inf"` and `"-inf"`; integers of any size are written out. Where a value's JSON does not say what it is, its
//! `old_is` or `new_is` does.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::{
    Base, Change, Delta, Direction, Display, Divergence, Judgement, Measure, NearMiss, Plot, Presence,
    Report, Side, Tally, Unread,
};
use cml_base::ident::{RepoUrl, Sha};
use cml_base::notice::Notice;
use cml_tracked::{Scalar, What};

mod number;

use number::{Number, without_a_word};

/// The newest version that is read, and the one that is written.
pub const VERSION: u32 = 2;

/// Why a text is no report that can be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("is not a report of cml: it has no \"schema\": \"cml-report/{VERSION}\"")]
    NoReport,
    #[error("is a report of version {0}, and this version of cml reads up to {VERSION}: use a newer cml")]
    Newer(u32),
    #[error("is a report of version {0}, which was not made to be read again: make it anew with this cml")]
    Older(u32),
    #[error("is not a whole report: {0}")]
    Json(#[from] serde_json::Error),
}

impl Report {
    pub fn to_json(&self) -> String {
        // Only text keys and values that cannot fail; an empty object would say so loudly.
        serde_json::to_string_pretty(self).map_or_else(|_| "{}\n".to_owned(), |text| text + "\n")
    }

    pub fn of_json(text: &str) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Versioned {
            schema: Option<String>,
        }
        let Versioned { schema } = serde_json::from_str(text)?;
        let version = schema.as_deref().and_then(|schema| schema.strip_prefix("cml-report/")?.parse().ok());
        match version.ok_or(Unreadable::NoReport)? {
            VERSION => Ok(serde_json::from_str(text)?),
            newer if newer > VERSION => Err(Unreadable::Newer(newer)),
            older => Err(Unreadable::Older(older)),
        }
    }
}

/// A report's form. What is derived from the rest (the verdict) is written and not read.
#[derive(Serialize)]
struct Written<'a> {
    schema: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    base: Option<BaseJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_base: Option<&'a str>,
    head: &'a Side,
    base_age_seconds: Option<i64>,
    own_progress_only: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<Repository<'a>>,
    verdict: Tally,
    metrics: Vec<ChangeJson<'a, Number<'a>>>,
    params: Vec<ChangeJson<'a, Number<'a>>>,
    plots: &'a [Plot],
    gates: [(); 0],
    unreadable: &'a [Unread],
    notices: &'a [Notice],
    #[serde(skip_serializing_if = "<[NearMiss]>::is_empty")]
    near_misses: &'a [NearMiss],
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_at: Option<&'a str>,
}

#[derive(Deserialize)]
struct Read {
    name: Option<String>,
    base: Option<BaseJson<'static>>,
    no_base: Option<String>,
    head: Side,
    base_age_seconds: Option<i64>,
    own_progress_only: bool,
    repository: Option<Repository<'static>>,
    metrics: Vec<ChangeJson<'static, Box<RawValue>>>,
    params: Vec<ChangeJson<'static, Box<RawValue>>>,
    plots: Vec<Plot>,
    unreadable: Vec<Unread>,
    notices: Vec<Notice>,
    #[serde(default)]
    near_misses: Vec<NearMiss>,
    kept_at: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct BaseJson<'a> {
    label: Cow<'a, str>,
    commit: Option<Cow<'a, Sha>>,
    /// How many commits the recorded run is back.
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_back: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct Repository<'a> {
    server: Cow<'a, str>,
    name: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
struct ChangeJson<'a, N> {
    path: Cow<'a, str>,
    key: Cow<'a, str>,
    old: Option<N>,
    new: Option<N>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_is: Option<Is>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_is: Option<Is>,
    /// Why a side that is unreadable is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    old_why: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_why: Option<Cow<'a, str>>,
    delta: Option<N>,
    /// Params are given, so none is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<Direction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction_guessed: Option<bool>,
    /// Only where it is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    direction_by_change: Option<bool>,
    judgement: Judgement,
    /// Of a metric that is no number on one side.
    #[serde(skip_serializing_if = "Option::is_none")]
    divergence: Option<Cow<'a, str>>,
    /// How the project wants it written; the values above are as they are in the files.
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<DisplayJson<'a>>,
}

/// What a side's JSON alone does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Is {
    Absent,
    Unreadable,
    /// A text that reads as a number that JSON has no word for.
    Text,
}

#[derive(Serialize, Deserialize)]
struct DisplayJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<Cow<'a, str>>,
    percent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    precision: Option<u8>,
    /// Neither a unit nor a percentage, by the project's word.
    #[serde(default, skip_serializing_if = "super::is_false")]
    plain: bool,
    /// The precision hides no decimals of a change.
    #[serde(default, skip_serializing_if = "super::is_false")]
    only_adds: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "What", rename_all = "lowercase")]
pub(super) enum Kind {
    Metrics,
    Params,
    Files,
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let base = |label, commit, recorded_back| BaseJson {
            label: Cow::Borrowed(label),
            commit: Option::map(commit, Cow::Borrowed),
            recorded_back,
        };
        let (base, no_base) = match &self.base {
            Base::Commit { label, commit } => (Some(base(label.as_str(), Some(commit), None)), None),
            Base::Record { label, commit, back } => (Some(base(label, Some(commit), Some(*back))), None),
            Base::Folder { label } => (Some(base(label, None, None)), None),
            Base::None { why } => (None, why.as_deref()),
        };
        let repository = self.repo.as_ref().map(|repo| Repository {
            server: Cow::Borrowed(repo.server()),
            name: Cow::Borrowed(repo.slug()),
        });
        let written = Written {
            schema: "cml-report/2",
            name: self.name.as_deref(),
            base,
            no_base,
            head: &self.head,
            base_age_seconds: self.base_age,
            own_progress_only: self.own_progress_only,
            repository,
            verdict: self.tally(),
            metrics: self.metrics.iter().map(|change| written(change, true)).collect(),
            params: self.params.iter().map(|change| written(change, false)).collect(),
            plots: &self.plots,
            gates: [],
            unreadable: &self.unread,
            notices: &self.notices,
            near_misses: &self.near_misses,
            kept_at: self.kept_at.as_deref(),
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Report {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = Read::deserialize(deserializer)?;
        let base = match read.base {
            None => Base::None { why: read.no_base },
            Some(BaseJson { label, commit, recorded_back }) => {
                let label = label.into_owned();
                match (commit.map(Cow::into_owned), recorded_back) {
                    (None, _) => Base::Folder { label },
                    (Some(commit), None) => Base::Commit { label, commit },
                    (Some(commit), Some(back)) => Base::Record { label, commit, back },
                }
            }
        };
        let repo = read.repository.map(|repo| RepoUrl::new(&repo.server, &repo.name)).transpose();
        let changes = |all: Vec<ChangeJson<'_, Box<RawValue>>>| {
            all.into_iter().map(self::read).collect::<Result<Vec<_>, String>>().map_err(D::Error::custom)
        };
        Ok(Self {
            name: read.name,
            base,
            head: read.head,
            own_progress_only: read.own_progress_only,
            base_age: read.base_age_seconds,
            repo: repo.map_err(D::Error::custom)?,
            metrics: changes(read.metrics)?,
            params: changes(read.params)?,
            plots: read.plots,
            notices: read.notices,
            near_misses: read.near_misses,
            unread: read.unreadable,
            kept_at: read.kept_at,
        })
    }
}

fn written(change: &Change, is_metric: bool) -> ChangeJson<'_, Number<'_>> {
    let (old, old_is, old_why) = side(&change.old);
    let (new, new_is, new_why) = side(&change.new);
    let divergence = change.divergence().filter(|_| is_metric).map(Divergence::as_str);
    ChangeJson {
        path: Cow::Borrowed(&change.path),
        key: Cow::Borrowed(&change.key),
        old,
        new,
        old_is,
        new_is,
        old_why: old_why.map(Cow::Borrowed),
        new_why: new_why.map(Cow::Borrowed),
        delta: change.delta.as_ref().map(Number::Delta),
        direction: is_metric.then_some(change.direction),
        direction_guessed: is_metric.then_some(change.guessed),
        direction_by_change: change.by_change.then_some(true),
        judgement: change.judgement,
        divergence: divergence.map(Cow::Borrowed),
        display: display(&change.display),
    }
}

fn side(side: &Presence) -> (Option<Number<'_>>, Option<Is>, Option<&str>) {
    match side {
        Presence::There(value) => {
            let is_text = matches!(value, Scalar::Text(text) if without_a_word(text).is_some());
            (Some(Number::Scalar(value)), is_text.then_some(Is::Text), None)
        }
        Presence::Absent => (None, Some(Is::Absent), None),
        Presence::Unreadable(why) => (None, Some(Is::Unreadable), Some(why)),
    }
}

/// `None` where nothing is said.
fn display(display: &Display) -> Option<DisplayJson<'_>> {
    let Display { name, measure, precision, only_adds } = display;
    let unit = match measure {
        Some(Measure::Unit(unit)) => Some(Cow::Borrowed(unit.as_str())),
        _ => None,
    };
    (*display != Display::default()).then(|| DisplayJson {
        name: name.as_deref().map(Cow::Borrowed),
        unit,
        percent: *measure == Some(Measure::Percent),
        precision: *precision,
        plain: *measure == Some(Measure::Plain),
        only_adds: *only_adds,
    })
}

fn read(change: ChangeJson<'_, Box<RawValue>>) -> Result<Change, String> {
    let key = change.key.into_owned();
    let value = |raw: Option<Box<RawValue>>, is: Option<Is>, why: Option<Cow<'_, str>>| {
        Ok::<_, String>(match is {
            Some(Is::Absent) => Presence::Absent,
            Some(Is::Unreadable) => Presence::Unreadable(why.unwrap_or_default().into_owned()),
            Some(Is::Text) | None => Presence::There(match scalar(raw.as_deref())? {
                Scalar::Text(text) if is.is_none() => {
                    without_a_word(&text).map_or(Scalar::Text(text), Scalar::Float)
                }
                other => other,
            }),
        })
    };
    let delta = match change.delta {
        None => None,
        Some(raw) => match scalar(Some(&raw))? {
            Scalar::Int(value) => Some(Delta::Int(value)),
            Scalar::Float(value) => Some(Delta::Float(value)),
            Scalar::Text(text) => without_a_word(&text).map(Delta::Float),
            Scalar::Null | Scalar::Bool(_) => return Err(format!("the delta of {key:?} is not a number")),
        },
    };
    Ok(Change {
        old: value(change.old, change.old_is, change.old_why)?,
        new: value(change.new, change.new_is, change.new_why)?,
        path: change.path.into_owned(),
        key,
        delta,
        direction: change.direction.unwrap_or(Direction::Unknown),
        guessed: change.direction_guessed.unwrap_or_default(),
        by_change: change.direction_by_change.unwrap_or_default(),
        judgement: change.judgement,
        display: change.display.map(shown).unwrap_or_default(),
    })
}

fn shown(display: DisplayJson<'_>) -> Display {
    let DisplayJson { name, unit, percent, precision, plain, only_adds } = display;
    let measure = match unit {
        Some(unit) => Some(Measure::Unit(unit.into_owned())),
        None if percent => Some(Measure::Percent),
        None => plain.then_some(Measure::Plain),
    };
    Display { name: name.map(Cow::into_owned), measure, precision, only_adds }
}

fn scalar(raw: Option<&RawValue>) -> Result<Scalar, String> {
    let Some(text) = raw.map(RawValue::get) else { return Ok(Scalar::Null) };
    let bad = || format!("{text} is not a value");
    match text {
        "null" => Ok(Scalar::Null),
        "true" => Ok(Scalar::Bool(true)),
        "false" => Ok(Scalar::Bool(false)),
        _ if text.starts_with('"') => serde_json::from_str(text).map(Scalar::Text).map_err(|_| bad()),
        _ if text.contains(['.', 'e', 'E']) => text.parse().map(Scalar::Float).map_err(|_| bad()),
        _ => text.parse().map(Scalar::Int).map_err(|_| bad()),
    }
}

#[cfg(test)]
mod tests;
