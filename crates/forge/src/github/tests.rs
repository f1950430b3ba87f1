//! The client against prepared answers.

use std::sync::Arc;

use super::*;
use crate::{DRIVERS, connect};
use cml_base::ident::{RepoUrl, Secret, Token};
use cml_testing::{Server, answer};

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn forge(server: &Server) -> Box<dyn Forge> {
    let token = Secret::new("ghs_opensesame");
    let connection = Connection {
        flavor: &GITHUB,
        repo: RepoUrl::new(&server.url, "o/r").unwrap(),
        api_url: format!("{}/api/v3/", server.url),
        graphql_url: format!("{}/api/graphql", server.url),
        token: token.clone().map(|token| Token::new(token, "--token", [server.url.as_str()])),
    };
    connect(&DRIVERS, connection, &Transport::on_loopback(token, Arc::new(|_| ())).unwrap()).unwrap()
}

fn sha(text: &str) -> Sha {
    text.parse().unwrap()
}

fn change() -> Target {
    Target::Change(ChangeNumber(7))
}

#[tokio::test]
async fn comments_of_all_pages_come_with_what_they_lack() {
    let link = "Link: <{url}/api/v3/repositories/1/issues/7/comments?per_page=100&page=2>; rel=\"next\"\r\n";
    let server = Server::answering(vec![
        answer(
            200,
            link,
            r#"[{"id":1,"body":"x","user":{"login":"me"},"html_url":"https://h/1","more":[]}]"#,
        ),
        answer(200, "", r#"[{"id":2,"body":null,"user":null,"html_url":"https://h/2"}]"#),
    ]);
    let comments = forge(&server).comments(&change()).await.unwrap();
    let comment = |id, body: &str, author: Option<&str>| Comment {
        id,
        body: body.to_owned(),
        author: author.map(str::to_owned),
        url: format!("https://h/{id}"),
    };
    assert_eq!(comments, [comment(1, "x", Some("me")), comment(2, "", None)]);
    assert_eq!(
        server.lines(),
        [
            "GET /api/v3/repos/o/r/issues/7/comments?per_page=100",
            "GET /api/v3/repositories/1/issues/7/comments?per_page=100&page=2"
        ]
    );
    let sent = server.requests()[0].to_lowercase();
    for header in [
        "authorization: bearer ghs_opensesame",
        "accept: application/vnd.github+json",
        "x-github-api-version: 2022-11-28",
    ] {
        assert!(sent.contains(header), "{sent}");
    }
}

#[tokio::test]
async fn comments_are_written_where_their_target_is() {
    let made = || answer(201, "", r#"{"id":3}"#);
    let server =
        Server::answering(vec![made(), made(), made(), made(), answer(204, "", ""), answer(410, "", "")]);
    let forge = forge(&server);
    let commit = Target::Commit(sha(A));
    forge.create_comment(&change(), "hi").await.unwrap();
    forge.create_comment(&commit, "hi").await.unwrap();
    forge.update_comment(&Target::Issue(7), 3, "hi").await.unwrap();
    forge.update_comment(&commit, 3, "hi").await.unwrap();
    forge.delete_comment(&change(), 3).await.unwrap();
    forge.delete_comment(&commit, 3).await.unwrap();
    let expected = [
        "POST /api/v3/repos/o/r/issues/7/comments".to_owned(),
        format!("POST /api/v3/repos/o/r/commits/{A}/comments"),
        "PATCH /api/v3/repos/o/r/issues/comments/3".to_owned(),
        "PATCH /api/v3/repos/o/r/comments/3".to_owned(),
        "DELETE /api/v3/repos/o/r/issues/comments/3".to_owned(),
        "DELETE /api/v3/repos/o/r/comments/3".to_owned(),
    ];
    assert_eq!(server.lines(), expected);
    assert!(server.requests()[0].ends_with(r#"{"body":"hi"}"#));
}

#[tokio::test]
async fn errors_keep_their_kind_through_the_library() {
    let check = async |answers: Vec<String>, write: bool, expected: &str| {
        let server = Server::answering(answers);
        let forge = forge(&server);
        let error = if write {
            forge.create_comment(&change(), "hi").await.unwrap_err()
        } else {
            forge.comments(&change()).await.unwrap_err()
        };
        let text = error.to_string().replace(&server.url, "URL");
        assert!(text.contains(expected), "{text}");
    };
    let refused = answer(403, "", r#"{"message":"Resource not accessible by integration"}"#);
    let expected =
        "POST URL/api/v3/repos/o/r/issues/7/comments: the server answered 403: Resource not accessible";
    check(vec![refused], true, expected).await;
    check(vec![String::new()], true, "the answer was lost: ").await;
    let expected = "the answer was lost: the answer is not the JSON that was expected: EOF";
    check(vec![answer(201, "", "{\"id\":")], true, expected).await;
    let expected =
        "GET URL/api/v3/repos/o/r/issues/7/comments: the server answered 200: the answer is not the JSON";
    check(vec![answer(200, "", "<html>")], false, expected).await;
    let link = "Link: <https://evil/>; rel=\"next\"\r\n";
    check(vec![answer(200, link, "[]")], false, "the next page is on another server, \"evil\"").await;
    check(vec![answer(404, "", "<title>No such page</title>")], false, "answered 404: No such page").await;
}

#[tokio::test]
async fn the_viewer_is_asked_twice() {
    let check = async |answers: Vec<String>, expected: Option<&str>| {
        let count = answers.len();
        let server = Server::answering(answers);
        assert_eq!(forge(&server).viewer().await.unwrap().as_deref(), expected);
        let lines = ["POST /api/graphql", "GET /api/v3/user"];
        assert_eq!(server.lines(), lines[..count]);
    };
    let bot = r#"{"data":{"viewer":{"login":"github-actions[bot]"}}}"#;
    check(vec![answer(200, "", bot)], Some("github-actions[bot]")).await;
    let error = answer(200, "", r#"{"data":null,"errors":[{"message":"no"}]}"#);
    check(vec![error, answer(200, "", r#"{"login":"me"}"#)], Some("me")).await;
    check(vec![answer(404, "", ""), answer(403, "", "")], None).await;
}

#[tokio::test]
async fn changes_are_the_open_ones_with_this_head() {
    let check = async |status: u16, body: &str, expected: &[u64]| {
        let server = Server::answering(vec![answer(status, "", body)]);
        let changes = forge(&server).changes_with(&sha(A)).await.unwrap();
        let numbers: Vec<u64> = changes.iter().map(|change| change.number.0).collect();
        assert_eq!(numbers, expected, "{body}");
    };
    let pull = |number: u64, state: &str, head: &str| {
        format!(r#"{{"number":{number},"state":"{state}","head":{{"sha":"{head}"}}}}"#)
    };
    let (open, closed, other) = (pull(1, "open", A), pull(2, "closed", A), pull(3, "open", B));
    check(200, &format!("[{closed},{open},{other}]"), &[1]).await;
    check(200, &format!("[{open},{}]", pull(4, "open", A)), &[1, 4]).await;
    check(200, &format!("[{other}]"), &[]).await;
    check(422, "{\"message\":\"No commit found\"}", &[]).await;
}

#[tokio::test]
async fn heads_and_merge_bases_may_be_absent() {
    let server = Server::answering(vec![
        answer(200, "", &format!(r#"{{"number":7,"state":"open","head":{{"sha":"{A}"}}}}"#)),
        answer(404, "", ""),
        answer(200, "", &format!(r#"{{"merge_base_commit":{{"sha":"{B}"}}}}"#)),
        answer(404, "", ""),
    ]);
    let forge = forge(&server);
    assert_eq!(forge.head_of(ChangeNumber(7)).await.unwrap(), Some(sha(A)));
    assert_eq!(forge.head_of(ChangeNumber(8)).await.unwrap(), None);
    assert_eq!(forge.merge_base(&sha(A), &sha(B)).await.unwrap(), Some(sha(B)));
    assert_eq!(forge.merge_base(&sha(A), &sha(B)).await.unwrap(), None);
    assert_eq!(server.lines()[2], format!("GET /api/v3/repos/o/r/compare/{A}...{B}?per_page=1"));
}

#[tokio::test]
async fn files_are_stored_under_a_ref_that_may_be_there() {
    let object = || answer(201, "", &format!(r#"{{"sha":"{A}"}}"#));
    let reference = |sha: &str| format!(r#"{{"ref":"refs/cml/x","object":{{"sha":"{sha}"}}}}"#);
    let exists = || answer(422, "", r#"{"message":"Reference already exists"}"#);
    let check = async |last: Vec<String>, expected: &str| {
        let mut answers = vec![object(), object(), object()];
        answers.extend(last);
        let server = Server::answering(answers);
        let files = [TreeFile { path: "a.png".to_owned(), bytes: b"abc".to_vec() }];
        let stored = forge(&server)
            .refs()
            .unwrap()
            .store_tree(&files, "refs/cml/x", "2026-01-02T03:04:05Z")
            .await
            .unwrap();
        assert_eq!(stored, sha(expected));
        let requests = server.requests();
        assert!(requests[0].contains(r#""content":"YWJj""#), "{}", requests[0]);
        assert!(requests[2].contains(r#""parents":[]"#) && requests[2].contains("2026-01-02T03:04:05Z"));
        server.lines()
    };
    let made = check(vec![answer(201, "", &reference(A))], A).await;
    assert_eq!(made[3], "POST /api/v3/repos/o/r/git/refs");
    let found = check(vec![exists(), answer(200, "", &reference(B))], B).await;
    assert_eq!(found[4], "GET /api/v3/repos/o/r/git/ref/cml/x");
    check(vec![exists(), answer(404, "", "")], A).await;
}

#[test]
fn a_connection_outside_a_runtime_is_an_error() {
    let transport = Transport::on_loopback(None, Arc::new(|_| ())).unwrap();
    let connection = Connection {
        flavor: &GITHUB,
        repo: RepoUrl::parse("o/r").unwrap(),
        api_url: "https://h".to_owned(),
        graphql_url: "https://h/graphql".to_owned(),
        token: None,
    };
    assert!(connect(&DRIVERS, connection, &transport).is_err());
}
