//! A small report in every form.

use super::*;
use cml_compare::{Rules, compare_metrics, compare_params};
use cml_plot::{Chart, Figure, Kind, Series, Style, Which};
use cml_tracked::{Scalar, ValueFile};

fn file(values: &[(&str, f64)]) -> Vec<ValueFile> {
    let values = values.iter().map(|(key, value)| ((*key).to_owned(), Scalar::Float(*value))).collect();
    vec![ValueFile { path: "metrics.json".to_owned(), values }]
}

/// Accuracy fell, loss fell, one metric and one param, a plot of three points.
pub(crate) fn report() -> Report {
    let base = file(&[("accuracy", 0.8811), ("loss", 0.3079), ("n", 50.0)]);
    let head = file(&[("accuracy", 0.8724), ("loss", 0.2912), ("n", 50.0)]);
    let side = |label: &str, digit: &str| Side {
        label: label.to_owned(),
        commit: digit.repeat(40).parse().ok(),
        on_disk: false,
    };
    let series = Series {
        which: Which::Base,
        label: "main".to_owned(),
        column: None,
        x: vec![0.0, 1.0, 2.0],
        y: vec![1.0, 0.7, 0.5],
    };
    Report {
        name: None,
        base: Some(side("main", "b")),
        head: side("workspace", "4"),
        own_progress_only: true,
        base_age: Some(2 * 86_400 + 5),
        repo: cml_base::ident::RepoUrl::parse("o/r").ok(),
        rules: Rules::default(),
        metrics: compare_metrics(Some(&base), &head, &Rules::default()),
        params: compare_params(Some(&file(&[("train.lr", 0.001)])), &file(&[("train.lr", 0.0003)])),
        figures: vec![Figure {
            id: "loss.csv".to_owned(),
            title: "loss.csv".to_owned(),
            x_label: "step".to_owned(),
            y_label: "loss".to_owned(),
            kind: Kind::Chart(Chart::new(Style::Line, vec![series])),
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
        let figure = report.figures.remove(0);
        report.figures.extend(plots.iter().map(|(title, label)| Figure {
            id: (*title).to_owned(),
            title: (*title).to_owned(),
            y_label: (*label).to_owned(),
            ..figure.clone()
        }));
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
    let of = |name: &str| [("loss.csv".to_owned(), name.to_owned())].into();
    let images = Images { light: of("l.png"), dark: of("d.png") };
    let text = markdown(&report(), &images, Detail::Full, None);
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
    report.base = None;
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
    report.metrics[0].new = Some(Scalar::Text(evil.to_owned()));
    report.figures[0].title = evil.to_owned();
    if let Kind::Chart(chart) = &mut report.figures[0].kind {
        chart.series[0].label = evil.to_owned();
    }
    report.notices.push(Notice::about(evil, evil));
    report.near_misses.push((evil.to_owned(), "--metrics"));
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
    let images = Images {
        light: [("loss.csv".to_owned(), "/uploads/x/a.png".to_owned())].into(),
        ..Images::default()
    };
    let text = markdown_in(Dialect::GitLab, &report, &images, Detail::Full, None);
    assert!(text.contains("> **Note**\n>\n> look") && !text.contains("[!NOTE]"), "{text}");
    assert!(text.contains("/-/commit/4444444"), "{text}");
    assert!(text.contains("src=\"/uploads/x/a.png\" width=\"540\">"), "{text}");
}
