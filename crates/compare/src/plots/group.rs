//! Which definitions of the revisions are one plot.

use std::collections::{BTreeMap, BTreeSet};

use cml_tracked::{Definition, PlotSet, Props, relative};

/// The definition that all revisions of each plot are drawn by, with the id that it is shown under.
pub fn merged_definitions(sides: &[(String, PlotSet)], cwd: &str) -> Vec<(String, Definition)> {
    let merged = groups(sides, cwd).into_iter().filter_map(|(id, group)| {
        let props = merged_props(&group);
        let (_, _, first) = group.first()?;
        Some((id, Definition { props, ..(*first).clone() }))
    });
    merged.collect()
}

pub(super) type Group<'a> = Vec<(&'a str, &'a PlotSet, &'a Definition)>;

/// The definitions of each plot, by revision. An id of two dvc.yaml files gets their paths before it.
pub(super) fn groups<'a>(sides: &'a [(String, PlotSet)], cwd: &str) -> Vec<(String, Group<'a>)> {
    let mut groups: Vec<(String, Group<'a>)> = Vec::new();
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    for (rev, set) in sides {
        let shown = |d: &Definition| if d.is_path { relative(cwd, &d.id) } else { d.id.clone() };
        let mut owners: BTreeMap<String, BTreeSet<Option<&str>>> = BTreeMap::new();
        for definition in &set.definitions {
            owners.entry(shown(definition)).or_default().insert(definition.by.as_deref());
        }
        for definition in &set.definitions {
            let id = shown(definition);
            let shared = owners.get(&id).is_some_and(|by| by.len() > 1);
            let id = match &definition.by {
                Some(by) if shared => format!("{}::{id}", relative(cwd, by)),
                _ => id,
            };
            let at = *index.entry(id.clone()).or_insert_with(|| {
                groups.push((id, Vec::new()));
                groups.len() - 1
            });
            groups[at].1.push((rev, set, definition));
        }
    }
    groups
}

pub(super) fn merged_props(group: &Group<'_>) -> Props {
    group.iter().fold(Props::default(), |props, (_, _, definition)| props.or(definition.props.clone()))
}
