//! A user's Markdown with images: what is published, what stays, and what the comment then says.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::job::{Job, TOKEN};

const PNG: &[u8] = include_bytes!("../data/images/3x2.png");
const GIF: &[u8] = include_bytes!("../data/images/3x2.gif");

fn put(job: &Job, name: &str, bytes: &[u8]) {
    let path = job.world.root().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// A job whose forge serves a bare repository over HTTP.
fn with_git(job: Job) -> Job {
    let bare = job.world.path("forge.git");
    job.world.git(&["init", "-q", "--bare", bare.to_str().unwrap()]);
    job.forge.serve_git(&bare);
    job
}

fn in_bare(job: &Job, arguments: &[&str]) -> String {
    let bare = job.world.path("forge.git");
    job.world.git(&[["-C", bare.to_str().unwrap()].as_slice(), arguments].concat())
}

#[test]
fn local_images_are_pushed_over_http_and_the_rest_of_the_text_stays() {
    let job = with_git(Job::new());
    put(&job, "plots/a b.png", PNG);
    put(&job, "plots/c.gif", GIF);
    let report = "# Mine\n\n- [x] ![a](<plots/a b.png> \"T\")\n- [ ] ![again](plots/a%20b.png)\n\n\
                  <img width=9 src=plots/c.gif>\n\n`![no](plots/c.gif)` ![far](https://example.com/x.png)\n";
    job.world.write("report.md", report);
    let ran = job.cml(&["comment", "create", "report.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.err.matches("warning").count(), 0, "{}", ran.err);

    let refs = in_bare(&job, &["for-each-ref", "--format=%(refname) %(objectname)"]);
    assert!(refs.starts_with("refs/cml/change/7/") && refs.lines().count() == 1, "{refs}");
    let commit = refs.rsplit_once(' ').unwrap().1;
    let files = in_bare(&job, &["ls-tree", "--name-only", commit]);
    let names: Vec<&str> = files.lines().collect();
    assert_eq!(names.len(), 2, "{files}");
    let address = |name: &str| format!("{}/o/r/blob/{commit}/{name}?raw=true", job.forge.url());
    let (png, gif) = (address(names[0]), address(names[1]));
    let expected = report
        .replace("<plots/a b.png>", &png)
        .replace("plots/a%20b.png", &png)
        .replace("src=plots/c.gif", &format!("src=\"{gif}\""));
    let body = &job.forge.comments()[0].body;
    assert!(body.starts_with(&expected), "{body}\n{expected}");
    // One push, no data API; the token is in a header and nowhere else.
    assert!(!job.forge.log().iter().any(|line| line.contains("/git/blobs")), "{:?}", job.forge.log());
    assert!(!job.forge.log().iter().any(|line| line.contains(TOKEN)));
    assert_eq!(
        in_bare(&job, &["log", "-1", "--format=%an %ae %B", commit]),
        "cml cml@noreply.invalid Images of a report"
    );
}

#[test]
fn a_reports_own_plots_are_pushed_too() {
    let job = with_git(Job::new());
    let ran = job.cml(&["comment"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let commit = in_bare(&job, &["for-each-ref", "--format=%(objectname)"]);
    assert_eq!(in_bare(&job, &["ls-tree", "--name-only", &commit]).lines().count(), 2, "light and dark");
    assert!(job.forge.comments()[0].body.contains(&format!("/blob/{commit}/")));
    assert_eq!(job.cml(&["comment"]).code, 0);
    assert_eq!(in_bare(&job, &["for-each-ref"]).lines().count(), 1, "equal pictures are pushed once");
}

#[test]
fn the_address_of_an_image_starts_from_the_reports_folder() {
    let job = Job::new();
    put(&job, "out/img/a.png", PNG);
    job.world.write("out/report.md", "![a](img/a.png) ![gone](out/img/a.png)\n");
    let ran = job.cml(&["comment", "create", "out/report.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let body = &job.forge.comments()[0].body;
    assert!(body.contains("?raw=true) ![gone](out/img/a.png)"), "{body}");
    assert!(
        ran.err.contains("out/img/a.png: this image stays as it is: there is no such file"),
        "{}",
        ran.err
    );
}

#[test]
fn an_image_inside_its_address_is_published() {
    let job = Job::new();
    job.world.write("report.md", "![a](data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=)\n");
    assert_eq!(job.cml(&["comment", "create", "report.md"]).code, 0);
    let names: Vec<String> = job.forge.files().into_keys().collect();
    assert!(names.len() == 1 && names[0].starts_with("image-") && names[0].ends_with(".gif"), "{names:?}");
    assert!(job.forge.comments()[0].body.contains(&names[0]));
}

#[cfg(unix)]
#[test]
fn nothing_but_images_of_the_repository_ever_leaves_it() {
    let job = Job::new();
    let outside = job.world.path("outside.png");
    fs::write(&outside, PNG).unwrap();
    put(&job, "plots/good.png", PNG);
    put(&job, ".env", b"AWS_SECRET=1");
    put(&job, "secret.png", b"AWS_SECRET=1");
    put(&job, "live.svg", b"<svg><script>AWS_SECRET</script></svg>");
    put(&job, ".git/in.png", GIF);
    std::os::unix::fs::symlink(&outside, job.world.root().join("link.png")).unwrap();
    std::os::unix::fs::symlink("/etc", job.world.root().join("etc")).unwrap();
    let pipe = job.world.root().join("pipe.png");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let bad = [
        "../outside.png",
        outside.to_str().unwrap(),
        "link.png",
        "/etc/hostname",
        "etc/hostname",
        ".env",
        "secret.png",
        "live.svg",
        ".git/in.png",
        ".git/config",
        "plots",
        "pipe.png",
        "/dev/zero",
        "gone.png",
        "%2e%2e/outside.png",
        "file:///etc/hostname",
        "//h/x.png",
    ];
    let mut report: String =
        bad.iter().map(|name| format!("![x]({name}) [y]({name}) <img src=\"{name}\">\n\n")).collect();
    report.push_str("[link](plots/good.png) ![good](plots/good.png)\n");
    job.world.write("report.md", &report);
    let ran = job.cml(&["comment", "create", "report.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let files = job.forge.files();
    assert_eq!(files.values().collect::<Vec<_>>(), [PNG], "{:?}", files.keys());
    let body = &job.forge.comments()[0].body;
    let name = files.keys().next().unwrap();
    assert!(name.starts_with("good-"), "{name}");
    let kept = &report[..report.find("![good]").unwrap()];
    assert!(body.starts_with(kept), "{body}");
    assert!(!ran.err.contains("AWS_SECRET"), "{}", ran.err);
}

#[test]
fn a_check_of_a_users_report_shows_its_images_too() {
    let job = Job::new();
    put(&job, "a.png", PNG);
    job.world.write("report.md", "![a](a.png)\n");
    let ran = job.cml(&["check", "create", "report.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let name = job.forge.files().into_keys().next().unwrap();
    let check = job.forge.checks()[0].to_string();
    assert!(check.contains(&format!("/{name}?raw=true")), "{check}");
}

#[test]
fn images_that_cannot_be_published_leave_the_text_as_it_is() {
    let job = Job::new();
    job.forge.refuse("/git/", 403);
    put(&job, "a.png", PNG);
    job.world.write("report.md", "![a](a.png)\n");
    let ran = job.cml(&["comment", "create", "report.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(job.forge.comments()[0].body.starts_with("![a](a.png)\n"));
    assert!(
        ran.err.contains("keep their local addresses") && ran.err.contains("contents: write"),
        "{}",
        ran.err
    );
}

#[test]
fn publish_false_posts_the_text_verbatim_and_a_dry_run_lists_what_would_go() {
    let job = Job::new();
    put(&job, "a.png", PNG);
    job.world.write("report.md", "![a](a.png)\n");
    assert_eq!(job.cml(&["comment", "create", "--publish=false", "report.md"]).code, 0);
    assert!(job.forge.comments()[0].body.starts_with("![a](a.png)\n") && job.forge.files().is_empty());
    let ran = job.cml(&["comment", "create", "--publish", "--dry-run", "report.md"]);
    assert!(ran.out.starts_with("![a](a.png)\n"), "{}", ran.out);
    assert!(ran.err.contains("would publish a-") && ran.err.contains("(78 bytes)"), "{}", ran.err);
    assert!(job.forge.files().is_empty());
}

#[test]
fn a_preview_of_a_users_report_holds_its_images() {
    let job = Job::new();
    put(&job, "out/a.png", PNG);
    job.world.write("out/report.md", "![a](a.png) <img src=a.png>\n");
    let ran = job.cml(&["preview", "out/report.md", "-o", "-"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.out.matches("data:image/png;base64,").count(), 2, "{}", ran.out);
    assert!(!Path::new(&job.world.root().join("cml-preview.html")).exists());
}

/// Head and body of each request.
type Seen = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// What a store of CML's protocol was sent: head and body of each request; every answer is `answer`.
fn store(status: &'static str, answer: &'static str) -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/put?key=k", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let shared = Arc::clone(&seen);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                stream.read_line(&mut head).unwrap();
            }
            let length = head.to_ascii_lowercase().split("content-length: ").nth(1).unwrap().to_owned();
            let mut body = vec![0; length.split("\r\n").next().unwrap().parse().unwrap()];
            stream.read_exact(&mut body).unwrap();
            shared.lock().unwrap().push((head, body));
            let answer = format!(
                "HTTP/1.1 {status}\r\netag: \"e\"\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
                answer.len()
            );
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, seen)
}

#[test]
fn a_publish_url_is_sent_each_image_once_as_cml_sends_it_and_no_token() {
    let job = Job::new();
    let (url, seen) = store("200 OK", "https://assets.example.com/abc\n");
    put(&job, "a.png", PNG);
    job.world.write("report.md", "![a](a.png) ![b](./a.png)\n");
    let ran = job.cml(&["comment", "create", "--publish-url", &url, "report.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let body = &job.forge.comments()[0].body;
    assert!(
        body.starts_with("![a](https://assets.example.com/abc) ![b](https://assets.example.com/abc)\n"),
        "{body}"
    );
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 1, "equal images are sent once");
    let (head, sent) = &seen[0];
    let lower = head.to_ascii_lowercase();
    assert!(head.starts_with("POST /put?key=k ") && sent == PNG, "{head}");
    assert!(
        lower.contains("content-type: image/png")
            && lower.contains("content-disposition: inline; filename=\"a-"),
        "{head}"
    );
    assert!(!lower.contains("authorization") && !head.contains(TOKEN), "{head}");
    assert!(job.forge.files().is_empty(), "nothing goes to the repository");
}

#[test]
fn what_a_store_says_is_an_address_only_if_it_is_one() {
    let cases: [(&str, &str, &str); 5] = [
        ("500 Oops", "https://error.example.com/", "500"),
        ("200 OK", "", "not an address"),
        ("200 OK", "<html>Sign in</html>", "not an address"),
        ("200 OK", "javascript:alert(1)", "not an address"),
        ("200 OK", "https://h/a b) [x](https://evil", "not an address"),
    ];
    for (status, answer, words) in cases {
        let job = Job::new();
        let (url, _) = store(status, answer);
        put(&job, "a.png", PNG);
        job.world.write("report.md", "![a](a.png)\n");
        let ran = job.cml(&["comment", "create", "--publish-url", &url, "report.md"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(job.forge.comments()[0].body.starts_with("![a](a.png)\n"), "{status} {answer}");
        assert!(ran.err.contains(words) && !ran.err.contains("key=k"), "{status} {answer}: {}", ran.err);
    }
}

#[test]
fn a_folder_holds_the_images_of_a_report_under_its_address() {
    let job = Job::new();
    let folder = job.world.path("site");
    let at = ["--asset-store", folder.to_str().unwrap(), "--asset-url", "https://site.example.com/img"];
    let ran = job.cml(&[["comment"].as_slice(), &at].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 2, "light and dark: {names:?}");
    let body = &job.forge.comments()[0].body;
    for name in names {
        assert!(body.contains(&format!("https://site.example.com/img/{name}\"")), "{name} in {body}");
    }
    let ran = job.cml(&["comment", "--asset-store", "x"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    let ran = job.cml(&["comment", "--publish-url", "http://169.254.169.254/"]);
    assert!(ran.code == 2 && ran.err.contains("metadata service"), "{}", ran.err);
}

#[test]
fn a_bucket_is_written_to_with_the_clouds_own_keys() {
    let (url, seen) = store("200 OK", "");
    let endpoint = url.split("/put").next().unwrap().to_owned();
    let job =
        Job::new().with("AWS_ACCESS_KEY_ID", "AKIASEEDED").with("AWS_SECRET_ACCESS_KEY", "seededSecretKey");
    let job = job.with("AWS_ENDPOINT_URL", &endpoint).with("AWS_REGION", "eu-west-1");
    put(&job, "a.png", PNG);
    job.world.write("report.md", "![a](a.png)\n");
    let at = ["--asset-store", "s3://pictures/run/7", "--asset-url", "https://cdn.example.com/run/7/"];
    let ran = job.cml(&[["comment", "create", "report.md"].as_slice(), &at].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let body = &job.forge.comments()[0].body;
    assert!(body.starts_with("![a](https://cdn.example.com/run/7/a-"), "{body} {}", ran.err);
    let seen = seen.lock().unwrap();
    let (head, sent) = &seen[0];
    assert!(head.starts_with("PUT /pictures/run/7/a-") && sent == PNG, "{head}");
    assert!(head.to_ascii_lowercase().contains("content-type: image/png"), "{head}");
    for text in [head, body, &ran.err] {
        assert!(!text.contains("seededSecretKey") && !text.contains(TOKEN), "{text}");
    }
}

#[test]
fn asset_publish_prints_an_address_or_markdown() {
    let job = Job::new();
    put(&job, "plots/a.png", PNG);
    job.world.write("notes.txt", "text");
    let ran = job.cml(&["asset", "publish", "plots/a.png"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let name = job.forge.files().into_keys().next().unwrap();
    assert!(ran.out.starts_with("http") && ran.out.ends_with(&format!("/{name}?raw=true\n")), "{}", ran.out);
    let markdown = job.cml(&["publish", "./plots/a.png", "--md", "--title", "Confusion \"matrix\""]);
    assert_eq!(markdown.out, format!("![]({} \"Confusion \\\"matrix\\\"\")\n", ran.out.trim()));
    let (url, _) = store("200 OK", "https://assets.example.com/abc");
    let elsewhere = job.cml(&["asset", "publish", "--url", &url, "--md", "-f", "out.md", "plots/a.png"]);
    assert_eq!((elsewhere.code, elsewhere.out.as_str()), (0, ""), "{}", elsewhere.err);
    assert_eq!(
        fs::read_to_string(job.world.root().join("out.md")).unwrap(),
        "![](https://assets.example.com/abc)\n"
    );
    for bad in ["notes.txt", "gone.png", "../event.json", "plots"] {
        let ran = job.cml(&["asset", "publish", bad]);
        assert_eq!(ran.code, 2, "{bad}: {}", ran.err);
        assert!(ran.err.contains(bad) && ran.err.contains("hint:"), "{bad}: {}", ran.err);
    }
    job.forge.refuse("/git/", 403);
    assert_eq!(job.cml(&["asset", "publish", "plots/a.png"]).code, 3);
}

#[test]
fn prune_deletes_the_images_of_closed_change_requests_only() {
    let job = Job::new();
    assert_eq!(job.cml(&["comment"]).code, 0);
    assert_eq!(job.forge.refs().len(), 1);
    let open = job.cml(&["asset", "prune"]);
    assert_eq!((open.code, open.out.as_str()), (0, ""), "{}", open.err);
    assert_eq!(job.forge.refs().len(), 1);
    job.forge.close();
    let dry = job.cml(&["asset", "prune", "--dry-run"]);
    assert!(
        dry.out.starts_with("refs/cml/change/7/") && dry.err.contains("would delete 1 of 1"),
        "{} {}",
        dry.out,
        dry.err
    );
    assert_eq!(job.forge.refs().len(), 1);
    let ran = job.cml(&["asset", "prune"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!((ran.out, job.forge.refs().len()), (dry.out, 0));
    assert_eq!(job.cml(&["asset", "prune"]).code, 0, "nothing left is no failure");
}
