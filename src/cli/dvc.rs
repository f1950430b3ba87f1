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
    /// Round to N digits after the point in tables; below zero, before it
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = digits, allow_negative_numbers = true)]
    pub precision: i32,
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
    /// Round to N digits after the point in tables; below zero, before it
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = digits, allow_negative_numbers = true)]
    pub precision: i32,
}

#[derive(Debug, Clone, Args)]
pub struct PlotsDiffArgs {
    /// The revisions, as many as you like; `workspace` is the files on disk [default: HEAD and workspace]
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

/// More digits than any double has, on either side of the point.
const MOST_DIGITS: i32 = 10_000;

/// A whole number as Python's `int` reads one; what is larger than any use is cut.
fn digits(typed: &str) -> Result<i32, String> {
    let text = typed.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits.split('_').all(is_number) {
        return Err("it is not a whole number".to_owned());
    }
    Ok(sign * digits.replace('_', "").parse().unwrap_or(MOST_DIGITS).min(MOST_DIGITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_as_python_does() {
        for (typed, expected) in [
            ("5", Ok(5)),
            ("-1", Ok(-1)),
            ("-0", Ok(0)),
            ("+2", Ok(2)),
            (" 3 ", Ok(3)),
            ("1_0", Ok(10)),
            ("99999999999999999999", Ok(MOST_DIGITS)),
            ("-99999999999999999999", Ok(-MOST_DIGITS)),
            ("1.5", Err(())),
            ("x", Err(())),
            ("", Err(())),
            ("1__0", Err(())),
            ("_1", Err(())),
            ("- 1", Err(())),
        ] {
            assert_eq!(digits(typed).map_err(|_| ()), expected, "{typed}");
        }
    }
}
