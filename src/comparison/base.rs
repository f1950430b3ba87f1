//! The base's values, wherever they are.

use crate::error::Error;
use crate::session::folders::in_repository;
use crate::settings::Compare;
use crate::sides::outputs::Outside;
use crate::sides::trees;
use cml_git::Choice;
use cml_tracked::Snapshot;

pub(crate) async fn base_snapshot(
    choice: &mut Choice,
    wish: &Compare,
    outside: &Outside<'_>,
) -> Result<Option<Snapshot>, Error> {
    let session = outside.session;
    if let Some(folder) = &wish.base_dir {
        let folder = session.path(folder);
        if !folder.is_dir() {
            return Err(
                Error::input(format!("there is no folder {}", folder.display())).hint("check --base-dir")
            );
        }
        session.check_folder("--base-dir", &folder)?;
        choice.base = None;
        choice.base_label =
            folder.file_name().map_or_else(|| "base".to_owned(), |name| name.to_string_lossy().into_owned());
        let tree = trees::of_folder(session.repository(), &folder);
        return Ok(Some(outside.collect(tree.as_ref(), &wish.sources).await?));
    }
    let (Some(repository), Some(base)) = (session.repository(), choice.base.clone()) else { return Ok(None) };
    if !repository.has(&base) {
        choice.lose_base(format!("the base {} is not in this clone", base.short()), None);
        return Ok(None);
    }
    let dir = in_repository(repository, &outside.dir)?;
    let read = match repository.whole(&base, &dir) {
        Ok(tree) => outside.collect(&tree, &wish.sources).await,
        Err(error) => Err(error.into()),
    };
    Ok(read.map_or_else(
        |error| {
            let why = format!("the base {} could not be read", base.short());
            choice.lose_base(why, Some(&error.message));
            None
        },
        Some,
    ))
}
