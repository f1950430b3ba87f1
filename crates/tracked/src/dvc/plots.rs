//! The plot definitions of one revision, and the data that they name.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Records;
use super::super::definition::{Axis, Definition, Props, template};
use super::super::dvcyaml::entries;
use super::super::figure;
use super::super::load::Loader;
use super::super::model::PlotData;
use super::super::pipeline::{Section, sections};
use super::super::records;
use super::super::value::Value;
use super::super::wanted::Declaration;
use super::super::{json, paths};
use super::inside;
use cml_base::notice::Notice;
use cml_base::tree::{RevisionError, Tree};

/// The data of one file.
#[derive(Debug, Clone)]
pub enum Source {
    Rows(Box<Records>),
    Image(Vec<u8>),
    /// There is nothing in it.
    Nothing,
    /// Why it cannot be read.
    Failed(String),
}

/// The plots of one revision.
#[derive(Debug, Clone, Default)]
pub struct PlotSet {
    /// In the order of the dvc.yaml files, those of stages last.
    pub definitions: Vec<Definition>,
    /// By path.
    pub sources: BTreeMap<String, Source>,
    pub notices: Vec<Notice>,
}

/// The files that a target stands for. One that names neither a file nor a plot stays, to be missed when it is read.
fn named_files(loader: &Loader<'_>, definitions: &[Definition], target: &str) -> Vec<String> {
    let is_plot = definitions.iter().any(|definition| is_named(definition, target));
    if is_plot { loader.expand(target) } else { loader.declared(target) }
}

/// Reads the plots of a tree: declared ones, or those of them that `targets` name, and files that they name.
pub fn plots(tree: &dyn Tree, targets: &[String], with_data: bool) -> Result<PlotSet, RevisionError> {
    let mut loader = Loader::as_dvc(tree)?;
    let sections = sections(&mut loader)?;
    let mut definitions = Vec::new();
    for section in sections.iter().filter(|section| section.top) {
        top_level(&mut loader, section, &mut definitions);
    }
    let mut headers = BTreeMap::new();
    for section in sections.iter().filter(|section| !section.top) {
        of_stage(&mut loader, section, &mut definitions, &mut headers);
    }
    if !targets.is_empty() {
        definitions.retain(|definition| targets.iter().any(|target| is_named(definition, target)));
        let named: Vec<String> =
            targets.iter().flat_map(|target| named_files(&loader, &definitions, target)).collect();
        for path in named {
            // A named file is a plot of its own, beside what a dvc.yaml makes of it.
            if !definitions.iter().any(|known| known.by.is_none() && known.id == path) {
                let props = Props::default();
                definitions.push(Definition { by: None, id: path, is_path: true, props });
            }
        }
    }
    let mut sources = BTreeMap::new();
    if with_data {
        let files: BTreeSet<&str> = definitions.iter().flat_map(Definition::sources).collect();
        for file in files {
            if file.contains('\\') {
                // DVC looks for it below its name with slashes, and for its data below the one without.
                loader.note(
                    file,
                    "DVC finds no data of a plot whose path has backslashes; write it with slashes",
                );
                sources.insert(file.to_owned(), Source::Nothing);
                continue;
            }
            let header = headers.get(file).copied().unwrap_or(true);
            let source = source(&loader, file, header)?;
            if let Source::Failed(what) = &source {
                loader.note(file, what.clone());
            }
            sources.insert(file.to_owned(), source);
        }
    }
    Ok(PlotSet { definitions, sources, notices: loader.into_notices() })
}

fn is_named(definition: &Definition, target: &str) -> bool {
    let below =
        |path: &str| path.strip_prefix(target).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    below(&definition.id)
        || definition.by.as_ref().is_some_and(|by| format!("{by}::{}", definition.id) == target)
}

/// The top level of one dvc.yaml; of two definitions of one id the later stands.
fn top_level(loader: &mut Loader<'_>, section: &Section, definitions: &mut Vec<Definition>) {
    let mut own: Vec<(String, Props)> = Vec::new();
    for (name, value) in entries(section.body.get("plots")) {
        let props = Props::of(value.unwrap_or(&Value::Null), |file| {
            inside(loader, section, file).into_iter().collect()
        });
        match own.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = props,
            None => own.push((name, props)),
        }
    }
    let is_title = |props: &Props| matches!(props.y, Some(Axis::Files(_)));
    let parents: Vec<String> =
        own.iter().filter_map(|(name, _)| paths::join(&section.folder, name)).collect();
    let start = definitions.len();
    for (name, props) in own {
        if is_title(&props) {
            definitions.push(Definition { by: Some(section.file.clone()), id: name, is_path: false, props });
            continue;
        }
        let Some(path) = inside(loader, section, &name) else { continue };
        for file in loader.declared(&path) {
            // Of nested folders the nearest definition counts.
            if nearest(&file, &parents) != path {
                continue;
            }
            let known = definitions[start..].iter_mut().find(|known| known.is_path && known.id == file);
            match known {
                Some(known) => known.props = props.clone().or(std::mem::take(&mut known.props)),
                None => definitions.push(Definition {
                    by: Some(section.file.clone()),
                    id: file,
                    is_path: true,
                    props: props.clone(),
                }),
            }
        }
    }
}

/// The plots of a stage, and which of their files have no header.
fn of_stage(
    loader: &mut Loader<'_>,
    section: &Section,
    definitions: &mut Vec<Definition>,
    headers: &mut BTreeMap<String, bool>,
) {
    for (name, value) in entries(section.body.get("plots")) {
        let Some(path) = inside(loader, section, &name) else { continue };
        let value = value.unwrap_or(&Value::Null);
        let props = Props::of(value, |file| inside(loader, section, file).into_iter().collect());
        for file in loader.declared(&path) {
            headers.insert(file.clone(), value.get("header") != Some(&Value::Bool(false)));
            match definitions.iter_mut().find(|known| known.by.is_none() && known.id == file) {
                Some(known) => known.props = props.clone().or(std::mem::take(&mut known.props)),
                None => {
                    definitions.push(Definition { by: None, id: file, is_path: true, props: props.clone() });
                }
            }
        }
    }
}

/// The longest part that `path` shares with a definition, in whole names: DVC's measure of nearness.
fn nearest(path: &str, parents: &[String]) -> String {
    let mut best = "";
    for parent in parents {
        let same = path.split('/').zip(parent.split('/')).take_while(|(a, b)| a == b);
        let length: usize = same.map(|(part, _)| part.len() + 1).sum();
        if length.saturating_sub(1) > best.len() {
            best = &path[..length - 1];
        }
    }
    best.to_owned()
}

/// Whether DVC shows the file as an image; it knows these endings in lower case only.
pub fn is_image(path: &str) -> bool {
    let ending = paths::file_name(path).rsplit_once('.').map(|(_, ending)| ending);
    matches!(ending, Some("png" | "jpg" | "jpeg" | "gif" | "svg"))
}

fn source(loader: &Loader<'_>, path: &str, header: bool) -> Result<Source, RevisionError> {
    if is_image(path) {
        return Ok(match loader.bytes(path)? {
            // DVC shows no image that is empty, and says nothing.
            Ok(bytes) if bytes.is_empty() => Source::Nothing,
            Ok(bytes) => Source::Image(bytes),
            Err(unread) => Source::Failed(unread.what),
        });
    }
    let ending = paths::file_name(path).rsplit_once('.').map_or("", |(_, ending)| ending);
    let records = match ending {
        "csv" | "tsv" => {
            let delimiter = if ending == "csv" { b',' } else { b'\t' };
            match loader.text(path)? {
                // Without a first line DVC cannot count the columns that it has to name.
                Ok(text) if text.is_empty() && !header => {
                    Err("the file is empty; run the step that writes it".to_owned())
                }
                Ok(text) => Ok(records::from_delimited(&text, delimiter, header)),
                Err(unread) => Err(unread.what),
            }
        }
        "json" | "yaml" | "yml" | "toml" | "py" => {
            loader.content(path)?.map(|value| records::from_value(&value))
        }
        _ => Err(match loader.bytes(path)? {
            Ok(_) => {
                "this is not plot data; use csv, tsv, json, yaml, or a png, jpg, gif or svg image".to_owned()
            }
            Err(unread) => unread.what,
        }),
    };
    Ok(match records {
        Ok(Some(records)) => Source::Rows(Box::new(records)),
        Ok(None) => Source::Nothing,
        Err(what) => Source::Failed(what),
    })
}

/// A definition's plot, ready to be drawn; `None` (and a notice) if nothing of it can be.
pub fn plot_data(
    tree: &dyn Tree,
    definitions: &[(String, Definition)],
) -> Result<(Vec<PlotData>, Vec<Notice>), RevisionError> {
    let mut loader = Loader::as_dvc(tree)?;
    let drawn = definitions.iter().filter(|(_, definition)| !is_image(&definition.id));
    let drawn: Vec<Declaration> = drawn.map(|(id, definition)| declaration(id, definition)).collect();
    loader.prepare(drawn.iter().flat_map(Declaration::tables).collect())?;
    let mut plots = Vec::new();
    for declaration in &drawn {
        plots.extend(figure::declared(&mut loader, declaration)?);
    }
    Ok((plots, loader.into_notices()))
}

fn declaration(id: &str, definition: &Definition) -> Declaration {
    let by = definition.by.clone().unwrap_or_else(|| "dvc.yaml".to_owned());
    Declaration::of(id, &definition.id, &definition.props, by)
}

/// The user's own template of a name: from `.dvc/plots`, or a path from the folder `cwd`. `Ok(None)` if the name is
/// a built-in one and no file hides it.
pub fn custom_template(
    tree: &dyn Tree,
    cwd: &str,
    name: &str,
) -> Result<Result<Option<Value>, String>, RevisionError> {
    let below = |folder: &str, name: &str| paths::join(folder, name);
    let places = [below(".dvc/plots", name), below(".dvc/plots", &format!("{name}.json")), below(cwd, name)];
    for path in places.into_iter().flatten() {
        let bytes = match tree.read(&path) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => continue,
            Err(RevisionError::Unreadable { why, .. }) => {
                return Ok(Err(format!("the template {path} cannot be read: {why}")));
            }
            Err(error) => return Err(error),
        };
        let parsed = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned());
        let value = parsed.and_then(|text| json::parse(&text).map_err(|error| error.to_string()));
        return Ok(value.map(Some).map_err(|what| format!("the template {path}: {what}")));
    }
    Ok(match template(name) {
        Some(_) => Ok(None),
        None => Err(format!(
            "there is no template {name}; put it at .dvc/plots/{name}.json, or use a built-in one"
        )),
    })
}
