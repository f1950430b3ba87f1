//! The flags of images: where they are stored, and `cml asset`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Where images are stored.
#[derive(Debug, Clone, Default, Args)]
pub struct StoreArgs {
    /// Store images by one POST each to this server, which answers their addresses, as in CML
    #[arg(long, value_name = "URL", alias = "url", conflicts_with = "asset_store")]
    pub publish_url: Option<String>,
    /// Store images in this folder or bucket (`s3://BUCKET/PATH`, `gs://…`, `az://…`), which others see at --asset-url
    #[arg(long, value_name = "STORE", requires = "asset_url")]
    pub asset_store: Option<PathBuf>,
    /// The address under which the store's images are seen
    #[arg(long, value_name = "URL", requires = "asset_store")]
    pub asset_url: Option<String>,
    /// As in CML: store images on the forge itself (which is the default)
    #[arg(long, alias = "native", hide = true, conflicts_with_all = ["publish_url", "asset_store"])]
    pub publish_native: bool,
}

#[derive(Debug, Subcommand)]
pub enum AssetCommand {
    /// Publish images and print their addresses
    Publish(AssetPublishArgs),
    /// Delete the images of closed change requests from the repository
    Prune(AssetPruneArgs),
}

#[derive(Debug, Clone, Args)]
pub struct AssetPublishArgs {
    /// The images, inside the repository or the current directory
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Print Markdown (`![](ADDRESS)`)
    #[arg(long)]
    pub md: bool,
    /// The title in the Markdown
    #[arg(short, long, value_name = "TITLE", requires = "md")]
    pub title: Option<String>,
    /// Append to this file instead of printing
    #[arg(short, long, value_name = "FILE", hide = true)]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub store: StoreArgs,
}

#[derive(Debug, Clone, Args)]
pub struct AssetPruneArgs {
    /// Say what would be deleted; delete nothing
    #[arg(long)]
    pub dry_run: bool,
}
