//! GitLab's API on the wire: the `gitlab` crate's endpoints over our transport.
//!
//! In: an [`Endpoint`], the crate's or one of our own. Out: our own small structs, or the error with which the
//! transport came back.
//!
//! The crate's own clients sign, retry and page by rules of their own, so of an endpoint only its method, path, query
//! and body are taken here, and pages follow the `Link` header, which both of GitLab's ways of paging send.

use std::borrow::Cow;

use gitlab::api::{BodyError, Endpoint, QueryParams};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request, Response};
use serde::de::DeserializeOwned;
use url::Url;

use crate::Connection;
use crate::answer::{MAX_PAGES, name, next_page, parsed, strange};
use cml_http::{HttpError, Transport};

/// The API of one project.
pub(super) struct Api {
    pub(super) transport: Transport,
    /// With a trailing slash.
    base: Url,
    /// `group/project`, as the crate's endpoints take it.
    pub(super) project: String,
    /// The project's web page.
    pub(super) page: String,
}

impl Api {
    pub(super) fn new(connection: Connection, transport: &Transport) -> Result<Self, HttpError> {
        let text = format!("{}/", connection.api_url.trim_end_matches('/'));
        let base = Url::parse(&text).map_err(|error| HttpError::NotSent {
            request: format!("connect to {text}"),
            why: format!("its address is not a web address: {error}"),
        })?;
        Ok(Self {
            transport: transport.for_api(&base, connection.token),
            base,
            project: connection.repo.slug().to_owned(),
            page: connection.repo.to_string(),
        })
    }

    /// Asks once and reads JSON.
    pub(super) async fn ask<T: DeserializeOwned>(&self, endpoint: &impl Endpoint) -> Result<T, HttpError> {
        let url = self.url(endpoint)?;
        let answer = self.send(endpoint, &url).await?;
        parsed(&endpoint.method(), url.as_str(), &answer)
    }

    /// Asks once, and takes the answer as it is.
    pub(super) async fn bytes(&self, endpoint: &impl Endpoint) -> Result<Vec<u8>, HttpError> {
        self.send(endpoint, &self.url(endpoint)?).await.map(Response::into_body)
    }

    /// Asks once, and the answer's body does not matter.
    pub(super) async fn tell(&self, endpoint: &impl Endpoint) -> Result<(), HttpError> {
        self.send(endpoint, &self.url(endpoint)?).await.map(drop)
    }

    /// Reads a list with all its pages.
    pub(super) async fn pages<T: DeserializeOwned>(
        &self,
        endpoint: &impl Endpoint,
    ) -> Result<Vec<T>, HttpError> {
        let mut url = self.url(endpoint)?;
        url.query_pairs_mut().append_pair("per_page", "100");
        let mut all = Vec::new();
        for _ in 0..MAX_PAGES {
            let answer = self.send(endpoint, &url).await?;
            all.append(&mut parsed(&Method::GET, url.as_str(), &answer)?);
            let bad = |why: String| strange(&Method::GET, url.as_str(), answer.status().as_u16(), why);
            match next_page(url.as_str(), answer.headers()).map_err(bad)? {
                Some(next) => url = Url::parse(&next).map_err(|error| bad(error.to_string()))?,
                None => return Ok(all),
            }
        }
        Err(strange(&Method::GET, url.as_str(), 200, format!("the list has more than {MAX_PAGES} pages")))
    }

    fn url(&self, endpoint: &impl Endpoint) -> Result<Url, HttpError> {
        let path = endpoint.endpoint();
        let mut url = self
            .base
            .join(&path)
            .map_err(|error| not_sent(&endpoint.method(), &path, format!("no address: {error}")))?;
        let query = endpoint.parameters();
        query.add_to_url(&mut url);
        if url.query() == Some("") {
            url.set_query(None);
        }
        Ok(url)
    }

    async fn send(&self, endpoint: &impl Endpoint, url: &Url) -> Result<Response<Vec<u8>>, HttpError> {
        let method = endpoint.method();
        let failed = |why: String| not_sent(&method, url.as_str(), why);
        let mut builder =
            Request::builder().method(method.clone()).uri(url.as_str()).header(ACCEPT, "application/json");
        let body = endpoint.body().map_err(|error| failed(error.to_string()))?;
        let body = body.map(|(kind, bytes)| {
            builder = std::mem::take(&mut builder).header(CONTENT_TYPE, kind);
            bytes
        });
        let request = builder.body(body.unwrap_or_default()).map_err(|error| failed(error.to_string()))?;
        self.transport.send(request).await
    }
}

fn not_sent(method: &Method, url: &str, why: String) -> HttpError {
    HttpError::NotSent { request: name(method, url), why }
}

/// A parameter that the crate's builder wants and did not get: a mistake of ours, told like any other failure.
pub(super) fn built<E>(endpoint: Result<E, impl std::fmt::Display>) -> Result<E, HttpError> {
    endpoint.map_err(|error| HttpError::NotSent {
        request: "make a request for GitLab".to_owned(),
        why: error.to_string(),
    })
}

/// An endpoint that the crate lacks.
pub(super) struct Own {
    pub(super) method: Method,
    /// Below the API, each name in it percent-encoded.
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    /// Its content type, and the bytes.
    pub(super) body: Option<(&'static str, Vec<u8>)>,
}

impl Own {
    /// `path` is below the project.
    pub(super) fn of(api: &Api, method: Method, path: &str) -> Self {
        let project = gitlab::api::common::path_escaped(&api.project).to_string();
        Self { method, path: format!("projects/{project}/{path}"), query: Vec::new(), body: None }
    }

    pub(super) fn with_query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(super) fn with_text(mut self, name: &str, text: &str) -> Self {
        let form = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, text).finish();
        self.body = Some(("application/x-www-form-urlencoded", form.into_bytes()));
        self
    }
}

impl Endpoint for Own {
    fn method(&self) -> Method {
        self.method.clone()
    }

    fn endpoint(&self) -> Cow<'static, str> {
        self.path.clone().into()
    }

    fn parameters(&self) -> QueryParams<'_> {
        let mut query = QueryParams::default();
        for (name, value) in &self.query {
            query.push(*name, value);
        }
        query
    }

    fn body(&self) -> Result<Option<(&'static str, Vec<u8>)>, BodyError> {
        Ok(self.body.clone())
    }
}
