//! Draws a report's figures, side by side on the machine's cores.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cli::{DrawArgs, PlotsAs};
use crate::error::Error;
use cml_base::notice::Notice;
use cml_base::parallel;
use cml_host::environment::Env;
use cml_plot::{self as plot, Figure, Theme, Typeface};
use cml_render::Dialect;
use cml_report::Report;
use cml_store::publish;
use cml_store::publish::Asset;

use super::fonts;

/// Up to this many plots have a light and a dark picture; above it one picture each (the light one).
const BOTH_THEMES_UP_TO: usize = 20;

/// The pictures of a report: files, and which file shows which figure.
#[derive(Default)]
pub(crate) struct Pictures {
    pub assets: Vec<Asset>,
    /// Figure id → file name.
    pub light: BTreeMap<String, String>,
    pub dark: BTreeMap<String, String>,
    pub notices: Vec<Notice>,
}

/// How plots are drawn, if they are.
pub(crate) struct Drawing {
    as_text: bool,
    typeface: Typeface,
    /// Where the system keeps fonts.
    folders: Vec<PathBuf>,
}

impl Drawing {
    /// Reads the fonts that the flags name.
    pub(crate) fn new(args: &DrawArgs, env: &Env) -> Result<Self, Error> {
        let typeface = fonts::named(&args.font, env)?;
        Ok(Self { as_text: args.plots_as == PlotsAs::Text, typeface, folders: fonts::folders(env) })
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

/// Draws every figure as a dialect shows it: GitLab has no dark pictures.
pub(crate) fn draw(figures: &[Figure], dialect: Dialect, drawing: &Drawing) -> Pictures {
    let mut pictures = Pictures::default();
    if drawing.as_text {
        return pictures;
    }
    let figures: Vec<&Figure> = figures.iter().filter(|figure| figure.is_drawn()).collect();
    let typeface = drawing.typeface(&figures, &mut pictures.notices);
    let both = dialect == Dialect::GitHub && figures.len() <= BOTH_THEMES_UP_TO;
    let themes: &[Theme] = if both { &[Theme::Light, Theme::Dark] } else { &[Theme::Light] };
    let jobs: Vec<(&Figure, Theme)> =
        figures.iter().flat_map(|&figure| themes.iter().map(move |&theme| (figure, theme))).collect();
    let drawn = parallel::map(jobs, |(figure, theme)| (figure, theme, plot::png(figure, theme, &typeface)));
    for (figure, theme, result) in drawn {
        match result {
            Ok(bytes) => pictures.add(figure, theme, bytes),
            Err(error) => {
                pictures.notices.push(Notice::about(&figure.id, format!("could not be drawn: {error}")))
            }
        }
    }
    pictures
}

impl Pictures {
    /// A report with what its readers should know about its pictures.
    pub(crate) fn noted(&self, report: &Report) -> Report {
        let mut report = report.clone();
        report.notices.extend_from_slice(&self.notices);
        report
    }

    fn add(&mut self, figure: &Figure, theme: Theme, bytes: Vec<u8>) {
        let name = publish::name_for(&figure.id, theme, &bytes);
        let names = match theme {
            Theme::Light => &mut self.light,
            Theme::Dark => &mut self.dark,
        };
        names.insert(figure.id.clone(), name.clone());
        self.assets.push(Asset { name, bytes });
    }

    /// The addresses of the pictures, from the address of each file.
    pub(crate) fn addresses(&self, address: impl Fn(&str) -> Option<String>) -> cml_render::Images {
        let of = |names: &BTreeMap<String, String>| {
            names.iter().filter_map(|(id, name)| Some((id.clone(), address(name)?))).collect()
        };
        cml_render::Images { light: of(&self.light), dark: of(&self.dark) }
    }
}
