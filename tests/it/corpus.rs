//! The fuzzer's corpus as ordinary tests: every input of every target, whole and cut off.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "../../fuzz/targets.rs"]
mod targets;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

/// The inputs of one target, by name.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = corpus().join(target);
    let mut inputs: Vec<(String, Vec<u8>)> = fs::read_dir(&folder)
        .unwrap_or_else(|why| panic!("{}: {why}", folder.display()))
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    inputs.sort();
    inputs
}

#[test]
fn every_input_of_the_corpus_is_read_whole_and_cut_off() {
    for (target, _) in targets::TARGETS {
        let run = |bytes: &[u8]| targets::run(target, bytes);
        let inputs = inputs(target);
        assert!(inputs.len() >= 3, "{target} has {} inputs", inputs.len());
        for (_, bytes) in inputs {
            run(&bytes);
            // A file that is still being written.
            let cuts = (1..4).map(|part| bytes.len() * part / 4).chain([bytes.len().saturating_sub(1)]);
            cuts.for_each(|end| run(&bytes[..end]));
        }
    }
}

#[test]
fn every_target_has_a_program_and_a_folder() {
    let known: BTreeSet<String> = targets::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let names = |folder: &Path| -> BTreeSet<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&corpus()), known);
    assert_eq!(names(&corpus().with_file_name("fuzz_targets")), known);
}
