//! A small report in every form.

use super::*;
use cml_compare::{Rules, compare_metrics, compare_params, direct_curves};
use cml_report::{Base, Direction, Pictures, Plot, PlotKind, Presence, Series, Side};
use cml_tracked::{Scalar, ValueFile};

fn file(values: &[(&str, f64)]) -> Vec<ValueFile> {
    let values = values.iter().map(|(key, value)| ((*key).to_owned(), Scalar::Float(*value))).collect();
    vec![ValueFile { path: "metrics.json".to_owned(), values }]
}

/// Accuracy fell, loss fell, one metric and one param, a plot of three points.
pub(crate) fn report() -> Report {
    let base = file(&[("accuracy", 0.8811), ("loss", 0.3079), ("n", 50.0)]);
    let head = file(&[("accuracy", 0.8724), ("loss", 0.2912), ("n", 50.0)]);
    let commit = |digit: &str| digit.repeat(40).parse::<Sha>().unwrap();
    let series = Series {
        revision: Which::Base,
        label: "main".to_owned(),
        column: None,
        points: 3,
        first: Some(1.0),
        last: Some(0.5),
        min: Some(0.5),
        max: Some(1.0),
        sparkline: "█▄▁".to_owned(),
        remark: None,
        direction: Direction::Lower,
    };
    Report {
        name: None,
        base: Base::Commit { label: "main".to_owned(), commit: commit("b") },
        head: Side { label: "workspace".to_owned(), commit: Some(commit("4")), on_disk: false },
        own_progress_only: true,
        base_age: Some(2 * 86_400 + 5),
        repo: cml_base::ident::RepoUrl::parse("o/r").ok(),
        metrics: compare_metrics(Some(&base), &head, &Rules::default()),
        params: compare_params(Some(&file(&[("train.lr", 0.001)])), &file(&[("train.lr", 0.0003)])),
        plots: vec![Plot {
            id: "loss.csv".to_owned(),
            title: "loss.csv".to_owned(),
            x_label: "step".to_owned(),
            y_label: "loss".to_owned(),
            kind: PlotKind::Line,
            series: vec![series],
            matrix: None,
            bars: None,
            images: None,
            alt: "Line plot loss.csv".to_owned(),
            table: None,
            width: None,
            pictures: Pictures::default(),
        }],
        notices: Vec::new(),
        near_misses: Vec::new(),
        unread: Vec::new(),
        kept_at: None,
    }
}

fn full(report: &Report) -> String {
    markdown(report, &Images::default(), Detail::Full, None)
}

#[test]
fn a_whole_report() {
    let expected = "\
### Model report: 1 better · 1 worse · 1 unchanged

Compared **workspace** ([`4444444`](https://github.com/o/r/commit/4444444444444444444444444444444444444444)) with \
**main** ([`bbbbbbb`](https://github.com/o/r/commit/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb), 2 days before). \
Progress made on main itself is not counted.

| Metric | main | workspace | Change | |
|:--|--:|--:|--:|:--|
| `accuracy` | 0.8811 | 0.8724 | −0.0087 (−0.99 %) | 🔴 worse ¹ |
| `loss` | 0.3079 | 0.2912 | −0.0167 (−5.4 %) | 🟢 better ¹ |

<sub>¹ Guessed from the name: higher is better: `accuracy`; lower is better: `loss`.</sub>

<details><summary>1 unchanged metric</summary>

| Metric | Value |
|:--|--:|
| `n` | 50 |

</details>

#### Params

| Param | main | workspace |
|:--|--:|--:|
| `train.lr` | 0.001 | **0.0003** |

#### Plots

| Plot | Revision | Trend | First | Last | Best |
|:--|:--|:--|--:|--:|--:|
| `loss.csv` | `main` | `█▄▁` | 1 | 0.5 | 0.5 (lowest) |

<sub>For `4444444`. <code>cml report</code> makes one at home, from your own run.</sub>
";
    assert_eq!(full(&report()).replace('\u{a0}', " "), expected);
}

#[test]
fn a_plot_as_text_says_what_is_drawn_and_calls_no_range_the_best() {
    let check = |plots: &[(&str, &str)], header: &str, names: &[&str]| {
        let mut report = report();
        let plot = report.plots.remove(0);
        report.plots.extend(plots.iter().map(|(title, label)| Plot {
            id: (*title).to_owned(),
            title: (*title).to_owned(),
            y_label: (*label).to_owned(),
            ..plot.clone()
        }));
        direct_curves(&mut report.plots, &Rules::default());
        let all = full(&report);
        let rows: Vec<&str> = all.lines().skip_while(|line| !line.starts_with("| Plot ")).collect();
        assert_eq!(rows[0], format!("| Plot | Revision | Trend | First | Last | {header} |"));
        for (row, name) in rows[2..].iter().zip(names) {
            assert!(row.starts_with(&format!("| {name} | ")), "{row}");
        }
        let text = crate::text(&report, false, 100);
        let word = if header == "Range" { "range 0.5 … 1" } else { "best 0.5 (lowest)" };
        assert!(text.contains(word), "{text}");
        for name in names {
            assert!(text.contains(&format!("\n  {}\n", name.replace('`', ""))), "{name} {text}");
        }
    };
    check(&[("loss.csv", "loss")], "Best", &["`loss.csv`"]);
    check(&[("Loss by epoch", "loss")], "Best", &["`Loss by epoch`"]);
    check(&[("train.log.csv", "val_loss")], "Best", &["`train.log.csv`: `val_loss`"]);
    check(&[("m.csv::epoch_time", "epoch_time")], "Range", &["`m.csv::epoch_time`"]);
    check(&[("log.csv", "width")], "Range", &["`log.csv`: `width`"]);
    check(
        &[("loss.csv", "loss"), ("log.csv", "width")],
        "Best or range",
        &["`loss.csv`", "`log.csv`: `width`"],
    );
}

#[test]
fn pictures_follow_the_readers_theme() {
    let mut report = report();
    let names = ["light", "dark"].map(|slot| Some(slot.to_owned()));
    let [light, dark] = names;
    report.plots[0].pictures = Pictures { light, dark, interactive: None };
    assert!(markdown(&report, &Images::default(), Detail::Full, None).contains("█▄▁"));
    let images = [("light", "l.png"), ("dark", "d.png")].map(|(name, at)| (name.to_owned(), at.to_owned()));
    let text = markdown(&report, &Images(images.into()), Detail::Full, None);
    let picture = "<picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"d.png\"><img alt=\"";
    assert!(text.contains(picture) && text.contains("src=\"l.png\" width=\"540\"></picture>"), "{text}");
    assert!(!text.contains("█▄▁"), "{text}");
}

#[test]
fn less_detail_is_shorter_and_keeps_the_verdict() {
    let details = [Detail::Full, Detail::Folded, Detail::Top, Detail::Brief];
    let mut report = report();
    let many: Vec<(String, f64)> =
        (0..100).map(|index| (format!("accuracy_{index}"), f64::from(index))).collect();
    let values = |shift: f64| -> Vec<(&str, f64)> {
        many.iter().map(|(key, value)| (key.as_str(), value + shift)).collect()
    };
    report.metrics = compare_metrics(Some(&file(&values(0.0))), &file(&values(1.0)), &Rules::default());
    let texts = details.map(|detail| markdown(&report, &Images::default(), detail, Some("https://x/run")));
    assert!(texts.windows(2).all(|pair| pair[0].len() > pair[1].len()), "{texts:#?}");
    assert!(texts.iter().all(|text| text.starts_with("### Model report: 100 better\n")));
    assert!(texts[3].contains("(https://x/run)"), "{}", texts[3]);
}

#[test]
fn without_a_base_everything_is_new() {
    let mut report = report();
    report.base = Base::None { why: None };
    report.metrics = compare_metrics(None, &file(&[("accuracy", 0.9)]), &Rules::default());
    let text = full(&report);
    assert!(
        text.starts_with("### Model report: 1 new\n") && text.contains("nothing to compare it with"),
        "{text}"
    );
    assert!(text.contains("| Metric | Value |\n|:--|--:|\n| `accuracy` | 0.9 |"), "{text}");
}

#[test]
fn names_and_values_of_others_stay_text() {
    let evil = "a|b`@team <img src=x onerror=alert(1)> [x](https://y)\n# big";
    let mut report = report();
    report.head.label = evil.to_owned();
    report.metrics[0].key = evil.to_owned();
    report.metrics[0].new = Presence::There(Scalar::Text(evil.to_owned()));
    report.plots[0].title = evil.to_owned();
    report.plots[0].series[0].label = evil.to_owned();
    report.notices.push(Notice::about(evil, evil));
    report.near_misses.push(NearMiss { path: evil.to_owned(), flag: "--metrics".to_owned() });
    let html = super::super::page("t", &full(&report));
    let body = html.split("<body>").nth(1).unwrap();
    for bad in ["<img src", "href=\"https://y", "<h1"] {
        assert!(!body.contains(bad), "{bad} in {body}");
    }
    assert_eq!(body.matches("<tr>").count(), 9, "{body}");
    assert!(!full(&report).contains("@team"), "{}", full(&report));
}

#[test]
fn ages_are_told_in_the_largest_unit() {
    let check =
        |seconds: i64, expected: Option<&str>| assert_eq!(age(seconds).as_deref(), expected, "{seconds}");
    check(0, None);
    check(59, None);
    check(60, Some("1 minute before"));
    check(7_199, Some("1 hour before"));
    check(-86_400 * 3, Some("3 days after"));
}

#[test]
fn gitlab_has_its_own_links_and_no_alerts() {
    let mut report = report();
    report.notices.push(Notice::new("look"));
    report.plots[0].pictures.light = Some("a.png".to_owned());
    let images = Images([("a.png".to_owned(), "/uploads/x/a.png".to_owned())].into());
    let text = markdown_in(&flavor::GITLAB, &report, &images, Detail::Full, None);
    assert!(text.contains("> **Note**\n>\n> look") && !text.contains("[!NOTE]"), "{text}");
    assert!(text.contains("/-/commit/4444444"), "{text}");
    assert!(text.contains("src=\"/uploads/x/a.png\" width=\"540\">"), "{text}");
}

#[test]
fn a_recorded_run_says_how_far_back_it_is() {
    let check = |back: u32, expected: &str| {
        let mut report = report();
        let commit = "b".repeat(40).parse().unwrap();
        report.base = Base::Record { label: "main".to_owned(), commit, back };
        let text = full(&report);
        assert!(text.contains(&format!("2 days before), {expected}. Progress")), "{text}");
        assert!(crate::text(&report, false, 80).contains(&format!(", {expected}, 2 days before")));
    };
    check(0, "by the run that was recorded for it");
    check(1, "the nearest recorded run, 1 commit back");
    check(3, "the nearest recorded run, 3 commits back");
}
