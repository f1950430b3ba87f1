//! What the forges' answers have in common: JSON, and lists in pages.
//!
//! In: an answer of the transport. Out: our own struct, or the error that says what was wrong with it.

use http::header::LINK;
use http::{HeaderMap, Method, Response};
use serde::de::DeserializeOwned;
use url::Url;

use cml_http::HttpError;

/// 10,000 things, four times what GitHub takes on one issue; a server that never ends its pages must not hang a job.
pub(super) const MAX_PAGES: usize = 100;

/// `POST https://host/path`.
pub(super) fn name(method: &Method, url: &str) -> String {
    format!("{method} {}", url.split('?').next().unwrap_or(url))
}

/// Reads JSON. If a write's answer is unreadable, the write may have been carried out all the same.
pub(super) fn parsed<T: DeserializeOwned>(
    method: &Method,
    url: &str,
    answer: &Response<Vec<u8>>,
) -> Result<T, HttpError> {
    serde_json::from_slice(answer.body()).map_err(|error| {
        let why = format!("the answer is not the JSON that was expected: {error}");
        strange(method, url, answer.status().as_u16(), why)
    })
}

pub(super) fn strange(method: &Method, url: &str, status: u16, why: String) -> HttpError {
    let request = name(method, url);
    if *method == Method::GET {
        HttpError::Refused { request, status, answer: why }
    } else {
        HttpError::Unknown { request, why }
    }
}

/// What is not there is no error.
pub(super) fn found<T>(answer: Result<T, HttpError>) -> Result<Option<T>, HttpError> {
    match answer {
        Ok(thing) => Ok(Some(thing)),
        Err(HttpError::Refused { status: 404, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The address of the next page by the `Link` header, on the server that we asked. A forge behind a proxy may not
/// know its own scheme and port, so those stay ours.
pub(super) fn next_page(url: &str, headers: &HeaderMap) -> Result<Option<String>, String> {
    let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let Some(next) = links.flat_map(|links| links.split(',')).find_map(next_target) else {
        return Ok(None);
    };
    let here = Url::parse(url).map_err(|error| error.to_string())?;
    let to = here.join(next).map_err(|error| format!("the address of the next page is wrong: {error}"))?;
    if to.host_str() != here.host_str() {
        let host = to.host_str().unwrap_or_default();
        return Err(format!("the next page is on another server, {host:?}, which cml does not ask"));
    }
    let mut page = here;
    page.set_path(to.path());
    page.set_query(to.query());
    Ok(Some(page.to_string()))
}

/// `<https://…>; rel="next"`: the address.
fn next_target(link: &str) -> Option<&str> {
    let (address, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    let is_next = |text: &str| text.split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case("next"));
    let mut rels = parameters.split(';').filter_map(|part| part.trim().strip_prefix("rel="));
    rels.any(|rel| is_next(rel.trim_matches('"'))).then_some(address)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_next_page_is_found_on_the_same_server_only() {
        let check = |link: &str, expected: Result<Option<&str>, &str>| {
            let headers = HeaderMap::from_iter([(LINK, HeaderValue::from_str(link).unwrap())]);
            let next = next_page("https://h:8443/api/v3/repos/o/r/x?per_page=100", &headers);
            match (next, expected) {
                (Ok(next), Ok(expected)) => assert_eq!(next.as_deref(), expected, "{link}"),
                (Err(why), Err(expected)) => assert!(why.contains(expected), "{why}"),
                (next, _) => panic!("{link}: {next:?}"),
            }
        };
        let next = "https://h:8443/api/v3/repositories/1/x?page=2";
        check(&format!("<https://h/y?page=9>; rel=\"last\", <{next}>; rel=\"next\""), Ok(Some(next)));
        check("<http://h/api/v3/repositories/1/x?page=2>; rel=next", Ok(Some(next)));
        check("<?page=2>; rel=\"next\"", Ok(Some("https://h:8443/api/v3/repos/o/r/x?page=2")));
        check("<https://h/y?page=1>; rel=\"prev\"", Ok(None));
        check("nonsense", Ok(None));
        check("<https://evil/y>; rel=\"next\"", Err("\"evil\""));
    }
}
