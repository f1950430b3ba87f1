//! A forge behind a certificate of one's own authority, and behind a proxy.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::job::{EVERY, Host, Job};
use crate::world::Ran;

/// A file of `tests/data/tls`, whose script says how it was made.
fn file(name: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name).display().to_string()
}

/// Serves connections on a free port for as long as the test lasts.
fn serve<F, W>(work: W) -> SocketAddr
where
    F: Future<Output = std::io::Result<()>> + Send + 'static,
    W: Fn(TcpStream) -> F + Send + 'static,
{
    let (told, port) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            told.send(listener.local_addr().unwrap()).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(work(stream));
            }
        });
    });
    port.recv().unwrap()
}

/// The forge behind TLS, as `gitlab.internal` and 127.0.0.1.
fn encrypted(job: &Job) -> SocketAddr {
    let chain = vec![CertificateDer::from_pem_file(file("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let plain = job.forge.url().trim_start_matches("http://").to_owned();
    serve(move |stream| {
        let (acceptor, plain) = (acceptor.clone(), plain.clone());
        async move {
            let mut outside = acceptor.accept(stream).await?;
            let mut inside = TcpStream::connect(plain).await?;
            copy_bidirectional(&mut outside, &mut inside).await.map(drop)
        }
    })
}

/// A proxy that leads every CONNECT to `target`; answers what it was asked.
fn proxy(target: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let address = serve(move |mut stream| {
        let log = Arc::clone(&log);
        async move {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await?);
            }
            log.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
            stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
            let mut inside = TcpStream::connect(target).await?;
            copy_bidirectional(&mut stream, &mut inside).await.map(drop)
        }
    });
    (address, asked)
}

/// A job whose forge is behind TLS, on a machine that trusts nobody, and that forge's port.
fn job(host: Host, name: &str) -> (Job, SocketAddr) {
    let job = Job::at(host);
    job.world.write("report.md", "the text");
    let at = encrypted(&job);
    let url = format!("https://{name}:{}", at.port());
    (job.reached_at(&url).with("SSL_CERT_FILE", "/nowhere.pem"), at)
}

fn run(job: &Job) -> Ran {
    job.cml(&["comment", "report.md"])
}

#[test]
fn an_authority_of_ones_own_is_trusted_once_it_is_named() {
    for host in EVERY {
        let (job, _) = job(host, "127.0.0.1");
        let names = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CI_SERVER_TLS_CA_FILE"];
        for (count, name) in names.into_iter().enumerate() {
            let ran = run(&job.again().with(name, &file("ca.pem")).with("CI_PIPELINE_ID", name));
            assert_eq!(ran.code, 0, "{host:?} {name}: {}", ran.err);
            assert_eq!(ran.err.contains("SSL_CERT_FILE: there is no file"), count > 0, "{}", ran.err);
        }
        assert_eq!(job.forge.comments().len(), 1);
    }
}

#[test]
fn a_server_that_is_not_trusted_is_told_with_what_to_set() {
    let check = |host: Host, name: &str, roots: &str, words: &[&str]| {
        let (job, _) = job(host, name);
        let ran = run(&job.with("SSL_CERT_FILE", roots));
        assert_eq!(ran.code, 3, "{}", ran.err);
        for word in
            [&["certificate is not trusted", "SSL_CERT_FILE", "CI_SERVER_TLS_CA_FILE"], words].concat()
        {
            assert!(ran.err.contains(word), "no {word:?} in {}", ran.err);
        }
        assert!(ran.out.contains("the text"), "the report is lost: {}", ran.out);
    };
    for host in EVERY {
        // No roots at all: those inside the program do not know this authority either.
        check(host, "127.0.0.1", "/nowhere.pem", &["UnknownIssuer", "there is no file /nowhere.pem"]);
        check(host, "localhost", &file("ca.pem"), &["localhost", "127.0.0.1"]);
    }
    let (job, _) = job(Host::GitLab, "127.0.0.1");
    let ran = run(&job.with("CI_SERVER_TLS_CA_FILE", "/gone.pem"));
    assert!(ran.err.contains("CI_SERVER_TLS_CA_FILE: cannot read /gone.pem"), "{}", ran.err);
}

#[test]
fn a_proxy_is_used_for_what_is_not_excepted() {
    for host in EVERY {
        // A name that only the proxy knows.
        let (job, server) = job(host, "gitlab.internal");
        let (address, asked) = proxy(server);
        let job = job.with("SSL_CERT_FILE", &file("ca.pem"));
        let through = job.with("HTTPS_PROXY", &format!("http://me:s3same@{address}"));
        let ran = run(&through);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let asked = asked.lock().unwrap().concat();
        assert!(asked.starts_with(&format!("CONNECT gitlab.internal:{} ", server.port())), "{asked}");
        assert!(asked.to_lowercase().contains("proxy-authorization: basic bwu6cznzyw1l"), "{asked}");

        let (job, _) = self::job(host, "127.0.0.1");
        let job = job.with("SSL_CERT_FILE", &file("ca.pem"));
        let dead = job.with("HTTPS_PROXY", "http://me:s3same@127.0.0.1:9");
        let ran = run(&dead);
        assert!(ran.code == 3 && ran.err.contains("HTTPS_PROXY"), "{}", ran.err);
        assert!(!ran.err.contains("s3same"), "{}", ran.err);
        let ran = run(&dead.with("NO_PROXY", "example.com,127.0.0.1"));
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
}
