//! A dvc.yaml with its variables and loops resolved: the sections that declare metrics, params and plots.
//!
//! In: the file's value. Out: the top level and every stage as one [`Section`]. What cannot be resolved costs its
//! own entry and a notice.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::context::{Budget, Context, Used, to_text};
use super::load::Loader;
use super::node::Node;
use super::paths;
use super::value::Value;
use cml_base::tree::RevisionError;

/// The most stages that the loops of one dvc.yaml may make.
const MOST_STAGES: usize = 10_000;

/// Where metrics, params and plots are declared.
#[derive(Debug)]
pub(super) struct Section {
    /// The dvc.yaml.
    pub(super) file: String,
    /// The stage, as dvc.lock calls it (`train`, `train@us`); empty at the top level.
    pub(super) name: String,
    /// The top level's `params` are files, a stage's are keys.
    pub(super) top: bool,
    /// What its paths count from.
    pub(super) folder: String,
    /// `metrics`, `params`, `plots` and `outs`, without any `${...}`.
    pub(super) body: Value,
    /// The variables from files that its templates used.
    pub(super) used: Used,
}

/// Reads every dvc.yaml of the tree, the one nearest to the top first.
pub(super) fn sections(loader: &mut Loader<'_>) -> Result<Vec<Section>, RevisionError> {
    let is_dvc = |path: &&str| {
        paths::file_name(path) == "dvc.yaml" && !path.split('/').any(|part| part == ".dvc" || part == ".git")
    };
    let files = loader.files().filter(is_dvc).filter(|path| !loader.ignores(path));
    let mut files: Vec<String> = files.map(str::to_owned).collect();
    files.sort_by_key(|path| paths::depth(path));
    let budget = Budget::default();
    let mut sections = Vec::new();
    for file in files {
        if let Some(value) = loader.value(&file)? {
            let folder = paths::folder(&file).to_owned();
            let files = HashMap::new();
            let mut reader =
                Reader { loader, file: &file, folder, sections: &mut sections, stages: 0, files };
            reader.read(&value, &budget)?;
        }
    }
    Ok(sections)
}

struct Reader<'r, 't> {
    loader: &'r mut Loader<'t>,
    file: &'r str,
    folder: String,
    sections: &'r mut Vec<Section>,
    stages: usize,
    /// The files of variables that were read: every entry of `vars` may name one again, for another key.
    files: HashMap<String, Rc<Variables>>,
}

/// A file of variables.
struct Variables {
    content: Result<Value, String>,
    /// Where each of its keys stands.
    places: HashMap<String, usize>,
}

impl Variables {
    fn new(content: Result<Value, String>) -> Self {
        let pairs = content.as_ref().map_or(&[][..], Value::pairs).iter().enumerate();
        let places = pairs.filter_map(|(at, (key, _))| Some((key.as_text()?.to_owned(), at))).collect();
        Self { content, places }
    }

    /// The keys that were chosen, with their values.
    fn chosen(&self, file: &str, keys: &[String]) -> Result<Value, String> {
        let pairs = self.content.as_ref().map_or(&[][..], Value::pairs);
        let pair = |key: &String| {
            let place = self.places.get(key).and_then(|at| pairs.get(*at));
            place.cloned().ok_or_else(|| format!("{file} has no key {key}; correct the name"))
        };
        Ok(Value::Map(keys.iter().map(pair).collect::<Result<_, _>>()?))
    }
}

impl Reader<'_, '_> {
    fn note(&mut self, place: &str, what: impl std::fmt::Display) {
        self.loader.note(self.file, format!("{place}: {what}"));
    }

    fn read(&mut self, value: &Value, budget: &Budget) -> Result<(), RevisionError> {
        let mut context = Context::new(budget.clone());
        let folder = self.folder.clone();
        if paths::join(&folder, "params.yaml").is_some_and(|path| self.loader.has(&path)) {
            self.variables(&mut context, &Value::Text("params.yaml".to_owned()), &folder, "params.yaml")?;
        }
        for item in value.get("vars").map_or(&[][..], Value::items) {
            self.variables(&mut context, item, &folder, "vars")?;
        }
        self.section(&context, value, folder, Spot::top());
        for (name, stage) in value.get("stages").map_or(&[][..], Value::pairs) {
            self.stage(&context, &name.key_text(), stage)?;
        }
        Ok(())
    }

    /// One entry of `vars`: a file, `FILE:key,key`, or a map of values.
    fn variables(
        &mut self,
        context: &mut Context,
        item: &Value,
        folder: &str,
        place: &str,
    ) -> Result<(), RevisionError> {
        let answer = match item {
            Value::Text(name) => self.variable_file(context, name, folder)?,
            Value::Map(_) => context.define(item),
            _ => Err("an entry is neither a file nor a map; write a file's name or KEY: VALUE".to_owned()),
        };
        if let Err(what) = answer {
            self.note(place, what);
        }
        Ok(())
    }

    fn variable_file(
        &mut self,
        context: &mut Context,
        name: &str,
        folder: &str,
    ) -> Result<Result<(), String>, RevisionError> {
        let (name, keys) = name.split_once(':').map_or((name, ""), |(name, keys)| (name, keys));
        let Some(path) = paths::join(folder, name) else {
            return Ok(Err(format!("{name} lies outside the project's folder; it is not read")));
        };
        let keys: Vec<String> = keys.split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect();
        let keys = (!keys.is_empty()).then_some(keys);
        match context.imports.get(&path) {
            Some(None) if keys.is_none() => return Ok(Ok(())),
            Some(known) if known.is_none() || keys.is_none() => {
                return Ok(Err(format!("{name} is loaded already; name it once")));
            }
            _ => {}
        }
        let known = match self.files.get(&path) {
            Some(known) => Rc::clone(known),
            None => {
                let read = Rc::new(Variables::new(self.loader.content(&path)?));
                self.files.insert(path.clone(), Rc::clone(&read));
                read
            }
        };
        Ok(match (&known.content, keys) {
            (Ok(Value::Null), _) => Ok(()),
            (Ok(value @ Value::Map(_)), None) => context.import(&path, value, None),
            (Ok(Value::Map(_)), Some(keys)) => {
                known.chosen(&path, &keys).and_then(|chosen| context.import(&path, &chosen, Some(keys)))
            }
            (Ok(_), _) => Err(format!("{name} holds no map of variables")),
            (Err(what), _) => Err(format!("{name}: {what}")),
        })
    }

    /// A stage, or all that its loop makes.
    fn stage(&mut self, context: &Context, name: &str, stage: &Value) -> Result<(), RevisionError> {
        let place = format!("stage {name}");
        let loops = match (stage.get("foreach"), stage.get("matrix")) {
            (_, Some(matrix)) => context.resolve_node(matrix).and_then(|node| combinations(&node, context)),
            (Some(list), None) => context.resolve_node(list).and_then(|node| iterations(&node)),
            (None, None) => return self.one(context, Spot { stage: Some(name.to_owned()), place }, stage),
        };
        let body = stage.get("do").filter(|_| stage.get("foreach").is_some()).unwrap_or(stage);
        match loops {
            Err(what) => self.note(&place, what),
            Ok(loops) => {
                for (key, locals) in loops {
                    if self.stages >= MOST_STAGES || context.is_exhausted() {
                        self.note(
                            &place,
                            "the loops make too many stages or texts; use fewer or smaller ones",
                        );
                        break;
                    }
                    // All rounds speak of one place, so that a mistake in all of them is told once.
                    let spot = Spot { stage: Some(format!("{name}@{key}")), place: place.clone() };
                    self.one(&context.with_locals(locals), spot, body)?;
                }
            }
        }
        Ok(())
    }

    fn one(&mut self, context: &Context, spot: Spot, stage: &Value) -> Result<(), RevisionError> {
        self.stages += 1;
        let wdir = stage.get("wdir").map(|wdir| context.resolve(wdir, false).map(|wdir| to_text(&wdir)));
        context.take_used();
        let wdir = match wdir {
            None => Some(self.folder.clone()),
            Some(Ok(wdir)) => paths::join(&self.folder, &paths::with_slashes(&wdir)),
            Some(Err(what)) => {
                self.note(&spot.place, what);
                return Ok(());
            }
        };
        let Some(folder) = wdir else {
            self.note(&spot.place, "it works outside the project's folder and is left out");
            return Ok(());
        };
        let vars = stage.get("vars").map_or(&[][..], Value::items);
        if vars.is_empty() {
            self.section(context, stage, folder, spot);
            return Ok(());
        }
        let mut own = match context.extended() {
            Ok(own) => own,
            Err(what) => {
                self.note(&spot.place, what);
                return Ok(());
            }
        };
        for item in vars {
            self.variables(&mut own, item, &folder, &spot.place)?;
        }
        self.section(&own, stage, folder, spot);
        Ok(())
    }

    /// Resolves `metrics`, `params`, `plots` and `outs`, entry by entry; the rest only for the variables that it uses.
    fn section(&mut self, context: &Context, value: &Value, folder: String, spot: Spot) {
        let Spot { stage, place } = spot;
        let top = stage.is_none();
        let mut body = Vec::new();
        for (key, inner) in value.pairs() {
            let name = key.as_text().unwrap_or_default();
            match name {
                "metrics" | "params" | "plots" | "outs" => {
                    let mut entries = Vec::new();
                    for entry in entries_of(inner) {
                        match context.resolve(&entry, top) {
                            Ok(entry) => entries.push(entry),
                            Err(what) => self.note(&format!("{place}, {name}"), what),
                        }
                    }
                    body.push((key.clone(), Value::List(entries)));
                }
                "stages" | "vars" | "artifacts" | "datasets" | "matrix" | "foreach" | "do" => {}
                _ if !top => context.touch(inner),
                _ => {}
            }
        }
        let used = if top { Used::new() } else { context.take_used() };
        let (file, body) = (self.file.to_owned(), Value::Map(body));
        let section = Section { file, name: stage.unwrap_or_default(), top, folder, body, used };
        self.sections.push(section);
    }
}

/// A list's entries; a map counts as a list of one-key maps, as older files have it.
fn entries_of(value: &Value) -> Vec<Value> {
    match value {
        Value::List(items) => items.clone(),
        Value::Map(pairs) => pairs.iter().map(|pair| Value::Map(vec![pair.clone()])).collect(),
        Value::Null => Vec::new(),
        other => vec![other.clone()],
    }
}

type Locals = Vec<(String, Node)>;
/// The name of each round, and what `item` and `key` are in it.
type Loops = Vec<(String, Locals)>;

/// Where a section stands.
struct Spot {
    /// The stage and its round; nothing at the top level.
    stage: Option<String>,
    /// What notices call it.
    place: String,
}

impl Spot {
    fn top() -> Self {
        Self { stage: None, place: "the top level".to_owned() }
    }
}

/// The rounds of a `foreach`.
fn iterations(node: &Node) -> Result<Loops, String> {
    let item = |node: &Node| ("item".to_owned(), node.clone());
    if let Some(pairs) = node.pairs() {
        let key = |name: &str| ("key".to_owned(), Node::local(&Value::Text(name.to_owned())));
        return Ok(pairs.iter().map(|(name, node)| (name.clone(), vec![item(node), key(name)])).collect());
    }
    let items = node.items().ok_or("foreach needs a list or a map")?;
    let numbered = items.iter().any(Node::is_nested);
    let named = items.iter().enumerate().map(|(number, node)| {
        let key = if numbered { number.to_string() } else { to_text(&node.value()) };
        (key, vec![item(node)])
    });
    Ok(once(named))
}

/// Rounds of one name are one round: the later one, at the place of the first.
fn once(named: impl Iterator<Item = (String, Locals)>) -> Loops {
    let mut loops: Loops = Vec::new();
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    for (key, locals) in named {
        match index.get(&key) {
            Some(at) => loops[*at].1 = locals,
            None => {
                index.insert(key.clone(), loops.len());
                loops.push((key, locals));
            }
        }
    }
    loops
}

/// A round of a `matrix` as far as it is made: the names of its values, the values, and how much memory they take.
type Round = (Vec<String>, Locals, usize);

/// The rounds of a `matrix`: every combination of its lists; `item` is the map, `key` its name.
fn combinations(node: &Node, context: &Context) -> Result<Loops, String> {
    let axes = node.pairs().ok_or("matrix needs a map of lists")?;
    let mut rounds: Vec<Round> = vec![(Vec::new(), Vec::new(), 0)];
    for (name, axis) in axes {
        let values = axis.items().ok_or_else(|| format!("matrix: {name} is not a list"))?;
        if rounds.len().saturating_mul(values.len()) > MOST_STAGES {
            return Err(format!("the matrix makes more than {MOST_STAGES} stages; use fewer"));
        }
        let mut longer = Vec::with_capacity(rounds.len() * values.len());
        for (names, picked, weight) in &rounds {
            for (index, value) in values.iter().enumerate() {
                let weight = weight + value.weight();
                context.spend(weight)?;
                let shown =
                    if value.is_nested() { format!("{name}{index}") } else { to_text(&value.value()) };
                let names = [names.as_slice(), &[shown]].concat();
                longer.push((names, [picked.as_slice(), &[(name.clone(), value.clone())]].concat(), weight));
            }
        }
        rounds = longer;
    }
    Ok(once(rounds.into_iter().map(|(names, picked, _)| {
        let key = names.join("-");
        let shown = Node::local(&Value::Text(key.clone()));
        (key, vec![("item".to_owned(), Node::map(picked)), ("key".to_owned(), shown)])
    })))
}
