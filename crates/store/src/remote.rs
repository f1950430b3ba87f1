//! Wanted hashes become bytes: from DVC's cache, then from its remotes.
//!
//! In: a [`Config`] that may be trusted (never the change's own in a change request's job), and what a side wants.
//! Out: [`Fetched`]: bytes whose hash was checked, and for the rest the reason. [`WithOutputs`] shows them as files
//! of a tree and learns by being read what is wanted, so that nothing else is asked for. Nothing is written but a
//! folder for the `dvc` program, which goes away again.

mod aws;
mod bucket;
mod cache;
mod client;
mod cloud;
mod config;
mod content;
mod folder;
mod ini;
mod outputs;
mod program;
mod web;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use tokio::task::JoinSet;

pub use bucket::Bucket;
pub use cache::Cache;
pub use config::{Config, Place};
pub use outputs::WithOutputs;

use cml_base::notice::Notice;
use cml_host::deadline::Deadline;
use cml_host::environment::Env;
use cml_host::process::Programs;
use cml_tracked::{Hash, Output};
use config::{Kind, RemoteConfig};

/// The largest object that is read, in bytes: what `tracked` takes at most.
const LARGEST: u64 = 100 * 1024 * 1024;
/// How many objects are on their way at once.
const SIDE_BY_SIDE: usize = 8;

/// An object, and the path that asks for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    pub path: String,
    pub output: Output,
}

/// What came of wanted objects.
#[derive(Debug, Default)]
pub struct Fetched {
    /// Each checked against its hash.
    pub bytes: BTreeMap<Hash, Vec<u8>>,
    /// Why the others are missing: equal reasons are equal texts.
    pub missing: BTreeMap<Hash, String>,
}

/// Why a store did not give an object.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trouble {
    /// This object only.
    Object(String),
    /// The whole store: nothing else needs to be asked for.
    Store(String),
}

/// A place that holds objects under keys like `files/md5/ab/cdef…`.
#[async_trait::async_trait]
trait Store: Send + Sync {
    /// The object's bytes; `None` if there is no such key.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Trouble>;
}

/// A remote that we speak ourselves.
struct Remote {
    shown: String,
    store: Result<Box<dyn Store>, String>,
    /// What the first object that met a closed door was told.
    down: OnceLock<String>,
}

/// The cache and the remotes of a project.
pub struct Remotes {
    cache: Cache,
    default: Option<String>,
    configs: BTreeMap<String, RemoteConfig>,
    spoken: BTreeMap<String, Arc<Remote>>,
    programs: Programs,
    deadline: Deadline,
    network: bool,
}

impl Remotes {
    /// Connects to nothing yet. Without `network` only folders are read. `dvc` is one of `programs`.
    pub fn open(config: Config, env: &Env, programs: Programs, network: bool) -> (Self, Vec<Notice>) {
        let Config { remotes, default, cache_dir, notices } = config;
        let own = remotes.iter().filter(|(_, config)| !config.needs_dvc());
        let spoken =
            own.map(|(name, config)| (name.clone(), Arc::new(Remote::open(config, env, network)))).collect();
        let cache = Cache::new(cache_dir);
        (
            Self { cache, default, configs: remotes, spoken, programs, deadline: env.deadline, network },
            notices,
        )
    }

    /// The local cache.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Brings the wanted objects: from the cache, else from the remote that each belongs to.
    pub async fn fetch(&self, wanted: &[Wanted]) -> Fetched {
        let mut fetched = Fetched::default();
        let mut todo = Vec::new();
        let mut for_dvc: BTreeMap<String, Vec<Wanted>> = BTreeMap::new();
        let mut known = BTreeSet::new();
        for wish in wanted.iter().filter(|wish| known.insert(wish.output.hash.clone())) {
            let hash = &wish.output.hash;
            match self.cache.read(&wish.output) {
                Ok(Some(bytes)) => drop(fetched.bytes.insert(hash.clone(), bytes)),
                // A damaged cache is no reason to give up while there is a remote.
                Ok(None) | Err(_) => match self.way(wish) {
                    Ok(Way::Own(remote)) => todo.push((remote, wish.output.clone())),
                    Ok(Way::Dvc(name)) => for_dvc.entry(name).or_default().push(wish.clone()),
                    Err(why) => drop(fetched.missing.insert(hash.clone(), why)),
                },
            }
        }
        side_by_side(todo, self.deadline, &mut fetched).await;
        for (name, wishes) in for_dvc {
            self.by_dvc(&name, wishes, &mut fetched).await;
        }
        fetched
    }

    /// Which remote an object is asked of.
    fn way(&self, wish: &Wanted) -> Result<Way, String> {
        let Wanted { output, .. } = wish;
        if output.size.is_some_and(|size| size > LARGEST) && !output.hash.is_dir() {
            return Err("the file is too large to compare (at most 100 MB)".to_owned());
        }
        let version = output.version.as_ref().map(|version| &version.remote);
        let Some(name) = version.or(output.remote.as_ref()).or(self.default.as_ref()) else {
            return Err(
                "it is not in the DVC cache, and no default remote is configured to have it from; run the stage that \
                 writes it, or name a remote: `dvc remote default NAME`"
                    .to_owned(),
            );
        };
        if let Some(remote) = self.spoken.get(name).filter(|_| output.version.is_none()) {
            return Ok(Way::Own(Arc::clone(remote)));
        }
        match self.configs.get(name) {
            Some(_) => Ok(Way::Dvc(name.clone())),
            None => Err(format!(
                "the DVC remote {name} is not configured where we may trust it; see `dvc remote list`"
            )),
        }
    }

    async fn by_dvc(&self, name: &str, wishes: Vec<Wanted>, fetched: &mut Fetched) {
        let Some(config) = self.configs.get(name) else { return };
        let answer = if self.network {
            program::fetch(config.clone(), &self.programs, wishes.clone()).await
        } else {
            Err(config.not_asked())
        };
        match answer {
            Ok(answer) => {
                fetched.bytes.extend(answer.bytes);
                fetched.missing.extend(answer.missing);
            }
            Err(why) => {
                fetched.missing.extend(wishes.into_iter().map(|wish| (wish.output.hash, why.clone())));
            }
        }
    }
}

/// Who asks for an object.
enum Way {
    Own(Arc<Remote>),
    Dvc(String),
}

async fn side_by_side(todo: Vec<(Arc<Remote>, Output)>, deadline: Deadline, fetched: &mut Fetched) {
    let mut todo = todo.into_iter();
    let mut running = JoinSet::new();
    loop {
        while running.len() < SIDE_BY_SIDE
            && let Some((remote, output)) = todo.next()
        {
            running.spawn(async move { (in_time(remote.object(&output), deadline).await, output.hash) });
        }
        match running.join_next().await {
            Some(Ok((Ok(bytes), hash))) => drop(fetched.bytes.insert(hash, bytes)),
            Some(Ok((Err(why), hash))) => drop(fetched.missing.insert(hash, why)),
            // A task that broke off leaves its object out; whoever wanted it says that it is missing.
            Some(Err(_)) => {}
            None => return,
        }
    }
}

/// What comes too late is missing, as if it had not come.
async fn in_time(
    object: impl Future<Output = Result<Vec<u8>, String>>,
    deadline: Deadline,
) -> Result<Vec<u8>, String> {
    let Some(left) = deadline.left() else { return object.await };
    let late =
        |_| Err(format!("it did not come before the time for reading was over ({})", deadline.allowed()));
    tokio::time::timeout(left, object).await.unwrap_or_else(late)
}

impl Remote {
    fn open(config: &RemoteConfig, env: &Env, network: bool) -> Self {
        let store: Result<Box<dyn Store>, String> = match &config.kind {
            Kind::Folder(folder) => Ok(Box::new(folder::Folder::new(folder.clone()))),
            _ if !network => Err(config.not_asked()),
            Kind::Web(url) => web::Web::open(config, url.clone()).map(|store| Box::new(store) as _),
            Kind::S3 | Kind::Gcs | Kind::Azure => cloud::open(config, env),
            Kind::Other(_) => Err(config.cannot("is of a kind that only the program dvc speaks")),
        };
        Self { shown: config.shown(), store, down: OnceLock::new() }
    }

    /// One object, whichever layout holds it. The error is the reason for the reader.
    async fn object(&self, output: &Output) -> Result<Vec<u8>, String> {
        let store = self.store.as_ref().map_err(Clone::clone)?;
        let mut reason = None;
        for key in content::keys(output) {
            if let Some(why) = self.down.get() {
                return Err(why.clone());
            }
            match store.get(&key).await {
                Ok(None) => {}
                Ok(Some(bytes)) if content::is(output, &bytes) => return Ok(bytes),
                Ok(Some(_)) => {
                    let why = format!(
                        "what the {} holds does not match its hash; run `dvc push` again",
                        self.shown
                    );
                    reason.get_or_insert(why);
                }
                Err(Trouble::Object(why)) => {
                    reason.get_or_insert(format!("the {} answers: {why}", self.shown));
                }
                Err(Trouble::Store(why)) => {
                    let why = format!("the {} cannot be read: {why}", self.shown);
                    return Err(self.down.get_or_init(|| why).clone());
                }
            }
        }
        Err(reason.unwrap_or_else(|| {
            format!(
                "it is neither in the DVC cache nor in the {}; run `dvc push` where it was made",
                self.shown
            )
        }))
    }
}

#[cfg(test)]
mod bounds_tests;
#[cfg(test)]
mod tests;
