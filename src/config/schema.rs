//! Every key of `cml.toml` in one table: its path, what it takes, the flag that wins over it, and who is believed.
//!
//! `templates/cml.schema.json` and `docs/cml-toml.md` say the same to editors and people; tests hold them together.

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text that is not empty.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of globs, or one, below the file's folder.
    Globs,
    /// `true` or `false`.
    Flag,
    /// A whole number from 0 up to this one.
    Whole(u8),
    /// A folder, from the file's folder on, or a bucket's address.
    Store,
    /// An address of the web; it may hold a key, so it is never shown.
    Address,
}

/// Whose file counts where the author of a change controls the files (a change request's job).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Believed {
    /// The target's, or nobody's: it could send things elsewhere, take another's comment or silence a report.
    Target,
    /// The target's; where it has no file yet, the change's: which way is better, and how metrics are written.
    Look,
    /// The target's, and what the change adds to it: a file more hides nothing.
    Added,
}

/// Which key it is: whoever reads them names each, so that none is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyId {
    Base,
    Metrics,
    Params,
    Plots,
    Include,
    Exclude,
    Direction,
    Name,
    Unit,
    Percent,
    Precision,
    CommentKey,
    CommentPolicy,
    AssetStore,
    AssetUrl,
    PublishUrl,
}

/// One key.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    pub id: KeyId,
    /// Dotted; `*` stands for any name.
    pub path: &'static str,
    pub kind: Kind,
    /// The flag that wins over it.
    pub flag: Option<&'static str>,
    pub believed: Believed,
}

const fn key(
    id: KeyId,
    path: &'static str,
    kind: Kind,
    flag: Option<&'static str>,
    believed: Believed,
) -> Key {
    Key { id, path, kind, flag, believed }
}

pub(crate) const DIRECTIONS: &[&str] = &["higher", "lower", "none", "fact"];
pub(crate) const POLICIES: &[&str] = &["update", "recreate", "only-changes", "only-regressions"];
/// As many as a double has.
const MOST_DECIMALS: u8 = 17;

/// All keys. A new one is [`Believed::Target`] unless it is shown to do no harm.
pub const KEYS: [Key; 16] = [
    key(KeyId::Base, "base", Kind::Text, Some("--base"), Believed::Target),
    key(KeyId::Metrics, "sources.metrics", Kind::Globs, Some("--metrics"), Believed::Added),
    key(KeyId::Params, "sources.params", Kind::Globs, Some("--params"), Believed::Added),
    key(KeyId::Plots, "sources.plots", Kind::Globs, Some("--plots"), Believed::Added),
    key(KeyId::Include, "sources.include", Kind::Globs, Some("--include"), Believed::Target),
    key(KeyId::Exclude, "sources.exclude", Kind::Globs, Some("--exclude"), Believed::Target),
    key(KeyId::Direction, "metrics.*.direction", Kind::Choice(DIRECTIONS), None, Believed::Look),
    key(KeyId::Name, "metrics.*.name", Kind::Text, None, Believed::Look),
    key(KeyId::Unit, "metrics.*.unit", Kind::Text, None, Believed::Look),
    key(KeyId::Percent, "metrics.*.percent", Kind::Flag, None, Believed::Look),
    key(KeyId::Precision, "metrics.*.precision", Kind::Whole(MOST_DECIMALS), None, Believed::Look),
    key(KeyId::CommentKey, "comment.key", Kind::Text, Some("--key"), Believed::Target),
    key(KeyId::CommentPolicy, "comment.policy", Kind::Choice(POLICIES), Some("--policy"), Believed::Target),
    key(KeyId::AssetStore, "asset.store", Kind::Store, Some("--asset-store"), Believed::Target),
    key(KeyId::AssetUrl, "asset.url", Kind::Address, Some("--asset-url"), Believed::Target),
    key(KeyId::PublishUrl, "asset.publish-url", Kind::Address, Some("--publish-url"), Believed::Target),
];

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Key(&'static Key),
    /// A table of further keys.
    Table,
    Unknown,
}

/// Looks a path up; its parts are as they stand in the file.
pub(crate) fn at(path: &[&str]) -> At {
    if let Some(key) = KEYS.iter().find(|key| matches(key.path, path, true)) {
        return At::Key(key);
    }
    if KEYS.iter().any(|key| matches(key.path, path, false)) { At::Table } else { At::Unknown }
}

/// Whether `path` is the key's, or (not `whole`) the beginning of it.
fn matches(key: &str, path: &[&str], whole: bool) -> bool {
    let mut parts = key.split('.');
    let begins = path.iter().all(|name| parts.next().is_some_and(|part| part == "*" || part == *name));
    begins && (parts.next().is_none() == whole)
}

/// The names that are known below a table, each once, in the table's order.
pub(crate) fn names_below(table: &[&str]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for key in KEYS.iter().filter(|key| matches(key.path, table, false)) {
        if let Some(name) = key.path.split('.').nth(table.len())
            && name != "*"
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// The known key that an unknown one most likely means, dotted from the top; `is_table`: it holds further keys.
pub(crate) fn nearest(path: &[&str], is_table: bool) -> Option<String> {
    let (name, table) = path.split_last()?;
    let full = |name: &str| table.iter().copied().chain([name]).collect::<Vec<_>>().join(".");
    let fits = |name: &&str| {
        let path: Vec<&str> = table.iter().copied().chain([*name]).collect();
        (at(&path) == At::Table) == is_table
    };
    // No key is as long, and comparing takes time in the square of the length.
    let asked: String = name.chars().take(100).collect();
    let asked = asked.to_ascii_lowercase().replace('_', "-");
    // The right name in the wrong table.
    let moved = KEYS.iter().find(|key| !is_table && key.path.rsplit('.').next() == Some(asked.as_str()));
    let siblings = names_below(table).into_iter().filter(fits);
    let distance = |known: &str| strsim::osa_distance(&asked, known);
    let near = siblings.map(|known| (distance(known), known)).min_by_key(|(distance, _)| *distance);
    match (near, moved) {
        (Some((0, known)), _) => Some(full(known)),
        (_, Some(key)) => Some(key.path.replace('*', "NAME")),
        (Some((distance, known)), None) if distance <= asked.len().max(known.len()) / 2 => Some(full(known)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_key_a_table_or_unknown() {
        let kind = |path: &[&str]| match at(path) {
            At::Key(key) => key.path,
            At::Table => "table",
            At::Unknown => "unknown",
        };
        assert_eq!(kind(&["base"]), "base");
        assert_eq!(kind(&["metrics"]), "table");
        assert_eq!(kind(&["metrics", "val.acc"]), "table");
        assert_eq!(kind(&["metrics", "val.acc", "unit"]), "metrics.*.unit");
        assert_eq!(kind(&["metrics", "val", "acc", "unit"]), "unknown");
        assert_eq!(kind(&["base", "x"]), "unknown");
        assert_eq!(kind(&["bas"]), "unknown");
    }

    #[test]
    fn an_unknown_key_has_a_nearest_one() {
        let check = |path: &[&str], is_table: bool, expected: Option<&str>| {
            assert_eq!(nearest(path, is_table).as_deref(), expected, "{path:?}");
        };
        check(&["bases"], false, Some("base"));
        check(&["source"], true, Some("sources"));
        check(&["metric"], true, Some("metrics"));
        check(&["asset", "publish_url"], false, Some("asset.publish-url"));
        check(&["metrics", "acc", "directon"], false, Some("metrics.acc.direction"));
        check(&["policy"], false, Some("comment.policy"));
        check(&["direction"], false, Some("metrics.NAME.direction"));
        check(&["metrics", "acc", "higher_is_better_here"], false, None);
        check(&["sources", "metric"], false, Some("sources.metrics"));
    }
}
