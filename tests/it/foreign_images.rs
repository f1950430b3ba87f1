//! Pictures that would end the program, or keep it for ever: each costs itself and a notice, never the report.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::world::World;

const GOOD: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='60'><rect width='45' height='60'/>\
                    <text x='50' y='30'>a</text></svg>";

fn svg(body: &str) -> String {
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='900' height='600'>{body}</svg>"
    )
}

/// A row of numbered parts.
fn many(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

/// SVG images of every kind that has a cost, each with words of its notice; no words: it may as well be drawn.
fn heavy() -> Vec<(&'static str, String, &'static str)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/heavy");
    let file = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let dash = "<path d='M0 9H900' stroke='red' stroke-dasharray='.002'/>".repeat(10);
    let white = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==";
    let layer = "<g opacity='.5'><rect x='-9000' y='-9000' width='30000' height='30000'/>";
    vec![
        ("arc-far-away", file("arc-far-away.svg"), "too far outside"),
        ("circle-huge", file("circle-huge.svg"), "too far outside"),
        ("circle-huge-and-far", file("circle-huge-and-far.svg"), "too far outside"),
        ("pattern-tall-among-others", file("pattern-tall-among-others.svg"), "over and over"),
        ("pattern-tall", file("pattern-tall.svg"), "over and over"),
        ("pattern-of-terabytes", svg("<pattern id='p' width='3' height='30000000' patternUnits='userSpaceOnUse'><rect width='1' height='1'/></pattern><rect width='9' height='9' fill='url(#p)'/>"), "patterns and layers"),
        ("pattern-scaled", svg("<pattern id='p' width='9' height='9' patternUnits='userSpaceOnUse' patternTransform='scale(100000)'><rect width='1' height='1'/></pattern><rect width='9' height='9' fill='url(#p)'/>"), "over and over"),
        ("dashes", svg(&dash), "too many dashes"),
        ("dashes-of-nothing", svg("<path d='M0 9H900' stroke='red' stroke-dasharray='1e-30'/>"), "too many dashes"),
        ("dashes-from-afar", svg("<path d='M0 9H900' stroke='red' stroke-dasharray='5' stroke-dashoffset='-1e30'/>"), ""),
        ("stroke-wide", svg("<path d='M0 0L900 600' stroke='red' stroke-width='1e30'/>"), "numbers are too large"),
        ("stroke-joins", svg(&format!("<path d='M0 0{}' fill='none' stroke='red' stroke-width='400' stroke-linejoin='round'/>", "L900 600L0 3".repeat(60_000))), "over and over"),
        ("zigzag", svg(&format!("<path d='M0 0{}'/>", "v600v-600".repeat(500_000))), "over and over"),
        ("markers", svg(&format!("<marker id='m'><rect width='9' height='9'/></marker><path marker-mid='url(#m)' d='M0 0{}'/>", "h1".repeat(1_000_000))), "too many parts"),
        ("markers-nested", svg("<marker id='m'><path marker-end='url(#m)' d='M0 0L9 9'/></marker><path marker-end='url(#m)' d='M0 0L9 9'/>"), "refers to itself"),
        ("uses", svg(&format!("<rect id='l0' width='1' height='1'/>{}", many(9, |at| format!("<g id='l{}'>{}</g>", at + 1, format!("<use xlink:href='#l{at}'/>").repeat(10))))), "too many parts"),
        ("use-of-itself", svg("<g id='a'><use href='#a'/></g>"), "refers to itself"),
        ("blur", svg("<filter id='f'><feGaussianBlur stdDeviation='1e9'/></filter><rect width='9' height='9' filter='url(#f)'/>"), "filters"),
        ("turbulence", svg("<filter id='f' width='1e9' height='1e9'><feTurbulence numOctaves='99999'/></filter><rect width='9' height='9' filter='url(#f)'/>"), "filters"),
        ("morphology", svg("<filter id='f'><feMorphology radius='99999'/></filter><rect width='9' height='9' filter='url(#f)'/>"), "filters"),
        ("blur-as-function", svg("<rect width='900' height='600' filter='blur(99999px)'/>"), "filters"),
        ("masks", svg(&format!("{}<rect width='900' height='600' mask='url(#m50)'/>", many(51, |at| format!("<mask id='m{at}' maskUnits='userSpaceOnUse' x='-9000' y='-9000' width='30000' height='30000' mask='url(#m{})'><rect x='-900' y='-900' width='3000' height='3000' fill='white'/></mask>", at as i32 - 1)))), "over and over"),
        ("clips", svg(&format!("{}<rect width='900' height='600' clip-path='url(#c50)'/>", many(51, |at| format!("<clipPath id='c{at}' clip-path='url(#c{})'><rect width='900' height='600'/></clipPath>", at as i32 - 1)))), ""),
        ("layers", svg(&format!("{}{}", layer.repeat(55), "</g>".repeat(55))), "patterns and layers"),
        ("picture-inside-huge", svg(&format!("<image width='1e30' height='1e30' href='{white}'/>")), "numbers are too large"),
        ("pictures-inside", svg(&format!("<image width='900' height='600' href='{white}'/>").repeat(59)), "over and over"),
        ("gradient", svg(&format!("<linearGradient id='g'>{}</linearGradient><rect width='900' height='600' fill='url(#g)'/>", many(30_000, |at| format!("<stop offset='{}'/>", at as f64 / 3e4)))), "over and over"),
        ("text", svg(&format!("<text font-size='1000'>{}</text>", "m".repeat(19_000))), "too far outside"),
        ("text-tiny-and-scaled", svg("<text font-size='1e-30' transform='scale(1e30)' x='1' y='1'>m</text>"), "numbers are too large"),
        ("view-box-huge", "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1e30 1e30' width='99' height='99'><rect width='1e30' height='1e30'/></svg>".to_owned(), "numbers are too large"),
        ("view-box-tiny", "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1e-30 1e-30' width='99' height='99'><rect width='1' height='1'/></svg>".to_owned(), "too far outside"),
        ("size-huge", "<svg xmlns='http://www.w3.org/2000/svg' width='1e9' height='1e9'/>".to_owned(), "pixels large"),
        ("not-a-number", svg("<g transform='matrix(nan 0 0 nan 0 0)'><rect width='9' height='9'/></g><path d='M nan nan L inf 9'/>"), ""),
        ("transform-endless", svg(&format!("{}<rect width='9' height='9'/>{}", "<g transform='scale(1e9)'>".repeat(50), "</g>".repeat(50))), ""),
        ("deep", svg(&format!("{}{}", "<g>".repeat(60_000), "</g>".repeat(60_000))), "too deep"),
        ("rules", svg(&format!("<style>{}</style>{}", ".a{fill:red}".repeat(20_000), "<rect/>".repeat(20_000))), "style rules"),
        ("selectors", svg(&format!("<style>{}a{{fill:red}}</style>{}", "a,".repeat(200_000), "<rect/>".repeat(20_000))), "style rules"),
        (
            "stroke-measured",
            svg("<path d='M1 1Q3 4 5 6C1 2 3 4 1e38 6A3 4 5 0 1 7 8Z' stroke='red' stroke-width='2'/>"),
            "numbers are too large",
        ),
        ("curves-afar", svg("<path d='M0 0C1e9 1e9 -1e9 1e9 9 9Q1e18 1e18 3 3A1e9 1e9 0 1 1 1e9 5Z' stroke='red'/>"), "numbers are too large"),
    ]
}

/// A report on a folder of pictures: a good one, and these. It is there, whatever they are; the answer is what it says.
fn report(world: &World, bad: &[(String, Vec<u8>)]) -> String {
    let at = |name: &str| world.root().join(name);
    for old in ["img", "out_files"] {
        let _ = fs::remove_dir_all(at(old));
    }
    world.write("img/good.svg", GOOD);
    for (name, bytes) in bad {
        fs::write(at("img").join(name), bytes).unwrap();
    }
    let began = Instant::now();
    let ran = world.cml(&["report", "--plots", "img/*", "-o", "out.md"], &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(began.elapsed() < Duration::from_secs(100), "{:?}", began.elapsed());
    let report = fs::read_to_string(at("out.md")).unwrap();
    let pictures =
        fs::read_dir(at("out_files")).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    let pictures: Vec<Vec<u8>> = pictures.collect();
    assert!(!pictures.is_empty() && pictures.iter().all(|bytes| bytes.starts_with(b"\x89PNG")));
    report
}

/// The lines of standard error and of the report that speak of a file.
fn notice<'a>(report: &'a str, name: &str) -> Option<&'a str> {
    report.lines().find(|line| line.contains(name) && line.contains("not drawn"))
}

#[test]
fn heavy_pictures_cost_themselves() {
    let world = World::new();
    world.commit("base");
    let all = heavy();
    for group in all.chunks(8) {
        let files: Vec<(String, Vec<u8>)> =
            group.iter().map(|(name, text, _)| (format!("{name}.svg"), text.clone().into_bytes())).collect();
        let report = report(&world, &files);
        assert!(report.contains("good.svg") && notice(&report, "good.svg").is_none(), "{report}");
        for (name, _, words) in group.iter().filter(|(_, _, words)| !words.is_empty()) {
            let said = notice(&report, &format!("{name}.svg"));
            assert!(said.is_some_and(|said| said.contains(words)), "{name}: {said:?}\n{report}");
        }
    }
}

#[test]
fn broken_and_lying_rasters_cost_themselves() {
    let world = World::new();
    world.commit("base");
    let whole: [(&str, &[u8]); 6] = [
        ("png", include_bytes!("../data/images/3x2.png")),
        ("jpg", include_bytes!("../data/images/3x2.jpg")),
        ("gif", include_bytes!("../data/images/3x2.gif")),
        ("lossy.webp", include_bytes!("../data/images/3x2-lossy.webp")),
        ("lossless.webp", include_bytes!("../data/images/3x2-lossless.webp")),
        ("extended.webp", include_bytes!("../data/images/3x2-extended.webp")),
    ];
    let cut = whole.map(|(ending, bytes)| (format!("cut.{ending}"), bytes[..bytes.len() / 2].to_vec()));
    // Where each format keeps its sides; all say that they are large, and hold six pixels.
    let sides: [(usize, &[u8]); 6] = [
        (16, &[0, 0, 16, 0, 0, 0, 16, 0]),
        (0, &[]),
        (6, &[0, 16, 0, 16]),
        (26, &[0, 16, 0, 16]),
        (21, &[0xff, 0xcf, 0xff, 0x0f]),
        (24, &[0xff, 0x0f, 0, 0xff, 0x0f, 0]),
    ];
    let lying = whole.iter().zip(sides).map(|((ending, bytes), (mut at, sides))| {
        let mut bytes = bytes.to_vec();
        let mut sides = sides;
        if *ending == "jpg" {
            at = bytes.windows(2).position(|two| two == [0xff, 0xc0]).unwrap() + 5;
            sides = &[16, 0, 16, 0];
        }
        bytes[at..at + sides.len()].copy_from_slice(sides);
        (format!("lying.{ending}"), bytes)
    });
    let lying: Vec<(String, Vec<u8>)> = lying.collect();
    let mangled: Vec<(String, Vec<u8>)> = whole
        .iter()
        .map(|(ending, bytes)| {
            let mut bytes = bytes.to_vec();
            let (from, end) = (bytes.len() / 2, bytes.len() - 12);
            bytes[from.min(end)..end].fill(0xa5);
            (format!("mangled.{ending}"), bytes)
        })
        .collect();
    for (files, all_are_refused) in [(cut.to_vec(), true), (lying, false), (mangled, false)] {
        let report = report(&world, &files);
        assert!(notice(&report, "good.svg").is_none(), "{report}");
        for (name, _) in files.iter().filter(|_| all_are_refused) {
            let said = notice(&report, name);
            assert!(said.is_some_and(|said| said.contains("broken or cut off")), "{name}: {said:?}");
        }
    }
}

#[test]
fn without_a_child_pictures_are_notices() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let world = World::new();
    world.commit("base");
    world.write("metrics.json", "{\"accuracy\": 0.9}");
    world.write("good.svg", GOOD);
    let copy = world.path("cml-copy");
    fs::copy(env!("CARGO_BIN_EXE_cml"), &copy).unwrap();
    // The program's own file is gone when it looks for it.
    let script = "exec 3<\"$0\"; rm \"$0\"; exec /proc/self/fd/3 report --plots good.svg";
    let output = Command::new("bash")
        .args(["-c", script])
        .arg(&copy)
        .current_dir(world.root())
        .env("HOME", world.path("home"))
        .output()
        .unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(report.contains("0.9"), "{report}");
    let said = notice(&report, "good.svg").unwrap_or_default();
    assert!(said.contains("drawn by a process of their own, and there is none"), "{report}");
}

/// The word that makes the program the child.
const WORD: &str = "draw-images-for-cml";

#[test]
fn the_child_is_in_no_help_and_ends_with_its_input() {
    let world = World::new();
    let help = world.cml(&["--help"], &[]);
    assert!(!help.out.contains("draw-images"), "{}", help.out);
    // Its input is empty here.
    assert_eq!(world.cml(&[WORD], &[]).code, 0);
    assert_eq!(world.cml(&[WORD, "more"], &[]).code, 2);
}

#[cfg(target_os = "linux")]
#[test]
fn the_child_ends_with_a_parent_that_is_killed() {
    let world = World::new();
    world.commit("base");
    let all = heavy();
    let slow = &all.iter().find(|(name, _, _)| *name == "clips").unwrap().1;
    world.write("slow.svg", slow);
    let mut parent = world.spawn(&["report", "--plots", "slow.svg", "-o", "out.md"], &[]);
    let id = parent.id();
    let began = Instant::now();
    let child = loop {
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        let is_ours = |child: &&str| {
            fs::read_to_string(format!("/proc/{child}/cmdline")).unwrap_or_default().contains(WORD)
        };
        if let Some(child) = children.split_whitespace().find(is_ours) {
            break child.to_owned();
        }
        assert!(began.elapsed() < Duration::from_secs(60) && parent.try_wait().unwrap().is_none());
    };
    parent.kill().unwrap();
    parent.wait().unwrap();
    let began = Instant::now();
    let lives = || {
        let status = fs::read_to_string(format!("/proc/{child}/status")).unwrap_or_default();
        !status.is_empty() && !status.contains("State:\tZ")
    };
    while lives() {
        assert!(began.elapsed() < Duration::from_secs(60), "the child {child} lives on");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The program's child for pictures, with at most so much memory beside its own limit, in KiB.
#[cfg(target_os = "linux")]
fn drawing_child(memory: &str) -> std::process::Child {
    use std::process::Stdio;
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "ulimit -v \"$0\" && exec \"$@\"",
        memory,
        env!("CARGO_BIN_EXE_cml"),
        "draw-images-for-cml",
    ]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn the_child_sets_its_own_limits_and_renews_its_time() {
    let mut child = drawing_child("unlimited");
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    for _ in 0..2 {
        assert_eq!(cml_plot::ask_size(&mut input, &mut output, GOOD.as_bytes()).unwrap(), Ok((90.0, 60.0)));
        let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
        let soft = |name: &str| {
            let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
            line[26..].split_whitespace().next().unwrap().to_owned()
        };
        assert_eq!(soft("Max address space"), (1u64 << 30).to_string());
        assert_eq!(
            [soft("Max core file size"), soft("Max file size"), soft("Max open files")],
            ["0", "0", "8"]
        );
        let seconds: u64 = soft("Max cpu time").parse().unwrap();
        assert!((6..=8).contains(&seconds), "{seconds}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[cfg(target_os = "linux")]
#[test]
fn a_picture_beyond_the_memory_of_the_child_ends_the_child() {
    // Of 128 MB when it is unpacked.
    let mut large = Vec::new();
    let mut encoder = png::Encoder::new(&mut large, 4000, 4000);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Sixteen);
    encoder.write_header().unwrap().write_image_data(&vec![1; 4000 * 4000 * 8]).unwrap();
    let ask = |memory: &str, file: &[u8]| {
        let mut child = drawing_child(memory);
        let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let answer = cml_plot::ask_pixels(&mut input, &mut output, file, 0.1);
        drop((input, output));
        (answer.is_ok_and(|answer| answer.is_ok()), child.wait().unwrap().success())
    };
    assert_eq!(ask("250000", &large), (false, false));
    assert_eq!(ask("250000", GOOD.as_bytes()), (true, true));
    assert_eq!(ask("unlimited", &large), (true, true));
}
