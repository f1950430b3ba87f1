//! `cml plots diff` and `cml plots show`: points as JSON, or one picture for each plot.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::cli::{Global, PlotsAs, PlotsCommand, PlotsOutput};
use crate::error::Error;
use cml_base::tree::Tree;
use cml_compare::{self as diff, ComparedPlot, Item, Rules};
use cml_host::door::Ground;
use cml_host::environment::Env;
use cml_plot::{self as plot, Figure};
use cml_render as render;
use cml_report::Plot;
use cml_tracked::{self as tracked, Definition, ImageData, PlotData, PlotSet, Source};

use super::metrics::undeclared;
use crate::comparison::ImageChild;
use crate::comparison::draw::{self, Drawing};
use crate::session::files;
use crate::sides::outputs::Outside;
use crate::sides::revisions::{Project, Side, WORKSPACE};

pub(crate) async fn run(command: &PlotsCommand, global: &Global, env: &Env) -> Result<u8, Error> {
    let mut project = Project::open(global, env)?;
    let (names, targets, output) = match command {
        PlotsCommand::Diff(args) => (args.revisions.clone(), &args.targets, &args.output),
        PlotsCommand::Show(args) => (vec![WORKSPACE.to_owned()], &args.targets, &args.output),
    };
    let targets = project.targets(targets)?;
    let Some(sides) = sides(&project, names)? else {
        return if output.json { project.console().result("{}\n").map(|()| 0) } else { Ok(0) };
    };
    project.find_target().await?;
    let reader = Reader { project: &project, outside: project.outside() };
    let mut sets = Vec::new();
    for side in &sides {
        sets.push((side.name.clone(), reader.plots(side, &targets, output.json).await?));
    }
    if sets.iter().all(|(_, set)| set.definitions.is_empty()) {
        project.console().info(&undeclared("plots"));
    }
    let folder = Out { folder: project.session().path(&output.out), ground: project.session().ground() };
    if output.json {
        json(&project, &sets, output, &folder)
    } else {
        show(&reader, &sides, &sets, output, &folder).await
    }
}

/// Where pictures are written.
struct Out {
    folder: PathBuf,
    ground: Ground,
}

impl Out {
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        files::make_folder(&self.ground, &self.folder)?;
        files::write(&self.ground, &self.folder.join(name), bytes)
    }
}

/// Reads plots of a revision, outputs that are not in Git among them, and says what was to say.
struct Reader<'a> {
    project: &'a Project,
    outside: Outside<'a>,
}

impl Reader<'_> {
    async fn plots(&self, side: &Side, targets: &[String], with_data: bool) -> Result<PlotSet, Error> {
        let globs: Vec<&str> = targets.iter().map(String::as_str).collect();
        let read = |tree: &dyn Tree| {
            let mut set = tracked::plots(tree, targets, with_data)?;
            let notices = std::mem::take(&mut set.notices);
            Ok((set, notices))
        };
        let (set, notices) = self.outside.read(side.tree.as_ref(), &globs, read).await?;
        self.project.notices(&side.name, &notices);
        Ok(set)
    }

    async fn data(&self, side: &Side, definitions: &[(String, Definition)]) -> Result<Vec<PlotData>, Error> {
        let read = |tree: &dyn Tree| tracked::plot_data(tree, definitions);
        let (plots, notices) = self.outside.read(side.tree.as_ref(), &[], read).await?;
        self.project.notices(&side.name, &notices);
        Ok(plots)
    }
}

/// The revisions named; one alone is compared with the files on disk, which come first, as in DVC.
fn sides(project: &Project, mut names: Vec<String>) -> Result<Option<Vec<Side>>, Error> {
    if names.is_empty() {
        names.push("HEAD".to_owned());
    }
    if names.len() == 1 && names[0] != WORKSPACE {
        names.push(WORKSPACE.to_owned());
    }
    if let Some(at) = names.iter().position(|name| name == WORKSPACE) {
        let workspace = names.remove(at);
        names.insert(0, workspace);
    }
    names.iter().map(|name| project.side(name)).collect()
}

fn json(
    project: &Project,
    sets: &[(String, PlotSet)],
    output: &PlotsOutput,
    folder: &Out,
) -> Result<u8, Error> {
    let console = project.console();
    let workspace = project.side(WORKSPACE)?;
    let mut failed = None;
    let mut templates = |name: &str| {
        let Some(side) = &workspace else { return Ok(None) };
        let tree: &dyn Tree = side.tree.as_ref();
        tracked::custom_template(tree, &project.cwd, name).unwrap_or_else(|error| {
            let what = error.to_string();
            failed = Some(Error::from(error));
            Err(what)
        })
    };
    let plots = diff::compare_plots(sets, &project.cwd, &mut templates);
    if let Some(error) = failed {
        return Err(error);
    }
    // What is wrong with a file was said as it was read; DVC gives up on a template.
    let mut said = BTreeSet::new();
    for failure in plots.iter().flat_map(|plot| &plot.failures).filter(|failure| failure.source.is_none()) {
        if said.insert(failure.what.as_str()) {
            console.warn(&failure.what);
        }
    }
    save_images(&plots, folder)?;
    let address =
        |rev: &str, path: &str| output.out.join(image_name(rev, path)).to_string_lossy().into_owned();
    console.json(&[project.session().hidden(render::plots_json(&plots, address))])?;
    Ok(0)
}

/// DVC's name for a revision's image.
fn image_name(rev: &str, path: &str) -> String {
    format!("{rev}_{path}").replace(['/', '\\'], "_")
}

fn save_images(plots: &[ComparedPlot<'_>], folder: &Out) -> Result<(), Error> {
    for item in plots.iter().flat_map(|plot| &plot.items) {
        if let Item::Image { rev, path, bytes } = item {
            folder.write(&image_name(rev, path), bytes)?;
        }
    }
    Ok(())
}

/// Draws every plot over all revisions and prints where the pictures are.
async fn show(
    reader: &Reader<'_>,
    sides: &[Side],
    sets: &[(String, PlotSet)],
    output: &PlotsOutput,
    folder: &Out,
) -> Result<u8, Error> {
    let (session, console) = (reader.project.session(), reader.project.console());
    let merged = diff::merged_definitions(sets, &reader.project.cwd);
    let mut figures = curves(reader, sides, sets, &merged).await?;
    if let [base, head] = sides {
        figures.extend(images(reader, [base, head], &merged, output.draw.all_images).await?);
    }
    session.hide_in_figures(&mut figures);
    if output.draw.plots_as == PlotsAs::Text {
        return console.result(&render::plots_text(&told(&figures), session.width())).map(|()| 0);
    }
    let drawing = Drawing::new(&output.draw, session.env())?;
    // One light picture of each plot.
    let pictures = draw::draw(&figures, false, &drawing);
    console.notices(&pictures.notices);
    let mut paths = String::new();
    for asset in &pictures.assets {
        folder.write(&asset.name, &asset.bytes)?;
        paths.push_str(&format!("{}\n", output.out.join(&asset.name).display()));
    }
    if sides.len() != 2 {
        for side in sides {
            paths.push_str(&copied(reader, side, &merged, output, folder).await?);
        }
    }
    let is_declared = sets.iter().any(|(_, set)| !set.definitions.is_empty());
    if paths.is_empty() && figures.is_empty() && is_declared {
        console.info("none of the plots can be drawn");
    }
    console.result(&session.hidden(paths))?;
    Ok(0)
}

/// The plots that have points, over all revisions.
async fn curves(
    reader: &Reader<'_>,
    sides: &[Side],
    sets: &[(String, PlotSet)],
    merged: &[(String, Definition)],
) -> Result<Vec<Figure>, Error> {
    let mut drawn = Vec::new();
    for (side, (_, set)) in sides.iter().zip(sets) {
        let own: Vec<_> = merged
            .iter()
            .filter(|(_, definition)| set.definitions.iter().any(|known| known.id == definition.id))
            .cloned()
            .collect();
        drawn.push((reader.data(side, &own).await?, side.name.as_str()));
    }
    let drawn: Vec<_> = drawn.iter().map(|(plots, label)| (plots.as_slice(), *label)).collect();
    let (figures, notices) = plot::figures(&drawn);
    reader.project.console().notices(&notices);
    Ok(figures)
}

/// The images of two revisions, side by side.
async fn images(
    reader: &Reader<'_>,
    [old, new]: [&Side; 2],
    merged: &[(String, Definition)],
    all: bool,
) -> Result<Vec<Figure>, Error> {
    let console = reader.project.console();
    let (base, head) = (side_images(reader, old, merged).await?, side_images(reader, new, merged).await?);
    let mut drawn = ImageChild::new(reader.project.session().env().deadline);
    let base = Some((base.as_slice(), old.name.as_str()));
    let (figures, notices) = plot::images(base, (&head, &new.name), all, &mut drawn);
    console.notices(&notices);
    let unchanged = told(&figures).iter().map(|plot| plot.unchanged_images().len()).sum::<usize>();
    if unchanged > 0 {
        console.info(&format!("{unchanged} images are unchanged; --all-images draws them too"));
    }
    Ok(figures)
}

/// The plots in words and numbers; of a curve its name alone says which way is better.
fn told(figures: &[Figure]) -> Vec<Plot> {
    let mut plots = figures.iter().map(plot::told).collect::<Vec<_>>();
    diff::direct_curves(&mut plots, &Rules::default());
    plots
}

/// A revision's images; many of one folder are a gallery.
async fn side_images(
    reader: &Reader<'_>,
    side: &Side,
    merged: &[(String, Definition)],
) -> Result<Vec<ImageData>, Error> {
    let targets: Vec<String> = merged.iter().filter(|(_, d)| d.is_path).map(|(_, d)| d.id.clone()).collect();
    let targets: Vec<String> = targets.into_iter().filter(|path| tracked::is_image(path)).collect();
    if targets.is_empty() {
        return Ok(Vec::new());
    }
    let set = reader.plots(side, &targets, true).await?;
    let images = set.sources.into_iter().filter_map(|(path, source)| {
        let Source::Image(bytes) = source else { return None };
        let gallery = Some(path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned());
        let id = reader.project.shown(&path);
        Some(ImageData { title: id.clone(), id, gallery, bytes })
    });
    Ok(images.collect())
}

/// Copies the images of one revision, which are plots as they are.
async fn copied(
    reader: &Reader<'_>,
    side: &Side,
    merged: &[(String, Definition)],
    output: &PlotsOutput,
    folder: &Out,
) -> Result<String, Error> {
    let mut paths = String::new();
    for image in side_images(reader, side, merged).await? {
        let name = image_name(&side.name, &image.id);
        folder.write(&name, &image.bytes)?;
        paths.push_str(&format!("{}\n", output.out.join(&name).display()));
    }
    Ok(paths)
}
