use super::*;

fn config(url: &str, options: &[(&str, &str)]) -> RemoteConfig {
    let kind = match url.split_once("://").unwrap().0 {
        "s3" => Kind::S3,
        "gs" => Kind::Gcs,
        _ => Kind::Azure,
    };
    let options = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    RemoteConfig { name: "r".to_owned(), kind, url: url.to_owned(), options }
}

#[test]
fn a_place_is_a_bucket_and_a_path() {
    let check = |url: &str, expected: Option<(&str, &str)>| {
        let answer = place(&config(url, &[])).ok();
        assert_eq!(
            answer.as_ref().map(|(bucket, prefix)| (bucket.as_str(), prefix.as_str())),
            expected,
            "{url}"
        );
    };
    check("s3://bucket", Some(("bucket", "")));
    check("s3://bucket/a/b/", Some(("bucket", "a/b")));
    check("abfs://box@account.dfs.core.windows.net/a", Some(("box", "a")));
    check("s3:///a", None);
    check("s3://b?x/a", None);
}

#[test]
fn what_a_service_says_is_told_without_times() {
    let check = |text: &str, expected: &str| assert_eq!(essence(text), expected);
    let denied = "The operation lacked the necessary privileges to complete for path a/b: Error performing GET http://h/b in 1.5ms - \
                  Server returned non-2xx status code: 403 Forbidden: <?xml?><Error><Code>SignatureDoesNotMatch</Code></Error>";
    check(denied, "403 Forbidden, SignatureDoesNotMatch");
    check(
        "Generic S3 error: Error performing GET http://h/ in 1s, after 2 retries - HTTP error: refused",
        "HTTP error: refused",
    );
    check(
        "Error performing PUT http://169.254.169.254/latest/api/token in 1s - x",
        "no keys are set, and this machine has no role in the cloud",
    );
}

#[test]
fn durations_are_read_back() {
    let check = |text: &str, expected: Option<u64>| {
        assert_eq!(duration(text), expected.map(Duration::from_secs), "{text}")
    };
    check("10s", Some(10));
    check("1m 30s", Some(90));
    check("1h", Some(3600));
    check("soon", None);
}

#[test]
fn every_cloud_opens_with_keys_and_says_what_lacks() {
    let env = Env::default();
    let key = "a2V5".to_owned();
    let opens = [
        config("s3://b/x", &[("access_key_id", "a"), ("secret_access_key", "b"), ("region", "eu-west-1")]),
        config("s3://b/x", &[("allow_anonymous_login", "true")]),
        config("gs://b/x", &[("allow_anonymous_login", "true"), ("endpointurl", "http://127.0.0.1:1")]),
        config("azure://box/x", &[("account_name", "acc"), ("account_key", &key)]),
        config(
            "azure://box/x",
            &[("connection_string", "AccountName=acc;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:1/acc")],
        ),
        config("azure://box/x", &[("account_name", "acc"), ("sas_token", "?sv=1&sig=x")]),
    ];
    for config in opens {
        assert!(open(&config, &env).is_ok(), "{config:?} {:?}", open(&config, &env).err());
    }
    let refused = [
        (config("s3://b/x", &[("region", "x.evil.example/")]), "region that is none"),
        (config("azure://box/x", &[]), "cannot be asked"),
        (
            config("azure://box/x", &[("account_name", "169.254.169.254/x#"), ("account_key", &key)]),
            "account that is none",
        ),
        (
            config("azure://box/x", &[("connection_string", "AccountName=a;BlobEndpoint=169.254.169.254")]),
            "not a web address",
        ),
        (
            config(
                "azure://box/x",
                &[("connection_string", "AccountName=a;BlobEndpoint=http://169.254.169.254")],
            ),
            "metadata",
        ),
        (config("gs://b/x", &[("credentialpath", "/no/such.json")]), "cannot be asked"),
    ];
    for (config, expected) in refused {
        let why = open(&config, &env).err().unwrap_or_default();
        assert!(why.contains(expected) && why.contains("DVC remote r"), "{why}");
    }
}

#[test]
fn an_object_is_counted_while_it_comes_and_refused_beyond_the_limit() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let part = vec![0; 1 << 20];
    let check = |count: u64, last: usize, expected: Result<u64, String>| {
        let pulled = std::cell::Cell::new(0);
        let parts = (0..count).map(|at| if at + 1 == count { part[..last].to_vec() } else { part.clone() });
        let parts = futures_util::stream::iter(parts.map(Ok).inspect(|_| pulled.set(pulled.get() + 1)));
        let answer = runtime.block_on(counted(parts)).map(|bytes| bytes.len() as u64);
        assert_eq!(answer, expected, "{count}");
        pulled.get()
    };
    let most = LARGEST >> 20;
    check(0, 0, Ok(0));
    check(most, 1 << 20, Ok(LARGEST));
    check(most + 1, 1, Err(too_large()));
    // Of one without an end no more is taken.
    assert_eq!(check(u64::MAX, 0, Err(too_large())), most + 1);
    let broken = futures_util::stream::iter([Ok(part.clone()), Err("it broke off".to_owned())]);
    assert_eq!(runtime.block_on(counted(broken)), Err("it broke off".to_owned()));
}
