//! Whole reports and comments as users get them. `cargo insta review` shows what a change makes of them.

use crate::job::{Host, Job};
use crate::world::World;

/// What is another one at each run: the loopback forge's port and the folder of the test.
#[track_caller]
fn check(name: &str, text: &str, job: Option<&Job>, world: &World) {
    let mut text = text.replace(&world.path("").display().to_string(), "[folder]/");
    if let Some(job) = job {
        text = text.replace(&job.forge.url(), "https://forge.example");
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// A run of a real project against its base.
fn training() -> World {
    let world = World::new();
    world.put("cml-dvc-case/base");
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    world.put("cml-dvc-case/head");
    world
}

/// Two revisions of some files, the second in the workspace.
fn changed(base: &[(&str, &str)], head: &[(&str, &str)]) -> World {
    let world = World::new();
    for (name, text) in base {
        world.write(name, text);
    }
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    for (name, text) in head {
        world.write(name, text);
    }
    world
}

#[test]
fn comments_as_they_are_posted() {
    for (host, name) in [(Host::GitHub, "comment-github"), (Host::GitLab, "comment-gitlab")] {
        let job = Job::at(host);
        job.forge.refuse("/git", 403);
        job.forge.refuse("/uploads", 403);
        let ran = job.cml(&["comment"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        check(name, &job.forge.comments()[0].body, Some(&job), &job.world);
    }
}

#[test]
fn one_report_in_every_format() {
    let world = training();
    for format in ["markdown", "text", "json"] {
        let ran = world.cml(&["report", "--base", "main", "--format", format], &[]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        check(&format!("report-{format}"), &ran.out, None, &world);
    }
}

#[test]
fn every_situation_has_its_words() {
    let was = [("metrics.json", "{\"accuracy\": 0.9, \"loss\": 0.31, \"n\": 100}")];
    let better = [("metrics.json", "{\"accuracy\": 0.95, \"loss\": 0.2, \"n\": 100}")];
    let worse = [("metrics.json", "{\"accuracy\": 0.85, \"loss\": 0.4, \"n\": 100}")];
    let mixed = [("metrics.json", "{\"accuracy\": 0.95, \"loss\": 0.4, \"n\": 120, \"new/f1\": 0.7}")];
    let broken = [("metrics.json", "{\"accuracy\": 0.95,")];
    let params = [("params.yaml", "lr: 0.1\nlayers: [32, 32]\n")];
    let other_params = [("params.yaml", "lr: 0.01\nlayers: [32, 64]\nseed: 1\n")];
    let odd = [("metrics.json", "{\"a|b\": 1, \"`c`\": 2, \"<b>\": 3, \"@me\": NaN, \"größe\": 1e-7}")];
    let curve = [("loss.csv", "step,loss\n1,0.9\n2,0.5\n3,0.4\n")];
    let longer = [("loss.csv", "step,loss\n1,0.8\n2,0.4\n3,0.2\n")];
    for (name, base, head) in [
        ("better", &was[..], &better[..]),
        ("worse", &was, &worse),
        ("mixed", &was, &mixed),
        ("unchanged", &was, &[]),
        ("unreadable", &was, &broken),
        ("first-run", &[("README.md", "x")], &was),
        ("params-alone", &params, &other_params),
        ("odd-names", &odd, &[]),
        ("nothing", &[("README.md", "x")], &[]),
        ("plots-alone", &curve, &longer),
    ] {
        let world = changed(base, head);
        let plots: &[&str] =
            if head.iter().any(|(name, _)| *name == "loss.csv") { &["--plots=loss.csv"] } else { &[] };
        let ran = world.cml(&[&["report", "--base", "main"], plots].concat(), &[]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        check(name, &format!("{}\n──── standard error\n{}", ran.out, ran.err), None, &world);
    }
}
