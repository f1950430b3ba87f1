//! The declarations of the command line, and nothing else.

mod asset;
mod dvc;

use cml_base::flavor::{self, Flavor};
use std::path::PathBuf;

pub use asset::{AssetCommand, AssetPruneArgs, AssetPublishArgs, StoreArgs};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use dvc::*;

/// Tell in CI whether a change made the model better.
#[derive(Debug, Parser)]
#[command(name = "cml", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The repository, as an address or OWNER/NAME [default: what the CI says, else the remote `origin`]
    #[arg(long, global = true, value_name = "REPO")]
    pub repo: Option<String>,
    /// The token to post with, for the repository's server [default: CML_TOKEN, REPO_TOKEN; then GITHUB_TOKEN, GH_TOKEN or GITLAB_TOKEN, which go to the CI's own server, at home to that of the forge; GH_ENTERPRISE_TOKEN for one's own GitHub]
    #[arg(long, global = true, value_name = "TOKEN", hide_default_value = true)]
    pub token: Option<String>,
    /// The forge, where the host's name does not tell it
    #[arg(long, global = true, value_name = "FORGE", value_parser = forge())]
    pub driver: Option<&'static Flavor>,
    /// How much is said on standard error
    #[arg(long, global = true, value_name = "LEVEL", default_value = "info")]
    pub log: Log,
}

/// Every forge by its name.
fn forge() -> impl TypedValueParser<Value = &'static Flavor> {
    let names = PossibleValuesParser::new(flavor::ids());
    names.try_map(|name| flavor::of(&name).ok_or("there is no such forge"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Log {
    Error,
    #[value(alias = "warning")]
    Warn,
    Info,
    Debug,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compare with the base and print the report
    Report(ReportArgs),
    /// Post the report, or a Markdown FILE, as a comment on the change request
    #[command(alias = "send-comment")]
    Comment(CommentArgs),
    /// Say the same as a check beside the commit: a check run on GitHub, a commit status on GitLab
    Check(CheckArgs),
    /// Write the comment as one self-contained HTML page, as the forge will show it
    Preview(PreviewArgs),
    /// Show metrics, or compare those of two revisions, with DVC's answers
    #[command(subcommand)]
    Metrics(MetricsCommand),
    /// Compare the params of two revisions, with DVC's answers
    #[command(subcommand)]
    Params(ParamsCommand),
    /// Show plots, or compare those of several revisions
    #[command(subcommand)]
    Plots(PlotsCommand),
    /// Publish images by themselves, or delete those of closed change requests
    #[command(subcommand)]
    Asset(AssetCommand),
    /// The older spelling of `cml check create`
    #[command(name = "send-github-check", hide = true)]
    SendCheck(CheckCreateArgs),
    /// The older spelling of `cml asset publish`
    #[command(hide = true)]
    Publish(AssetPublishArgs),
    /// Make a small repository with a real training run and show its report; no network, no account
    Demo(DemoArgs),
}

/// What is compared.
#[derive(Debug, Clone, Default, Args)]
pub struct CompareArgs {
    /// Compare with this revision [default: found from the change request or the default branch]
    #[arg(long, value_name = "REV", conflicts_with = "base_dir")]
    pub base: Option<String>,
    /// Compare with the files in this folder instead of a revision
    #[arg(long, value_name = "DIR")]
    pub base_dir: Option<PathBuf>,
    /// Report on this revision instead of the files on disk
    #[arg(long, value_name = "REV")]
    pub head: Option<String>,
    /// Also take metrics from these files (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub metrics: Vec<String>,
    /// Also take params from these files (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub params: Vec<String>,
    /// Also draw plots from these files (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub plots: Vec<String>,
    /// Of the files that are declared or found by name, only take these (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// Never take these files (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// The project's folder, where a repository holds several projects; globs count from it [default: that of cml.toml, else the repository's top]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    #[command(flatten)]
    pub draw: DrawArgs,
}

/// How plots are shown.
#[derive(Debug, Clone, Default, Args)]
pub struct DrawArgs {
    /// Show plots as pictures, where there is a place for them, or as text
    #[arg(long, value_name = "FORM", default_value = "png")]
    pub plots_as: PlotsAs,
    /// A font file for characters that the built-in typeface lacks (repeatable)
    #[arg(long, value_name = "FILE")]
    pub font: Vec<PathBuf>,
    /// Draw images that did not change, too
    #[arg(long)]
    pub all_images: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum PlotsAs {
    #[default]
    Png,
    Text,
}

#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    #[command(flatten)]
    pub compare: CompareArgs,
    /// Write to FILE, and the plots beside it [default: standard output, plots as text]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The report's form [default: text on a terminal, else markdown]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Also write report.md with its pictures, metrics.txt (OpenMetrics) and cml.env (the verdict) to DIR
    #[arg(long, value_name = "DIR")]
    pub artifacts: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[value(alias = "md")]
    Markdown,
    Text,
    Json,
    Html,
}

#[derive(Debug, Clone, Args)]
pub struct CommentArgs {
    /// `create` or `update` (the default), then optionally a Markdown FILE (`-`: standard input)
    #[arg(value_name = "[create|update] [FILE]", num_args = 0..=2)]
    pub words: Vec<String>,
    #[command(flatten)]
    pub compare: CompareArgs,
    /// Tells this report's comment from others on the same change request; `{workflow}` and `{run}` are filled in [default: workflow, job and --dir; with FILE one per change request]
    #[arg(long, value_name = "KEY", conflicts_with = "watermark_title")]
    pub key: Option<String>,
    /// As --key, as in CML
    #[arg(long, value_name = "TITLE")]
    pub watermark_title: Option<String>,
    /// Where to comment: `pr`, `pr/N`, `commit`, `commit/REV` or `issue/N` [default: found]
    #[arg(long, value_name = "TARGET")]
    pub target: Option<String>,
    /// When to comment, and how [default: update]
    #[arg(long, value_name = "POLICY")]
    pub policy: Option<Policy>,
    /// Say that a run has begun, above the report that is there; the report replaces it
    #[arg(long, conflicts_with = "policy")]
    pub start: bool,
    /// On GitLab: comment as a thread. It is resolved as long as no metric is worse, and opened again when one is
    #[arg(long)]
    pub thread: bool,
    /// On GitLab: give the merge request the label NAME::better, worse, mixed, changed or unchanged, and take the others away
    #[arg(long, value_name = "NAME", conflicts_with = "start")]
    pub label: Option<String>,
    /// Also write report.md with its pictures, metrics.txt (OpenMetrics) and cml.env (the verdict) to DIR
    #[arg(long, value_name = "DIR")]
    pub artifacts: Option<PathBuf>,
    /// Print what would be posted, and where; send nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub watch: WatchArgs,
    /// Publish the local images of FILE, and put their addresses in; `--publish=false` leaves FILE as it is
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub publish: bool,
    #[command(flatten)]
    pub store: StoreArgs,
    #[command(flatten)]
    pub older: OlderArgs,
}

/// What CML's older command lines say otherwise: `cml send-comment --pr --update --commit-sha=HEAD report.md`.
#[derive(Debug, Clone, Default, Args)]
pub struct OlderArgs {
    /// `--target pr`
    #[arg(long, hide = true, conflicts_with = "target")]
    pub pr: bool,
    /// `cml comment update`
    #[arg(long, hide = true)]
    pub update: bool,
    /// `--target commit/SHA`
    #[arg(long, hide = true, value_name = "SHA", alias = "head-sha", conflicts_with = "target")]
    pub commit_sha: Option<String>,
    /// Not followed, and said so: without its mark a comment is not found again
    #[arg(long, hide = true)]
    pub rm_watermark: bool,
}

/// A comment that follows a run.
#[derive(Debug, Clone, Default, Args)]
pub struct WatchArgs {
    /// Stay, and update the comment whenever the report or its images have changed, until a signal ends the job
    #[arg(long, conflicts_with_all = ["dry_run", "start"])]
    pub watch: bool,
    /// With --watch: update only when FILE appears; it is deleted then
    #[arg(long, value_name = "FILE", requires = "watch")]
    pub trigger_file: Option<PathBuf>,
    /// With --watch: the shortest time between two updates, in seconds
    #[arg(long, value_name = "SECONDS", requires = "watch", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..))]
    pub watch_interval: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Policy {
    /// Keep one comment up to date
    Update,
    /// Make the comment anew at the end of the conversation
    Recreate,
    /// Make no comment as long as no metric or param has changed
    OnlyChanges,
    /// Make no comment as long as no metric is worse
    OnlyRegressions,
}

#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    #[command(subcommand)]
    pub action: CheckAction,
}

#[derive(Debug, Clone, Subcommand)]
pub enum CheckAction {
    /// Create a check with the report, or a Markdown FILE, and its verdict as conclusion
    Create(CheckCreateArgs),
}

#[derive(Debug, Clone, Args)]
pub struct CheckCreateArgs {
    /// A Markdown FILE instead of the report (`-`: standard input)
    #[arg(value_name = "FILE")]
    pub file: Option<String>,
    #[command(flatten)]
    pub compare: CompareArgs,
    /// The commit [default: the change's head]
    #[arg(long, value_name = "SHA", alias = "head-sha")]
    pub commit_sha: Option<String>,
    /// The check's name [default: CML Report; on GitLab, where two of one name replace each other, with the job's name]
    #[arg(long, value_name = "TITLE")]
    pub title: Option<String>,
    /// How it ended [default: the report's verdict; success for a FILE]
    #[arg(long, value_name = "CONCLUSION")]
    pub conclusion: Option<CheckConclusion>,
    /// How far it is; only a completed one has a conclusion
    #[arg(long, value_name = "STATUS", default_value = "completed")]
    pub status: CheckStatus,
    /// Also write report.md with its pictures, metrics.txt (OpenMetrics) and cml.env (the verdict) to DIR
    #[arg(long, value_name = "DIR")]
    pub artifacts: Option<PathBuf>,
    /// Print what would be sent; send nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum CheckConclusion {
    Success,
    Failure,
    Neutral,
    Cancelled,
    Skipped,
    TimedOut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum CheckStatus {
    Queued,
    InProgress,
    Completed,
}

#[derive(Debug, Clone, Args)]
pub struct PreviewArgs {
    /// A Markdown FILE instead of the report
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub compare: CompareArgs,
    /// Where to write the page; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "cml-preview.html")]
    pub output: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// The folder to make
    #[arg(short, long, value_name = "DIR", alias = "dir", default_value = "cml-demo")]
    pub out: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_declarations_are_consistent() {
        Cli::command().debug_assert();
    }
}
