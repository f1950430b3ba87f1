//! The command line of DVC's own commands: `metrics`, `params` and `plots`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::DrawArgs;

#[derive(Debug, Clone, Subcommand)]
pub enum MetricsCommand {
    /// Compare the metrics of two revisions
    Diff(MetricsDiffArgs),
    /// Show the metrics of the files on disk
    Show(MetricsShowArgs),
}

#[derive(Debug, Clone, Subcommand)]
pub enum ParamsCommand {
    /// Compare the params of two revisions
    Diff(ParamsDiffArgs),
}

#[derive(Debug, Clone, Subcommand)]
pub enum PlotsCommand {
    /// Draw the plots of several revisions in one picture each
    Diff(PlotsDiffArgs),
    /// Draw the plots of the files on disk
    Show(PlotsShowArgs),
}

/// What the comparisons of metrics and of params share.
#[derive(Debug, Clone, Args)]
pub struct ValuesDiffArgs {
    /// The old revision
    #[arg(value_name = "A_REV", default_value = "HEAD")]
    pub old: String,
    /// The new revision; `workspace` is the files on disk
    #[arg(value_name = "B_REV", default_value = "workspace")]
    pub new: String,
    /// Compare only these files and folders, declared or not
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub targets: Vec<String>,
    /// Show unchanged values too
    #[arg(long)]
    pub all: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "md")]
    pub json: bool,
    /// Print a Markdown table
    #[arg(long)]
    pub md: bool,
    /// Leave the paths out of the table
    #[arg(long)]
    pub no_path: bool,
}

#[derive(Debug, Clone, Args)]
pub struct MetricsDiffArgs {
    #[command(flatten)]
    pub diff: ValuesDiffArgs,
    /// Round to N digits after the point in tables
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub precision: usize,
}

#[derive(Debug, Clone, Args)]
pub struct ParamsDiffArgs {
    #[command(flatten)]
    pub diff: ValuesDiffArgs,
    /// Only params that stages depend on
    #[arg(long)]
    pub deps: bool,
}

#[derive(Debug, Clone, Args)]
pub struct MetricsShowArgs {
    /// Show only these files and folders, declared or not
    #[arg(value_name = "PATH")]
    pub targets: Vec<String>,
    /// Print JSON
    #[arg(long, conflicts_with = "md")]
    pub json: bool,
    /// Print a Markdown table
    #[arg(long)]
    pub md: bool,
    /// Round to N digits after the point in tables
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub precision: usize,
}

#[derive(Debug, Clone, Args)]
pub struct PlotsDiffArgs {
    /// The revisions; `workspace` is the files on disk [default: HEAD and workspace]
    #[arg(value_name = "REV")]
    pub revisions: Vec<String>,
    /// Only these plots, or files, declared or not
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub targets: Vec<String>,
    #[command(flatten)]
    pub output: PlotsOutput,
}

#[derive(Debug, Clone, Args)]
pub struct PlotsShowArgs {
    /// Only these plots, or files, declared or not
    #[arg(value_name = "PATH")]
    pub targets: Vec<String>,
    #[command(flatten)]
    pub output: PlotsOutput,
}

#[derive(Debug, Clone, Args)]
pub struct PlotsOutput {
    /// Print the points as JSON, without drawing
    #[arg(long)]
    pub json: bool,
    /// The folder for the pictures, whose paths are printed
    #[arg(short, long, value_name = "DIR", default_value = "dvc_plots")]
    pub out: PathBuf,
    #[command(flatten)]
    pub draw: DrawArgs,
}
