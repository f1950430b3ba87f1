//! The transport against loopback servers.

use std::sync::{Arc, Mutex};

use http::{Method, Request};
use url::Url;

use super::{HttpError, Repeatable, Transport};
use cml_base::ident::{Secret, Token};
use cml_host::deadline::Deadline;
use cml_host::environment::{Env, Secrets};
use cml_testing::{Server, answer};

const TOKEN: &str = "ghs_opensesame";

fn transport(api: &str) -> Transport {
    let token = Secret::new(TOKEN).map(|token| Token::new(token, "--token", [api]));
    Transport::on_loopback(Secret::new(TOKEN), Arc::new(|_| ()))
        .unwrap()
        .for_api(&Url::parse(api).unwrap(), token)
}

fn request(method: Method, url: &str) -> Request<Vec<u8>> {
    let body = if method == Method::GET { Vec::new() } else { b"{}".to_vec() };
    Request::builder().method(method).uri(url).body(body).unwrap()
}

/// Sends one request and answers what came of it, without the server's address, and how often it was sent.
async fn outcome(method: Method, answers: Vec<String>) -> (String, usize) {
    let server = Server::answering(answers);
    let sent = transport(&server.url).send(request(method, &format!("{}/x?q=secret", server.url))).await;
    let text = match sent {
        Ok(answer) => format!("{} {}", answer.status().as_u16(), String::from_utf8_lossy(answer.body())),
        Err(error) => error.to_string().replace(&server.url, "URL"),
    };
    (text, server.requests().len())
}

#[tokio::test]
async fn an_answer_or_the_servers_own_words() {
    let check = async |method: Method, answers: Vec<String>, expected: &str, tries: usize| {
        assert_eq!(outcome(method, answers).await, (expected.to_owned(), tries));
    };
    check(Method::GET, vec![answer(200, "", "yes")], "200 yes", 1).await;
    let refusal = format!("{{\"message\":\"no {TOKEN}\"}}");
    check(Method::GET, vec![answer(404, "", &refusal)], "GET URL/x: the server answered 404: no ***", 1)
        .await;
    let busy = || answer(503, "", "");
    check(Method::POST, vec![busy(), answer(201, "", "made")], "201 made", 2).await;
    let expected = "POST URL/x: the server answered 503: Service Unavailable";
    check(Method::POST, vec![busy(), busy(), busy(), busy()], expected, 4).await;
    let expected = "POST URL/x: the answer was lost: the server answered 502: Bad Gateway";
    check(Method::POST, vec![answer(502, "", "")], expected, 1).await;
    check(
        Method::POST,
        vec![answer(500, "", "<h1>Oops</h1>")],
        "POST URL/x: the server answered 500: Oops",
        1,
    )
    .await;
    let expected = "PATCH URL/x: the server answered 302: it points to URL/y, which cml does not follow";
    check(Method::PATCH, vec![answer(302, "Location: /y?z\r\n", "")], expected, 1).await;
    check(Method::POST, vec![answer(307, "Location: /y\r\n", ""), answer(201, "", "made")], "201 made", 2)
        .await;
}

#[tokio::test]
async fn a_lost_answer_is_unknown_for_writes_and_asked_again_for_reads() {
    let (text, tries) = outcome(Method::POST, vec![String::new()]).await;
    assert!(text.starts_with("POST URL/x: the answer was lost: ") && tries == 1, "{text} {tries}");
    let (text, tries) = outcome(Method::GET, vec![String::new(), answer(200, "", "yes")]).await;
    assert_eq!((text.as_str(), tries), ("200 yes", 2));
    let (text, tries) = outcome(Method::GET, vec![String::new(); 4]).await;
    assert!(
        text.starts_with("GET URL/x: could not be sent: no answer came: ") && tries == 4,
        "{text} {tries}"
    );

    let cut = || answer(200, "", "whole").replace("Content-Length: 5", "Content-Length: 50");
    let (text, _) = outcome(Method::POST, vec![cut()]).await;
    assert!(text.starts_with("POST URL/x: the answer was lost: the answer broke off: "), "{text}");
    let (text, _) = outcome(Method::GET, vec![cut(), cut(), cut(), cut()]).await;
    assert!(text.starts_with("GET URL/x: the server answered 200: the answer broke off: "), "{text}");

    let server = Server::answering(vec![String::new(), answer(200, "", "yes")]);
    let mut marked = request(Method::POST, &server.url);
    marked.extensions_mut().insert(Repeatable);
    assert!(transport(&server.url).send(marked).await.is_ok());
}

#[tokio::test]
async fn nobody_there_is_not_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    drop(listener);
    let sent = transport(&url).send(request(Method::POST, &url)).await;
    assert!(matches!(sent, Err(HttpError::NotSent { .. })), "{sent:?}");
}

#[tokio::test]
async fn the_token_goes_to_the_api_only() {
    let other = Server::answering(vec![answer(200, "", "elsewhere")]);
    let moved = format!("Location: {}/y\r\n", other.url);
    let api = Server::answering(vec![answer(302, &moved, ""), answer(307, &moved, "")]);
    let transport = transport(&api.url);
    let read = transport.send(request(Method::GET, &format!("{}/x", api.url))).await.unwrap();
    assert_eq!(read.body(), b"elsewhere");
    assert!(transport.send(request(Method::POST, &format!("{}/x", api.url))).await.is_err());

    let signed = |server: &Server| -> Vec<bool> {
        let has = |text: &String| text.to_lowercase().contains(&format!("authorization: bearer {TOKEN}"));
        server.requests().iter().map(has).collect()
    };
    assert_eq!((signed(&api), signed(&other)), (vec![true, true], vec![false]));
    assert!(other.requests().iter().all(|text| !text.contains(TOKEN)));
    assert!(api.requests()[0].contains(concat!("user-agent: cml/", env!("CARGO_PKG_VERSION"))));
}

#[tokio::test]
async fn a_long_wait_is_said_and_given_up() {
    let said = Arc::new(Mutex::new(Vec::new()));
    let to = Arc::clone(&said);
    let server = Server::answering(vec![answer(429, "Retry-After: 3600\r\n", "{\"message\":\"slow down\"}")]);
    let transport =
        Transport::on_loopback(None, Arc::new(move |text| to.lock().unwrap().push(text.to_owned()))).unwrap();
    let sent = transport.send(request(Method::GET, &format!("{}/x", server.url))).await;
    assert!(matches!(sent, Err(HttpError::Refused { status: 429, ref answer, .. }) if answer == "slow down"));
    assert!(said.lock().unwrap()[0].contains("3600 s"), "{said:?}");
}

#[tokio::test]
async fn a_token_of_another_server_is_withheld_and_so_is_the_request() {
    let server = Server::answering(vec![answer(200, "", "yes")]);
    let token = Token::new(Secret::new(TOKEN).unwrap(), "GITHUB_TOKEN", ["https://github.com"]);
    let api = Url::parse(&server.url).unwrap();
    let transport = transport(&server.url).for_api(&api, Some(token));
    for method in [Method::GET, Method::POST] {
        let error = transport.send(request(method, &format!("{}/x", server.url))).await.unwrap_err();
        let HttpError::Withheld { why, advice, .. } = &error else { panic!("{error}") };
        let expected =
            format!("the token of GITHUB_TOKEN is for https://github.com and is not sent to {}", server.url);
        assert_eq!(*why, expected);
        assert!(advice.starts_with("give cml a token of that server: --token or CML_TOKEN"), "{advice}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn no_redirect_leads_to_a_metadata_service_or_into_this_machine() {
    for to in [
        "http://169.254.169.254/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://0/",
        "http://metadata.google.internal/",
    ] {
        let server = Server::answering(vec![answer(302, &format!("Location: {to}\r\n"), "")]);
        let sent = transport(&server.url).send(request(Method::GET, &server.url)).await;
        assert!(
            matches!(&sent, Err(HttpError::Withheld { why, .. }) if why.contains("metadata")),
            "{to}: {sent:?}"
        );
    }
}

#[tokio::test]
async fn a_body_leaves_without_secrets_and_a_picture_as_it_is() {
    let vars = [("DB_PASSWORD", "s3cr3t \"value\" 1"), ("GITHUB_TOKEN", TOKEN)];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    let secrets = Secrets::of(&Env { vars, ..Env::default() }, None);
    let check = async |kind: &str, body: &str, expected: &str| {
        let server = Server::answering(vec![answer(200, "", "yes")]);
        let said = Arc::new(Mutex::new(Vec::new()));
        let to = Arc::clone(&said);
        let talk = Arc::new(move |text: &str| to.lock().unwrap().push(text.to_owned()));
        let transport = Transport::on_loopback(None, talk).unwrap().hiding(secrets.clone());
        let request = Request::post(&server.url).header("content-type", kind).body(body.as_bytes().to_vec());
        transport.send(request.unwrap()).await.unwrap();
        let sent = server.requests()[0].split_once("\r\n\r\n").unwrap().1.to_owned();
        assert_eq!(sent, expected);
        assert_eq!(said.lock().unwrap().len(), usize::from(body != expected));
        assert!(
            said.lock()
                .unwrap()
                .iter()
                .all(|text| text.contains("sent with ***") && !text.contains("s3cr3t"))
        );
    };
    let json = serde_json::json!({"body": format!("a s3cr3t \"value\" 1 {TOKEN}")}).to_string();
    check("application/json; charset=utf-8", &json, r#"{"body":"a *** ***"}"#).await;
    check("application/x-www-form-urlencoded", "body=s3cr3t+%22value%22+1%21", "body=***%21").await;
    check("application/json", "{\"body\":\"fine\"}", "{\"body\":\"fine\"}").await;
    check("image/png", &format!("PNG {TOKEN}"), &format!("PNG {TOKEN}")).await;
}

#[tokio::test]
async fn a_secondary_rate_limit_is_waited_for_and_at_the_end_the_servers_words_show() {
    let limit = || answer(403, "", "{\"message\":\"You have exceeded a secondary rate limit.\"}");
    let run = async |answers: Vec<String>| {
        let said = Arc::new(Mutex::new(Vec::new()));
        let to = Arc::clone(&said);
        let server = Server::answering(answers);
        let transport = Transport::on_loopback(
            None,
            Arc::new(move |text: &str| to.lock().unwrap().push(text.to_owned())),
        )
        .unwrap();
        let sent = transport.send(request(Method::POST, &format!("{}/x", server.url))).await;
        let said = said.lock().unwrap().join("\n");
        (sent, said, server.requests().len())
    };
    let (sent, said, tries) = run(vec![limit(), limit(), answer(201, "", "made")]).await;
    assert!(sent.is_ok() && tries == 3);
    let wait: Vec<u64> = said
        .lines()
        .filter_map(|line| line.split_once("waiting ")?.1.split(' ').next()?.parse().ok())
        .collect();
    assert!(wait.len() == 2 && wait[0] >= 60 && wait[1] >= 120, "{said}");
    assert!(
        said.contains("the server's rate limit (403): You have exceeded a secondary rate limit."),
        "{said}"
    );
    let (sent, _, tries) = run(vec![limit(), limit(), limit(), limit()]).await;
    assert!(
        matches!(&sent, Err(HttpError::Refused { status: 403, answer, .. }) if answer.contains("secondary")),
        "{sent:?}"
    );
    assert_eq!(tries, 4);
}

#[tokio::test]
async fn nothing_is_sent_or_waited_for_after_the_deadline() {
    use std::time::Duration;
    let server = Server::answering(vec![answer(429, "Retry-After: 200\r\n", "{\"message\":\"slow down\"}")]);
    let said = Arc::new(Mutex::new(Vec::new()));
    let to = Arc::clone(&said);
    let transport =
        Transport::on_loopback(None, Arc::new(move |text: &str| to.lock().unwrap().push(text.to_owned())))
            .unwrap();
    transport.until(Deadline::within(Duration::from_millis(150)));
    let sent = transport.clone().send(request(Method::GET, &server.url)).await;
    assert!(matches!(&sent, Err(HttpError::Refused { status: 429, .. })), "{sent:?}");
    assert!(said.lock().unwrap()[0].contains("a wait of 200 s would be needed"), "{said:?}");

    // One that never answers, and then nobody is asked any more.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x", silent.local_addr().unwrap());
    transport.until(Deadline::within(Duration::from_millis(50)));
    let sent = transport.send(request(Method::POST, &url)).await;
    assert!(
        matches!(&sent, Err(HttpError::Unknown { why, .. }) if why.contains("the time for it is over (0.05 s)")),
        "{sent:?}"
    );
    let sent = transport.send(request(Method::POST, &url)).await;
    assert!(matches!(&sent, Err(HttpError::Withheld { why, .. }) if why.contains("is over")), "{sent:?}");
}

#[tokio::test]
async fn a_compressed_answer_that_unpacks_without_end_is_cut() {
    // 64 MiB of zeros: members of Deflate follow each other in one stream.
    let server = Server::answering_bytes(bomb());
    let sent = transport(&server.url).send(request(Method::GET, &server.url)).await;
    let text = sent.map(drop).unwrap_err().to_string();
    assert!(text.contains("the answer is larger than 32 MiB"), "{text}");
}

/// An answer of 64 MiB of zeros, compressed.
fn bomb() -> Vec<u8> {
    use std::io::Write as _;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..64 {
        packed.write_all(&vec![0; 1 << 20]).unwrap();
    }
    let body = packed.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), &body].concat()
}
