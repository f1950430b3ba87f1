//! Where an instance is, if nothing but a project's address is known: groups are nested, and an instance may be below a
//! path, so `https://HOST/a/b/c` is `a/b/c` on `https://HOST`, or `b/c` on `https://HOST/a`.
//!
//! In: the repository as it was read, all of its path as slug. Out: the same with the server at which a GitLab
//! answers. No question is signed: whatever else answers on that host, or where it points to, gets no token.

use http::header::ACCEPT;
use http::{Method, Request, Response};
use serde_json::Value;

use cml_base::ident::RepoUrl;
use cml_http::{HttpError, Transport};

/// The first place that knows the project, else the first at which a GitLab answers: without a token it says of most
/// projects that they are not there.
pub(super) async fn find(repo: &RepoUrl, transport: &Transport) -> Result<Option<RepoUrl>, HttpError> {
    let mut gitlab = None;
    for place in places(repo) {
        let answer = transport.answer(question(&place)?).await?;
        match read(&answer) {
            Answered::Project => return Ok(Some(place)),
            Answered::GitLab => gitlab = gitlab.or(Some(place)),
            Answered::Other => {}
        }
    }
    Ok(gitlab)
}

/// The repository on each server that it may be on, the host itself first.
fn places(repo: &RepoUrl) -> Vec<RepoUrl> {
    let parts: Vec<&str> = repo.slug().split('/').collect();
    let place = |below: usize| {
        let (path, slug) = parts.split_at(below);
        let server: String = path.iter().map(|part| format!("/{part}")).collect();
        RepoUrl::new(&format!("{}{server}", repo.server()), &slug.join("/")).ok()
    };
    (0..parts.len().saturating_sub(1)).filter_map(place).collect()
}

fn question(place: &RepoUrl) -> Result<Request<Vec<u8>>, HttpError> {
    let project = gitlab::api::common::path_escaped(place.slug()).to_string();
    let url = format!("{}/api/v4/projects/{project}", place.server());
    let request = Request::builder().method(Method::GET).uri(&url).header(ACCEPT, "application/json");
    request.body(Vec::new()).map_err(|error| HttpError::NotSent {
        request: format!("GET {url}"),
        why: format!("no address: {error}"),
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Answered {
    Project,
    GitLab,
    Other,
}

/// GitLab names itself in a header; an older one is known by messages that begin with the status.
fn read(answer: &Response<Vec<u8>>) -> Answered {
    let json = serde_json::from_slice::<Value>(answer.body()).unwrap_or_default();
    let status = answer.status().as_u16().to_string();
    let is_refusal = json["message"].as_str().is_some_and(|message| message.starts_with(&status));
    if answer.status().is_success() && json["path_with_namespace"].is_string() {
        Answered::Project
    } else if answer.headers().contains_key("x-gitlab-meta") || is_refusal {
        Answered::GitLab
    } else {
        Answered::Other
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use cml_base::ident::Secret;
    use cml_testing::{Server, answer};

    const REFUSED: &str = r#"{"message":"404 Project Not Found"}"#;
    const PROJECT: &str = r#"{"id":1,"path_with_namespace":"b/c"}"#;

    async fn found(server: &Server) -> Option<String> {
        let repo = RepoUrl::new(&server.url, "a/b/c").unwrap();
        let transport = Transport::on_loopback(Secret::new("glpat-opensesame"), Arc::new(|_| ())).unwrap();
        let place = find(&repo, &transport).await.unwrap()?;
        Some(format!("{} {}", place.server().replace(&server.url, "HOST"), place.slug()))
    }

    #[tokio::test]
    async fn the_place_that_knows_the_project_or_the_first_gitlab_is_it() {
        let check = async |answers: &[String], expected: Option<&str>| {
            let server = Server::answering(answers.to_vec());
            assert_eq!(found(&server).await.as_deref(), expected);
            assert_eq!(server.requests().len(), answers.len());
            assert!(server.requests().iter().all(|text| !text.to_lowercase().contains("authorization")));
        };
        let page = || answer(404, "", "<html>nginx</html>");
        check(&[answer(200, "", PROJECT)], Some("HOST a/b/c")).await;
        check(&[page(), answer(200, "", PROJECT)], Some("HOST/a b/c")).await;
        check(&[answer(404, "", REFUSED), answer(200, "", PROJECT)], Some("HOST/a b/c")).await;
        check(&[answer(404, "", REFUSED), answer(404, "", REFUSED)], Some("HOST a/b/c")).await;
        check(&[page(), answer(401, "X-Gitlab-Meta: {}\r\n", "{}")], Some("HOST/a b/c")).await;
        check(&[page(), answer(200, "", "{\"path\":\"c\"}")], None).await;
        check(&[answer(404, "", "{\"message\":\"Not Found\"}"), page()], None).await;
    }

    #[tokio::test]
    async fn where_an_answer_points_to_another_host_it_gets_no_token() {
        let other = Server::answering(vec![answer(200, "", "<html>sign in</html>")]);
        let away = format!("Location: {}/sign_in\r\n", other.url);
        let server = Server::answering(vec![answer(302, &away, ""), answer(200, "", PROJECT)]);
        assert_eq!(found(&server).await.as_deref(), Some("HOST/a b/c"));
        assert!(other.requests().iter().all(|text| !text.contains("opensesame")), "{:?}", other.requests());
        assert_eq!(other.requests().len(), 1);
    }
}
