//! Which file counts for which key.
//!
//! In: the file on disk and, where the author of a change wrote it, the target's. Out: a [`Config`] and notices.

use super::altered::{altered_keys, new_keys};
use super::read::Value;
use super::{Author, Believed, Config, ConfigError, File, KEYS, Key, KeyId, Policy};
use cml_base::notice::Notice;
use cml_compare::Rules;
use cml_tracked::{Glob, Sources};

/// What counts of the file on disk and of the target's, and what the reader should know about it. `project` is the
/// project's folder inside the repository; it may lie below the file's. Only a file that we trust is an error.
pub fn resolve(
    own: Option<&File>,
    author: Author<'_>,
    project: &str,
) -> Result<(Config, Vec<Notice>), ConfigError> {
    match author {
        Author::Trusted => Ok((trusted(own, project)?, Vec::new())),
        Author::OfChange(Some(target)) => Ok(under(own, target, project)),
        Author::OfChange(None) => Ok(own.map_or_else(Default::default, |own| looks(own, project))),
    }
}

/// All of a file.
fn trusted(file: Option<&File>, project: &str) -> Result<Config, ConfigError> {
    let Some(file) = file else { return Ok(Config::default()) };
    let rules = Rules::new(file.rules()).map_err(|why| ConfigError::Unreadable {
        file: file.shown.clone(),
        why: format!("the metrics' names are too many or too long: {why}"),
    })?;
    Ok(of(file, rules, project, |_| true))
}

/// The keys of a file that `takes` says yes to.
fn of(file: &File, rules: Rules, project: &str, takes: impl Fn(Believed) -> bool) -> Config {
    let mut config = Config { rules, below: file.below(project), ..Config::default() };
    for key in KEYS.iter().filter(|key| takes(key.believed)) {
        if let Some(value) = file.value_of(key.path) {
            config.set(key, value, file, project);
        }
    }
    config
}

/// The target's file, and the sources that a change adds to it.
fn under(own: Option<&File>, target: &File, project: &str) -> (Config, Vec<Notice>) {
    let (mut config, mut notices) = match trusted(Some(target), project) {
        Ok(config) => (config, Vec::new()),
        Err(error) => {
            let told = Notice::new(format!("of the target's configuration no metric's rule counts: {error}"));
            (of(target, Rules::default(), project, |_| true), vec![told])
        }
    };
    notices.extend(altered_keys(own, target));
    if let Some(own) = own {
        let of_change = of(own, Rules::default(), project, |believed| believed == Believed::Added).sources;
        config.add(of_change);
    }
    (config, notices)
}

/// What counts of a change's file where the target has none.
fn looks(own: &File, project: &str) -> (Config, Vec<Notice>) {
    let mut notices = vec![new_keys(own)];
    let rules = Rules::of_change(own.rules()).unwrap_or_else(|why| {
        let text =
            format!("the metrics' names are too many or too long, so none of their rules counts: {why}");
        notices.push(Notice::about(&own.shown, text));
        Rules::default()
    });
    let sources = of(own, Rules::default(), project, |believed| believed == Believed::Added).sources;
    let mut config = Config { rules, below: own.below(project), ..Config::default() };
    config.add(sources);
    (config, notices)
}

impl Config {
    /// Adds a change's globs that are not there yet.
    fn add(&mut self, more: Sources) {
        let Self { sources, added, .. } = self;
        let kinds = [
            (&mut sources.metrics, more.metrics),
            (&mut sources.params, more.params),
            (&mut sources.plots, more.plots),
        ];
        for (known, more) in kinds {
            for glob in more {
                if !known.iter().any(|old| (&old.text, &old.below) == (&glob.text, &glob.below)) {
                    let by = format!("this change's {}", glob.by);
                    let glob = Glob { by, ..glob };
                    added.push(glob.clone());
                    known.push(glob);
                }
            }
        }
    }

    fn set(&mut self, key: &Key, value: &Value, file: &File, project: &str) {
        let Self { base, sources, rules: _, comment, asset, below: _, added: _ } = self;
        let globs = |value: &Value| match value {
            Value::Globs(globs) => globs.iter().map(|glob| file.glob(glob, key.path, project)).collect(),
            _ => Vec::new(),
        };
        let text = |value: &Value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        match key.id {
            KeyId::Base => *base = text(value),
            KeyId::Metrics => sources.metrics = globs(value),
            KeyId::Params => sources.params = globs(value),
            KeyId::Plots => sources.plots = globs(value),
            KeyId::Include => sources.include = globs(value),
            KeyId::Exclude => sources.exclude = globs(value),
            KeyId::CommentKey => comment.key = text(value),
            KeyId::CommentPolicy => comment.policy = text(value).as_deref().and_then(policy),
            KeyId::AssetStore => asset.store = text(value).map(|store| file.place(&store)),
            KeyId::AssetUrl => asset.url = text(value),
            KeyId::PublishUrl => asset.publish_url = text(value),
            // The metrics' rules have been taken together.
            KeyId::Direction | KeyId::Name | KeyId::Unit | KeyId::Percent | KeyId::Precision => {}
        }
    }
}

fn policy(word: &str) -> Option<Policy> {
    match word {
        "update" => Some(Policy::Update),
        "recreate" => Some(Policy::Recreate),
        "only-changes" => Some(Policy::OnlyChanges),
        "only-regressions" => Some(Policy::OnlyRegressions),
        _ => None,
    }
}
