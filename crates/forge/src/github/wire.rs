//! GitHub's API on the wire: octocrab over our transport, JSON, pages.
//!
//! In: one of octocrab's own calls, or a path below the repository. Out: what it reads, our own small structs where its
//! models demand more than servers promise, or the error with which the transport came back.
//!
//! Every call has an octocrab of its own, which costs a task, so that the transport's error is where the call is, and
//! needs not be looked for in octocrab's. Whole addresses stay as they are: octocrab's `BaseUri` layer would prefix the
//! API's path to them too, which breaks GraphQL on GitHub Enterprise Server (`/api/graphql` beside `/api/v3`) and links
//! to next pages.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use http::header::ACCEPT;
use http::{HeaderValue, Method, Request, Response};
use http_body_util::BodyExt as _;
use octocrab::service::middleware::extra_headers::ExtraHeadersLayer;
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::Connection;
use crate::answer::{MAX_PAGES, name, next_page, parsed, strange};
use cml_http::{HttpError, Repeatable, Transport};

/// Whether a write may be sent again when nobody knows what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    Never,
    /// Twice is as good as once.
    Harmless,
}

/// The API of one repository.
pub(super) struct Api {
    pub(super) transport: Transport,
    /// Without a trailing slash.
    base: String,
    graphql: String,
    pub(super) owner: String,
    pub(super) repo: String,
}

impl Api {
    pub(super) fn new(connection: Connection, transport: &Transport) -> Result<Self, HttpError> {
        let base = connection.api_url.trim_end_matches('/').to_owned();
        let failed = |why: String| HttpError::NotSent { request: format!("connect to {base}"), why };
        let url = Url::parse(&base)
            .map_err(|error| failed(format!("its address is not a web address: {error}")))?;
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(failed("there is no Tokio runtime".to_owned()));
        }
        let (owner, repo) = connection.repo.slug().split_once('/').unwrap_or_default();
        Ok(Self {
            transport: transport.for_api(&url, connection.token),
            graphql: connection.graphql_url,
            owner: owner.to_owned(),
            repo: repo.to_owned(),
            base,
        })
    }

    /// Makes one of octocrab's calls.
    pub(super) async fn call<T, F>(
        &self,
        again: Again,
        call: impl FnOnce(Octocrab) -> F,
    ) -> Result<T, HttpError>
    where
        F: Future<Output = octocrab::Result<T>> + Send,
    {
        let sent = Arc::new(Mutex::new(Sent::Nothing));
        let wire =
            Wire { transport: self.transport.clone(), base: self.base.clone(), again, sent: sent.clone() };
        let accept = (ACCEPT, HeaderValue::from_static("application/vnd.github+json"));
        let built: Result<Octocrab, Infallible> = OctocrabBuilder::new_empty()
            .with_service(wire)
            .with_layer(&ExtraHeadersLayer::new(Arc::new(vec![accept])))
            // The transport signs: octocrab knows one host only.
            .with_auth(AuthState::None)
            .build();
        let Ok(crab) = built;
        call(crab).await.map_err(|error| {
            let sent =
                std::mem::replace(&mut *sent.lock().unwrap_or_else(PoisonError::into_inner), Sent::Nothing);
            match sent {
                Sent::Failed(error) => error,
                Sent::Answered { method, url, status } => {
                    let why = format!("the answer is not the JSON that was expected: {error}");
                    strange(&method, &url, status, why)
                }
                Sent::Nothing => {
                    HttpError::NotSent { request: format!("ask {}", self.base), why: error.to_string() }
                }
            }
        })
    }

    /// Reads `path`, which is below the repository.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, HttpError> {
        let url = self.url(path);
        parsed(&Method::GET, &url, &self.send(&Method::GET, &url, None::<&()>, Again::Harmless).await?)
    }

    /// Reads `path`, which is below the API's root.
    pub(super) async fn get_root<T: DeserializeOwned>(&self, path: &str) -> Result<T, HttpError> {
        let url = format!("{}/{path}", self.base);
        parsed(&Method::GET, &url, &self.send(&Method::GET, &url, None::<&()>, Again::Harmless).await?)
    }

    /// Reads a list with all its pages.
    pub(super) async fn pages<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, HttpError> {
        let mut url = self.url(path);
        let mut all = Vec::new();
        for _ in 0..MAX_PAGES {
            let answer = self.send(&Method::GET, &url, None::<&()>, Again::Harmless).await?;
            all.append(&mut parsed(&Method::GET, &url, &answer)?);
            match next_page(&url, answer.headers()) {
                Ok(Some(next)) => url = next,
                Ok(None) => return Ok(all),
                Err(why) => return Err(strange(&Method::GET, &url, answer.status().as_u16(), why)),
            }
        }
        Err(strange(&Method::GET, &url, 200, format!("the list has more than {MAX_PAGES} pages")))
    }

    /// Writes JSON to `path` and reads the answer.
    pub(super) async fn write<T: DeserializeOwned>(
        &self,
        method: &Method,
        path: &str,
        body: &(impl Serialize + Sync),
        again: Again,
    ) -> Result<T, HttpError> {
        let url = self.url(path);
        parsed(method, &url, &self.send(method, &url, Some(body), again).await?)
    }

    pub(super) async fn delete(&self, path: &str) -> Result<(), HttpError> {
        self.send(&Method::DELETE, &self.url(path), None::<&()>, Again::Harmless).await.map(drop)
    }

    /// Asks a GraphQL question, which changes nothing.
    pub(super) async fn graphql<T: DeserializeOwned>(&self, query: &str) -> Result<T, HttpError> {
        let body = serde_json::json!({ "query": query });
        let answer = self.send(&Method::POST, &self.graphql, Some(&body), Again::Harmless).await?;
        // As a read: nothing can have been carried out.
        parsed(&Method::GET, &self.graphql, &answer)
    }

    fn url(&self, path: &str) -> String {
        format!("{}/repos/{}/{}/{path}", self.base, self.owner, self.repo)
    }

    async fn send<B: Serialize + Sync>(
        &self,
        method: &Method,
        url: &str,
        body: Option<&B>,
        again: Again,
    ) -> Result<Response<Vec<u8>>, HttpError> {
        let builder = Request::builder().method(method.clone()).uri(url);
        self.call(again, |crab| async move {
            let request = crab.build_request(builder, body)?;
            let (parts, body) = crab.execute(request).await?.into_parts();
            Ok(Response::from_parts(parts, body.collect().await?.to_bytes().to_vec()))
        })
        .await
    }
}

/// How far a call has come.
enum Sent {
    Nothing,
    Failed(HttpError),
    Answered { method: Method, url: String, status: u16 },
}

/// Our transport as octocrab's service, for one call.
#[derive(Clone)]
struct Wire {
    transport: Transport,
    /// What the paths of octocrab's own calls are below.
    base: String,
    again: Again,
    sent: Arc<Mutex<Sent>>,
}

impl Wire {
    async fn carry(self, request: Request<OctoBody>) -> Result<Response<reqwest::Body>, HttpError> {
        let (mut parts, body) = request.into_parts();
        let mut url = parts.uri.to_string();
        if parts.uri.authority().is_none() {
            url = format!("{}{url}", self.base);
        }
        let failed = |why: String| HttpError::NotSent { request: name(&parts.method, &url), why };
        parts.uri = url.parse().map_err(|error| failed(format!("no address: {error}")))?;
        let body = body.collect().await.map_err(|error| failed(error.to_string()))?.to_bytes().to_vec();
        if self.again == Again::Harmless {
            parts.extensions.insert(Repeatable);
        }
        let method = parts.method.clone();
        let answer = self.transport.send(Request::from_parts(parts, body)).await?;
        self.note(Sent::Answered { method, url, status: answer.status().as_u16() });
        Ok(answer.map(reqwest::Body::from))
    }

    fn note(&self, sent: Sent) {
        *self.sent.lock().unwrap_or_else(PoisonError::into_inner) = sent;
    }
}

impl tower::Service<Request<OctoBody>> for Wire {
    type Response = Response<reqwest::Body>;
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, HttpError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), HttpError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<OctoBody>) -> Self::Future {
        let wire = self.clone();
        Box::pin(async move {
            let answer = wire.clone().carry(request).await;
            if let Err(error) = &answer {
                wire.note(Sent::Failed(error.clone()));
            }
            answer
        })
    }
}
