//! Whole trees in memory: what is taken from them, and what is said about the rest.

use std::collections::BTreeMap;

use super::*;

pub(super) struct Memory(BTreeMap<String, Vec<u8>>);

impl Tree for Memory {
    fn list(&self) -> Result<Vec<String>, RevisionError> {
        Ok(self.0.keys().cloned().collect())
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, RevisionError> {
        Ok(self.0.get(path).cloned())
    }
}

pub(super) fn memory(files: &[(&str, &str)]) -> Memory {
    Memory(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect())
}

fn snapshot(files: &[(&str, &str)], sources: &Sources) -> Snapshot {
    collect(&memory(files), sources).unwrap()
}

fn shown(snapshot: &Snapshot) -> String {
    let mut lines = Vec::new();
    for (kind, files) in [("metrics", &snapshot.metrics), ("params", &snapshot.params)] {
        for file in files {
            let keys: Vec<&str> = file.values.iter().map(|(key, _)| key.as_str()).collect();
            lines.push(format!("{kind} {}: {}", file.path, keys.join(" ")));
        }
    }
    for plot in &snapshot.plots {
        let x = plot.x.as_deref().unwrap_or("#");
        lines.push(format!("plot {} [{:?}] {x} -> {}", plot.id, plot.template, plot.y.join(" ")));
    }
    for image in &snapshot.images {
        let folder = image.gallery.as_ref().map(|folder| format!(" in {folder}")).unwrap_or_default();
        let unread = if image.bytes.is_empty() { " unread" } else { "" };
        lines.push(format!("image {} {}{folder}{unread}", image.id, image.title));
    }
    lines.extend(snapshot.notices.iter().map(|notice| format!("! {notice}")));
    lines.join("\n")
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(shown(&snapshot(files, &Sources::default())), expected.join("\n"));
}

#[test]
fn a_stage_declares_metrics_params_and_plots() {
    let dvc = "stages:\n  train:\n    wdir: sub\n    params: [lr, cfg.json: [d.*], all.toml: ]\n    metrics:\n    - m.json: {cache: false}\n    plots:\n    - curve.csv: {x: step, y: loss, title: Loss}\n";
    check(
        &[
            ("dvc.yaml", dvc),
            ("sub/params.yaml", "lr: 1\nother: 2"),
            ("sub/cfg.json", "{\"d\": {\"e\": 1}, \"x\": 2}"),
            ("sub/all.toml", "q = 1"),
            ("sub/m.json", "{\"acc\": 0.5}"),
            ("sub/curve.csv", "step,loss,z\n0,1,2\n"),
        ],
        &[
            "metrics sub/m.json: acc",
            "params sub/params.yaml: lr",
            "params sub/cfg.json: d.e",
            "params sub/all.toml: q",
            "plot sub/curve.csv [Linear] step -> loss",
        ],
    );
}

#[test]
fn the_top_level_declares_folders_titles_and_lists_of_columns() {
    let dvc = "metrics: [out]\nplots:\n- plots: {x: step}\n- plots/cm.json: {template: confusion, x: actual, y: predicted}\n- ROC: {x: fpr, y: {e/train/roc.json: tpr, e/test/roc.json: tpr}}\n- l.csv: {y: [a, b]}\n";
    check(
        &[
            ("dvc.yaml", dvc),
            ("out/a.json", "{\"k\": 1}"),
            ("plots/i.png", "x"),
            ("plots/loss.tsv", "step\tloss\n0\t1\n"),
            ("plots/cm.json", "[{\"actual\": \"cat\", \"predicted\": \"dog\"}]"),
            ("e/train/roc.json", "{\"roc\": [{\"fpr\": 0, \"tpr\": 1}]}"),
            ("e/test/roc.json", "{\"roc\": [{\"fpr\": 0.5, \"tpr\": 1}]}"),
            ("l.csv", "a,b,c\n1,2,3\n"),
        ],
        &[
            "metrics out/a.json: k",
            "plot plots/cm.json [Confusion] actual -> predicted",
            "plot plots/loss.tsv [Linear] step -> loss",
            "plot ROC [Linear] fpr -> train/roc.json test/roc.json",
            "plot l.csv [Linear] # -> a b",
            "image plots/i.png plots/i.png in plots unread",
            "! plots/i.png: it is no PNG, JPEG, GIF, WebP or SVG image by its content; it is not drawn",
        ],
    );
}

#[test]
fn a_report_and_dvcs_answers_read_one_definition() {
    let check = |props: &str, x: Option<&str>, y: &[&str]| {
        let dvc = format!("plots:\n- l.csv: {props}\n");
        let files = [("dvc.yaml", dvc.as_str()), ("l.csv", "s,t,v\n0,1,2\n")];
        let plot = snapshot(&files, &Sources::default()).plots.remove(0);
        let y: Vec<String> = y.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!((plot.x.as_deref(), plot.y), (x, y), "{props}");
    };
    check("{}", None, &["v"]);
    check("{x: s, y: t}", Some("s"), &["t"]);
    check("{x: s, y: [t, v]}", Some("s"), &["t", "v"]);
    check("{x: null, y: []}", None, &["v"]);
    // As in DVC the first one counts.
    check("{x: [s, t], y: v}", Some("s"), &["v"]);
}

#[test]
fn several_files_are_drawn_in_one_picture() {
    let dvc = "plots:\n- L: {x: s, y: {a.csv: v, b.csv: v}}\n";
    let files = [("dvc.yaml", dvc), ("a.csv", "s,v\n0,1\n1,2\n"), ("b.csv", "s,v\n5,3\n")];
    let plot = snapshot(&files, &Sources::default()).plots.remove(0);
    let text = format!("{:?}", plot.table.columns);
    assert_eq!(
        text,
        "[(\"s\", Numbers([0.0, 1.0, 5.0])), (\"a.csv\", Numbers([1.0, 2.0, NaN])), (\"b.csv\", Numbers([NaN, NaN, 3.0]))]"
    );
    assert_eq!(plot.y_label.as_deref(), Some("v"));
}

#[test]
fn a_bad_file_costs_its_own_rows_and_a_notice() {
    let dvc = "metrics: [a.json, b.json, gone.json, empty.json]\nplots:\n- l.csv: {y: nope}\n- Far: {x: {o.csv: t}, y: {l.csv: v}}\nstages:\n  s:\n    foreach: [1]\n    do: {cmd: x, metrics: ['m/${nope}.json']}\n";
    check(
        &[
            ("dvc.yaml", dvc),
            ("a.json", "{\"k\": 1}"),
            ("b.json", "{\"k\":\n x}"),
            ("empty.json", ""),
            ("l.csv", "s,v\n0,1\n"),
            ("o.csv", "t\n0\n1\n"),
        ],
        &[
            "metrics a.json: k",
            "! dvc.yaml: stage s, metrics: there is no variable nope; define it in params.yaml or under vars",
            "! b.json: line 2, column 2: a value was expected here (an object, a list, a string, a number, true, false or null)",
            "! gone.json: the file is missing; run the step that writes it",
            "! empty.json: the file is empty; run the step that writes it",
            "! l.csv: there is no column nope (the file has: s, v); correct the file or dvc.yaml",
            "! Far: the x and y of l.csv have different numbers of rows; write both in one step",
        ],
    );
}

#[test]
fn the_files_of_common_tools_are_found_by_name() {
    check(
        &[
            ("params.yaml", "lr: 1"),
            ("metrics.json", "{\"m\": 1}"),
            ("a/b/metrics.json", "{\"m\": 1}"),
            ("a/b/c/metrics.json", "{\"m\": 1}"),
            (".cache/metrics.json", "{\"m\": 1}"),
            ("dvclive.json", "{\"step\": 1}"),
            ("dvclive/acc.tsv", "timestamp\tstep\tacc\n9\t0\t0.5\n"),
            ("dvclive/plots/metrics/train/loss.tsv", "step\tloss\n0\t1\n"),
        ],
        &[
            "metrics a/b/metrics.json: m",
            "metrics dvclive.json: step",
            "metrics metrics.json: m",
            "params params.yaml: lr",
            "plot dvclive/acc.tsv [Linear] step -> acc",
            "plot dvclive/plots/metrics/train/loss.tsv [Linear] step -> loss",
        ],
    );
}

#[test]
fn the_logs_of_trainers_become_one_plot_for_each_column() {
    let state = "{\"log_history\": [{\"loss\": 2, \"step\": 1}, {\"eval_loss\": 3, \"eval_runtime\": 9, \"step\": 1}, {\"loss\": 1, \"step\": 2}, {\"train_loss\": 1, \"step\": 2}]}";
    let files = [
        ("all_results.json", "{\"eval_loss\": 3}"),
        ("trainer_state.json", state),
        ("checkpoint-5/trainer_state.json", state),
        ("lightning_logs/version_9/metrics.csv", "x\n1\n"),
        ("lightning_logs/version_10/metrics.csv", "epoch,step,train,val\n0,1,3,\n0,2,,5\n1,3,2,\n"),
        ("lightning_logs/version_10/hparams.yaml", "lr: 1\n"),
    ];
    check(
        &files,
        &[
            "metrics all_results.json: eval_loss",
            "metrics lightning_logs/metrics.csv: train val",
            "params lightning_logs/hparams.yaml: lr",
            "plot trainer_state.json::loss [Linear] step -> loss",
            "plot trainer_state.json::eval_loss [Linear] step -> eval_loss",
            "plot lightning_logs/metrics.csv::train [Linear] step -> train",
            "plot lightning_logs/metrics.csv::val [Linear] step -> val",
            "! lightning_logs: version_10 is read, as the newest of 2 runs in it",
        ],
    );
    let found = snapshot(&files, &Sources::default());
    assert_eq!(found.metrics[1].values[0].1, Scalar::Float(2.0));
    assert_eq!(found.plots[0].table.columns[0].1, Column::Numbers(vec![1.0, 2.0]));
}

#[test]
fn a_file_of_metrics_without_a_value_is_told() {
    let told = |name: &str| {
        format!(
            "! {name}: it holds no single values to compare (lists are none); if it holds a curve, name it by --plots"
        )
    };
    let check = |content: &str, is_told: bool| {
        let found = snapshot(&[("metrics.json", content)], &Sources::default());
        assert_eq!(shown(&found).contains(&told("metrics.json")), is_told, "{content} {}", shown(&found));
    };
    check(r#"{"score": [1, 2], "name": ["a", "b"]}"#, true);
    check("{}", true);
    check("[]", true);
    check("[1, 2]", true);
    check(r#"{"deep": {"deeper": {}}}"#, true);
    check(r#"{"score": 1, "all": [1, 2]}"#, false);
    check(r#"{"name": "a"}"#, false);
    check("", false);
    let params = snapshot(&[("params.yaml", "{}")], &Sources::default());
    assert_eq!(params.notices, []);
    // No step writes these.
    let by_hand = snapshot(&[("params.yaml", ""), ("dvc.yaml", "")], &Sources::default());
    assert_eq!(shown(&by_hand), "! dvc.yaml: the file is empty\n! params.yaml: the file is empty");
}

const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg'/>";

#[test]
fn images_are_plots_that_were_named_or_found_in_a_folder() {
    let dvc = "plots:\n- a.svg: {title: A}\n- out: {title: Folder}\n- gone.png\nstages:\n  s:\n    plots: [out/b.svg]\n";
    check(
        &[
            ("dvc.yaml", dvc),
            ("a.svg", SVG),
            ("out/b.svg", SVG),
            ("out/c.svg", SVG),
            ("out/readme.txt", ""),
            ("dvclive/plots/images/d.SVG", SVG),
            ("dvclive/plots/other.svg", SVG),
            ("not/asked/for.svg", SVG),
        ],
        &[
            "image a.svg A",
            "image out/b.svg out/b.svg",
            "image out/c.svg out/c.svg in out",
            "image dvclive/plots/images/d.SVG dvclive/plots/images/d.SVG in dvclive/plots/images",
            "! gone.png: the file is missing; run the step that writes it",
        ],
    );
    let plots = vec![Glob::new("x/*.svg", "--plots"), Glob::new("./y.svg", "--plots")];
    let files = [("x/1.svg", SVG), ("y.svg", SVG), ("x/deep/2.svg", SVG)];
    let found = snapshot(&files, &Sources { plots, ..Sources::default() });
    assert_eq!(shown(&found), "image x/1.svg x/1.svg in x\nimage y.svg y.svg");
}

#[test]
fn an_image_is_one_by_its_content() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:1";
    check(
        &[
            ("dvc.yaml", "plots: [a.png, b.svg, c.jpg]"),
            ("a.png", pointer),
            ("b.svg", "<svg onload='x()'/>"),
            ("c.jpg", SVG),
        ],
        &[
            "image a.png a.png unread",
            "image b.svg b.svg unread",
            "image c.jpg c.jpg",
            "! a.png: this is a Git LFS pointer, and the file that it stands for is not here; run `git lfs pull`, or check out with LFS (`lfs: true`)",
            "! b.svg: it is an SVG image that could do more than show: it has the attribute onload; it is not drawn",
        ],
    );
}

#[test]
fn globs_add_files_and_one_without_a_match_is_named() {
    let sources = Sources {
        metrics: ["out/*.json", "none/**", "["].map(|text| Glob::new(text, "--metrics")).into(),
        plots: vec![Glob::new("**/*.csv", "--plots")],
        ..Sources::default()
    };
    let files = [("out/m.json", "{\"k\": 1}"), ("out/deep/n.json", "{}"), ("h.csv", "epoch,a,b\n0,1,2\n")];
    let text = shown(&snapshot(&files, &sources));
    assert!(
        text.starts_with("metrics out/m.json: k\nplot h.csv::a [Linear] epoch -> a\nplot h.csv::b"),
        "{text}"
    );
    assert!(text.contains("! --metrics none/**: no file matches"), "{text}");
    assert!(text.contains("! --metrics [: this is not a valid glob"), "{text}");
}

#[test]
fn what_is_found_can_be_narrowed_and_barred() {
    let files = [
        ("metrics.json", "{\"k\": 1}"),
        ("old/metrics.json", "{\"k\": 1}"),
        ("new/metrics.json", "{\"k\": 1}"),
        ("out/a.json", "{\"a\": 1}"),
        ("out/b.json", "{\"b\": 1}"),
    ];
    let globs = |texts: &[&str]| texts.iter().map(|text| Glob::new(*text, "g")).collect::<Vec<_>>();
    let check = |include: &[&str], exclude: &[&str], metrics: &[&str], expected: &[&str]| {
        let (include, exclude, metrics) = (globs(include), globs(exclude), globs(metrics));
        let sources = Sources { include, exclude, metrics, ..Sources::default() };
        assert_eq!(shown(&snapshot(&files, &sources)), expected.join("\n"));
    };
    let (top, new) = ("metrics metrics.json: k", "metrics new/metrics.json: k");
    check(&[], &["old/"], &[], &[top, new]);
    check(&["new/**"], &[], &[], &[new]);
    // What is named is taken, but for what is barred.
    check(&["new/**"], &["out/b*"], &["out/*"], &[new, "metrics out/a.json: a"]);
    check(&["new/**"], &["out/"], &["out/*"], &[new, "! g out/*: every file that matches is excluded"]);
}

#[test]
fn a_glob_may_count_from_a_folder_further_up() {
    let above = |text: &str| Glob { below: "models/a".into(), ..Glob::new(text, "g") };
    let sources =
        Sources { metrics: vec![above("models/*/out.json"), above("models/b/x")], ..Sources::default() };
    let files = [("out.json", "{\"k\": 1}"), ("deep/out.json", "{\"k\": 1}")];
    assert_eq!(shown(&snapshot(&files, &sources)), "metrics out.json: k");
}

#[test]
fn when_nothing_is_found_likely_files_are_named() {
    let files = [
        ("out/eval_scores.json", "{}"),
        ("conf/config.yaml", "a: 1"),
        ("h/loss.csv", "a\n1\n"),
        ("src/main.py", ""),
    ];
    let found = snapshot(&files, &Sources::default());
    let expected =
        [("conf/config.yaml", "--params"), ("h/loss.csv", "--plots"), ("out/eval_scores.json", "--metrics")];
    assert_eq!(found.near_misses, expected.map(|(path, flag)| (path.to_owned(), flag)));
}

#[test]
fn a_broken_dvc_yaml_costs_only_what_it_declares() {
    check(
        &[("dvc.yaml", "a: [\n"), ("metrics.json", "{\"m\": 1}")],
        &[
            "metrics metrics.json: m",
            "! dvc.yaml: line 2, column 1: while parsing a node, did not find expected node content; correct the file",
        ],
    );
}

#[test]
fn numbers_of_classes_are_a_confusion_and_measured_ones_a_line() {
    let of = |rows: &str| {
        let text = format!("actual,predicted\n{rows}");
        let files = [("dvc.yaml", "plots: [p]"), ("p/c.csv", text.as_str())];
        snapshot(&files, &Sources::default()).plots[0].template.clone()
    };
    assert_eq!(of("3,3\n7,9\n"), Template::Confusion);
    assert_eq!(of("3.5,3\n7,9\n"), Template::Linear);
    assert_eq!(of("3,\n7,9\n"), Template::Linear);
    let counts: String = (0..100).map(|n| format!("{n},{n}\n")).collect();
    assert_eq!(of(&counts), Template::Linear);
}
