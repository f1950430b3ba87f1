//! The transport against loopback servers.

use std::sync::{Arc, Mutex};

use http::{Method, Request};
use url::Url;

use super::testing::{Server, answer};
use super::{HttpError, Repeatable, Transport};
use crate::ident::Secret;

const TOKEN: &str = "ghs_opensesame";

fn transport(api: &str) -> Transport {
    let token = Secret::new(TOKEN);
    Transport::for_tests(token.clone(), Arc::new(|_| ())).for_api(&Url::parse(api).unwrap(), token)
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
        Transport::for_tests(None, Arc::new(move |text| to.lock().unwrap().push(text.to_owned())));
    let sent = transport.send(request(Method::GET, &format!("{}/x", server.url))).await;
    assert!(matches!(sent, Err(HttpError::Refused { status: 429, ref answer, .. }) if answer == "slow down"));
    assert!(said.lock().unwrap()[0].contains("3600 s"), "{said:?}");
}
