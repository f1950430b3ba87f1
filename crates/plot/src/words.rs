//! All that a figure says in the words of others.

use super::{Chart, Figure, Kind, Scale};

impl Figure {
    /// Names, titles and labels, wherever they are drawn or written.
    pub fn texts_mut(&mut self) -> Vec<&mut String> {
        let Self { id, title, x_label, y_label, kind } = self;
        let mut texts = vec![id, title, x_label, y_label];
        match kind {
            Kind::Chart(Chart { x, y, series, style: _, x_range: _, y_range: _ }) => {
                for scale in [x, y] {
                    if let Scale::Bands(names) = scale {
                        texts.extend(names);
                    }
                }
                texts.extend(
                    series.iter_mut().flat_map(|one| [&mut one.label].into_iter().chain(&mut one.column)),
                );
            }
            Kind::Matrix(matrix) => {
                texts.extend(matrix.across.iter_mut().chain(&mut matrix.down));
                let facets = matrix.facets.iter_mut();
                texts
                    .extend(facets.flat_map(|facet| [&mut facet.label].into_iter().chain(&mut facet.column)));
            }
            Kind::Bars(bars) => {
                texts.extend(&mut bars.categories);
                let groups = bars.groups.iter_mut();
                texts
                    .extend(groups.flat_map(|group| [&mut group.label].into_iter().chain(&mut group.column)));
            }
            Kind::Images(images) => {
                texts.extend(images.base.iter_mut().chain([&mut images.head]).chain(&mut images.unchanged));
                texts.extend(images.pairs.iter_mut().map(|pair| &mut pair.name));
            }
        }
        texts
    }
}
