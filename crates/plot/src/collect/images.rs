//! The image files of two sides, paired by path, compared, and made as small as they are shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::backend::SCALE;
use crate::draw::gallery::room;
use crate::draw::images::scale;
use crate::image::{Difference, resized};
use crate::{Figure, ForeignImages, ImagePair, ImageState, Images, Kind, Shown, vector};
use cml_base::notice::Notice;
use cml_picture::{ImageKind, Pixels, check_image};
use cml_tracked::ImageData;

/// More images of one folder than this are one gallery.
const APART: usize = 4;
/// So many pixels are compared in all; a machine does about a hundred million in a second.
const MOST_PIXELS: u64 = 400_000_000;
/// So many plots of images are drawn.
const MOST_FIGURES: usize = 20;

/// A side's images and its revision's label.
type Side<'a> = (&'a [ImageData], &'a str);

/// One image of both sides.
#[derive(Clone, Copy)]
struct Pairing<'a> {
    base: Option<&'a ImageData>,
    head: Option<&'a ImageData>,
}

/// What came of one.
enum Outcome {
    Unchanged,
    Pair(ImagePair),
    /// A notice says why.
    Nothing,
}

/// Images as figures, in head's order, then those that only base has. What is the same on both sides is named and
/// not drawn, unless `all` is asked for. `foreign` unpacks the files, one after another.
pub fn images(
    base: Option<Side<'_>>,
    head: Side<'_>,
    all: bool,
    foreign: &mut dyn ForeignImages,
) -> (Vec<Figure>, Vec<Notice>) {
    let pairings = paired(base, head);
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for folder in pairings.iter().filter_map(|pairing| pairing.gallery()) {
        *folders.entry(folder).or_default() += 1;
    }
    let is_large = |folder: &&str| folders.get(folder).is_some_and(|count| *count > APART);
    let labels = (base.map(|(_, label)| label), head.1);
    let mut collector = Collector { labels, all, foreign, budget: MOST_PIXELS, notices: Vec::new() };
    let (mut figures, mut done, mut drawn, mut left_out) = (Vec::new(), BTreeSet::new(), 0, 0);
    for pairing in &pairings {
        let folder = pairing.gallery().filter(is_large);
        if folder.is_some_and(|folder| !done.insert(folder)) {
            continue;
        }
        if drawn >= MOST_FIGURES {
            left_out += 1;
            continue;
        }
        let figure = match folder {
            Some(folder) => {
                let members: Vec<Pairing<'_>> =
                    pairings.iter().filter(|other| other.gallery() == Some(folder)).copied().collect();
                collector.gallery(folder, &members)
            }
            None => collector.single(*pairing),
        };
        drawn += usize::from(figure.as_ref().is_some_and(Figure::is_drawn));
        figures.extend(figure);
    }
    if left_out > 0 {
        let text = format!("{left_out} more images are not compared; keep fewer, or in one folder");
        collector.notices.push(Notice::new(text));
    }
    (figures, collector.notices)
}

fn paired<'a>(base: Option<Side<'a>>, head: Side<'a>) -> Vec<Pairing<'a>> {
    let of_base = base.map_or(&[][..], |(images, _)| images);
    let by_id: BTreeMap<&str, &ImageData> = of_base.iter().map(|image| (image.id.as_str(), image)).collect();
    let known: BTreeSet<&str> = head.0.iter().map(|image| image.id.as_str()).collect();
    let both =
        head.0.iter().map(|image| Pairing { base: by_id.get(image.id.as_str()).copied(), head: Some(image) });
    let removed = of_base.iter().filter(|image| !known.contains(image.id.as_str()));
    both.chain(removed.map(|image| Pairing { base: Some(image), head: None })).collect()
}

impl<'a> Pairing<'a> {
    fn shown(&self) -> Option<&'a ImageData> {
        self.head.or(self.base)
    }

    /// The folder, if not the image itself was named.
    fn gallery(&self) -> Option<&'a str> {
        self.shown()?.gallery.as_deref()
    }
}

/// What all images of a report share.
struct Collector<'a> {
    labels: (Option<&'a str>, &'a str),
    all: bool,
    foreign: &'a mut dyn ForeignImages,
    budget: u64,
    notices: Vec<Notice>,
}

impl Collector<'_> {
    fn figure(&self, id: &str, title: &str, gallery: bool) -> Figure {
        let images = Images {
            base: self.labels.0.map(str::to_owned),
            head: self.labels.1.to_owned(),
            pairs: Vec::new(),
            more: 0,
            unchanged: Vec::new(),
            gallery,
        };
        let none = String::new;
        Figure {
            id: id.to_owned(),
            title: title.to_owned(),
            x_label: none(),
            y_label: none(),
            kind: Kind::Images(images),
        }
    }

    fn single(&mut self, pairing: Pairing<'_>) -> Option<Figure> {
        let shown = pairing.shown()?;
        let mut figure = self.figure(&shown.id, &shown.title, false);
        let Kind::Images(images) = &mut figure.kind else { return None };
        match self.compare(pairing, &shown.id, false) {
            Outcome::Pair(pair) => images.pairs.push(pair),
            Outcome::Unchanged => images.unchanged.push(shown.id.clone()),
            Outcome::Nothing => return None,
        }
        Some(figure)
    }

    /// The images of a folder, the most changed ones first, then what is new or gone.
    fn gallery(&mut self, folder: &str, members: &[Pairing<'_>]) -> Option<Figure> {
        let id = format!("{folder}/");
        let mut figure = self.figure(&id, &id, true);
        let Kind::Images(images) = &mut figure.kind else { return None };
        for pairing in members {
            let Some(shown) = pairing.shown() else { continue };
            let name = shown.id.strip_prefix(&id).unwrap_or(&shown.id);
            match self.compare(*pairing, name, true) {
                Outcome::Pair(pair) => images.pairs.push(pair),
                Outcome::Unchanged => images.unchanged.push(shown.id.clone()),
                Outcome::Nothing => {}
            }
            images.pairs.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
            let room = room(images.pairs.iter().any(ImagePair::is_changed));
            images.more += images.pairs.len().saturating_sub(room);
            images.pairs.truncate(room);
        }
        (!images.pairs.is_empty() || !images.unchanged.is_empty()).then_some(figure)
    }

    fn compare(&mut self, pairing: Pairing<'_>, name: &str, gallery: bool) -> Outcome {
        let same = pairing.base.zip(pairing.head).is_some_and(|(base, head)| base.bytes == head.bytes);
        if same && !self.all {
            return Outcome::Unchanged;
        }
        let base = pairing.base.filter(|_| !same).and_then(|image| self.opened(image, self.labels.0));
        let head = pairing.head.and_then(|image| self.opened(image, None));
        let scale = vector::scale([&base, &head].into_iter().flatten().filter_map(|opened| opened.size));
        let base = base.and_then(|opened| self.pixels(opened, scale, self.labels.0));
        let head = head.and_then(|opened| self.pixels(opened, scale, None));
        let pair = |state, base, head| ImagePair { name: name.to_owned(), state, base, head };
        Outcome::Pair(match (base, head) {
            (None, None) => return Outcome::Nothing,
            (None, Some(head)) if same => pair(ImageState::Unchanged, None, alone(&head, gallery)),
            (None, Some(head)) if pairing.base.is_none() => {
                pair(ImageState::New, None, alone(&head, gallery))
            }
            (None, Some(head)) => pair(ImageState::Alone, None, alone(&head, gallery)),
            (Some(base), None) if pairing.head.is_none() => {
                pair(ImageState::Removed, alone(&base, gallery), None)
            }
            (Some(base), None) => pair(ImageState::Alone, alone(&base, gallery), None),
            (Some(base), Some(head)) => match changed(&base, &head, gallery) {
                Some((state, base, head)) => pair(state, Some(base), Some(head)),
                None if self.all => pair(ImageState::Unchanged, None, alone(&head, gallery)),
                None => return Outcome::Unchanged,
            },
        })
    }

    /// Measures an image; `of` names the side in the notice, head goes without saying.
    fn opened<'i>(&mut self, image: &'i ImageData, of: Option<&str>) -> Option<Opened<'i>> {
        if image.bytes.is_empty() {
            return None;
        }
        let size = match (self.budget, check_image(&image.bytes)) {
            (0, _) => {
                Err("the other images have too many pixels to compare this one too; keep smaller ones"
                    .to_owned())
            }
            (_, Ok(ImageKind::Svg)) => self.foreign.size(&image.bytes).map(Some),
            _ => Ok(None),
        };
        self.kept(image, size, of).map(|size| Opened { image, size })
    }

    fn pixels(&mut self, opened: Opened<'_>, scale: f32, of: Option<&str>) -> Option<Sized> {
        let Opened { image, size } = opened;
        let pixels = self.foreign.pixels(&image.bytes, scale);
        let pixels = self.kept(image, pixels, of)?;
        let area = u64::from(pixels.width) * u64::from(pixels.height);
        self.budget = self.budget.saturating_sub(area);
        Some(match size {
            Some((width, height)) => {
                let (width, height) = (width.round() as u32, height.round() as u32);
                Sized { pixels, width, height, largest: 1.0 / SCALE }
            }
            None => Sized { width: pixels.width, height: pixels.height, pixels, largest: 1.0 },
        })
    }

    fn kept<T>(&mut self, image: &ImageData, outcome: Result<T, String>, of: Option<&str>) -> Option<T> {
        let note = |what: String| {
            let at = of.map_or_else(String::new, |label| format!("at {label}: "));
            Notice::about(&image.id, format!("{at}{what}; it is not drawn"))
        };
        outcome.map_err(|what| self.notices.push(note(what))).ok()
    }
}

/// An image that can be unpacked.
struct Opened<'i> {
    image: &'i ImageData,
    /// The size of an SVG image in CSS pixels; others have pixels of their own.
    size: Option<(f32, f32)>,
}

/// The pixels of an image, and the size that its file names.
struct Sized {
    pixels: Pixels,
    width: u32,
    height: u32,
    /// How many CSS pixels one of its pixels may be.
    largest: f32,
}

/// How both sides differ, and what is shown of them; `None` if no pixel does.
fn changed(base: &Sized, head: &Sized, gallery: bool) -> Option<(ImageState, Shown, Shown)> {
    let (old, new) = (&base.pixels, &head.pixels);
    let difference = Difference::of(old, new);
    if difference.is_none() {
        return None;
    }
    let union = (old.width.max(new.width), old.height.max(new.height));
    let scale = scale(union, base.largest.min(head.largest), true, gallery);
    let (base, head) = (shown(base, scale), shown(head, scale));
    let map = difference.map(device(union.0, scale), device(union.1, scale), &head.tile);
    Some((ImageState::Changed(difference.score, Arc::new(map)), base, head))
}

fn alone(image: &Sized, gallery: bool) -> Option<Shown> {
    let size = (image.pixels.width, image.pixels.height);
    Some(shown(image, scale(size, image.largest, false, gallery)))
}

/// What stands first in a gallery: what changed most, then what is only there on one side.
fn rank(pair: &ImagePair) -> f64 {
    match &pair.state {
        ImageState::Changed(score, _) => score.mean,
        ImageState::Unchanged => -2.0,
        ImageState::New | ImageState::Removed | ImageState::Alone => -1.0,
    }
}

/// A length of an image in device pixels.
fn device(length: u32, scale: f32) -> u32 {
    ((length as f32 * scale * SCALE).round() as u32).max(1)
}

fn shown(image: &Sized, scale: f32) -> Shown {
    let Sized { pixels, width, height, .. } = image;
    let tile = resized(pixels, device(pixels.width, scale), device(pixels.height, scale));
    Shown { width: *width, height: *height, tile: Arc::new(tile) }
}
