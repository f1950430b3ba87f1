//! The pictures of what is said get their addresses.

use super::{Content, store};
use crate::comparison::draw;
use crate::session::Session;
use cml_base::notice::Notice;
use cml_forge::{Forge, Target};
use cml_render::Images;
use cml_store::publish::{Place, Store};

/// Where pictures go.
pub(crate) struct Publishing<'a> {
    pub(crate) forge: &'a dyn Forge,
    /// The store that the user names; `None`: the forge itself.
    pub(crate) store: Option<&'a Store>,
    pub(crate) target: &'a Target,
    /// Our own comments on the target may show some of them already.
    pub(crate) shown_before: bool,
}

/// Publishes the pictures: draws those of a report, and puts the addresses of local images into a user's Markdown. What
/// fails costs the pictures and says so.
pub(crate) async fn images(
    session: &Session,
    content: &mut Content,
    to: &Publishing<'_>,
) -> (Images, Vec<Notice>) {
    let place = store::place(session, content.head(), Some(to.target.clone()));
    let place = place.map(|place| Place { shown_before: to.shown_before, ..place });
    let compared = match content {
        Content::Report(compared) => compared,
        Content::File(file) => {
            file.publish(session, place, to).await;
            return (Images::default(), Vec::new());
        }
        Content::Start { .. } => return (Images::default(), Vec::new()),
    };
    let mut pictures = draw::draw(&compared.figures, compared.flavor.dark_pictures, &compared.drawing);
    pictures.name_in(&mut compared.report);
    let mut notices = std::mem::take(&mut pictures.notices);
    match store::store_images(&pictures.assets, to.store, place, Some(to.forge)).await {
        Ok(addresses) => (pictures.addresses(|name| addresses.get(name).cloned()), notices),
        Err(error) => {
            session.console().warn(&error.to_string());
            notices.push(Notice::new(format!("plots are shown as text: {}", error.short())));
            (Images::default(), notices)
        }
    }
}
