//! A GitHub and a GitLab on the loopback interface, with memory, pages, permissions and faults.
//!
//! In: HTTP requests to `Running::url()`. Out: answers as GitHub gives them for the repository `o/r` with its
//! pull request 7, and as GitLab does for `grp/sub/proj` with its merge request 7 (one memory for both), and what was asked and left behind, for a test or a person to look at. The tests include
//! this file; `main.rs` puts a command line on it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader, ErrorKind, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

#[path = "fault.rs"]
mod fault;
#[path = "routes.rs"]
mod routes;
#[path = "wire.rs"]
mod wire;

pub(crate) use fault::Fault;
use wire::{Reply, Request};

/// The login behind every token.
pub(crate) const VIEWER: &str = "github-actions[bot]";
/// The login behind every token of GitLab.
pub(crate) const BOT: &str = "project_1_bot_0a1b2c";
/// The pull request, and the merge request.
const CHANGE: u64 = 7;

/// Where a comment hangs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Thread {
    /// An issue or a pull request.
    Issue(u64),
    Commit(String),
}

/// One comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommentState {
    pub(crate) id: u64,
    pub(crate) body: String,
    pub(crate) author: String,
    pub(crate) on: Thread,
    /// Whether its thread is resolved; `None` for a note by itself.
    pub(crate) resolved: Option<bool>,
}

/// The repository: only `routes` changes it, and `Running` for the test.
#[derive(Default)]
struct Repo {
    head: Option<String>,
    /// The repository of the head, `o/r` unless it is a fork's.
    head_repo: Option<String>,
    merge_base: Option<String>,
    /// Branch to its newest commit.
    branches: BTreeMap<String, String>,
    is_closed: bool,
    /// More open change requests with the same head: number, the head's repository, the base's branch.
    others: Vec<(u64, String, String)>,
    /// A bare repository that is served over HTTP; without one a push is refused.
    git: Option<PathBuf>,
    comments: Vec<CommentState>,
    made: u64,
    blobs: BTreeMap<String, Vec<u8>>,
    /// Path to blob, with the paths of inner trees spelled out.
    trees: BTreeMap<String, BTreeMap<String, String>>,
    /// Commit to tree.
    commits: BTreeMap<String, String>,
    refs: BTreeMap<String, String>,
    /// Check runs as they were sent, each with its number and all its annotations.
    checks: Vec<Value>,
    /// The merge request's labels.
    labels: BTreeSet<String>,
    /// GitLab's commit statuses, oldest first.
    statuses: Vec<Value>,
    /// The ref of GitLab's pipeline; without one every ref is right.
    pipeline_ref: Option<String>,
    /// GitLab's uploads by address.
    uploads: BTreeMap<String, Vec<u8>>,
    /// GitLab's lists go on by a cursor instead of a number.
    keyset: bool,
    log: Vec<String>,
    /// Those of the log that brought a token.
    signed: Vec<String>,
    faults: Vec<(String, Fault)>,
}

impl Repo {
    fn comment(&mut self, author: &str, body: &str, on: Thread) -> CommentState {
        self.made += 1;
        let comment = CommentState {
            id: 1000 + self.made,
            body: body.to_owned(),
            author: author.to_owned(),
            on,
            resolved: None,
        };
        self.comments.push(comment.clone());
        comment
    }

    fn comments_on(&self, on: &Thread) -> Vec<CommentState> {
        self.comments.iter().filter(|comment| comment.on == *on).cloned().collect()
    }

    fn fault_for(&mut self, line: &str) -> Option<Fault> {
        let fits = |part: &str| match part.strip_suffix('$') {
            Some(end) => line.ends_with(end),
            None => line.contains(part),
        };
        let matching = self.faults.iter_mut().filter(|(part, _)| fits(part));
        matching.map(|(_, fault)| fault).find_map(Fault::take)
    }
}

/// What the threads share.
struct Server {
    address: SocketAddr,
    repo: Mutex<Repo>,
    streams: Mutex<BTreeMap<u64, TcpStream>>,
    stopping: AtomicBool,
}

/// A running forge; it stops when this is dropped.
pub(crate) struct Running {
    server: Arc<Server>,
    accepting: Option<JoinHandle<()>>,
}

/// Starts a forge on a free port.
pub(crate) fn start() -> Running {
    start_on(0).expect("a loopback port can be listened on")
}

/// Starts a forge on this port, 0 for a free one.
pub(crate) fn start_on(port: u16) -> io::Result<Running> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let server = Arc::new(Server {
        address: listener.local_addr()?,
        repo: Mutex::default(),
        streams: Mutex::default(),
        stopping: AtomicBool::new(false),
    });
    let shared = Arc::clone(&server);
    let accepting = thread::spawn(move || accept(&listener, &shared));
    Ok(Running { server, accepting: Some(accepting) })
}

impl Running {
    /// `http://127.0.0.1:PORT`; the API is under `/api/v3` and `/api/graphql`.
    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Every request so far, refused ones too, as `METHOD /path` without the query.
    pub(crate) fn log(&self) -> Vec<String> {
        self.server.repo().log.clone()
    }

    /// Those of the log that brought a token.
    pub(crate) fn signed(&self) -> Vec<String> {
        self.server.repo().signed.clone()
    }

    /// The comments of the pull request, oldest first.
    pub(crate) fn comments(&self) -> Vec<CommentState> {
        self.comments_on(&Thread::Issue(CHANGE))
    }

    /// The comments of any issue or commit, oldest first.
    pub(crate) fn comments_on(&self, on: &Thread) -> Vec<CommentState> {
        self.server.repo().comments_on(on)
    }

    /// GitLab's uploads by file name.
    pub(crate) fn uploads(&self) -> BTreeMap<String, Vec<u8>> {
        routes::gitlab::by_name(&self.server.repo().uploads)
    }

    /// Lets GitLab's lists go on by a cursor.
    pub(crate) fn page_by_keyset(&self) {
        self.server.repo().keyset = true;
    }

    /// The files of all refs by path, later refs over earlier ones.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let repo = self.server.repo();
        let trees = repo
            .refs
            .values()
            .filter_map(|commit| repo.commits.get(commit))
            .filter_map(|tree| repo.trees.get(tree));
        let entries = trees.flatten();
        entries.filter_map(|(path, blob)| Some((path.clone(), repo.blobs.get(blob)?.clone()))).collect()
    }

    /// The check runs, oldest first.
    pub(crate) fn checks(&self) -> Vec<Value> {
        self.server.repo().checks.clone()
    }

    /// The merge request's labels.
    pub(crate) fn labels(&self) -> Vec<String> {
        self.server.repo().labels.iter().cloned().collect()
    }

    /// Resolves the thread of a comment, or opens it again, as people do.
    pub(crate) fn resolve(&self, id: u64, resolved: bool) {
        let mut repo = self.server.repo();
        for comment in repo.comments.iter_mut().filter(|comment| comment.id == id) {
            comment.resolved = Some(resolved);
        }
    }

    /// GitLab's commit statuses, oldest first.
    pub(crate) fn statuses(&self) -> Vec<Value> {
        self.server.repo().statuses.clone()
    }

    /// Sets the ref of GitLab's pipeline.
    pub(crate) fn set_pipeline_ref(&self, name: &str) {
        self.server.repo().pipeline_ref = Some(name.to_owned());
    }

    /// Adds comments of strangers to the pull request.
    pub(crate) fn add_foreign(&self, count: usize) {
        self.add_foreign_on(&Thread::Issue(CHANGE), count);
    }

    /// Adds comments of strangers to any issue or commit.
    pub(crate) fn add_foreign_on(&self, on: &Thread, count: usize) {
        let mut repo = self.server.repo();
        for n in 0..count {
            repo.comment(&format!("stranger-{n}"), &format!("A remark, number {n}."), on.clone());
        }
    }

    /// Adds one comment to the pull request.
    pub(crate) fn add(&self, author: &str, body: &str) {
        self.server.repo().comment(author, body, Thread::Issue(CHANGE));
    }

    /// Answers every later request whose `METHOD /path` contains `part` with this status.
    pub(crate) fn refuse(&self, part: &str, status: u16) {
        self.fault(part, Fault::Refused(status));
    }

    /// Lets every later request whose `METHOD /path` contains `part` (or ends so, if `part` ends with `$`) go wrong. The first fault that fits and is not
    /// used up counts.
    pub(crate) fn fault(&self, part: &str, fault: Fault) {
        self.server.repo().faults.push((part.to_owned(), fault));
    }

    /// Lets nothing go wrong any more.
    pub(crate) fn recover(&self) {
        self.server.repo().faults.clear();
    }

    /// Serves this bare repository as `/o/r.git`.
    pub(crate) fn serve_git(&self, repository: &Path) {
        self.server.repo().git = Some(repository.to_owned());
    }

    /// Opens another change request with the same head.
    pub(crate) fn open_another(&self, number: u64, head_repo: &str, base_branch: &str) {
        self.server.repo().others.push((number, head_repo.to_owned(), base_branch.to_owned()));
    }

    /// Closes the pull request.
    pub(crate) fn close(&self) {
        self.server.repo().is_closed = true;
    }

    /// The names of the refs that were made through the data API.
    pub(crate) fn refs(&self) -> Vec<String> {
        self.server.repo().refs.keys().cloned().collect()
    }

    /// Sets the head commit of the pull request.
    pub(crate) fn set_head(&self, sha: &str) {
        self.server.repo().head = Some(sha.to_owned());
    }

    /// Sets the repository that the pull request comes from.
    pub(crate) fn set_head_repo(&self, name: &str) {
        self.server.repo().head_repo = Some(name.to_owned());
    }

    /// Sets the newest commit of a branch.
    pub(crate) fn set_branch(&self, name: &str, sha: &str) {
        self.server.repo().branches.insert(name.to_owned(), sha.to_owned());
    }

    /// Sets the merge base of whatever is compared.
    pub(crate) fn set_merge_base(&self, sha: &str) {
        self.server.repo().merge_base = Some(sha.to_owned());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        let woken = TcpStream::connect(self.server.address).is_ok();
        if let Some(accepting) = self.accepting.take().filter(|_| woken) {
            accepting.join().ok();
        }
        for stream in self.server.streams().values() {
            stream.shutdown(Shutdown::Both).ok();
        }
    }
}

impl Server {
    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn repo(&self) -> MutexGuard<'_, Repo> {
        self.repo.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn streams(&self) -> MutexGuard<'_, BTreeMap<u64, TcpStream>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer, and how many halves of it are sent.
    fn respond(&self, request: &Request) -> (Reply, usize) {
        let mut repo = self.repo();
        let line = format!("{} {}", request.method, request.path);
        repo.log.push(line.clone());
        if !request.token().is_empty() {
            repo.signed.push(line.clone());
        }
        let fault = repo.fault_for(&line);
        if let Some(Fault::Slow(milliseconds)) = fault {
            drop(repo);
            thread::sleep(Duration::from_millis(milliseconds));
            repo = self.repo();
        }
        let halves = match fault {
            Some(Fault::Nothing | Fault::LostAfterWrite) => 0,
            Some(Fault::Truncated) => 1,
            _ => 2,
        };
        let reply = match fault {
            None | Some(Fault::Truncated | Fault::LostAfterWrite | Fault::Slow(_)) => {
                routes::answer(&mut repo, &self.url(), request)
            }
            Some(fault) => routes::faulty(&fault, &request.path),
        };
        (reply, halves)
    }
}

fn accept(listener: &TcpListener, server: &Arc<Server>) {
    for (number, stream) in (0..).zip(listener.incoming()) {
        if server.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let Ok(kept) = stream.try_clone() else { continue };
        server.streams().insert(number, kept);
        let server = Arc::clone(server);
        thread::spawn(move || {
            // A client that goes away is its own business.
            converse(&stream, &server).ok();
            stream.shutdown(Shutdown::Both).ok();
            server.streams().remove(&number);
        });
    }
}

/// Request after request of one connection.
fn converse(stream: &TcpStream, server: &Server) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let request = match Request::read(&mut reader, &mut writer) {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return writer.write_all(&routes::message(400, &error.to_string()).bytes("GET", true));
            }
            Err(error) => return Err(error),
        };
        let (reply, halves) = server.respond(&request);
        let bytes = reply.bytes(&request.method, request.close);
        match halves {
            0 => return Ok(()),
            1 => return writer.write_all(&bytes[..bytes.len().saturating_sub(reply.body.len().div_ceil(2))]),
            _ => writer.write_all(&bytes)?,
        }
        if request.close {
            return Ok(());
        }
    }
}
