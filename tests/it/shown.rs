//! How plots are shown: image files, text instead of pictures, characters that the built-in typeface lacks.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::{ImageFormat, Rgb, RgbImage};
use serde_json::Value;

use crate::world::{Ran, World};

fn picture(shade: u8, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    let drawn = RgbImage::from_fn(40, 30, |x, _| if x < 10 { Rgb([shade; 3]) } else { Rgb([255; 3]) });
    drawn.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

fn put(world: &World, name: &str, bytes: &[u8]) {
    let path = world.root().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// `main` and a workspace with images of every format: changed ones, and one that is the same.
fn images() -> World {
    let world = World::new();
    let formats = [
        ("a.png", ImageFormat::Png),
        ("b.jpg", ImageFormat::Jpeg),
        ("c.gif", ImageFormat::Gif),
        ("d.webp", ImageFormat::WebP),
    ];
    world.write("dvc.yaml", "plots: [a.png, b.jpg, c.gif, d.webp, e.svg, same.png]");
    for (shade, svg) in [(0, 5), (120, 15)] {
        for (name, format) in formats {
            put(&world, name, &picture(shade, format));
        }
        let svg = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 30'><rect width='{svg}' height='30'/></svg>"
        );
        put(&world, "e.svg", svg.as_bytes());
        put(&world, "same.png", &picture(9, ImageFormat::Png));
        if shade == 0 {
            world.commit("base");
        }
    }
    world
}

fn ok(ran: Ran) -> Ran {
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran
}

#[test]
fn images_of_every_format_are_compared() {
    let world = images();
    let report: Value =
        serde_json::from_str(&ok(world.cml(&["report", "--format", "json"], &[])).out).unwrap();
    assert_eq!(report["notices"], Value::Array(Vec::new()));
    let plots = report["plots"].as_array().unwrap();
    for plot in &plots[..5] {
        let pair = &plot["images"]["pairs"][0];
        assert_eq!((&plot["kind"], &pair["state"]), (&"images".into(), &"changed".into()), "{plot}");
        let changed = pair["changed"].as_f64().unwrap();
        assert!((0.2..0.35).contains(&changed), "{plot}");
    }
    assert_eq!(plots[5]["images"]["unchanged"][0], "same.png");
}

#[test]
fn unchanged_images_are_named_and_drawn_on_demand() {
    let world = images();
    let pictures = |flags: &[&str]| {
        let ran = ok(world.cml(&[&["report", "-o", "../out/r.md"], flags].concat(), &[]));
        assert!(ran.err.contains("wrote"));
        let text = fs::read_to_string(world.path("out/r.md")).unwrap();
        (text.matches("<picture>").count(), text.contains("1 image is unchanged: `same.png`."))
    };
    fs::create_dir(world.path("out")).unwrap();
    assert_eq!(pictures(&[]), (5, true));
    assert_eq!(pictures(&["--all-images"]), (6, false));
    assert_eq!(pictures(&["--plots-as", "text"]), (0, true));
}

#[test]
fn plots_diff_draws_images_and_tells_them_as_text() {
    let world = images();
    let ran = ok(world.cml(&["plots", "diff", "main", "--targets", "a.png", "same.png", "-o", "out"], &[]));
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    assert!(ran.out.starts_with("out/a-png-") && ran.err.contains("1 images are unchanged"), "{}", ran.err);
    assert!(world.root().join(ran.out.trim()).is_file());
    let ran = ok(world.cml(&["plots", "diff", "main", "--plots-as", "text"], &[]));
    assert!(ran.out.contains("a.png") && ran.out.contains("40×30") && ran.out.contains("25%"), "{}", ran.out);
    let ran = ok(world.cml(&["plots", "show", "a.png", "-o", "out"], &[]));
    assert_eq!(ran.out, "out/workspace_a.png\n");
}

#[test]
fn plots_diff_takes_any_number_of_revisions() {
    let world = World::new();
    world.write("dvc.yaml", "plots: [loss.csv]");
    for (branch, values) in [("one", "3\n2"), ("two", "5\n1"), ("three", "4\n0.5")] {
        world.git(&["checkout", "-q", "-b", branch]);
        world.write("loss.csv", &format!("loss\n{values}\n"));
        world.commit(branch);
    }
    world.write("loss.csv", "loss\n6\n0.25\n");
    let revisions = ["plots", "diff", "one", "two", "three", "workspace"];
    let ran = ok(world.cml(&[&revisions[..], &["-o", "out"]].concat(), &[]));
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    assert!(world.root().join(ran.out.trim()).is_file());
    let ran = ok(world.cml(&[&revisions[..], &["--plots-as", "text"]].concat(), &[]));
    let labels: Vec<&str> = ran.out.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(labels, ["loss.csv", "workspace", "one", "two", "three"], "{}", ran.out);
    let ran = ok(world.cml(&[&revisions[..], &["--json"]].concat(), &[]));
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    let plot = &answer["data"]["loss.csv"][0];
    assert_eq!(plot["revisions"], serde_json::json!(["workspace", "one", "two", "three"]), "{}", ran.out);
}

#[test]
fn an_image_that_is_not_in_git_is_read_by_its_hash() {
    /// `printf '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>' | md5sum`
    const HASH: &str = "883ef740ccc0131afb99bbc8fdebeda7";
    const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"/>";
    let world = World::new();
    world.write("dvc.yaml", "plots: [i.svg]");
    world.write("i.svg.dvc", &format!("outs:\n- md5: {HASH}\n  hash: md5\n  path: i.svg\n"));
    world.commit("base");
    let told = |world: &World| {
        let report = ok(world.cml(&["report", "--format", "json"], &[])).out;
        serde_json::from_str::<Value>(&report).unwrap()["plots"][0]["images"]["pairs"][0]["head"].clone()
    };
    assert_eq!(told(&world), Value::Null);
    put(&world, &format!(".dvc/cache/files/md5/{}/{}", &HASH[..2], &HASH[2..]), SVG.as_bytes());
    assert_eq!(told(&world), serde_json::json!([9, 9]));
}

/// A plot whose title needs a character that Inter lacks, and the report as Markdown with pictures.
fn titled(world: &World, title: &str, flags: &[&str]) -> (Ran, String) {
    world.write("dvc.yaml", &format!("plots:\n- {title}: {{y: {{c.csv: loss}}}}"));
    world.write("c.csv", "loss\n1\n2\n");
    world.commit("x");
    let ran = world.cml(&[&["report", "-o", "../r.md"], flags].concat(), &[]);
    (ran, fs::read_to_string(world.path("r.md")).unwrap_or_default())
}

#[test]
fn a_character_without_a_font_is_a_box_and_one_notice() {
    let (ran, text) = titled(&World::new(), "ก and ก", &[]);
    assert_eq!(ok(ran).err.matches("ก is a box in the pictures").count(), 1);
    assert_eq!(text.matches("--font FILE").count(), 1, "{text}");
    let (ran, text) = titled(&World::new(), "Потери, αβ, ∑", &[]);
    assert!(!ok(ran).err.contains("box") && !text.contains("--font"), "{text}");
}

#[test]
fn a_named_font_or_one_of_the_users_has_the_character() {
    let font = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fonts/kanji.ttf");
    let (ran, text) = titled(&World::new(), "漢", &["--font", font.to_str().unwrap()]);
    assert!(!ok(ran).err.contains("box") && text.contains("<picture>"), "{text}");
    let world = World::new();
    let fonts = world.path("home").join(if cfg!(target_os = "macos") { "Library/Fonts" } else { ".fonts" });
    fs::create_dir_all(&fonts).unwrap();
    fs::copy(&font, fonts.join("kanji.ttf")).unwrap();
    let (ran, _) = titled(&world, "漢", &[]);
    assert!(!ok(ran).err.contains("box"));
    let (ran, _) = titled(&World::new(), "x", &["--font", "c.csv"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("--font c.csv: it is no TrueType or OpenType font"), "{}", ran.err);
}
