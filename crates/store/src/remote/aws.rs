//! AWS's own files: the profile of a remote, as `~/.aws/credentials` and `~/.aws/config` tell it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::config::RemoteConfig;
use super::ini;
use cml_host::environment::Env;

/// What decides who asks S3, and where. Holds secrets, so it has no printable form.
#[derive(Default, PartialEq, Eq, Clone)]
pub(super) struct SignIn {
    /// Key, secret, session token; none: web identity, the container's or the instance's role.
    pub(super) keys: Option<(String, String, Option<String>)>,
    /// Role and token file of a profile with a web identity.
    pub(super) web_identity: Option<(String, String)>,
    pub(super) region: Option<String>,
    pub(super) endpoint: Option<String>,
}

/// The remote's own keys, else the environment's, else the profile's: the order of boto, which DVC asks. A profile
/// that the remote names comes before the environment.
pub(super) fn sign_in(remote: &RemoteConfig, env: &Env) -> Result<SignIn, String> {
    let profile = profile(remote, env)?;
    let from = |key: &str| profile.as_ref().and_then(|profile| profile.get(key)).cloned();
    let own = |option: &str| remote.get(option).map(str::to_owned);
    let of_env = |name: &str| env.get(name).map(str::to_owned);
    let mut answer = SignIn {
        region: own("region")
            .or_else(|| of_env("AWS_REGION"))
            .or_else(|| of_env("AWS_DEFAULT_REGION"))
            .or_else(|| from("region")),
        endpoint: own("endpointurl")
            .or_else(|| of_env("AWS_ENDPOINT_URL_S3"))
            .or_else(|| of_env("AWS_ENDPOINT_URL"))
            .or_else(|| from("endpoint_url")),
        ..SignIn::default()
    };
    let pair = |id: Option<String>, secret: Option<String>, token| Some((id?, secret?, token));
    let own_keys = pair(own("access_key_id"), own("secret_access_key"), own("session_token"));
    let env_keys =
        pair(of_env("AWS_ACCESS_KEY_ID"), of_env("AWS_SECRET_ACCESS_KEY"), of_env("AWS_SESSION_TOKEN"));
    let env_keys = env_keys.filter(|_| remote.get("profile").is_none());
    answer.keys = own_keys.or(env_keys);
    if answer.keys.is_some()
        || env.get("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() && remote.get("profile").is_none()
    {
        return Ok(answer);
    }
    answer.keys = pair(from("aws_access_key_id"), from("aws_secret_access_key"), from("aws_session_token"));
    answer.web_identity = from("role_arn").zip(from("web_identity_token_file"));
    if answer.web_identity.is_some() {
        answer.keys = None;
    } else if let Some(refused) = profile.as_ref().and_then(refused) {
        return Err(remote.cannot(&format!(
            "signs in by {refused} of an AWS profile, which is not supported; set AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY (`aws configure export-credentials --format env`)"
        )));
    }
    Ok(answer)
}

/// A way to sign in that starts programs or browsers, or asks another service first.
fn refused(profile: &BTreeMap<String, String>) -> Option<&'static str> {
    let has = |key: &str| profile.contains_key(key);
    let has_keys = has("aws_access_key_id") && has("aws_secret_access_key");
    match () {
        () if has("role_arn") => Some("role_arn with source_profile"),
        () if has_keys => None,
        () if has("sso_session") || has("sso_start_url") => Some("single sign-on (sso_session)"),
        () if has("credential_process") => Some("credential_process"),
        () => None,
    }
}

/// The profile's settings from both files; `None` if nobody names one and there is no default one.
fn profile(remote: &RemoteConfig, env: &Env) -> Result<Option<BTreeMap<String, String>>, String> {
    let named =
        remote.get("profile").or_else(|| env.get("AWS_PROFILE")).or_else(|| env.get("AWS_DEFAULT_PROFILE"));
    let name = named.unwrap_or("default").to_lowercase();
    let home = env.get("HOME").or_else(|| env.get("USERPROFILE")).map(PathBuf::from);
    let file = |option: &str, variable: &str, below: &str| {
        let given = remote.get(option).or_else(|| env.get(variable)).map(PathBuf::from);
        given.or_else(|| home.as_ref().map(|home| home.join(".aws").join(below)))
    };
    let config = file("configpath", "AWS_CONFIG_FILE", "config");
    let credentials = file("credentialpath", "AWS_SHARED_CREDENTIALS_FILE", "credentials");
    let mut found: Option<BTreeMap<String, String>> = None;
    for (path, prefix) in [(config, "profile "), (credentials, "")] {
        let Some(text) = path.as_ref().and_then(|path| super::config::text(path).ok()) else { continue };
        let sections = ini::parse(&text)
            .map_err(|why| remote.cannot(&format!("needs an AWS file that is broken: {why}")))?;
        for (section, pairs) in sections {
            if section == name || section.strip_prefix(prefix).is_some_and(|rest| rest.trim() == name) {
                found.get_or_insert_default().extend(pairs);
            }
        }
    }
    if found.is_none() && remote.get("profile").is_some() {
        return Err(
            remote.cannot(&format!("names the AWS profile {name:?}, which is in no file of AWS here"))
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::config::Kind;

    /// Which keys are taken, or what is said.
    #[track_caller]
    fn check(options: &[(&str, &str)], vars: &[(&str, &str)], expected: &str) {
        let home = tempfile::tempdir().unwrap();
        let at = home.path().join(".aws");
        std::fs::create_dir(&at).unwrap();
        let credentials = "[default]\naws_access_key_id = file\naws_secret_access_key = s\n[two]\naws_access_key_id = two\naws_secret_access_key = s\naws_session_token = t\n";
        let config = "[default]\nregion = eu\n[profile sso]\nsso_session = x\n[profile run]\ncredential_process = /bin/x\n\
                      [profile role]\nrole_arn = a\nsource_profile = two\n[profile web]\nrole_arn = a\nweb_identity_token_file = /f\n";
        std::fs::write(at.join("credentials"), credentials).unwrap();
        std::fs::write(at.join("config"), config).unwrap();
        let owned =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let mut env = Env { vars: owned(vars), ..Env::default() };
        env.vars.insert("HOME".to_owned(), home.path().display().to_string());
        let remote = RemoteConfig {
            name: "r".to_owned(),
            kind: Kind::S3,
            url: "s3://b".to_owned(),
            options: owned(options),
        };
        let answer = sign_in(&remote, &env).map(|answer| {
            let keys =
                answer.keys.map_or("role".to_owned(), |(id, _, token)| format!("{id} {}", token.is_some()));
            let web = if answer.web_identity.is_some() { " web" } else { "" };
            format!("{keys}{web} {}", answer.region.unwrap_or_default())
        });
        let answer = answer.unwrap_or_else(|why| why);
        assert!(
            answer == expected
                || (expected.ends_with('…') && answer.contains(expected.trim_end_matches('…'))),
            "{answer}"
        );
    }

    #[test]
    fn keys_come_from_the_nearest_place() {
        let env = [("AWS_ACCESS_KEY_ID", "env"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_REGION", "us")];
        let own = [("access_key_id", "own"), ("secret_access_key", "s"), ("region", "own")];
        check(&own, &env, "own false own");
        check(&[], &env, "env false us");
        check(&[("profile", "two")], &env, "two true us");
        check(&[], &[], "file false eu");
        check(&[], &[("AWS_PROFILE", "two")], "two true ");
        check(&[], &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/f")], "role eu");
        check(&[("profile", "web")], &[], "role web ");
    }

    #[test]
    fn what_is_not_spoken_is_refused_by_name() {
        check(&[("profile", "sso")], &[], "signs in by single sign-on…");
        check(&[], &[("AWS_PROFILE", "run")], "signs in by credential_process…");
        check(&[("profile", "role")], &[], "role_arn with source_profile…");
        check(&[("profile", "gone")], &[], "names the AWS profile \"gone\"…");
    }
}
