//! The one promise: the page that a reader sees is the same, but for the addresses.

use comrak::markdown_to_html;

use super::*;

const TRICKY: &str = include_str!("../../../../tests/data/markdown/tricky.md");
const TRICKY_NESTED: &str = include_str!("../../../../tests/data/markdown/tricky2.md");
const TRICKY_CRLF: &str = include_str!("../../../../tests/data/markdown/crlf.md");

fn html(markdown: &str) -> String {
    let mut options = markdown::options();
    options.render.r#unsafe = true;
    markdown_to_html(markdown, &options)
}

/// Every address replaced by one that names the place in the text.
fn replace_all(text: &str) -> (Vec<Reference>, String) {
    let found = references(text);
    let new = |reference: &Reference| reference.replace(&format!("https://h/{}.png", reference.range.start));
    let replacements: Vec<Replacement> = found.iter().map(new).collect();
    let spliced = splice(text, &replacements);
    (found, spliced)
}

/// Takes the new addresses for the old ones in the page, and compares it with the page of the original.
#[track_caller]
fn check_page(text: &str) -> Vec<String> {
    let (found, left) = same_page(text);
    assert_eq!(left, 0, "an image is not found");
    found
}

/// Checks the page alone; answers the addresses found, and how many images have kept theirs.
#[track_caller]
fn same_page(text: &str) -> (Vec<String>, usize) {
    let (found, spliced) = replace_all(text);
    let mut page = html(&spliced);
    for reference in &found {
        let new = format!("https://h/{}.png", reference.range.start);
        assert!(page.contains(&new), "{new} for {} is not in the page", reference.address);
        page = page.replace(&format!("\"{new}\""), &format!("\"{}\"", escaped(&reference.address)));
        // Raw HTML stands in the page as it stands in the text.
        page = page.replace(&new, &text[reference.range.clone()]);
    }
    assert_eq!(page, html(text));
    let kept = markdown::shown(&spliced).iter().filter(|address| !address.starts_with("https://h/")).count();
    (found.into_iter().map(|reference| reference.address).collect(), kept)
}

/// As the renderer writes an address.
fn escaped(address: &str) -> String {
    let page = html(&format!("![](<{}>)", address.replace('&', "&amp;")));
    let start = page.find("src=\"").unwrap() + 5;
    page[start..].split('"').next().unwrap().to_owned()
}

#[test]
fn every_image_of_the_tricky_reports_is_found_and_nothing_else_changes() {
    for text in [TRICKY, TRICKY_CRLF] {
        let mut found = check_page(text);
        found.sort();
        let expected = [
            "a", "b", "c_(1)", "d(1)", "e f", "r1", "r 2", "r3", "l", "t1", "t2", "q1", "q2", "l1", "l2",
            "l3", "h1", "h2", "dark", "dark@2x", "light", "h3", "h4", "al", "損失", "a%20b", "fn", "sx",
            "after",
        ];
        let mut expected: Vec<String> = expected.iter().map(|name| format!("plots/{name}.png")).collect();
        expected.extend(
            ["plots/x.png?a=1&b=2", "https://example.com/i.png", "data:image/png;base64,AAAA"]
                .map(str::to_owned),
        );
        expected.sort();
        assert_eq!(found, expected);
    }
}

#[test]
fn images_in_nested_lists_quotes_and_html_are_found() {
    let mut found = check_page(TRICKY_NESTED);
    found.sort();
    // The others stand in HTML blocks, which end at an empty line: no parser shows them as images.
    let numbers = [1, 11, 12, 13, 17, 18, 2, 21, 22, 3, 4, 5, 6, 8, 9];
    assert_eq!(found, numbers.map(|number| format!("plots/x{number}.png")));
}

#[test]
fn several_images_of_one_definition_are_one_place() {
    let text = "![a][x] ![b][X] ![x]\n\n`[x]: no.png`\n\n[x]: a.png 'T'\n[x]: a.png\n";
    assert_eq!(check_page(text), ["a.png"]);
    assert!(replace_all(text).1.contains("[x]: https://h/"), "the first definition counts");
}

#[test]
fn a_label_may_go_over_the_mark_of_a_block_quote() {
    let text = "> ![alt][two\n> words] and ![two words][]\n\n[two words]: a.png \"a 'b' \\\"c\\\"\"\n";
    assert_eq!(check_page(text), ["a.png"]);
}

#[test]
fn whatever_the_text_is_the_page_stays() {
    let pieces = [
        "![a](p.png)",
        "![a][r]",
        "[r]: p.png\n",
        "<img src=p.png>",
        "<!--",
        "-->",
        "`",
        "```\n",
        "> ",
        "- ",
        "| ",
        "|-|-|\n",
        "\n",
        "\n\n",
        "    ",
        "\t",
        "$",
        "$$",
        "[^f]: ",
        "[",
        "](",
        ")",
        "\\",
        "\r\n",
        "é",
        "<picture>",
        "&amp;",
        "\u{feff}",
        "\0",
        "<b",
        "\"",
        "*",
        "  \n",
        "1. ",
    ];
    let (mut state, mut found, mut left) = (7_u64, 0, 0);
    for _ in 0..2_000 {
        let mut text = String::new();
        for _ in 0..12 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[usize::try_from(state >> 33).unwrap() % pieces.len()]);
        }
        let outcome = std::panic::catch_unwind(|| same_page(&text));
        let (addresses, kept) = outcome.unwrap_or_else(|_| panic!("in {text:?}"));
        found += addresses.len();
        left += kept;
    }
    // What the parser itself reads in two ways may be left as it is, never spoiled.
    assert!(found > 1_000 && left * 200 <= found, "{found} found, {left} left");
}
