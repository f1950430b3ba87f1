//! One request as we send it, and where an answer leads it.
//!
//! In: a request of a forge's library. Out: its parts, its nature, and the redirects that are safe to follow.

use http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST, LOCATION, USER_AGENT};
use http::{HeaderMap, Method, Request, Response};
use url::Url;

use super::HttpError;
use super::redact::request_name;
use super::retry::Nature;
use cml_base::ident::is_loopback;

/// A request's extension: to carry it out twice is as good as once, whatever its method.
#[derive(Debug, Clone, Copy)]
pub struct Repeatable;

/// One request as it is sent, maybe several times.
pub(super) struct Call {
    pub(super) name: String,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) nature: Nature,
}

impl Call {
    pub(super) fn new(request: Request<Vec<u8>>) -> Result<Self, HttpError> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|error| HttpError::NotSent {
            request: format!("{} {}", parts.method, parts.uri.path()),
            why: format!("its address is not a web address: {error}"),
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

/// Where an answer points to, if it is a redirect.
pub(super) fn target(from: &Url, answer: &Response<Vec<u8>>) -> Option<Url> {
    if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    from.join(answer.headers().get(LOCATION)?.to_str().ok()?).ok()
}

/// The redirect to follow: reads anywhere (without the token) but from another machine to this one, writes only on the
/// same server and unchanged.
pub(super) fn redirect(method: &Method, from: &Url, answer: &Response<Vec<u8>>) -> Option<Url> {
    let to = target(from, answer)?;
    let is_downgrade = from.scheme() == "https" && to.scheme() != "https";
    let is_web = matches!(to.scheme(), "http" | "https");
    let reads = matches!(*method, Method::GET | Method::HEAD) && (is_loopback(from) || !is_loopback(&to));
    let same = to.origin() == from.origin() && matches!(answer.status().as_u16(), 307 | 308);
    (is_web && !is_downgrade && (reads || same)).then_some(to)
}
