//! What `${...}` of a dvc.yaml stands for: its variables, where each comes from, and which were used.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::node::{Content, Node};
use super::pytext;
use super::value::Value;

/// How much one tree's templates may grow, in values and in 8 bytes of text, before they count as a bomb.
const MOST: usize = 1_000_000;

/// Plain copies of variables cost little: so many values count as one.
const COPIED: usize = 16;

/// A counter that all templates of a tree share.
#[derive(Debug, Clone)]
pub(super) struct Budget(Rc<Cell<usize>>);

impl Default for Budget {
    fn default() -> Self {
        Self(Rc::new(Cell::new(MOST)))
    }
}

impl Budget {
    pub(super) fn spend(&self, amount: usize) -> Result<(), String> {
        let left = self.0.get().checked_sub(amount);
        self.0.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or_else(|| {
            "the templates grow beyond a million values; use fewer or smaller loops".to_owned()
        })
    }
}

/// The variables that templates used, by file and dotted key.
pub(super) type Used = BTreeMap<String, BTreeMap<String, Value>>;

/// The variables of one dvc.yaml.
#[derive(Debug, Clone)]
pub(super) struct Context {
    /// Shared by all rounds of a loop.
    variables: Rc<Node>,
    /// `item` and `key` inside a loop; they hide variables of these names.
    locals: Vec<(String, Node)>,
    /// Files that were loaded, with the keys taken; `None` is all.
    pub(super) imports: Rc<BTreeMap<String, Option<Vec<String>>>>,
    used: RefCell<Used>,
    budget: Budget,
}

impl Context {
    pub(super) fn new(budget: Budget) -> Self {
        Self {
            variables: Rc::new(Node::map(Vec::new())),
            locals: Vec::new(),
            imports: Rc::default(),
            used: RefCell::default(),
            budget,
        }
    }

    /// Adds variables written in dvc.yaml.
    pub(super) fn define(&mut self, value: &Value) -> Result<(), String> {
        Rc::make_mut(&mut self.variables).merge(Node::local(value), "")
    }

    /// Adds variables of a file: `keys` are those that were chosen; without them it is all of it.
    pub(super) fn import(
        &mut self,
        file: &str,
        chosen: &Value,
        keys: Option<Vec<String>>,
    ) -> Result<(), String> {
        let node = Node::new(chosen, Some(&Rc::from(file)), "");
        self.budget.spend(node.weight() / COPIED)?;
        Rc::make_mut(&mut self.imports).entry(file.to_owned()).or_insert(keys);
        Rc::make_mut(&mut self.variables).merge(node, "")
    }

    /// The same variables with `item`, and `key` in loops that have one.
    pub(super) fn with_locals(&self, locals: Vec<(String, Node)>) -> Self {
        Self {
            variables: Rc::clone(&self.variables),
            locals,
            imports: Rc::clone(&self.imports),
            used: RefCell::default(),
            budget: self.budget.clone(),
        }
    }

    /// The same variables, to which others will be added: they are copied for it.
    pub(super) fn extended(&self) -> Result<Self, String> {
        self.spend(self.variables.weight() / COPIED)?;
        Ok(self.clone())
    }

    /// Charges what templates make.
    pub(super) fn spend(&self, amount: usize) -> Result<(), String> {
        self.budget.spend(amount)
    }

    /// Whether the templates may not grow any more.
    pub(super) fn is_exhausted(&self) -> bool {
        self.budget.0.get() == 0
    }

    /// What was used since the last call.
    pub(super) fn take_used(&self) -> Used {
        self.used.take()
    }

    /// A value with all `${...}` in its texts resolved. A list or a map fits only where `nested` allows one.
    pub(super) fn resolve(&self, value: &Value, nested: bool) -> Result<Value, String> {
        self.budget.spend(1)?;
        Ok(match value {
            Value::Text(text) => self.resolve_text(text, nested)?.value(),
            Value::List(items) => {
                Value::List(items.iter().map(|item| self.resolve(item, nested)).collect::<Result<_, _>>()?)
            }
            Value::Map(pairs) => {
                let resolved = pairs
                    .iter()
                    .map(|(key, value)| Ok((self.resolve(key, false)?, self.resolve(value, nested)?)));
                Value::Map(resolved.collect::<Result<_, String>>()?)
            }
            other => other.clone(),
        })
    }

    /// As [`Context::resolve`], but what comes from a file still knows it.
    pub(super) fn resolve_node(&self, value: &Value) -> Result<Node, String> {
        self.budget.spend(1)?;
        Ok(match value {
            Value::Text(text) => self.resolve_text(text, true)?,
            Value::List(items) => {
                Node::list(items.iter().map(|item| self.resolve_node(item)).collect::<Result<_, _>>()?)
            }
            Value::Map(pairs) => {
                let resolved = pairs
                    .iter()
                    .map(|(key, value)| Ok((to_text(&self.resolve(key, false)?), self.resolve_node(value)?)));
                Node::map(resolved.collect::<Result<_, String>>()?)
            }
            other => Node::local(other),
        })
    }

    /// Remembers every variable that a value's templates use, whatever it would become.
    pub(super) fn touch(&self, value: &Value) {
        match value {
            Value::Text(text) => {
                let mut rest = text.as_str();
                while let Some((start, end)) = template(rest).filter(|_| self.budget.spend(1).is_ok()) {
                    // A name that nobody defined costs no rows here.
                    let _ = self.find(&rest[start + 2..end]);
                    rest = &rest[end + 1..];
                }
            }
            Value::List(items) => items.iter().for_each(|item| self.touch(item)),
            Value::Map(pairs) => pairs.iter().for_each(|(key, value)| {
                self.touch(key);
                self.touch(value);
            }),
            _ => {}
        }
    }

    fn resolve_text(&self, text: &str, nested: bool) -> Result<Node, String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((start, end)) = template(rest) {
            let node = self.find(&rest[start + 2..end])?;
            if start == 0 && end + 1 == text.len() && out.is_empty() {
                if node.is_nested() && !nested {
                    return Err(format!("{text} is a list or a map, where one value is needed"));
                }
                self.budget.spend(node.weight())?;
                return Ok(node.clone());
            }
            if node.is_nested() {
                return Err(format!(
                    "${{{}}} is a list or a map, where one value is needed",
                    &rest[start + 2..end]
                ));
            }
            out.push_str(&rest[..start]);
            let shown = to_text(&node.value());
            self.budget.spend(1 + shown.len() / 8)?;
            out.push_str(&shown);
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        Ok(Node::local(&Value::Text(out.replace("\\${", "${"))))
    }

    /// The variable of a dotted name: `a.b`, `list[0]`.
    fn find(&self, name: &str) -> Result<&Node, String> {
        let unknown = || format!("there is no variable {name}; define it in params.yaml or under vars");
        let dotted = name.replace('[', ".").replace(']', "");
        let mut parts = dotted.split('.').map(str::trim);
        let first = parts.next().unwrap_or_default();
        let local = self.locals.iter().find(|(known, _)| known == first).map(|(_, node)| node);
        let variable = || self.variables.pairs().and_then(|pairs| pairs.get(first));
        let mut node = local.or_else(variable).ok_or_else(unknown)?;
        for part in parts {
            node = match &node.content {
                Content::Map(pairs) => pairs.get(part),
                Content::List(nodes) => part.parse::<isize>().ok().and_then(|index| {
                    // As in Python, -1 is the last.
                    let from_end = usize::try_from(-index).ok().filter(|_| index < 0);
                    let at =
                        from_end.map_or(usize::try_from(index).ok(), |back| nodes.len().checked_sub(back));
                    nodes.get(at?)
                }),
                Content::Leaf(_) => None,
            }
            .ok_or_else(unknown)?;
        }
        self.track(node);
        Ok(node)
    }

    /// Remembers a use. Of a map nothing is known to be used, as in DVC.
    fn track(&self, node: &Node) {
        if let (Some(origin), false) = (&node.origin, matches!(node.content, Content::Map(_))) {
            let mut used = self.used.borrow_mut();
            let of_file = used.entry(origin.file.to_string()).or_default();
            if !of_file.contains_key(&origin.path) && self.spend(node.weight()).is_ok() {
                of_file.insert(origin.path.clone(), node.value());
            }
        }
    }
}

/// Where the next `${...}` starts and where its brace closes; one behind a backslash is none.
fn template(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(start) = text[from..].find("${").map(|at| from + at) {
        let escaped = text[..start].ends_with('\\');
        if !escaped {
            // Not beyond the line: a text of openings alone must not be searched to its end for each.
            let end = text[start..].find(['}', '\n']).map(|at| start + at)?;
            if text[end..].starts_with('}') {
                return Some((start, end));
            }
        }
        from = start + 2;
    }
    None
}

/// A value inside a text: flags as YAML writes them, the rest as Python does.
pub(super) fn to_text(value: &Value) -> String {
    match value {
        Value::Bool(true) => "true".to_owned(),
        Value::Bool(false) => "false".to_owned(),
        other => pytext::str(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut context = Context::new(Budget::default());
        let params = yaml::parse("lr: 0.1\non: true\nm: {a: [1, {b: x}], n: ~}\n").unwrap();
        context.import("params.yaml", &params, None).unwrap();
        context.define(&yaml::parse("own: 5").unwrap()).unwrap();
        let shown = match context.resolve(&Value::Text(text.to_owned()), false) {
            Ok(value) => pytext::repr(&value),
            Err(what) => what,
        };
        let used: Vec<String> = context.take_used().values().flat_map(|keys| keys.keys().cloned()).collect();
        assert!(format!("{shown} {}", used.join(",")).starts_with(expected), "{text}: {shown} {used:?}");
    }

    #[test]
    fn a_name_stands_for_its_value_and_is_remembered() {
        check("${lr}", "0.1 lr");
        check("a/${lr}-${on}.json", "'a/0.1-true.json' lr,on");
        check("${m.a[1].b}", "'x' m.a.1.b");
        check("${ m.a.-2 }", "1 m.a.0");
        check("${m.n}", "None m.n");
        check("${own}", "5 ");
        check("\\${lr} $lr {lr}", "'${lr} $lr {lr}' ");
        check("${m}", "${m} is a list or a map");
        check("x${m.a}", "${m.a} is a list or a map");
        check("${nope}", "there is no variable nope");
        check("${m.a[9]}", "there is no variable m.a[9]");
        check("${lr", "'${lr' ");
    }

    #[test]
    fn two_definitions_of_a_name_are_refused_and_maps_are_joined() {
        let mut context = Context::new(Budget::default());
        context.define(&yaml::parse("a: {b: 1}").unwrap()).unwrap();
        context.define(&yaml::parse("a: {c: 2}").unwrap()).unwrap();
        let error = context.define(&yaml::parse("a: {b: 3}\nd: 4").unwrap()).unwrap_err();
        assert!(error.starts_with("a.b is defined twice"), "{error}");
        let value = context.resolve(&Value::Text("${a.b}${a.c}${d}".to_owned()), false);
        assert_eq!(value, Ok(Value::Text("124".to_owned())));
    }

    #[test]
    fn many_variables_are_each_looked_up_once() {
        let mut context = Context::new(Budget::default());
        for number in 0..50_000 {
            let pair = (Value::Text(format!("a_variable_{number}")), Value::Bool(true));
            context.define(&Value::Map(vec![pair])).unwrap();
        }
        let value = context.resolve(&Value::Text("${a_variable_49999}".to_owned()), false);
        assert_eq!(value, Ok(Value::Bool(true)));
    }

    #[test]
    fn openings_without_an_end_are_searched_once() {
        let text = format!("{}}}", "${\n".repeat(2_000_000));
        assert_eq!(template(&text), None);
        assert_eq!(template("${a\n}${b}"), Some((5, 8)));
    }

    #[test]
    fn growing_texts_are_refused() {
        let mut context = Context::new(Budget::default());
        context
            .define(&Value::Map(vec![(Value::Text("x".into()), Value::Text("y".repeat(100_000)))]))
            .unwrap();
        let error = context.resolve(&Value::Text("-${x}".repeat(10_000)), false).unwrap_err();
        assert!(error.contains("grow beyond"), "{error}");
    }
}
