//! Inputs of a change that are small to write and dear to read: each is bounded or takes time in proportion.

use crate::world::World;

fn nested(depth: usize) -> String {
    format!("{}a{}", "{a,".repeat(depth), "}".repeat(depth))
}

/// Globs that a compiler of patterns cannot take, and the words of the refusal.
fn globs() -> [(String, &'static str); 5] {
    [
        (nested(150), "wildcards (*, ?, [ and {), and at most 100 are read"),
        (nested(40), "its braces are nested 40 deep, and at most 10 are read"),
        ("*".repeat(100_000), "it has 100000 bytes, and at most 4096 are read"),
        ("?".repeat(4_000), "it has 4000 wildcards"),
        ("[a]".repeat(1_000), "it has 1000 wildcards"),
    ]
}

#[test]
fn a_glob_of_a_flag_is_bounded() {
    let world = World::new();
    world.write("metrics.json", "{\"a\": 1}");
    world.commit("base");
    for (glob, words) in globs() {
        for flag in ["--metrics", "--params", "--plots", "--include", "--exclude"] {
            let ran = world.cml(&["report", flag, &glob], &[]);
            assert_eq!(ran.code, 2, "{}", ran.err);
            assert!(ran.err.contains(words) && ran.err.contains(flag), "{}", ran.err);
            assert!(ran.err.len() < 1_000, "{} bytes", ran.err.len());
        }
    }
}

#[test]
fn a_glob_of_a_file_is_bounded() {
    for (glob, words) in globs() {
        for toml in [
            format!("[sources]\nmetrics = ['{glob}']\n"),
            format!("[metrics.'{glob}']\ndirection = 'higher'\n"),
        ] {
            let world = World::new();
            world.write("metrics.json", "{\"a\": 1}");
            world.write("cml.toml", &toml);
            world.commit("base");
            let ran = world.cml(&["report"], &[]);
            assert!([0, 2].contains(&ran.code), "{} {}", ran.code, ran.err);
            assert!(ran.err.contains(words), "{}", ran.err);
            assert!(ran.err.len() < 2_000, "{} bytes", ran.err.len());
        }
        let world = World::new();
        world.write(".dvcignore", &format!("# {glob}\n{glob}\nold\n"));
        world.write("dvc.yaml", "metrics: [m.json]\n");
        world.write("old/dvc.yaml", "metrics: [gone.json]\n");
        world.write("m.json", "{\"a\": 1}");
        world.commit("base");
        world.write("m.json", "{\"a\": 3}");
        let ran = world.cml(&["metrics", "diff", "--json"], &[]);
        assert_eq!(ran.out, "{\"m.json\": {\"a\": {\"old\": 1, \"new\": 3, \"diff\": 2}}}\n");
        assert!(
            ran.err.contains(".dvcignore: line 2 hides nothing: ") && ran.err.contains(words),
            "{}",
            ran.err
        );
        assert!(!ran.err.contains("gone.json"), "{}", ran.err);
    }
}

/// A user's Markdown that would take minutes if the time grew in the square of its length.
#[test]
fn a_report_is_read_in_time_in_proportion_to_its_length() {
    let world = World::new();
    world.write("a.png", "no image");
    world.commit("base");
    let image = "![](a.png)\n\n";
    let texts = [
        "src=".repeat(100_000),
        format!("<img {}>", "src=&amp;".repeat(50_000)),
        "srcset=a.png,".repeat(50_000),
        ">".repeat(300_000),
        format!("{}\n\n", ">".repeat(2_000)).repeat(100),
        "- ".repeat(100_000),
        "> - ".repeat(100_000),
        "[".repeat(200_000),
        "](".repeat(100_000),
        "]:".repeat(100_000),
        "![a](a.png)".repeat(5_000),
        (0..5_000).map(|n| format!("![a]({n}.png) ")).collect(),
        format!("cml-stand-in-{}", "x-".repeat(100_000)),
        "<a b='".repeat(50_000),
    ];
    for text in texts {
        world.write("report.md", &format!("{image}{text}"));
        for arguments in [&["comment", "--dry-run", "report.md"][..], &["preview", "report.md"]] {
            let ran = world.cml(arguments, &[]);
            let start: String = text.chars().take(20).collect();
            assert_eq!(ran.code, 0, "{start:?} {arguments:?}: {:.500}", ran.err);
            assert!(ran.err.lines().count() < 150, "{start:?}: {} lines", ran.err.lines().count());
        }
    }
}

#[test]
fn variables_and_loops_are_read_in_time_in_proportion_or_refused() {
    let world = World::new();
    let keys: Vec<String> = (0..20_000).map(|n| format!("k{n}: {n}\n")).collect();
    world.write("p.yaml", &keys.concat());
    let vars: Vec<String> = (0..20_000).map(|n| format!("- p.yaml:k{n}\n")).collect();
    let stages: Vec<String> = (0..1_000)
        .map(|n| format!("  s{n}:\n    cmd: x\n    vars: [{{own: {n}}}]\n    metrics: ['${{own}}.json']\n"))
        .collect();
    let axes: Vec<String> = (0..4)
        .map(|n| format!("a{n}: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"))
        .chain((0..5_000).map(|n| format!("b{n}: [0]")))
        .collect();
    let grid = format!("  grid:\n    cmd: x\n    matrix: {{{}}}\n", axes.join(", "));
    let all =
        format!("vars:\n{}metrics: ['m${{k19999}}.json']\nstages:\n{}{grid}", vars.concat(), stages.concat());
    world.write("dvc.yaml", &all);
    world.write("m19999.json", "{\"a\": 1}");
    world.write("7.json", "{\"a\": 1}");
    world.commit("base");
    world.write("m19999.json", "{\"a\": 3}");
    world.write("7.json", "{\"a\": 2}");
    let ran = world.cml(&["metrics", "diff", "--json"], &[]);
    assert_eq!(
        ran.out,
        "{\"7.json\": {\"a\": {\"old\": 1, \"new\": 2, \"diff\": 1}}, \"m19999.json\": {\"a\": {\"old\": 1, \"new\": 3, \"diff\": 2}}}\n"
    );
    assert!(ran.err.contains("the templates grow beyond a million values"), "{:.2000}", ran.err);
    assert!(ran.err.lines().count() < 250, "{:.2000}", ran.err);
}

/// Nesting of a million levels in every format: no stack is exhausted, and the file is named.
#[test]
fn no_nesting_exhausts_the_stack() {
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(1_000_000), close.repeat(1_000_000));
    let files = [
        ("a.json", deep("[", "]")),
        ("b.json", deep("{\"a\":", "}")),
        ("c.yaml", deep("[", "]")),
        ("d.yaml", deep("{a: ", "}")),
        ("e.yaml", "- ".repeat(1_000_000)),
        ("f.yaml", "? ".repeat(1_000_000)),
        ("g.toml", format!("a = {}", deep("[", "]"))),
        ("h.toml", format!("a = {}", deep("{a=", "}"))),
        ("i.toml", format!("{}a = 1", "a.".repeat(1_000_000))),
        ("j.toml", format!("[{}a]", "a.".repeat(1_000_000))),
        ("k.py", format!("A = {}", deep("(", ")"))),
        ("l.py", format!("A = {}", deep("{1: ", "}"))),
        ("m.py", format!("A = {}1", "-".repeat(1_000_000))),
        ("n.py", (0..2_000).map(|depth| format!("{}class A:\n", " ".repeat(depth))).collect()),
    ];
    let world = World::new();
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    for (name, text) in &files {
        world.write(name, text);
    }
    world.write("good.json", "{\"a\": 1}");
    let names = names.join(", ");
    let template = deep("[", "]");
    world.write(".dvc/plots/deep.json", &template);
    world.write("points.csv", "x,y\n1,2\n2,3\n");
    world.write(
        "dvc.yaml",
        &format!(
            "metrics: [good.json, {names}]\nparams: [{names}]\nplots: [{names}, {{points.csv: {{template: deep}}}}]\n"
        ),
    );
    world.commit("base");
    world.write("good.json", "{\"a\": 2}");
    let commands = [
        (
            &["metrics", "diff", "--json"][..],
            "{\"good.json\": {\"a\": {\"old\": 1, \"new\": 2, \"diff\": 1}}}",
        ),
        (&["report"], "`a`"),
        (&["plots", "diff", "--json"], "points.csv"),
    ];
    for (arguments, words) in commands {
        let ran = world.cml(arguments, &[]);
        assert_eq!(ran.code, 0, "{arguments:?}: {:.2000}", ran.err);
        assert!(ran.out.contains(words), "{arguments:?}: {:.2000}", ran.out);
    }
    for toml in [format!("a = {}", deep("[", "]")), format!("{}a = 1", "a.".repeat(1_000_000))] {
        world.write("cml.toml", &toml);
        let ran = world.cml(&["report"], &[]);
        assert!([0, 2].contains(&ran.code) && ran.err.contains("cml.toml"), "{} {:.2000}", ran.code, ran.err);
        assert!(ran.err.len() < 5_000, "{} bytes", ran.err.len());
    }
}

#[test]
fn a_report_has_at_most_so_many_pictures_and_says_what_is_text() {
    let world = World::new();
    for n in 0..130 {
        world.write(&format!("plots/curve{n:03}.csv"), "step,loss\n1,0.9\n2,0.5\n3,0.4\n");
    }
    world.commit("base");
    let ran = world.cml(&["report", "--plots", "plots/*.csv", "-o", "out.md"], &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let pictures = std::fs::read_dir(world.root().join("out_files")).unwrap().count();
    assert_eq!(pictures, 100, "{}", ran.err);
    assert!(ran.err.contains("30 plots are shown as text"), "{}", ran.err);
}
