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
        assert!(ran.err.contains(&format!(".dvcignore: line 2 hides nothing: {words}")), "{}", ran.err);
        assert!(!ran.err.contains("gone.json"), "{}", ran.err);
    }
}

/// A user's Markdown that would take minutes if the time grew in the square of its length.
#[test]
fn a_report_is_read_in_time_in_proportion_to_its_length() {
    let world = World::new();
    world.write("a.png", "no image");
    world.commit("base");
    let texts = [
        "src=".repeat(200_000),
        format!("<img {}>", "src=&amp;".repeat(100_000)),
        "srcset=a.png,".repeat(100_000),
        ">".repeat(1_000_000),
        format!("{}\n", ">".repeat(2_000)).repeat(500),
        "- ".repeat(500_000),
        "> - ".repeat(250_000),
        "1. ".repeat(300_000),
        "[".repeat(1_000_000),
        "![".repeat(500_000),
        "](".repeat(300_000),
        "]:".repeat(300_000),
        "![a](".repeat(100_000),
        "![a](a.png)".repeat(20_000),
        format!("cml-stand-in-{}", "x-".repeat(300_000)),
        "<div>".repeat(200_000),
        "<!-- ".repeat(200_000),
        "<a b='".repeat(100_000),
        "*a_ ".repeat(50_000),
        "[^a] ".repeat(50_000) + "\n\n[^a]: x",
        "www.a.b ".repeat(30_000),
        "|a".repeat(30_000) + "|\n" + &"|-".repeat(30_000) + "|\n",
        "a".repeat(2_000_000),
        "\r".repeat(500_000),
    ];
    for text in texts {
        world.write("report.md", &text);
        for arguments in [&["comment", "--dry-run", "report.md"][..], &["preview", "report.md"]] {
            let ran = world.cml(arguments, &[]);
            let start: String = text.chars().take(20).collect();
            assert_eq!(ran.code, 0, "{start:?} {arguments:?}: {:.500}", ran.err);
            assert!(ran.err.lines().count() < 150, "{start:?}: {} lines", ran.err.lines().count());
        }
    }
}
