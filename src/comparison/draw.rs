//! Draws a report's figures, side by side on the machine's cores.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::cli::{DrawArgs, PlotsAs};
use crate::error::Error;
use cml_base::notice::Notice;
use cml_base::parallel;
use cml_host::deadline::Deadline;
use cml_host::environment::Env;
use cml_plot::{self as plot, Figure, Theme, Typeface};
use cml_report::{self as report, Report};
use cml_store::publish;
use cml_store::publish::Asset;

use super::fonts;

/// Up to this many plots have a light and a dark picture; above it one picture each (the light one).
const BOTH_THEMES_UP_TO: usize = 20;

/// More pictures do not fit into the shortest comment, whose text names each of them.
const MOST_PICTURES: usize = 100;

/// The pictures of a report: files, and which file shows which figure.
#[derive(Default)]
pub(crate) struct Pictures {
    pub assets: Vec<Asset>,
    /// Figure id → file names.
    names: BTreeMap<String, report::Pictures>,
    pub notices: Vec<Notice>,
}

/// How plots are drawn, if they are.
pub(crate) struct Drawing {
    as_text: bool,
    typeface: Typeface,
    /// Where the system keeps fonts.
    folders: Vec<PathBuf>,
    /// So many plots become pictures; the rest is text.
    most: usize,
    deadline: Deadline,
}

impl Drawing {
    /// Reads the fonts that the flags name.
    pub(crate) fn new(args: &DrawArgs, env: &Env) -> Result<Self, Error> {
        let typeface = fonts::named(&args.font, env)?;
        let as_text = args.plots_as == PlotsAs::Text;
        let folders = fonts::folders(env);
        Ok(Self { as_text, typeface, folders, most: usize::MAX, deadline: Deadline::never() })
    }

    /// For a report: no more pictures than a comment has room for, and none after the deadline.
    pub(crate) fn for_report(self, deadline: Deadline) -> Self {
        Self { most: MOST_PICTURES, deadline, ..self }
    }

    /// The fonts for these figures: the system's too, if one has a character that is missing.
    fn typeface(&self, figures: &[&Figure], notices: &mut Vec<Notice>) -> Typeface {
        let mut typeface = self.typeface.clone();
        let missing = |typeface: &Typeface| typeface.missing(figures.iter().copied()).unwrap_or_default();
        let wanted = missing(&typeface);
        if wanted.iter().copied().any(plot::is_cjk) {
            fonts::search(&self.folders, &wanted, &mut typeface);
        }
        notices.extend(fonts::boxes(&missing(&typeface)));
        typeface
    }
}

/// Draws every figure, also for readers in the dark where that is `dark` and there are not too many.
pub(crate) fn draw(figures: &[Figure], dark: bool, drawing: &Drawing) -> Pictures {
    let mut pictures = Pictures::default();
    if drawing.as_text {
        return pictures;
    }
    let mut figures: Vec<&Figure> = figures.iter().filter(|figure| figure.is_drawn()).collect();
    if figures.len() > drawing.most {
        let rest = figures.len() - drawing.most;
        let text = format!("{rest} plots are shown as text: a report has at most {MOST_PICTURES} pictures");
        pictures.notices.push(Notice::about("plots", text));
        figures.truncate(drawing.most);
    }
    let typeface = drawing.typeface(&figures, &mut pictures.notices);
    let both = dark && figures.len() <= BOTH_THEMES_UP_TO;
    let themes: &[Theme] = if both { &[Theme::Light, Theme::Dark] } else { &[Theme::Light] };
    let jobs: Vec<(&Figure, Theme)> =
        figures.iter().flat_map(|&figure| themes.iter().map(move |&theme| (figure, theme))).collect();
    let drawn = parallel::map(jobs, |(figure, theme)| {
        let in_time = !drawing.deadline.is_over();
        (figure, theme, in_time.then(|| plot::png(figure, theme, &typeface)))
    });
    let mut late = BTreeSet::new();
    for (figure, theme, result) in drawn {
        match result {
            Some(Ok(bytes)) => pictures.add(figure, theme, bytes),
            Some(Err(error)) => {
                pictures.notices.push(Notice::about(&figure.id, format!("could not be drawn: {error}")))
            }
            None => drop(late.insert(&figure.id)),
        }
    }
    if !late.is_empty() {
        let text =
            format!("the time for reading and drawing is over; pictures of {} are missing", late.len());
        pictures.notices.push(Notice::about("plots", text));
    }
    pictures
}

impl Pictures {
    /// Tells a report the names of its pictures.
    pub(crate) fn name_in(&self, report: &mut Report) {
        for plot in &mut report.plots {
            plot.pictures = self.names.get(&plot.id).cloned().unwrap_or_default();
        }
    }

    /// A report with its pictures' names and what its readers should know about them.
    pub(crate) fn noted(&self, report: &Report) -> Report {
        let mut report = report.clone();
        self.name_in(&mut report);
        report.notices.extend_from_slice(&self.notices);
        report
    }

    fn add(&mut self, figure: &Figure, theme: Theme, bytes: Vec<u8>) {
        let name = publish::name_for(&figure.id, theme, &bytes);
        let names = self.names.entry(figure.id.clone()).or_default();
        let slot = match theme {
            Theme::Light => &mut names.light,
            Theme::Dark => &mut names.dark,
        };
        *slot = Some(name.clone());
        self.assets.push(Asset { name, bytes });
    }

    /// The addresses of the pictures, from the address of each file.
    pub(crate) fn addresses(&self, address: impl Fn(&str) -> Option<String>) -> cml_render::Images {
        let of = |asset: &Asset| Some((asset.name.clone(), address(&asset.name)?));
        cml_render::Images(self.assets.iter().filter_map(of).collect())
    }
}
