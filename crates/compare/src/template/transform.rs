//! What a template does to the rows before it draws them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::channel::Channels;
use super::views::View;
use super::{Unknown, is_revision, unescaped};

/// What becomes of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Rows {
    #[default]
    AsTheyAre,
    /// A local regression of y over x, by revision.
    Smooth,
    /// Spread by chance.
    Spread,
    /// How often each pair of x and y occurs, or its share of the rows with the same y.
    Counted { shares: bool },
}

/// Steps that only add columns, and the property that has their names.
const ADDING: [&str; 6] = ["calculate", "joinaggregate", "window", "timeUnit", "bin", "lookup"];

/// The steps of a view, one by one.
struct Steps<'t> {
    x: Option<&'t str>,
    y: Option<&'t str>,
    group: Option<&'t str>,
    /// Columns that were added.
    made: BTreeSet<String>,
    /// The column of how often each pair occurs.
    count: Option<String>,
    /// The column of the sums of the counts of each y.
    sum: Option<String>,
    /// The column of the shares of those sums.
    share: Option<String>,
    by_chance: BTreeSet<String>,
    smooth: bool,
}

/// Reads the steps; one that changes the rows in any other way is added to what is not understood.
pub(super) fn rows(view: &View<'_>, channels: &Channels, unknown: &mut Unknown) -> Rows {
    let mut steps = Steps {
        x: channels.x.field.as_deref(),
        y: channels.y.field.as_deref(),
        group: channels.group.as_deref(),
        made: BTreeSet::new(),
        count: None,
        sum: None,
        share: None,
        by_chance: BTreeSet::new(),
        smooth: false,
    };
    for step in &view.transforms {
        if !steps.take(step) {
            let name = step.as_object().and_then(|step| kind(step.keys())).unwrap_or("a step");
            unknown.add(format!("transform ({name})"));
        }
    }
    steps.check_uses(channels, unknown);
    let is_spread = channels.fields().any(|(_, field)| steps.by_chance.contains(field));
    let known_mark = match view.mark_name() {
        Some("line" | "trail") => !is_spread,
        Some("point" | "circle" | "square" | "tick") => !steps.smooth,
        _ => !is_spread && !steps.smooth,
    };
    if !known_mark {
        unknown.add("a transform of rows that is not drawn with this mark");
    }
    match channels.color.field.as_deref() {
        Some(field) if steps.count.as_deref() == Some(field) => Rows::Counted { shares: false },
        Some(field) if steps.is_share(field) => Rows::Counted { shares: true },
        _ if steps.count.is_some() => {
            unknown.add("transform (aggregate)");
            Rows::AsTheyAre
        }
        _ if is_spread => Rows::Spread,
        _ if steps.smooth => Rows::Smooth,
        _ => Rows::AsTheyAre,
    }
}

/// The name of a step: the first of its properties that is one.
fn kind<'t>(keys: impl Iterator<Item = &'t String>) -> Option<&'t str> {
    let keys: Vec<&str> = keys.map(String::as_str).collect();
    let others = ["groupby", "as", "key", "value", "on", "op", "field", "from", "sort", "frame"];
    let own = |key: &&&str| !others.contains(key);
    keys.iter().find(own).or(keys.first()).copied()
}

impl Steps<'_> {
    /// Columns that the steps make are drawn only as counts, shares and offsets by chance.
    fn check_uses(&self, channels: &Channels, unknown: &mut Unknown) {
        for (channel, field) in channels.fields() {
            let is_counted =
                channel == "color" && (self.count.as_deref() == Some(field) || self.is_share(field));
            if channel.ends_with("Offset") && !self.by_chance.contains(field) {
                unknown.add(format!("encoding.{channel}"));
            } else if self.made.contains(field) && !is_counted && !channel.ends_with("Offset") {
                unknown.add(format!("encoding.{channel} of a column that a transform makes"));
            }
        }
    }

    /// Whether a step is understood.
    fn take(&mut self, step: &Value) -> bool {
        let has = |name: &str| step.get(name).is_some();
        if let Some(loess) = text(step, "loess") {
            let known = Some(loess.as_str()) == self.y && text(step, "on").as_deref() == self.x;
            self.smooth = known
                && !has("as")
                && self.others(step).iter().all(|field| Some(field.as_str()) == self.group);
            return self.smooth;
        }
        if let Some(Value::Array(parts)) = step.get("aggregate") {
            return self.counts(step, parts);
        }
        if has("impute") {
            let known = text(step, "impute") == self.count && self.count.is_some();
            return known && step.get("value").and_then(Value::as_f64) == Some(0.0) && !has("method");
        }
        if !ADDING.iter().any(|name| has(name)) || has("filter") {
            return false;
        }
        self.derive(step);
        let names = names(step);
        let is_named = !names.is_empty();
        self.made.extend(names);
        is_named
    }

    /// The fields by which a step groups, but for x, y and what tells revisions apart.
    fn others(&self, step: &Value) -> Vec<String> {
        grouped(step).into_iter().filter(|field| !is_revision(field)).collect()
    }

    /// A count of the rows of each pair.
    fn counts(&mut self, step: &Value, parts: &[Value]) -> bool {
        let [part] = parts else { return false };
        let others: BTreeSet<String> = self.others(step).into_iter().collect();
        let pair: BTreeSet<String> = [self.x, self.y].into_iter().flatten().map(str::to_owned).collect();
        let known = text(part, "op").as_deref() == Some("count") && others == pair && self.count.is_none();
        self.count = text(part, "as").filter(|_| known);
        self.made.extend(self.count.clone());
        self.count.is_some()
    }

    /// Notes the columns from which shares are made, and those that are made by chance.
    fn derive(&mut self, step: &Value) {
        if let Some(Value::Array(parts)) = step.get("joinaggregate")
            && let [part] = parts.as_slice()
        {
            let of_count = text(part, "op").as_deref() == Some("sum") && text(part, "field") == self.count;
            let by_y = self.others(step).iter().map(String::as_str).eq(self.y);
            self.sum = text(part, "as").filter(|_| of_count && by_y);
        }
        let Some(formula) = text(step, "calculate") else { return };
        let formula: String = formula.split_whitespace().collect();
        self.by_chance.extend(text(step, "as").filter(|_| formula == "random()"));
        if let (Some(count), Some(sum)) = (&self.count, &self.sum)
            && formula == format!("datum.{count}/datum.{sum}")
        {
            self.share = text(step, "as");
        }
    }

    fn is_share(&self, field: &str) -> bool {
        self.share.as_deref() == Some(field)
    }
}

fn text(step: &Value, name: &str) -> Option<String> {
    step.get(name)?.as_str().map(unescaped)
}

/// The fields by which a step groups; DVC fills in lists of them.
fn grouped(step: &Value) -> Vec<String> {
    match step.get("groupby") {
        Some(Value::Array(fields)) => fields.iter().filter_map(Value::as_str).map(unescaped).collect(),
        field => field.and_then(Value::as_str).map(unescaped).into_iter().collect(),
    }
}

/// The columns that a step adds.
fn names(step: &Value) -> Vec<String> {
    let of = |value: &Value| -> Vec<String> {
        let texts = match value.get("as") {
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
            name => name.and_then(Value::as_str).into_iter().collect::<Vec<_>>(),
        };
        texts.into_iter().map(unescaped).collect()
    };
    let parts = ADDING.iter().filter_map(|name| step.get(*name)?.as_array()).flatten();
    of(step).into_iter().chain(parts.flat_map(of)).collect()
}
