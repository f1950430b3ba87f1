//! What may be shown of requests and answers.
//!
//! In: addresses, answers' bytes and error chains, as untrusted as they come. Out: one line without tokens, queries,
//! tags and control characters.

use std::error::Error;

use http::Method;
use serde_json::Value;
use url::Url;

use cml_base::flavor;
use cml_base::ident::Secret;
use cml_base::text;

/// More of an answer is not worth a screen.
const MAX_CHARS: usize = 300;

/// `POST https://host/path`: no user, no password, no query.
pub(super) fn request_name(method: &Method, url: &Url) -> String {
    format!("{method} {}", shown(url))
}

/// An address without its user, password, query and fragment.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Addresses that cannot have a user have none to hide.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

/// What the server says, in one line: JSON's messages, a page's title, or the first words.
pub(super) fn words(body: &[u8], token: Option<&Secret>) -> String {
    let text = String::from_utf8_lossy(body);
    let said = match serde_json::from_slice::<Value>(body) {
        Ok(json) => messages(&json).unwrap_or_else(|| text.clone().into_owned()),
        Err(_) if text.trim_start().starts_with('<') => title(&text).unwrap_or_else(|| without_tags(&text)),
        Err(_) => text.into_owned(),
    };
    one_line(&said, token)
}

/// `message` (GitLab gives an object for a form's fields) or OAuth's `error`, then what `errors` holds.
fn messages(json: &Value) -> Option<String> {
    let mut said: Vec<String> = match json.get("message") {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Object(fields)) => {
            fields.iter().map(|(name, what)| format!("{name}: {}", told(what))).collect()
        }
        _ => Vec::new(),
    };
    let oauth = ["error", "error_description"].map(|name| json.get(name).and_then(Value::as_str));
    said.extend(oauth.into_iter().flatten().map(str::to_owned));
    for error in json.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let part = |name: &str| error.get(name).and_then(Value::as_str);
        let text = match (error.as_str().or(part("message")), part("field"), part("code")) {
            (Some(message), ..) => message.to_owned(),
            (None, Some(field), Some(code)) => format!("{field}: {code}"),
            (None, field, code) => field.or(code).unwrap_or_default().to_owned(),
        };
        if !text.is_empty() && !said.contains(&text) {
            said.push(text);
        }
    }
    (!said.is_empty()).then(|| said.join("; "))
}

/// Texts of a list, joined.
fn told(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(told).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn title(page: &str) -> Option<String> {
    // ASCII only, so that positions are the same in both texts.
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower.get(start..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find("</title")?;
    let title = page.get(start..end)?.trim();
    (!title.is_empty()).then(|| title.to_owned())
}

fn without_tags(page: &str) -> String {
    let mut inside = false;
    let keep = |c: char| {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                return ' ';
            }
            _ => {}
        }
        if inside { ' ' } else { c }
    };
    page.chars().map(keep).collect()
}

/// One line of at most 300 characters, without control characters and tokens.
pub(super) fn one_line(text: &str, token: Option<&Secret>) -> String {
    let text = token.map_or_else(|| text.to_owned(), |token| token.redact(text));
    let words: Vec<String> = text.split_whitespace().map(hide_token).collect();
    // Escape sequences and text that runs backwards could make a log lie.
    let line = text::words(&words.join(" ")).into_owned();
    if line.chars().count() <= MAX_CHARS {
        return line;
    }
    let mut cut: String = line.chars().take(MAX_CHARS).collect();
    cut.push('…');
    cut
}

fn hide_token(word: &str) -> String {
    // Forges' tokens are hidden even if they are not ours.
    let starts = flavor::ALL.iter().flat_map(|flavor| flavor.token_starts);
    let Some(start) = starts.filter_map(|start| word.find(start)).min() else {
        return word.to_owned();
    };
    let (before, token) = word.split_at(start);
    let rest = token.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    format!("{before}***{rest}")
}

/// An error and its causes, joined; a part that the one before already says is left out.
pub(super) fn chain(error: &dyn Error, token: Option<&Secret>) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let part = cause.to_string();
        if !text.contains(&part) {
            text = format!("{text}: {part}");
        }
        next = cause.source();
    }
    one_line(&text, token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_shown_in_the_servers_words() {
        let token = Secret::new("sesame");
        let check = |body: &str, expected: &str| {
            assert_eq!(words(body.as_bytes(), token.as_ref()), expected, "{body}")
        };
        check(r#"{"message":"Not Found","documentation_url":"https://d"}"#, "Not Found");
        check(
            r#"{"message":"Validation Failed","errors":[{"resource":"X","field":"body","code":"missing"},{"message":"too long"},"b"]}"#,
            "Validation Failed; body: missing; too long; b",
        );
        check(r#"{"message":{"note":["is too long","is bad"]}}"#, "note: is too long, is bad");
        check(
            r#"{"error":"insufficient_scope","error_description":"Higher privileges are needed.","scope":"api"}"#,
            "insufficient_scope; Higher privileges are needed.",
        );
        check(r#"{"other":1}"#, r#"{"other":1}"#);
        check("<html><head><title>\n 502 Bad\tGateway</title></head><body>x</body>", "502 Bad Gateway");
        check("<p>Who <b>are</b> you?</p>", "Who are you?");
        check("bad token sesame\u{1b}[31m\r\nsecond\u{202e}", "bad token ***\\u{1b}[31m second\\u{202e}");
        check("Bearer ghs_AbC1, url https://x:github_pat_1_2@h/", "Bearer ***, url https://x:***@h/");
        check("{\"message\":\"cut", "{\"message\":\"cut");
        check("", "");
        assert_eq!(words("é".repeat(400).as_bytes(), None).chars().count(), MAX_CHARS + 1);
    }

    #[test]
    fn a_requests_name_holds_no_secret() {
        let url = Url::parse("https://user:pass@h:8443/api/v3/x?token=t#f").unwrap();
        assert_eq!(request_name(&Method::POST, &url), "POST https://h:8443/api/v3/x");
    }
}
