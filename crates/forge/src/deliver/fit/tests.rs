//! Documents of every kind in rooms of every size.

use comrak::nodes::NodeValue;
use comrak::{Arena, Options, parse_document};

use super::*;

fn limits(bytes: usize, chars: usize) -> Limits {
    Limits { bytes, chars }
}

#[test]
fn less_detail_until_it_fits() {
    let levels = ["long, long", "äöü", "b"];
    let render = |level: usize| levels.get(level).map(|text| (*text).to_owned());
    assert_eq!(fit(limits(99, 99), render), "long, long");
    assert_eq!(fit(limits(6, 3), render), "äöü");
    assert_eq!(fit(limits(5, 3), render), "b", "bytes count");
    assert_eq!(fit(limits(6, 2), render), "b", "characters count");
}

fn note(count: usize) -> String {
    left_out(count, None)
}

#[track_caller]
fn check(markdown: &str, room: usize, expected: &str) {
    let cut = cut_blocks(markdown, limits(room, room), None);
    assert!(cut.len() <= room, "{} > {room}: {cut}", cut.len());
    assert_eq!(cut, expected);
}

fn table(rows: std::ops::Range<usize>) -> String {
    "| a |\n|---|\n".to_owned() + &rows.map(|n| format!("| {n} |\n")).collect::<String>()
}

#[test]
fn whole_blocks_go_from_the_end() {
    let fence = "```\nx\n\ny\n```\n";
    let words = "one two three four five six seven eight nine ten eleven\n\n";
    check(
        &format!("# A\n\n{words}{words}{words}{words}"),
        190,
        &format!("# A\n\n{words}{}{}", words.trim_end(), note(2)),
    );
    check(
        &format!("# A\r\n\r\n{fence}\r\n{words}{words}{words}"),
        150,
        &format!("# A\n\n{fence}\n{}{}", words.trim_end(), note(2)),
    );
    check("short", 5, "short");
}

#[test]
fn a_block_that_alone_is_too_long_loses_its_middle_and_says_how_much() {
    let long = table(0..2000);
    check(
        &format!("# R\n\n{long}\nThe end.\n"),
        200,
        "# R\n\n| a |\n|---|\n| 0 |\n| 1 |\n| 2 |\n| 3 |\n| 4 |\n| 5 |\n| … 1,990 rows left out … |\n| 1996 |\n| 1997 |\n\
         | 1998 |\n| 1999 |\n\nThe end.",
    );
    let lines: String = (0..900).map(|n| format!("{n}\n")).collect();
    check(&format!("~~~python\n{lines}~~~\n"), 120, "~~~python\n0\n1\n2\n… 896 lines left out …\n899\n~~~");
    let bullets: String = (0..900).map(|n| format!("* {n}\n")).collect();
    check(
        &bullets,
        150,
        "* 0\n* 1\n* 2\n* 3\n* 4\n* 5\n* … 890 items left out …\n* 896\n* 897\n* 898\n* 899",
    );
    let numbers: String = (0..900).map(|n| format!("{}. x\n", n + 1)).collect();
    check(&numbers, 130, "1. x\n2. x\n3. x\n\n… 895 items left out …\n\n899. x\n900. x");
    let ones = "1. x\n".repeat(900);
    let cut = cut_blocks(&ones, limits(130, 130), None);
    assert!(cut.starts_with("1. x\n") && cut.ends_with(" items left out …"), "{cut}");
    let rows: String = (0..900).map(|n| format!("<tr><td>{n}</td></tr>\n")).collect();
    check(
        &format!("<table>\n{rows}</table>\n"),
        230,
        "<table>\n<tr><td>0</td></tr>\n<tr><td>… 896 lines left out …</td></tr>\n<tr><td>897</td></tr>\n<tr><td>898</td></tr>\n<tr><td>899</td></tr>\n</table>",
    );
}

#[test]
fn what_has_no_lines_loses_characters() {
    let word = "x".repeat(5000);
    for document in [
        word.clone(),
        format!("# {word}"),
        format!("```\n{word}\n```"),
        format!("- {word}"),
        format!("> {word}"),
        format!("<p>{word}</p>"),
        format!("| {word} |\n|---|\n| 1 |"),
    ] {
        let cut = cut_blocks(&document, limits(300, 300), None);
        assert!(
            cut.len() <= 300 && cut.contains("xxxxx") && cut.contains("characters left out"),
            "{document:.9}: {cut}"
        );
    }
}

#[test]
fn a_picture_in_words_that_is_cut_is_shown_as_words() {
    let lines = "a --> b\n".repeat(900);
    let cut = cut_blocks(&format!("```mermaid\n{lines}```"), limits(300, 300), None);
    assert!(cut.starts_with("```text\na --> b\n"), "{cut}");
}

#[test]
fn a_fold_that_is_cut_open_is_closed() {
    let long = "word ".repeat(24);
    check(
        &format!("<details><summary>s</summary>\n\na\n\n{long}\n\n{long}\n\n</details>\n"),
        280,
        &format!("<details><summary>s</summary>\n\na\n\n{}\n\n</details>{}", long.trim_end(), note(2)),
    );
}

#[test]
fn the_place_that_has_all_of_it_is_named() {
    let named = |text: &str| cut_blocks(text, limits(400, 400), Some("[the job summary](u)"));
    let cut = named(&table(0..900));
    assert!(
        cut.ends_with("| 899 |\n\n_Shortened to fit here; all of it is in [the job summary](u)._"),
        "{cut}"
    );
    let cut = named(&"word word word\n\n".repeat(90));
    assert!(
        cut.ends_with(
            "at the end left out: there is no room for more here; all of it is in [the job summary](u)._"
        ),
        "{cut}"
    );
    assert_eq!(named("short"), "short");
}

/// A small generator of our own (splitmix64), so that a seed is a document for ever.
struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % count as u64) as usize
    }

    fn words(&mut self, most: usize) -> String {
        let words =
            ["loss", "größer", "日本語", "`code`", "**bold**", "a_b", "0.5", "[l](u)", "~", "|", "x<y"];
        (0..=self.below(most)).map(|_| words[self.below(words.len())]).collect::<Vec<_>>().join(" ")
    }

    /// A block, with as many parts as it likes: most are short, some long.
    fn block(&mut self) -> String {
        let count = [1, 3, 20, 300][self.below(4)];
        let mut each = |line: &mut dyn FnMut(&mut Self, usize) -> String| -> String {
            (0..count).map(|n| line(self, n)).collect()
        };
        match each(&mut |random, _| char::from(b'0' + u8::try_from(random.below(10)).unwrap()).to_string())
            .as_bytes()[0]
        {
            b'0' => {
                "| a | b |\n|---|:-:|\n".to_owned()
                    + &each(&mut |random, n| format!("| {n} | {} |\n", random.words(2).replace('|', "/")))
            }
            b'1' => {
                format!("```python\n{}```\n", each(&mut |random, n| format!("{n} {}\n", random.words(9))))
            }
            b'2' => each(&mut |random, n| format!("- {n} {}\n", random.words(4))),
            b'3' => each(&mut |random, n| format!("{}. {}\n", n + 1, random.words(4))),
            b'4' => each(&mut |random, n| format!("> {n} {}\n", random.words(4))),
            b'5' => {
                format!("<table>\n{}</table>\n", each(&mut |_, n| format!("<tr>\n<td>{n}</td>\n</tr>\n")))
            }
            b'6' => format!(
                "<details><summary>s</summary>\n\n{}\n</details>\n",
                each(&mut |random, n| format!("{n} {}\n\n", random.words(4)))
            ),
            b'7' => each(&mut |_, n| format!("    code {n}\n")),
            b'8' => format!("- a\n{}", each(&mut |random, n| format!("  - {n} {}\n", random.words(4)))),
            _ => each(&mut |random, n| format!("{n} {}\n", random.words(9))),
        }
    }
}

/// What kinds of blocks there are, and how many cells each table's rows have at most.
fn shape(markdown: &str) -> Vec<String> {
    let mut options = Options::default();
    options.extension.table = true;
    let arena = Arena::new();
    let root = parse_document(&arena, markdown, &options);
    let name = |value: &NodeValue| match value {
        NodeValue::Table(table) => format!("table of {}", table.num_columns),
        NodeValue::CodeBlock(code) => format!("code {}", code.fenced),
        NodeValue::List(list) => format!("list {:?}", list.list_type),
        NodeValue::BlockQuote => "quote".to_owned(),
        NodeValue::HtmlBlock(_) => "html".to_owned(),
        _ => "text".to_owned(),
    };
    root.children().map(|node| name(&node.data().value)).collect()
}

/// The sum of all numbers that are said to be left out of the kind.
fn said(text: &str, what: &str) -> usize {
    let number = |before: &str| {
        let digits =
            before.trim_end().rsplit(|c: char| !c.is_ascii_digit() && c != ',').next().unwrap_or_default();
        digits.replace(',', "").parse::<usize>().unwrap_or(0)
    };
    text.match_indices(what).map(|(at, _)| number(&text[..at])).sum()
}

#[test]
fn any_document_fits_any_room_begins_as_it_did_and_tells_the_truth() {
    for seed in 0..100 {
        let mut random = Random(seed);
        let count = 1 + random.below(6);
        let blocks: Vec<String> = (0..count).map(|_| random.block()).collect();
        let document = format!("# Report {seed}\n\n{}", blocks.join("\n<!-- -->\n\n"));
        let room = limits(300 + random.below(9000), 300 + random.below(9000));
        let cut = cut_blocks(&document, room, None);
        assert!(fits(&cut, room), "seed {seed}: {} in {room:?}", cut.len());
        assert_eq!(fits(&document, room), cut == document, "seed {seed}");
        assert!(cut.starts_with(&format!("# Report {seed}\n\n")), "seed {seed}: {cut}");
        let (before, after) = (shape(&document), shape(&cut));
        let is_start = after.iter().zip(&before).take_while(|(a, b)| a == b).count();
        // Behind the kept blocks: what closes them, a list's second half, the note.
        assert!(is_start + 1 >= after.len().min(2), "seed {seed}: {after:?} {before:?}\n{cut}");
        if let [block] = &blocks[..]
            && block.starts_with("| a")
        {
            let rows = |text: &str| {
                text.lines().filter(|line| line.starts_with("| ") && !line.contains('…')).count()
            };
            assert_eq!(rows(&cut) + said(&cut, " row"), rows(&document), "seed {seed}: {cut}");
            assert_eq!(after, before, "seed {seed}");
        }
        if cut != document {
            assert!(cut.contains("left out"), "seed {seed}: {cut}");
        }
    }
}

#[test]
fn all_of_a_large_table_is_accounted_for() {
    for (rows, room) in [
        (9000, limits(262_000, 65_400)),
        (40_000, limits(1_000_000, 1_000_000)),
        (9000, limits(65_535, 65_535)),
    ] {
        let document = format!("# R\n\n{}", table(0..rows).replace("| ", "| some words with ü in a row "));
        let cut = cut_blocks(&document, room, None);
        assert!(fits(&cut, room));
        let shown = cut.lines().filter(|line| line.contains("| some words")).count() - 1;
        assert_eq!(shown + said(&cut, " row"), rows);
        let is_full = cut.len() * 10 > room.bytes * 9 || cut.chars().count() * 10 > room.chars * 9;
        assert!(is_full, "{} of {room:?}", cut.len());
    }
}
