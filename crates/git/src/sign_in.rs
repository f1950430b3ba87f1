//! How Git signs in over HTTP, for one call: the token goes through the child's environment, to that address alone.
//!
//! In: the address and the token. Out: settings for the call, and what Git said without the token.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::without_user;
use cml_base::ident::Secret;

/// The settings of a call that may sign in. The header's key names the whole address, which beats a header that a
/// checkout step left behind for the host; the empty value first drops those of equal rank, as two sign-ins in one
/// request are refused.
pub fn settings(url: &str, token: Option<&Secret>) -> Vec<(String, String)> {
    // Git would send the header along to wherever the server points, and ask programs for another sign-in.
    let mut all = vec![("http.followRedirects", "false".to_owned()), ("credential.helper", String::new())];
    let key = format!("http.{}.extraHeader", without_user(url));
    if let Some(token) = token {
        all.push((&key, String::new()));
        all.push((&key, format!("AUTHORIZATION: basic {}", basic(token))));
    }
    all.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// `text` without the token, neither as it is nor as it travels.
pub fn redact(text: &str, token: Option<&Secret>) -> String {
    match token {
        Some(token) => token.redact(text).replace(&basic(token), "***"),
        None => text.to_owned(),
    }
}

/// Forges take a token as the password of this user.
pub(super) fn basic(token: &Secret) -> String {
    STANDARD.encode(format!("x-access-token:{}", token.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_hidden_in_every_form() {
        let token = Secret::new("ghs_x").unwrap();
        let text = format!("ghs_x and {}", basic(&token));
        assert_eq!(redact(&text, Some(&token)), "*** and ***");
    }
}
