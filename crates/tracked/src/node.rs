//! The variables of a dvc.yaml as a tree that knows which file each value comes from.

use std::rc::Rc;

use indexmap::IndexMap;

use super::value::Value;

/// A variable's value; what comes from a file knows from where.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) content: Content,
    pub(super) origin: Option<Rc<Origin>>,
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    Leaf(Value),
    List(Vec<Node>),
    Map(IndexMap<String, Node>),
}

#[derive(Debug)]
pub(super) struct Origin {
    pub(super) file: Rc<str>,
    /// The dotted key inside the file.
    pub(super) path: String,
}

impl Node {
    /// A value that is written in dvc.yaml itself.
    pub(super) fn local(value: &Value) -> Self {
        Self::new(value, None, "")
    }

    pub(super) fn new(value: &Value, file: Option<&Rc<str>>, path: &str) -> Self {
        let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let content = match value {
            Value::Map(pairs) => Content::Map(
                // Keys that are no strings cannot be named in `${...}`.
                pairs
                    .iter()
                    .filter_map(|(key, value)| {
                        let key = key.as_text()?;
                        Some((key.to_owned(), Self::new(value, file, &below(key))))
                    })
                    .collect(),
            ),
            Value::List(items) => Content::List(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| Self::new(item, file, &below(&index.to_string())))
                    .collect(),
            ),
            leaf => Content::Leaf(leaf.clone()),
        };
        let origin = file.map(|file| Rc::new(Origin { file: Rc::clone(file), path: path.to_owned() }));
        Self { content, origin }
    }

    /// The plain value.
    pub(super) fn value(&self) -> Value {
        match &self.content {
            Content::Leaf(value) => value.clone(),
            Content::List(nodes) => Value::List(nodes.iter().map(Node::value).collect()),
            Content::Map(pairs) => {
                Value::Map(pairs.iter().map(|(key, node)| (Value::Text(key.clone()), node.value())).collect())
            }
        }
    }

    /// The items of a list, the pairs of a map; `None` for a single value.
    pub(super) fn is_nested(&self) -> bool {
        !matches!(self.content, Content::Leaf(_))
    }

    pub(super) fn items(&self) -> Option<&[Node]> {
        match &self.content {
            Content::List(nodes) => Some(nodes),
            _ => None,
        }
    }

    pub(super) fn pairs(&self) -> Option<&IndexMap<String, Node>> {
        match &self.content {
            Content::Map(pairs) => Some(pairs),
            _ => None,
        }
    }

    pub(super) fn map(pairs: Vec<(String, Node)>) -> Self {
        Self { content: Content::Map(pairs.into_iter().collect()), origin: None }
    }

    pub(super) fn list(nodes: Vec<Node>) -> Self {
        Self { content: Content::List(nodes), origin: None }
    }

    /// How much memory a copy takes, in values and in 8 bytes of text.
    pub(super) fn weight(&self) -> usize {
        match &self.content {
            Content::Leaf(Value::Text(text)) => 1 + text.len() / 8,
            Content::Leaf(_) => 1,
            Content::List(nodes) => 1 + nodes.iter().map(Node::weight).sum::<usize>(),
            Content::Map(pairs) => 1 + pairs.iter().map(|(_, node)| node.weight()).sum::<usize>(),
        }
    }

    /// Adds what `other` has; the key that both have is an error, and keeps its value.
    pub(super) fn merge(&mut self, other: Node, path: &str) -> Result<(), String> {
        let (Content::Map(own), Content::Map(pairs)) = (&mut self.content, other.content) else {
            return Err(format!("{path} is defined twice; remove one of them"));
        };
        let mut result = Ok(());
        for (key, node) in pairs {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match own.get_mut(&key) {
                Some(known) => result = known.merge(node, &path).and(result),
                None => drop(own.insert(key, node)),
            }
        }
        result
    }
}
