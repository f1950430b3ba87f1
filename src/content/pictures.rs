//! The pictures of what is said get their addresses.

use super::{Content, store};
use crate::comparison::draw;
use crate::session::Console;
use cml_base::notice::Notice;
use cml_forge::{Forge, Target};
use cml_host::environment::Context;
use cml_render::Images;
use cml_store::publish::{Place, Store};

/// Publishes the pictures: draws those of a report, and puts the addresses of local images into a user's Markdown.
/// `shown_before`: our own comments on the target may show some of them already. What fails costs the pictures and
/// says so.
pub(crate) async fn images(
    forge: &dyn Forge,
    content: &mut Content,
    target: &Target,
    shown_before: bool,
    store: Option<&Store>,
    context: &Context,
    console: &Console,
) -> (Images, Vec<Notice>) {
    let place = store::place(context, content.repository(), content.head(), Some(target.clone()));
    let place = place.map(|place| Place { shown_before, ..place });
    let compared = match content {
        Content::Report(compared) => compared,
        Content::File(file) => {
            file.publish(store, place, forge, console).await;
            return (Images::default(), Vec::new());
        }
        Content::Start { .. } => return (Images::default(), Vec::new()),
    };
    let mut pictures = draw::draw(&compared.figures, compared.flavor.dark_pictures, &compared.drawing);
    pictures.name_in(&mut compared.report);
    let mut notices = std::mem::take(&mut pictures.notices);
    match store::store_images(&pictures.assets, store, place, Some(forge)).await {
        Ok(addresses) => (pictures.addresses(|name| addresses.get(name).cloned()), notices),
        Err(error) => {
            console.warn(&error.to_string());
            notices.push(Notice::new(format!("plots are shown as text: {}", error.short())));
            (Images::default(), notices)
        }
    }
}
