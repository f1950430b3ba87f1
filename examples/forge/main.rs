//! The loopback GitHub and GitLab of the tests, to try `cml` by hand.
//!
//! `cargo run --example forge -- --port 8080 --head SHA --foreign 130 --refuse 403:/git --fault html:/issues`
//! In: the command line, then commands on standard input. Out: what the forge was asked and holds.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, BufRead as _, Write as _};
use std::process::ExitCode;

mod state;

use state::{CommentState, Fault, Running, Thread, VIEWER};

const HELP: &str = "\
options:  --port N  --head SHA  --head-repo OWNER/NAME  --another NUMBER,HEAD_REPO,BASE_BRANCH  --merge-base SHA  --foreign COUNT
          --pipeline-ref REF  --main SHA
          --git BARE_REPOSITORY  --refuse STATUS:PATH_PART
          --fault [COUNT*]KIND:PATH_PART   html, truncated, nothing, lost, rate=SECONDS,
                                           secondary, redirect, redirect=HOST:PORT/PATH, next=HOST:PORT/PATH,
                                           slow=MILLISECONDS, refused=STATUS
commands: comments | commit SHA | add BODY | checks | statuses | labels | resolve ID | files | refs | uploads | log | signed | close | recover | keyset | quit
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            writeln!(io::stderr(), "forge: {error}\n{HELP}").ok();
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let options = options(arguments)?;
    let port = options.iter().find(|(name, _)| *name == "port");
    let forge = match port {
        Some((_, port)) => state::start_on(port.parse()?)?,
        None => state::start(),
    };
    for (name, value) in options {
        set(&forge, name, value).map_err(|error| format!("--{name} {value}: {error}"))?;
    }
    let mut out = io::stdout();
    writeln!(
        out,
        "{}  (GitHub: /api/v3 and /api/graphql, repository o/r, pull request 7; GitLab: /api/v4, project grp/sub/proj, merge request 7)",
        forge.url()
    )?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (command, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        if command == "quit" {
            return Ok(());
        }
        out.write_all(obey(&forge, command, rest).as_bytes())?;
    }
    // Without a keyboard it serves until it is killed.
    loop {
        std::thread::park();
    }
}

fn options(arguments: &[String]) -> Result<Vec<(&str, &str)>, String> {
    let pairs = arguments.chunks(2).map(|two| match two {
        [name, value] if name.starts_with("--") => Ok((&name[2..], value.as_str())),
        _ => Err(format!("not an option and its value: {}", two.join(" "))),
    });
    pairs.collect()
}

fn set(forge: &Running, name: &str, value: &str) -> Result<(), Box<dyn Error>> {
    match name {
        "port" => {}
        "head" => forge.set_head(value),
        "head-repo" => forge.set_head_repo(value),
        "another" => {
            let mut parts = value.split(',');
            let mut part = || parts.next().ok_or("NUMBER,HEAD_REPO,BASE_BRANCH");
            forge.open_another(part()?.parse()?, part()?, part()?);
        }
        "merge-base" => forge.set_merge_base(value),
        "main" => forge.set_branch("main", value),
        "pipeline-ref" => forge.set_pipeline_ref(value),
        "git" => forge.serve_git(std::path::Path::new(value)),
        "foreign" => forge.add_foreign(value.parse()?),
        "refuse" => {
            let (status, part) = value.split_once(':').unwrap_or((value, ""));
            forge.refuse(part, status.parse()?);
        }
        "fault" => {
            let (fault, part) = value.rsplit_once(':').unwrap_or((value, ""));
            forge.fault(part, parse_fault(fault)?);
        }
        _ => return Err("unknown option".into()),
    }
    Ok(())
}

fn parse_fault(text: &str) -> Result<Fault, Box<dyn Error>> {
    if let Some((count, fault)) = text.split_once('*') {
        return Ok(Fault::Times(count.parse()?, Box::new(parse_fault(fault)?)));
    }
    let (kind, number) = text.split_once('=').unwrap_or((text, ""));
    Ok(match kind {
        "html" => Fault::Html,
        "truncated" => Fault::Truncated,
        "nothing" => Fault::Nothing,
        "lost" => Fault::LostAfterWrite,
        "secondary" => Fault::Secondary,
        "redirect" if number.is_empty() => Fault::Redirect,
        "redirect" => Fault::RedirectTo(format!("http://{number}")),
        "next" => Fault::NextPageAt(format!("http://{number}")),
        "slow" => Fault::Slow(number.parse()?),
        "rate" => Fault::RateLimited { retry_after: number.parse()? },
        "refused" => Fault::Refused(number.parse()?),
        _ => return Err("unknown fault".into()),
    })
}

fn obey(forge: &Running, command: &str, rest: &str) -> String {
    match command {
        "comments" => comments(&forge.comments()),
        "commit" => comments(&forge.comments_on(&Thread::Commit(rest.to_owned()))),
        "add" => {
            forge.add(VIEWER, rest);
            comments(&forge.comments())
        }
        "resolve" => {
            forge.resolve(rest.parse().unwrap_or_default(), true);
            comments(&forge.comments())
        }
        "recover" => {
            forge.recover();
            "nothing goes wrong any more\n".to_owned()
        }
        "close" => {
            forge.close();
            String::new()
        }
        "keyset" => {
            forge.page_by_keyset();
            String::new()
        }
        "files" => sizes(&forge.files()),
        "uploads" => sizes(&forge.uploads()),
        "labels" => lines(&forge.labels()),
        "statuses" => lines(&forge.statuses()),
        "checks" => lines(&forge.checks()),
        "refs" => lines(&forge.refs()),
        "signed" => lines(&forge.signed()),
        "log" => lines(&forge.log()),
        _ => HELP.to_owned(),
    }
}

fn lines(things: &[impl Display]) -> String {
    things.iter().map(|thing| format!("{thing}\n")).collect()
}

fn sizes(files: &BTreeMap<String, Vec<u8>>) -> String {
    files.iter().map(|(path, bytes)| format!("{path}\t{} bytes\n", bytes.len())).collect()
}

fn comments(comments: &[CommentState]) -> String {
    let shown = comments.iter().map(|comment| {
        let (id, author, body) = (comment.id, &comment.author, &comment.body);
        let resolved = comment.resolved.map(|resolved| format!(", resolved: {resolved}")).unwrap_or_default();
        format!("--- {id} by {author} on {:?}{resolved}\n{body}\n", comment.on)
    });
    shown.collect()
}
