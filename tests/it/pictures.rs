//! Where the pictures of a comment go, and what is left when they can go nowhere.

use crate::job::Job;
use crate::world::World;

#[test]
fn a_refused_push_goes_through_the_data_api() {
    let job = Job::new();
    let ran = job.cml(&["comment"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let files = job.forge.files();
    let names: Vec<&String> = files.keys().collect();
    assert_eq!(names.len(), 2, "light and dark: {names:?}");
    assert!(files.values().all(|bytes| bytes.starts_with(b"\x89PNG")));
    let body = &job.forge.comments()[0].body;
    for name in names {
        assert!(body.contains(&format!("/{name}?raw=true")), "{name} in {body}");
    }
    assert!(body.contains("<source media=\"(prefers-color-scheme: dark)\""), "{body}");
}

#[test]
fn without_contents_write_plots_are_text_and_one_line_says_why() {
    let job = Job::new();
    job.forge.refuse("/git/", 403);
    let ran = job.cml(&["comment"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let body = &job.forge.comments()[0].body;
    assert!(body.contains('█') && !body.contains("<picture>"), "{body}");
    assert_eq!(body.matches("plots are shown as text").count(), 1, "{body}");
    assert!(body.contains("contents: write") && ran.err.contains("403"), "{body} {}", ran.err);
}

#[test]
fn a_second_run_with_equal_pictures_uploads_nothing_new() {
    let job = Job::new();
    assert_eq!(job.cml(&["comment"]).code, 0);
    let before = (job.forge.files(), job.forge.comments());
    assert_eq!(job.cml(&["comment"]).code, 0);
    assert_eq!((job.forge.files(), job.forge.comments()), before);
}

/// The author's change on top of a `main` that has moved, merged by the CI: a clone of depth 1 of that merge.
fn merge_in_a_shallow_clone() -> (World, String) {
    let world = World::new();
    world.write("metrics.json", "{\"accuracy\": 0.80}");
    world.commit("base");
    world.git(&["checkout", "-q", "-b", "feature"]);
    world.write("params.yaml", "lr: 0.1\n");
    let head = world.commit("author");
    world.git(&["checkout", "-q", "main"]);
    world.write("metrics.json", "{\"accuracy\": 0.85}");
    world.commit("main moves");
    world.git(&["checkout", "-q", "-b", "merge"]);
    world.git(&["merge", "-q", "--no-ff", "-m", "merge", &head]);
    (world, head)
}

#[test]
fn a_clone_of_depth_one_fetches_one_commit_and_reports_the_authors_change() {
    let (origin, head) = merge_in_a_shallow_clone();
    let address = format!("file://{}", origin.root().display());
    let clone = origin.path("clone");
    origin.git(&["clone", "-q", "--depth=1", "--branch=merge", &address, &clone.display().to_string()]);
    let in_clone =
        |arguments: &[&str]| origin.git(&[["-C", clone.to_str().unwrap()].as_slice(), arguments].concat());
    assert_eq!(in_clone(&["rev-parse", "--is-shallow-repository"]), "true");
    std::fs::write(clone.join("metrics.json"), "{\"accuracy\": 0.84}").unwrap();
    let job = Job::of(origin, &head, false);
    let ran = job.cml_in(&clone, &["comment"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.err.matches("fetching").count(), 1, "{}", ran.err);
    let body = &job.forge.comments()[0].body;
    assert!(body.contains("| 0.85 | 0.84 |") && !body.contains("0.80"), "{body}");
    let count = job.world.git(&["-C", clone.to_str().unwrap(), "rev-list", "--all", "--count"]);
    assert!(count.parse::<u32>().unwrap() <= 2, "{count} commits were fetched");
}
