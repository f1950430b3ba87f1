//! The client itself: builds it, signs, follows redirects, reads answers up to a limit.
//!
//! In: one request. Out: its answer, after as many tries as [`retry`](super::retry) allows.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use reqwest::{Certificate, Client, ClientBuilder};
use url::Url;

use super::HttpError;
use super::redact::{address, chain, one_line, request_name, words};
use super::retry::{self, Came, Nature, Next, Waits};
use crate::ident::Secret;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(60);
const MAX_ANSWER: usize = 32 * 1024 * 1024;
const MAX_REDIRECTS: usize = 5;
const AGENT: &str = concat!("cml/", env!("CARGO_PKG_VERSION"));
/// Shorter waits need no explanation.
const SAID_WAIT: Duration = Duration::from_secs(2);

/// A request's extension: to carry it out twice is as good as once, whatever its method.
#[derive(Debug, Clone, Copy)]
pub struct Repeatable;

/// The one way to the network. A clone shares its connections.
#[derive(Clone)]
pub struct Transport {
    client: Client,
    token: Option<Secret>,
    /// The only server that gets the token.
    api: Option<Url>,
    talk: Arc<dyn Fn(&str) + Send + Sync>,
    waits: Waits,
}

/// One request as it is sent, maybe several times.
struct Call {
    name: String,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Vec<u8>,
    nature: Nature,
}

impl Transport {
    /// A client that signs nothing yet ([`Transport::for_api`]), but keeps the token out of every text; `talk` is
    /// told about long waits.
    pub fn new(token: Option<Secret>, talk: Arc<dyn Fn(&str) + Send + Sync>) -> Result<Self, HttpError> {
        Self::trusting(token, talk, &[])
    }

    /// [`Transport::new`], which trusts these roots (a PEM file's bytes) beside the system's.
    pub fn trusting(
        token: Option<Secret>,
        talk: Arc<dyn Fn(&str) + Send + Sync>,
        roots: &[u8],
    ) -> Result<Self, HttpError> {
        let bad = |error: reqwest::Error| HttpError::NotSent {
            request: "set up TLS".to_owned(),
            why: format!("the extra roots are no PEM file: {}", chain(&error, None)),
        };
        let roots = Certificate::from_pem_bundle(roots).map_err(bad)?;
        // Beside roots of one's own, a system without any is not noticed.
        let is_slim = !roots.is_empty() && Client::builder().build().is_err();
        let more: Vec<Certificate> = roots.into_iter().chain(built_in().filter(|_| is_slim)).collect();
        let client = client(|| Client::builder().tls_certs_merge(more.clone()))?;
        Ok(Self { client, token, api: None, talk, waits: Waits::default() })
    }

    /// The same transport with the token for this API's server, and for no other.
    #[must_use]
    pub fn for_api(&self, api: &Url, token: Option<Secret>) -> Self {
        Self { api: Some(api.clone()), token: token.or_else(|| self.token.clone()), ..self.clone() }
    }

    /// Sends a request until it is answered with success, refused, or not worth another try.
    pub async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpError> {
        let call = Call::new(request)?;
        let came = self.last(&call).await;
        self.finish(call, came)
    }

    /// The same, and a refusal is an answer too.
    pub async fn answer(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpError> {
        let call = Call::new(request)?;
        match self.last(&call).await {
            Came::Answer(answer) => Ok(answer),
            came => self.finish(call, came),
        }
    }

    /// What came of the last try.
    async fn last(&self, call: &Call) -> Came {
        let mut tries = 0;
        loop {
            tries += 1;
            let came = self.follow(call).await;
            match retry::next(&came, call.nature, tries, now(), &self.waits) {
                Next::Stop => return came,
                Next::Wait(wait) => {
                    if wait >= SAID_WAIT {
                        (self.talk)(&format!("{}: the server asks to wait {} s", call.name, wait.as_secs()));
                    }
                    tokio::time::sleep(wait).await;
                }
                Next::TooLong(wait) => {
                    let (asked, most) = (wait.as_secs(), self.waits.cap.as_secs());
                    (self.talk)(&format!(
                        "{}: the server asks to wait {asked} s; cml waits {most} s at most and gives up",
                        call.name
                    ));
                    return came;
                }
            }
        }
    }

    /// One try, with the redirects that are safe to follow.
    async fn follow(&self, call: &Call) -> Came {
        let mut url = call.url.clone();
        let mut left = MAX_REDIRECTS;
        loop {
            let came = self.once(call, &url).await;
            match &came {
                Came::Answer(answer) if left > 0 => match redirect(&call.method, &url, answer) {
                    Some(next) => url = next,
                    None => return came,
                },
                _ => return came,
            }
            left -= 1;
        }
    }

    async fn once(&self, call: &Call, url: &Url) -> Came {
        let mut headers = call.headers.clone();
        if let Some(value) = self.signature(url) {
            headers.insert(AUTHORIZATION, value);
        }
        let mut request = self.client.request(call.method.clone(), url.clone()).headers(headers);
        if !call.body.is_empty() {
            request = request.body(call.body.clone());
        }
        match request.send().await {
            Ok(answer) => self.read(answer).await,
            Err(error) => {
                if let Some(why) = distrust(&error) {
                    return Came::Untrusted(why);
                }
                let never_sent = error.is_connect() || error.is_builder();
                let why = self.why(error);
                if never_sent { Came::NotSent(why) } else { Came::Lost { status: None, why } }
            }
        }
    }

    async fn read(&self, mut answer: reqwest::Response) -> Came {
        let status = answer.status();
        let headers = answer.headers().clone();
        let mut body = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > MAX_ANSWER => {
                    let why = format!("the answer is larger than {} MiB", MAX_ANSWER / 1024 / 1024);
                    return Came::Lost { status: Some(status.as_u16()), why };
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                // A no is a no, even if its explanation broke off.
                Err(_) if !status.is_success() => break,
                Err(error) => {
                    let why = format!("the answer broke off: {}", self.why(error));
                    return Came::Lost { status: Some(status.as_u16()), why };
                }
            }
        }
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Came::Answer(response)
    }

    /// The token, if the request goes to the API's own scheme, host and port.
    fn signature(&self, url: &Url) -> Option<HeaderValue> {
        let token = self.token.as_ref()?;
        if self.api.as_ref()?.origin() != url.origin() {
            return None;
        }
        // A token that no header can hold signs nothing: the server's 401 says so.
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose())).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    fn why(&self, error: reqwest::Error) -> String {
        chain(&error.without_url(), self.token.as_ref())
    }

    /// What the last try means for the caller.
    fn finish(&self, call: Call, came: Came) -> Result<Response<Vec<u8>>, HttpError> {
        let request = one_line(&call.name, self.token.as_ref());
        match came {
            Came::NotSent(why) => Err(HttpError::NotSent { request, why }),
            Came::Untrusted(why) => Err(HttpError::Untrusted { request, why }),
            Came::Lost { why, .. } if !call.nature.reads => Err(HttpError::Unknown { request, why }),
            Came::Lost { status: Some(status), why } => {
                Err(HttpError::Refused { request, status, answer: why })
            }
            Came::Lost { status: None, why } => {
                Err(HttpError::NotSent { request, why: format!("no answer came: {why}") })
            }
            Came::Answer(answer) if answer.status().is_success() => Ok(answer),
            Came::Answer(answer) => {
                let status = answer.status().as_u16();
                let said = self.said(&answer, &call.url);
                if matches!(status, 502 | 504) && !call.nature.repeatable {
                    // A gateway lost the answer: the server behind it may have done what we asked.
                    return Err(HttpError::Unknown {
                        request,
                        why: format!("the server answered {status}: {said}"),
                    });
                }
                Err(HttpError::Refused { request, status, answer: said })
            }
        }
    }

    fn said(&self, answer: &Response<Vec<u8>>, url: &Url) -> String {
        if let Some(to) = target(url, answer) {
            let text = format!("it points to {}, which cml does not follow", address(&to));
            return one_line(&text, self.token.as_ref());
        }
        let said = words(answer.body(), self.token.as_ref());
        if said.is_empty() {
            return answer.status().canonical_reason().unwrap_or("(nothing more)").to_owned();
        }
        said
    }
}

impl Call {
    fn new(request: Request<Vec<u8>>) -> Result<Self, HttpError> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|error| HttpError::NotSent {
            request: format!("{} {}", parts.method, parts.uri.path()),
            why: format!("its address is no web address: {error}"),
        })?;
        let mut headers = parts.headers;
        for name in [AUTHORIZATION, CONTENT_LENGTH, HOST, USER_AGENT] {
            headers.remove(name);
        }
        let marked = parts.extensions.get::<Repeatable>().is_some();
        let reads =
            marked && parts.method != Method::DELETE || matches!(parts.method, Method::GET | Method::HEAD);
        let repeatable = reads || matches!(parts.method, Method::PUT | Method::DELETE);
        let name = request_name(&parts.method, &url);
        Ok(Self { name, method: parts.method, url, headers, body, nature: Nature { repeatable, reads } })
    }
}

/// Builds the client, with built-in roots where the system has none (a slim image).
fn client(builder: impl Fn() -> ClientBuilder) -> Result<Client, HttpError> {
    let with_rules = || {
        builder()
            .user_agent(AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            // Ours know where a token may go.
            .redirect(reqwest::redirect::Policy::none())
    };
    with_roots(with_rules)
        .map_err(|error| HttpError::NotSent { request: "set up TLS".to_owned(), why: chain(&error, None) })
}

/// Builds a client with the system's roots, or with built-in ones where the image has none. The error is the first
/// try's.
pub(crate) fn with_roots(builder: impl Fn() -> ClientBuilder) -> Result<Client, reqwest::Error> {
    let first = match builder().build() {
        Ok(client) => return Ok(client),
        Err(error) => error,
    };
    builder().tls_certs_only(built_in()).build().map_err(|_| first)
}

/// Mozilla's roots.
fn built_in() -> impl Iterator<Item = Certificate> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter_map(|root| Certificate::from_der(root).ok())
}

/// What is wrong with the server's certificate, if that is why no connection came about.
fn distrust(error: &reqwest::Error) -> Option<String> {
    let mut next: Option<&(dyn Error + 'static)> = error.source();
    while let Some(cause) = next {
        if let Some(rustls::Error::InvalidCertificate(why)) = cause.downcast_ref() {
            return Some(why.to_string());
        }
        // An error of the system's kind names as its source what is behind the one that it holds.
        let held = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match held {
            Some(held) => Some(held),
            None => cause.source(),
        };
    }
    None
}

/// Where an answer points to, if it is a redirect.
fn target(from: &Url, answer: &Response<Vec<u8>>) -> Option<Url> {
    if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    from.join(answer.headers().get(LOCATION)?.to_str().ok()?).ok()
}

/// The redirect to follow: reads anywhere (without the token), writes only on the same server and unchanged.
fn redirect(method: &Method, from: &Url, answer: &Response<Vec<u8>>) -> Option<Url> {
    let to = target(from, answer)?;
    let is_downgrade = from.scheme() == "https" && to.scheme() != "https";
    let is_web = matches!(to.scheme(), "http" | "https");
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let same = to.origin() == from.origin() && matches!(answer.status().as_u16(), 307 | 308);
    (is_web && !is_downgrade && (reads || same)).then_some(to)
}

fn now() -> u64 {
    // A clock before 1970 makes the wait too long, and too long is given up.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
impl Transport {
    /// For loopback servers: no proxy, and waits of a millisecond.
    pub(crate) fn for_tests(token: Option<Secret>, talk: Arc<dyn Fn(&str) + Send + Sync>) -> Self {
        let client = client(|| Client::builder().no_proxy()).unwrap();
        let waits = Waits { first: Duration::from_millis(1), ..Waits::default() };
        Self { client, token, api: None, talk, waits }
    }
}
