//! Nothing that leaves the program holds a secret: pages, artifacts, tables, pictures and their names.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::job::{EVERY, Host, Job, TOKEN};
use crate::world::World;

/// The value of a variable whose name says secret. Markdown, HTML and names of files each write it in their own way.
const PASSWORD: &str = "Hunter2_and_*more*_Words";

/// A job whose names and values hold `word`: a metric's name and a file's, a param's value, a plot's columns, classes and
/// title, and a name of the report.
fn job(host: Host, word: &str) -> Job {
    let world = World::new();
    let files = |world: &World, number: u8| {
        world.write("metrics.json", &format!("{{\"acc {word}\": 0.{number}, \"loss\": 0.{number}}}"));
        world.write(&format!("params-{word}.yaml"), &format!("lr: 0.{number}\nname: '{word} {number}'\n"));
        world.write("curve.csv", &format!("step,acc {word}\n0,0.{number}\n1,0.5\n2,0.7\n"));
        world.write("bars.csv", &format!("class,score\n{word} a,0.{number}\nb,0.5\n"));
    };
    let column = format!("\"acc {word}\"");
    world.write(
        "dvc.yaml",
        &format!(
            "metrics: [metrics.json]\nparams: ['params-{word}.yaml']\nplots:\n- curve:\n    x: step\n    y:\n      curve.csv: {column}\n    title: \"of {word}\"\n    x_label: \"{word} steps\"\n- bars.csv:\n    x: score\n    y: class\n    template: bar_horizontal\n"
        ),
    );
    files(&world, 1);
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    files(&world, 2);
    let head = world.commit("head");
    let job = Job::of_host(host, world, &head, false);
    job.forge.set_head(&head);
    job
}

/// Every file below a folder by its name in there.
fn below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match path.is_dir() {
            true => {
                found.extend(below(&path).into_iter().map(|(file, bytes)| (format!("{name}/{file}"), bytes)))
            }
            false => drop(found.insert(name, fs::read(&path).unwrap())),
        }
    }
    found
}

/// The password, as it is and as a name of a file or of a metric is made of it.
#[track_caller]
fn check(what: &str, text: &str) {
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    assert!(!plain.to_lowercase().contains("hunter2andmorewords"), "{what}: {text}");
}

#[test]
fn no_exit_of_a_report_holds_a_secret() {
    for host in EVERY {
        let job = job(host, PASSWORD).with("DB_PASSWORD", PASSWORD);
        let runs: [&[&str]; 12] = [
            &["report"],
            &["report", "--format", "text"],
            &["report", "--format", "json"],
            &["report", "--format", "html"],
            &["report", "-o", "out.md", "--artifacts", "kept"],
            &["preview", "-o", "page.html"],
            &["comment", "--dry-run"],
            &["comment", "--artifacts", "kept-too"],
            &["check", "create", "--dry-run"],
            &["metrics", "diff", "main", "HEAD"],
            &["params", "diff", "main", "HEAD", "--json"],
            &["plots", "diff", "main", "HEAD", "-o", "plots"],
        ];
        for arguments in runs {
            let ran = job.cml(arguments);
            assert_eq!(ran.code, 0, "{arguments:?} {}", ran.err);
            assert!(
                !ran.err.is_empty() && ran.err.contains("it is shown with ***"),
                "{arguments:?} {}",
                ran.err
            );
            check(&format!("{arguments:?}"), &format!("{} {}", ran.out, ran.err));
        }
        job.forge.refuse(job.thread(), 403);
        let ran = job.cml(&["comment"]);
        let kept = job.kept(&ran);
        assert!(kept.contains("loss") && kept.contains("acc ***"), "{kept}");
        check("summary", &kept);
        let mut written = 0;
        for (name, bytes) in below(&job.world.root()) {
            let made = ["out", "kept", "page.html", "plots/"].iter().any(|start| name.starts_with(start));
            if made {
                written += 1;
                check("name", &name);
                check(&name, &String::from_utf8_lossy(&bytes));
            }
        }
        assert!(written > 12, "{written}");
        for comment in job.forge.comments() {
            check("comment", &comment.body);
        }
        check("uploads", &format!("{:?} {:?}", job.forge.uploads().keys(), job.forge.files().keys()));
    }
}

#[test]
fn a_picture_is_drawn_without_secrets() {
    let drawn = |job: &Job| {
        let ran = job.cml(&["report", "-o", "out.md"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        below(&job.world.root().join("out_files"))
    };
    let hidden = drawn(&job(Host::GitHub, PASSWORD).with("DB_PASSWORD", PASSWORD));
    let shown = drawn(&job(Host::GitHub, "***"));
    assert_eq!(hidden.keys().collect::<Vec<_>>(), shown.keys().collect::<Vec<_>>());
    assert!(hidden.len() == 4 && hidden == shown);
    // Our own token is no name of a plot either; bars stand in the order of what they were called.
    let token = drawn(&job(Host::GitHub, TOKEN));
    let curve = shown.iter().find(|(name, _)| name.contains("light") && !name.contains("bars")).unwrap();
    assert_eq!(token.get(curve.0), Some(curve.1), "{:?}", token.keys());
}

#[test]
fn a_page_of_a_users_markdown_holds_no_secret() {
    let job = Job::new().with("DB_PASSWORD", "hunter2-\"quoted\"&<more>");
    job.world.write(
        "report.md",
        "It is hunter2-\"quoted\"&<more>, or hunter2-&quot;quoted&quot;&amp;&lt;more&gt;.\n",
    );
    let ran = job.cml(&["preview", "report.md", "-o", "-"]);
    assert!(ran.code == 0 && ran.out.contains("It is ***, or ***."), "{} {}", ran.out, ran.err);
}
