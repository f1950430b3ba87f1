//! A key becomes segments, and a segment words, whatever the spelling: `val_acc`, `valAcc`, `val-acc`, `Val Acc (%)`.

/// One part of a key between dots and slashes, with the place in the key where it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment<'a> {
    pub start: usize,
    pub text: &'a str,
}

/// The parts of a key. The dot of a number (`mAP@0.5`, `[.5:.95]`) separates nothing.
pub(super) fn segments(key: &str) -> Vec<Segment<'_>> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut before = None;
    let mut chars = key.char_indices().peekable();
    while let Some((at, mark)) = chars.next() {
        let after = chars.peek().map(|(_, next)| *next);
        if mark == '/' || (mark == '.' && parts_words(before, after)) {
            parts.push(Segment { start, text: &key[start..at] });
            start = at + 1;
        }
        before = Some(mark);
    }
    parts.push(Segment { start, text: &key[start..] });
    parts.retain(|part| part.text.chars().any(char::is_alphanumeric));
    parts
}

fn parts_words(before: Option<char>, after: Option<char>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return false };
    let ends = before.is_alphanumeric() || "_)]%+".contains(before);
    let starts = after.is_alphanumeric() || "_([".contains(after);
    ends && starts && !(before.is_ascii_digit() && after.is_ascii_digit())
}

/// The words of a segment in small letters; `is_known` says which runs of letters and digits are one word as they are.
///
/// "at" is `@`, a comma stays a word of its own, and `1-x` is "one", "minus".
pub(super) fn words(segment: &str, is_known: impl Fn(&str) -> bool) -> Vec<String> {
    let plain = without_letters_in_brackets(&segment.replace('²', "2").replace(['−', '–', '—'], "-"));
    let mut words = Vec::new();
    let mut rest = plain.as_str();
    for one in ["100", "1"] {
        let after = rest.trim_start().strip_prefix(one).map(str::trim_start);
        let after = after.and_then(|after| after.strip_prefix('-')).map(str::trim_start);
        if let Some(after) = after.filter(|after| after.starts_with(|next: char| next.is_alphabetic())) {
            words.extend(["one".to_owned(), "minus".to_owned()]);
            rest = after;
            break;
        }
    }
    let mut run = String::new();
    // `topic_adherence(mode=f1)`, `NDCG:top=10`: what is set says only when.
    let settings = rest.rfind('=').and_then(|sign| rest[..sign].find(['(', ':'])).unwrap_or(rest.len());
    for (at, mark) in rest.char_indices().chain([(rest.len(), ' ')]) {
        if mark.is_alphanumeric() {
            run.push(mark);
            continue;
        }
        add_run(&mut words, &run, &is_known);
        run.clear();
        if matches!(mark, '@' | ',') || (at == settings && at < rest.len()) {
            words.push("@".to_owned());
        }
    }
    words
}

/// `precision(B)` is precision: a letter in brackets names a kind of label or picture.
fn without_letters_in_brackets(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut kept = String::new();
    let mut at = 0;
    while at < letters.len() {
        match letters[at..] {
            ['(', letter, ')', ..] if letter.is_alphabetic() => {
                kept.push(' ');
                at += 3;
            }
            ['\'' | '’', 's', ..] => {
                kept.push(' ');
                at += 2;
            }
            _ => {
                kept.push(letters[at]);
                at += 1;
            }
        }
    }
    kept
}

fn add_run(words: &mut Vec<String>, run: &str, is_known: &impl Fn(&str) -> bool) {
    let small = run.to_lowercase();
    if small.is_empty() {
        return;
    }
    if small == "at" {
        words.push("@".to_owned());
    } else if is_known(&small) {
        words.push(small);
    } else if let Some((front, back)) = glued(&small, is_known) {
        words.extend([front.to_owned(), back.to_owned()]);
    } else {
        for piece in humps(run) {
            let piece = piece.to_lowercase();
            words.push(if piece == "at" { "@".to_owned() } else { piece });
        }
    }
}

/// `valacc`, `testloss`: a split or an aggregate written together with what follows.
fn glued<'a>(run: &'a str, is_known: &impl Fn(&str) -> bool) -> Option<(&'static str, &'a str)> {
    const FRONTS: [&str; 11] =
        ["training", "train", "valid", "val", "test", "eval", "dev", "avg", "best", "macro", "micro"];
    let split = FRONTS.into_iter().find_map(|front| Some((front, run.strip_prefix(front)?)));
    split.filter(|(_, back)| back.len() > 1 && is_known(back))
}

/// The pieces of `rougeLsum`, `KLDivergence`, `mAP50`: at a capital behind a small letter, at the last capital of several
/// before a small letter, and between letters and digits.
fn humps(run: &str) -> Vec<String> {
    let letters: Vec<char> = run.chars().collect();
    let mut pieces = vec![String::new()];
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let next = letters.get(at + 1);
        let is_start = before.is_some_and(|before| {
            let digits = before.is_numeric() != letter.is_numeric();
            let hump = letter.is_uppercase() && before.is_lowercase();
            let last = letter.is_uppercase()
                && before.is_uppercase()
                && next.is_some_and(|next| next.is_lowercase());
            digits || hump || last
        });
        if is_start {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(letter);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_parts() {
        let check = |key: &str, expected: &[&str]| {
            let texts: Vec<_> = segments(key).iter().map(|part| part.text).collect();
            assert_eq!(texts, expected, "{key}");
            assert!(segments(key).iter().all(|part| key[part.start..].starts_with(part.text)));
        };
        check("a/b.c", &["a", "b", "c"]);
        check("mAP@0.5", &["mAP@0.5"]);
        check("mAP@[.5:.95]", &["mAP@[.5:.95]"]);
        check("class_0.recall", &["class_0", "recall"]);
        check("f1.0", &["f1.0"]);
        check("Acc. (test)", &["Acc. (test)"]);
        check("/a//b/", &["a", "b"]);
        check("", &[]);
        check("é.ü", &["é", "ü"]);
    }

    #[test]
    fn every_spelling_has_the_same_words() {
        let known = ["rougelsum", "f1", "acc", "iou", "roc", "auc", "loss"];
        let check = |text: &str, expected: &str| {
            assert_eq!(words(text, |word| known.contains(&word)).join(" "), expected, "{text}");
        };
        for text in ["val_acc", "valAcc", "ValAcc", "val-acc", "Val Acc", "val:acc", "valacc", "val acc (%)"]
        {
            check(text, "val acc");
        }
        check("rougeLsum", "rougelsum");
        check("macroF1", "macro f1");
        check("KLDivergence", "kl divergence");
        check("MeanIoU", "mean io u");
        check("mAP50-95(B)", "m ap 50 95");
        check("ROCAUC", "rocauc");
        check("acc@5", "acc @ 5");
        check("acc_at_5", "acc @ 5");
        check("acc,none", "acc @ none");
        check("1-acc", "one minus acc");
        check("100 − acc", "one minus acc");
        check("top-5 acc", "top 5 acc");
        check("acc(mode=f1)", "acc @ mode f1");
        check("valid_0's auc", "valid 0 auc");
        check("R²", "r 2");
    }
}
