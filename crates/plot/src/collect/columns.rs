//! Columns as numbers along an axis: numbers, dates, or the names of categories.

use std::collections::BTreeMap;

use crate::{Scale, dates};
use cml_tracked::{Column, spelt};

/// More categories than this are no axis that anyone can read.
pub(super) const MOST_NAMES: usize = 200;

/// A column as numbers, NaN where there is none; `None` if it has entries and none of them is a number.
pub(super) fn numbers(column: &Column) -> Option<Vec<f64>> {
    parsed(column, |text| text.parse().ok().map(spelt))
}

fn seconds(column: &Column) -> Option<Vec<f64>> {
    match column {
        Column::Numbers(_) => None,
        Column::Texts(texts) => {
            // One word among dates makes them names: nothing is left out silently.
            let all = texts.iter().all(|text| text.trim().is_empty() || dates::parse(text).is_some());
            if all { parsed(column, dates::parse) } else { None }
        }
    }
}

fn parsed(column: &Column, parse: impl Fn(&str) -> Option<f64>) -> Option<Vec<f64>> {
    match column {
        Column::Numbers(numbers) => Some(numbers.clone()),
        Column::Texts(texts) => {
            let parsed: Vec<Option<f64>> = texts.iter().map(|text| parse(text.trim())).collect();
            let is_text =
                texts.iter().any(|text| !text.trim().is_empty()) && parsed.iter().all(Option::is_none);
            (!is_text).then(|| parsed.into_iter().map(|number| number.unwrap_or(f64::NAN)).collect())
        }
    }
}

/// What the cells of a column say; empty ones say nothing.
pub(super) fn words(column: &Column) -> Vec<String> {
    match column {
        Column::Texts(texts) => texts.iter().map(|text| text.trim().to_owned()).collect(),
        Column::Numbers(numbers) => numbers
            .iter()
            .map(|number| if number.is_nan() { String::new() } else { number.to_string() })
            .collect(),
    }
}

/// All columns along one axis: numbers if all can be read so, else dates, else names in their first order.
pub(super) fn along_axis(columns: &[&Column]) -> (Scale, Vec<Vec<f64>>) {
    let all = |read: fn(&Column) -> Option<Vec<f64>>| -> Option<Vec<Vec<f64>>> {
        columns.iter().map(|column| read(column)).collect()
    };
    if let Some(numbers) = all(numbers) {
        return (Scale::Linear, numbers);
    }
    if let Some(seconds) = all(seconds) {
        return (Scale::Time, seconds);
    }
    named(columns)
}

/// Columns as indices of their different words.
pub(super) fn named(columns: &[&Column]) -> (Scale, Vec<Vec<f64>>) {
    let mut names = Vec::new();
    let mut known = BTreeMap::new();
    let mut index = |word: String| {
        if word.is_empty() {
            return f64::NAN;
        }
        *known.entry(word).or_insert_with_key(|word| {
            names.push(word.clone());
            names.len() as f64 - 1.0
        })
    };
    let all = columns.iter().map(|column| words(column).into_iter().map(&mut index).collect()).collect();
    (Scale::Bands(names), all)
}

/// Names in ascending order: as numbers if all of them are, else as texts, in which `c2` stands before `c10`.
pub(super) fn ascending(mut names: Vec<String>) -> Vec<String> {
    let number = |name: &String| name.parse::<f64>().ok();
    if names.iter().all(|name| number(name).is_some()) {
        names.sort_by(|a, b| number(a).unwrap_or(0.0).total_cmp(&number(b).unwrap_or(0.0)));
    } else {
        names.sort_by(|a, b| natural(a).cmp(&natural(b)).then_with(|| a.cmp(b)));
    }
    names
}

/// A text as its parts without digits, each with the length and the digits of the number behind it.
fn natural(text: &str) -> Vec<(&str, usize, &str)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let word_end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word_end);
        let number_end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (number, after) = after.split_at(number_end);
        let number = number.trim_start_matches('0');
        parts.push((word, number.len(), number));
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[&str]) -> Column {
        Column::Texts(values.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn an_axis_is_numbers_or_dates_or_names() {
        let both = |a: &[&str], b: &[&str]| along_axis(&[&texts(a), &texts(b)]);
        assert_eq!(both(&["1", ""], &["2", "x"]).0, Scale::Linear);
        let (scale, seconds) = both(&["1970-01-02"], &["1970-01-01", ""]);
        assert_eq!((scale, seconds[0][0], seconds[1][1].is_nan()), (Scale::Time, 86_400.0, true));
        let (scale, indices) = both(&["b", "a", ""], &["a", "2026-01-01"]);
        assert_eq!(scale, Scale::Bands(vec!["b".to_owned(), "a".to_owned(), "2026-01-01".to_owned()]));
        assert_eq!((&indices[0][..2], &indices[1]), (&[0.0, 1.0][..], &vec![1.0, 2.0]));
    }

    #[test]
    fn names_of_numbers_are_sorted_as_numbers() {
        let sorted =
            |names: &[&str]| ascending(names.iter().map(|name| (*name).to_owned()).collect()).join(" ");
        assert_eq!(sorted(&["10", "9", "0.5"]), "0.5 9 10");
        assert_eq!(sorted(&["b", "10", "9"]), "9 10 b");
        assert_eq!(sorted(&["c10 x", "c9", "c", "c09", "c10"]), "c c09 c9 c10 c10 x");
    }
}
