//! Who answers what on GitLab: the REST routes below `/api/v4`, for the project `grp/sub/proj` and its merge request 7.
//!
//! In: one request and the repository. Out: one answer. The instance also answers below `/gitlab`, as a self-managed
//! one with a path of its own. What a token may do is in its name: one that begins with `job` is a job's and may not
//! write notes, `read` has the scope `read_api` only, `expired` is over.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::super::{BOT, CHANGE, CommentState, Reply, Repo, Request, Thread};
use super::git_data::of_git_on_gitlab;
use super::shapes::DATE;
use super::{Answer, name_of, reply};

#[path = "statuses.rs"]
mod statuses;

const LONGEST_NOTE: usize = 1_000_000;
const PROJECT: &str = "grp/sub/proj";
const DEFAULT_PAGE: usize = 20;

/// GitLab's shape of a refusal.
pub(super) fn message(status: u16, message: &str) -> Reply {
    reply(status, &json!({"message": message}))
}

/// The words of a refusal.
pub(super) fn refused(status: u16) -> Reply {
    match status {
        401 => message(401, "401 Unauthorized"),
        403 => message(403, "403 Forbidden"),
        404 => message(404, "404 Not Found"),
        422 => message(422, "422 Unprocessable Entity"),
        429 => message(429, "Too Many Requests: this endpoint has been requested too many times"),
        _ => message(status, "500 Internal Server Error"),
    }
}

/// The words of the guard before the application, which names no time.
pub(super) fn busy() -> Reply {
    let headers = vec![("content-type", "text/plain".to_owned())];
    Reply { status: 429, headers, body: b"Retry later\n".to_vec() }
}

/// The answer to one request below `/api/v4`.
pub(super) fn answer(repo: &mut Repo, url: &str, request: &Request, names: &[&str]) -> Reply {
    let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    let call = Call { url, request };
    let answer = match permitted(request.token(), method, names) {
        Err(refusal) => Err(refusal),
        Ok(()) => match (method, names) {
            ("GET", ["version"]) => Ok(reply(200, &json!({"version": "19.5.0", "revision": "abc"}))),
            ("GET", ["user"]) => Ok(reply(200, &json!({"id": 5, "username": BOT, "bot": true}))),
            ("GET", ["projects", project]) if is_ours(project) => Ok(reply(200, &shown_project(url))),
            (_, ["projects", project, rest @ ..]) if is_ours(project) => call.of_project(repo, method, rest),
            _ => Err(message(404, "404 Project Not Found")),
        },
    };
    let mut answer = answer.unwrap_or_else(|refusal| refusal);
    answer.headers.push(("x-gitlab-meta", "{\"correlation_id\":\"0\",\"version\":\"1\"}".to_owned()));
    answer
}

fn is_ours(project: &str) -> bool {
    matches!(project, PROJECT | "1")
}

fn permitted(token: &str, method: &str, names: &[&str]) -> Result<(), Reply> {
    let kind = token.split(['-', '_']).next().unwrap_or_default();
    match kind {
        "" => Err(refused(401)),
        "expired" => Err(reply(
            401,
            &json!({"error": "invalid_token", "error_description": "Token is expired. You can either do re-authorization or token refresh."}),
        )),
        "read" if method != "GET" => Err(reply(
            403,
            &json!({"error": "insufficient_scope", "scope": "api",
                "error_description": "The request requires higher privileges than provided by the access token."}),
        )),
        "job" if names.contains(&"user") || names.contains(&"notes") || method != "GET" => Err(refused(401)),
        _ => Ok(()),
    }
}

fn shown_project(url: &str) -> Value {
    json!({"id": 1, "path_with_namespace": PROJECT, "default_branch": "main", "web_url": format!("{url}/{PROJECT}")})
}

/// One request on its way.
struct Call<'a> {
    url: &'a str,
    request: &'a Request,
}

impl Call<'_> {
    fn of_project(&self, repo: &mut Repo, method: &str, names: &[&str]) -> Answer {
        match (method, names) {
            ("GET", ["merge_requests", number]) => {
                let is_it = |change: &Value| change["iid"].as_u64() == number.parse().ok();
                let found = merge_requests(repo).into_iter().find(is_it).ok_or_else(|| refused(404))?;
                Ok(reply(200, &found))
            }
            ("PUT", ["merge_requests", number]) if number.parse() == Ok(CHANGE) => {
                let listed = |field: &str| self.given(field).unwrap_or_default();
                let (more, less) = (listed("add_labels"), listed("remove_labels"));
                repo.labels.extend(more.split(',').map(str::to_owned));
                repo.labels.retain(|label| !label.is_empty() && less.split(',').all(|other| other != label));
                Ok(reply(200, &merge_request(repo)))
            }
            ("GET", ["repository", "commits", sha, "merge_requests"]) => {
                let is_head = repo.head.as_deref() == Some(*sha);
                Ok(self.page(repo, if is_head { merge_requests(repo) } else { Vec::new() }))
            }
            ("GET", ["repository", "merge_base"]) => {
                let base = repo.merge_base.as_ref().ok_or_else(|| refused(404))?;
                Ok(reply(200, &json!({"id": base})))
            }
            ("GET", ["repository", "branches", name]) => {
                let tip = repo.branches.get(*name).ok_or_else(|| refused(404))?;
                Ok(reply(200, &json!({"name": name, "commit": {"id": tip}})))
            }
            ("POST", ["uploads"]) => self.upload(repo),
            ("POST", ["statuses", sha]) => self.create_status(repo, sha),
            ("GET", ["repository", "commits", sha, "statuses"]) => self.statuses(repo, sha),
            (_, [kind @ ("merge_requests" | "issues"), number, "notes", rest @ ..]) => {
                let is_change = number.parse() == Ok(CHANGE);
                let known = is_change || *kind == "issues" && number.parse::<u64>().is_ok();
                let number = number.parse().ok().filter(|_| known).ok_or_else(|| refused(404))?;
                self.notes(repo, method, &Thread::Issue(number), rest)
            }
            (_, ["repository", "commits", sha, "discussions", rest @ ..]) => {
                self.discussions(repo, method, &Thread::Commit((*sha).to_owned()), rest)
            }
            (_, ["merge_requests" | "issues", number, "discussions", rest @ ..]) => {
                let number = number.parse().map_err(|_| refused(404))?;
                self.discussions(repo, method, &Thread::Issue(number), rest)
            }
            ("GET", ["repository", rest @ ..]) => {
                let git = repo.git.as_deref().ok_or_else(|| refused(404))?;
                let answer = of_git_on_gitlab(git, rest, &self.asked("ref").unwrap_or_default())?;
                match rest {
                    ["tree"] => Ok(self.page(repo, serde_json::from_slice(&answer.body).unwrap_or_default())),
                    _ => Ok(answer),
                }
            }
            _ => Err(refused(404)),
        }
    }

    fn notes(&self, repo: &mut Repo, method: &str, on: &Thread, names: &[&str]) -> Answer {
        match (method, names) {
            ("GET", []) => {
                let mut notes: Vec<Value> = repo.comments_on(on).iter().map(note).collect();
                // Newest first, if nothing else is asked for.
                if self.asked("sort").as_deref() != Some("asc") {
                    notes.reverse();
                }
                Ok(self.page(repo, notes))
            }
            ("POST", []) => {
                let made = repo.comment(BOT, &self.text()?, on.clone());
                Ok(reply(201, &note(&made)))
            }
            (_, [id]) => {
                let id: u64 = id.parse().map_err(|_| refused(404))?;
                let at = repo.comments.iter().position(|comment| comment.id == id && comment.on == *on);
                let at = at.ok_or_else(|| message(404, "404 Note Not Found"))?;
                match method {
                    "PUT" => repo.comments[at].body = self.text()?,
                    "DELETE" => {
                        repo.comments.remove(at);
                        return Ok(Reply { status: 204, headers: Vec::new(), body: Vec::new() });
                    }
                    "GET" => {}
                    _ => return Err(refused(404)),
                }
                Ok(reply(200, &note(&repo.comments[at])))
            }
            _ => Err(refused(404)),
        }
    }

    /// Comments, each the only note of its discussion; those of commits cannot be resolved.
    fn discussions(&self, repo: &mut Repo, method: &str, on: &Thread, names: &[&str]) -> Answer {
        let named = |id: u64| name_of("discussion", id.to_string().as_bytes());
        let shown = |comment: &CommentState| json!({"id": named(comment.id), "individual_note": comment.resolved.is_none(), "notes": [note(comment)]});
        match (method, names) {
            ("GET", []) => {
                let all = repo.comments_on(on).iter().map(shown).collect();
                Ok(self.page(repo, all))
            }
            ("POST", []) => {
                let mut made = repo.comment(BOT, &self.text()?, on.clone());
                if matches!(on, Thread::Issue(_)) {
                    made.resolved = Some(false);
                    repo.comments.pop();
                    repo.comments.push(made.clone());
                }
                Ok(reply(201, &shown(&made)))
            }
            ("PUT", [discussion]) => {
                let wanted = self.asked("resolved").or_else(|| self.given("resolved"));
                let resolved = wanted.and_then(|text| text.parse().ok()).ok_or_else(|| refused(400))?;
                let found = repo.comments.iter_mut().find(|comment| named(comment.id) == *discussion);
                let comment =
                    found.filter(|comment| comment.resolved.is_some()).ok_or_else(|| refused(404))?;
                comment.resolved = Some(resolved);
                Ok(reply(200, &shown(comment)))
            }
            (_, [discussion, "notes", id]) if id.parse().is_ok_and(|id| named(id) == *discussion) => {
                self.notes(repo, method, on, &[id])
            }
            _ => Err(refused(404)),
        }
    }

    /// A field of the request, of a form or of JSON.
    fn given(&self, field: &str) -> Option<String> {
        match serde_json::from_slice::<Value>(&self.request.body) {
            Ok(json) => match &json[field] {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            },
            Err(_) => url::form_urlencoded::parse(&self.request.body)
                .find(|(name, _)| name == field)
                .map(|(_, text)| text.into_owned()),
        }
    }

    /// The note's text.
    fn text(&self) -> Result<String, Reply> {
        let body = self.given("body").ok_or_else(|| reply(400, &json!({"error": "body is missing"})))?;
        if body.trim().is_empty() {
            return Err(reply(400, &json!({"message": {"note": ["can't be blank"]}})));
        }
        if body.chars().count() > LONGEST_NOTE {
            let why = "is too long (maximum is 1000000 characters)";
            return Err(reply(400, &json!({"message": {"note": [why]}})));
        }
        Ok(body)
    }

    /// One file of a form: the part `file`.
    fn upload(&self, repo: &mut Repo) -> Answer {
        let missing = || reply(400, &json!({"error": "file is missing"}));
        let (name, bytes) = file_of(&self.request.body).ok_or_else(missing)?;
        repo.made += 1;
        // Each upload has an address of its own, equal files too.
        let secret = name_of("upload", repo.made.to_string().as_bytes())[..32].to_owned();
        let address = format!("/uploads/{secret}/{name}");
        repo.uploads.insert(address.clone(), bytes);
        let markdown = format!("![{name}]({address})");
        let full = format!("/-/project/1{address}");
        Ok(reply(
            201,
            &json!({"id": repo.made, "alt": name, "url": address, "full_path": full, "markdown": markdown}),
        ))
    }

    fn asked(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.request.query.as_bytes());
        pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// The page that was asked for, by number or, where the list is told to, by a cursor.
    fn page(&self, repo: &Repo, all: Vec<Value>) -> Reply {
        let number = |name: &str| self.asked(name)?.parse().ok().filter(|number: &usize| *number > 0);
        let size = number("per_page").unwrap_or(DEFAULT_PAGE).min(100);
        let page = number("page").unwrap_or(1);
        let start = number("cursor").unwrap_or((page - 1).saturating_mul(size));
        let shown: Vec<&Value> = all.iter().skip(start).take(size).collect();
        let mut reply = reply(200, &json!(shown));
        if start + size < all.len() {
            let next = match repo.keyset {
                true => format!("cursor={}&pagination=keyset", start + size),
                false => format!("page={}", page + 1),
            };
            let sort = self.asked("sort").map(|sort| format!("&sort={sort}")).unwrap_or_default();
            let address = format!("{}{}?per_page={size}{sort}&{next}", self.url, self.request.path);
            reply.headers.push(("link", format!("<{address}>; rel=\"next\"")));
        }
        reply
    }
}

/// All merge requests; those of forks come from another project.
fn merge_requests(repo: &Repo) -> Vec<Value> {
    let other = |(number, head_repo, base): &(u64, String, String)| {
        let mut change = merge_request(repo);
        change["iid"] = (*number).into();
        change["source_project_id"] = if head_repo == PROJECT { 1 } else { 2 }.into();
        change["target_branch"] = base.as_str().into();
        change
    };
    std::iter::once(merge_request(repo)).chain(repo.others.iter().map(other)).collect()
}

fn merge_request(repo: &Repo) -> Value {
    let sha = repo.head.as_deref().unwrap_or_default();
    json!({"id": 1007, "iid": CHANGE, "state": "opened", "sha": sha, "source_branch": "feature",
        "target_branch": "main", "source_project_id": 1, "target_project_id": 1, "labels": repo.labels})
}

fn note(comment: &CommentState) -> Value {
    json!({"id": comment.id, "body": comment.body, "author": {"id": 5, "username": comment.author},
        "created_at": DATE, "updated_at": DATE, "system": false, "noteable_type": "MergeRequest",
        "resolvable": comment.resolved.is_some(), "resolved": comment.resolved.unwrap_or(false)})
}

/// The name and the bytes of a form's file; the boundary is the first line.
fn file_of(body: &[u8]) -> Option<(String, Vec<u8>)> {
    let find = |part: &[u8], from: usize| {
        body.get(from..)?.windows(part.len()).position(|window| window == part).map(|at| at + from)
    };
    let boundary = &body[..find(b"\r\n", 0)?];
    let head_end = find(b"\r\n\r\n", 0)?;
    let head = std::str::from_utf8(&body[boundary.len()..head_end]).ok()?;
    let name = head.split("filename=\"").nth(1)?.split('"').next()?;
    let bytes = body.get(head_end + 4..find(boundary, head_end)?.checked_sub(2)?)?;
    let name = percent_decode_str(name).decode_utf8().ok()?;
    head.contains("name=\"file\"").then(|| (name.into_owned(), bytes.to_vec()))
}

/// Where the files of a project are shown.
pub(super) fn shown_upload(repo: &Repo, names: &[&str]) -> Option<Reply> {
    let address =
        names.iter().position(|name| *name == "uploads").map(|at| format!("/{}", names[at..].join("/")))?;
    let body = repo.uploads.get(&address)?.clone();
    Some(Reply { status: 200, headers: vec![("content-type", "image/png".to_owned())], body })
}

/// The uploads by file name.
pub(crate) fn by_name(uploads: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let named =
        uploads.iter().filter_map(|(path, bytes)| Some((path.rsplit_once('/')?.1.to_owned(), bytes.clone())));
    named.collect()
}
