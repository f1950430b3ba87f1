//! A remote behind a plain web server.

use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, HeaderName, HeaderValue, LOCATION};
use reqwest::{Certificate, Client, Response, StatusCode};
use url::Url;

use super::client::{self, Rules, cleaned, reason, too_large};
use super::config::RemoteConfig;
use super::{LARGEST, Store, Trouble};
use cml_host::door::Root;
use cml_http::address;

const MAX_REDIRECTS: usize = 5;
const TRIES: u32 = 3;

/// How a request proves who asks.
enum Auth {
    None,
    Basic { user: String, password: Option<String> },
    Header(HeaderName, HeaderValue),
}

pub(super) struct Web {
    client: Client,
    /// For where the server points to: only the public network is asked.
    abroad: Client,
    base: Url,
    auth: Auth,
    secrets: Vec<String>,
}

/// What came of one try.
enum Came {
    Bytes(Option<Vec<u8>>),
    No(Trouble),
    /// Worth another try.
    Lost(Trouble),
}

impl Web {
    pub(super) fn open(config: &RemoteConfig, mut base: Url) -> Result<Self, String> {
        let auth = auth(config, &base)?;
        let secrets =
            [config.get("password"), base.password()].into_iter().flatten().map(str::to_owned).collect();
        // What stood in the address is in `auth` now; an error must not repeat it.
        if base.set_username("").is_err() || base.set_password(None).is_err() {
            return Err(config.cannot("has no host in its url"));
        }
        let seconds = |option: &str| {
            let given = config.get(option)?.parse().ok()?;
            Duration::try_from_secs_f64(given).ok().filter(|wait| !wait.is_zero())
        };
        let rules = Rules {
            connect: seconds("connect_timeout"),
            read: seconds("read_timeout"),
            roots: roots(config)?,
            public_only: false,
            unpacks: true,
        };
        let client = client::client(&rules)?;
        let abroad = client::client(&Rules { public_only: true, ..rules })?;
        Ok(Self { client, abroad, base, auth, secrets })
    }

    async fn once(&self, first: &Url) -> Came {
        let mut url = first.clone();
        for _ in 0..=MAX_REDIRECTS {
            let client = if url.host() == first.host() { &self.client } else { &self.abroad };
            let request = match &self.auth {
                Auth::None => client.get(url.clone()),
                Auth::Basic { user, password } => {
                    client.get(url.clone()).basic_auth(user, password.as_deref())
                }
                Auth::Header(name, value) => client.get(url.clone()).header(name, value),
            };
            let answer = match request.send().await {
                Ok(answer) => answer,
                Err(error) => return Came::Lost(Trouble::Store(self.reason(error))),
            };
            if !answer.status().is_redirection() {
                return self.read(answer).await;
            }
            url = match self.next(&url, &answer) {
                Ok(next) => next,
                Err(why) => return Came::No(Trouble::Store(why)),
            };
        }
        Came::No(Trouble::Store("it redirects without end".to_owned()))
    }

    /// Where a redirect leads: nowhere else with a password, never from https to http, to a forbidden address, or from
    /// another machine into this machine's own network.
    fn next(&self, from: &Url, answer: &Response) -> Result<Url, String> {
        let to = answer.headers().get(LOCATION).and_then(|to| from.join(to.to_str().ok()?).ok());
        let Some(to) = to.filter(|to| matches!(to.scheme(), "http" | "https")) else {
            return Err(format!("it answers {} and does not say where to", answer.status()));
        };
        address::check(to.as_str())?;
        let shown = address::shown(to.as_str());
        if from.scheme() == "https" && to.scheme() == "http" {
            return Err(format!("it redirects to {shown}, which is not encrypted"));
        }
        if to.host() != self.base.host() && !address::may_be_public(&to) {
            return Err(format!(
                "it redirects to {shown}, which is not on the public network; name that one as the url"
            ));
        }
        if !matches!(self.auth, Auth::None) && to.origin() != from.origin() {
            return Err(format!("it redirects to {shown}; the password is not sent to another server"));
        }
        Ok(to)
    }

    async fn read(&self, mut answer: Response) -> Came {
        let status = answer.status();
        match status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::GONE => return Came::Bytes(None),
            StatusCode::UNAUTHORIZED => {
                let why = "it asks for a password (401); set user and password of the remote";
                return Came::No(Trouble::Store(why.to_owned()));
            }
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => {
                return Came::Lost(Trouble::Store(format!("it answers {status}")));
            }
            _ => return Came::No(Trouble::Object(status.to_string())),
        }
        let length =
            answer.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if length.is_some_and(|length: u64| length > LARGEST) {
            return Came::No(Trouble::Object(too_large()));
        }
        let mut bytes = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) if (bytes.len() + chunk.len()) as u64 > LARGEST => {
                    return Came::No(Trouble::Object(too_large()));
                }
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => return Came::Bytes(Some(bytes)),
                Err(error) => {
                    return Came::Lost(Trouble::Store(format!(
                        "its answer broke off: {}",
                        self.reason(error)
                    )));
                }
            }
        }
    }

    fn reason(&self, error: reqwest::Error) -> String {
        let secrets: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        cleaned(&reason(error.without_url(), &[]), &secrets)
    }
}

#[async_trait::async_trait]
impl Store for Web {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Trouble> {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(key.split('/'));
        }
        let mut tries = 0;
        loop {
            tries += 1;
            match self.once(&url).await {
                Came::Bytes(bytes) => return Ok(bytes),
                Came::No(trouble) => return Err(trouble),
                Came::Lost(trouble) if tries == TRIES => return Err(trouble),
                Came::Lost(_) => tokio::time::sleep(Duration::from_millis(200) * 3u32.pow(tries - 1)).await,
            }
        }
    }
}

fn auth(config: &RemoteConfig, base: &Url) -> Result<Auth, String> {
    let (user, password) = (config.get("user"), config.get("password"));
    if config.is_set("ask_password") && password.is_none() {
        return Err(config.cannot("asks for its password at a keyboard; set password in .dvc/config.local"));
    }
    match config.get("auth").map(str::to_ascii_lowercase).as_deref() {
        None if base.username().is_empty() => Ok(Auth::None),
        None => {
            let decoded =
                |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
            Ok(Auth::Basic { user: decoded(base.username()), password: base.password().map(decoded) })
        }
        Some("basic") => match (user, password) {
            (Some(user), Some(password)) => {
                Ok(Auth::Basic { user: user.to_owned(), password: Some(password.to_owned()) })
            }
            _ => Err(config.cannot("says auth = basic and lacks user or password")),
        },
        Some("custom") => {
            let name = config.get("custom_auth_header").and_then(|name| name.parse().ok());
            let value = password.and_then(|password| HeaderValue::from_str(password).ok());
            let (Some(name), Some(mut value)) = (name, value) else {
                return Err(config.cannot("says auth = custom and lacks custom_auth_header or password"));
            };
            value.set_sensitive(true);
            Ok(Auth::Header(name, value))
        }
        Some(other) => {
            Err(config.cannot(&format!("says auth = {other}, which is not supported; use basic or custom")))
        }
    }
}

/// The certificates of `ssl_verify = FILE`.
fn roots(config: &RemoteConfig) -> Result<Vec<Certificate>, String> {
    match config.get("ssl_verify") {
        None => Ok(Vec::new()),
        Some(yes) if yes.eq_ignore_ascii_case("true") => Ok(Vec::new()),
        Some(no) if no.eq_ignore_ascii_case("false") => Err(config.cannot(
            "says ssl_verify = false, which is not followed; name the file of its certificate there",
        )),
        Some(file) => {
            let pem = Root::anywhere()
                .read(file.as_ref(), super::config::LARGEST)
                .map_err(|why| config.cannot(&format!("names ssl_verify = {file}: {why}")))?;
            let bundle = Certificate::from_pem_bundle(&pem);
            bundle
                .map_err(|error| config.cannot(&format!("names ssl_verify = {file}: {}", reason(error, &[]))))
        }
    }
}
