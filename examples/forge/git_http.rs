//! Git's smart HTTP protocol over a real bare repository: Git's own `git http-backend` as a CGI program.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::super::{Reply, Request};
use super::message;

/// Answers one request below `/o/r.git`. Like GitHub's, this server wants a sign-in for everything.
pub(super) fn answer(repository: &Path, request: &Request) -> Reply {
    // The scheme's name is written in either case.
    if !request.told("authorization").to_ascii_lowercase().starts_with("basic ") {
        let mut reply = message(401, "Requires authentication");
        reply.headers.push(("www-authenticate", "Basic realm=\"git\"".to_owned()));
        return reply;
    }
    run(repository, request).unwrap_or_else(|error| message(500, &format!("git http-backend: {error}")))
}

fn run(repository: &Path, request: &Request) -> std::io::Result<Reply> {
    let inside = request.path.trim_start_matches("/o/r.git");
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("PATH_TRANSLATED", format!("{}{inside}", repository.display()))
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("REMOTE_USER", "someone")
        .env("REQUEST_METHOD", &request.method)
        .env("QUERY_STRING", &request.query)
        .env("CONTENT_TYPE", request.told("content-type"))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", request.told("content-encoding"))
        .env("GIT_PROTOCOL", request.told("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()?;
    let mut stdin = child.stdin.take();
    let body = request.body.clone();
    // Beside the reading, so that neither waits for the other.
    let writing = std::thread::spawn(move || stdin.as_mut().map(|pipe| pipe.write_all(&body)));
    let answer = child.wait_with_output()?.stdout;
    writing.join().ok();
    Ok(parse(&answer))
}

/// Splits a CGI program's answer into status, headers and body.
fn parse(answer: &[u8]) -> Reply {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(answer.len());
    let head = String::from_utf8_lossy(&answer[..end]);
    let told = |wanted: &str| {
        let mut fields = head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.to_owned())
    };
    let status = told("status").and_then(|status| status.split(' ').next()?.parse().ok()).unwrap_or(200);
    let headers = told("content-type").map(|kind| ("content-type", kind)).into_iter().collect();
    Reply { status, headers, body: answer.get(end + 4..).unwrap_or_default().to_vec() }
}
