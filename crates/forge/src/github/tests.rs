//! The client against prepared answers.

use std::sync::Arc;

use super::*;
use crate::{Annotation, CheckState, DRIVERS, connect};
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
    let tree = || answer(201, "", &format!(r#"{{"sha":"{A}"}}"#));
    let blob = || answer(201, "", &format!(r#"{{"sha":"{A}","url":"https://h/blob"}}"#));
    let commit = || answer(201, "", &commit(&[]));
    let reference = |sha: &str| format!(r#"{{"ref":"refs/cml/x","object":{{"sha":"{sha}"}}}}"#);
    let exists = || answer(422, "", r#"{"message":"Reference already exists"}"#);
    let check = async |last: Vec<String>, expected: &str| {
        let mut answers = vec![blob(), tree(), commit()];
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

/// A commit with the fields that GitHub's OpenAPI description requires, those null that may be.
fn commit(parents: &[&str]) -> String {
    let who = r#"{"email":"x","name":"x","date":"2026-01-02T03:04:05Z"}"#;
    let parents: Vec<String> = parents
        .iter()
        .map(|sha| format!(r#"{{"sha":"{sha}","url":"https://h/x","html_url":"https://h/x"}}"#))
        .collect();
    format!(
        r#"{{"sha":"{A}","node_id":"x","url":"https://h/x","html_url":"https://h/x","author":{who},"committer":{who},"tree":{{"sha":"{A}","url":"https://h/x"}},"message":"x","parents":[{}],"verification":{{"verified":false,"reason":"x","signature":null,"payload":null,"verified_at":null}}}}"#,
        parents.join(",")
    )
}

#[tokio::test]
async fn a_commits_files_are_read_with_what_a_server_must_send() {
    let reference = format!(
        r#"{{"ref":"refs/heads/a/b c","node_id":"x","url":"https://h/x","object":{{"type":"commit","sha":"{B}","url":"https://h/x"}}}}"#
    );
    let listing = format!(
        r#"{{"sha":"{A}","tree":[{{"path":"m.json","mode":"100644","type":"blob","sha":"{B}"}}],"truncated":false}}"#
    );
    let blob = format!(
        r#"{{"sha":"{B}","url":"https://h/x","node_id":"x","size":null,"content":"e30=\n","encoding":"base64"}}"#
    );
    let server = Server::answering(vec![
        answer(200, "", &reference),
        answer(404, "", ""),
        answer(200, "", &commit(&[A, B])),
        answer(200, "", &listing),
        answer(200, "", &blob),
    ]);
    let forge = forge(&server);
    let files = forge.files().unwrap();
    assert_eq!(files.tip("a/b c").await.unwrap(), Some(sha(B)));
    assert_eq!(files.tip("gone").await.unwrap(), None);
    assert_eq!(files.parents(&sha(A)).await.unwrap(), [sha(A), sha(B)]);
    let listed = files.list(&sha(A)).await.unwrap();
    assert_eq!((listed[0].path.as_str(), listed[0].object.as_str()), ("m.json", B));
    assert_eq!(files.read(B).await.unwrap(), b"{}");
    let paths = [
        "git/ref/heads/a/b%20c".to_owned(),
        "git/ref/heads/gone".to_owned(),
        format!("git/commits/{A}"),
        format!("git/trees/{A}?recursive=1"),
        format!("git/blobs/{B}"),
    ];
    assert_eq!(server.lines(), paths.map(|path| format!("GET /api/v3/repos/o/r/{path}")));
}

/// A check run with the fields that GitHub's OpenAPI description requires, those null that may be.
const RUN: &str = r#"{"id":4,"node_id":"x","head_sha":"x","name":"x","url":"x","html_url":null,"details_url":null,"status":"queued","conclusion":null,"started_at":null,"completed_at":null,"external_id":"e","check_suite":null,"output":{"title":null,"summary":null,"text":null,"annotations_count":1,"annotations_url":"https://h/x"},"app":null,"pull_requests":[]}"#;

#[tokio::test]
async fn a_check_is_created_once_and_its_annotations_follow() {
    let annotation = Annotation { path: "m.json".to_owned(), is_warning: true, message: "worse".to_owned() };
    let check = Check {
        head: sha(A),
        name: "n".to_owned(),
        external_id: "e".to_owned(),
        state: CheckState::TimedOut,
        title: "t".to_owned(),
        summary: "s".to_owned(),
        annotations: vec![annotation; 51],
        details_url: Some("https://ci".to_owned()),
        pipeline: None,
    };
    // The first answer is lost, and the check has arrived all the same.
    let runs = format!(r#"{{"total_count":1,"check_runs":[{RUN}]}}"#);
    let server = Server::answering(vec![String::new(), answer(200, "", &runs), answer(200, "", RUN)]);
    assert_eq!(forge(&server).checks().unwrap().create_check(&check).await.unwrap(), "");
    let lines = [
        "POST /api/v3/repos/o/r/check-runs".to_owned(),
        format!("GET /api/v3/repos/o/r/commits/{A}/check-runs?filter=all&per_page=100"),
        "PATCH /api/v3/repos/o/r/check-runs/4".to_owned(),
    ];
    assert_eq!(server.lines(), lines);
    let sent = &server.requests()[0];
    assert!(sent.contains(r#""status":"completed","conclusion":"timed_out""#), "{sent}");
    let one =
        r#"{"path":"m.json","start_line":1,"end_line":1,"annotation_level":"warning","message":"worse"}"#;
    let expected = format!(r#"{{"output":{{"title":"t","summary":"s","annotations":[{one}]}}}}"#);
    let sent = &server.requests()[2];
    assert!(sent.ends_with(&expected), "{sent}\n{expected}");
    // What is no run is as good as lost: we look, and do not find it.
    let nothing = r#"{"total_count":0,"check_runs":[]}"#;
    let odd = || answer(201, "", "{}");
    let server = Server::answering(vec![odd(), answer(200, "", nothing), odd(), answer(200, "", nothing)]);
    let error = forge(&server).checks().unwrap().create_check(&check).await.unwrap_err();
    assert!(matches!(error, HttpError::Unknown { .. }), "{error}");
}

/// Why the other answers are read by our own structs: octocrab's models want more than servers must send.
#[test]
fn octocrabs_models_of_trees_and_pull_requests_want_more_than_servers_promise() {
    use octocrab::models::git::{GitBlob, GitTree};
    use octocrab::models::pulls::PullRequest;
    let tree = format!(r#"{{"sha":"{A}","tree":[],"truncated":false}}"#);
    assert!(serde_json::from_str::<GitTree>(&tree).unwrap_err().to_string().contains("`url`"));
    let blob =
        r#"{"sha":"x","url":"https://h/x","node_id":"x","size":null,"content":"","encoding":"base64"}"#;
    assert!(serde_json::from_str::<GitBlob>(blob).unwrap_err().to_string().contains("null"));
    let side = r#"{"ref":"x","sha":"x","repo":null,"user":null}"#;
    let pull = |state: &str| {
        format!(
            r#"{{"id":1,"number":7,"url":"x","state":"open","head":{side},"base":{side},"mergeable_state":"{state}"}}"#
        )
    };
    assert!(serde_json::from_str::<PullRequest>(&pull("clean")).is_ok());
    // GitHub promises any text there, and one that is new would cost the report.
    assert!(
        serde_json::from_str::<PullRequest>(&pull("queued")).unwrap_err().to_string().contains("`queued`")
    );
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
