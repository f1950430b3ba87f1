//! Which way a curve of a plot is better.

use super::{Direction, Rules};
use cml_report::Plot;

/// Says of each series which way is better: by what is declared of its names, else by what they suggest.
pub fn direct_curves(plots: &mut [Plot], rules: &Rules) {
    for Plot { id, title, y_label, series, .. } in plots {
        let by_title = title.rsplit_once('.').map_or(title.as_str(), |(stem, _)| stem);
        for series in series {
            let names = [series.column.as_deref().unwrap_or(y_label), by_title];
            series.direction = by_names(id, names, rules);
        }
    }
}

fn by_names(id: &str, names: [&str; 2], rules: &Rules) -> Direction {
    let ways = names.map(|name| rules.direction(id, name));
    let known = |(way, _): &(Direction, bool)| matches!(way, Direction::Higher | Direction::Lower);
    let declared = ways.into_iter().find(|(way, guessed)| !guessed && *way != Direction::Unknown);
    declared.or_else(|| ways.into_iter().find(known)).map_or(Direction::Unknown, |(way, _)| way)
}
