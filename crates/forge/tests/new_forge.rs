//! A forge that nobody knows, added as any other would be: a file of facts, a client, a row. Nothing else is touched, and
//! it gets its comments and its own Markdown, and no fact of another forge.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cml_base::flavor::{Apis, Flavor, JobPlace, Limits};
use cml_base::ident::{ChangeNumber, RepoUrl, Sha};
use cml_base::notice::Notice;
use cml_forge::deliver::{Delivery, Mark, Mode, Outcome, Post, deliver, fit, room};
use cml_forge::{
    Branches, Change, Checks, Comment, Connection, Driver, Files, Forge, Labels, Refs, Target, Threads,
    Uploads, connect,
};
use cml_host::deadline::Deadline;
use cml_http::{HttpError, Transport};
use cml_render::{Detail, Images, inert, markdown_in};
use cml_report::{Base, Report, Side};

/// Its facts.
static NOTEPAD: Flavor = Flavor {
    id: "notepad",
    name: "Notepad",
    change_request: "patch",
    change_sign: '~',
    commit_folder: "c",
    note_opening: "> Look here:\n>\n",
    dark_pictures: false,
    quick_actions: true,
    whole_is_in: JobPlace::Log,
    comment: Limits { bytes: 700, chars: 600 },
    check: None,
    permissions: None,
    sign_in: "set NOTEPAD_TOKEN",
    tokens: &["NOTEPAD_TOKEN"],
    token_starts: &["np_"],
    server: "https://notepad.example",
    is_at: |host| host == "notepad.example",
    apis: |server| Apis { rest: format!("{server}/rest"), graphql: format!("{server}/graphql") },
    is_below_paths: false,
};

/// Its row.
static DRIVERS: [Driver; 1] = [Driver { flavor: &NOTEPAD, connect: open, locate: None }];

/// Its client: a page that it writes its comments on. It has no ability beyond that.
#[derive(Default)]
struct Notepad(Mutex<Vec<Comment>>);

fn open(_: Connection, _: &Transport) -> Result<Box<dyn Forge>, HttpError> {
    Ok(Box::new(Notepad::default()))
}

#[async_trait]
impl Forge for Notepad {
    fn flavor(&self) -> &'static Flavor {
        &NOTEPAD
    }

    fn until(&self, _: Deadline) {}

    async fn viewer(&self) -> Result<Option<String>, HttpError> {
        Ok(Some("me".to_owned()))
    }

    async fn changes_with(&self, _: &Sha) -> Result<Vec<Change>, HttpError> {
        Ok(Vec::new())
    }

    async fn change(&self, _: ChangeNumber) -> Result<Option<Change>, HttpError> {
        Ok(None)
    }

    async fn head_of(&self, _: ChangeNumber) -> Result<Option<Sha>, HttpError> {
        Ok(None)
    }

    async fn is_open(&self, _: ChangeNumber) -> Result<bool, HttpError> {
        Ok(true)
    }

    async fn merge_base(&self, _: &Sha, _: &Sha) -> Result<Option<Sha>, HttpError> {
        Ok(None)
    }

    async fn comments(&self, _: &Target) -> Result<Vec<Comment>, HttpError> {
        Ok(self.0.lock().unwrap().clone())
    }

    async fn create_comment(&self, _: &Target, body: &str) -> Result<Comment, HttpError> {
        let mut page = self.0.lock().unwrap();
        let id = page.len() as u64 + 1;
        let author = Some("me".to_owned());
        let comment =
            Comment { id, body: body.to_owned(), author, url: format!("https://notepad.example/{id}") };
        page.push(comment.clone());
        Ok(comment)
    }

    async fn update_comment(&self, _: &Target, id: u64, body: &str) -> Result<Comment, HttpError> {
        let mut page = self.0.lock().unwrap();
        let comment = page.iter_mut().find(|comment| comment.id == id).unwrap();
        body.clone_into(&mut comment.body);
        Ok(comment.clone())
    }

    async fn delete_comment(&self, _: &Target, id: u64) -> Result<(), HttpError> {
        self.0.lock().unwrap().retain(|comment| comment.id != id);
        Ok(())
    }

    fn branches(&self) -> Option<&dyn Branches> {
        None
    }

    fn checks(&self) -> Option<&dyn Checks> {
        None
    }

    fn files(&self) -> Option<&dyn Files> {
        None
    }

    fn labels(&self) -> Option<&dyn Labels> {
        None
    }

    fn refs(&self) -> Option<&dyn Refs> {
        None
    }

    fn threads(&self) -> Option<&dyn Threads> {
        None
    }

    fn uploads(&self) -> Option<&dyn Uploads> {
        None
    }
}

fn repo() -> RepoUrl {
    RepoUrl::new(NOTEPAD.server, "o/r").unwrap()
}

fn report(notice: &str) -> Report {
    Report {
        name: None,
        base: Base::None { why: None },
        head: Side { label: "topic".to_owned(), commit: "4".repeat(40).parse().ok(), on_disk: false },
        own_progress_only: false,
        base_age: None,
        repo: Some(repo()),
        metrics: Vec::new(),
        params: Vec::new(),
        plots: Vec::new(),
        notices: vec![Notice::new(notice)],
        near_misses: Vec::new(),
        unread: Vec::new(),
        kept_at: None,
    }
}

/// The text of a report as this forge takes it.
fn body(forge: &dyn Forge, notice: &str, mark: &Mark) -> String {
    let flavor = forge.flavor();
    let details = [Detail::Full, Detail::Brief];
    fit(room(flavor.comment, mark), |level| {
        let detail = details.get(level).copied()?;
        Some(markdown_in(flavor, &report(notice), &Images::default(), detail, Some("https://ci/log")))
    })
}

#[tokio::test]
async fn a_new_forge_gets_its_comment_in_its_own_markdown() {
    let connection = Connection {
        flavor: &NOTEPAD,
        repo: repo(),
        api_url: (NOTEPAD.apis)(NOTEPAD.server).rest,
        graphql_url: String::new(),
        token: None,
    };
    let transport = Transport::on_loopback(None, Arc::new(|_| ())).unwrap();
    let forge = connect(&DRIVERS, connection, &transport).unwrap();
    let (on, mark) = (Target::Change(ChangeNumber(3)), Mark::of_key("k"));
    let deliver = async |body: &str| {
        let post = Post {
            on: Some(&on),
            mark: &mark,
            body,
            named: None,
            mode: Mode::Update,
            adopt_title: None,
            foreign: false,
            thread: None,
        };
        match deliver(forge.as_ref(), &post).await {
            Delivery::Posted(delivered, None) => delivered.outcome,
            other => panic!("{other:?}"),
        }
    };
    let first = body(forge.as_ref(), "look", &mark);
    assert!(first.contains("> Look here:\n>\n> look"), "{first}");
    assert!(first.contains(&format!("https://notepad.example/o/r/c/{}", "4".repeat(40))), "{first}");
    assert!(matches!(deliver(&first).await, Outcome::Created(_)));
    // Twice the same says nothing new, and another text takes the same comment.
    assert!(matches!(deliver(&first).await, Outcome::Unchanged(_)));
    let long = body(forge.as_ref(), &"word ".repeat(200), &mark);
    assert!(long.contains("[all of it](https://ci/log) is in the job's log"), "{long}");
    assert!(matches!(deliver(&long).await, Outcome::Updated(_)));
    let comments = forge.comments(&on).await.unwrap();
    let [comment] = &comments[..] else { panic!("{comments:?}") };
    assert!(
        comment.body.starts_with(&long) && comment.body.len() <= NOTEPAD.comment.bytes,
        "{}",
        comment.body
    );
}

#[tokio::test]
async fn a_forge_without_a_row_is_an_error_and_lines_are_carried_out_only_where_they_would_be() {
    let connection = Connection {
        flavor: &NOTEPAD,
        repo: repo(),
        api_url: "https://notepad.example/rest".to_owned(),
        graphql_url: String::new(),
        token: None,
    };
    let transport = Transport::on_loopback(None, Arc::new(|_| ())).unwrap();
    let error = connect(&cml_forge::DRIVERS, connection, &transport).err().unwrap().to_string();
    assert_eq!(
        error,
        "connect to https://notepad.example/rest: could not be sent: cml cannot speak to Notepad"
    );
    assert_eq!(inert(&NOTEPAD, "/close\n"), (" /close\n".into(), 1));
}
