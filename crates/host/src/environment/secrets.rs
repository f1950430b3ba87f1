//! What must not stand in anything that is posted: our own token, and the values of variables whose names say secret.
//!
//! In: the snapshot. Out: [`Secrets`], which takes them out of a text. A value is looked for as it is and as it travels
//! (in JSON and in a form); our own token in Base64 too, however much stands before it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::form_urlencoded::byte_serialize;

use super::Env;
use cml_base::ident::Secret;

/// What stands where a secret was.
const HIDDEN: &str = "***";
/// Shorter values stand in texts by chance.
const SHORTEST: usize = 12;
/// Our own tokens are surely secret; a few letters would still tear a text apart.
const SHORTEST_TOKEN: usize = 6;
/// A part of a name that says secret wherever it stands…
const PARTS: [&str; 11] = [
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "CREDENTIAL",
    "APIKEY",
    "PRIVATEKEY",
    "CONNECTION_STRING",
    "DATABASE_URL",
    "WEBHOOK",
];
/// … or as one of its words.
const WORDS: [&str; 10] = ["KEY", "KEYS", "AUTH", "PASS", "PAT", "PWD", "JWT", "PW", "DSN", "PGPASS"];
/// Variables that hold our own tokens.
const TOKENS: [&str; 9] = [
    "CML_TOKEN",
    "REPO_TOKEN",
    "repo_token",
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "GITLAB_TOKEN",
    "CI_JOB_TOKEN",
];

/// What is taken out of texts. It has no printable form.
#[derive(Clone, Default)]
pub struct Secrets(Option<Arc<AhoCorasick>>);

impl Secrets {
    /// The secrets of the snapshot, and the token that was typed.
    pub fn of(env: &Env, token: Option<&Secret>) -> Self {
        let mut forms = BTreeSet::new();
        let tokens = TOKENS.iter().filter_map(|name| env.get(name)).chain(token.map(Secret::expose));
        for token in tokens.map(str::trim).filter(|token| token.len() >= SHORTEST_TOKEN) {
            forms.extend(travelling(token));
            forms.extend(in_base64(token));
        }
        for (_, value) in env.vars.iter().filter(|(name, _)| says_secret(name)) {
            let lines = value.lines().map(str::trim).filter(|line| is_secret(line));
            forms.extend(lines.flat_map(travelling));
        }
        if forms.is_empty() {
            return Self::default();
        }
        // The longest of those that begin at one place, so that nothing of it is left.
        let found = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(forms);
        // Only patterns of gigabytes cannot be built.
        Self(found.ok().map(Arc::new))
    }

    /// The text without secrets; `None` if it has none.
    pub fn hide(&self, text: &str) -> Option<String> {
        let found = self.0.as_ref()?;
        found.is_match(text).then(|| found.replace_all(text, &vec![HIDDEN; found.patterns_len()]))
    }

    /// Takes secrets out of texts; whether there were any.
    pub fn hide_each(&self, texts: Vec<&mut String>) -> bool {
        let mut found = false;
        for text in texts {
            if let Some(clean) = self.hide(text) {
                *text = clean;
                found = true;
            }
        }
        found
    }

    /// The same for the bytes of a request.
    pub fn hide_in(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let found = self.0.as_ref()?;
        found.is_match(bytes).then(|| found.replace_all_bytes(bytes, &vec![HIDDEN; found.patterns_len()]))
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(***)")
    }
}

/// Whether a variable's name says that its value is one. What we are told by variables of our own is no secret but the
/// token: keys of comments are called keys.
fn says_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    if name.starts_with("CML_") {
        return name == "CML_TOKEN";
    }
    PARTS.iter().any(|part| name.contains(part))
        || name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| WORDS.contains(&word))
}

/// Whether a value could be one: long, and no plain word, number, path or plain address.
fn is_secret(value: &str) -> bool {
    let is_word = value.chars().all(char::is_alphabetic);
    let is_number =
        value.parse::<f64>().is_ok() || value.bytes().all(|b| b.is_ascii_digit() || b"-_:.,/ +".contains(&b));
    value.chars().count() >= SHORTEST && !is_word && !is_number && !is_path(value)
}

fn is_path(value: &str) -> bool {
    let starts = ["/", "./", "../", "~/", "\\\\"].iter().any(|start| value.starts_with(start));
    let has_drive = value.as_bytes().get(1..3) == Some(b":\\");
    // Base64 may begin with a slash; a path has several short parts.
    let looks_encoded = value.len() >= 40 && !value[1..].contains(['/', '\\', '.']);
    let is_open = |rest: &str| !rest.contains(['@', '?']) && !rest.split('/').any(is_capability);
    let is_address = value.split_once("://").is_some_and(|(_, rest)| is_open(rest));
    (starts && !looks_encoded) || has_drive || is_address
}

/// Whether a part of an address is what lets its owner in, as the last part of a webhook's is.
fn is_capability(part: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| part.bytes().any(|byte| kind(&byte));
    part.len() >= 20 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
}

/// A value as it is, inside JSON, inside HTML, inside a form and inside an address.
fn travelling(value: &str) -> Vec<String> {
    let json = serde_json::Value::from(value).to_string();
    vec![
        value.to_owned(),
        json.trim_start_matches('"').strip_suffix('"').unwrap_or(&json).to_owned(),
        value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"),
        byte_serialize(value.as_bytes()).collect(),
        utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
    ]
}

/// What Base64 makes of a token, whatever stands before and after it: three bytes become four letters, so there are
/// three ways, and the letters at both ends that hold a part of what stands beside it are left out.
fn in_base64(token: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let bytes = [&vec![0; before][..], token.as_bytes()].concat();
        let (skipped, whole) = ([0, 2, 3][before], bytes.len() * 8 / 6);
        for text in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
            forms.extend(text.get(skipped..whole).filter(|text| text.len() >= SHORTEST).map(str::to_owned));
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn secrets(vars: &[(&str, &str)]) -> Secrets {
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Secrets::of(&Env { vars, ..Env::default() }, None)
    }

    #[test]
    fn values_of_variables_whose_names_say_secret_are_hidden() {
        let value = "s3cr3t-Value/+42";
        let check = |name: &str, expected: bool| {
            let text = secrets(&[(name, value)]).hide(&format!("a {value}b"));
            assert_eq!(text.as_deref(), expected.then_some("a ***b"), "{name}");
        };
        for name in [
            "MY_TOKEN",
            "my_secret_2",
            "DB_PASSWORD",
            "MYSQL_PASSWD",
            "AWS_SECRET_ACCESS_KEY",
            "API_KEY",
            "apikey",
            "GOOGLE_CREDENTIALS",
            "BASIC_AUTH",
            "NPM_AUTH",
            "SSH_PRIVATE_KEY",
            "GPG_PASSPHRASE",
            "CI_JOB_JWT",
            "DB_PASS",
            "SENTRY_DSN",
            "DATABASE_URL",
            "SLACK_WEBHOOK_URL",
        ] {
            check(name, true);
        }
        for name in
            ["HOME", "GIT_AUTHOR_NAME", "MONKEY", "KEYBOARD", "COMPASS", "PATH", "CML_KEY", "CML_REPO"]
        {
            check(name, false);
        }
    }

    #[test]
    fn only_what_could_be_a_secret_is_hidden() {
        let check = |value: &str, expected: bool| {
            let text = secrets(&[("X_KEY", value)]).hide(&format!("<{value}>"));
            assert_eq!(text.is_some(), expected, "{value}");
        };
        for value in [
            "hunter2hunter2",
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "correct horse battery staple",
            "https://user:pw@host/x",
            "https://hooks.example.com/services/T024BE7LD/B0/x7Yh2kQ9vTz4mLpR8sWc1dEf",
            "äöü-äöü-äöü-1",
            "/9j4AAQSkZJRgABAQAAAQABAADx2wBDAAMCAgICAgM=",
        ] {
            check(value, true);
        }
        for value in [
            "short",
            "elevenchars",
            "configuration",
            "123456789012",
            "2026-01-02 03:04:05",
            "0.123456789012",
            "/home/runner/.ssh/id_rsa",
            "~/.config/key.json",
            "C:\\keys\\key.json",
            "https://login.example.com/oauth",
            "./keys/my-key.json",
            "",
        ] {
            check(value, false);
        }
    }

    #[test]
    fn every_line_of_a_key_is_hidden_and_what_stands_around_it_stays() {
        let key = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA1234\nAbCdEfGhIjKlMnOp+/==\n-----END KEY-----\n";
        let secrets = secrets(&[("DEPLOY_KEY", key)]);
        assert_eq!(
            secrets.hide("a\nAbCdEfGhIjKlMnOp+/==\nMIIEpAIBAAKCAQEA1234 b").as_deref(),
            Some("a\n***\n*** b")
        );
        assert_eq!(secrets.hide("nothing here"), None);
        assert_eq!(Secrets::default().hide("x"), None);
    }

    #[test]
    fn our_own_token_is_hidden_in_every_form() {
        let token = "glpat-a_b+c/d\"e12";
        let secrets = secrets(&[("GITLAB_TOKEN", token)]);
        let forms = [
            token.to_owned(),
            serde_json::json!({ "body": token }).to_string(),
            format!("<b>{}</b>", token.replace('"', "&quot;")),
            byte_serialize(token.as_bytes()).collect(),
            utf8_percent_encode(token, NON_ALPHANUMERIC).to_string(),
            STANDARD.encode(token),
            STANDARD.encode(format!("x-access-token:{token}")),
            STANDARD.encode(format!("oauth2:{token}\n")),
            STANDARD.encode(format!("a:{token}@b")),
            URL_SAFE_NO_PAD.encode(format!("ab{token}>>>")),
        ];
        for form in forms {
            let hidden = secrets.hide(&form).unwrap_or_else(|| panic!("{form}"));
            assert!(hidden.contains("***") && !hidden.contains("b+c"), "{form} {hidden}");
            assert_eq!(secrets.hide_in(form.as_bytes()), Some(hidden.into_bytes()));
        }
        assert_eq!(format!("{secrets:?}"), "Secrets(***)");
        // Whatever it looks like, and however it was typed.
        let typed = Secret::new("battery");
        let secrets = Secrets::of(&Env::default(), typed.as_ref());
        assert_eq!(secrets.hide("a battery"), Some("a ***".to_owned()));
    }

    #[test]
    fn a_long_body_and_many_variables_take_no_time() {
        let values: Vec<(String, String)> =
            (0..200).map(|n| (format!("SECRET_{n}"), format!("value-{n:04}-{}", "x".repeat(40)))).collect();
        let values: Vec<(&str, &str)> =
            values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = "value-0007-xxx and words | 0.91 | value-9999\n".repeat(1500);
        let began = Instant::now();
        let secrets = secrets(&values);
        assert_eq!(secrets.hide(&body), None);
        assert!(secrets.hide(&format!("{body}{}", values[7].1)).is_some());
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
}
