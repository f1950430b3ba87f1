//! Remotes in S3, Google Cloud Storage and Azure: static keys, the environment, web identity, the instance's role.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::client::{HttpClient, HttpConnector};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, BackoffConfig, ClientConfigKey, ClientOptions, GetOptions, ObjectStore,
    PutOptions, RetryConfig,
};

use super::client::{self, Rules, cleaned, too_large, whole};
use super::config::{Kind, RemoteConfig};
use super::{LARGEST, Store, Trouble, aws};
use cml_host::environment::Env;

/// Options that hold a secret.
const SECRETS: [&str; 7] = [
    "access_key_id",
    "secret_access_key",
    "session_token",
    "account_key",
    "sas_token",
    "client_secret",
    "connection_string",
];

pub(super) struct Cloud {
    store: Arc<dyn ObjectStore>,
    prefix: String,
    secrets: Vec<String>,
}

/// Connects to nothing yet. The error names the remote.
pub(super) fn open(config: &RemoteConfig, env: &Env) -> Result<Box<dyn Store>, String> {
    Ok(Box::new(cloud(config, env)?))
}

pub(super) fn cloud(config: &RemoteConfig, env: &Env) -> Result<Cloud, String> {
    let (bucket, prefix) = place(config)?;
    let store = match config.kind {
        Kind::S3 => s3(config, env, &bucket)?,
        Kind::Gcs => gcs(config, env, &bucket)?,
        _ => azure(config, env, &bucket)?,
    };
    let secrets = SECRETS.iter().filter_map(|option| config.get(option).map(str::to_owned)).collect();
    Ok(Cloud { store, prefix, secrets })
}

/// Bucket (or container) and the path in it.
fn place(config: &RemoteConfig) -> Result<(String, String), String> {
    let rest = config.url.split_once("://").map_or("", |(_, rest)| rest);
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    // abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/…
    let bucket = bucket.split('@').next().unwrap_or_default();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'$');
    if bucket.is_empty() || !bucket.bytes().all(is_name) {
        return Err(config.cannot("names no bucket or container in its url"));
    }
    Ok((bucket.to_owned(), prefix.trim_matches('/').to_owned()))
}

#[async_trait::async_trait]
impl Store for Cloud {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Trouble> {
        let path = self.path(key).map_err(Trouble::Store)?;
        let answer = match self.store.get_opts(&path, GetOptions::default()).await {
            Ok(answer) => answer,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            // Without the right to list, S3 denies every missing key.
            Err(object_store::Error::PermissionDenied { source, .. }) if says(&*source, "AccessDenied") => {
                return Err(Trouble::Object(self.reason(&*source)));
            }
            Err(error) => return Err(Trouble::Store(self.reason(&error))),
        };
        if answer.meta.size > LARGEST {
            return Err(Trouble::Object(too_large()));
        }
        let parts = answer.into_stream().map(|part| part.map_err(|error| self.reason(&error)));
        counted(parts).await.map(Some).map_err(Trouble::Object)
    }
}

/// All parts of an object, up to the limit: what a service says of a size and what it sends are two things.
async fn counted<B: AsRef<[u8]>>(parts: impl Stream<Item = Result<B, String>>) -> Result<Vec<u8>, String> {
    let mut parts = pin!(parts);
    let mut bytes = Vec::new();
    while let Some(part) = parts.next().await {
        let part = part?;
        let part = part.as_ref();
        if (bytes.len() + part.len()) as u64 > LARGEST {
            return Err(too_large());
        }
        bytes.extend_from_slice(part);
    }
    Ok(bytes)
}

impl Cloud {
    /// Writes one object, which whoever reads it may keep: its key names its content.
    pub(super) async fn put(&self, key: &str, bytes: Vec<u8>, media_type: &str) -> Result<(), String> {
        let attributes = [
            (Attribute::ContentType, media_type.to_owned()),
            (Attribute::CacheControl, "public, max-age=31536000, immutable".to_owned()),
        ];
        let options = PutOptions { attributes: Attributes::from_iter(attributes), ..PutOptions::default() };
        let answer = self.store.put_opts(&self.path(key)?, bytes.into(), options).await;
        answer.map(drop).map_err(|error| self.reason(&error))
    }

    fn path(&self, key: &str) -> Result<Path, String> {
        let path = if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) };
        Path::parse(path).map_err(|error| self.reason(&error))
    }

    fn reason(&self, error: &dyn std::error::Error) -> String {
        let secrets: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        cleaned(&essence(&whole(error)), &secrets)
    }
}

fn says(error: &dyn std::error::Error, word: &str) -> bool {
    whole(error).contains(word)
}

/// What matters in the library's words: the service's status and its own code, without times and tries, so that
/// equal troubles are equal texts.
fn essence(text: &str) -> String {
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["169.254.", "metadata.google.internal"]) {
        return "no keys are set, and this machine has no role in the cloud".to_owned();
    }
    if says(&["PermanentRedirect", "AuthorizationHeaderMalformed", "incorrectly configured region"]) {
        return "the bucket is in another region; set region of the remote, or AWS_REGION".to_owned();
    }
    if says(&["external_account", "impersonated_service_account"]) {
        return "its key file is for workload identity federation, which is not supported; let the sign-in step make an \
                access token, and set GOOGLE_OAUTH_ACCESS_TOKEN to it"
            .to_owned();
    }
    let between = |before: &str, after: &str| {
        let (_, rest) = text.split_once(before)?;
        rest.split_once(after).map(|(inside, _)| inside.trim().to_owned())
    };
    let status = between("status code: ", ":").or_else(|| between("status code: ", " "));
    match (status, between("<Code>", "</Code>")) {
        (Some(status), Some(code)) => format!("{status}, {code}"),
        (Some(status), None) => status,
        (None, _) => text.rsplit_once(" - ").map_or(text, |(_, last)| last).to_owned(),
    }
}

fn s3(config: &RemoteConfig, env: &Env, bucket: &str) -> Result<Arc<dyn ObjectStore>, String> {
    let sign_in = aws::sign_in(config, env)?;
    let mut builder = AmazonS3Builder::new();
    for (name, value) in named(env, "AWS_") {
        if let Ok(key) = name.parse::<AmazonS3ConfigKey>()
            && !matches!(
                key,
                AmazonS3ConfigKey::AccessKeyId
                    | AmazonS3ConfigKey::SecretAccessKey
                    | AmazonS3ConfigKey::Token
            )
        {
            builder = builder.with_config(key, value);
        }
    }
    if let Some((id, secret, token)) = sign_in.keys {
        builder = builder.with_access_key_id(id).with_secret_access_key(secret);
        builder = token.into_iter().fold(builder, AmazonS3Builder::with_token);
    }
    if let Some((role, file)) = sign_in.web_identity {
        builder = builder
            .with_config(AmazonS3ConfigKey::RoleArn, role)
            .with_config(AmazonS3ConfigKey::WebIdentityTokenFile, file);
    }
    if let Some(region) = sign_in.region {
        // It becomes a part of the host.
        if !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(config.cannot("names a region that is none"));
        }
        builder = builder.with_region(region);
    }
    let plain = sign_in.endpoint.as_deref().is_some_and(is_plain);
    builder = sign_in.endpoint.into_iter().fold(builder, AmazonS3Builder::with_endpoint);
    let builder = builder
        .with_bucket_name(bucket)
        .with_skip_signature(config.is_set("allow_anonymous_login"))
        .with_client_options(options(config, plain))
        .with_retry(retry())
        .with_http_connector(Connector);
    built(builder.build(), config)
}

fn gcs(config: &RemoteConfig, env: &Env, bucket: &str) -> Result<Arc<dyn ObjectStore>, String> {
    let mut builder = GoogleCloudStorageBuilder::new();
    for (name, value) in named(env, "GOOGLE_") {
        let own = config.get("credentialpath").is_some() && name == "google_application_credentials";
        if let Ok(key) = name.parse::<GoogleConfigKey>()
            && !own
        {
            builder = builder.with_config(key, value);
        }
    }
    let token = env.get("GOOGLE_OAUTH_ACCESS_TOKEN").or_else(|| env.get("CLOUDSDK_AUTH_ACCESS_TOKEN"));
    if let Some(path) = config.get("credentialpath") {
        builder = builder.with_application_credentials(path);
    } else if let Some(token) = token {
        builder = builder.with_bearer_token(token);
    }
    let endpoint = config.get("endpointurl");
    builder = endpoint.into_iter().fold(builder, GoogleCloudStorageBuilder::with_base_url);
    let builder = builder
        .with_bucket_name(bucket)
        .with_skip_signature(config.is_set("allow_anonymous_login"))
        .with_client_options(options(config, endpoint.is_some_and(is_plain)))
        .with_retry(retry())
        .with_http_connector(Connector);
    built(builder.build(), config)
}

fn azure(config: &RemoteConfig, env: &Env, container: &str) -> Result<Arc<dyn ObjectStore>, String> {
    let mut builder = MicrosoftAzureBuilder::new();
    for (name, value) in named(env, "AZURE_") {
        if let Ok(key) = name.parse::<AzureConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    let own = |option: &str| config.get(option).map(str::to_owned);
    let connection =
        own("connection_string").or_else(|| env.get("AZURE_STORAGE_CONNECTION_STRING").map(str::to_owned));
    let connection = connection.unwrap_or_default();
    let part = |name: &str| {
        let mut parts = connection.split(';').filter_map(|part| part.split_once('='));
        parts.find(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    let host = config.url.split_once('@').and_then(|(_, rest)| rest.split('.').next()).map(str::to_owned);
    let settings = [
        (AzureConfigKey::AccountName, own("account_name").or_else(|| part("AccountName")).or(host)),
        (AzureConfigKey::AccessKey, own("account_key").or_else(|| part("AccountKey"))),
        (AzureConfigKey::SasKey, own("sas_token").or_else(|| part("SharedAccessSignature"))),
        (AzureConfigKey::ClientId, own("client_id")),
        (AzureConfigKey::ClientSecret, own("client_secret")),
        (AzureConfigKey::AuthorityId, own("tenant_id")),
        (AzureConfigKey::Endpoint, part("BlobEndpoint")),
    ];
    let mut plain = false;
    for (key, value) in settings {
        let Some(value) = value else { continue };
        // It becomes a part of the host.
        if key == AzureConfigKey::AccountName
            && !value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return Err(config.cannot("names an account that is none"));
        }
        if key == AzureConfigKey::Endpoint {
            super::config::endpoint_is_fine(&value)
                .map_err(|why| config.cannot(&format!("cannot be asked: {why}")))?;
            plain = is_plain(&value);
        }
        builder = builder.with_config(key, value.trim_start_matches('?'));
    }
    let builder = builder
        .with_container_name(container)
        .with_skip_signature(config.is_set("allow_anonymous_login"))
        .with_client_options(options(config, plain))
        .with_retry(retry())
        .with_http_connector(Connector);
    built(builder.build(), config)
}

/// The variables of a cloud, with their names in lower case, as the builders know them.
fn named<'a>(env: &'a Env, prefix: &'a str) -> impl Iterator<Item = (String, &'a str)> {
    let own = env.vars.iter().filter(move |(name, value)| name.starts_with(prefix) && !value.is_empty());
    own.map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
}

fn built<S: ObjectStore>(
    answer: object_store::Result<S>,
    config: &RemoteConfig,
) -> Result<Arc<dyn ObjectStore>, String> {
    match answer {
        Ok(store) => Ok(Arc::new(store)),
        Err(error) => {
            let secrets: Vec<&str> = SECRETS.iter().filter_map(|option| config.get(option)).collect();
            Err(config.cannot(&format!("cannot be asked: {}", cleaned(&essence(&whole(&error)), &secrets))))
        }
    }
}

fn is_plain(endpoint: &str) -> bool {
    endpoint.starts_with("http://")
}

fn options(config: &RemoteConfig, plain: bool) -> ClientOptions {
    let seconds = |option: &str, otherwise: u64| {
        let given = config.get(option).and_then(|text| text.parse().ok()).filter(|given| *given > 0);
        Duration::from_secs(given.unwrap_or(otherwise))
    };
    ClientOptions::new()
        .with_allow_http(plain)
        .with_connect_timeout(seconds("connect_timeout", 10))
        .with_timeout(seconds("read_timeout", 60))
}

/// Few and short: a report waits for this.
fn retry() -> RetryConfig {
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(200),
        max_backoff: Duration::from_secs(2),
        base: 2.,
    };
    RetryConfig { backoff, max_retries: 2, retry_timeout: Duration::from_secs(60) }
}

/// Lets the clouds use our client: our roots, no forbidden addresses.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let seconds = |key| options.get_config_value(&key).and_then(|text| duration(&text));
        let rules = Rules {
            connect: seconds(ClientConfigKey::ConnectTimeout),
            read: seconds(ClientConfigKey::Timeout),
            ..Rules::default()
        };
        match client::client(&rules) {
            Ok(client) => Ok(HttpClient::new(client)),
            Err(why) => {
                Err(object_store::Error::Generic { store: "HTTP client", source: cleaned(&why, &[]).into() })
            }
        }
    }
}

/// `1m 30s`, as the options write a duration.
fn duration(text: &str) -> Option<Duration> {
    let mut sum = Duration::ZERO;
    for part in text.split_whitespace() {
        let (number, unit) = part.split_at(part.find(|letter: char| letter.is_ascii_alphabetic())?);
        let unit = match unit {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            "h" => Duration::from_secs(3600),
            _ => return None,
        };
        sum += unit.checked_mul(number.parse().ok()?)?;
    }
    Some(sum)
}

#[cfg(test)]
mod tests;
