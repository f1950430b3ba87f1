//! Where the images of what is said are stored.

use std::collections::BTreeMap;

use super::date;
use crate::error::Error;
use crate::session::Session;
use cml_base::ident::Sha;
use cml_forge::{Forge, Target};
use cml_host::deadline::Deadline;
use cml_store::publish::{self, Asset, Named, Place, PublishError, Store};

/// Where images are stored on the forge; `None` if the repository is not known.
pub(crate) fn place(session: &Session, head: Option<&Sha>, target: Option<Target>) -> Option<Place> {
    let (context, repository) = (session.context(), session.repository());
    let repo = context.repo.clone()?;
    let seconds = head.and_then(|head| repository?.commit_time(head)).unwrap_or(0);
    let remote_url = format!("{repo}.git");
    let token = context.token_for_remote(&remote_url).cloned();
    let (commit_date, programs) =
        (date::iso(seconds), repository.map(|repository| repository.programs().clone()));
    Some(Place { repo, target, shown_before: true, commit_date, remote_url, token, programs })
}

/// Makes the store ready that the user names, if there is one.
pub(crate) fn open_store(session: &Session, named: Option<&Named>) -> Result<Option<Store>, Error> {
    let Some(named) = named else { return Ok(None) };
    let store = named.open(session.env(), session.transport()?, session.ground());
    store.map(Some).map_err(|error| Error::input(format!("images cannot be stored there: {error}")))
}

/// From now on whatever stores images keeps to this deadline.
pub(crate) fn until(store: Option<&Store>, forge: Option<&dyn Forge>, deadline: Deadline) {
    if let Some(store) = store {
        store.until(deadline);
    }
    if let Some(forge) = forge {
        forge.until(deadline);
    }
}

/// Stores images where the user says, else on the forge. Answers their addresses by name; without a place for them
/// there are none.
pub(crate) async fn store_images(
    assets: &[Asset],
    store: Option<&Store>,
    place: Option<Place>,
    forge: Option<&dyn Forge>,
) -> Result<BTreeMap<String, String>, PublishError> {
    match (store, place) {
        (Some(store), _) => publish::publish_named(assets, store).await,
        (None, Some(place)) => publish::publish(assets, &place, forge).await,
        (None, None) => Ok(BTreeMap::new()),
    }
}
