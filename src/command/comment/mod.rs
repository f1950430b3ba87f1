//! `cml comment`: the report, or a user's Markdown, as one comment that is kept up to date.

mod dry_run;
mod job;
mod post;
mod verdict;
mod watch;

use crate::cli::{CommentArgs, Global};
use crate::error::Error;
use crate::session::Console;
use cml_base::notice::Notice;
use cml_host::environment::Env;

use job::Job;
use watch::watch;

pub(crate) async fn run(
    args: &CommentArgs,
    global: &Global,
    env: &Env,
    console: &Console,
) -> Result<u8, Error> {
    if args.older.rm_watermark {
        let text = "--rm-watermark is not followed: without its mark the next run would not find the comment";
        console.notices(&[Notice::new(text)]);
    }
    let job = match Job::open(args, global, env, console).await? {
        Ok(job) => job,
        Err(why) => {
            console.info(&format!("{why}: there is nothing to do"));
            return Ok(0);
        }
    };
    match (&job.forge, args.watch.watch) {
        (Some(_), true) => watch(job, &args.watch, console).await,
        _ => {
            let content = job.content(console).await?;
            job.deliver(content, console).await.map(|_| 0)
        }
    }
}
