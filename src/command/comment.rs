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

use job::{Job, Opened};
use watch::watch;

pub(crate) async fn run(args: &CommentArgs, global: &Global, env: &Env) -> Result<u8, Error> {
    let console = Console::new(global.log);
    if args.older.rm_watermark {
        let text = "--rm-watermark is not followed: without its mark the next run would not find the comment";
        console.notices(&[Notice::new(text)]);
    }
    let job = match Job::open(args, global, env).await? {
        Opened::Job(job) => *job,
        Opened::Nothing { why } => {
            console.info(&format!("{why}: there is nothing to do"));
            return Ok(0);
        }
    };
    if args.watch.watch && job.session.forge()?.is_some() {
        return watch(job, &args.watch).await;
    }
    let content = job.content().await?;
    job.deliver(content).await.map(|_| 0)
}
