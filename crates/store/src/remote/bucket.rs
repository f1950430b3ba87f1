//! A bucket or container to write to, by its address alone.
//!
//! In: `s3://BUCKET/PATH`, `gs://BUCKET/PATH` or `az://CONTAINER/PATH`, and the environment, which has the keys where
//! each cloud's own program looks for them. Out: written objects.

use std::collections::BTreeMap;
use std::fmt;

use super::cloud::{self, Cloud};
use super::config::{Kind, RemoteConfig};
use cml_host::environment::Env;

/// A bucket or container, and a path in it.
pub struct Bucket {
    cloud: Cloud,
    config: RemoteConfig,
}

impl Bucket {
    /// Whether an address has the form of a bucket's.
    pub fn is_one(url: &str) -> bool {
        kind(url).is_some()
    }

    /// Connects to nothing yet.
    pub fn open(url: &str, env: &Env) -> Result<Self, String> {
        let kind = kind(url).ok_or_else(|| format!("{url:?} is not a bucket (s3://, gs:// or az://)"))?;
        let config =
            RemoteConfig { name: String::new(), kind, url: url.to_owned(), options: BTreeMap::new() };
        Ok(Self { cloud: cloud::cloud(&config, env)?, config })
    }

    /// Writes one object. The error says why not, without a secret.
    pub async fn put(&self, key: &str, bytes: Vec<u8>, media_type: &str) -> Result<(), String> {
        self.cloud.put(key, bytes, media_type).await
    }
}

/// The keys stay unseen.
impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.config.shown())
    }
}

fn kind(url: &str) -> Option<Kind> {
    match url.split_once("://")?.0 {
        "s3" => Some(Kind::S3),
        "gs" => Some(Kind::Gcs),
        "az" => Some(Kind::Azure),
        _ => None,
    }
}
