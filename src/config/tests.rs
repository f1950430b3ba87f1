//! Texts in, what they mean out; or what is wrong with them, and where.

use std::collections::BTreeMap;

use super::*;

fn file(text: &str) -> File {
    parse(FILE, "", text, &[]).unwrap().unwrap()
}

/// What counts of a file that we trust.
fn config(text: &str) -> Config {
    resolve(Some(&file(text)), Author::Trusted, "").unwrap().0
}

#[track_caller]
fn check_faults(text: &str, expected: &[&str]) {
    let error = parse(FILE, "", text, &[]).unwrap_err().to_string();
    assert_eq!(error.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn every_key_arrives() {
    let config = config(
        "base = \"v1\"\n[sources]\nmetrics = [\"a/*.json\"]\nparams = \"p.yaml\"\nplots = []\ninclude = [\"a/\"]\n\
         exclude = [\"a/old/**\"]\n[metrics.rmsd]\ndirection = \"lower\"\nname = \"RMSD\"\nunit = \"Å\"\nprecision = 2\n\
         [metrics.\"*acc\"]\npercent = true\n[comment]\nkey = \"k\"\npolicy = \"only-changes\"\n[asset]\nstore = \"s3://b/p\"\n\
         url = \"https://h/p\"\n",
    );
    let texts = |globs: &[Glob]| globs.iter().map(|glob| glob.text.clone()).collect::<Vec<_>>();
    assert_eq!(config.base.as_deref(), Some("v1"));
    assert_eq!(texts(&config.sources.metrics), ["a/*.json"]);
    assert_eq!(texts(&config.sources.params), ["p.yaml"]);
    assert_eq!(texts(&config.sources.include), ["a/"]);
    assert_eq!(texts(&config.sources.exclude), ["a/old/**"]);
    assert_eq!(config.rules.direction("m", "rmsd"), (Direction::Lower, false));
    let rmsd = config.rules.display("m", "rmsd");
    assert_eq!((rmsd.name.as_deref(), rmsd.precision), (Some("RMSD"), Some(2)));
    assert_eq!(rmsd.measure, Some(Measure::Unit("Å".to_owned())));
    assert_eq!(config.rules.display("m", "val_acc").measure, Some(Measure::Percent));
    assert_eq!(config.comment.key.as_deref(), Some("k"));
    assert_eq!(config.comment.policy, Some(Policy::OnlyChanges));
    assert_eq!(config.asset.store.as_deref(), Some("s3://b/p"));
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_the_nearest_one() {
    check_faults("bas = \"x\"\n", &["cml.toml:1:1: unknown key `bas`; did you mean `base`?"]);
    check_faults(
        "[metrics.acc]\n  directon = \"higher\"\n",
        &["cml.toml:2:3: unknown key `metrics.acc.directon`; did you mean `metrics.acc.direction`?"],
    );
    check_faults(
        "[asset]\npublish_url = \"https://h\"\n",
        &["cml.toml:2:1: unknown key `asset.publish_url`; did you mean `asset.publish-url`?"],
    );
    check_faults(
        "policy = \"update\"",
        &["cml.toml:1:1: unknown key `policy`; did you mean `comment.policy`?"],
    );
    check_faults("[metric.acc]\n", &["cml.toml:1:2: unknown key `metric`; did you mean `metrics`?"]);
    check_faults(
        "[comment]\nzebra_crossing = 1\n",
        &["cml.toml:2:1: unknown key `comment.zebra_crossing`; known are key, policy"],
    );
    check_faults(
        "[metrics.train.loss]\ndirection = \"lower\"\n",
        &[
            "cml.toml:1:16: unknown key `metrics.train.loss`; a name with dots stands in quotes: [metrics.\"train.loss\"]",
        ],
    );
}

#[test]
fn a_wrong_type_or_word_is_told_with_what_is_known() {
    check_faults(
        "\n\n[comment]\npolicy = \"always\"\n",
        &[
            "cml.toml:4:10: `comment.policy` is \"always\"; known are update, recreate, only-changes, only-regressions",
        ],
    );
    check_faults("base = 1", &["cml.toml:1:8: `base` is a number; it takes a text"]);
    check_faults("base = \" \"", &["cml.toml:1:8: `base` is empty; leave it out"]);
    check_faults("metrics = [\"m.json\"]", &["cml.toml:1:11: `metrics` is a list; it takes a table"]);
    check_faults(
        "comment = true",
        &["cml.toml:1:11: `comment` is true or false; it takes a table with key, policy"],
    );
    check_faults(
        "[metrics.a]\nprecision = 99\n[metrics.b]\nprecision = 1.5\n",
        &[
            "cml.toml:2:13: `metrics.a.precision` is out of range; it takes 0 to 17",
            "cml.toml:4:13: `metrics.b.precision` is a number; it takes a whole number from 0 to 17",
        ],
    );
    check_faults("a = = 2\n", &["cml.toml:1:5: extra `=`, expected nothing"]);
}

#[test]
fn several_faults_come_in_the_order_of_the_file() {
    check_faults(
        "[sources]\nmetrics = [\"ok\", 3, \"x\"]\nparams = \"/etc/passwd\"\nplots = [\"a/../../b\"]\nexclude = [\"[\"]\n",
        &[
            "cml.toml:2:18: `sources.metrics` holds a number; it takes texts",
            "cml.toml:3:10: `sources.params`: \"/etc/passwd\" leads out of the file's folder; name files below it",
            "cml.toml:4:10: `sources.plots`: \"a/../../b\" leads out of the file's folder; name files below it",
            "cml.toml:5:12: `sources.exclude`: \"[\" is not a valid glob: unclosed character class; missing ']'; * stands \
             for a part of a name, ** for folders",
        ],
    );
    let many = (0..50).map(|at| format!("x{at} = 1\n")).collect::<String>();
    let error = parse(FILE, "", &many, &[]).unwrap_err().to_string();
    assert_eq!(error.lines().count(), read::MOST_FAULTS + 1);
    assert!(error.ends_with("cml.toml: and 30 more"), "{error}");
}

#[test]
fn what_does_not_go_together_is_refused() {
    check_faults(
        "[asset]\nstore = \"d\"\n",
        &["cml.toml:2:9: `asset.store` needs `asset.url`, the address under which others see it"],
    );
    check_faults(
        "[asset]\nstore = \"d\"\nurl = \"https://h\"\npublish-url = \"https://p\"\n",
        &["cml.toml:4:15: `asset.publish-url` and `asset.store` are two stores; keep one"],
    );
    check_faults(
        "[metrics.a]\nunit = \"ms\"\npercent = true\n",
        &["cml.toml:3:11: `percent` and `unit` are two units; keep one"],
    );
}

#[test]
fn no_fault_repeats_what_may_be_a_secret() {
    for text in [
        "[asset]\npublish-url = \"htp://u:ghp_0123456789abcdef0123@h\"\n",
        "[comment]\npolicy = \"ghp_0123456789abcdef0123\"\n",
        "[asset]\nurl = [\"ghp_0123456789abcdef0123\"]\n",
        "[asset]\nurl = \"ghp_0123456789abcdef0123\n",
        "asset = \"ghp_0123456789abcdef0123\"\n",
    ] {
        let error = parse(FILE, "", text, &[]).unwrap_err().to_string();
        assert!(!error.contains("ghp_"), "{error}");
    }
}

#[test]
fn nothing_that_is_written_makes_it_panic_or_slow() {
    for text in
        ["\u{feff}base = \"x\"\n", "", "# only a comment", "[metrics]\n[metrics.\"\"]\nname = \"é\"\n"]
    {
        parse(FILE, "", text, &[]).unwrap();
    }
    let deep = format!("base = {}", "[".repeat(50_000));
    let wide =
        format!("[metrics]\n{}", (0..5_000).map(|at| format!("m{at}.unit = \"x\"\n")).collect::<String>());
    let long = format!("[sources]\nmetrics = [{}]", "\"a\",".repeat(1_000));
    let wrong = (0..60_000).map(|at| format!("x{at} = 1\n")).collect::<String>();
    for text in
        [&wrong, "é = 1é", "base = \"\u{1}\"", "base", "[metrics.\"[\"]\nname = \"x\"", &deep, &wide, &long]
    {
        parse(FILE, "", text, &[]).unwrap_err();
    }
}

/// Files of a repository by path.
struct Memory(BTreeMap<String, String>);

impl Tree for Memory {
    fn list(&self) -> Result<Vec<String>, RevisionError> {
        Ok(self.0.keys().cloned().collect())
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, RevisionError> {
        Ok(self.0.get(path).map(|text| text.as_bytes().to_vec()))
    }
}

fn found(files: &[(&str, &str)], folder: &str, from: &str) -> Result<Option<File>, String> {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    find(&Memory(files.collect()), folder, from).map_err(|error| error.to_string())
}

#[test]
fn the_nearest_file_counts() {
    let files = [("cml.toml", "base = \"top\""), ("a/b/pyproject.toml", "[tool.cml]\nbase = \"ab\"")];
    let check = |folder: &str, from: &str, expected: (&str, &str)| {
        let file = found(&files, folder, from).unwrap().unwrap();
        assert_eq!((file.shown.as_str(), file.folder()), expected, "{folder}");
    };
    check("", "", ("cml.toml", ""));
    check("a", "a", ("../cml.toml", ""));
    check("a/b/c", "", ("a/b/pyproject.toml", "a/b"));
    check("a/b", "a/b", ("pyproject.toml", "a/b"));
    assert_eq!(found(&files[1..], "a", "").unwrap(), None);
}

#[test]
fn two_files_in_one_folder_are_refused() {
    let own = ("cml.toml", "base = \"x\"");
    let error = found(&[own, ("pyproject.toml", "[tool.cml]\n")], "", "").unwrap_err();
    assert_eq!(
        error,
        "cml.toml and [tool.cml] in pyproject.toml beside it both configure cml, and one of them would be read in \
         vain; keep one"
    );
    for other in ["[tool.black]\n", "[project]\nname = \"cml-x\"\n", "cml [[ broken"] {
        assert!(found(&[own, ("pyproject.toml", other)], "", "").is_ok(), "{other}");
    }
    let error = found(&[("pyproject.toml", "[tool.cml]\nbas = 1\n")], "", "").unwrap_err();
    assert_eq!(error, "pyproject.toml:2:1: unknown key `bas`; did you mean `base`?");
}

#[test]
fn folders_count_from_the_file() {
    let file = parse(
        "models/cml.toml",
        "models",
        "[sources]\nmetrics = \"*/m.json\"\n[asset]\nstore = \"out\"\nurl = \"https://h\"\n",
        &[],
    );
    let config = resolve(Some(&file.unwrap().unwrap()), Author::Trusted, "models/a").unwrap().0;
    assert_eq!(config.sources.metrics[0].below, "a");
    assert_eq!(config.asset.store.as_deref(), Some("models/out"));
    assert_eq!(config.below, "a");
}

/// The dotted keys of a JSON Schema, `*` for any name.
fn keys_of(schema: &serde_json::Value, path: &str, found: &mut BTreeMap<String, serde_json::Value>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let properties = schema["properties"].as_object().into_iter().flatten();
    let any =
        schema["additionalProperties"].as_object().map(|_| ("*".to_owned(), &schema["additionalProperties"]));
    let mut is_table = false;
    for (name, inner) in properties.map(|(name, inner)| (name.clone(), inner)).chain(any) {
        is_table = true;
        keys_of(inner, &below(&name), found);
    }
    if !is_table {
        found.insert(path.to_owned(), schema.clone());
    }
}

#[test]
fn the_schema_for_editors_knows_the_same_keys() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../templates/cml.schema.json")).unwrap();
    let mut found = BTreeMap::new();
    keys_of(&schema, "", &mut found);
    let known: Vec<&str> = found.keys().map(String::as_str).collect();
    let mut keys = KEYS.iter().map(|key| key.path).collect::<Vec<_>>();
    keys.sort_unstable();
    assert_eq!(known, keys);
    for key in &KEYS {
        let schema = &found[key.path];
        match key.kind {
            Kind::Choice(words) => assert_eq!(schema["enum"], serde_json::json!(words), "{}", key.path),
            Kind::Flag => assert_eq!(schema["type"], "boolean", "{}", key.path),
            Kind::Whole(most) => assert_eq!(schema["maximum"], most, "{}", key.path),
            Kind::Globs => assert_eq!(schema["$ref"], "#/$defs/globs", "{}", key.path),
            Kind::Text | Kind::Store | Kind::Address => assert_eq!(schema["type"], "string", "{}", key.path),
        }
        assert!(schema["description"].as_str().is_some_and(|text| text.len() > 10), "{}", key.path);
    }
}

#[test]
fn the_documentation_names_every_key_and_its_example_is_read() {
    let page = include_str!("../../docs/cml-toml.md");
    for key in &KEYS {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", key.path)));
        let row = row.unwrap_or_else(|| panic!("{} has no row", key.path));
        assert!(key.flag.is_none_or(|flag| row.contains(flag)), "{row}");
        let believed = match key.believed {
            Believed::Target => "target",
            Believed::Look => "target, else change",
            Believed::Added => "target, and added",
        };
        assert!(row.contains(&format!("| {believed} |")), "{row}");
    }
    let examples: Vec<&str> =
        page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() >= 2);
    let used: Vec<&str> = file(examples[0]).entries.iter().map(|entry| entry.key.path).collect();
    let missing: Vec<&str> = KEYS.iter().map(|key| key.path).filter(|key| !used.contains(key)).collect();
    assert_eq!(missing, ["asset.publish-url"], "the other store is in the example");
    for example in &examples[1..] {
        let table: &[&str] = if example.contains("[tool.cml") { &["tool", "cml"] } else { &[] };
        parse(FILE, "", example, table).unwrap();
    }
}
