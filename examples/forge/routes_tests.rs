//! The loopback GitHub answers as GitHub does.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::forge::{Fault, Running, Thread, VIEWER, start, start_on};

const COMMENTS: &str = "/api/v3/repos/o/r/issues/7/comments";

/// What comes back for these bytes, to the end of the connection.
fn exchange(forge: &Running, sent: &str) -> String {
    let mut stream = TcpStream::connect(forge.url().trim_start_matches("http://")).unwrap();
    stream.write_all(sent.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn ask(forge: &Running, method: &str, path: &str, body: &Value) -> (String, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let head = "host: x\r\nauthorization: Bearer x\r\nconnection: close";
    let sent = format!("{method} {path} HTTP/1.1\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let answer = exchange(forge, &sent);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    (head.to_owned(), serde_json::from_str(body).unwrap_or_default())
}

#[track_caller]
fn check(forge: &Running, method: &str, path: &str, body: &Value, expected: &str) -> Value {
    let (head, answer) = ask(forge, method, path, body);
    assert_eq!(head.get(9..12).unwrap_or_default(), expected, "{method} {path}: {head} {answer}");
    answer
}

#[test]
fn comments_are_made_listed_changed_and_deleted() {
    let forge = start();
    let made = check(&forge, "POST", COMMENTS, &json!({"body": "a"}), "201");
    assert_eq!(made["user"]["login"], VIEWER);
    let one = format!("/api/v3/repos/o/r/issues/comments/{}", made["id"]);
    check(&forge, "PATCH", &one, &json!({"body": "b"}), "200");
    assert_eq!(forge.comments()[0].body, "b");
    check(&forge, "DELETE", &one, &Value::Null, "204");
    check(&forge, "DELETE", &one, &Value::Null, "404");
    check(&forge, "POST", COMMENTS, &json!({"body": "é".repeat(65_536)}), "201");
    let long = check(&forge, "POST", COMMENTS, &json!({"body": "é".repeat(65_537)}), "422");
    assert_eq!(long["errors"][0]["message"], "body is too long (maximum is 65536 characters)");
    let made = check(&forge, "POST", "/api/v3/repos/o/r/commits/abc/comments", &json!({"body": "c"}), "201");
    assert_eq!(forge.comments_on(&Thread::Commit("abc".to_owned())).len(), 1);
    let path = format!("/api/v3/repos/o%2Fr/comments/{}", made["id"]);
    check(&forge, "PATCH", &path, &json!({"body": "d"}), "404");
    check(&forge, "PATCH", &path.replace("%2Fr", "/%72"), &json!({"body": "d"}), "200");
    assert_eq!(forge.log()[0], format!("POST {COMMENTS}"));
}

#[test]
fn pages_are_linked() {
    let forge = start();
    forge.add_foreign(130);
    let check = |query: &str, length: usize, links: &[&str]| {
        let (head, list) = ask(&forge, "GET", &format!("{COMMENTS}{query}"), &Value::Null);
        assert_eq!(list.as_array().map(Vec::len), Some(length), "{query}");
        let found: Vec<&str> = head.split("rel=\"").skip(1).filter_map(|rel| rel.split('"').next()).collect();
        assert_eq!(found, links, "{query}");
        head
    };
    let head = check("", 30, &["next", "last"]);
    assert!(
        head.contains(&format!("<{}{COMMENTS}?per_page=30&page=5>; rel=\"last\"", forge.url())),
        "{head}"
    );
    check("?per_page=1000&page=2", 30, &["prev", "first"]);
    check("?per_page=100", 100, &["next", "last"]);
    check("?per_page=65&page=3", 0, &["prev", "first"]);
}

#[test]
fn the_pull_request_and_the_viewer_are_told() {
    let forge = start_on(0).unwrap();
    let get = |path: &str, expected: &str| check(&forge, "GET", path, &Value::Null, expected);
    assert_eq!(get("/api/v3/repos/o/r/pulls/7", "200")["head"]["sha"], "");
    get("/api/v3/repos/o/r/compare/a...b", "404");
    forge.set_head("abc");
    forge.set_merge_base("def");
    assert_eq!(get("/api/v3/repos/o/r/pulls/7", "200")["head"]["sha"], "abc");
    assert_eq!(get("/api/v3/repos/o/r/commits/abc/pulls", "200")[0]["number"], 7);
    assert_eq!(get("/api/v3/repos/o/r/commits/abd/pulls", "200"), json!([]));
    assert_eq!(get("/api/v3/repos/o/r/compare/a...b", "200")["merge_base_commit"]["sha"], "def");
    get("/api/v3/user", "403");
    get("/o/r.git/info/refs?service=git-receive-pack", "403");
    let viewer = check(&forge, "POST", "/api/graphql", &json!({"query": "{viewer{login}}"}), "200");
    assert_eq!(viewer["data"]["viewer"]["login"], VIEWER);
}

#[test]
fn files_are_stored_and_a_ref_is_made_once() {
    let forge = start();
    let post = |kind: &str, body: Value, expected: &str| {
        check(&forge, "POST", &format!("/api/v3/repos/o/r/git/{kind}"), &body, expected)
    };
    let blob = post("blobs", json!({"content": "AAE/", "encoding": "base64"}), "201");
    let entry = json!({"path": "a b.png", "mode": "100644", "type": "blob", "sha": blob["sha"]});
    let tree = post("trees", json!({"tree": [entry]}), "201");
    let commit = post("commits", json!({"message": "m", "tree": tree["sha"], "parents": []}), "201");
    let made = json!({"ref": "refs/cml/change/7/x", "sha": commit["sha"]});
    post("refs", made.clone(), "201");
    assert_eq!(post("refs", made, "422")["message"], "Reference already exists");
    post("commits", json!({"message": "m", "tree": "none"}), "422");
    let there = check(&forge, "GET", "/api/v3/repos/o/r/git/ref/cml/change/7/x", &Value::Null, "200");
    assert_eq!(there["object"]["sha"], commit["sha"]);
    assert_eq!(forge.files()["a b.png"], [0, 1, 63]);
    let path = format!("/o/r/blob/{}/a%20b.png?raw=true", commit["sha"].as_str().unwrap());
    check(&forge, "GET", &path, &Value::Null, "200");
}

#[test]
fn faults_happen_in_their_order_and_number() {
    let forge = start();
    let twice = |fault: Fault| forge.fault("/issues", Fault::Times(2, Box::new(fault)));
    let post = |expected: &str| check(&forge, "POST", COMMENTS, &json!({"body": "a"}), expected);
    let check = |expected: &str, comments: usize| {
        assert_eq!(post(expected), post(expected));
        assert_eq!(forge.comments().len(), comments);
    };
    twice(Fault::Html);
    check("200", 0);
    twice(Fault::Nothing);
    check("", 0);
    twice(Fault::RateLimited { retry_after: 3 });
    check("429", 0);
    twice(Fault::LostAfterWrite);
    check("", 2);
    twice(Fault::Truncated);
    check("201", 4);
    forge.refuse("", 403);
    check("403", 4);
    forge.add("someone", "else");
    assert_eq!(forge.comments()[4].author, "someone");
    assert_eq!(post("403")["message"], "Resource not accessible by integration");
}

#[test]
fn connections_are_kept_and_bodies_come_in_chunks() {
    let forge = start();
    let chunked = "transfer-encoding: chunked\r\nexpect: 100-continue\r\nauthorization: x\r\n\r\n";
    let post = format!(
        "POST {COMMENTS} HTTP/1.1\r\n{chunked}8;x=y\r\n{{\"body\":\r\n5\r\n\"ab\"}}\r\n0\r\nt: u\r\n\r\n"
    );
    let closing = "GET /api/v3/user HTTP/1.1\r\nconnection: close\r\n\r\n";
    let answer = exchange(&forge, &format!("{post}{post}{closing}"));
    let statuses: Vec<&str> = answer.split("HTTP/1.1 ").skip(1).map(|part| &part[..3]).collect();
    assert_eq!(statuses, ["100", "201", "100", "201", "403"], "{answer}");
    assert_eq!(forge.comments()[1].body, "ab");
    let silent = format!("POST {COMMENTS} HTTP/1.1\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{{}}");
    assert!(exchange(&forge, &silent).starts_with("HTTP/1.1 401"));
    let address = forge.url();
    let open = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    drop(forge);
    assert_eq!((&open).read(&mut [0]).unwrap_or(0), 0);
    assert!(TcpStream::connect(address.trim_start_matches("http://")).is_err());
}
