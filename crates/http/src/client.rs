//! The client itself: builds it, signs, follows redirects, reads answers up to a limit.
//!
//! In: one request. Out: its answer, after as many tries as [`retry`](super::retry) allows.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, Response};
use reqwest::{Certificate, Client};
use url::Url;

use super::HttpError;
use super::address;
use super::call::{Call, redirect, target};
use super::redact::{chain, one_line, shown, words};
use super::retry::{self, Came, Next, Waits};
use super::tls::{built_in, client, distrust};
use cml_base::ident::{Secret, Token, Withheld};
use cml_host::deadline::Deadline;
use cml_host::environment::Secrets;

const MAX_ANSWER: usize = 32 * 1024 * 1024;
const MAX_REDIRECTS: usize = 5;
/// Shorter waits need no explanation.
const SAID_WAIT: Duration = Duration::from_secs(2);

/// What a transport keeps to, and whom it tells.
#[derive(Clone)]
pub struct Manners {
    /// Told about waits.
    pub talk: Arc<dyn Fn(&str) + Send + Sync>,
    /// Kept out of every text that is shown.
    pub token: Option<Secret>,
    /// Taken out of every text that is sent.
    pub secrets: Secrets,
    /// How many milliseconds a second of a wait lasts: a thousand but in tests.
    pub pace: Option<u32>,
}

/// The one way to the network. A clone shares its connections and its deadline.
#[derive(Clone)]
pub struct Transport {
    client: Client,
    manners: Manners,
    api: Option<Api>,
    waits: Waits,
    deadline: Arc<Mutex<Deadline>>,
}

/// The only server that gets the token, and the token.
#[derive(Clone)]
struct Api {
    url: Url,
    token: Option<Token>,
}

impl Transport {
    /// A client that signs nothing yet ([`Transport::for_api`]). It trusts `roots` (a PEM file's bytes) beside the
    /// system's, and has no deadline yet ([`Transport::until`]).
    pub fn new(manners: Manners, roots: &[u8]) -> Result<Self, HttpError> {
        let bad = |error: reqwest::Error| HttpError::NotSent {
            request: "set up TLS".to_owned(),
            why: format!("the extra roots are no PEM file: {}", chain(&error, None)),
        };
        let roots = Certificate::from_pem_bundle(roots).map_err(bad)?;
        // Beside roots of one's own, a system without any is not noticed.
        let is_slim = !roots.is_empty() && Client::builder().build().is_err();
        let more: Vec<Certificate> = roots.into_iter().chain(built_in().filter(|_| is_slim)).collect();
        let client = client(|| Client::builder().tls_certs_merge(more.clone()))?;
        Ok(Self { client, manners, api: None, waits: Waits::default(), deadline: Arc::default() })
    }

    /// The same transport with the token for this API's server, and for no other. Where the token does not belong to
    /// that server, every request to it is withheld.
    #[must_use]
    pub fn for_api(&self, api: &Url, token: Option<Token>) -> Self {
        Self { api: Some(Api { url: api.clone(), token }), ..self.clone() }
    }

    /// From now on nothing is sent, waited for or read after this, by any clone.
    pub fn until(&self, deadline: Deadline) {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner) = deadline;
    }

    fn deadline(&self) -> Deadline {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request until it is answered with success, refused, or not worth another try.
    pub async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpError> {
        let call = self.call(request)?;
        let came = self.last(&call).await;
        self.finish(call, came)
    }

    /// The same, and a refusal is an answer too.
    pub async fn answer(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpError> {
        let call = self.call(request)?;
        match self.last(&call).await {
            Came::Answer(answer) => Ok(answer),
            came => self.finish(call, came),
        }
    }

    /// The request as it is sent: no text of it holds a secret. A picture is no text.
    fn call(&self, request: Request<Vec<u8>>) -> Result<Call, HttpError> {
        let mut call = Call::new(request)?;
        let is_text = call.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_none_or(|kind| {
            ["application/json", "application/x-www-form-urlencoded", "text/"]
                .iter()
                .any(|text| kind.starts_with(text))
        });
        if is_text && let Some(clean) = self.manners.secrets.hide_in(&call.body) {
            (self.manners.talk)(&format!(
                "warning: {}: the text held our token or the value of a variable whose name says secret; it is sent \
                 with *** in its place",
                call.name
            ));
            call.body = clean;
        }
        Ok(call)
    }

    /// What came of the last try.
    async fn last(&self, call: &Call) -> Came {
        let mut tries = 0;
        loop {
            tries += 1;
            let came = self.in_time(call).await;
            match retry::next(&came, call.nature, tries, now(), &self.waits) {
                Next::Stop => return came,
                Next::Wait(wait) => {
                    let real = self.paced(wait);
                    if self.deadline().left().is_some_and(|left| left <= real) {
                        self.say_too_long(call, &came, wait, &format!("{} are left", left(self.deadline())));
                        return came;
                    }
                    if wait >= SAID_WAIT {
                        (self.manners.talk)(&format!(
                            "{}: waiting {} s{}",
                            call.name,
                            wait.as_secs(),
                            self.because(&came)
                        ));
                    }
                    tokio::time::sleep(real).await;
                }
                Next::TooLong(wait) => {
                    let most = format!("cml waits {} s at most", self.waits.cap.as_secs());
                    self.say_too_long(call, &came, wait, &most);
                    return came;
                }
            }
        }
    }

    fn say_too_long(&self, call: &Call, came: &Came, wait: Duration, why: &str) {
        let (because, wait) = (self.because(came), wait.as_secs());
        (self.manners.talk)(&format!(
            "{}: a wait of {wait} s would be needed{because}; {why}, so it gives up",
            call.name
        ));
    }

    /// The forge's own words about a limit, else its status.
    fn because(&self, came: &Came) -> String {
        match came {
            Came::Answer(answer) => {
                let said = words(answer.body(), self.manners.token.as_ref());
                let limit =
                    if retry::is_limit(answer) { "the server's rate limit" } else { "the server is busy" };
                let status = answer.status().as_u16();
                if said.is_empty() {
                    format!(": {limit} ({status})")
                } else {
                    format!(": {limit} ({status}): {said}")
                }
            }
            _ => String::new(),
        }
    }

    fn paced(&self, wait: Duration) -> Duration {
        self.manners.pace.map_or(wait, |pace| wait.saturating_mul(pace) / 1000)
    }

    /// One try within the deadline.
    async fn in_time(&self, call: &Call) -> Came {
        let deadline = self.deadline();
        let late = || format!("the time for it is over ({})", deadline.allowed());
        match deadline.left() {
            None => self.follow(call).await,
            Some(left) if left.is_zero() => Came::Withheld(Withheld {
                why: late(),
                advice: "the forge or the network is slow: run the job again later".to_owned(),
            }),
            Some(left) => {
                tokio::time::timeout(left, self.follow(call)).await.unwrap_or_else(|_| Came::Slow(late()))
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
        match self.signature(url) {
            Ok(Some(value)) => drop(headers.insert(AUTHORIZATION, value)),
            Ok(None) => {}
            Err(withheld) => return Came::Withheld(withheld),
        }
        if let Err(why) = address::check(url.as_str()) {
            let advice = "name a server that is none of those".to_owned();
            return Came::Withheld(Withheld { why, advice });
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
                let (never_sent, is_slow) = (error.is_connect() || error.is_builder(), error.is_timeout());
                let why = self.why(error);
                match (never_sent, is_slow) {
                    (true, _) => Came::NotSent(why),
                    (false, true) => Came::Slow(why),
                    (false, false) => Came::Lost { status: None, why },
                }
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

    /// The token, if the request goes to the API's own scheme, host and port; an error if it does not belong there.
    fn signature(&self, url: &Url) -> Result<Option<HeaderValue>, Withheld> {
        let Some(api) = self.api.as_ref().filter(|api| api.url.origin() == url.origin()) else {
            return Ok(None);
        };
        let Some(token) = &api.token else { return Ok(None) };
        // A token that no header can hold signs nothing: the server's 401 says so.
        let value = HeaderValue::from_str(&format!("Bearer {}", token.at(url)?.expose()));
        Ok(value.ok().map(|mut value| {
            value.set_sensitive(true);
            value
        }))
    }

    fn why(&self, error: reqwest::Error) -> String {
        chain(&error.without_url(), self.manners.token.as_ref())
    }

    /// What the last try means for the caller.
    fn finish(&self, call: Call, came: Came) -> Result<Response<Vec<u8>>, HttpError> {
        let request = one_line(&call.name, self.manners.token.as_ref());
        match came {
            Came::NotSent(why) => Err(HttpError::NotSent { request, why }),
            Came::Untrusted(why) => Err(HttpError::Untrusted { request, why }),
            Came::Withheld(Withheld { why, advice }) => Err(HttpError::Withheld { request, why, advice }),
            Came::Slow(why) if call.nature.reads => {
                Err(HttpError::NotSent { request, why: format!("no answer came: {why}") })
            }
            Came::Slow(why) => Err(HttpError::Unknown { request, why }),
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
            let text = format!("it points to {}, which cml does not follow", shown(&to));
            return one_line(&text, self.manners.token.as_ref());
        }
        let said = words(answer.body(), self.manners.token.as_ref());
        if said.is_empty() {
            return answer.status().canonical_reason().unwrap_or("(nothing more)").to_owned();
        }
        said
    }
}

/// `12 s`
fn left(deadline: Deadline) -> String {
    format!("{} s", deadline.left().unwrap_or_default().as_secs())
}

fn now() -> u64 {
    // A clock before 1970 makes the wait too long, and too long is given up.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl Transport {
    /// For servers on the loopback: no proxy, and waits of a millisecond.
    pub fn on_loopback(
        token: Option<Secret>,
        talk: Arc<dyn Fn(&str) + Send + Sync>,
    ) -> Result<Self, HttpError> {
        let client = client(|| Client::builder().no_proxy())?;
        let waits = Waits { first: Duration::from_millis(1), ..Waits::default() };
        let manners = Manners { talk, token, secrets: Secrets::default(), pace: Some(1) };
        Ok(Self { client, manners, api: None, waits, deadline: Arc::default() })
    }

    /// The same, which takes these secrets out of what it sends.
    #[must_use]
    pub fn hiding(mut self, secrets: Secrets) -> Self {
        self.manners.secrets = secrets;
        self
    }
}
