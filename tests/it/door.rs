//! A change's files against a job that holds a token: what is read leaves no secret in what leaves the process.

use std::fs;
use std::os::unix::fs::symlink;

use crate::attack::{Attack, SECRET, ends, pipe, seeded};
use crate::job::{EVERY, Host, Job};

const PNG: &[u8] = include_bytes!("../data/images/3x2.png");

#[test]
fn a_report_that_is_a_link_a_pipe_or_a_device_is_no_report() {
    let outside = "leads out of the repository";
    let attacks = [
        ("/proc/self/environ", outside),
        ("../outside.json", outside),
        ("/etc/passwd", outside),
        (".env", "private (.env)"),
        ("id_rsa", "private (id_rsa)"),
        ("gha-creds-1a2b.json", "private (gha-creds-1a2b.json)"),
        (".aws/credentials", "private (.aws)"),
        (".git/config", "Git's own files"),
        ("/dev/zero", "not a file but a pipe"),
        ("pipe", "not a file but a pipe"),
    ];
    for host in EVERY {
        for (target, why) in attacks {
            let job = seeded(host);
            let report = job.world.root().join("report.md");
            symlink(target, &report).unwrap();
            pipe(&job.world.root().join("pipe"));
            let attack = Attack::new(job);
            let absolute = report.display().to_string();
            for arguments in [
                &["comment", "create", "report.md"][..],
                &["check", "create", "report.md"],
                &["preview", "report.md", "-o", "page.html"],
                &["comment", "create", &absolute],
            ] {
                let ran = attack.run(arguments);
                assert_eq!(ran.code, 2, "{target}: {arguments:?}: {}", ran.err);
                assert!(ran.err.contains(why) && ran.err.contains("report.md"), "{target}: {}", ran.err);
            }
            assert!(attack.job.forge.comments().is_empty());
        }
    }
}

#[test]
fn a_report_behind_a_linked_folder_is_no_report_and_neither_is_a_private_one() {
    let attack = Attack::new(seeded(Host::GitHub));
    for name in ["folder/report.md", "folder/../folder/report.md", ".env", ".git/config", "./.GIT/config"] {
        let ran = attack.run(&["comment", "create", name]);
        assert_eq!(ran.code, 2, "{name}: {}", ran.err);
    }
    let ran = attack.run(&["comment", "create", "/proc/self/environ"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
}

#[test]
fn what_a_user_types_outside_of_the_repository_is_theirs() {
    for host in EVERY {
        let job = Job::at(host);
        fs::create_dir(job.world.path("typed")).unwrap();
        let typed = job.world.path("typed/report.md");
        fs::write(&typed, "# Mine\n").unwrap();
        let ran = job.cml(&["comment", "create", typed.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let ran = job.cml(&["comment", "create", "../typed/report.md"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(job.forge.comments()[0].body.starts_with("# Mine"));
    }
}

#[test]
fn a_pipe_is_refused_at_once_wherever_a_file_is_read() {
    let job = seeded(Host::GitHub);
    let root = job.world.root();
    for name in
        ["report.md", "metrics.json", "params.json", "loss.csv", "t.json", "font.ttf", "cert", "event"]
    {
        pipe(&root.join(name));
    }
    job.world.write(
        "dvc.yaml",
        "metrics: [metrics.json]\nparams: [params.json]\nplots:\n- loss.csv:\n    template: t.json\n",
    );
    for arguments in [
        &["comment", "create", "report.md"][..],
        &["check", "create", "report.md"],
        &["preview", "report.md", "-o", "-"],
        &["report"],
        &["comment", "--dry-run"],
        &["metrics", "diff"],
        &["params", "diff"],
        &["plots", "diff", "--json"],
        &["report", "--font", "font.ttf"],
        &["report", "--base-dir", "."],
    ] {
        ends(&job, arguments);
    }
    let at = |name: &str| root.join(name).display().to_string();
    ends(&job.again().with("GITHUB_EVENT_PATH", &at("event")), &["report"]);
    ends(&job.again().with("NODE_EXTRA_CA_CERTS", &at("cert")), &["comment"]);
    let ran = job.cml(&["report"]);
    assert!(ran.err.contains("metrics.json") && ran.err.contains("not a file but a pipe"), "{}", ran.err);
}

/// Links and names that would make secrets rows, points or pictures of a report.
fn plant(job: &Job) {
    let root = job.world.root();
    for (name, target) in [
        ("y.yaml", ".git/config"),
        ("environ.yaml", "/proc/self/environ"),
        ("env.yaml", ".env"),
        ("k.yaml", "id_rsa"),
        ("out.json", "../outside.json"),
        ("x.csv", "/proc/self/environ"),
        ("plot.svg", "../outside.json"),
    ] {
        symlink(target, root.join(name)).unwrap();
    }
    fs::create_dir_all(root.join(".dvc/plots")).unwrap();
    symlink("../../.env", root.join(".dvc/plots/mine.json")).unwrap();
    job.world.write(
        "dvc.yaml",
        "metrics: [metrics.json, y.yaml, out.json, environ.yaml]\n\
         params: [.env, env.yaml, k.yaml, gha-creds-1a2b.json, folder/report.md, .aws/credentials]\n\
         plots:\n- x.csv\n- plot.svg\n- id_rsa\n- loss.csv:\n    template: mine\n",
    );
    job.world.write("loss.csv", "step,loss\n0,1\n1,0.5\n");
}

#[test]
fn secrets_of_the_workspace_are_no_rows_of_a_report() {
    for host in EVERY {
        let job = seeded(host);
        plant(&job);
        let attack = Attack::new(job);
        for arguments in [
            &["comment"][..],
            &["check", "create"],
            &["report"],
            &["report", "--format", "json"],
            &["report", "--artifacts", "kept"],
            &["report", "--base-dir", "."],
            &["report", "--params", "**", "--params", "gha-creds-*.json", "--params", ".env"],
            &["preview", "-o", "page.html"],
            &["metrics", "diff", "--json"],
            &["params", "diff", "--json"],
            &["params", "diff", "--targets", ".env", "gha-creds-1a2b.json"],
            &["plots", "diff", "--json"],
            &["plots", "show", "id_rsa"],
        ] {
            let ran = attack.run(arguments);
            assert!(ran.code == 0, "{arguments:?}: {} {}", ran.code, ran.err);
        }
        let ran = attack.run(&["report"]);
        for (name, why) in [
            (".env", "private (.env)"),
            ("gha-creds-1a2b.json", "private (gha-creds-1a2b.json)"),
            ("env.yaml", "private (.env)"),
            ("k.yaml", "private (id_rsa)"),
            ("y.yaml", "Git's own files"),
            ("out.json", "leads out of the project's folder"),
            ("environ.yaml", "leads out of the project's folder"),
        ] {
            let line = ran.err.lines().find(|line| line.contains(&format!("{name}: ")) && line.contains(why));
            assert!(line.is_some(), "{name}: {why}: {}", ran.err);
        }
        // What a glob matched is told too, and the comment is there.
        let ran = attack.run(&["report", "--params", "gha-*.json"]);
        assert!(ran.err.contains("gha-creds-1a2b.json: the file cannot be read (its name"), "{}", ran.err);
        assert!(attack.job.forge.comments()[0].body.contains("`accuracy`"));
    }
}

#[test]
fn secrets_of_a_commit_are_no_rows_of_a_report() {
    let job = seeded(Host::GitHub);
    job.world.write("dvc.yaml", "metrics: [metrics.json]\nparams: [.env, e.yaml, gha-creds-1a2b.json]\n");
    symlink(".env", job.world.root().join("e.yaml")).unwrap();
    job.world.git(&["add", "-f", ".env"]);
    job.world.commit("a change with secrets");
    job.world.write(".env", &format!("KEY={SECRET}\nOTHER={SECRET}\n"));
    job.world.commit("another");
    let attack = Attack::new(job);
    for arguments in [
        &["report", "--base", "HEAD~1", "--head", "HEAD"][..],
        &["params", "diff", "--json", "HEAD~1", "HEAD"],
        &["params", "diff", "HEAD~1", "HEAD", "--targets", ".env"],
    ] {
        let ran = attack.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains("private (.env)"), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn a_configuration_that_is_a_link_shows_nothing() {
    for target in ["/proc/self/environ", "../outside.json", ".git/config", ".env", "id_rsa", "pipe"] {
        for names in
            [&["cml.toml"][..], &["pyproject.toml"], &["dvc.lock", ".dvc/config", ".dvcignore", "x.dvc"]]
        {
            let job = seeded(Host::GitHub);
            let root = job.world.root();
            fs::create_dir_all(root.join(".dvc")).unwrap();
            pipe(&root.join("pipe"));
            for name in names {
                let up = if name.starts_with(".dvc/") && !target.starts_with('/') { "../" } else { "" };
                let _ = fs::remove_file(root.join(name));
                symlink(format!("{up}{target}"), root.join(name)).unwrap();
            }
            let attack = Attack::new(job);
            attack.run(&["report"]);
            let job = attack.job.again().without("GITHUB_ACTIONS").without("CI");
            Attack { job, before: attack.before }.run(&["report"]);
        }
    }
}

#[test]
fn images_of_a_report_that_are_links_stay_where_they_are() {
    for host in EVERY {
        let job = seeded(host);
        let root = job.world.root();
        fs::write(root.join("good.png"), PNG).unwrap();
        fs::write(root.join("id_rsa.png"), PNG).unwrap();
        symlink("/proc/self/environ", root.join("a.png")).unwrap();
        symlink("id_rsa.png", root.join("b.png")).unwrap();
        symlink("../outside.json", root.join("c.svg")).unwrap();
        job.world.write(
            "report.md",
            "![a](a.png) ![b](b.png) ![c](c.svg) ![d](.env) ![e](folder/report.md) ![g](good.png)\n",
        );
        let attack = Attack::new(job);
        let ran = attack.run(&["comment", "create", "report.md"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_eq!(ran.err.matches("this image stays as it is").count(), 5, "{}", ran.err);
        let sent = attack.job.forge.files().len() + attack.job.forge.uploads().len();
        assert_eq!(sent, 1);
        attack.run(&["preview", "report.md", "-o", "page.html"]);
    }
}

#[test]
fn a_typed_folder_that_a_link_leads_out_is_not_read() {
    let job = seeded(Host::GitHub);
    let root = job.world.root();
    fs::copy(job.world.path("outside.json"), job.world.path("beside/metrics.json")).unwrap();
    symlink(".aws", root.join("private")).unwrap();
    fs::write(root.join(".aws/metrics.json"), format!("{{\"leak\": \"{SECRET}\"}}")).unwrap();
    job.world.write("fine/metrics.json", "{\"accuracy\": 0.5}");
    symlink("fine", root.join("link")).unwrap();
    let attack = Attack::new(job);
    for (folder, said) in [("folder", "leads out of the repository"), ("private", "private (.aws)")] {
        for flag in ["--dir", "--base-dir"] {
            for command in ["report", "comment"] {
                let ran = attack.run(&[command, flag, folder]);
                assert!(ran.code == 2 && ran.err.contains(said), "{flag} {folder}: {}", ran.err);
            }
        }
    }
    let ran = attack.run(&["report", "--base-dir", "link"]);
    assert!(ran.code == 0 && ran.out.contains("0.5"), "{}", ran.err);
}
