//! Who answers what: GitHub's REST, GraphQL and Git data routes over the state; GitLab's are in `gitlab`.
//!
//! In: one request and the repository. Out: one answer. The faults' answers are here too.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::wire::reason;
use super::{CHANGE, CommentState, Fault, Reply, Repo, Request, Thread, VIEWER};

#[path = "checks.rs"]
mod checks;
#[path = "git_data.rs"]
mod git_data;
#[path = "git_http.rs"]
mod git_http;
#[path = "gitlab.rs"]
pub(super) mod gitlab;
#[path = "shapes.rs"]
mod shapes;

use git_data::{create_ref, of_git, shown_ref, store_blob, store_commit, store_tree};
use shapes::pulls;

const LONGEST_COMMENT: usize = 65_536;

type Answer = Result<Reply, Reply>;

fn reply(status: u16, value: &Value) -> Reply {
    let headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
    Reply { status, headers, body: value.to_string().into_bytes() }
}

/// GitHub's shape of a refusal.
pub(super) fn message(status: u16, message: &str) -> Reply {
    let documentation = "https://docs.github.com/rest";
    reply(
        status,
        &json!({"message": message, "documentation_url": documentation, "status": status.to_string()}),
    )
}

fn invalid(error: &Value) -> Reply {
    reply(422, &json!({"message": "Validation Failed", "errors": [error], "status": "422"}))
}

fn html(status: u16, text: &str) -> Reply {
    let body =
        format!("<!DOCTYPE html>\n<html><head><title>{text}</title></head><body>{text}</body></html>\n");
    let headers = vec![("content-type", "text/html; charset=utf-8".to_owned())];
    Reply { status, headers, body: body.into_bytes() }
}

fn refused(status: u16) -> Reply {
    match status {
        401 => message(401, "Bad credentials"),
        403 => message(403, "Resource not accessible by integration"),
        404 => message(404, "Not Found"),
        422 => message(422, "Validation Failed"),
        500.. => html(status, "Unicorn! GitHub"),
        _ => message(status, reason(status)),
    }
}

/// The answer of a request that goes wrong before it is carried out.
pub(super) fn faulty(fault: &Fault, path: &str) -> Reply {
    let is_gitlab = path.contains("/api/v4/");
    match fault {
        Fault::Refused(status) if is_gitlab => gitlab::refused(*status),
        Fault::Refused(status) => refused(*status),
        Fault::RateLimited { retry_after } if is_gitlab => {
            let mut reply = gitlab::refused(429);
            reply.headers.push(("retry-after", retry_after.to_string()));
            reply
        }
        Fault::RateLimited { retry_after } => {
            let mut reply =
                message(429, "You have exceeded a secondary rate limit. Please wait a few minutes.");
            reply.headers.push(("retry-after", retry_after.to_string()));
            reply
        }
        Fault::Secondary if is_gitlab => gitlab::busy(),
        Fault::Secondary => {
            message(403, "You have exceeded a secondary rate limit. Please wait a few minutes.")
        }
        Fault::Redirect => {
            let headers = vec![("location", "/elsewhere".to_owned())];
            Reply { status: 302, headers, body: Vec::new() }
        }
        Fault::RedirectTo(url) => {
            Reply { status: 307, headers: vec![("location", url.clone())], body: Vec::new() }
        }
        Fault::NextPageAt(url) => Reply {
            status: 200,
            headers: vec![("link", format!("<{url}>; rel=\"next\""))],
            body: b"[]".to_vec(),
        },
        _ => html(200, "Sign in to the proxy"),
    }
}

/// The answer to one request.
pub(super) fn answer(repo: &mut Repo, url: &str, request: &Request) -> Reply {
    let decoded = request.path.trim_matches('/').split('/');
    let names: Vec<String> =
        decoded.map(|name| percent_decode_str(name).decode_utf8_lossy().into_owned()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let names = names.strip_prefix(&["gitlab"]).unwrap_or(&names);
    if let Some(names) = names.strip_prefix(&["api", "v4"]) {
        return gitlab::answer(repo, url, request, names);
    }
    if let Some(file) = gitlab::shown_upload(repo, names) {
        return file;
    }
    let names = names.strip_prefix(&["api", "v3"]).unwrap_or(names);
    let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    if matches!(names, ["o", "r.git", ..]) {
        return repo.git.as_deref().map_or_else(|| refused(403), |git| git_http::answer(git, request));
    }
    if method != "GET" && !request.is_signed() {
        return message(401, "Requires authentication");
    }
    let call = Call { url, request };
    let answer = match (method, names) {
        ("POST", ["api", "graphql"] | ["graphql"]) => call.graphql(),
        ("GET", ["user"]) => Err(refused(403)),
        ("GET", ["o", "r", "blob", commit, path @ ..]) => raw(repo, commit, &path.join("/")),
        ("GET", ["repos", "o", "r"]) => Ok(reply(200, &shapes::repository("o/r"))),
        (_, ["repos", "o", "r", "git", rest @ ..]) => call.data(repo, method, rest),
        (_, ["repos", "o", "r", rest @ ..]) => call.of_repo(repo, method, rest),
        _ => Err(refused(404)),
    };
    answer.unwrap_or_else(|refusal| refusal)
}

/// A stored file, as the web pages show it.
fn raw(repo: &Repo, commit: &str, path: &str) -> Answer {
    let tree = repo.commits.get(commit).and_then(|tree| repo.trees.get(tree));
    let blob = tree.and_then(|tree| tree.get(path)).and_then(|blob| repo.blobs.get(blob));
    let body = blob.ok_or_else(|| refused(404))?.clone();
    let kind = if path.ends_with(".png") { "image/png" } else { "application/octet-stream" };
    Ok(Reply { status: 200, headers: vec![("content-type", kind.to_owned())], body })
}

/// A name for what was stored: equal content has an equal one. It need not be Git's.
fn name_of(kind: &str, content: &[u8]) -> String {
    let digest = Sha256::new().chain_update(kind).chain_update([0]).chain_update(content).finalize();
    digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

/// One request on its way.
struct Call<'a> {
    url: &'a str,
    request: &'a Request,
}

impl Call<'_> {
    fn body(&self) -> Result<Value, Reply> {
        serde_json::from_slice(&self.request.body).map_err(|_| message(400, "Problems parsing JSON"))
    }

    fn graphql(&self) -> Answer {
        let body = self.body()?;
        let query = body["query"].as_str().unwrap_or_default();
        let answer = if query.contains("viewer") {
            json!({"data": {"viewer": {"login": VIEWER}}})
        } else {
            json!({"errors": [{"type": "undefinedField", "message": "Only the viewer is known here"}]})
        };
        Ok(reply(200, &answer))
    }

    fn of_repo(&self, repo: &mut Repo, method: &str, names: &[&str]) -> Answer {
        match (method, names) {
            ("GET", ["pulls"]) => {
                let wanted = self.asked("head");
                let is_it = |pull: &Value| {
                    wanted.as_ref().is_none_or(|wanted| pull["head"]["label"] == wanted.as_str())
                };
                let all: Vec<Value> = pulls(repo).into_iter().filter(is_it).collect();
                Ok(self.page(&all))
            }
            ("GET", ["pulls", number]) => {
                let is_it = |pull: &Value| pull["number"].as_u64() == number.parse().ok();
                let found = pulls(repo).into_iter().find(is_it).ok_or_else(|| refused(404))?;
                Ok(reply(200, &found))
            }
            ("GET", ["commits", sha, "pulls"]) => {
                let pulls = if repo.head.as_deref() == Some(*sha) { pulls(repo) } else { Vec::new() };
                Ok(self.page(&pulls))
            }
            ("GET", ["compare", range]) if range.contains("...") => {
                let base = repo.merge_base.as_ref().ok_or_else(|| refused(404))?;
                Ok(reply(200, &json!({"merge_base_commit": {"sha": base}})))
            }
            ("POST", ["check-runs"]) => checks::create(repo, self.url, self.body()?),
            ("PATCH", ["check-runs", id]) => checks::update(repo, id, &self.body()?),
            ("GET", ["commits", sha, "check-runs"]) => Ok(checks::list(repo, sha)),
            (_, ["issues", "comments", id] | ["comments", id]) => {
                let id = id.parse().map_err(|_| refused(404))?;
                self.comment(repo, method, id, names[0] == "comments")
            }
            (_, ["issues", number, "comments"]) => {
                let number = number.parse().ok().filter(|number| (1..100).contains(number));
                self.thread(repo, method, Thread::Issue(number.ok_or_else(|| refused(404))?))
            }
            (_, ["commits", sha, "comments"]) => self.thread(repo, method, Thread::Commit((*sha).to_owned())),
            _ => Err(refused(404)),
        }
    }

    /// The comments of an issue or commit: list and create.
    fn thread(&self, repo: &mut Repo, method: &str, on: Thread) -> Answer {
        match method {
            "GET" => {
                let comments: Vec<Value> =
                    repo.comments_on(&on).iter().map(|comment| self.shown(comment)).collect();
                Ok(self.page(&comments))
            }
            "POST" => {
                let comment = repo.comment(VIEWER, &self.comment_body()?, on);
                Ok(reply(201, &self.shown(&comment)))
            }
            _ => Err(refused(404)),
        }
    }

    /// One comment: show, update and delete.
    fn comment(&self, repo: &mut Repo, method: &str, id: u64, on_commit: bool) -> Answer {
        let fits =
            |comment: &CommentState| comment.id == id && matches!(comment.on, Thread::Commit(_)) == on_commit;
        let at = repo.comments.iter().position(fits).ok_or_else(|| refused(404))?;
        match method {
            "GET" => {}
            "PATCH" => repo.comments[at].body = self.comment_body()?,
            "DELETE" => {
                repo.comments.remove(at);
                return Ok(Reply { status: 204, headers: Vec::new(), body: Vec::new() });
            }
            _ => return Err(refused(404)),
        }
        Ok(reply(200, &self.shown(&repo.comments[at])))
    }

    fn comment_body(&self) -> Result<String, Reply> {
        let body = self.body()?;
        let body = body["body"].as_str().unwrap_or_default();
        if body.trim().is_empty() {
            return Err(invalid(
                &json!({"resource": "IssueComment", "code": "missing_field", "field": "body"}),
            ));
        }
        if body.chars().count() > LONGEST_COMMENT {
            return Err(invalid(&json!({"message": "body is too long (maximum is 65536 characters)"})));
        }
        Ok(body.to_owned())
    }

    fn shown(&self, comment: &CommentState) -> Value {
        let (id, login) = (comment.id, &comment.author);
        let api = format!("{}/api/v3/repos/o/r", self.url);
        let (url, page) = match &comment.on {
            Thread::Issue(number) => {
                let folder = if *number == CHANGE { "pull" } else { "issues" };
                (format!("{api}/issues/comments/{id}"), format!("{folder}/{number}#issuecomment-{id}"))
            }
            Thread::Commit(sha) => {
                (format!("{api}/comments/{id}"), format!("commit/{sha}#commitcomment-{id}"))
            }
        };
        let html_url = format!("{}/o/r/{page}", self.url);
        let user = shapes::user(login);
        let known = json!({"id": id, "url": url, "html_url": html_url, "body": comment.body, "user": user});
        let sha = if let Thread::Commit(sha) = &comment.on { Some(sha.as_str()) } else { None };
        shapes::comment(known, sha)
    }

    /// A parameter of the query.
    fn asked(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.request.query.as_bytes()).into_owned();
        pairs.find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The page of the list that was asked for, with GitHub's `Link` header.
    fn page(&self, all: &[Value]) -> Reply {
        let number = |name: &str| self.asked(name)?.parse().ok().filter(|number: &usize| *number > 0);
        let (size, page) = (number("per_page").unwrap_or(30).min(100), number("page").unwrap_or(1));
        let last = all.len().div_ceil(size).max(1);
        let shown: Vec<&Value> = all.iter().skip((page - 1).saturating_mul(size)).take(size).collect();
        let mut reply = reply(200, &json!(shown));
        let mut links = Vec::new();
        let mut link = |rel: &str, page: usize| {
            let address = format!("{}{}?per_page={size}&page={page}", self.url, self.request.path);
            links.push(format!("<{address}>; rel=\"{rel}\""));
        };
        if page > 1 {
            link("prev", (page - 1).min(last));
        }
        if page < last {
            link("next", page + 1);
            link("last", last);
        }
        if page > 1 {
            link("first", 1);
        }
        if !links.is_empty() {
            reply.headers.push(("link", links.join(", ")));
        }
        reply
    }

    /// The Git data API: what is stored is found again, under names of our own.
    fn data(&self, repo: &mut Repo, method: &str, names: &[&str]) -> Answer {
        match (method, names) {
            ("GET", ["ref", rest @ ..]) => {
                let name = format!("refs/{}", rest.join("/"));
                let branch = rest.strip_prefix(&["heads"]).map(|rest| rest.join("/"));
                let tip = branch.and_then(|branch| repo.branches.get(&branch));
                let commit = tip.or_else(|| repo.refs.get(&name)).ok_or_else(|| refused(404))?;
                Ok(reply(200, &shown_ref(&name, commit)))
            }
            ("POST", ["blobs"]) => {
                let blob = store_blob(repo, &self.body()?)?;
                Ok(self.stored("blobs", &blob))
            }
            ("POST", ["trees"]) => {
                let tree = store_tree(repo, &self.body()?)?;
                Ok(self.stored("trees", &tree))
            }
            ("POST", ["commits"]) => {
                let commit = store_commit(repo, &self.body()?)?;
                Ok(self.stored("commits", &commit))
            }
            ("GET", ["matching-refs", rest @ ..]) => {
                let start = format!("refs/{}", rest.join("/"));
                let matching = repo.refs.iter().filter(|(name, _)| name.starts_with(&start));
                let shown: Vec<Value> = matching.map(|(name, commit)| shown_ref(name, commit)).collect();
                Ok(self.page(&shown))
            }
            ("DELETE", ["refs", rest @ ..]) => {
                let name = format!("refs/{}", rest.join("/"));
                repo.refs.remove(&name).ok_or_else(|| message(422, "Reference does not exist"))?;
                Ok(Reply { status: 204, headers: Vec::new(), body: Vec::new() })
            }
            ("POST", ["refs"]) => create_ref(repo, &self.body()?),
            ("GET", names) => of_git(repo.git.as_deref().ok_or_else(|| refused(404))?, names),
            _ => Err(refused(404)),
        }
    }

    fn stored(&self, kind: &str, sha: &str) -> Reply {
        let url = format!("{}/api/v3/repos/o/r/git/{kind}/{sha}", self.url);
        reply(201, &shapes::stored(kind, sha, &url))
    }
}

#[cfg(test)]
#[path = "routes_tests.rs"]
mod tests;
