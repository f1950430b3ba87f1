//! One long-lived `git cat-file --batch`: object names in, objects out, without a process for each file.

use std::io::{BufRead, Read, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::git::{Git, failed};
use super::too_large;
use cml_base::tree::RevisionError;
use cml_host::process::Running;

/// So many questions fit into a pipe, so that neither side waits for the other while both write.
pub(super) const MOST_AHEAD: usize = 64;

/// The running child.
#[derive(Debug)]
pub(super) struct Batch {
    child: Running,
    /// How many questions are sent whose answers are not read.
    ahead: usize,
}

/// An object as Git stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    /// Its full name.
    pub(super) name: String,
    /// `blob`, `commit`, `tree` or `tag`.
    pub(super) kind: String,
    pub(super) bytes: Vec<u8>,
}

/// The file `name` through the child in `slot`; `None` if the object is not here or is no file.
pub(super) fn blob(
    git: &Git,
    slot: &Mutex<Option<Batch>>,
    name: &str,
) -> Result<Option<Vec<u8>>, RevisionError> {
    let object = object(git, slot, name)?;
    Ok(object.filter(|object| object.kind == "blob").map(|object| object.bytes))
}

/// The files of at most [`MOST_AHEAD`] object names that Git listed, in their order: while one answer is read, Git
/// prepares the next.
pub(super) fn blobs<'b>(
    git: &'b Git,
    slot: &'b Mutex<Option<Batch>>,
    names: &'b [&str],
) -> impl Iterator<Item = Result<Option<Vec<u8>>, RevisionError>> + 'b {
    let mut slot = open(slot);
    names.iter().enumerate().map(move |(at, name)| {
        let ahead = if at == 0 { names } else { &[] };
        let object = asked(git, &mut slot, name, ahead)?;
        Ok(object.filter(|object| object.kind == "blob").map(|object| object.bytes))
    })
}

/// The object that `name` names, in Git's syntax for revisions, through the child in `slot`, which is started when
/// there is none; `None` if it is not here, or the name means several.
pub(super) fn object(
    git: &Git,
    slot: &Mutex<Option<Batch>>,
    name: &str,
) -> Result<Option<Object>, RevisionError> {
    // A line is a question.
    if name.contains('\n') {
        return Ok(None);
    }
    asked(git, &mut open(slot), name, &[])
}

/// The slot, without a child that still owes answers to somebody who asked ahead and did not take them all.
fn open(slot: &Mutex<Option<Batch>>) -> MutexGuard<'_, Option<Batch>> {
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    slot.take_if(|batch| batch.ahead > 0);
    slot
}

/// Asks for `name`, and at once for what else of `ahead`, which begins with it, comes next.
fn asked(
    git: &Git,
    slot: &mut Option<Batch>,
    name: &str,
    ahead: &[&str],
) -> Result<Option<Object>, RevisionError> {
    let mut batch = match slot.take() {
        Some(batch) => batch,
        None => Batch::start(git)?,
    };
    batch.child.until(git.local_deadline());
    match batch.ask(name, ahead) {
        Ok(answer) => {
            *slot = Some(batch);
            answer.map_err(|why| RevisionError::Unreadable { path: format!("object {name}"), why })
        }
        // A child that broke off is not put back: the next call starts another.
        Err(why) => {
            let is_late = batch.child.is_late();
            let said = batch.child.end();
            // Older versions of Git give up when a partial clone lacks what was asked for.
            if said.contains("from promisor remote") {
                return Ok(None);
            }
            let why = if is_late { "it did not answer in time".to_owned() } else { why.to_string() };
            let answer = if said.is_empty() { why } else { format!("{why}: {said}") };
            Err(RevisionError::Git { doing: format!("cat-file --batch ({name})"), answer })
        }
    }
}

impl Batch {
    fn start(git: &Git) -> Result<Self, RevisionError> {
        let args = ["cat-file", "--batch"];
        let child =
            git.call(&args, &[], false).start().map_err(|error| failed("cat-file --batch", &error))?;
        Ok(Self { child, ahead: 0 })
    }

    /// An object, nothing, or why it is not taken.
    fn ask(&mut self, name: &str, ahead: &[&str]) -> std::io::Result<Result<Option<Object>, String>> {
        let broken = |why: String| std::io::Error::other(why);
        let input = self.child.input.as_mut().ok_or_else(|| broken("it has ended".to_owned()))?;
        if self.ahead == 0 {
            let names = if ahead.is_empty() { &[name] } else { ahead };
            input.write_all((names.join("\n") + "\n").as_bytes())?;
            input.flush()?;
            self.ahead = names.len();
        }
        self.ahead -= 1;
        let mut header = String::new();
        if self.child.output.read_line(&mut header)? == 0 {
            return Err(broken("it ended without an answer".to_owned()));
        }
        // `OBJECT TYPE SIZE`, or what was asked for and `missing`.
        let words: Vec<&str> = header.split_whitespace().collect();
        let (full, kind, size) = match words[..] {
            [.., "missing" | "ambiguous"] => return Ok(Ok(None)),
            [full, kind, size] => (full.to_owned(), kind.to_owned(), size),
            _ => return Err(broken(format!("unexpected answer {header:?}"))),
        };
        let size: usize = size.parse().map_err(|_| broken(format!("unexpected answer {header:?}")))?;
        if let Some(why) = too_large(size as u64) {
            let skipped =
                std::io::copy(&mut self.child.output.by_ref().take(size as u64 + 1), &mut std::io::sink())?;
            let complete = skipped == size as u64 + 1;
            return if complete {
                Ok(Err(why))
            } else {
                Err(broken("it broke off inside a large object".to_owned()))
            };
        }
        let mut bytes = Vec::new();
        // Grows with what comes, so that a lie about the size costs nothing.
        self.child.output.by_ref().take(size as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.pop() != Some(b'\n') || bytes.len() != size {
            return Err(broken(format!("it broke off inside an object of {size} bytes")));
        }
        Ok(Ok(Some(Object { name: full, kind, bytes })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    #[test]
    fn blobs_come_whole_and_what_is_no_blob_is_none() {
        let sandbox = Sandbox::new();
        let binary: Vec<u8> = (0..200_000u32).map(|n| (n % 251) as u8).chain(*b"\n\n").collect();
        sandbox.write("empty", "");
        let commit = sandbox.commit("b.bin", &binary);
        let (git, slot) = (sandbox.repo().git, Mutex::new(None));
        let id = |path: &str| sandbox.git(&["rev-parse", &format!("HEAD:{path}")]);
        let check = |name: &str, expected: Option<&[u8]>| {
            assert_eq!(blob(&git, &slot, name).unwrap().as_deref(), expected, "{name}");
        };
        check(&id("b.bin"), Some(&binary));
        check(&"1".repeat(40), None);
        check(commit.as_str(), None);
        check(&id("empty"), Some(b""));
        check(&id("b.bin"), Some(&binary));
    }

    #[test]
    fn many_come_in_their_order_whatever_is_among_them() {
        let sandbox = Sandbox::new();
        let files: Vec<String> = (0..150).map(|number| format!("f{number}")).collect();
        files.iter().for_each(|name| sandbox.write(name, name.repeat(1000)));
        let commit = sandbox.commit("last", "");
        let (git, slot) = (sandbox.repo().git, Mutex::new(None));
        let ids = files.iter().map(|name| sandbox.git(&["rev-parse", &format!("HEAD:{name}")]));
        let (missing, commit) = ("1".repeat(40), commit.as_str().to_owned());
        let ids: Vec<String> = [missing, commit].into_iter().chain(ids).collect();
        let names: Vec<&str> = ids.iter().map(String::as_str).collect();
        let ask = |names: &[&str]| -> Vec<_> {
            names.chunks(MOST_AHEAD).flat_map(|group| blobs(&git, &slot, group).collect::<Vec<_>>()).collect()
        };
        let found: Vec<_> = ask(&names).into_iter().map(Result::unwrap).collect();
        assert_eq!((&found[0], &found[1]), (&None, &None));
        let whole = |(bytes, name): (&Option<Vec<u8>>, &String)| {
            bytes.as_deref() == Some(name.repeat(1000).as_bytes())
        };
        assert!(found[2..].iter().zip(&files).all(whole));
        // Answers that nobody took are nobody else's.
        assert_eq!(blobs(&git, &slot, &names[2..5]).take(1).count(), 1);
        assert_eq!(blob(&git, &slot, names[7]).unwrap().unwrap(), files[5].repeat(1000).as_bytes());
        slot.lock().unwrap().as_mut().unwrap().child.end();
        let after: Vec<bool> = ask(&names[2..5]).iter().map(Result::is_ok).collect();
        assert_eq!(after, [false, true, true]);
    }

    #[test]
    fn a_child_that_died_is_told_and_replaced() {
        let sandbox = Sandbox::new();
        sandbox.commit("x", "1");
        let (git, slot) = (sandbox.repo().git, Mutex::new(None));
        let id = sandbox.git(&["rev-parse", "HEAD:x"]);
        assert!(blob(&git, &slot, &id).unwrap().is_some());
        slot.lock().unwrap().as_mut().unwrap().child.end();
        assert!(matches!(blob(&git, &slot, &id), Err(RevisionError::Git { .. })));
        assert_eq!(blob(&git, &slot, &id).unwrap().unwrap(), b"1");
    }
}
