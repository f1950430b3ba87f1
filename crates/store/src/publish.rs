//! What may be uploaded, and where it goes.
//!
//! In: pictures and a place. Out: one address a picture, which the forge shows to whoever may read the repository.
//! Pictures go into the repository itself, as one commit without parents under a ref that no branch or tag holds.

mod file;
mod image;
mod named;
mod push;

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _};

use cml_base::ident::{RepoUrl, Secret, Sha};
use cml_forge::{Forge, Target, TreeFile, Uploads};
use cml_host::process::Programs;
use cml_picture::check_image;

pub use file::{Grounds, Unpublishable};
pub use image::{name_for, name_of_file};
pub use named::{BadStore, Named, Store, publish_named};

/// One picture, named by [`name_for`] or [`name_of_file`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Where pictures are stored.
#[derive(Debug, Clone)]
pub struct Place {
    pub repo: RepoUrl,
    /// What the comment with the pictures hangs on.
    pub target: Option<Target>,
    /// Whether our own comments there may show some of the pictures already.
    pub shown_before: bool,
    /// The date of the head commit in Git's ISO form, so that equal pictures make an equal commit.
    pub commit_date: String,
    /// The address to push to, `https://HOST/OWNER/NAME.git`.
    pub remote_url: String,
    pub token: Option<Secret>,
    /// Where Git is found; without a clone the forge's own interface is enough.
    pub programs: Option<Programs>,
}

/// Why the pictures have no address. It costs the pictures, never the comment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    #[error("cannot publish the image {name:?}: {why}")]
    Image { name: String, why: String },
    #[error("cannot publish {count} images to {repo}: {why}; the job needs `permissions: contents: write`")]
    Store { count: usize, repo: String, why: String },
    #[error("cannot publish {count} images to {store}: {why}")]
    Named { count: usize, store: String, why: String },
    #[error("cannot upload {count} images to {repo}: {why}")]
    Upload { count: usize, repo: String, why: String },
}

/// So many uploads are under way at once.
const UPLOADS_AT_ONCE: usize = 8;

impl PublishError {
    /// One line for the report's readers; the whole error is for the log.
    pub fn short(&self) -> String {
        match self {
            Self::Image { .. } | Self::Named { .. } => self.to_string(),
            Self::Store { why, .. } if !is_denied(why) => {
                "the pictures could not be stored in the repository; the job's log says why".to_owned()
            }
            Self::Store { .. } => {
                "the pictures could not be stored in the repository; the job needs the permission `contents: write`"
                    .to_owned()
            }
            Self::Upload { .. } => "the pictures could not be uploaded to the project".to_owned(),
        }
    }
}

/// Whether Git or the forge says that the token may not write.
fn is_denied(why: &str) -> bool {
    ["403", "not accessible", "denied", "write access"].iter().any(|words| why.to_lowercase().contains(words))
}

/// Stores the pictures and answers each one's address by its name. Equal content is stored once.
///
/// First by `git push`, one request for all of them; where there is no Git, or the push is refused, through the
/// forge's own interface.
pub async fn publish(
    assets: &[Asset],
    place: &Place,
    forge: Option<&dyn Forge>,
) -> Result<BTreeMap<String, String>, PublishError> {
    let plan = plan(assets)?;
    if plan.files.is_empty() {
        return Ok(BTreeMap::new());
    }
    if let Some(uploads) = forge.and_then(Forge::uploads) {
        return upload(&plan, place, uploads).await;
    }
    let refname = refname(place, &plan.files);
    let commit = store(&plan.files, &refname, place, forge).await?;
    let address = |file: &String| format!("{}/blob/{commit}/{file}?raw=true", place.repo);
    Ok(plan.stored_as.iter().map(|(name, file)| (name.clone(), address(file))).collect())
}

/// Stores the pictures in the forge's own store, several at a time.
async fn upload(
    plan: &Plan,
    place: &Place,
    uploads: &dyn Uploads,
) -> Result<BTreeMap<String, String>, PublishError> {
    let failed =
        |why: String| PublishError::Upload { count: plan.files.len(), repo: place.repo.to_string(), why };
    let on = place.target.as_ref().filter(|_| place.shown_before);
    let one = |file: &TreeFile| {
        let file = file.clone();
        async move {
            let address = uploads.upload(on, &file).await.map_err(|error| error.to_string())?;
            Ok((file.path, address))
        }
    };
    let stored: BTreeMap<String, String> = futures_util::stream::iter(plan.files.iter().map(one))
        .buffered(UPLOADS_AT_ONCE)
        .try_collect()
        .await
        .map_err(failed)?;
    let address = |file: &String| stored.get(file).cloned();
    Ok(plan.stored_as.iter().filter_map(|(name, file)| Some((name.clone(), address(file)?))).collect())
}

/// What is stored, and under which stored name each asset is found.
struct Plan {
    files: Vec<TreeFile>,
    stored_as: BTreeMap<String, String>,
}

fn plan(assets: &[Asset]) -> Result<Plan, PublishError> {
    let bad = |asset: &Asset, why: String| PublishError::Image { name: asset.name.clone(), why };
    let mut by_content: BTreeMap<String, String> = BTreeMap::new();
    let mut plan = Plan { files: Vec::new(), stored_as: BTreeMap::new() };
    let mut sorted: Vec<&Asset> = assets.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    for asset in sorted {
        if !safe_name(&asset.name) {
            return Err(bad(
                asset,
                "its name may hold only ASCII letters, digits, `-`, `_` and `.`".to_owned(),
            ));
        }
        check_image(&asset.bytes).map_err(|error| bad(asset, error.to_string()))?;
        let hash = image::sha256_hex(&asset.bytes);
        let known = by_content.get(&hash).cloned();
        if plan.stored_as.contains_key(&asset.name) && plan.stored_as.get(&asset.name) != known.as_ref() {
            return Err(bad(asset, "another image with other content has the same name".to_owned()));
        }
        let file = known.unwrap_or_else(|| {
            plan.files.push(TreeFile { path: asset.name.clone(), bytes: asset.bytes.clone() });
            asset.name.clone()
        });
        by_content.insert(hash, file.clone());
        plan.stored_as.insert(asset.name.clone(), file);
    }
    Ok(plan)
}

fn safe_name(name: &str) -> bool {
    let fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(fine)
}

/// `refs/cml/change/N/CONTENT`. The last part names the content by our own hash and not by Git's, because it must
/// be known without Git too.
fn refname(place: &Place, files: &[TreeFile]) -> String {
    let list: String =
        files.iter().map(|file| format!("{} {}\n", file.path, image::sha256_hex(&file.bytes))).collect();
    let content = &image::sha256_hex(list.as_bytes())[..40];
    match place.target {
        Some(Target::Change(change)) => format!("refs/cml/change/{change}/{content}"),
        _ => format!("refs/cml/commit/{content}"),
    }
}

async fn store(
    files: &[TreeFile],
    refname: &str,
    place: &Place,
    forge: Option<&dyn Forge>,
) -> Result<Sha, PublishError> {
    let mut why = "there is no clone here to push from".to_owned();
    if let Some(programs) = &place.programs {
        match push::push(files, refname, place, programs).await {
            Ok(commit) => return Ok(commit),
            Err(error) => why = error.to_string(),
        }
    }
    if let Some(refs) = forge.and_then(Forge::refs) {
        match refs.store_tree(files, refname, &place.commit_date).await {
            Ok(commit) => return Ok(commit),
            Err(error) => why = format!("{why}; and {error}"),
        }
    }
    Err(PublishError::Store { count: files.len(), repo: place.repo.to_string(), why })
}

#[cfg(test)]
mod tests {
    use super::*;
    use cml_base::ident::ChangeNumber;
    use cml_testing::png;

    fn place(remote_url: &str, date: &str) -> Place {
        Place {
            repo: RepoUrl::parse("o/r").unwrap(),
            target: Some(Target::Change(ChangeNumber(7))),
            shown_before: true,
            commit_date: date.to_owned(),
            remote_url: remote_url.to_owned(),
            token: Secret::new("ghs_secret"),
            programs: Some(Programs::outside(std::path::Path::new("/"), &cml_host::environment::Env::read())),
        }
    }

    fn run(assets: &[Asset], place: &Place) -> Result<BTreeMap<String, String>, PublishError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(publish(assets, place, None))
    }

    fn git(dir: &std::path::Path, args: &[&str]) -> Vec<u8> {
        let output = std::process::Command::new("git").current_dir(dir).args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn asset(name: &str, shade: u8) -> Asset {
        Asset { name: name.to_owned(), bytes: png(shade) }
    }

    #[test]
    fn pictures_are_pushed_once_and_found_by_their_address() {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q", "--bare", "."]);
        let remote = format!("file://{}", folder.path().display());
        let assets = [asset("b.png", 2), asset("a.png", 1), asset("same-as-a.png", 1)];

        let first = run(&assets, &place(&remote, "2026-01-02T03:04:05+02:00")).unwrap();
        let refs = git(folder.path(), &["for-each-ref", "--format=%(refname) %(objectname)"]);
        let refs = String::from_utf8(refs).unwrap();
        assert_eq!(refs.lines().count(), 1, "{refs}");
        assert!(refs.starts_with("refs/cml/change/7/"), "{refs}");
        let commit = refs.trim().rsplit_once(' ').unwrap().1;
        assert_eq!(first["a.png"], format!("https://github.com/o/r/blob/{commit}/a.png?raw=true"));
        assert_eq!(first["same-as-a.png"], first["a.png"]);
        assert_eq!(git(folder.path(), &["show", &format!("{commit}:b.png")]), png(2));
        let tree = String::from_utf8(git(folder.path(), &["ls-tree", "--name-only", commit])).unwrap();
        assert_eq!(tree, "a.png\nb.png\n");
        let people =
            git(folder.path(), &["log", "-1", "--format=%an %cn %ad|%P", "--date=iso-strict", commit]);
        assert_eq!(String::from_utf8(people).unwrap(), "cml cml 2026-01-02T03:04:05+02:00|\n");

        // The same pictures again, of the same and of a later head: what is there already is used.
        assert_eq!(run(&assets, &place(&remote, "2026-01-02T03:04:05+02:00")).unwrap(), first);
        assert_eq!(run(&assets, &place(&remote, "2026-05-05T00:00:00Z")).unwrap(), first);
    }

    #[test]
    fn a_place_that_refuses_costs_the_pictures_and_says_why_in_one_line() {
        let error = run(&[asset("a.png", 1)], &place("file:///nowhere/ghs_secret", "2026-01-02T03:04:05Z"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("cannot publish 1 images to https://github.com/o/r: git push"), "{error}");
        assert!(error.contains("contents: write") && !error.contains('\n'), "{error}");
        assert!(!error.contains("ghs_secret"), "{error}");
    }

    #[test]
    fn what_is_no_picture_or_has_a_bad_name_is_refused() {
        let check = |assets: &[Asset], expected: &str| {
            let error = run(assets, &place("file:///nowhere", "")).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(&[Asset { name: "a.png".to_owned(), bytes: b"secret".to_vec() }], "by its content");
        check(&[asset("../a.png", 1)], "its name may hold only");
        check(&[asset(".git", 1)], "its name may hold only");
        check(&[asset("a.png", 1), asset("a.png", 2)], "same name");
        assert_eq!(run(&[], &place("file:///nowhere", "")), Ok(BTreeMap::new()));
    }
}
