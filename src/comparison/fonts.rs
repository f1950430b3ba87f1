//! Fonts for characters that the built-in typeface lacks: those that `--font` names, then the system's.
//!
//! The only place that looks at the system's fonts, and only if a Chinese, Japanese or Korean character is missing: a
//! picture without one is the same on every machine.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use cml_base::notice::Notice;
use cml_host::door::Root;
use cml_host::environment::Env;
use cml_plot::{self as plot, Typeface};

/// The largest font file that is read, in bytes.
const LARGEST: u64 = 64 << 20;
/// So many fonts of the system are looked into, the likely ones first.
const MOST_TRIED: usize = 24;
/// So many files are listed, so deep.
const MOST_LISTED: usize = 5_000;
const DEEPEST: usize = 6;
/// So many characters are named.
const NAMED: usize = 8;

/// Parts of the names of fonts that have Chinese, Japanese or Korean characters, the best first.
const LIKELY: [&str; 24] = [
    "notosanscjk",
    "sourcehansans",
    "notosanssc",
    "notosansjp",
    "notosanstc",
    "notosanskr",
    "notoserifcjk",
    "droidsansfallback",
    "wqy",
    "pingfang",
    "hiragino",
    "applesdgothic",
    "stheiti",
    "arialunicode",
    "msyh",
    "yugoth",
    "meiryo",
    "malgun",
    "msgothic",
    "simsun",
    "ipaexg",
    "takao",
    "nanumgothic",
    "unifont",
];

/// The fonts that the flags name.
pub(crate) fn named(files: &[PathBuf], env: &Env) -> Result<Typeface, Error> {
    let mut typeface = Typeface::default();
    for file in files {
        let fault = |why: String| {
            Error::input(format!("--font {}: {why}", file.display()))
                .hint("name a font file: .ttf, .otf or .ttc")
        };
        let bytes = read(&env.cwd.join(file)).map_err(fault)?;
        typeface.add(bytes).map_err(fault)?;
    }
    Ok(typeface)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    Root::anywhere().read(path, LARGEST).map_err(|why| why.to_string())
}

/// Where the system and the user keep fonts.
pub(crate) fn folders(env: &Env) -> Vec<PathBuf> {
    let below = |name: &str, path: &str| env.get(name).map(|folder| Path::new(folder).join(path));
    let of_user = if cfg!(windows) {
        vec![below("WINDIR", "Fonts"), below("LOCALAPPDATA", "Microsoft/Windows/Fonts")]
    } else if cfg!(target_os = "macos") {
        vec![below("HOME", "Library/Fonts")]
    } else {
        vec![below("XDG_DATA_HOME", "fonts"), below("HOME", ".local/share/fonts"), below("HOME", ".fonts")]
    };
    let of_system: &[&str] = if cfg!(windows) {
        &[]
    } else if cfg!(target_os = "macos") {
        &["/Library/Fonts", "/System/Library/Fonts"]
    } else {
        &["/usr/local/share/fonts", "/usr/share/fonts"]
    };
    of_user.into_iter().flatten().chain(of_system.iter().map(PathBuf::from)).collect()
}

/// Adds fonts of these folders until no character is missing that any of them has.
pub(crate) fn search(folders: &[PathBuf], missing: &BTreeSet<char>, typeface: &mut Typeface) {
    let mut missing: BTreeSet<char> = missing.iter().copied().filter(|c| plot::is_cjk(*c)).collect();
    for path in candidates(folders).into_iter().take(MOST_TRIED) {
        if missing.is_empty() {
            return;
        }
        let Ok(bytes) = read(&path) else { continue };
        let covered = plot::covered(&bytes, &missing);
        if !covered.is_empty() && typeface.add(bytes).is_ok() {
            missing.retain(|character| !covered.contains(character));
        }
    }
}

/// All font files, the likely ones first, then by their paths.
fn candidates(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut todo: Vec<(PathBuf, usize)> = folders.iter().rev().map(|folder| (folder.clone(), 0)).collect();
    let (mut fonts, mut listed) = (Vec::new(), 0);
    while let Some((folder, depth)) = todo.pop()
        && listed < MOST_LISTED
    {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        listed += paths.len();
        paths.sort();
        for path in paths {
            let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
            if path.is_dir() && depth < DEEPEST {
                todo.push((path, depth + 1));
            } else if matches!(ending.as_deref(), Some("ttf" | "otf" | "ttc" | "otc")) {
                fonts.push(path);
            }
        }
    }
    fonts.sort_by_cached_key(|path| (rank(path), path.clone()));
    fonts
}

/// How likely a font has what is looked for; a regular one goes before its bold sister.
fn rank(path: &Path) -> (usize, bool) {
    let name = path.file_stem().map(|stem| stem.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let known = LIKELY.iter().position(|part| plain.contains(part)).unwrap_or(LIKELY.len());
    (known, !(plain.contains("regular") || plain.ends_with('r')))
}

/// One notice about the characters that are drawn as boxes.
pub(crate) fn boxes(missing: &BTreeSet<char>) -> Option<Notice> {
    if missing.is_empty() {
        return None;
    }
    let mut named: Vec<String> = missing.iter().take(NAMED).map(char::to_string).collect();
    let more = missing.len().saturating_sub(NAMED);
    named.extend((more > 0).then(|| format!("and {more} more")));
    let verb = if missing.len() == 1 { "is a box" } else { "are boxes" };
    let text = format!(
        "{} {verb} in the pictures: no font at hand has them; name one that does: --font FILE",
        named.join(" ")
    );
    Some(Notice::about("plots", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A font with one character, 漢; `tests/data/fonts/README.md` says how it was made.
    const KANJI: &[u8] = include_bytes!("../../tests/data/fonts/kanji.ttf");

    fn characters(text: &str) -> BTreeSet<char> {
        text.chars().collect()
    }

    #[test]
    fn fonts_are_searched_the_likely_ones_first() {
        let folder = tempfile::tempdir().unwrap();
        let names =
            ["a.ttf", "sub/deep/NotoSansCJK-Bold.ttc", "sub/NotoSansCJK-Regular.ttc", "readme.txt", "z.OTF"];
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        let found = candidates(&[folder.path().join("gone"), folder.path().to_owned()]);
        let shown: Vec<String> = found
            .iter()
            .map(|path| path.strip_prefix(folder.path()).unwrap().display().to_string())
            .collect();
        assert_eq!(shown, ["sub/NotoSansCJK-Regular.ttc", "sub/deep/NotoSansCJK-Bold.ttc", "a.ttf", "z.OTF"]);
    }

    #[test]
    fn a_font_is_taken_if_it_has_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.ttf"), "no font").unwrap();
        fs::write(folder.path().join("b.ttf"), KANJI).unwrap();
        let taken = |wanted: &str| {
            let mut typeface = Typeface::default();
            search(&[folder.path().to_owned()], &characters(wanted), &mut typeface);
            typeface.clone().files()
        };
        assert_eq!((taken("漢"), taken("字"), taken("กa")), (1, 0, 0));
    }

    #[test]
    fn boxes_are_told_in_one_notice() {
        let check = |missing: &str, expected: Option<&str>| {
            let notice = boxes(&characters(missing)).map(|notice| notice.to_string());
            assert_eq!(notice.as_deref().map(|text| text.split(':').nth(1).unwrap()), expected);
        };
        check("", None);
        check("漢", Some(" 漢 is a box in the pictures"));
        check("0123456789", Some(" 0 1 2 3 4 5 6 7 and 2 more are boxes in the pictures"));
    }
}
