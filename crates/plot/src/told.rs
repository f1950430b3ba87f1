//! What a report says of a figure: its words, its numbers and how wide it is shown; and what it is drawn from, for whoever
//! wants to know whether that has changed.

use super::alt::alt;
use super::image::Score;
use super::text::{is_scattered, lines, numbers, table};
use super::{Figure, ImagePair, ImageState, Images, Kind, Shown, Style, Which, draw};
use cml_report as report;
use cml_report::{Pictures, Plot, PlotKind, Values};

/// CSS pixels: a comment on GitHub is some 780 wide. A matrix for each revision needs all of it for its numbers.
const WIDEST: u32 = 780;

/// A figure as a report knows it, not drawn yet.
pub fn told(figure: &Figure) -> Plot {
    let mut plot = Plot {
        id: figure.id.clone(),
        title: figure.title.clone(),
        x_label: figure.x_label.clone(),
        y_label: figure.y_label.clone(),
        kind: kind(&figure.kind),
        series: Vec::new(),
        matrix: None,
        bars: None,
        images: None,
        alt: alt(figure),
        table: table(figure),
        width: None,
        pictures: Pictures::default(),
    };
    match &figure.kind {
        Kind::Chart(chart) if is_scattered(chart) => plot.series = chart.series.iter().map(numbers).collect(),
        Kind::Chart(chart) => plot.series = lines(&figure.x_label, chart),
        Kind::Matrix(of) => {
            let facets = of.facets.iter().map(|own| values(own.which, &own.label, &own.column, &own.cells));
            let (across, down, facets) = (of.across.clone(), of.down.clone(), facets.collect());
            plot.width = (of.facets.len() > 1).then_some(WIDEST);
            plot.matrix = Some(report::Matrix { across, down, normalized: of.shares, facets });
        }
        Kind::Bars(of) => {
            let groups = of.groups.iter().map(|own| values(own.which, &own.label, &own.column, &own.values));
            plot.bars = Some(report::Bars { categories: of.categories.clone(), groups: groups.collect() });
        }
        Kind::Images(of) => {
            plot.width = Some((draw::images::width(of) as u32).min(WIDEST));
            plot.images = Some(images(of));
        }
    }
    plot
}

fn kind(kind: &Kind) -> PlotKind {
    match kind {
        Kind::Chart(chart) => match chart.style {
            Style::Line => PlotKind::Line,
            Style::Smooth => PlotKind::Smooth,
            Style::Area => PlotKind::Area,
            Style::Points => PlotKind::Points,
            Style::Jitter => PlotKind::Jitter,
        },
        Kind::Matrix(_) => PlotKind::Confusion,
        Kind::Bars(_) => PlotKind::Bars,
        Kind::Images(_) => PlotKind::Images,
    }
}

impl Which {
    /// A report has two sides; the head's is the last.
    pub(super) fn told(self) -> report::Which {
        match self {
            Self::Head => report::Which::Head,
            Self::Base | Self::Between(_) => report::Which::Base,
        }
    }
}

fn values(which: Which, label: &str, column: &Option<String>, values: &[f64]) -> Values {
    let revision = which.told();
    let values = values.iter().map(|value| value.is_finite().then_some(*value)).collect();
    Values { revision, label: label.to_owned(), column: column.clone(), values }
}

fn images(images: &Images) -> report::Images {
    let pairs = images.pairs.iter().map(image).collect();
    report::Images { pairs, more: images.more, unchanged: images.unchanged.clone() }
}

fn image(pair: &ImagePair) -> report::Image {
    let size = |shown: &Option<Shown>| shown.as_ref().map(|shown| [shown.width, shown.height]);
    let (state, score) = match &pair.state {
        ImageState::Changed(score, _) => (report::ImageState::Changed, Some(score)),
        ImageState::Unchanged => (report::ImageState::Unchanged, None),
        ImageState::New => (report::ImageState::New, None),
        ImageState::Removed => (report::ImageState::Removed, None),
        ImageState::Alone => (report::ImageState::Unknown, None),
    };
    report::Image {
        name: pair.name.clone(),
        state,
        base: size(&pair.base),
        head: size(&pair.head),
        changed: score.map(|score: &Score| score.changed),
        mean: score.map(|score| score.mean),
    }
}

impl Figure {
    /// Hands over, piece by piece, the points and pixels that it is drawn from.
    pub fn feed(&self, mut take: impl FnMut(&[u8])) {
        match &self.kind {
            Kind::Chart(chart) => {
                let frame = (&chart.x, &chart.y, chart.x_range, chart.y_range);
                take(format!("{frame:?}").as_bytes());
                for series in &chart.series {
                    take(&series.y.len().to_le_bytes());
                    series.x.iter().chain(&series.y).for_each(|number| take(&number.to_le_bytes()));
                }
            }
            // All their numbers are told.
            Kind::Matrix(_) | Kind::Bars(_) => {}
            Kind::Images(images) => {
                for pair in &images.pairs {
                    [&pair.base, &pair.head].into_iter().flatten().for_each(|shown| take(&shown.tile.rgb));
                }
            }
        }
    }
}
