//! Results that are older than their params: what dvc.lock says they were made with, against what the file of params
//! says now.

use std::collections::BTreeSet;

use super::dvcyaml::{entries, params_entry};
use super::load::Loader;
use super::lock::{Stages, by_stage, is_lock, locked};
use super::pipeline::Section;
use super::value::Value;
use super::{paths, pytext};
use cml_base::tree::RevisionError;

/// So many keys of one stage are told.
const TOLD_KEYS: usize = 3;

/// Says for each stage which of its params are no longer those that its results were made with.
pub(super) fn note(loader: &mut Loader<'_>, sections: &[Section]) -> Result<(), RevisionError> {
    let ours = |path: &&str| is_lock(path) && !paths::is_hidden(path) && !loader.ignores(path);
    let locks: Vec<String> = loader.files().filter(ours).map(str::to_owned).collect();
    let stages = by_stage(sections);
    for lock in locks {
        // A broken one is told by whoever reads its outputs.
        let Ok(value) = loader.content(&lock)? else { continue };
        of_lock(loader, &lock, &value, &stages)?;
    }
    Ok(())
}

fn of_lock(
    loader: &mut Loader<'_>,
    lock: &str,
    value: &Value,
    stages: &Stages<'_>,
) -> Result<(), RevisionError> {
    let Some(yaml) = paths::join(paths::folder(lock), "dvc.yaml") else { return Ok(()) };
    for (name, stage) in locked(value).pairs() {
        let name = name.key_text();
        let Some(section) = stages.get(&(yaml.as_str(), name.as_str())) else { continue };
        for (file, made_with) in stage.get("params").map_or(&[][..], Value::pairs) {
            let file = file.key_text();
            let Some(path) = paths::join(&section.folder, &file) else { continue };
            // A file that is missing or broken is told by whoever reads its params.
            let Ok(now) = loader.content(&path)? else { continue };
            let stale = changed(section, &file, made_with, &now);
            if !stale.is_empty() {
                loader.note(lock, told(&name, &path, &stale));
            }
        }
    }
    Ok(())
}

/// A key, the value that results were made with, and the one of now.
type Stale = (String, Value, Option<Value>);

/// The params of a stage that differ; a stage that no longer asks for one does not depend on it.
fn changed(section: &Section, file: &str, made_with: &Value, now: &Value) -> Vec<Stale> {
    let mut asked = BTreeSet::new();
    for (name, keys) in entries(section.body.get("params")) {
        let (of, keys) = params_entry(&name, keys, section.top);
        if paths::join("", of) == paths::join("", file) {
            asked.extend(if keys.is_empty() { vec![None] } else { keys.into_iter().map(Some).collect() });
        }
    }
    let is_asked = |key: &str| asked.contains(&None) || asked.contains(&Some(key.to_owned()));
    let mut stale = Vec::new();
    for (key, old) in made_with.pairs() {
        let key = key.key_text();
        let new = at(now, &key);
        if is_asked(&key) && !new.is_some_and(|new| same(old, new)) {
            stale.push((key, old.clone(), new.cloned()));
        }
    }
    stale
}

/// The value at a key of dots.
fn at<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    if let Some(found) = value.get(key) {
        return Some(found);
    }
    key.match_indices('.').find_map(|(dot, _)| at(value.get(&key[..dot])?, &key[dot + 1..]))
}

/// Equal as numbers, texts or lists; 1 and 1.0 are.
fn same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Int(int), Value::Float(float)) | (Value::Float(float), Value::Int(int)) => {
            float.fract() == 0.0 && int.to_string().parse::<f64>().is_ok_and(|int| int == *float)
        }
        (Value::Float(old), Value::Float(new)) => old == new || old.is_nan() && new.is_nan(),
        // A lock file has lists where a file of Python has tuples, and texts where YAML has dates.
        (Value::List(old) | Value::Tuple(old), Value::List(new) | Value::Tuple(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new))
        }
        (Value::Map(old), Value::Map(new)) => {
            let found = |key: &Value| new.iter().find(|(known, _)| known == key).map(|(_, value)| value);
            old.len() == new.len()
                && old.iter().all(|(key, value)| found(key).is_some_and(|new| same(value, new)))
        }
        (Value::Other(_), _) | (_, Value::Other(_)) => old.key_text() == new.key_text(),
        _ => old == new,
    }
}

fn told(stage: &str, path: &str, stale: &[Stale]) -> String {
    let mut pairs: Vec<String> = Vec::new();
    for (key, old, new) in stale.iter().take(TOLD_KEYS) {
        let new = new.as_ref().map_or("gone".to_owned(), pytext::str);
        pairs.push(format!("{key} was {} and is {new}", pytext::str(old)));
    }
    if stale.len() > TOLD_KEYS {
        pairs.push(format!("{} more differ", stale.len() - TOLD_KEYS));
    }
    format!(
        "the results of {stage} were made with other params than {path} says: {}; run `dvc repro`",
        pairs.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use crate::tests::memory;
    use crate::{Sources, collect};

    /// The words about a stage `train` that asks for `asked` and was run with `made_with`, beside `now`.
    fn words(asked: &str, made_with: &str, now: &str) -> Vec<String> {
        let yaml = format!("stages: {{train: {{cmd: x, params: {asked}}}}}");
        let lock = format!("schema: '2.0'\nstages: {{train: {{cmd: x, params: {made_with}}}}}");
        let tree = memory(&[("dvc.yaml", &yaml), ("dvc.lock", &lock), ("params.yaml", now), ("c.json", now)]);
        let notices = collect(&tree, &Sources::default()).unwrap().notices;
        notices.iter().map(ToString::to_string).filter(|text| text.starts_with("dvc.lock: ")).collect()
    }

    #[test]
    fn results_older_than_their_params_are_told() {
        let check = |asked: &str, made_with: &str, now: &str, expected: Option<&str>| {
            let words = words(asked, &format!("{{params.yaml: {{{made_with}}}}}"), now);
            let before = "dvc.lock: the results of train were made with other params than params.yaml says: ";
            let expected = expected.map(|expected| format!("{before}{expected}; run `dvc repro`"));
            assert_eq!(words, Vec::from_iter(expected), "{asked} {made_with} {now}");
        };
        check("[n]", "n: 500", "{\"n\": 500}", None);
        check("[n]", "n: 500", "{\"n\": 500.0}", None);
        check("[n]", "n: 500", "{\"n\": 100}", Some("n was 500 and is 100"));
        check("[n]", "n: 500", "{\"n\": \"500\"}", Some("n was 500 and is 500"));
        check("[n]", "n: 500", "{}", Some("n was 500 and is gone"));
        check("[a.b]", "a.b: 1", "{\"a\": {\"b\": 2}}", Some("a.b was 1 and is 2"));
        check("[a.b]", "a.b: 1", "{\"a.b\": 1}", None);
        check("[a]", "a: {b: [1, x]}", "{\"a\": {\"b\": [1, \"x\"]}}", None);
        check(
            "[a]",
            "a: {b: [1, x]}",
            "{\"a\": {\"b\": [1, \"y\"]}}",
            Some("a was {'b': [1, 'x']} and is {'b': [1, 'y']}"),
        );
        check("[f]", "f: true", "{\"f\": false}", Some("f was True and is False"));
        check("[params.yaml: ]", "n: 1, m: 2", "{\"n\": 1, \"m\": 3, \"new\": 4}", Some("m was 2 and is 3"));
        // The stage does not depend on it any more.
        check("[m]", "n: 1, m: 2", "{\"n\": 3, \"m\": 2}", None);
        check(
            "[a, b, c, d]",
            "a: 1, b: 1, c: 1, d: 1",
            "{\"a\": 2, \"b\": 2, \"c\": 2, \"d\": 2}",
            Some("a was 1 and is 2, b was 1 and is 2, c was 1 and is 2, 1 more differ"),
        );
    }

    #[test]
    fn what_cannot_be_compared_is_not_told() {
        let none: [String; 0] = [];
        assert_eq!(words("[c.json: [n]]", "{c.json: {n: 1}}", "{\"n\": 1}"), none);
        assert_eq!(words("[c.json: [n]]", "{c.json: {n: 1}}", "{\"n\""), none);
        assert_eq!(words("[gone.yaml: [n]]", "{gone.yaml: {n: 1}}", "{}"), none);
        assert_eq!(words("[n]", "[]", "{\"n\": 1}"), none);
        assert_eq!(words("[n]", "{params.yaml: 3}", "{\"n\": 1}"), none);
        assert_eq!(words("[n]", "{../params.yaml: {n: 2}}", "{\"n\": 1}"), none);
    }
}
