//! GitHub's API on the wire: octocrab's requests over our transport, JSON, pages.
//!
//! In: paths below the repository. Out: our own small structs, or the error with which the transport came back.
//!
//! Every address is made whole here. octocrab's `BaseUri` layer would prefix the API's path to whole addresses too,
//! which breaks GraphQL on GitHub Enterprise Server (`/api/graphql` beside `/api/v3`) and links to next pages.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
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
    crab: Octocrab,
    pub(super) transport: Transport,
    /// Without a trailing slash.
    base: String,
    graphql: String,
    repo: String,
}

impl Api {
    pub(super) fn new(connection: Connection, transport: &Transport) -> Result<Self, HttpError> {
        let base = connection.api_url.trim_end_matches('/').to_owned();
        let failed = |why: String| HttpError::NotSent { request: format!("connect to {base}"), why };
        let url =
            Url::parse(&base).map_err(|error| failed(format!("its address is no web address: {error}")))?;
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(failed("there is no Tokio runtime".to_owned()));
        }
        let transport = transport.for_api(&url, connection.token);
        let wire = Wire(transport.clone());
        let accept = (ACCEPT, HeaderValue::from_static("application/vnd.github+json"));
        let built: Result<Octocrab, Infallible> = OctocrabBuilder::new_empty()
            .with_service(wire)
            .with_layer(&ExtraHeadersLayer::new(Arc::new(vec![accept])))
            // The transport signs: octocrab knows one host only.
            .with_auth(AuthState::None)
            .build();
        let Ok(crab) = built;
        Ok(Self {
            crab,
            transport,
            repo: format!("{base}/repos/{}", connection.repo.slug()),
            base,
            graphql: connection.graphql_url,
        })
    }

    /// Reads `path`, which is below the repository.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, HttpError> {
        let url = format!("{}/{path}", self.repo);
        parsed(&Method::GET, &url, &self.send(&Method::GET, &url, None::<&()>, Again::Harmless).await?)
    }

    /// Reads `path`, which is below the API's root.
    pub(super) async fn get_root<T: DeserializeOwned>(&self, path: &str) -> Result<T, HttpError> {
        let url = format!("{}/{path}", self.base);
        parsed(&Method::GET, &url, &self.send(&Method::GET, &url, None::<&()>, Again::Harmless).await?)
    }

    /// Reads a list with all its pages.
    pub(super) async fn pages<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, HttpError> {
        let mut url = format!("{}/{path}", self.repo);
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
        let url = format!("{}/{path}", self.repo);
        parsed(method, &url, &self.send(method, &url, Some(body), again).await?)
    }

    pub(super) async fn delete(&self, path: &str) -> Result<(), HttpError> {
        let url = format!("{}/{path}", self.repo);
        self.send(&Method::DELETE, &url, None::<&()>, Again::Harmless).await.map(drop)
    }

    /// Asks a GraphQL question, which changes nothing.
    pub(super) async fn graphql<T: DeserializeOwned>(&self, query: &str) -> Result<T, HttpError> {
        let body = serde_json::json!({ "query": query });
        let answer = self.send(&Method::POST, &self.graphql, Some(&body), Again::Harmless).await?;
        // As a read: nothing can have been carried out.
        parsed(&Method::GET, &self.graphql, &answer)
    }

    async fn send<B: Serialize + Sync>(
        &self,
        method: &Method,
        url: &str,
        body: Option<&B>,
        again: Again,
    ) -> Result<Response<Vec<u8>>, HttpError> {
        let failed = |error: octocrab::Error| ours(&error).unwrap_or_else(|| not_sent(method, url, &error));
        let mut builder = Request::builder().method(method.clone()).uri(url);
        if again == Again::Harmless {
            builder = builder.extension(Repeatable);
        }
        let request = self.crab.build_request(builder, body).map_err(failed)?;
        let (parts, body) = self.crab.execute(request).await.map_err(failed)?.into_parts();
        let bytes = body.collect().await.map_err(failed)?.to_bytes().to_vec();
        Ok(Response::from_parts(parts, bytes))
    }
}

/// Our transport as octocrab's service.
#[derive(Clone)]
struct Wire(Transport);

impl tower::Service<Request<OctoBody>> for Wire {
    type Response = Response<reqwest::Body>;
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, HttpError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), HttpError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<OctoBody>) -> Self::Future {
        let transport = self.0.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let url = parts.uri.to_string();
            let whole = body.collect().await.map_err(|error| not_sent(&parts.method, &url, &error))?;
            let answer = transport.send(Request::from_parts(parts, whole.to_bytes().to_vec())).await?;
            Ok(answer.map(reqwest::Body::from))
        })
    }
}

/// The transport's own error, which octocrab has wrapped.
fn ours(error: &octocrab::Error) -> Option<HttpError> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(ours) = error.downcast_ref::<HttpError>() {
            return Some(ours.clone());
        }
        next = error.source();
    }
    None
}

fn not_sent(method: &Method, url: &str, error: &octocrab::Error) -> HttpError {
    let why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    HttpError::NotSent { request: name(method, url), why }
}
