//! The plots of two sides become figures: paired by id, base's series first.
//!
//! What cannot be drawn becomes a notice and costs only itself.

use super::{Figure, Series, Which};
use crate::notice::Notice;
use crate::tracked::{Column, PlotData, Template};

/// A side's plots and its revision's label.
type Side<'a> = (&'a [PlotData], &'a str);

/// Figures in head's order, then those that only base has; and what the reader should know about the others.
pub fn figures(base: Option<Side<'_>>, head: Side<'_>) -> (Vec<Figure>, Vec<Notice>) {
    let mut ids: Vec<&str> = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    for plot in head.0.iter().chain(base.map_or(&[][..], |base| base.0)) {
        if known.insert(plot.id.as_str()) {
            ids.push(&plot.id);
        }
    }
    let mut figures = Vec::new();
    let mut notices = Vec::new();
    let mut undrawn = Vec::new();
    for id in ids {
        let base = base.map(|(plots, label)| (with_id(plots, id), label));
        let head = (with_id(head.0, id), head.1);
        let shown = head.0.first().or_else(|| base.as_ref().and_then(|base| base.0.first()));
        let Some(shown) = shown else { continue };
        if let Some(template) = not_drawn(shown.template) {
            undrawn.push(format!("{id} ({template})"));
        } else if let Some(figure) = figure(shown, base, head, &mut notices) {
            figures.push(figure);
        }
    }
    notices.extend(undrawn_notice(&undrawn));
    (figures, notices)
}

fn with_id<'a>(plots: &'a [PlotData], id: &str) -> Vec<&'a PlotData> {
    plots.iter().filter(|plot| plot.id == id).collect()
}

/// The name of a template that this version cannot draw.
fn not_drawn(template: Template) -> Option<&'static str> {
    match template {
        Template::Linear | Template::Simple | Template::Smooth => None,
        Template::Scatter => Some("scatter"),
        Template::ScatterJitter => Some("scatter_jitter"),
        Template::Confusion => Some("confusion"),
        Template::ConfusionNormalized => Some("confusion_normalized"),
        Template::BarHorizontal => Some("bar_horizontal"),
        Template::BarHorizontalSorted => Some("bar_horizontal_sorted"),
    }
}

fn undrawn_notice(undrawn: &[String]) -> Option<Notice> {
    let what = match undrawn.len() {
        0 => return None,
        1 => "1 plot is not drawn: its template is".to_owned(),
        count => format!("{count} plots are not drawn: their templates are"),
    };
    let list = undrawn.join(", ");
    Some(Notice::new(format!("{what} not supported yet (linear, simple and smooth are): {list}")))
}

/// One figure with all series of one id, if there is any.
fn figure(
    shown: &PlotData,
    base: Option<(Vec<&PlotData>, &str)>,
    head: (Vec<&PlotData>, &str),
    notices: &mut Vec<Notice>,
) -> Option<Figure> {
    let mut series = Vec::new();
    let sides = base.map(|base| (Which::Base, base)).into_iter().chain([(Which::Head, head)]);
    for (which, (plots, label)) in sides {
        for plot in plots {
            series.extend(of_plot(plot, which, label, notices));
        }
    }
    let mut columns: Vec<String> = Vec::new();
    for column in series.iter().filter_map(|series| series.column.as_ref()) {
        if !columns.contains(column) {
            columns.push(column.clone());
        }
    }
    if columns.len() == 1 {
        series.iter_mut().for_each(|series| series.column = None);
    }
    let y_label = if columns.len() <= 3 { columns.join(", ") } else { "value".to_owned() };
    let x_label = shown.x_label.clone().or_else(|| shown.x.clone()).unwrap_or_else(|| "step".to_owned());
    let y_label = shown.y_label.clone().unwrap_or(y_label);
    let figure = Figure { id: shown.id.clone(), title: shown.title.clone(), x_label, y_label, series };
    (!figure.series.is_empty()).then_some(figure)
}

/// The series of one plot of one side, each with its column's name.
fn of_plot(plot: &PlotData, which: Which, label: &str, notices: &mut Vec<Notice>) -> Vec<Series> {
    let x = x_values(plot, label, notices);
    let mut all = Vec::new();
    for name in &plot.y {
        let Some(column) = column(plot, name) else {
            notices
                .push(Notice::about(&plot.id, format!("{label} has no column {name}, so it is not drawn")));
            continue;
        };
        let Some(y) = numbers(column) else {
            let text = format!("the column {name} of {label} holds text, not numbers, so it is not drawn");
            notices.push(Notice::about(&plot.id, text));
            continue;
        };
        let (x, y) = sorted(x.as_deref(), y);
        all.push(Series { which, label: label.to_owned(), column: Some(name.clone()), x, y });
    }
    if plot.y.is_empty() {
        notices.push(Notice::about(&plot.id, format!("{label} has no columns, so there is nothing to draw")));
    }
    all
}

fn column<'a>(plot: &'a PlotData, name: &str) -> Option<&'a Column> {
    plot.table.columns.iter().find(|(known, _)| known == name).map(|(_, column)| column)
}

/// The x column; `None` if the row's index is to be used.
fn x_values(plot: &PlotData, label: &str, notices: &mut Vec<Notice>) -> Option<Vec<f64>> {
    let name = plot.x.as_ref()?;
    let values = column(plot, name).map(numbers);
    let why = match values {
        Some(Some(values)) => return Some(values),
        Some(None) => "holds text, not numbers",
        None => "is missing",
    };
    let text = format!("the x column {name} of {label} {why}, so the row's number is used instead");
    notices.push(Notice::about(&plot.id, text));
    None
}

/// A column as numbers, NaN where there is none; `None` if it has entries and none of them is a number.
fn numbers(column: &Column) -> Option<Vec<f64>> {
    match column {
        Column::Numbers(numbers) => Some(numbers.clone()),
        Column::Texts(texts) => {
            let numbers: Vec<Option<f64>> = texts.iter().map(|text| text.trim().parse().ok()).collect();
            let is_text =
                texts.iter().any(|text| !text.trim().is_empty()) && numbers.iter().all(Option::is_none);
            (!is_text).then(|| numbers.into_iter().map(|number| number.unwrap_or(f64::NAN)).collect())
        }
    }
}

/// The points in the order of x, equal ones in the order of the file; without x the row's index. A row whose x is
/// no number has no place and is left out.
fn sorted(x: Option<&[f64]>, y: Vec<f64>) -> (Vec<f64>, Vec<f64>) {
    let Some(x) = x else { return ((0..y.len()).map(|index| index as f64).collect(), y) };
    let mut points: Vec<(f64, f64)> = x.iter().copied().zip(y).filter(|point| !point.0.is_nan()).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points.into_iter().unzip()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracked::Table;

    fn plot(id: &str, template: Template, x: Option<&str>, columns: &[(&str, Column)]) -> PlotData {
        let columns: Vec<_> =
            columns.iter().map(|(name, column)| ((*name).to_owned(), column.clone())).collect();
        PlotData {
            id: id.to_owned(),
            title: id.to_owned(),
            template,
            x: x.map(str::to_owned),
            y: columns.iter().map(|(name, _)| name.clone()).filter(|name| Some(name.as_str()) != x).collect(),
            x_label: None,
            y_label: None,
            table: Table { columns },
        }
    }

    fn numbers(values: &[f64]) -> Column {
        Column::Numbers(values.to_vec())
    }

    fn texts(values: &[&str]) -> Column {
        Column::Texts(values.iter().map(|text| (*text).to_owned()).collect())
    }

    /// `id[x label; y label]: which label column x y | ...`
    #[track_caller]
    fn check(base: Option<&[PlotData]>, head: &[PlotData], expected: &[&str], expected_notices: &[&str]) {
        let (figures, notices) = figures(base.map(|base| (base, "main")), (head, "work"));
        let series = |series: &Series| {
            let column = series.column.as_deref().unwrap_or("-");
            format!("{:?} {} {column} {:?} {:?}", series.which, series.label, series.x, series.y)
        };
        let shown: Vec<String> = figures
            .iter()
            .map(|figure| {
                let all: Vec<String> = figure.series.iter().map(series).collect();
                format!("{}[{}; {}]: {}", figure.id, figure.x_label, figure.y_label, all.join(" | "))
            })
            .collect();
        assert_eq!(shown, expected);
        assert_eq!(notices.iter().map(ToString::to_string).collect::<Vec<_>>(), expected_notices);
    }

    #[test]
    fn sides_are_paired_by_id() {
        let loss = |values: &[f64]| plot("loss", Template::Linear, None, &[("loss", numbers(values))]);
        let other = |id: &str| plot(id, Template::Smooth, None, &[("v", numbers(&[1.0]))]);
        check(
            Some(&[other("old"), loss(&[1.0, 2.0])]),
            &[loss(&[3.0]), other("new")],
            &[
                "loss[step; loss]: Base main - [0.0, 1.0] [1.0, 2.0] | Head work - [0.0] [3.0]",
                "new[step; v]: Head work - [0.0] [1.0]",
                "old[step; v]: Base main - [0.0] [1.0]",
            ],
            &[],
        );
        check(None, &[loss(&[3.0])], &["loss[step; loss]: Head work - [0.0] [3.0]"], &[]);
    }

    #[test]
    fn rows_are_sorted_by_x_and_texts_are_read() {
        let columns = [
            ("x", texts(&["2", "1", "?", "1"])),
            ("a", texts(&["0.5", "oops", "1", " 2 "])),
            ("b", numbers(&[1.0, 2.0, 3.0, 4.0])),
        ];
        check(
            None,
            &[plot("p", Template::Simple, Some("x"), &columns)],
            &[
                "p[x; a, b]: Head work a [1.0, 1.0, 2.0] [NaN, 2.0, 0.5] | Head work b [1.0, 1.0, 2.0] [2.0, 4.0, 1.0]",
            ],
            &[],
        );
    }

    #[test]
    fn what_cannot_be_drawn_is_told() {
        let one = [("v", numbers(&[1.0]))];
        let mut lacking = plot("gone", Template::Linear, Some("t"), &one);
        lacking.y.push("w".to_owned());
        check(
            None,
            &[
                plot("cm", Template::Confusion, None, &one),
                plot("words", Template::Linear, None, &[("v", texts(&["cat", "dog"]))]),
                plot("bars", Template::BarHorizontal, None, &one),
                plot("empty", Template::Linear, None, &[]),
                lacking,
            ],
            &["gone[t; v]: Head work - [0.0] [1.0]"],
            &[
                "words: the column v of work holds text, not numbers, so it is not drawn",
                "empty: work has no columns, so there is nothing to draw",
                "gone: the x column t of work is missing, so the row's number is used instead",
                "gone: work has no column w, so it is not drawn",
                "2 plots are not drawn: their templates are not supported yet (linear, simple and smooth are): \
                 cm (confusion), bars (bar_horizontal)",
            ],
        );
    }
}
