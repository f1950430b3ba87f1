//! Objects that are too large, or do not come.

use std::io::Write as _;
use std::time::{Duration, Instant};

use super::tests::{Project, fetch, hash_of, http, serve, wanted, why};
use super::*;

#[test]
fn an_object_that_is_too_large_or_grows_so_is_refused() {
    let project = Project::new();
    let hash = hash_of(b"content");
    let check = |answer: Vec<u8>| {
        let (address, _) = serve(move |_, _| answer.clone());
        for config in [
            format!("url = http://{address}"),
            format!(
                "url = s3://bucket/x\nendpointurl = http://{address}\nallow_http = true\nregion = r\n\
                 access_key_id = id\nsecret_access_key = key"
            ),
        ] {
            let fetched = fetch(&project.open(&config, &[], true), &[wanted("x", &hash)]);
            why(&fetched, "too large to compare (at most 100 MB)");
        }
    };
    // By its own word…
    let length = LARGEST + 1;
    let head = "last-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\netag: \"x\"\r\n";
    check(format!("HTTP/1.1 200 OK\r\n{head}content-length: {length}\r\n\r\nsome").into_bytes());
}

/// A plain server's answer that is small on its way and unpacks to more than is read.
#[test]
fn a_compressed_answer_is_counted_as_it_is_unpacked() {
    let project = Project::new();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..=LARGEST >> 20 {
        packed.write_all(&[0; 1 << 20]).unwrap();
    }
    let packed = packed.finish().unwrap();
    assert!(packed.len() < 1 << 20);
    let (address, _) = serve(move |_, _| http("200 OK", "content-encoding: gzip\r\n", &packed));
    let remotes = project.open(&format!("url = http://{address}"), &[], true);
    why(&fetch(&remotes, &[wanted("x", &hash_of(b"content"))]), "too large to compare (at most 100 MB)");
}

#[test]
fn an_object_that_does_not_come_is_missing_when_its_time_is_over() {
    let project = Project::new();
    let hash = hash_of(b"content");
    // The head and a part come, the rest never does; then not even that.
    for begins in [true, false] {
        let (address, seen) = serve(move |_, _| {
            if !begins {
                std::thread::sleep(Duration::from_secs(20));
            }
            b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\ncon".to_vec()
        });
        let kinds = [
            format!("url = http://{address}"),
            format!(
                "url = s3://bucket/x\nendpointurl = http://{address}\nallow_http = true\nregion = r\n\
                 access_key_id = id\nsecret_access_key = key"
            ),
        ];
        for config in kinds {
            // The run's own time.
            let mut remotes = project.open(&config, &[], true);
            remotes.deadline = Deadline::within(Duration::from_millis(400));
            let began = Instant::now();
            let fetched = fetch(&remotes, &[wanted("x", &hash), wanted("y", &"1".repeat(32))]);
            assert!(fetched.bytes.is_empty() && fetched.missing.len() == 2, "{fetched:?}");
            assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
            if !begins {
                why(&fetched, "it did not come before the time for reading was over (0.4 s)");
            }
            assert!(!seen.lock().unwrap().is_empty());
        }
        // The remote's own.
        let config = format!("url = http://{address}\nread_timeout = 0.2\n");
        let began = Instant::now();
        let fetched = fetch(&project.open(&config, &[], true), &[wanted("x", &hash)]);
        assert!(fetched.bytes.is_empty() && fetched.missing.len() == 1, "{fetched:?}");
        assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    }
}
