//! The client against prepared answers.

use std::sync::Arc;

use super::*;
use crate::{DRIVERS, connect};
use cml_base::ident::{RepoUrl, Secret, Token};
use cml_testing::{Server, answer};

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A project of an instance below a path.
fn forge(server: &Server) -> Box<dyn Forge> {
    let token = Secret::new("glpat-opensesame");
    let base = format!("{}/sub", server.url);
    let connection = Connection {
        flavor: &GITLAB,
        repo: RepoUrl::new(&base, "grp/proj").unwrap(),
        api_url: format!("{base}/api/v4"),
        graphql_url: String::new(),
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

const PROJECT: &str = "/sub/api/v4/projects/grp%2Fproj";

#[tokio::test]
async fn notes_of_all_pages_come_oldest_first_with_what_they_lack() {
    // A server behind a proxy that does not know its own scheme, and pages by a cursor.
    let link = "Link: <https://127.0.0.1/sub/api/v4/x?cursor=a%3D&per_page=100>; rel=\"next\"\r\n";
    let server = Server::answering(vec![
        answer(200, link, r#"[{"id":2,"body":"y","author":null,"system":true}]"#),
        answer(200, "", r#"[{"id":1,"body":null,"author":{"username":"me","id":3}}]"#),
    ]);
    let comments = forge(&server).comments(&change()).await.unwrap();
    let comment = |id: u64, body: &str, author: Option<&str>| Comment {
        id,
        body: body.to_owned(),
        author: author.map(str::to_owned),
        url: format!("{}/sub/grp/proj/-/merge_requests/7#note_{id}", server.url),
    };
    assert_eq!(comments, [comment(1, "", Some("me")), comment(2, "y", None)]);
    assert_eq!(
        server.lines(),
        [
            format!("GET {PROJECT}/merge_requests/7/notes?sort=asc&per_page=100"),
            "GET /sub/api/v4/x?cursor=a%3D&per_page=100".to_owned()
        ]
    );
    assert!(server.requests()[1].to_lowercase().contains("authorization: bearer glpat-opensesame"));
}

#[tokio::test]
async fn notes_are_written_where_their_target_is() {
    let note = || answer(201, "", r#"{"id":3}"#);
    let discussion = || format!(r#"{{"id":"{B}","notes":[{{"id":3}}]}}"#);
    let list = || answer(200, "", &format!("[{}]", discussion()));
    let gone = || answer(404, "", r#"{"message":"404 Not found"}"#);
    let server = Server::answering(vec![
        note(),
        note(),
        answer(204, "", ""),
        note(),
        gone(),
        answer(201, "", &discussion()),
        list(),
        note(),
        list(),
        answer(204, "", ""),
        answer(200, "", "[]"),
    ]);
    let forge = forge(&server);
    forge.create_comment(&change(), "a&b ü").await.unwrap();
    forge.update_comment(&change(), 3, "hi").await.unwrap();
    forge.delete_comment(&change(), 3).await.unwrap();
    forge.update_comment(&Target::Issue(5), 3, "hi").await.unwrap();
    forge.delete_comment(&Target::Issue(5), 3).await.unwrap();
    let commit = Target::Commit(sha(A));
    let made = forge.create_comment(&commit, "hi").await.unwrap();
    assert!(made.url.ends_with(&format!("/grp/proj/-/commit/{A}#note_3")), "{}", made.url);
    forge.update_comment(&commit, 3, "hi").await.unwrap();
    forge.delete_comment(&commit, 3).await.unwrap();
    // Nobody knows it: it is gone.
    forge.delete_comment(&commit, 4).await.unwrap();
    let discussions = format!("{PROJECT}/repository/commits/{A}/discussions");
    let expected = [
        format!("POST {PROJECT}/merge_requests/7/notes"),
        format!("PUT {PROJECT}/merge_requests/7/notes/3"),
        format!("DELETE {PROJECT}/merge_requests/7/notes/3"),
        format!("PUT {PROJECT}/issues/5/notes/3"),
        format!("DELETE {PROJECT}/issues/5/notes/3"),
        format!("POST {discussions}"),
        format!("GET {discussions}?per_page=100"),
        format!("PUT {discussions}/{B}/notes/3"),
        format!("GET {discussions}?per_page=100"),
        format!("DELETE {discussions}/{B}/notes/3"),
        format!("GET {discussions}?per_page=100"),
    ];
    assert_eq!(server.lines(), expected);
    assert!(server.requests()[0].ends_with("body=a%26b+%C3%BC"), "{}", server.requests()[0]);
}

#[tokio::test]
async fn errors_keep_their_kind_and_gitlabs_words() {
    let check = async |given: String, write: bool, expected: &str| {
        let server = Server::answering(vec![given]);
        let forge = forge(&server);
        let error = match write {
            true => forge.create_comment(&change(), "hi").await.unwrap_err(),
            false => forge.comments(&change()).await.unwrap_err(),
        };
        let text = error.to_string();
        assert!(text.contains(expected), "{text}");
    };
    let fields = answer(400, "", r#"{"message":{"note":["is too long (maximum is 1000000 characters)"]}}"#);
    check(fields, true, "answered 400: note: is too long").await;
    let oauth =
        answer(403, "", r#"{"error":"insufficient_scope","error_description":"Higher.","scope":"api"}"#);
    check(oauth, true, "answered 403: insufficient_scope; Higher.").await;
    check(String::new(), true, "the answer was lost").await;
    check(answer(201, "", "{"), true, "the answer was lost").await;
    check(answer(200, "", "<html>"), false, "not the JSON").await;
    let elsewhere = "Link: <https://evil/>; rel=\"next\"\r\n";
    check(answer(200, elsewhere, "[]"), false, "the next page is on another server, \"evil\"").await;
}

#[tokio::test]
async fn changes_are_the_open_ones_with_this_head() {
    let check = async |status: u16, body: &str, expected: &[u64]| {
        let server = Server::answering(vec![answer(status, "", body)]);
        let changes = forge(&server).changes_with(&sha(A)).await.unwrap();
        let numbers: Vec<u64> = changes.iter().map(|change| change.number.0).collect();
        assert_eq!(numbers, expected, "{body}");
    };
    let merge =
        |iid: u64, state: &str, head: &str| format!(r#"{{"iid":{iid},"state":"{state}","sha":"{head}"}}"#);
    let (open, closed, other) = (merge(1, "opened", A), merge(2, "merged", A), merge(3, "opened", B));
    check(200, &format!("[{closed},{open},{other}]"), &[1]).await;
    check(200, &format!("[{open},{}]", merge(4, "opened", A)), &[1, 4]).await;
    check(200, &format!("[{other}]"), &[]).await;
    check(404, "{\"message\":\"404 Commit Not Found\"}", &[]).await;
}

#[tokio::test]
async fn viewers_heads_and_merge_bases_may_be_absent() {
    let server = Server::answering(vec![
        answer(200, "", r#"{"id":1,"username":"bot"}"#),
        answer(403, "", ""),
        answer(200, "", &format!(r#"{{"iid":7,"state":"opened","sha":"{A}"}}"#)),
        answer(404, "", ""),
        answer(200, "", &format!(r#"{{"id":"{B}"}}"#)),
        answer(404, "", ""),
    ]);
    let forge = forge(&server);
    assert_eq!(forge.viewer().await.unwrap().as_deref(), Some("bot"));
    // It is asked for once, and another token's is another.
    assert_eq!(forge.viewer().await.unwrap().as_deref(), Some("bot"));
    assert_eq!(self::forge(&server).viewer().await.unwrap(), None);
    assert_eq!(forge.head_of(ChangeNumber(7)).await.unwrap(), Some(sha(A)));
    assert_eq!(forge.head_of(ChangeNumber(8)).await.unwrap(), None);
    assert_eq!(forge.merge_base(&sha(A), &sha(B)).await.unwrap(), Some(sha(B)));
    assert_eq!(forge.merge_base(&sha(A), &sha(B)).await.unwrap(), None);
    let line = format!("GET {PROJECT}/repository/merge_base?refs%5B%5D={A}&refs%5B%5D={B}");
    assert_eq!(server.lines()[4], line);
}

#[tokio::test]
async fn a_file_is_stored_unless_our_own_note_shows_it() {
    let shown = format!("<img src=\\\"/uploads/{SECRET}/a-1-light.png\\\">");
    let others = format!("<img src=\\\"/uploads/{SECRET}/b-2-light.png\\\">");
    let server = Server::answering(vec![
        answer(200, "", r#"{"username":"bot"}"#),
        answer(
            200,
            "",
            &format!(
                r#"[{{"id":1,"body":"{shown}","author":{{"username":"bot"}}}},{{"id":2,"body":"{others}","author":{{"username":"x"}}}}]"#
            ),
        ),
        answer(
            201,
            "",
            &format!(
                r#"{{"id":5,"url":"/uploads/{SECRET}/b-2-light.png","full_path":"/-/project/1/uploads/{SECRET}/b-2-light.png"}}"#
            ),
        ),
    ]);
    let forge = forge(&server);
    let file = |name: &str| TreeFile { path: name.to_owned(), bytes: b"abc".to_vec() };
    for name in ["a-1-light.png", "b-2-light.png"] {
        let address = forge.uploads().unwrap().upload(Some(&change()), &file(name)).await.unwrap();
        assert_eq!(address, format!("/uploads/{SECRET}/{name}"));
    }
    assert_eq!(server.lines()[2], format!("POST {PROJECT}/uploads"));
    let sent = &server.requests()[2];
    assert!(
        sent.contains("name=\"file\"; filename=\"b-2-light.png\"") && sent.contains("\r\n\r\nabc\r\n--"),
        "{sent}"
    );
}

#[tokio::test]
async fn a_change_has_its_target_and_is_open_or_not() {
    let merge = |state: &str, from: &str| {
        format!(
            r#"{{"iid":7,"state":"{state}","sha":"{A}","source_branch":"topic","target_branch":"dev","source_project_id":{from},"target_project_id":1,"diff_refs":{{"base_sha":"{A}","start_sha":"{B}"}}}}"#
        )
    };
    let server = Server::answering(vec![
        answer(200, "", &merge("opened", "1")),
        answer(200, "", &merge("opened", "null")),
        answer(200, "", &merge("merged", "1")),
        answer(404, "", ""),
    ]);
    let forge = forge(&server);
    let number = ChangeNumber(7);
    let change = Change {
        number,
        base: Some(sha(B)),
        base_branch: "dev".to_owned(),
        head: Some(sha(A)),
        head_branch: "topic".to_owned(),
        head_repo: Some("grp/proj".to_owned()),
    };
    assert_eq!(forge.change(number).await.unwrap(), Some(change.clone()));
    assert_eq!(forge.change(number).await.unwrap(), Some(Change { head_repo: None, ..change }));
    assert!(!forge.is_open(number).await.unwrap());
    assert!(!forge.is_open(number).await.unwrap());
}
