//! A template's layers: the one that is drawn, and those beside it that add nothing to what it says.

use serde_json::{Map, Value};

use super::{Unknown, is_anchor, is_data, is_revision, unescaped};

/// Properties of a view that are look, or ours to decide.
const LOOK: [&str; 20] = [
    "$schema",
    "width",
    "height",
    "config",
    "description",
    "name",
    "title",
    "params",
    "selection",
    "autosize",
    "padding",
    "background",
    "view",
    "spacing",
    "align",
    "center",
    "bounds",
    "columns",
    "resolve",
    "usermeta",
];

/// Properties of a view that are read here.
const READ: [&str; 10] =
    ["data", "mark", "encoding", "transform", "layer", "facet", "spec", "concat", "hconcat", "vconcat"];

/// Marks that are drawn.
const MARKS: [&str; 9] = ["line", "trail", "area", "bar", "rect", "point", "circle", "square", "tick"];

/// More layers than these are no template that anyone wrote.
const MOST_LAYERS: usize = 100;

/// A mark with all that counts for it, that of the views around it included.
#[derive(Debug, Clone, Default)]
pub(super) struct View<'t> {
    mark: Option<&'t Value>,
    pub channels: Vec<(&'t str, &'t Value)>,
    pub transforms: Vec<&'t Value>,
}

impl<'t> View<'t> {
    pub(super) fn mark_name(&self) -> Option<&'t str> {
        match self.mark? {
            Value::Object(mark) => mark.get("type").and_then(Value::as_str),
            mark => mark.as_str(),
        }
    }

    /// A property of the mark.
    pub(super) fn mark_property(&self, name: &str) -> Option<&'t Value> {
        self.mark?.get(name)
    }

    /// The properties of the mark by their names.
    pub(super) fn mark_properties(&self) -> impl Iterator<Item = (&'t String, &'t Value)> {
        self.mark.and_then(Value::as_object).into_iter().flatten()
    }

    pub(super) fn channel(&self, name: &str) -> Option<&'t Value> {
        self.channels.iter().rev().find(|(known, _)| *known == name).map(|(_, channel)| *channel)
    }

    fn field(&self, channel: &str) -> Option<String> {
        self.channel(channel)?.get("field")?.as_str().map(unescaped)
    }

    fn aggregate(&self, channel: &str) -> Option<&'t Value> {
        self.channel(channel)?.get("aggregate")
    }

    /// This view with what a view inside of it says.
    fn with(&self, spec: &'t Map<String, Value>) -> Self {
        let mut view = self.clone();
        if let Some(Value::Object(own)) = spec.get("encoding") {
            for (name, channel) in own {
                view.channels.retain(|(known, _)| known != name);
                view.channels.push((name, channel));
            }
        }
        if let Some(Value::Array(own)) = spec.get("transform") {
            view.transforms.extend(own);
        }
        view.mark = spec.get("mark");
        view
    }

    /// Whether the reader sees it only after pointing at something.
    fn is_hidden(&self) -> bool {
        let by_pointing = |value: &Value| value.get("param").or_else(|| value.get("selection")).is_some();
        let filtered = self.transforms.iter().filter_map(|step| step.get("filter")).any(by_pointing);
        let is_none = |value: Option<&Value>| value.and_then(Value::as_f64) == Some(0.0);
        let opacity = self.channel("opacity");
        let shown =
            opacity.and_then(|opacity| opacity.get("condition")).is_some_and(|shown| !by_pointing(shown));
        let clear = is_none(opacity.and_then(|opacity| opacity.get("value"))) && !shown;
        filtered || clear || (opacity.is_none() && is_none(self.mark_property("opacity")))
    }
}

/// The mark that is drawn; what else the template has and is no mere look is added to what is not understood.
pub(super) fn main<'t>(spec: &'t Map<String, Value>, unknown: &mut Unknown) -> Option<View<'t>> {
    let mut views = Vec::new();
    walk(spec, &View::default(), "", &mut views, unknown);
    let seen: Vec<&View<'_>> = views.iter().filter(|view| !view.is_hidden()).collect();
    let named = |view: &View<'_>, names: &[&str]| view.mark_name().is_some_and(|name| names.contains(&name));
    // A line with its points is a line; a smoothed one among others is what the picture is for.
    let is_smooth = |view: &View<'_>| view.transforms.iter().any(|step| step.get("loess").is_some());
    let main = seen
        .iter()
        .find(|view| is_smooth(view) && named(view, &MARKS[..2]))
        .or_else(|| seen.iter().find(|view| named(view, &MARKS[..5])))
        .or_else(|| seen.iter().find(|view| named(view, &MARKS[5..])));
    for view in &seen {
        let is_main = main.is_some_and(|main| std::ptr::eq(*main, *view));
        if !is_main && !main.is_some_and(|main| says_the_same(main, view)) {
            unknown.add(match view.mark_name() {
                Some(name) if main.is_some() && named(view, &MARKS) => {
                    format!("a second layer ({name}) with data of its own")
                }
                Some(name) => format!("the mark {name}"),
                None => "a mark without a name".to_owned(),
            });
        }
    }
    main.map(|main| (*main).clone())
}

fn walk<'t>(
    spec: &'t Map<String, Value>,
    around: &View<'t>,
    place: &str,
    views: &mut Vec<View<'t>>,
    unknown: &mut Unknown,
) {
    if views.len() >= MOST_LAYERS {
        return unknown.add(format!("more than {MOST_LAYERS} layers"));
    }
    check_properties(spec, place, unknown);
    let view = around.with(spec);
    if spec.contains_key("mark") {
        views.push(view);
        return;
    }
    for key in ["layer", "spec", "concat", "hconcat", "vconcat"] {
        let inner: Vec<&Value> = match spec.get(key) {
            Some(Value::Array(inner)) => inner.iter().collect(),
            inner => inner.into_iter().collect(),
        };
        if key.ends_with("concat") && inner.len() > 1 {
            unknown.add(format!("{place}{key}"));
            continue;
        }
        for inner in inner {
            match inner {
                Value::Object(inner) => walk(inner, &view, &format!("{place}{key}."), views, unknown),
                _ => unknown.add(format!("{place}{key}")),
            }
        }
    }
}

/// Names the properties of a view that are neither look nor read.
fn check_properties(spec: &Map<String, Value>, place: &str, unknown: &mut Unknown) {
    for (key, value) in spec {
        let is_own_data = key == "data" && !place.is_empty() && !is_data(Some(value));
        let is_known = LOOK.contains(&key.as_str()) || READ.contains(&key.as_str());
        if is_own_data || !(is_known || (key == "datasets" && place.is_empty())) {
            unknown.add(format!("{place}{key}"));
        }
    }
    if let Some(facet) = spec.get("facet") {
        let parts = ["row", "column"].map(|name| facet.get(name));
        let own = (parts == [None, None]).then_some(facet);
        if !parts.into_iter().flatten().chain(own).all(is_by_revision) {
            unknown.add(format!("{place}facet"));
        }
    }
}

/// Whether a channel, or each of a list, tells revisions apart, or does nothing.
pub(super) fn is_by_revision(channel: &Value) -> bool {
    match channel {
        Value::Null => true,
        Value::String(anchor) => is_anchor(anchor),
        Value::Array(all) => all.iter().all(is_by_revision),
        channel => match channel.get("field") {
            Some(field) => field.as_str().is_some_and(is_revision) && channel.get("bin").is_none(),
            None => false,
        },
    }
}

/// Whether a layer beside the one that is drawn shows the same: its points, its numbers as text, the raw points of a
/// smoothed line, or the dot at its end.
fn says_the_same(main: &View<'_>, view: &View<'_>) -> bool {
    let Some(name) = view.mark_name() else { return false };
    let same_place = ["x", "y"].iter().all(|axis| {
        view.field(axis) == main.field(axis) && view.channel(axis).is_some() == main.channel(axis).is_some()
    });
    let same = ["x", "y"].iter().all(|axis| view.aggregate(axis) == main.aggregate(axis));
    let is_last = view.aggregate("x").and_then(Value::as_str) == Some("max")
        && view.aggregate("y").and_then(|aggregate| aggregate.get("argmax")?.as_str().map(unescaped))
            == view.field("x");
    let is_dot = ["point", "circle", "square"].contains(&name);
    let is_mark = is_dot || ["line", "trail", "text"].contains(&name);
    let same_rows = view.transforms == main.transforms || view.transforms.is_empty();
    let unsized_ = ["x2", "y2", "size"].iter().all(|channel| {
        view.channel(channel) == main.channel(channel)
            || view
                .channel(channel)
                .is_some_and(|channel| channel.get("field").is_none() && channel.get("value").is_some())
    });
    same_place && same_rows && unsized_ && ((is_mark && same) || (is_dot && is_last))
}
