//! Stores that the user names: a server that speaks CML's protocol, a folder that is served elsewhere, a bucket.
//!
//! In: pictures and a [`Named`] store. Out: one address a picture. A store is never asked for what its answer does
//! not say: an answer that is no address is an error, not an address.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http::{Method, Request};
use url::Url;

use super::{Asset, PublishError, plan};
use crate::remote::Bucket;
use cml_base::text;
use cml_forge::TreeFile;
use cml_host::deadline::Deadline;
use cml_host::door::Ground;
use cml_host::environment::Env;
use cml_http::{Repeatable, Transport, address};
use cml_picture::check_image;

/// More at once only makes a server slower.
const AT_ONCE: usize = 8;
const LONGEST_ADDRESS: usize = 2048;

/// A store that the user has named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// One `POST` an image, whose answer is the address: what `cml comment --publish-url` of CML 0.20 sends.
    Server(Url),
    /// Files in a folder, found below `prefix`.
    Folder { dir: PathBuf, prefix: Url },
    /// Objects in a bucket or container (`s3://BUCKET/PATH`), found below `prefix`.
    Bucket { url: String, prefix: Url },
}

/// A named store, ready to be written to.
#[derive(Debug)]
pub struct Store {
    way: Way,
    shown: String,
}

enum Way {
    Server(Url, Transport),
    Folder { dir: PathBuf, prefix: Url, ground: Ground },
    Bucket { bucket: Bucket, prefix: Url },
}

/// Why a store cannot be named so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadStore {
    #[error("{0:?} is not a web address (https://HOST/PATH)")]
    NoAddress(String),
    #[error("{0}")]
    Forbidden(String),
    #[error("{0}")]
    Bucket(String),
    #[error("{0:?} is a kind of store that this version does not know")]
    Unknown(String),
}

impl Named {
    /// CML's `--publish-url`.
    pub fn server(address: &str) -> Result<Self, BadStore> {
        web_address(address).map(Self::Server)
    }

    /// A folder or a bucket, and the address under which others see it.
    pub fn folder(dir: &Path, prefix: &str) -> Result<Self, BadStore> {
        let mut prefix = web_address(prefix)?;
        if !prefix.path().ends_with('/') {
            let path = format!("{}/", prefix.path());
            prefix.set_path(&path);
        }
        match dir.to_str() {
            Some(url) if Bucket::is_one(url) => Ok(Self::Bucket { url: url.to_owned(), prefix }),
            Some(url) if url.contains("://") => Err(BadStore::Unknown(url.to_owned())),
            _ => Ok(Self::Folder { dir: dir.to_path_buf(), prefix }),
        }
    }

    /// Makes it ready; connects to nothing yet. The keys of a bucket are in `env`; a folder may be on a `ground` that a
    /// change has made.
    pub fn open(&self, env: &Env, transport: Transport, ground: Ground) -> Result<Store, BadStore> {
        let shown = self.describe();
        let way = match self.clone() {
            Self::Server(url) => Way::Server(url, transport),
            Self::Folder { dir, prefix } => Way::Folder { dir: env.cwd.join(dir), prefix, ground },
            Self::Bucket { url, prefix } => {
                Way::Bucket { bucket: Bucket::open(&url, env).map_err(BadStore::Bucket)?, prefix }
            }
        };
        Ok(Store { way, shown })
    }

    fn describe(&self) -> String {
        match self {
            Self::Server(url) => url.host_str().unwrap_or_default().to_owned(),
            Self::Folder { dir, .. } => dir.display().to_string(),
            Self::Bucket { url, .. } => url.clone(),
        }
    }
}

impl Store {
    /// From now on nothing is sent to a server after this.
    pub fn until(&self, deadline: Deadline) {
        if let Way::Server(_, transport) = &self.way {
            transport.until(deadline);
        }
    }
}

/// A server's address may hold a key and a bucket has some: neither is shown.
impl std::fmt::Debug for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Server(..) => "a server",
            Self::Folder { .. } => "a folder",
            Self::Bucket { .. } => "a bucket",
        })
    }
}

/// An address of the web that is no cloud's metadata service and not link-local: whoever answers there gives away
/// the machine's own credentials.
fn web_address(text: &str) -> Result<Url, BadStore> {
    let url = Url::parse(text.trim()).map_err(|_| BadStore::NoAddress(text.to_owned()))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(BadStore::NoAddress(text.to_owned()));
    }
    address::check(url.as_str()).map_err(BadStore::Forbidden)?;
    Ok(url)
}

/// Stores the pictures and answers each one's address by its name. Equal content is stored once, and no more than
/// eight are on their way at once.
pub async fn publish_named(
    assets: &[Asset],
    store: &Store,
) -> Result<BTreeMap<String, String>, PublishError> {
    let plan = plan(assets)?;
    let failed =
        |why: String| PublishError::Named { count: plan.files.len(), store: store.shown.clone(), why };
    let stores: Vec<_> = plan.files.iter().map(|file| store_one(file, &store.way)).collect();
    let stored: Vec<String> = stream::iter(stores).buffered(AT_ONCE).try_collect().await.map_err(failed)?;
    let paths = plan.files.iter().map(|file| file.path.as_str());
    let addresses: BTreeMap<&str, String> = paths.zip(stored).collect();
    let address =
        |(name, file): (&String, &String)| Some((name.clone(), addresses.get(file.as_str())?.clone()));
    Ok(plan.stored_as.iter().filter_map(address).collect())
}

async fn store_one(file: &TreeFile, way: &Way) -> Result<String, String> {
    let below = |prefix: &Url| prefix.join(&file.path).map(String::from).map_err(|error| error.to_string());
    match way {
        Way::Server(url, transport) => post(file, url, transport).await,
        Way::Bucket { bucket, prefix } => {
            let kind = check_image(&file.bytes).map_err(|error| error.to_string())?;
            bucket.put(&file.path, file.bytes.clone(), kind.media_type()).await?;
            below(prefix)
        }
        Way::Folder { dir, prefix, ground } => {
            let failed = |error: std::io::Error| {
                format!("{} cannot be written: {error}", dir.join(&file.path).display())
            };
            ground.make_folder(dir).map_err(failed)?;
            ground.write(&dir.join(&file.path), &file.bytes).map_err(failed)?;
            below(prefix)
        }
    }
}

/// As CML does, but the answer must be a success and an address.
async fn post(file: &TreeFile, url: &Url, transport: &Transport) -> Result<String, String> {
    let kind = check_image(&file.bytes).map_err(|error| error.to_string())?;
    let request = Request::builder()
        .method(Method::POST)
        .uri(url.as_str())
        .header("content-type", kind.media_type())
        .header("content-disposition", format!("inline; filename=\"{}\"", file.path))
        // The store names an image by its content: to send it twice is as good as once.
        .extension(Repeatable)
        .body(file.bytes.clone())
        .map_err(|error| error.to_string())?;
    let answer = transport.send(request).await.map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(answer.body());
    let text = text.trim();
    let is_address = text.len() <= LONGEST_ADDRESS
        && !text.contains(|c: char| c.is_whitespace() || text::is_hidden(c))
        && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if is_address {
        return Ok(text.to_owned());
    }
    let shown: String = text::words(text).chars().take(80).collect();
    Err(format!("POST {}: the answer is not an address: {shown:?}", url.host_str().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_a_web_address_and_no_metadata_service() {
        let check = |address: &str, expected: Option<&str>| match (Named::server(address), expected) {
            (Ok(_), None) => {}
            (Err(why), Some(words)) => assert!(why.to_string().contains(words), "{address}: {why}"),
            (outcome, _) => panic!("{address}: {outcome:?}"),
        };
        check("https://assets.example.com/put", None);
        check("http://127.0.0.1:8080/", None);
        check("http://10.0.0.3/", None);
        check("assets.example.com", Some("not a web address"));
        check("file:///tmp", Some("not a web address"));
        check("http://169.254.169.254/latest", Some("metadata service"));
        check("http://[::ffff:169.254.169.254]/", Some("metadata service"));
        check("http://0xA9FEA9FE/", Some("metadata service"));
        check("http://[fe80::1]/", Some("metadata service"));
        check("http://[fd00:ec2::254]/", Some("metadata service"));
        check("http://[64:ff9b::a9fe:a9fe]/", Some("metadata service"));
        check("http://metadata.google.internal./", Some("metadata service"));
        assert_eq!(
            Named::folder(Path::new("ftp://h/x"), "https://h").unwrap_err(),
            BadStore::Unknown("ftp://h/x".to_owned())
        );
    }
}
